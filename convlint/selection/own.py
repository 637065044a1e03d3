"""Operators and rules of a repository's own, as its settings files name them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from convlint.catalogue import language, lookup
from convlint.catalogue.compilation import Borrowed, OperatorFile, operator_file
from convlint.catalogue.data_checks import Misfit, within
from convlint.catalogue.declaration_checks import (
    FIELD,
    Wrong,
    check_declaration,
    check_requirement,
    check_row,
    in_require,
    in_words,
    refuse_unknown_rule,
)
from convlint.catalogue.declarations import DeclarationError, load_remedy
from convlint.catalogue.extension import Extension, NetworkRule, row_of
from convlint.catalogue.language import ExpressionError
from convlint.catalogue.operators import Declaration, Requirement
from convlint.catalogue.rows import Row, Vocabulary
from convlint.catalogue.rule_file_checks import check_operator_file, check_page
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.catalogue.rule_text import RuleText, read_operator_text, read_page_text
from convlint.engine.network_rules import NAMES
from convlint.findings import OWN_GROUP, Rule
from convlint.nearest import nearest_hint
from convlint.selection.config_values import ConfigError

if TYPE_CHECKING:
    from convlint.selection.configuration import Layer

NETWORK = "network"
NO_CODE = "OWN"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_CODE = re.compile(r"(?!CL)[A-Z]{2,8}[0-9]{1,4}")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NO_NAME = "is no name: letters, digits and _ make one"


def load_extension(layers: tuple[Layer, ...]) -> Extension:
    """What settings files bring, the most general first; raises ConfigError and RuleFileError."""
    own = Extension()
    lookup.with_extension(own, _load, own, layers)
    return own


def _load(own: Extension, layers: tuple[Layer, ...]) -> None:
    texts = [read_operator_text(path) for layer in layers for path in _paths(layer, "operators", (".yaml", ".yml"))]
    pages = [read_page_text(path) for layer in layers for path in _paths(layer, "rules", (".md",))]
    for page in pages:
        _add_rule(own, page.data, _checked_page(page), page.page)
    tables = [(table, wrong) for layer in layers for table, wrong in _tables(layer)]
    for table, wrong in tables:
        _add_rule(own, table, wrong, "")
    for text in texts:
        _add_operators(own, text)
    for page in pages:
        _add_assertion(own, page.data, page.error)
    for table, wrong in tables:
        _add_assertion(own, table, wrong)


def _tables(layer: Layer) -> Iterator[tuple[dict[str, Any], Wrong]]:
    for number, table in enumerate(layer.values.get("rule", ()), 1):

        def wrong(key: str, problem: str, prefix: str = f"rule[{number}]") -> RuleFileError:
            return RuleFileError(problem, layer.origin, 0, f"{prefix}.{key}" if key else prefix)

        yield table, wrong


def _paths(layer: Layer, key: str, endings: tuple[str, ...]) -> Iterator[str]:
    """The files that a setting names, those of folders in their order; none may lie outside the settings' folder."""
    root = os.path.realpath(layer.folder)
    for given in layer.values.get(key, ()):
        path = os.path.join(layer.folder, given)
        inside = os.path.realpath(path)
        if inside != root and not inside.startswith(root.rstrip(os.sep) + os.sep):
            raise ConfigError(f"{layer.origin}: {key}: {given} lies outside the folder of the settings file")
        if os.path.isdir(path):
            for folder, folders, names in os.walk(path):
                folders.sort()
                yield from (os.path.join(folder, name) for name in sorted(names) if _is_wanted(name, endings))
        elif os.path.isfile(path):
            yield path
        else:
            raise ConfigError(f"{layer.origin}: {key}: there is no file {given}")


def _is_wanted(name: str, endings: tuple[str, ...]) -> bool:
    return name.endswith(endings) and not name.lower().startswith("readme")


# --- rules


def _checked_page(page: RuleText) -> Wrong:
    _check(page, check_page)
    return page.error


def _check(text: RuleText, check: Callable[[Any], None]) -> None:
    try:
        check(text.data)
    except Misfit as error:
        raise text.error(error.key, error.problem) from None


