"""Checks of what files declare: names that mean something, expressions that can be computed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Mapping, Sequence

from convlint.catalogue import functions, language
from convlint.catalogue.body_checks import check_body
from convlint.catalogue.known import NETWORK_FACTS, TOTAL, Known
from convlint.catalogue.language import ExpressionError, UnknownNameError
from convlint.catalogue.names import names_through_let, parsed_names
from convlint.catalogue.operators import Declaration, DeclarationError, Neighbours, Remedy, Requirement
from convlint.catalogue.parameters import REJECTED, accept
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.catalogue.rule_text import RuleText
from convlint.findings import Part
from convlint.nearest import nearest_hint

FIELD = r"\{([^{}]+)\}"
_COST = "cost"
"""The kind of what may name the outputs."""
_IN_COSTS = ("y", "K", "O", "M")
_FILLED_IN = ("axis_name", "input", "shapes", "at", "value", "op")
"""Fields of messages that the engine fills in, besides expressions."""
_PARTS = frozenset(part.value for part in Part)
"""Where a requirement may point beside parameters."""
Wrong = Callable[[str, str], RuleFileError]
"""Makes the error for a key and a sentence."""


def check_declaration(known: Known, item: Declaration, key: str, text: RuleText) -> None:
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
        _expression(item, item.outputs, "outputs", f"{key}.outputs", wrong)
    for output in item.outputs if not isinstance(item.outputs, str) else ():
        place = f"{key}.outputs" if f"{key}.outputs" in text.lines else f"{key}.output"
        for part in output if isinstance(output, tuple) else ():
            _expression(item, part, "number", place, wrong)
        if isinstance(output, str):
            _expression(item, output, "shape", place, wrong)
    for name, cost in item.costs:
        if name != "reach":
            field = f"receptive_field.{name}"
            place = field if f"{key}.{field}" in text.lines else name
            _expression(item, cost, _COST, f"{key}.{place}", wrong)
    for requirement in item.requirements:
        refuse_unknown_rule(known, requirement, key, text)
        check_requirement(known, item, requirement, in_require(key, requirement), wrong)
    if item.enlarge:
        _refuse_unknown_parameter(item, item.enlarge, f"{key}.enlarge", wrong)
    if item.row is not None:
        check_row(item, key, wrong)
    if item.body is not None:
        _check_body(known, item, key, wrong)


def _check_body(known: Known, item: Declaration, key: str, wrong: Wrong) -> None:
    """Refuses a body that means nothing, or that would be inside itself."""
    try:
        check_body(known, item)
    except DeclarationError as error:
        raise wrong(f"{key}.{error.key}" if error.key else key, error.problem) from None


def _refuse_unknown_parameter(item: Declaration, name: str, key: str, wrong: Wrong) -> None:
    known = [parameter.name for parameter in item.parameters]
    if name not in known:
        hint = nearest_hint(name, known) or f"there are {', '.join(known) or 'none'}"
        raise wrong(key, f"{item.name} has no parameter '{name}'; {hint}")


def check_row(item: Declaration, key: str, wrong: Wrong) -> None:
    """Refuses a `row` that names parameters which the operator at `key` lacks."""
    row = item.row
    assert row is not None
    named = {"args": row.arguments, "scaled": row.scaled}
    single = {"channels": row.channels, "repeats": row.repeats, "selects": row.selects}
    for part, names in {**named, **{part: (name,) for part, name in single.items() if name is not None}}.items():
        for name in names:
            _refuse_unknown_parameter(item, name, f"{key}.row.{part}", wrong)
    if row.tracks != "above":
        _expression(item, row.tracks, "one", f"{key}.row.tracks", wrong)


def check_requirement(
    known: Known, item: Declaration, requirement: Requirement, key_of: Callable[[str], str], wrong: Wrong
) -> None:
    """Refuses a condition, a place or a text of a requirement that means nothing for its operator."""
    _expression(item, requirement.that, "number", key_of("that"), wrong)
    if requirement.spares:
        _expression(item, requirement.spares, "number", key_of("spares"), wrong)
    if requirement.at not in _PARTS:
        _refuse_unknown_parameter(item, requirement.at, key_of("at"), wrong)
    for part, text in (("say", requirement.say), ("help", requirement.help)):
        for field in re.findall(FIELD, text or ""):
            if field not in _FILLED_IN:
                _expression(item, field, "any", key_of(part), wrong)
    if requirement.fix is not None:
        _check_remedy(known, item, requirement.fix, key_of("fix"), wrong)


def _check_remedy(known: Known, item: Declaration, remedy: Remedy, key: str, wrong: Wrong) -> None:
    for name, value in remedy.settings:
        _refuse_unknown_parameter(item, name, key, wrong)
        _expression(item, value, "any", key, wrong)
    for field in re.findall(FIELD, remedy.title):
        if field not in _FILLED_IN:
            _expression(item, field, "any", key, wrong)
    if remedy.insert and remedy.insert not in known.declarations:
        raise wrong(key, no_operator(remedy.insert, known.declarations))


def no_operator(name: str, known: Collection[str]) -> str:
    """The sentence that an operator does not exist, with the one that was meant."""
    modules = sorted(other for other in known if other.partition(".")[2] == name)
    hint = f"write '{modules[0]}'" if modules else nearest_hint(name, known) or "'convlint operator' lists all"
    return f"no operator is called '{name}'; {hint}"


def check_network_rule(data: Mapping[str, object], wrong: Wrong) -> None:
    """Refuses a rule over a whole network that cannot be computed, or that points at a layer."""
    for key in ("message", "help"):
        for field in re.findall(FIELD, str(data.get(key, ""))):
            _network_expression(field, key, wrong)
    _network_expression(str(data["assert"]), "assert", wrong)
    if data.get("at"):
        raise wrong("at", "a rule over the network points at the file; leave it out")
    if data.get("fix"):
        raise wrong("fix", "a rule over the network has no layer to mend; leave it out")


def _network_expression(expression: str, key: str, wrong: Wrong) -> None:
    try:
        tree = language.parse_expression(expression)
        language.lower(tree, dict.fromkeys(NETWORK_FACTS, "number"), "lifted")
    except ExpressionError as error:
        raise wrong(key, in_words(expression, error, NETWORK_FACTS)) from None


def check_neighbours(
    rule: Neighbours, layers: Sequence[Declaration], others: Sequence[Declaration], key: str, wrong: Wrong
) -> None:
    """Refuses a rule over neighbours with values that cannot be computed, or that points at no parameter."""
    for part, values, items in (("let", rule.let, layers), ("above_let", rule.above_let, others)):
        for name, expression in values:
            for item in items:
                _expression(item, expression, _COST, f"{key}.{part}.{name}", wrong)
    names = [*dict(rule.let), *dict(rule.above_let), TOTAL]
    for name in sorted(language.names_in(_tree(rule.that, f"{key}.that", wrong))):
        if name not in names:
            problem = in_words(rule.that, UnknownNameError(name, 0, 0), names)
            raise wrong(f"{key}.that", problem)
    if rule.at not in _PARTS:
        for item in others if rule.points_above else layers:
            _refuse_unknown_parameter(item, rule.at, "at", wrong)


def _tree(expression: str, key: str, wrong: Wrong) -> ast.expr:
    try:
        return language.parse_expression(expression)
    except ExpressionError as error:
        raise wrong(key, in_words(expression, error, ())) from None


def _expression(item: Declaration, expression: str, kind: str, key: str, wrong: Wrong) -> None:
    """Refuses an expression that does not parse, gives another kind, or uses outputs before there are any."""
    known = functions.names_known(item)
    try:
        code = functions.expression_code(item, expression)
        needed = names_through_let(item, expression, parsed_names)
    except DeclarationError as error:
        stem = key.partition(".let.")[0]
        raise wrong(f"{stem}.{error.key}" if error.key else key, error.problem) from None
    except ExpressionError as error:
        names = [name for name in known if name not in _IN_COSTS] if kind != _COST else known
        raise wrong(key, f"{in_words(expression, error, names)} (of {item.name})") from None
    early = sorted(needed.intersection(_IN_COSTS) - {parameter.name for parameter in item.parameters})
    early = [name for name in early if name not in dict(item.let)]
    if kind not in (_COST, "any") and early:
        raise wrong(key, f"`{expression}`: '{early[0]}' is known in costs and messages alone")
    expected = {"number": "a number", "shape": "a shape", "outputs": "a list of shapes", "one": "one value"}.get(kind)
    is_of_kind = kind in ("one", code.kind) or (kind == "outputs" and (code.kind == "shapes" or code.text == "UNKNOWN"))
    if expected and not (is_of_kind and (kind == "number" or not code.vectors)):
        raise wrong(key, f"`{expression}` does not give {expected}")


def refuse_unknown_rule(known: Known, requirement: Requirement, key: str, text: RuleText) -> None:
    """Raises RuleFileError where the rule of a requirement does not exist; `key` is that of its operator."""
    if requirement.rule not in known.rules:
        hint = nearest_hint(requirement.rule, known.rules) or "'convlint rule' lists all"
        raise text.error(f"{key}.require.{requirement.rule}", f"no rule is called '{requirement.rule}'; {hint}")


def in_require(key: str, requirement: Requirement) -> Callable[[str], str]:
    """The function from a part of a requirement to its key, in the operator at `key`."""
    return lambda part: f"{key}.require.{requirement.rule}.{part}"


def in_words(expression: str, error: ExpressionError, names: Collection[str]) -> str:
    """An expression and what is wrong with it, with the name that was meant."""
    hint = nearest_hint(error.name, names) if isinstance(error, UnknownNameError) else ""
    if isinstance(error, UnknownNameError) and not hint:
        hint = f"there are {', '.join(names)}"
    return f"`{expression}`: {error.message}" + (f"; {hint}" if hint else "")
