"""The version, written out: asking the installed metadata costs more than a lint."""

__version__ = "0.1.0"
