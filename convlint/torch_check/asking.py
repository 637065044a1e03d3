"""Asks torch about the networks of one file, through a child process that can neither hang nor kill the run.

The child is started by the first question and answers until it ends; one that takes too long is killed, and the next
file gets a new one.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from tempfile import TemporaryDirectory

from convlint.child_process import command, ended
from convlint.engine.reporting import report
from convlint.findings import Finding, Part, Place, Related
from convlint.model import Architecture, Graph
from convlint.options import TorchLimits
from convlint.source.nodes import Source
from convlint.typed import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from convlint.options import Options
    from convlint.studies import Study

START_SECONDS = 180.0
"""Within which torch must be imported."""


class TorchAnswer(NamedTuple):
    """Findings, and notes on how torch was asked."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


class _NoAnswerError(Exception):
    """The child gave none; the message says why."""


class _MissingError(Exception):
    """There is no torch to ask; the message is the error of the import."""


def ask_about(text: Study, options: Options) -> TorchAnswer:
    """What torch says of the networks of a text in which nothing is wrong."""
    limits, dialect = options.torch, text.checked[-1].read.dialect
    if limits is None or not dialect.builder:
        return TorchAnswer((), ())
    accepted = list(_accepted(text))
    if not accepted:
        return TorchAnswer((), ("not compared with torch: it has errors",))
    own = options.extension.declarations if options.extension is not None else {}
    if own and any(_operators(architecture.graph) & own.keys() for _, architecture in accepted):
        return TorchAnswer((), ("not compared with torch: it uses operators of its own",))
    return _ask(text.source, dialect.name, options, accepted, limits)


def _accepted(text: Study) -> Iterator[tuple[int, Architecture]]:
    """The networks that torch would not refuse, each with its number in the file."""
    number = 0
    for checked in text.checked:
        for network in checked.networks:
            if not _has_errors((*checked.read.findings, *network.findings)):
                yield number, network.architecture
            number += 1


def _has_errors(findings: Sequence[Finding]) -> bool:
    """Whether torch would refuse the network too; it does not mind lost pixels."""
    return any(finding.stops for finding in findings)


def _operators(graph: Graph) -> set[str]:
    """The names of the operators of a graph and of the blocks in it."""
    operators = [layer.operator for found in graph.with_blocks() for layer in found.layers]
    return {operator for operator in operators if isinstance(operator, str)}


def _ask(
    source: Source,
    dialect: str,
    options: Options,
    architectures: Sequence[tuple[int, Architecture]],
    limits: TorchLimits,
) -> TorchAnswer:
    request = {
        "path": os.path.abspath(
            source.path
        ),  # the worker has a folder of its own, and a bundle is read beside the file
        "text": source.text,
        "folder": os.getcwd(),
        "dialect": dialect,
        "options": {**options._asdict(), "rules": None, "torch": None, "extension": None},
        "numbers": [number for number, _ in architectures],
        "seconds": limits.seconds,
        "memory": limits.memory,
    }
    start = architectures[0][1].graph.layers[0].places.at(Part.OPERATOR)
    try:
        answer = _exchange(request, limits)
    except _MissingError as error:
        return TorchAnswer((report("torch-missing", Place(source, 0, 1), {"reason": str(error)}),), ())
    except _NoAnswerError as error:
        return TorchAnswer((report("torch-unfinished", start, {"reason": str(error)}),), ())
    found = []
    notes: dict[str, list[str]] = {}
    for (_, architecture), verdict in zip(architectures, answer["verdicts"]):
        found.append((architecture.variant, [_finding(source, remark) for remark in verdict["remarks"]]))
        for note in verdict["notes"]:
            notes.setdefault(note, []).append(architecture.variant or "")
    word = architectures[0][1].variant_word
    told = tuple(_note(note, variants, len(found), word) for note, variants in notes.items())
    return TorchAnswer(_merged(found, word), told)


def _merged(found: list[tuple[str | None, list[Finding]]], word: str) -> tuple[Finding, ...]:
    """The findings of all networks; what holds for several variants is said once."""
    if any(variant is None for variant, _ in found):
        return tuple(finding for _, findings in found for finding in findings)
    from convlint.variants import merged_findings

    return tuple(merged_findings(found, word))


def _note(note: str, variants: list[str], count: int, word: str) -> str:
    return note if len(variants) == count else f"{note} ({word} {', '.join(variants)})"


def _finding(source: Source, remark: dict[str, Any]) -> Finding:
    related = tuple(Related(_place(source, offsets), text) for offsets, text in remark["uses"])
    place, layer = _place(source, remark["place"]), remark["layer"] or None
    return report(remark["rule"], place, remark["arguments"], layer=layer, related=related)


def _place(source: Source, offsets: Sequence[int]) -> Place:
    start, end, *origin = offsets
    return Place(source, start, end, _place(source, origin) if origin else None)


# --- the child process

_children: dict[tuple[int, int], subprocess.Popen[str]] = {}
"""The child that waits for questions of this process, by its limit of memory."""
_folders: list[TemporaryDirectory[str]] = []
"""The empty folder of each child, which goes when this process ends, or before with the child."""
_QUIET = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_VERBOSE": "false", "ULTRALYTICS_SAFE_LOAD": "true"}
"""What keeps a package from asking the network, installing, and evaluating texts."""


def _exchange(request: dict[str, object], limits: TorchLimits) -> dict[str, Any]:
    key = (os.getpid(), limits.memory)
    child = _children.get(key)
    if child is None or child.poll() is not None:
        child = _children[key] = _started(limits.memory)
    late = f"it did not finish within {limits.seconds:g} seconds (--torch-timeout)"
    answer = _line(child, json.dumps(request), limits.seconds, late)
    if "error" in answer:
        raise _NoAnswerError(answer["error"])
    return answer


def _started(memory: int) -> subprocess.Popen[str]:
    """A child that has imported torch; raises _MissingError.

    It works in an empty folder, where packages may write their settings.
    """
    folder = TemporaryDirectory(prefix="convlint-", ignore_cleanup_errors=True)
    _folders.append(folder)
    child = subprocess.Popen(
        command("convlint.torch_check.worker", str(memory), folder.name),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        cwd=folder.name,
        env={**os.environ, **_QUIET, "YOLO_CONFIG_DIR": folder.name, "MPLCONFIGDIR": folder.name},
    )
    ready = _line(child, "", START_SECONDS, f"torch could not be imported within {START_SECONDS:g} seconds")
    if not ready["ready"]:
        child.wait()
        raise _MissingError(ready["reason"])
    return child


def _line(child: subprocess.Popen[str], request: str, seconds: float, late: str) -> dict[str, object]:
    """The next answer of a child; raises _NoAnswerError, and the child is then no more."""
    assert child.stdin is not None and child.stdout is not None
    expired = threading.Event()

    def end() -> None:
        expired.set()
        child.kill()

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        if request:
            child.stdin.write(request + "\n")
            child.stdin.flush()
        line = child.stdout.readline()
    except OSError:
        line = ""
    finally:
        timer.cancel()
    if line.endswith("\n"):
        found: dict[str, Any] = json.loads(line)
        return found
    status = ended(child)  # waited for: one that is still ending would be asked about the next file
    raise _NoAnswerError(late if expired.is_set() else f"its process ended with status {status}")
