"""Fingerprints last as long as the mistake does; line hashes are those of GitHub's code scanning."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint.render.fingerprints import fingerprinted, line_hashes
from convlint.source.nodes import LineIndex, Source
from tests.render.findings import finding, place, result

GREETINGS = (
    "e9496ae3ebfced30:1 fb7c023a8b9ccb3f:1 ce8ba1a563dcdaca:1 e20e36e16fcb0cc8:1 b3edc88f2938467e:1 c8e28b0b4002a3a0:1 "
    "c129715d7a2bc9a3:1"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "c129715d7a2bc9a3:1"),
        (" a\nb\n  \t\tc\n d", "271789c17abda88f:1 54703d4cd895b18:1 180aee12dab6264:1 a23a3dc5e078b07b:1"),
        (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", GREETINGS),
        (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", GREETINGS),
        (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", GREETINGS),
        (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", GREETINGS),
        (
            "Lorem ipsum dolor sit amet.\n" * 10,
            "a7f2ff13bc495cf2:1 a7f2ff13bc495cf2:2 a7f2ff13bc495cf2:3 a7f2ff13bc495cf2:4 a7f2ff13bc495cf2:5 "
            "a7f2ff13bc495cf2:6 a7f2ff1481e87703:1 a9cf91f7bbf1862b:1 55ec222b86bcae53:1 cc97dc7b1d7d8f7b:1 "
            "c129715d7a2bc9a3:1",
        ),
    ],
)
def test_line_hashes_are_those_of_code_scanning(text: str, expected: str) -> None:
    """Values that GitHub's own action computes."""
    assert " ".join(line_hashes(text)) == expected


def rolling_hashes(text: str) -> list[str]:
    """The same hashes by the definition: a window that moves over the text unit by unit."""
    units = list(memoryview(text.encode("utf-16-le")).cast("H"))
    kept, after_return = [], False
    for unit in units:
        if unit in (0x20, 0x09) or (after_return and unit == 0x0A):
            after_return = False
            continue
        after_return = unit == 0x0D
        kept.append(0x0A if after_return else unit)
    kept.append(0xFFFF)
    hashes: list[str] = []
    counts: dict[int, int] = {}
    for start in range(len(kept)):
        if start == 0 or kept[start - 1] == 0x0A:
            value = 0
            for unit in [*kept[start : start + 100], *[0] * 100][:100]:
                value = (value * 37 + unit) % 2**64
            counts[value] = counts.get(value, 0) + 1
            hashes.append(f"{value:x}:{counts[value]}")
    return hashes


@given(st.text(alphabet=st.sampled_from("ab \t\r\n編\U0001f680"), max_size=300))
def test_line_hashes_follow_the_definition(text: str) -> None:
    assert list(line_hashes(text)) == rolling_hashes(text)


@given(st.text(max_size=100))
def test_every_line_has_a_hash(text: str) -> None:
    assert len(line_hashes(text)) == LineIndex(text).position(len(text))[0]


def prints(text: str, *marks: str, path: str = "a.yaml") -> list[str]:
    source = Source(path, text)
    found = result(*(finding(place(source, mark)) for mark in marks))
    return [fingerprint for _, fingerprint in fingerprinted([found])]


def test_a_fingerprint_survives_what_happens_elsewhere() -> None:
    (before,) = prints("a: 1\nb: 2\n", "b")
    assert prints("# new\n\na: 1\n  b:  2\nc: 3\n", "b") == [before]
    assert prints("a: 1\nb: 3\n", "b") != [before]


def test_fingerprints_are_unique_in_a_report() -> None:
    twice = prints("a: 1\nb: 2\n", "a", "a")
    assert len(set(twice)) == 2
    assert twice[:1] == prints("a: 1\nb: 2\n", "a")
    assert all(re.fullmatch(r"[0-9a-f]{64}", one) for one in twice)


def test_a_fingerprint_does_not_depend_on_how_the_file_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert prints("a: 1\n", "a", path=str(tmp_path / "a.yaml")) == prints("a: 1\n", "a", path="./a.yaml")
