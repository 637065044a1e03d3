"""What pygls leaves unanswered of messages that are not as the protocol wants them: odd headers, wrong parameters."""

from __future__ import annotations

import re

from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from convlint.typed import Any, BinaryIO

_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,12})[ \t]*\r?\n\Z", re.I)


class Input:
    """Bytes of a client, each header that gives the length of a message as pygls knows it.

    Names of headers are read in any case, and one is found behind the rest of a message whose length was not told.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readline(self) -> bytes:
        """The next line."""
        line = self._stream.readline()
        length = _LENGTH.search(line)
        return line if length is None else b"Content-Length: " + length[1] + b"\r\n"

    def read(self, size: int) -> bytes:
        """The next `size` bytes."""
        return self._stream.read(size)


class Protocol(LanguageServerProtocol):
    """The protocol of pygls, which answers a request with wrong parameters by an error."""

    def structure_message(self, data: dict[str, Any]) -> object:
        """The message that a JSON object is; raises JsonRpcException."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and isinstance(data.get("id"), (int, str)):
                self._send_response(data["id"], None, error.to_response_error())
            raise
