"""The operations of the rules language on sizes that are not known, and their bounds."""

from __future__ import annotations

import operator
from typing import Any

import pytest

from convlint.domain import values
from convlint.domain.tables import unknown_size
from convlint.domain.values import LARGEST, LONGEST, UNKNOWN, TooLarge, Word, within_bounds


def refuse() -> int:
    raise AssertionError("is not to be computed")


def test_an_unknown_size_absorbs_arithmetic() -> None:
    for result in (UNKNOWN + 1, 1 + UNKNOWN, UNKNOWN // 2, 7 % UNKNOWN, -UNKNOWN, UNKNOWN * UNKNOWN, UNKNOWN[0]):
        assert result is UNKNOWN


def test_an_unknown_size_has_no_truth_value() -> None:
    with pytest.raises(TypeError):
        bool(UNKNOWN)


def test_nothing_times_an_unknown_size_is_nothing() -> None:
    assert values.multiply(0, UNKNOWN) == 0
    assert values.multiply(UNKNOWN, 0) == 0
    assert values.multiply(2, UNKNOWN) is UNKNOWN
    assert values.product((3, UNKNOWN, 0)) == 0


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (values.equal((1, UNKNOWN), (2, UNKNOWN)), False),
        (values.equal((1, UNKNOWN), (1, 3)), UNKNOWN),
        (values.equal((1,), (1, UNKNOWN)), False),
        (values.unequal(UNKNOWN, 3), UNKNOWN),
        (values.less(2, UNKNOWN), UNKNOWN),
        (values.contains(3, (1, UNKNOWN, 3)), True),
        (values.contains(3, (1, UNKNOWN)), UNKNOWN),
        (values.lacks(3, (1, 2)), True),
        (values.all_of((True, UNKNOWN, False)), False),
        (values.all_of((True, UNKNOWN)), UNKNOWN),
        (values.any_of((False, UNKNOWN, True)), True),
        (values.any_of((False, UNKNOWN)), UNKNOWN),
        (values.least(3, UNKNOWN), UNKNOWN),
        (values.greatest((3, 5)), 5),
        (values.total((1, UNKNOWN)), UNKNOWN),
        (values.length(UNKNOWN), UNKNOWN),
        (values.alike((4, UNKNOWN, 5)), False),
        (values.alike((4, UNKNOWN, 4)), UNKNOWN),
        (values.alike(()), True),
        (values.broadcastable((1, UNKNOWN)), True),
        (values.broadcastable((4, UNKNOWN)), UNKNOWN),
        (values.broadcast((1, 4, 1)), 4),
        (values.broadcast((1, UNKNOWN)), UNKNOWN),
        (values.pick((1, UNKNOWN), 0), 1),
        (values.pick((1, 2), UNKNOWN), UNKNOWN),
        (values.replaced((1, 2, UNKNOWN), -1, 7), (1, 2, 7)),
        (values.removed((1, 2, UNKNOWN), (0, 1)), (UNKNOWN,)),
        (values.join((1,), (UNKNOWN,)), (1, UNKNOWN)),
        (values.axis_of(-2, 3), 1),
        (values.axis_of(UNKNOWN, 3), UNKNOWN),
    ],
)
def test_what_is_known_in_spite_of_unknown_sizes(result: Any, expected: Any) -> None:
    assert result is expected or result == expected


def test_conditions_stop_as_soon_as_they_are_decided() -> None:
    assert values.both(lambda: UNKNOWN, lambda: False, refuse) is False
    assert values.either(lambda: UNKNOWN, lambda: True, refuse) is True
    assert values.chain((values.less, values.less), lambda: 2, lambda: 1, refuse) is False
    assert values.chain((values.less, values.less), lambda: 1, lambda: UNKNOWN, lambda: 3) is UNKNOWN
    assert values.choose(True, lambda: 1, refuse) == 1


def test_a_choice_is_known_where_both_ways_agree() -> None:
    assert values.choose(UNKNOWN, lambda: 3, lambda: 3) == 3
    assert values.choose(UNKNOWN, lambda: 3, lambda: 4) is UNKNOWN


def test_the_larger_of_two_functions_of_a_size() -> None:
    size = unknown_size("H")
    largest: Any = values.greatest(size, 5)
    assert [largest(number) for number in (1, 5, 9)] == [5, 5, 9]
    assert values.greatest(size, size + 1) == size + 1


def test_a_word_can_be_compared_and_not_computed_with() -> None:
    word: Any = Word("same")
    assert word == "same"
    for compute in (operator.mul, operator.mod, operator.add, operator.sub):
        with pytest.raises(TypeError):
            compute(word, 3)
        with pytest.raises(TypeError):
            compute(3, word)


def test_numbers_are_bounded() -> None:
    assert values.multiply(2**31, 2**32) == LARGEST
    with pytest.raises(TooLarge):
        values.multiply(2**32, 2**32)
    with pytest.raises(TooLarge):
        values.power(2, 65)
    with pytest.raises(TooLarge):
        values.power(10, 60)
    with pytest.raises(ValueError, match="root"):
        values.power(-8, 0.5)
    with pytest.raises(TooLarge):
        values.total([LARGEST, 1])


def test_lists_are_bounded() -> None:
    longest = values.span(LONGEST)
    assert isinstance(longest, tuple)
    assert len(longest) == LONGEST
    with pytest.raises(TooLarge):
        values.span(LONGEST + 1)
    with pytest.raises(TooLarge):
        values.join(longest, (1,))


def test_an_axis_that_does_not_exist_is_no_axis() -> None:
    with pytest.raises(IndexError):
        values.replaced((1, 2), 2, 5)


def test_one_evaluation_is_bounded_and_the_next_starts_afresh() -> None:
    def evaluate(times: int) -> Any:
        return sum(values.total(values.span(LONGEST)) for _ in range(times))

    bounded = within_bounds(evaluate)
    with pytest.raises(TooLarge):
        bounded(100)
    assert bounded(2) == 2 * (LONGEST * (LONGEST - 1) // 2)
    assert evaluate(100) > 0
