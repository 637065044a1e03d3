"""Modules written as native files: the same network when it is built again, and text that a person would write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

import convlint  # noqa: E402
from tests.importing import networks  # noqa: E402

IMAGE = (1, 3, 32, 32)


def rebuilt(imported: Any, module: Any, folder: Path) -> Any:
    """The written network, with the weights of the module."""
    path = folder / "network.yaml"
    path.write_text(imported.text, encoding="utf-8")
    result = convlint.check_file(path)
    assert not result.findings, [finding.message for finding in result.findings]
    network = convlint.build(path).eval()
    network.load_state_dict(imported.state_dict(module.state_dict()))
    return network


@pytest.mark.parametrize("name", sorted(networks.NETWORKS))
def test_a_written_network_computes_what_the_module_does(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    factory, shapes = networks.NETWORKS[name]
    module = factory().eval()
    given = [torch.randn(2, *shape) for shape in shapes]
    imported = convlint.from_torch(module, *given)
    assert not imported.unwritten
    network = rebuilt(imported, module, tmp_path)
    with torch.no_grad():
        torch.testing.assert_close(network(*given), module(*given))
    assert sum(item.numel() for item in network.parameters()) == sum(item.numel() for item in module.parameters())


def test_modules_that_repeat_become_blocks_with_parameters() -> None:
    imported = convlint.from_torch(networks.Residual(), torch.zeros(IMAGE), name="residual")
    assert imported.text.splitlines()[:5] == ["convlint: 1", "name: residual", "inputs:", "  x: [3, 32, 32]", "blocks:"]
    assert "params: {out_channels: null" in imported.text
    assert "- {name: stages.0.1, op: Unit2, out_channels: 8, repeat: 2}" in imported.text
    assert imported.text.count("op: Conv2d") == 5


def test_a_list_of_equal_modules_keeps_its_name_and_so_do_its_tensors() -> None:
    imported = convlint.from_torch(networks.Transformer(), torch.zeros(IMAGE))
    assert "- {name: blocks, op: Layer, repeat: 3}" in imported.text
    assert imported.names["blocks.2.qkv.weight"] == "blocks.2.qkv.weight"
    assert imported.names["cls_token"] == "cls_token"


def test_what_has_no_operator_is_named_and_stands_open(tmp_path: Path) -> None:
    imported = convlint.from_torch(networks.Sorting(), torch.zeros(1, 4, 6))
    (unwritten,) = imported.unwritten
    assert (unwritten.layer, unwritten.function) == ("sort", "sort")
    assert "networks.py:" in unwritten.line
    assert "- {name: sort, op: Opaque, shape: [4, 6], what: sort}" in imported.text
    path = tmp_path / "network.yaml"
    path.write_text(imported.text, encoding="utf-8")
    assert not convlint.check_file(path).findings
    with pytest.raises(convlint.BuildError, match="does not say how torch builds it"):
        convlint.build(path)


def test_a_module_that_is_called_again_shares_its_weights(tmp_path: Path) -> None:
    imported = convlint.from_torch(networks.Twice(), torch.zeros(1, 4))
    assert "  - {name: fc_1, share: fc}\n" in imported.text
    assert imported.unwritten == ()
    assert sorted(imported.sources) == ["fc.bias", "fc.weight"]


def test_a_block_that_is_called_again_shares_its_weights(tmp_path: Path) -> None:
    module, inputs = networks.Siamese().eval(), (torch.rand(2, 3, 9, 9), torch.rand(2, 3, 9, 9))
    imported = convlint.from_torch(module, *inputs)
    assert "  - {name: encoder_1, share: encoder, from: b}\n" in imported.text
    assert imported.unwritten == ()
    path = tmp_path / "network.yaml"
    path.write_text(imported.text, encoding="utf-8")
    network = convlint.build(path).eval()
    network.load_state_dict(imported.state_dict(module.state_dict()))
    assert torch.allclose(network(*inputs), module(*inputs), atol=1e-6)
    assert sum(item.numel() for item in network.parameters()) == sum(item.numel() for item in module.parameters())


def test_weights_that_are_shared_otherwise_are_said() -> None:
    module = networks.Tied()
    imported = convlint.from_torch(module, torch.zeros(1, 4))
    assert "shares first.weight with first" in imported.unwritten[0].reason


@pytest.mark.parametrize(
    ("factory", "problem"),
    [
        (networks.Failing, "does not run"),
        (networks.OverBatch, "mixes samples"),
        (networks.Empty, "gives no tensor"),
        (networks.BehindTorch, "where no call is seen"),
    ],
)
def test_what_cannot_be_written_is_said(factory: Any, problem: str) -> None:
    with pytest.raises(convlint.ImportingError, match=problem):
        convlint.from_torch(factory(), torch.zeros(1, 4))


def test_a_module_keeps_its_mode() -> None:
    module = networks.Residual().train()
    convlint.from_torch(module, torch.zeros(IMAGE))
    assert module.training


def test_what_is_changed_through_a_view_is_not_written_as_if_it_were_not() -> None:
    imported = convlint.from_torch(networks.ChangedBehind(), torch.zeros(1, 4, 3))
    assert [(item.function, item.reason) for item in imported.unwritten] == [("add", "it reads what no layer gives")]


def test_windows_along_an_axis_are_no_columns_of_a_map() -> None:
    imported = convlint.from_torch(networks.Windowed(), torch.zeros(1, 3, 8, 8))
    assert [item.function for item in imported.unwritten] == ["unfold"]


@pytest.mark.parametrize(
    ("factory", "function", "reason"),
    [
        (networks.Drawing, "rand", "it draws random numbers"),
        (networks.Quantised, "quantized.linear_dynamic", "it has no operator"),
    ],
)
def test_what_only_looks_like_a_known_function_stands_open(factory: Any, function: str, reason: str) -> None:
    (unwritten,) = convlint.from_torch(factory(), torch.zeros(1, 4)).unwritten
    assert (unwritten.function, unwritten.reason) == (function, reason)
    assert "networks.py:" in unwritten.line


def test_a_record_of_outputs_is_written_and_what_does_not_run_is_said(tmp_path: Path) -> None:
    module = networks.Recording().eval()
    imported = convlint.from_torch(module, torch.zeros(1, 4))
    assert imported.idle == ("only_in_training",)
    found = rebuilt(imported, module, tmp_path)(image := torch.rand(2, 4))
    assert torch.allclose(found["logits"], module(image).logits)
    assert torch.allclose(found["hidden"], module(image).hidden)
