"""The expression that was meant by a text: people leave out the `${ }` around it, or a half of that."""

from __future__ import annotations

import re
from collections.abc import Collection

_NO_ARITHMETIC = r"[+-]?\d+(\.\d+)?|\d+(-\d+)+"
"""A number, and numbers with nothing but hyphens between them: a date, a range."""
_NAME = r"\$?[{(\s]*(\w+)[\s})]*"
_ARITHMETIC = r"\s*[\w(][\w.\s+*/%()-]*"


_SIGNS = (
    (r"\^", "**"),
    (r"[×∙·]|(?<=[\w)])\s+x\s+(?=[\w(])", " * "),
    ("÷", "/"),
    ("[−–]", "-"),
    (r"&&", " and "),
    (r"\|\|", " or "),
)


def with_signs(text: str) -> str:
    """An expression with the signs of this language in place of those of mathematics, of other languages, of print."""
    for pattern, sign in _SIGNS:
        text = re.sub(pattern, sign, text)
    return re.sub(r" {2,}", " ", text)


def meant_name(text: str, names: Collection[str]) -> str | None:
    """The expression of one of the names, in quotes, for a text that is one but for brackets and a dollar."""
    found = re.fullmatch(_NAME, text)
    return f'"${{{found[1]}}}"' if found is not None and found[1] in names else None


def meant_arithmetic(text: str, names: Collection[str]) -> str | None:
    """The expression, in quotes, for a text that computes with numbers and some of the names, in braces or not."""
    text = re.sub(r"^\s*\$?\{([^{}]*)\}\s*$", r"\1", text)
    is_computed = re.fullmatch(_ARITHMETIC, text) and not re.fullmatch(_NO_ARITHMETIC, text.strip())
    is_known = all(name in names for name in re.findall(r"[^\W\d]\w*", text))
    return f'"${{{text.strip()}}}"' if is_computed and is_known else None
