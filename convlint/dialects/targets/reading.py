"""Makes an architecture for each use of the networks of a `_target_` tree."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from types import MappingProxyType
from typing import Any, NamedTuple

from convlint.catalogue.lookup import Operator
from convlint.dialects.keywords import Arguments, ComponentPlaces, read_arguments
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.registry import NearMiss, Request
from convlint.dialects.targets.networks import operator_named
from convlint.dialects.targets.references import References
from convlint.dialects.targets.transforms import Extent, unknown_extent
from convlint.dialects.targets.uses import Component, Use, components, uses
from convlint.domain.values import UNKNOWN
from convlint.model import Architecture, Graph, Layer, Port, Reading
from convlint.source.nodes import AnyNode, Document, Mapping, Scalar, plain_data

IMAGE = "image"
_AXES = (1, 2, 3)
_CONTROL_KEYS = frozenset(
    ("_target_", "_disabled_", "_requires_", "_desc_", "_mode_", "_args_", "_partial_", "_recursive_", "_convert_")
)
"""Keys of a component that are no arguments of its class."""
_WHOLE_CALLS = MappingProxyType({"_args_": ([],), "_partial_": (False,), "_mode_": ("default", "debug")})
"""With any other value of these keys a component gets arguments that have no name, or gets some of them later."""


class _Network(NamedTuple):
    component: Component
    operator: Operator
    arguments: Arguments

    def value(self, name: str) -> Any:
        """A parameter's value; None where the class has no such parameter."""
        position = self.operator.positions.get(name)
        parameters = self.arguments.parameters
        return None if position is None or parameters is None else parameters[position]


def recognises(root: Mapping) -> bool:
    """Whether some component of a tree is a network that is known."""
    return any(operator_named(item.target.value) is not None for item in components(root))


def nearly(root: Mapping) -> NearMiss | None:
    """What a tree lacks whose components are all of other classes; None where it has no components."""
    found = next(components(root), None)
    if found is None:
        return None
    return NearMiss(f"none of its `_target_` is a network that convlint knows (the first is {found.target.value})")


def misfit(settings: MappingType[str, Any]) -> tuple[str, str] | None:
    """No setting of this dialect has a value that nothing has."""
    return None


def read(document: Document, request: Request) -> Reading:
    """The networks of a document that `recognises` accepts: one for each network and use."""
    root = document.root
    assert isinstance(root, Mapping)
    references = References(root)
    mistakes = Mistakes(document.source)
    networks = list(_networks(root, references, mistakes))
    found = [
        _architecture(document, network, use, request)
        for network in networks
        for use in _uses_of(network, networks, root, references)
    ]
    variants = tuple(item.variant for item in found if item.variant is not None)
    wanted = [item for item in found if item.variant in request.variants] or found
    axes = max((len(item.inputs[0]) for item in found if item.inputs[0] is not UNKNOWN), default=0)
    sizes: dict[str, int | None] = dict.fromkeys(f"{IMAGE}.{axis}" for axis in range(axes))
    return Reading(tuple(wanted), tuple(mistakes.findings), sizes=sizes, scales=variants)


def _networks(root: Mapping, references: References, mistakes: Mistakes) -> Iterator[_Network]:
    for component in components(root):
        operator = operator_named(component.target.value)
        if operator is None or not _is_called_whole(component.node, references):
            continue
        pairs = [
            (key_node, references.whole(node))
            for key, (key_node, node) in component.node.pairs.items()
            if key not in _CONTROL_KEYS
        ]
        arguments = read_arguments(pairs, component.target, operator, _axes_given(pairs, operator), mistakes)
        yield _Network(component, operator, arguments)


def _is_called_whole(node: Mapping, references: References) -> bool:
    """Whether a component is built, with all of its arguments by name and in the file."""
    if references.value(node.get("_disabled_")) not in (None, False):
        return False
    given = {key: references.value(node.get(key)) for key in _WHOLE_CALLS}
    return all(value is None or value in _WHOLE_CALLS[key] for key, value in given.items())


def _axes_given(pairs: list[tuple[Scalar, AnyNode]], operator: Operator) -> int | None:
    """The number of spatial axes that the arguments give, or that the class has without one."""
    position = operator.positions.get("spatial_dims")
    default = None if position is None else operator.defaults[position]
    axes = next((plain_data(node) for key, node in pairs if key.value == "spatial_dims"), default)
    return axes if axes in _AXES else None


def _uses_of(network: _Network, networks: list[_Network], root: Mapping, references: References) -> list[Use]:
    """The uses of a network; of several in one file it cannot be told which of them a size reaches."""
    axes = _axes_of(network)
    if len(networks) > 1:
        return [Use(network.component.name, unknown_extent(axes or 0))]
    found = uses(root, references, axes) if axes is not None else []
    return found or [Use("", unknown_extent(axes or 0))]


def _axes_of(network: _Network) -> int | None:
    """The number of spatial axes of what a network reads; None where it cannot be told."""
    axes = network.value("spatial_dims")
    return axes if axes in _AXES else None


def _architecture(document: Document, network: _Network, use: Use, request: Request) -> Architecture:
    component, arguments = network.component, network.arguments
    extent = use.extent
    places = ComponentPlaces(document.source, component.node, component.target, arguments.nodes, extent.node)
    operator = network.operator.name if arguments.parameters is not None else None
    name = component.name or component.target.value
    layer = Layer(
        name, operator, arguments.parameters or (), (Port(-1),), places, label=component.target.value.rpartition(".")[2]
    )
    graph = Graph("", (IMAGE,), (layer,), (Port(0),))
    return Architecture(graph, (_input_shape(network, extent, request),), (), variant=use.name or None, prefix=None)


def _input_shape(network: _Network, extent: Extent, request: Request) -> Any:
    """Channels and sizes of what reaches a network; UNKNOWN where even the number of its axes is open."""
    if not extent.sizes:
        return UNKNOWN
    channels = network.value("in_channels")
    shape = (channels if type(channels) is int else UNKNOWN, *extent.sizes)
    return tuple(request.sizes.get(f"{IMAGE}.{axis}", size) for axis, size in enumerate(shape))
