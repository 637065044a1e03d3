"""Writes weights with their layers renamed: the one place where a weight file is loaded, by torch and on request."""

from __future__ import annotations

import os
from collections.abc import Callable

from convlint.tensors.loading import Loading, tensors_in
from convlint.typed import Any, BinaryIO
from convlint.weight_files.archives import SIGNATURE, open_member
from convlint.weight_files.contents import StoredNetwork, View, network_in, view_of
from convlint.weight_files.pickles import load
from convlint.weight_files.reading import read_weights
from convlint.weight_files.tar_files import BLOCK, TarStorage, is_tar, storages_in_tar, value_in_tar
from convlint.weight_files.tensors import WeightsError


def write_renamed(loading: Loading, path: str) -> int:
    """Writes the tensors that load through the mapping, under the names of the network; how many they are.

    The new file is a state dict, as `torch.save` or safetensors writes one. Nothing of the old file is run: its numbers
    are read from where they lie. Raises WeightsError, and ImportError without torch.
    """
    if os.path.exists(path):
        raise WeightsError(f"{path} exists already")
    file = read_weights(loading.weights)
    if file.form == "onnx":
        raise WeightsError(f"{loading.weights} is an ONNX file; only those of torch and safetensors are written")
    names = tensors_in(file.tensors, loading.comparison)
    values = _safe(loading.weights) if file.form == "safetensors" else _state(loading.weights, file.key)
    missing = [name for name in names if name not in values]
    if missing:
        raise WeightsError(f"torch does not find the tensor '{missing[0]}' in {loading.weights}")
    state = {new: values[old] for old, new in names.items()}
    _save(state, path)
    return len(state)


def _state(path: str, key: str) -> dict[str, object]:
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        beginning = file.read(BLOCK)
        if beginning.startswith(SIGNATURE):
            return _from_archive(path, file, size)
        if is_tar(beginning):
            return _from_tar(path, file, size)
    return _from_pickles(path, key)


def _from_archive(path: str, file: BinaryIO, size: int) -> dict[str, object]:
    """The tensors of the zip layout; whole models are read in the same way."""

    def bytes_of(view: View, length: int) -> bytes:
        return open_member(file, size, f"data/{view.storage}")[1].read(length)

    return _views(path, size, network_in(load(open_member(file, size, "data.pkl")[1])), bytes_of)


def _from_tar(path: str, file: BinaryIO, size: int) -> dict[str, object]:
    """The tensors of the tar layout, which does not say at a tensor how long its storage is."""
    storages = storages_in_tar(file, size)
    file.seek(0)
    network = network_in(value_in_tar(file, size))

    def bytes_of(view: View, length: int) -> bytes:
        del length
        found = storages.get(view.storage, TarStorage(0, 0))
        file.seek(found.begin)
        return file.read(found.length)

    return _views(path, size, network, bytes_of)


def _views(path: str, size: int, network: StoredNetwork, bytes_of: Callable[[View, int], bytes]) -> dict[str, Any]:
    """The tensors of a network, each a view of the bytes of its storage."""
    import torch

    storages: dict[str, Any] = {}
    found = {}
    for tensor, value in zip(network.tensors, network.values):
        view = view_of(value)
        if view is None:
            raise WeightsError(f"the numbers of '{tensor.name}' lie in no plain storage of {path}")
        try:
            if view.storage not in storages:
                storages[view.storage] = _storage(size, view, bytes_of)
            found[tensor.name] = torch.as_strided(storages[view.storage], view.shape, view.strides, view.begin)
        except (RuntimeError, AttributeError, ValueError) as error:
            raise WeightsError(f"the numbers of '{tensor.name}' cannot be read from {path}: {error}") from None
    return found


def _storage(size: int, view: View, bytes_of: Callable[[View, int], bytes]) -> object:
    import torch

    dtype: Any = getattr(torch, view.dtype)
    length = view.length * dtype.itemsize
    if not 0 <= length <= size:
        raise WeightsError(f"the storage '{view.storage}' would be longer than the file")
    data = bytes_of(view, length)
    if len(data) < length:
        raise WeightsError(f"the storage '{view.storage}' is cut off")
    return torch.frombuffer(bytearray(data), dtype=dtype) if data else torch.empty(0, dtype=dtype)


def _from_pickles(path: str, key: str) -> dict[str, object]:
    """The tensors of pickles in a row, as torch reads it where only tensors and plain values are allowed."""
    import torch

    try:
        value = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch says so with errors of many kinds
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise WeightsError(f"torch does not read {path} without running it: {reason}") from None
    for part in key.split(".") if key else ():
        value = value[part]
    return dict(value)


def _safe(path: str) -> dict[str, object]:
    from safetensors.torch import load_file

    return dict(load_file(path))


def _save(state: dict[str, Any], path: str) -> None:
    if path.lower().endswith(".safetensors"):
        from safetensors.torch import save_file

        save_file({name: tensor.contiguous().clone() for name, tensor in state.items()}, path)  # none may share numbers
        return
    import torch

    torch.save(state, path)
