"""What comes of a network: the shapes at each layer, what failed there, and what was computed before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from types import MappingProxyType

from convlint.domain.values import UNKNOWN, KnownShape, Shape, Shapes, plain_sizes
from convlint.engine.failures import Failure
from convlint.limits import MOST_COMPUTED
from convlint.model import Graph, Port
from convlint.typed import Any, NamedTuple


class Condition(NamedTuple):
    """Requirement number `requirement` holds where `holds` is true; on spatial axis `axis`, or -1 where it has none."""

    requirement: int
    axis: int
    holds: object


class Step(NamedTuple):
    """What came of one layer: the shapes that went in and out, what failed, and inside a block its own steps.

    `copies` holds one trace for each copy of a repeated block whose input shapes differ from the copy before.
    `conditions` are the requirements that hold for some unknown sizes only. `inside` is what came of the body of an
    operator that is known by its body alone.
    """

    inputs: Shapes
    outputs: Shapes
    failures: tuple[Failure, ...] = ()
    copies: tuple[Trace, ...] = ()
    conditions: tuple[Condition, ...] = ()
    inside: Trace | None = None


class Trace(NamedTuple):
    """What came of a graph for given input shapes: a step for each layer, in the order of the file.

    `sound` says that nothing failed in it, blocks included. `order` is that in which its layers run, and `blocked` are
    those that feed each other, or come behind such layers.
    """

    graph: Graph
    inputs: Shapes
    steps: tuple[Step, ...]
    outputs: Shapes
    sound: bool
    order: Sequence[int]
    blocked: Sequence[int]

    def shapes_at(self, port: Port) -> Shapes:
        """The shapes of the outputs of the layer that a port belongs to, or of an input alone."""
        return self.steps[port.layer].outputs if port.layer >= 0 else (self.inputs[-1 - port.layer],)


class Computed(NamedTuple):
    """What was computed in earlier checks: steps of operators by all that they depend on, and traces of networks.

    The traces are those of the last check, by the names of their graphs and the shapes of their inputs.
    """

    steps: Mapping[object, Any]
    traces: Mapping[tuple[str, Shapes], Trace]


NOTHING = Computed(MappingProxyType({}), MappingProxyType({}))


class Session(NamedTuple):
    """One check: what was computed in it, and whether rules that are off by default are asked too.

    `blames` says that the layer to blame for a failure is looked for where it only adds to what is said. `before` is
    what was computed in earlier checks of much the same networks.
    """

    known: dict[object, Any]
    every_rule: bool = False
    blames: bool = True
    before: Computed = NOTHING

    @property
    def is_spent(self) -> bool:
        """Whether more was computed than any network needs."""
        return len(self.known) > MOST_COMPUTED


def height_of(shape: Shape) -> int | None:
    """The height of a map with two axes; None where it is none, or where its height is not known."""
    if not isinstance(shape, tuple) or len(shape) != 3 or type(shape[1]) is not int:
        return None
    return shape[1]


def one_entry(step: Step, over: int) -> tuple[Step, int | None]:
    """The step of a layer on one entry of the first `over` axes that it goes over, and how many entries there are."""
    inside = tuple([shape[over:] if isinstance(shape, tuple) else shape for shape in step.outputs])
    first = step.outputs[0]
    lead = plain_sizes(first[:over]) if isinstance(first, tuple) and UNKNOWN not in step.outputs else None
    return step._replace(outputs=inside), prod(lead) if lead else None


def known_shape(shape: Shape) -> KnownShape | None:
    """A shape for people: None where it is unknown, and None for each size that is unknown."""
    if not isinstance(shape, tuple):
        return None
    return tuple(None if size is UNKNOWN else size for size in shape)
