"""Evaluates one expression over named values, as in `${width * 2}`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from convlint.catalogue import language
from convlint.catalogue.language import ExpressionError, Kind
from convlint.catalogue.lifted import make_own_function
from convlint.domain.values import UNKNOWN, OverBudget, TooLarge

_parsed: dict[str, tuple[ast.expr, set[str]]] = {}
_compiled: dict[tuple[str, tuple[tuple[str, Kind], ...]], Callable[..., object]] = {}
_MOST_KEPT = 4096


def evaluate(text: str, names: Mapping[str, object]) -> object:
    """The value of an expression (a number, flag, text or tuple, or UNKNOWN); raises ExpressionError.

    It is UNKNOWN as well where the budget of the file is spent.
    """
    tree, free = _parse(text)
    kinds: dict[str, Kind] = {name: _kind(names[name]) for name in free if name in names}
    key = (text, tuple(sorted(kinds.items())))
    function = _compiled.get(key)
    if function is None:
        try:
            code = language.lower(tree, kinds, "lifted")
        except language.UnknownNameError:
            raise
        except ExpressionError:
            if any(names.get(name) is UNKNOWN for name in free):  # what is not known may be a list
                return UNKNOWN
            raise
        arguments = ", ".join("v_" + name for name in sorted(kinds))
        function = make_own_function(f"def value({arguments}):\n    return {code.text}\n", "value")
        if len(_compiled) > _MOST_KEPT:
            _compiled.clear()
        _compiled[key] = function
    try:
        return function(*[names[name] for name in sorted(kinds)])
    except ZeroDivisionError:
        raise ExpressionError("divides by zero", 0, len(text)) from None
    except OverBudget:
        return UNKNOWN
    except TooLarge as error:
        raise ExpressionError(str(error), 0, len(text)) from None
    except (TypeError, ValueError, LookupError, ArithmeticError):
        raise ExpressionError("cannot be computed", 0, len(text)) from None


def _parse(text: str) -> tuple[ast.expr, set[str]]:
    """The tree of an expression and the names in it; a block is read with the same texts for each of its values."""
    known = _parsed.get(text)
    if known is None:
        tree = language.parse_expression(text)
        known = tree, language.names_in(tree)
        if len(_parsed) > _MOST_KEPT:
            _parsed.clear()
        _parsed[text] = known
    return known


def _kind(value: object) -> Kind:
    if not isinstance(value, tuple):
        return "number"
    return "shapes" if any(isinstance(item, tuple) for item in value) else "shape"
