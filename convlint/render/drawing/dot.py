"""`convlint show --output-format dot`: the graph in the language of Graphviz, which lays it out itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convlint.facts import NetworkFacts
from convlint.findings import Finding
from convlint.render.drawing.composing import pictures
from convlint.render.drawing.picture import DrawnNode, Panel, edge_text

_STYLES = {
    "input": "rounded,filled",
    "output": "rounded,filled",
    "layer": "filled",
    "block": "filled,bold",
    "fold": "filled,dashed",
}
_FILLS = {"input": "#f4f6f8", "output": "#f4f6f8", "layer": "#ffffff", "block": "#eef1f4", "fold": "#ffffff"}
_COLOURS = {"error": "#c4161c", "warning": "#9a6700", "info": "#0b6bcb"}


def render_dot(path: str, networks: Sequence[NetworkFacts], findings: Sequence[Finding]) -> Iterator[str]:
    """One graph; of several variants, and of the insides of blocks, each is a cluster."""
    drawn = pictures(path, networks, findings)
    panels = [
        (panel, panel.title or (picture.title if len(drawn) > 1 else ""))
        for picture in drawn
        for panel in picture.panels
    ]
    yield f"digraph {_quoted('; '.join(picture.title for picture in drawn))} {{\n"
    yield '  node [shape=box, fontname="Helvetica", fontsize=11]\n'
    yield '  edge [fontname="Helvetica", fontsize=9]\n'
    for number, (panel, title) in enumerate(panels):
        yield from _panel(panel, title, f"g{number}")
    yield "}\n"


def _panel(panel: Panel, title: str, name: str) -> Iterator[str]:
    if title:
        yield f"  subgraph cluster_{name} {{\n    label={_quoted(title)}\n"
    for number, node in enumerate(panel.nodes):
        yield f"    {name}n{number} [{_attributes(node)}]\n"
    for edge in panel.edges:
        text = edge_text(panel, edge)
        label = f" [label={_quoted(text)}]" if text else ""
        yield f"    {name}n{edge.source} -> {name}n{edge.target}{label}\n"
    if title:
        yield "  }\n"


def _attributes(node: DrawnNode) -> str:
    lines = filter(None, (node.heading, node.caption))
    attributes = [f"label={_quoted(*lines)}", f'style="{_STYLES[node.kind]}"', f'fillcolor="{_FILLS[node.kind]}"']
    if node.mark:
        attributes += [f'color="{_COLOURS[node.mark]}"', "penwidth=3", f'class="{node.mark}"']
    if node.details:
        attributes.append(f"tooltip={_quoted(*node.details)}")
    return ", ".join(attributes)


def _quoted(*lines: str) -> str:
    """Lines as one string of the language, in which neither escapes nor HTML entities are left."""
    escaped = (line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
