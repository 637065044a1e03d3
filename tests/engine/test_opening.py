"""What is inside operators: the body language, by declarations that use each part of it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from convlint.catalogue import lookup
from convlint.catalogue.extension import Extension, load_extension
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.catalogue.rule_text import read_operator_text
from convlint.checking import check_source
from convlint.describing import describe_source
from convlint.engine.assembly import NoPlaces
from convlint.engine.opening import Opened, inside_of
from convlint.engine.trace import Session
from convlint.model import Layer
from convlint.options import Options
from convlint.source.nodes import Source
from convlint.tensors.state import state_of_file


def declared(text: str, tmp_path: Path) -> Extension:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return load_extension([read_operator_text(str(path))], [])


def inside(
    folder: Path, text: str, *inputs: tuple[int, ...], operator: str = "Thing", parameters: tuple[Any, ...] = ()
) -> Opened:
    own = declared(text, folder)
    with lookup.extended(own):
        found = inside_of(Layer(operator, operator, parameters, (), NoPlaces()), inputs, Session({}))
    assert found is not None
    return found


def paths(opened: Opened) -> list[str]:
    return [slot.path for slot in opened.body.slots]


def flow(opened: Opened) -> list[str]:
    return [layer.name for layer in opened.trace.graph.layers]


def test_groups_number_their_children_and_loops_add_no_component(tmp_path: Path) -> None:
    opened = inside(
        tmp_path,
        """
Thing:
  layers:
    - {name: stem, layers: [{op: ReLU}, {op: Conv2d, out_channels: 8, kernel_size: 1}]}
    - name: m
      each: i in range(2)
      layers:
        - layers:
            - {each: j in range(2), layers: [{op: ReLU}]}
        - {name: "named{i}", op: ReLU}
""",
        (4, 16, 16),
    )
    assert flow(opened) == [
        *("stem.0", "stem.1", "m.0.0", "m.0.1", "m.named0", "m.1.0", "m.1.1", "m.named1"),
    ]
    assert opened.trace.outputs == ((8, 16, 16),)


def test_an_empty_series_gives_what_went_in(tmp_path: Path) -> None:
    opened = inside(
        tmp_path,
        """
Thing:
  params: {n: {type: integer, required: true}}
  layers:
    - {name: m, each: i in range(n), layers: [{op: Conv2d, out_channels: 8, kernel_size: 1}]}
    - {name: all, op: Concat, from: [x, m, m.*]}
""",
        (4, 16, 16),
        parameters=(0,),
    )
    assert opened.trace.outputs == ((8, 16, 16),)


def test_what_is_not_there_takes_no_number_unless_something_stands_in(tmp_path: Path) -> None:
    opened = inside(
        tmp_path,
        """
Thing:
  layers:
    - name: m
      layers:
        - {op: ReLU, when: false}
        - {op: SiLU, when: false, else: Identity}
        - {op: GELU}
""",
        (4, 16, 16),
    )
    assert [(layer.name, layer.operator) for layer in opened.trace.graph.layers] == [
        ("m.0", "Identity"),
        ("m.1", "GELU"),
    ]


def test_a_state_is_ordered_by_level_then_as_declared(tmp_path: Path) -> None:
    opened = inside(
        tmp_path,
        """
Thing:
  order: [last, first]
  layers:
    - {name: first, op: ReLU}
    - {name: scale, op: Buffer, shape: [1]}
    - {name: m.1, op: ReLU}
    - {name: m.0, op: ReLU}
    - {name: last, op: ReLU}
    - {name: gamma, op: Parameter, shape: [C]}
""",
        (4, 16, 16),
    )
    assert paths(opened) == ["gamma", "scale", "last", "first", "m.0", "m.1"]
    assert opened.body.slots[0].shape == (4,)


def test_a_layer_that_is_called_again_is_registered_once(tmp_path: Path) -> None:
    opened = inside(
        tmp_path,
        """
Thing:
  layers:
    - {name: pool, op: MaxPool2d, kernel_size: 2}
    - {call: pool}
""",
        (4, 16, 16),
    )
    assert paths(opened) == ["pool"]
    assert opened.trace.outputs == ((4, 4, 4),)


def test_a_second_name_and_a_layer_that_nothing_flows_through(tmp_path: Path) -> None:
    opened = inside(
        tmp_path,
        """
Thing:
  layers:
    - {name: conv, also: all.0, op: Conv2d, out_channels: 8, kernel_size: 1}
    - {name: aside, unused: true, op: Linear, in_features: 3, out_features: 2}
    - {name: act, op: ReLU}
""",
        (4, 16, 16),
    )
    assert [(slot.path, slot.is_alias, slot.layer) for slot in opened.body.slots] == [
        ("conv", False, 0),
        ("all.0", True, 0),
        ("aside", False, -1),
        ("act", False, 1),
    ]


def test_an_inlined_operator_adds_no_component_and_a_computed_one_is_opened(tmp_path: Path) -> None:
    opened = inside(
        tmp_path,
        """
Inner:
  params: {wide: {type: count, required: true}, kind: {type: text, default: ReLU}}
  layers:
    - {name: conv, op: Conv2d, out_channels: wide, kernel_size: 1}
    - {name: act, op: "{kind}"}
