"""Schema mistakes: one sentence each, at the exact key or value; the reader and the schema agree on what is right."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convlint.catalogue import lookup
from convlint.catalogue.rule_text import read_page_text
from convlint.checking import check_source
from convlint.dialects import native
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.native.document import read_architecture
from convlint.dialects.native.sizes import Sizes
from convlint.schema import explain, layers
from convlint.source import Mapping, Source, parse
from convlint.source.nodes import LineIndex

ROOT = Path(__file__).parent.parent
HEAD = "convlint: 1\ninputs: {image: [3, 32, 32]}\nlayers:\n  - "
SCHEMA_RULES = {"unknown-key", "missing-key", "wrong-type", "invalid-value", "unknown-operator"}

# (one layer, column of the finding, rule, message, help)
LAYERS = [
    ("{op: Conv2d, out_channels: 8, kernel_size: 3, paddin: 1}", 51, "unknown-key", "Conv2d takes no key 'paddin'", "did you mean 'padding'?"),
    ("{op: Conv2d, out_channels: 8}", 10, "missing-key", "Conv2d needs the key 'kernel_size'", "`convlint operator Conv2d` shows a line to copy"),
    ("{name: a, out_channels: 8}", 6, "missing-key", "a layer needs the key 'op'", ""),
    ("{op: Conv2d, out_channels: 8, kernel_size: 3x3}", 48, "wrong-type", "kernel_size: expected an integer of at least 1 or a list of 2 integers, found the text '3x3'", "a list is written [3, 3]"),
    ("{op: Conv2d, out_channels: 8, kernel_size: 3.0}", 48, "wrong-type", "kernel_size: expected an integer of at least 1 or a list of 2 integers, found 3.0", "write 3"),
    ("{op: Conv2d, out_channels: 8.5, kernel_size: 3}", 32, "wrong-type", "out_channels: expected an integer of at least 1, found 8.5", ""),
    ("{op: Conv2d, out_channels: 0, kernel_size: 3}", 32, "invalid-value", "out_channels: expected an integer of at least 1, found 0", ""),
    ("{op: Conv2d, out_channels: 8, kernel_size: 3, stride: 0}", 59, "invalid-value", "stride: expected an integer of at least 1 or a list of 2 integers, found 0", ""),
    ("{op: Conv2d, out_channels: 8, kernel_size: [3, 3, 3]}", 48, "invalid-value", "kernel_size: expected an integer of at least 1 or a list of 2 integers, found a list of 3", "Conv2d has 2 axes: write [3, 3]; Conv3d has 3"),
    ("{op: Conv2d, out_channels: 8, kernel_size: [3, a]}", 52, "wrong-type", "kernel_size: expected an integer of at least 1, found the text 'a'", ""),
    ("{op: Conv2d, out_channels: 8, kernel_size: 3, padding: SAME}", 60, "invalid-value", "padding: expected an integer, a list of 2 integers or 'same' or 'valid', found the text 'SAME'", "did you mean 'same'?"),
    ("{op: Conv2d, out_channels: 8, kernel_size: 3, padding_mode: zero}", 65, "invalid-value", "padding_mode: expected 'circular', 'reflect', 'replicate' or 'zeros', found the text 'zero'", "did you mean 'zeros'?"),
    ("{op: Conv2d, out_channels: 8, kernel_size: 3, bias: 'True'}", 57, "wrong-type", "bias: expected true or false, found the text 'True'", "write true without quotes"),
    ("{op: Conv2d, out_channels: true, kernel_size: 3}", 32, "wrong-type", "out_channels: expected an integer of at least 1, found true", ""),
    ("{op: Conv2d, out_channels: null, kernel_size: 3}", 32, "wrong-type", "out_channels: expected an integer of at least 1, found nothing (null)", ""),
    ("{op: Conv2d, out_channels: 1e2, kernel_size: 3}", 32, "wrong-type", "out_channels: expected an integer of at least 1, found the text '1e2'", "PyYAML reads 1e2 as text; write the number out"),
    ("{op: Conv2D, out_channels: 8, kernel_size: 3}", 10, "unknown-operator", "no operator is called 'Conv2D'", "did you mean 'Conv2d'?"),
    ("{op: torch.nn.Conv2d, out_channels: 8, kernel_size: 3}", 10, "unknown-operator", "no operator is called 'torch.nn.Conv2d'", "did you mean 'Conv2d'?"),
    ("{op: batch_norm_2d}", 10, "unknown-operator", "no operator is called 'batch_norm_2d'", "did you mean 'BatchNorm2d'?"),
    ("{op: Conv, out_channels: 8, kernel_size: 3}", 10, "unknown-operator", "no operator is called 'Conv'", "did you mean 'Conv2d'?"),
    ("{op: Frobnicate}", 10, "unknown-operator", "no operator is called 'Frobnicate'", "`convlint operator` lists all operators"),
    ("{op: 3}", 10, "wrong-type", "op: expected text, found 3", ""),
    ("{op: [Conv2d]}", 10, "wrong-type", "op: expected text, found a list of 1", ""),
    ("just text", 5, "wrong-type", "a layer: expected a mapping with the key 'op', found the text 'just text'", ""),
    ("{op: ReLU, name: ''}", 22, "invalid-value", "name: expected text that is not empty, found the text ''", ""),
    ("{op: ReLU, name: 3}", 22, "wrong-type", "name: expected text that is not empty, found 3", "quote it: '3'"),
    ("{op: ReLU, from: 0}", 22, "wrong-type", "from: expected text or a list of texts, found 0", "layers are read by their names; without 'from', a layer reads the one above"),
    ("{op: ReLU, from: []}", 22, "invalid-value", "from: expected text or a list of texts, found an empty list", ""),
    ("{op: Add, from: [image, 1]}", 29, "wrong-type", "from: expected text, found 1", "layers are read by their names; without 'from', a layer reads the one above"),
    ("{op: ReLU, repeat: 0}", 24, "invalid-value", "repeat: expected an integer from 1 to 100000, found 0", ""),
    ("{op: ReLU, repeat: two}", 24, "wrong-type", "repeat: expected an integer from 1 to 100000, found the text 'two'", ""),
    ("{op: ReLU, expect: [3, 32, -1]}", 32, "invalid-value", "expect: expected an integer of at least 1 or the name of a size, found -1", ""),
    ("{op: ReLU, expect: [[3, 32, 32], 4]}", 38, "wrong-type", "expect: expected a list of sizes, found 4", ""),
    ("{op: ReLU, expect: [[3, 32, 0]]}", 33, "invalid-value", "expect: expected an integer of at least 1 or the name of a size, found 0", ""),
    ("{op: ReLU, expect: 3}", 24, "wrong-type", "expect: expected a list of sizes, found 3", ""),
    ("{op: Dropout, p: half}", 22, "wrong-type", "p: expected a number, found the text 'half'", ""),
    ("{op: Upsample, size: None}", 26, "wrong-type", "size: expected an integer of at least 1, a list of 1 integer, a list of 2 integers, a list of 3 integers or null, found the text 'None'", "write null"),
    ("{op: AdaptiveAvgPool2d, output_size: null}", 42, "wrong-type", "output_size: expected an integer of at least 1 or a list of 2 integers, found nothing (null)", ""),
    ("{op: Conv2d, out_channels: 8, kernel_size: 3, stride: None}", 59, "wrong-type", "stride: expected an integer of at least 1 or a list of 2 integers, found the text 'None'", "None is a text in YAML, which writes null; a key that has a default can be left out"),
    ("{op: Conv2d, out_channels: '8', kernel_size: 3}", 32, "wrong-type", "out_channels: expected an integer of at least 1, found the text '8'", "write 8 without quotes"),
    ("{op: Dropout, p: '0.5'}", 22, "wrong-type", "p: expected a number, found the text '0.5'", "write 0.5 without quotes"),
    ("{op: Conv2d, out_channels: 8, kernel_size: (3, 5)}", 48, "wrong-type", "kernel_size: expected an integer of at least 1 or a list of 2 integers, found the text '(3, 5)'", "a list is written [3, 5]"),
    ("{op: Conv2d, out_channels: 8, kernel_size: '(3, 5)'}", 48, "wrong-type", "kernel_size: expected an integer of at least 1 or a list of 2 integers, found the text '(3, 5)'", "a list is written [3, 5]"),
    ("{op: Conv3d, out_channels: 8, kernel_size: (3, 1, 1), bias: false}", 48, "wrong-type", "kernel_size: expected an integer of at least 1 or a list of 3 integers, found the text '(3, 1, 1)'", "a list is written [3, 1, 1]"),
    ("{op: Conv2d, out_channels: 8, kernel_size: '[3, 5]'}", 48, "wrong-type", "kernel_size: expected an integer of at least 1 or a list of 2 integers, found the text '[3, 5]'", "a list is written [3, 5], without quotes"),
    ("{op: ReLU, expect: 3x32x32}", 24, "wrong-type", "expect: expected a list of sizes, found the text '3x32x32'", "a list is written [3, 32, 32]"),
    ("{op: PixelUnshuffle, downscalefactor: 2}", 26, "unknown-key", "PixelUnshuffle takes no key 'downscalefactor'", "did you mean 'downscale_factor'?"),
    ("{type: ReLU}", 6, "missing-key", "a layer needs the key 'op'", "write op: ReLU in place of type: ReLU"),
    ("{opp: ReLU}", 6, "missing-key", "a layer needs the key 'op'", "write op: ReLU in place of opp: ReLU"),
    ("{op: ReLU, 1: 2}", 16, "wrong-type", "a key: expected text, found 1", "quote it: '1'"),
    ("{op: Conv2d, out_channels: 8, kernel_size: 3, 5}", 48, "wrong-type", "kernel_size: expected an integer of at least 1 or a list of 2 integers, found the text '3, 5'", "a list is written [3, 5]"),
    ("{op: Conv2d, kernel_size: 3 , 5, out_channels: 8}", 31, "wrong-type", "kernel_size: expected an integer of at least 1 or a list of 2 integers, found the text '3, 5'", "a list is written [3, 5]"),
    ("{op: Add, from: image, image}", 21, "wrong-type", "from: expected text or a list of texts, found the text 'image, image'", "a list is written [image, image]"),
    ("{op: ReLU, inplace}", 23, "wrong-type", "inplace: expected true or false, found nothing (null)", ""),
    ("{op: ReLU, inplace: }", 25, "wrong-type", "inplace: expected true or false, found nothing (null)", ""),
    ("{op: ReLU, inplace: 1}", 25, "wrong-type", "inplace: expected true or false, found 1", "write true"),
    ("{op: Linear, out_features: 10, 20}", 36, "wrong-type", "a key: expected text, found 20", "between { and }, every value has a key"),
    ("{op: Linear, out_features: 10, 20: 30}", 36, "wrong-type", "a key: expected text, found 20", "quote it: '20'"),
    ("{op: Linear, out_features: 5*2}", 32, "wrong-type", "out_features: expected an integer of at least 1, found the text '5*2'", 'an expression is written "${5*2}"'),
    ("{op: Linear, out_features: wide*2}", 32, "wrong-type", "out_features: expected an integer of at least 1, found the text 'wide*2'", ""),
    ("{op: Upsample, scale_factor: 2, mode: bilinaer}", 43, "invalid-value", "mode: expected 'area', 'bicubic', 'bilinear', 'linear', 'nearest', 'nearest-exact' or 'trilinear', found the text 'bilinaer'", "did you mean 'bilinear'?"),
    ("ReLU", 5, "wrong-type", "a layer: expected a mapping with the key 'op', found the text 'ReLU'", "write {op: ReLU}"),
    ("relu", 5, "wrong-type", "a layer: expected a mapping with the key 'op', found the text 'relu'", "write {op: ReLU}"),
    ("[Conv2d, 8, 3]", 5, "wrong-type", "a layer: expected a mapping with the key 'op', found a list of 3", "write {op: Conv2d}, its parameters by name"),
    ("[8, 3]", 5, "wrong-type", "a layer: expected a mapping with the key 'op', found a list of 2", ""),
    ("{Conv2d: {out_channels: 8, kernel_size: 3}}", 6, "missing-key", "a layer needs the key 'op'", "write op: Conv2d, and its parameters beside it"),
    ("{a: {op: ReLU}}", 6, "missing-key", "a layer needs the key 'op'", "a layer holds its name: write name: a beside 'op'"),
    ("{op:ReLU, inplace: true}", 6, "missing-key", "a layer needs the key 'op'", "a space is missing behind the colon: op: ReLU"),
    ("{op: ReLU, inplace:true}", 16, "unknown-key", "ReLU takes no key 'inplace:true'", "a space is missing behind the colon: inplace: true"),
    ("{op: Linear, out_features:10}", 18, "unknown-key", "Linear takes no key 'out_features:10'", "a space is missing behind the colon: out_features: 10"),
    ("{op: Linear, args: [10]}", 18, "unknown-key", "Linear takes no key 'args'", "parameters are given by name, beside 'op'"),
    ("{op: Linear, args: {out_features: 10}}", 18, "unknown-key", "Linear takes no key 'args'", "write its keys one level up, beside 'op'"),
    ("{op: ReLU, input: image}", 16, "unknown-key", "ReLU takes no key 'input'", "did you mean 'from'?"),
    ("{op: ReLU, inputs: [image]}", 16, "unknown-key", "ReLU takes no key 'inputs'", "did you mean 'from'?"),
    ("{op: ReLU, input: picture}", 16, "unknown-key", "ReLU takes no key 'input'", "did you mean 'from'?"),
    ("Conv2d(8, 3)", 5, "wrong-type", "a layer: expected a mapping with the key 'op', found the text 'Conv2d(8, 3)'", "write {op: Conv2d}, its parameters by name"),
    ("nn.ReLU()", 5, "wrong-type", "a layer: expected a mapping with the key 'op', found the text 'nn.ReLU()'", "write {op: ReLU}"),
    ("[{op: ReLU}, {op: ReLU}]", 5, "wrong-type", "a layer: expected a mapping with the key 'op', found a list of 2", "a layer has one dash before it"),
    ("{op: ReLU()}", 10, "unknown-operator", "no operator is called 'ReLU()'", "did you mean 'ReLU'?"),
    ("{op: 'Conv2d(3, 8, 3)'}", 10, "unknown-operator", "no operator is called 'Conv2d(3, 8, 3)'", "write op: Conv2d, and its parameters beside it"),
    ("{op: Conv2d, channels: 8, kernel_size: 3}", 18, "unknown-key", "Conv2d takes no key 'channels'", "did you mean 'out_channels'?"),
    ("{op: Conv2d, out_channels: 8, kernel_size: 3, channels: 3}", 51, "unknown-key", "Conv2d takes no key 'channels'", "did you mean 'in_channels'?"),
    ("{op: Linear, out: 8}", 18, "unknown-key", "Linear takes no key 'out'", "did you mean 'out_features'?"),
    ("{op: Add, from: [[image, image]]}", 22, "wrong-type", "from: expected text, found a list of 2", "the names of the layers stand in one list"),
    ("{op: Add, from: {image, picture}}", 21, "wrong-type", "from: expected text or a list of texts, found a mapping", "a list is written [image, picture]"),
    ("{op: ReLU, name: yes}", 22, "wrong-type", "name: expected text that is not empty, found true", "quote it: 'yes'"),
    ("{op: Sequential, layers: [{op: ReLU}]}", 10, "unknown-operator", "no operator is called 'Sequential'", "layers that stand for one layer are a block: declare it under 'blocks'"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "column", "rule", "message", "help"), LAYERS, ids=[row[0] for row in LAYERS])
def test_mistake_in_a_layer(layer: str, column: int, rule: str, message: str, help: str) -> None:
    text = HEAD + layer + "\n"
    (finding,) = [item for item in check_source(Source("a.yaml", text)).findings if item.severity == "error"]
    position = LineIndex(text).position(finding.place.start)
    assert (position, finding.rule.name, finding.message) == ((4, column), rule, message)
    assert finding.help == help
    assert finding.layer in (None, "0", "a")


NAMES = "convlint: 1\nconstants: {wide: 8}\nsizes: {H: 32}\ninputs: {image: [3, H, 32]}\n"


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("wide", 'an expression is written "${wide}"'),
        ("$wide", 'an expression is written "${wide}"'),
        ("'{wide}'", 'an expression is written "${wide}"'),
        ("H", 'an expression is written "${H}"'),
        ("wide * 2", 'an expression is written "${wide * 2}"'),
        ("width", ""),
        ("width * 2", ""),
    ],
)
def test_a_text_that_is_meant_as_an_expression(written: str, help: str) -> None:
    text = f"{NAMES}layers:\n  - {{op: Conv2d, out_channels: {written}, kernel_size: 3}}\n"
    (finding,) = [item for item in check_source(Source("a.yaml", text)).findings if item.severity == "error"]
    assert (finding.rule.name, finding.help) == ("wrong-type", help)


def test_the_parameters_of_a_block_are_names_of_expressions_in_it_alone() -> None:
    text = (
        "convlint: 1\ninputs: {image: [3, 32, 32]}\nblocks:\n  B:\n    params: {wide: 8}\n    layers:\n"
        "      - {op: Conv2d, out_channels: wide, kernel_size: 3}\n      - {op: Identity, repeat: '${wide}'}\n"
        "layers:\n  - {op: B}\n  - {op: Conv2d, out_channels: wide, kernel_size: 3}\n"
    )
    found = check_source(Source("a.yaml", text)).findings
    assert [item.help for item in found] == ['an expression is written "${wide}"', ""]


def test_a_key_that_names_a_block_that_cannot_be_read_is_an_unknown_key() -> None:
    text = (
        "convlint: 1\ninputs: {image: [3, 32, 32]}\nblocks: {Act: 3}\nlayers:\n"
        "  - {op: Conv2d, out_channels: 8, kernel_size: 3, activation: Act}\n"
    )
    found = [item for item in check_source(Source("a.yaml", text)).findings if item.severity == "error"]
    assert [(item.rule.name, text[item.place.start : item.place.end]) for item in found] == [
        ("wrong-type", "3"),
        ("unknown-key", "activation"),
    ]


# (whole file, (line, column), rule, message)
FILES = [
    ("convlint: 1\ninputs: {}\nlayers: [{op: ReLU}]\n", (2, 9), "invalid-value", "inputs: expected a mapping, found an empty mapping"),
    ("convlint: 2\ninputs: {a: [3]}\nlayers: [{op: ReLU}]\n", (1, 11), "invalid-value", "convlint: expected 1, found 2"),
    ("convlint: '1'\ninputs: {a: [3]}\nlayers: [{op: ReLU}]\n", (1, 11), "wrong-type", "convlint: expected 1, found the text '1'"),
    ("convlint: 1\nlayers: [{op: ReLU}]\n", (1, 1), "missing-key", "an architecture needs the key 'inputs'"),
    ("convlint: 1\ninputs: {a: [3]}\n", (1, 1), "missing-key", "an architecture needs the key 'layers'"),
    ("convlint: 1\ninput: {a: [3]}\nlayers: [{name: b, op: ReLU}, {op: Add, from: [b, a]}]\noutputs: [a, b]\n", (2, 1), "unknown-key", "an architecture takes no key 'input'"),
    ("convlint: 1\ninputs: {a: [3]}\nlayer: [{name: b, op: ReLU}]\noutputs: [b]\n", (3, 1), "unknown-key", "an architecture takes no key 'layer'"),
    ("convlint: 1\ninputs: {a: [3]}\nblocks: {B: {layer: [{op: ReLU}]}}\nlayers: [{op: B}]\n", (3, 14), "unknown-key", "'B' takes no key 'layer'"),
    ("convlint: 1\ninput: {a: [3]}\ninputs: {a: [3]}\nlayers: [{op: ReLU}]\n", (2, 1), "unknown-key", "an architecture takes no key 'input'"),
    ("convlint: 1\ninputs: {a: 3}\nlayers: [{op: ReLU}]\n", (2, 13), "wrong-type", "a: expected a list of sizes, found 3"),
    ("convlint: 1\ninputs: {a: [3, 0]}\nlayers: [{op: ReLU}]\n", (2, 17), "invalid-value", "a: expected an integer of at least 1 or the name of a size, found 0"),
    ("convlint: 1\ninputs: {a: [3]}\nlayers: []\n", (3, 9), "invalid-value", "layers: expected a list of layers, found an empty list"),
    ("convlint: 1\nname: 3\ninputs: {a: [3]}\nlayers: [{op: ReLU}]\n", (2, 7), "wrong-type", "name: expected text, found 3"),
    ("convlint: 1\nsizes: {H: {mn: 3}}\ninputs: {a: [3]}\nlayers: [{op: ReLU}]\n", (2, 13), "unknown-key", "'H' takes no key 'mn'"),
    ("convlint: 1\nsizes: {H: 0}\ninputs: {a: [3]}\nlayers: [{op: ReLU}]\n", (2, 12), "invalid-value", "H: expected an integer of at least 1 or a mapping, found 0"),
    ("convlint: 1\nsizes: {H: {min: 0}}\ninputs: {a: [3]}\nlayers: [{op: ReLU}]\n", (2, 18), "invalid-value", "min: expected an integer of at least 1, found 0"),
    ("convlint: 1\ninputs: {a: [3]}\nblocks: {B: {params: {k: null}, layers: [{op: ReLU}]}}\nlayers: [{op: B}]\n", (4, 15), "missing-key", "B needs the key 'k'"),
    ("convlint: 1\ninputs: {a: [3]}\nblocks: {B: {layers: [{op: ReLU, x: 1}]}}\nlayers: [{op: B}]\n", (3, 34), "unknown-key", "ReLU takes no key 'x'"),
    ("convlint: 1\ninputs: {a: [3]}\nlayers: [{op: ReLU}]\noutputs: {y: {shape: [3]}}\n", (4, 15), "missing-key", "'y' needs the key 'from'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "position", "rule", "message"), FILES, ids=[row[3] for row in FILES])
def test_mistake_in_a_file(text: str, position: tuple[int, int], rule: str, message: str) -> None:
    found = [item for item in check_source(Source("a.yaml", text)).findings if item.severity == "error"]
    assert [(LineIndex(text).position(item.place.start), item.rule.name, item.message) for item in found] == [
        (position, rule, message)
    ]


def test_a_mistake_behind_an_alias_points_at_its_use() -> None:
    text = HEAD + "&c {op: Conv2d, out_channels: 8, kernel_size: a}\n  - *c\n"
    found = check_source(Source("a.yaml", text)).findings
    index = LineIndex(text)
    assert [index.position(item.place.start) for item in found] == [(4, 51), (5, 5)]
    assert [index.position(item.place.start) for item in found[1].related] == [(4, 51)]


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.json")), ids=lambda path: path.name)
def test_schemas_are_schemas_that_explain(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["$id"].startswith("urn:convlint:schema:")
    assert schema["title"] and schema["description"]
    for name, entry in schema["properties"].items() if "properties" in schema else ():
        assert entry.get("description") and "examples" in entry, name


LAYER_VALUES: Any = st.sampled_from([None, True, 0, -1, 1, 2, 7, 1.5, "same", "zeros", "x", "${1}", [], [1], [1, 2], [1, 2, 3], [1, None], ["a"], {}])  # fmt: skip


@pytest.mark.parametrize("name", sorted(lookup.operators()))
@given(data=st.data())
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
def test_what_operators_share_in_a_schema_is_exact(name: str, data: st.DataObject) -> None:
    declaration = lookup.declaration(name)
    keys = [*layers.layer_keys(), *(parameter.name for parameter in declaration.parameters), "unheard_of"]
    layer = {**data.draw(st.dictionaries(st.sampled_from(keys), LAYER_VALUES, max_size=4)), "op": name}
    for parameter in declaration.parameters:
        if parameter.required and parameter.name not in layer and data.draw(st.booleans()):
            layer[parameter.name] = data.draw(LAYER_VALUES)
    assert OPERATORS.is_valid(layer) is jsonschema.Draft7Validator(layers.operator_schema(declaration)).is_valid(layer)


ROW_FILE = {"nc": 3, "backbone": [[-1, 1, "Conv", [16, 3, 2]]], "head": [[[-1], 1, "Detect", ["nc"]]]}


@pytest.mark.parametrize(
    ("part", "row", "is_valid"),
    [
        ("backbone", [-1, 1, "Conv", [16, 3, 2]], True),
        ("backbone", [-1, 1, "MyModule", [16, "text"]], True),
        ("backbone", [-1, 1, "nn.Upsample", ["None", 2, "nearest"]], True),
        ("backbone", [-1, "Conv", [16, 3, 2]], False),
        ("backbone", [-1, 1, "Conv", []], False),
        ("backbone", [[-1], 1, "Conv", [16]], False),
        ("backbone", [-1, 1, "SCDown", [32]], False),
        ("head", [-1, 1, "Detect", ["nc"]], False),
        ("head", [[-1], 1, "Detect", ["nc", "anchors"]], False),
    ],
    ids=str,
)
def test_the_schema_of_rows(part: str, row: list[object], is_valid: bool) -> None:
    schema = json.loads((ROOT / "schemas" / "ultralytics.schema.json").read_text(encoding="utf-8"))
    assert jsonschema.Draft7Validator(schema).is_valid({**ROW_FILE, part: [row]}) is is_valid


UNET = {
    "_target_": "UNet",
    "spatial_dims": 2,
    "in_channels": "@channels",
    "out_channels": 2,
    "channels": [8, 16],
    "strides": [[2, 2]],
    "norm": ["GROUP", {"num_groups": 4}],
}


@pytest.mark.parametrize(
    ("changes", "is_valid"),
    [
        ({}, True),
        ({"_target_": "monai.networks.nets.UNet", "_disabled_": False}, True),
        ({"_target_": "mine.UNet", "anything": 1}, True),
        ({"strides": "$[2] * 1"}, True),
        ({"dimensions": 2}, False),
        ({"out_channels": "two"}, False),
        ({"channels": 8}, False),
    ],
    ids=str,
)
def test_the_schema_of_bundles(changes: dict[str, object], is_valid: bool) -> None:
    schema = json.loads((ROOT / "schemas" / "monai.schema.json").read_text(encoding="utf-8"))
    bundle = {"channels": 1, "parts": [{"network_def": {**UNET, **changes}}]}
    assert jsonschema.Draft7Validator(schema).is_valid(bundle) is is_valid


@pytest.mark.parametrize(
    ("key", "value", "is_valid"), [("n_stages", 2, True), ("strides", 2, False), ("nonlin", None, True)]
)
def test_the_schema_of_plans(key: str, value: object, is_valid: bool) -> None:
    schema = json.loads((ROOT / "schemas" / "nnunet.schema.json").read_text(encoding="utf-8"))
    architecture = {
        "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
        "arch_kwargs": {key: value},
        "_kw_requires_import": [],
    }
    plans = {"plans_name": "p", "configurations": {"2d": {"patch_size": [32, 32], "architecture": architecture}}}
    assert jsonschema.Draft7Validator(schema).is_valid(plans) is is_valid


def test_rule_files_fit_their_schema() -> None:
    schema = json.loads((ROOT / "schemas" / "rules.schema.json").read_text(encoding="utf-8"))
    for path in (ROOT / "rules" / "operators").glob("*.yaml"):
        jsonschema.Draft7Validator(schema).validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    page = {"$ref": "#/definitions/page", "definitions": schema["definitions"]}
    for path in (ROOT / "rules").glob("*/*.md"):
        jsonschema.Draft7Validator(page).validate(read_page_text(str(path)).data)


WITH_NAMES = """\
convlint: 1
constants: {wide: 8}
sizes: {H: {min: 8, max: 64}}
inputs: {image: [3, H, H]}
blocks:
  Twice:
    params: {channels: null}
    inputs: [left, right]
    layers:
      - {name: a, op: Conv2d, from: left, out_channels: "${channels}", kernel_size: 1}
      - {name: b, op: Conv2d, from: right, out_channels: "${channels}", kernel_size: 1}
      - {op: Add, from: [a, b]}
