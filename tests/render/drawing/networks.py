"""Facts and panels of small networks, written by hand or drawn at random."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from convlint.domain.values import KnownShape
from convlint.facts import LayerFacts, NetworkFacts
from convlint.findings import Finding, Place, Rule, Severity
from convlint.model import Port
from convlint.render.drawing.picture import DrawnNode, Edge, Panel
from convlint.source.nodes import Source

PLACE = Place(Source("a.yaml", "layers: []\n"), 0, 6)


def layer(number: int, name: str, sources: Sequence[tuple[str, Port | None]], *shapes: KnownShape | None) -> LayerFacts:
    """A layer that reads (name, port) of others."""
    names, ports = tuple(source for source, _ in sources), tuple(port for _, port in sources)
    return LayerFacts(number, name, "Op", names, shapes or None, 0, 0, None, PLACE, path=name, ports=ports)


def chain(*names: str, shape: KnownShape = (8, 32, 32)) -> NetworkFacts:
    """Layers of one shape, each of which reads the one before; the first reads the input `image`."""
    before = ("image", *names)
    layers = [layer(k, name, [(before[k], Port(k - 1))], shape) for k, name in enumerate(names)]
    return NetworkFacts(None, (("image", shape),), tuple(layers), 0, 0, results=(("", Port(len(names) - 1)),))


def finding(layer_name: str | None, severity: Severity = "error", message: str = "does not fit") -> Finding:
    """A finding of the rule `some-rule`."""
    return Finding(Rule("some-rule", "CL999", severity, "g", "", ""), message, PLACE, severity, layer=layer_name)


def _shape(channels: int, level: int | None) -> KnownShape | None:
    return None if level is None else (channels, 256 >> level, 256 >> level)


SHAPES = st.builds(_shape, st.sampled_from([1, 64, 1024]), st.one_of(st.none(), st.integers(0, 4)))


@st.composite
def panels(draw: st.DrawFn, most: int = 24) -> Panel:
    """Any graph: branches, skips, merges, several outputs of a node, loose ends, and now and then a cycle."""
    count = draw(st.integers(1, most))
    nodes = []
    for number in range(count):
        shapes = tuple(draw(st.lists(SHAPES, min_size=1, max_size=2)))
        nodes.append(
            DrawnNode("layer", f"n{number}", f"n{number}", draw(st.sampled_from(["Op", "LongOperatorName"])), shapes)
        )
    edges = []
    for target in range(count):
        nearest = max(0, target - draw(st.sampled_from([1, 3, most])))
        reach = st.integers(nearest, max(nearest, target - 1))
        for source in draw(st.lists(reach, max_size=3, unique=True)) if target else ():
            edges.append(Edge(source, draw(st.integers(0, len(nodes[source].shapes) - 1)), target))
    if draw(st.integers(0, 9)) == 0:
        edges.append(Edge(draw(st.integers(0, count - 1)), 0, draw(st.integers(0, count - 1))))
    return Panel("", tuple(nodes), tuple(edges))
