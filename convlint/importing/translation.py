"""Turns the calls of a trace into layers."""

from __future__ import annotations

from torch import nn

from convlint.importing.functions.table import translate_function
from convlint.importing.imported import ImportingError, Unwritten
from convlint.importing.modules import translate_module
from convlint.importing.network import TracedLayer, TracedNetwork, Wire
from convlint.importing.tracing import ModuleTrace, Ref
from convlint.importing.translator import NoOperator, Translator, own_shape


def translated(module: nn.Module, trace: ModuleTrace) -> TracedNetwork:
    """The layers of a module; raises ImportingError."""
    translator = Translator(module, trace)
    for number in (number for _, number in trace.inputs):
        if trace.values[number].batch_axis != 0:
            raise ImportingError("the first dimension of each input is the batch")
    for call in trace.calls:
        translator.attempt(call, translate_function if call.module is None else translate_module)
    try:
        outputs = tuple((name, translator.wire(Ref(number))) for name, number in trace.outputs)
    except NoOperator:
        raise ImportingError("an output looks at elements that are changed in place later") from None
    inputs = tuple((name, own_shape(trace.values[number])) for name, number in trace.inputs)
    nodes, unwritten, outputs = _needed(translator, outputs)
    return TracedNetwork(nodes, trace.regions, inputs, outputs, unwritten)


def _needed(
    translator: Translator, outputs: tuple[tuple[str, Wire], ...]
) -> tuple[tuple[TracedLayer, ...], tuple[tuple[int, Unwritten], ...], tuple[tuple[str, Wire], ...]]:
    """The layers that an output depends on, numbered anew; parameters that nothing uses are not written."""
    used, waiting = set[int](), [wire.layer for _, wire in outputs]
    while waiting:
        layer = waiting.pop()
        if layer >= 0 and layer not in used:
            used.add(layer)
            waiting += [wire.layer for wire in translator.nodes[layer].sources]
    numbers = {old: new for new, old in enumerate(sorted(used))}

    def moved(wire: Wire) -> Wire:
        return wire._replace(layer=numbers[wire.layer]) if wire.layer >= 0 else wire

    nodes = tuple(
        translator.nodes[old]._replace(sources=tuple(map(moved, translator.nodes[old].sources))) for old in numbers
    )
    unwritten = tuple((numbers[layer], item) for layer, item in translator.unwritten if layer in numbers)
    return nodes, unwritten, tuple((name, moved(wire)) for name, wire in outputs)
