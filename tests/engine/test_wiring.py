"""What is said of the graph as a whole: each group of layers that feed each other, once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from convlint.checking import check_source
from convlint.engine.cycles import cycles
from convlint.engine.propagation import execution_order
from convlint.findings import Place
from convlint.model import Graph, Layer, Port
from convlint.source import Source

HEAD = "convlint: 1\ninputs: {image: [3, 32, 32]}\nlayers:\n"


class Nowhere:
    def at(self, key: str, item: int | None = None) -> Place:
        return Place(Source("", ""), 0, 0)

    def span(self) -> Place:
        return self.at("")

    def written(self) -> tuple[str, None]:
        return "", None


def graph(sources: list[list[int]]) -> Graph:
    layers = tuple(
        Layer(str(index), None, (), tuple(Port(source) for source in read), Nowhere())
        for index, read in enumerate(sources)
    )
    return Graph("", ("image",), layers, ())


def reachable(sources: list[list[int]]) -> list[set[int]]:
    """For each layer, those from which data flows into it."""
    above = [set(read) for read in sources]
    for middle in range(len(sources)):
        for one in above:
            if middle in one:
                one |= above[middle]
    return above


WIRINGS = st.integers(1, 9).flatmap(
    lambda count: st.lists(st.lists(st.integers(0, count - 1), max_size=3), min_size=count, max_size=count)
)


@given(WIRINGS)
def test_each_group_is_named_once_by_a_true_cycle(sources: list[list[int]]) -> None:
    network = graph(sources)
    found = cycles(network, execution_order(network)[1])
    above = reachable(sources)
    on_a_cycle = [index for index, read in enumerate(above) if index in read]
    groups = {
        frozenset(other for other in on_a_cycle if other in above[index] and index in above[other])
        for index in on_a_cycle
    }
    assert sorted(cycle[0] for cycle in found) == sorted(min(group) for group in groups)
    for cycle in found:
        assert len(set(cycle)) == len(cycle)
        assert all(one in sources[other] for one, other in zip(cycle, [*cycle[1:], cycle[0]]))


@given(WIRINGS)
def test_layers_on_or_behind_a_cycle_run_last(sources: list[list[int]]) -> None:
    order, blocked = map(list, execution_order(graph(sources)))
    above = reachable(sources)
    assert blocked == [
        index for index, read in enumerate(above) if index in read or any(one in above[one] for one in read)
    ]
    assert sorted(order) == list(range(len(sources)))
    assert order[len(order) - len(blocked) :] == blocked


def test_cycles_apart_from_each_other_are_said_apart() -> None:
    text = HEAD + (
        "  - {name: a, op: Add, from: [image, b]}\n"
        "  - {name: b, op: ReLU}\n"
        "  - {name: c, op: Add, from: [image, d]}\n"
        "  - {name: d, op: ReLU}\n"
        "  - {name: e, op: Add, from: [b, d]}\n"
    )
    found = check_source(Source("a.yaml", text)).findings
    assert [(item.rule.name, item.layer, item.message) for item in found] == [
        ("cycle", "a", "these layers feed each other: a -> b -> a"),
        ("cycle", "c", "these layers feed each other: c -> d -> c"),
    ]


def test_a_long_chain_behind_a_cycle_takes_no_longer_than_its_length() -> None:
    count = 20_000
    sources = [[1], [0], *([index - 1] for index in range(2, count))]
    network = graph(sources)
    assert cycles(network, execution_order(network)[1]) == [[0, 1]]
