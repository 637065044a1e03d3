"""`convlint show --output-format mermaid`: a flowchart for pages that draw Mermaid, such as a README on GitHub."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from convlint.facts import NetworkFacts
from convlint.findings import SEVERITIES, Finding
from convlint.render.drawing.composing import pictures
from convlint.render.drawing.picture import DrawnNode, Panel, edge_text

_SHAPES = {
    "input": ("([", "])"),
    "output": ("([", "])"),
    "layer": ("[", "]"),
    "block": ("[[", "]]"),
    "fold": ("[/", "/]"),
}
_CLASSES = {
    "error": "stroke:#c4161c,stroke-width:3px",
    "warning": "stroke:#9a6700,stroke-width:3px",
    "info": "stroke:#0b6bcb,stroke-width:3px",
}
_SIGNS = {"error": "❗ ", "warning": "⚠ ", "info": "ℹ "}
_PLAIN = frozenset(" _-.,/()[]×=+'⋯…❗⚠ℹ")
_LIST_ITEM = re.compile(r"(\d+[.)]|[-+])(?= )")


def render_mermaid(path: str, networks: Sequence[NetworkFacts], findings: Sequence[Finding]) -> Iterator[str]:
    """One diagram; of several variants, and of the insides of blocks, each is a subgraph."""
    drawn = pictures(path, networks, findings)
    panels = [
        (panel, panel.title or (picture.title if len(drawn) > 1 else ""))
        for picture in drawn
        for panel in picture.panels
    ]
    yield f"---\ntitle: {json.dumps('; '.join(picture.title for picture in drawn), ensure_ascii=False)}\n---\n"
    yield "flowchart TD\n"
    for number, (panel, title) in enumerate(panels):
        yield from _panel(panel, title, f"g{number}")
    marked = {node.mark for panel, _ in panels for node in panel.nodes}
    for severity in SEVERITIES:
        if severity in marked:
            yield f"  classDef {severity} {_CLASSES[severity]}\n"


def _panel(panel: Panel, title: str, name: str) -> Iterator[str]:
    if title:
        yield f'  subgraph {name}["{_escaped(title)}"]\n'
    for number, node in enumerate(panel.nodes):
        yield f"    {name}n{number}{_node(node)}\n"
    for edge in panel.edges:
        text = _escaped(edge_text(panel, edge))
        arrow = f'-- "{text}" -->' if text else "-->"
        yield f"    {name}n{edge.source} {arrow} {name}n{edge.target}\n"
    if title:
        yield "  end\n"


def _node(node: DrawnNode) -> str:
    before, after = _SHAPES[node.kind]
    sign = _SIGNS[node.mark] if node.mark else ""
    caption = f"<br/>{_escaped(node.caption)}" if node.caption else ""
    mark = f":::{node.mark}" if node.mark else ""
    return f'{before}"{_escaped(sign + node.heading)}{caption}"{after}{mark}'


def _escaped(text: str) -> str:
    """The text inside quotes: what Mermaid, Markdown or HTML could take for their own is a character code."""
    item = _LIST_ITEM.match(text)
    sign = item.end() - 1 if item else -1
    return "".join(
        char if number != sign and (char.isalnum() or char in _PLAIN) else f"#{ord(char)};"
        for number, char in enumerate(text)
    )
