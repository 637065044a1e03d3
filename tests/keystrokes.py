"""Somebody who types: texts that follow from one another by small changes, sound ones and broken ones."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

TOKENS: tuple[str, ...] = (
    *" \n:-[]{},#'\"&*!|>%?ax019.\t\r\x85",
    "  - {op: ReLU}\n",
    "- [-1, 1, Conv, [64, 3, 2]]\n",
    "\n  - ",
    "name: x",
    "out_channels: 8",
    "from: x",
    "${a}",
    "${1 + 1}",
    "&a ",
    "*a",
    "|\n",
    "...\n",
    "---\n",
    "1e5",
    "010",
    "yes",
    "key: v\n",
    "\r\n",
    "ü",
    "<<: *a",
    " # convlint: ignore",
    " # convlint: ignore[channel-mismatch]\n",
)
NUMBERS: tuple[str, ...] = ("0", "1", "2", "3", "64", "2.0", "true", "${1 + 1}")


def typed_over(text: str, choose: random.Random, count: int) -> Iterator[str]:
    """A text and versions of it, each a change or two from one before; broken ones are often mended."""
    versions = [text]
    yield text
    for _ in range(count):
        version = versions[-1] if choose.random() < 0.7 else choose.choice(versions)
        for _ in range(choose.choice((1, 1, 1, 2))):
            version = _changed(version, choose)
        versions.append(version)
        yield version


def _changed(text: str, choose: random.Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    kind, line = choose.random(), choose.randrange(len(lines))
    numbers = list(re.finditer(r"\d+", text))
    if kind < 0.35 and numbers:
        number = choose.choice(numbers)
        return text[: number.start()] + choose.choice(NUMBERS) + text[number.end() :]
    if kind < 0.55:
        at = choose.randrange(len(text) + 1)
        return text[:at] + choose.choice(TOKENS) + text[at:]
    if kind < 0.75:
        at = choose.randrange(len(text) + 1)
        return text[:at] + text[at + choose.choice((1, 1, 2, 3, 30)) :]
    if kind < 0.85:
        return "".join(lines[:line] + lines[line + 1 :])
    if kind < 0.95:
        return "".join([*lines[:line], choose.choice(lines), *lines[line:]])
    lines[line] = "  " + lines[line] if choose.random() < 0.5 else lines[line][1:]
    return "".join(lines)
