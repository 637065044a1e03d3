"""Compiles `rules/` to Python modules, once: Python then loads them as fast as its own code.

`_compiled_operators` holds what a clean run needs (parameters and shape functions), `_compiled_vocabularies` the same
for the modules of row formats, `_compiled_catalogue` the rest (the full declarations and rule metadata). A wheel
carries them; in a checkout they are made anew when a file of `rules/` changes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, NamedTuple

import yaml

from convlint.catalogue import declarations
from convlint.catalogue.operators import OPERATOR_FIELDS, Declaration, Remedy, Requirement, RowDeclaration
from convlint.catalogue.parameters import Parameter
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.domain.values import Word
from convlint.findings import Rule

PLAIN_IMPORTS = (
    "from math import floor, prod\n\n"
    "from convlint.domain.values import (\n"
    "    UNKNOWN, Word, alike, axis_of, broadcast, broadcastable, einsum, power, removed, replaced, span\n"
    ")\n"
)
_VOCABULARY_IMPORTS = "from math import gcd\n" + PLAIN_IMPORTS + "from convlint.catalogue.rows import Row, Vocabulary\n"
_NAMED = (Declaration, Parameter, Remedy, Requirement, RowDeclaration, Rule)
_HEADER = '"""Generated from rules/ by convlint.catalogue.compilation; do not edit."""\n\n'


def rule_files(root: str) -> list[str]:
    """All files of a `rules/` folder that are compiled, sorted."""
    found = []
    for folder, folders, names in os.walk(root):
        folders.sort()
        found += [os.path.join(folder, name) for name in sorted(names) if name.endswith((".yaml", ".md"))]
    return sorted(found)


class Borrowed(NamedTuple):
    """A module that is an operator declared elsewhere; `row` is None where rows give it as they do there."""

    name: str
    operator: str
    row: RowDeclaration | None = None
    requirements: tuple[Requirement, ...] = ()


class OperatorFile(NamedTuple):
    """One file of `rules/operators/`: its operators, and what it says of a vocabulary of row formats.

    `borrowed` are modules of a vocabulary that are operators of another, perhaps with requirements of their own.
    """

    declarations: tuple[Declaration, ...]
    vocabulary: str = ""
    borrowed: tuple[Borrowed, ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()
    unreachable: tuple[str, ...] = ()
    torch_names: tuple[str, ...] = ()
    severities: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    evaluates: bool = False


def load_operator_file(path: str) -> OperatorFile:
    """One file of `rules/operators/`; raises RuleFileError."""
    with open(path, encoding="utf-8") as file:
        data = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    try:
        return operator_file(data)
    except (declarations.DeclarationError, KeyError, TypeError, AttributeError) as error:
        raise RuleFileError(f"{path}: {error}") from error


def operator_file(data: dict[str, Any]) -> OperatorFile:
    """What the data of an operator file declares; raises DeclarationError, or KeyError and the like for other data."""
    return _vocabulary_file(data) if "vocabulary" in data else OperatorFile(tuple(_declared(data, "")))


def _declared(families: dict[str, Any], prefix: str) -> Iterable[Declaration]:
    for family, entry in families.items():
        for declaration in declarations.load_family(family, entry):
            yield declaration._replace(name=prefix + declaration.name)


def _vocabulary_file(data: dict[str, Any]) -> OperatorFile:
    name = data["vocabulary"]
    modules = data.get("modules") or {}
    own = {family: entry for family, entry in modules.items() if "like" not in entry}
    included = [
        Borrowed(module, f"{source}.{module}") for source, names in data.get("include", {}).items() for module in names
    ]
    return OperatorFile(
        tuple(_declared(own, f"{name}.")),
        name,
        (*included, *(_borrowed(module, entry) for module, entry in modules.items() if "like" in entry)),
        tuple((key, str(value)) for key, value in (data.get("definitions") or {}).items()),
        tuple(data.get("unreachable", ())),
        tuple(data.get("torch_names", ())),
        tuple((data.get("severities") or {}).items()),
        tuple(data.get("needs", ())),
        bool(data.get("evaluates", False)),
    )


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
            data.get("size_effect", ""),
        )
    except (KeyError, TypeError) as error:
        raise RuleFileError(f"{path}: front matter lacks {error}") from error
    if "assert" not in data:
        return RulePage(rule, parts[2])
    at = data.get("at", "")
    fix = declarations.load_remedy(data.get("fix"), at)
    requirement = Requirement(rule.name, str(data["assert"]), at, rule.message, rule.help, None, "output", fix)
    return RulePage(rule, parts[2], tuple(data.get("on", ())), requirement)


def front_matter(text: str) -> dict[str, Any]:
    """The data at the head of a rule page; YAML 1.1 reads the key `on` as true, and here it is the word."""
    data = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if not isinstance(data, dict):
        raise RuleFileError("the front matter is no mapping")
    return {"on" if key is True else key: value for key, value in data.items()}


def _borrowed(name: str, entry: dict[str, Any]) -> Borrowed:
    requirements = tuple(declarations.load_requirements(entry.get("require") or {}))
    row = declarations.load_row(entry) if "row" in entry else None
    return Borrowed(name, entry["like"], row, requirements)


def compile_rules(root: str) -> tuple[str, str, str]:
    """Sources of the compiled modules (operators, vocabularies, catalogue), from a `rules/` folder."""
    paths = rule_files(root)
    files = [load_operator_file(path) for path in paths if path.endswith(".yaml")]
    operators: dict[str, Declaration] = {}
    for declaration in (declaration for file in files for declaration in file.declarations):
        if declaration.name in operators:
            raise RuleFileError(f"operator {declaration.name} is declared twice")
        operators[declaration.name] = declaration
    for file in files:
        for module in file.borrowed:
            if module.requirements:
                operators[f"{file.vocabulary}.{module.name}"] = _extended(operators[module.operator], file, module)
    pages = [load_rule_file(path) for path in paths if path.endswith(".md") and os.path.dirname(path) != root]
    for page in pages:
        _assert_on_operators(page, operators)
    rules = [page.rule for page in pages]
    off = frozenset(rule.name for rule in rules if not rule.default)
    native = {name: operator for name, operator in operators.items() if "." not in name}
    modules = {name: operator for name, operator in operators.items() if "." in name}
    return (
        _HEADER + PLAIN_IMPORTS + "\n\n" + _operators_source(native, off),
        _HEADER
        + _VOCABULARY_IMPORTS
        + "\n\n"
        + _operators_source(modules, off)
        + _vocabularies_source(files, operators),
        _catalogue_module(operators, rules, files),
    )


def _extended(declaration: Declaration, file: OperatorFile, module: Borrowed) -> Declaration:
    """A borrowed operator with the requirements that its module adds."""
    return declaration._replace(
        name=f"{file.vocabulary}.{module.name}",
        requirements=(*declaration.requirements, *module.requirements),
        row=module.row,
    )


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


def _operators_source(operators: dict[str, Declaration], off: frozenset[str]) -> str:
    """What a clean run needs; requirements of rules that are off by default are left out."""
    functions: dict[str, str] = {}
    entries = []
    for name, declaration in operators.items():
        source = declarations.shape_source(declaration, "plain", "_", off)
        if source not in functions:
            functions[source] = f"shape_{len(functions)}"
        facts = tuple(getattr(declaration, field) for field in OPERATOR_FIELDS)
        entries.append(f"    {name!r}: ({functions[source]}, {_constant(facts)}),\n")
    bodies = [source.replace("def _(", f"def {name}(", 1) for source, name in functions.items()]
    fields = f"FIELDS = {OPERATOR_FIELDS!r}\nPARAMETER_FIELDS = {Parameter._fields!r}\n"
    return "\n\n".join(bodies) + f"\n\n{fields}OPERATORS = {{\n" + "".join(entries) + "}\n"


def _vocabularies_source(files: list[OperatorFile], operators: dict[str, Declaration]) -> str:
    """The functions that give the channels which later rows are told, and the vocabularies."""
    functions: dict[str, str] = {}
    rows: dict[str, str] = {}
    listed = []
    for file in (file for file in files if file.vocabulary):
        for declaration in file.declarations:
            if declaration.row is not None:
                rows[declaration.name] = _row_source(declaration, declaration.name, functions)
        modules = {item.name.partition(".")[2]: rows[item.name] for item in file.declarations if item.name in rows}
        for module in file.borrowed:
            if module.row is not None:
                own = f"{file.vocabulary}.{module.name}" if module.requirements else module.operator
                modules[module.name] = _row_source(operators[own]._replace(row=module.row), own, functions)
            elif module.operator in rows:
                modules[module.name] = rows[module.operator]
            else:
                raise RuleFileError(f"{file.vocabulary}: there is no {module.operator} to include")
        rows |= {f"{file.vocabulary}.{name}": row for name, row in modules.items()}
        entries = "".join(f"        {name!r}: {row},\n" for name, row in modules.items())
        torch_names = file.torch_names or next(other.torch_names for other in files if other.torch_names)
        named = {"unreachable": file.unreachable, "torch_names": torch_names}
        sets = ", ".join(f"{key}=frozenset({sorted(names)!r})" for key, names in named.items())
        listed.append(
            f"    {file.vocabulary!r}: Vocabulary(name={file.vocabulary!r}, {sets}, "
            f"severities={dict(file.severities)!r}, needs={file.needs!r}, evaluates={file.evaluates!r}, "
            f"modules={{\n{entries}    }}),\n"
        )
    bodies = [source.replace("def _(", f"def {name}(", 1) for source, name in functions.items()]
    return "\n\n" + "\n\n".join(bodies) + "\n\nVOCABULARIES = {\n" + "".join(listed) + "}\n"


def _row_source(declaration: Declaration, operator: str, functions: dict[str, str]) -> str:
    """The `Row(...)` of one module; the function of what it tracks goes into `functions`."""
    tracked = "None"
    if declaration.row is not None and declaration.row.tracks != "above":
        source = declarations.tracking_source(declaration, "_")
        tracked = functions.setdefault(source, f"tracked_{len(functions)}")
    facts = {name: repr(value) for name, value in declarations.row_facts(declaration).items()}
    facts |= {"operator": repr(operator), "tracked": tracked}
    return f"Row({', '.join(f'{name}={text}' for name, text in facts.items())})"


def _catalogue_module(operators: dict[str, Declaration], rules: list[Rule], files: list[OperatorFile]) -> str:
    imports = (
        "from convlint.catalogue.operators import Declaration, Remedy, Requirement, RowDeclaration\n"
        "from convlint.catalogue.parameters import Parameter\n"
        "from convlint.domain.values import Word\nfrom convlint.findings import Rule\n\n"
    )
    declared = "".join(f"    {name!r}: {_literal(declaration)},\n" for name, declaration in operators.items())
    rules.sort(key=lambda rule: rule.code)
    listed = "".join(f"    {rule.name!r}: {_literal(rule)},\n" for rule in rules)
    defined = "".join(f"    {file.vocabulary!r}: {file.definitions!r},\n" for file in files if file.vocabulary)
    return (
        f"{_HEADER}{imports}DECLARATIONS = {{\n{declared}}}\n\nDEFINITIONS = {{\n{defined}}}\n\n"
        f"RULES = {{\n{listed}}}\n"
    )


def _literal(value: Any) -> str:
    """Python source of a value; named tuples keep their class, and name the fields that are not as by default."""
    if isinstance(value, Word):
        return f"Word({str(value)!r})"
    if type(value) in _NAMED:
        given = [(name, item) for name, item in value._asdict().items() if not _is_default(value, name, item)]
        return f"{type(value).__name__}({', '.join(f'{name}={_literal(item)}' for name, item in given)})"
    if isinstance(value, tuple):
        return f"({''.join(_literal(item) + ', ' for item in value)})"
    return repr(value)


def _is_default(value: Any, name: str, item: Any) -> bool:
    defaults = value._field_defaults
    return name in defaults and type(item) is type(defaults[name]) and bool(item == defaults[name])


def _constant(value: Any) -> str:
    """Python source of a value without any class, which Python loads without running it."""
    if isinstance(value, tuple):
        return f"({''.join(_constant(item) + ', ' for item in value)})"
    return repr(str(value) if isinstance(value, Word) else value)
