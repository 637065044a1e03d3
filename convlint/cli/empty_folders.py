"""Says where nothing was checked: folders without a network, and files that were all that was named.

A run that checks nothing looks like one that found nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from convlint.cli.linting import STDIN, Outcome
from convlint.cli.settings import FindSettings, settings_of_folder
from convlint.findings import FileResult, Place
from convlint.source.nodes import Source

RULE = "nothing-checked"


def with_empty_folders(outcomes: Iterable[Outcome], paths: Sequence[str], find: FindSettings) -> Iterator[Outcome]:
    """The outcomes, and one more for each named folder without a file that is a network or could not be read."""
    waiting = {os.path.join(os.path.abspath(path), ""): path for path in paths if path != STDIN and os.path.isdir(path)}
    return _with_empty(outcomes, waiting, find) if waiting else iter(outcomes)


def with_empty_files(outcomes: Iterable[Outcome], paths: Sequence[str], find: FindSettings) -> Iterator[Outcome]:
    """The outcomes, and one more where several files are all that was named, and none of them is a network.

    One that is named alone has a finding of its own.
    """
    if len(paths) < 2 or STDIN in paths or any(map(os.path.isdir, paths)):
        return iter(outcomes)
    return _with_empty_files(outcomes, paths, find)


def _with_empty_files(outcomes: Iterable[Outcome], paths: Sequence[str], find: FindSettings) -> Iterator[Outcome]:
    has_seen_any = False
    for outcome in outcomes:
        has_seen_any = has_seen_any or outcome.result.skipped is None or bool(outcome.result.findings)
        yield outcome
    if not has_seen_any:
        yield from _of_empty(paths[0], f"the {len(paths)} files that were named", find)


def _with_empty(outcomes: Iterable[Outcome], waiting: dict[str, str], find: FindSettings) -> Iterator[Outcome]:
    for outcome in outcomes:
        result = outcome.result
        if waiting and (result.skipped is None or result.findings):
            path = os.path.abspath(result.path)
            for folder in [folder for folder in waiting if path.startswith(folder)]:
                del waiting[folder]
        yield outcome
    for path in waiting.values():
        yield from _of_empty(path, path, find)


def _of_empty(path: str, named: str, find: FindSettings) -> Iterator[Outcome]:
    settings = settings_of_folder(find, path)
    rules = settings.options.rules
    if rules is not None and RULE not in rules:
        return
    from convlint.engine.reporting import report

    severity = dict(settings.options.severities).get(RULE)
    finding = report(RULE, Place(Source(path, ""), 0, 0), {"path": named}, severity=severity)
    result = FileResult(path, (finding,), skipped="no architecture was found in it")
    yield Outcome(result, settings.fail_on, settings.baseline)
