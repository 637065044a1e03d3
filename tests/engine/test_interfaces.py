"""Interface and body of a module say the same: where the interface takes random parameters, the body gives its output."""

from __future__ import annotations

import random
from typing import Any

import pytest

from convlint.catalogue import lookup
from convlint.catalogue.operators import Declaration
from convlint.catalogue.parameters import Parameter
from convlint.domain.values import Word, is_known
from convlint.engine.assembly import NoPlaces
from convlint.engine.opening import inside_of
from convlint.engine.propagation import run_operator
from convlint.engine.trace import Session
from convlint.model import Layer

CHANNELS = (8, 16, 24, 32, 48, 64, 96, 128)
CASES = 60
FITTED = {
    "embedding": (64,),
    "guide": (32,),
    "kpt_shape": ((17, 3), (5, 2)),
    "scale": (Word("n"), Word("l")),
    "given": (3,),
    "max_channels": (512,),
    "width": (1.0, 0.5),
    "expansion": (0.5, 0.25, 1.0, 0.3),
    "mlp_ratio": (2.0, 1.2),
    "dropout": (0.0,),
    "nc": (3, 80),
    "anchors": ((0, 3), (0, 3), (1, 3)),
    "equal_channels": (True,),
    "layers": (2,),
}
"""Values for parameters that few values make sense of."""


BLOCKS = {"channels": (4, 8), "attention_levels": (False, True), "num_res_blocks": (1, 2), "norm_num_groups": 4}
SETTINGS: dict[str, tuple[dict[str, Any], ...]] = {
    "monai.VNet": ({}, {"in_channels": 4, "act": "prelu", "act_written": "prelu"}),
    "monai.SegResNetDS": ({"norm": "instance"}, {"blocks_down": (1, 1), "upsample_mode": "nontrainable"}),
    "monai.UNETR": ({"img_size": (32, 32)}, {"img_size": (64, 64), "proj_type": "perceptron", "res_block": False}),
    "monai.SwinUNETR": ({}, {"use_v2": True}, {"patch_norm": True, "feature_size": 12}),
    "monai.AutoencoderKL": (BLOCKS, {"use_convtranspose": True}, BLOCKS | {"channels": (4, 8, 8)}),
    "monai.DiffusionModelUNet": (
        BLOCKS | {"num_head_channels": (4, 4)},
        BLOCKS | {"num_head_channels": (4, 4), "with_conditioning": True, "cross_attention_dim": 5},
    ),
    "monai.ViT": (
        {"img_size": (32, 32), "patch_size": (8, 8)},
        {"img_size": (64, 64), "patch_size": (16, 16), "classification": True, "num_classes": 7},
    ),
    "ultralytics.TorchVision": (
        {"model": "resnet18", "out_channels": 512},
        {"model": "resnext50_32x4d", "out_channels": 512, "truncate": 4},
        {"model": "convnext_tiny", "out_channels": 384, "truncate": 4},
    ),
}
"""Small settings of networks that few values in place of the defaults fit, for two axes."""


def modules() -> list[Declaration]:
    found = lookup.declarations().values()
    return [item for item in found if item.body is not None and item.body.has_layers and not item.is_open]


def drawn(module: Declaration, rng: random.Random) -> dict[str, Any]:
    """Values of all parameters; some of them do not fit."""
    if module.name not in SETTINGS:
        return {item.name: value(item, rng) for item in module.parameters}
    given = {"out_channels": rng.choice(CHANNELS), "spatial_dims": rng.choice((2, 2, 2, 3))}
    given |= rng.choice(SETTINGS[module.name])
    values = {item.name: given.get(item.name, item.default) for item in module.parameters}
    return {name: Word(item) if isinstance(item, str) else item for name, item in values.items()}


def value(parameter: Parameter, rng: random.Random) -> Any:
    if parameter.name == "expansion" and parameter.type == "integer":
        return rng.choice((4, 2))
    if parameter.name in FITTED:
        return rng.choice(FITTED[parameter.name])
    if parameter.name.endswith("channels") or parameter.name in ("hidden", "split", "extra", "masks", "protos"):
        if parameter.type == "integers":
            return tuple(rng.choice(CHANNELS) for _ in range(rng.choice((1, 2, 3))))
        return rng.choice((*CHANNELS, 1, 31))
    if parameter.name.startswith("kernel_size"):
        several = parameter.type == "integers"
        return (
            tuple(rng.choice((1, 3, 5)) for _ in range(rng.choice((2, 3)))) if several else rng.choice((1, 3, 3, 5, 2))
        )
    if parameter.default is not None and rng.random() < 0.4:
        return Word(parameter.default) if isinstance(parameter.default, str) else parameter.default
    if parameter.type == "flag":
        return rng.random() < 0.5
    if parameter.type == "activation":
        return rng.choice((True, False))
    if parameter.type in ("integer", "count", "extent"):
        return max(int(parameter.minimum or 0), rng.choice((0, 1, 1, 2, 3)))
    return parameter.default


def arriving(count: int, is_tokens: bool, rng: random.Random) -> tuple[tuple[int, ...], ...]:
    """Maps that are alike, or that halve in size; or as many tokens for each input, of twelve features."""
    if is_tokens:
        return ((rng.choice((4, 7)), 12),) * count
    side = rng.choice((32, 64, 40))
    if rng.random() < 0.5:
        return ((rng.choice(CHANNELS), side, side),) * count
    return tuple((rng.choice(CHANNELS), side // 2**level, side // 2**level) for level in range(count))


@pytest.mark.parametrize("module", modules(), ids=lambda module: str(module.name))
def test_what_the_interface_takes_the_body_gives(module: Declaration) -> None:
    operator = lookup.operator(module.name)
    assert operator is not None
    judged = 0
    for number in range(CASES):
        rng = random.Random(f"{module.name} {number}")
        count = operator.fewest + (rng.choice((0, 1, 2)) if operator.most is None else 0)
        inputs = arriving(count, operator.ranks == (2,), rng)
        values = drawn(module, rng)
        if "in_channels" in values:
            values["in_channels"] = inputs[0][0]
        if module.name == "ultralytics.TorchVision":
            inputs = ((3, *inputs[0][1:]),)
        if "d_model" in values:
            values["d_model"] = inputs[0][1]
        parameters = tuple(values.values())
        step = run_operator(module.name, parameters, inputs)
        if step.failures or not is_known(step.outputs):
            continue
        inside = inside_of(Layer("", module.name, parameters, (), NoPlaces()), inputs, Session({}))
        assert inside is not None, (values, inputs)
        if inside.trace.outputs:  # a decoder whose flow is not told gives none
            assert inside.trace.outputs == step.outputs, (values, inputs)
        judged += 1
    assert judged or module.outputs in ("unknown_shape", ("unknown_shape",)), "no case was taken"
