"""The modules that a row can name: classes of torch.nn by their prefix, and what a misspelt name was meant to be."""

from __future__ import annotations

from collections.abc import Iterable

from convlint.catalogue import lookup
from convlint.catalogue.rows import Row
from convlint.domain.values import UNKNOWN, Shapes, Size, UnknownSize

TORCH = "nn."
"""What the classes of torch begin with in a row."""
_SHORTEST_DOUBLED = 3
_SHORTEST_CHANGED = 4
_SHORTEST_LONG = 6
"""Letters of a module whose slips are told from names of one's own: a doubled letter, another change, any lost one."""
_rows: dict[str, Row | None] = {}


def torch_row(name: str) -> Row | None:
    """How rows of a class of torch.nn are read: its parameters in their order, by hand; None where it is not known.

    Later rows are told that it keeps the channels.
    """
    if lookup.extension() is not None:
        return _torch_row(name)
    if name not in _rows:
        _rows[name] = _torch_row(name)
    return _rows[name]


def _torch_row(name: str) -> Row | None:
    operator = lookup.operator(name)
    if operator is None:
        return None
    names = tuple(parameter.name for parameter in operator.parameters)
    is_needed = [
        parameter.required or (at == 0 and parameter.infer is not None)
        for at, parameter in enumerate(operator.parameters)
    ]
    fewest = max([at + 1 for at, needed in enumerate(is_needed) if needed], default=0)
    return Row(name, names, fewest, tracked=_keeps_channels)


def _keeps_channels(parameters: object, inputs: Shapes) -> Size:
    (first, *_) = inputs
    return UNKNOWN if isinstance(first, UnknownSize) else first[0]


def meant_module(name: str, modules: Iterable[str]) -> str | None:
    """The module that a name is a slip of: other case, two letters swapped, one letter lost or doubled.

    Names that people give to modules of their own (`C2f_DCN`, `PConv`, `Down`) are further from all others than that.
    """
    lowered, shrunk, swapped = name.lower(), _with_one_less(name), _with_two_swapped(name)
    return next(
        (
            module
            for module in modules
            if module.lower() == lowered
            or (module in shrunk and len(module) >= _SHORTEST_DOUBLED)
            or (module in swapped and len(module) >= _SHORTEST_CHANGED)
            or name in _with_one_lost(module)
        ),
        None,
    )


def _with_one_less(name: str) -> set[str]:
    """The names of which one letter is doubled in `name`."""
    return {name[:at] + name[at + 1 :] for at in range(1, len(name)) if name[at] == name[at - 1]}


def _with_two_swapped(name: str) -> set[str]:
    return {name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in range(len(name) - 1)}


def _with_one_lost(module: str) -> set[str]:
    """The names that a module becomes when one letter is lost; of short ones, no first and no last letter.

    A capital inside is part of what a name means: `DConv` is no slip of `DWConv`.
    """
    if len(module) < _SHORTEST_CHANGED:
        return set()
    ends = 0 if len(module) >= _SHORTEST_LONG else 1
    lost = {module[:at] + module[at + 1 :] for at in range(1, len(module) - ends) if module[at].islower()}
    return lost | {module[1:]} if ends == 0 and module[1:].islower() else lost
