"""Comments with their positions; YAML parsers throw them away, suppressions and test markers need them."""

from __future__ import annotations

import re
from bisect import bisect_right

from convlint.source.nodes import AnyNode, Document, Mapping, Scalar, Sequence
from convlint.typed import NamedTuple

_CANDIDATE = re.compile(r"(?:^|(?<=[ \t]))#", re.M)
_LINE = re.compile(r"[^\r\n]*")


class Comment(NamedTuple):
    """`text` without the `#` and the space around it; `start` and `end` are code-point offsets, `#` included."""

    text: str
    start: int
    end: int


def find_comments(text: str, documents: list[Document]) -> list[Comment]:
    """Every comment of a text whose documents are known: a `#` that stands in no scalar."""
    spans = sorted(opaque_spans(documents, text))
    starts = [start for start, _ in spans]
    comments: list[Comment] = []
    for match in _CANDIDATE.finditer(text):
        start = match.start()
        index = bisect_right(starts, start) - 1
        in_scalar = index >= 0 and spans[index][1] > start
        in_comment = bool(comments) and start < comments[-1].end
        if not in_scalar and not in_comment:
            line = _LINE.match(text, start)
            written = line.group().rstrip() if line is not None else "#"
            comments.append(Comment(written[1:].strip(), start, start + len(written)))
    return comments


def opaque_spans(documents: list[Document], text: str) -> set[tuple[int, int]]:
    """The stretches of a text in which `#` is no comment: its scalars."""
    spans: set[tuple[int, int]] = set()
    stack: list[AnyNode] = [document.root for document in documents if document.root is not None]
    while stack:
        node = stack.pop()
        if node.origin is not None:
            continue
        if isinstance(node, Scalar):
            spans.add((_content_start(node, text), node.end))
        elif isinstance(node, Sequence):
            stack.extend(node.items)
        elif isinstance(node, Mapping):
            for key, value in node.entries:
                stack.append(key)
                stack.append(value)
    return spans


def _content_start(node: Scalar, text: str) -> int:
    """Where text begins in which `#` is no comment: the header line of a block scalar may carry one."""
    if node.plain or text[node.start : node.start + 1] not in ("|", ">"):
        return node.start
    header_end = text.find("\n", node.start)
    return node.end if header_end < 0 else header_end + 1
