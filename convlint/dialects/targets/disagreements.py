"""Compares the sizes and the channels of a network with what the other files of its bundle say of it."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.dialects.keywords import Release
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.targets.bundle import Bundle, Neighbour
from convlint.dialects.targets.found import INPUT_CHANNELS, OUTPUT_CHANNELS, TargetNetwork, networks_in
from convlint.dialects.targets.metadata import Described, Metadata, Multiple
from convlint.dialects.targets.networks import PACKAGE
from convlint.dialects.targets.references import References
from convlint.dialects.targets.transforms import Extent
from convlint.dialects.targets.uses import uses
from convlint.domain.values import UNKNOWN
from convlint.findings import Place, Related
from convlint.source.nodes import AnyNode, Mapping
from convlint.typed import NamedTuple

_RULE = "sizes-disagree"
_CHANNELS = (INPUT_CHANNELS, OUTPUT_CHANNELS)
_TRAINING = "train"


class _Side(NamedTuple):
    """What one file says: the name of the file, the value, and the place of it."""

    name: str
    value: str
    place: Place


def report_disagreements(
    network: TargetNetwork, root: Mapping, bundle: Bundle, metadata: Metadata | None, mistakes: Mistakes
) -> None:
    """Reports what a file says otherwise than the metadata, and than the files of its bundle that come before it."""
    extents = _extents(network, root)
    if metadata is not None:
        _channels_against_metadata(network, metadata, mistakes)
        for extent in extents.values():
            _size_against_metadata(extent, metadata, mistakes)
    for other in bundle.files:
        found = None if other.is_after(bundle.purpose) else _network_of(other)
        if found is None or found.operator is None or found.operator is not network.operator:
            continue
        _channels_against_file(network, found, other, mistakes)
        if metadata is None or metadata.image is None or metadata.image.sizes_node is None:
            _sizes_against_file(extents, _extents(found, other.root), other, mistakes)


def _network_of(neighbour: Neighbour) -> TargetNetwork | None:
    """The one network of another file; None where it has none, or several."""
    ignored = Mistakes(neighbour.source)
    found = list(networks_in(neighbour.root, References(neighbour.root), Release(PACKAGE), ignored))
    return found[0] if len(found) == 1 else None


def _extents(network: TargetNetwork, root: Mapping) -> dict[str, Extent]:
    """The size of each use of the network of a file."""
    found = uses(root, References(root), network.axes) if network.axes else []
    return {use.name: use.extent for use in found}


def _channels_against_metadata(network: TargetNetwork, metadata: Metadata, mistakes: Mistakes) -> None:
    for names, described in zip(_CHANNELS, (metadata.image, metadata.result)):
        node = described.channels_node if described is not None else None
        if described is not None and node is not None:
            said = _Side(metadata.neighbour.name, str(described.channels), metadata.where(node))
            _channels(network, names, described.channels, said, mistakes)


def _channels_against_file(
    network: TargetNetwork, other: TargetNetwork, neighbour: Neighbour, mistakes: Mistakes
) -> None:
    for names in _CHANNELS:
        name, value = other.argument(names)
        node = other.arguments.nodes.get(name) if other.arguments is not None else None
        if node is not None and type(value) is int:
            said = _Side(neighbour.name, str(value), _place(neighbour, node))
            _channels(network, names, value, said, mistakes)


def _channels(
    network: TargetNetwork, names: tuple[str, ...], expected: int | None, said: _Side, mistakes: Mistakes
) -> None:
    name, value = network.argument(names)
    node = network.arguments.nodes.get(name) if network.arguments is not None else None
    if type(value) is int and value != expected:
        _report(name, node or network.component.target, str(value), said, mistakes)


def _size_against_metadata(extent: Extent, metadata: Metadata, mistakes: Mistakes) -> None:
    image = metadata.image
    if image is None or image.sizes_node is None or extent.node is None or len(image.sizes) != len(extent.sizes):
        return
    if any(not _agrees(size, said) for size, said in zip(extent.sizes, image.sizes)):
        said = _Side(metadata.neighbour.name, _described(image), metadata.where(image.sizes_node))
        _report("the size", extent.node, _listed(extent.sizes), said, mistakes)


def _sizes_against_file(
    extents: dict[str, Extent], others: dict[str, Extent], neighbour: Neighbour, mistakes: Mistakes
) -> None:
    """The sizes of a file against the training crop of another; where neither trains, against what it reads."""
    other = others.get(_TRAINING) or next(iter(others.values()), None)
    if other is None or other.node is None:
        return
    for extent in extents.values():
        pairs = list(zip(extent.sizes, other.sizes))
        if extent.node is not None and any(not _agrees(size, said) for size, said in pairs):
            said = _Side(neighbour.name, _listed(other.sizes), _place(neighbour, other.node))
            _report("the size", extent.node, _listed(extent.sizes), said, mistakes)


def _agrees(size: object, said: object) -> bool:
    """Whether two sizes may be the same; what is open may be anything."""
    if isinstance(said, Multiple):
        return type(size) is not int or size % said.step == 0
    return type(size) is not int or type(said) is not int or size == said


def _report(what: str, node: AnyNode, found: str, said: _Side, mistakes: Mistakes) -> None:
    arguments = {"what": what, "found": found, "other": said.name, "expected": said.value}
    mistakes.report(_RULE, node, arguments, related=(Related(said.place, f"{said.name} says {said.value}"),))


def _described(image: Described) -> str:
    texts = [f"{size.step}*n" if isinstance(size, Multiple) else size for size in image.sizes]
    return _listed(texts)


def _listed(sizes: Iterator[object] | tuple[object, ...] | list[object]) -> str:
    return f"[{', '.join('?' if size is UNKNOWN else str(size) for size in sizes)}]"


def _place(neighbour: Neighbour, node: AnyNode) -> Place:
    return Place(neighbour.source, node.start, node.end)
