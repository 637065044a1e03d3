"""What the reader of the native format says: one finding for one mistake, and none for what follows from it."""

from __future__ import annotations

import pytest

from convlint.checking import check_source
from convlint.source import Source
from convlint.source.nodes import LineIndex

HEAD = "convlint: 1\ninputs: {image: [3, 32, 32]}\n"
Said = tuple[tuple[int, int], str, str]


def said(text: str) -> list[Said]:
    """((line, column), rule, message) of every finding."""
    index = LineIndex(text)
    found = check_source(Source("a.yaml", text)).findings
    return [(index.position(item.place.start), item.rule.name, item.message) for item in found]


def helps(text: str) -> list[tuple[str, str]]:
    """(rule, help) of every finding."""
    return [(item.rule.name, item.help) for item in check_source(Source("a.yaml", text)).findings]


def test_a_block_that_is_used_wrongly_is_used() -> None:
    text = HEAD + (
        "blocks:\n"
        "  Inner: {layers: [{op: ReLU}]}\n"
        "  Outer: {params: {k: null}, layers: [{op: Inner, repeat: '${k}'}]}\n"
        "layers: [{op: Outer}]\n"
    )
    assert said(text) == [((6, 15), "missing-key", "Outer needs the key 'k'")]


def test_a_block_that_only_unused_blocks_name_is_unused() -> None:
    text = HEAD + ("blocks:\n  Inner: {layers: [{op: ReLU}]}\n  Outer: {layers: [{op: Inner}]}\nlayers: [{op: ReLU}]\n")
    assert [(place, rule) for place, rule, _ in said(text)] == [((4, 3), "unused-block"), ((5, 3), "unused-block")]


TWO_BRANCHES = "layers:\n  - {name: a, op: ReLU}\n  - {name: b, op: ReLU, from: image}\n"


def test_every_mistake_in_outputs_is_said_and_no_layer_is_unused_for_it() -> None:
    text = HEAD + TWO_BRANCHES + "outputs: {x: 3, y: {form: a}, z: {from: b, shape: [0, 32]}}\n"
    assert [(place, rule) for place, rule, _ in said(text)] == [
        ((6, 14), "wrong-type"),
        ((6, 21), "unknown-key"),
        ((6, 52), "invalid-value"),
    ]


def test_every_mistake_in_a_list_of_outputs_is_said() -> None:
    text = HEAD + TWO_BRANCHES + "outputs: [3, a, 4]\n"
    assert said(text) == [
        ((6, 11), "wrong-type", "outputs: expected text, found 3"),
        ((6, 17), "wrong-type", "outputs: expected text, found 4"),
    ]


def test_every_mistake_in_expect_is_said_and_such_a_shape_is_not_compared() -> None:
    text = HEAD + "layers:\n  - {op: ReLU, expect: [0, -1]}\n  - {op: Tanh, expect: [[3, 32, 32], [0]]}\n"
    assert [(place, rule) for place, rule, _ in said(text)] == [
        ((4, 25), "invalid-value"),
        ((4, 28), "invalid-value"),
        ((5, 39), "invalid-value"),
    ]


@pytest.mark.parametrize("indented", ["layers:\n\t- {op: ReLU}\n", "layers:\n  - op: ReLU\n\trepeat: 2\n"])
def test_tabs(indented: str) -> None:
    assert helps(HEAD + indented) == [("yaml-syntax", "YAML takes no tabs for indentation: use spaces")]


COLUMNS = "the keys of one mapping stand in one column, and so do the dashes of one list"


@pytest.mark.parametrize(
    ("layers", "help"),
    [
        ("  - op: Conv2d\n   kernel_size: 3\n", COLUMNS),
        ("  - op: ReLU\n - op: ReLU\n", COLUMNS),
        ("  - op: Conv2d\n      kernel_size: 3\n", f"{COLUMNS}; a text that holds ': ' needs quotes"),
        ("  - op:Conv2d\n    kernel_size: 3\n", "a space is missing behind the colon: op: Conv2d"),
        ("  - {op: Conv2d, out_channels: 8 kernel_size: 3}\n", "a comma or the closing bracket is missing before this"),
        ("  - {op: ReLU\n  - {op: ReLU}\n", "} is missing at the end of line 4"),
        ("  - {op: ReLU}\noutputs\n", "a colon is missing: outputs:"),
        ("  - op: ReLU\n  -{op: ReLU}\n", "a space is missing behind the dash"),
        ("  - op: 'ReLU\n", "a quote is not closed"),
        ("  - op: 'Conv2d' d\n", ""),
    ],
)
def test_what_mends_a_syntax_error(layers: str, help: str) -> None:
    assert helps(f"{HEAD}layers:\n{layers}") == [("yaml-syntax", help)]


