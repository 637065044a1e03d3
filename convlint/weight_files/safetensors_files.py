"""Reads the header of a `.safetensors` file, and the index of a network that is spread over several.

The layout is that of the format's own page: eight bytes of length, a JSON object, then the data.
"""

from __future__ import annotations

import json
import os
import struct
from math import prod

from convlint.typed import Any, BinaryIO
from convlint.weight_files.tensors import StoredTensor, WeightFile, WeightsError

_LARGEST_HEADER = 16 * 1024 * 1024
"""Far more than a hundred thousand tensors take; the reader of the format allows 100 MB."""
_LARGEST_INDEX = 16 * 1024 * 1024
_MOST_FILES = 4_096
_MOST_AXES = 64
_DTYPES = {
    "F64": ("float64", 8),
    "F32": ("float32", 4),
    "F16": ("float16", 2),
    "BF16": ("bfloat16", 2),
    "I64": ("int64", 8),
    "I32": ("int32", 4),
    "I16": ("int16", 2),
    "I8": ("int8", 1),
    "U64": ("uint64", 8),
    "U32": ("uint32", 4),
    "U16": ("uint16", 2),
    "U8": ("uint8", 1),
    "BOOL": ("bool", 1),
    "F8_E4M3": ("float8_e4m3fn", 1),
    "F8_E5M2": ("float8_e5m2", 1),
    "C64": ("complex64", 8),
}
"""What torch calls a type, and how many bytes a number of it takes."""


def is_header(beginning: bytes) -> bool:
    """Whether a file begins with a length and a JSON object."""
    return len(beginning) > 8 and beginning[8:9] == b"{" and beginning[4:8] == b"\0\0\0\0"


def read_safetensors(path: str, file: BinaryIO, size: int) -> WeightFile:
    """The tensors of an open file in the order of its header. Raises WeightsError."""
    return WeightFile(path, "safetensors", _tensors(file, size))


def read_index(path: str, file: BinaryIO) -> WeightFile:
    """The tensors of all files that an index names, which stand beside it. Raises WeightsError."""
    index = _object(file.read(_LARGEST_INDEX + 1), "index")
    named = index.get("weight_map")
    if not isinstance(named, dict) or not all(isinstance(name, str) for name in named.values()):
        raise WeightsError("is JSON without a 'weight_map' of tensors and files")
    names = list(dict.fromkeys(named.values()))
    if len(names) > _MOST_FILES:
        raise WeightsError(f"names {len(names)} files; {_MOST_FILES} are the most")
    found: dict[str, StoredTensor] = {}
    for name in names:
        for tensor in _beside(path, name):
            if named.get(tensor.name) == name:
                found[tensor.name] = tensor
    missing = [name for name in named if name not in found]
    if missing:
        raise WeightsError(f"names the tensor '{missing[0]}', which '{named[missing[0]]}' does not hold")
    return WeightFile(path, "safetensors", tuple([found[name] for name in named]))


def _beside(path: str, name: str) -> tuple[StoredTensor, ...]:
    """The tensors of a file in the folder of the index; a name that leads elsewhere is refused."""
    if name != os.path.basename(name) or "\\" in name or "\0" in name or name in ("", ".", ".."):
        raise WeightsError(f"names the file '{name}', which is none of its own folder")
    try:
        with open(os.path.join(os.path.dirname(path), name), "rb") as file:
            return _tensors(file, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise WeightsError(f"names the file '{name}', which cannot be read: {error.strerror}") from None
    except WeightsError as error:
        raise WeightsError(f"names the file '{name}', which {error}") from None


def _tensors(file: BinaryIO, size: int) -> tuple[StoredTensor, ...]:
    beginning = file.read(8)
    if len(beginning) < 8:
        raise WeightsError("is cut off: it is shorter than the length of its header")
    (length,) = struct.unpack("<Q", beginning)
    if length > min(_LARGEST_HEADER, size - 8):
        raise WeightsError("is cut off or no safetensors file: its header would be longer than the file")
    header = _object(file.read(length), "header")
    entries = [(name, entry) for name, entry in header.items() if name != "__metadata__"]
    return tuple([_tensor(name, entry, size - 8 - length) for name, entry in entries])


def _object(data: bytes, what: str) -> dict[str, object]:
    try:
        value = json.loads(data.decode())
    except (ValueError, RecursionError):
        raise WeightsError(f"is damaged: its {what} is no JSON") from None
    if not isinstance(value, dict):
        raise WeightsError(f"is damaged: its {what} is no JSON object")
    return value


def _tensor(name: str, entry: Any, most: int) -> StoredTensor:
    shape = entry.get("shape") if isinstance(entry, dict) else None
    if not isinstance(shape, list) or len(shape) > _MOST_AXES or not all(_is_count(axis) for axis in shape):
        raise WeightsError(f"is damaged: the tensor '{name}' has no shape")
    offsets = entry.get("data_offsets")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(_is_count(offset) for offset in offsets):
        raise WeightsError(f"is damaged: the tensor '{name}' has no place in the file")
    if offsets[1] > most:
        raise WeightsError(f"is cut off: the tensor '{name}' would end {offsets[1] - most} bytes behind it")
    kind = entry.get("dtype")
    if not isinstance(kind, str):
        return StoredTensor(name, tuple(shape), "")
    dtype, width = _DTYPES.get(kind, (kind.lower(), 0))
    held = offsets[1] - offsets[0]
    is_without_data = not most and not held  # a header alone, which says what a comparison asks
    if width and held != width * prod(shape) and not is_without_data:
        raise WeightsError(f"is damaged: the tensor '{name}' takes {width * prod(shape)} bytes, but it has {held}")
    return StoredTensor(name, tuple(shape), dtype)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**64
