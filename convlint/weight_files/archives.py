"""Finds one member of a zip archive by its directory, and reads it within limits; nothing else of the archive is read.

The layout is that of APPNOTE.TXT of PKWARE. Only what torch writes is understood: members that are stored or deflated.
"""

from __future__ import annotations

import io
import struct
import zlib

from convlint.typed import BinaryIO, NamedTuple
from convlint.weight_files.tensors import WeightsError

SIGNATURE = b"PK\x03\x04"

_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x06"
_LOCATOR_64 = b"PK\x06\x07"
_ENTRY = b"PK\x01\x02"
_LONGEST_COMMENT = 65_535
_LARGEST_DIRECTORY = 32 * 1024 * 1024
_LARGEST_INFLATED = 256 * 1024 * 1024
_LAST_32 = 0xFFFFFFFF
_STORED, _DEFLATED = 0, 8
_DAMAGED = "is damaged: its zip directory breaks off or makes no sense"


class Member(NamedTuple):
    """One member: its name, how it is packed, and where its header stands."""

    name: str
    method: int
    offset: int


def open_member(file: BinaryIO, size: int, ending: str) -> tuple[Member, io.BufferedIOBase]:
    """The member of the archive's first folder that is called `ending`, and its bytes. Raises WeightsError."""
    try:
        return _opened(file, size, ending)
    except (struct.error, EOFError, ValueError, OverflowError) as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(_DAMAGED) from None


def _opened(file: BinaryIO, size: int, ending: str) -> tuple[Member, io.BufferedIOBase]:
    directory = _directory(file, size)
    member = _member(directory, ending)
    file.seek(member.offset)
    header = _exactly(file, 30)
    if header[:4] != SIGNATURE:
        raise WeightsError(_DAMAGED)
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    file.seek(name_length + extra_length, io.SEEK_CUR)
    if member.method == _STORED:
        return member, io.BufferedReader(_Unclosed(file))
    if member.method == _DEFLATED:
        return member, io.BufferedReader(_Inflating(file))
    raise WeightsError("is packed in a way that torch does not read")


class _Unclosed(io.RawIOBase):
    """The rest of a file; whoever opened the file closes it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Inflating(io.RawIOBase):
    """The rest of a file, inflated as it is asked for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._given > _LARGEST_INFLATED:
            raise WeightsError("holds a pickle that is larger than any network's")
        inflater = self._inflater
        data = b""
        while not data and not inflater.eof:
            packed = inflater.unconsumed_tail or self._file.read(io.DEFAULT_BUFFER_SIZE)
            if not packed:
                break
            try:
                data = inflater.decompress(packed, len(buffer))
            except zlib.error:
                raise WeightsError(_DAMAGED) from None
        self._given += len(data)
        buffer[: len(data)] = data
        return len(data)


def _directory(file: BinaryIO, size: int) -> bytes:
    """The bytes of the archive's central directory."""
    tail_length = min(size, _LONGEST_COMMENT + 22)
    file.seek(size - tail_length)
    tail = _exactly(file, tail_length)
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < 22:
        raise WeightsError("is cut off: the directory at the end of a zip file is missing")
    length, offset = struct.unpack("<II", tail[end + 12 : end + 20])
    if (_LAST_32 in (length, offset)) and end >= 20 and tail[end - 20 : end - 16] == _LOCATOR_64:
        (where,) = struct.unpack("<Q", tail[end - 12 : end - 4])
        file.seek(_inside(where, size))
        record = _exactly(file, 56)
        if record[:4] != _END_64:
            raise WeightsError(_DAMAGED)
        length, offset = struct.unpack("<QQ", record[40:56])
    if length > _LARGEST_DIRECTORY:
        raise WeightsError("holds more members than any network")
    file.seek(_inside(offset, size))
    return _exactly(file, length)


def _member(directory: bytes, ending: str) -> Member:
    position, folder = 0, None
    while position + 46 <= len(directory):
        if directory[position : position + 4] != _ENTRY:
            raise WeightsError(_DAMAGED)
        method, name_length, extra_length, comment_length = struct.unpack(
            "<10xH16xHHH", directory[position : position + 34]
        )
        begin = position + 46
        name = directory[begin : begin + name_length].decode("utf-8", "replace")
        if folder is None:
            folder = name.partition("/")[0]
        if name == f"{folder}/{ending}" or name == ending:
            extra = directory[begin + name_length : begin + name_length + extra_length]
            return Member(name, method, _offset(directory[position : position + 46], extra))
        position = begin + name_length + extra_length + comment_length
    raise WeightsError(f"is a zip file without {ending}: torch did not write it")


def _offset(entry: bytes, extra: bytes) -> int:
    """Where the header of a member stands; large archives keep it in an extra field behind the sizes."""
    packed, plain = struct.unpack("<II", entry[20:28])
    (offset,) = struct.unpack("<I", entry[42:46])
    if offset != _LAST_32:
        return int(offset)
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack("<HH", extra[position : position + 4])
        if kind == 1:
            skipped = 8 * ((plain == _LAST_32) + (packed == _LAST_32))
            begin = position + 4 + skipped
            return int(struct.unpack("<Q", extra[begin : begin + 8])[0])
        position += 4 + length
    raise WeightsError(_DAMAGED)


def _inside(offset: int, size: int) -> int:
    if offset > size:
        raise WeightsError(_DAMAGED)
    return offset


def _exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) != length:
        raise EOFError
    return data
