"""Makes layers of the components in a `torch.nn.Sequential`: each reads the one before it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, takewhile

from convlint.catalogue import lookup
from convlint.catalogue.parameters import Parameter
from convlint.catalogue.runnable import Operator
from convlint.dialects.keywords import Arguments, ComponentPlaces, Release, read_arguments
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.targets.networks import (
    PACKAGE,
    SEQUENCE,
    is_sequence,
    layer_meant_by,
    layer_named,
    network_meant_by,
    operator_named,
)
from convlint.dialects.targets.uses import CONTROL_KEYS
from convlint.domain.values import UNKNOWN, Shape, Size, Symbolic
from convlint.editing import rewriting
from convlint.model import Graph, Layer, Port
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence, plain_data
from convlint.source.substitutes import scalar_at

_LAYERS = "_args_"
_INPUT = "input"
_FACTORY = frozenset(("device", "dtype", "process_group"))
"""Arguments of torch's classes that say nothing of a shape."""
_COUNTS = ("in_channels", "in_features", "num_features", "num_channels")
"""Parameters that say how many channels or features come in."""
_FEATURES_OF_A_NORM = "num_features"
_NORMALIZED = "normalized_shape"
_MAY_BE_EMPTY = frozenset(("in_features", "out_features", "embedding_dim", "normalized_shape", "output_size"))
"""Sizes for which torch takes 0, of which it makes tensors without values."""
_SHAPES = ("in_shape", "start_shape")
"""Arguments that list channels, and a size for each axis."""
AXES = (1, 2, 3)
"""Numbers of spatial axes that there are networks for."""
_BATCH_RULE = "batch-axis-mixed"
"""What is demanded of layers whose input need not begin with the batch, as files of this kind may give it."""


def layers_of(sequence: Mapping, mistakes: Mistakes) -> tuple[Layer, ...]:
    """The layers of a sequence in which all references are opened.

    None where it says them in another way than as a list of arguments.
    """
    items = sequence.get(_LAYERS)
    if not isinstance(items, Sequence) or "_partial_" in sequence.pairs:
        return ()
    return tuple([_layer(number, item, mistakes) for number, item in enumerate(items.items)])


def _layer(number: int, node: AnyNode, mistakes: Mistakes) -> Layer:
    target = node.get("_target_") if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or not isinstance(target, Scalar) or not isinstance(target.value, str):
        return Layer(str(number), None, (), (Port(number - 1),), ComponentPlaces(mistakes.source, node, node, {}, None))
    is_row = is_sequence(target.value)
    operator = None if is_row else layer_named(target.value) or operator_named(target.value, node.pairs)
    places = ComponentPlaces(mistakes.source, node, target, {}, None)
    made = Layer(str(number), None, (), (Port(number - 1),), places, label=target.value.rpartition(".")[2])
    if is_row:
        layers = layers_of(node, mistakes)
        graph = Graph(SEQUENCE, (_INPUT,), layers, (Port(len(layers) - 1),)) if layers else None
        return made._replace(operator=graph)
    if operator is None:
        report_slip(target, mistakes)
        return made
    pairs = _arguments(node, operator)
    if pairs is None:
        return made
    arguments = _read(operator, pairs, target, mistakes)
    places = ComponentPlaces(mistakes.source, node, target, arguments.nodes, None)
    if arguments.parameters is None or _may_read_time_first(operator):
        return made._replace(places=places)
    return made._replace(operator=operator.name, parameters=arguments.parameters, places=places)


def _read(operator: Operator, pairs: list[tuple[Scalar, AnyNode]], target: Scalar, mistakes: Mistakes) -> Arguments:
    """The arguments of a layer, which must hold what torch's class cannot do without."""
    axes = operator.axes[0] if operator.axes is not None and len(operator.axes) == 1 else axes_given(pairs, operator)
    arguments = read_arguments(pairs, target, operator, axes, mistakes, Release(PACKAGE))
    missing = [name for name in demanded(operator) if name not in arguments.nodes]
    for name in missing:
        mistakes.report("missing-key", target, {"owner": lookup.plain_name(operator.name), "key": name})
    return arguments._replace(parameters=None) if missing else arguments


