"""The table of `convlint show`: aligned columns, unknown sizes, totals, one table a variant."""

from __future__ import annotations

from fractions import Fraction

from convlint.facts import LayerFacts, NetworkFacts
from convlint.findings import Place
from convlint.render.table import render_text
from convlint.render.table_json import as_json
from convlint.render.table_markdown import render_markdown
from convlint.source.nodes import Source

PLACE = Place(Source("a.yaml", "layers:\n  - x\n"), 12, 13)
FACTS = NetworkFacts(
    None,
    (("image", (3, 224, 224)), ("extra", (16,))),
    (
        LayerFacts(
            0,
            "conv",
            "Conv2d",
            ("image",),
            ((64, 112, 112),),
            9408,
            118013952,
            (7, 7),
            PLACE,
            3211264,
            (Fraction(2), Fraction(1, 2)),
        ),
        LayerFacts(1, "編碼", "Foo", ("conv", "extra"), ((64, None, 56), None), None, None, None, PLACE),
        LayerFacts(2, "lost", "Bar", ("編碼",), None, 0, 0, None, PLACE),
    ),
    None,
    118013952,
)


def test_text() -> None:
    assert "".join(render_text("a.yaml", [FACTS])) == (
        "a.yaml: image 3x224x224, extra 16\n"
        "#  name  op      from         output      params         MACs  activation bytes  receptive field  jump\n"
        "0  conv  Conv2d  image        64x112x112   9,408  118,013,952         3,211,264  7x7              2x1/2\n"
        "1  編碼  Foo     conv, extra  64x?x56, ?       ?            ?                 ?  ?                ?\n"
        "2  lost  Bar     編碼         ?                0            0                 ?  ?                ?\n"
        "total: ? parameters, 118,013,952 MACs, ? activation bytes; receptive field ?, jump ?\n"
        "\n"
    )


def test_a_table_for_every_variant() -> None:
    text = "".join(
        render_text("a.yaml", [FACTS._replace(variant="n"), FACTS._replace(variant="s", variant_word="scale")])
    )
    assert [line for line in text.splitlines() if line.startswith("a.yaml")] == [
        "a.yaml, variant n: image 3x224x224, extra 16",
        "a.yaml, scale s: image 3x224x224, extra 16",
    ]
    assert text.count("total: ") == 2


def test_names_cannot_break_the_table() -> None:
    layers = (FACTS.layers[0]._replace(name="a\nb\x1b[0m"),)
    lines = "".join(render_text("a.yaml", [FACTS._replace(layers=layers)])).splitlines()
    assert lines[2].startswith("0  a b\\x1b[0m  Conv2d")


def test_json() -> None:
    assert as_json("a.yaml", "native", [FACTS]) == {
        "version": 1,
        "path": "a.yaml",
        "dialect": "native",
        "models": [
            {
                "variant": None,
                "inputs": {"image": [3, 224, 224], "extra": [16]},
                "parameters": None,
                "macs": 118013952,
                "activation_bytes": None,
                "training_bytes": None,
                "receptive_field": None,
                "jump": None,
                "layers": [
                    {
                        "index": 0,
                        "name": "conv",
                        "op": "Conv2d",
                        "from": ["image"],
                        "outputs": [[64, 112, 112]],
                        "parameters": 9408,
                        "macs": 118013952,
                        "activation_bytes": 3211264,
                        "training_bytes": None,
                        "receptive_field": [7, 7],
                        "jump": [2, 0.5],
                        "path": "conv",
                        "line": 2,
                    },
                    {
                        "index": 1,
                        "name": "編碼",
                        "op": "Foo",
                        "from": ["conv", "extra"],
                        "outputs": [[64, None, 56], None],
                        "parameters": None,
                        "macs": None,
                        "activation_bytes": None,
                        "training_bytes": None,
                        "receptive_field": None,
                        "jump": None,
                        "path": "編碼",
                        "line": 2,
                    },
                    {
                        "index": 2,
                        "name": "lost",
                        "op": "Bar",
                        "from": ["編碼"],
                        "outputs": None,
                        "parameters": 0,
                        "macs": 0,
                        "activation_bytes": None,
                        "training_bytes": None,
                        "receptive_field": None,
                        "jump": None,
                        "path": "lost",
                        "line": 2,
                    },
                ],
            }
        ],
    }


def test_names_are_no_markup_in_markdown() -> None:
    network = FACTS._replace(layers=(FACTS.layers[0]._replace(name="&amp; a|b ~~c~~ $d$ <e>"),))
    rows = "".join(render_markdown("a.yaml", [network])).splitlines()
    assert r"| \&amp; a\|b \~\~c\~\~ \$d\$ \<e\> | Conv2d |" in rows[4]
