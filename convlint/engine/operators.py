"""What an operator declaration holds, as values; changes when the declaration language gets a new key."""

from __future__ import annotations

from typing import Any, NamedTuple


class Parameter(NamedTuple):
    """One parameter of an operator.

    `type` is count, integer, number, flag, choice, text, dim, dims, integers, extent (an integer, or one an axis),
    factor (a number, or one an axis) or sides (an integer, or two an axis, the last axis first). `infer` is an
    expression for the value when the file gives none.
    """

    name: str
    type: str
    required: bool = False
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    nullable: bool = False
    infer: str | None = None
    summary: str = ""


class Requirement(NamedTuple):
    """A condition that must hold, the rule that reports it, and what flows on when it does not.

    `otherwise` is "output" (the formula still holds), "axes" (the failing axes become unknown) or "nothing".
    """

    rule: str
    that: str
    at: str
    say: str | None = None
    help: str | None = None
    severity: str | None = None
    otherwise: str = "nothing"


class Declaration(NamedTuple):
    """One operator, as its file declares it."""

    name: str
    family: str
    summary: str
    axes: tuple[int, ...] | None
    ranks: tuple[int, ...] | None
    inputs: tuple[int, int | None]
    counts: tuple[int, ...]
    parameters: tuple[Parameter, ...]
    let: tuple[tuple[str, str], ...]
    requirements: tuple[Requirement, ...]
    outputs: tuple[Any, ...] | str
    costs: tuple[tuple[str, str], ...]
    torch: str | None = None
