"""What a weight file says: its tensors by name, shape and type."""

from __future__ import annotations

from collections.abc import Mapping

from convlint.typed import NamedTuple


class WeightsError(ValueError):
    """Why a weight file cannot be read, in words that follow its name."""


class StoredTensor(NamedTuple):
    """One named tensor; `dtype` is the name of torch (`float32`), and empty where the file does not give it."""

    name: str
    shape: tuple[int, ...]
    dtype: str = ""


class WeightFile(NamedTuple):
    """The tensors of a weight file in its order.

    `form` says what kind of file it is (`torch`, `safetensors`, `onnx`). `key` is where a checkpoint holds the network
    (`ema`, `model`, `ema.module`), empty for a file that is a network or a state itself. `carried` is the architecture
    that the network carries as plain data (the `yaml` of an Ultralytics model), or None.
    """

    path: str
    form: str
    tensors: tuple[StoredTensor, ...]
    key: str = ""
    carried: Mapping[str, object] | None = None
