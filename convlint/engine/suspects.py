"""Finds the layer that is to blame where another one refuses what it is given: whose change mends the most.

Each number of each layer that decides what arrives is tried with the values that it may have been meant to have, and
the network is asked what then still fails. Where changing one layer above satisfies several that refuse, or where it
alone stands out among its like, that layer is wrong and those that refuse it are right.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from itertools import chain, islice
from math import prod

from convlint.budget import steps_left, take
from convlint.catalogue import lookup
from convlint.domain.values import UNKNOWN, Shape, plain_sizes
from convlint.engine.alternatives import Alternative, Pairs, Wires, alternatives
from convlint.engine.arguments import ChangeSpot, Spots, uses_on
from convlint.engine.causes import Causes, Failing, Origin, Route, is_refusal
from convlint.engine.deciding import ANYTHING, deciding, parameters_that_decide
from convlint.engine.failures import Contradicted, Failure
from convlint.engine.propagation import run_operator
from convlint.engine.siblings import repeated_axes, siblings_of
from convlint.engine.trace import Session, Step, Trace
from convlint.engine.what_if import Effect, KeyChange, Path, Refusal, WhatIf
from convlint.model import Graph, Layer
from convlint.typed import NamedTuple

MOST_STEPS = 8_000
"""Layers that are computed again for one failure."""
MOST_GUESSES = 1_500
"""Changes that are thought of for one failure."""
_STEPS_A_LAYER = 60
"""Steps of the file's budget that a layer costs."""
_MOST_PAIRS = 16
_MOST_READERS = 60
"""Layers above that may read another than was meant."""
_FOR_EXACT = 0.3
"""How much more likely a value is that makes the sizes of a layer divide one another, where they did not."""
_FOR_FITTING = 0.2
"""How much more likely a value is that fits what is wanted, and was not computed from it."""
_CLEARLY = 0.1
"""How much likelier the layer to blame must be than another that would do as well."""
_STANDS_OUT = 0.4
"""How likely a change must be that satisfies one layer alone."""
_LIKELIER = 0.05
"""How much likelier a change above must be for what the layer says that refuses to be in doubt."""
_MOST_RIVALS = 1


class Culprit(NamedTuple):
    """What is to blame for a failure: where the change that mends it is written, and what refuses no more then.

    `is_sure` says that no other change would do as much, `is_likely` that it is likelier than that the numbers of the
    layer that refuses are wrong; `is_own` says that it is this layer itself, by what it reads.
    """

    spot: ChangeSpot
    mended: tuple[Refusal, ...]
    is_sure: bool
    is_likely: bool
    is_own: bool
    rivals: tuple[ChangeSpot, ...]


class Suspect(NamedTuple):
    """A layer that may have to change; `is_own` is it that refuses."""

    trace: Trace
    route: Route
    number: int
    is_own: bool

    @property
    def layer(self) -> Layer:
        return self.trace.graph.layers[self.number]

    @property
    def step(self) -> Step:
        return self.trace.steps[self.number]

    @property
    def path(self) -> Path:
        return (*self.route[::2], self.number)


_Far = tuple[int, Suspect]
"""How many suspects are nearer to the layer that refuses, and the suspect."""


class _Guess(NamedTuple):
    """A change of a suspect; the larger `likely`, the sooner it is tried."""

    likely: tuple[float, int]
    suspect: Suspect
    alternative: Alternative


class _Tried(NamedTuple):
    """A change that mends the failure; of two, the one with the larger rank is the better explanation."""

    rank: tuple[int, float, int]
    suspect: Suspect
    spot: ChangeSpot
    mended: tuple[Refusal, ...]

    @property
    def is_own_number(self) -> bool:
        """Whether a number of the layer that refuses is changed."""
        return self.suspect.is_own and self.spot.key != "from"


def _rank(item: _Tried) -> tuple[int, float, int]:
    return item.rank


def _of_itself(mine: _Tried) -> Culprit:
    """A layer that does not give what the file says it gives, by a number of its own."""
    return Culprit(mine.spot, mine.mended, False, True, True, ())


