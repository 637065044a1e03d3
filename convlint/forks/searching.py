"""Finds the file that builds the model files of a repository; tells that of a release that the vocabulary describes."""

from __future__ import annotations

import os
from functools import lru_cache

from convlint.limits import LARGEST_BUILDER, LARGEST_MODULE, MOST_MODULES
from convlint.typed import NamedTuple

FUNCTION = "parse_model"
_DEFINITION = f"def {FUNCTION}(".encode()
CANDIDATES = ("ultralytics/nn/tasks.py", "nn/tasks.py", "tasks.py", "models/yolo.py", "yolo.py")
"""Where a builder stands, from a folder above a model file."""
MOST_OTHERS = 4
_DEEPEST = 2
_MODULES = ("modules/block.py", "modules/conv.py", "modules/head.py", "modules/transformer.py", "modules/utils.py")
_RELEASES = frozenset(("e9b93eb4e7103660f2ff0062fd53419738c8ff2e51ea6d93e88555c449e09142",))
"""Digests of the builder and the modules of releases: ultralytics 8.4.190."""


class BuilderFile(NamedTuple):
    """The file of a repository's own builder, the folder of the repository, and whether settings name the file."""

    path: str
    top: str
    is_named: bool = False


def top_of(path: str) -> str | None:
    """The folder up to which a builder is looked for: that of the repository, else the working folder around it."""
    folder = os.path.dirname(os.path.abspath(path))
    while True:
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    working = os.getcwd()
    return working if os.path.abspath(path).startswith(working.rstrip(os.sep) + os.sep) else None


def find_builder(path: str, top: str) -> str | None:
    """The nearest file that holds a builder, from the folder of `path` up to the folder `top`."""
    folder = os.path.dirname(os.path.abspath(path))
    top = os.path.abspath(top)
    while True:
        for candidate in CANDIDATES:
            found = os.path.join(folder, *candidate.split("/"))
            if os.path.isfile(found) and _DEFINITION in _bytes_below(found, top):
                return found
        parent = os.path.dirname(folder)
        if folder == top or parent == folder:
            return None
        folder = parent


def other_builders(found: BuilderFile, path: str) -> list[str]:
    """The other files of a repository that hold a builder and may be the one that makes a model file.

    First those beside the one that was found, then those where builders stand in folders below that of the repository;
    none where settings name one. A model file in the package of its builder is made by nothing elsewhere,
    and a file of TensorFlow is no other builder: it converts networks that the first one makes.
    """
    if found.is_named:
        return []
    own = os.path.abspath(found.path)
    folder = os.path.dirname(own)
    beside = [os.path.join(folder, name) for name in _names_in(folder) if name.endswith(".py")]
    package = os.path.dirname(folder) if os.path.basename(folder) == "nn" else folder
    below = [] if os.path.abspath(path).startswith(package + os.sep) else _folders_below(found.top)
    elsewhere = [os.path.join(inner, *candidate.split("/")) for inner in below for candidate in CANDIDATES]
    files = [file for file in dict.fromkeys((*beside, *elsewhere)) if file != own and os.path.isfile(file)]
    return [file for file in files[:MOST_MODULES] if _is_other(_bytes_below(file, found.top))][:MOST_OTHERS]


@lru_cache(maxsize=8)
def _folders_below(top: str) -> list[str]:
    """A folder, those in it and those in these, but for hidden ones; listed once a process."""
    level, found = [os.path.abspath(top)], [os.path.abspath(top)]
    for _ in range(_DEEPEST):
        inner = [os.path.join(folder, name) for folder in level for name in _names_in(folder) if "." not in name]
        level = [folder for folder in inner[:MOST_MODULES] if os.path.isdir(folder)]
        found += level
    return found


def _names_in(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))[:MOST_MODULES]
    except OSError:
        return []


def _is_other(text: bytes) -> bool:
    return len(text) <= LARGEST_BUILDER and _DEFINITION in text and b"import tensorflow" not in text


def is_of_a_release(path: str, top: str) -> bool:
    """Whether a builder and the modules beside it are, to the letter, those of a release."""
    import hashlib

    folder = os.path.dirname(path)
    digest = hashlib.sha256()
    for file in (path, *[os.path.join(folder, *name.split("/")) for name in _MODULES]):
        digest.update(_bytes_below(file, top).replace(b"\r\n", b"\n"))
    return digest.hexdigest() in _RELEASES


def _bytes_below(path: str, top: str) -> bytes:
    """The bytes of a file below a folder, links followed; none where it lies elsewhere or cannot be read."""
    real, real_top = os.path.realpath(path), os.path.realpath(top)
    if not real.startswith(real_top.rstrip(os.sep) + os.sep) or not os.path.isfile(real):
        return b""
    try:
        with open(real, "rb") as file:
            return file.read(LARGEST_MODULE)
    except OSError:
        return b""
