"""Tells what a value should be that its key does not take, and writes it where that is clear."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convlint.dialects.native.keys import BLOCK_KEYS, meant_part
from convlint.editing import as_items, rewriting, without_entry
from convlint.findings import Edit, Finding, Fix
from convlint.schema.causes import Path, allowed_words, is_type_error, key_of, node_at, whole_schema
from convlint.schema.commas import comma_in_number
from convlint.schema.hints import (
    expression_hint,
    is_guess,
    is_list_as_text,
    is_shape,
    layer_hint,
    meant_expression,
    meant_value,
    meant_word,
    part_hint,
    value_hint,
    word_hint,
)
from convlint.schema.input_shapes import is_open_size, meant_shape
from convlint.schema.misfits import SchemaMisfit
from convlint.schema.spots import Help, Spot, mistake, text_of
from convlint.schema.tuple_mistakes import tuple_at, tuple_mistake
from convlint.schema.vocabulary import is_operator
from convlint.schema.words import expected_words, found_words
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence, plain_data


def value_mistakes(error: SchemaMisfit, node: Mapping, spot: Spot) -> Iterator[Finding]:
    """What an error has against a value below a node: that it is a tuple, that it leaves a size open, or any other."""
    path, expected = tuple(error.absolute_path), expected_words(whole_schema(error))
    split = tuple_at(path, node, expected, spot)
    is_size = node is spot.file.root and path[:1] == ("inputs",) and len(path) == 3
    if split is not None:
        yield from tuple_mistake(split, expected, spot)
    elif is_size and is_open_size(error.instance):
        yield from _open_size(error, path, expected, spot)
    else:
        yield _wrong_value(error, node, expected, spot)


def _open_size(error: SchemaMisfit, path: Path, expected: str, spot: Spot) -> Iterator[Finding]:
    """A size of an input that is left open as other libraries do; said once for the shape."""
    shape = node_at(spot.file.root, path[:-1])
    assert isinstance(shape, Sequence)
    sizes, number = plain_data(shape), path[-1]
    if any(is_open_size(size) for size in sizes[:number]):
        return
    rule = _rule_for(is_type_error(error))
    where = node_at(shape, path[-1:])
    arguments = {"key": key_of(path), "expected": expected, "found": found_words(plain_data(where))}
    meant = meant_shape(sizes)
    if meant is None:
        yield mistake(rule, where, arguments, spot, part_hint(path, plain_data(where)))
        return
    edit = Edit(shape.start, shape.end, meant.text)
    is_known = any(name in spot.values for name in meant.names)
    fix = Fix(f"write {meant.text}", (edit,), meant.is_sure) if shape.flow and not is_known else None
    yield mistake(rule, where, arguments, spot, f"{meant.says}: write {meant.text}", fix)


def _wrong_value(error: SchemaMisfit, node: Mapping, expected: str, spot: Spot) -> Finding:
    """A value that is of no type that its key takes, or of such a type and not allowed."""
    path, value = tuple(error.absolute_path), error.instance
    where = node_at(node, path)
    is_type = is_type_error(error) or is_list_as_text(value, expected)
    meant = meant_value(value, expected) if is_type else None
    meant = meant or meant_expression(value, spot.values, expected) or meant_word(value, allowed_words(error))
    found = _comma_before(path, node, spot)
    if found is not None:
        arguments = {"key": key_of(path), "expected": expected, "found": found_words(value)}
        return mistake(_rule_for(is_type), where, arguments, spot, *found)
    hint = _form_hint(error, node, where, spot) or _value_hint(error, expected, spot)
    hint = hint or _of_other_axes(value, expected, node, spot)
    fix = rewriting(spot.file.source.text, where, meant, not is_guess(value, expected))
    fix = fix or _form_fix(path, node, where, spot)
    arguments = {"key": key_of(path), "expected": expected, "found": found_words(value)}
    return mistake(_rule_for(is_type), where, arguments, spot, hint, fix)


def _comma_before(path: Path, node: Mapping, spot: Spot) -> Help | None:
    """What to write for an item of a list that is the rest of the number before it."""
    around, number = node_at(node, path[:-1]), path[-1] if path else 0
    if not isinstance(around, Sequence) or not around.flow or not isinstance(number, int) or number < 1:
        return None
    return comma_in_number(around.items[number - 1], around.items[number], spot)


def _of_other_axes(value: object, expected: str, layer: Mapping, spot: Spot) -> str:
    """What to do about a list with one number for each axis, where the operator has another number of axes."""
    axes = re.search(r"a list of (\d) integer", expected)
    op = text_of(layer.get("op"))
    found = re.fullmatch(r"(\w+?)([1-3])d", op) if isinstance(op, str) else None
    if axes is None or found is None or not is_shape(value) or int(axes[1]) != int(found[2]):
        return ""
    assert isinstance(value, list)
    other, count = f"{found[1]}{len(value)}d", int(found[2])
    if len(value) < count or not is_operator(other, spot.file.declared):
        return ""
    rest = set(value[count:])
    meant = f": write {value[:count]}" if rest <= {1} or rest == set(value) else ""
    return f"{op} has {'one axis' if count == 1 else f'{count} axes'}{meant}; {other} has {len(value)}"


def _rule_for(is_type: bool) -> str:
    """The rule of a value whose type nothing takes, or of one whose type is right."""
    return "wrong-type" if is_type else "invalid-value"


def _form_hint(error: SchemaMisfit, node: Mapping, where: AnyNode, spot: Spot) -> str:
    """What a part of the file looks like, or a key that every layer has."""
    path, value = tuple(error.absolute_path), error.instance
    if path == ("name",) and isinstance(where, Scalar) and where.plain and value is not None:
        return f"quote it: '{where.text}'"
    if node is spot.file.root:
        return part_hint(path, value)
    return layer_hint(path, value) or (_by_position(node, where, spot) if path == ("from",) else "")


def _by_position(node: Mapping, where: AnyNode, spot: Spot) -> str:
    """How several inputs are written that were given by name."""
    if not isinstance(where, Mapping) or not any(text_of(value) for _, value in where.entries):
        return ""
    written = _in_order(node, where, spot)
    return f"inputs go by position: from: {written or '[a, b]'}"


def _in_order(node: Mapping, where: Mapping, spot: Spot) -> str | None:
    """The list of what a layer gives the inputs of its block by their names, in the order of these."""
    op = text_of(node.get("op"))
    block = spot.file.declared.blocks.get(op) if isinstance(op, str) else None
    inputs = meant_part(block, "inputs", BLOCK_KEYS) if block is not None else None
    names = [text_of(item) for item in inputs.items] if isinstance(inputs, Sequence) else []
    values = [text_of(where.get(str(name))) for name in names]
    if set(names) != set(where.pairs) or not all(isinstance(value, str) for value in values):
        return None
    return f"[{', '.join(map(str, values))}]"


def _value_hint(error: SchemaMisfit, expected: str, spot: Spot) -> str:
    """What would be right in place of a value, whatever its key."""
    value = error.instance
    return (
        expression_hint(value, spot.values, expected)
        or value_hint(value, expected)
        or word_hint(value, allowed_words(error))
    )


def _form_fix(path: Path, node: Mapping, where: AnyNode, spot: Spot) -> Fix | None:
    """Writes a part in its form: the one input with a name, layers as a list, the layer above not at all."""
    text = spot.file.source.text
    if node is spot.file.root and path == ("inputs",) and is_shape(plain_data(where)) and where.origin is None:
        named = (Edit(where.start, where.start, "{image: "), Edit(where.end, where.end, "}"))
        return Fix("give the input a name", named, False)
    if path[-1:] == ("layers",) and isinstance(where, Mapping):
        items = as_items(text, where)
        return Fix("write the layers as a list", items, True) if items else None
    if path == ("from",) and isinstance(where, Mapping) and where.flow and where.origin is None:
        written = _in_order(node, where, spot)
        return Fix(f"write {written}", (Edit(where.start, where.end, written),), True) if written else None
    is_above = path == ("from",) and isinstance(where, Scalar) and where.value == -1
    edits = without_entry(text, node, "from") if is_above else None
    return None if edits is None else Fix("read the layer above", edits, True)
