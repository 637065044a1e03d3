"""Builds one operator of what is inside it: for a package that is not installed, and for rows learned from source."""

from __future__ import annotations

from torch import nn

from convlint.catalogue import lookup
from convlint.domain.values import Shapes
from convlint.engine.opening import Opened, flow_of, inside_of
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session, Step, Trace
from convlint.model import Architecture, Graph, Layer, Learned
from convlint.torch_check import BuildError
from convlint.torch_check.network import GraphModule, build_network

_AGAIN = " (again)"
"""What follows the name of a layer that runs a second time."""


def expanded(architecture: Architecture, trace: Trace) -> nn.Module | None:
    """The module of what is inside the one layer of an architecture; None where that is not known.

    Raises BuildError where torch has nothing for a part, or refuses one.
    """
    session = Session({})
    inside = inside_of(architecture.graph.layers[0], trace.steps[0].inputs, session)
    if inside is None:
        return None
    return _built(inside, trace.steps[0].inputs, session)


def expanded_row(layer: Layer, step: Step, session: Session) -> nn.Module | None:
    """The module of what is inside a layer that was read from source; None where not all of it was followed.

    Raises BuildError as `expanded` does.
    """
    inside = flow_of(layer.operator, step.inputs, session) if isinstance(layer.operator, Learned) else None
    return None if inside is None else _built(inside, step.inputs, session)


def _built(inside: Opened, inputs: Shapes, session: Session) -> nn.Module:
    whole = Architecture(_graph(inside, session), inputs, ())
    made = build_network(whole, propagate(whole.graph, whole.inputs, session))
    for part in made.modules():
        if isinstance(part, GraphModule):
            _share(part)
    return made


def _graph(inside: Opened, session: Session) -> Graph:
    """The layers of a body, each that is made of others as a block of these."""
    if any(slot.layer < 0 and slot.module is not None for slot in inside.body.slots):
        raise BuildError("a part of it is registered, and nothing flows through it")
    names: set[str] = set()
    layers = []
    for layer, step in zip(inside.body.graph.layers, inside.trace.steps):
        name = layer.name + _AGAIN if layer.name in names else layer.name
        names.add(name)
        layers.append(_opened(layer._replace(name=name), step.inputs, session))
    return inside.body.graph._replace(layers=tuple(layers))


def _opened(layer: Layer, inputs: Shapes, session: Session) -> Layer:
    if isinstance(layer.operator, Learned):
        flow = flow_of(layer.operator, inputs, session)
        if flow is None:
            raise BuildError("its source was not followed to the end", layer.name)
        return layer._replace(operator=_graph(flow, session), parameters=())
    if not isinstance(layer.operator, str) or lookup.declaration(layer.operator).torch is not None:
        return layer
    inner = inside_of(layer, inputs, session)
    if inner is None:
        raise BuildError(f"nothing says how torch builds {lookup.plain_name(layer.operator)}", layer.name)
    return layer._replace(operator=_graph(inner, session), parameters=())


def _share(part: GraphModule) -> None:
    """Makes layers that run again one module with what ran before."""
    for name in list(part._modules):
        if name.endswith(_AGAIN):
            part._modules[name] = part._modules[name.removesuffix(_AGAIN)]
