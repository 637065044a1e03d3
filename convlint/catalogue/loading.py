"""The one loader of operators and rules, of those that ship and of those that a repository brings.

Texts with the line of each key come in; their form is checked, what they declare is made, and then it is checked that
every name means something and every expression can be computed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from convlint.catalogue.bodies import with_body
from convlint.catalogue.data_checks import Data, Misfit, within
from convlint.catalogue.declaration_checks import (
    Wrong,
    check_declaration,
    check_neighbours,
    check_network_rule,
    check_requirement,
    check_row,
    in_require,
    no_operator,
    refuse_unknown_rule,
)
from convlint.catalogue.declarations import load_family, load_remedy, load_requirements, load_row
from convlint.catalogue.form import check_operator_file, check_page
from convlint.catalogue.known import ABOVE, NETWORK, Known, NetworkRule
from convlint.catalogue.operators import (
    Declaration,
    DeclarationError,
    ModuleRow,
    Neighbours,
    Requirement,
    VocabularyDeclaration,
)
from convlint.catalogue.rule_text import RuleText
from convlint.catalogue.words import WORDS_OF, KnownBefore, add_words
from convlint.findings import Rule
from convlint.nearest import nearest_hint
from convlint.typed import NamedTuple

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MODULE = re.compile(r"(nn\.)?[A-Za-z][A-Za-z0-9_]*")
_NO_NAME = "is no name: letters, digits and _ make one"
_RULE_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class RuleSource(NamedTuple):
    """A rule as it is written: the data of its page or table, what makes an error of a key, and the page."""

    data: Data
    error: Wrong
    page: str = ""


class Provenance(NamedTuple):
    """What differs between the files that ship and those that a repository brings.

    `rule` makes the rule of a source, and raises RuleFileError for what its origin may not say; `declared` is what
    becomes of a declaration.
    """

    rule: Callable[[RuleSource, Known], Rule]
    declared: Callable[[Declaration], Declaration]


class _File(NamedTuple):
    """An operator file, and what it declares: each declaration with the key of its entry."""

    text: RuleText
    declared: list[tuple[str, Declaration]]


def load(known: Known, texts: Iterable[RuleText], rules: Iterable[RuleSource], origin: Provenance) -> None:
    """Adds what operator files and rules say to what is known; raises RuleFileError for the first mistake."""
    sources = list(rules)
    for source in sources:
        _add_rule(known, source, origin)
    before = frozenset(known.declarations)
    files = [_File(text, list(_declare(known, text, origin, before))) for text in texts]
    for file in files:
        if "vocabulary" in file.text.data:
            _add_vocabulary(known, file)
    for file in files:
        _refuse_unknown_vocabulary(known, file.text)
    for file in files:
        group = os.path.splitext(os.path.basename(file.text.path))[0]
        for key, item in file.declared:
            check_declaration(known, item, key, file.text)
            known.groups[item.name] = group
    words = KnownBefore(frozenset(known.words.operators), frozenset(known.words.keys))
    for file in files:
        if WORDS_OF in file.text.data:
            add_words(known.words, file.text.data, known.declarations, words, file.text.error)
    for source in sources:
        if "assert" in source.data:
            _add_assertion(known, source)
        for number, entry in enumerate(source.data.get("neighbours", ())):
            _add_neighbours(known, source, entry, f"neighbours.{number}")


def _checked(check: Callable[[object], None], data: object, error: Wrong) -> None:
    try:
        check(data)
    except Misfit as misfit:
        raise error(misfit.key, misfit.problem) from None


# --- rules


def rule_of(data: Data) -> Rule:
    """The metadata of a rule."""
    return Rule(
        name=data["name"],
        code=data.get("code", ""),
        severity=data.get("severity", "error"),
        group=data.get("group", ""),
        summary=data.get("summary", data["message"]),
        message=data["message"],
        help=data.get("help", ""),
        status=data.get("status", "stable"),
        since=str(data.get("since", "")),
        default=data.get("default", True),
        fixable=_fixable(data),
        size_effect=data.get("size_effect", ""),
        runs=data.get("runs", False),
    )


def _fixable(data: Data) -> str:
    if "fix" in data:
        return "safe" if data["fix"].get("safe", True) else "unsafe"
    return "" if data.get("fixable") in (None, False, "no") else str(data["fixable"])


def _add_rule(known: Known, source: RuleSource, origin: Provenance) -> None:
    _checked(check_page, source.data, source.error)
    name = source.data["name"]
    if not _RULE_NAME.fullmatch(name):
        words = "a rule's name is in small letters with hyphens between the words"
        raise source.error("name", f"{words}, not '{name}'")
    if name in known.rules:
        raise source.error("name", f"a rule is called '{name}' already")
    rule = origin.rule(source, known)
    for other in known.rules.values():
        if rule.code == other.code and rule.code == source.data.get("code"):
            raise source.error("code", f"{rule.code} is the code of '{other.name}' already")
    known.rules[name] = rule
    known.pages[name] = source.page


def _add_assertion(known: Known, source: RuleSource) -> None:
    """Has a rule checked: on a network, or as a requirement of the operators that it names."""
    data, rule = source.data, known.rules[source.data["name"]]
    if "on" not in data:
        raise source.error("", "the key 'on' is missing")
    on = [data["on"]] if isinstance(data["on"], str) else data["on"]
    if on == [NETWORK]:
        check_network_rule(data, source.error)
        known.network_rules.append(NetworkRule(rule, str(data["assert"])))
        return
    if not on:
        raise source.error("on", "names no operator")
    if NETWORK in on:
        raise source.error("on", f"a rule is over the {NETWORK} or over operators, not both")
    requirement = _assertion(rule, data)
    for wanted in on:
        for item in _meant(known, wanted, source.error):
            check_requirement(known, item, requirement, _page_key, source.error)
            known.declarations[item.name] = item._replace(requirements=(*item.requirements, requirement))


def _assertion(rule: Rule, data: Data) -> Requirement:
    at = data.get("at", "")
    return Requirement(
        rule=rule.name,
        that=str(data["assert"]),
        at=at,
        say=rule.message,
        help=rule.help,
        otherwise="output",
        fix=load_remedy(data.get("fix"), at),
    )


def _add_neighbours(known: Known, source: RuleSource, entry: Data, key: str) -> None:
    """Has a rule look at layers that stand side by side."""
    layers = _all_meant(known, entry["below"], source.error)
    others = _all_meant(known, entry.get("above", ()), source.error)
    at = source.data.get("at", "")
    named = at.removeprefix(ABOVE)
    item = Neighbours(
        rule=source.data["name"],
        below=tuple([layer.name for layer in layers]),
        above=tuple([other.name for other in others]),
        through=tuple([item.name for item in _all_meant(known, entry.get("through", ()), source.error)]),
        is_alike=entry.get("alike", False),
        wired=entry.get("wired", "anyhow"),
        losses=tuple(entry.get("losses", ())),
        words=tuple(entry.get("named", ())),
        let=_named(entry.get("let", {})),
        above_let=_named(entry.get("above_let", {})),
        that=str(entry.get("that", False)),
        at=named,
        points_above=at.startswith(ABOVE),
        fix=load_remedy(source.data.get("fix"), named),
    )
    check_neighbours(item, layers, others, key, source.error)
    known.neighbours.append(item)


def _named(values: Data) -> tuple[tuple[str, str], ...]:
    return tuple([(name, str(expression)) for name, expression in values.items()])


def _all_meant(known: Known, wanted: str | Iterable[str], error: Wrong) -> list[Declaration]:
    names = [wanted] if isinstance(wanted, str) else wanted
    return [item for name in names for item in _meant(known, name, error)]


def _page_key(part: str) -> str:
    """The key of a page that becomes a part of a requirement."""
    return {"that": "assert", "say": "message"}.get(part, part)


def _meant(known: Known, wanted: str, error: Wrong) -> list[Declaration]:
    """The operators that a name or the name of a family stands for."""
    found = [item for item in known.declarations.values() if wanted in (item.name, _family_name(item))]
    if found:
        return found
    vocabulary, dot, module = wanted.partition(".")
    if not dot or vocabulary not in known.vocabularies or module not in known.vocabularies[vocabulary].modules:
        raise error("on", no_operator(wanted, [*known.declarations, NETWORK]))
    return [_own_operator(known, vocabulary, module, known.vocabularies[vocabulary].modules[module])]


def _family_name(item: Declaration) -> str:
    vocabulary, dot, _ = item.name.partition(".")
    return f"{vocabulary}.{item.family}" if dot else item.family


# --- operators


def _declare(
    known: Known, text: RuleText, origin: Provenance, before: frozenset[str]
) -> Iterator[tuple[str, Declaration]]:
    """Adds the operators that a file declares to those known `before` any file was read."""
    _checked(check_operator_file, text.data, text.error)
    _refuse_odd_names(text)
    vocabulary = _vocabulary_of(text.data)
    for key, name, entry in _entries(text.data):
        if "like" in entry:
            continue
        for item in _family(text, key, name, {"row": {}, **entry} if "vocabulary" in text.data else entry):
            item = origin.declared(item._replace(name=f"{vocabulary}.{item.name}") if vocabulary else item)
            if item.name in before and not vocabulary:
                raise text.error(key, f"an operator is called '{item.name}' already")
            if item.name in known.declarations and item.name not in before:
                raise text.error(key, f"the operator '{item.name}' is declared twice")
            known.declarations[item.name] = item
            yield key, item


def _vocabulary_of(data: Mapping[str, object]) -> str:
    """The vocabulary whose modules, or parts of whose modules, a file declares; empty for operators."""
    return str(data.get("vocabulary", data.get("parts_of", "")))


def _refuse_unknown_vocabulary(known: Known, text: RuleText) -> None:
    name = text.data.get("parts_of")
    if name is not None and name not in known.vocabularies:
        hint = nearest_hint(name, known.vocabularies) or f"there are {', '.join(known.vocabularies)}"
        raise text.error("parts_of", f"no vocabulary is called '{name}'; {hint}")


def _entries(data: Data) -> Iterator[tuple[str, str, Data]]:
    """(key, name, data) of each family or module of a file."""
    if WORDS_OF in data:
        return
    prefix, entries = ("modules", data["modules"]) if _vocabulary_of(data) else ("", data)
    for name, entry in entries.items():
        yield within(prefix, name), name, entry


def _family(text: RuleText, key: str, name: str, entry: Mapping[str, object]) -> list[Declaration]:
    try:
        return [with_body(item, entry) for item in load_family(name, dict(entry))]
    except (DeclarationError, LookupError, TypeError, AttributeError, ValueError) as error:
        raise text.error(key, f"cannot be read: {error}") from None


def _refuse_odd_names(text: RuleText) -> None:
    """Names of operators, parameters and values are plain identifiers: the last two become names in code."""
    vocabulary = _vocabulary_of(text.data)
    if vocabulary and not _IDENTIFIER.fullmatch(vocabulary):
        key = "vocabulary" if "vocabulary" in text.data else "parts_of"
        raise text.error(key, f"'{vocabulary}' {_NO_NAME}")
    form = _MODULE if "vocabulary" in text.data else _IDENTIFIER
    for key, family, entry in _entries(text.data):
        for name in (family, *entry.get("names", ())):
            if not form.fullmatch(name):
                raise text.error(key, f"'{name}' {_NO_NAME}")
        params, let = entry.get("params", {}), entry.get("let", {})
        for part, names in (("params", params), ("let", let)):
            for name in names:
                if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
                    raise text.error(f"{key}.{part}.{name}", f"'{name}' {_NO_NAME}")
        for name in let:
            if name in params:
                raise text.error(f"{key}.let.{name}", f"'{name}' is a parameter already")


# --- vocabularies


def _add_vocabulary(known: Known, file: _File) -> None:
    """Adds the modules of a file to the vocabulary that it names, or begins a new one."""
    data = file.text.data
    name = data["vocabulary"]
    base = known.vocabularies.get(name) or VocabularyDeclaration(name, {}, torch_names=_torch_names(known))
    known.vocabularies[name] = base
    rows = {item.name.partition(".")[2]: ModuleRow(item.name, item.row) for _, item in file.declared if item.row}
    for source, modules in data.get("include", {}).items():
        rows |= {module: _included(known, source, module, file.text) for module in modules}
    for key, module, entry in _entries(data):
        if "like" in entry:
            rows[module] = _borrowed(known, file.text, key, module, entry)
    base = known.vocabularies[name]
    unreachable = [module for module in (*base.unreachable, *data.get("unreachable", ())) if module not in rows]
    known.vocabularies[name] = base._replace(
        modules={**base.modules, **rows},
        unreachable=tuple(unreachable),
        torch_names=tuple(data.get("torch_names", base.torch_names)),
        severities=tuple({**dict(base.severities), **data.get("severities", {})}.items()),
        needs=tuple(data.get("needs", base.needs)),
        evaluates=data.get("evaluates", base.evaluates),
    )


def _torch_names(known: Known) -> tuple[str, ...]:
    """The classes of torch that some vocabulary names; they are the same for all."""
    return next((found for vocabulary in known.vocabularies.values() if (found := vocabulary.torch_names)), ())


def _included(known: Known, source: str, module: str, text: RuleText) -> ModuleRow:
    """How rows give a module that another vocabulary has."""
    if source not in known.vocabularies:
        hint = nearest_hint(source, known.vocabularies) or f"there are {', '.join(known.vocabularies)}"
        raise text.error(within("include", source), f"no vocabulary is called '{source}'; {hint}")
    modules = known.vocabularies[source].modules
    if module not in modules:
        hint = nearest_hint(module, modules) or "'convlint operator' lists all"
        raise text.error(within("include", source), f"{source} has no module '{module}'; {hint}")
    return modules[module]


def _borrowed(known: Known, text: RuleText, key: str, module: str, entry: Data) -> ModuleRow:
    """How rows give a module that is an operator declared elsewhere, perhaps with requirements of its own."""
    source = _module_of(known, entry["like"])
    operator = source.operator if source is not None else entry["like"]
    if operator not in known.declarations:
        raise text.error(f"{key}.like", no_operator(operator, known.declarations))
    item = known.declarations[operator]
    row = load_row(dict(entry)) if "row" in entry else source.row if source is not None else item.row
    if row is None:
        raise text.error(key, f"'row' is missing: {operator} does not say how rows give it")
    found = ModuleRow(operator, row)
    check_row(item._replace(row=row), key, text.error)
    requirements = tuple(load_requirements(entry.get("require", {})))
    if not requirements:
        return found
    item = _own_operator(known, text.data["vocabulary"], module, found)
    for requirement in requirements:
        refuse_unknown_rule(known, requirement, key, text)
        check_requirement(known, item, requirement, in_require(key, requirement), text.error)
    known.declarations[item.name] = item._replace(requirements=(*item.requirements, *requirements))
    return ModuleRow(item.name, row)


def _module_of(known: Known, name: str) -> ModuleRow | None:
    """How rows give the module that an operator `vocabulary.Name` is."""
    vocabulary, dot, module = name.partition(".")
    return known.vocabularies[vocabulary].modules.get(module) if dot and vocabulary in known.vocabularies else None


def _own_operator(known: Known, vocabulary: str, module: str, found: ModuleRow) -> Declaration:
    """An operator of its own for a module that is one declared elsewhere."""
    name = f"{vocabulary}.{module}"
    item = known.declarations[found.operator]._replace(name=name, row=found.row)
    own = known.vocabularies[vocabulary]
    known.declarations[name] = item
    known.vocabularies[vocabulary] = own._replace(modules={**own.modules, module: ModuleRow(name, found.row)})
    return item