def _add_rule(own: Extension, data: Mapping[str, Any], wrong: Wrong, page: str) -> None:
    name, code = data["name"], data.get("code", NO_CODE)
    known = lookup.rules()
    if not _NAME.fullmatch(name):
        raise wrong("name", f"a rule's name is in small letters with hyphens between the words, not '{name}'")
    if name in known:
        raise wrong("name", f"a rule is called '{name}' already")
    if code != NO_CODE and not _CODE.fullmatch(code):
        raise wrong("code", f"a code of your own is letters other than CL and a number, such as ORG001, not '{code}'")
    for rule in known.values():
        if code not in ("", NO_CODE) and rule.code == code:
            raise wrong("code", f"{code} is the code of '{rule.name}' already")
    own.rules[name] = Rule(
        name,
        code,
        data.get("severity", "error"),
        OWN_GROUP,
        data.get("summary", data["message"]),
        data["message"],
        data.get("help", ""),
        data.get("status", "stable"),
        str(data.get("since", "")),
        data.get("default", True),
        _fixable(data),
    )
    own.pages[name] = page


def _fixable(data: Mapping[str, Any]) -> str:
    if "fix" not in data:
        return ""
    return "safe" if data["fix"].get("safe", True) else "unsafe"


def _add_assertion(own: Extension, data: Mapping[str, Any], wrong: Wrong) -> None:
    """Has a rule checked: on a network, or as a requirement of the operators that it names."""
    rule = own.rules[data["name"]]
    on = [data["on"]] if isinstance(data["on"], str) else data["on"]
    if on == [NETWORK]:
        _check_network_rule(data, wrong)
        own.network_rules.append(NetworkRule(rule, str(data["assert"])))
        return
    if not on:
        raise wrong("on", "names no operator")
    if NETWORK in on:
        raise wrong("on", f"a rule is over the {NETWORK} or over operators, not both")
    that, at = str(data["assert"]), data.get("at", "")
    fix = load_remedy(data.get("fix"), at)
    requirement = Requirement(rule.name, that, at, rule.message, rule.help, None, "output", fix)
    for wanted in on:
        matching = [item for item in lookup.declarations().values() if _is_meant(item, wanted)]
        if not matching:
            raise wrong("on", _no_operator(wanted))
        for item in matching:
            check_requirement(item, requirement, _page_key, wrong)
            own.declarations[item.name] = item._replace(requirements=(*item.requirements, requirement))


def _page_key(part: str) -> str:
    """The key of a page that becomes a part of a requirement."""
    return {"that": "assert", "say": "message"}.get(part, part)


def _is_meant(item: Declaration, wanted: str) -> bool:
    vocabulary, dot, _ = item.name.rpartition(".")
    return wanted == item.name or wanted == f"{vocabulary}{dot}{item.family}"


def _no_operator(wanted: str) -> str:
    hint = nearest_hint(wanted, [*lookup.declarations(), NETWORK]) or "'convlint operator' lists all"
    return f"no operator is called '{wanted}'; {hint}"


def _check_network_rule(data: Mapping[str, Any], wrong: Wrong) -> None:
    for key in ("message", "help"):
        for field in re.findall(FIELD, data.get(key, "")):
            _check_network_expression(field, wrong, key)
    _check_network_expression(str(data["assert"]), wrong, "assert")
    if data.get("at"):
        raise wrong("at", "a rule over the network points at the file; leave it out")
    if data.get("fix"):
        raise wrong("fix", "a rule over the network has no layer to mend; leave it out")


def _check_network_expression(expression: str, wrong: Wrong, key: str) -> None:
    try:
        tree = language.parse_expression(expression)
        language.lower(tree, dict.fromkeys(NAMES, "number"), "lifted")
    except ExpressionError as error:
        raise wrong(key, in_words(expression, error, NAMES)) from None


# --- operators


