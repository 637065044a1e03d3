"""The child process that asks torch: reads one request a line, answers one line, under limits of memory.

It reads the text of a file anew, so that nothing but JSON goes in or out; of other files it reads as text alone what
the reader of a format finds beside it, as the metadata of a bundle.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import IO

from convlint.child_process import limit_memory
from convlint.typed import Any


def main() -> None:
    """Answers until the input ends, and then removes the folder that it was given to work in."""
    questions: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_read, args=(questions, sys.argv[2]), daemon=True).start()
    try:
        _answer_questions(questions, int(sys.argv[1]))
    finally:
        shutil.rmtree(sys.argv[2], ignore_errors=True)


def _read(questions: SimpleQueue[str], folder: str) -> None:
    """Hands the questions on; the process ends with the input, even in the middle of an answer: nobody waits for it."""
    for line in sys.stdin:
        questions.put(line)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _answer_questions(questions: SimpleQueue[str], memory: int) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what torch prints must not mix with the answers
    try:
        from convlint.torch_check import comparison
    except BaseException as error:  # a torch that ends the process by sys.exit cannot be imported either
        _answer(answers, {"ready": False, "reason": _error_line(error)})
        return
    assert comparison
    limit_memory(memory)
    _answer(answers, {"ready": True})
    while True:
        try:
            answer = _verdicts(json.loads(questions.get()))
        except Exception as error:  # a mistake of ours in one file must not hide what torch says of the others
            answer = {"error": _error_line(error)}
        _answer(answers, answer)


def _error_line(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}".splitlines()[0]
    return text.removesuffix(": ")


def _answer(answers: IO[str], data: dict[str, Any]) -> None:
    answers.write(json.dumps(data) + "\n")
    answers.flush()


def _verdicts(request: dict[str, Any]) -> dict[str, object]:
    from convlint.dialects import registry
    from convlint.dialects.reading import load_source
    from convlint.options import Options, TorchLimits
    from convlint.source.nodes import Source
    from convlint.torch_check.comparison import compare

    source = Source(request["path"], request["text"])
    options = Options(**{key: _frozen(value) for key, value in request["options"].items()})
    own = os.getcwd()
    os.chdir(request["folder"])  # up to which a builder beside the file is looked for
    try:
        architectures = load_source(source, options)
    finally:
        os.chdir(own)
    dialect = registry.named(request["dialect"], options.dialects)
    limits = TorchLimits(request["seconds"] / max(1, len(request["numbers"])), request["memory"])
    verdicts = []
    for number in request["numbers"]:
        verdict = compare(architectures[number], dialect, limits)
        verdicts.append({"remarks": [_plain(remark) for remark in verdict.remarks], "notes": verdict.notes})
    return {"verdicts": verdicts}


def _frozen(value: object) -> Any:
    """A value of JSON with tuples in place of lists, as options hold them."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _plain(remark: Any) -> dict[str, object]:
    return {
        "rule": remark.rule,
        "arguments": remark.arguments,
        "layer": remark.layer,
        "place": list(_offsets(remark.place)),
        "uses": [[list(_offsets(place)), text] for place, text in remark.uses],
    }


def _offsets(place: Any) -> Iterator[int]:
    while place is not None:
        yield from (place.start, place.end)
        place = place.origin
