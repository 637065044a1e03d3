"""Reads what `torch.save` wrote: the zip layout, the pickles in a row of before 1.6, the tar of before 0.2.

Layouts: torch/serialization.py, `_load` and `_legacy_load`.
"""

from __future__ import annotations

from convlint.typed import BinaryIO
from convlint.weight_files.archives import SIGNATURE, open_member
from convlint.weight_files.contents import carried_by, network_in
from convlint.weight_files.pickles import load
from convlint.weight_files.tar_files import BLOCK, is_tar, value_in_tar
from convlint.weight_files.tensors import WeightFile

PICKLE = b"\x80"

_MAGIC = 0x1950A86A20F9469CFC6C


def read_torch(path: str, file: BinaryIO, size: int) -> WeightFile:
    """The tensors of an open file of torch. Raises WeightsError."""
    network = network_in(_value(file, size))
    return WeightFile(path, "torch", network.tensors, network.key, carried_by(network.module))


def _value(file: BinaryIO, size: int) -> object:
    beginning = file.read(BLOCK)
    if beginning.startswith(SIGNATURE):
        return load(open_member(file, size, "data.pkl")[1])
    if is_tar(beginning):
        return value_in_tar(file, size)
    file.seek(0)
    first = load(file)
    if first != _MAGIC:
        return first
    load(file)  # the version of the layout
    load(file)  # what machine wrote it
    return load(file)
