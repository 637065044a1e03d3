"""Small networks with the habits of published ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

Tensor = Any


class Unit(nn.Module):
    def __init__(self, channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1)
        self.downsample = (
            nn.Conv2d(channels, out_channels, 1, stride) if stride > 1 or channels != out_channels else None
        )

    def forward(self, x: Tensor) -> Tensor:
        skip = x if self.downsample is None else self.downsample(x)
        y = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.conv2(y)
        y += skip
        return y * 0.5


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        widths = (8, 16, 32)
        self.stages = nn.Sequential(
            *[
                nn.Sequential(Unit(before, width, 2), *[Unit(width, width, 1) for _ in range(count)])
                for before, width, count in zip((3, *widths), widths, (2, 2, 1))
            ]
        )
        self.head = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.flatten(functional.adaptive_avg_pool2d(self.stages(x), 1), 1))


class Layer(nn.Module):
    def __init__(self, dim: int = 32, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.gamma = nn.Parameter(torch.rand(dim))

    def forward(self, x: Tensor) -> Tensor:
        batch, count, dim = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(batch, count, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        weights = ((q * (dim // self.heads) ** -0.5) @ k.transpose(-2, -1)).softmax(dim=-1)
        return x + self.gamma * self.proj((weights @ v).transpose(1, 2).reshape(batch, count, dim))


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 32, 8, 8)
        self.cls_token = nn.Parameter(torch.rand(1, 1, 32))
        self.pos_embed = nn.Parameter(torch.rand(1, 17, 32))
        self.blocks = nn.ModuleList(Layer() for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return functional.normalize(x[:, 0], dim=-1)


class Windows(nn.Module):
    """Attention within windows that are merged into the batch, with learned positions."""

    def __init__(self) -> None:
        super().__init__()
        self.norm: Any = nn.LayerNorm(3)
        self.table = nn.Parameter(torch.rand(7, 3))
        self.register_buffer("index", torch.arange(16)[:, None].sub(torch.arange(16)).abs() % 7)
        self.fc = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        x = torch.roll(x.permute(0, 2, 3, 1), shifts=(-2, -2), dims=(1, 2))
        x = x.view(batch, height // 4, 4, width // 4, 4, channels).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, channels)
        index: Any = self.index
        bias = self.table[index.view(-1)].view(16, 16, -1).permute(2, 0, 1).unsqueeze(0)
        heads = self.norm(x).transpose(1, 2).unsqueeze(-1)
        scores = (heads @ heads.transpose(-2, -1) + bias).softmax(-1)
        x = x + self.fc((scores @ heads).squeeze(-1).transpose(1, 2))
        x = x.view(batch, height // 4, width // 4, 4, 4, channels).permute(0, 1, 3, 2, 4, 5)
        return x.reshape(batch, height, width, channels).permute(0, 3, 1, 2)


class Several(nn.Module):
    """Two inputs, two outputs, parts, and what torch.nn has no class for."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(6, 5, bidirectional=True, batch_first=True)
        self.attention = nn.MultiheadAttention(10, 2, batch_first=True)

    def forward(self, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        sequence, _ = self.rnn(x)
        mixed, _ = self.attention(sequence, y, y)
        first, second = mixed.chunk(2, dim=-1)
        scaled = first.exp().clamp(max=3).pow(2) / (1 - second.abs()).clamp(min=0.1)
        return {"scaled": scaled, "parts": torch.einsum("bnc,bmc->bnm", first, second).amax(dim=1)}


class Sorting(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sort(x, dim=1)[0] * 2


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.fc(x))


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.act = nn.ReLU()
        self.fc = nn.Linear(4 * 7 * 7, 6)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.act(self.norm(self.conv(x))).flatten(1))


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return (self.encoder(a) - self.encoder(b)).abs()


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 4, bias=False)
        self.second.weight = self.first.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))


class Failing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        raise ValueError("no")


class OverBatch(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.sum()


class Empty(nn.Module):
    def forward(self, x: Tensor) -> None:
        return None


NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[tuple[int, ...], ...]]] = {
    "residual": (Residual, ((3, 32, 32),)),
    "transformer": (Transformer, ((3, 32, 32),)),
    "windows": (Windows, ((3, 8, 8),)),
    "several": (Several, ((7, 6), (4, 10))),
}


class Masked(nn.Module):
    """A mask that is made on the way, in the manner of shifted windows."""

    def forward(self, x: Tensor) -> Tensor:
        mask = x.new_zeros((x.shape[1], x.shape[1]))
        mask[:, 2:] = -100.0
        return (x @ x.transpose(1, 2) + mask.unsqueeze(0)).softmax(-1)


