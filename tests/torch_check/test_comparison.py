"""`check --torch`: silent where torch agrees, one finding at the layer where it does not, all within its limits."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convlint.checking import check_source
from convlint.findings import FileResult
from convlint.limits import MOST_NESTED
from convlint.options import Options, TorchLimits
from convlint.source import Source
from convlint.source.nodes import LineIndex
from convlint.torch_check import asking

ROOT = Path(__file__).parent.parent.parent
GOOD = sorted((ROOT / "tests" / "cases" / "good").glob("*.yaml"))
HEAD = "convlint: 1\ninputs: {image: [3, 16, 16]}\nlayers:\n"
CLEAN = HEAD + "  - {op: Conv2d, out_channels: 4, kernel_size: 3}\n"
SLOW = """\
convlint: 1
inputs: {steps: [100000, 8]}
layers:
  - {op: LSTM, hidden_size: 64, num_layers: 16, batch_first: true}
"""


def convlint(*arguments: str, cwd: Path = ROOT, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "convlint", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment)


def ask(text: str, limits: TorchLimits = TorchLimits(), sizes: tuple[tuple[str, int], ...] = ()) -> FileResult:
    return check_source(Source("net.yaml", text), Options(sizes, torch=limits))


def found(result: FileResult) -> list[tuple[int, str, str | None]]:
    """(line, rule, layer) of every finding of torch."""
    return [
        (LineIndex(item.place.source.text).position(item.place.start)[0], item.rule.name, item.layer)
        for item in result.findings
        if item.rule.group == "torch"
    ]


def test_torch_agrees_on_the_good_networks() -> None:
    """But for the U-Net of 2015, which is estimated to take longer than the limit, all are computed."""
    options = ("--torch", "--torch-timeout", "60", "--ignore", "torch-shapes-only", "--verbose")
    run = convlint("check", *options, *map(str, GOOD))
    assert (run.returncode, run.stdout) == (0, "")
    assert run.stderr.endswith(f"All checks passed: {len(GOOD)} files.\n")
    assert "not compared" not in run.stderr


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("bias: &bias {shape: [out_channels], when: bias}",
         "bias: &bias {shape: [out_channels], when: not bias}",
         "this Conv2d has 112 parameters in torch, convlint computes 108"),
        ("output: [out_channels, (padded - reach) // stride + 1]",
         "output: [out_channels, (padded - reach) // stride + 2]",
         "this Conv2d gives 4x14x14 in torch, convlint computes 4x15x15"),
    ],
)  # fmt: skip
def test_a_wrong_formula_is_caught(old: str, new: str, problem: str, tmp_path: Path) -> None:
    for name in ("convlint", "rules", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("_compiled_*", "__pycache__"))
    file = tmp_path / "rules" / "operators" / "convolution.yaml"
    declared = file.read_text(encoding="utf-8")
    assert old in declared
    file.write_text(declared.replace(old, new, 1), encoding="utf-8")
    (tmp_path / "net.yaml").write_text(CLEAN, encoding="utf-8")
    run = convlint("check", "--torch", "--output-format", "json", "net.yaml", cwd=tmp_path, root=tmp_path)
    (finding,) = json.loads(run.stdout)["diagnostics"]
    assert (finding["rule"], finding["start"]["line"]) == ("torch-shape-mismatch", 4)
    assert finding["message"] == problem
    assert run.returncode == 1


def test_torch_speaks_at_the_layer_that_fails() -> None:
    text = """\
convlint: 1
inputs: {image: [8, 4, 4]}
blocks:
  Squeeze:
    layers:
      - {op: AdaptiveAvgPool2d, output_size: 1}
      - {name: norm, op: InstanceNorm2d, track_running_stats: true}
layers:
  - {name: first, op: ReLU}
  - {name: gate, op: Squeeze, repeat: 2}
