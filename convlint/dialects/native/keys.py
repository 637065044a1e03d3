"""The keys that a layer of a native file has whatever its operator; all others are parameters."""

LAYER_KEYS = frozenset(("name", "op", "from", "repeat", "over", "share", "expect"))
SHARING_KEYS = LAYER_KEYS - {"repeat"}
"""The keys of a layer that is another once more."""
