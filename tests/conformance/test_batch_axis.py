"""Layers that mix the samples of a batch: the rule speaks exactly where one sample moves the output of another."""

from __future__ import annotations

import pytest

from convlint.checking import check_source
from convlint.source import Source

torch = pytest.importorskip("torch", reason="torch is not installed")
LAYERS = {
    "RNN": "hidden_size: 6",
    "GRU": "hidden_size: 6",
    "LSTM": "hidden_size: 6",
    "MultiheadAttention": "num_heads: 2",
    "TransformerEncoderLayer": "nhead: 2",
}


def is_mixed(name: str, batch_first: bool) -> bool:
    torch.manual_seed(0)
    given = {"batch_first": batch_first}
    if name in ("RNN", "GRU", "LSTM"):
        module = getattr(torch.nn, name)(8, 6, **given)
    else:
        module = getattr(torch.nn, name)(8, 2, **given)
    module.eval()
    one = torch.randn(3, 5, 8)
    other = torch.cat([torch.randn(1, 5, 8), one[1:]])
    with torch.no_grad():
        outputs = [module(x, x, x)[0] if name == "MultiheadAttention" else module(x) for x in (one, other)]
    first, second = (output[0] if isinstance(output, tuple) else output for output in outputs)
    return not torch.allclose(first[1:], second[1:], atol=1e-6)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("batch_first", [True, False])
def test_samples_are_mixed_where_the_rule_says_so(name: str, batch_first: bool) -> None:
    flag = "true" if batch_first else "false"
    row = f"{{op: {name}, {LAYERS[name]}, batch_first: {flag}}}"
    text = f"convlint: 1\ninputs: {{steps: [5, 8]}}\nlayers:\n  - {row}\n"
    found = [finding.rule.name for finding in check_source(Source("net.yaml", text)).findings]
    assert found == (["batch-axis-mixed"] if is_mixed(name, batch_first) else [])
