"""Refuses bodies that mean nothing: operators, parameters and names that do not exist, an operator inside itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convlint.catalogue.bodies import (
    FIELD,
    KEYS,
    TENSORS,
    BodyScope,
    all_entries,
    body_source,
    scope_in,
    texts_in,
    wrong_entry,
)
from convlint.catalogue.known import Known
from convlint.catalogue.operators import BodyEntry, Declaration, DeclarationError, DeclaredBody
from convlint.limits import DEEPEST_BODY
from convlint.nearest import nearest_hint

_GIVEN = frozenset(("", "x", "above"))


def check_body(known: Known, declaration: Declaration) -> None:
    """Raises DeclarationError for a body that cannot be made, or whose names lead nowhere."""
    assert declaration.body is not None
    scope = scope_in(known, declaration.name)
    for entry in all_entries(declaration.body.entries):
        _check_operator(known, declaration, entry, scope)
    body_source(declaration, scope, "body")
    _refuse_cycle(known, declaration)
    _check_names(known, declaration, declaration.body, scope)


def _check_operator(known: Known, declaration: Declaration, entry: BodyEntry, scope: BodyScope) -> None:
    """An entry gives an operator that exists what it takes, and all that it needs."""
    name = entry.inline or entry.operator
    for meant in (entry.otherwise, name):
        if meant and "{" not in meant and meant not in TENSORS and scope(meant) is None:
            hint = nearest_hint(meant, _near(known, declaration)) or "'convlint operator' lists all"
            raise wrong_entry(declaration, entry, f"no operator is called '{meant}'; {hint}")
    full = scope(name) if name and "{" not in name and name not in TENSORS else None
    if name is None or full is None:
        return
    operator = known.declarations[full]
    if entry.inline and operator.body is None:
        raise wrong_entry(declaration, entry, f"nothing is inside {name} that could stand here: write 'op: {name}'")
    takes = {parameter.name: parameter for parameter in operator.parameters}
    given = {key for key, _ in entry.parameters}
    for key in sorted(given - takes.keys()):
        hint = nearest_hint(key, (*KEYS, *takes)) or f"there are {', '.join(takes) or 'none'}"
        raise wrong_entry(declaration, entry, f"{name} has no parameter '{key}'; {hint}")
    missing = [parameter.name for parameter in takes.values() if parameter.required and parameter.name not in given]
    if missing:
        raise wrong_entry(declaration, entry, f"{missing[0]} of {name} is missing")


def _near(known: Known, declaration: Declaration) -> set[str]:
    """The names that a body may mean: of its vocabulary, and of the native format."""
    vocabulary = declaration.name.partition(".")[0] if "." in declaration.name else ""
    parts = {name.partition(".")[2] for name in known.declarations if name.startswith(f"{vocabulary}.")}
    return {name for name in known.declarations if "." not in name} | (parts if vocabulary else set())


def _refuse_cycle(known: Known, declaration: Declaration) -> None:
    finished: set[str] = set()

    def follow(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            problem = f"{name} would be inside itself: {' > '.join((*above, name))}"
            raise DeclarationError(f"{name}: layers: {problem}", "layers", problem)
        if len(above) > DEEPEST_BODY:
            problem = f"operators stand inside one another more than {DEEPEST_BODY} deep"
            raise DeclarationError(f"{declaration.name}: layers: {problem}", "layers", problem)
        body = known.declarations[name].body
        if name in finished or body is None:
            return
        scope = scope_in(known, name)
        for inner in sorted(_operators_named(body)):
            full = scope(inner)
            if full is not None:
                follow(full, (*above, name))
        finished.add(name)

    follow(declaration.name, ())


def _operators_named(body: DeclaredBody) -> set[str]:
    """The operators that a body names in full, or in texts of an expression that gives one."""
    found = set[str]()
    for entry in all_entries(body.entries):
        found |= {name for name in (entry.inline, entry.otherwise) if name}
        if entry.operator is not None and entry.operator not in TENSORS:
            found |= set(texts_in(entry.operator)) if "{" in entry.operator else {entry.operator}
    return found


# --- names


def _check_names(known: Known, declaration: Declaration, body: DeclaredBody, scope: BodyScope) -> None:
    """What is read, called, returned and put in order is there."""
    names = set(_names(known, body, scope, {declaration.name}))
    known_as = re.compile("|".join(f"(?:{_pattern(name)})" for name in sorted(names)) or r"(?!)")
    plain = sorted(name.partition(".")[0] for name in names if "{" not in name)
    for entry in all_entries(body.entries):
        for text in (*(entry.sources or ()), *((entry.call,) if entry.call is not None else ())):
            problem = _problem(text, declaration, known_as, plain)
            if problem:
                raise wrong_entry(declaration, entry, problem)
    for key, texts in (("returns", body.returns or ()), ("order", body.order)):
        for text in texts:
            problem = _problem(text, declaration, known_as, plain)
            if problem:
                raise DeclarationError(f"{declaration.name}: {key}: {problem}", key, problem)


def _problem(text: str, declaration: Declaration, known_as: re.Pattern[str], plain: list[str]) -> str:
    """Why a reference leads nowhere; empty where it leads somewhere, or where an expression tells its name."""
    first, _, rest = text.partition(".")
    if "{" in text or text in _GIVEN or first == "x" or first.isdigit():
        return ""
    if first == "inputs":
        most = declaration.inputs[1]
        number = rest.partition(".")[0]
        if not number.isdigit() or most is None or int(number) < most:
            return ""
        return f"there is no {text}: the operator takes {most} input{'s' if most != 1 else ''}, counted from 0"
    if known_as.fullmatch(first):
        return ""
    hint = nearest_hint(first, plain) or f"there are {', '.join(plain) or 'none'}"
    return f"nothing in the body is called '{first}'; {hint}"


def _names(known: Known, body: DeclaredBody, scope: BodyScope, seen: set[str]) -> Iterator[str]:
    """The names in a body and in those that stand in it as its own."""
    for entry in all_entries(body.entries):
        yield from [name for name in (entry.name, entry.series, entry.also) if name]
        full = scope(entry.inline) if entry.inline else None
        if full is not None and full not in seen:
            seen.add(full)
            inner = known.declarations[full].body
            if inner is not None and inner.compiled:
                yield "{name}"  # what ships is compiled and was checked: its names are no longer at hand
            elif inner is not None:
                yield from _names(known, inner, scope_in(known, full), seen)


def _pattern(name: str) -> str:
    """What the first part of a name may be, whose fields may be anything."""
    parts = FIELD.split(name)
    text = "".join(re.escape(part) if number % 2 == 0 else ".*" for number, part in enumerate(parts))
    return text.split(r"\.")[0]
