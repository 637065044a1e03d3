"""Names and shapes of tensors: readers of weight files, their comparison with a network, and the mapping of layers."""
