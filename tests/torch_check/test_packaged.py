"""Networks that are one class of a package: built by the package, or of what they have inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convlint.checking import check_source
from convlint.dialects.reading import load_source
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session
from convlint.findings import FileResult
from convlint.options import Options, TorchLimits
from convlint.source.nodes import Source
from convlint.torch_check import BuildError

torch = pytest.importorskip("torch")

UNET = {
    "_target_": "UNet",
    "spatial_dims": 2,
    "in_channels": 1,
    "out_channels": 2,
    "channels": [4, 8, 16],
    "strides": [2, 2],
    "num_res_units": 1,
    "norm": ["GROUP", {"num_groups": 2}],
}
DYN_UNET = {
    "_target_": "DynUNet",
    "spatial_dims": 2,
    "in_channels": 1,
    "out_channels": 2,
    "kernel_size": [3, 3, 3],
    "strides": [1, 2, 2],
    "upsample_kernel_size": [2, 2],
    "filters": [4, 8, 8],
    "res_block": True,
}
SEG_RES_NET = {
    "_target_": "SegResNet",
    "spatial_dims": 2,
    "in_channels": 1,
    "out_channels": 2,
    "act": "PRELU",
    "blocks_down": [1, 2],
    "blocks_up": [1],
}


def text(network: dict[str, Any], size: list[int]) -> str:
    return json.dumps({"network_def": network, "inferer": {"_target_": "SlidingWindowInferer", "roi_size": size}})


def test_a_bundle_is_compared_at_the_sizes_of_its_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "configs"
    home.mkdir()
    image = {"type": "image", "num_channels": 1, "spatial_shape": ["8*n", "8*n"]}
    formats = {"inputs": {"image": image}, "outputs": {"pred": image | {"num_channels": 2}}}
    (home / "metadata.json").write_text(json.dumps({"network_data_format": formats}))
    (home / "inference.json").write_text(text(SEG_RES_NET, [32, 32]))
    monkeypatch.chdir(tmp_path)
    path = "configs/inference.json"
    result = check_source(Source(path, Path(path).read_text()), Options(torch=TorchLimits(seconds=240)))
    assert result.findings == ()
    assert "compared with torch at image.1 = 8" in " ".join(result.notes)


def ask(text: str) -> FileResult:
    return check_source(Source("x.json", text), Options(torch=TorchLimits(seconds=240)))


@pytest.mark.parametrize("network", [UNET, DYN_UNET, SEG_RES_NET], ids=lambda network: network["_target_"])
def test_what_is_inside_builds_the_network(network: dict[str, Any]) -> None:
    from convlint.engine.costs import layer_parameters
    from convlint.torch_check.expansion import expanded

    (architecture,) = load_source(Source("x.json", text(network, [16, 24])))
    trace = propagate(architecture.graph, architecture.inputs, Session({}))
    made = expanded(architecture, trace)
    assert made is not None
    assert tuple(made.eval()(torch.zeros(2, 1, 16, 24)).shape) == (2, 2, 16, 24)
    count = layer_parameters(architecture.graph.layers[0], trace.steps[0])
    assert sum(parameter.numel() for parameter in made.parameters()) == count


def test_a_part_that_torch_has_nothing_for_is_said() -> None:
    from convlint.torch_check.expansion import expanded

    (architecture,) = load_source(Source("x.json", text({"_target_": "BasicUNet", "spatial_dims": 2}, [32, 32])))
    with pytest.raises(BuildError, match="MatchSize"):
        expanded(architecture, propagate(architecture.graph, architecture.inputs, Session({})))


def test_the_package_builds_what_is_right() -> None:
    pytest.importorskip("monai.networks.nets")
    result = ask(text(UNET, [16, 24]))
    assert result.findings == ()
    assert any(note.startswith("built by monai") for note in result.notes)


def test_layers_of_torch_are_built_one_by_one() -> None:
    layers = [
        {"_target_": "torch.nn.Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 3},
        {"_target_": "torch.nn.Sequential", "_args_": [{"_target_": "torch.nn.ReLU"}]},
        {"_target_": "torch.nn.Flatten"},
    ]
    result = ask(json.dumps({"model": {"_target_": "torch.nn.Sequential", "_args_": layers}}))
    assert result.findings == ()
    assert result.notes == ("compared with torch at image.1 = 3", "compared with torch at image.2 = 3")


@pytest.mark.parametrize("value", ["os.system('x')", "../secret", "a b"])
def test_only_plain_values_reach_the_package(value: str) -> None:
    pytest.importorskip("monai.networks.nets")
    result = ask(text({**UNET, "adn_ordering": value}, [16, 24]))
    assert result.findings == ()
    assert any("adn_ordering is no plain value" in note for note in result.notes)
