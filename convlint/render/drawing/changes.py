"""`convlint diff --output-format svg`: the old network beside the new one, with what changed marked in both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convlint.comparing.changes import Change, Side
from convlint.comparing.difference import ComparedNetwork, Difference
from convlint.findings import Finding, Place, Rule
from convlint.render.difference_words import sentence
from convlint.render.drawing.composing import pictures
from convlint.render.drawing.picture import Mark, Panel, Picture, PictureNote
from convlint.render.drawing.svg import render_beside
from convlint.source.nodes import Source

_NOWHERE = Place(Source("", ""), 0, 0)


def render_svg(difference: Difference) -> Iterator[str]:
    """One document with both networks."""
    changes = difference.changes
    old = _picture(difference.old, [(change, change.old) for change in changes if change.old is not None])
    new = _picture(difference.new, [(change, change.new) for change in changes if change.new is not None])
    return render_beside([old, new])


def _picture(network: ComparedNetwork, changed: Sequence[tuple[Change, Side]]) -> Picture:
    findings = [_finding(change, side) for change, side in changed]
    (picture,) = pictures(network.path, [network.facts], findings)
    marks = {side.layer: _mark(change) for change, side in changed}
    remarks = tuple([PictureNote(_mark(change), sentence(change)) for change, _ in changed])
    return picture._replace(panels=tuple([_marked(panel, marks) for panel in picture.panels]), remarks=remarks)


def _mark(change: Change) -> Mark:
    return change.change if change.change in ("added", "removed") else "altered"


def _finding(change: Change, side: Side) -> Finding:
    """A change in the form in which pictures take what is said of a layer."""
    rule = Rule(change.change, "", "info", "", "", "")
    return Finding(rule, sentence(change), _NOWHERE, "info", layer=side.layer)


def _marked(panel: Panel, marks: dict[str, Mark]) -> Panel:
    """The panel with the marks of changes in place of those of findings; around a change inside a block, `altered`."""
    nodes = [node if node.mark is None else node._replace(mark=marks.get(node.path, "altered")) for node in panel.nodes]
    return panel._replace(nodes=tuple(nodes))
