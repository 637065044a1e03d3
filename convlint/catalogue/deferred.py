"""A mapping whose values are made when somebody asks for them: a run needs few of many declarations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from convlint.typed import TypeVar

Value = TypeVar("Value")


class Deferred(Mapping[str, Value]):
    """Values by name, each made on first use and kept."""

    def __init__(self, makers: Mapping[str, Callable[[], Value]]) -> None:
        self._makers = makers
        self._made: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)