@pytest.mark.parametrize(
    ("inputs", "help"),
    [
        ("[1, 28, 28]", "each input has a name and a shape: inputs: {image: [1, 28, 28]}"),
        ("[image]", "each input has a name and a shape: inputs: {image: [3, 224, 224]}"),
        ("[{image: [1, 28, 28]}]", "each input has a name and a shape: inputs: {image: [3, 224, 224]}"),
    ],
)
def test_inputs_as_a_list(inputs: str, help: str) -> None:
    text = f"convlint: 1\ninputs: {inputs}\nlayers:\n  - {{op: Conv2d, from: image, out_channels: 8, kernel_size: 3}}\n"
    assert helps(text) == [("wrong-type", help)]


BATCH = "the batch is left out of shapes: if 8 is the batch, the input is [3, 32, 32]"


@pytest.mark.parametrize(
    "layers",
    [
        "layers: [{op: Conv2d, out_channels: 8, kernel_size: 3}]\n",
        "layers: [{op: ReLU}, {op: MaxPool2d, kernel_size: 2}]\n",
        "blocks: {B: {layers: [{op: Conv2d, out_channels: 8, kernel_size: 3}]}}\nlayers: [{op: B}]\n",
    ],
)
def test_an_input_with_the_batch(layers: str) -> None:
    assert helps("convlint: 1\ninputs: {image: [8, 3, 32, 32]}\n" + layers) == [("rank-mismatch", BATCH)]


def test_the_batch_is_not_blamed_for_another_number_of_axes() -> None:
    layers = "layers: [{op: Conv1d, out_channels: 8, kernel_size: 3}]\n"
    assert helps("convlint: 1\ninputs: {image: [8, 3, 32, 32]}\n" + layers) == [
        ("rank-mismatch", "Conv3d takes [channels, depth, height, width]")
    ]


def test_tuples_that_share_numbers_repeat_no_key() -> None:
    layer = "{op: Conv3d, out_channels: 8, kernel_size: (3, 3, 3), stride: (1, 1, 1), padding: (1, 1, 1)}"
    assert helps(f"{HEAD}layers:\n  - {layer}\n") == [
        ("wrong-type", "a list is written [3, 3, 3]"),
        ("wrong-type", "a list is written [1, 1, 1]"),
        ("wrong-type", "a list is written [1, 1, 1]"),
    ]


def test_a_stride_of_null_is_the_kernel_size() -> None:
    assert said(HEAD + "layers: [{op: MaxPool2d, kernel_size: 2, stride: null, expect: [3, 16, 16]}]\n") == []


def block(text: str, use: str = "{op: B}") -> str:
    return f"{HEAD}blocks:\n  B: {text}\nlayers:\n  - {use}\n"


def test_a_block_that_is_called_like_an_operator() -> None:
    text = HEAD + "blocks:\n  ReLU: {layers: [{op: Sigmoid}]}\nlayers: [{op: ReLU}]\n"
    (finding,) = check_source(Source("a.yaml", text)).findings
    assert (finding.rule.name, finding.severity) == ("invalid-value", "warning")
    assert finding.message == "blocks: expected a name that no operator has, found 'ReLU'"


def test_a_block_parameter_that_nothing_uses() -> None:
    text = block("{params: {kernel: 3, size: 5}, layers: [{op: MaxPool2d, kernel_size: '${kernel}', stride: 1}]}")
    assert said(text) == [((4, 27), "unused-input", "nothing in the block uses its parameter 'size'")]


def test_a_block_parameter_that_only_the_name_of_a_key_repeats_is_unused() -> None:
    text = block("{params: {kernel_size: 3}, layers: [{op: MaxPool2d, kernel_size: 3, stride: 1}]}")
    assert [rule for _, rule, _ in said(text)] == ["unused-input"]


@pytest.mark.parametrize(
    "layers",
    [
        "[{op: ReLU, expect: [k, 32, 32]}]",
        "[{op: Upsample, size: [32, '${32 * k // k}']}]",
        "[{op: Identity, repeat: '${k}'}]",
    ],
)
def test_a_block_parameter_that_something_uses(layers: str) -> None:
    assert said(block(f"{{params: {{k: 3}}, layers: {layers}}}")) == []


