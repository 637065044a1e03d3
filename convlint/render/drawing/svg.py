"""`convlint show --output-format svg`: a picture that needs no other program, for light and dark pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from convlint.facts import NetworkFacts
from convlint.findings import SEVERITIES, Finding
from convlint.render.drawing.composing import pictures
from convlint.render.drawing.geometry import CAPTION, HEADING, LABEL, Box, Layout, Polyline, layout
from convlint.render.drawing.lettering import text_width, wrapped
from convlint.render.drawing.levels import Role
from convlint.render.drawing.picture import DrawnNode, Mark, Panel, Picture
from convlint.render.drawing.shades import style
from convlint.typed import NamedTuple

_MARGIN = 16.0
_LINE_HEIGHT = 16.0
_ROUND = 6.0
_SHELF = 900.0
"""Pixels beside each other after which the insides of blocks go on below."""
_NARROWEST = 360.0
_MOST_REMARKS = 12
_SIGNS = {"error": "!", "warning": "!", "info": "i", "added": "+", "removed": "-", "altered": "~"}


class _Placed(NamedTuple):
    panel: Panel
    layout: Layout
    x: float
    y: float


def render_svg(path: str, networks: Sequence[NetworkFacts], findings: Sequence[Finding]) -> Iterator[str]:
    """One document with a picture of every variant, below each other; it is ASCII, whatever the names."""
    return render_pictures(pictures(path, networks, findings))


def render_pictures(drawn: Sequence[Picture]) -> Iterator[str]:
    """One document with some pictures below each other; it is ASCII, whatever the names."""
    body: list[str] = []
    width, y = _NARROWEST, _MARGIN
    for picture in drawn:
        pieces, right, y = _picture(picture, y)
        body += pieces
        width = max(width, right + _MARGIN)
    return _document(drawn, body, width, y)


def render_beside(drawn: Sequence[Picture]) -> Iterator[str]:
    """One document with some pictures beside each other, to be compared; it is ASCII, whatever the names."""
    body: list[str] = []
    x, height = 0.0, 0.0
    for picture in drawn:
        pieces, right, bottom = _picture(picture, _MARGIN)
        body += [f'<g transform="translate({_px(x)} 0)">\n', *pieces, "</g>\n"]
        x += right + _MARGIN
        height = max(height, bottom)
    return _document(drawn, body, x, height)


def _document(drawn: Sequence[Picture], body: Sequence[str], width: float, height: float) -> Iterator[str]:
    paper = f'<rect class="paper" width="{_px(width)}" height="{_px(height)}"/>\n'
    for piece in (*_head(drawn, width, height), paper, *body, "</svg>\n"):
        yield piece.encode("ascii", "xmlcharrefreplace").decode()


def _head(drawn: Sequence[Picture], width: float, height: float) -> Iterator[str]:
    size = f'width="{_px(width)}" height="{_px(height)}" viewBox="0 0 {_px(width)} {_px(height)}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">\n'
    yield f'<title id="title">{escape("; ".join(picture.title for picture in drawn))}</title>\n'
    yield f'<desc id="desc">{escape(" ".join(map(_described, drawn)))}</desc>\n'
    yield f"<style>{style(HEADING, CAPTION, LABEL)}</style>\n"
    for name in ("arrow", "skip-arrow"):
        marker = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"'
        yield f'<marker id="{name}" class="{name}" {marker}><path d="M0 .5 8 4 0 7.5z"/></marker>\n'


def _described(picture: Picture) -> str:
    main = picture.panels[0]
    layers = [node for node in main.nodes if node.kind not in ("input", "output")]
    marked = [f"{node.path} {_said(node.mark)}" for node in layers if node.mark]
    text = f"{_counted(len(layers), 'layer')} and {_counted(len(main.edges), 'connection')}"
    return f"{text}; {', '.join(marked) or 'no layer has findings'}."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _said(mark: Mark) -> str:
    if mark in SEVERITIES:
        return f"has {'a' if mark == 'warning' else 'an'} {mark}"
    return f"is {mark}"


def _picture(picture: Picture, top: float) -> tuple[list[str], float, float]:
    """(pieces, right border, lower border) of one variant."""
    placed = _shelved(picture.panels)
    right = max((one.x + one.layout.width for one in placed), default=0.0)
    right = max(right, _NARROWEST - _MARGIN)
    pieces: list[str] = []
    for line in wrapped(picture.title, HEADING, right - _MARGIN, bold=True):
        top += _LINE_HEIGHT
        pieces.append(_text("title", _MARGIN, top - 4, line))
    top += _MARGIN / 2
    for one in placed:
        pieces += _panel(one._replace(y=one.y + top))
    bottom = top + max((one.y + one.layout.height for one in placed), default=0.0) + _MARGIN
    for mark, text in _remarks(picture):
        for line in wrapped(text, CAPTION, right - _MARGIN):
            pieces.append(_text(f"remark {mark}", _MARGIN, bottom + 10, line))
            bottom += _LINE_HEIGHT
    return pieces, right, bottom + _MARGIN


def _remarks(picture: Picture) -> Iterator[tuple[str, str]]:
    """(mark, text) of the findings or changes, the first of many."""
    for remark in picture.remarks[:_MOST_REMARKS]:
        said = f"{remark.mark}:" if remark.mark in SEVERITIES else _SIGNS[remark.mark]
        yield remark.mark, f"{said} {remark.text}"
    left = len(picture.remarks) - _MOST_REMARKS
    if left > 0:
        yield "more", f"and {left} more"


def _shelved(panels: Sequence[Panel]) -> list[_Placed]:
    """The network and the insides of its blocks, beside each other as far as there is room, and below each other."""
    placed: list[_Placed] = []
    x, y, lowest = _MARGIN, 0.0, 0.0
    for panel in panels:
        laid = layout(panel)
        width = max(laid.width, text_width(panel.title, CAPTION))
        if placed and x + width > _SHELF:
            x, y = _MARGIN, lowest + _MARGIN
        head = _LINE_HEIGHT if panel.title else 0.0
        placed.append(_Placed(panel, laid, x, y + head))
        lowest = max(lowest, y + head + laid.height)
        x += width + 2 * _MARGIN
    return placed


def _panel(one: _Placed) -> Iterator[str]:
    if one.panel.title:
        yield _text("inset", one.x, one.y - 4, one.panel.title)
    yield f'<g transform="translate({_px(one.x)} {_px(one.y)})">\n'
    for number, (top, height) in enumerate(one.layout.bands):
        shade = "band odd" if number % 2 else "band"
        yield f'<rect class="{shade}" y="{_px(top)}" width="{_px(one.layout.width)}" height="{_px(height)}"/>\n'
    for edge, line in zip(one.panel.edges, one.layout.lines):
        ends = (one.panel.nodes[edge.source].path, one.panel.nodes[edge.target].path)
        yield _line(line, *ends)
    for label in one.layout.labels:
        yield _text("shape", label.x, label.y, label.text)
    for node, box, role in zip(one.panel.nodes, one.layout.boxes, one.layout.roles):
        yield from _node(node, box, role)
    yield "</g>\n"


def _line(line: Polyline, source: str, target: str) -> str:
    kind, arrow = ("edge skip", "skip-arrow") if line.skips else ("edge", "arrow")
    ends = f"data-from={quoteattr(source)} data-to={quoteattr(target)}"
    return f'<path class="{kind}" {ends} d="{_rounded(line.corners)}" marker-end="url(#{arrow})"/>\n'


def _rounded(corners: Sequence[tuple[float, float]]) -> str:
    """A path with round corners."""
    kept = [corner for number, corner in enumerate(corners) if not number or corner != corners[number - 1]]
    parts = [f"M{_px(kept[0][0])} {_px(kept[0][1])}"]
    for before, corner, after in zip(kept, kept[1:], kept[2:]):
        near, far = _towards(corner, before), _towards(corner, after)
        parts.append(f"L{_px(near[0])} {_px(near[1])}Q{_px(corner[0])} {_px(corner[1])} {_px(far[0])} {_px(far[1])}")
    parts.append(f"L{_px(kept[-1][0])} {_px(kept[-1][1])}")
    return "".join(parts)


def _towards(corner: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """The point of a line where the bend around its corner begins; lines run along the axes."""
    length = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    part = min(_ROUND, length / 2) / length
    return corner[0] + (other[0] - corner[0]) * part, corner[1] + (other[1] - corner[1]) * part


def _node(node: DrawnNode, box: Box, role: Role) -> Iterator[str]:
    classes = " ".join(filter(None, ("node", node.kind, role, node.mark)))
    yield f'<g class="{classes}" data-layer={quoteattr(node.path)}>'
    if node.details:
        yield f"<title>{escape(chr(10).join(node.details))}</title>"
    radius = box.height / 2 if node.kind in ("input", "output") else 5
    place = f'x="{_px(box.x)}" y="{_px(box.y)}" width="{_px(box.width)}" height="{_px(box.height)}" rx="{_px(radius)}"'
    yield f"<rect {place}/>"
    middle = box.x + box.width / 2
    yield _text("heading", middle, box.y + (16 if box.caption else 22), box.heading).rstrip()
    if box.caption:
        yield _text("caption", middle, box.y + 29, box.caption).rstrip()
    if node.mark:
        x, y = box.x + box.width - 4, box.y + 4
        yield f'<circle class="mark" cx="{_px(x)}" cy="{_px(y)}" r="7"/>'
        yield _text("mark-sign", x, y + 4, _SIGNS[node.mark]).rstrip()
    yield "</g>\n"


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{_px(x)}" y="{_px(y)}">{escape(text)}</text>\n'


def _px(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
