"""Speaks the Language Server Protocol on standard input and output, by pygls."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import cast
from urllib.parse import unquote

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from convlint._version import __version__
from convlint.findings import Place
from convlint.server.actions import KINDS, actions
from convlint.server.diagnostics import diagnostics
from convlint.server.documents import Analysis, Documents, FindHeld, SettingsError
from convlint.server.layers import hover, inlay_hints, symbols
from convlint.server.navigation import definitions, references
from convlint.server.transport import Input, Protocol
from convlint.typed import BinaryIO

PAUSE = 0.1
"""Seconds without a further change after which a text is checked."""
_WATCHED = ("**/{convlint,.convlint,pyproject}.toml", "**/*.py")
"""Settings, and the source of builders and of the modules that they name."""

MakeFind = Callable[[], FindHeld]
"""Reads the settings anew."""


class Server(LanguageServer):
    """The server, and the texts that are open in its client."""

    def __init__(self, read_settings: MakeFind) -> None:
        full = types.TextDocumentSyncKind.Full
        super().__init__("convlint", __version__, text_document_sync_kind=full, protocol_cls=Protocol)
        self._read_settings = read_settings
        self._documents = Documents(read_settings())
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._said = ""

    def analysis(self, uri: str) -> Analysis | None:
        """What is known of an open file; None where there is nothing to say of it."""
        if self.workspace.text_documents.keys().isdisjoint((uri, unquote(uri))):  # pygls keeps them unquoted
            return None
        text, path = self.workspace.get_text_document(uri).source, _path(uri)
        try:
            found = self._documents.analysis(path, text, self.workspace.position_encoding or "utf-16")
        except SettingsError as error:
            self._say(f"convlint: {error}")
            return None
        if found is not None and found.result.failure:
            self._say(f"convlint could not check {path}: {found.result.failure}")
        return found

    def publish_later(self, uri: str) -> None:
        """Publishes what is wrong with a text when it has not changed for a moment."""
        self._forget_timer(uri)
        self._waiting[uri] = asyncio.get_running_loop().call_later(PAUSE, self.publish, uri)

    def publish(self, uri: str) -> None:
        """Publishes what is wrong with an open file."""
        self._forget_timer(uri)
        found = self.analysis(uri)
        items = [] if found is None else diagnostics(found, uri)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, items))

    def close(self, uri: str) -> None:
        """Takes back what was said of a file."""
        self._forget_timer(uri)
        self._documents.forget(_path(uri))
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def begin_anew(self) -> None:
        """Reads the settings anew, and publishes what holds now of all open files."""
        self._documents.begin_anew(self._read_settings())
        self._said = ""
        for document in list(self.workspace.text_documents.values()):
            self.publish(document.uri)

    def _forget_timer(self, uri: str) -> None:
        timer = self._waiting.pop(uri, None)
        if timer is not None:
            timer.cancel()

    def _say(self, text: str) -> None:
        """Shows a message, unless it was the last one."""
        if text != self._said:
            self._said = text
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, text))


def serve(read_settings: MakeFind) -> None:
    """Answers on standard input and output until the client ends it."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything else prints must not mix with the answers
    make_server(read_settings).start_io(cast(BinaryIO, Input(sys.stdin.buffer)), answers)


def make_server(read_settings: MakeFind) -> Server:
    """A server that knows its features, and is not started."""
    server = Server(read_settings)
    server.feature(types.INITIALIZED)(_ask_for_changes)
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(_opened)
    server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(_changed)
    server.feature(types.TEXT_DOCUMENT_DID_SAVE)(_saved)
    server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(_closed)
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(_files_changed)
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(KINDS))(_code_actions)
    server.feature(types.TEXT_DOCUMENT_HOVER)(_hover)
    server.feature(types.TEXT_DOCUMENT_INLAY_HINT)(_inlay_hints)
    server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)(_symbols)
    server.feature(types.TEXT_DOCUMENT_DEFINITION)(_definition)
    server.feature(types.TEXT_DOCUMENT_REFERENCES)(_references)
    return server


async def _ask_for_changes(server: Server, params: types.InitializedParams) -> None:
    """Asks a client that can to say when settings or Python files change."""
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace is not None else None
    if watching is None or not watching.dynamic_registration:
        return
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(glob) for glob in _WATCHED])
    registration = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    with suppress(JsonRpcException):
        await server.client_register_capability_async(types.RegistrationParams([registration]))


def _opened(server: Server, params: types.DidOpenTextDocumentParams) -> None:
    server.publish(params.text_document.uri)


def _changed(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    server.publish_later(params.text_document.uri)


def _saved(server: Server, params: types.DidSaveTextDocumentParams) -> None:
    """What was saved may be settings, or an operator or a rule that they name."""
    server.begin_anew()


def _closed(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    server.close(params.text_document.uri)


def _files_changed(server: Server, params: types.DidChangeWatchedFilesParams) -> None:
    server.begin_anew()


def _code_actions(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    uri = params.text_document.uri
    found = server.analysis(uri)
    return [] if found is None else list(actions(found, uri, params.range, params.context.only))


def _hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    found = server.analysis(params.text_document.uri)
    return None if found is None else hover(found, params.position)


def _inlay_hints(server: Server, params: types.InlayHintParams) -> list[types.InlayHint]:
    found = server.analysis(params.text_document.uri)
    return [] if found is None else list(inlay_hints(found, params.range))


def _symbols(server: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    found = server.analysis(params.text_document.uri)
    return [] if found is None else symbols(found)


def _definition(server: Server, params: types.DefinitionParams) -> list[types.Location]:
    uri = params.text_document.uri
    found = server.analysis(uri)
    if found is None:
        return []
    return _locations(found, uri, definitions(found, found.positions.offset(params.position)))


def _references(server: Server, params: types.ReferenceParams) -> list[types.Location]:
    uri = params.text_document.uri
    found = server.analysis(uri)
    if found is None:
        return []
    offset = found.positions.offset(params.position)
    return _locations(found, uri, references(found, offset, params.context.include_declaration))


def _locations(analysis: Analysis, uri: str, places: Iterable[Place]) -> list[types.Location]:
    return [types.Location(uri, analysis.positions.of(place)) for place in places]


def _path(uri: str) -> str:
    """The path of a file; a text that is in no file is looked at as if it were in the working folder."""
    return uris.to_fs_path(uri) or uri
