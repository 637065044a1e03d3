"""Functions of torch as layers, one file a kind."""
