"""From a name that a layer reads to the layer that has it, and back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import compress

from lsprotocol import types

from convlint.findings import Part, Place
from convlint.model import Graph, Port
from convlint.server.documents import Analysis
from convlint.typed import NamedTuple


class ReadingPlace(NamedTuple):
    """A place where the output of a layer is read, and the place of that layer."""

    use: Place
    layer: Place


FindPlaces = Callable[[Analysis, int], list[Place]]
"""From an offset of a text to what is found for it."""


def locations(analysis: Analysis, uri: str, position: types.Position, find: FindPlaces) -> list[types.Location]:
    """What is found for a place in a file, as places for the editor."""
    places = find(analysis, analysis.positions.offset(position))
    return [types.Location(uri, analysis.positions.of(place)) for place in places]


def definitions(analysis: Analysis, offset: int) -> list[Place]:
    """The places of the layers that are read at an offset; none where it names no layer."""
    found = [reading.layer for reading in _readings(analysis) if reading.use.start <= offset <= reading.use.end]
    return list(dict.fromkeys(found))


def references(analysis: Analysis, offset: int) -> list[Place]:
    """The places where the layer is read that stands, or is read, at an offset."""
    return list(_uses(analysis, _pointed_at(analysis, offset)))


def declaration_and_references(analysis: Analysis, offset: int) -> list[Place]:
    """The place of the layer that stands, or is read, at an offset, and those where it is read."""
    layers = _pointed_at(analysis, offset)
    return list(layers | _uses(analysis, layers))


def _pointed_at(analysis: Analysis, offset: int) -> dict[Place, None]:
    """The layers that stand, or are read, at an offset."""
    return dict.fromkeys(reading.layer for reading in _readings(analysis) if _names(reading, offset))


def _uses(analysis: Analysis, layers: Collection[Place]) -> dict[Place, None]:
    """The places where layers are read."""
    return dict.fromkeys(reading.use for reading in _readings(analysis) if reading.layer in layers)


def _names(reading: ReadingPlace, offset: int) -> bool:
    return any(place.start <= offset <= place.end for place in reading)


def _readings(analysis: Analysis) -> Iterator[ReadingPlace]:
    """Every place where a layer is named as the source of another, or as an output of the network."""
    for architecture in analysis.architectures:
        for graph in architecture.graph.with_blocks():
            for layer in graph.layers:
                places = [layer.places.at(Part.SOURCES, number) for number in range(len(layer.sources))]
                named = [place != layer.places.at(Part.LAYER) for place in places]
                yield from _of(graph, compress(zip(places, layer.sources), named))
        yield from _of(architecture.graph, [(output.place, output.port) for output in architecture.outputs])


def _of(graph: Graph, uses: Iterable[tuple[Place, Port | None]]) -> Iterator[ReadingPlace]:
    for place, port in uses:
        if port is not None and port.layer >= 0:
            layer = graph.layers[port.layer].places.at(Part.LAYER)
            if layer != place:  # an output that is not declared stands at its layer
                yield ReadingPlace(place, layer)