def axes_given(pairs: list[tuple[Scalar, AnyNode]], operator: Operator) -> int | None:
    """The number of spatial axes that the arguments give, or that the class has without one."""
    position = operator.positions.get("spatial_dims")
    if position is None:
        shape = next((plain_data(node) for key, node in pairs if key.value in _SHAPES), None)
        return len(shape) - 1 if isinstance(shape, list) and len(shape) - 1 in AXES else None
    is_misspelt = any(key.value not in operator.positions for key, _ in pairs)
    default = None if is_misspelt else operator.defaults[position]
    axes = next((plain_data(node) for key, node in pairs if key.value == "spatial_dims"), default)
    return axes if axes in AXES else None


def report_slip(target: Scalar, mistakes: Mistakes) -> None:
    """Reports a class that no package has, where its name is clearly a slip."""
    written = str(target.value)
    meant = network_meant_by(written) or layer_meant_by(written)
    if meant is not None:
        name = written if "." in meant else written.rpartition(".")[2]
        new = written[: -len(name)] + meant
        fix = rewriting(mistakes.source.text, target, new, False)
        mistakes.report("unknown-operator", target, {"op": name}, hint=f"did you mean '{meant}'?", fix=fix)


def _arguments(node: Mapping, operator: Operator) -> list[tuple[Scalar, AnyNode]] | None:
    """Key and value nodes of what a component gives its class; None where not all of it is told.

    Positional arguments are those of the class in their order.
    """
    partial = node.get("_partial_")
    if partial is not None and plain_data(partial) is not False:
        return None
    named = [pair for key, pair in node.pairs.items() if key not in CONTROL_KEYS and key not in _FACTORY]
    given = node.get(_LAYERS)
    if given is None:
        return [_told(*pair) for pair in named]
    if not isinstance(given, Sequence) or len(given.items) > len(operator.parameters):
        return None
    order = [parameter for parameter in operator.parameters if not parameter.is_gone]
    placed = [(_name(item, parameter), item) for item, parameter in zip(given.items, order)]
    return [_told(*pair) for pair in (*placed, *named)]


def _told(key: Scalar, node: AnyNode) -> tuple[Scalar, AnyNode]:
    """A key and its value, which is not told where it is an empty size: no shape has one."""
    is_empty = key.value in _MAY_BE_EMPTY and any(type(size) is int and size == 0 for size in _sizes(plain_data(node)))
    return key, scalar_at(node, UNKNOWN) if is_empty else node


