"""Compiles `rules/` to two Python modules, once: Python then loads them as fast as its own code.

`_compiled_operators` holds what a clean run needs (parameters and shape functions), `_compiled_catalogue` the rest (the
full declarations and rule metadata). A wheel carries both; in a checkout they are made anew when a file of `rules/`
changes.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import yaml

from convlint.engine import declarations
from convlint.engine.operators import Declaration, Requirement
from convlint.engine.parameters import Parameter
from convlint.engine.values import Word
from convlint.findings import Rule

PLAIN_IMPORTS = (
    "from math import floor, prod\n\n"
    "from convlint.engine.values import (\n"
    "    UNKNOWN, Word, alike, axis_of, broadcast, broadcastable, power, removed, replaced, span\n"
    ")\n"
)
_HEADER = '"""Generated from rules/ by convlint.engine.compilation; do not edit."""\n\n'


class RuleFileError(ValueError):
    """What is wrong with a file of `rules/`."""


def rule_files(root: str) -> list[str]:
    """All files of a `rules/` folder that are compiled, sorted."""
    found = []
    for folder, folders, names in os.walk(root):
        folders.sort()
        found += [os.path.join(folder, name) for name in sorted(names) if name.endswith((".yaml", ".md"))]
    return sorted(found)


def load_operator_file(path: str) -> list[Declaration]:
    """The declarations of one file of `rules/operators/`; raises RuleFileError."""
    with open(path, encoding="utf-8") as file:
        data = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    try:
        return [item for family, entry in data.items() for item in declarations.load_family(family, entry)]
    except (declarations.DeclarationError, KeyError, TypeError, AttributeError) as error:
        raise RuleFileError(f"{path}: {error}") from error


class RulePage(NamedTuple):
    """One file of `rules/<group>/`: the metadata, the page, and for an assertion the operators that it holds on."""

    rule: Rule
    text: str
    on: tuple[str, ...] = ()
    requirement: Requirement | None = None


def load_rule_file(path: str) -> RulePage:
    """One rule; raises RuleFileError."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise RuleFileError(f"{path}: no front matter")
    data = front_matter(parts[1])
    try:
        rule = Rule(
            data["name"],
            data["code"],
            data["severity"],
            data["group"],
            data["summary"],
            data["message"],
            data.get("help", ""),
            data.get("status", "stable"),
            str(data.get("since", "")),
            data.get("default", True),
            "" if data.get("fixable") in (None, False, "no") else data["fixable"],
        )
    except (KeyError, TypeError) as error:
        raise RuleFileError(f"{path}: front matter lacks {error}") from error
    if "assert" not in data:
        return RulePage(rule, parts[2])
    requirement = Requirement(
        rule.name, str(data["assert"]), data.get("at", ""), rule.message, rule.help, None, "output"
    )
    return RulePage(rule, parts[2], tuple(data.get("on", ())), requirement)


def front_matter(text: str) -> dict[str, Any]:
    """The data at the head of a rule page; YAML 1.1 reads the key `on` as true, and here it is the word."""
    data = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if not isinstance(data, dict):
        raise RuleFileError("the front matter is no mapping")
    return {"on" if key is True else key: value for key, value in data.items()}


def compile_rules(root: str) -> tuple[str, str]:
    """Sources of the two modules, from a `rules/` folder."""
    paths = rule_files(root)
    operators: dict[str, Declaration] = {}
    for path in paths:
        if path.endswith(".yaml"):
            for declaration in load_operator_file(path):
                if declaration.name in operators:
                    raise RuleFileError(f"{path}: operator {declaration.name} is declared twice")
                operators[declaration.name] = declaration
    pages = [load_rule_file(path) for path in paths if path.endswith(".md") and os.path.dirname(path) != root]
    for page in pages:
        _assert_on_operators(page, operators)
    rules = [page.rule for page in pages]
    off = frozenset(rule.name for rule in rules if not rule.default)
    return _operators_module(operators, off), _catalogue_module(operators, rules)


def _assert_on_operators(page: RulePage, operators: dict[str, Declaration]) -> None:
    """Adds the assertion of a rule page to the operators (or families of operators) that it names."""
    if page.requirement is None:
        return
    for wanted in page.on:
        matching = [item for item in operators.values() if wanted in (item.name, item.family)]
        if not matching:
            raise RuleFileError(f"{page.rule.name}: no operator is called '{wanted}'")
        for item in matching:
            operators[item.name] = item._replace(requirements=(*item.requirements, page.requirement))


def _operators_module(operators: dict[str, Declaration], off: frozenset[str]) -> str:
    """What a clean run needs; requirements of rules that are off by default are left out."""
    functions: dict[str, str] = {}
    entries = []
    for name, declaration in operators.items():
        source = declarations.shape_source(declaration, "plain", "_", off)
        if source not in functions:
            functions[source] = f"shape_{len(functions)}"
        parameters = tuple(tuple(parameter) for parameter in declaration.parameters)
        facts = (declaration.axes, declaration.ranks, declaration.inputs, declaration.counts, parameters)
        entries.append(f"    {name!r}: ({functions[source]}, {_literal(facts, plain=True)}),\n")
    bodies = [source.replace("def _(", f"def {name}(", 1) for source, name in functions.items()]
    return _HEADER + PLAIN_IMPORTS + "\n\n" + "\n\n".join(bodies) + "\n\nOPERATORS = {\n" + "".join(entries) + "}\n"


def _catalogue_module(operators: dict[str, Declaration], rules: list[Rule]) -> str:
    imports = (
        "from convlint.engine.operators import Declaration, Requirement\n"
        "from convlint.engine.parameters import Parameter\n"
        "from convlint.engine.values import Word\nfrom convlint.findings import Rule\n\n"
    )
    declared = "".join(f"    {name!r}: {_literal(declaration)},\n" for name, declaration in operators.items())
    rules.sort(key=lambda rule: rule.code)
    listed = "".join(f"    {rule.name!r}: {_literal(rule)},\n" for rule in rules)
    return f"{_HEADER}{imports}DECLARATIONS = {{\n{declared}}}\n\nRULES = {{\n{listed}}}\n"


def _literal(value: Any, plain: bool = False) -> str:
    """Python source of a value; named tuples keep their class unless `plain`."""
    if isinstance(value, Word):
        return repr(str(value)) if plain else f"Word({str(value)!r})"
    if isinstance(value, tuple):
        inner = "".join(_literal(item, plain) + ", " for item in value)
        named = type(value).__name__ if type(value) in (Declaration, Parameter, Requirement, Rule) else ""
        return f"{named}({inner})"
    return repr(value)
