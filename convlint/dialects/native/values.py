"""Reads values: scalars, lists, `${...}` expressions, and shapes."""

from __future__ import annotations

from collections.abc import Collection

from convlint.catalogue.parameters import REJECTED
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.places import place_of
from convlint.domain.values import UNKNOWN, Shape, Size, Symbolic, Word, is_known
from convlint.findings import Edit, Fix, Place
from convlint.source.nodes import AnyNode, Scalar, Sequence, plain_data
from convlint.typed import TypeGuard

Names = dict[str, object]
"""What expressions and shapes can name: constants, sizes, the parameters of the block at hand."""


def read_value(node: AnyNode, names: Names, mistakes: Mistakes) -> object:
    """The value of a node, its expressions evaluated: REJECTED after a finding, UNKNOWN where a part is unknown."""
    if isinstance(node, Scalar):
        text = node.value
        if isinstance(text, str) and "${" in text:
            return _expression(node, text, names, mistakes)
        return text
    if isinstance(node, Sequence):
        items = [read_value(item, names, mistakes) for item in node.items]
        if any(item is REJECTED for item in items):
            return REJECTED
        return items if is_known(items) else UNKNOWN
    return plain_data(node)


def read_shape(node: AnyNode | None, names: Names, mistakes: Mistakes) -> Shape:
    """A list of sizes as a tuple, UNKNOWN for each that is none; UNKNOWN as a whole where it is no list."""
    if not isinstance(node, Sequence) or not node.items:
        mistakes.stumble()
        return UNKNOWN
    shape = tuple([_size(item, names, mistakes) for item in node.items])
    return UNKNOWN if any(map(_is_rest_of_a_number, node.items)) else shape


def _is_rest_of_a_number(node: AnyNode) -> bool:
    """Whether an item is what stands behind the comma in `16,000`: then it is not known how many items there are."""
    return isinstance(node, Scalar) and node.plain and node.text == "000"


def expected_shape(node: AnyNode, names: Names, mistakes: Mistakes) -> Shape | None:
    """A shape to compare with; None where a part of it is no size, which is said already."""
    shape = read_shape(node, names, mistakes)
    return shape if isinstance(shape, tuple) and not any(size is UNKNOWN for size in shape) else None


_MOST_NAMES = 8
NO_SIZES = ("None", "none", "NONE", "null")
"""What no size is called: in other words, a size that is not known."""


def named_size(node: AnyNode) -> str | None:
    """The name that a part of a shape is; None where it is something else."""
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, str) and value.isidentifier() and value not in NO_SIZES else None


def _size(node: AnyNode, names: Names, mistakes: Mistakes) -> Size:
    name = named_size(node)
    if name is not None:
        return _size_called(name, node, names, mistakes)
    size = read_value(node, names, mistakes)
    if isinstance(size, Symbolic) or is_positive(size):
        return size
    if size is not REJECTED:
        misfit(node, "a size is an integer of at least 1", mistakes)
    return UNKNOWN


def _size_called(name: str, node: AnyNode, names: Names, mistakes: Mistakes) -> Size:
    if name not in names:
        from convlint.nearest import nearest_hint

        hint = nearest_hint(name, names) or (known_names(names) if names else "")
        mistakes.report("undefined-input", node, {"name": name}, hint=hint)
        return UNKNOWN
    size = names[name]
    if isinstance(size, Symbolic) or is_positive(size):
        return size
    from convlint.dialects.words import in_words

    arguments = {"key": name, "expected": "an integer of at least 1, as it stands for a size", "found": in_words(size)}
    mistakes.report("invalid-value", node, arguments)
    return UNKNOWN


def misfit(node: AnyNode, problem: str, mistakes: Mistakes, hint: str = "", fix: Fix | None = None) -> None:
    """A value that does not fit: after an expression the reader says so itself, else the schema does."""
    if not holds_expression(node):
        mistakes.stumble()
        return
    text = node.text if isinstance(node, Scalar) else "the expression"
    mistakes.report("invalid-expression", node, {"expression": text, "problem": problem}, hint=hint, fix=fix)


def holds_expression(node: AnyNode) -> bool:
    """Whether a value is computed."""
    if isinstance(node, Scalar):
        return isinstance(node.value, str) and node.value.startswith("${")
    return isinstance(node, Sequence) and any(holds_expression(item) for item in node.items)