"""
    result = ask(text)
    assert found(result) == [(7, "torch-forward-failed", "gate[0]/norm")]
    (finding,) = [item for item in result.findings if item.rule.group == "torch"]
    assert finding.message.startswith(
        "torch fails in training mode on 2x8x4x4: ValueError: Expected more than 1 spatial"
    )
    assert [related.message for related in finding.related] == ["Squeeze is used here"]


def test_a_layer_that_torch_refuses() -> None:
    text = HEAD + "  - {op: ReLU}\n  - {op: Conv2d, out_channels: 1000000000000, kernel_size: 3}\n"
    text = text.replace("[3,", "[1000000000000,")
    result = ask(text)
    assert found(result) == [(5, "torch-build-failed", "1")]


def test_a_file_with_errors_is_not_compared() -> None:
    result = ask(HEAD + "  - {op: Conv2d, in_channels: 4, out_channels: 4, kernel_size: 3}\n")
    assert [finding.rule.name for finding in result.findings] == ["channel-mismatch"]
    assert result.notes == ("not compared with torch: it has errors",)


def test_lost_pixels_are_no_matter_to_torch() -> None:
    result = ask(HEAD + "  - {op: MaxPool2d, kernel_size: 3}\n")
    assert [finding.rule.name for finding in result.findings] == ["non-integer-division"]
    assert result.notes == ()


def test_open_sizes_are_the_smallest_that_work() -> None:
    text = "convlint: 1\nsizes: {H: {min: 20, multiple_of: 8}}\ninputs: {image: [1, H, W]}\n"
    text += "layers:\n  - {op: Conv2d, out_channels: 2, kernel_size: 9}\n"
    assert ask(text).notes == ("compared with torch at H = 24", "compared with torch at W = 9")
    assert ask(text, sizes=(("H", 32), ("W", 32))).notes == ()


def test_an_axis_may_be_a_function_of_a_named_size() -> None:
    text = 'convlint: 1\nsizes: {H: {min: 2}}\ninputs: {image: [1, H, H], half: [1, "${H // 2}", "${H // 2}"]}\n'
    text += "layers:\n  - {name: pool, op: MaxPool2d, from: image, kernel_size: 2}\n  - {op: Add, from: [pool, half]}\n"
    result = ask(text)
    assert found(result) == []
    assert result.notes == ("compared with torch at H = 2",)


def test_sizes_that_only_work_together() -> None:
    text = "convlint: 1\ninputs: {image: [1, H, W]}\nlayers:\n  - {op: MaxPool2d, kernel_size: 2}\n  - {op: Flatten}\n"
    text += "  - {op: Linear, in_features: 12, out_features: 2}\n"
    result = ask(text)
    assert (result.findings, result.notes) == ((), ("compared with torch at H = 6", "compared with torch at W = 8"))


def test_an_operator_that_torch_lacks_is_silent(tmp_path: Path) -> None:
    for name in ("convlint", "rules", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("_compiled_*", "__pycache__"))
    (tmp_path / "rules" / "operators" / "own.yaml").write_text(
        "Own:\n  summary: Ours.\n  output: x\nBad:\n  summary: Reads files.\n  torch: torch.load(x)\n  output: x\n"
    )
    for name in ("Own", "Bad"):
        (tmp_path / f"{name}.yaml").write_text(HEAD + f"  - {{op: {name}}}\n", encoding="utf-8")
    run = convlint("check", "--torch", "-v", "Own.yaml", "Bad.yaml", cwd=tmp_path, root=tmp_path)
    assert run.returncode == 0, run.stdout
    assert "Own.yaml: not compared with torch: 0: the declaration of Own does not say how torch builds it" in run.stderr
    assert "Bad.yaml: not compared with torch: 0: 'torch.load' is no tensor function" in run.stderr


# --- limits


def test_a_slow_network_ends_and_the_others_are_checked(tmp_path: Path) -> None:
    """A busy machine may need more than the first limit for the other network; the slow one needs more than each."""
    (tmp_path / "a.yaml").write_text(SLOW, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(CLEAN, encoding="utf-8")
    for seconds in (5, 20, 60):
        options = ("--torch", "--torch-timeout", str(seconds), "--output-format", "json")
        run = convlint("check", *options, "a.yaml", "b.yaml", cwd=tmp_path)
        report = json.loads(run.stdout)
        told = [(item["path"], item["rule"], item["severity"], item["message"]) for item in report["diagnostics"]]
        late = f"not compared with torch: it did not finish within {seconds} seconds (--torch-timeout)"
        if ("b.yaml", "torch-unfinished", "warning", late) not in told:
            break
    assert told == [("a.yaml", "torch-unfinished", "warning", late)]
    assert run.returncode == 0
    assert [item["path"] for item in report["files"]] == ["a.yaml", "b.yaml"]


def test_a_process_that_was_ended_is_not_asked_again() -> None:
    """One that holds much memory closes its pipes well before it is gone."""
    program = """\
