"""Finds the networks of a `_target_` tree: classes of networks, and layers of torch in a row."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from convlint.catalogue.runnable import Operator
from convlint.dialects.keywords import Arguments, ComponentPlaces, Release, read_arguments
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.targets.networks import is_sequence, layer_named, operator_named
from convlint.dialects.targets.references import References
from convlint.dialects.targets.trees import AXES, axes_given, layers_of, report_slip, shape_read_by
from convlint.dialects.targets.uses import CONTROL_KEYS, Component, components
from convlint.domain.values import UNKNOWN, Shape, rank_of
from convlint.model import Layer, Port
from convlint.source.nodes import Mapping, Scalar, Sequence
from convlint.typed import NamedTuple

INPUT_CHANNELS = ("in_channels", "n_input_channels")
_WHOLE_SHAPES = ("in_shape", "latent_shape")
"""What classes call the whole shape that they are built for."""
_NO_IMAGE = "latent_shape"
OUTPUT_CHANNELS = ("out_channels", "num_classes")
"""What classes call the channels that they read, and that they give."""
_WHOLE_CALLS = MappingProxyType({"_args_": ([],), "_partial_": (False,), "_mode_": ("default", "debug")})
"""With any other value of these keys a component gets arguments that have no name, or gets some of them later."""


class TargetNetwork(NamedTuple):
    """A network of a file: its layers, one after the other, and the shape that the first of them reads, sizes open.

    `operator` and `arguments` are those of a class of networks, whose only layer is the network itself.
    """

    component: Component
    layers: tuple[Layer, ...]
    shape: Shape
    operator: Operator | None = None
    arguments: Arguments | None = None

    def value(self, name: str) -> object:
        """A parameter's value; None where the class has no such parameter, or it cannot be told."""
        position = None if self.operator is None else self.operator.positions.get(name)
        parameters = None if self.arguments is None else self.arguments.parameters
        return None if position is None or parameters is None else parameters[position]

    def argument(self, names: tuple[str, ...]) -> tuple[str, object]:
        """The first of some parameters that the class has, and its value; without one, the first name and None."""
        positions = {} if self.operator is None else self.operator.positions
        name = next((name for name in names if name in positions), names[0])
        return name, self.value(name)

    @property
    def axes(self) -> int:
        """The number of spatial axes of the images that it reads; 0 where it reads none, or it cannot be told."""
        reads_images = self.operator is None or _NO_IMAGE not in self.operator.positions
        return rank_of(self.shape) - 1 if reads_images and isinstance(self.shape, tuple) else 0


def is_network(component: Component) -> bool:
    """Whether a component is a network of a class that is known, or a sequence of layers."""
    if operator_named(component.target.value, component.node.pairs) is not None:
        return True
    layers = component.node.get("_args_") if is_sequence(component.target.value) else None
    return any(
        isinstance(item, Mapping)
        and isinstance(target := item.get("_target_"), Scalar)
        and _is_layer(str(target.value), item)
        for item in (layers.items if isinstance(layers, Sequence) else ())
    )


def _is_layer(target: str, node: Mapping) -> bool:
    return is_sequence(target) or layer_named(target) is not None or operator_named(target, node.pairs) is not None


def networks_in(root: Mapping, references: References, release: Release, mistakes: Mistakes) -> Iterator[TargetNetwork]:
    """The networks of a tree, those that are part of another left out."""
    sequences: list[tuple[str, ...]] = []
    for component in components(root):
        if any(component.path[: len(path)] == path for path in sequences):
            continue
        if is_sequence(component.target.value):
            sequences.append(component.path)
            layers = layers_of(_opened(component.node, references), mistakes)
            if layers and is_network(component):
                yield TargetNetwork(component, layers, shape_read_by(layers))
            continue
        operator = operator_named(component.target.value, component.node.pairs)
        if operator is None:
            report_slip(component.target, mistakes)
        elif _is_called_whole(component.node, references):
            yield _of_class(component, operator, references, release, mistakes)


def _opened(node: Mapping, references: References) -> Mapping:
    whole = references.whole(node)
    return whole if isinstance(whole, Mapping) else node


def _of_class(
    component: Component, operator: Operator, references: References, release: Release, mistakes: Mistakes
) -> TargetNetwork:
    """A network of one class, with its arguments by name."""
    pairs = [
        (key_node, references.whole(node))
        for key, (key_node, node) in component.node.pairs.items()
        if key not in CONTROL_KEYS
    ]
    arguments = read_arguments(pairs, component.target, operator, axes_given(pairs, operator), mistakes, release)
    places = ComponentPlaces(mistakes.source, component.node, component.target, arguments.nodes, None)
    is_told = arguments.parameters is not None
    layer = Layer(
        component.name or component.target.value,
        operator.name if is_told else None,
        arguments.parameters or (),
        (Port(-1),),
        places,
        label=component.target.value.rpartition(".")[2],
    )
    network = TargetNetwork(component, (layer,), UNKNOWN, operator, arguments)
    return network._replace(shape=_shape_read_by(network, operator))


def _shape_read_by(network: TargetNetwork, operator: Operator) -> Shape:
    """The shape that a network reads, where all of it is an argument; else with its sizes open, or UNKNOWN."""
    whole = next((network.value(name) for name in _WHOLE_SHAPES if name in operator.positions), None)
    if isinstance(whole, tuple) and whole:
        return whole
    if type(whole) is int:
        return (whole,)
    axes, channels = network.value("spatial_dims"), network.argument(INPUT_CHANNELS)[1]
    if axes is None and operator.ranks is not None and len(operator.ranks) == 1:
        axes = operator.ranks[0] - 1
    return (channels if type(channels) is int else UNKNOWN, *[UNKNOWN] * axes) if axes in AXES else UNKNOWN


def _is_called_whole(node: Mapping, references: References) -> bool:
    """Whether a component is built, with all of its arguments by name and in the file."""
    if references.value(node.get("_disabled_")) not in (None, False):
        return False
    given = {key: references.value(node.get(key)) for key in _WHOLE_CALLS}
    return all(value is None or value in _WHOLE_CALLS[key] for key, value in given.items())
