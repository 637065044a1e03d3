"""Reads a weight file of any kind, told by its first bytes: names, shapes and types of its tensors, and no data.

Nothing of the file is run or imported, nothing is written, and no more than some hundred megabytes are ever looked at.
"""

from __future__ import annotations

import os
import stat

from convlint.typed import BinaryIO
from convlint.weight_files.tensors import WeightFile, WeightsError

SUFFIXES = (".pt", ".pth", ".bin", ".ckpt", ".safetensors", ".onnx")
"""How the names of weight files end; and an index of several ends in `.index.json`."""
INDEX = ".index.json"
_ARCHITECTURES = (".yaml", ".yml", ".json")

_BEGINNING = 512


def is_weight_file(path: str) -> bool:
    """Whether a file is one of weights: by its name, or by its first bytes where the name says nothing (`.pth.tar`)."""
    name = path.lower()
    if name.endswith((*SUFFIXES, INDEX)):
        return True
    return not name.endswith(_ARCHITECTURES) and _begins_as_weights(path)


def _begins_as_weights(path: str) -> bool:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, "rb") as file:
            beginning = file.read(_BEGINNING)
    except (OSError, ValueError):
        return False
    from convlint.weight_files import safetensors_files

    return safetensors_files.is_header(beginning) or _is_of_torch(beginning)


def _is_of_torch(beginning: bytes) -> bool:
    from convlint.weight_files import archives, tar_files, torch_files

    return beginning.startswith((archives.SIGNATURE, torch_files.PICKLE)) or tar_files.is_tar(beginning)


def read_weights(path: str) -> WeightFile:
    """The tensors of a weight file. Raises WeightsError."""
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            raise WeightsError("is a directory; name the weight file in it")
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise WeightsError("is no regular file")
        with open(path, "rb") as file:
            return read_opened(path, file, os.fstat(file.fileno()).st_size)
    except OSError as error:
        reason = error.strerror or str(error)
        raise WeightsError(f"cannot be read: {reason[:1].lower()}{reason[1:]}") from None
    except ValueError as error:
        raise error if isinstance(error, WeightsError) else WeightsError(f"cannot be read: {error}") from None


def read_opened(path: str, file: BinaryIO, size: int) -> WeightFile:
    """The tensors of an open weight file of so many bytes; `path` is its name. Raises WeightsError."""
    beginning = file.read(_BEGINNING)
    file.seek(0)
    if not beginning:
        raise WeightsError("is empty")
    from convlint.weight_files import safetensors_files, torch_files

    if safetensors_files.is_header(beginning):  # first: its length may begin as a pickle does
        return safetensors_files.read_safetensors(path, file, size)
    if _is_of_torch(beginning):
        return torch_files.read_torch(path, file, size)
    if beginning.lstrip().startswith(b"{"):
        return safetensors_files.read_index(path, file)
    if path.lower().endswith(".onnx"):
        from convlint.weight_files.onnx_files import read_onnx

        return read_onnx(path, file, size)
    if beginning.startswith(b"version https://git-lfs"):
        raise WeightsError("is a pointer of Git LFS, not the weights; 'git lfs pull' fetches them")
    raise WeightsError("is no weight file of torch, safetensors or ONNX")