def _of_others(mine: _Tried | None, others: list[_Tried]) -> Culprit:
    """The likeliest of some changes of other layers, or of what the layer reads; `mine` is that of its own numbers."""
    best = max(others, key=lambda item: (item.rank[:2], not item.suspect.is_own, item.rank))
    rivals = [item for item in others if _site(item) != _site(best)]
    near = [item for item in rivals if item.rank[0] == best.rank[0] and item.rank[1] > best.rank[1] - _CLEARLY]
    is_likely = mine is None or best.rank[0] > mine.rank[0] or best.rank[1] > mine.rank[1] + _LIKELIER
    is_likely = is_likely and (not best.suspect.is_own or best.rank[1] >= _FOR_FITTING)
    is_better = best.rank[0] > (0 if mine is None else mine.rank[0]) and not near
    is_sure = is_better and (best.rank[0] > 1 or (best.rank[1] >= _STANDS_OUT and not best.suspect.is_own))
    alike = [item for item in rivals if item.rank[0] == best.rank[0] and not item.suspect.is_own]
    rival = [item.spot for item in sorted(alike, key=_rank, reverse=True)[:_MOST_RIVALS]]
    return Culprit(best.spot, best.mended, is_sure, is_likely, best.suspect.is_own, tuple(rival))


def _gain(item: Alternative) -> float:
    return item.gain


def _site(item: _Tried) -> tuple[Route, int]:
    return item.spot.route, item.spot.number


