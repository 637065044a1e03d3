"""What the ultralytics package makes of a model file: the layers that it builds, or the row where it fails.

Rows are built by the package's own parser on the meta device, and the layers run one by one in training mode, where a
head does not decode. No weight is ever loaded, and nothing is downloaded.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
import yaml

IS_INSTALLED = importlib.util.find_spec("ultralytics") is not None
BATCH = 2
SIZE = 640
BUILD_SIZE = 256
"""The size at which a detection model runs once while it is built, to measure its strides."""

TEXT_GUIDED = ("C2fAttn", "ImagePoolingAttn", "WorldDetect", "YOLOEDetect", "YOLOESegment", "YOLOESegment26")
"""Modules that are built like all others, but run on features of a text besides the image."""

Shape = tuple[int, ...]
_LIBRARIES: list[Any] = []
"""Declared operators, which last as long as their library."""


class LayerTruth(NamedTuple):
    """One built layer. `shapes` leaves the batch out, one for each output; None where they are no plain tensors."""

    number: int
    type: str
    sources: Any
    parameters: int
    shapes: tuple[Shape, ...] | None


class Failure(NamedTuple):
    """Where and how the package fails; `row` is None where it fails before the first row."""

    row: int | None
    phase: Literal["build", "forward"]
    message: str


class Truth(NamedTuple):
    """The layers of one model, or its failure; after a failure in `forward` the layers are those before it."""

    layers: tuple[LayerTruth, ...]
    failure: Failure | None


def stock_files() -> list[Path]:
    """The model files that the installed package carries; none where it is not installed."""
    spec = importlib.util.find_spec("ultralytics")
    if spec is None or spec.origin is None:
        return []
    return sorted((Path(spec.origin).parent / "cfg" / "models").glob("*/*.yaml"))


def scales_of(config: Any) -> list[str | None]:
    """The letters of a file's scales; one None where it has none."""
    scales = config.get("scales") if isinstance(config, dict) else None
    return list(scales) if scales and isinstance(scales, dict) else [None]


@functools.cache
def truth_of(text: str, scale: str | None, size: int = SIZE, device: str = "meta") -> Truth:
    """What the package makes of a file's text at one scale, on square images of `size` pixels."""
    return examine(yaml.safe_load(text), scale, size, device)


def examine(config: dict[str, Any], scale: str | None, size: int = SIZE, device: str = "meta") -> Truth:
    """What the package makes of a dictionary, which stays as it is."""
    built = build(config, scale, device)
    if isinstance(built, Failure):
        return Truth((), built)
    return _run(built, torch.zeros(BATCH, _channels(config), size, size, device=device))


def runs(layers: list[Any], config: dict[str, Any], height: int, width: int) -> bool:
    """Whether built layers run on images of that size."""
    image = torch.zeros(BATCH, _channels(config), height, width, device="meta")
    return _run(layers, image).failure is None


def build(config: dict[str, Any], scale: str | None, device: str = "meta") -> list[Any] | Failure:
    """The layers as the package's parser builds them, or where it fails."""
    tasks = _tasks()
    config = copy.deepcopy(config)
    if scale is not None:
        config["scale"] = scale
    rows = _CountedRows(config["backbone"]) if isinstance(config.get("backbone"), list) else None
    if rows is not None:
        config["backbone"] = rows
    try:
        with _kept_activation(), torch.device(device):
            model, _ = tasks.parse_model(config, ch=_channels(config), verbose=False)
    except Exception as error:
        return Failure(rows.current if rows is not None else None, "build", _said(error))
    return list(model)


class _CountedRows(list[Any]):
    """The rows of `backbone`: added to those of `head`, they remember which row was taken last."""

    current: int | None = None

    def __add__(self, head: Any) -> Any:
        rows = [*self, *head] if isinstance(head, list) else list(self) + head
        return self._counted(rows)

    def _counted(self, rows: list[Any]) -> Iterator[Any]:
        for self.current, row in enumerate(rows):
            yield row


def _run(layers: list[Any], image: torch.Tensor) -> Truth:
    """Runs the layers; what reads the output of a text-guided layer is not run either."""
    found: list[LayerTruth] = []
    values: list[Any] = []
    value: Any = image
    for index, layer in enumerate(layers):
        try:
            given = _inputs(layer.f, value, values)
            value = None if _is_unknown(given) or layer.type.split(".")[-1] in TEXT_GUIDED else _output(layer, given)
        except Exception as error:
            return Truth(tuple(found), Failure(index, "forward", _said(error)))
        values.append(value)
        kind = layer.type.split(".")[-1]
        found.append(LayerTruth(index, kind, layer.f, layer.np, _shapes(value)))
    return Truth(tuple(found), None)


def _output(layer: Any, given: Any) -> Any:
    """The output of one layer in training mode; heads write into the list that they are given."""
    layer.train()
    with torch.no_grad():
        return layer(list(given) if isinstance(given, list) else given)


def _inputs(sources: Any, value: Any, values: list[Any]) -> Any:
    if isinstance(sources, int):
        return value if sources == -1 else values[sources]
    return [value if source == -1 else values[source] for source in sources]


def _is_unknown(given: Any) -> bool:
    return given is None or (isinstance(given, list) and any(item is None for item in given))


def _shapes(value: Any) -> tuple[Shape, ...] | None:
    tensors = value if isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(tensor, torch.Tensor) for tensor in tensors):
        return None
    return tuple(tuple(tensor.shape[1:]) for tensor in tensors)


def _channels(config: dict[str, Any]) -> int:
    """Channels of the image: only classification models read them from the file."""
    head = config.get("head")
    is_classifier = isinstance(head, list) and bool(head) and "Classify" in head[-1]
    return int(config.get("channels", 3)) if is_classifier else 3


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]


@contextlib.contextmanager
def _kept_activation() -> Iterator[None]:
    """Restores the process-wide default activation, which the parser leaves changed when it fails."""
    conv = importlib.import_module("ultralytics.nn.modules.conv").Conv
    kept = conv.default_act
    try:
        yield
    finally:
        conv.default_act = kept


@functools.cache
def _tasks() -> Any:
    """The package's module of models; `tests/conftest.py` keeps it from the network and from the home folder."""
    _load_torchvision_without_weights()
    tasks = importlib.import_module("ultralytics.nn.tasks")
    tasks.LOGGER.setLevel("ERROR")
    return tasks


def _load_torchvision_without_weights() -> None:
    """Makes `torchvision.models.get_model` build without weights."""
    if importlib.util.find_spec("torchvision") is None:
        return
    _declare_operators()
    models: Any = importlib.import_module("torchvision.models")
    real = models.get_model
    models.get_model = lambda name, **options: real(name, **{**options, "weights": None})


def _declare_operators() -> None:
    """Declares what torchvision lacks, and refuses to be imported without, where it was built for another torch."""
    make: Any = torch.library.Library
    library = make("torchvision", "FRAGMENT")
    _LIBRARIES.append(library)
    for name in ("nms", "qnms"):
        with contextlib.suppress(RuntimeError):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
