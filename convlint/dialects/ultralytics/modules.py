"""The modules that a row can name: classes of torch.nn by their prefix, and what a misspelt name was meant to be."""

from __future__ import annotations

from collections.abc import Iterable

from convlint.engine import catalogue
from convlint.engine.rows import Row

_SHORTEST_TYPO = 4
_rows: dict[str, Row | None] = {}


def torch_row(name: str) -> Row | None:
    """How rows of a class of torch.nn are read: its parameters in their order, by hand; None where it is not known.

    Later rows are told that it keeps the channels.
    """
    if catalogue.extension() is not None:
        return _torch_row(name)
    if name not in _rows:
        _rows[name] = _torch_row(name)
    return _rows[name]


def _torch_row(name: str) -> Row | None:
    operator = catalogue.operator(name)
    if operator is None:
        return None
    names = tuple(parameter.name for parameter in operator.parameters)
    is_needed = [
        parameter.required or (at == 0 and parameter.infer is not None)
        for at, parameter in enumerate(operator.parameters)
    ]
    fewest = max([at + 1 for at, needed in enumerate(is_needed) if needed], default=0)
    return Row(name, names, fewest, tracked=_keeps_channels)


def _keeps_channels(parameters: object, inputs: tuple[tuple[int, ...], ...]) -> int:
    return inputs[0][0]


def meant_module(name: str, modules: Iterable[str]) -> str | None:
    """The module that a name is a slip of: other case, two letters swapped, one letter lost or doubled inside.

    Names that people give to modules of their own (`C2f_DCN`, `PConv`) are further from all others than that.
    """
    if len(name) < _SHORTEST_TYPO:
        return next((module for module in modules if module.lower() == name.lower()), None)
    slips = _slips(name)
    return next((module for module in modules if module.lower() == name.lower() or module in slips), None)


def _slips(name: str) -> set[str]:
    """The names of which `name` is a slip."""
    swapped = {name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in range(len(name) - 1)}
    doubled = {name[:at] + name[at + 1 :] for at in range(1, len(name)) if name[at] == name[at - 1]}
    return swapped | doubled | _with_a_letter(name)


def _with_a_letter(name: str) -> set[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return {name[:at] + letter + name[at:] for at in range(1, len(name)) for letter in letters}
