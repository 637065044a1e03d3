"""What the args of a row mean: top-level texts are names of the file or literals. No text is ever run."""

from __future__ import annotations

import re
from collections.abc import Mapping

from convlint.domain.values import Word
from convlint.nearest import nearest
from convlint.source.nodes import AnyNode, Scalar, plain_data
from convlint.typed import NamedTuple

Names = Mapping[str, object]
LONGEST_LITERAL = 200
_ONE = r"[+-]?\d+(\.\d+)?|True|False|None"
_WORDS = {"None": None, "True": True, "False": False}
_INTERNAL = frozenset(
    (
        "d",
        "ch",
        "verbose",
        "ast",
        "legacy",
        "act",
        "scales",
        "restricted",
        "default_act",
        "layers",
        "save",
        "c2",
        "base_modules",
        "repeat_modules",
        "i",
        "f",
        "m",
        "args",
        "j",
        "a",
        "t",
        "c1",
        "n_",
        "cm",
        "hidden_channels",
        "m_",
        "block",
    )
)
"""Names that the package's parser happens to use itself: a text that equals one becomes something else."""


class ArgumentProblem(NamedTuple):
    """Why an arg has no value: a text, or the name of a top-level key that the file lacks."""

    text: str
    missing: str = ""


TOLD = ArgumentProblem("")
"""The value of a key that has none which can be used; what is wrong with it is said there."""


class VariantName(NamedTuple):
    """An arg that differs from scale to scale (`scale`, `depth`, `width`, `max_channels`), or `n`, the repeats."""

    name: str


VARIANT_NAMES = frozenset(("scale", "depth", "width", "max_channels", "n"))


def argument_value(node: AnyNode, names: Names) -> object:
    """The value of an arg, an `ArgumentProblem`, or a `VariantName`; `names` holds the top-level keys."""
    value = plain_data(node)
    if not isinstance(node, Scalar) or not isinstance(value, str):
        return tuple(value) if isinstance(value, list) else value
    if value in names:
        known = names[value]
        if known == TOLD:
            return TOLD
        return ArgumentProblem("", value) if known is None and value in ("nc", "kpt_shape", "anchors") else known
    if value in VARIANT_NAMES:
        return VariantName(value)
    if value in _INTERNAL:
        return ArgumentProblem(f"'{value}' is a name that the parser uses itself, so it never arrives as a text")
    if value in _WORDS:
        return _WORDS[value]
    return Word(value) if value.isidentifier() else _literal(value)


def meant_arguments(node: AnyNode) -> str | None:
    """Args with commas between them, for a text of several that has spaces alone; None for any other text."""
    parts = node.text.split() if isinstance(node, Scalar) and node.plain and node.origin is None else []
    return ", ".join(parts) if len(parts) > 1 and all(re.fullmatch(_ONE, part) for part in parts) else None


def meant_literal(value: object) -> str | None:
    """The word of Python that a misspelt one is: `True` for `Ture`."""
    return nearest(value, _WORDS) if isinstance(value, str) and value not in _WORDS else None


def _literal(text: str) -> object:
    """The value of a literal; a text that parses as something else stays a text, and any other text is a mistake."""
    stripped = text.strip()
    for number in (int, float):
        try:
            return number(stripped)
        except ValueError:
            continue
    if len(text) > LONGEST_LITERAL:
        return Word(text)
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(stripped)
    except SyntaxError:
        return ArgumentProblem(f"'{text}' is neither a name nor a literal")
    except (ValueError, TypeError, MemoryError, RecursionError):
        return Word(text)
    return tuple(value) if isinstance(value, (list, tuple)) else Word(value) if isinstance(value, str) else value
