"""Reads Python source without running it: a closed interpreter over `ast`, for builders and classes of a repository."""
