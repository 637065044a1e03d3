"""What holds for one linted file, resolved; changes when a check can be told something new."""

from __future__ import annotations

from convlint.findings import Severity
from convlint.options import Options
from convlint.typed import Any, NamedTuple


class Setting(NamedTuple):
    """One value, and where it comes from: a file, a profile, the command line, or the default.

    A rule that is on or off otherwise than by default is the setting `rules.NAME`.
    """

    key: str
    value: Any
    origin: str


class Glob(NamedTuple):
    """A pattern of paths, counted from a folder."""

    folder: str
    pattern: str


class Settings(NamedTuple):
    """What holds for one linted file.

    `include` is empty where all YAML files are looked at; `baseline` is the absolute path of a file, or empty. `given`
    says where each value comes from, in a fixed order.
    """

    options: Options = Options()
    fail_on: Severity = "error"
    exclude: tuple[Glob, ...] = ()
    include: tuple[Glob, ...] = ()
    baseline: str = ""
    given: tuple[Setting, ...] = ()
