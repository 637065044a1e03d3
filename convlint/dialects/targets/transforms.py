"""What spatial transforms and inferers say of the size of what reaches a network (MONAI 1.6).

The tables hold facts of the classes: which of them set a size and by which argument, which leave it alone, and which
turn axes. A class in none of them may do anything to a size.
"""

from __future__ import annotations

import re

from convlint.dialects.targets.references import References
from convlint.domain.values import UNKNOWN, Size
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence
from convlint.typed import NamedTuple

_SETS = {
    "CenterSpatialCrop": "roi_size",
    "RandCropByLabelClasses": "spatial_size",
    "RandCropByPosNegLabel": "spatial_size",
    "RandSpatialCrop": "roi_size",
    "RandSpatialCropSamples": "roi_size",
    "RandWeightedCrop": "spatial_size",
    "ResizeWithPadOrCrop": "spatial_size",
    "Resize": "spatial_size",
    "Resized": "spatial_size",
}
# fmt: off
_KEEPS = frozenset((
    "Activations", "AddChannel", "AdjustContrast", "AsChannelFirst", "AsDiscrete", "AxisFlip", "Bias", "BiasField",
    "CastToType", "CoarseDropout", "CoarseShuffle", "ConcatItems", "CopyItems", "CuCIM", "DeleteItems",
    "EnsureChannelFirst", "EnsureType", "Flip", "GaussianNoise", "GaussianSharpen", "GaussianSmooth", "GibbsNoise",
    "HistogramShift", "Identity", "KSpaceSpikeNoise", "LoadImage", "MaskIntensity", "MedianSmooth",
    "NormalizeIntensity", "RicianNoise", "ScaleIntensity", "ScaleIntensityFixedMean", "ScaleIntensityRange",
    "ScaleIntensityRangePercentiles", "SelectItems", "ShiftIntensity", "SmoothFieldAdjustContrast",
    "SmoothFieldAdjustIntensity", "StdShiftIntensity", "ThresholdIntensity", "ToDevice", "ToNumpy", "ToTensor",
    "ConvertToMultiChannelBasedOnBratsClasses", "LabelToMask", "MapLabelValue", "ForegroundMask",
))
# fmt: on
"""Each is there with `Rand` before its name too."""
_TURNS = frozenset(("Orientation", "RandRotate90", "Rotate90"))
_WHOLE_SIZE_FLAGS = {"RandZoom": "keep_size", "Zoom": "keep_size", "RandRotate": "keep_size", "Rotate": "keep_size"}
_WINDOWS = frozenset(("SlidingWindowInferer", "SlidingWindowInfererAdapt"))
_AS_IT_IS = "SimpleInferer"
_SUFFIX = re.compile(r"(?:d|D|Dict)\Z")


class Extent(NamedTuple):
    """The size of what reaches a network: a size for each spatial axis (UNKNOWN where open), and what says so.

    `node` is the value that a person would change; None where nothing gives a size. `misfit` says how many sizes it
    lists where that is another number than that of the axes; which size is meant for which axis is then unknown.
    """

    sizes: tuple[Size, ...]
    node: AnyNode | None = None
    misfit: int | None = None


def unknown_extent(axes: int) -> Extent:
    """An extent of which nothing is known."""
    return Extent((UNKNOWN,) * axes)


def after_transforms(transforms: AnyNode | None, references: References, axes: int) -> Extent:
    """The extent after a list of transforms (or a Compose of one), of images with `axes` spatial axes."""
    steps = _steps(references.found(transforms), references)
    image = next((keys[0] for keys in (_keys(step, references) for step in steps) if keys), None)
    extent = unknown_extent(axes)
    for step in steps:
        keys = _keys(step, references)
        if image is None or not keys or image in keys:
            extent = _after(step, extent, references, axes)
    return extent


def _keys(step: AnyNode, references: References) -> list[object]:
    """The keys of a sample that a transform works on; empty where they cannot be told.

    The first that is named in a row of transforms is the image.
    """
    node = references.found(step)
    value = references.value(node.get("keys")) if isinstance(node, Mapping) else None
    keys = value if isinstance(value, list) else [value]
    return keys if all(isinstance(key, str) for key in keys) else []


def in_window(inferer: AnyNode | None, given: Extent, references: References) -> Extent:
    """The extent that a network gets from an inferer, when `given` reaches the inferer."""
    if inferer is None:
        return given
    node = references.found(inferer)
    name = class_name(node, references) if isinstance(node, Mapping) else ""
    if name == _AS_IT_IS:
        return given
    axes = len(given.sizes)
    if name not in _WINDOWS or not isinstance(node, Mapping):
        return unknown_extent(axes)
    return _given_extent(references.get(node, "roi_size"), references, unknown_extent(axes))


