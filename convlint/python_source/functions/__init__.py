"""Functions of torch and methods of tensors as operators, where a forward is written down as layers."""