class Search:
    """Tries changes on one trace."""

    def __init__(self, trace: Trace, causes: Causes, session: Session) -> None:
        self._whole = trace
        self._causes = causes
        self._wires: dict[int, Wires] = {}
        self._ran: dict[object, Step] = {}
        self._that_decide: dict[tuple[str, int], Container[str]] = {}
        self._what_if = WhatIf(trace, session)
        self._siblings = siblings_of(trace)
        self._spots = Spots(trace)
        self._refusing = self._what_if.refusing()
        self._most = len(self._refusing)
        self._pairs_elsewhere: Pairs | None = None

    def culprit(self, own: Suspect, number: int) -> Culprit | None:
        """The culprit of failure `number` of a layer, None without one."""
        tried = list(self._tried(own, number, self._guesses(own, number)))
        mine = max((item for item in tried if item.is_own_number), key=_rank, default=None)
        others = [item for item in tried if not item.is_own_number]
        if not others or (mine is not None and mine.rank[0] > max(others, key=_rank).rank[0]):
            is_promise = isinstance(own.step.failures[number], Contradicted)
            return None if mine is None or not is_promise else _of_itself(mine)
        return _of_others(mine, others)

    def merges(self, own: Suspect, number: int, others: list[Failing]) -> bool:
        """Whether a change of another layer that mends failure `number` of a layer may matter to what is found.

        It does where it mends one of some others too, or lets something read a layer that nothing reads.
        """
        if own.route or self._wires_of(own).leave_unread:
            return True
        refused = {item.refusal for item in others}
        guesses = self._guesses_that_matter(own, number, others)
        return any(not refused.isdisjoint(item.mended) for item in self._tried(own, number, guesses))

    def _tried(self, own: Suspect, number: int, guesses: Iterator[_Guess]) -> Iterator[_Tried]:
        """Those of some changes that mend failure `number` of a layer, in their order.

        Of its own numbers, one that satisfies all that refuse is enough: those after it are less likely.
        """
        left = steps_left(MOST_STEPS * _STEPS_A_LAYER) // _STEPS_A_LAYER
        failure = own.step.failures[number]
        is_own_enough = False
        for likely, suspect, (change, _, is_fitted) in guesses:
            is_own_number = suspect.is_own and change.position >= 0
            if is_own_number and is_own_enough:
                continue
            if left < 0:
                return
            spot = self._spots.of(suspect.trace, suspect.route, suspect.number, change)
            outcome = self._what_if.asked(spot.changes, (own.route, own.number, failure))
            left -= outcome.steps + 1
            take(outcome.steps * _STEPS_A_LAYER)
            rewires = change.position < 0
            if not self._is_mended(own, failure, outcome) or (outcome.broken and (rewires or not outcome.is_hidden)):
                continue
            layers = {(route, index) for route, index, _ in outcome.mended}
            gain = likely[0] + (0 if is_fitted or suspect.is_own else _FOR_FITTING)
            yield _Tried((len(layers) - len(outcome.broken), round(gain, 3), likely[1]), suspect, spot, outcome.mended)
            satisfies_all = len(layers) - len(outcome.broken) == self._most
            if satisfies_all and not suspect.is_own and gain > _FOR_FITTING + _CLEARLY:
                return  # what comes now is less likely
            is_own_enough = is_own_enough or (satisfies_all and is_own_number)

    def _is_mended(self, own: Suspect, failure: Failure, outcome: Effect) -> bool:
        """Whether the layer refuses no more, and not by the accident that a size of 1 is repeated now."""
        if (own.route, own.number, failure) not in outcome.mended:
            return False
        left = outcome.watched.failures if outcome.watched is not None else ()
        if len(own.layer.sources) > 1 and any(is_refusal(own.layer, item) for item in left):
            return False  # sizes that differ on two axes are one mistake
        if outcome.watched is not None and _is_lost(own.step.outputs, outcome.watched.outputs):
            return False
        if outcome.watched is None or repeated_axes(outcome.watched.inputs) <= repeated_axes(own.step.inputs):
            return True
        siblings = self._siblings.get(str(own.layer.operator))
        return siblings is not None and siblings.repeat()

    def _guesses(self, own: Suspect, number: int) -> Iterator[_Guess]:
        """What may be wrong with the layer itself, then above it; the likeliest comes first."""
        readers, suspects = self._suspects(own, number)
        pairs = self._pairs_of(own)
        above = self._guesses_above(own, number, readers, suspects)
        yield from self._own_numbers(own, pairs)
        yield from above

    def _guesses_that_matter(self, own: Suspect, number: int, others: list[Failing]) -> Iterator[_Guess]:
        """What may be wrong above a layer and decides one of some other failures too; the likeliest comes first."""
        readers, suspects = self._suspects(own, number)
        readers = [one for one in readers if self._matters(one[1], others)]
        suspects = [one for one in suspects if self._matters(one[1], others)]
        if readers or suspects:
            yield from self._guesses_above(own, number, readers, suspects)

    def _guesses_above(self, own: Suspect, number: int, readers: list[_Far], suspects: list[_Far]) -> list[_Guess]:
        """Other layers for some to read, and other numbers for some: those that decide failure `number` of a layer."""
        pairs = self._pairs_of(own)
        decide = self._decided(own, number)
        wired = [
            _Guess((item.gain, -distance), suspect, item)
            for distance, suspect in readers
            for item in self._wires_of(suspect).others(suspect.number)
        ]
        numbers = [
            guess
            for distance, suspect in suspects
            if (names := decide(suspect))
            for guess in self._distinct(suspect, names, -distance, pairs, own.layer)
        ]
        return sorted([*wired, *numbers], key=lambda guess: guess.likely, reverse=True)[:MOST_GUESSES]

    def _suspects(self, own: Suspect, number: int) -> tuple[list[_Far], list[_Far]]:
        """The layers that may be meant to read another, and those that may be meant to have other numbers.

        Of each, how far it is from the layer that refuses.
        """
        origins = self._causes.origins(own.route, own.number, number)
        above = [Suspect(own.trace, own.route, index, False) for index in _above(own.trace.graph, own.number)]
        suspects = [found for origin in reversed(origins) for found in _parts(origin)] or above[:_MOST_PAIRS]
        if isinstance(own.layer.operator, Graph):
            suspects = [*_parts(Origin(own.trace, own.route, own.number)), *suspects]
        readers = list(enumerate([own, *above]))
        if origins:
            failing = own.route, own.number, number
            readers = [one for one in readers if one[1].is_own or self._causes.reach(own.route, one[1].number, failing)]
        outer = [Suspect(*use, False) for use in uses_on(self._whole, own.route)]
        readers += enumerate(reversed(outer), len(above) + 1)
        return readers, list(enumerate(suspects, 1))

    def _matters(self, suspect: Suspect, others: list[Failing]) -> bool:
        """Whether a layer may decide one of some failures; in a block it may."""
        if suspect.route:
            return True
        return any(
            (item.route, item.layer) == (suspect.route, suspect.number)
            or self._causes.reach(suspect.route, suspect.number, item.site)
            for item in others
        )

    def _wires_of(self, own: Suspect) -> Wires:
        """What the layers of the network, or of the block, that a layer is part of read."""
        key = id(own.trace)
        if key not in self._wires:
            self._wires[key] = Wires(own.trace)
        return self._wires[key]

    def _pairs_of(self, own: Suspect) -> Pairs:
        """What arrives and what is wanted at a layer that refuses, then at all others that do."""
        if self._pairs_elsewhere is None:
            self._pairs_elsewhere = _first(chain.from_iterable(_pairs(*one) for one in self._refusing))
        return _first(chain(_pairs(own.layer, own.step), self._pairs_elsewhere))

    def _own_numbers(self, own: Suspect, pairs: Pairs) -> list[_Guess]:
        opposite = tuple([(wanted, found) for found, wanted in pairs])
        mine = alternatives((own.layer, own.step), opposite, own.layer, _parameters(own.layer), self._siblings)
        return [_Guess((item.gain, 0), own, item) for item in sorted(mine, key=_gain, reverse=True)]

    def _decided(self, own: Suspect, number: int) -> Callable[[Suspect], Container[str]]:
        """The parameters of a suspect that may decide failure `number` of a layer; of one that fails itself, all."""
        found = None if own.route else deciding(own.trace, own.number, own.step.failures[number])

        def of(suspect: Suspect) -> Container[str]:
            wanted = ANYTHING if found is None else found.of(suspect.route, suspect.number)
            if wanted and suspect.step.failures:
                return _parameters(suspect.layer)
            key = str(suspect.layer.operator), wanted
            if key not in self._that_decide:
                self._that_decide[key] = parameters_that_decide(*key)
            return self._that_decide[key]

        return of

    def _distinct(
        self, suspect: Suspect, names: Container[str], nearness: int, pairs: Pairs, refusing: Layer
    ) -> Iterator[_Guess]:
        """The changes of some parameters of a layer above that change what it gives; of those alike, the likeliest."""
        best: dict[object, _Guess] = {}
        was_exact = _is_exact(suspect.step.inputs, suspect.step.outputs)
        for item in alternatives((suspect.layer, suspect.step), pairs, refusing, names, self._siblings):
            outputs = self._outputs(suspect, item.change)
            if outputs is None:
                continue
            gain = item.gain + _FOR_EXACT * (_is_exact(suspect.step.inputs, outputs) - was_exact)
            guess = _Guess((gain, nearness), suspect, item)
            if outputs not in best or best[outputs].likely < guess.likely:
                best[outputs] = guess
        yield from best.values()

    def _outputs(self, suspect: Suspect, change: KeyChange) -> tuple[Shape, ...] | None:
        """What the layer would give; None where that is what it gives now, or where it would refuse what it gets."""
        layer, step = suspect.layer, suspect.step
        key = (layer.operator, change.applied(layer).parameters, step.inputs)
        found = self._ran.get(key)
        if found is None:
            found = self._ran[key] = run_operator(str(key[0]), key[1], key[2])
        kept = tuple([shape[layer.over :] if isinstance(shape, tuple) else shape for shape in step.outputs])
        is_worse = len(found.failures) > len(step.failures) or _is_lost(kept, found.outputs)
        return None if is_worse or found.outputs in (kept, (UNKNOWN,)) else found.outputs