Thing:
  layers:
    - {inline: Inner, wide: 2 * C}
    - {name: again, op: "{'Inner' if C == 4 else 'ReLU'}", wide: 6, kind: "'SiLU'"}
""",
        (4, 16, 16),
    )
    assert flow(opened) == ["conv", "act", "again"]
    assert opened.trace.outputs == ((6, 16, 16),)


def test_loops_over_texts_and_several_inputs_and_outputs(tmp_path: Path) -> None:
    opened = inside(
        tmp_path,
        """
Thing:
  inputs: {min: 1}
  returns: [a_all, b_all]
  layers:
    - each: p in ['a', 'b']
      layers:
        - {name: "{p}", each: i in range(len(inputs)), layers: [{op: Conv2d, from: "inputs.{i}", out_channels: i + 1, kernel_size: 1}]}
        - {name: "{p}_all", op: Concat, from: ["{p}.*", "inputs.*"]}
""",
        (4, 16, 16),
        (5, 16, 16),
    )
    assert flow(opened) == ["a.0", "a.1", "a_all", "b.0", "b.1", "b_all"]
    assert opened.trace.outputs == ((12, 16, 16), (12, 16, 16))


@pytest.mark.parametrize(
    "layers",
    [
        "[{op: Conv2d, out_channels: C - 4, kernel_size: 1}]",
        "[{op: Conv2d, out_channels: 8 // (C - 4), kernel_size: 1}]",
        "[{name: m, each: i in range(4096), layers: [{each: j in range(4096), layers: [{op: ReLU}]}]}]",
        "[{op: ReLU, from: '{kind}'}]",
        "[{op: '{kind}'}]",
    ],
)
def test_what_cannot_be_built_is_unknown(layers: str, tmp_path: Path) -> None:
    text = f"Thing:\n  params: {{kind: {{type: text, default: Nothing}}}}\n  layers: {layers}\n"
    own = declared(text, tmp_path)
    with lookup.extended(own):
        assert inside_of(Layer("", "Thing", ("Nothing",), (), NoPlaces()), ((4, 8, 8),), Session({})) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{op: Conv3}", "no operator is called 'Conv3'"),
        ("{op: Conv2d, out_channels: 4, kernel: 3}", "Conv2d has no parameter 'kernel'"),
        ("{op: Conv2d, out_channels: 4}", "kernel_size of Conv2d is missing"),
        ("{op: Conv2d, out_channels: wide, kernel_size: 1}", "unknown name 'wide'"),
        ("{op: ReLU, when: 'y[0] > 1'}", "'y' is known in costs and messages alone"),
        ("{name: m, each: i of range(2), layers: []}", "is not of the form 'i in range(n)'"),
        ("{name: m, each: i in C, layers: []}", "`C` is no list"),
        ("{name: gamma, op: Parameter, shape: C}", "does not give a shape"),
        ("{name: gamma, op: Parameter}", "needs 'name' and 'shape'"),
        ("{name: m}", "needs one of 'op', 'layers', 'inline' and 'call'"),
        ("{op: Thing}", "Thing would be inside itself"),
        ("{op: Conv2D}", "no operator is called 'Conv2D'; did you mean 'Conv2d'?"),
        ("{op: ReLU, when: C > 3, else: Idenity}", "no operator is called 'Idenity'; did you mean 'Identity'?"),
        ("{op: ReLU, form: x}", "ReLU has no parameter 'form'; did you mean 'from'?"),
        ("{inline: ReLU}", "nothing is inside ReLU that could stand here: write 'op: ReLU'"),
        ("{name: conv, op: ReLU, from: cov}", "nothing in the body is called 'cov'; did you mean 'conv'?"),
        ("{op: ReLU, from: inputs.1}", "there is no inputs.1: the operator takes 1 input, counted from 0"),
        ("{call: pool}", "nothing in the body is called 'pool'"),
    ],
)
def test_mistakes_in_a_body_are_said(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(RuleFileError) as caught:
        declared(f"Thing:\n  layers:\n    - {text}\n", tmp_path)
    assert problem in str(caught.value)


@pytest.mark.parametrize("key", ["returns", "order"])
def test_what_a_body_returns_and_orders_is_there(key: str, tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match=f"Thing.{key}: nothing in the body is called 'cov'; did you mean 'conv'"):
        declared(f"Thing:\n  layers: [{{name: conv, op: ReLU}}]\n  {key}: [cov]\n", tmp_path)


def chain(length: int, copies: int) -> str:
    """Operators inside one another."""
    names = [*(f"A{number}" for number in range(length)), "ReLU"]
    layers = "".join(f"    - {{name: l{copy}, op: INNER}}\n" for copy in range(copies))
    pairs = pairwise(names)
    return "".join(f"{name}:\n  layers:\n{layers.replace('INNER', inner)}" for name, inner in pairs)


def test_operators_inside_one_another_have_a_bound(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="operators stand inside one another more than 40 deep"):
        declared(chain(300, 1), tmp_path)


def test_what_multiplies_inside_is_unknown_soon(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("convlint: 1\ninputs: {x: [4, 8, 8]}\nlayers:\n  - {name: a, op: A0}\n", encoding="utf-8")
    ((state,), _) = state_of_file(str(path), Options(extension=declared(chain(30, 2), tmp_path)))
    assert (state.tensors, state.unknown) == ((), ("a",))


def test_an_operator_that_an_expression_names_is_not_the_one_around_it(tmp_path: Path) -> None:
    own = declared("Thing:\n  params: {kind: {type: text, default: Thing}}\n  layers: [{op: '{kind}'}]\n", tmp_path)
    text = "convlint: 1\ninputs: {x: [4, 8, 8]}\nlayers:\n  - {op: Thing}\n"
    assert check_source(Source("a.yaml", text), Options(extension=own)).findings == ()


def test_parts_belong_to_the_modules_of_a_vocabulary(tmp_path: Path) -> None:
    parts = "parts_of: ultralytics\nmodules:\n  Part:\n    layers: [{op: Conv, out_channels: 8}]\n"
    opened = inside(tmp_path, parts, (4, 16, 16), operator="ultralytics.Part")
    assert opened.trace.outputs == ((8, 16, 16),)
    with pytest.raises(RuleFileError, match="no vocabulary is called 'ultralytic'"):
        declared(parts.replace("ultralytics", "ultralytic"), tmp_path)


def test_the_examples_of_the_page_are_opened(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "operator-language.md").read_text(encoding="utf-8")
    section = page.partition("## What is inside\n")[2].partition("\n## ")[0]
    examples = "".join(block.partition("```")[0] for block in section.split("```yaml\n")[1:])
    stage = inside(tmp_path, examples, (8, 16, 16), operator="Stage", parameters=(None, 12, 2))
    assert paths(stage) == ["cv1", "cv2", *[f"m.{i}.{j}" for i in (0, 1) for j in (0, 1)], "halves", "all"]
    assert stage.trace.outputs == ((12, 16, 16),)
    head = inside(tmp_path, examples, (8, 16, 16), (8, 8, 8), operator="Head", parameters=(3,))
    assert paths(head) == ["a_scale", "b_scale", "anchors", "heads.0", "heads.1", "prior"]
    assert head.trace.outputs == ((3, 16, 16), (3, 8, 8))
    scale = inside(tmp_path, examples, (8, 16, 16), operator="Scale")
    assert [(slot.path, slot.shape, slot.is_buffer) for slot in scale.body.slots] == [
        ("gain", (8,), False),
        ("running_mean", (8,), True),
    ]


def test_copies_of_what_only_its_inside_tells_come_one_after_another(tmp_path: Path) -> None:
    own = """
