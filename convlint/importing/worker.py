"""The child process of `convlint import torch`: runs the code of a user, and answers one line of JSON."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable

from convlint.typed import Any, cast


def main() -> None:
    """Reads one request from standard input; what the code prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        answer = _answer(json.loads(sys.stdin.readline()))
    except BaseException as error:  # the code may end the process, too
        answer = {"error": f"{type(error).__name__}: {error}"}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _answer(request: dict[str, Any]) -> dict[str, object]:
    import torch

    from convlint.importing import from_torch

    sys.path.insert(0, os.getcwd())
    home, _, attribute = request["target"].partition(":")
    found: object = importlib.import_module(home)
    for part in attribute.split("."):
        found = getattr(found, part)
    module = found if isinstance(found, torch.nn.Module) else cast(Callable[[], object], found)()
    if not isinstance(module, torch.nn.Module):
        return {"error": f"{request['target']} gives a {type(module).__name__}, no torch.nn.Module"}
    inputs = [torch.zeros(shape, dtype=torch.long if whole else None) for shape, whole in request["inputs"]]
    imported = from_torch(module, *inputs, name=request["name"] or attribute.rpartition(".")[2])
    return {"text": imported.text, "unwritten": [list(item) for item in imported.unwritten], "idle": imported.idle}


if __name__ == "__main__":
    main()