def wrong_overlap(node: Mapping, references: References) -> AnyNode | None:
    """The overlap of windows that no window can have: each is at least 0 and below 1; None where it may be right."""
    if class_name(node, references) not in _WINDOWS:
        return None
    value = references.value(node.get("overlap"))
    overlaps = value if isinstance(value, list) else [value]
    numbers = [item for item in overlaps if isinstance(item, (int, float))]
    is_wrong = any(not 0 <= number < 1 for number in numbers)
    return references.get(node, "overlap") if is_wrong else None


def class_name(node: Mapping, references: References) -> str:
    """The bare name of the class that a component is of; empty where it is none, is disabled, or cannot be told."""
    target = references.get(node, "_target_")
    name = target.value if isinstance(target, Scalar) else None
    if not isinstance(name, str) or references.value(node.get("_disabled_")) not in (None, False):
        return ""
    return name.rpartition(".")[2]


def is_composition(node: Mapping, references: References) -> bool:
    """Whether a component puts transforms in a row."""
    return class_name(node, references) == "Compose"


def _steps(node: AnyNode | None, references: References) -> list[AnyNode]:
    if isinstance(node, Mapping) and is_composition(node, references):
        return _steps(references.found(node.get("transforms")), references)
    if isinstance(node, Sequence):
        return node.items
    return [] if node is None else [node]


def _after(step: AnyNode, extent: Extent, references: References, axes: int) -> Extent:
    node = references.found(step)
    if not isinstance(node, Mapping):
        return unknown_extent(axes)
    if "_target_" in node.pairs and references.value(node.get("_disabled_")) is True:
        return extent
    written = class_name(node, references)
    if written == "Compose":
        return after_transforms(node, references, axes) if _steps(node, references) else extent
    name = _SUFFIX.sub("", written)
    if name in _SETS:
        return _cropped(name, node, extent, references)
    if name == "SpatialPad":
        return _padded(_given_extent(references.get(node, "spatial_size"), references, extent), extent)
    if name == "DivisiblePad":
        return _rounded(_given_extent(references.get(node, "k"), references, extent), extent)
    if name in _TURNS:
        return extent if len(set(extent.sizes)) == 1 else unknown_extent(axes)
    if name in _WHOLE_SIZE_FLAGS:
        kept = references.value(node.get(_WHOLE_SIZE_FLAGS[name])) in (None, True)
        return extent if kept else unknown_extent(axes)
    if name in ("RandAffine", "Affine"):
        return _given_extent(references.get(node, "spatial_size"), references, extent)
    return extent if name.removeprefix("Rand") in _KEEPS else unknown_extent(axes)


def _cropped(name: str, node: Mapping, extent: Extent, references: References) -> Extent:
    is_open = references.value(node.get("random_size")) not in (None, False)
    is_longest = references.value(node.get("size_mode")) not in (None, "all")
    if is_open or is_longest:
        return unknown_extent(len(extent.sizes))
    return _given_extent(references.get(node, _SETS[name]), references, extent)


def _given_extent(node: AnyNode | None, references: References, before: Extent) -> Extent:
    """The extent that a value gives: one size for all axes, or one an axis; 0 and below leave an axis as it was."""
    axes = len(before.sizes)
    value = references.value(node)
    if value is None:
        return before
    if type(value) is int:
        value = [value] * axes
    if not isinstance(value, list) or len(value) != axes:
        return Extent((UNKNOWN,) * axes, node, len(value) if isinstance(value, list) and value else None)
    sizes = [_size(item, old) for item, old in zip(value, before.sizes)]
    return Extent(tuple(sizes), node)


def _size(value: object, before: Size) -> Size:
    if not isinstance(value, int) or isinstance(value, bool):
        return before if value is None else UNKNOWN
    return value if 0 < value <= 2**20 else before


def _padded(least: Extent, extent: Extent) -> Extent:
    """A pad raises what is known; of an open axis it gives only a lower bound, which is nothing to check with."""
    sizes = [
        max(a, b) if isinstance(a, int) and isinstance(b, int) else UNKNOWN for a, b in zip(extent.sizes, least.sizes)
    ]
    is_changed = tuple(sizes) != extent.sizes
    return Extent(tuple(sizes), least.node if is_changed else extent.node, extent.misfit)


def _rounded(step: Extent, extent: Extent) -> Extent:
    sizes = [
        -(-a // k) * k if isinstance(a, int) and isinstance(k, int) else UNKNOWN
        for a, k in zip(extent.sizes, step.sizes)
    ]
    return extent._replace(sizes=tuple(sizes))
