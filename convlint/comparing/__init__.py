"""Two architectures: which layer of one is which of the other, and what changed between them."""
