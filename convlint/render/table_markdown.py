"""The table of `convlint show` as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convlint.facts import NetworkFacts
from convlint.render.table import NUMERIC, headings, text_rows, title, totals


def render_markdown(path: str, networks: Sequence[NetworkFacts]) -> Iterator[str]:
    """One table a variant, with the file above it and the totals below."""
    for network in networks:
        columns = headings(network)
        yield f"{escaped(title(path, network))}\n\n{_row(columns)}"
        yield _row(tuple("---:" if column in NUMERIC else "---" for column in columns))
        for row in text_rows(network):
            yield _row(tuple(map(escaped, row)))
        yield f"\n{totals(network)}\n\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def escaped(text: str) -> str:
    """The text with the signs of Markdown written as such."""
    for sign in "\\`*_{}[]<>|&~$":
        text = text.replace(sign, "\\" + sign)
    return text
