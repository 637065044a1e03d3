"""What a check may be told."""

from __future__ import annotations

from convlint.findings import Severity
from convlint.typed import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from convlint.catalogue.extension import Extension

AUTO = "auto"
"""The choice of no dialect: each document goes to the first that recognises it."""


class TorchLimits(NamedTuple):
    """What the comparison of one file may take: seconds of wall-clock time, and MiB of memory."""

    seconds: float = 60.0
    memory: int = 4096


Advice = Literal["none", "help", "fixes"]
"""What a check says of a way out: nothing, in words, or with fixes that were proved too; each costs more."""


class Options(NamedTuple):
    """What a check may be told.

    `sizes` gives named sizes or input axes (`H`, `image.1`) a value. `rules` holds the names of the enabled rules; None
    stands for those that are on by default. `scales` are the variants to read of a file that has several (all without
    any). With `torch`, networks without errors are built and run with torch, within these limits. `default_sizes` are
    values for sizes that the file leaves open, `severities` (rule, severity) hold in place of the rules' own, and
    `extension` brings operators and rules of the user's. `dialects` names those that other packages bring, and `tables`
    holds (dialect, its own settings). `advice` is what will be read of the ways out: the findings are the same, but
    without it they have no `fix` and no `help`, and none of their related places need be the layer to blame: all that
    takes longer to find than what is wrong. `constants` are values for constants of a native file in place of its own.
    """

    sizes: tuple[tuple[str, int], ...] = ()
    dialect: str = AUTO
    rules: frozenset[str] | None = None
    scales: tuple[str, ...] = ()
    torch: TorchLimits | None = None
    default_sizes: tuple[tuple[str, int], ...] = ()
    severities: tuple[tuple[str, Severity], ...] = ()
    extension: Extension | None = None
    dialects: tuple[str, ...] = ()
    tables: tuple[tuple[str, tuple[tuple[str, object], ...]], ...] = ()
    advice: Advice = "fixes"
    constants: tuple[tuple[str, object], ...] = ()
