"""`share`: a layer that is the module of another once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import convlint

PAIR = """
convlint: 1
inputs: {left: [1, 28, 28], right: [1, 28, 28]}
blocks:
  Encoder:
    params: {width: null}
    layers:
      - {name: conv, op: Conv2d, out_channels: "${width}", kernel_size: 3, stride: 2, padding: 1}
      - {name: again, op: Conv2d, out_channels: "${width}", kernel_size: 1}
      - {name: more, share: again}
      - {op: BatchNorm2d}
      - {op: Flatten}
      - {name: fc, op: Linear, out_features: 64}
layers:
  - {name: first, op: Encoder, width: 8, from: left}
  - {name: second, share: first, from: right}
  - {name: third, share: second, from: left, expect: [64]}
  - {name: sum, op: Add, from: [first, second, third]}
"""
WITHOUT = PAIR.replace("share: first", "op: Encoder, width: 8").replace("share: second", "op: Encoder, width: 8")


@pytest.fixture
def network(tmp_path: Path) -> Any:
    def write(text: str) -> Path:
        path = tmp_path / "network.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("operator", ["MaxPool2d, kernel_size: [2, 3]", "Pool"])
def test_a_pool_whose_step_is_its_kernel_runs_at_another_size(operator: str, network: Any) -> None:
    path = network(
        "convlint: 1\ninputs: {left: [1, 24, 24], right: [1, 12, 12]}\n"
        "blocks: {Pool: {layers: [{op: AvgPool2d, kernel_size: [2, 3]}]}}\n"
        f"layers:\n  - {{name: a, op: {operator}, from: left}}\n  - {{name: b, share: a, from: right}}\n"
        "outputs: [a, b]\n"
    )
    (facts,) = convlint.describe(path)
    assert [row.outputs for row in facts.layers[:2]] == [((1, 12, 8),), ((1, 6, 4),)]


def test_parameters_count_once_and_work_for_each_use(network: Any) -> None:
    (shared,) = convlint.describe(network(PAIR))
    (apart,) = convlint.describe(network(WITHOUT))
    assert [row.parameters for row in shared.layers] == [apart.layers[0].parameters, 0, 0, 0]
    assert apart.parameters == 3 * (shared.parameters or 0)
    assert (shared.macs, shared.activation_bytes) == (apart.macs, apart.activation_bytes)
    assert [row.outputs for row in shared.layers] == [row.outputs for row in apart.layers]
    assert [row.shares for row in shared.layers] == ["", "first", "first", ""]


def test_torch_builds_one_module_and_lists_it_once(network: Any) -> None:
    torch = pytest.importorskip("torch")
    path = network(PAIR)
    module: Any = convlint.build(path).eval()
    (state,) = convlint.state(path)
    (facts,) = convlint.describe(path)
    assert [tensor.name for tensor in state.tensors] == list(module.state_dict())
    assert sum(item.numel() for item in module.parameters()) == facts.parameters
    image = torch.rand(2, 1, 28, 28)
    assert torch.allclose(module(image, image), 3 * module.first(image)[0])


@pytest.mark.parametrize(
    ("old", "new", "rule", "message"),
    [
        ("right: [1, 28, 28]", "right: [3, 28, 28]", "channel-mismatch", "in_channels is 1, but 3 channels arrive"),
        ("right: [1, 28, 28]", "right: [1, 32, 28]", "flatten-mismatch", "in_features is 1568, but 1792 features"),
        ("share: first", "share: frist", "undefined-input", "nothing is called 'frist'"),
        ("share: first", "share: left", "invalid-value", "expected the name of a layer above, found 'left'"),
        ("share: first", "share: sum", "invalid-value", "expected the name of a layer above, found 'sum'"),
        ("share: first", "share: first, repeat: 2", "unknown-key", "a layer that shares takes no key 'repeat'"),
        ("share: first", "share: first, width: 8", "unknown-key", "takes no key 'width'"),
        ("share: first", "share: first, op: Encoder, width: 8, repeat: 2", "unknown-key", "no key 'width', 'repeat'"),
        ("share: first", "share: second, op: Encoder, width: 8", "invalid-value", "of a layer above, found 'second'"),
        ("share: first", "share: first, op: ReLU, width: 8", "invalid-value", "expected Encoder, which 'first' is"),
        ("share: first", "shares: first", "unknown-key", "takes no key 'shares'"),
        ("share: first", "share: first, form: left", "unknown-key", "takes no key 'form'"),
        ("share: first", "share: first/conv", "undefined-input", "nothing is called 'first/conv'"),
        ("share: first", "share: first, op: ReLU", "invalid-value", "expected Encoder, which 'first' is"),
        ("share: first", "share: 1", "wrong-type", "share: expected text"),
        ("expect: [64]", "expect: [65]", "output-shape-mismatch", "65 is declared, but the output is 64"),
    ],
)
def test_what_cannot_be_shared_is_said_once(network: Any, old: str, new: str, rule: str, message: str) -> None:
    assert old in PAIR
    findings = convlint.check_file(network(PAIR.replace(old, new, 1))).findings
    assert [finding.rule.name for finding in findings if finding.severity == "error"] == [rule]
    assert message in next(finding.message for finding in findings if finding.severity == "error")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("share: first", "share: first, op: Encoder"),
        ("[1, 28, 28]", "[1, H, H]"),
        ("name: first, op: Encoder, width: 8", "name: first, op: Encoder, width: 1, repeat: 1"),
    ],
)
def test_what_can_be_shared_is_clean(network: Any, old: str, new: str) -> None:
    assert convlint.check_file(network(PAIR.replace(old, new))).findings == ()


def test_copies_in_sequence_are_shared_as_a_whole(network: Any) -> None:
    torch = pytest.importorskip("torch")
    path = network("""
