"""Finds what was meant where a layer is written in the words of another library: its operator and its keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Mapping as MappingType

from convlint.catalogue import lookup
from convlint.catalogue.words import plain
from convlint.editing import Edits, rewritten, together, with_entry
from convlint.nearest import unmistakable
from convlint.source.nodes import AnyNode, Mapping, Scalar
from convlint.source.nodes import Sequence as SequenceNode
from convlint.typed import NamedTuple

_PLANAR_FIRST = ("2d", "1d", "3d")
"""The ends of the names of a family; images come first, where a name says nothing of its axes."""


class Meaning(NamedTuple):
    """The operator that a name stands for.

    `keys` are words for its parameters under this name, `settings` the parameters that the name says, `says` tells
    the difference in words, and `is_sure` that nothing was guessed.
    """

    operator: str
    says: str
    is_sure: bool = True
    keys: tuple[tuple[str, str], ...] = ()
    settings: tuple[tuple[str, object], ...] = ()


class Around(NamedTuple):
    """Where a layer stands: the layers of its list, its number among them, and the inputs that the first may read."""

    layers: Sequence[AnyNode]
    number: int
    inputs: AnyNode | None = None


def operator_meaning(name: str, known: Sequence[str], around: Around) -> Meaning | None:
    """The operator that a name stands for: of another library, without its number of axes, or misspelt."""
    alike = [candidate for candidate in known if plain(candidate) == plain(name)]
    if len(alike) == 1:
        return Meaning(alike[0], f"did you mean '{alike[0]}'?")
    word = lookup.operator_word(name)
    if word is not None:
        operator, is_sure = _of_the_axes(word.operators, around)
        says = said(operator, word.word, word.library, word.note)
        return Meaning(operator, says, is_sure and not word.note, word.keys, word.settings)
    by_end = {plain(candidate): candidate for candidate in reversed(known)}
    family = tuple([by_end[plain(name) + end] for end in _PLANAR_FIRST if plain(name) + end in by_end])
    if family:
        operator, is_sure = _of_the_axes(family, around)
        return Meaning(operator, f"did you mean '{operator}'?", is_sure)
    near = unmistakable(name, known)
    return Meaning(near, f"did you mean '{near}'?") if near is not None else None


def said(meant: str, word: str, library: str, note: str) -> str:
    """What a word means, whose word it is, and how it differs."""
    whose = f" ({word} in {library})" if library else ""
    return f"did you mean '{meant}'?{whose}" + (f"; {note}" if note else "")


def _of_the_axes(operators: tuple[str, ...], around: Around) -> tuple[str, bool]:
    """Of several operators, the one for as many axes as the layers around it have; and whether that was no choice."""
    if len(operators) > 1:
        axes = _axes_around(around)
        fitting = [name for name in operators if axes is not None and axes in (lookup.declaration(name).axes or ())]
        return (fitting or operators)[0], False
    return operators[0], True


def _axes_around(around: Around) -> int | None:
    """The number of spatial axes of the layers above, else of those below, else of the inputs."""
    above, below = reversed(around.layers[: around.number]), around.layers[around.number + 1 :]
    for layer in (*above, *below):
        op = layer.get("op") if isinstance(layer, Mapping) else None
        axes = _axes_of(op.value) if isinstance(op, Scalar) and isinstance(op.value, str) else ()
        if len(axes) == 1:
            return axes[0]
    shapes = [value for _, value in around.inputs.entries] if isinstance(around.inputs, Mapping) else []
    counts = {len(shape.items) - 1 for shape in shapes if isinstance(shape, SequenceNode)}
    return counts.pop() if len(counts) == 1 else None


def _axes_of(name: str) -> tuple[int, ...]:
    """The numbers of spatial axes that an operator may have, by its name or by what another library calls it."""
    word = None if lookup.operator(name) is not None else lookup.operator_word(name)
    names = word.operators if word is not None else (name,)
    known = [item.axes for each in names if len(names) == 1 and (item := lookup.declarations().get(each)) is not None]
    return known[0] or () if known else ()


class KeyMeaning(NamedTuple):
    """The key that a word stands for, whose word it is, and how it differs."""

    key: str
    library: str
    note: str


def key_meaning(word: str, known: Collection[str]) -> KeyMeaning | None:
    """The known key of a layer that another library calls by a word."""
    found = lookup.key_word(word)
    meant = next((key for key in found.keys if key in known), None) if found is not None else None
    return KeyMeaning(meant, found.library, found.note) if found is not None and meant is not None else None


def why_left_out(word: str) -> str:
    """Why nothing stands here for a key that another library has; empty for any other key."""
    found = lookup.key_word(word)
    return "" if found is None or found.keys else found.note


class Renamed(NamedTuple):
    """The words of a layer for its parameters: (word, parameter), whether nothing was guessed, and the edits."""

    pairs: tuple[tuple[str, str], ...]
    is_sure: bool
    edits: Edits | None


def renamed_keys(text: str, node: Mapping, meaning: Meaning, known: MappingType[str, object]) -> Renamed:
    """What the keys of a layer become with its operator, whose keys are `known`; edits None where none can be made."""
    own = dict(meaning.keys)
    pairs: list[tuple[str, str]] = []
    edits: list[Edits | None] = []
    is_sure = True
    for word, (key_node, _) in node.pairs.items():
        found = None if word in known and word not in own else key_meaning(str(word), known)
        meant = own.get(word) or (found.key if found is not None else None)
        if meant is None or meant in node.pairs:
            continue
        pairs.append((str(word), meant))
        edits.append(rewritten(text, key_node, meant))
        is_sure = is_sure and (found is None or word in own or not found.note)
    taken = {*node.pairs, *(meant for _, meant in pairs)}
    for parameter, value in meaning.settings:
        if parameter not in taken:
            edits.append(with_entry(text, node, parameter, value))
    return Renamed(tuple(pairs), is_sure, together(*edits))
