"""What a check counts while its results pass, and says at its end."""

from __future__ import annotations

import os

from convlint.cli import UsageError
from convlint.cli.linting import Outcome
from convlint.cli.terminal import say, write_error
from convlint.findings import SEVERITIES, FileResult
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from convlint.cli.rewriting import Rewriter
    from convlint.selection.baseline import Baseline


class Baselines:
    """The baselines that the settings of the files name, each read once; none where they are `ignored`."""

    def __init__(self, ignored: bool) -> None:
        self._ignored = ignored
        self._known: dict[str, Baseline] = {}

    def filtered(self, result: FileResult, path: str) -> FileResult:
        """The result without what the baseline at a path lets pass; raises UsageError where it cannot be read."""
        return result if self._ignored or not path else self.read(path).filter(result)

    def read(self, path: str) -> Baseline:
        """The baseline at a path; raises UsageError."""
        from convlint.selection.baseline import BaselineError, read_baseline

        whole = os.path.abspath(path)
        if whole not in self._known:
            try:
                self._known[whole] = read_baseline(_shown(whole))
            except BaselineError as error:
                raise UsageError(f"baseline {error}") from None
        return self._known[whole]

    def say_stale(self) -> None:
        """Names what the baselines list and was not found again."""
        for path, baseline in self._known.items():
            for known, count in baseline.stale():
                times = "" if count == 1 else f" ({count} times)"
                layer = f" at {known.layer}" if known.layer else ""
                say(f"{_shown(path)}: not found any more: {known.rule} in {known.path}{layer}{times}")


def _shown(path: str) -> str:
    """A path as people name it: from the working folder where it lies in it."""
    return path.removeprefix(os.path.join(os.getcwd(), ""))


class Tally:
    """Counts results on their way to the report; of the results themselves it keeps nothing, as there may be many."""

    def __init__(self, baselines: Baselines, verbose: bool) -> None:
        self._baselines = baselines
        self._verbose = verbose
        self._severities = dict.fromkeys(SEVERITIES, 0)
        self._checked = self._faulty = self._skipped = self._known = 0
        self._safe_fixes = self._unsafe_fixes = 0
        self.unfinished = 0
        self.fails = False
        self.sizes: dict[str, None] = {}
        self.scales: dict[str, None] = {}

    def counted(self, outcome: Outcome) -> FileResult | None:
        """The result of a file, without what a baseline lets pass; None where it could not be checked."""
        result, fail_on, baseline = outcome
        if result.failure:
            self._note_failure(result)
            return None
        left = self._baselines.filtered(result, baseline)
        self._known += len(result.findings) - len(left.findings)
        self._count(left)
        failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        self.fails = self.fails or any(finding.severity in failing for finding in left.findings)
        return left

    def _note_failure(self, result: FileResult) -> None:
        self.unfinished += 1
        say(f"convlint: internal error in {result.path}: {result.failure}")
        if self._verbose:
            write_error("".join(result.notes))

    def _count(self, result: FileResult) -> None:
        is_checked = result.skipped is None or (bool(result.findings) and not os.path.isdir(result.path))
        self._checked += is_checked
        self._skipped += result.skipped is not None and not result.findings
        self._faulty += is_checked and bool(result.findings)
        self.sizes.update(dict.fromkeys(result.sizes))
        self.scales.update(dict.fromkeys(result.scales))
        for finding in result.findings:
            self._severities[finding.severity] += 1
            if finding.fix is not None:
                self._safe_fixes += finding.fix.safe
                self._unsafe_fixes += not finding.fix.safe
        if self._verbose:
            _say_details(result)

    @property
    def has_seen_any(self) -> bool:
        """Whether any file was checked to its end."""
        return self._checked + self._skipped > 0

    @property
    def findings(self) -> int:
        """How many findings there were."""
        return sum(self._severities.values())

    def summary(self) -> str:
        """The result in one line: what was found, in how many files, and what nobody saw."""
        return f"{self._result()}{self._unseen()}."

    def _result(self) -> str:
        found = ", ".join(counted(count, word) for word, count in self._severities.items() if count)
        files = counted(self._checked, "file")
        if not self._checked:
            return "No architecture file found"
        if not found:
            return f"All checks passed: {files}"
        if not self._faulty:
            return f"Found {found}, and nothing in {files}"
        return f"Found {found} in {files if self._faulty == self._checked else f'{self._faulty} of {files}'}"

    def _unseen(self) -> str:
        """What was left out of the result; empty where nothing was."""
        parts = []
        if self._known:
            parts.append(f"{counted(self._known, 'finding')} in the baseline")
        if self._skipped:
            parts.append(f"{self._skipped} skipped" + ("" if self._verbose else "; --verbose says why"))
        return f" ({', '.join(parts)})" if parts else ""

    def fixable(self, unsafe: bool) -> str:
        """How many of the findings have a fix, and what applies it; empty where none has."""
        safe, every = self._safe_fixes, self._safe_fixes + self._unsafe_fixes
        if not every:
            return ""
        if unsafe or not safe:
            return f"[*] {every} fixable with --fix --unsafe-fixes."
        more = f", {self._unsafe_fixes} more with --fix --unsafe-fixes" if self._unsafe_fixes else ""
        return f"[*] {safe} fixable with --fix{more}."


def conclude(tally: Tally, arguments: argparse.Namespace, rewriter: Rewriter | None, baselines: Baselines) -> None:
    """Says on standard error what was done and left out, and the result in one line."""
    if arguments.verbose:
        baselines.say_stale()
    for note in rewriter.notes if rewriter is not None else ():
        say(note)
    if arguments.quiet:
        return
    done = rewriter.summary() if rewriter is not None else ""
    if done:
        say(done)
    has_results = tally.has_seen_any or not tally.unfinished
    if has_results and not arguments.diff and arguments.write_baseline is None:
        say(tally.summary())
        fixable = tally.fixable(arguments.unsafe_fixes)
        if fixable:
            say(fixable)
    if tally.unfinished:
        say(f"{counted(tally.unfinished, 'file')} could not be checked.")
    if rewriter is not None and rewriter.unwritten:
        say(f"{counted(rewriter.unwritten, 'file')} could not be written.")


def _say_details(result: FileResult) -> None:
    if result.skipped is not None and not result.findings:
        say(f"skipped {result.path}: {result.skipped}")
    for note in result.notes:
        say(f"{result.path}: {note}")


def counted(count: int, word: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
