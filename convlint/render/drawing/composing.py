"""From the facts of a network to what is drawn of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from convlint.domain.values import KnownShape
from convlint.facts import LayerFacts, NetworkFacts
from convlint.findings import SEVERITIES, Finding, Severity
from convlint.model import Port
from convlint.render.drawing.folding import folded
from convlint.render.drawing.picture import DrawnNode, Edge, Kind, Panel, Picture, PictureNote, size_text
from convlint.render.table import title
from convlint.render.text import one_line
from convlint.typed import Literal, NamedTuple


def pictures(path: str, networks: Sequence[NetworkFacts], findings: Sequence[Finding]) -> list[Picture]:
    """A picture of each variant of a file."""
    return [_picture(path, network, findings) for network in networks]


def _picture(path: str, network: NetworkFacts, findings: Sequence[Finding]) -> Picture:
    own = [one for one in findings if not one.variants or network.variant in one.variants]
    marks = _Marks(own)
    main = _network_panel(network, marks)
    given = tuple(shape for _, shape in network.inputs)
    insets = [_inset(block, marks) for block in _shown_blocks(network.layers, given, marks)]
    return Picture(title(path, network), (main, *insets), tuple(_remark(finding) for finding in own))


def _remark(finding: Finding) -> PictureNote:
    layer = "" if finding.layer is None else f"{finding.layer}: "
    return PictureNote(finding.severity, one_line(f"{layer}{finding.rule.name}: {finding.message}"))


# --- findings


class _Marks:
    """The findings of a network by the layers that they are about."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._at: dict[str, list[Finding]] = {}
        for finding in findings:
            path = _plain(finding.layer or "")
            for end in re.finditer(r"[/.]|$", path):  # blocks end with a slash, modules inside modules with a dot
                self._at.setdefault(path[: end.start()], []).append(finding)

    def of(self, row: LayerFacts) -> list[Finding]:
        """The findings of a layer and of what is inside it."""
        return self._at.get(_plain(row.path or row.name), [])


def _plain(path: str) -> str:
    """A path without the numbers of copies: `enc1[1..3]/conv` is `enc1/conv`."""
    return re.sub(r"\[\d+(?:\.\.\d+)?\](?=/|$)", "", path)


def _worst(findings: Sequence[Finding]) -> Severity | None:
    return min((finding.severity for finding in findings), key=SEVERITIES.index, default=None)


# --- panels


def _network_panel(network: NetworkFacts, marks: _Marks) -> Panel:
    inputs = [_end("input", name, (shape,)) for name, shape in network.inputs]
    results = [(name or _numbered(place, network.results), port) for place, (name, port) in enumerate(network.results)]
    return _panel("", inputs, network.layers, results, marks)


def _numbered(place: int, results: Sequence[object]) -> str:
    return f"output {place}" if len(results) > 1 else "output"


def _end(kind: Literal["input", "output"], name: str, shapes: tuple[KnownShape | None, ...]) -> DrawnNode:
    """An input or an output, whose kind is only said where its name does not say it."""
    heading = one_line(name)
    return DrawnNode(kind, heading, heading, "" if kind in heading.split() else kind, shapes)


def _inset(block: _Block, marks: _Marks) -> Panel:
    """The inside of a block, of its first copy."""
    row = block.row
    rows = _first_copy(row.layers)
    inputs = [_end("input", name, (shape,)) for name, shape in zip(_input_names(rows), block.given)]
    results = [(_numbered(place, row.results), port) for place, port in enumerate(row.results)]
    return _panel(one_line(f"{row.operator}, as in {row.path}"), inputs, rows, results, marks)


def _first_copy(rows: Sequence[LayerFacts]) -> Sequence[LayerFacts]:
    ends = [place for place, row in enumerate(rows) if place and row.number == 0]
    return rows[: ends[0]] if ends else rows


