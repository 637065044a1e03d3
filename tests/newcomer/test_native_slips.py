"""Slips of people who come from another library: one finding each, at the slip, whose fix is all that it takes."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from convlint import check_text
from convlint.fixes import apply_edits

from .networks import DIGITS, RESIDUAL, SOUND, UNET


class Slip(NamedTuple):
    """What is `written` in place of what was `meant` in a network.

    The finding of `rule` stands at the text `at`; the fix writes `fixed` where that is not what was meant, word for word.
    """

    network: str
    meant: str
    written: str
    rule: str
    at: str
    is_safe: bool = True
    fixed: str = ""
    help: str = ""


CONV1 = "{name: conv1, op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}"
CONV2 = "{name: conv2, op: Conv2d, out_channels: 32, kernel_size: 3, padding: 1}"
POOL2 = "{name: pool2, op: MaxPool2d, kernel_size: 2}"
UP1 = "{name: up1, op: Upsample, scale_factor: 2, mode: bilinear}"
UP2 = "{name: up2, op: ConvTranspose2d, out_channels: 32, kernel_size: 2, stride: 2}"
CAT1 = "{name: cat1, op: Concat, from: [up1, enc1]}"
CAT2 = "{name: cat2, op: Concat, from: [up2, enc2]}"
ENC1 = '{name: enc1, op: Double, channels: "${width}"}'
SLIPS = {
    "filters": Slip(DIGITS, CONV1, CONV1.replace("out_channels", "filters"), "unknown-key", "filters"),
    "pool_size": Slip(DIGITS, POOL2, POOL2.replace("kernel_size", "pool_size"), "unknown-key", "pool_size"),
    "Dense and units": Slip(
        DIGITS, "op: Linear, out_features: 128", "op: Dense, units: 128", "unknown-operator", "Dense"
    ),
    "BatchNormalization": Slip(
        DIGITS, "BatchNorm2d", "BatchNormalization", "unknown-operator", "BatchNormalization", False
    ),
    "MaxPooling2D": Slip(
        DIGITS, POOL2, "{name: pool2, op: MaxPooling2D, pool_size: 2}", "unknown-operator", "MaxPooling2D"
    ),
    "GlobalAveragePooling2D": Slip(
        RESIDUAL,
        "  - name: gap\n    op: AdaptiveAvgPool2d\n    output_size: 1\n",
        "  - name: gap\n    op: GlobalAveragePooling2D\n",
        "unknown-operator",
        "GlobalAveragePooling2D",
        False,
        "  - name: gap\n    output_size: 1\n    op: AdaptiveAvgPool2d\n",
        "put a Flatten before a Linear",
    ),
    "Conv2DTranspose": Slip(UNET, "op: ConvTranspose2d", "op: Conv2DTranspose", "unknown-operator", "Conv2DTranspose"),
    "UpSampling2D": Slip(
        UNET, UP1, "{name: up1, op: UpSampling2D, size: 2, interpolation: bilinear}", "unknown-operator", "UpSampling2D"
    ),
    "Concatenate": Slip(UNET, CAT2, CAT2.replace("Concat", "Concatenate"), "unknown-operator", "Concatenate"),
    "activation": Slip(
        DIGITS,
        CONV2 + "\n  - {name: relu2, op: ReLU}\n",
        CONV2.replace("}", ", activation: relu}") + "\n",
        "unknown-key",
        "activation",
        fixed=CONV2 + "\n  - {op: ReLU}\n",
        help="{op: ReLU}",
    ),
    "rate": Slip(DIGITS, "Dropout, p: 0.5", "Dropout, rate: 0.5", "unknown-key", "rate"),
    "strides": Slip(RESIDUAL, "    stride: 2\n", "    strides: 2\n", "unknown-key", "strides"),
    "units of an LSTM": Slip(SOUND, "hidden_size", "units", "unknown-key", "units"),
    "the batch as None": Slip(DIGITS, "[1, 28, 28]", "[None, 28, 28, 1]", "wrong-type", "None", False),
    "sizes as None": Slip(
        UNET, "[3, 128, 128]", "[3, None, None]", "wrong-type", "None", fixed="[3, H, W]", help="such as H"
    ),
    "a tuple": Slip(
        DIGITS, CONV1, CONV1.replace(": 3,", ": (3, 3),"), "wrong-type", "(3", fixed=CONV1.replace(": 3,", ": [3, 3],")
    ),
    "a tuple in block style": Slip(
        RESIDUAL, "padding: 1\n", "padding: (1, 1)\n", "wrong-type", "(1, 1)", fixed="padding: [1, 1]\n"
    ),
    "a shape without brackets": Slip(RESIDUAL, "image: [3, 64, 64]", "image: 3, 64, 64", "wrong-type", "3, 64, 64"),
    "a tuple of names": Slip(UNET, CAT1, CAT1.replace("[up1, enc1]", "(up1, enc1)"), "wrong-type", "(up1"),
    "a word in capitals": Slip(
        DIGITS,
        CONV1,
        CONV1.replace("padding: 1", "padding: SAME"),
        "invalid-value",
        "SAME",
        fixed=CONV1.replace("padding: 1", "padding: same"),
    ),
    "None for false": Slip(
        RESIDUAL,
        "    padding: 3\n",
        "    padding: 3\n    bias: None\n",
        "wrong-type",
        "None",
        False,
        "    padding: 3\n    bias: false\n",
    ),
    "features": Slip(DIGITS, "out_features: 128", "features: 128", "unknown-key", "features"),
    "kernel": Slip(DIGITS, POOL2, POOL2.replace("kernel_size", "kernel"), "unknown-key", "kernel"),
    "pad": Slip(DIGITS, CONV2, CONV2.replace("padding", "pad"), "unknown-key", "pad"),
    "Swish": Slip(DIGITS, "relu2, op: ReLU", "relu2, op: Swish", "unknown-operator", "Swish", fixed="relu2, op: SiLU"),
    "axis": Slip(
        UNET,
        CAT2,
        CAT2.replace("from", "axis: 1, from"),
        "unknown-key",
        "axis",
        False,
        CAT2.replace("from", "dim: 1, from"),
        "the channels are 1",
    ),
    "cat": Slip(UNET, "cat1, op: Concat", "cat1, op: cat", "unknown-operator", "cat"),
    "a prefix": Slip(DIGITS, "conv1, op: Conv2d", "conv1, op: nn.Conv2d", "unknown-operator", "nn.Conv2d"),
    "small letters": Slip(DIGITS, "relu1, op: ReLU", "relu1, op: relu", "unknown-operator", "relu"),
    "Conv without its axes": Slip(DIGITS, "conv2, op: Conv2d", "conv2, op: Conv", "unknown-operator", "Conv", False),
    "another number of axes": Slip(DIGITS, "conv2, op: Conv2d", "conv2, op: Conv1d", "rank-mismatch", "Conv1d", False),
    "type": Slip(RESIDUAL, "conv1\n    op:", "conv1\n    type:", "missing-key", "type"),
    "type with another word": Slip(
        RESIDUAL, "bn1\n    op: BatchNorm2d", "bn1\n    type: batch_norm_2d", "missing-key", "type"
    ),
    "inputs": Slip(UNET, CAT1, CAT1.replace("from", "inputs"), "unknown-key", "inputs"),
    "input": Slip(DIGITS, "\ninputs:", "\ninput:", "unknown-key", "input"),
    "no quotes": Slip(UNET, '"${width * 2}"', "${width * 2}", "yaml-syntax", "{"),
    "a dollar alone": Slip(UNET, ENC1, ENC1.replace('"${width}"', "$width"), "wrong-type", "$width"),
    "a bare constant": Slip(UNET, ENC1, ENC1.replace('"${width}"', "width"), "wrong-type", "width"),
    "a computed text": Slip(UNET, '"${width * 4}"', "width * 4", "wrong-type", "width * 4"),
    "a misspelt constant": Slip(UNET, '"${width * 4}"', '"${widht * 4}"', "invalid-expression", "widht"),
    "relu_1": Slip(RESIDUAL, "[bn1, relu1]", "[bn1, relu_1]", "undefined-input", "relu_1"),
    "a misspelt layer": Slip(UNET, "from: [up2, enc2]", "from: [upp2, enc2]", "undefined-input", "upp2", False),
    "a list as text": Slip(RESIDUAL, "from: [bn1, relu1]", "from: bn1, relu1", "undefined-input", "bn1, relu1"),
    "no space": Slip(DIGITS, CONV2, CONV2.replace("channels: ", "channels:"), "unknown-key", "out_channels:32"),
    "no space in block style": Slip(RESIDUAL, "  - name: relu2\n", "  -name: relu2\n", "yaml-syntax", "-"),
    "a tab": Slip(RESIDUAL, "    kernel_size: 3\n", "\tkernel_size: 3\n", "yaml-syntax", "", False),
    "the name alone": Slip(
        RESIDUAL, "  - name: relu2\n    op: ReLU\n", "  - ReLU\n", "wrong-type", "ReLU", fixed="  - {op: ReLU}\n"
    ),
    "no version": Slip(DIGITS, "convlint: 1\n", "", "missing-version", "name"),
    "a name twice": Slip(DIGITS, "name: relu3", "name: relu2", "duplicate-layer", "relu2", False),
    "a key of a block": Slip(
        UNET, "dec2, op: Double, channels", "dec2, op: Double, out_channels", "unknown-key", "out_channels"
    ),
    "a key that means nothing here": Slip(
        RESIDUAL,
        "    padding: 3\n",
        "    padding: 3\n    kernel_initializer: he_normal\n",
        "unknown-key",
        "kernel_initializer",
        False,
        help="leave it out",
    ),
    "an equals sign": Slip(DIGITS, POOL2, POOL2.replace("size: ", "size="), "unknown-key", "kernel_size=2"),
    "a call": Slip(
        DIGITS,
        "relu2, op: ReLU",
        "relu2, op: nn.ReLU(inplace=True)",
        "unknown-operator",
        "nn.ReLU",
        fixed="relu2, op: ReLU, inplace: true",
    ),
    "Activation": Slip(
        DIGITS, "relu2, op: ReLU", "relu2, op: Activation, activation: relu", "unknown-operator", "Activation"
    ),
    "an activation that stands below": Slip(
        DIGITS,
        CONV2,
        CONV2.replace("}", ", activation: relu}"),
        "unknown-key",
        "activation",
        help="leave it out: the layer below is its ReLU",
    ),
    "args of their own": Slip(
        DIGITS, POOL2, POOL2.replace("kernel_size: 2", "args: {kernel_size: 2}"), "unknown-key", "args"
    ),
    "no comma": Slip(UNET, "[up2, enc2]", "[up2 enc2]", "undefined-input", "up2 enc2"),
    "no closing brace": Slip(UNET, '"${width * 2}"', '"${width * 2"', "invalid-expression", '"${width'),
    "no dollar": Slip(UNET, '"${width * 4}"', '"{width * 4}"', "wrong-type", '"{width'),
    "the layer above by its number": Slip(DIGITS, "relu2, op: ReLU}", "relu2, op: ReLU, from: -1}", "wrong-type", "-1"),
    "an input without a name": Slip(
        DIGITS,
        "inputs:\n  image: [1, 28, 28]",
        "inputs: [1, 28, 28]",
        "wrong-type",
        "[1, 28, 28]",
        False,
        "inputs: {image: [1, 28, 28]}",
    ),
    "a batch in expect": Slip(
        DIGITS,
        "op: Linear, out_features: 10",
        "op: Linear, out_features: 10, expect: [1, 10]",
        "output-shape-mismatch",
        "[1, 10]",
        False,
        "op: Linear, out_features: 10, expect: [10]",
    ),
    "a letter": Slip(DIGITS, "out_features: 10", "out_feature: 10", "unknown-key", "out_feature"),
}


@pytest.mark.parametrize("network", [DIGITS, RESIDUAL, SOUND, UNET])
def test_the_networks_are_clean(network: str) -> None:
    assert check_text(network).findings == ()


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
def test_one_finding_at_the_slip_and_its_fix_mends_it(slip: Slip) -> None:
    assert slip.network.count(slip.meant) >= 1
    text = slip.network.replace(slip.meant, slip.written, 1)
    (finding,) = check_text(text).findings
    assert finding.rule.name == slip.rule
    assert text[finding.place.start : finding.place.end].startswith(slip.at)
    assert slip.help in finding.help
    assert finding.fix is not None
    assert finding.fix.safe == slip.is_safe
    mended = apply_edits(text, finding.fix.edits)
    assert mended == slip.network.replace(slip.meant, slip.fixed or slip.meant, 1)
    assert check_text(mended).findings == ()


def test_layers_under_their_names_become_a_list() -> None:
    head = "convlint: 1\ninputs: {x: [3, 8, 8]}\nlayers:\n"
    conv = "    op: Conv2d\n    out_channels: 8\n    kernel_size: 3\n"
    text = f"{head}  conv:\n{conv}  act: {{op: ReLU}}\n"
    (finding,) = check_text(text).findings
    assert finding.fix is not None
    mended = apply_edits(text, finding.fix.edits)
    assert mended == f"{head}  - name: conv\n{conv}  - {{name: act, op: ReLU}}\n"
    assert check_text(mended).findings == ()


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("c9", "did you mean 'c1'?"),
        ("zzz", "there are image, c1"),
        ("inner", "'inner' stands inside the block Block: only what a block gives can be read outside"),
    ],
)
def test_what_an_unknown_name_is_told(name: str, help: str) -> None:
    text = (
        "convlint: 1\ninputs: {image: [3, 8, 8]}\nblocks: {Block: {layers: [{name: inner, op: Tanh}]}}\nlayers:\n"
        f"  - {{name: c1, op: Block}}\n  - {{name: act, op: ReLU, from: {name}}}\n"
    )
    finding = next(item for item in check_text(text).findings if item.rule.name == "undefined-input")
    assert finding.help == help


def test_a_date_is_no_arithmetic() -> None:
    text = "convlint: 1\ninputs: {x: [3, 2001-99-99, 8]}\nlayers: [{op: ReLU}]\n"
    (finding,) = check_text(text).findings
    assert (finding.rule.name, finding.fix) == ("wrong-type", None)
