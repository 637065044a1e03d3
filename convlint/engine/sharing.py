"""Layers that are the module of another once more: what was inferred from the inputs of the first holds for all."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.domain.values import Shapes
from convlint.engine.inferring import inferred
from convlint.engine.trace import Session, Step, Trace
from convlint.model import Graph, Layer


def as_built(layer: Layer, first: Step, session: Session) -> Layer:
    """The layer with the parameters that follow from the inputs of its first use written out, those in blocks too.

    Copies in sequence that are built for different inputs are left as they are: they have no parameters in common.
    """
    operator = layer.operator
    if isinstance(operator, str):
        if layer.repeat > 1:
            return layer
        return layer._replace(parameters=_inferred(operator, layer.parameters, first.inputs))
    if not isinstance(operator, Graph) or len(first.copies) != 1:
        return layer
    return layer._replace(operator=_graph_as_built(first.copies[0], session))


def _graph_as_built(trace: Trace, session: Session) -> Graph:
    key = ("as built", id(trace))
    known: tuple[Trace, Graph] | None = session.known.get(key)
    if known is None:
        layers = tuple([as_built(layer, step, session) for layer, step in zip(trace.graph.layers, trace.steps)])
        known = session.known[key] = (trace, trace.graph._replace(layers=layers))  # a trace that is kept keeps its id
    return known[1]


def _inferred(name: str, parameters: tuple[object, ...], inputs: Shapes) -> tuple[object, ...]:
    declared = lookup.operator(name)
    if declared is None:
        return parameters
    return tuple(
        [
            inferred(name, parameter.infer, parameters, inputs)
            if value is None and parameter.infer is not None
            else value
            for parameter, value in zip(declared.parameters, parameters)
        ]
    )
