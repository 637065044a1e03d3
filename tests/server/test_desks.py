"""Each open file is worked on by itself: one that takes long delays no other, and what is outdated is not done."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError

import pytest

from convlint.findings import FileResult
from convlint.server.desks import Desk
from convlint.server.documents import Analysis, Held
from convlint.server.workers import Workers
from convlint.source import Source
from convlint.versions import Versions

TEXT = "convlint: 1\ninputs: {image: [4, 8, 8]}\nlayers:\n  - {op: Conv2d, in_channels: 3, out_channels: 8}\n"
PATIENCE = 60.0


def rules(analysis: Analysis) -> list[str]:
    return [finding.rule.name for finding in analysis.findings]


def test_a_file_that_takes_long_delays_no_other_and_its_old_versions_are_skipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, may_end = threading.Event(), threading.Event()
    check, checked = Versions.check, list[str]()

    def slow(versions: Versions, source: Source) -> FileResult:
        checked.append(source.text)
        if source.path == "hostile.yaml":
            begun.set()
            assert may_end.wait(PATIENCE)
        return check(versions, source)

    async def scenario() -> None:
        shared = Workers(lambda: lambda path: Held())
        hostile, other = (Desk(path, Held(), shared) for path in ("hostile.yaml", "net.yaml"))
        first = asyncio.ensure_future(hostile.ask("a: 1\n", "utf-16", rules))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        outdated = asyncio.ensure_future(hostile.ask("a: 2\n", "utf-16", rules))
        latest = asyncio.ensure_future(hostile.ask("a: 3\n", "utf-16", rules))
        await asyncio.sleep(0)
        outdated.cancel()
        answered = await asyncio.wait_for(other.ask(TEXT, "utf-16", rules), PATIENCE)
        assert answered is not None
        assert answered[1]
        assert not first.done()
        may_end.set()
        await asyncio.gather(first, latest)
        with pytest.raises((asyncio.CancelledError, CancelledError)):
            await outdated
        hostile.close()
        other.close()

    monkeypatch.setattr(Versions, "check", slow)
    asyncio.run(scenario())
    assert checked == ["a: 1\n", TEXT, "a: 3\n"]
