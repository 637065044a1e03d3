"""The gallery: every network is clean and as large as published, counts what torch counts, and has its picture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import convlint

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "examples" / "gallery"
PUBLISHED = {
    "convnext_tiny": 28_589_128,
    "dcgan_discriminator": 2_765_568,
    "dcgan_generator": 3_576_704,
    "efficientnet_b0": 5_288_548,
    "mobilenetv3": 5_483_032,
    "resnet50": 25_557_032,
    "siamese": 38_951_745,
    "swin_t": 28_288_354,
    "unet": 31_030_658,
    "unet3d": 19_069_955,
    "vae": 652_824,
    "vit_b16": 86_567_656,
    "wav2vec2_features": 4_200_448,
}


def test_every_network_of_the_gallery_is_listed() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(PUBLISHED)


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_a_network_is_clean_and_as_large_as_published(name: str) -> None:
    path = FOLDER / f"{name}.yaml"
    assert not convlint.check_file(path).findings
    (facts,) = convlint.describe(path)
    assert facts.parameters == PUBLISHED[name]


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_torch_builds_it_and_counts_the_same(name: str) -> None:
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    (facts,) = convlint.describe(FOLDER / f"{name}.yaml")
    with torch.device("meta"), torch.no_grad():
        network = convlint.build(FOLDER / f"{name}.yaml").eval().requires_grad_(False)
        with FlopCounterMode(display=False) as counter:
            network(*[torch.zeros(1, *(shape or ())) for _, shape in facts.inputs])
    assert sum(item.numel() for item in network.parameters()) == PUBLISHED[name]
    assert facts.macs is not None
    assert counter.get_total_flops() == 2 * facts.macs


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_the_page_shows_it_with_its_picture(name: str) -> None:
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    assert f"(../examples/gallery/{name}.yaml)" in page
    assert f"{PUBLISHED[name]:,}" in page
    (picture,) = re.findall(rf"\((gallery/{name}\.svg)\)", page)
    assert (ROOT / "docs" / picture).is_file()