def _sizes(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _name(item: AnyNode, parameter: Parameter) -> Scalar:
    """The name of a positional argument as a key: it stands where the argument does."""
    return scalar_at(item, parameter.name, parameter.name)


def demanded(operator: Operator) -> list[str]:
    """What torch's class cannot do without and the native format infers from the input."""
    inferred = [item for item in operator.parameters if item.infer is not None and not item.required]
    return [item.name for item in inferred if item.infer not in operator.positions]


def _may_read_time_first(operator: Operator) -> bool:
    """Whether the batch need not come first in what a layer reads."""
    rules = {requirement.rule for requirement in lookup.declaration(operator.name).requirements}
    return _BATCH_RULE in rules


def shape_read_by(layers: tuple[Layer, ...]) -> Shape:
    """What the first of some layers must be given, sizes open; UNKNOWN where even the number of axes is.

    It follows from the first layer that takes one number of axes, behind those that leave a shape as it is.
    """
    inner = list(_flat(layers))
    channels: Size = UNKNOWN
    for layer in inner:
        operator = lookup.operator(layer.operator) if isinstance(layer.operator, str) else None
        if operator is None:
            break
        channels = _channels(layer, operator) if channels is UNKNOWN else channels
        if operator.ranks is not None and len(operator.ranks) == 1:
            return (channels, *[UNKNOWN] * (operator.ranks[0] - 1))
        if lookup.declaration(operator.name).outputs != ("x",):
            break
    features = next((size for size in map(_read_by, inner) if size is not UNKNOWN), UNKNOWN)
    return (features,) if features is not UNKNOWN and _are_of_features(inner) else UNKNOWN


def _flat(layers: tuple[Layer, ...]) -> Iterator[Layer]:
    """Layers in their order, those of sequences among them."""
    for layer in layers:
        if isinstance(layer.operator, Graph):
            yield from _flat(layer.operator.layers)
        else:
            yield layer


def _channels(layer: Layer, operator: Operator) -> Size:
    """How many channels or features a layer says that come in; UNKNOWN where it says nothing."""
    given = [value for item, value in zip(operator.parameters, layer.parameters) if item.name in _COUNTS]
    return given[0] if given and type(given[0]) is int else UNKNOWN


def _are_of_features(layers: list[Layer]) -> bool:
    """Whether some layers read features alone, or what is wrong with them is so with another axis in front as well.

    A norm over features may count an axis in front of them instead.
    """
    if not all(_is_of_features(layer) or _counts_features(layer) for layer in layers):
        return False
    known = list(takewhile(lambda layer: layer.operator is not None, layers))
    norms, others = [[layer for layer in known if _counts_features(layer) is counts] for counts in (True, False)]
    return _features_fit(known) or not (_features_fit(others) and _are_equal([_read_by(layer) for layer in norms]))


def _are_equal(sizes: list[object]) -> bool:
    return all(_agree(one, other) for one, other in pairwise(sizes))


def _features_fit(layers: list[Layer]) -> bool:
    """Whether layers fit each other, each of which reads or counts features."""
    features: object = UNKNOWN
    for layer in layers:
        reads = _read_by(layer)
        if not _agree(features, reads):
            return False
        gives = _argument(layer, "out_features")
        features = features if reads is UNKNOWN else reads
        features = features if gives is None else gives
    return True


def _agree(one: object, other: object) -> bool:
    """Whether two sizes may be the same; what is unknown may be anything."""
    return type(one) is not int or type(other) is not int or one == other


def _read_by(layer: Layer) -> Size:
    """The features that a layer says it reads; UNKNOWN where it takes any number of them."""
    shape = _argument(layer, _NORMALIZED)
    if shape is None:
        reads = _argument(layer, _FEATURES_OF_A_NORM if _counts_features(layer) else "in_features")
    else:
        reads = shape[-1] if isinstance(shape, tuple) else shape
    return reads if isinstance(reads, (int, Symbolic)) else UNKNOWN


def _counts_features(layer: Layer) -> bool:
    """Whether a layer is a norm that reads features, and counts them or an axis in front of them."""
    operator = lookup.operator(layer.operator) if isinstance(layer.operator, str) else None
    return operator is not None and _FEATURES_OF_A_NORM in operator.positions and operator.ranks == (1, 2)


def _argument(layer: Layer, name: str) -> object:
    """A parameter of a layer; None where it has none of that name."""
    operator = lookup.operator(layer.operator) if isinstance(layer.operator, str) else None
    position = None if operator is None else operator.positions.get(name)
    return None if position is None else layer.parameters[position]


def _is_of_features(layer: Layer) -> bool:
    """Whether a layer works on the last axis alone, so that others before it change nothing; one not known may."""
    operator = lookup.operator(layer.operator) if isinstance(layer.operator, str) else None
    if operator is None or "in_features" in operator.positions:
        return True
    shape = _argument(layer, _NORMALIZED)
    if isinstance(shape, tuple) and len(shape) > 1:
        return False
    keeps = lookup.declaration(operator.name).outputs == ("x",)
    return keeps and not any(name in operator.positions for name in _COUNTS)
