"""The keys of a native file: of its top, and of a layer whatever its operator; all others are parameters."""

VERSION = "convlint"
"""The key that marks a file as one of the format, and gives the version of that."""
TOP_KEYS = frozenset((VERSION, "name", "description", "sizes", "constants", "inputs", "blocks", "layers", "outputs"))
LAYER_KEYS = frozenset(("name", "op", "from", "repeat", "over", "share", "expect"))
SHARING_KEYS = LAYER_KEYS - {"repeat"}
"""The keys of a layer that is another once more."""
