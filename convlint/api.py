"""The functions of the public API: thin, typed, and without a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike, fspath

from convlint.checking import Options, check_source, describe_file, load_file
from convlint.checking import check_file as _check_file
from convlint.discovery import find_files
from convlint.facts import NetworkFacts
from convlint.findings import FileResult
from convlint.model import Architecture
from convlint.source.nodes import Source


def check_text(text: str, path: str = "<text>", options: Options = Options()) -> FileResult:
    """Checks one text; `path` is only the name that findings carry. Bad input gives findings, never an exception."""
    return check_source(Source(path, text), options, alone=True)


def check_file(path: str | PathLike[str], options: Options = Options()) -> FileResult:
    """Checks one file; one that is no architecture gives the finding `not-an-architecture`."""
    return _check_file(fspath(path), options, alone=True)


def check_paths(paths: Iterable[str | PathLike[str]], options: Options = Options()) -> tuple[FileResult, ...]:
    """Checks files and folders; in folders, YAML that is no architecture is skipped (`FileResult.skipped` says why)."""
    return tuple(_check_file(path, options) for path in find_files([fspath(path) for path in paths]))


def load(path: str | PathLike[str], options: Options = Options()) -> tuple[Architecture, ...]:
    """The networks of a file as graphs of layers, one a document and variant; empty for a file that holds none."""
    return load_file(fspath(path), options)


def describe(path: str | PathLike[str], options: Options = Options()) -> tuple[NetworkFacts, ...]:
    """The networks of a file, one a variant: each layer with its shapes, parameters, MACs and receptive field."""
    return describe_file(fspath(path), options)[0]