import threading, time
for _ in range(200):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("{}", flush=True)
held = bytearray(10**8)
time.sleep(60)
"""
    for _ in range(10):
        child = subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert asking._line(child, "", 60, "late") == {}
        with pytest.raises(asking._NoAnswerError, match="late"):
            asking._line(child, "{}", 0.2, "late")
        assert child.returncode is not None


@pytest.mark.parametrize(
    ("layers", "seconds", "rules"),
    [
        ("  - {op: BatchNorm2d}\n", 120, ["torch-shapes-only"]),
        ("  - {op: Conv2d, out_channels: 1000000000, kernel_size: 3}\n", 120, ["torch-build-failed"]),
        ("  - {op: Conv2d, out_channels: 8, kernel_size: 3}\n", 120, ["torch-shapes-only"]),
        ("  - {op: ReLU, repeat: 100000}\n  - {op: ReLU, repeat: 100000}\n", 5, ["torch-unfinished"]),
    ],
)
def test_a_huge_network_ends_in_a_verdict(layers: str, seconds: float, rules: list[str]) -> None:
    result = ask(HEAD.replace("[3,", "[1000000000,") + layers, TorchLimits(seconds, 512))
    assert [rule for _, rule, _ in found(result)] == rules


def test_what_does_not_fit_is_compared_by_shapes_alone() -> None:
    """The estimate knows the tensors; what torch needs beside them, only the attempt."""
    large = HEAD.replace("16, 16", "2048, 2048")
    (finding,) = ask(large + "  - {op: Conv2d, out_channels: 64, kernel_size: 1}\n", TorchLimits(60, 100)).findings
    assert (finding.rule.name, finding.severity) == ("torch-shapes-only", "info")
    assert finding.message.endswith("the network needs about 2,048 MiB, more than the 100 of --torch-memory")
    unfolding = large + "  - {op: Unfold, kernel_size: 3}\n  - {op: Slice, dim: 2, end: 4}\n"
    result = ask(unfolding, TorchLimits(60, 600))
    assert [rule for _, rule, _ in found(result)] == ["torch-shapes-only"]


def test_nothing_of_the_working_folder_is_executed(tmp_path: Path) -> None:
    spy = "import pathlib; pathlib.Path('executed').touch()\n"
    for name in ("torch", "numpy", "resource"):
        (tmp_path / f"{name}.py").write_text(spy)
    (tmp_path / "net.yaml").write_text(CLEAN, encoding="utf-8")
    start = "import sys; sys.path.remove(''); from convlint.cli import main; sys.path.insert(0, ''); sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", start, "check", "--torch", "net.yaml"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("option", ["--torch-timeout", "--torch-memory"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "99999999999999999999"])
def test_limits_are_whole_numbers(option: str, value: str) -> None:
    run = convlint("check", "--torch", f"{option}={value}", "examples")
    assert run.returncode == 2
    assert option in run.stderr


def test_the_deepest_nest_of_blocks_is_compared() -> None:
    blocks = "  B1: {layers: [{op: ReLU}]}\n" + "".join(
        f"  B{n}: {{layers: [{{op: B{n - 1}}}]}}\n" for n in range(2, MOST_NESTED + 1)
    )
    text = f"convlint: 1\ninputs: {{x: [3, 4, 4]}}\nblocks:\n{blocks}layers: [{{op: B{MOST_NESTED}}}]\n"
    result = ask(text)
    assert (result.findings, result.notes) == ((), ())


def test_a_size_beyond_all_floats_is_refused_by_torch() -> None:
    text = HEAD + "  - {name: up, op: Upsample, scale_factor: 1.0e+300}\n"
    assert found(ask(text)) == [(4, "torch-forward-failed", "up")]


def test_a_layer_may_be_called_as_a_copy_of_another() -> None:
    layer = "op: Conv2d, out_channels: 3, kernel_size: 3"
    assert found(ask(HEAD + f"  - {{name: 'a[0]', {layer}}}\n  - {{name: a, {layer}, repeat: 2}}\n")) == []


def test_a_layer_may_be_called_as_an_attribute_of_modules() -> None:
    names = ("training", "forward", "wires", "input_names", "output_names", "output_ports", "_parameters", "__class__")
    assert found(ask(HEAD + "".join(f"  - {{name: {name}, op: BatchNorm2d}}\n" for name in names))) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there, Ctrl-C goes other ways")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_ends_the_process_that_computes(jobs: str, tmp_path: Path) -> None:
    """Well before the limit of a minute, and nothing computes on for nobody."""
    (tmp_path / "a.yaml").write_text(SLOW, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(CLEAN, encoding="utf-8")
    options = ("--torch", "--torch-timeout", "600", "--jobs", jobs)
    with subprocess.Popen(
        [sys.executable, "-m", "convlint", "check", *options, "."],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as run:
        time.sleep(4)
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does
        _, error = run.communicate(timeout=20)
    assert (run.returncode, error) == (130, "")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and _is_alive(run.pid):
        time.sleep(0.1)
    assert not _is_alive(run.pid)


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("text", ["import sys; sys.exit(0)", "raise RuntimeError('broken')", ""])
def test_a_torch_that_cannot_be_imported_is_missing(text: str, tmp_path: Path) -> None:
    package = tmp_path / "fake" / "torch"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(text, encoding="utf-8")
    (tmp_path / "net.yaml").write_text(CLEAN, encoding="utf-8")
    path = os.pathsep.join((str(tmp_path / "fake"), str(ROOT)))
    run = subprocess.run(
        [sys.executable, "-m", "convlint", "check", "--torch", "--output-format", "concise", "net.yaml"],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert "error[torch-missing] cannot be compared with torch: " in run.stdout
