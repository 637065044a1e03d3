"""Reads what comes before the layers: constants, named sizes, and the shapes of the inputs."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from functools import cache, partial

from convlint.catalogue.parameters import REJECTED
from convlint.dialects.mistakes import Mistakes, named_items
from convlint.dialects.native.values import Names, is_positive, named_size, read_shape, read_value
from convlint.dialects.places import place_of
from convlint.domain.values import UNKNOWN, Shape, Size, Symbolic, Word
from convlint.model import SizeRange
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence
from convlint.typed import NamedTuple

_NUMBER = r"\d{1,9}"
_IN_QUOTES = r"""['"]([^'"\\]+)\\?['"]"""
_SIZE_KEYS = frozenset(("min", "max", "multiple_of"))


class Sizes:
    """The named sizes of a document and the axes of its inputs, some of them given from outside.

    `named` holds what each name stands for, `open` what may be given a value, with the value in the file, and `ranges`
    what a name may be.
    """

    __slots__ = ("_given", "named", "open", "ranges")

    def __init__(self, given: MappingType[str, int]) -> None:
        self._given = given
        self.named: Names = {}
        self.open: dict[str, int | None] = {}
        self.ranges: list[SizeRange] = []

    def declare(self, name: str) -> Size:
        """The value that was given for a named size; else the unknown of that name."""
        self.open.setdefault(name, None)
        value = self._given[name] if name in self._given else _unknown(name)
        self.named[name] = value
        return value

    def set(self, name: str, value: int) -> None:
        """Notes the value that the file gives a size; one that is given from outside goes before it."""
        self.open[name] = value
        if name not in self._given:
            self.named[name] = value

    def limit(self, limits: SizeRange) -> None:
        """Notes what the file says that a size may be, which counts where the size is open."""
        if limits.name not in self._given:
            self.ranges.append(limits)

    def of_input(self, name: str, shape: Shape) -> Shape:
        """The shape of an input, with the sizes that were given for its axes."""
        if not isinstance(shape, tuple):
            return shape
        self.open.update((f"{name}.{index}", None) for index in range(len(shape)))
        return tuple([self._given.get(f"{name}.{index}", size) for index, size in enumerate(shape)])


def _unknown(name: str) -> Size:
    from convlint.domain.tables import unknown_size

    return unknown_size(name)


def with_defaults(root: Mapping, given: MappingType[str, int], defaults: MappingType[str, int]) -> dict[str, int]:
    """The given sizes, and the defaults of those that a document names without saying what they may be."""
    declared, inputs = root.get("sizes"), root.get("inputs")
    said = set(declared.pairs) if isinstance(declared, Mapping) else set()
    for name, (_, shape) in inputs.pairs.items() if isinstance(inputs, Mapping) else ():
        for index, size in enumerate(shape.items if isinstance(shape, Sequence) else ()):
            if not (isinstance(size, Scalar) and isinstance(size.value, str)) or size.value in said:
                said.add(f"{name}.{index}")
    return {**{name: value for name, value in defaults.items() if name not in said}, **given}


def read_constants(node: AnyNode | None, given: MappingType[str, object], mistakes: Mistakes) -> Names:
    """The constants, with what is given in place of their values; each may name those above it."""
    values: Names = {}
    computed = cache(partial(_computed_in, mistakes.source.text))
    for name, value_node in named_items(node, mistakes):
        value = given[name] if name in given else read_value(value_node, values, mistakes)
        if isinstance(value, str) and value[:1].isdigit():
            value = _number_as_text(name, value, value_node, computed(), mistakes)
        if isinstance(value, (int, float, str, Symbolic)):
            values[name] = Word(value) if isinstance(value, str) else value
        elif isinstance(value, (list, tuple)) and all(isinstance(item, (int, float)) for item in value):
            values[name] = tuple(value)
        else:
            values[name] = UNKNOWN
            if value is not REJECTED:
                mistakes.stumble()
    return values


class _Computed(NamedTuple):
    """The names in the expressions of a file, and the texts in quotes that these compare with."""

    names: frozenset[str]
    texts: frozenset[str]


def _computed_in(text: str) -> _Computed:
    expressions = re.findall(r"\$\{([^}]*)", text)
    names = frozenset([name for expression in expressions for name in re.findall(r"\w+", expression)])
    texts = frozenset([quoted for expression in expressions for quoted in re.findall(_IN_QUOTES, expression)])
    return _Computed(names, texts)


def _number_as_text(name: str, value: str, node: AnyNode, computed: _Computed, mistakes: Mistakes) -> int | str:
    """The number that a constant in quotes, or with a unit, is, where the file computes with it.

    What it is not fit for is said once. In a file that compares with such texts (`kind == '2m'`), it is a text.
    """
    from convlint.dialects.native.texts_for_numbers import is_in_thousands
    from convlint.editing import rewriting

    number = _whole_number(value)
    if number is None or node.origin is not None or name not in computed.names:
        return value
    if any(_whole_number(text) is not None for text in computed.texts):
        return value
    fix = rewriting(mistakes.source.text, node, number, not is_in_thousands(value))
    hint = f"write {number} without quotes" if number == value else f"write {number}"
    arguments = {"key": f"the constant {name}", "expected": "a number", "found": f"the text '{value}'"}
    mistakes.report("wrong-type", node, arguments, hint=hint, fix=fix)
    return int(number)


def _whole_number(text: str) -> str | None:
    """The integer that a text is, or is meant to be."""
    from convlint.dialects.native.texts_for_numbers import meant_number

    number = meant_number(text)
    return number if number is not None and re.fullmatch(_NUMBER, number) else None


def read_sizes(node: AnyNode | None, sizes: Sizes, mistakes: Mistakes) -> None:
    """The named sizes, with their values or ranges."""
    for name, value in named_items(node, mistakes):
        sizes.declare(name)
        if isinstance(value, Mapping):
            _read_range(name, value, sizes, mistakes)
        elif isinstance(value, Scalar) and is_positive(value.value):
            sizes.set(name, value.value)
        else:
            mistakes.stumble()


def _read_range(name: str, node: Mapping, sizes: Sizes, mistakes: Mistakes) -> None:
    if not _SIZE_KEYS.issuperset(node.pairs):
        mistakes.stumble()
        return
    values = {key: value.value for key, (_, value) in node.pairs.items() if isinstance(value, Scalar)}
    if len(values) != len(node.pairs) or not all(is_positive(value) for value in values.values()):
        mistakes.stumble()
        return
    step = values.get("multiple_of", 1)
    least, most = -(-values.get("min", 1) // step) * step, values.get("max")
    if most is not None and least > most:
        some = f"multiple of {step}" if step > 1 else "size"
        limits = f"none from {values.get('min', 1)} to {most}"
        mistakes.report("invalid-value", node, {"key": name, "expected": f"a {some} in its range", "found": limits})
    elif node.pairs:
        sizes.limit(SizeRange(name, least, most, step, place_of(mistakes.source, node)))


def check_size_names(node: AnyNode | None, constants: Names, mistakes: Mistakes) -> None:
    """Names of sizes that are constants too, or that the rest of the text never mentions."""
    if not isinstance(node, Mapping):
        return
    text = mistakes.source.text
    rest = text[: node.start] + text[node.end :]
    for name, (key_node, _) in node.pairs.items():
        if name in constants:
            arguments = {"key": "sizes", "expected": "names that are no constants", "found": f"'{name}'"}
            mistakes.report("invalid-value", key_node, arguments)
        elif not re.search(rf"\b{re.escape(str(name))}\b", rest) and "&" not in text[node.start : node.end]:
            mistakes.report("unused-input", key_node, message=f"nothing uses the size '{name}'")


def read_inputs(node: AnyNode | None, constants: Names, sizes: Sizes, mistakes: Mistakes) -> dict[str, Shape]:
    """The inputs with their shapes; a name in a shape that nothing declares is a size."""
    inputs: dict[str, Shape] = {}
    if not isinstance(node, Mapping) or not node.pairs:
        mistakes.stumble()
        return inputs
    names = {**constants, **sizes.named}
    for name, (key_node, value) in node.pairs.items():
        if not isinstance(name, str) or (isinstance(value, Scalar) and _is_of_a_tuple(key_node, node, mistakes)):
            mistakes.stumble()
            continue
        for size in map(named_size, value.items if isinstance(value, Sequence) else ()):
            if size is not None and size not in names:
                names[size] = sizes.declare(size)
        shape = read_shape(value, names, mistakes)
        # a first size that is none may be the batch, and then the number of axes is not known either
        inputs[name] = UNKNOWN if shape is UNKNOWN or shape[0] is UNKNOWN else sizes.of_input(name, shape)
    return inputs


def _is_of_a_tuple(key_node: Scalar, node: Mapping, mistakes: Mistakes) -> bool:
    """Whether a key is a part of a Python tuple, such as the `64)` of `{image: (3, 64)}`."""
    from convlint.source.tuples import split_tuples

    return any(key_node in split.rest for split in split_tuples(node, mistakes.source.text))