def _add_operators(own: Extension, text: RuleText) -> None:
    _check(text, check_operator_file)
    _refuse_odd_names(text)
    try:
        file = operator_file(_with_rows(text.data))
    except (DeclarationError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise text.error("", f"cannot be read: {error}") from None
    prefix = "modules" if file.vocabulary else ""
    if file.vocabulary:
        _add_definitions(own, text, file.vocabulary, file.definitions)
    known, declared = lookup.declarations(), dict[str, Declaration]()
    for item in file.declarations:
        if item.name in declared or item.name in own.declarations:
            raise text.error(within(prefix, item.family), f"the operator '{item.name}' is declared twice")
        if item.name in known and not file.vocabulary:
            raise text.error(within(prefix, item.family), f"an operator is called '{item.name}' already")
        declared[item.name] = item._replace(torch=None)
    own.declarations.update(declared)
    for item in declared.values():
        check_declaration(item, within(prefix, item.family), text)
    if file.vocabulary:
        rows = {lookup.plain_name(item.name): row_of(item) for item in declared.values()}
        for module in file.borrowed:
            rows[module.name] = _borrowed_row(own, text, file.vocabulary, module)
        own.vocabularies[file.vocabulary] = _vocabulary(file, rows)


def _vocabulary(file: OperatorFile, rows: dict[str, Row]) -> Vocabulary:
    """The vocabulary of a file: one that is known with further modules, or a new one."""
    known = lookup.vocabularies()
    torch_names = frozenset(name for vocabulary in known.values() for name in vocabulary.torch_names)
    new = Vocabulary(file.vocabulary, {}, frozenset(), torch_names, dict(file.severities), file.needs)
    base = known.get(file.vocabulary, new)
    unreachable = (base.unreachable | set(file.unreachable)) - rows.keys()
    return base._replace(modules={**base.modules, **rows}, unreachable=unreachable)


def _with_rows(data: dict[str, Any]) -> dict[str, Any]:
    """The data of a file, in which rows give each module of a vocabulary its parameters in order unless it says how."""
    if "vocabulary" not in data:
        return data
    modules = {name: entry if "like" in entry else {"row": {}, **entry} for name, entry in data["modules"].items()}
    return {**data, "modules": modules}


def _refuse_odd_names(text: RuleText) -> None:
    """Names of operators, parameters and values are plain identifiers: the last two become names in code."""
    if not _IDENTIFIER.fullmatch(text.data.get("vocabulary", "none")):
        raise text.error("vocabulary", f"'{text.data['vocabulary']}' {_NO_NAME}")
    prefix, entries = ("modules", text.data.get("modules") or {}) if "vocabulary" in text.data else ("", text.data)
    for family, entry in entries.items():
        key = within(prefix, family)
        for name in (family, *entry.get("names", ())):
            if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
                raise text.error(key, f"'{name}' {_NO_NAME}")
        params, let = entry.get("params") or {}, entry.get("let") or {}
        for part, names in (("params", params), ("let", let)):
            for name in names:
                if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
                    raise text.error(f"{key}.{part}.{name}", f"'{name}' {_NO_NAME}")
        for name in let:
            if name in params:
                raise text.error(f"{key}.let.{name}", f"'{name}' is a parameter already")


def _add_definitions(own: Extension, text: RuleText, vocabulary: str, pairs: tuple[tuple[str, str], ...]) -> None:
    known = dict(lookup.definitions(f"{vocabulary}.")) if vocabulary in lookup.vocabularies() else {}
    for signature, formula in pairs:
        try:
            name, definition = language.parse_definition(signature, formula)
            language.definitions_source({**known, name: definition})
        except ExpressionError as error:
            raise text.error(f"definitions.{signature}", f"`{formula}`: {error.message}") from None
        known[name] = definition
    own.definitions[vocabulary] = known


def _borrowed_row(own: Extension, text: RuleText, vocabulary: str, module: Borrowed) -> Row:
    """How rows of a module are read that is an operator declared elsewhere."""
    source, _, name = module.operator.rpartition(".")
    elsewhere = lookup.vocabularies().get(source)
    if module.row is None and not module.requirements and elsewhere is not None and name in elsewhere.modules:
        return elsewhere.modules[name]
    item = own.declarations[f"{vocabulary}.{module.name}"] = _borrowed(text, vocabulary, module)
    return row_of(item)


def _borrowed(text: RuleText, vocabulary: str, module: Borrowed) -> Declaration:
    """The operator that a module borrows, under the name of the module."""
    key = within("modules", module.name)
    known = lookup.declarations()
    if module.operator not in known:
        raise text.error(f"{key}.like", _no_operator(module.operator))
    item = known[module.operator]._replace(name=f"{vocabulary}.{module.name}", torch=None)
    item = item._replace(row=module.row or item.row, requirements=(*item.requirements, *module.requirements))
    if item.row is None:
        raise text.error(key, f"'row' is missing: {module.operator} does not say how rows give it")
    check_row(item, key, text.error)
    for requirement in module.requirements:
        refuse_unknown_rule(requirement, key, text)
        check_requirement(item, requirement, in_require(key, requirement), text.error)
    return item
