"""The formats that convlint reads: a line each, with all that is asked of one before anything of it is imported."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping as MappingType
from types import MappingProxyType

from convlint.findings import Finding
from convlint.model import Reading
from convlint.source.nodes import Document, Mapping
from convlint.typed import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from types import ModuleType

ENDINGS = (".yaml", ".yml", ".json")
"""How the names of files end that a search looks at."""
ENTRY_POINTS = "convlint.dialects"
"""The group of entry points under which a package brings a `Dialect`; it is imported where settings name it."""
_NONE: MappingType[str, Any] = MappingProxyType({})


class Dialect(NamedTuple):
    """One format.

    `marks` are words of which one stands in every file of the format: a file that a search comes upon and that holds no
    mark of any dialect is not even parsed. A text in which each key of one of the `claims` begins a line is meant to be
    in the format, even where it cannot be parsed.

    `reader`, `explainer` and `builder` name modules, which are imported when they are needed: one with the functions of
    `Reader`; one with `explain(document, root)`, which says what is wrong with a document over which the reader
    stumbled; and one with `build_network(architecture, trace)`, which makes a torch module. Without it torch is not
    asked.

    `settings` are the keys that the table of this name takes in a settings file, with the kind of their values.
    """

    name: str
    marks: tuple[str, ...]
    reader: str
    explainer: str = ""
    builder: str = ""
    claims: tuple[tuple[str, ...], ...] = ()
    settings: MappingType[str, Literal["text", "texts"]] = _NONE


class Request(NamedTuple):
    """What a reading is told.

    `sizes` gives named sizes and axes of inputs a value in spite of the file, `defaults` where the file leaves it open;
    `variants` are those to read of a file that has several (all without any). `settings` is the dialect's own table.
    `constants` are values in place of those that the file gives its constants.
    """

    sizes: MappingType[str, int] = _NONE
    defaults: MappingType[str, int] = _NONE
    variants: tuple[str, ...] = ()
    settings: MappingType[str, Any] = _NONE
    constants: MappingType[str, object] = _NONE


class NearMiss(NamedTuple):
    """Why a document is not in a format, in words that follow "this is no architecture:", and what would help.

    `lacks` is the entry (key, value) that alone keeps a document out which certainly is meant to be in the format.
    """

    reason: str
    help: str = ""
    lacks: tuple[str, str] | None = None


class Reader(Protocol):
    """What the module of a dialect has."""

    def recognises(self, root: Mapping) -> bool:
        """Whether a document is in the format."""

    def admits(self, root: Mapping) -> bool:
        """Whether a document can be read where the format was asked for by name: the weaker test of the two."""

    def read(self, document: Document, request: Request) -> Reading:
        """The networks of a document that `admits` accepts."""

    def nearly(self, root: Mapping) -> NearMiss | None:
        """What keeps a document that looks like the format from being in it; None where it does not look like it."""

    def misfit(self, settings: MappingType[str, object]) -> tuple[str, str] | None:
        """(key, problem) of a setting whose value nothing has; None where all have."""


class UnknownDialectError(ValueError):
    """No installed package brings a dialect of a name, or what it brings cannot be used; the message says why."""


NATIVE = Dialect(
    "native",
    marks=("convlint", "layers"),
    reader="convlint.dialects.native",
    explainer="convlint.schema",
    builder="convlint.torch_check.network",
    claims=(("convlint",),),
)
BUILT_IN = (
    NATIVE,
    Dialect(
        "ultralytics",
        marks=("backbone", "head"),
        reader="convlint.dialects.ultralytics",
        builder="convlint.torch_check.ultralytics",
        claims=(("backbone", "head"),),
        settings=MappingProxyType({"vocabulary": "text", "scales": "texts", "builder": "text"}),
    ),
    Dialect(
        "targets",
        marks=("_target_",),
        reader="convlint.dialects.targets",
        builder="convlint.torch_check.packaged",
        claims=(("network_def",),),
        settings=MappingProxyType({"monai_version": "text"}),
    ),
    Dialect(
        "nnunet",
        marks=("plans_name",),
        reader="convlint.dialects.nnunet",
        builder="convlint.torch_check.packaged",
        claims=(("plans_name", "configurations"),),
    ),
)
"""The dialects that ship, in the order in which they are asked whether a document is theirs."""

NO_MARK = f"no key '{NATIVE.claims[0][0]}' marks it as an architecture"
"""Why a text is none, as far as can be told without a reader."""
_OF_TEMPLATES = ("{{", "{%")
_brought: dict[str, Dialect] = {}
"""Dialects of other packages that settings have named, by name."""


def dialects(brought: tuple[str, ...] = ()) -> tuple[Dialect, ...]:
    """The dialects that ship, and those that other packages bring under some names; raises UnknownDialectError."""
    return (*BUILT_IN, *[_from_package(name) for name in brought]) if brought else BUILT_IN


def marked(text: str, brought: tuple[str, ...] = ()) -> tuple[Dialect, ...]:
    """The dialects that a text may be in, by their marks."""
    return tuple([dialect for dialect in dialects(brought) if any(mark in text for mark in dialect.marks)])


def claimant(text: str, dialects: tuple[Dialect, ...]) -> str | None:
    """The dialect that a text is meant to be in, though it cannot be parsed; None where it does not say so.

    A template says nothing: it is YAML only when it is filled in.
    """
    if any(mark in text for mark in _OF_TEMPLATES):
        return None
    for dialect in dialects:
        if any(all(_begins_a_line(key, text) for key in keys) for keys in dialect.claims):
            return dialect.name
    return None


def _begins_a_line(key: str, text: str) -> bool:
    """Whether a line of YAML begins with a key, or JSON has it."""
    return re.search(rf"^['\"]?{key}['\"]?[ \t]*:|\"{key}\"[ \t\r\n]*:", text, re.M) is not None


def names(brought: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What a dialect may be chosen by: `auto`, and the names of all."""
    return ("auto", *[dialect.name for dialect in dialects(brought)])


