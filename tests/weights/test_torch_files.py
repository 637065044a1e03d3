"""Names, shapes and types of what torch writes are those that torch's own reader gives."""

from __future__ import annotations

import pickle
import random
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from convlint.weight_files.reading import read_weights
from convlint.weight_files.tensors import StoredTensor, WeightsError

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("seed", range(60))
def test_random_files_are_read_as_torch_reads_them(seed: int, tmp_path: Path) -> None:
    from tests.weights import written

    path = tmp_path / "weights.pt"
    expected = written.save(random.Random(seed), path)
    assert [tuple(tensor) for tensor in read_weights(str(path)).tensors] == expected


def test_averaged_weights_come_before_trained_ones(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    torch.save({"model": {"a": torch.zeros(1)}, "ema": {"a": torch.zeros(2)}}, path)
    found = read_weights(str(path))
    assert (found.key, found.tensors) == ("ema", (StoredTensor("a", (2,), "float32"),))


def test_an_empty_place_for_averaged_weights_leads_to_the_trained_ones(tmp_path: Path) -> None:
    path = tmp_path / "best.pt"
    torch.save({"ema": None, "model": {"a": torch.zeros(1)}}, path)
    assert read_weights(str(path)).key == "model"


def test_several_networks_are_not_guessed_among(tmp_path: Path) -> None:
    path = tmp_path / "gan.pt"
    torch.save({"encoder": {"a": torch.zeros(1)}, "decoder": {"a": torch.zeros(2)}}, path)
    with pytest.raises(WeightsError, match=r"several networks \('encoder', 'decoder'\)"):
        read_weights(str(path))


def test_a_scripted_module_gives_the_tensors_of_its_state(tmp_path: Path) -> None:
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Sequential(torch.nn.Linear(2, 3)))
    path = tmp_path / "scripted.pt"
    torch.jit.script(module).save(str(path))
    names = [tensor.name for tensor in read_weights(str(path)).tensors]
    assert names == list(module.state_dict())


def test_the_sparse_the_quantised_and_the_meta_are_tensors_too(tmp_path: Path) -> None:
    state = {
        "sparse": torch.zeros(3, 4).to_sparse(),
        "quantised": torch.quantize_per_tensor(torch.zeros(2, 2), 0.1, 0, torch.qint8),
        "meta": torch.zeros(5, 6, device="meta"),
    }
    path = tmp_path / "odd.pt"
    torch.save(state, path)
    assert [tuple(tensor) for tensor in read_weights(str(path)).tensors] == [
        ("sparse", (3, 4), "float32"),
        ("quantised", (2, 2), "qint8"),
        ("meta", (5, 6), "float32"),
    ]


def test_the_tar_layout_is_read_as_torch_reads_it(tmp_path: Path) -> None:
    from tests.weights import written

    path = tmp_path / "old.pth"
    written.save_tar(path)
    judged = torch.load(path, weights_only=False)
    assert [(name, tuple(tensor.shape)) for name, tensor in judged.items()] == [("weight", (2, 3)), ("bias", (2,))]
    assert read_weights(str(path)).tensors == (
        StoredTensor("weight", (2, 3), "float32"),
        StoredTensor("bias", (2,), "int64"),
    )


# --- hostile and broken files


def test_nothing_that_a_pickle_names_is_called(tmp_path: Path) -> None:
    target = tmp_path / "created"
    path = tmp_path / "hostile.pt"
    path.write_bytes(pickle.dumps({"model": {"a": _Hostile(str(target))}}, 2))
    with pytest.raises(WeightsError, match="holds no named tensors"):
        read_weights(str(path))
    assert not target.exists()


class _Hostile:
    def __init__(self, path: str) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return open, (self._path, "w")


def test_a_chain_of_calls_and_a_module_in_itself_come_to_an_end(tmp_path: Path) -> None:
    path = tmp_path / "chain.pt"
    call = b"ctorch._utils\n_rebuild_parameter\n"
    path.write_bytes(b"\x80\x02}U\x01a" + call * 100_000 + b"N" + b"\x85R" * 100_000 + b"s.")
    with pytest.raises(WeightsError):
        read_weights(str(path))
    around = b"\x80\x02cm\nM\n)\x81q\x00}U\x08_modules}U\x01xh\x00ssb."
    path.write_bytes(around)
    with pytest.raises(WeightsError, match="deeper or larger"):
        read_weights(str(path))
    doubling = b"\x80\x02cm\nM\n)\x81q\x00" + b"".join(
        b"cm\nM\n)\x81q"
        + bytes([n])
        + b"}U\x08_modules}(U\x01ah"
        + bytes([n - 1])
        + b"U\x01bh"
        + bytes([n - 1])
        + b"usb"
        for n in range(1, 90)
    )
    path.write_bytes(doubling + b".")
    with pytest.raises(WeightsError, match="deeper or larger"):
        read_weights(str(path))


