"""What is inside modules, against those that the package builds: output shapes of inner modules, kernels by size."""

from __future__ import annotations

import contextlib
import copy
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from convlint.cli import main
from convlint.dialects.reading import load_file
from convlint.engine.opening import opened
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session, Trace

torch = pytest.importorskip("torch")
tasks = pytest.importorskip("ultralytics.nn.tasks")
NAMES = ("yolov8", "yolo12", "yolov10n", "yolov9e", "rtdetr-l", "yolo26-seg", "yolov5", "yolov8-ghost")
LEAST = 0.97
"""Of the modules of one network that are no containers; those that are not listed hold no tensors."""


def _path(name: str) -> Path:
    import ultralytics

    (path,) = Path(ultralytics.__file__).parent.joinpath("cfg", "models").rglob(f"{name}.yaml")
    return path


def _built(path: Path, variant: str | None) -> Any:
    import yaml

    data = {**yaml.safe_load(path.read_text(encoding="utf-8")), **({} if variant is None else {"scale": variant})}
    with torch.device("meta"), contextlib.redirect_stdout(io.StringIO()):
        return tasks.parse_model(copy.deepcopy(data), ch=3, verbose=False)[0].train()


def _seen(model: Any) -> dict[str, set[tuple[int, ...]]]:
    """The output shapes of every inner module that is no container, on an image of 640x640."""
    found: dict[str, set[tuple[int, ...]]] = {}

    def watch(name: str) -> Any:
        def hook(module: Any, inputs: Any, result: Any) -> None:
            del module, inputs
            if torch.is_tensor(result):
                found.setdefault(name, set()).add(tuple(result.shape[1:]))

        return hook

    for name, module in model.named_modules():
        if "." in name and not isinstance(module, (torch.nn.Sequential, torch.nn.ModuleList)):
            module.register_forward_hook(watch(name))
    outputs: list[Any] = []
    value: Any = torch.zeros(2, 3, 640, 640, device="meta")
    with torch.no_grad():
        for row in model:
            if row.f != -1:
                sources = [row.f] if isinstance(row.f, int) else row.f
                given = [value if source == -1 else outputs[source] for source in sources]
                value = given[0] if isinstance(row.f, int) else given
            value = row(value)
            outputs.append(value)
    return found


def _listed(trace: Trace, prefix: str, session: Session, found: dict[str, set[Any]]) -> None:
    for layer, step in zip(trace.graph.layers, trace.steps):
        name = prefix + layer.name
        found.setdefault(name, set()).add(step.outputs[0] if step.outputs else None)
        for number, inside in enumerate(opened(layer, step, session)):
            _listed(inside.trace, f"{name}.{number}." if layer.repeat > 1 else f"{name}.", session, found)


@pytest.mark.parametrize("name", NAMES)
def test_inner_modules_give_the_shapes_that_torch_sees(name: str) -> None:
    architecture = load_file(str(_path(name)))[0]
    seen = _seen(_built(_path(name), architecture.variant))
    session = Session({})
    listed: dict[str, set[Any]] = {}
    _listed(propagate(architecture.graph, architecture.inputs, session), "", session, listed)
    differing = {  # an activation that all modules share is seen at the first, with the shapes of all
        module: (shapes, listed[module])
        for module, shapes in seen.items()
        if module in listed and not (shapes <= listed[module] or shapes >= listed[module])
    }
    assert differing == {}
    assert len(seen.keys() & listed.keys()) >= LEAST * len(seen)


@pytest.mark.parametrize("name", NAMES)
def test_own_rules_meet_every_convolution(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each kernel size is found at the modules that have it; of a row that is repeated, in the first copy."""
    monkeypatch.chdir(tmp_path)
    settings = '[[rule]]\nname = "count"\non = ["Conv2d"]\nassert = "all(kernel_size == -1)"\nmessage = "{list(kernel_size)}"\n'
    (tmp_path / "convlint.toml").write_text(settings, encoding="utf-8")
    variant = load_file(str(_path(name)))[0].variant
    chosen = [] if variant is None else ["--variant", variant]
    main(
        [
            "check",
            str(_path(name)),
            "--config",
            "convlint.toml",
            "--select",
            "count",
            "--output-format",
            "json",
            *chosen,
        ]
    )
    said = json.loads(capsys.readouterr().out)["diagnostics"]
    found = Counter(
        (item["layer"].replace("[0]", ".0").replace("/", "."), item["message"].split(" (in")[0]) for item in said
    )
    model = _built(_path(name), variant)
    rows = {str(number) for number, row in enumerate(model) if isinstance(row, torch.nn.Sequential)}
    expected = Counter(
        (path, str(list(module.kernel_size)))
        for path, module in model.named_modules()
        if type(module) is torch.nn.Conv2d and not (path.split(".")[0] in rows and path.split(".")[1] != "0")
    )
    assert found == expected
