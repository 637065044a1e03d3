"""Published networks, written: short, clean, and equal to the original. More of them with `--conformance-cases=600`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")
if importlib.util.find_spec("torchvision") is None:
    pytest.skip("torchvision is not installed", allow_module_level=True)

import convlint  # noqa: E402
from tests.conformance.torchvision.test_networks import FAMILIES, LOSES_PIXELS, SIZES, build  # noqa: E402

SLICE = ("mobilenet_v3_small", "resnet18", "shufflenet_v2_x0_5", "squeezenet1_1")
TRANSFORMERS = ("swin_t", "vit_b_16", "maxvit_t", "convnext_tiny")
ONLY_IN_TRAINING = {"googlenet": ("aux1", "aux2"), "inception_v3": ("AuxLogits",)}
OTHERS = tuple(name for name in (*FAMILIES, *TRANSFORMERS) if name not in SLICE)


@pytest.mark.parametrize("name", (*SLICE, *OTHERS))
def test_a_published_network_is_written_as_it_is(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if name in OTHERS and request.config.getoption("--conformance-cases") < 600:
        pytest.skip("part of the long form")
    torch.manual_seed(0)
    module = build(name).eval()
    size = SIZES.get(name, 224)
    imported = convlint.from_torch(module, torch.zeros(1, 3, size, size), name=name)
    assert not imported.unwritten
    path = tmp_path / f"{name}.yaml"
    path.write_text(imported.text, encoding="utf-8")
    found = {finding.rule.name for finding in convlint.check_file(path).findings}
    assert found <= ({"non-integer-division"} if name in LOSES_PIXELS else set())
    network = convlint.build(path).eval()
    network.load_state_dict(imported.state_dict(module.state_dict()))
    assert set(imported.idle) <= set(ONLY_IN_TRAINING.get(name, ()))
    running = [item for key, item in module.named_parameters() if not key.startswith(imported.idle or "-")]
    assert sum(item.numel() for item in network.parameters()) == sum(item.numel() for item in running)
    image = torch.randn(2, 3, size, size)
    with torch.no_grad():
        theirs, ours = module(image), network(image)
    expected = list(theirs.values()) if isinstance(theirs, dict) else [theirs]
    outputs = list(ours.values()) if isinstance(ours, dict) else [ours]
    torch.testing.assert_close(outputs, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("name", "lines"), [("resnet18", 50), ("resnet50", 80), ("vit_b_16", 60)])
def test_a_written_network_is_short(name: str, lines: int) -> None:
    imported = convlint.from_torch(build(name), torch.zeros(1, 3, 224, 224))
    assert len(imported.text.splitlines()) < lines
