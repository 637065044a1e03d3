"""The layers of a graph as they are compared: what each is and is given, whatever its number, its place and its format.

Two rows are alike if they have the same operator and are given the same; what is inferred from their inputs counts
nothing, for a change above them would change them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convlint.catalogue import lookup
from convlint.dialects.native.keys import LAYER_KEYS
from convlint.findings import Part
from convlint.model import Graph, Layer, Learned, Port
from convlint.source.nodes import plain_data
from convlint.typed import NamedTuple

_DEEPEST = 64


class ComparedLayer(NamedTuple):
    """One layer: its number, the name that the file gives it ("" where it has none), and what it is.

    `given` is what the file gives it, `built` what it is built with as far as the file decides that; `key` is equal for
    rows that are alike, and `inside` is the graph of a block.
    """

    number: int
    layer: Layer
    name: str
    operator: str
    given: Mapping[str, object]
    built: Mapping[str, object]
    key: str
    inside: Graph | None

    @property
    def text(self) -> str:
        """What it is and reads as a text, which orders rows whatever they are compared with."""
        return repr((self.operator, self.name, _listed(self.given), _listed(self.built), self.sources))

    @property
    def sources(self) -> tuple[Port | None, ...]:
        """What it reads."""
        return self.layer.sources


class Forms:
    """Numbers for what rows and blocks are: equal for equal ones, in both architectures that are compared."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._graphs: dict[int, tuple[Graph, int]] = {}

    def number(self, text: str) -> int:
        """The number of a text."""
        return self._numbers.setdefault(text, len(self._numbers))

    def of_graph(self, graph: Graph, depth: int = 0) -> int:
        """The number of what a block holds."""
        known = self._graphs.get(id(graph))
        if known is None:
            layers = [self._inside(layer, depth) for layer in graph.layers] if depth <= _DEEPEST else []
            number = self.number(repr((len(graph.inputs), layers, graph.outputs)))
            known = self._graphs[id(graph)] = (graph, number)  # a graph that is kept keeps its id
        return known[1]

    def _inside(self, layer: Layer, depth: int) -> tuple[object, ...]:
        if isinstance(layer.operator, Graph):
            return layer.name, self.of_graph(layer.operator, depth + 1), layer.repeat, layer.sources, layer.shares
        return layer.name, operator_of(layer), _listed(_given(layer)), layer.sources, layer.shares


def rows_of(graph: Graph, forms: Forms) -> list[ComparedLayer]:
    """The layers of a graph in the order of the file."""
    return [_row(graph, index, layer, forms) for index, layer in enumerate(graph.layers)]


def _row(graph: Graph, index: int, layer: Layer, forms: Forms) -> ComparedLayer:
    operator, given, built = operator_of(layer), _given(layer), _built(layer)
    is_shared = layer.shares is not None
    name = layer.name if layer.name != str(index) else ""
    inside = layer.operator if isinstance(layer.operator, Graph) else None
    if inside is None:
        key = repr((operator, _listed(given), _listed(built), is_shared))
    else:
        key = repr((forms.of_graph(inside), layer.repeat, is_shared))
    if layer.shares is not None:
        given["share"] = graph.layers[layer.shares].name
    return ComparedLayer(index, layer, name, operator, given, built, key, inside)


def operator_of(layer: Layer) -> str:
    """What the file calls the operator of a layer."""
    if layer.label:
        return layer.label
    if isinstance(layer.operator, (Graph, Learned)):
        return layer.operator.name
    if layer.operator is not None:
        return layer.operator
    place = layer.places.at(Part.OPERATOR)
    return place.source.text[place.start : place.end].strip("\"' ") or "?"


def _given(layer: Layer) -> dict[str, object]:
    repeats = {"repeat": layer.repeat} if layer.repeat != 1 else {}
    if layer.given is not None:
        return dict(layer.given) if _names_repeats(layer.given) else {**dict(layer.given), **repeats}
    if isinstance(layer.operator, str):
        return {**_parameters(layer), **repeats}
    node = layer.places.written()[1]
    written = plain_data(node) if node is not None else {}
    return {str(key): value for key, value in written.items() if key not in LAYER_KEYS} | repeats


def _names_repeats(given: Sequence[tuple[str, object]]) -> bool:
    """Whether a format counts copies among what it gives, so that those which are built say nothing new."""
    return any(name == "repeats" for name, _ in given)


def _built(layer: Layer) -> dict[str, object]:
    """The parameters with which a row is built, as far as the file gives them."""
    if layer.given is None or not isinstance(layer.operator, str):
        return {}
    names = {name for name, _ in layer.given}
    built = {name: value for name, value in _parameters(layer).items() if name in names}
    return {**built, **({"repeats": layer.repeat} if "repeats" in names else {})}


def _parameters(layer: Layer) -> dict[str, object]:
    """The parameters by name, without those that follow from the inputs."""
    declared = lookup.operator(str(layer.operator))
    if declared is None:
        return {}
    return {
        parameter.name: value
        for parameter, value in zip(declared.parameters, layer.parameters)
        if parameter.infer is None
    }


def _listed(values: Mapping[str, object]) -> list[tuple[str, object]]:
    return sorted(values.items(), key=lambda item: item[0])
