"""The rules language: what an expression may be made of, where an error is, and what hostile ones can do (nothing)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint.catalogue import language
from convlint.catalogue.compilation import PLAIN_IMPORTS
from convlint.catalogue.expressions import evaluate
from convlint.catalogue.language import ExpressionError, Kind, UnknownNameError
from convlint.catalogue.lifted import make_function
from convlint.domain.values import UNKNOWN, Word

NAMES: dict[str, Any] = {"a": 7, "b": 3, "flag": True, "nothing": None, "mode": Word("same"), "x": (8, 5, 4)}


def error_of(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, NAMES)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a // b + a % b - -b", 6),
        ("a ** 2 / 2", 24.5),
        ("a > b >= 3 != 4", True),
        ("1 if mode == 'same' else 2", 1),
        ("a if nothing is None else b", 7),
        ("nothing is not None", False),
        ("not (a < b or flag and a == b)", True),
        ("x[0] + x[-1]", 12),
        ("x[1:] + [a, b]", (5, 4, 7, 3)),
        ("[k * 2 for k in x if k != 5]", (16, 8)),
        ("[x, [1, 2]][1]", (1, 2)),
        ("[s[0] for s in [x, [1, 2]]]", (8, 1)),
        ("a in x or 5 in x", True),
        ("[1, 2] in [[1, 2], x]", True),
        ("prod(x) + sum(x) + min(x) + max(x)", 160 + 17 + 4 + 8),
        ("min(a, b) + max(a, b, 9)", 12),
        ("all([k > 3 for k in x]) and any([k > 7 for k in x])", True),
        ("len(x) + len([x])", 4),
        ("abs(b - a) + floor(2.7) + int(2.7)", 8),
        ("range(3)", (0, 1, 2)),
        ("list(x)", (8, 5, 4)),
        ("replace(x, -1, 9)", (8, 5, 9)),
        ("remove(x, [0, 2])", (5,)),
        ("alike([2, 2]) and not alike([1, 2])", True),
        ("broadcastable([1, 4, 4]) and broadcast([1, 4]) == 4", True),
        ("axis(-1, 3)", 2),
        ("axis(0, 3)", -1),
        ("  a\n + b ", 10),
    ],
)
def test_expressions_have_the_values_of_python(text: str, value: Any) -> None:
    assert evaluate(text, NAMES) == value


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("a + foo * 2", "foo", "unknown name 'foo'"),
        ("  a + foo", "foo", "unknown name 'foo'"),
        ("'é' == foo", "foo", "unknown name 'foo'"),
        ("a + größe", "größe", "unknown name 'größe'"),
        ("[k for k in x] + [k]", "k", "unknown name 'k'"),
        ("a.real", "a.real", "an attribute is not part of the rules language"),
        ("1 + (lambda: a)()", "lambda: a", "a lambda is no function of the rules language"),
        ("a + len", "len", "unknown name 'len'"),
        ("a + open('f')", "open", "'open' is no function of the rules language"),
        ("max(a, key=b)", "max(a, key=b)", "max() takes no named arguments"),
        ("b + axis(a)", "axis(a)", "axis() takes 2 arguments"),
        ("b + abs(x)", "x", "abs() needs a number here"),
        ("prod(a)", "a", "prod() needs a list of numbers here"),
        ("min()", "min()", "min() needs an argument"),
        ("a + x", "x", "needs to be a number"),
        ("a * 'b'", "'b'", "needs to be a number"),
        ("-x", "x", "needs to be a number"),
        ("~a", "~a", "this operator is not part of the rules language"),
        ("a << 2", "a << 2", "this operator is not part of the rules language"),
        ("a is 3", "a is 3", "`is` only goes with None"),
        ("a in mode", "mode", "`in` needs a list"),
        ("x == 3", "3", "a list of numbers is compared with a number"),
        ("x < [1]", "[1]", "only numbers have an order"),
        ("a[0]", "a[0]", "only a shape or a list can be indexed"),
        ("x[::2]", "x[::2]", "a slice takes no step"),
        ("x[x]", "x", "needs to be a number"),
        ("x if flag else a", "x if flag else a", "one branch is a list of numbers, the other a number"),
        ("[a, x]", "x", "a list holds either numbers or shapes"),
        ("[[x]]", "[x]", "a list of lists of shapes is not part of the rules language"),
        ("[k for k in a]", "a", "only a shape or a list can be gone through"),
        ("[k for k in x for j in x]", "[k for k in x for j in x]", "a comprehension takes one `for`"),
        ("[k for (k, j) in x]", "[k for (k, j) in x]", "a comprehension names one variable"),
        ("{a: b}", "{a: b}", "a dictionary is not part of the rules language"),
        ("f'{a}'", "f'{a}'", "an f-string is not part of the rules language"),
        ("a + b'c'", "b'c'", "this constant is not part of the rules language"),
        ("1e400", "1e400", "this constant is not part of the rules language"),
        ("max(*x)", "*x", "'*x' is not part of the rules language"),
    ],
)
def test_an_error_points_at_its_place(text: str, where: str, problem: str) -> None:
    error = error_of(text)
    assert error.message.startswith(problem)
    assert text[error.start : error.end] == where


@pytest.mark.parametrize("text", ["a +", "a b", "(a", "a)", "a = 3", "a; b", "import os", "'a", "\0", "a if b"])
def test_what_does_not_parse(text: str) -> None:
    error = error_of(text)
    assert error.message.startswith("does not parse")
    assert 0 <= error.start <= error.end <= len(text)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_expression(text: str) -> None:
    assert error_of(text).message == "is empty"


def test_the_nearest_name_can_be_looked_up() -> None:
    with pytest.raises(UnknownNameError) as caught:
        evaluate("wdith * 2", {"width": 3})
    assert caught.value.name == "wdith"


def test_names_are_those_that_an_expression_needs() -> None:
    tree = language.parse_expression("[k + a for k in x if k > b] + [max(c, 1)]")
    assert language.names_in(tree) == {"a", "b", "c", "x"}
    assert language.names_in(language.parse_expression("[k for k in k]")) == {"k"}


HOSTILE = [
    "9**9**9",
    "2**64",
    "(2**60)**60",
    "2**53 * 2**53",
    "'a'*10**9",
    "('a' if flag else 'b') * 10**9",
    "10**9 * max('a', 'b')",
    "['a', 'b'][0] * 10**9",
    "('%1000000000d' if flag else 'b') % 5",
    "mode * 10**9",
    "[1] * 10**9",
    "([1] if flag else [2]) * 10**9",
    "max([1], [2])",
    "range(10**9)",
    "[k for k in range(10**9)]",
    "sum(range(10**9))",
    "sum([sum([1 for j in range(4096)]) for k in range(4096)])",
    "sum([sum([sum([1 for i in range(99)]) for j in range(99)]) for k in range(99)])",
    "[1 for k in range(4096) if k in range(4096)]",
    "[[k for k in range(4096)] for j in range(4096)]",
    "[len(remove(range(4096), range(4096))) for k in range(4096)]",
    "(" * 300 + "1" + ")" * 300,
    "[" * 90 + "1" + "]" * 90,
    "-" * 900 + "1",
    "not " * 200 + "1",
    "+".join(["a"] * 200),
    "a" + ".a" * 490,
    "{a" + ".a" * 490 + "}",
    "lambda: " * 100 + "1",
    "a" + "[0]" * 300,
    "1" * 900,
    "0x" + "f" * 900,
    "1 " * 600,
    "().__class__.__base__.__subclasses__()",
    "__import__('os').system('true')",
    "__builtins__",
    "[__builtins__ for k in x]",
    "(a := 10**9)",
    "[a for a in x if (b := a)]",
    "eval('1')",
    "(-8) ** 0.5",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_expressions_are_refused_at_once(text: str) -> None:
    assert error_of(text)


def test_a_chain_of_comparisons_stays_as_short_as_it_is_written() -> None:
    text = "1"
    for _ in range(30):
        text = f"1<({text})<1"
    assert evaluate(text, {}) is False
    assert len(language.lower(language.parse_expression(text), {}, "lifted").text) < 100 * len(text)


def test_a_long_computation_does_not_use_up_the_next() -> None:
    for _ in range(20):
        error_of("[1 for k in range(4096) if k in range(4096)]")
    assert evaluate("sum(range(4096))", {}) == 4096 * 4095 // 2


def test_no_warning_reaches_the_terminal(recwarn: pytest.WarningsRecorder) -> None:
    evaluate("1 if 'a\\d' == '\\q' else 2", {})
    error_of("1if flag is 1 else 2")
    assert not recwarn.list


# --- the two lowerings

KINDS: dict[str, Kind] = {"a": "number", "b": "number", "c": "number", "x": "shape"}


def run(text: str, lowering: language.Lowering, names: dict[str, Any]) -> Any:
    """The value of an expression in one lowering, or what went wrong."""
    code = language.lower(language.parse_expression(text), KINDS, lowering)
    source = f"def value({', '.join('v_' + name for name in KINDS)}):\n    return {code.text}\n"
    if lowering == "lifted":
        function = make_function(source, "value")
    else:
        namespace: dict[str, Any] = {}
        exec(PLAIN_IMPORTS + source, namespace)
        function = namespace["value"]
    try:
        return function(*[names[name] for name in KINDS])
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return type(error).__name__


numbers = st.sampled_from(["a", "b", "c", "0", "1", "2", "3", "x[0]", "x[-1]", "len(x)"])


def _deeper(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(part, part)
    lists = st.one_of(
        st.just("x"),
        two.map(lambda pair: f"[{pair[0]}, {pair[1]}]"),
        part.map(lambda text: f"[k + {text} for k in x if k != {text}]"),
        part.map(lambda text: f"replace(x, 0, {text})"),
        part.map(lambda text: f"(x + [{text}])[1:]"),
    )
    return st.one_of(
        st.tuples(part, st.sampled_from(["+", "-", "*", "//", "%"]), part).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(part, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), part, part).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]} <= {parts[3]})"
        ),
        st.tuples(part, st.sampled_from(["and", "or"]), part).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(part, part, part).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
        part.map(lambda text: f"(not {text})"),
        part.map(lambda text: f"(-{text})"),
        two.map(lambda pair: f"max({pair[0]}, {pair[1]})"),
        two.map(lambda pair: f"({pair[0]} in [{pair[1]}, a])"),
        part.map(lambda text: f"abs({text})"),
        st.tuples(st.sampled_from(["sum", "prod", "min", "max", "all", "any", "len", "alike"]), lists).map(
            lambda parts: f"{parts[0]}({parts[1]})"
        ),
    )


expressions = st.recursive(numbers, _deeper, max_leaves=12)
sizes = st.integers(-3, 9)


@given(expressions, sizes, sizes, sizes, st.lists(sizes, min_size=1, max_size=3))
def test_both_lowerings_agree_on_known_values(text: str, a: int, b: int, c: int, x: list[int]) -> None:
    names = {"a": a, "b": b, "c": c, "x": tuple(x)}
    assert run(text, "lifted", names) == run(text, "plain", names)


@given(expressions, sizes, sizes, sizes, st.lists(sizes, min_size=1, max_size=3))
def test_an_unknown_value_never_gives_a_wrong_one(text: str, a: int, b: int, c: int, x: list[int]) -> None:
    """Both branches of an open condition are computed, so that one may divide by zero: then nothing is known."""
    known = run(text, "plain", {"a": a, "b": b, "c": c, "x": tuple(x)})
    for vague in ({"a": UNKNOWN}, {"x": (UNKNOWN, *x[1:])}, {"x": UNKNOWN}):
        found = run(text, "lifted", {"a": a, "b": b, "c": c, "x": tuple(x), **vague})
        assert found is UNKNOWN or found == known or isinstance(known, str) or isinstance(found, str)
