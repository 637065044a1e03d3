"""What the Python of a repository says of its networks: its builder of model files, and its classes."""
