"""Reads what torch wrote before 0.2: a tar file, in which the pickle refers to tensors and storages by number.

Layout: torch/serialization.py, `legacy_load`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from convlint.limits import MOST_TENSORS
from convlint.typed import BinaryIO, NamedTuple
from convlint.weight_files.pickles import OPAQUE, PERSISTENT, Global, PickledCall, load
from convlint.weight_files.tensors import WeightsError

BLOCK = 512
"""Bytes of a header, and what the length of each member is rounded up to."""

_MEMBERS = ("sys_info", "pickle", "tensors", "storages")
_MOST_MEMBERS = 64
_MOST_AXES = 64
_REBUILD = Global("torch._utils", "_rebuild_tensor")
_SIZES = {"Double": 8, "Float": 4, "Half": 2, "Long": 8, "Int": 4, "Short": 2, "Char": 1, "Byte": 1}
"""Bytes of a number, by the beginning of the name of its storage."""


class TarStorage(NamedTuple):
    """Where the numbers of a storage lie in the file, and how many bytes they are."""

    begin: int
    length: int


def is_tar(beginning: bytes) -> bool:
    """Whether a file begins with the header of a member that this layout has."""
    name = beginning[:100].rstrip(b"\0").removeprefix(b"./").decode("ascii", "replace")
    return len(beginning) >= BLOCK and name in _MEMBERS


def value_in_tar(file: BinaryIO, size: int) -> object:
    """The value of the pickle, with its tensors in the form in which later layouts write them. Raises WeightsError."""
    try:
        members = _members(file, size)
        _go_to(file, members, "tensors")
        tensors = dict(_tensors(file))
        _go_to(file, members, "pickle")
        return load(file, lambda key: tensors.get(_key(key), OPAQUE))
    except (struct.error, ValueError, TypeError) as error:
        raise _damaged(error) from None


def storages_in_tar(file: BinaryIO, size: int) -> dict[str, TarStorage]:
    """The storages by their keys, those that are a part of another among them. Raises WeightsError."""
    try:
        _go_to(file, _members(file, size), "storages")
        return dict(_storages(file, size))
    except (struct.error, ValueError, TypeError, LookupError) as error:
        raise _damaged(error) from None


def _damaged(error: Exception) -> WeightsError:
    if isinstance(error, WeightsError):
        return error
    return WeightsError("is damaged: its tar file breaks off or makes no sense")


def _go_to(file: BinaryIO, members: dict[str, int], name: str) -> None:
    if name not in members:
        raise WeightsError(f"is damaged: its tar file lacks the member '{name}'")
    file.seek(members[name])


def _members(file: BinaryIO, size: int) -> dict[str, int]:
    """Where the data of each member begins."""
    members: dict[str, int] = {}
    position = 0
    for _ in range(_MOST_MEMBERS):
        file.seek(position)
        header = file.read(BLOCK)
        if len(header) < BLOCK or not header.strip(b"\0"):
            break
        name = header[:100].rstrip(b"\0").removeprefix(b"./").decode("utf-8", "replace")
        length = int(header[124:136].strip(b" \0") or b"0", 8)
        members.setdefault(name, position + BLOCK)
        position += BLOCK + -(-length // BLOCK) * BLOCK
        if not length >= 0 or position > size + BLOCK:
            break
    return members


def _tensors(file: BinaryIO) -> Iterator[tuple[str, PickledCall]]:
    """Each tensor with its key."""
    for _ in range(_count(file)):
        key, storage, kind = load(file)
        (axes,) = struct.unpack("<i4x", file.read(8))
        if not 0 <= axes <= _MOST_AXES:
            raise ValueError
        numbers = struct.unpack(f"<{2 * axes + 1}q", file.read(16 * axes + 8))
        identity = PickledCall(PERSISTENT, ("storage", _storage_of(kind), _key(storage), "cpu", 0))
        yield _key(key), PickledCall(_REBUILD, (identity, numbers[-1], numbers[:axes], numbers[axes:-1]))


def _storages(file: BinaryIO, size: int) -> Iterator[tuple[str, TarStorage]]:
    widths: dict[str, int] = {}
    found: dict[str, TarStorage] = {}
    for _ in range(_count(file)):
        key, _, kind = load(file)
        (length,) = struct.unpack("<q", file.read(8))
        width = _SIZES[kind.name.removesuffix("Storage")] if isinstance(kind, Global) else 0
        begin = file.tell()
        if not 0 <= length * width <= size - begin:
            raise ValueError
        name = _key(key)
        widths[name], found[name] = width, TarStorage(begin, length * width)
        file.seek(begin + length * width)
        yield name, found[name]
    for part, whole, first, length in load(file):
        root, width = found[_key(whole)], widths[_key(whole)]
        if not 0 <= first * width <= (first + length) * width <= root.length:
            raise ValueError
        yield _key(part), TarStorage(root.begin + first * width, length * width)


def _count(file: BinaryIO) -> int:
    count = load(file)
    return min(count, MOST_TENSORS) if isinstance(count, int) else 0


def _key(value: object) -> str:
    return str(value) if isinstance(value, (int, str)) else ""


def _storage_of(kind: object) -> object:
    """The storage class of a class of tensors: `torch.FloatTensor` keeps a `FloatStorage`."""
    return Global(kind.module, kind.name.replace("Tensor", "Storage")) if isinstance(kind, Global) else ""
