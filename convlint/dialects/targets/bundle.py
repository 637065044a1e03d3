"""Finds what stands beside a file of a MONAI bundle: its metadata, and the other files that use the same network."""

from __future__ import annotations

import os

from convlint.source.nodes import Document, Mapping, Source
from convlint.source.reader import parse, read
from convlint.typed import NamedTuple

FOLDER = "configs"
FILES = ("train", "multi_gpu_train", "evaluate", "inference")
"""The files of a bundle that use its network, those of training first."""
_METADATA = "metadata.json"
_ENDINGS = (".json", ".yaml", ".yml")


class Neighbour(NamedTuple):
    """Another file of a bundle: what it is for, its name, and what stands in it."""

    purpose: str
    name: str
    root: Mapping
    source: Source

    def is_after(self, purpose: str) -> bool:
        """Whether it is for something that comes after another: what is trained is evaluated, and then used."""
        return FILES.index(self.purpose) > FILES.index(purpose)


class Bundle(NamedTuple):
    """The folder of a file: what the file itself is for, the metadata, and the other files in their order."""

    purpose: str
    metadata: Neighbour | None
    files: tuple[Neighbour, ...]


def bundle_of(path: str) -> Bundle | None:
    """The bundle that a file belongs to; None for a file that stands for itself, and is read alone."""
    folder, name = os.path.split(path)
    stem, ending = os.path.splitext(name)
    if stem not in FILES or ending not in _ENDINGS or os.path.basename(os.path.abspath(folder)) != FOLDER:
        return None
    beside = [_named(folder, other) for other in FILES if other != stem]
    files = tuple([item for item in beside if item is not None])
    metadata = _read(folder, _METADATA, "metadata")
    return Bundle(stem, metadata, files) if metadata is not None or files else None


def _named(folder: str, purpose: str) -> Neighbour | None:
    found = (_read(folder, purpose + ending, purpose) for ending in _ENDINGS)
    return next((item for item in found if item is not None), None)


def _read(folder: str, name: str, purpose: str) -> Neighbour | None:
    """What a file holds; None where there is none, or where it cannot be read: that is said of the file itself."""
    path = os.path.join(folder, name)
    source = read(path) if os.path.isfile(path) else None
    if not isinstance(source, Source):
        return None
    documents: list[Document] = parse(source)[0]
    root = documents[0].root if documents else None
    return Neighbour(purpose, name, root, source) if isinstance(root, Mapping) else None
