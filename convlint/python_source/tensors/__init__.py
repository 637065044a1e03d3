"""Functions and methods of tensors on their shapes, with the batch; what an operator of `rules/` knows, it is asked."""
