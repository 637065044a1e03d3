"""What can be done about findings: their fixes, a comment that ignores one, and all safe fixes at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import accumulate

from lsprotocol import types

from convlint.findings import Edit, Finding
from convlint.selection.added_ignores import ignoring_edits
from convlint.server.diagnostics import diagnostic
from convlint.server.documents import Analysis

FIX_ALL = "source.fixAll.convlint"
KINDS: tuple[str, ...] = (types.CodeActionKind.QuickFix, FIX_ALL)


def actions(
    analysis: Analysis, uri: str, wanted: types.Range, only: Iterable[str] | None = None
) -> list[types.CodeAction]:
    """The actions for the findings in a range, of the kinds that were asked for (None: all that a person asks for)."""
    return list(_actions(analysis, uri, wanted, only))


def _actions(
    analysis: Analysis, uri: str, wanted: types.Range, only: Iterable[str] | None
) -> Iterator[types.CodeAction]:
    if _is_asked(types.CodeActionKind.QuickFix, only):
        start, end = analysis.positions.offset(wanted.start), analysis.positions.offset(wanted.end)
        touched = [item for item in analysis.findings if item.place.start <= end and start <= item.place.end]
        if touched:
            touched = [item for item in analysis.mended.findings if item.place.start <= end and start <= item.place.end]
        yield from _fixes(analysis, uri, touched)
        yield from _ignores(analysis, uri, touched)
    if only is not None and _is_asked(FIX_ALL, only):
        edits = list(_differences(analysis.source.text, analysis.fixed_text()))
        if edits:
            title = "Apply all safe fixes of convlint"
            yield types.CodeAction(title, FIX_ALL, edit=_workspace_edit(analysis, uri, edits))


def _is_asked(kind: str, only: Iterable[str] | None) -> bool:
    """Whether a kind is one of those asked for; `source` stands for `source.fixAll` and so on."""
    return only is None or any(kind == asked or kind.startswith(f"{asked}.") for asked in only)


def _fixes(analysis: Analysis, uri: str, findings: Iterable[Finding]) -> Iterator[types.CodeAction]:
    for finding in findings:
        if finding.fix is not None:
            yield types.CodeAction(
                finding.fix.title[:1].upper() + finding.fix.title[1:],
                types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic(finding, analysis, uri)],
                is_preferred=finding.fix.safe,
                edit=_workspace_edit(analysis, uri, finding.fix.edits),
            )


def _ignores(analysis: Analysis, uri: str, findings: Iterable[Finding]) -> Iterator[types.CodeAction]:
    for finding in findings:
        edits, left = ignoring_edits(analysis.comments, [finding])
        if not left:
            yield types.CodeAction(
                f"Ignore {finding.rule.name} here, with a comment",
                types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic(finding, analysis, uri)],
                edit=_workspace_edit(analysis, uri, edits),
            )


def _differences(before: str, after: str) -> Iterator[Edit]:
    """What turns one text into the other, line by line, so that a cursor elsewhere stays."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, old))]
    for tag, first, last, begin, end in SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            yield Edit(starts[first], starts[last], "".join(new[begin:end]))


def _workspace_edit(analysis: Analysis, uri: str, edits: Iterable[Edit]) -> types.WorkspaceEdit:
    changes = [types.TextEdit(analysis.positions.span(edit.start, edit.end), edit.text) for edit in edits]
    return types.WorkspaceEdit(changes={uri: changes})
