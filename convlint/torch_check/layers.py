"""Layers of torch.nn as a file has them: the batch comes first in all that they take and give, and all is tensors.

Each keeps the class, and so the names of its tensors; only what goes in and comes out is put in the format's order.
"""

from __future__ import annotations

from torch import Tensor, nn

from convlint.typed import Any

State = tuple[Tensor, ...]


def _batch_second(states: State) -> State:
    """States as torch has them, [layers, batch, features], from [batch, layers, features]; and back."""
    return tuple(state.transpose(0, 1).contiguous() for state in states)


class RNN(nn.RNN):
    """Reads the steps, and where it is given the first hidden state; gives the steps and the last hidden state."""

    def forward(self, x: Tensor, *states: Tensor) -> object:  # type: ignore[override]
        """Steps [N, steps, features] and state [N, layers, features]."""
        output, last = super().forward(x, *_batch_second(states))
        return output, *_batch_second((last,))


class GRU(nn.GRU):
    """As `RNN`."""

    def forward(self, x: Tensor, *states: Tensor) -> object:  # type: ignore[override]
        """Steps [N, steps, features] and state [N, layers, features]."""
        output, last = super().forward(x, *_batch_second(states))
        return output, *_batch_second((last,))


class LSTM(nn.LSTM):
    """As `RNN`, with two states: the hidden one and that of the cell."""

    def forward(self, x: Tensor, *states: Tensor) -> object:  # type: ignore[override]
        """Steps [N, steps, features] and two states [N, layers, features]."""
        output, last = super().forward(x, _batch_second(states) or None)  # type: ignore[arg-type]
        return output, *_batch_second(last)


class LSTMCell(nn.LSTMCell):
    """One step of an LSTM, whose two states are inputs of their own."""

    def forward(self, x: Tensor, *states: Tensor) -> object:  # type: ignore[override]
        """The hidden state and that of the cell, each [N, features]."""
        return super().forward(x, states or None)  # type: ignore[arg-type]


class TransformerEncoder(nn.TransformerEncoder):
    """A stack of encoder layers, made of their parameters."""

    def __init__(self, num_layers: int, batch_first: bool, norm: bool, **layer: Any) -> None:
        one = nn.TransformerEncoderLayer(batch_first=batch_first, **layer)
        width, eps, bias = layer["d_model"], layer.get("layer_norm_eps", 1e-5), layer.get("bias", True)
        last = nn.LayerNorm(width, eps=eps, bias=bias) if norm else None
        super().__init__(one, num_layers, last, enable_nested_tensor=False)


class TransformerDecoder(nn.TransformerDecoder):
    """A stack of decoder layers, made of their parameters."""

    def __init__(self, num_layers: int, batch_first: bool, norm: bool, **layer: Any) -> None:
        one = nn.TransformerDecoderLayer(batch_first=batch_first, **layer)
        width, eps, bias = layer["d_model"], layer.get("layer_norm_eps", 1e-5), layer.get("bias", True)
        super().__init__(one, num_layers, nn.LayerNorm(width, eps=eps, bias=bias) if norm else None)


OWN_CLASSES: dict[str, type[nn.Module]] = {
    f"torch.nn.{kind.__name__}": kind for kind in (RNN, GRU, LSTM, LSTMCell, TransformerEncoder, TransformerDecoder)
}
"""By the name in a `torch` field: what stands for the class of torch.nn."""