def _input_names(rows: Sequence[LayerFacts]) -> list[str]:
    names: dict[int, str] = {}
    for row in rows:
        for source, port in zip(row.sources, row.ports):
            if port is not None and port.layer < 0:
                names.setdefault(-1 - port.layer, source)
    return [names.get(number, f"input {number}") for number in range(max(names, default=-1) + 1)]


def _panel(
    heading: str,
    inputs: Sequence[DrawnNode],
    rows: Sequence[LayerFacts],
    results: Sequence[tuple[str, Port | None]],
    marks: _Marks,
) -> Panel:
    layers = [_layer_node(row, marks.of(row)) for row in rows]
    outputs = [_end("output", name, ()) for name, port in results if port is not None]
    nodes = (*inputs, *layers, *outputs)
    ports = [(len(inputs) + place, port) for place, row in enumerate(rows) for port in row.ports]
    found = [port for _, port in results if port is not None]
    ports += [(len(inputs) + len(rows) + place, port) for place, port in enumerate(found)]
    return folded(Panel(heading, nodes, tuple(_edges(ports, len(inputs), len(rows)))))


def _edges(ports: Sequence[tuple[int, Port | None]], inputs: int, rows: int) -> Iterator[Edge]:
    for target, port in ports:
        if port is None or not -inputs <= port.layer < rows:
            continue
        source = port.layer + inputs if port.layer >= 0 else -1 - port.layer
        yield Edge(source, port.output, target)


def _layer_node(row: LayerFacts, findings: Sequence[Finding]) -> DrawnNode:
    shapes = row.outputs or (None,)
    kind: Kind = "block" if row.results else "layer"
    heading, caption = (row.title, row.name) if row.name.isdecimal() else (row.name, row.title)
    copies = f" ×{row.repeat}" if row.repeat > 1 else ""
    arguments = f" {row.arguments}" if row.arguments and row.arguments != "[]" else ""
    caption = one_line(caption + copies + arguments)
    path = one_line(row.path or row.name)
    return DrawnNode(kind, path, one_line(heading), caption, shapes, _worst(findings), _details(row, findings))


def _details(row: LayerFacts, findings: Sequence[Finding]) -> tuple[str, ...]:
    shapes = ", ".join(map(size_text, row.outputs or (None,)))
    counts = "" if row.parameters is None else f", {row.parameters:,} parameters"
    lines = [f"{row.path or row.name}: {row.title}", f"from {', '.join(row.sources) or 'nothing'}"]
    lines.append(f"output {shapes}{counts}")
    lines += [f"{finding.severity}: {finding.rule.name}: {finding.message}" for finding in findings]
    return tuple(map(one_line, lines))


class _Block(NamedTuple):
    """A row whose inside is known, and the shapes that it is given."""

    row: LayerFacts
    given: tuple[KnownShape | None, ...]


def _shown_blocks(rows: Sequence[LayerFacts], given: Sequence[KnownShape | None], marks: _Marks) -> list[_Block]:
    """One row for each kind of block whose inside is known; where there is a choice, one with findings."""
    chosen: dict[str, _Block] = {}
    for block in _opened(rows, given):
        known = chosen.get(block.row.operator)
        if known is None or (marks.of(block.row) and not marks.of(known.row)):
            chosen[block.row.operator] = block
    return list(chosen.values())


def _opened(rows: Sequence[LayerFacts], given: Sequence[KnownShape | None]) -> Iterator[_Block]:
    for row in rows:
        if row.layers:
            block = _Block(row, tuple(_shape_at(port, rows, given) for port in row.ports))
            yield block
            yield from _opened(_first_copy(row.layers), block.given)


def _shape_at(port: Port | None, rows: Sequence[LayerFacts], given: Sequence[KnownShape | None]) -> KnownShape | None:
    if port is None:
        return None
    shapes: Sequence[KnownShape | None] = given[-1 - port.layer :] if port.layer < 0 else rows[port.layer].outputs or ()
    return shapes[port.output] if port.output < len(shapes) else None
