"""What is drawn of a network, whatever the format: panels of nodes and edges, with the findings marked."""

from __future__ import annotations

from convlint.domain.values import KnownShape
from convlint.findings import Severity
from convlint.render.text import one_line
from convlint.typed import Literal, NamedTuple

Kind = Literal["input", "layer", "block", "output", "fold"]
Mark = Severity | Literal["added", "removed", "altered"]
"""What a box is marked with: the severity of its worst finding, or what became of it in another version."""


class DrawnNode(NamedTuple):
    """One box: two lines of text, the shapes of its outputs, and what a reader is told who points at it.

    `path` names the layer (`enc1/conv`), and is what the file calls an input or an output. `mark` is what
    it is marked with. `details` are lines.
    """

    kind: Kind
    path: str
    heading: str
    caption: str
    shapes: tuple[KnownShape | None, ...] = (None,)
    mark: Mark | None = None
    details: tuple[str, ...] = ()


class Edge(NamedTuple):
    """Output `output` of one node is read by another; both are places in the list of nodes."""

    source: int
    output: int
    target: int


class Panel(NamedTuple):
    """One graph: a network, or the inside of a block."""

    title: str
    nodes: tuple[DrawnNode, ...]
    edges: tuple[Edge, ...]


class PictureNote(NamedTuple):
    """A finding or a change in one line."""

    mark: Mark
    text: str


class Picture(NamedTuple):
    """All that is drawn of one variant: the network first, then the inside of each kind of block."""

    title: str
    panels: tuple[Panel, ...]
    remarks: tuple[PictureNote, ...]


def edge_text(panel: Panel, edge: Edge) -> str:
    """The shape that an edge carries, `64×128×128`; empty where the source has none."""
    shapes = panel.nodes[edge.source].shapes
    if not shapes:
        return ""
    return size_text(shapes[edge.output] if edge.output < len(shapes) else None)


def size_text(shape: KnownShape | None) -> str:
    """A shape with the sign of multiplication; on one line, as sizes are named by the file."""
    if shape is None:
        return "?"
    sizes = ["?" if size is None else str(size) for size in shape]
    return one_line(("×" if all(size == "?" or size.isdecimal() for size in sizes) else " × ").join(sizes))
