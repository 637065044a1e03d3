"""Reads the initialisers of an `.onnx` file: the wire format of its protocol buffer is walked, and data is passed over.

Field numbers: onnx/onnx.proto3 (ModelProto.graph, GraphProto.initializer, TensorProto.dims, data_type and name).
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from convlint.typed import BinaryIO
from convlint.weight_files.tensors import StoredTensor, WeightFile, WeightsError

_GRAPH, _INITIALISER = 7, 5
_DIMS, _DATA_TYPE, _NAME = 1, 2, 8
_VARINT, _FIXED_64, _LENGTH, _FIXED_32 = 0, 1, 2, 5
_MOST_FIELDS = 500_000
_LONGEST_NAME = 65_536
_MOST_AXES = 64
_DTYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    14: "complex64",
    15: "complex128",
    16: "bfloat16",
    17: "float8_e4m3fn",
    18: "float8_e4m3fnuz",
    19: "float8_e5m2",
    20: "float8_e5m2fnuz",
    21: "uint4",
    22: "int4",
}
_DAMAGED = "is damaged or no ONNX file: its fields break off or make no sense"


def read_onnx(path: str, file: BinaryIO, size: int) -> WeightFile:
    """The initialisers of an open file in its order. Raises WeightsError."""
    walk = _Walk(file)
    tensors: list[StoredTensor] = []
    for field, kind, value in walk.fields(0, size):
        if field == _GRAPH and kind == _LENGTH:
            for inner, inner_kind, length in walk.fields(file.tell(), file.tell() + value):
                if inner == _INITIALISER and inner_kind == _LENGTH:
                    tensors.append(_tensor(walk, file.tell(), file.tell() + length))
    if not tensors:
        raise WeightsError("holds no initialisers")
    return WeightFile(path, "onnx", tuple(tensors))


class _Walk:
    """Reads fields from a file; counts them over the whole of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._count = 0

    def fields(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """(number, wire type, value) of each field of a message; the value of one with a length is its length.

        The file stands at the content of such a field when it is given, and is put behind it afterwards.
        """
        file, position = self._file, begin
        while position < end:
            self._count += 1
            if self._count > _MOST_FIELDS:
                raise WeightsError("holds more than any network")
            file.seek(position)
            key = self.varint()
            field, kind = key >> 3, key & 7
            if kind not in (_VARINT, _FIXED_64, _LENGTH, _FIXED_32):
                raise WeightsError(_DAMAGED)
            value = self.varint() if kind in (_VARINT, _LENGTH) else 0
            content = file.tell()
            position = content + {_FIXED_64: 8, _FIXED_32: 4, _LENGTH: value}.get(kind, 0)
            if position > end:
                raise WeightsError(_DAMAGED)
            yield field, kind, value

    def varint(self) -> int:
        """A number of seven bits a byte, where the file stands."""
        value = 0
        for shift in range(0, 70, 7):
            byte = self._file.read(1)
            if not byte:
                raise WeightsError(_DAMAGED)
            value |= (byte[0] & 0x7F) << shift
            if byte[0] < 0x80:
                return value
        raise WeightsError(_DAMAGED)

    def text(self, length: int) -> str:
        """A text where the file stands."""
        if length > _LONGEST_NAME:
            raise WeightsError(_DAMAGED)
        return self._file.read(length).decode("utf-8", "replace")

    def numbers(self, length: int) -> list[int]:
        """Packed numbers where the file stands; no more than a tensor has axes."""
        end = self._file.seek(0, io.SEEK_CUR) + length
        found: list[int] = []
        while self._file.tell() < end:
            found.append(self.varint())
            if len(found) > _MOST_AXES:
                raise WeightsError(_DAMAGED)
        return found


def _tensor(walk: _Walk, begin: int, end: int) -> StoredTensor:
    name, dtype = "", ""
    shape: list[int] = []
    for field, kind, value in walk.fields(begin, end):
        if field == _DIMS:
            shape += walk.numbers(value) if kind == _LENGTH else [value]
        elif field == _DATA_TYPE and kind == _VARINT:
            dtype = _DTYPES.get(value, "")
        elif field == _NAME and kind == _LENGTH:
            name = walk.text(value)
    if len(shape) > _MOST_AXES or any(axis >= 2**63 for axis in shape):
        raise WeightsError(_DAMAGED)
    return StoredTensor(name, tuple(shape), dtype)