def test_a_pickle_that_asks_for_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.pt"
    for data in (b"]" * 3_000_000 + b".", b"X\xff\xff\xff\xff", b"\x8d" + b"\xff" * 8, b"r\xff\xff\xff\xff."):
        path.write_bytes(b"\x80\x02" + data)
        with pytest.raises(WeightsError):
            read_weights(str(path))


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + b"N0" * 150_000_000)
    with pytest.raises(WeightsError, match="larger than any network"):
        read_weights(str(path))


def test_a_zip_that_torch_did_not_write_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../data.pkl/../x", b"")
    with pytest.raises(WeightsError, match=r"without data\.pkl"):
        read_weights(str(path))


def test_a_file_that_was_cut_off_says_so(tmp_path: Path) -> None:
    path = tmp_path / "cut.pt"
    torch.save({"a": torch.zeros(100)}, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="is cut off"):
        read_weights(str(path))


def test_a_large_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.pt"
    torch.save({"a": torch.zeros(4)}, path)
    whole = path.read_bytes()
    end = whole.rindex(b"PK\x05\x06")
    start = struct.unpack("<I", whole[end + 16 : end + 20])[0]
    gap = 2**31 - 1
    with path.open("wb") as file:  # the data, a hole of 2 GB, and the directory
        file.write(whole[:start])
        file.seek(start + gap)
        directory, tail = whole[start:end], bytearray(whole[end:])
        tail[16:20] = struct.pack("<I", start + gap)
        file.write(directory[: struct.unpack("<I", whole[end + 12 : end + 16])[0]] + bytes(tail))
    assert read_weights(str(path)).tensors == (StoredTensor("a", (4,), "float32"),)


_MUTATIONS = """
import pathlib, random, resource, sys
from convlint.weight_files import archives, contents, onnx_files, pickles, reading, safetensors_files, tar_files, torch_files
from convlint.weight_files.tensors import WeightsError
import json, zlib, encodings.utf_8
resource.setrlimit(resource.RLIMIT_AS, (500 * 2**20, 500 * 2**20))
seen = []
folder = pathlib.Path(sys.argv[1])
originals = [(path, path.read_bytes()) for path in sorted(folder.iterdir())]
rng = random.Random(int(sys.argv[2]))
allowed = set()
def watch(event, arguments):
    if event == "open" and str(arguments[0]) in allowed and "r" in str(arguments[1]):
        return
    if event in ("open", "import", "exec", "compile", "os.system", "subprocess.Popen", "os.mkdir", "os.remove", "socket.connect", "pickle.find_class"):
        seen.append((event, str(arguments[:2])))
mutated = folder.parent / "mutated"
watching = [False]
sys.addaudithook(lambda event, arguments: watch(event, arguments) if watching[0] else None)
for _ in range(int(sys.argv[3])):
    path, data = originals[rng.randrange(len(originals))]
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        kind, at = rng.randrange(4), rng.randrange(len(data) or 1)
        if kind == 0 and data: data[at] = rng.randrange(256)
        elif kind == 1: del data[at : at + rng.randrange(1, 40)]
        elif kind == 2: data[at:at] = rng.randbytes(rng.randrange(1, 20))
        else: data[at : at + 4] = rng.choice((b"\\xff" * 4, b"\\0" * 4, bytes(data[:4])))
    target = mutated.with_suffix(path.suffix)
    target.write_bytes(data)
    allowed.add(str(target))
    watching[0] = True
    try: reading.read_weights(str(target))
    except WeightsError: pass
    watching[0] = False
assert not seen, str(seen[:3])[:500]
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded by setrlimit")
def test_mutated_files_give_no_exception_and_do_nothing(tmp_path: Path) -> None:
    from tests.weights import written

    folder = tmp_path / "files"
    folder.mkdir()
    for seed in range(8):
        written.save(random.Random(seed), folder / f"{seed}.pt")
    written.save_tar(folder / "old.pth")
    (folder / "a.safetensors").write_bytes(
        struct.pack("<Q", 60) + b'{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'.ljust(60) + bytes(24)
    )
    (folder / "a.onnx").write_bytes(b"\x08\x08\x3a\x0e\x2a\x0c\x08\x02\x08\x03\x10\x01\x42\x04name")
    done = subprocess.run(
        [sys.executable, "-c", _MUTATIONS, str(folder), "1", "3000"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
