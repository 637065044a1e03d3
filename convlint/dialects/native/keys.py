"""The keys that a layer of a native file has whatever its operator; all others are parameters."""

LAYER_KEYS = frozenset(("name", "op", "from", "repeat", "over", "share", "expect"))
