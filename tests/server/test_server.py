"""The language server as an editor sees it: a process, and messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from convlint.cli import main
from convlint.server.positions import Positions
from tests.server.editor import ROOT, Editor, play

HEAD = "convlint: 1\ninputs: {image: [3, 32, 32]}\nlayers:\n"
CLEAN = HEAD + "  - {name: conv, op: Conv2d, out_channels: 8, kernel_size: 3}\n"
BROKEN = HEAD + "  - {name: conv, op: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}\n"
BRANCHES = (
    HEAD
    + """\
  - {name: down, op: MaxPool2d, kernel_size: 2}
  - {name: up, op: Upsample, scale_factor: 2}
  - {name: cat, op: Concat, from: [up, image]}
  - {name: add, op: Add, from: [cat, cat]}
outputs: {mask: add}
"""
)
BLOCKS = """\
convlint: 1
inputs: {image: [3, 32, 32]}
blocks:
  Twice:
    layers:
      - {name: first, op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      - {name: second, op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
layers:
  - {name: a, op: Twice}
  - {name: b, op: Twice}
"""


def rules(diagnostics: list[types.Diagnostic]) -> list[str]:
    return [str(item.code) for item in diagnostics]


def test_a_finding(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        text = (ROOT / "examples" / "unet_broken.yaml").read_text(encoding="utf-8")
        lost, unequal = await editor.checked("unet.yaml", text)
        assert (lost.code, unequal.code) == ("non-integer-division", "skip-size-mismatch")
        assert (unequal.source, unequal.severity) == ("convlint", types.DiagnosticSeverity.Error)
        assert editor.text_at("unet.yaml", unequal.range) == "[up2, enc2]"
        message, help = unequal.message.split("\n")
        assert message == "up2 is 124 high, enc2 is 125 (and they differ in width): pool2 makes 125 into 62"
        assert help.startswith("give pool2 a height that it divides exactly")
        assert unequal.code_description is not None
        assert unequal.code_description.href.endswith("/rules/merges/skip-size-mismatch.md")
        assert unequal.related_information is not None
        assert {item.location.uri for item in unequal.related_information} == {editor.uri("unet.yaml")}
        named = [editor.text_at("unet.yaml", item.location.range) for item in unequal.related_information]
        assert named == ["up2", "enc2", "pool2"]

    play(tmp_path, scenario)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_columns_are_those_of_the_client(encoding: str, tmp_path: Path) -> None:
    text = CLEAN.replace("conv, op: Conv2d", "𝒳é, op: Conv2d, in_channels: 4")

    async def scenario(editor: Editor) -> None:
        (found,) = await editor.checked("net.yaml", text)
        assert (
            found.range.start.character
            == text.splitlines()[3].index("4,") + {"utf-8": 4, "utf-16": 1, "utf-32": 0}[encoding]
        )
        assert editor.text_at("net.yaml", found.range) == "4"

    play(tmp_path, scenario, encoding=encoding)


def test_positions_and_offsets() -> None:
    text = "a𝒳b\r\né\n\nz"
    for encoding in ("utf-8", "utf-16", "utf-32"):
        positions = Positions(text, encoding)
        for offset in (0, 1, 2, 3, 5, 6, 7, 8, 9):
            assert positions.offset(positions.at(offset)) == offset
        assert positions.offset(types.Position(0, 99)) == 3
        assert positions.offset(types.Position(99, 0)) == len(text)
    assert Positions(text, "utf-16").offset(types.Position(0, 2)) == 1  # in the middle of a character


def test_what_is_typed_is_checked_when_it_rests(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        assert rules(await editor.checked("net.yaml", BROKEN)) == ["channel-mismatch"]
        for length in range(len(BROKEN) - 5, len(BROKEN)):
            editor.change("net.yaml", BROKEN[:length])
        editor.change("net.yaml", CLEAN)
        assert await editor.published() == []
        assert await editor.nothing_more()
        editor.change("net.yaml", BROKEN)
        assert rules(await editor.published()) == ["channel-mismatch"]
        editor.close("net.yaml")
        assert await editor.published() == []

    play(tmp_path, scenario)


@pytest.mark.parametrize(
    "text", ["", "\0", "services: {web: {image: nginx}}\n", "- 1\n- 2\n", "a: [", "\ufeffa: b\n", "x" * 20_000_000]
)
def test_what_is_no_network_has_no_findings(text: str, tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        assert await editor.checked("compose.yaml", text) == []
        assert await editor.hints("compose.yaml") == {}
        assert await editor.outline("compose.yaml") == []
        editor.texts["compose.yaml"] += " "
        assert await editor.hover("compose.yaml", " ") == ""
        assert await editor.definition("compose.yaml", " ") == []
        assert await editor.checked("net.yaml", CLEAN) == []

    play(tmp_path, scenario)


def test_names_that_are_escaped(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        assert await editor.checked("a größere #2.yaml", BROKEN)
        assert await editor.outline("a größere #2.yaml")
        editor.save("a größere #2.yaml")
        assert await editor.published()

    play(tmp_path, scenario)


def test_a_file_that_is_not_open(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        editor.texts["net.yaml"] = CLEAN
        assert await editor.hover("net.yaml", "Conv2d") == ""
        assert await editor.hints("net.yaml") == {}
        assert await editor.checked("net.yaml", BROKEN)

    play(tmp_path, scenario)


def test_a_network_that_is_half_written(tmp_path: Path) -> None:
    """Every beginning of a file is a text that an editor shows at some time."""
    text = BRANCHES + "  - {op: "

    async def scenario(editor: Editor) -> None:
        await editor.checked("net.yaml", "")
        for end in range(0, len(text), 7):
            editor.close("net.yaml")
            assert await editor.published() == []
            await editor.checked("net.yaml", text[:end])
            await editor.hints("net.yaml")
            await editor.outline("net.yaml")
        assert editor.messages == []

    play(tmp_path, scenario)


# --- actions


def test_a_fix(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        (found,) = await editor.checked("net.yaml", BROKEN)
        fix, ignore = await editor.actions("net.yaml", found.range)
        assert (fix.title, fix.kind, fix.is_preferred) == ("Set in_channels to 3", "quickfix", True)
        assert list(fix.diagnostics or ()) == [found]
        editor.change("net.yaml", editor.applied("net.yaml", fix))
        assert editor.texts["net.yaml"] == BROKEN.replace("4", "3")
        assert await editor.published() == []
        assert ignore.title == "Ignore channel-mismatch here, with a comment"

    play(tmp_path, scenario)


def test_a_comment_that_ignores(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        (found,) = await editor.checked("net.yaml", BROKEN)
        *_, ignore = await editor.actions("net.yaml", found.range, "quickfix")
        editor.change("net.yaml", editor.applied("net.yaml", ignore))
        assert editor.texts["net.yaml"] == BROKEN.rstrip("\n") + "  # convlint: ignore[channel-mismatch]\n"
        assert await editor.published() == []

    play(tmp_path, scenario)


def test_a_text_with_a_byte_order_mark(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        (found,) = await editor.checked("net.yaml", "\ufeff" + BROKEN)
        assert editor.text_at("net.yaml", found.range) == "4"
        fix, _ = await editor.actions("net.yaml", found.range)
        assert editor.applied("net.yaml", fix) == "\ufeff" + BROKEN.replace("4", "3")

    play(tmp_path, scenario)


def test_all_safe_fixes_at_once(tmp_path: Path) -> None:
    lines = [f"  - {{op: Conv2d, in_channels: {number}, out_channels: 8, kernel_size: 1}}\n" for number in (4, 8, 7)]

    async def scenario(editor: Editor) -> None:
        text = HEAD + "".join(lines)
        assert rules(await editor.checked("net.yaml", text)) == ["channel-mismatch"] * 2
        start = types.Range(types.Position(0, 0), types.Position(0, 0))
        assert await editor.actions("net.yaml", start) == []
        for kind in ("source", "source.fixAll", "source.fixAll.convlint"):
            (action,) = await editor.actions("net.yaml", start, kind)
            assert editor.applied("net.yaml", action) == text.replace("4", "3").replace("7", "8")
        assert await editor.actions("net.yaml", start, "source.organizeImports") == []
        assert action.edit is not None and action.edit.changes is not None
        assert [edit.range.start.line for edit in action.edit.changes[editor.uri("net.yaml")]] == [3, 5]

    play(tmp_path, scenario)


def test_actions_for_many_findings(tmp_path: Path) -> None:
    """As when everything is selected: the text is read once for all of them."""
    line = "  - {op: Conv2d, in_chanels: 3, out_channels: 3, kernel_size: 1}\n"

    async def scenario(editor: Editor) -> None:
        assert len(await editor.checked("net.yaml", HEAD + line * 900)) == 900
        whole = types.Range(types.Position(0, 0), types.Position(9999, 0))
        assert len(await editor.actions("net.yaml", whole)) == 2 * 900
        (action,) = await editor.actions("net.yaml", whole, "source.fixAll")
        editor.change("net.yaml", editor.applied("net.yaml", action))
        assert await editor.published() == []

    play(tmp_path, scenario)


# --- layers


def test_shapes_stand_behind_the_layers(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        await editor.checked("net.yaml", BRANCHES)
        assert await editor.hints("net.yaml") == {
            4: "→ 3x16x16", 5: "→ 3x32x32", 6: "→ 6x32x32", 7: "→ 6x32x32"
        }  # fmt: skip
        assert await editor.outline("net.yaml") == [
            ("down", "MaxPool2d → 3x16x16"),
            ("up", "Upsample → 3x32x32"),
            ("cat", "Concat → 6x32x32"),
            ("add", "Add → 6x32x32"),
        ]

    play(tmp_path, scenario)


def test_a_layer_inside_a_block_has_a_shape_if_all_uses_agree(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        await editor.checked("net.yaml", BLOCKS)
        assert await editor.hints("net.yaml") == {
            6: "→ 8x32x32", 7: "→ 8x32x32", 9: "→ 8x32x32", 10: "→ 8x32x32"
        }  # fmt: skip
        half = BLOCKS.replace("name: second", "name: second, stride: 2")
        editor.change("net.yaml", half)
        await editor.published()
        assert await editor.hints("net.yaml") == {9: "→ 8x16x16", 10: "→ 8x8x8"}
        shown = await editor.hover("net.yaml", "name: second")
        assert [line.split(" | ")[:3] for line in shown.splitlines()[2:]] == [
            ["| a/second", "8x16x16", "584"],
            ["| b/second", "8x8x8", "584"],
        ]

    play(tmp_path, scenario)


def test_the_scales_of_a_model(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        text = (ROOT / "examples" / "yolov8-small.yaml").read_text(encoding="utf-8")
        assert await editor.checked("yolov8.yaml", text) == []
        hints = list((await editor.hints("yolov8.yaml")).values())
        assert (hints[0], hints[-1]) == ("0 → n: 16x320x320", "14 → 64x8000, 3x8000")
        shown = await editor.hover("yolov8.yaml", "SPPF")
        assert "| 7 n | 128x40x40 | 41,344 |" in shown
        assert "| 7 s | 256x40x40 | 164,608 |" in shown
        assert "ultralytics.SPPF: One max pool several times in a row" in shown

    play(tmp_path, scenario)


def test_what_an_operator_does(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        await editor.checked("net.yaml", CLEAN)
        assert "kernel_size   integer, or one an axis; required." in await editor.hover("net.yaml", "Conv2d")
        assert "kernel_size" not in await editor.hover("net.yaml", "out_channels")
        assert await editor.hover("net.yaml", "inputs") == ""

    play(tmp_path, scenario)


def test_from_a_name_to_its_layer_and_back(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        await editor.checked("net.yaml", BRANCHES)
        assert await editor.definition("net.yaml", "cat, cat") == ["6: cat"]
        assert await editor.definition("net.yaml", "add}\n") == ["7: add"]
        assert await editor.definition("net.yaml", "image]") == []
        assert await editor.references("net.yaml", "cat, op", with_layer=True) == ["6: cat", "7: cat", "7: cat"]
        assert await editor.references("net.yaml", "up, image", with_layer=False) == ["6: up"]
        assert await editor.references("net.yaml", "down", with_layer=True) == []

    play(tmp_path, scenario)


# --- settings


def test_settings_hold_and_are_read_anew(tmp_path: Path) -> None:
    settings = tmp_path / "convlint.toml"

    async def scenario(editor: Editor) -> None:
        assert rules(await editor.checked("net.yaml", BROKEN)) == ["channel-mismatch"]
        settings.write_text('ignore = ["channel-mismatch"]\n', encoding="utf-8")
        editor.say_changed("convlint.toml")
        assert await editor.published() == []
        settings.write_text('ignroe = ["channel-mismatch"]\n', encoding="utf-8")
        editor.save("net.yaml")
        assert await editor.published() == []
        (message,) = editor.messages
        assert "convlint.toml" in message and "did you mean 'ignore'?" in message
        settings.write_text('exclude = ["net.*"]\n', encoding="utf-8")
        editor.save("net.yaml")
        assert await editor.published() == []
        assert await editor.hints("net.yaml") == {}
        settings.unlink()
        editor.save("net.yaml")
        assert rules(await editor.published()) == ["channel-mismatch"]
        assert editor.registered == ["workspace/didChangeWatchedFiles"]
        assert len(editor.messages) == 1

    play(tmp_path, scenario)


def test_what_a_baseline_lets_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.yaml").write_text(BROKEN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--write-baseline", "known.json", "net.yaml"]) == 0
    (tmp_path / "convlint.toml").write_text('baseline = "known.json"\n', encoding="utf-8")

    async def scenario(editor: Editor) -> None:
        assert await editor.checked("net.yaml", BROKEN) == []
        editor.change("net.yaml", BROKEN.replace("4", "5"))
        assert rules(await editor.published()) == ["channel-mismatch"]
        editor.change("net.yaml", BROKEN)
        assert await editor.published() == []

    play(tmp_path, scenario)


def test_operators_and_rules_of_a_repository(tmp_path: Path) -> None:
    own = "Own:\n  summary: Ours.\n  params:\n    factor: {type: count, default: 2}\n  output: [C * factor, L]\n"
    (tmp_path / "own.yaml").write_text(own, encoding="utf-8")
    (tmp_path / "convlint.toml").write_text('operators = ["own.yaml"]\n', encoding="utf-8")

    async def scenario(editor: Editor) -> None:
        assert await editor.checked("net.yaml", HEAD + "  - {op: Own}\n") == []
        assert await editor.hints("net.yaml") == {4: "→ 6x32x32"}
        assert "Own: Ours." in await editor.hover("net.yaml", "Own")

    play(tmp_path, scenario)


def test_rules_on_the_command_line(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        assert await editor.checked("net.yaml", BROKEN) == []

    play(tmp_path, scenario, "--ignore", "channel-mismatch")


def test_without_pygls(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pygls", None)
    assert main(["server"]) == 2
    assert "pip install 'convlint[server]'" in capsys.readouterr().err


def test_a_mistake_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["server", "--config", "missing.toml"]) == 2
    assert "missing.toml" in capsys.readouterr().err
    assert main(["server", "--ignore", "no-such-rule"]) == 2
    assert "no-such-rule" in capsys.readouterr().err


def test_a_saved_python_file_checks_the_open_files_again(tmp_path: Path) -> None:
    module = (
        "import torch.nn as nn\n\nclass Own(nn.Module):\n    def __init__(self, c1, c2):\n        super().__init__()\n"
    )
    good = module + "        self.cv = nn.Conv2d(c1, c2, 1)\n\n    def forward(self, x):\n        return self.cv(x)\n"
    builder = """
import torch.nn as nn
from models.own import Own

class Model:
    def forward_once(self, x):
        y = []
        for m in self.model:
            if m.f != -1:
                x = y[m.f] if isinstance(m.f, int) else [x if j == -1 else y[j] for j in m.f]
            x = m(x)
            y.append(x)
        return x

def parse_model(d, ch):
    layers, c2 = [], ch[-1]
    for i, (f, n, m, args) in enumerate(d["backbone"] + d["head"]):
        m = eval(m)
        m_ = m(ch[f], *args)
        m_.i, m_.f = i, f
        layers.append(m_)
        if i == 0:
            ch = []
        ch.append(args[0])
    return nn.Sequential(*layers), []
"""
    (tmp_path / ".git").mkdir()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "yolo.py").write_text(builder, encoding="utf-8")
    own = tmp_path / "models" / "own.py"
    own.write_text(good, encoding="utf-8")
    network = "nc: 1\nbackbone:\n  - [-1, 1, Own, [8]]\n  - [-1, 1, Own, [8]]\nhead:\n  - [-1, 1, Own, [8]]\n"

    async def scenario(editor: Editor) -> None:
        assert await editor.checked("models/net.yaml", network) == []
        own.write_text(good.replace("Conv2d(c1,", "Conv2d(c1 + 1,"), encoding="utf-8")
        editor.say_changed("models/own.py")
        assert rules(await editor.published()) == ["row-arguments"]
        own.write_text(good, encoding="utf-8")
        editor.say_changed("models/own.py")
        assert await editor.published() == []

    play(tmp_path, scenario)