def test_a_block_parameter_that_layers_behind_an_alias_use() -> None:
    text = (
        HEAD + "blocks:\n  A: {params: {k: 3}, layers: &same [{op: Identity, repeat: '${k}'}]}\n"
        "  B: {params: {k: 3}, layers: *same}\nlayers: [{op: A}, {op: B}]\n"
    )
    assert said(text) == []


def test_a_block_input_that_nothing_reads() -> None:
    text = block("{inputs: [x, y], layers: [{op: ReLU, from: x}]}", "{op: B, from: [image, image]}")
    assert said(text) == [((4, 19), "unused-input", "nothing in the block reads its input 'y'")]


def test_a_block_input_is_read_where_a_wrong_name_may_mean_it() -> None:
    text = block("{inputs: [x, skip], layers: [{op: Add, from: [x, skp]}]}", "{op: B, from: [image, image]}")
    assert [rule for _, rule, _ in said(text)] == ["undefined-input"]


def test_a_block_input_that_stands_twice() -> None:
    text = block("{inputs: [x, x], layers: [{op: Sigmoid, from: x}]}", "{op: B, from: [image, image]}")
    assert said(text) == [((4, 19), "duplicate-layer", "the name 'x' is taken")]


@pytest.mark.parametrize("key", ["True", "5", "0.5", "~"])
def test_what_is_no_text_stands_twice_as_a_key(key: str) -> None:
    text = f"{HEAD}{key}: 1\n{key}: 1\nlayers:\n  - {{op: ReLU}}\n"
    assert ((4, 1), "duplicate-key", f"the key '{key}' stands twice in this mapping") in said(text)


def test_a_constant_in_a_shape_is_its_value() -> None:
    text = "convlint: 1\nconstants: {width: 4}\ninputs: {image: [width, 32, 32]}\nlayers:\n  - {op: ReLU, expect: [3, 32, 32]}\n"
    assert said(text) == [
        ((5, 24), "output-shape-mismatch", "3x32x32 is declared, but the output is 4x32x32"),
    ]


@pytest.mark.parametrize(("value", "found"), [("2.5", "2.5"), ("abc", "'abc'"), ("0", "0")])
def test_a_constant_in_a_shape_that_is_no_size(value: str, found: str) -> None:
    text = f"convlint: 1\nconstants: {{k: {value}}}\ninputs: {{image: [3, 32, k]}}\nlayers:\n  - {{op: ReLU}}\n"
    message = f"k: expected an integer of at least 1, as it stands for a size, found {found}"
    assert said(text) == [((3, 25), "invalid-value", message)]


def test_a_block_is_read_anew_for_a_value_of_another_type() -> None:
    text = (
        HEAD + "blocks:\n  B: {params: {n: null}, layers: [{op: Identity, repeat: '${n}'}]}\n"
        "layers:\n  - {op: B, n: 1}\n  - {op: B, n: true}\n"
    )
    assert [(place, rule) for place, rule, _ in said(text)] == [((4, 58), "invalid-expression")]


def test_what_nothing_reads_beside_a_cycle_is_not_said() -> None:
    layers = "[{name: a, op: ReLU, from: b}, {name: b, op: Tanh, from: a}, {name: c, op: ReLU}, {op: Tanh, from: b}]"
    assert said(f"{HEAD}layers: {layers}\n") == [((3, 36), "cycle", "these layers feed each other: a -> b -> a")]


def test_what_nothing_reads_beside_a_block_with_a_cycle_is_said() -> None:
    layers = "[{op: B, from: image}, {name: c, op: ReLU, from: image}, {op: Tanh, from: image}]"
    cycle = "{layers: [{name: a, op: ReLU, from: b}, {name: b, op: ReLU, from: a}]}"
    text = f"{HEAD}blocks: {{B: {cycle}}}\nlayers: {layers}\n"
    assert [rule for _, rule, _ in said(text)] == ["cycle", "unused-layer", "unused-layer"]


def test_a_layer_that_is_called_like_an_input_is_not_unused_for_it() -> None:
    layers = "[{name: image, op: ReLU}, {op: Sigmoid, from: image}]"
    assert said(f"{HEAD}layers: {layers}\n") == [((3, 17), "duplicate-layer", "the name 'image' is taken")]


