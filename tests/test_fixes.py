"""Fixes mend what they are offered for, break nothing, and touch nothing else."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from convlint import checking
from convlint.catalogue import lookup
from convlint.checking import check_source
from convlint.describing import checker, describe_source
from convlint.findings import Edit, FileResult, Finding, Fix, Place
from convlint.fixes import apply_edits, fixed, without_overlaps
from convlint.options import Options
from convlint.selection.selectors import enabled_rules
from convlint.source import Source
from tests.test_rule_pages import ASKS_TORCH, FILE_NAME, PAGES, examples

CASES = sorted((Path(__file__).parent / "cases").glob("*/*.yaml"))
HEAD = "convlint: 1\ninputs: {image: [3, 33, 32]}\nlayers:\n"


def check(text: str, options: Options = Options(), path: str = "net.yaml") -> FileResult:
    return check_source(Source(path, text), options)


def after_fixes(text: str, *, unsafe: bool = False) -> str:
    """The text as `check --fix` leaves it."""
    return fixed(Source("net.yaml", text), check(text), checker(Options()), unsafe).source.text


def fixes_of(text: str) -> dict[str, Fix | None]:
    """The fix of each finding, by rule."""
    return {finding.rule.name: finding.fix for finding in check(text).findings}


SAFE = {
    "unknown-key": ("{op: Conv2d, out_chanels: 8, kernel_size: 3}", "{op: Conv2d, out_channels: 8, kernel_size: 3}"),
    "wrong-type": ("{op: Conv2d, out_channels: 8.0, kernel_size: 3}", "{op: Conv2d, out_channels: 8, kernel_size: 3}"),
    "text for a number": ("{op: BatchNorm2d, eps: 1e-5}", "{op: BatchNorm2d, eps: 1.0e-5}"),
    "text for an integer": (
        "{op: Conv2d, out_channels: 1e1, kernel_size: 3}",
        "{op: Conv2d, out_channels: 10, kernel_size: 3}",
    ),
    "text for a flag": ('{op: ReLU, inplace: "True"}', "{op: ReLU, inplace: true}"),
    "unknown-operator": ("{op: torch.nn.relu}", "{op: ReLU}"),
    "ambiguous-scalar": ("{op: ReLU, inplace: on}", "{op: ReLU, inplace: true}"),
    "octal": (
        "{op: Conv2d, out_channels: 014, kernel_size: 3}",
        "{op: Conv2d, out_channels: 12, kernel_size: 3}",
    ),
    "quoted": ("{name: 1e3, op: ReLU}", "{name: '1e3', op: ReLU}"),
    "unused-suppression": ("{op: ReLU}  # convlint: ignore[cycle] once", "{op: ReLU}"),
    "one name of two": (
        "{op: MaxPool2d, kernel_size: 2} # convlint: ignore[cycle, CL302] why",
        "{op: MaxPool2d, kernel_size: 2} # convlint: ignore[CL302] why",
    ),
    "after a remark": ("{op: ReLU} # 0 # convlint: ignore[cycle]", "{op: ReLU} # 0"),
    "unknown-rule": (
        "{op: MaxPool2d, kernel_size: 2} # convlint: ignore[non-integer-devision]",
        "{op: MaxPool2d, kernel_size: 2} # convlint: ignore[non-integer-division]",
    ),
    "channel-mismatch": (
        "{op: Conv2d, in_channels: 64, out_channels: 8, kernel_size: 3} # first",
        "{op: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3} # first",
    ),
    "normalized shape": (
        "{op: LayerNorm, normalized_shape: [  33, 64]}",
        "{op: LayerNorm, normalized_shape: [  33, 32]}",
    ),
    "pool-padding-too-large": (
        "{op: MaxPool2d, kernel_size: [2, 4], padding: [2,  2], stride: 1}",
        "{op: MaxPool2d, kernel_size: [2, 4], padding: [1,  2], stride: 1}",
    ),
    "output-padding-too-large": (
        "{op: ConvTranspose2d, out_channels: 8, kernel_size: 2, stride: 2, output_padding: 2}",
        "{op: ConvTranspose2d, out_channels: 8, kernel_size: 2, stride: 2, output_padding: 1}",
    ),
    "flatten-mismatch": (
        "{op: Flatten}\n  - {op: Linear, in_features: 99, out_features: 8}",
        "{op: Flatten}\n  - {op: Linear, in_features: 3168, out_features: 8}",
    ),
    "missing-flatten": (
        "{op: Linear, in_features: 3168, out_features: 8}",
        "{op: Flatten}\n  - {op: Linear, in_features: 3168, out_features: 8}",
    ),
    "missing-flatten with from": (
        "{name: act, op: ReLU}\n  - {name: fc, op: Linear, from: act, in_features: 3168, out_features: 8}",
        "{name: act, op: ReLU}\n  - {name: fc_flatten, op: Flatten, from: act}\n"
        "  - {name: fc, op: Linear, from: fc_flatten, in_features: 3168, out_features: 8}",
    ),
    "a key that is no text": (
        "{op: ReLU}\nconstants: {on: 3}\noutputs: ['0']",
        "{op: ReLU}\nconstants: {'on': 3}\noutputs: ['0']",
    ),
}
UNSAFE = {
    "same-padding-stride": (
        "{op: Conv2d, out_channels: 8, kernel_size: 3, padding: same, stride: 2}",
        "{op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, stride: 2}",
    ),
    "non-integer-division": (
        "{op: MaxPool2d, kernel_size: 2}",
        "{op: MaxPool2d, kernel_size: 2, ceil_mode: true}",
    ),
    "a key of its own line": (
        "op: MaxPool2d # half\n    kernel_size: 2\n  - op: ReLU",
        "op: MaxPool2d # half\n    ceil_mode: true\n    kernel_size: 2\n  - op: ReLU",
    ),
    "padding on one axis": (
        "{op: Conv2d, out_channels: 8, kernel_size: 5, stride: 3}",
        "{op: Conv2d, out_channels: 8, kernel_size: 5, stride: 3, padding: [1, 0]}",
    ),
    "skip-size-mismatch": (
        "{name: down, op: Conv2d, out_channels: 8, kernel_size: 2, stride: 2} # convlint: ignore[CL302]\n"
        "  - {name: up, op: ConvTranspose2d, out_channels: 8, kernel_size: 2, stride: 2}\n"
        "  - {op: Concat, from: [up, image]}",
        "{name: down, op: Conv2d, out_channels: 8, kernel_size: 2, stride: 2} # convlint: ignore[CL302]\n"
        "  - {name: up, op: ConvTranspose2d, out_channels: 8, kernel_size: 2, stride: 2, output_padding: [1, 0]}\n"
        "  - {op: Concat, from: [up, image]}",
    ),
    "a pool beside a convolution": (
        "{name: conv, op: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}\n"
        "  - {name: pool, op: MaxPool2d, from: image, kernel_size: 2}\n"
        "  - {op: Concat, from: [conv, pool]}",
        "{name: conv, op: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}\n"
        "  - {name: pool, op: MaxPool2d, from: image, kernel_size: 2, ceil_mode: true}\n"
        "  - {op: Concat, from: [conv, pool]}",
    ),
}


@pytest.mark.parametrize("name", SAFE)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_safe(name: str, line_end: str) -> None:
    before, after = (f"{HEAD}  - {layer}\n".replace("\n", line_end) for layer in SAFE[name])
    assert after_fixes(before) == after


@pytest.mark.parametrize("name", UNSAFE)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_unsafe(name: str, line_end: str) -> None:
    before, after = (f"{HEAD}  - {layer}\n".replace("\n", line_end) for layer in UNSAFE[name])
    assert after_fixes(before) == before
    assert after_fixes(before, unsafe=True) == after


NONE = {
    "an expression": "  - {op: Conv2d, in_channels: '${2 * 2}', out_channels: 8, kernel_size: 3}\n",
    "channels last": "  - {op: Conv2d, in_channels: 32, out_channels: 8, kernel_size: 3}\n",
    "an alias": "  - {op: Conv2d, out_channels: &c 8, kernel_size: 3}\n  - {op: BatchNorm2d}\n"
    "  - {op: Conv2d, out_channels: 4, kernel_size: 1}\n  - {op: BatchNorm2d, num_features: *c}\n"
    "  - {op: Conv2d, in_channels: 4, out_channels: 4, kernel_size: 1}\n",
    "an anchor": "  - {op: BatchNorm2d, num_features: &c 8}\n  - {op: Conv2d, out_channels: *c, kernel_size: 3}\n",
    "a layer with an anchor": "  - &conv {op: Conv2d, in_channels: 4, out_channels: 4, kernel_size: 3}\n  - *conv\n",
    "groups that need it": "  - {op: Conv2d, in_channels: 4, groups: 2, out_channels: 8, kernel_size: 3}\n",
    "the right key is there": "  - {op: ReLU, inplace: true, inplce: false}\n",
    "two keys are as near": "  - {op: Upsample, scale_factor: 2, siz_mode: 3}\n",
    "an operator for each number of axes": "  - {op: Conv4d, out_channels: 8, kernel_size: 3}\n",
    "what follows would not fit": "  - {op: MaxPool2d, kernel_size: 2}\n  - {op: Flatten}\n"
    "  - {op: Linear, in_features: 768, out_features: 8}\n",
}


@pytest.mark.parametrize("name", NONE)
def test_nothing_is_offered(name: str) -> None:
    findings = check(HEAD + NONE[name]).findings
    assert findings
    assert all(finding.fix is None for finding in findings)


def test_a_block_is_fixed_where_all_its_uses_agree() -> None:
    text = (
        "convlint: 1\ninputs: {image: [3, 32, 32]}\n"
        "blocks:\n  B: {layers: [{op: Conv2d, in_channels: 4, out_channels: 3, kernel_size: 1}]}\nlayers:\n  - {op: B}\n"
    )
    assert after_fixes(text) == text.replace("in_channels: 4", "in_channels: 3")
    twice = text + "  - {op: Conv2d, out_channels: 4, kernel_size: 1}\n  - {op: B}\n"
    assert after_fixes(twice) == twice
    assert after_fixes(twice, unsafe=True) == twice.replace(" in_channels: 4,", "")


def test_an_alias_is_fixed_at_its_anchor_where_the_value_stays() -> None:
    text = HEAD + "  - &relu {op: ReLU, inplce: true}\n  - *relu\n"
    assert after_fixes(text) == text.replace("inplce", "inplace")


def test_fixing_ends_where_nothing_is_left_to_fix() -> None:
    text = HEAD + (
        "  - {op: conv2d, in_chanels: 4, out_channels: 1e1, kernel_size: 3.0}  # convlint: ignore[cycle, rank-mismatch]\n"
        "  - {op: Linear, in_features: 9300, out_features: 2}\n"
    )
    assert after_fixes(text) == HEAD + (
        "  - {op: Conv2d, in_channels: 3, out_channels: 10, kernel_size: 3}\n"
        "  - {op: Flatten}\n"
        "  - {op: Linear, in_features: 9300, out_features: 2}\n"
    )
    assert after_fixes(after_fixes(text)) == after_fixes(text)


def test_fixes_are_proved_with_few_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD + "  - {op: ReLU, inplce: true}\n" * 500
    count = 0

    def counted(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        return once(*arguments)

    once = checking.conclude
    monkeypatch.setattr(checking, "conclude", counted)
    assert all(finding.fix is not None for finding in check(text).findings)
    assert count == 2
    assert after_fixes(text) == text.replace("inplce", "inplace")


def test_one_fix_that_does_not_hold_spoils_no_other() -> None:
    wrong = "  - {op: Conv2d, in_channels: 4, groups: 2, out_channels: 4, kernel_size: 1}\n"
    right = "  - {op: MaxPool2d, kernel_size: 3, stride: 1, padding: 1, ceil_mode: on}\n"
    text = HEAD + right * 9 + wrong + right * 20
    fixes = [finding.fix is not None for finding in check(text).findings]
    assert fixes == [True] * 9 + [False] + [True] * 20


@pytest.mark.slow
def test_the_checks_that_prove_fixes_are_bounded() -> None:
    wrong = "  - {op: Conv2d, in_channels: 4, groups: 2, out_channels: 4, kernel_size: 1}\n"
    text = HEAD + (wrong + "  - {op: Conv2d, out_channels: 3, kernel_size: 1}\n") * 1000
    findings = check(text).findings
    assert len(findings) == 1000
    assert {finding.fix for finding in findings} == {None}


# --- edits


def finding(*edits: Edit) -> tuple[Finding, Fix]:
    fix = Fix("", edits, True)
    rule = next(iter(lookup.rules().values()))
    return Finding(rule, "", Place(Source("", ""), 0, 0), "error", fix=fix), fix


def test_of_edits_that_overlap_the_first_is_kept() -> None:
    first, second, third = finding(Edit(2, 5, "a")), finding(Edit(4, 6, "b")), finding(Edit(5, 7, "c"))
    assert without_overlaps([first, second, third]) == [first, third]


def test_equal_edits_are_one() -> None:
    both = [finding(Edit(2, 5, "a")), finding(Edit(2, 5, "a"))]
    assert without_overlaps(both) == both


def test_edits_are_applied_by_span() -> None:
    assert apply_edits("abcdef", [Edit(4, 5, ""), Edit(1, 1, "<"), Edit(1, 3, "X")]) == "a<Xdf"


# --- everything that is at hand


def texts() -> list[tuple[str, str, Options]]:
    """(path, text, options) of every example and case."""
    found = []
    for name, text in examples():
        page = name.split(":")[0]
        named = FILE_NAME.match(text)
        enabled = enabled_rules(lookup.rules(), extend=[page])
        found.append((named[1] if named else "example.yaml", text, Options(rules=enabled)))
    return [*found, *((str(path), path.read_text(encoding="utf-8"), Options()) for path in CASES)]


def said(result: FileResult) -> Counter[tuple[str, str, str]]:
    """What was found, but for where."""
    return Counter((item.rule.name, item.layer or "", item.message) for item in result.findings)


def unknown_layers(path: str, text: str, options: Options) -> set[str]:
    """The layers of whose inputs and outputs something is not known."""
    found, unknown = set(), set()
    for network in describe_source(Source(path, text), options)[0]:
        for layer in network.layers:
            if layer.outputs is None or any(shape is None or None in shape for shape in layer.outputs):
                unknown.add(layer.name)
            if unknown & {layer.name, *layer.sources}:
                found.add(layer.name)
    return found


@pytest.mark.parametrize(("path", "text", "options"), texts(), ids=lambda value: str(value)[-40:].partition("\n")[0])
def test_each_fix_mends_its_finding_and_breaks_nothing(path: str, text: str, options: Options) -> None:
    before = check(text, options, path)
    for item in before.findings:
        if item.fix is None:
            continue
        after = check(apply_edits(text, item.fix.edits), options, path)
        gone, come = said(before) - said(after), said(after) - said(before)
        assert (item.rule.name, item.message) in {(rule, message) for rule, _, message in gone}
        changed = {(rule, layer) for rule, layer, _ in gone}
        new = {layer for rule, layer, _ in come if (rule, layer) not in changed}
        assert new <= unknown_layers(path, text, options)


REFUSALS = {"parameters", "shapes", "merges", "wiring"}
"""The groups of rules by which a layer refuses what another one gives: the fix may change that other layer."""


@pytest.mark.slow
def test_pages_say_what_can_be_fixed() -> None:
    offered: dict[str, set[bool]] = {}
    for path, text, options in texts():
        for item in check(text, options, path).findings:
            if item.fix is not None:
                offered.setdefault(item.rule.name, set()).add(item.fix.safe)
    safety = {"safe": {True}, "unsafe": {False}}
    for page in PAGES:
        if page.stem not in ASKS_TORCH:
            rule = lookup.rules()[page.stem]
            found = offered.get(page.stem, set())
            assert safety.get(rule.fixable, set()) <= found, page.stem
            of_another_layer = {False} if rule.stops and rule.group in REFUSALS else set()
            assert found <= safety.get(rule.fixable, set()) | of_another_layer, page.stem


# --- random networks

COMMENTS = ("", " # stem", "  # 12 (P3/8)", "   ")


class Network:
    """A correct network as text, in one of several styles, and the same with one mistake in it."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._line_end = self._random.choice(("\n", "\n", "\r\n"))
        layers, channels = [], 3
        for number in range(self._random.randint(2, 8)):
            entries, channels = self._layer(number, channels)
            layers.append(entries)
        self._layers = layers
        self._styles = [self._random.choice(("flow", "block", "wide")) for _ in layers]
        self._comments = [self._random.choice(COMMENTS) for _ in layers]
        self.text = self._written(layers)

    def _layer(self, number: int, channels: int) -> tuple[list[tuple[str, str]], int]:
        kind = ("ReLU", self._random.choice(("Conv2d", "BatchNorm2d", "MaxPool2d")))[number % 2]
        wider = self._random.randint(4, 40)
        named = [("name", f"layer{number}"), ("op", kind)]
        if kind == "Conv2d":
            rest = [("in_channels", channels), ("out_channels", wider), ("kernel_size", 3), ("padding", 1)]
            return [*named, *((key, str(value)) for key, value in rest)], wider
        if kind == "BatchNorm2d":
            return [*named, ("num_features", str(channels)), ("eps", "0.001")], channels
        if kind == "MaxPool2d":
            return [*named, ("kernel_size", "3"), ("stride", "1"), ("padding", "1")], channels
        return [*named, ("inplace", "true")], channels

    def _written(self, layers: list[list[tuple[str, str]]]) -> str:
        lines = ["# a network", "convlint: 1", "inputs: {image: [3, 128, 128]}  # colours", "layers:"]
        for entries, style, comment in zip(layers, self._styles, self._comments):
            pairs = [f"{key}: {value}" for key, value in entries]
            if style == "block":
                lines += [f"  - {pairs[0]}{comment}", *(f"    {pair}" for pair in pairs[1:])]
            elif style == "flow":
                lines.append(f"  - {{{', '.join(pairs)}}}{comment}")
            else:
                lines += [f"  - {{ {pairs[0]},{comment}", f"      {' ,  '.join(pairs[1:])} }}"]
        return self._line_end.join(lines) + self._line_end

    def with_mistake(self) -> str:
        """The text with a mistake that has one way out: the text as it was."""
        number = self._random.randrange(len(self._layers))
        entries = list(self._layers[number])
        place = self._random.randrange(1, len(entries))
        key, value = entries[place]
        if key == "op":
            entries[place] = (key, self._random.choice((value.lower(), f"torch.nn.{value}", f"nn.{value.upper()}")))
        elif key in ("in_channels", "num_features") and self._random.random() < 0.7:
            entries[place] = (key, str(int(value) + self._random.choice((-1, 1, 61))))
        elif value.isdigit() and self._random.random() < 0.5:
            entries[place] = (key, f"{value}.0")
        elif value == "true" and self._random.random() < 0.5:
            entries[place] = (key, self._random.choice(("yes", "on", "Yes", '"true"')))
        elif len(key) > 4:
            entries[place] = (key[:2] + key[3:] if self._random.random() < 0.5 else key.title(), value)
        else:
            entries[place] = (key + "s", value)
        return self._written([entries if index == number else layer for index, layer in enumerate(self._layers)])


@pytest.mark.parametrize("seed", range(300))
def test_a_planted_mistake_is_undone_to_the_byte(seed: int) -> None:
    network = Network(seed)
    assert not check(network.text).findings
    broken = network.with_mistake()
    assert check(broken).findings
    assert after_fixes(broken) == network.text


def test_a_fix_after_which_a_comment_silences_nothing_is_offered() -> None:
    text = (
        "convlint: 1\ninputs: {image: [3, 32, 32]}\nlayers:\n"
        "  - {op: Conv2d, out_channels: 8, kernel_sise: 2, stride: 2} # convlint: ignore[non-integer-division]\n"
    )
    (finding,) = check_source(Source("net.yaml", text)).findings
    assert finding.rule.name == "unknown-key"
    assert finding.fix is not None
