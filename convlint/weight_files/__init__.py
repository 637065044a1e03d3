"""Readers of weight files: names and shapes of their tensors, and the YAML that they carry; nothing of them is run."""