@pytest.mark.parametrize(
    ("shape", "help"),
    [
        ("[32, 48]", "channels come first: if there is one channel, the input is [1, 32, 48]"),
        ("[32]", "if 32 are channels, the input is [32, 1, 1]"),
    ],
)
def test_an_input_without_channels(shape: str, help: str) -> None:
    layers = "layers: [{op: Conv2d, out_channels: 8, kernel_size: 3}]\n"
    assert helps(f"convlint: 1\ninputs: {{image: {shape}}}\n{layers}") == [("rank-mismatch", help)]


@pytest.mark.parametrize(
    ("part", "rule", "help"),
    [
        ("convlint: true", "wrong-type", "1 is the version of the format: write convlint: 1"),
        ("inputs: {image: [-1, 3, 32, 32]}", "invalid-value", "the batch is left out of shapes: write [3, 32, 32]"),
        (
            "inputs: {image: [3, -1, 32]}",
            "invalid-value",
            "a size that is open has a name, such as H: write [3, H, 32]",
        ),
        ("inputs: {image: [3, null, 32]}", "wrong-type", "a size that is open has a name, such as H: write [3, H, 32]"),
        ("inputs: {image: [3, -4, 32]}", "invalid-value", ""),
        ("inputs: {image: 3, 32, 32}", "wrong-type", "a list is written [3, 32, 32]"),
        ("inputs: {image: (3, 32, 32)}", "wrong-type", "a list is written [3, 32, 32]"),
        ("inputs: {image: 3, H, W}", "wrong-type", "a list is written [3, H, W]"),
        (
            "inputs: {image: {shape: [3, 32, 32]}}",
            "wrong-type",
            "an input is its shape and nothing else: image: [3, 224, 224]",
        ),
        (
            "layers:",
            "wrong-type",
            "a network has a layer at least: layers: [{op: Conv2d, out_channels: 8, kernel_size: 3}]",
        ),
        ("layers: {a: {op: ReLU}}", "wrong-type", "layers are a list: each begins with a dash"),
        ("layers: {op: ReLU}", "wrong-type", "layers are a list: each begins with a dash"),
        ("sizes: {H: [32, 64]}", "wrong-type", "what a size may be is written {min: 32, max: 64}"),
        ("layers:\n  -op: ReLU", "wrong-type", "a space is missing behind the dash"),
        ("sizes: [H]", "wrong-type", "a size has a name and what it may be: sizes: {H: {min: 32, max: 640}}"),
        ("constants: [8]", "wrong-type", "each constant has a name and a value: constants: {width: 16}"),
        ("outputs: [0]", "wrong-type", "an output is the name of a layer"),
        ("outputs: {mask: {from: 0}}", "wrong-type", "an output is the name of a layer"),
        ("sizes: {H: any}", "wrong-type", "what a size may be is written {min: 32, max: 640}"),
    ],
)
def test_a_part_of_the_wrong_kind(part: str, rule: str, help: str) -> None:
    parts = {"convlint": "convlint: 1", "inputs": "inputs: {image: [3, H, 32]}", "layers": "layers: [{op: ReLU}]"}
    parts[part.partition(":")[0]] = part
    assert helps("\n".join(parts.values()) + "\n") == [(rule, help)]


@pytest.mark.parametrize(
    ("parts", "help"),
    [
        ("layers: [{op: ReLU}]", "each input has a name and a shape: inputs: {image: [3, 224, 224]}"),
        ("inputs: {image: [3]}", "layers are a list: each begins with a dash"),
    ],
)
def test_a_part_that_is_missing(parts: str, help: str) -> None:
    assert helps(f"convlint: 1\n{parts}\n") == [("missing-key", help)]


@pytest.mark.parametrize(
    ("parts", "help"),
    [
        ("inputs: {image: [3]}\nlayers: [{op: ReLU}]", "an architecture has the line convlint: 1 at its top"),
        ("services: {web: {}}", ""),
    ],
)
def test_a_file_without_its_version(parts: str, help: str) -> None:
    assert helps(f"{parts}\n") == [("not-an-architecture", help)]


def test_a_dash_before_every_key() -> None:
    text = HEAD + "layers:\n  - op: Conv2d\n  - out_channels: 8\n  - kernel_size: 3\n"
    help = "only the first key of a layer has a dash before it"
    assert [place for place, _, _ in said(text)] == [(5, 5), (6, 5)]
    assert helps(text) == [("missing-key", help), ("missing-key", help)]


