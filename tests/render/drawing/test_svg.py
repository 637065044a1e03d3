"""Networks as SVG: well-formed, complete, marked, the same every time, and safe whatever the names."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint.describing import describe_file
from convlint.facts import NetworkFacts
from convlint.findings import Finding
from convlint.model import Port
from convlint.render.drawing.svg import render_svg
from convlint.render.text import one_line
from tests.render.drawing.networks import chain, finding, layer

_SVG = "{http://www.w3.org/2000/svg}"


def _drawn(networks: Sequence[NetworkFacts], findings: Sequence[Finding] = ()) -> ElementTree.Element:
    return ElementTree.fromstring("".join(render_svg("a.yaml", networks, findings)))


def _of_file(path: str, depth: int = 0) -> ElementTree.Element:
    networks, result = describe_file(path, depth=depth)
    return _drawn(networks, result.findings)


def _nodes(root: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {one.attrib["data-layer"]: one for one in root.iter(f"{_SVG}g") if "data-layer" in one.attrib}


def _edges(root: ElementTree.Element) -> list[tuple[str, str]]:
    paths = root.iter(f"{_SVG}path")
    return [(one.attrib["data-from"], one.attrib["data-to"]) for one in paths if "data-from" in one.attrib]


def _texts(root: ElementTree.Element, kind: str) -> list[str | None]:
    return [one.text for one in root.iter(f"{_SVG}text") if one.get("class") == kind]


def _top(node: ElementTree.Element) -> float:
    rectangle = node.find(f"{_SVG}rect")
    assert rectangle is not None
    return float(rectangle.attrib["y"])


def test_every_layer_and_every_connection() -> None:
    root = _of_file("examples/unet.yaml")
    layers = [
        "enc1",
        "pool1",
        "enc2",
        "pool2",
        "enc3",
        "pool3",
        "bottom",
        "up3",
        "cat3",
        "dec3",
        "up2",
        "cat2",
        "dec2",
        "up1",
        "cat1",
        "dec1",
        "head",
    ]
    assert list(_nodes(root)) == ["image", *layers, "mask"]
    flow = [*zip(["image", *layers], [*layers, "mask"])]
    assert sorted(_edges(root)) == sorted([*flow, ("enc1", "cat1"), ("enc2", "cat2"), ("enc3", "cat3")])


def test_encoder_and_decoder_stand_at_the_height_of_their_resolution() -> None:
    nodes = _nodes(_of_file("examples/unet.yaml"))
    top = {name: _top(node) for name, node in nodes.items()}
    for level in "123":
        assert top[f"enc{level}"] == top[f"cat{level}"]
    assert top["enc1"] < top["pool1"] < top["enc2"] < top["pool2"] < top["enc3"] < top["pool3"] < top["bottom"]
    assert top["bottom"] > top["up3"] > top["dec3"] > top["up2"] > top["dec2"] > top["up1"] > top["dec1"] > top["mask"]


def test_shapes_stand_on_the_connections() -> None:
    shapes = _texts(_of_file("examples/unet.yaml"), "shape")
    assert {"1×256×256", "16×128×128", "128×32×32", "2×256×256"} <= set(shapes)


def test_an_unknown_shape_is_a_question_mark() -> None:
    network = chain("a", "b")
    unknown = network._replace(layers=(network.layers[0]._replace(outputs=None), network.layers[1]))
    assert _texts(_drawn([unknown]), "shape") == ["8×32×32", "?", "8×32×32"]


def test_skips_differ_from_the_flow() -> None:
    paths = _of_file("examples/unet.yaml").iter(f"{_SVG}path")
    skips = [one.attrib["data-from"] for one in paths if one.get("class") == "edge skip"]
    assert sorted(skips) == ["enc1", "enc2", "enc3"]


def test_layers_with_findings_are_marked() -> None:
    root = _drawn([chain("a", "b", "c")], [finding("b"), finding("c", "warning", "is <odd>"), finding(None, "info")])
    classes = {name: node.attrib["class"].split() for name, node in _nodes(root).items()}
    assert "error" in classes["b"]
    assert "warning" in classes["c"]
    assert not {"error", "warning", "info"} & {*classes["a"], *classes["image"]}
    assert _texts(root, "mark-sign") == ["!", "!"]
    assert _texts(root, "remark error") == ["error: b: some-rule: does not fit"]
    assert _texts(root, "remark warning") == ["warning: c: some-rule: is <odd>"]
    assert _texts(root, "remark info") == ["info: some-rule: does not fit"]


def test_of_many_findings_the_first_are_written_below() -> None:
    findings = [finding("a", message=f"number {number}") for number in range(14)]
    root = _drawn([chain("a")], findings)
    assert _texts(root, "remark error") == [f"error: a: some-rule: number {number}" for number in range(12)]
    assert _texts(root, "remark more") == ["and 2 more"]


def test_the_worst_finding_of_a_layer_marks_it() -> None:
    root = _drawn([chain("a")], [finding("a", "info"), finding("a", "error"), finding("a", "warning")])
    assert _nodes(root)["a"].attrib["class"].split()[-1] == "error"


def test_a_finding_inside_a_block_marks_the_block() -> None:
    root = _drawn([chain("a", "b")], [finding("b[1]/conv")])
    assert "error" in _nodes(root)["b"].attrib["class"].split()


def test_a_finding_of_one_variant_marks_that_one_only() -> None:
    networks = [chain("a")._replace(variant="n"), chain("b")._replace(variant="s")]
    root = _drawn(networks, [finding("a")._replace(variants=("s",))])
    assert "error" not in _nodes(root)["a"].attrib["class"]
    assert _texts(root, "title") == ["a.yaml, variant n: image 8x32x32", "a.yaml, variant s: image 8x32x32"]


def test_readers_of_screens_are_told() -> None:
    root = _drawn([chain("a", "b")], [finding("b")])
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "title desc"
    assert root.findtext(f"{_SVG}title") == "a.yaml: image 8x32x32"
    assert root.findtext(f"{_SVG}desc") == "2 layers and 3 connections; b has an error."
    assert "output 8×32×32" in (_nodes(root)["a"].findtext(f"{_SVG}title") or "")


def test_dark_pages_have_colours_of_their_own() -> None:
    style = _drawn([chain("a")]).findtext(f"{_SVG}style") or ""
    light, dark = style.split("@media (prefers-color-scheme:dark)")
    assert ".paper{fill:#ffffff}" in light
    assert ".paper{fill:#0d1117}" in dark


def test_long_chains_are_folded() -> None:
    names = [f"l{number}" for number in range(300)]
    root = _drawn([chain(*names)])
    assert list(_nodes(root)) == ["image", "l0", "l1", "l2", "l3 ... l296", "l297", "l298", "l299", "output"]
    assert ("l2", "l3 ... l296") in _edges(root)
    assert ("l3 ... l296", "l297") in _edges(root)
    assert "294 layers" in _texts(root, "caption")


def test_a_fold_hides_no_finding() -> None:
    root = _drawn([chain(*[f"l{number}" for number in range(100)])], [finding("l50")])
    assert "error" in _nodes(root)["l50"].attrib["class"].split()


def test_the_inside_of_a_block_is_a_picture_of_its_own() -> None:
    root = _of_file("examples/resnet18.yaml", depth=1)
    assert _texts(root, "inset") == ["Basic, as in layer1", "BasicDown, as in layer2_0"]
    assert {"layer2_0/shortcut", "layer2_0/residual"} <= set(_nodes(root))
    assert ("layer2_0/shortcut", "layer2_0/8") in _edges(root)


def test_what_reads_nothing_known_is_drawn_without_a_connection() -> None:
    rows = (layer(0, "a", [("gone", None)], (8, 4, 4)), layer(1, "b", [("a", Port(0)), ("?", None)], (8, 4, 4)))
    root = _drawn([NetworkFacts(None, (), rows, None, None, results=(("", None),))])
    assert _edges(root) == [("a", "b")]


def test_a_network_without_layers() -> None:
    assert _edges(_drawn([NetworkFacts(None, (("image", None),), (), 0, 0)])) == []


def test_a_file_without_networks() -> None:
    assert _nodes(_drawn([])) == {}


@pytest.mark.slow
@pytest.mark.parametrize("path", ["examples/unet_broken.yaml", "examples/yolov8-small.yaml"])
def test_the_same_picture_every_time(path: str) -> None:
    command = [sys.executable, "-m", "convlint", "show", path, "--output-format", "svg"]
    once, again = (
        subprocess.run(command, capture_output=True, check=False, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in "12"
    )
    assert once == again
    assert once.startswith(b"<svg ")


@given(st.text(min_size=1), st.text())
def test_no_name_and_no_message_can_break_the_picture(name: str, message: str) -> None:
    network = chain("first", name)
    hostile = network._replace(inputs=((name, (3, 8, 8)),), results=((name, Port(1)),))
    root = _drawn([hostile], [finding(name, message=message)])
    assert one_line(name) in _nodes(root)
    tags = {"svg", "title", "desc", "style", "marker", "path", "rect", "g", "text", "circle"}
    assert {one.tag.removeprefix(_SVG) for one in root.iter()} <= tags


def test_the_text_is_the_same_in_every_encoding() -> None:
    assert "".join(render_svg("ä.yaml", [chain("編碼")], ())).isascii()
