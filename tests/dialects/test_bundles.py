"""Files of one MONAI bundle: what is compared with the metadata and with the other files, and what is read alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convlint.checking import check_file
from convlint.findings import FileResult, Finding
from convlint.options import Options

NETWORK = {
    "_target_": "UNet",
    "spatial_dims": 2,
    "in_channels": 1,
    "out_channels": 2,
    "channels": [4, 8, 16],
    "strides": [2, 2],
}
SWIN = {"_target_": "SwinUNETR", "img_size": [64, 64], "spatial_dims": 2, "in_channels": 1, "out_channels": 2}


def window(size: list[int], **changes: Any) -> dict[str, Any]:
    inferer = {"_target_": "SlidingWindowInferer", "roi_size": size}
    return {"network_def": {**NETWORK, **changes}, "inferer": inferer}


def crop(size: list[int], **changes: Any) -> dict[str, Any]:
    transforms = [{"_target_": "RandSpatialCropd", "keys": "image", "roi_size": size}]
    return {
        "network_def": {**NETWORK, **changes},
        "train": {"preprocessing": {"_target_": "Compose", "transforms": transforms}},
    }


def metadata(shape: list[Any], channels: int = 1, version: str = "1.6.0", result: int = 2) -> dict[str, Any]:
    image = {"num_channels": channels, "spatial_shape": shape}
    described = {"inputs": {"image": image}, "outputs": {"pred": {"num_channels": result, "spatial_shape": shape}}}
    return {"monai_version": version, "network_data_format": described}


@pytest.fixture
def bundle(tmp_path: Path) -> Any:
    def write(folder: str = "configs", **files: Any) -> Path:
        home = tmp_path / folder
        home.mkdir()
        for name, content in files.items():
            (home / f"{name}.json").write_text(json.dumps(content))
        return home

    return write


def check(path: Path, **options: Any) -> FileResult:
    return check_file(str(path), Options(**options))


def seen(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """(rule, text at the place) of each finding."""
    return [(item.rule.name, item.place.source.text[item.place.start : item.place.end]) for item in findings]


def test_files_that_agree_have_no_finding(bundle: Any) -> None:
    home = bundle(train=crop([64, 64]), inference=window([64, 64]), metadata=metadata([64, 64]))
    assert check(home / "train.json").findings == ()
    result = check(home / "inference.json")
    assert result.findings == ()
    assert result.variants == ("inferer", "metadata")


def test_a_window_that_is_not_the_size_of_the_metadata(bundle: Any) -> None:
    home = bundle(inference=window([64, 48]), metadata=metadata([64, 64]))
    (finding,) = check(home / "inference.json").findings
    assert seen((finding,)) == [("sizes-disagree", "[64, 48]")]
    assert finding.severity == "warning"
    assert [item.place.source.path for item in finding.related] == [str(home / "metadata.json")]


def test_a_training_crop_that_is_not_the_size_of_the_metadata(bundle: Any) -> None:
    home = bundle(train=crop([32, 32]), metadata=metadata([64, 64]))
    assert seen(check(home / "train.json").findings) == [("sizes-disagree", "[32, 32]")]


@pytest.mark.parametrize(("shape", "agrees"), [(["8*n", "8*n"], True), (["n*16", "8*n"], False), (["*", "2**n"], True)])
def test_a_pattern_of_the_metadata_stands_for_all_its_sizes(bundle: Any, shape: list[str], agrees: bool) -> None:
    home = bundle(inference=window([40, 64]), metadata=metadata(shape))
    assert [name for name, _ in seen(check(home / "inference.json").findings)] == ([] if agrees else ["sizes-disagree"])


def test_a_pattern_of_the_metadata_is_proved(bundle: Any) -> None:
    home = bundle(inference=window([24, 24]), metadata=metadata(["8*n", "6*n"]))
    (finding,) = check(home / "inference.json").findings
    assert (finding.rule.name, finding.variants) == ("input-size", ("metadata",))
    assert "image.2 = 6" in finding.message and "multiples of 4" in finding.help
    assert [item for item in finding.related if item.place.source.path == str(home / "metadata.json")]


def test_a_size_of_the_metadata_at_which_the_network_fails(bundle: Any) -> None:
    home = bundle(inference=window([64, 64]), metadata=metadata([64, 62]))
    found = seen(check(home / "inference.json").findings)
    assert ("skip-size-mismatch", '"UNet"') in found or ("skip-size-mismatch", "UNet") in found
    assert check(home / "inference.json", scales=("metadata",)).variants == ("metadata",)


def test_a_size_that_fails_in_a_window_and_in_the_metadata_is_one_mistake(bundle: Any) -> None:
    home = bundle(inference=window([64, 62]), metadata=metadata([64, 62]))
    assert seen(check(home / "inference.json").findings) == [("skip-size-mismatch", "[64, 62]")]


def test_the_metadata_are_a_use_of_the_last_file_that_has_a_network(bundle: Any) -> None:
    home = bundle(train=crop([64, 64]), evaluate={"validate": {}}, metadata=metadata([64, 64]))
    assert check(home / "train.json").variants == ("train", "metadata")


def test_channels_of_the_metadata(bundle: Any) -> None:
    home = bundle(inference=window([64, 64]), metadata=metadata([64, 64], channels=3, result=4))
    assert seen(check(home / "inference.json").findings) == [("sizes-disagree", "1"), ("sizes-disagree", "2")]


def test_without_sizes_in_the_metadata_files_are_held_against_each_other(bundle: Any) -> None:
    home = bundle(train=crop([64, 64]), inference=window([32, 32], in_channels=2))
    assert check(home / "train.json").findings == ()
    assert seen(check(home / "inference.json").findings) == [("sizes-disagree", "2"), ("sizes-disagree", "[32, 32]")]


@pytest.mark.parametrize(("folder", "name"), [("other", "inference"), ("configs", "inference_small")])
def test_a_file_that_is_none_of_a_bundle_is_read_alone(bundle: Any, folder: str, name: str) -> None:
    home = bundle(folder, **{name: window([64, 48])}, metadata=metadata([64, 64], 3))
    assert check(home / f"{name}.json").findings == ()


@pytest.mark.parametrize(
    "text", ["", "[1]", "{", '{"network_data_format": []}', '{"network_data_format": {"inputs": 3}}']
)
def test_metadata_that_say_nothing(bundle: Any, text: str) -> None:
    home = bundle(inference=window([64, 64]))
    (home / "metadata.json").write_text(text)
    assert check(home / "inference.json").findings == ()


def test_what_a_later_version_removed_is_a_warning_where_the_bundle_names_an_older_one(bundle: Any) -> None:
    home = bundle(
        inference={"network_def": SWIN}, train={"network_def": SWIN}, metadata=metadata([64, 64], version="1.4.0")
    )
    (finding,) = [item for item in check(home / "inference.json").findings if item.rule.name == "unknown-key"]
    assert finding.severity == "warning" and "1.5" in finding.message and "1.4.0" in finding.message
    (home / "metadata.json").unlink()
    assert check(home / "train.json").findings[0].severity == "error"
    older = (("targets", (("monai_version", "1.3"),)),)
    assert check(home / "train.json", tables=older).findings[0].severity == "warning"


def severities(findings: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    """(severity, rule, text at the place) of each finding."""
    return [(item.severity, *where) for item, where in zip(findings, seen(findings))]


def test_a_reference_that_nothing_in_the_bundle_defines(bundle: Any) -> None:
    engine = {"network": "$@network_deff.to(@gpu)", "loss": "@losses::0", "off": {"_disabled_": True, "a": "@nothing"}}
    whole = window([64, 64]) | {"device": "$torch.device('cpu')", "loss": {"a": 1}, "engine": engine}
    home = bundle(inference=whole, metadata=metadata([64, 64]))
    found = check(home / "inference.json").findings
    assert severities(found) == [
        ("error", "undefined-input", "network_deff"),
        ("warning", "undefined-input", "gpu"),
        ("warning", "undefined-input", "losses::0"),
    ]
    assert found[0].help == "did you mean 'network_def'?"


def test_a_reference_may_be_defined_in_a_file_that_is_laid_over(bundle: Any) -> None:
    whole = window([64, 64]) | {"a": "@validate::handlers", "b": "@validate#data#0", "c": "@inferer::roi_size::1"}
    overlay = {"validate#handlers": [1], "validate#data": [2]}
    assert check(bundle(inference=whole, evaluate=overlay) / "inference.json").findings == ()


@pytest.mark.parametrize("purpose", ["evaluate", "own"])
def test_what_a_file_refers_to_may_stand_in_the_one_that_it_is_laid_over(bundle: Any, purpose: str) -> None:
    overlay = window([64, 64]) | {"engine": {"network": "@network"}}
    home = bundle(**{purpose: overlay}, metadata=metadata([64, 64]))
    assert check(home / f"{purpose}.json").findings == ()
