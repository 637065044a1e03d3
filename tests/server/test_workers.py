"""A huge text is worked on in a process of its own, which answers as the server does, and ends when nobody needs it."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from lsprotocol import types

from convlint.server import desks, workers
from convlint.server.actions import actions
from convlint.server.desks import Desk
from convlint.server.diagnostics import with_help, without_help
from convlint.server.documents import Held, SettingsError
from convlint.server.layers import hover, inlay_hints, symbols
from convlint.server.navigation import declaration_and_references, definitions, locations
from convlint.server.workers import Question, WorkerEndedError, Workers
from tests.server.editor import PATIENCE, ROOT, Editor, play

TEXT = (ROOT / "examples" / "unet_broken.yaml").read_text(encoding="utf-8")
HEAD = "convlint: 1\ninputs: {image: [3, 32, 32]}\nlayers:\n"
LAYER = "  - {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}\n"
HUGE_TEXT = (
    HEAD + LAYER * (desks.HUGE // len(LAYER)) + "  - {op: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}\n"
)
URI = "file:///net.yaml"

QUESTIONS = """
import os, time
from convlint.server.documents import Held, SettingsError

def read_settings():
    return held

def held(path):
    if path == "refused.yaml":
        raise SettingsError("no settings")
    return Held()

def process(analysis):
    return os.getpid()

def rules(analysis):
    return [finding.rule.name for finding in analysis.findings]

def never(analysis, begun):
    open(begun, "w").write(str(os.getpid()))
    while True:
        time.sleep(1)

def death(analysis):
    os._exit(5)
"""
"""What is asked in these tests, as a module that a process can import."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="asks the system for processes by their number")


@pytest.fixture
def questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "questions_for_workers.py").write_text(QUESTIONS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("questions_for_workers")
    del sys.modules["questions_for_workers"]


@pytest.fixture
def all_huge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "HUGE", 1)


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(coroutine, 2 * PATIENCE))


async def told(desk: Desk, question: Question[Any], text: str = TEXT) -> Any:
    answered = await desk.ask(text, "utf-16", question)
    assert answered is not None
    assert answered[0] == ""
    return answered[1]


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def until(holds: Callable[[], bool]) -> None:
    """Waits until something holds; the test is ended by its patience where it never does."""
    while not holds():
        await asyncio.sleep(0.01)


