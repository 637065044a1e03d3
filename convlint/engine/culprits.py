"""Remembers which layers were found to blame for the failures of a network, and what that explains of the others."""

from __future__ import annotations

from convlint.engine.causes import Causes, Failing, Route, failing
from convlint.engine.failures import Failure
from convlint.engine.trace import Session, Trace
from convlint.model import Layer, Port
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.engine.fixed_numbers import FixedNumber, FixedNumbers
    from convlint.engine.suspects import Culprit, Search
    from convlint.engine.swapped_numbers import Swap
    from convlint.engine.what_if import Refusal

MOST_FAILURES = 8
"""Failures of a network whose culprit is searched."""


class Culprits:
    """The culprits of the failures of one trace; `accused` are the layers found so far.

    `meant` are the layers of the network that others were meant to read, of those that nothing reads; `has_unread` says
    that there are such.
    """

    def __init__(self, trace: Trace, causes: Causes, session: Session, has_unread: bool) -> None:
        self.trace = trace
        self._causes = causes
        self._session = session
        self._search: Search | None = None
        self._fixed: FixedNumbers | None = None
        self._left = MOST_FAILURES
        self._explained: set[Refusal] = set()
        self.accused: set[tuple[Route, int]] = set()
        self.meant: set[int] = set()
        self._failing = list(failing(trace, (), causes))
        self._is_asked = session.blames or has_unread or len(self._failing) > 1

    def swap_at(self, route: Route, index: int, failure: Failure) -> Swap | None:
        """Two numbers of a layer of the network that stand in each other's place; None where they do not."""
        if route or not self._is_asked or self._left < 1:
            return None
        from convlint.engine.given_shapes import channels_last
        from convlint.engine.swapped_numbers import swapped

        swap = swapped(self.trace, index, failure, self._session)
        swap = swap or channels_last(self.trace, index, failure, self._session)
        if swap is not None:
            self._left -= 1
            self.accused.add(((), index))
            self._explained |= set(swap.mended)
        return swap

    def fixed_at(self, route: Route, layer: Layer) -> FixedNumber | None:
        """A number of a layer of a block that cannot be right in all uses of the block; None without one."""
        if not route:
            return None
        from convlint.engine.fixed_numbers import FixedNumbers

        self._fixed = self._fixed or FixedNumbers(self.trace)
        return self._fixed.of(layer)

    def leave_open(self, route: Route, index: int, number: int) -> bool:
        """Whether other layers may be to blame for a failure, and none of them was tried."""
        is_cut_short = self._is_asked and (self._left < 0 or self._session.is_spent)
        return is_cut_short and self._causes.accuse_others(route, index, number)

    def explain(self, route: Route, index: int, failure: Failure) -> bool:
        """Whether a culprit that was found explains a failure of another layer too."""
        return (route, index, failure) in self._explained

    def of(self, trace: Trace, route: Route, index: int, number: int) -> Culprit | None:
        """The culprit of failure `number` of layer `index` of a trace that a route leads to; None without one."""
        self._left -= 1
        if self._left < 0 or self._session.is_spent or not self._is_asked:
            return None
        from convlint.engine.suspects import Search, Suspect

        search = self._search = self._search or Search(self.trace, self._causes, self._session)
        own = Suspect(trace, route, index, True)
        if not self._session.blames and not search.merges(own, number, self._later(route, index, number)):
            return None
        culprit = search.culprit(own, number)
        if culprit is None:
            return None
        spot = culprit.spot
        if not culprit.is_own:
            self.accused.add((spot.route, spot.number))
        if culprit.is_sure:
            self._explained |= set(culprit.mended)
            if isinstance(spot.value, Port) and not spot.route:
                self.meant.add(spot.value.layer)
        return culprit

    def _later(self, route: Route, index: int, number: int) -> list[Failing]:
        """The failures behind one that still have to be explained."""
        at = next((place for place, item in enumerate(self._failing) if item.site == (route, index, number)), -1)
        return [item for item in self._failing[at + 1 :] if item.refusal not in self._explained]
