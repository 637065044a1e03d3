"""The table of `convlint show` as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convlint.facts import NetworkFacts
from convlint.render.table import HEADINGS, NUMERIC, text_rows, title, totals


def render_markdown(path: str, networks: Sequence[NetworkFacts]) -> Iterator[str]:
    """One table a variant, with the file above it and the totals below."""
    for network in networks:
        yield f"{_escaped(title(path, network))}\n\n{_row(HEADINGS)}"
        yield _row(tuple("---:" if column in NUMERIC else "---" for column in range(len(HEADINGS))))
        for row in text_rows(network):
            yield _row(tuple(map(_escaped, row)))
        yield f"\n{totals(network)}\n\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _escaped(text: str) -> str:
    for sign in "\\`*_{}[]<>|":
        text = text.replace(sign, "\\" + sign)
    return text