def test_answers_are_those_of_the_server(questions: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = types.Range(types.Position(0, 0), types.Position(999, 0))
    at = types.Position(TEXT[: TEXT.index("[up2, enc2]")].count("\n"), TEXT.splitlines()[0].count("") + 20)
    asked: list[Question[Any]] = [
        partial(without_help, uri=URI),
        partial(with_help, uri=URI),
        partial(actions, uri=URI, wanted=whole),
        partial(actions, uri=URI, wanted=whole, only=["source.fixAll"]),
        partial(hover, position=at),
        partial(inlay_hints, wanted=whole),
        symbols,
        partial(locations, uri=URI, position=at, find=definitions),
        partial(locations, uri=URI, position=at, find=declaration_and_references),
    ]

    async def answers() -> list[Any]:
        desk = Desk("net.yaml", Held(), Workers(questions.read_settings))
        found = [await told(desk, question) for question in asked]
        assert (await told(desk, questions.process) == os.getpid()) == (desks.HUGE > 1)
        desk.close()
        return found

    monkeypatch.setattr(desks, "SLOW", float("inf"))

    async def scenario() -> None:
        here = await answers()
        monkeypatch.setattr(desks, "HUGE", 1)
        assert await answers() == here

    run(scenario())


def test_no_process_is_started_for_what_people_write(questions: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "SLOW", float("inf"))

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a process")

    async def scenario() -> None:
        desk = Desk("net.yaml", Held(), Workers(questions.read_settings))
        assert await told(desk, questions.rules, HEAD + LAYER * 2_000) == []
        desk.close()

    monkeypatch.setattr(subprocess, "Popen", refused)
    run(scenario())


def test_a_text_that_took_long_is_asked_of_a_process_from_then_on(
    questions: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        desk = Desk("net.yaml", Held(), Workers(questions.read_settings))
        assert await told(desk, questions.process) == os.getpid()
        monkeypatch.setattr(desks, "SLOW", -1.0)
        assert await told(desk, questions.process, TEXT + " ") == os.getpid()
        process = await told(desk, questions.process, TEXT)
        assert process != os.getpid()
        monkeypatch.setattr(desks, "SLOW", float("inf"))
        assert await told(desk, questions.process) == process
        desk.close()

    monkeypatch.setattr(desks, "SLOW", float("inf"))
    run(scenario())


def test_a_text_that_grows_and_shrinks(questions: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        desk = Desk("net.yaml", Held(), Workers(questions.read_settings))
        assert await told(desk, questions.process) == os.getpid()
        process = await told(desk, questions.process, HUGE_TEXT)
        assert process != os.getpid()
        assert await told(desk, questions.rules, HUGE_TEXT) == ["channel-mismatch"]
        assert await told(desk, questions.process, HUGE_TEXT + " ") == process
        assert await told(desk, questions.rules) == ["non-integer-division", "skip-size-mismatch"]
        assert await told(desk, questions.process) == os.getpid()
        assert not is_there(process)
        desk.close()

    monkeypatch.setattr(desks, "SLOW", float("inf"))
    run(scenario())


@pytest.mark.usefixtures("all_huge")
def test_more_huge_files_than_processes(questions: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MOST_WORKERS", 2)

    async def scenario() -> None:
        shared = Workers(questions.read_settings)
        files = [Desk(f"{number}.yaml", Held(), shared) for number in range(5)]
        texts = [HEAD + LAYER.replace("8", str(8 + number)) for number in range(5)]
        for _ in range(2):
            found = await asyncio.gather(*(told(desk, symbols, text) for desk, text in zip(files, texts)))
            assert [(layer.detail or "").split(" → ")[1] for (layer,) in found] == [
                f"{8 + number}x32x32" for number in range(5)
            ]
        processes = {await told(desk, questions.process, text) for desk, text in zip(files, texts)}
        assert len(processes) == 2
        for desk in files:
            desk.close()
        assert not any(map(is_there, processes))

    run(scenario())


@pytest.mark.usefixtures("all_huge")
def test_what_is_closed_is_not_waited_for(
    questions: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a process in the middle of an answer, nor a file that waits for its turn."""
    monkeypatch.setattr(workers, "MOST_WORKERS", 1)
    begun = tmp_path / "begun"

    async def scenario() -> None:
        shared = Workers(questions.read_settings)
        busy, waiting, other = (Desk(name, Held(), shared) for name in ("busy.yaml", "waiting.yaml", "other.yaml"))
        first = asyncio.ensure_future(busy.ask(TEXT, "utf-16", partial(questions.never, begun=str(begun))))
        await until(lambda: begun.exists() and bool(begun.read_text(encoding="utf-8")))
        second = asyncio.ensure_future(waiting.ask(TEXT, "utf-16", questions.rules))
        await asyncio.sleep(0.1)
        waiting.close()
        assert await second is None
        assert not first.done()
        busy.close()
        assert await first is None
        assert not is_there(int(begun.read_text(encoding="utf-8")))
        assert await told(other, questions.rules) == ["non-integer-division", "skip-size-mismatch"]
        other.close()

    run(scenario())


@pytest.mark.usefixtures("all_huge")
def test_a_process_that_dies_is_replaced(questions: ModuleType) -> None:
    async def scenario() -> None:
        desk = Desk("net.yaml", Held(), Workers(questions.read_settings))
        with pytest.raises(WorkerEndedError, match="ended with status 5"):
            await desk.ask(TEXT, "utf-16", questions.death)
        process = await told(desk, questions.process)
        os.kill(process, signal.SIGKILL)
        while await told_or_died(desk, questions.process) in (process, None):
            pass
        desk.close()

    async def told_or_died(desk: Desk, question: Question[Any]) -> Any:
        try:
            return await told(desk, question)
        except WorkerEndedError:
            return None

    run(scenario())


@pytest.mark.usefixtures("all_huge")
@pytest.mark.parametrize(
    ("program", "said"),
    [("no-such-program", "could be started: No such file"), ("false", "could be started|ended with status 1")],
)
def test_a_process_that_cannot_be_started_is_told(
    program: str, said: str, questions: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        desk = Desk("net.yaml", Held(), Workers(questions.read_settings))
        with monkeypatch.context() as changed:
            changed.setattr(sys, "executable", program)
            for _ in range(2):
                with pytest.raises(WorkerEndedError, match=said):
                    await desk.ask(HEAD + LAYER * 5_000, "utf-16", questions.rules)
        assert await told(desk, questions.rules) == ["non-integer-division", "skip-size-mismatch"]
        desk.close()

    run(scenario())


@pytest.mark.usefixtures("all_huge")
def test_settings_that_cannot_be_read(questions: ModuleType) -> None:
    async def scenario() -> None:
        desk = Desk("refused.yaml", Held(), Workers(questions.read_settings))
        for _ in range(2):
            with pytest.raises(SettingsError, match="no settings"):
                await desk.ask(TEXT, "utf-16", questions.rules)
        desk.close()

    run(scenario())


def test_a_huge_file_in_an_editor(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        assert [item.code for item in await editor.checked("huge.yaml", HUGE_TEXT)] == ["channel-mismatch"]
        assert [item.code for item in await editor.checked("net.yaml", TEXT)]
        editor.change("huge.yaml", HUGE_TEXT.replace("in_channels: 4, ", ""))
        assert await editor.published() == []
        last = HUGE_TEXT.count("\n")
        assert (await editor.hints("huge.yaml"))[last] == "→ 8x30x30"
        (tmp_path / "convlint.toml").write_text('ignore = ["channel-mismatch"]\n', encoding="utf-8")
        editor.close("net.yaml")
        assert await editor.published() == []
        editor.texts["huge.yaml"] = HUGE_TEXT
        editor.change("huge.yaml", HUGE_TEXT)
        editor.say_changed("convlint.toml")
        assert await editor.published() == []

    play(tmp_path, scenario)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the children of a process")
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_processes_end_with_the_server(end: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        editor = Editor(tmp_path, "utf-16")
        await editor.start()
        assert await editor.checked("huge.yaml", HUGE_TEXT)
        (process,) = children(editor.process)
        if end == "kill":
            os.kill(editor.process, signal.SIGKILL)
        else:
            assert await editor.stop() == 0
        await until(lambda: not is_there(process))

    run(scenario())


def children(process: int) -> list[int]:
    """The processes that a process started."""
    return [
        int(number)
        for task in Path(f"/proc/{process}/task").iterdir()
        for number in (task / "children").read_text(encoding="ascii").split()
    ]
