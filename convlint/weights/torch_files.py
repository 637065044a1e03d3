"""Reads what `torch.save` wrote: the zip layout, the pickles in a row of before 1.6, the tar of before 0.2.

Layouts: torch/serialization.py, `_load`, `_legacy_load` and `legacy_load`.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

from convlint.weights.archives import SIGNATURE, open_member
from convlint.weights.contents import carried_by, network_in
from convlint.weights.pickles import OPAQUE, PERSISTENT, Call, Global, load
from convlint.weights.tensors import WeightFile, WeightsError

PICKLE = b"\x80"

_MAGIC = 0x1950A86A20F9469CFC6C
_TAR_MEMBERS = ("sys_info", "pickle", "tensors", "storages")
_TAR_BLOCK = 512
_MOST_TAR_MEMBERS = 64
_MOST_TENSORS = 200_000
_MOST_AXES = 64
_REBUILD = Global("torch._utils", "_rebuild_tensor")


def read_torch(path: str, file: BinaryIO, size: int) -> WeightFile:
    """The tensors of an open file of torch. Raises WeightsError."""
    network = network_in(_value(file, size))
    return WeightFile(path, "torch", network.tensors, network.key, carried_by(network.module))


def is_tar(beginning: bytes) -> bool:
    """Whether a file begins with the header of a member that the tar layout has."""
    name = beginning[:100].rstrip(b"\0").removeprefix(b"./").decode("ascii", "replace")
    return len(beginning) >= _TAR_BLOCK and name in _TAR_MEMBERS


def _value(file: BinaryIO, size: int) -> Any:
    beginning = file.read(_TAR_BLOCK)
    if beginning.startswith(SIGNATURE):
        return load(open_member(file, size, "data.pkl")[1])
    if is_tar(beginning):
        return _in_tar(file, size)
    file.seek(0)
    first = load(file)
    if first != _MAGIC:
        return first
    load(file)  # the version of the layout
    load(file)  # what machine wrote it
    return load(file)


# --- the tar layout: tensors stand in a member of their own, and the pickle refers to them by number


def _in_tar(file: BinaryIO, size: int) -> Any:
    try:
        members = _tar_members(file, size)
        if not {"pickle", "tensors"} <= members.keys():
            raise WeightsError("is damaged: its tar file lacks the pickle or the tensors")
        file.seek(members["tensors"])
        tensors = _tar_tensors(file)
        file.seek(members["pickle"])
        return load(file, lambda key: tensors.get(_key(key), OPAQUE))
    except (struct.error, ValueError, TypeError) as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError("is damaged: its tar file breaks off or makes no sense") from None


def _tar_members(file: BinaryIO, size: int) -> dict[str, int]:
    """Where the data of each member begins."""
    members: dict[str, int] = {}
    position = 0
    for _ in range(_MOST_TAR_MEMBERS):
        file.seek(position)
        header = file.read(_TAR_BLOCK)
        if len(header) < _TAR_BLOCK or not header.strip(b"\0"):
            break
        name = header[:100].rstrip(b"\0").removeprefix(b"./").decode("utf-8", "replace")
        length = int(header[124:136].strip(b" \0") or b"0", 8)
        members.setdefault(name, position + _TAR_BLOCK)
        position += _TAR_BLOCK + -(-length // _TAR_BLOCK) * _TAR_BLOCK
        if not length >= 0 or position > size + _TAR_BLOCK:
            break
    return members


def _tar_tensors(file: BinaryIO) -> dict[str, Call]:
    """The tensors by their keys, each in the form in which later layouts write them."""
    found: dict[str, Call] = {}
    count = load(file)
    for _ in range(min(count, _MOST_TENSORS) if isinstance(count, int) else 0):
        key, storage, kind = load(file)
        (axes,) = struct.unpack("<i4x", file.read(8))
        if not 0 <= axes <= _MOST_AXES:
            raise ValueError
        sizes = struct.unpack(f"<{axes}q", file.read(8 * axes))
        file.read(8 * axes + 8)  # strides, and where the tensor begins in its storage
        found[_key(key)] = Call(_REBUILD, (Call(PERSISTENT, ("storage", _storage_of(kind), storage)), 0, sizes))
    return found


def _key(value: Any) -> str:
    return str(value) if isinstance(value, (int, str)) else ""


def _storage_of(kind: Any) -> str:
    """The storage class of a class of tensors: `torch.FloatTensor` keeps a `FloatStorage`."""
    return kind.name.replace("Tensor", "Storage") if isinstance(kind, Global) else ""
