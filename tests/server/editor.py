"""An editor for tests: a client that talks to a server process and remembers what it was told."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from convlint.server.positions import Positions

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0
"""Seconds within which a server must have said something."""


class Editor:
    """One client and its server, which works in a folder."""

    def __init__(self, folder: Path, encoding: str) -> None:
        self.folder = folder
        self.encoding = encoding
        self.texts: dict[str, str] = {}
        self.messages: list[str] = []
        self.registered: list[str] = []
        self._client = LanguageClient("editor", "1")
        self._published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self._versions: dict[str, int] = {}
        self._client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: self._published.put_nowait(params))
        self._client.feature(types.WINDOW_SHOW_MESSAGE)(lambda params: self.messages.append(params.message))
        self._client.feature(types.CLIENT_REGISTER_CAPABILITY)(
            lambda params: self.registered.extend(item.method for item in params.registrations)
        )

    async def start(self, *arguments: str) -> types.ServerCapabilities:
        """Starts the server; what it can do."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = (sys.executable, "-m", "convlint", "server", *arguments)
        await self._client.start_io(*command, cwd=self.folder, env=environment)
        watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        capabilities = types.ClientCapabilities(
            workspace=types.WorkspaceClientCapabilities(did_change_watched_files=watching),
            general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind(self.encoding)]),
        )
        answer = await self._client.initialize_async(
            types.InitializeParams(capabilities, root_uri=self.folder.as_uri())
        )
        self._client.initialized(types.InitializedParams())
        return answer.capabilities

    async def stop(self) -> int:
        """Ends the server as an editor does; its exit status."""
        await self._client.shutdown_async(None)
        self._client.exit(None)
        await self._client.stop()  # type: ignore[no-untyped-call]
        server = self._client._server
        assert server is not None
        return await server.wait()

    @property
    def process(self) -> int:
        """The number of the process of the server."""
        server = self._client._server
        assert server is not None
        return server.pid

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def _document(self, name: str) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.uri(name))

    def open(self, name: str, text: str) -> None:
        self.texts[name], self._versions[name] = text, 1
        item = types.TextDocumentItem(self.uri(name), "yaml", 1, text)
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, name: str, text: str) -> None:
        self.texts[name] = text
        self._versions[name] += 1
        version = types.VersionedTextDocumentIdentifier(self._versions[name], self.uri(name))
        change = types.TextDocumentContentChangeWholeDocument(text)
        self._client.text_document_did_change(types.DidChangeTextDocumentParams(version, [change]))

    def save(self, name: str) -> None:
        self._client.text_document_did_save(types.DidSaveTextDocumentParams(self._document(name)))

    def close(self, name: str) -> None:
        self._client.text_document_did_close(types.DidCloseTextDocumentParams(self._document(name)))

    def say_changed(self, name: str) -> None:
        event = types.FileEvent(self.uri(name), types.FileChangeType.Changed)
        self._client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))

    async def published(self) -> list[types.Diagnostic]:
        """What the server says next to be wrong with a file, which is called as the editor calls it."""
        said = await asyncio.wait_for(self._published.get(), PATIENCE)
        assert said.uri in map(self.uri, self.texts)
        return list(said.diagnostics)

    async def checked(self, name: str, text: str) -> list[types.Diagnostic]:
        """What is wrong with a text that is opened."""
        self.open(name, text)
        return await self.published()

    async def nothing_more(self) -> bool:
        """Whether the server says nothing for a while."""
        await asyncio.sleep(0.5)
        return self._published.empty()

    async def actions(self, name: str, where: types.Range, *only: str) -> list[types.CodeAction]:
        context = types.CodeActionContext([], only=list(only) or None)
        params = types.CodeActionParams(self._document(name), where, context)
        return [
            item
            for item in await self._client.text_document_code_action_async(params) or ()
            if isinstance(item, types.CodeAction)
        ]

    async def hints(self, name: str) -> dict[int, str]:
        """The inlay hints by the number of their line, counted from 1."""
        whole = types.Range(types.Position(0, 0), types.Position(self.texts[name].count("\n") + 1, 0))
        params = types.InlayHintParams(self._document(name), whole)
        found = await self._client.text_document_inlay_hint_async(params)
        return {hint.position.line + 1: str(hint.label) for hint in found or ()}

    async def hover(self, name: str, words: str) -> str:
        """What is shown with the pointer at the beginning of some words of a text."""
        found = await self._client.text_document_hover_async(
            types.HoverParams(self._document(name), self.position(name, words))
        )
        return found.contents.value if found is not None and isinstance(found.contents, types.MarkupContent) else ""

    async def outline(self, name: str) -> list[tuple[str, str | None]]:
        params = types.DocumentSymbolParams(self._document(name))
        found = await self._client.text_document_document_symbol_async(params)
        return [(item.name, item.detail) for item in found or () if isinstance(item, types.DocumentSymbol)]

    async def definition(self, name: str, words: str) -> list[str]:
        params = types.DefinitionParams(self._document(name), self.position(name, words))
        found = await self._client.text_document_definition_async(params)
        return self._lines(name, found if isinstance(found, (list, tuple)) else [])

    async def references(self, name: str, words: str, with_layer: bool) -> list[str]:
        context = types.ReferenceContext(include_declaration=with_layer)
        params = types.ReferenceParams(context, self._document(name), self.position(name, words))
        return self._lines(name, await self._client.text_document_references_async(params) or [])

    def _lines(self, name: str, locations: Any) -> list[str]:
        """`line: text` of each location."""
        return [f"{item.range.start.line + 1}: {self.text_at(name, item.range)}" for item in locations]

    def position(self, name: str, words: str) -> types.Position:
        return Positions(self.texts[name], self.encoding).at(self.texts[name].index(words))

    def text_at(self, name: str, where: types.Range) -> str:
        """The text in a range."""
        positions = Positions(self.texts[name], self.encoding)
        return self.texts[name][positions.offset(where.start) : positions.offset(where.end)]

    def applied(self, name: str, action: types.CodeAction) -> str:
        """The text after an action."""
        assert action.edit is not None and action.edit.changes is not None
        positions, text = Positions(self.texts[name], self.encoding), self.texts[name]
        edits = action.edit.changes[self.uri(name)]
        for edit in sorted(edits, key=lambda edit: positions.offset(edit.range.start), reverse=True):
            text = text[: positions.offset(edit.range.start)] + edit.new_text + text[positions.offset(edit.range.end) :]
        return text


Scenario = Callable[[Editor], Awaitable[None]]


def play(folder: Path, scenario: Scenario, *arguments: str, encoding: str = "utf-16") -> None:
    """Plays a scenario with a server that is started for it, and ended after it."""

    async def whole() -> None:
        editor = Editor(folder, encoding)
        await editor.start(*arguments)
        await scenario(editor)
        assert await editor.stop() == 0

    _run(whole())


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(coroutine, 2 * PATIENCE))
