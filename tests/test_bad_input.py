"""Any input at all gives findings: no exception, every place inside the file, bounded time and memory."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convlint.checking import check_source
from convlint.describing import describe_source
from convlint.findings import FileResult
from convlint.input_sizes import solve_file
from convlint.options import Options
from convlint.source import Source
from convlint.source.reader import SourceProblem, decode, read_bytes

CASES = Path(__file__).parent / "cases"
VALID = [path.read_text(encoding="utf-8") for path in sorted(CASES.glob("*/*.yaml"))]
relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=150)


def assert_sound(text: str, result: FileResult) -> None:
    """Every place and related place lies inside the text."""
    for finding in result.findings:
        for place in (finding.place, *(item.place for item in finding.related)):
            assert 0 <= place.start <= place.end <= len(text)
        assert finding.message
        assert "{" not in finding.rule.name


def lint(text: str) -> None:
    assert_sound(text, check_source(Source("a.yaml", text)))


@relaxed
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    source = decode("a.yaml", data)
    if not isinstance(source, SourceProblem):
        lint(source.text)


@relaxed
@given(st.text(max_size=300))
def test_any_text_behind_the_key(text: str) -> None:
    lint("convlint: 1\n" + text)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**20),
    st.floats(allow_nan=True),
    st.sampled_from(["Conv2d", "Concat", "image", "a", "${a}", "${", "${1/0}", "H", "same", "on", "1e3", "", "a.1"]),
)
KEYS = st.sampled_from(
    [
        "convlint",
        "name",
        "sizes",
        "constants",
        "inputs",
        "blocks",
        "layers",
        "outputs",
        "op",
        "from",
        "repeat",
        "expect",
        "params",
        "input",
        "output",
        "kernel_size",
        "stride",
        "padding",
        "out_channels",
        "in_channels",
        "dim",
        "scale_factor",
        "shape",
        "min",
        "max",
        "multiple_of",
    ]
)
TREES = st.recursive(
    SCALARS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(KEYS, children, max_size=5),
    max_leaves=25,
)


@relaxed
@given(st.dictionaries(KEYS, TREES, max_size=6))
def test_any_tree_of_known_keys(tree: dict[str, object]) -> None:
    import yaml

    text = yaml.safe_dump({"convlint": 1, **tree}, allow_unicode=True)
    lint(text)
    describe_source(Source("a.yaml", text))


@relaxed
@given(st.data())
def test_mutations_of_valid_files(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(VALID))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 12))
        pieces = st.sampled_from(
            ["", "0", "-1", "]", "}", "{", ": ", "&a ", "*a", "\n", "#", "99999999999999999999", "é", "\t"]
        )
        text = text[:start] + data.draw(pieces) + text[start + length :]
    lint(text)
    describe_source(Source("a.yaml", text))


HOSTILE = {
    "alias bomb": "convlint: 1\na: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)),
    "deep nesting": "convlint: 1\nlayers: " + "[" * 10_000,
    "deep block nesting": "convlint: 1\nlayers:\n" + "".join(" " * i + "- a:\n" for i in range(1, 400)),
    "an anchor inside itself": "convlint: 1\nlayers: &a [*a]\n",
    "huge repeat": "convlint: 1\ninputs: {image: [1, 8, 8]}\nlayers:\n"
    + "  - {op: ConstantPad2d, padding: 1, value: 0, repeat: 100000}\n",
    "blocks of blocks": "convlint: 1\ninputs: {image: [1, 8, 8]}\nblocks:\n"
    + "".join(
        f"  B{i}: {{params: {{n: null}}, layers: [{{op: B{i + 1}, n: '${{n * 2}}'}}, {{op: B{i + 1}, n: '${{n * 2 + 1}}'}}]}}\n"
        for i in range(40)
    )
    + "  B40: {params: {n: null}, layers: [{op: ReLU}]}\nlayers:\n  - {op: B0, n: 1}\n",
    "repeated blocks of blocks": "convlint: 1\ninputs: {image: [1, 8, 8]}\nblocks:\n"
    + "".join(f"  B{i}: {{layers: [{{op: B{i + 1}, repeat: 90000}}]}}\n" for i in range(20))
    + "  B20: {layers: [{op: ConstantPad2d, padding: 1, value: 0}]}\nlayers:\n  - {op: B0}\n",
    "a block in a block in a block": "convlint: 1\ninputs: {image: [1, 8, 8]}\nblocks:\n"
    + "".join(f"  B{i}: {{layers: [{{op: B{i + 1}}}]}}\n" for i in range(500))
    + "  B500: {layers: [{op: ReLU}]}\nlayers:\n  - {op: B0}\n",
    "huge power": "convlint: 1\nconstants: {a: '${9**9**9}'}\ninputs: {image: [1, 8, 8]}\nlayers: [{op: ReLU}]\n",
    "long text": "convlint: 1\nconstants: {a: '${\"a\" * 1000000000}'}\ninputs: {image: [1, 8]}\nlayers: [{op: ReLU}]\n",
    "huge sizes": "convlint: 1\ninputs: {image: [1, 1000000000000, 1000000000000]}\nlayers:\n"
    + "  - {op: Flatten}\n  - {op: Linear, out_features: 1000000000000}\n",
    "many outputs": "convlint: 1\ninputs: {image: [1000000, 8]}\nlayers:\n  - {op: Split, split_size: 1}\n",
    "prime strides": "convlint: 1\ninputs: {image: [1, H, H]}\nlayers:\n"
    + "".join(f"  - {{op: MaxPool2d, kernel_size: {p}}}\n" for p in (7, 11, 13, 17, 19, 23)),
    "a tag": "convlint: 1\ninputs: {image: [1, 8, 8]}\nlayers: !!python/object/apply:os.system ['exit 1']\n",
}


def bounded() -> None:
    """Ends a process that takes more than some seconds of a processor, or some hundred megabytes."""
    resource.setrlimit(resource.RLIMIT_DATA, (400 * 2**20, 400 * 2**20))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_in_findings(name: str, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(HOSTILE[name], encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "convlint", "check", str(file)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=bounded,
    )
    assert run.returncode in (0, 1), run.stderr
    assert "Traceback" not in run.stderr
    assert "internal error" not in run.stderr


def test_show_ends_where_blocks_explode() -> None:
    networks, result = describe_source(Source("a.yaml", HOSTILE["repeated blocks of blocks"]))
    assert networks[0].parameters is None
    assert "yaml-limit" in {finding.rule.name for finding in result.findings}


@pytest.mark.parametrize("command", ["check", "show", "sizes"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"a: [", b"convlint: 1\n", b"[]", b"--- a\n--- b\n"])
def test_commands_survive_bad_files(command: str, content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    if content is not None:
        file.write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-m", "convlint", command, str(file)], capture_output=True, text=True, check=False
    )
    assert run.returncode == (1 if command == "check" else 2), run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    assert "error[" in run.stdout + run.stderr


def test_one_bad_file_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"convlint: [")
    (tmp_path / "b.yaml").write_text((CASES / "bugs" / "A04.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "convlint", "check", "--output-format", "concise", "missing.yaml", "a.yaml", "b.yaml"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "missing.yaml:1:1: error[unreadable-file]" in run.stdout
    assert "a.yaml:1:" in run.stdout
    assert "b.yaml:17:" in run.stdout


@pytest.mark.parametrize("most", [0, 1, 5, 6, 7, 100])
def test_no_more_is_read_than_is_wanted(most: int, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\n#")
    assert read_bytes(str(path), most) == b"a: 1\n#"[:most]


@pytest.mark.skipif(sys.platform != "linux", reason="takes a file that does not tell its size")
def test_a_file_that_does_not_tell_its_size_is_read_to_its_end() -> None:
    path = "/proc/self/limits"
    assert Path(path).stat().st_size == 0
    assert read_bytes(path, 2**20) == Path(path).read_bytes()
    assert read_bytes(path, 10) == Path(path).read_bytes()[:10]


def test_sizes_of_a_missing_file() -> None:
    solutions, result = solve_file("missing.yaml", Options())
    assert not solutions
    assert [finding.rule.name for finding in result.findings] == ["unreadable-file"]


def test_an_output_that_does_not_exist_is_undefined() -> None:
    text = (
        "convlint: 1\ninputs: {x: [8, 32, 32]}\nlayers: [{name: s, op: Chunk, chunks: 2}]\noutputs: {a: s.1, b: s.5}\n"
    )
    (finding,) = check_source(Source("a.yaml", text)).findings
    assert finding.rule.name == "undefined-input"
    assert text[finding.place.start : finding.place.end] == "s.5"


def test_a_block_without_layers_is_shown_as_unknown() -> None:
    text = "convlint: 1\ninputs: {image: [3, 32, 32]}\nblocks: {A: {layers: []}}\nlayers: [{op: A}]\n"
    (network,), _ = describe_source(Source("a.yaml", text))
    assert network.layers[0].receptive_field is None


def test_a_network_that_cannot_be_read_takes_no_size(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    row = "{op: Conv2d, out_channels: 4, kernel_size: '${nope}'}"
    file.write_text(f"convlint: 1\ninputs: {{image: [3, 32, 32]}}\nlayers: [{row}]\n")
    (solution,), _ = solve_file(str(file))
    assert not any(size in solution.axes[0].valid for size in range(1, 64))


@pytest.mark.parametrize(
    "text",
    [
        "nc: 3\nbackbone:\n  - [-1, 99999, nn.Upsample, [None, 2, nearest]]\nhead:\n  - [[0], 1, Detect, [nc]]\n",
        "convlint: 1\ninputs: {x: [3, 8, 8]}\nlayers:\n  - {op: Upsample, scale_factor: 2, repeat: 99999}\n"
        "  - {op: Conv2d, out_channels: 8, kernel_size: 3, stride: 2}\n",
        "convlint: 1\ninputs: {x: [3, 8, 8]}\nlayers:\n"
        + 15_000 * "  - {op: Upsample, scale_factor: 2}\n"
        + "  - {op: Conv2d, in_channels: 8, out_channels: 8, kernel_size: 3}\n",
    ],
    ids=["row", "repeat", "layers"],
)
def test_sizes_that_double_without_end_are_not_known(text: str) -> None:
    source = Source("net.yaml", text)
    assert all(len(finding.message) < 200 for finding in check_source(source).findings)
    describe_source(source)