Narrower:
  layers:
    - {op: Conv2d, out_channels: C // 2, kernel_size: 3, stride: 2, padding: 1}
"""
    layers = "convlint: 1\ninputs: {image: [16, 64, 64]}\nlayers:\n  - {op: Narrower, repeat: %d}\n"
    options = Options(extension=declared(own, tmp_path))
    (network,), result = describe_source(Source("net.yaml", layers % 3), options)
    assert network.layers[0].outputs == ((2, 8, 8),)
    assert network.parameters == sum(wide * wide // 2 * 9 + wide // 2 for wide in (16, 8, 4))
    assert not result.findings
    fixed = declared(own.replace("C // 2", "8, in_channels: 16"), tmp_path)
    assert not describe_source(Source("net.yaml", layers % 1), Options(extension=fixed))[1].findings
    _, result = describe_source(Source("net.yaml", layers % 2), Options(extension=fixed))
    assert [finding.rule.name for finding in result.findings] == ["channel-mismatch"]


def test_an_operator_that_gives_nothing_is_unknown(tmp_path: Path) -> None:
    own = declared("Nothing:\n  summary: Gives nothing.\n  outputs: '[s for s in inputs if s[0] > 1000]'\n", tmp_path)
    text = """
convlint: 1
inputs: {x: [3, 8, 8]}
layers:
  - {name: none, op: Nothing}
  - {name: a, op: Conv2d, in_channels: 3, out_channels: 4, kernel_size: 1}
  - {name: b, op: Conv2d, in_channels: 5, out_channels: 4, kernel_size: 1}
"""
    (finding,) = check_source(Source("a.yaml", text), Options(extension=own)).findings
    assert finding.layer == "b"


def test_a_tensor_of_the_module_is_read_like_a_layer(tmp_path: Path) -> None:
    opened = inside(
        tmp_path,
        """
Thing:
  layers:
    - {name: gain, op: Parameter, shape: [C]}
    - {name: unread, op: Buffer, shape: [2]}
    - {name: conv, op: Conv2d, out_channels: C, kernel_size: 1}
    - {name: shaped, op: Reshape, from: gain, shape: [C, 1, 1]}
    - {name: scaled, op: Mul, from: [shaped, conv]}
""",
        (4, 8, 8),
    )
    assert paths(opened) == ["gain", "unread", "conv", "shaped", "scaled"]
    assert flow(opened) == ["conv", "gain", "shaped", "scaled"]
    assert opened.trace.outputs == ((4, 8, 8),)
