"""Names and shapes of the tensors of a network: its state, its comparison with other weights, the mapping of layers."""
