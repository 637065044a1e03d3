"""Opens an operator: its body as a graph, with the tensors that it registers, for the shapes that reach a layer.

A plain check never comes here: it computes what an operator declares of its output. What looks inside (costs, `state`,
pictures, rules over inner layers) asks

* `opened(layer, step, session)`: what is inside a layer, one `Opened` for each copy; empty where nothing can be told;
* `opened.body.graph`, `opened.trace`: the inner layers and what comes of each, by their place in the flow. An inner
  layer is opened in the same way, and is closed until then; its name is its path below the outer one (`m.0.cv1`);
* `opened.body.slots`: the inner layers and tensors in the order of `state_dict()`, those among them through which
  nothing flows.

A graph is shared by all layers with equal operators, parameters and inputs, so its layers have no places: what is said
of an inner layer stands at the outer one. Whoever makes a `Body` (`convlint.engine.assembly`) in another way (of Python
source, say) keeps to this.
"""

# No `from __future__ import annotations` here: a named tuple compiles every annotation that is text.

from convlint.catalogue import lookup
from convlint.domain.values import UNKNOWN, Shapes
from convlint.engine.assembly import NO_BODY, Body, body_of
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session, Step, Trace
from convlint.model import Layer, Learned
from convlint.typed import NamedTuple


class Opened(NamedTuple):
    """A body, and what comes of its layers."""

    body: Body
    trace: Trace


def opened(layer: Layer, step: Step, session: Session) -> tuple[Opened, ...]:
    """What is inside a layer: one for each copy that differs from the one before; empty where nothing can be told."""
    if isinstance(layer.operator, Learned):
        return _opened_from_source(layer.operator, step, session)
    if not isinstance(layer.operator, str):
        return ()
    found = []
    inputs = step.inputs
    for _ in range(layer.repeat):
        inside = inside_of(layer, inputs, session)
        if inside is None:
            return ()
        found.append(inside)
        outputs = (inside.trace.outputs or (UNKNOWN,))[:1]
        if outputs == inputs or session.is_spent:
            break
        inputs = outputs
    return tuple(found)


def _opened_from_source(operator: Learned, step: Step, session: Session) -> tuple[Opened, ...]:
    """What is inside a module that was read from source: what it registers, and its flow where all was followed."""
    slots = operator.slots()
    flow = flow_of(operator, step.inputs, session)
    if flow is not None:
        return (flow._replace(body=flow.body._replace(slots=slots or ())),)
    return () if slots is None else (Opened(Body(NO_BODY.graph, slots), propagate(NO_BODY.graph, (), session)),)


def flow_of(operator: Learned, inputs: Shapes, session: Session) -> Opened | None:
    """The flow in a module that was read from source; None where not all of it was followed."""
    key = ("flow", operator, inputs)
    if key not in session.known:
        session.known[key] = operator.inside(inputs)
    found: Opened | None = session.known[key]
    return found


def inside_of(layer: Layer, inputs: Shapes, session: Session) -> Opened | None:
    """What is inside one copy of a layer for these input shapes; None where nothing can be told."""
    body = body_of(layer, inputs, session)
    if body is None or session.is_spent:
        return None
    return Opened(body, propagate(body.graph, inputs, session))


def untouched(layer: Layer) -> Step:
    """The step of a layer through which nothing flows."""
    operator = lookup.operator(str(layer.operator))
    return Step((UNKNOWN,) * max(1, operator.fewest if operator is not None else 1), (UNKNOWN,))
