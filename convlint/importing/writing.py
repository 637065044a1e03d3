"""Writes a structure as the text of a native file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convlint.importing.imported import Imported, Unwritten
from convlint.importing.network import TracedNetwork
from convlint.importing.structure import LayerLine, SharedBlock, Structure
from convlint.source.flow_text import flow_text


def written(structure: Structure, network: TracedNetwork, name: str) -> Imported:
    """The file, and what each of its tensors is in the module."""
    text = "\n".join(_lines(structure, network, name)) + "\n"
    sources = {
        ".".join(filter(None, (structure.paths[number], suffix))): source
        for number, node in enumerate(network.nodes)
        if number not in structure.again
        for suffix, source in node.tensors.items()
    }
    unwritten = tuple(item._replace(layer=structure.paths[number]) for number, item in network.unwritten)
    return Imported(text, (*unwritten, *_shared(structure, network)), sources)


def _shared(structure: Structure, network: TracedNetwork) -> Iterator[Unwritten]:
    """Layers whose weights another layer has too, and that are no module once more; in the file they are two."""
    first: dict[int, tuple[str, str]] = {}
    for number, node in enumerate(network.nodes):
        if number in structure.again:
            continue
        path = structure.paths[number]
        for source in node.tensors.values():
            if node.operator == "Constant" or not source.name:
                continue
            name, owner = first.setdefault(id(source.tensor), (source.name, path))
            if owner != path:
                yield Unwritten(path, node.operator, f"it shares {name} with {owner}", "")


def _lines(structure: Structure, network: TracedNetwork, name: str) -> Iterator[str]:
    yield "convlint: 1"
    yield f"name: {flow_text(name)}"
    yield "inputs:"
    for key, shape in network.inputs:
        yield f"  {flow_text(key)}: {flow_text(list(shape))}"
    if structure.blocks:
        yield "blocks:"
        for block in structure.blocks:
            yield from _block_lines(block)
    yield "layers:"
    names = tuple(key for key, _ in network.inputs)
    yield from _rows(structure.rows, names, "  ")
    yield from _output_lines(structure)


def _output_lines(structure: Structure) -> Iterator[str]:
    last = structure.rows[-1].name if structure.rows else ""
    if len(structure.outputs) == 1:
        ((_, target),) = structure.outputs
        if target != last:
            yield f"outputs: {flow_text(target)}"
        return
    named = {key if not key.isdecimal() else f"output{key}": target for key, target in structure.outputs}
    yield f"outputs: {flow_text(named)}"


def _block_lines(block: SharedBlock) -> Iterator[str]:
    yield f"  {flow_text(block.name)}:"
    if block.parameters:
        yield f"    params: {flow_text({key: block.default(key) for key in block.parameters})}"
    if len(block.inputs) > 1:
        yield f"    inputs: {flow_text(list(block.inputs))}"
    yield "    layers:"
    yield from _rows(block.rows, block.inputs, "      ")
    if block.output != block.rows[-1].name:
        yield f"    output: {flow_text(block.output)}"


def _rows(rows: Iterable[LayerLine], inputs: tuple[str, ...], indent: str) -> Iterator[str]:
    above = inputs[0] if len(inputs) == 1 else ""
    for row in rows:
        keys: dict[str, object] = {"name": row.name, **({"share": row.shares} if row.shares else {"op": row.operator})}
        if row.sources and row.sources != (above,):
            keys["from"] = list(row.sources) if len(row.sources) > 1 else row.sources[0]
        keys |= {} if row.shares else row.settings
        if row.repeat > 1:
            keys["repeat"] = row.repeat
        yield f"{indent}- {flow_text(keys)}"
        above = row.name
