"""Builds model files with a release of Ultralytics in a process of its own: `python release.py FOLDER FILE ...`.

Prints a JSON object for each file: of each row its parameters, its tensors and the shapes that come out. What the
release imports beside torch, and no model needs, is made of nothing.
"""

from __future__ import annotations

import copy
import importlib
import importlib.abc
import importlib.machinery
import json
import sys
import types
from typing import Any

SIZE = 128
ABSENT = frozenset(("torchvision", "thop", "seaborn", "pandas"))


class Nothing(types.ModuleType):
    """A module that has whatever is asked of it."""

    __path__: list[str] = []  # noqa: RUF012
    __version__ = "0.0"

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return arguments[0] if arguments else None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(name) if name[:1].islower() else type(name, (), {})


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules of absent packages."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] in ABSENT else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> Nothing:
        return Nothing(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        return None


def shapes(value: Any) -> Any:
    """The shapes of a value without the batch; None for what is no tensor."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [shape for item in value for shape in shapes(item)]
    return [list(value.shape[1:])] if hasattr(value, "shape") else [None]


def built(path: str) -> list[dict[str, Any]]:
    """The rows of a file."""
    import torch
    import yaml

    tasks: Any = importlib.import_module("ultralytics.nn.tasks")

    with open(path, encoding="utf-8") as file:
        data = yaml.safe_load(file)
    if data.get("scales"):
        data["scale"] = next(iter(data["scales"]))
    model, _ = tasks.parse_model(copy.deepcopy(data), 3, verbose=False)
    model.train()
    rows: list[dict[str, Any]] = []
    outputs: list[Any] = []
    x: Any = torch.zeros(2, 3, SIZE, SIZE)
    for module in model:
        if module.f != -1:
            x = outputs[module.f] if isinstance(module.f, int) else [x if j == -1 else outputs[j] for j in module.f]
        x = module(x)
        outputs.append(x)
        state = [[name, list(tensor.shape)] for name, tensor in module.state_dict().items()]
        count = sum(parameter.numel() for parameter in module.parameters())
        rows.append({"parameters": count, "state": state, "shapes": shapes(x)})
    return rows


if __name__ == "__main__":
    sys.meta_path.insert(0, Finder())
    sys.path.insert(0, sys.argv[1])
    for file_path in sys.argv[2:]:
        print("ROWS " + json.dumps(built(file_path)))