NETWORKS["masked"] = (Masked, ((4, 6),))


class Inner(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.fc1 = nn.Linear(size, size)
        self.fc2 = nn.Linear(size, 2 * size)

    def forward(self, x: Tensor) -> Tensor:
        x = self.fc2(self.fc1(x).relu()).reshape(-1, 2, self.size)
        return (x.tanh().reshape(-1, self.size, 2) + 1).exp()


class Outer(nn.Module):
    """A block whose parameters have names that those of a block within would take."""

    def __init__(self, size: int, twice: bool) -> None:
        super().__init__()
        self.attn = Inner(size)
        self.more = Inner(size)
        self.size = size
        self.twice = twice

    def forward(self, x: Tensor) -> Tensor:
        y = self.attn(x).reshape(-1, self.size * 2)[:, : self.size] + x
        y = self.more(y).reshape(-1, self.size * 2)
        return y[:, : self.size] if self.twice else y[:, self.size :]


class Nested(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(Outer(6, True), Outer(6, True), Outer(6, False))
        self.fc = nn.Linear(6, 4)
        self.last = nn.Sequential(Outer(4, True), Outer(4, False), Outer(4, True))

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.fc(self.first(x)))


NETWORKS["nested"] = (Nested, ((6,),))


class Standardised(nn.Module):
    """Convolutions whose weights are computed from what is learned, or come from a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(6, 3, 3, 3))
        self.gain = nn.Parameter(torch.rand(6, 1, 1, 1))
        self.bias = nn.Parameter(torch.rand(6))
        self.register_buffer("filter", torch.rand(6, 1, 3, 3), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        flat = self.weight.reshape(1, 6, -1)
        weight = functional.batch_norm(flat, None, None, weight=self.gain.view(-1), training=True, eps=1e-6)
        x = functional.conv2d(x, weight.reshape_as(self.weight), self.bias, stride=2, padding=1)
        kernel: Any = self.filter
        return functional.conv2d(functional.pad(x, (1, 1, 1, 1)), kernel, stride=2, groups=6)


class Patched(nn.Module):
    """Parts of a tensor are put in place, and sums name no batch."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.rand(5, 3, 2))

    def forward(self, x: Tensor) -> Tensor:
        scores = x @ x.transpose(1, 2)
        scores[:, 1:, 1:] = torch.einsum("...ic,...jc->...ij", x[:, 1:], x[:, 1:]) * 2
        scores[..., :1] = 0.5
        bias = torch.einsum("ijc,kc->ijk", self.table, self.table[0])
        mixed = torch.einsum("bnm,ijk->bnmk", scores, bias)
        return mixed.softmax(-1)


NETWORKS["standardised"] = (Standardised, ((3, 15, 15),))
NETWORKS["patched"] = (Patched, ((4, 6),))


class ChangedBehind(nn.Module):
    """A part is changed in place, and what it is a part of is read afterwards."""

    def forward(self, x: Tensor) -> Tensor:
        x = x * 1
        x[:, :2].mul_(3.0)
        return x + 1


class ChangedBeside(nn.Module):
    """Parts that share memory, and no element."""

    def forward(self, x: Tensor) -> Tensor:
        first, second = (x * 1).chunk(2, dim=1)
        first.relu_()
        return torch.cat([first, second], 1)


NETWORKS["changed beside"] = (ChangedBeside, ((4, 3),))


class Translation(nn.Module):
    """An encoder whose last states are the first of a decoder, and cells."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.LSTM(6, 5, num_layers=2)
        self.decoder = nn.LSTM(4, 5, num_layers=2, batch_first=True)
        self.gru = nn.GRU(5, 5, batch_first=True)
        self.cell = nn.LSTMCell(5, 5)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        _, (hidden, memory) = self.encoder(x.transpose(0, 1))
        steps, _ = self.decoder(y, (hidden, memory))
        steps, last = self.gru(steps, hidden[-1:])
        first, second = self.cell(steps[:, -1], (last[-1], memory[0]))
        return first + hidden[-1] + torch.zeros_like(second)


NETWORKS["translation"] = (Translation, ((7, 6), (3, 4)))


class FirstState(nn.Module):
    """A first state that is made on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(6, 5, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        steps, last = self.rnn(x, torch.ones(1, x.shape[0], 5))
        return last[-1] + steps[:, 0]


NETWORKS["first state"] = (FirstState, ((7, 6),))


class Windowed(nn.Module):
    """The method of tensors that has the name of a function of maps, and means something else."""

    def forward(self, x: Tensor) -> Tensor:
        return x.unfold(2, 2, 2).mean(-1)


class Emptied(nn.Module):
    """A branch without a channel, as encoders of several kinds pass to one decoder."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, torch.empty(x.shape[0], 0, *x.shape[2:])], dim=1) * 2


NETWORKS["emptied"] = (Emptied, ((3, 8, 8),))


class Positions(nn.Module):
    """Tables of positions that are read by numbers, from the first on and in another order."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Linear(6, 8)
        self.places = nn.Embedding(20, 8)
        self.backwards = nn.Embedding(12, 8)

    def forward(self, x: Tensor) -> Tensor:
        numbers = torch.arange(x.shape[1])
        return self.tokens(x) + self.places(numbers) + self.backwards(numbers.flip(0)[None])


NETWORKS["positions"] = (Positions, ((12, 6),))


class Lengths(nn.Module):
    """Weights that are made of a length and a direction, in both ways of torch."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.utils.parametrizations.weight_norm(nn.Conv1d(4, 8, 3, groups=2))
        self.second = nn.utils.parametrizations.weight_norm(nn.Conv1d(8, 6, 3), dim=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x).relu())


NETWORKS["lengths"] = (Lengths, ((4, 16),))


class Handed(nn.Module):
    """A module that hands a parameter of its own to one in it, which reads it late."""

    class Inner(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x: Tensor, gain: Tensor) -> Tensor:
            return self.fc(x).relu() * gain

    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Handed.Inner()
            self.gain = nn.Parameter(torch.rand(4))

        def forward(self, x: Tensor) -> Tensor:
            return self.inner(x, self.gain) + 1

    def __init__(self) -> None:
        super().__init__()
        self.outer = nn.Sequential(self.Outer(), self.Outer())

    def forward(self, x: Tensor) -> Tensor:
        return self.outer(x)


NETWORKS["handed"] = (Handed, ((4,),))


class Compiled(nn.Module):
    """A part that is compiled when it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.conv: Any = torch.compile(nn.Conv2d(3, 4, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).relu()


NETWORKS["compiled"] = (Compiled, ((3, 8, 8),))


class Lent(nn.Module):
    """A module that several modules of one class are handed: it is shared, and they are not the same."""

    class Layer(nn.Module):
        def __init__(self, positions: nn.Module) -> None:
            super().__init__()
            self.positions = positions
            self.fc1 = nn.Linear(4, 8)
            self.fc2 = nn.Linear(8, 4)

        def forward(self, x: Tensor) -> Tensor:
            return x + self.fc2(self.fc1(self.positions(x).tanh()).relu()).tanh()

    def __init__(self) -> None:
        super().__init__()
        positions = nn.Linear(4, 4)
        self.layers = nn.Sequential(*[self.Layer(positions) for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


NETWORKS["lent"] = (Lent, ((4,),))


class Zeroed(nn.Module):
    """A bias of which one part is always zero."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(6, 4))
        self.bias = nn.Parameter(torch.rand(6))

    def forward(self, x: Tensor) -> Tensor:
        bias = self.bias.clone()
        bias[2:4].zero_()
        return functional.linear(x, self.weight, bias)


NETWORKS["zeroed"] = (Zeroed, ((4,),))


class StepsFirst(nn.Module):
    """A stack of Transformer layers whose batch is second."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2, enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.stack(x.transpose(0, 1)).mean(0)


NETWORKS["steps first"] = (StepsFirst, ((5, 8),))


@dataclasses.dataclass
class Answer:
    """What a network gives by name."""

    logits: Tensor
    hidden: Tensor


class Recording(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.only_in_training = nn.Sequential(nn.Linear(4, 2))

    def forward(self, x: Tensor) -> Answer:
        hidden = self.fc(x)
        return Answer(hidden.relu(), hidden)


class Drawing(nn.Module):
    """Noise, as of an autoencoder that samples."""

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.rand(x.shape)


class BehindTorch(nn.Module):
    """What NumPy computes is seen by no call of torch."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.from_numpy(x.numpy() * 2)


class Quantised(nn.Module):
    """A function of another library that has the name of one of torch."""

    def __init__(self) -> None:
        super().__init__()
        weight = torch.quantize_per_tensor(torch.rand(2, 4), 0.1, 0, torch.qint8)
        self.packed = torch.ops.quantized.linear_prepack(weight, torch.zeros(2))

    def forward(self, x: Tensor) -> Tensor:
        return torch.ops.quantized.linear_dynamic(x, self.packed)
