"""What is inside a class is written down as torch runs it: the same output, the same work, whatever the batch does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from convlint.engine.costs import network_facts
from convlint.engine.opening import Opened
from convlint.forks import learning
from convlint.model import Architecture
from convlint.python_source.interpreter import Interpreter
from convlint.python_source.records import instantiate
from convlint.python_source.values import Class
from tests.python_source.worlds import module_in

torch = pytest.importorskip("torch")

CLASSES = {
    "chunks and a sum": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cv = nn.Conv2d(8, 16, 3, 2, 1)
        self.m = nn.ModuleList(nn.Conv2d(8, 8, 3, padding=1, groups=2) for _ in range(2))
    def forward(self, x):
        y = list(self.cv(x).chunk(2, 1))
        y.extend(m(y[-1]) + y[-1] for m in self.m)
        return torch.cat(y, dim=1)
""",
    "attention that moves the batch": """
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.proj = nn.Linear(dim, dim)
    def forward(self, x):
        B, N, C = x.shape
        q, k, v = self.qkv(x).reshape(B, N, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        attention = ((q * self.scale) @ k.transpose(-2, -1)).softmax(dim=-1)
        return self.proj((attention @ v).transpose(1, 2).reshape(B, N, C))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention(8, 2)
        self.norm = nn.LayerNorm(8)
    def forward(self, x):
        B, C, H, W = x.shape
        tokens = x.flatten(2).transpose(1, 2)
        tokens = tokens + self.attention(self.norm(tokens))
        return tokens.permute(0, 2, 1).view(B, C, H, W)
""",
    "windows that are samples": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)
        self.cv = nn.Conv2d(4, 6, 3, padding=1)
    def forward(self, x):
        b, c, h, w = x.shape
        x = x.view(b, c, h // 4, 4, w // 4, 4).permute(0, 2, 4, 3, 5, 1).reshape(-1, 16, c)
        x = self.fc(x)
        return self.cv(x.transpose(1, 2).reshape(-1, 4, 4, 4)).view(b, -1, 6, 4, 4)
""",
    "gates and tensors of its own": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(nn.Conv2d(8, 2, 1), nn.ReLU(), nn.Conv2d(2, 8, 1), nn.Sigmoid())
        self.gamma = nn.Parameter(torch.ones(8, 1, 1))
        self.token = nn.Parameter(torch.zeros(1, 1, 8))
    def forward(self, x):
        x = x * self.fc(self.pool(x)) * self.gamma + 0.5
        tokens = torch.cat((self.token.expand(x.shape[0], -1, -1), x.flatten(2).transpose(1, 2)), dim=1)
        return (1 - tokens[:, 1:, ::2].mean(dim=2)) / 2
""",
    "one module called twice, and functions": """
class Block(nn.Sequential):
    def __init__(self, c):
        super().__init__(nn.Conv2d(c, c, 1), nn.BatchNorm2d(c))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block(8)
        self.down = nn.MaxPool2d(2)
    def forward(self, x):
        small = F.relu(self.block(self.down(x)))
        large = F.interpolate(small, scale_factor=2, mode="nearest")
        return F.avg_pool2d(self.block(large) - x, 2), torch.matmul(x, x.transpose(2, 3))
""",
}
HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
SHAPE = (8, 8, 12)


def opened(text: str, folder: Path) -> tuple[Any, Opened]:
    """The record of the class, and what is in it."""
    module = module_in(folder, {"main.py": HEAD + text})
    interpreter = Interpreter()
    found = interpreter.exported("Net", module)
    assert found is not None
    (kind,) = found
    assert isinstance(kind, Class)
    record = instantiate(interpreter, kind, [], {}, "here")
    inside = learning.inside(record, (SHAPE,), False, ())
    assert inside is not None
    return record, inside


def real(text: str) -> Any:
    """The class of the text, run by Python."""
    names: dict[str, Any] = {}
    exec(HEAD + text, names)
    return names["Net"]().eval()


