"""Speaks the Language Server Protocol on standard input and output, by pygls."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress
from functools import partial
from typing import cast
from urllib.parse import unquote

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from convlint._version import __version__
from convlint.server.actions import KINDS, actions
from convlint.server.desks import Desk
from convlint.server.diagnostics import with_help, without_help
from convlint.server.documents import Answer, SettingsError
from convlint.server.layers import hover, inlay_hints, symbols
from convlint.server.navigation import declaration_and_references, definitions, locations, references
from convlint.server.transport import Input, Protocol
from convlint.server.workers import MakeFind, Question, WorkerEndedError, Workers
from convlint.typed import Any, BinaryIO

PAUSE = 0.1
"""Seconds without a further change after which a text is checked."""
REST = 0.4
"""Seconds after that without a change after which it is worked out what helps."""
_WATCHED = ("**/{convlint,.convlint,pyproject}.toml", "**/*.py")
"""Settings, and the source of builders and of the modules that they name."""


class Server(LanguageServer):
    """The server, and the texts that are open in its client."""

    def __init__(self, read_settings: MakeFind) -> None:
        full = types.TextDocumentSyncKind.Full
        super().__init__("convlint", __version__, text_document_sync_kind=full, protocol_cls=Protocol)
        self._read_settings = read_settings
        self._find = read_settings()
        self._workers = Workers(read_settings)
        self._desks: dict[str, Desk] = {}
        self._publishing: dict[str, asyncio.Task[object]] = {}
        self._said = ""

    async def ask(self, uri: str, question: Question[Answer], otherwise: Answer) -> Answer:
        """What is asked of an open file; `otherwise` where there is nothing to say of it."""
        text = self._text(uri)
        if text is None:
            return otherwise
        try:
            encoding = self.workspace.position_encoding or "utf-16"
            answered = await self._desk(uri).ask(text, encoding, question)
        except SettingsError as error:
            self._say(f"convlint: {error}")
            return otherwise
        except WorkerEndedError as error:
            self._say(f"convlint could not check {_path(uri)}: {error}")
            return otherwise
        if answered is None:
            return otherwise
        failure, answer = answered
        if failure:
            self._say(f"convlint could not check {_path(uri)}: {failure}")
        return answer

    def publish(self, uri: str) -> None:
        """Publishes what is wrong with an open file, and what helps."""
        self._begin(uri, self._published(uri, partial(with_help, uri=uri)))

    def publish_later(self, uri: str) -> None:
        """Publishes what is wrong with a text when it has not changed for a moment, and later what helps."""
        self._begin(uri, self._published_later(uri))

    def close(self, uri: str) -> None:
        """Takes back what was said of a file."""
        self._end(uri)
        desk = self._desks.pop(uri, None)
        if desk is not None:
            desk.close()
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def begin_anew(self) -> None:
        """Reads the settings anew, and publishes what holds now of all open files."""
        self._find = self._read_settings()
        self.end_work()
        self._said = ""
        for document in list(self.workspace.text_documents.values()):
            self.publish(document.uri)

    def end_work(self) -> None:
        """Ends what is done for all files."""
        for desk in self._desks.values():
            desk.close()
        self._desks.clear()

    async def _published_later(self, uri: str) -> None:
        await asyncio.sleep(PAUSE)
        if await self._published(uri, partial(without_help, uri=uri)):
            await asyncio.sleep(REST)
            await self._published(uri, partial(with_help, uri=uri))

    async def _published(self, uri: str, question: Question[list[types.Diagnostic]]) -> bool:
        """Publishes findings of an open file, if its text is still the same then; whether there are any."""
        text = self._text(uri)
        none: list[types.Diagnostic] = []
        items = await self.ask(uri, question, none)
        if text == self._text(uri):
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, items))
        return bool(items)

    def _begin(self, uri: str, publishing: Coroutine[Any, Any, object]) -> None:
        self._end(uri)
        self._publishing[uri] = asyncio.get_running_loop().create_task(publishing)

    def _end(self, uri: str) -> None:
        """Ends what is not published yet."""
        task = self._publishing.pop(uri, None)
        if task is not None:
            task.cancel()

    def _text(self, uri: str) -> str | None:
        """The text of an open file; None for one that is not open."""
        if self.workspace.text_documents.keys().isdisjoint((uri, unquote(uri))):  # pygls keeps them unquoted
            return None
        return self.workspace.get_text_document(uri).source

    def _desk(self, uri: str) -> Desk:
        """The desk of an open file; raises SettingsError."""
        if uri not in self._desks:
            path = _path(uri)
            self._desks[uri] = Desk(path, self._find(path), self._workers)
        return self._desks[uri]

    def _say(self, text: str) -> None:
        """Shows a message, unless it was the last one."""
        if text != self._said:
            self._said = text
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, text))


def serve(read_settings: MakeFind) -> None:
    """Answers on standard input and output until the client ends it."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything else prints must not mix with the answers
    server = make_server(read_settings)
    try:
        server.start_io(cast(BinaryIO, Input(sys.stdin.buffer)), answers)
    finally:
        server.end_work()


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


async def _code_actions(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    uri = params.text_document.uri
    return await server.ask(uri, partial(actions, uri=uri, wanted=params.range, only=params.context.only), [])


async def _hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    return await server.ask(params.text_document.uri, partial(hover, position=params.position), None)


async def _inlay_hints(server: Server, params: types.InlayHintParams) -> list[types.InlayHint]:
    return await server.ask(params.text_document.uri, partial(inlay_hints, wanted=params.range), [])


async def _symbols(server: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    return await server.ask(params.text_document.uri, symbols, [])


async def _definition(server: Server, params: types.DefinitionParams) -> list[types.Location]:
    uri = params.text_document.uri
    return await server.ask(uri, partial(locations, uri=uri, position=params.position, find=definitions), [])


async def _references(server: Server, params: types.ReferenceParams) -> list[types.Location]:
    uri = params.text_document.uri
    find = declaration_and_references if params.context.include_declaration else references
    return await server.ask(uri, partial(locations, uri=uri, position=params.position, find=find), [])


def _path(uri: str) -> str:
    """The path of a file; a text that is in no file is looked at as if it were in the working folder."""
    return uris.to_fs_path(uri) or uri
