"""Reads a document from its top: the version, what the layers can name, the layers, and the outputs."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from convlint.dialects.mistakes import Mistakes, only_keys, optional_text
from convlint.dialects.native.keys import TOP_KEYS, VERSION, meant_part
from convlint.dialects.native.layers import LayerReader, LayerScope
from convlint.dialects.native.sizes import (
    Sizes,
    check_size_names,
    read_constants,
    read_inputs,
    read_sizes,
    with_defaults,
)
from convlint.dialects.native.values import expected_shape
from convlint.dialects.places import place_of
from convlint.dialects.registry import Request
from convlint.findings import Place
from convlint.model import Architecture, Graph, Output, Port, Reading
from convlint.source.nodes import AnyNode, Document, Mapping, Memory, Scalar, Sequence
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.dialects.native.block import Block

_OUTPUT_KEYS = frozenset(("from", "shape", "loss"))


def read_document(document: Document, request: Request) -> Reading:
    """The architecture of a document that `recognises` accepts."""
    root, sizes = document.root, request.sizes
    assert isinstance(root, Mapping)
    mistakes = Mistakes(document.source)
    known = Sizes(with_defaults(root, sizes, request.defaults) if request.defaults else sizes)
    architecture = read_architecture(root, known, request.constants, mistakes, document.memory)
    networks = (architecture,) if architecture.graph.layers else ()
    return Reading(
        networks, tuple(mistakes.findings), sizes=known.open, stumbled_over=frozenset(mistakes.stumbled_over)
    )


def read_architecture(
    root: Mapping, sizes: Sizes, given: MappingType[str, object], mistakes: Mistakes, memory: Memory | None = None
) -> Architecture:
    """The network of a document, as far as it can be read; `given` are constants that hold in place of its own.

    `memory` is that of the document.
    """
    _check_top(root, mistakes)
    constants = read_constants(meant_part(root, "constants", TOP_KEYS), given, mistakes)
    ranges = meant_part(root, "sizes", TOP_KEYS)
    read_sizes(ranges, sizes, mistakes)
    check_size_names(ranges, constants, mistakes)
    inputs = read_inputs(root.get("inputs"), constants, sizes, mistakes)
    layers = root.get("layers")
    if not isinstance(layers, Sequence) or not layers.items:
        mistakes.stumble()
        layers = Sequence(True, 0)
    ports = {name: Port(-1 - index) for index, name in enumerate(inputs)}
    names = {**constants, **sizes.named}
    scope = LayerScope(ports, names, (), bool(inputs and layers.items))
    blocks = _blocks(root.get("blocks"), mistakes)
    reader = LayerReader(blocks, names, mistakes, memory)
    graph = reader.network(layers, tuple(inputs), scope)
    outputs = _outputs(root.get("outputs"), scope, reader, mistakes)
    if outputs:
        graph = graph._replace(outputs=tuple([output.port for output in outputs]))
    unread = _unread(root.get("inputs"), tuple(inputs), graph, mistakes)
    if blocks:
        from convlint.dialects.native.blocks import unused_blocks

        unread += unused_blocks(blocks, layers, mistakes.source)
        reader.read_blocks_without_graph()
    return Architecture(graph, tuple(inputs.values()), outputs, tuple(unread), tuple(sizes.ranges))


def _blocks(node: AnyNode | None, mistakes: Mistakes) -> dict[str, Block]:
    if node is None:
        return {}
    from convlint.dialects.native.blocks import read_blocks

    return read_blocks(node, mistakes)


def _check_top(root: Mapping, mistakes: Mistakes) -> None:
    version = root.get(VERSION)
    if not isinstance(version, Scalar) or version.value != 1 or version.value is True:
        mistakes.stumble()
    only_keys(root, TOP_KEYS, mistakes)
    optional_text(root, "name", mistakes)
    optional_text(root, "description", mistakes)


def _outputs(node: AnyNode | None, scope: LayerScope, reader: LayerReader, mistakes: Mistakes) -> tuple[Output, ...]:
    if node is None:
        return ()
    if isinstance(node, Scalar):
        return (_output(node, node, None, scope, reader, mistakes),)
    if isinstance(node, Sequence):
        if not node.items:
            mistakes.report("missing-output", node, {"name": "outputs"})
        return tuple([_output(item, item, None, scope, reader, mistakes) for item in node.items])
    outputs: list[Output] = []
    for key, (key_node, value) in node.pairs.items():
        if not isinstance(key, str):
            mistakes.stumble()
        port: AnyNode | None = value
        shape: AnyNode | None = None
        if isinstance(value, Mapping):
            only_keys(value, _OUTPUT_KEYS, mistakes)
            optional_text(value, "loss", mistakes)
            port, shape = value.get("from"), value.get("shape")
        output = _output(key_node, port, shape, scope, reader, mistakes)
        outputs.append(output._replace(loss=_loss(value, mistakes)))
    return tuple(outputs)


def _output(
    name: AnyNode,
    port: AnyNode | None,
    shape: AnyNode | None,
    scope: LayerScope,
    reader: LayerReader,
    mistakes: Mistakes,
) -> Output:
    """One output; its port is None where the text does not name one."""
    source = mistakes.source
    expected = expected_shape(shape, scope.values, mistakes) if shape is not None else None
    label = str(name.value) if isinstance(name, Scalar) else ""
    if not isinstance(port, Scalar) or not isinstance(port.value, str):
        mistakes.stumble()
        return Output(label, None, place_of(source, name), expected)
    where = place_of(source, shape) if shape is not None else None
    return Output(label, reader.port(port, scope), place_of(source, port), expected, where)


def _loss(node: AnyNode | None, mistakes: Mistakes) -> str:
    """The class of the loss that an output says it goes into; any name is one, but not a slip of one of torch."""
    loss = node.get("loss") if isinstance(node, Mapping) else None
    if not isinstance(loss, Scalar) or not isinstance(loss.value, str):
        return ""
    from convlint.dialects.native.losses import LOSSES

    if loss.value not in LOSSES:
        _check_loss(loss, mistakes)
    return loss.value


def _check_loss(node: Scalar, mistakes: Mistakes) -> None:
    """Warns of a name that is a slip of the name of a loss."""
    from convlint.dialects.native.losses import meant_loss
    from convlint.editing import rewriting

    meant = meant_loss(node.value)
    if meant is None:
        return
    fix = rewriting(mistakes.source.text, node, meant, False)
    message, hint = f"no loss of torch is called '{node.value}'", f"did you mean '{meant}'?"
    mistakes.report("invalid-value", node, message=message, hint=hint, severity="warning", fix=fix)


def _unread(
    node: AnyNode | None, inputs: tuple[str, ...], graph: Graph, mistakes: Mistakes
) -> list[tuple[str, str, Place]]:
    """The inputs that no layer and no output reads."""
    read = {-1 - port.layer for layer in graph.layers for port in layer.sources if port is not None}
    read |= {-1 - port.layer for port in graph.outputs if port is not None}
    pairs = node.pairs if isinstance(node, Mapping) else {}
    return [
        ("unused-input", name, place_of(mistakes.source, pairs[name][0]))
        for index, name in enumerate(inputs)
        if index not in read
    ]
