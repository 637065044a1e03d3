"""`convlint.typed` makes what `typing` makes, without importing it."""

from __future__ import annotations

import pickle
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint import typed
from convlint.typed import NamedTuple


class Point(NamedTuple):
    """A point."""

    x: int
    y: int
    name: str = "here"
    tags: tuple[str, ...] = ()

    def shifted(self, by: int) -> Point:
        return self._replace(x=self.x + by)


class Judge(typing.NamedTuple):
    x: int
    y: int
    name: str = "here"
    tags: tuple[str, ...] = ()


FIELDS = (*Point._fields, "unknown")
CALLS = st.tuples(st.lists(st.integers(), max_size=6), st.dictionaries(st.sampled_from(FIELDS), st.integers()))


@given(CALLS)
def test_it_is_made_as_typing_makes_it(call: tuple[list[int], dict[str, int]]) -> None:
    values, named = call
    made: dict[type, tuple[object, ...] | None] = {}
    for kind in (Point, Judge):
        try:
            made[kind] = tuple(kind(*values, **named))  # type: ignore[arg-type]
        except TypeError:
            made[kind] = None
    assert made[Point] == made[Judge]


def test_what_it_has_is_what_typing_gives() -> None:
    point, judge = Point(1, 2, tags=("a",)), Judge(1, 2, tags=("a",))
    assert tuple(point) == tuple(judge)
    assert hash(point) == hash(judge)
    assert point._asdict() == judge._asdict()
    assert repr(point) == repr(judge).replace("Judge", "Point")
    assert (Point._fields, Point._field_defaults) == (Judge._fields, Judge._field_defaults)
    assert Point.__mro__ == (Point, tuple, object)
    assert Point.__match_args__ == Judge.__match_args__
    assert Point.__doc__ == "A point."
    assert Point._make([1, 2, "a", ()]) == (1, 2, "a", ())
    assert point.shifted(3).x == 4
    assert not hasattr(point, "__dict__")


def test_it_is_frozen_and_can_be_sent() -> None:
    point = Point(1, 2)
    with pytest.raises(AttributeError):
        point.x = 3  # type: ignore[misc]
    with pytest.raises(ValueError, match="unknown"):
        point._replace(unknown=1)  # type: ignore[call-arg]
    sent = pickle.loads(pickle.dumps(point))
    assert sent == point
    assert type(sent) is Point


def test_every_name_stands_for_one_of_typing() -> None:
    import ast
    from pathlib import Path

    stub = ast.parse(Path(typed.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    names = [name.name for node in stub.body if isinstance(node, ast.ImportFrom) for name in node.names]
    assert all(hasattr(typed, name) and hasattr(typing, name) for name in names)
