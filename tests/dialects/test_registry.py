"""The formats plug in: those that ship are lines of the registry, and another package brings one by an entry point."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from convlint.checking import check_file
from convlint.cli import main
from convlint.dialects import registry

READER = """
from convlint.catalogue import lookup
from convlint.dialects.places import place_of
from convlint.dialects.registry import NearMiss
from convlint.model import Architecture, Graph, Layer, Port, Reading


class Places:
    def __init__(self, source, node):
        self.source, self.node = source, node

    def at(self, key, item=None):
        return place_of(self.source, self.node)

    def span(self):
        return place_of(self.source, self.node)

    def written(self):
        return "", None


def recognises(root):
    return "chain" in root.pairs


admits = recognises


def nearly(root):
    return NearMiss("a chain is called 'chain'") if "chains" in root.pairs else None


def misfit(settings):
    return ("depth", "too deep") if settings.get("depth") == "9" else None


def read(document, request):
    features = request.sizes.get("features", 8)
    layers = []
    for index, item in enumerate(document.root.get("chain").items):
        operator = lookup.operator("Linear")
        values = list(operator.defaults)
        for name, size in zip(("in_features", "out_features"), item.items):
            values[operator.positions[name]] = size.value
        places = Places(document.source, item)
        layers.append(Layer(str(index), "Linear", tuple(values), (Port(index - 1),), places))
    graph = Graph("", ("x",), tuple(layers), (Port(len(layers) - 1),))
    return Reading((Architecture(graph, ((features,),), ()),), ())
"""
DIALECT = """
from types import MappingProxyType
from convlint.dialects.registry import Dialect

CHAIN = Dialect("chain", ("chain",), "chain_reader", settings=MappingProxyType({"depth": "text"}))
WRONG = Dialect("other", ("chain",), "chain_reader")
NOTHING = 3
"""
ENTRIES = """[convlint.dialects]
chain = chain_dialect:CHAIN
wrong = chain_dialect:WRONG
nothing = chain_dialect:NOTHING
broken = chain_dialect:MISSING
"""
NETWORK = '{"chain": [[8, 4], [5, 2]]}\n'


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package that brings a dialect, and a folder to work in."""
    site, work = tmp_path / "site", tmp_path / "work"
    information = site / "chain-1.0.dist-info"
    information.mkdir(parents=True)
    work.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: chain\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(ENTRIES)
    (site / "chain_dialect.py").write_text(DIALECT)
    (site / "chain_reader.py").write_text(READER)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(work)
    yield work
    registry._brought.clear()
    for name in ("chain_dialect", "chain_reader"):
        sys.modules.pop(name, None)


def test_a_package_brings_a_dialect(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (package / "convlint.toml").write_text('dialects = ["chain"]\n')
    (package / "net.json").write_text(NETWORK)
    assert main(["check", ".", "--output-format", "concise"]) == 1
    assert "net.json:1:20: error[channel-mismatch]" in capsys.readouterr().out
    assert main(["check", "net.json", "--dialect", "chain", "--output-format", "concise"]) == 1


@pytest.mark.parametrize(
    ("written", "meant", "said"),
    [
        ("tuple(values)", "tuple(values[:2])", "gives layer '0' 2 parameters, but Linear has"),
        ("tuple(values)", "(*tuple(values), 1)", "a value for each, in the order of the declaration"),
        ('str(index), "Linear"', 'str(index), "Linnear"', "the operator Linnear, which is not declared"),
    ],
)
def test_layers_that_do_not_fit_their_operators_are_told(
    written: str, meant: str, said: str, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = package.parent / "site" / "chain_reader.py"
    assert written in READER
    reader.write_text(READER.replace(written, meant))
    (package / "convlint.toml").write_text('dialects = ["chain"]\n')
    (package / "net.json").write_text(NETWORK)
    assert main(["check", "net.json", "--output-format", "concise"]) == 2
    assert said in "".join(capsys.readouterr())


def test_it_is_imported_only_where_settings_name_it(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (package / "net.json").write_text(NETWORK)
    assert main(["check", "net.json", "--output-format", "concise"]) == 1
    assert "not-an-architecture" in capsys.readouterr().out
    assert "chain_dialect" not in sys.modules


def test_it_says_what_nearly_is_one(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (package / "convlint.toml").write_text('dialects = ["chain"]\n')
    (package / "net.json").write_text('{"chains": []}\n')
    main(["check", "net.json", "--output-format", "concise"])
    assert "a chain is called 'chain'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('dialects = ["chain"]\n[chain]\ndept = "1"\n', "did you mean 'depth'"),
        ('dialects = ["chain"]\n[chain]\ndepth = "9"\n', "chain.depth: too deep"),
        ('[chain]\ndepth = "1"\n', "chain"),
        ('dialects = ["missing"]\n', "no installed package brings a dialect 'missing'"),
        ('dialects = ["broken"]\n', "cannot be imported: AttributeError"),
        ('dialects = ["nothing"]\n', "is no convlint.dialects.registry.Dialect"),
        ('dialects = ["wrong"]\n', "brings a dialect 'other' under the name 'wrong'"),
        ('dialect = "chain"\n', "expected one of 'auto'"),
        ('dialects = ["chain"]\ndialect = "chian"\n', "did you mean 'chain'"),
        ("dialects = 3\n", "expected a list of texts"),
    ],
)
def test_wrong_settings_are_said(package: Path, settings: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    (package / "convlint.toml").write_text(settings)
    (package / "net.json").write_text(NETWORK)
    assert main(["check", "net.json"]) == 2
    assert said in capsys.readouterr().err


def test_the_dialects_that_ship_have_all_that_is_asked_of_one() -> None:
    for dialect in registry.BUILT_IN:
        reader = registry.reader(dialect)
        assert all(hasattr(reader, name) for name in ("recognises", "admits", "read", "nearly", "misfit"))
        assert dialect.marks
        assert registry.named(dialect.name) is dialect


@pytest.mark.parametrize(
    "text", ['{"network_def": {"_target_": "UNet",}}', '{"plans_name": "p", "configurations": {},}']
)
def test_a_broken_file_of_a_folder_is_told_where_its_keys_say_what_it_is(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "train.json").write_text(text)
    assert main(["check", "--output-format", "concise", str(tmp_path)]) == 1
    assert "[yaml-syntax] no comma may stand before '}'" in capsys.readouterr().out


@pytest.mark.parametrize("asked", registry.names()[1:])
@pytest.mark.parametrize("name", ["unet.yaml", "nnUNetPlans.json", "yolov8-small.yaml"])
def test_a_file_of_another_format_than_was_asked_for_is_told_which_it_is(
    asked: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(Path(__file__).parents[2] / "examples" / name)
    own = check_file(path).dialect
    main(["check", "--dialect", asked, "--output-format", "concise", path])
    told = f"the file is in the format '{own}', and another was asked for"
    assert (told in capsys.readouterr().out) == (asked != own)
