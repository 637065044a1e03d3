"""Checks of operator declarations that a user writes: names that mean something, expressions that can be computed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from convlint.catalogue import declarations, lookup
from convlint.catalogue.declarations import DeclarationError
from convlint.catalogue.language import ExpressionError, UnknownNameError
from convlint.catalogue.operators import Declaration, Remedy, Requirement
from convlint.catalogue.parameters import REJECTED, accept
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.catalogue.rule_text import RuleText
from convlint.nearest import nearest_hint

FIELD = r"\{([^{}]+)\}"
_IN_COSTS = ("y", "K", "O")
_FILLED_IN = ("axis_name", "input", "shapes", "at", "value", "op")
"""Fields of messages that the engine fills in, besides expressions."""
_PLACES = ("", "from", "op", "name", "expect", "repeat")
Wrong = Callable[[str, str], RuleFileError]
"""Makes the error for a key and a sentence."""


def check_declaration(item: Declaration, key: str, text: RuleText) -> None:
    """Raises RuleFileError for expressions that cannot be computed and names that mean nothing; it stands at `key`."""
    wrong = text.error
    _expression(item, "0", "number", key, wrong)  # says what is wrong with the named values
    for name, _ in item.let:
        _expression(item, name, "", f"{key}.let.{name}", wrong)
    for parameter in item.parameters:
        if parameter.default is not None and accept(parameter, item.axes, parameter.default) is REJECTED:
            raise wrong(f"{key}.params.{parameter.name}.default", f"{parameter.default} is no {parameter.type}")
        if parameter.infer is not None:
            _expression(item, parameter.infer, "number", f"{key}.params.{parameter.name}.infer", wrong)
    if isinstance(item.outputs, str):
        _expression(item, item.outputs, "shapes", f"{key}.outputs", wrong)
    for output in item.outputs if not isinstance(item.outputs, str) else ():
        place = f"{key}.outputs" if f"{key}.outputs" in text.lines else f"{key}.output"
        for part in output if isinstance(output, tuple) else ():
            _expression(item, part, "number", place, wrong)
        if isinstance(output, str):
            _expression(item, output, "shape", place, wrong)
    for name, cost in item.costs:
        if name != "reach":
            place = next(part for part in (name, f"receptive_field.{name}", "learned") if _has(text, f"{key}.{part}"))
            _expression(item, cost, "", f"{key}.{place}", wrong, lookup.definitions(item.name))
    for requirement in item.requirements:
        refuse_unknown_rule(requirement, key, text)
        check_requirement(item, requirement, in_require(key, requirement), wrong)
    if item.row is not None:
        check_row(item, key, wrong)


def _has(text: RuleText, key: str) -> bool:
    return key in text.lines or key.endswith(".learned")


def check_row(item: Declaration, key: str, wrong: Wrong) -> None:
    """Refuses a `row` that names parameters which the operator at `key` lacks."""
    row = item.row
    assert row is not None
    known = [parameter.name for parameter in item.parameters]
    named = {"args": row.arguments, "scaled": row.scaled}
    single = {"channels": row.channels, "repeats": row.repeats, "selects": row.selects}
    for part, names in {**named, **{part: (name,) for part, name in single.items() if name is not None}}.items():
        for name in names:
            if name not in known:
                hint = nearest_hint(name, known) or f"there are {', '.join(known) or 'none'}"
                raise wrong(f"{key}.row.{part}", f"{item.name} has no parameter '{name}'; {hint}")
    if row.tracks != "above":
        _expression(item, row.tracks, "one", f"{key}.row.tracks", wrong)


def check_requirement(item: Declaration, requirement: Requirement, key_of: Callable[[str], str], wrong: Wrong) -> None:
    """Refuses a condition, a place or a text of a requirement that means nothing for its operator."""
    _expression(item, requirement.that, "number", key_of("that"), wrong)
    known = [parameter.name for parameter in item.parameters]
    if requirement.at not in known and requirement.at not in _PLACES:
        hint = nearest_hint(requirement.at, known) or f"there are {', '.join(known) or 'none'}"
        raise wrong(key_of("at"), f"{item.name} has no parameter '{requirement.at}'; {hint}")
    for part, text in (("say", requirement.say), ("help", requirement.help)):
        for field in re.findall(FIELD, text or ""):
            if field not in _FILLED_IN:
                _expression(item, field, "any", key_of(part), wrong)
    if requirement.fix is not None:
        _check_remedy(item, requirement.fix, key_of("fix"), wrong)


def _check_remedy(item: Declaration, remedy: Remedy, key: str, wrong: Wrong) -> None:
    known = [parameter.name for parameter in item.parameters]
    for name, value in remedy.settings:
        if name not in known:
            hint = nearest_hint(name, known) or f"there are {', '.join(known) or 'none'}"
            raise wrong(key, f"{item.name} has no parameter '{name}'; {hint}")
        _expression(item, value, "any", key, wrong)
    for field in re.findall(FIELD, remedy.title):
        if field not in _FILLED_IN:
            _expression(item, field, "any", key, wrong)
    if remedy.insert and remedy.insert not in lookup.declarations():
        hint = nearest_hint(remedy.insert, lookup.declarations()) or "'convlint operator' lists all"
        raise wrong(key, f"no operator is called '{remedy.insert}'; {hint}")


def _expression(item: Declaration, expression: str, kind: str, key: str, wrong: Wrong, definitions: Any = None) -> None:
    """Refuses an expression that does not parse, gives another kind, or uses outputs before there are any."""
    known = declarations.names_known(item)
    try:
        code = declarations.expression_code(item, expression, definitions or {})
        needed = declarations.names_needed(item, expression)
    except DeclarationError as error:
        stem = key.partition(".let.")[0]
        raise wrong(f"{stem}.{error.key}" if error.key else key, error.problem) from None
    except ExpressionError as error:
        names = [name for name in known if name not in _IN_COSTS] if definitions is None else known
        raise wrong(key, f"{in_words(expression, error, names)} (of {item.name})") from None
    early = sorted(needed.intersection(_IN_COSTS) - {parameter.name for parameter in item.parameters})
    early = [name for name in early if name not in dict(item.let)]
    if definitions is None and kind != "any" and early:
        raise wrong(key, f"`{expression}`: '{early[0]}' is known in costs and messages alone")
    expected = {"number": "a number", "shape": "a shape", "shapes": "a list of shapes", "one": "one value"}.get(kind)
    is_of_kind = code.kind == kind or kind == "one"
    if expected and not (is_of_kind and (kind == "number" or not code.vectors)):
        raise wrong(key, f"`{expression}` does not give {expected}")


def refuse_unknown_rule(requirement: Requirement, key: str, text: RuleText) -> None:
    """Raises RuleFileError where the rule of a requirement does not exist; `key` is that of its operator."""
    known = lookup.rules()
    if requirement.rule not in known:
        hint = nearest_hint(requirement.rule, known) or "'convlint rule' lists all"
        raise text.error(f"{key}.require.{requirement.rule}", f"no rule is called '{requirement.rule}'; {hint}")


def in_require(key: str, requirement: Requirement) -> Callable[[str], str]:
    """The function from a part of a requirement to its key, in the operator at `key`."""
    return lambda part: f"{key}.require.{requirement.rule}.{part}"


def in_words(expression: str, error: ExpressionError, names: Iterable[str]) -> str:
    """An expression and what is wrong with it, with the name that was meant."""
    hint = nearest_hint(error.name, names) if isinstance(error, UnknownNameError) else ""
    if isinstance(error, UnknownNameError) and not hint:
        hint = f"there are {', '.join(names)}"
    return f"`{expression}`: {error.message}" + (f"; {hint}" if hint else "")
