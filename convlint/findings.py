"""What a check says: a finding, its place in a source, and what else it points at."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from convlint.source.nodes import Source
from convlint.typed import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
OWN_GROUP = "own"
"""The group of rules that a user's repository brings."""


class Rule(NamedTuple):
    """The metadata of one rule, from the front matter of its page in `rules/`.

    `size_effect` says what a size of the input that breaks the rule does: the network `fails`, or it `loses` pixels; it
    is empty where the size of the input has no part in it. `runs` says that torch runs a network that breaks the rule.
    """

    name: str
    code: str
    severity: Severity
    group: str
    summary: str
    message: str
    help: str = ""
    status: str = "stable"
    since: str = ""
    default: bool = True
    fixable: str = ""
    size_effect: str = ""
    runs: bool = False

    @property
    def is_ones_own(self) -> bool:
        """Whether a repository demands it: torch knows nothing of that."""
        return self.group == OWN_GROUP

    @property
    def stops(self) -> bool:
        """Whether a network with an error of the rule cannot run."""
        return not self.runs and self.size_effect != "loses"


class Place(NamedTuple):
    """A stretch of a source, as code-point offsets; a renderer turns it into lines and columns.

    `origin` is the place at the anchor, where the stretch is the use of an alias.
    """

    source: Source
    start: int
    end: int
    origin: Place | None = None


class Part(str, Enum):
    """A part of a layer that a place can name in every format; any other name is that of a parameter."""

    LAYER = ""
    """What names the layer."""
    NAME = "name"
    OPERATOR = "op"
    SOURCES = "from"
    EXPECTED = "expect"
    REPEAT = "repeat"
    OVER = "over"


class Related(NamedTuple):
    """Another place that explains a finding: the other branch, the layer where a size was lost, an anchor."""

    place: Place
    message: str


class Edit(NamedTuple):
    """Replaces the code points from `start` to `end` by `text`."""

    start: int
    end: int
    text: str


class Fix(NamedTuple):
    """A way out that can be applied by machine; a safe one keeps the meaning."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool


class Finding(NamedTuple):
    """One mistake, at one place.

    `layer` is the path of the layer (`enc1/conv`, or an index where the format has no names); `variants` names the
    variants of the network for which it holds, and is empty where it holds for all; `variant_word` is what the format
    calls one. `layer_word` is what the format calls a layer, where layers have numbers and no names.
    """

    rule: Rule
    message: str
    place: Place
    severity: Severity
    help: str = ""
    layer: str | None = None
    variants: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    variant_word: str = "variant"
    layer_word: str = ""

    @property
    def layer_title(self) -> str:
        """What people call its layer where that has no name: `row 12`; else empty."""
        number = (self.layer or "").partition("/")[0]
        return f"{self.layer_word} {number}" if self.layer_word and number.isdecimal() else ""

    @property
    def stops(self) -> bool:
        """Whether a network with this finding cannot run."""
        return self.severity == "error" and self.rule.stops


class FileResult(NamedTuple):
    """What was found in one file. `dialect` is None for a file that is no architecture; `skipped` then says why.

    `sizes` names the sizes and the axes of inputs that can be given a value (`--size`), `scales` the variants that the
    file has (`--scale`), and `notes` say how a check was done, for those who ask for details. `failure` says why a
    check did not come to an end: a mistake of convlint itself, or a process that died.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    dialect: str | None = None
    variants: tuple[str | None, ...] = ()
    skipped: str | None = None
    sizes: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    failure: str = ""


class Summary(NamedTuple):
    """Counts over a whole run."""

    files: int
    errors: int
    warnings: int
    infos: int


def summarise(results: Iterable[FileResult]) -> Summary:
    """The counts over results; skipped files are not counted."""
    counts = dict.fromkeys(SEVERITIES, 0)
    files = 0
    for result in results:
        files += result.skipped is None
        for finding in result.findings:
            counts[finding.severity] += 1
    return Summary(files, counts["error"], counts["warning"], counts["info"])