convlint: 1
inputs: {x: [4, 8, 8]}
layers:
  - {name: stack, op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, repeat: 3}
  - {name: again, share: stack}
  - {name: gain, op: Parameter, shape: [4, 1, 1]}
  - {name: same_gain, share: gain}
  - {name: out, op: Mul, from: [again, gain, same_gain]}
""")
    module = convlint.build(path)
    assert len(module.state_dict()) == 7
    assert module(torch.rand(2, 4, 8, 8)).shape == (2, 4, 8, 8)
    (facts,) = convlint.describe(path)
    assert facts.parameters == sum(item.numel() for item in module.parameters())


def test_a_comparison_says_what_is_shared(network: Any, tmp_path: Path) -> None:
    path = network(PAIR)
    other = tmp_path / "other.yaml"
    other.write_text(PAIR.replace("share: first", "op: Encoder, width: 8"), encoding="utf-8")
    changes = convlint.diff(path, other).changes
    assert [(one.change, one.new and one.new.layer) for one in changes] == [("changed", "second"), ("changed", "third")]
    assert [tuple(one) for one in changes[0].parameters] == [("share", "first", None)]
    other.write_text(PAIR.replace("first", "encoder"), encoding="utf-8")
    assert convlint.diff(path, other).changes == ()


def test_a_table_of_vectors_is_the_embedding_and_the_head(network: Any) -> None:
    torch = pytest.importorskip("torch")
    path = network("""
convlint: 1
inputs: {tokens: [5]}
layers:
  - {name: table, op: Parameter, shape: [9, 4]}
  - {name: embedded, op: IndexSelect, from: [table, tokens]}
  - {name: body, op: Linear, out_features: 4}
  - {name: across, op: Transpose, dim0: 1, dim1: 2, from: table}
  - {name: head, op: MatMul, from: [body, across]}
""")
    assert convlint.check_file(path).findings == ()
    module: Any = convlint.build(path)
    torch.nn.init.normal_(module.state_dict()["table"])
    tokens = torch.randint(0, 9, (3, 5))
    vectors = torch.nn.functional.embedding(tokens, module.state_dict()["table"])
    wanted = module.body(vectors) @ module.state_dict()["table"].T
    assert torch.allclose(module(tokens), wanted, atol=1e-5)
    (facts,) = convlint.describe(path)
    assert facts.parameters == 9 * 4 + 4 * 4 + 4 == sum(item.numel() for item in module.parameters())
