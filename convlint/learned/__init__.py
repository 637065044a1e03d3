"""Classes of Python as blocks of a native file: tried, written, and held against the classes."""
