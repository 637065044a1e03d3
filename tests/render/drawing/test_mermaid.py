"""Networks as Mermaid: nodes, connections with shapes, marks, and no way out of the quotes."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from convlint.describing import describe_file
from convlint.model import Port
from convlint.render.drawing.mermaid import render_mermaid
from tests.render.drawing.networks import chain, finding

_LINE = re.compile(
    r'---|title: ".*"|flowchart TD|  end|  subgraph g\d+\["[^"<>]*"\]'
    r'|    g\d+n\d+(\(\[|\[\[|\[/|\[)"[^"<>]*(<br/>[^"<>]*)?"(\]\)|\]\]|/\]|\])(:::(error|warning|info))?'
    r'|    g\d+n\d+ (-- "[^"<>]*" )?--> g\d+n\d+'
    r"|  classDef (error|warning|info) [#\w:,-]+"
)


def test_a_chain() -> None:
    assert "".join(render_mermaid("a.yaml", [chain("a", "b")], [finding("b")])) == (
        "---\n"
        'title: "a.yaml: image 8x32x32"\n'
        "---\n"
        "flowchart TD\n"
        '    g0n0(["image<br/>input"])\n'
        '    g0n1["a<br/>Op"]\n'
        '    g0n2["❗ b<br/>Op"]:::error\n'
        '    g0n3(["output"])\n'
        '    g0n0 -- "8×32×32" --> g0n1\n'
        '    g0n1 -- "8×32×32" --> g0n2\n'
        '    g0n2 -- "8×32×32" --> g0n3\n'
        "  classDef error stroke:#c4161c,stroke-width:3px\n"
    )


def test_variants_and_the_insides_of_blocks_are_subgraphs() -> None:
    networks, result = describe_file("examples/resnet18.yaml", depth=1)
    text = "".join(render_mermaid("r.yaml", networks, result.findings))
    assert '  subgraph g1["Basic, as in layer1"]\n' in text
    assert text.count("  subgraph ") == text.count("  end\n") == 2
    both = [chain("a")._replace(variant=scale) for scale in "ns"]
    assert "".join(render_mermaid("a.yaml", both, ())).count("  subgraph ") == 2


@given(st.text(min_size=1), st.text())
def test_no_name_can_leave_its_quotes(name: str, other: str) -> None:
    hostile = chain(other or "x", name)._replace(inputs=((name, (3, 8, 8)),), results=((other, Port(1)),))
    text = "".join(render_mermaid(other, [hostile], [finding(name)]))
    assert not [line for line in text.split("\n")[:-1] if not _LINE.fullmatch(line)]
    title = text.split("\n")[1].removeprefix("title: ")
    assert isinstance(json.loads(title), str)


def test_what_means_something_to_mermaid_is_a_code() -> None:
    text = "".join(render_mermaid("a.yaml", [chain('x"];`<b>#&end')], ()))
    assert '["x#34;]#59;#96;#60;b#62;#35;#38;end<br/>Op"]' in text


def test_a_name_is_no_list() -> None:
    text = "".join(render_mermaid("a.yaml", [chain("1. conv", "- conv", "2.5")], ()))
    assert '["1#46; conv<br/>Op"]' in text
    assert '["#45; conv<br/>Op"]' in text
    assert '["2.5<br/>Op"]' in text
