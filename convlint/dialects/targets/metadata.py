"""What the metadata of a bundle say of the network in it: its version, its channels, the sizes that it takes."""

from __future__ import annotations

import re

from convlint.dialects.targets.bundle import Neighbour
from convlint.domain.values import UNKNOWN
from convlint.findings import Place
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence
from convlint.typed import NamedTuple

_FORMAT = "network_data_format"
_MULTIPLE = re.compile(r"(\d{1,9})\s*\*\s*[a-z]\Z|[a-z]\s*\*\s*(\d{1,9})\Z")
_LARGEST = 2**20


class Multiple(NamedTuple):
    """A size that may be any multiple of a step, as in `"8*n"`."""

    step: int


class Described(NamedTuple):
    """One input or output as the metadata describe it: channels and sizes, with the nodes that give them.

    A size is a number, a `Multiple`, or UNKNOWN.
    """

    channels: int | None
    sizes: tuple[object, ...]
    channels_node: AnyNode | None
    sizes_node: AnyNode | None


class Metadata(NamedTuple):
    """What a `metadata.json` says; an input or output that is not the only one is None."""

    neighbour: Neighbour
    version: str
    image: Described | None
    result: Described | None

    def place(self, node: AnyNode, use: Place) -> Place:
        """A place in the linted file of which the value stands in the metadata."""
        return Place(use.source, use.start, use.end, self.where(node))

    def where(self, node: AnyNode) -> Place:
        """The place of a node in the metadata."""
        return Place(self.neighbour.source, node.start, node.end)


def metadata_of(neighbour: Neighbour) -> Metadata:
    """What the metadata of a bundle say."""
    version = neighbour.root.get("monai_version")
    text = version.value if isinstance(version, Scalar) and isinstance(version.value, str) else ""
    described = neighbour.root.get(_FORMAT)
    image, result = (_only(described.get(key) if isinstance(described, Mapping) else None) for key in _PORTS)
    return Metadata(neighbour, text, image, result)


_PORTS = ("inputs", "outputs")


def _only(node: AnyNode | None) -> Described | None:
    """The one input or output; of several it cannot be told which of them a network reads or gives."""
    if not isinstance(node, Mapping) or len(node.pairs) != 1:
        return None
    ((_, item),) = node.pairs.values()
    if not isinstance(item, Mapping):
        return None
    channels, shape = item.get("num_channels"), item.get("spatial_shape")
    count = _number(channels)
    sizes = tuple([_size(size) for size in shape.items]) if isinstance(shape, Sequence) else ()
    return Described(count, sizes, channels if count is not None else None, shape if sizes else None)


def _number(node: AnyNode | None) -> int | None:
    value = node.value if isinstance(node, Scalar) else None
    return value if type(value) is int and value > 0 else None


def _size(node: AnyNode) -> object:
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, str):
        match = _MULTIPLE.match(value.strip())
        step = int(match[1] or match[2]) if match is not None else 0
        if 0 < step <= _LARGEST:
            return Multiple(step)
        value = int(value) if re.fullmatch(r"\s*\d{1,9}\s*", value) else None
    return value if type(value) is int and 0 < value <= _LARGEST else UNKNOWN
