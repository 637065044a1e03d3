"""The text of a file of operators or rules, with the line of each key."""

from __future__ import annotations

import os
from collections.abc import Iterator

from convlint.catalogue.data_checks import within
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.source.nodes import AnyNode, LineIndex, Mapping, Sequence, Source, plain_data
from convlint.source.reader import SourceProblem, parse, read
from convlint.typed import Any, NamedTuple

_RULE = "---\n"


class RuleText(NamedTuple):
    """The data of a file, the line of each key (`Conv2d.params.stride`), and the text below the front matter."""

    path: str
    data: Any
    lines: dict[str, int]
    page: str = ""

    def error(self, key: str, problem: str) -> RuleFileError:
        """What is wrong at a key, or at the key around it that stands in the file."""
        near = key
        while near and near not in self.lines:
            near = near.rpartition(".")[0]
        return RuleFileError(problem, self.path, self.lines.get(near, 1), key)


def read_operator_text(path: str) -> RuleText:
    """An operator file; raises RuleFileError where it cannot be read."""
    return _parsed(_source(path), "")


def read_page_text(path: str) -> RuleText:
    """A rule page; raises RuleFileError where it cannot be read or has no front matter."""
    source = _source(path)
    parts = source.text.replace("\r\n", "\n").split(_RULE, 2)
    if len(parts) != 3 or parts[0]:
        raise RuleFileError("the page does not begin with front matter between two lines ---", source.path, 1)
    text = _parsed(Source(source.path, "\n" + parts[1]), parts[2])
    if isinstance(text.data, dict) and True in text.data:  # YAML 1.1 reads the key `on` as true
        data = {"on" if key is True else key: value for key, value in text.data.items()}
        return text._replace(data=data, lines={**text.lines, "on": text.lines.get("True", 1)})
    return text


def _source(path: str) -> Source:
    try:
        shown = os.path.relpath(path)
    except ValueError:  # another drive
        shown = path
    source = read(path)
    if isinstance(source, SourceProblem):
        raise RuleFileError(f"cannot be read: {source.message}", shown)
    return Source(shown, source.text)


def _parsed(source: Source, page: str) -> RuleText:
    documents, problem = parse(source)
    index = LineIndex(source.text)
    if problem is not None:
        raise RuleFileError(f"is not valid YAML: {problem.message}", source.path, index.position(problem.start)[0])
    if len(documents) != 1 or documents[0].root is None:
        raise RuleFileError("holds no data" if not documents else "holds more than one document", source.path, 1)
    (document,) = documents
    lines = {key: index.position(start)[0] for key, start in _keys(document.root, "")}
    text = RuleText(source.path, plain_data(document.root), lines, page)
    for _, second in document.repeated_keys:
        line = index.position(second.start)[0]
        raise RuleFileError(f"the key '{second.value}' stands here twice", source.path, line)
    if isinstance(text.data, dict):
        for key in text.data:
            if not isinstance(key, str) and key is not True:
                raise text.error(str(key), f"the key {key} is no text")
    return text


def _keys(node: AnyNode | None, key: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, Mapping):
        for name, (key_node, value) in node.pairs.items():
            inner = within(key, str(name))
            yield inner, key_node.start
            yield from _keys(value, inner)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _keys(item, key)
