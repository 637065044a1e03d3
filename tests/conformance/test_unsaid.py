"""Rules of which torch says nothing are true of what torch does: they fire where it does so, and nowhere else."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from convlint.catalogue import lookup
from convlint.checking import check_source
from convlint.options import Options
from convlint.selection.selectors import enabled_rules
from convlint.source import Source

torch = pytest.importorskip("torch")


def told(rule: str, shape: list[int], *layers: dict[str, Any], outputs: str = "") -> list[str | None]:
    """The layers of which a rule speaks, where torch accepts the network; none where another error stands."""
    rows = "\n".join(f"  - {{{', '.join(f'{key}: {value}' for key, value in layer.items())}}}" for layer in layers)
    text = f"convlint: 1\ninputs: {{x: {shape}}}\nlayers:\n{rows}\n{outputs}"
    options = Options(rules=enabled_rules(lookup.rules(), extend=[rule]))
    findings = check_source(Source("net.yaml", text), options).findings
    return [finding.layer for finding in findings if finding.rule.name == rule]


def into(loss: str) -> str:
    """The outputs of a network whose layer `p` goes into a loss."""
    return f"outputs: {{c: {{from: p, loss: {loss}}}}}\n"


def test_a_window_of_padding_alone_is_minus_infinity(cases: int, seed: int) -> None:
    rng = random.Random(f"windows/{seed}")
    infinite = 0
    for _ in range(cases * 20):
        size, kernel = rng.randint(1, 6), rng.randint(1, 6)
        keys = {
            "kernel_size": kernel,
            "stride": rng.randint(1, 5),
            "padding": rng.randint(0, kernel // 2),
            "dilation": rng.randint(1, 8),
            "ceil_mode": rng.random() < 0.5,
        }
        try:
            found = torch.nn.MaxPool1d(**keys)(torch.zeros(1, 1, size))
        except RuntimeError:
            continue
        is_infinite = bool(torch.isinf(found).any())
        infinite += is_infinite
        assert bool(told("dilated-padding-only-window", [1, size], {"op": "MaxPool1d", **keys})) == is_infinite, keys
    assert infinite


def test_a_rounded_scale_is_a_pixel_short(cases: int, seed: int) -> None:
    rng = random.Random(f"scales/{seed}")
    short = 0
    for _ in range(cases * 20):
        size = rng.randint(1, 400)
        scale = rng.choice((rng.randint(1, 400) / 100, rng.randint(1, 4000) / 1000, rng.randint(1, 40) / 10, 1 / 3))
        try:
            found = torch.nn.Upsample(scale_factor=scale)(torch.zeros(1, 1, size)).shape[2]
        except RuntimeError:
            continue
        is_decimal = scale != 1 / 3
        is_short = is_decimal and found != int(Decimal(str(scale)) * size)
        short += is_short
        assert bool(told("float-scale-rounding", [1, size], {"op": "Upsample", "scale_factor": scale})) == is_short
    assert short


def test_torch_warns_of_same_padding_without_a_middle(cases: int, seed: int) -> None:
    rng = random.Random(f"same/{seed}")
    for _ in range(cases):
        keys = {"kernel_size": rng.randint(1, 7), "dilation": rng.randint(1, 4)}
        layer = torch.nn.Conv1d(1, 1, padding="same", **keys)
        before, after = layer._reversed_padding_repeated_twice
        written = {"op": "Conv1d", "out_channels": 1, "padding": "same", **keys}
        assert bool(told("even-kernel-same", [1, 32], written)) == (before != after), keys


def test_an_even_kernel_drifts_by_one(cases: int, seed: int) -> None:
    rng = random.Random(f"drift/{seed}")
    for _ in range(cases * 4):
        keys = {"kernel_size": rng.randint(1, 6), "padding": rng.randint(0, 4), "dilation": rng.randint(1, 3)}
        found = torch.nn.Conv1d(1, 1, **keys)(torch.zeros(1, 1, 32)).shape[2]
        drifts = abs(found - 32) == 1 and keys["padding"] > 0
        assert bool(told("even-kernel-drift", [1, 32], {"op": "Conv1d", "out_channels": 1, **keys})) == drifts, keys


def test_what_a_softmax_gives_has_a_least_cross_entropy() -> None:
    perfect = torch.zeros(1, 10)
    perfect[0, 3] = 1.0
    loss = torch.nn.functional.cross_entropy(perfect, torch.tensor([3]))
    assert 1.46 < float(loss) < 1.47
    layers = ({"name": "scores", "op": "Linear", "out_features": 10}, {"name": "p", "op": "Softmax", "dim": 1})
    assert told("softmax-before-loss", [4], *layers, outputs=into("CrossEntropyLoss")) == ["p"]
    assert told("softmax-before-loss", [4], *layers, outputs=into("MSELoss")) == []


def test_a_logarithm_before_its_loss_is_what_the_loss_takes() -> None:
    scores, target = torch.randn(4, 10), torch.tensor([0, 3, 5, 9])
    logs = torch.log_softmax(scores, 1)
    wanted = torch.nn.functional.cross_entropy(scores, target)
    assert torch.allclose(torch.nn.functional.nll_loss(logs, target), wanted)
    assert torch.allclose(torch.nn.functional.cross_entropy(logs, target), wanted)
    layers = ({"name": "scores", "op": "Linear", "out_features": 10}, {"name": "p", "op": "LogSoftmax", "dim": 1})
    for loss in ("NLLLoss", "CrossEntropyLoss", "KLDivLoss"):
        assert told("softmax-before-loss", [4], *layers, outputs=into(loss)) == []


def test_what_arrives_at_an_unproductive_layer_has_seen_the_whole_input(cases: int, seed: int) -> None:
    rng = random.Random(f"seen/{seed}")
    found = 0
    for _ in range(max(10, cases // 2)):
        size, layers, modules, channels = rng.choice((16, 24, 32)), [], [], 1
        for number in range(rng.randint(2, 6)):
            kernel = rng.choice((1, 3, 5))
            keys = {"kernel_size": kernel, "stride": rng.choice((1, 2)), "padding": kernel // 2}
            layers.append({"name": f"c{number}", "op": "Conv1d", "out_channels": 2, **keys})
            modules.append(torch.nn.Conv1d(channels, 2, bias=False, **keys))
            torch.nn.init.ones_(modules[-1].weight)
            channels = 2
        unproductive = told("unproductive-layer", [1, size], *layers)
        found += len(unproductive)
        for number, module in enumerate(modules):
            seen = _seen(modules[:number], size)
            is_whole = number > 0 and seen == size and module.kernel_size[0] > 1
            if f"c{number}" in unproductive:
                assert is_whole
            elif is_whole:  # the formula knows no edges: what is cut off there counts as seen
                assert _field(modules[:number]) < size or seen < size
    assert found


def _seen(modules: list[Any], size: int) -> int:
    """How many pixels of the input the middle position of what modules give depends on."""
    image = torch.ones(1, 1, size, requires_grad=True)
    result = torch.nn.Sequential(*modules)(image)
    result[0, :, result.shape[2] // 2].sum().backward()
    return size if image.grad is None else int((image.grad != 0).sum())


def _field(modules: list[Any]) -> int:
    field = jump = 1
    for module in modules:
        field += (module.kernel_size[0] - 1) * jump
        jump *= module.stride[0]
    return field


def test_a_depthwise_layer_without_groups_has_as_many_times_the_weights_as_channels() -> None:
    written = {"name": "dw", "op": "Conv2d", "out_channels": 32, "kernel_size": 3}
    assert told("depthwise-without-groups", [32, 8, 8], written) == ["dw"]
    assert told("depthwise-without-groups", [32, 8, 8], {**written, "groups": 32}) == []
    assert told("depthwise-without-groups", [32, 8, 8], {**written, "name": "down"}) == []
    count = torch.nn.Conv2d(32, 32, 3).weight.numel()
    assert count == 32 * torch.nn.Conv2d(32, 32, 3, groups=32).weight.numel()
