"""`convlint.build` gives a module with the names of the file, that computes what the file says."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch

import convlint
from convlint import BuildError, Options, build
from convlint.torch_check.network import GraphModule, Repeated
from tests.test_docs import blocks

ROOT = Path(__file__).parent.parent.parent
BLOCKS = """\
convlint: 1
inputs:
  image: [3, 16, 16]
  prior: [2, 16, 16]
blocks:
  Unit:
    params: {channels: null}
    layers:
      - {name: conv, op: Conv2d, out_channels: "${channels}", kernel_size: 3, padding: 1}
      - {op: ReLU}
  Gate:
    inputs: [x, gate]
    layers:
      - {name: scale, op: Conv2d, from: gate, out_channels: 4, kernel_size: 1}
      - {name: product, op: Mul, from: [x, scale]}
layers:
  - {name: stem, op: Unit, from: image, channels: 4}
  - {name: stage, op: Unit, channels: 4, repeat: 3}
  - {name: gated, op: Gate, from: [stage, prior], repeat: 2}
  - {name: type, op: Conv2d, out_channels: 1, kernel_size: 1}
  - {name: soft, op: Softmax, from: gated, dim: 1}
outputs: {mask: type, classes: {from: soft}}
"""


def network_of(text: str, folder: Path, options: Options = Options()) -> torch.nn.Module:
    file = folder / "net.yaml"
    file.write_text(text, encoding="utf-8")
    return build(file, options)


def test_layers_have_the_names_of_the_file(tmp_path: Path) -> None:
    network = network_of(BLOCKS, tmp_path)
    assert [name for name, _ in network.named_parameters() if name.endswith("weight")] == [
        "stem.conv.weight",
        "stage.0.conv.weight",
        "stage.1.conv.weight",
        "stage.2.conv.weight",
        "gated.0.scale.weight",
        "gated.1.scale.weight",
        "type.weight",
    ]
    assert isinstance(network.get_submodule("stem"), GraphModule)
    assert isinstance(network.get_submodule("stage"), Repeated)
    assert isinstance(network.get_submodule("stem.conv"), torch.nn.Conv2d)


def test_several_inputs_and_outputs(tmp_path: Path) -> None:
    network = network_of(BLOCKS, tmp_path).eval()
    image, prior = torch.rand(2, 3, 16, 16), torch.rand(2, 2, 16, 16)
    outputs = network(image, prior)
    assert {name: tuple(value.shape) for name, value in outputs.items()} == {
        "mask": (2, 1, 16, 16),
        "classes": (2, 4, 16, 16),
    }
    by_name = network(prior=prior, image=image)
    assert all(torch.equal(outputs[name], by_name[name]) for name in outputs)
    for wrong in ((image,), (image, prior, prior)):
        with pytest.raises(TypeError, match="image, prior"):
            network(*wrong)
    with pytest.raises(TypeError, match="image, prior"):
        network(image, other=prior)


def test_the_graph_is_computed_as_written(tmp_path: Path) -> None:
    network = network_of(BLOCKS, tmp_path).eval()
    image, prior = torch.rand(2, 3, 16, 16), torch.rand(2, 2, 16, 16)
    part = dict(network.named_modules()).__getitem__  # a layer may be called as a method of modules is
    x = torch.relu(part("stem.conv")(image))
    for number in range(3):
        x = torch.relu(part(f"stage.{number}.conv")(x))
    for number in range(2):
        x = x * part(f"gated.{number}.scale")(prior)
    outputs = network(image, prior)
    assert torch.equal(outputs["mask"], part("type")(x))
    assert torch.equal(outputs["classes"], x.softmax(1))


def test_state_dict_goes_from_one_to_the_other(tmp_path: Path) -> None:
    first, second = network_of(BLOCKS, tmp_path).eval(), network_of(BLOCKS, tmp_path).eval()
    inputs = torch.rand(1, 3, 16, 16), torch.rand(1, 2, 16, 16)
    assert not torch.equal(first(*inputs)["mask"], second(*inputs)["mask"])
    torch.save(first.state_dict(), tmp_path / "weights.pt")
    second.load_state_dict(torch.load(tmp_path / "weights.pt"))
    assert torch.equal(first(*inputs)["mask"], second(*inputs)["mask"])


def test_gradients_reach_every_parameter(tmp_path: Path) -> None:
    network = network_of(BLOCKS, tmp_path)
    outputs = network(torch.rand(1, 3, 16, 16), torch.rand(1, 2, 16, 16))
    (outputs["mask"].sum() + outputs["classes"].square().sum()).backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_an_open_size_stays_open(tmp_path: Path) -> None:
    text = "convlint: 1\ninputs: {image: [1, H, W]}\nlayers:\n  - {op: MaxPool2d, kernel_size: 4}\n"
    network = network_of(text, tmp_path)
    assert network(torch.rand(1, 1, 64, 32)).shape == (1, 1, 16, 8)


def test_what_is_inferred_takes_the_given_size(tmp_path: Path) -> None:
    text = "convlint: 1\ninputs: {image: [1, H, H]}\nlayers:\n  - {op: Flatten}\n  - {op: Linear, out_features: 2}\n"
    network = network_of(text, tmp_path, Options(sizes=(("H", 8),)))
    assert network(torch.rand(3, 1, 8, 8)).shape == (3, 2)


def test_indices_and_several_outputs_of_a_layer(tmp_path: Path) -> None:
    text = """\
convlint: 1
inputs: {tokens: [12]}
layers:
  - {name: words, op: Embedding, num_embeddings: 50, embedding_dim: 8}
  - {name: lstm, op: LSTM, hidden_size: 6, batch_first: true}
  - {name: attention, op: MultiheadAttention, from: lstm.0, num_heads: 2, batch_first: true}
outputs: [attention]
"""
    assert network_of(text, tmp_path)(torch.randint(50, (2, 12))).shape == (2, 12, 6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n", "no key 'convlint'"),
        (
            "convlint: 1\ninputs: {x: [3, 8, 8]}\nlayers: [{op: Linear, in_features: 4, out_features: 2}]\n",
            "net.yaml:3",
        ),
        (BLOCKS + "---\n" + BLOCKS, "2 networks"),
    ],
)
def test_what_cannot_be_built_says_why(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=message):
        network_of(text, tmp_path)


def test_layers_that_a_state_dict_cannot_tell_apart_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"stem\.conv: two layers have this path"):
        network_of(BLOCKS.replace("name: type", "name: stem.conv").replace("mask: type", "mask: stem.conv"), tmp_path)


def test_a_layer_may_be_called_as_an_attribute_of_modules(tmp_path: Path) -> None:
    names = ("training", "forward", "wires", "input_names", "output_names", "output_ports", "_parameters")
    layers = "".join(f"  - {{name: {name}, op: BatchNorm2d}}\n" for name in names)
    network = network_of(f"convlint: 1\ninputs: {{image: [3, 8, 8]}}\nlayers:\n{layers}", tmp_path)
    assert [name for name, _ in network.named_children()] == list(names)
    assert network.eval().training is False
    image = torch.rand(2, 3, 8, 8)
    assert torch.equal(copy.deepcopy(network)(image), network(image))


def test_the_example_of_the_documentation_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(blocks((ROOT / "docs" / "torch.md").read_text(encoding="utf-8"), "python")[0], names)
    masks = names["masks"]
    assert isinstance(masks, torch.Tensor)
    assert masks.shape == (2, 2, 256, 256)


def test_build_is_part_of_the_public_api() -> None:
    assert {"build", "BuildError", "TorchLimits"} <= set(convlint.__all__)
