"""Writes blocks that were learned from Python as a native file, which uses each class that was asked for once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convlint.learned.blocks import Declarations, Declared, LearnedBlock, Line
from convlint.source.flow_text import flow_text


def native_file(found: Declarations) -> str:
    """The text of the file."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Declarations) -> Iterator[str]:
    yield "# Learned from Python source, which was read and not run."
    for item in found.classes:
        yield from _unfollowed(item)
    used = [item for item in found.classes if item.line is not None]
    if not used:
        return
    yield "convlint: 1"
    names = [_input_names(item, len(used)) for item in used]
    yield "inputs:"
    for item, inputs in zip(used, names):
        for name, shape in zip(inputs, item.inputs):
            yield f"  {flow_text(name)}: {flow_text(list(shape) if isinstance(shape, tuple) else None)}"
    yield "blocks:"
    for block in found.blocks:
        yield from _block(block)
    yield "layers:"
    for item, inputs in zip(used, names):
        yield from _use(item, inputs)
    if len(used) > 1:
        yield f"outputs: {flow_text([item.line.name for item in used if item.line is not None])}"


def _unfollowed(item: Declared) -> Iterator[str]:
    if not item.reason:
        return
    yield _comment(f"{item.name} ({item.place}) was followed in part: {item.reason}")
    if item.tensors:
        yield _comment("  what it registers:")
    for name, shape in item.tensors:
        yield _comment(f"    {name} {list(shape) if shape else ''}".rstrip())


def _comment(text: str) -> str:
    return "# " + " ".join(text.splitlines()).rstrip()


def _input_names(item: Declared, classes: int) -> list[str]:
    several = len(item.inputs) > 1
    stem = "x" if classes == 1 else f"{item.name.lower()}_x"
    return [f"{stem}{number}" if several else stem for number in range(1, len(item.inputs) + 1)]


def _block(block: LearnedBlock) -> Iterator[str]:
    given = f", for {', '.join(block.remarks)}" if block.remarks else ""
    yield f"  {flow_text(block.name)}:  # {block.place}{given}"
    if block.parameters:
        yield f"    params: {flow_text(dict(block.parameters))}"
    if len(block.inputs) > 1 or block.inputs != ("input",):
        yield f"    inputs: {flow_text(list(block.inputs))}"
    yield "    layers:"
    above = block.inputs[0] if len(block.inputs) == 1 else ""
    for line in block.lines:
        yield "      - " + flow_text(_keys(line, above)) + (f"  # {line.remark}" if line.remark else "")
        above = line.name
    if not block.lines or block.output != block.lines[-1].name:
        yield f"    output: {flow_text(block.output)}"


def _keys(line: Line, above: str) -> Mapping[str, object]:
    keys: dict[str, object] = {"name": line.name, "op": line.operator}
    if line.sources and line.sources != (above,):
        keys["from"] = list(line.sources) if len(line.sources) > 1 else line.sources[0]
    return keys | dict(line.settings)


def _use(item: Declared, inputs: list[str]) -> Iterator[str]:
    assert item.line is not None
    sources = inputs if len(inputs) > 1 else inputs[0]
    yield "  - " + flow_text({"name": item.line.name, "op": item.line.operator, "from": sources, **item.line.settings})
