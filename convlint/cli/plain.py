"""Reads a plain command line without argparse, which takes a tenth of the start of a check to import and set up.

A command says its arguments to an `ArgumentRecorder` as it says them to argparse. A line of operands and of options
that are spelled out is read here, to the same values; all else, help and mistakes among it, is left to argparse.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

from convlint.typed import Any, NamedTuple

_READ_HERE = frozenset(("store", "store_true", "append"))
_CONVERTED = frozenset(("type", "choices", "nargs"))
"""Settings of an option that ask more of argparse than to keep the text."""


class _Option(NamedTuple):
    target: str
    default: Any
    action: str


class _Operands(NamedTuple):
    target: str
    default: object
    nargs: str


class ArgumentRecorder:
    """Takes the declarations of arguments in the form in which argparse takes them."""

    def __init__(self) -> None:
        self._options: dict[str, _Option] = {}
        self._operands: list[_Operands] = []
        self._is_simple = True

    def add_argument(self, *names: str, **settings: Any) -> None:
        """Notes an argument; of its settings those that decide its value."""
        if not names[0].startswith("-"):
            self._operands.append(_Operands(names[0], settings.get("default"), settings.get("nargs", "")))
            return
        action = settings.get("action", "store")
        default = settings.get("default", False if action == "store_true" else None)
        longest = next(name for name in names if name.startswith("--"))
        target = settings.get("dest", longest.removeprefix("--").replace("-", "_"))
        self._is_simple &= action in _READ_HERE and _CONVERTED.isdisjoint(settings)
        self._options.update(dict.fromkeys(names, _Option(target, default, action)))

    def set_defaults(self, **values: object) -> None:
        """Leaves a command to argparse that wants more than what stands on its line."""
        self._is_simple = False

    def read(self, texts: Sequence[str]) -> SimpleNamespace | None:
        """The values of the arguments; None where the texts are not plain."""
        if not self._is_simple:
            return None
        values = {option.target: option.default for option in self._options.values()}
        operands: list[str] = []
        waiting = iter(texts)
        for text in waiting:
            if not _looks_like_option(text):
                operands.append(text)
                continue
            option = self._options.get(text)
            if option is None:
                return None
            if option.action == "store_true":
                values[option.target] = True
                continue
            value = next(waiting, "-")
            if value.startswith("-"):
                return None
            values[option.target] = value if option.action == "store" else [*values[option.target], value]
        return self._with_operands(values, operands)

    def _with_operands(self, values: dict[str, Any], found: list[str]) -> SimpleNamespace | None:
        if len(self._operands) != 1:
            return None
        (operands,) = self._operands
        if operands.nargs == "*":
            return SimpleNamespace(**values, **{operands.target: found or operands.default})
        if operands.nargs == "?" and len(found) <= 1:
            return SimpleNamespace(**values, **{operands.target: found[0] if found else operands.default})
        return None


def _looks_like_option(text: str) -> bool:
    return text.startswith("-") and text != "-"
