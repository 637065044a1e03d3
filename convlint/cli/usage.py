"""What a mistake on the command line raises."""


class UsageError(Exception):
    """A mistake on the command line: exit status 2."""
