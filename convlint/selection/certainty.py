"""Which rules may have missed something in a text, because not all of it could be read or computed."""

from __future__ import annotations

from collections.abc import Iterable

from convlint.domain.values import UNKNOWN, Shape, plain_sizes
from convlint.engine.trace import Trace
from convlint.findings import OWN_GROUP, Rule
from convlint.selection.seen import Seen

_OF_TEXT = "file"
_OF_GRAPH = frozenset((_OF_TEXT, "wiring"))
_OF_TORCH = "torch"
"""What torch says depends on whether, and with which limits, it is asked."""
_OF_SIZES = frozenset(("shapes", "merges", "quality", OWN_GROUP))


def undecided(rules: Iterable[Rule], seen: Seen) -> frozenset[str]:
    """The names of the rules that may hold back a finding which another check of the same text would have.

    The empty name is among them where this is more than what torch might say.
    """
    if not seen.is_parsed:
        return frozenset(("", *(rule.name for rule in rules)))
    lacks_shapes = not seen.is_whole or any(_lacks_shapes(trace) for trace in seen.traces)
    decided = _OF_GRAPH if seen.is_whole else {_OF_TEXT}
    lacks_sizes = lacks_shapes or seen.for_some_sizes or any(_lacks_sizes(trace) for trace in seen.traces)
    names = {
        rule.name
        for rule in rules
        if rule.group == _OF_TORCH
        or (lacks_shapes and rule.group not in decided)
        or (lacks_sizes and rule.group in _OF_SIZES)
    }
    return frozenset(names | {""} if lacks_sizes else names)


def _lacks_shapes(trace: Trace) -> bool:
    """Whether the number of axes, or the number of channels, of some output is unknown."""
    return any(not isinstance(shape, tuple) or UNKNOWN in shape[:1] for shape in _shapes(trace))


def _lacks_sizes(trace: Trace) -> bool:
    """Whether some size is unknown, or depends on one that is."""
    return any(plain_sizes(shape) is None for shape in _shapes(trace))


def _shapes(trace: Trace) -> list[Shape]:
    """The shapes that go into and out of the layers of a trace, those inside blocks among them."""
    shapes, waiting, seen = list(trace.inputs), [trace], {id(trace)}
    while waiting:
        for step in waiting.pop().steps:
            shapes += (*step.inputs, *step.outputs)
            inside = [copy for copy in step.copies if id(copy) not in seen]
            seen.update(map(id, inside))
            waiting += inside
    return shapes