def test_a_layer_without_op_whose_keys_the_layer_above_does_not_take() -> None:
    text = HEAD + "layers:\n  - {op: ReLU}\n  - {out_channels: 8}\n"
    assert helps(text) == [("missing-key", "")]


def test_blocks_as_a_list() -> None:
    layers = "layers: [{op: Conv2d, out_channels: 8, kernel_size: 3}]"
    text = f"{HEAD}blocks:\n  - name: B\n    {layers}\nlayers: [{{op: B, x: 1}}]\n"
    help = "each block has its name as its key: blocks: {Name: {layers: [...]}}"
    assert helps(text) == [("wrong-type", help)]


def test_the_layers_of_a_block_in_place_of_the_block() -> None:
    text = HEAD + "blocks: {B: [{op: ReLU}]}\nlayers: [{op: B}, {op: B}]\n"
    assert helps(text) == [("wrong-type", "the layers of a block stand under its key 'layers'")]


@pytest.mark.parametrize(("inputs", "help"), [("x", "a list is written [x]"), ("x, y", "a list is written [x, y]")])
def test_the_inputs_of_a_block_as_text(inputs: str, help: str) -> None:
    layers = f"[{{op: Add, from: [{inputs}], value: 1}}]"
    sources = ", ".join("image" for _ in inputs.split(","))
    text = HEAD + f'blocks: {{B: {{inputs: "{inputs}", layers: {layers}}}}}\nlayers: [{{op: B, from: [{sources}]}}]\n'
    assert helps(text) == [("wrong-type", help)]


@pytest.mark.parametrize("op", ["Add", "Concat"])
@pytest.mark.parametrize("names", ["a, image", "a+image", "a & image", "a and image"])
def test_names_in_one_text(op: str, names: str) -> None:
    text = f"{HEAD}layers:\n  - {{name: a, op: ReLU}}\n  - op: {op}\n    from: {names}\n"
    assert helps(text) == [("undefined-input", "a list is written [a, image]")]


def test_a_block_that_reads_what_stands_outside_of_it() -> None:
    text = HEAD + (
        "blocks: {B: {inputs: [x, y], layers: [{op: Add, from: [x, y, stem]}]}}\n"
        "layers: [{name: stem, op: ReLU}, {op: B, from: [stem, image]}]\n"
    )
    assert helps(text) == [("undefined-input", "a block reads its own layers and what it is given: x, y")]


def test_an_expression_that_is_not_closed() -> None:
    text = HEAD + "layers: [{op: Conv2d, out_channels: '${2*4', kernel_size: 3}]\n"
    assert said(text) == [((3, 37), "invalid-expression", "${2*4: its closing } is missing")]


@pytest.mark.parametrize(
    ("params", "written"), [("[wide]", "wide: null"), ("[{wide: null}]", "width: null"), ("wide", "width: null")]
)
def test_the_parameters_of_a_block_in_another_form(params: str, written: str) -> None:
    text = block(
        f"{{params: {params}, layers: [{{op: Conv2d, out_channels: '${{wide}}', kernel_size: 3}}]}}", "{op: B, wide: 8}"
    )
    help = f"each parameter has a name and a default, which is null where it must be given: params: {{{written}}}"
    assert helps(text) == [("wrong-type", help)]


def test_a_layer_in_place_of_a_block() -> None:
    text = block("{op: Conv2d, out_channels: 8, kernel_size: 3}")
    assert helps(text) == [("missing-key", "the layers of a block stand under its key 'layers'")]


def test_blocks_under_a_misspelt_key() -> None:
    text = HEAD + "block: {B: {layers: [{op: ReLU}]}}\nlayers: [{op: B}]\n"
    assert said(text) == [((3, 1), "unknown-key", "an architecture takes no key 'block'")]


def test_layers_that_are_indented_into_the_inputs() -> None:
    text = "convlint: 1\ninputs:\n  image: [3, 32, 32]\n  layers:\n    - {op: ReLU}\n"
    assert helps(text) == [("missing-key", "'layers' stands in 'inputs': begin it in the first column")]


def test_a_file_whose_parts_stand_under_another_key() -> None:
    text = "convlint: 1\nmodel:\n  inputs: {image: [3, 32, 32]}\n  layers: [{op: ReLU}]\n"
    assert helps(text) == [("unknown-key", "write its keys one level up")]


