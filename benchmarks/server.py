"""What a keystroke costs in an editor: `python benchmarks/server.py`, with the packages of `convlint[server]`.

10,000 keystrokes in a file of 500 layers: numbers, names, comments and whole new layers are typed and taken away again
at places all over the file, so that many versions are broken or wrong for a while. CPU time from the text to the
diagnostics that are published while one types, beside a whole check of the file that takes turns with it; and the
memory that is in use after a tenth of the keystrokes, and after all.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from speed import network

from convlint.checking import check_source
from convlint.collector import collect_seldom
from convlint.options import Options
from convlint.server.diagnostics import diagnostics
from convlint.server.documents import Held, OpenDocument
from convlint.source import Source

LAYERS = 500
KEYSTROKES = 10_000
MOST = 0.33
"""Of the CPU time of a whole check, what a keystroke may take at p95."""
MOST_GROWTH = 1.02
NEW_LAYER = "  - {op: BatchNorm2d, eps: 0.001}\n"


def typed(text: str) -> Iterator[str]:
    """The text after each keystroke, without end."""
    choose = random.Random(1)
    lines = text.splitlines(keepends=True)
    while True:
        place = choose.randrange(4, len(lines))
        for row in choose.choice((_numbers, _name, _comment, _layer))(lines[place]):
            yield "".join([*lines[:place], row, *lines[place + 1 :]])
        yield "".join(lines)


def _numbers(row: str) -> Iterator[str]:
    """A digit more in the first number behind a colon, and a zero in its place."""
    head, colon, rest = row.partition("_channels: ")
    yield f"{head}{colon}1{rest}" if colon else row
    yield f"{head}{colon}10{rest}" if colon else row


def _name(row: str) -> Iterator[str]:
    """Another name, letter by letter."""
    for length in range(1, 5):
        yield row.replace("name: ", "name: " + "stem"[:length], 1)


def _comment(row: str) -> Iterator[str]:
    """A comment behind the row, letter by letter."""
    for length in range(1, 13):
        yield row.rstrip("\n") + "  # as before"[:length] + "\n"


def _layer(row: str) -> Iterator[str]:
    """A layer behind the row, letter by letter: until its bracket closes, the text is no YAML."""
    for length in range(1, len(NEW_LAYER)):
        yield row + NEW_LAYER[:length] + "\n"


def memory() -> float:
    """MiB in use."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> int:
    """Measures everything; 0 when all bounds hold."""
    text = network(LAYERS)
    whole, quick = Source("network.yaml", text), Options(advice="none")
    document = OpenDocument("network.yaml", Held())
    document.analysis(text, "utf-16")
    collect_seldom()
    times: list[float] = []
    checks: list[float] = []
    early = 0.0
    for number, version in zip(range(KEYSTROKES), typed(text)):
        begin = time.thread_time()
        analysis = document.analysis(version, "utf-16")
        assert analysis is not None
        diagnostics(analysis.findings, analysis, "file:///network.yaml")
        times.append(time.thread_time() - begin)
        if number % 20 == 0:
            begin = time.thread_time()
            check_source(whole, quick)
            checks.append(time.thread_time() - begin)
        if number == KEYSTROKES // 10:
            early = memory()
    late = memory()
    times.sort()
    check = sorted(checks)[len(checks) // 2]
    for name, part in (("median", 0.5), ("p95", 0.95), ("p99", 0.99)):
        took = times[int(len(times) * part)]
        print(
            f"a keystroke, {name:8} {took * 1e3:6.2f} ms = {took / check:4.2f}x of a whole check ({check * 1e3:.2f} ms)"
        )
    ratio, growth = times[int(len(times) * 0.95)] / check, late / early
    print(f"p95 {ratio:.2f}x (at most {MOST:.2f}x) {'ok' if ratio <= MOST else 'TOO SLOW'}")
    verdict = "ok" if growth <= MOST_GROWTH else "TOO MUCH"
    print(f"memory {early:.1f} MiB, then {late:.1f} MiB = {growth:.3f}x (at most {MOST_GROWTH}x) {verdict}")
    return 0 if ratio <= MOST and growth <= MOST_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
