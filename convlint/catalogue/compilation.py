"""Compiles `rules/` to Python modules, once: Python then loads them as fast as its own code.

`_compiled_operators` holds what a clean run needs (parameters and shape functions), `_compiled_vocabularies` the same
for the modules of row formats, `_compiled_bodies` what is inside operators, imported when one is opened,
`_compiled_explanations` what the texts of findings need, and `_compiled_catalogue` the rest (the full declarations and
rule metadata), with `_compiled_vocabulary_catalogue` for the modules of row formats. A wheel carries them; in a
checkout they are made anew when a file of `rules/` changes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from convlint.catalogue.bodies import body_source, scope_in
from convlint.catalogue.declarations import row_facts
from convlint.catalogue.functions import evaluation_source, shape_source, tracking_source
from convlint.catalogue.known import Known, passed, watched
from convlint.catalogue.loading import Provenance, RuleSource, load, rule_of
from convlint.catalogue.names import parsed_names, shape_expressions
from convlint.catalogue.operators import (
    OPERATOR_FIELDS,
    Declaration,
    DeclaredBody,
    ModuleRow,
    Neighbours,
    Remedy,
    Requirement,
    RowDeclaration,
    VocabularyDeclaration,
)
from convlint.catalogue.parameters import Parameter
from convlint.catalogue.rule_text import read_operator_text, read_page_text
from convlint.catalogue.templates import evaluated
from convlint.catalogue.words import KeyWord, OperatorWord, Words
from convlint.domain.values import Word
from convlint.findings import Rule
from convlint.typed import Any

PLAIN_IMPORTS = (
    "from math import floor, prod\n\n"
    "from convlint.domain.einsum import einsum\n"
    "from convlint.domain.values import (\n"
    "    UNKNOWN, Word, alike, axis_of, broadcast, broadcastable, power, removed, repeated, replaced, span\n"
    ")\n"
)
_VOCABULARY_IMPORTS = "from math import gcd\n" + PLAIN_IMPORTS + "from convlint.catalogue.rows import Row, Vocabulary\n"
_LIFTED_IMPORTS = "from convlint.catalogue.lifted import LIFTED_NAMES\n\nglobals().update(LIFTED_NAMES)\n"
_NAMED = (
    DeclaredBody,
    Declaration,
    KeyWord,
    ModuleRow,
    Neighbours,
    OperatorWord,
    Parameter,
    Remedy,
    Requirement,
    RowDeclaration,
    Rule,
    VocabularyDeclaration,
)
_CODE = re.compile(r"CL[0-9]{3}")
_HEADER = '"""Generated from rules/ by convlint.catalogue.compilation; do not edit."""\n\n'


def compile_rules(root: str) -> tuple[str, ...]:
    """Sources of the modules that a `rules/` folder is compiled to, in the order of `COMPILED`.

    Raises RuleFileError for the first mistake in a file.
    """
    known = read_rules(root)
    off = frozenset(rule.name for rule in known.rules.values() if not rule.default)
    native = {name: operator for name, operator in known.declarations.items() if "." not in name}
    modules = {name: operator for name, operator in known.declarations.items() if "." in name}
    return (
        _HEADER + PLAIN_IMPORTS + "\n\n" + _operators_source(native, off) + _watched_source(known, off),
        _HEADER + _VOCABULARY_IMPORTS + "\n\n" + _operators_source(modules, off) + _vocabularies_source(known),
        _catalogue_module(known, native),
        _vocabulary_catalogue_module(known, modules),
        _bodies_module(known),
        _explanations_module(known),
    )


def read_rules(root: str) -> Known:
    """What the files of a `rules/` folder declare; raises RuleFileError for the first mistake in one."""
    paths = _rule_files(root)
    texts = [read_operator_text(path) for path in paths if path.endswith(".yaml")]
    pages = [read_page_text(path) for path in paths if path.endswith(".md") and os.path.dirname(path) != root]
    known = Known({}, {}, {}, {}, [], Words({}, {}), [], {})
    load(known, texts, [RuleSource(page.data, page.error, page.page) for page in pages], _SHIPPED)
    return known


def _rule_files(root: str) -> list[str]:
    """All files of a `rules/` folder that are compiled, sorted."""
    found = []
    for folder, folders, names in os.walk(root):
        folders.sort()
        found += [os.path.join(folder, name) for name in sorted(names) if name.endswith((".yaml", ".md"))]
    return sorted(found)


def _shipped_rule(source: RuleSource, known: Known) -> Rule:
    for key in ("code", "group", "severity", "summary"):
        if key not in source.data:
            raise source.error("", f"the key '{key}' is missing")
    if not _CODE.fullmatch(source.data["code"]):
        raise source.error("code", f"a code is CL and three digits, not '{source.data['code']}'")
    return rule_of(source.data)


_SHIPPED = Provenance(_shipped_rule, lambda declaration: declaration)


def _operators_source(operators: dict[str, Declaration], off: frozenset[str]) -> str:
    """What a clean run needs; requirements of rules that are off by default are left out."""
    functions: dict[str, str] = {}
    entries = []
    for name, declaration in operators.items():
        source = shape_source(declaration, "plain", "_", off)
        if source not in functions:
            functions[source] = f"shape_{len(functions)}"
        facts = tuple(getattr(declaration, field) for field in OPERATOR_FIELDS)
        entries.append(f"    {name!r}: ({functions[source]}, {_constant(facts)}),\n")
    bodies = [source.replace("def _(", f"def {name}(", 1) for source, name in functions.items()]
    fields = f"FIELDS = {OPERATOR_FIELDS!r}\nPARAMETER_FIELDS = {Parameter._fields!r}\n"
    return "\n\n".join(bodies) + f"\n\n{fields}OPERATORS = {{\n" + "".join(entries) + "}\n"


def _watched_source(known: Known, off: frozenset[str]) -> str:
    """Which neighbours are looked at, by default and with all rules (`convlint.catalogue.known.watched`)."""
    every, between = watched(known.neighbours), passed(known.neighbours)
    return f"WATCHED = {watched(known.neighbours, off)!r}\nEVERY_WATCHED = {every!r}\nPASSED = {between!r}\n"


def _vocabularies_source(known: Known) -> str:
    """The functions that give the channels which later rows are told, and the vocabularies."""
    functions: dict[str, str] = {}
    listed = []
    for vocabulary in known.vocabularies.values():
        rows = {name: _row_source(known, module, functions) for name, module in vocabulary.modules.items()}
        entries = "".join(f"        {name!r}: {row},\n" for name, row in rows.items())
        named = {"unreachable": vocabulary.unreachable, "torch_names": vocabulary.torch_names}
        sets = ", ".join(f"{key}=frozenset({sorted(names)!r})" for key, names in named.items())
        listed.append(
            f"    {vocabulary.name!r}: Vocabulary(name={vocabulary.name!r}, {sets}, "
            f"severities={dict(vocabulary.severities)!r}, needs={vocabulary.needs!r}, "
            f"evaluates={vocabulary.evaluates!r}, modules={{\n{entries}    }}),\n"
        )
    bodies = [source.replace("def _(", f"def {name}(", 1) for source, name in functions.items()]
    return "\n\n" + "\n\n".join(bodies) + "\n\nVOCABULARIES = {\n" + "".join(listed) + "}\n"


def _row_source(known: Known, module: ModuleRow, functions: dict[str, str]) -> str:
    """The `Row(...)` of one module; the function of what it tracks goes into `functions`."""
    declaration = known.declarations[module.operator]._replace(row=module.row)
    tracked = "None"
    if module.row.tracks != "above":
        source = tracking_source(declaration, "_")
        tracked = functions.setdefault(source, f"tracked_{len(functions)}")
    facts = {name: repr(value) for name, value in row_facts(declaration).items()}
    return f"Row({', '.join(f'{name}={text}' for name, text in facts.items())}, tracked={tracked})"


def _catalogue_module(known: Known, native: dict[str, Declaration]) -> str:
    rules = {rule.name: rule for rule in sorted(known.rules.values(), key=lambda rule: rule.code)}
    parts: dict[str, Mapping[str, object]] = {
        "DECLARATIONS": _all_closed(native),
        "RULES": rules,
        "OPERATOR_WORDS": known.words.operators,
        "KEY_WORDS": known.words.keys,
    }
    imports = "from convlint.catalogue.words import KeyWord, OperatorWord\nfrom convlint.findings import Rule\n"
    groups = {name: known.groups[name] for name in native}
    plain = f"NEIGHBOURS = {_literal(tuple(known.neighbours))}\nGROUPS = {groups!r}\n"
    return _deferred_module(imports, parts) + plain


def _vocabulary_catalogue_module(known: Known, modules: dict[str, Declaration]) -> str:
    return _deferred_module("", {"DECLARATIONS": _all_closed(modules), "VOCABULARIES": known.vocabularies})


def _deferred_module(imports: str, parts: Mapping[str, Mapping[str, object]]) -> str:
    """A module of mappings whose values are made when they are asked for."""
    every = (
        "from convlint.catalogue.deferred import Deferred\n"
        "from convlint.catalogue.operators import (\n"
        "    Declaration, DeclaredBody, ModuleRow, Neighbours, Remedy, Requirement, RowDeclaration,\n"
        "    VocabularyDeclaration,\n"
        ")\n"
        "from convlint.catalogue.parameters import Parameter\n"
        "from convlint.domain.values import Word\n"
    )
    tables = "\n".join(f"{name} = Deferred({{\n{_entries(part)}}})\n" for name, part in parts.items())
    return f"{_HEADER}{every}{imports}\n{tables}"


def _all_closed(declarations: dict[str, Declaration]) -> dict[str, Declaration]:
    return {name: _closed(item) for name, item in declarations.items()}


def _closed(declaration: Declaration) -> Declaration:
    """A declaration without the entries of its body, which is compiled."""
    body = declaration.body
    if body is None:
        return declaration
    return declaration._replace(body=DeclaredBody((), has_layers=body.has_layers, compiled=declaration.name))


def _bodies_module(known: Known) -> str:
    """The functions that make bodies; equal ones are written once."""
    functions: dict[str, str] = {}
    entries = []
    for name, declaration in known.declarations.items():
        if declaration.body is not None:
            source = body_source(declaration, scope_in(known, name), "_")
            entries.append(f"    {name!r}: {functions.setdefault(source, f'body_{len(functions)}')},\n")
    bodies = [source.replace("def _(", f"def {name}(", 1) for source, name in functions.items()]
    return _HEADER + _LIFTED_IMPORTS + "\n\n" + "\n\n".join(bodies) + "\n\nBODIES = {\n" + "".join(entries) + "}\n"


def _explanations_module(known: Known) -> str:
    """What a finding asks of the declaration of its operator: the names in expressions, and values for its texts."""
    numbers: dict[str, int] = {}
    entries = []
    for name, declaration in known.declarations.items():
        asked = [evaluated(requirement, known.rules[requirement.rule]) for requirement in declaration.requirements]
        for group in sorted(set[tuple[str, ...]]().union(*asked)):
            source = evaluation_source(declaration, group, "evaluate")
            entries.append(f"    {(name, group)!r}: {numbers.setdefault(source, len(numbers))},\n")
    expressions = {text for declaration in known.declarations.values() for text in shape_expressions(declaration)}
    names = "".join(f"    {text!r}: {parsed_names(text)!r},\n" for text in sorted(expressions))
    sources = "".join(f"    {source!r},\n" for source in numbers)
    return f"{_HEADER}NAMES = {{\n{names}}}\nEVALUATIONS = {{\n{''.join(entries)}}}\nSOURCES = (\n{sources})\n"


def _entries(values: Mapping[str, object]) -> str:
    return "".join(f"    {name!r}: lambda: {_literal(value)},\n" for name, value in values.items())


def _literal(value: Any) -> str:
    """Python source of a value; named tuples keep their class, and name the fields that are not as by default."""
    if isinstance(value, Word):
        return f"Word({str(value)!r})"
    if type(value) in _NAMED:
        given = [(name, item) for name, item in value._asdict().items() if not _is_default(value, name, item)]
        return f"{type(value).__name__}({', '.join(f'{name}={_literal(item)}' for name, item in given)})"
    if isinstance(value, tuple):
        return f"({''.join(_literal(item) + ', ' for item in value)})"
    if isinstance(value, dict):
        return f"{{{''.join(f'{name!r}: {_literal(item)}, ' for name, item in value.items())}}}"
    return repr(value)


def _is_default(value: Any, name: str, item: object) -> bool:
    defaults = value._field_defaults
    return name in defaults and type(item) is type(defaults[name]) and bool(item == defaults[name])


def _constant(value: object) -> str:
    """Python source of a value without any class, which Python loads without running it."""
    if isinstance(value, tuple):
        return f"({''.join(_constant(item) + ', ' for item in value)})"
    return repr(str(value) if isinstance(value, Word) else value)
