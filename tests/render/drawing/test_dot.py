"""Networks in the language of Graphviz: nodes, connections with shapes, marks, and no way out of the quotes."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from convlint.model import Port
from convlint.render.drawing.dot import render_dot
from tests.render.drawing.networks import chain, finding

_STRING = r'"(?:[^"\\\n]|\\.)*"'
_ATTRIBUTES = rf"\[\w+=(?:{_STRING}|\w+)(?:, \w+=(?:{_STRING}|\w+))*\]"
_LINE = re.compile(
    rf"digraph {_STRING} {{|}}|  (node|edge) {_ATTRIBUTES}|  subgraph cluster_g\d+ {{|    label={_STRING}|  }}"
    rf"|    g\d+n\d+( -> g\d+n\d+)?( {_ATTRIBUTES})?"
)


def test_a_chain() -> None:
    lines = "".join(render_dot("a.yaml", [chain("a", "b")], [finding("b")])).splitlines()
    assert lines[0] == 'digraph "a.yaml: image 8x32x32" {'
    assert '    g0n0 -> g0n1 [label="8×32×32"]' in lines
    assert '    g0n1 -> g0n2 [label="8×32×32"]' in lines
    assert '    g0n2 -> g0n3 [label="8×32×32"]' in lines
    marked = next(line for line in lines if line.startswith("    g0n2 ["))
    assert marked.startswith('    g0n2 [label="b\\nOp", ')
    assert 'color="#c4161c", penwidth=3, class="error"' in marked
    assert "penwidth" not in next(line for line in lines if line.startswith("    g0n1 ["))


def test_quotes_escapes_and_entities_are_text() -> None:
    text = "".join(render_dot("a.yaml", [chain('x\\N"&lt;')], ()))
    assert '[label="x\\\\N\\"&amp;lt;\\nOp"' in text


@given(st.text(min_size=1), st.text())
def test_no_name_can_leave_its_quotes(name: str, other: str) -> None:
    hostile = chain(other or "x", name)._replace(inputs=((name, (3, 8, 8)),), results=((other, Port(1)),))
    text = "".join(render_dot(other, [hostile._replace(variant=name), hostile], [finding(name)]))
    assert not [line for line in text.split("\n")[:-1] if not _LINE.fullmatch(line)]