def named(name: str, brought: tuple[str, ...] = ()) -> Dialect:
    """The dialect of a name that `names` gives."""
    return next(dialect for dialect in dialects(brought) if dialect.name == name)


def reader(dialect: Dialect) -> Reader:
    """What reads the format."""
    found: Reader = _module(dialect.reader)
    return found


def explain(dialect: Dialect, document: Document, reading: Reading) -> list[Finding]:
    """What is wrong with a document over which the reader stumbled."""
    if not dialect.explainer:
        return []
    found: list[Finding] = _module(dialect.explainer).explain(document, document.root, reading.stumbled_over)
    return found


def builder(dialect: Dialect) -> Any:
    """The function that makes a torch module of an architecture and its trace."""
    return _module(dialect.builder).build_network


def _module(name: str) -> ModuleType:
    __import__(name)
    return sys.modules[name]


def _from_package(name: str) -> Dialect:
    if name not in _brought:
        from importlib.metadata import entry_points

        found = list(entry_points(group=ENTRY_POINTS, name=name))
        if not found:
            raise UnknownDialectError(f"no installed package brings a dialect '{name}'")
        try:
            dialect = found[0].load()
        except Exception as error:  # the package of somebody else
            reason = f"{type(error).__name__}: {error}"
            raise UnknownDialectError(f"the dialect '{name}' cannot be imported: {reason}") from None
        _brought[name] = _usable(name, dialect)
    return _brought[name]


def _usable(name: str, dialect: object) -> Dialect:
    """What a package brings, if it is a dialect of that name; raises UnknownDialectError."""
    if not isinstance(dialect, Dialect):
        raise UnknownDialectError(f"what the package brings as '{name}' is no convlint.dialects.registry.Dialect")
    if dialect.name != name or name in ("auto", *[shipped.name for shipped in BUILT_IN]):
        raise UnknownDialectError(f"the package brings a dialect '{dialect.name}' under the name '{name}'")
    return dialect
