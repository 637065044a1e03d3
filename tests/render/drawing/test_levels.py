"""The height of a layer: what halves a map, and what only looks as if it did."""

from __future__ import annotations

import pytest

from convlint.domain.values import KnownShape
from convlint.render.drawing.levels import drawing_order, node_levels, node_roles
from convlint.render.drawing.picture import DrawnNode, Edge, Panel


def _chain(*shapes: KnownShape | None) -> Panel:
    nodes = tuple(DrawnNode("layer", f"n{number}", "", "", (shape,)) for number, shape in enumerate(shapes))
    return Panel("", nodes, tuple(Edge(number, 0, number + 1) for number in range(len(nodes) - 1)))


def _levels(panel: Panel) -> list[int]:
    return node_levels(panel, drawing_order(len(panel.nodes), panel.edges))


@pytest.mark.parametrize(
    ("shapes", "levels"),
    [
        ([(3, 64, 64), (8, 32, 32), (8, 16, 16), (8, 32, 32)], [0, 1, 2, 1]),
        ([(3, 224, 224), (64, 14, 14)], [0, 4]),
        ([(1, 572, 572), (64, 568, 568), (64, 392, 392), (64, 284, 284)], [0, 0, 0, 0]),  # borders and crops
        ([(1, 572, 572), (64, 568, 568), (64, 284, 284)], [0, 0, 1]),
        ([(8, 5, 5), (8, 3, 3)], [0, 1]),  # stride 2 on a small map
        ([(8, 16, 16), (8, 1, 1), (8,), (10,)], [0, 0, 0, 0]),  # pooled to a pixel, features
        ([(100, 1, 1), (64, 4, 4), (32, 8, 8)], [1, 1, 0]),  # features that a map is made of
        ([(3, 224, 224), (384, 14, 14), (384, 196), (196, 384), (196, 768)], [0, 4, 4, 4, 4]),  # tokens
        ([(2, 1000), (4, 500), (8, 250)], [0, 1, 2]),  # sound
        ([(80, 300), (300, 80), (300, 512)], [0, 0, 0]),  # steps and features change places
        ([(3, 64, 64), None, (8, 16, 16)], [0, 0, 2]),  # unknown
        ([None, (8, 16, 16), (8, 8, 8)], [0, 0, 1]),
        ([(3, 2**2000, 2**2000), (3, 2**1999, 2**1999)], [0, 1]),
    ],
)
def test_levels(shapes: list[KnownShape | None], levels: list[int]) -> None:
    found = _levels(_chain(*shapes))
    assert [level - min(found) for level in found] == levels


def test_a_merge_has_the_level_of_the_input_that_it_keeps_the_size_of() -> None:
    panel = _chain((8, 64, 64), (8, 32, 32), (8, 64, 64))
    assert _levels(panel._replace(edges=(Edge(0, 0, 1), Edge(1, 0, 2), Edge(0, 0, 2)))) == [0, 1, 0]


def test_roles() -> None:
    panel = _chain((8, 64, 64), (8, 32, 32), (8, 32, 32), (8, 64, 64), (16, 64, 64), (16, 1, 1))
    panel = panel._replace(edges=(*panel.edges, Edge(0, 0, 4)))
    assert node_roles(panel, _levels(panel)) == ("", "down", "", "up", "merge", "down")


def test_every_node_is_drawn_after_those_that_it_reads() -> None:
    assert drawing_order(4, [Edge(3, 0, 0), Edge(0, 0, 1), Edge(2, 0, 1)]) == [2, 3, 0, 1]
    assert drawing_order(3, [Edge(0, 0, 1), Edge(1, 0, 0), Edge(1, 0, 2)]) == [0, 1, 2]