@pytest.mark.parametrize("name", ["b.x", "b/x"])
def test_a_layer_inside_of_a_block_that_is_read_from_outside(name: str) -> None:
    text = HEAD + (
        "blocks: {B: {layers: [{name: x, op: ReLU}]}}\n"
        f"layers: [{{name: b, op: B}}, {{op: Add, from: [b, {name}]}}]\n"
    )
    assert helps(text) == [("undefined-input", "of 'b', only what it gives can be read: 'b'")]


@pytest.mark.parametrize("value", [".inf", "-.inf", ".nan", "[.inf, 2]"])
def test_numbers_that_are_not_finite(value: str) -> None:
    """Torch takes them where a number is only computed with, and not as a factor of a size."""
    head = "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n"
    if "[" not in value:
        assert said(head + f"  - {{op: ConstantPad2d, padding: 1, value: {value}}}\n") == []
    ((_, rule, _),) = said(head + f"  - {{op: Upsample, scale_factor: {value}}}\n")
    assert rule == "invalid-value"


def test_blocks_that_ask_for_too_much_are_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block around the one that is too many asks for too much as well, and so does what stands after it."""
    head = "convlint: 1\ninputs: {image: [1, 8, 8]}\nblocks:\n"
    deep = "".join(f"  B{i}: {{layers: [{{op: B{i + 1}}}]}}\n" for i in range(200))
    text = head + deep + "  B200: {layers: [{op: ReLU}]}\nlayers:\n  - {op: B0}\n"
    assert said(text) == [((67, 23), "yaml-limit", "blocks are nested more than 64 deep")]
    monkeypatch.setattr("convlint.dialects.native.layers.MOST_BLOCK_LAYERS", 20)
    twice = "[{{op: B{0}, n: '${{n * 2}}'}}, {{op: B{0}, n: '${{n * 2 + 1}}'}}]"
    wide = "".join(f"  B{i}: {{params: {{n: null}}, layers: {twice.format(i + 1)}}}\n" for i in range(6))
    last = "  B6: {params: {n: null}, layers: [{op: Dropout, p: '${1 / n}'}]}\n"
    ((_, rule, message),) = said(head + wide + last + "layers:\n  - {op: B0, n: 1}\n")
    assert (rule, message) == ("yaml-limit", "blocks expand to more than 20 layers")


@pytest.mark.parametrize("key", ["name", "op", "from", "repeat", "over", "expect"])
def test_a_parameter_called_like_a_key_of_a_layer_is_said_where_it_is_declared(key: str) -> None:
    head = f"convlint: 1\ninputs: {{image: [3, 8, 8]}}\nblocks:\n  Double:\n    params: {{{key}: null}}\n"
    layers = "    layers: [{op: ReLU}]\nlayers:\n  - {op: Double}\n  - {op: ReLU, inplce: true}\n"
    ((where, rule, _), (_, other, _)) = said(head + layers)
    assert (where, rule, other) == ((5, 14), "invalid-value", "unknown-key")


def test_a_template_is_called_one() -> None:
    text = HEAD + "layers:\n  - {op: Conv2d, out_channels: {{ channels }}, kernel_size: 1}\n"
    assert helps(text) == [("yaml-syntax", "this is a template: render it first, and lint what comes out")]


def test_a_number_above_all_limits_is_told_the_limit() -> None:
    text = HEAD + "layers: [{op: Conv2d, out_channels: 9999999999999, kernel_size: 1}]\n"
    assert helps(text) == [("invalid-value", "numbers go up to 1099511627776")]


def test_an_upsampling_that_is_too_large_grows_and_loses_nothing() -> None:
    layers = (
        "{name: e1, op: ReLU}, {name: p1, op: MaxPool2d, kernel_size: 2}, {name: e2, op: ReLU}, "
        "{name: p2, op: MaxPool2d, kernel_size: 2}, {name: u2, op: ConvTranspose2d, out_channels: 3, kernel_size: 3, stride: 2}, "
        "{name: c2, op: Concat, from: [u2, e2]}, "
        "{name: u1, op: ConvTranspose2d, out_channels: 3, kernel_size: 3, stride: 2}, {op: Concat, from: [u1, e1]}"
    )
    (finding,) = check_source(Source("a.yaml", f"{HEAD}layers: [{layers}]\n")).findings
    assert finding.rule.name == "skip-size-mismatch"
    assert "the height grows here: 8 becomes 17" in [item.message for item in finding.related]
    assert finding.help.startswith("let u2 make 2 times its size, which is 16, or ")
