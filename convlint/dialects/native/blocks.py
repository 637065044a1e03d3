"""Reads the declarations of blocks: what they are given, their parameters, and where their layers stand.

Imported only where a document has blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType

from convlint.catalogue import lookup
from convlint.dialects.mistakes import Mistakes, named_items, only_keys, optional_text
from convlint.dialects.native.block import Block
from convlint.dialects.native.keys import BLOCK_KEYS, LAYER_KEYS, meant_part
from convlint.dialects.native.values import is_plain
from convlint.dialects.places import place_of
from convlint.findings import Place, Related
from convlint.model import Graph
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence, Source, plain_data

Unread = tuple[str, str, Place]


def read_blocks(node: AnyNode, mistakes: Mistakes) -> dict[str, Block]:
    """The blocks of a document by name."""
    if not isinstance(node, Mapping):
        mistakes.stumble()
        return {}
    blocks = {}
    for name, (key_node, value) in node.pairs.items():
        if isinstance(name, str) and isinstance(value, Mapping):
            blocks[name] = _read_block(name, key_node, value, mistakes)
        else:
            mistakes.stumble()
    return blocks


def _read_block(name: str, key_node: Scalar, node: Mapping, mistakes: Mistakes) -> Block:
    only_keys(node, BLOCK_KEYS, mistakes)
    optional_text(node, "description", mistakes)
    layers, output = node.get("layers"), node.get("output")
    if not isinstance(layers, Sequence) or not layers.items:
        mistakes.stumble()
        layers = Sequence(True, 0)
    if output is not None and not (isinstance(output, Scalar) and isinstance(output.value, str)):
        mistakes.stumble()
        output = None
    if lookup.operator(name) is not None:
        arguments = {"key": "blocks", "expected": "a name that no operator has", "found": f"'{name}'"}
        mistakes.report("invalid-value", key_node, arguments, severity="warning")
    params, given = meant_part(node, "params", BLOCK_KEYS), meant_part(node, "inputs", BLOCK_KEYS)
    parameters = _parameters(params, mistakes)
    _check_parameters_are_used(params, layers, mistakes)
    input_nodes = _inputs(given, mistakes)
    inputs = tuple([str(item.value) for item in input_nodes]) or _names_below(given) or ("input",)
    return Block(name, key_node, layers, inputs, input_nodes, parameters, output)


def _parameters(node: AnyNode | None, mistakes: Mistakes) -> dict[str, object]:
    """The parameters of a block with their defaults; one called like a key of a layer could not be given."""
    if node is not None and not isinstance(node, Mapping):
        mistakes.stumble()
        return dict.fromkeys(_names_below(node))
    parameters = {key: _default(default, mistakes) for key, default in named_items(node, mistakes)}
    for key in sorted(LAYER_KEYS & parameters.keys()):
        assert node is not None
        arguments = {"key": "params", "expected": "a name that is no key of a layer", "found": f"'{key}'"}
        mistakes.report("invalid-value", node.pairs[key][0], arguments)
        del parameters[key]
    return parameters


def _default(node: AnyNode, mistakes: Mistakes) -> object:
    """The default of a block's parameter: a scalar, or a list of them."""
    value = plain_data(node)
    value = tuple(value) if isinstance(value, list) else value
    if not is_plain(value):
        mistakes.stumble()
        return 0
    return value


def _check_parameters_are_used(node: AnyNode | None, layers: Sequence, mistakes: Mistakes) -> None:
    if not isinstance(node, Mapping) or not layers.items:
        return
    text = "\n".join(_texts(layers))
    for name, (key_node, _) in node.pairs.items():
        if name not in LAYER_KEYS and not re.search(rf"\b{re.escape(str(name))}\b", text):
            if _is_misspelt(str(name), text, node):
                continue
            message = f"nothing in the block uses its parameter '{name}'"
            mistakes.report("unused-input", key_node, message=message)


def _is_misspelt(name: str, text: str, parameters: Mapping) -> bool:
    """Whether an expression names something that is this parameter but for a slip, which says so itself."""
    from convlint.nearest import nearest

    named = {word for found in re.findall(r"\$\{([^}]*)", text) for word in re.findall(r"[^\W\d]\w*", found)}
    return nearest(name, named - parameters.pairs.keys()) is not None


def _texts(node: AnyNode) -> Iterator[str]:
    """The texts below a node that are values."""
    if isinstance(node, Scalar):
        if isinstance(node.value, str):
            yield node.value
        return
    for child in node.items if isinstance(node, Sequence) else [value for _, value in node.entries]:
        yield from _texts(child)


def _inputs(node: AnyNode | None, mistakes: Mistakes) -> tuple[Scalar, ...]:
    """The names of what a block is given; empty where it says nothing of them."""
    if node is None:
        return ()
    items = node.items if isinstance(node, Sequence) else []
    texts = [item for item in items if isinstance(item, Scalar) and isinstance(item.value, str)]
    if not texts or len(texts) != len(items):
        mistakes.stumble()
    first: dict[str, Scalar] = {}
    for item in texts:
        if first.setdefault(item.value, item) is not item:
            related = (Related(place_of(mistakes.source, first[item.value]), f"the first '{item.value}'"),)
            mistakes.report("duplicate-layer", item, {"name": item.value}, related=related)
    return tuple(texts)


def _names_below(node: AnyNode | None) -> tuple[str, ...]:
    """The names that stand where others belong: in a text, or in a list of texts and of mappings with names as keys.

    They are known, so that no layer is wrong for it.
    """
    if isinstance(node, Sequence):
        return tuple([name for item in node.items for name in _names_below(item)])
    if isinstance(node, Mapping):
        return tuple([key for key in node.pairs if isinstance(key, str)])
    text = node.value if isinstance(node, Scalar) else None
    return tuple([name.strip() for name in text.split(",")]) if isinstance(text, str) else ()


def check_inputs_are_read(block: Block, graph: Graph, mistakes: Mistakes) -> None:
    """The inputs of a block that no layer of it reads; silent where a layer reads what is not known."""
    ports = [port for layer in graph.layers for port in layer.sources] + list(graph.outputs)
    if None in ports:
        return
    read = {-1 - port.layer for port in ports if port is not None}
    names = {block.inputs[index] for index in read if 0 <= index < len(block.inputs)}
    for node in block.input_nodes:
        if node.value not in names:
            message = f"nothing in the block reads its input '{node.value}'"
            mistakes.report("unused-input", node, message=message)


def unused_blocks(blocks: MappingType[str, Block], layers: Sequence, source: Source) -> list[Unread]:
    """The blocks that no layer of the network names, neither itself nor in a block; a use may be wrong, and counts."""
    used = _used(blocks, layers)
    return [("unused-block", name, place_of(source, block.key)) for name, block in blocks.items() if name not in used]


def _used(blocks: MappingType[str, Block], layers: Sequence) -> set[str]:
    used: set[str] = set()
    waiting = [layers]
    while waiting:
        for item in waiting.pop().items:
            op = item.get("op") if isinstance(item, Mapping) else None
            name = op.value if isinstance(op, Scalar) else None
            if isinstance(name, str) and name in blocks and name not in used:
                used.add(name)
                waiting.append(blocks[name].layers)
    return used
