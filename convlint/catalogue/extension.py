"""Operators and rules of a user's own: what one settings file adds to what convlint knows."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping

from convlint.catalogue import shipped
from convlint.catalogue.compiled import compiled
from convlint.catalogue.declarations import row_facts
from convlint.catalogue.functions import tracking_source
from convlint.catalogue.known import Known
from convlint.catalogue.lifted import make_own_function
from convlint.catalogue.loading import Provenance, RuleSource, load, rule_of
from convlint.catalogue.operators import Declaration, ModuleRow, VocabularyDeclaration
from convlint.catalogue.parameters import Values
from convlint.catalogue.rows import Row, Vocabulary
from convlint.catalogue.rule_text import RuleText
from convlint.catalogue.runnable import Evaluation, LiftedShape, MakeBody, Operator
from convlint.catalogue.words import KeyWord, OperatorWord, Words
from convlint.domain.values import Shapes, Size
from convlint.findings import OWN_GROUP, Rule

NO_CODE = "OWN"
_CODE = re.compile(r"(?!CL)[A-Z]{2,8}[0-9]{1,4}")


class Extension:
    """Own declarations (and built-in ones with requirements added), rules, their pages, and vocabularies, by name.

    What is made of them is remembered here, so that nothing of one settings file is seen by the files of another.
    """

    __slots__ = (
        "bodies",
        "declarations",
        "evaluations",
        "lifted",
        "neighbours",
        "network_rules",
        "operators",
        "pages",
        "rules",
        "vocabularies",
        "words",
    )

    def __init__(self, added: Known) -> None:
        self.declarations = added.declarations
        self.rules = added.rules
        self.pages = added.pages
        self.network_rules = added.network_rules
        self.words = added.words
        self.neighbours = added.neighbours
        self.vocabularies: dict[str, Vocabulary] = {}
        self.lifted: dict[tuple[str, bool], LiftedShape] = {}
        self.evaluations: dict[tuple[str, tuple[str, ...]], Evaluation] = {}
        self.operators: dict[str, Operator] = {}
        self.bodies: dict[str, MakeBody] = {}

    def __getstate__(self) -> dict[str, object]:
        """All but what is remembered: an extension goes to other processes, and functions do not."""
        remembered = ("lifted", "evaluations", "operators", "bodies")
        return {name: {} if name in remembered else getattr(self, name) for name in self.__slots__}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            setattr(self, name, value)


def load_extension(texts: Iterable[RuleText], rules: Iterable[RuleSource]) -> Extension:
    """What files and tables of a repository add to what ships; raises RuleFileError."""
    shipped_words = compiled("words")
    declarations: ChainMap[str, Declaration] = ChainMap({}, shipped.declarations())  # type: ignore[arg-type]
    own_rules: ChainMap[str, Rule] = ChainMap({}, compiled("rules").RULES)
    vocabularies: ChainMap[str, VocabularyDeclaration] = ChainMap({}, compiled("vocabularies").VOCABULARIES)
    operator_words: ChainMap[str, OperatorWord] = ChainMap({}, shipped_words.OPERATOR_WORDS)
    key_words: ChainMap[str, KeyWord] = ChainMap({}, shipped_words.KEY_WORDS)
    words = Words(operator_words, key_words)
    known = Known(declarations, own_rules, {}, vocabularies, [], words, [], {})
    load(known, texts, rules, _OWN)
    added = known._replace(
        declarations=declarations.maps[0],
        rules=own_rules.maps[0],
        vocabularies=vocabularies.maps[0],
        words=Words(operator_words.maps[0], key_words.maps[0]),
    )
    extension = Extension(added)
    rows = _shipped_rows() if added.vocabularies else {}
    for name, item in added.vocabularies.items():
        extension.vocabularies[name] = _vocabulary(item, known, rows)
    return extension


def _own_rule(source: RuleSource, known: Known) -> Rule:
    data = source.data
    for key in ("on", "assert") if "neighbours" not in data else ():
        if key not in data:
            raise source.error("", f"the key '{key}' is missing")
    code = data.get("code", NO_CODE)
    if code != NO_CODE and not _CODE.fullmatch(code):
        words = "a code of your own is letters other than CL and a number, such as ORG001"
        raise source.error("code", f"{words}, not '{code}'")
    return rule_of(data)._replace(code=code, group=OWN_GROUP)


_OWN = Provenance(_own_rule, lambda declaration: declaration._replace(torch=None))


def _shipped_rows() -> dict[ModuleRow, Row]:
    """What is compiled already of how rows give modules."""
    rows, declared = shipped.vocabularies(), compiled("vocabularies").VOCABULARIES
    return {
        module: rows[vocabulary].modules[name]
        for vocabulary, item in declared.items()
        for name, module in item.modules.items()
    }


def _vocabulary(item: VocabularyDeclaration, known: Known, rows: Mapping[ModuleRow, Row]) -> Vocabulary:
    return Vocabulary(
        name=item.name,
        modules={name: rows.get(module) or _row(module, known) for name, module in item.modules.items()},
        unreachable=frozenset(item.unreachable),
        torch_names=frozenset(item.torch_names),
        severities=dict(item.severities),
        needs=item.needs,
        evaluates=item.evaluates,
    )


def _row(module: ModuleRow, known: Known) -> Row:
    """How rows of a module that a repository declares are read."""
    declared = known.declarations[module.operator]._replace(row=module.row)
    tracked: Callable[[Values, Shapes], Size] | None = None
    if module.row.tracks != "above":
        tracked = make_own_function(tracking_source(declared, "tracked", "lifted"), "tracked")
    return Row(**row_facts(declared), tracked=tracked)
