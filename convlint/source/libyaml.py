"""PyYAML's binding of libyaml: its parser, its events and its errors, without the rest of PyYAML where that can be.

`import yaml` runs the readers and writers in Python too, with their regular expressions, `datetime` and `base64`: a
third of the start of a check, of which convlint uses nothing. The binding wants of them the classes of their errors.
And it makes its events of what stands under their names: a plain scalar without an anchor can be its node at once,
which takes a fifth off the parsing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

from convlint.source.nodes import Scalar
from convlint.source.scalars import kept_plain, plain_values
from convlint.typed import Any, NamedTuple

_REAL = ("yaml.error", "yaml.tokens", "yaml.events", "yaml.nodes", "yaml._yaml")
"""What the binding is made of; it is imported last."""
_MARKED_ERRORS = (
    ("scanner", "ScannerError"),
    ("parser", "ParserError"),
    ("composer", "ComposerError"),
    ("constructor", "ConstructorError"),
)
_PLAIN_ERRORS = (
    ("emitter", "EmitterError"),
    ("serializer", "SerializerError"),
    ("representer", "RepresenterError"),
)


class Binding(NamedTuple):
    """The class of the parser, the module with the classes of events, and the two kinds of errors that it raises.

    In place of the event of a plain scalar without an anchor, the parser may give its node.
    """

    parser: Any
    events: Any
    marked_error: Any
    reader_error: Any


_found: list[Binding] = []
"""The binding, once it is there."""
_alone: list[bool] = []
"""Not empty where the process is convlint's own."""


def use_alone() -> None:
    """Lets `binding` leave out the rest of PyYAML, in a process that is convlint's own.

    A later `import yaml` gives the whole package there, but what its C parser raises is no `ScannerError` of that
    package, only a `MarkedYAMLError`, and `yaml.parse` with it gives nodes of convlint among the events: so this is not
    for a program that uses convlint as a library.
    """
    _alone.append(True)


def binding() -> Binding:
    """The binding; all of PyYAML comes with it where that is laid out otherwise than here or has no libyaml."""
    if not _found:
        bare = _bare_binding() if _alone and "yaml" not in sys.modules else None
        _found.append(bare or _whole_binding())
    return _found[0]


def _whole_binding() -> Binding:
    import yaml

    parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Binding(parser, yaml.events, yaml.MarkedYAMLError, yaml.reader.ReaderError)


def _bare_binding() -> Binding | None:
    """The binding without the rest; None where it cannot be had in that way."""
    kept: tuple[str, ...] = ()
    try:
        found = _import_bare()
        kept = _REAL
        return found
    except Exception:  # another PyYAML than the one that this is written for
        return None
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "yaml" and name not in kept]:
            del sys.modules[name]


def _import_bare() -> Binding:
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("yaml")
    package: Any = ModuleType("yaml")  # it is not executed, as that would import everything
    package.__path__ = getattr(spec, "submodule_search_locations", None)
    sys.modules["yaml"] = package
    for name in _REAL[:-1]:
        __import__(name)
    event = package.events.ScalarEvent
    marked, plain = package.error.MarkedYAMLError, package.error.YAMLError
    package.reader = SimpleNamespace(ReaderError=type("ReaderError", (plain,), {"__init__": _keep_character}))
    for base, classes in ((marked, _MARKED_ERRORS), (plain, _PLAIN_ERRORS)):
        for home, name in classes:
            setattr(package, home, SimpleNamespace(**{name: type(name, (base,), {})}))
    package.events.ScalarEvent = _node_or(event)
    try:
        __import__(_REAL[-1])
    finally:
        package.events.ScalarEvent = event
    return Binding(package._yaml.CParser, package.events, marked, package.reader.ReaderError)


def _node_or(event: Callable[..., object]) -> Callable[..., object]:
    """Makes the node of a plain scalar without an anchor from what its event is made of, and events of all others."""

    new = object.__new__

    def made(anchor: object, tag: object, implicit: Any, text: str, start: Any, end: Any, style: object) -> object:
        if anchor is not None or not implicit[0]:
            return event(anchor, tag, implicit, text, start, end, style)
        node = new(Scalar)  # 40 of 170 ns less than a call of the class
        node.value, node.ambiguous, node.text = plain_values.get(text) or kept_plain(text)
        node.plain = True
        node.start = start.index
        node.end = end.index
        node.origin = None
        return node

    return made


def _keep_character(
    error: Any, name: object, position: object, character: Any, encoding: object, reason: object
) -> None:
    """What `yaml.reader.ReaderError` does with what it is given, as far as anyone asks for it here."""
    error.character, error.reason = character, reason