layers:
  - {op: Twice, from: [image, image], channels: "${wide}"}
"""


@pytest.mark.parametrize(
    ("key", "slip"),
    [
        ("constants", "constant"),
        ("constants", "const"),
        ("sizes", "size"),
        ("params", "param"),
        ("inputs: [", "input: ["),
    ],
)
def test_what_stands_under_a_misspelt_key_is_known(key: str, slip: str) -> None:
    found = check_source(Source("net.yaml", WITH_NAMES.replace(key, slip))).findings
    assert [item.rule.name for item in found] == ["unknown-key"]


def architecture_validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads((ROOT / "schemas" / "architecture.schema.json").read_text()))


OPERATORS = jsonschema.Draft7Validator(json.loads((ROOT / "schemas" / "operators.schema.json").read_text()))
NATIVE = [path for path in sorted((ROOT / "tests" / "cases").glob("*/*.yaml")) if path.parent.name != "ultralytics"]


@pytest.mark.parametrize("path", NATIVE, ids=lambda path: path.name)
def test_editors_accept_what_convlint_accepts(path: Path) -> None:
    architecture_validator().validate(yaml.safe_load(path.read_text(encoding="utf-8")))


VALID = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "tests" / "cases").glob("good/*.yaml"))]
JUNK: Any = st.sampled_from(
    [None, True, 0, -1, 3, 3.0, 2.5, "", "x", "H", "${1}", [], [1], [1, 2, 3], ["a"], {}, {"a": 1}]
)
KEYS = st.sampled_from(
    [
        "op",
        "name",
        "from",
        "repeat",
        "expect",
        "kernel_size",
        "stride",
        "padding",
        "dim",
        "x",
        "params",
        "layers",
        "min",
        "output_size",
    ]
)


@pytest.mark.slow
@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_reading_and_schema_agree(data: st.DataObject) -> None:
    """The reader stumbles exactly where jsonschema has something to say."""
    tree = copy.deepcopy(data.draw(st.sampled_from(VALID)))
    for _ in range(data.draw(st.integers(1, 2))):
        node = tree
        while isinstance(node, (dict, list)) and node:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = data.draw(st.sampled_from(keys))
            child = node[key]
            if not isinstance(child, (dict, list)) or not child or data.draw(st.integers(0, 3)) == 0:
                if data.draw(st.booleans()) or isinstance(node, list):
                    node[key] = copy.deepcopy(data.draw(JUNK))
                elif data.draw(st.booleans()):
                    del node[key]
                else:
                    node[data.draw(KEYS)] = copy.deepcopy(data.draw(JUNK))
                break
            node = child
    text = yaml.safe_dump(tree)
    (document,), _ = parse(Source("a.yaml", text))
    assert isinstance(document.root, Mapping)
    if not native.recognises(document.root):
        return
    explained = explain(document, document.root)
    mistakes = Mistakes(document.source)
    read_architecture(document.root, Sizes({}), {}, mistakes)
    assert bool(mistakes.stumbled_over) is bool(explained), f"{[item.message for item in explained]}\n{text}"
    assert explain(document, document.root, mistakes.stumbled_over) == explained, text
