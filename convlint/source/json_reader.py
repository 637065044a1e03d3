"""JSON text to the same tree of nodes that YAML gives: numbers as JSON has them, the span of every key and value.

The grammar is that of RFC 8259; `NaN`, `Infinity` and `-Infinity`, which Python's `json` writes, are taken too.
"""

from __future__ import annotations

import re

from convlint.source.nodes import AnyNode, Document, Mapping, Scalar, Sequence, Source
from convlint.source.problems import Limits, SourceProblem, Stop
from convlint.typed import NoReturn

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?(?![\w.])")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.S)
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORD = re.compile(r"-?[A-Za-z]+")
_WORDS: dict[str, object] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")
_LONGEST_NUMBER = 400


def parse_json(source: Source, limits: Limits) -> tuple[list[Document], SourceProblem | None]:
    """The document of a JSON text, or why it cannot be parsed (`yaml-syntax`, `yaml-limit`); an empty one has none."""
    parser = _Parser(source.text, limits)
    try:
        root = parser.document()
    except Stop as stop:
        return [], stop.problem
    return ([] if root is None else [Document(source, root, (), tuple(parser.repeated), ())]), None


class _Parser:
    """Reads values one after the other; it calls itself once for each level of nesting, of which there are few."""

    def __init__(self, text: str, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self._at = 0
        self._count = 0
        self._depth = 0
        self.repeated: list[tuple[Scalar, Scalar]] = []

    def document(self) -> AnyNode | None:
        """The value that the text is."""
        if self._next() == "":
            return None
        root = self._value()
        if self._next() != "":
            self._refuse("nothing may follow the end of the value")
        return root

    def _next(self) -> str:
        """The next character that is no space, without going beyond it; empty at the end."""
        match = _SPACE.match(self._text, self._at)
        if match is not None:
            self._at = match.end()
        return self._text[self._at : self._at + 1]

    def _value(self) -> AnyNode:
        self._count += 1
        if self._count > self._limits.nodes:
            self._stop("yaml-limit", f"more than {self._limits.nodes:,} nodes")
        sign = self._next()
        if sign == "{":
            return self._nested(Mapping(True, self._at))
        if sign == "[":
            return self._nested(Sequence(True, self._at))
        return self._string() if sign == '"' else self._plain()

    def _nested(self, node: Sequence | Mapping) -> Sequence | Mapping:
        self._depth += 1
        if self._depth > self._limits.depth:
            self._stop("yaml-limit", f"nested more than {self._limits.depth} levels deep")
        self._at += 1
        closing = "}" if isinstance(node, Mapping) else "]"
        if self._next() != closing:
            self._items(node, closing)
        self._at += 1
        self._depth -= 1
        node.end = self._at
        return node

    def _items(self, node: Sequence | Mapping, closing: str) -> None:
        """The items of a list or the entries of an object, up to the closing bracket."""
        while True:
            if isinstance(node, Mapping):
                self._entry(node)
            else:
                node.items.append(self._value())
            sign = self._next()
            if sign == closing:
                return
            if sign != ",":
                self._refuse(f"a comma or '{closing}' is missing before this")
            self._at += 1
            if self._next() == closing:
                self._refuse(f"no comma may stand before '{closing}'")

    def _entry(self, node: Mapping) -> None:
        if self._next() != '"':
            self._refuse("a key in double quotes is expected here")
        key = self._string()
        if self._next() != ":":
            self._refuse("a colon is missing behind the key")
        self._at += 1
        value = self._value()
        node.entries.append((key, value))
        if key.value in node.pairs:
            self.repeated.append((node.pairs[key.value][0], key))
        node.pairs[key.value] = (key, value)

    def _string(self) -> Scalar:
        match = _STRING.match(self._text, self._at)
        if match is None:
            self._refuse("a quote is not closed in its line")
        written = match[0][1:-1]
        value = self._unescaped(written) if "\\" in written else written
        self._at = match.end()
        return Scalar(value, value, False, False, match.start(), match.end())

    def _unescaped(self, written: str) -> str:
        value = _ESCAPE.sub(self._character, written)
        joined = _SURROGATES.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), value)
        return _LONE.sub("\ufffd", joined)

    def _character(self, match: re.Match[str]) -> str:
        if match[1] is not None:
            return chr(int(match[1], 16))
        if match[2] not in _ESCAPES:
            self._at += 1 + match.start()
            self._refuse(f"JSON has no escape \\{match[2]}")
        return _ESCAPES[match[2]]

    def _plain(self) -> Scalar:
        """A number, or a word that stands for a value."""
        start = self._at
        number = _NUMBER.match(self._text, start)
        if number is not None and number.end() - start <= _LONGEST_NUMBER:
            is_integer = number[1] is None and number[2] is None
            self._at = number.end()
            return Scalar(int(number[0]) if is_integer else float(number[0]), number[0], True, False, start, self._at)
        word = _WORD.match(self._text, start)
        if word is None or word[0] not in _WORDS:
            self._refuse(self._instead_of_value(start, word[0] if word is not None else ""))
        self._at = word.end()
        return Scalar(_WORDS[word[0]], word[0], True, False, start, self._at)

    def _instead_of_value(self, at: int, word: str) -> str:
        """What is wrong where a value should stand."""
        sign = self._text[at : at + 1]
        if sign == "'":
            return "JSON writes texts in double quotes"
        if sign in ("/", "#"):
            return "JSON has no comments"
        if word.lower() in ("true", "false", "none", "null"):
            return f"JSON writes {'null' if word.lower() == 'none' else word.lower()}, not {word}"
        if word:
            return f"a text needs double quotes: {word}"
        return "a value is expected here" if sign else "the text ends before the value does"

    def _refuse(self, problem: str) -> NoReturn:
        self._stop("yaml-syntax", problem)

    def _stop(self, rule: str, problem: str) -> NoReturn:
        at = min(self._at, len(self._text))
        raise Stop(SourceProblem(rule, problem, at, min(at + 1, len(self._text))))