@pytest.mark.parametrize("name", CLASSES)
def test_shapes_and_work_are_those_of_torch(name: str, tmp_path: Path) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    record, inside = opened(CLASSES[name], tmp_path)
    net = real(CLASSES[name])
    with FlopCounterMode(display=False) as counter:
        outputs = net(torch.zeros(1, *SHAPE))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    assert inside.trace.outputs == tuple(tuple(output.shape[1:]) for output in outputs)
    macs = work(inside)
    assert macs == counter.get_total_flops() // 2
    assert learning.parameter_count(record) == sum(parameter.numel() for parameter in net.parameters())


def work(inside: Opened) -> int | None:
    """The multiply-accumulates of a graph."""
    return network_facts(Architecture(inside.body.graph, (SHAPE,), ()), inside.trace).macs


def test_layers_have_the_names_of_their_attributes(tmp_path: Path) -> None:
    _, inside = opened(CLASSES["attention that moves the batch"], tmp_path)
    names = [layer.name for layer in inside.body.graph.layers]
    assert "norm" in names and "attention" in names
    attention = next(layer for layer in inside.body.graph.layers if layer.name == "attention")
    assert not isinstance(attention.operator, (str, type(None)))


def test_a_branch_that_may_not_be_taken_has_no_cost(tmp_path: Path) -> None:
    text = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 3, padding=1)
    def forward(self, x):
        return self.a(x) if x.sum() > 0 else self.b(x)
"""
    module = module_in(tmp_path, {"main.py": HEAD + text})
    interpreter = Interpreter()
    found = interpreter.exported("Net", module)
    assert found is not None
    (kind,) = found
    assert isinstance(kind, Class)
    record = instantiate(interpreter, kind, [], {}, "here")
    assert learning.inside(record, (SHAPE,), False, ()) is None


INHERITED = {
    "an activation with weights": """
class Net(nn.ReLU):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 1, 3, 3))
        self.bias = None
        self.bn = nn.BatchNorm2d(4)
""",
    "a convolution with more": """
class Net(nn.Conv2d):
    def __init__(self):
        super().__init__(3, 4, 3)
        self.scale = nn.Parameter(torch.zeros(4))
        self.register_buffer("mask", torch.zeros(3, 3))
""",
    "a weight of the same shape": """
class Net(nn.Linear):
    def __init__(self):
        super().__init__(3, 4)
        self.weight = nn.Parameter(torch.zeros(4, 3))
""",
}


@pytest.mark.parametrize("name", INHERITED)
def test_tensors_beside_those_of_a_base_class_of_torch(name: str, tmp_path: Path) -> None:
    text = "import torch\nimport torch.nn as nn\n" + INHERITED[name]
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    real = namespace["Net"]()
    module = _record(text, tmp_path)
    assert learning.parameter_count(module) == sum(tensor.numel() for tensor in real.parameters())
    found = [slot.path for slot in learning.slots(module) or () if slot.module is None]
    assert found == [key for key in real.state_dict() if key in found]


@pytest.mark.parametrize("change", ["self.bias = None", "self.weight = nn.Parameter(torch.zeros(8, 3, 3, 3))"])
def test_a_tensor_of_a_base_class_that_is_taken_away_or_resized_leaves_the_count_unknown(
    change: str, tmp_path: Path
) -> None:
    text = f"import torch\nimport torch.nn as nn\nclass Net(nn.Conv2d):\n    def __init__(self):\n        super().__init__(3, 4, 3)\n        {change}\n"
    module = _record(text, tmp_path)
    assert learning.parameter_count(module) is None
    assert learning.slots(module) is None


def _record(text: str, folder: Path) -> object:
    module = module_in(folder, {"main.py": text})
    interpreter = Interpreter()
    found = interpreter.exported("Net", module)
    assert found is not None and isinstance(found[0], Class)
    return instantiate(interpreter, found[0], [], {}, "")