def _parameters(layer: Layer) -> Container[str]:
    """The names of all parameters of a layer."""
    operator = lookup.operator(str(layer.operator))
    return () if operator is None else operator.positions


def _is_lost(before: tuple[Shape, ...], after: tuple[Shape, ...]) -> bool:
    """Whether a shape that a layer gave is not known any more: then nothing is refused, and nothing mended."""
    return any(plain_sizes(new) is None and plain_sizes(old) is not None for old, new in zip(before, after))


def _is_exact(inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> bool:
    """Whether each size behind the first of the output divides that of the input, or the other way round."""
    before, after = inputs[0] if inputs else UNKNOWN, outputs[0]
    if not isinstance(before, tuple) or not isinstance(after, tuple) or len(before) != len(after):
        return False
    sizes = list(zip(before[1:], after[1:]))
    if not all(type(a) is int and type(b) is int and a > 0 and b > 0 for a, b in sizes):
        return False
    return all(a % b == 0 or b % a == 0 for a, b in sizes)


def _above(graph: Graph, index: int) -> list[int]:
    """The layers that a layer depends on, the nearest first."""
    found: dict[int, None] = {}
    waiting = [index]
    for at in waiting:
        for port in graph.layers[at].sources:
            if port is not None and port.layer >= 0 and port.layer not in found and len(found) < _MOST_READERS:
                found[port.layer] = None
                waiting.append(port.layer)
    return list(found)


def _parts(origin: Origin) -> Iterator[Suspect]:
    """The layer of an operator that an origin is, or those of the block that it is, the last one first."""
    layer, step = origin.trace.graph.layers[origin.number], origin.trace.steps[origin.number]
    if not isinstance(layer.operator, Graph):
        if isinstance(layer.operator, str) and layer.repeat == 1:
            yield Suspect(origin.trace, origin.route, origin.number, False)
        return
    for number, copy in enumerate(step.copies[:1]):
        for index in reversed(range(len(copy.steps))):
            yield from _parts(Origin(copy, (*origin.route, origin.number, number), index))


def _first(pairs: Iterable[tuple[int, int]]) -> Pairs:
    """The first pairs of those that differ."""
    return tuple(islice(dict.fromkeys(pairs), _MOST_PAIRS))


def _pairs(layer: Layer, step: Step) -> Iterator[tuple[int, int]]:
    """(what arrives, what is wanted): sizes of branches that differ, and what a layer says that it takes or gives."""
    shapes = [shape for shape in step.inputs if isinstance(shape, tuple)]
    found: dict[tuple[int, int], None] = {}
    for shape in shapes[1:]:
        for one, other in zip(shapes[0], shape):
            if type(one) is int and type(other) is int and one != other:
                found |= {(one, other): None, (other, one): None}
    for output, expected in zip(step.outputs, layer.expected or ()):
        if isinstance(output, tuple) and isinstance(expected, tuple):
            sizes = [(a, b) for a, b in zip(output, expected) if type(a) is int and type(b) is int and a != b]
            found |= dict.fromkeys(pair for a, b in sizes for pair in ((a, b), (b, a)))  # it may be wrong itself
    operator = lookup.operator(str(layer.operator))
    if len(shapes) == 1 and operator is not None:
        for value in layer.parameters:
            items = value if isinstance(value, tuple) else (value,)
            wanted = [item for item in items if type(item) is int and item > 1]
            found |= {(size, item): None for item in wanted for size in shapes[0] if type(size) is int and size != item}
            found |= dict.fromkeys(_for_product(shapes[0], prod(wanted)))
    yield from found


def _for_product(shape: tuple[object, ...], wanted: int) -> Iterator[tuple[int, int]]:
    """(a size, what it would be) for each size of a shape that alone can make its product the one that is wanted."""
    sizes = plain_sizes(shape)
    found = prod(sizes) if sizes else 0
    for size in sizes if sizes and found not in (0, wanted) else ():
        if size * wanted % found == 0:
            yield size, size * wanted // found
