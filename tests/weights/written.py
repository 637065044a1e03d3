"""Weight files as torch writes them, of random states and modules, and what torch's own reader says of them."""

from __future__ import annotations

import io
import pickle
import random
import struct
import tarfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch

DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.uint8, torch.bool)
Expected = list[tuple[str, tuple[int, ...], str]]


def state(rng: random.Random) -> OrderedDict[str, torch.Tensor]:
    """A state with names, shapes and types of all kinds."""
    found: OrderedDict[str, torch.Tensor] = OrderedDict()
    for number in range(rng.randint(1, 30)):
        shape = [rng.randint(0 if rng.random() < 0.1 else 1, 5) for _ in range(rng.randint(0, 5))]
        name = rng.choice(("conv", "bn", "layer é", "m.0.cv1", "weight", "a" * 300))
        found[f"{name}.{number}"] = torch.zeros(shape, dtype=rng.choice(DTYPES))
    first = next(iter(found.values()))
    if rng.random() < 0.3:
        found["tied"] = first
    if rng.random() < 0.3:
        found["view"] = first[..., :1] if first.dim() else first
    if rng.random() < 0.2:
        found["parameter"] = torch.nn.Parameter(torch.zeros(2, 3))
    return found


def module(rng: random.Random) -> torch.nn.Module:
    """A module of nested modules, some with buffers that are not kept, some twice in it."""
    layers: list[torch.nn.Module] = []
    for _ in range(rng.randint(1, 6)):
        kind = rng.randrange(7)
        if kind == 0:
            layers.append(torch.nn.Conv2d(rng.randint(1, 4), rng.randint(1, 4), 3, bias=rng.random() < 0.5))
        elif kind == 1:
            layers.append(torch.nn.BatchNorm2d(rng.randint(1, 5)))
        elif kind == 2:
            layers.append(torch.nn.LSTM(3, 2, num_layers=2))
        elif kind == 3:
            layers.append(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1)))
        elif kind == 4:
            layers.append(torch.nn.MultiheadAttention(4, 2))
        elif kind == 5 and layers:
            layers.append(layers[0])
        else:
            layer = torch.nn.Module()
            layer.register_buffer("kept", torch.zeros(2))
            layer.register_buffer("passing", torch.zeros(3), persistent=False)
            layer.register_buffer("none", None)
            layers.append(layer)
    return torch.nn.Sequential(*layers)


def expected(tensors: dict[str, torch.Tensor]) -> Expected:
    """Names, shapes and types as torch has them."""
    return [
        (name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
        for name, tensor in tensors.items()
        if isinstance(tensor, torch.Tensor)
    ]


def wrapped(rng: random.Random, value: Any) -> Any:
    """What is saved of a network: itself, or a checkpoint around it."""
    return rng.choice(
        (
            value,
            {"model": value, "epoch": 3, "loss": torch.tensor(0.5)},
            {
                "epoch": -1,
                "optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": []},
                "state_dict": value,
            },
            {"model": {"weight": torch.zeros(1)}, "ema": value, "updates": 5},
            {"model": None, "ema": {"module": value, "updates": 4}},
            {"anything": value, "numbers": [1, 2.5, None]},
        )
    )


def save(rng: random.Random, path: Path) -> Expected:
    """Writes one file in a random layout and protocol; what it holds."""
    value: Any = state(rng) if rng.random() < 0.5 else module(rng)
    if isinstance(value, torch.nn.Module) and not value.state_dict():
        value = state(rng)
    torch.save(
        wrapped(rng, value),
        path,
        _use_new_zipfile_serialization=rng.random() < 0.6,
        pickle_protocol=rng.choice((2, 2, 3, 4, 5)),
    )
    return expected(value.state_dict() if isinstance(value, torch.nn.Module) else value)


class _TarPickler(pickle.Pickler):
    def persistent_id(self, value: object) -> str | None:
        return str(value) if type(value) is int else None


def save_tar(path: Path) -> None:
    """The layout of torch 0.1: storages, tensors and the pickle as members of a tar file.

    The weight is transposed and begins behind the first number of its storage; the bias lies in a part of another one.
    """
    storages, tensors, content = io.BytesIO(), io.BytesIO(), io.BytesIO()
    pickle.dump(2, storages, 2)
    for key, storage_kind, numbers in ((1, torch.FloatStorage, "7f"), (2, torch.LongStorage, "3q")):
        pickle.dump((key, "cpu", storage_kind), storages, 2)
        count = int(numbers[:-1])
        storages.write(struct.pack(f"<q{numbers}", count, *range(10, 10 + count)))
    pickle.dump([(3, 2, 1, 2)], storages, 2)
    pickle.dump(2, tensors, 2)
    for key, storage, kind, sizes, strides, begin in (
        (11, 1, torch.FloatTensor, (2, 3), (1, 2), 1),
        (12, 3, torch.LongTensor, (2,), (1,), 0),
    ):
        pickle.dump((key, storage, kind), tensors, 2)
        tensors.write(struct.pack(f"<q{2 * len(sizes)}qq", len(sizes), *sizes, *strides, begin))
    _TarPickler(content, 2).dump({"weight": 11, "bias": 12})
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as archive:
        for name, member in (("sys_info", content), ("storages", storages), ("tensors", tensors), ("pickle", content)):
            data = member.getvalue()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
