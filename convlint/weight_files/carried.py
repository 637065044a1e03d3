"""The architecture that a weight file carries, written as the YAML file that it once was.

An Ultralytics model keeps the data of its file (`model.yaml`). Lines and columns are counted in what is written here: a
row a line, as such files are written by hand.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping

import yaml

from convlint.source.nodes import Source
from convlint.source.reader import SourceProblem
from convlint.weight_files.reading import read_opened, read_weights
from convlint.weight_files.tensors import WeightFile, WeightsError

_ROWS = ("backbone", "head")
_NOT_OF_THE_FILE = frozenset(("scale", "yaml_file"))
"""What the package adds when it reads a file: which scale it built, and the file's name."""
_CHANNELS = frozenset(("ch", "channels"))
_DEFAULT_CHANNELS = 3
_DEEPEST = 12
_LONGEST = 4_096
_MOST_VALUES = 100_000


def carried_text(path: str) -> Source | SourceProblem:
    """The YAML that a weight file carries, or why it has none."""
    return _text(path, read_weights)


def carried_text_in(path: str, data: bytes) -> Source | SourceProblem:
    """The YAML that the bytes of a weight file carry, or why they have none."""
    return _text(path, lambda path: read_opened(path, io.BytesIO(data), len(data)))


def _text(path: str, read: Callable[[str], WeightFile]) -> Source | SourceProblem:
    try:
        carried = read(path).carried
        if carried is not None:
            return Source(path, written(carried))
    except WeightsError as error:
        return SourceProblem("unreadable-file", str(error))
    return SourceProblem("unreadable-file", "holds weights, but no architecture: the YAML of their model is needed")


def written(carried: Mapping[str, object]) -> str:
    """The data as YAML, with the one scale that was built. Raises WeightsError where it is no data of a file."""
    return "".join(_Writer().lines(carried))


class _Writer:
    """Writes the data of a file; counts the values, which may refer to themselves."""

    def __init__(self) -> None:
        self._count = 0

    def lines(self, carried: Mapping[str, object]) -> Iterator[str]:
        """The text, key by key."""
        for key, value in carried.items():
            if key in _NOT_OF_THE_FILE or (key in _CHANNELS and value == _DEFAULT_CHANNELS):
                continue
            if key == "scales":
                value = _built(value, carried.get("scale"))
            if key in _ROWS and isinstance(value, (list, tuple)):
                yield f"{key}:\n"
                for row in value:
                    yield f"  - {self._flow(row)}\n"
            elif isinstance(key, str):
                yield f"{_scalar(key)}: {self._flow(value)}\n"

    def _flow(self, value: object) -> str:
        return (
            yaml.safe_dump(self._plain(value, 0), default_flow_style=True, width=10**9).split("\n...")[0].rstrip("\n")
        )

    def _plain(self, value: object, depth: int) -> object:
        """The value as lists, dictionaries and scalars alone; what else a pickle holds is no data of a file."""
        self._count += 1
        if depth > _DEEPEST or self._count > _MOST_VALUES:
            raise WeightsError("carries an architecture that is larger than any file's")
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, str):
            return value[:_LONGEST]
        if isinstance(value, (list, tuple)):
            return [self._plain(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {str(key): self._plain(item, depth + 1) for key, item in value.items()}
        raise WeightsError("carries an architecture with values that no file has")


def _built(scales: object, scale: object) -> object:
    """Of the scales, the one that was built; all where that is not known."""
    return {scale: scales[scale]} if isinstance(scales, dict) and isinstance(scale, str) and scale in scales else scales


def _scalar(text: str) -> str:
    return _on_one_line(text[:_LONGEST])


def _on_one_line(value: object) -> str:
    """The value in flow style; PyYAML puts a mark of the document's end behind a plain scalar."""
    return str(yaml.safe_dump(value, default_flow_style=True, width=10**9)).split("\n...")[0].rstrip("\n")
