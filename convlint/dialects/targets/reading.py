"""Makes an architecture for each use of the networks of a `_target_` tree."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from types import MappingProxyType

from convlint.dialects.keywords import ComponentPlaces, Release
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.places import place_of
from convlint.dialects.registry import NearMiss, Request
from convlint.dialects.targets.bundle import Bundle, bundle_of
from convlint.dialects.targets.circles import report_circles
from convlint.dialects.targets.disagreements import report_disagreements
from convlint.dialects.targets.found import TargetNetwork, is_network, networks_in
from convlint.dialects.targets.metadata import Metadata, Multiple, metadata_of
from convlint.dialects.targets.networks import PACKAGE, network_meant_by
from convlint.dialects.targets.references import References
from convlint.dialects.targets.transforms import Extent, unknown_extent, wrong_overlap
from convlint.dialects.targets.undefined import report_undefined
from convlint.dialects.targets.uses import Use, components, uses
from convlint.domain.values import UNKNOWN, Size, Symbolic, rank_of
from convlint.findings import Part, Place, Related, Severity
from convlint.model import Architecture, Graph, Layer, Port, Reading, SizeRange
from convlint.source.nodes import Document, Mapping

IMAGE = "image"
_SEVERITIES: MappingType[str, Severity] = MappingProxyType({"non-integer-division": "warning"})
_METADATA = "metadata"


def recognises(root: Mapping) -> bool:
    """Whether some component of a tree is a network that is known, or clearly a slip of one."""
    return any(is_network(item) or network_meant_by(item.target.value) is not None for item in components(root))


def nearly(root: Mapping) -> NearMiss | None:
    """What a tree lacks whose components are all of other classes; None where it has no components."""
    found = next(components(root), None)
    if found is None:
        return None
    return NearMiss(f"none of its `_target_` is a network that convlint knows (the first is {found.target.value})")


def misfit(settings: MappingType[str, object]) -> tuple[str, str] | None:
    """What is wrong with the setting `monai_version`: it is a version, in numbers."""
    version = settings.get("monai_version", "0")
    is_version = isinstance(version, str) and version[:1].isdigit()
    return None if is_version else ("monai_version", f"'{version}' is no version, such as 1.4")


def read(document: Document, request: Request) -> Reading:
    """The networks of a document that `recognises` accepts: one for each network and use."""
    root = document.root
    assert isinstance(root, Mapping)
    references, mistakes = References(root), Mistakes(document.source)
    bundle = bundle_of(document.source.path)
    metadata = metadata_of(bundle.metadata) if bundle is not None and bundle.metadata is not None else None
    release = Release(PACKAGE, request.settings.get("monai_version") or (metadata.version if metadata else ""))
    networks = list(networks_in(root, references, release, mistakes))
    used = [(network, use) for network in networks for use in _uses_of(network, networks, root, references)]
    for network in networks:
        extents = [use.extent for other, use in used if other is network]
        _report_misfits(network, extents, document, mistakes)
    _report_overlaps(root, references, mistakes)
    found = [_architecture(document, network, use, request) for network, use in used]
    report_circles(root, bundle, mistakes)
    if bundle is not None:
        report_undefined(root, bundle, mistakes)
    if bundle is not None and len(networks) == 1:
        report_disagreements(networks[0], root, bundle, metadata, mistakes)
        found += _of_metadata(document, networks[0], bundle, metadata, found, request)
        found = found if len(found) == 1 else [item for item in found if item.variant is not None]
    variants = tuple(item.variant for item in found if item.variant is not None)
    wanted = [item for item in found if item.variant in request.variants] or found
    axes = max((rank_of(item.inputs[0]) for item in found), default=0)
    sizes: dict[str, int | None] = dict.fromkeys(f"{IMAGE}.{axis}" for axis in range(axes))
    return Reading(tuple(wanted), tuple(mistakes.findings), _SEVERITIES, sizes, variants)


# --- uses


def _uses_of(network: TargetNetwork, networks: list[TargetNetwork], root: Mapping, references: References) -> list[Use]:
    """The uses of a network; of several in one file it cannot be told which of them a size reaches."""
    if len(networks) > 1:
        return [Use(network.component.name, unknown_extent(network.axes))]
    return (uses(root, references, network.axes) if network.axes else []) or [Use("", unknown_extent(network.axes))]


def _report_misfits(network: TargetNetwork, extents: list[Extent], document: Document, mistakes: Mistakes) -> None:
    """Reports sizes for more or fewer axes than a network reads: a crop or a window refuses such an image.

    Where several sizes and no other agree on a number of axes, the network is what is wrong.
    """
    wrong = [
        (extent.misfit, extent.node) for extent in extents if extent.misfit is not None and extent.node is not None
    ]
    counts = {count for count, _ in wrong}
    name = network.component.target.value.rpartition(".")[2]
    reads = f"{name} reads {network.axes} spatial {'axis' if network.axes == 1 else 'axes'}"
    node = network.arguments.nodes.get("spatial_dims") if network.arguments is not None else None
    if node is not None and len(counts) == 1 and len(wrong) > 1 and len(wrong) == len(extents):
        related = tuple([Related(place_of(document.source, size), f"{count} sizes") for count, size in wrong])
        message = f"{reads}, but all sizes in this file are for {counts.pop()}"
        mistakes.report("rank-mismatch", node, message=message, related=related)
        return
    for count, size in wrong:
        message = f"{count} {'size is' if count == 1 else 'sizes are'} given, but {reads}"
        hint = f"write {network.axes} sizes, or one number for all axes"
        mistakes.report("rank-mismatch", size, message=message, hint=hint)


def _report_overlaps(root: Mapping, references: References, mistakes: Mistakes) -> None:
    """Reports windows that overlap by less than nothing, or by all of themselves."""
    for component in components(root):
        node = wrong_overlap(component.node, references)
        if node is not None:
            name = component.target.value.rpartition(".")[2]
            message = f"overlap of {name} is at least 0 and below 1"
            mistakes.report("invalid-value", node, message=message)


def _architecture(document: Document, network: TargetNetwork, use: Use, request: Request) -> Architecture:
    """The network at the sizes of one of its uses."""
    node = use.extent.node
    where = None if node is None else place_of(document.source, node)
    return _sized(network, use.name, use.extent.sizes, where, request)


def _sized(
    network: TargetNetwork, variant: str, sizes: tuple[Size, ...], where: Place | None, request: Request
) -> Architecture:
    layers = tuple([_fed_at(layer, where) for layer in network.layers]) if network.operator else network.layers
    graph = Graph("", (IMAGE,), layers, (Port(len(layers) - 1),))
    shape = network.shape
    if isinstance(shape, tuple):
        given = sizes or (UNKNOWN,) * len(shape[1:])
        told = (shape[0], *[own if size is UNKNOWN else size for own, size in zip(shape[1:], given)])
        shape = tuple(request.sizes.get(f"{IMAGE}.{axis}", size) for axis, size in enumerate(told))
    prefix = None if network.operator is not None else ""
    recipe = None if network.arguments is None else network.arguments.given()
    return Architecture(graph, (shape,), (), variant=variant or None, recipe=recipe, prefix=prefix)


def _fed_at(layer: Layer, where: Place | None) -> Layer:
    """A layer whose input gets its size at a place."""
    assert isinstance(layer.places, ComponentPlaces)
    return layer._replace(places=layer.places.fed_at(where))


# --- the bundle


def _of_metadata(
    document: Document,
    network: TargetNetwork,
    bundle: Bundle,
    metadata: Metadata | None,
    own: list[Architecture],
    request: Request,
) -> list[Architecture]:
    """The network at the sizes that the metadata give; that of the last file of a bundle alone.

    Where a use of the file has the same sizes, what is wrong with them stands there.
    """
    image = metadata.image if metadata is not None else None
    if metadata is None or image is None or image.sizes_node is None or len(image.sizes) != network.axes:
        return []
    if any(item.is_after(bundle.purpose) and any(map(is_network, components(item.root))) for item in bundle.files):
        return []
    where = metadata.place(image.sizes_node, place_of(document.source, network.component.target))
    ranges = [
        SizeRange(f"{IMAGE}.{axis}", size.step, None, size.step, where)
        for axis, size in enumerate(image.sizes, 1)
        if isinstance(size, Multiple) and f"{IMAGE}.{axis}" not in request.sizes
    ]
    sizes = tuple([_size(axis, size) for axis, size in enumerate(image.sizes, 1)])
    alike = [item for item in own if item.inputs[0] is not UNKNOWN and item.inputs[0][1:] == sizes]
    where = alike[0].graph.layers[0].places.at(Part.SOURCES) if alike else where
    return [_sized(network, _METADATA, sizes, where, request)._replace(ranges=tuple(ranges))]


def _size(axis: int, size: object) -> Size:
    """A size of the metadata as the engine takes it: a multiple is an unknown of its own."""
    if not isinstance(size, Multiple):
        return size if isinstance(size, (int, Symbolic)) else UNKNOWN
    from convlint.domain.tables import unknown_size

    return unknown_size(f"{IMAGE}.{axis}")
