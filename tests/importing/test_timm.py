"""Networks of timm, one a family, written and equal to the original: `--conformance-cases=600` takes all families."""

from __future__ import annotations

from pathlib import Path

import pytest

from convlint.typed import Any

torch: Any = pytest.importorskip("torch")
torch.library.register_fake = lambda *args, **keywords: lambda function: function  # torchvision's kernels are not here
timm: Any = pytest.importorskip("timm")

import convlint  # noqa: E402

SLICE = ("mobilenetv3_small_050", "resnetblur18", "nf_resnet26", "vit_tiny_r_s16_p8_224")
LARGEST = 60_000_000
"""Parameters of the largest network that is built."""
TRUE_FINDINGS = {"non-integer-division", "unused-layer"}
"""What a published network may be told: pixels that it loses, and layers that it computes for nothing."""
UNWRITTEN = {
    "csatv2": "its samples are mixed",
    "halonet": "it asserts a size",
}
"""Families with a stand-in, or that do not run here, and why."""


def _families() -> list[str]:
    """The network with the shortest name of each family."""
    return [min(timm.list_models(module=module), key=lambda name: (len(name), name)) for module in timm.list_modules()]


@pytest.mark.parametrize("name", [*SLICE, *_families()])
def test_a_network_of_timm_is_written_as_it_is(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if name not in SLICE and request.config.getoption("--conformance-cases") < 600:
        pytest.skip("part of the long form")
    torch.manual_seed(0)
    with torch.device("meta"):
        if sum(item.numel() for item in timm.create_model(name).parameters()) > LARGEST:
            pytest.skip("too large to run here")
    module = timm.create_model(name).eval()
    size = module.default_cfg["input_size"]
    image = torch.randn(2, *size)
    try:
        imported = convlint.from_torch(module, image, name=name)
    except convlint.ImportingError as error:
        pytest.skip(f"it cannot be traced: {error}")
    if any(name.startswith(family) for family in UNWRITTEN) and imported.unwritten:
        pytest.skip(next(why for family, why in UNWRITTEN.items() if name.startswith(family)))
    assert not imported.unwritten
    path = tmp_path / "network.yaml"
    path.write_text(imported.text, encoding="utf-8")
    found = {finding.rule.name for finding in convlint.check_file(path).findings if finding.severity == "error"}
    assert found <= TRUE_FINDINGS
    network = convlint.build(path).eval()
    network.load_state_dict(imported.state_dict(module.state_dict()))
    assert sum(item.numel() for item in network.parameters()) == sum(item.numel() for item in module.parameters())
    with torch.no_grad():
        torch.testing.assert_close(network(image), module(image), rtol=1e-3, atol=1e-4)
