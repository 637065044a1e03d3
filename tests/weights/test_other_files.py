"""safetensors and ONNX: names, shapes and types are those of the formats' own readers."""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path
from typing import Any

import pytest

from convlint.weight_files.reading import read_weights
from convlint.weight_files.tensors import StoredTensor, WeightsError


def _header(**tensors: tuple[list[int], list[int]]) -> dict[str, Any]:
    return {name: {"dtype": "F32", "shape": shape, "data_offsets": place} for name, (shape, place) in tensors.items()}


def _write(path: Path, header: Any, data: int = 0) -> None:
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(data))


@pytest.mark.parametrize("seed", range(20))
def test_random_safetensors_are_read_as_their_reader_reads_them(seed: int, tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.torch")
    pytest.importorskip("torch")
    from safetensors import safe_open

    from tests.weights import written

    state = {name: tensor.clone().contiguous() for name, tensor in written.state(random.Random(seed)).items()}
    path = tmp_path / "a.safetensors"
    library.save_file(state, path, metadata={"format": "pt"})
    with safe_open(str(path), "pt") as opened:
        keys = sorted(opened.keys())
    found = read_weights(str(path)).tensors
    assert sorted(tensor.name for tensor in found) == keys
    assert sorted(tuple(tensor) for tensor in found) == sorted(written.expected(state))


@pytest.mark.parametrize("seed", range(20))
def test_random_onnx_files_are_read_as_onnx_reads_them(seed: int, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    rng = random.Random(seed)
    initialisers = []
    for number in range(rng.randint(1, 20)):
        shape = [rng.randint(1, 4) for _ in range(rng.randint(0, 4))]
        count = 1
        for size in shape:
            count *= size
        kind = rng.choice((onnx.TensorProto.FLOAT, onnx.TensorProto.INT64, onnx.TensorProto.DOUBLE))
        initialisers.append(onnx.helper.make_tensor(f"w.{number}", kind, shape, [1] * count))
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "g", [], [], initialisers)
    path = tmp_path / "a.onnx"
    onnx.save(onnx.helper.make_model(graph), str(path))
    judged = onnx.load(str(path)).graph.initializer
    names = {onnx.TensorProto.FLOAT: "float32", onnx.TensorProto.INT64: "int64", onnx.TensorProto.DOUBLE: "float64"}
    assert [tuple(tensor) for tensor in read_weights(str(path)).tensors] == [
        (tensor.name, tuple(tensor.dims), names[tensor.data_type]) for tensor in judged
    ]


def test_an_index_brings_the_tensors_of_its_files_in_its_order(tmp_path: Path) -> None:
    _write(tmp_path / "one.safetensors", _header(b=([2], [0, 8]), unnamed=([1], [8, 12])), 12)
    _write(tmp_path / "two.safetensors", _header(a=([3, 1], [0, 12])), 12)
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "two.safetensors", "b": "one.safetensors"}}))
    assert read_weights(str(index)).tensors == (
        StoredTensor("a", (3, 1), "float32"),
        StoredTensor("b", (2,), "float32"),
    )


def test_a_header_as_long_as_a_pickle_begins_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    for length in (0x280, 0x4B50):
        text = json.dumps(_header(a=([2], [0, 8]))).encode().ljust(length)
        path.write_bytes(struct.pack("<Q", length) + text + bytes(8))
        assert read_weights(str(path)).tensors == (StoredTensor("a", (2,), "float32"),)


@pytest.mark.parametrize("name", ["../one.safetensors", "/etc/passwd", "a/b", "..", "", "a\\b", "none.safetensors"])
def test_an_index_leads_nowhere_else(name: str, tmp_path: Path) -> None:
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": name}}))
    with pytest.raises(WeightsError, match="names the file"):
        read_weights(str(index))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (_header(a=([2], [0, 8])), "is cut off: the tensor 'a' would end 8 bytes behind it"),
        ([], "is damaged"),
        ({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 0]}}, "has no shape"),
        ({"a": {"dtype": "F32", "shape": [1]}}, "has no place"),
        ({"a": {"dtype": "F32", "shape": [10**4000] * 2, "data_offsets": [0, 0]}}, "has no shape"),
        ({"a": {"dtype": "BF16", "shape": [0, 3], "data_offsets": [8, 0]}}, "takes 0 bytes, but it has -8"),
    ],
)
def test_a_broken_header_says_what_is_wrong(header: Any, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    text = json.dumps(header).encode().ljust(200)
    path.write_bytes(struct.pack("<Q", len(text)) + (text if header else b"{" + b"[" * 199))
    with pytest.raises(WeightsError, match=said):
        read_weights(str(path))


def test_a_place_has_as_many_bytes_as_its_tensor_takes(tmp_path: Path) -> None:
    """But for a header alone, behind which nothing stands: its names and shapes can be compared."""
    path = tmp_path / "a.safetensors"
    text = json.dumps(_header(a=([2, 0], [0, 0]), b=([1], [0, 0]))).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    assert [tensor.shape for tensor in read_weights(str(path)).tensors] == [(2, 0), (1,)]
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(4))
    with pytest.raises(WeightsError, match="the tensor 'b' takes 4 bytes, but it has 0"):
        read_weights(str(path))


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    for data, said in (
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS"),
        (b"hello", "is no weight file"),
        (b'{"a": 1}', "without a 'weight_map'"),
    ):
        path = tmp_path / "x.pt"
        path.write_bytes(data)
        with pytest.raises(WeightsError, match=said):
            read_weights(str(path))
    with pytest.raises(WeightsError, match="is a directory"):
        read_weights(str(tmp_path))
    with pytest.raises(WeightsError, match="cannot be read: no such file"):
        read_weights(str(tmp_path / "missing.pt"))
