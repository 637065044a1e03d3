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
    "anchors": ((0, 3),),
    "layers": (2,),
}
"""Values for parameters that few values make sense of."""


def modules() -> list[Declaration]:
    """Modules with an interface and a body; whole networks of MONAI are drawn in `tests/conformance/monai`."""
    found = [item for item in lookup.declarations().values() if not item.name.startswith("monai.")]
    return [item for item in found if item.body is not None and item.body.has_layers and not item.is_open]


def value(parameter: Parameter, rng: random.Random, module: str) -> Any:
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
        return tuple(rng.choice((1, 3, 5)) for _ in range(2)) if several else rng.choice((1, 3, 3, 5, 2))
    if parameter.default is not None and rng.random() < 0.4:
        return Word(parameter.default) if isinstance(parameter.default, str) else parameter.default
    if parameter.type == "flag":
        return rng.random() < 0.5
    if parameter.type == "activation":
        return rng.choice((True, False))
    if parameter.type in ("integer", "count", "extent"):
        return max(int(parameter.minimum or 0), rng.choice((0, 1, 1, 2, 3)))
    return parameter.default


@pytest.mark.parametrize("module", modules(), ids=lambda module: str(module.name))
def test_what_the_interface_takes_the_body_gives(module: Declaration) -> None:
    operator = lookup.operator(module.name)
    assert operator is not None
    judged = 0
    for number in range(CASES):
        rng = random.Random(f"{module.name} {number}")
        count = rng.choice((1, 2, 3)) if operator.most is None else operator.fewest
        side = rng.choice((32, 64, 40))
        inputs = tuple((rng.choice(CHANNELS), side // 2**level, side // 2**level) for level in range(count))
        values = {item.name: value(item, rng, module.name) for item in module.parameters}
        if "in_channels" in values:
            values["in_channels"] = inputs[0][0]
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
