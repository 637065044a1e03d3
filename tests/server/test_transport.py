"""A client that speaks oddly gets an answer all the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls")
ROOT = Path(__file__).parent.parent.parent
INITIALIZE: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}


def message(header: str, **content: Any) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **content}).encode()
    return header.replace("#", str(len(body))).encode() + b"\r\n\r\n" + body


def request(number: int, method: str, params: Any, header: str = "Content-Length: #") -> bytes:
    return message(header, id=number, method=method, params=params)


def answers(*messages: bytes) -> dict[int, Any]:
    """What the server answers to messages, by the numbers of the requests; it ends with its input."""
    run = subprocess.run(
        [sys.executable, "-m", "convlint", "server"],
        input=b"".join(messages) + message("Content-Length: #", method="exit"),
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    decoder, text, found = json.JSONDecoder(), run.stdout.decode(), {}
    while "{" in text:
        content, end = decoder.raw_decode(text, text.index("{"))
        text = text[end:]
        if content.get("id") is not None and "method" not in content:
            found[content["id"]] = content
    return found


@pytest.mark.parametrize(
    "header",
    [
        "content-length: #",
        "CONTENT-LENGTH:#",
        "Content-Length: -5",
        "Content-Length: abc",
        "X-Odd: 1\r\nContent-Length: #",
    ],
)
def test_an_odd_header_hides_no_request(header: str) -> None:
    odd = request(1, "textDocument/unknown", {}, header)
    found = answers(request(0, "initialize", INITIALIZE), odd, request(2, "shutdown", None))
    assert found.keys() >= {0, 2}


def test_wrong_parameters_are_answered_by_an_error() -> None:
    wrong = request(1, "textDocument/hover", {"textDocument": 3})
    found = answers(request(0, "initialize", INITIALIZE), wrong, request(2, "shutdown", None))
    assert found[1]["error"]["code"] == -32602
    assert 2 in found
