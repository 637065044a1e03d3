"""Compiles `rules/` to Python modules, once: Python then loads them as fast as its own code.

There is one module for each thing that a run may do without. `index` says where each operator is; `operators_FILE`
holds what a clean run needs of those that a file of `rules/operators/` declares (parameters and shape functions),
`lifted_FILE` shape functions for sizes that may be unknown, `declarations_FILE` the rest with what the texts of
findings need, `bodies_FILE` what is inside them. `rows_NAME` holds how the rows of a vocabulary give its modules,
`vocabularies` how each is declared; the names of the others say what they hold. A wheel carries them; in a checkout
they are made anew when a file of `rules/` changes.
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
from convlint.catalogue.rows import Row
from convlint.catalogue.rule_text import read_operator_text, read_page_text
from convlint.catalogue.templates import evaluated
from convlint.catalogue.words import KeyWord, OperatorWord, Words
from convlint.domain.values import Word
from convlint.findings import Rule
from convlint.typed import Any

_EINSUM_IMPORT = "from convlint.domain.einsum import einsum\n"
_PLAIN_IMPORTS = (
    "from math import floor, gcd, prod\n\n"
    "from convlint.domain.values import (\n"
    "    UNKNOWN, Word, alike, axis_of, broadcast, broadcastable, power, removed, repeated, replaced, span\n"
    ")\n"
)
PLAIN_IMPORTS = _PLAIN_IMPORTS + _EINSUM_IMPORT
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
_ROW_FIELDS = tuple(field for field in Row._fields if field != "tracked")
_CODE = re.compile(r"CL[0-9]{3}")
_HEADER = '"""Generated from rules/ by convlint.catalogue.compilation; do not edit."""\n\n'


def compile_rules(root: str) -> dict[str, str]:
    """Sources of the modules that a `rules/` folder is compiled to, by their names.

    Raises RuleFileError for the first mistake in a file.
    """
    known = read_rules(root)
    off = frozenset(rule.name for rule in known.rules.values() if not rule.default)
    modules = {
        "index": _index_source(known, off),
        "neighbours": _neighbours_source(known),
        "rules": _rules_source(known),
        "vocabularies": _deferred_source({"VOCABULARIES": known.vocabularies}),
        "words": _words_source(known.words),
    }
    modules |= {f"rows_{item.name}": _rows_source(known, item) for item in known.vocabularies.values()}
    for home, declarations in _by_home(known).items():
        modules[f"operators_{home}"] = _operators_source(declarations, off)
        modules[f"lifted_{home}"] = _lifted_source(declarations, off)
        modules[f"declarations_{home}"] = _declarations_source(known, declarations)
        modules[f"bodies_{home}"] = _bodies_source(known, declarations)
    return {name: _HEADER + source for name, source in modules.items()}


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


def _homes(known: Known) -> dict[str, str]:
    """The file that each operator is compiled with, those of the native format first."""
    named = sorted(known.declarations, key=lambda name: "." in name)
    return {name: known.groups.get(name, name.partition(".")[0]) for name in named}


def _by_home(known: Known) -> dict[str, dict[str, Declaration]]:
    """The declarations by the file that they are compiled with, and by name."""
    found: dict[str, dict[str, Declaration]] = {}
    for name, home in _homes(known).items():
        found.setdefault(home, {})[name] = known.declarations[name]
    return found


def _index_source(known: Known, off: frozenset[str]) -> str:
    """Where what is, and which neighbours are looked at, by default and with all rules."""
    every, between = watched(known.neighbours), passed(known.neighbours)
    return (
        f"HOMES = {_homes(known)!r}\nVOCABULARIES = {tuple(known.vocabularies)!r}\n"
        f"WATCHED = {watched(known.neighbours, off)!r}\nEVERY_WATCHED = {every!r}\nPASSED = {between!r}\n"
    )


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
    fields = f"FIELDS = {OPERATOR_FIELDS!r}\nPARAMETER_FIELDS = {Parameter._fields!r}\n"
    return _plain_functions(functions) + f"{fields}OPERATORS = {{\n" + "".join(entries) + "}\n"


def _lifted_source(operators: dict[str, Declaration], off: frozenset[str]) -> str:
    """The shape functions for sizes that may be unknown; requirements of rules that are off by default are left out."""
    functions: dict[str, str] = {}
    entries = []
    for name, declaration in operators.items():
        source = shape_source(declaration, "lifted", "_", off)
        entries.append(f"    {name!r}: {functions.setdefault(source, f'shape_{len(functions)}')},\n")
    return _LIFTED_IMPORTS + _functions(functions) + "SHAPES = {\n" + "".join(entries) + "}\n"


def _plain_functions(functions: Mapping[str, str]) -> str:
    """What functions of plain numbers need, and the functions by their sources, each under its name."""
    bodies = _functions(functions)
    return _PLAIN_IMPORTS + (_EINSUM_IMPORT if "einsum(" in bodies else "") + bodies


def _functions(functions: Mapping[str, str]) -> str:
    return "".join("\n\n" + source.replace("def _(", f"def {name}(", 1) for source, name in functions.items()) + "\n\n"


def _rows_source(known: Known, vocabulary: VocabularyDeclaration) -> str:
    """How the rows of a vocabulary give its modules, with the functions of the channels that later rows are told."""
    functions: dict[str, str] = {}
    entries = []
    for name, module in vocabulary.modules.items():
        declaration = known.declarations[module.operator]._replace(row=module.row)
        tracked = "None"
        if module.row.tracks != "above":
            tracked = functions.setdefault(tracking_source(declaration, "_"), f"tracked_{len(functions)}")
        facts = row_facts(declaration)
        entries.append(f"    {name!r}: ({_constant(tuple([facts[field] for field in _ROW_FIELDS]))}, {tracked}),\n")
    named = {"unreachable": vocabulary.unreachable, "torch_names": vocabulary.torch_names}
    sets = "".join(f", {key!r}: frozenset({tuple(sorted(names))!r})" for key, names in named.items())
    facts = {field: getattr(vocabulary, field) for field in ("name", "needs", "evaluates")}
    return (
        _plain_functions(functions)
        + f"FACTS = {{**{facts!r}, 'severities': {dict(vocabulary.severities)!r}{sets}}}\n"
        + f"FIELDS = {_ROW_FIELDS!r}\nROWS = {{\n{''.join(entries)}}}\n"
    )


def _rules_source(known: Known) -> str:
    return _deferred_source({"RULES": {rule.name: rule for rule in sorted(known.rules.values(), key=_code)}})


def _code(rule: Rule) -> str:
    return rule.code


def _neighbours_source(known: Known) -> str:
    literal = _literal(tuple(known.neighbours))
    return f"{_imports(literal)}\nNEIGHBOURS = {literal}\n"


def _words_source(words: Words) -> str:
    return _deferred_source({"OPERATOR_WORDS": words.operators, "KEY_WORDS": words.keys})


def _declarations_source(known: Known, declarations: dict[str, Declaration]) -> str:
    closed = {name: _closed(item) for name, item in declarations.items()}
    return _deferred_source({"DECLARATIONS": closed}) + _explanations_source(known, declarations)


def _deferred_source(parts: Mapping[str, Mapping[str, object]]) -> str:
    """Mappings whose values are made when they are asked for."""
    tables = "\n".join(f"{name} = Deferred({{\n{_entries(part)}}})\n" for name, part in parts.items())
    partial = "from functools import partial\n\n" if "partial(" in tables else ""
    return f"{partial}from convlint.catalogue.deferred import Deferred\n{_imports(tables)}\n{tables}"


def _imports(text: str) -> str:
    """The imports of the classes that literals name."""
    homes: dict[str, list[str]] = {}
    for kind in (*_NAMED, Word):
        if f"{kind.__name__}(" in text or f"partial({kind.__name__}, " in text:
            homes.setdefault(kind.__module__, []).append(kind.__name__)
    return "".join(f"from {module} import {', '.join(names)}\n" for module, names in homes.items())


def _closed(declaration: Declaration) -> Declaration:
    """A declaration without the entries of its body, which is compiled."""
    body = declaration.body
    if body is None:
        return declaration
    return declaration._replace(body=DeclaredBody((), has_layers=body.has_layers, compiled=declaration.name))


def _bodies_source(known: Known, declarations: dict[str, Declaration]) -> str:
    """The functions that make bodies; equal ones are written once."""
    functions: dict[str, str] = {}
    entries = []
    for name, declaration in declarations.items():
        if declaration.body is not None:
            source = body_source(declaration, scope_in(known, name), "_")
            entries.append(f"    {name!r}: {functions.setdefault(source, f'body_{len(functions)}')},\n")
    return _LIFTED_IMPORTS + _functions(functions) + "BODIES = {\n" + "".join(entries) + "}\n"


def _explanations_source(known: Known, declarations: dict[str, Declaration]) -> str:
    """What a finding asks of the declaration of its operator: the names in expressions, and values for its texts."""
    numbers: dict[str, int] = {}
    entries = []
    for name, declaration in declarations.items():
        for group in sorted(_asked(declaration, known)):
            source = evaluation_source(declaration, group, "evaluate")
            entries.append(f"    {(name, group)!r}: {numbers.setdefault(source, len(numbers))},\n")
    expressions = {text for declaration in declarations.values() for text in shape_expressions(declaration)}
    names = "".join(f"    {text!r}: {parsed_names(text)!r},\n" for text in sorted(expressions))
    sources = "".join(f"    {source!r},\n" for source in numbers)
    return f"NAMES = {{\n{names}}}\nEVALUATIONS = {{\n{''.join(entries)}}}\nSOURCES = (\n{sources})\n"


def _asked(declaration: Declaration, known: Known) -> set[tuple[str, ...]]:
    """The groups of expressions of a declaration that the texts of findings, and those who explain them, ask for."""
    texts = [evaluated(requirement, known.rules[requirement.rule]) for requirement in declaration.requirements]
    costs = dict(declaration.costs)
    spared = {(requirement.spares,) for requirement in declaration.requirements if requirement.spares}
    inferred = {(parameter.infer,) for parameter in declaration.parameters if parameter.infer is not None}
    scales = {(costs["stride"], costs.get("up", "1"))} if "stride" in costs else set()
    margins = {(costs["margin"],)} if "margin" in costs else set()
    return set[tuple[str, ...]]().union(*texts, spared, inferred, scales, margins)


def _entries(values: Mapping[str, object]) -> str:
    return "".join(f"    {name!r}: {_maker(value)},\n" for name, value in values.items())


def _maker(value: object) -> str:
    """Python source of what makes a value; of plain fields it is a constant, which loads faster than a function."""
    if type(value) in _NAMED and _is_plain(tuple(value)):  # type: ignore[arg-type]
        return f"partial({type(value).__name__}, *{_constant(tuple(value))})"  # type: ignore[arg-type]
    return f"lambda: {_literal(value)}"


def _is_plain(value: object) -> bool:
    if type(value) is tuple:
        return all(map(_is_plain, value))
    return value is None or type(value) in (str, int, float, bool)


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