def is_positive(value: object) -> TypeGuard[int]:
    """Whether a value is a size."""
    return type(value) is int and 1 <= value <= 2**40


def is_plain(value: object) -> bool:
    """Whether a value is a scalar, or a tuple of scalars."""
    items = value if isinstance(value, tuple) else (value,)
    return not any(isinstance(item, (tuple, list, dict)) for item in items)


def as_named(value: object) -> object:
    """A value in the form in which expressions take it: lists as tuples, text as `Word`."""
    if isinstance(value, str):
        return Word(value)
    return tuple(value) if isinstance(value, list) else value


def _expression(node: Scalar, text: str, names: Names, mistakes: Mistakes) -> object:
    is_whole = text.startswith("${") and text.endswith("}")
    name = text[2:-1].strip()
    if is_whole and name in names:
        value = names[name]
        return list(value) if isinstance(value, tuple) else value
    if not is_whole:
        _not_whole(node, text, mistakes)
        return REJECTED
    from convlint.catalogue.expressions import evaluate
    from convlint.catalogue.language import ExpressionError, UnknownNameError

    try:
        value = evaluate(text[2:-1], names)
    except ExpressionError as error:
        from convlint.engine.reporting import report
        from convlint.nearest import nearest_hint

        where, hint, fix = _part(node, text, error.start, error.end, mistakes), "", None
        if isinstance(error, UnknownNameError):
            hint = nearest_hint(error.name, names) or known_names(names)
            fix = _name_fix(error.name, where, names)
        else:
            hint, fix = _meant_signs(node, text, names, mistakes)
        arguments = {"expression": text, "problem": error.message}
        mistakes.add(report("invalid-expression", where, arguments, help=hint, fix=fix))
        return REJECTED
    return list(value) if isinstance(value, tuple) else value


def _meant_signs(node: Scalar, text: str, names: Names, mistakes: Mistakes) -> tuple[str, Fix | None]:
    """What to write for an expression with signs of arithmetic that are those of another language."""
    from convlint.catalogue.expressions import evaluate
    from convlint.catalogue.language import ExpressionError
    from convlint.dialects.native.texts_for_expressions import with_signs
    from convlint.editing import rewritten

    meant = with_signs(text)
    if meant == text:
        return "", None
    try:
        evaluate(meant[2:-1], names)
    except ExpressionError:
        return "", None
    quote = "" if node.plain else mistakes.source.text[node.start : node.start + 1]
    edits = rewritten(mistakes.source.text, node, f"{quote}{meant}{quote}") if quote != "|" else None
    return f"write {meant}", None if edits is None else Fix(f"write {meant}", edits, False)


def _not_whole(node: Scalar, text: str, mistakes: Mistakes) -> None:
    """A text that holds `${` and is no expression as a whole."""
    from convlint.editing import rewritten

    is_open = "}" not in text
    problem = "its closing } is missing" if is_open else "an expression takes the whole value"
    quote = "" if node.plain else mistakes.source.text[node.start : node.start + 1]
    edits = rewritten(mistakes.source.text, node, f"{quote}{text}}}{quote}") if is_open and quote != "|" else None
    fix = None if edits is None else Fix("close it with }", edits, True)
    mistakes.report("invalid-expression", node, {"expression": text, "problem": problem}, fix=fix)


def known_names(names: Collection[str]) -> str:
    """The names that there are, where they are few; how to have one where there is none."""
    if not names:
        return "a name is declared under 'constants', or among the params of a block"
    return f"known here: {', '.join(names)}" if len(names) <= _MOST_NAMES else ""


def _name_fix(name: str, where: Place, names: Names) -> Fix | None:
    """Writes the name that an unknown one is a slip of, where the place is that of the name alone."""
    from convlint.nearest import unmistakable

    meant = unmistakable(name, names) if where.source.text[where.start : where.end] == name else None
    return None if meant is None else Fix(f"write {meant}", (Edit(where.start, where.end, meant),), True)


def _part(node: Scalar, text: str, start: int, end: int, mistakes: Mistakes) -> Place:
    """Where characters `start` to `end` of an expression stand, where that can be told; else all of it."""
    source = mistakes.source
    at = source.text[node.start : node.end].find(text)
    if end <= start or at < 0 or node.origin is not None:
        return place_of(source, node)
    begin = node.start + at + len("${")
    return Place(source, begin + start, min(begin + end, node.end))
