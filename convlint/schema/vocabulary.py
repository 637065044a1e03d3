"""What a layer of a file can be called: an operator that ships, or a block of the file; and what such a layer takes."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.dialects.native.keys import BLOCK_KEYS, meant_part
from convlint.schema.layers import block_schema, layer_keys, operator_schema
from convlint.schema.operator_names import meant_operator
from convlint.schema.other_words import Around
from convlint.schema.parts import DeclaredParts
from convlint.schema.types import Schema
from convlint.source.nodes import Mapping, Scalar


def operators(declared: DeclaredParts) -> list[str]:
    """All names of which one can stand under `op`."""
    return [*lookup.operator_names(), *declared.blocks]


def is_operator(name: object, declared: DeclaredParts) -> bool:
    """Whether something is called so, be it a block that cannot be read."""
    return isinstance(name, str) and (is_block(name, declared) or lookup.operator(name) is not None)


def is_block(name: str, declared: DeclaredParts) -> bool:
    """Whether a block of the file is called so, be it one that cannot be read."""
    return name in declared.blocks or name in declared.unread_blocks


def operator_of(name: object, declared: DeclaredParts, around: Around) -> str | None:
    """The operator that a text names, in its own words or in those of another library; None for anything else."""
    if is_operator(name, declared):
        return str(name)
    meant = meant_operator(name, operators(declared), around) if isinstance(name, str) else None
    return meant.operator if meant is not None and meant.is_sure and not meant.settings else None


def layer_schema(name: object, declared: DeclaredParts) -> Schema | None:
    """What a layer of an operator or of a block looks like; None where nothing is called so, or it cannot be read."""
    if not isinstance(name, str) or name in declared.unread_blocks:
        return None
    if name in declared.blocks:
        return _schema_of_block(name, declared.blocks[name])
    return operator_schema(lookup.declaration(name)) if lookup.operator(name) is not None else None


def _schema_of_block(name: str, block: Mapping) -> Schema:
    """One layer that uses a block; a parameter called like a key of a layer is refused where it is declared."""
    given = meant_part(block, "params", BLOCK_KEYS)
    pairs = given.pairs if isinstance(given, Mapping) else {}
    taken = layer_keys()
    parameters = [
        (key, isinstance(value, Scalar) and value.value is None)
        for key, (_, value) in pairs.items()
        if isinstance(key, str) and key not in taken
    ]
    return block_schema(name, parameters)
