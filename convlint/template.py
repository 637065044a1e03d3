"""One text that is parsed once and checked for many values of its constants, as a search for architectures does."""

from __future__ import annotations

from convlint.checking import check_parsed
from convlint.findings import FileResult
from convlint.options import Options
from convlint.source.nodes import Document, Mapping, Memory, Source
from convlint.source.reader import parse
from convlint.typed import Any
from convlint.versions import Past, check_quickly

_LEAST_KEPT = 20_000
"""Steps of operators that are kept for further values."""


class Template:
    """A native file whose `constants` are varied: `Template(text).check(width=32, depth=3)`.

    The findings are those of `check_text` for the text with these values. Without advice they have no `help` and no
    `fix`, and what does not depend on a constant is read once, and computed once for the same inputs.
    """

    def __init__(self, text: str, path: str = "<text>", options: Options = Options(), *, advice: bool = True) -> None:
        self._source = Source(path, text.lstrip("\ufeff"))
        documents, problem = parse(self._source)
        self._parsed = [document._replace(memory=Memory(self._source)) for document in documents], problem
        self._options = options if advice else options._replace(advice="none")
        self._constants = frozenset(name for document in documents for name in _constants(document))
        self._past = Past(_LEAST_KEPT)

    @property
    def constants(self) -> frozenset[str]:
        """The names of the constants that can be given a value."""
        return self._constants

    def check(self, **constants: Any) -> FileResult:
        """What is wrong with the network for these values; raises ValueError for a name that is no constant of it."""
        unknown = [name for name in constants if name not in self._constants]
        if unknown:
            raise ValueError(
                f"no constant is called {', '.join(unknown)}; there are {', '.join(sorted(self._constants))}"
            )
        options = self._options._replace(constants=tuple(constants.items()))
        if options.advice != "none":
            return check_parsed(self._source, self._parsed, options)
        return check_quickly(self._source, self._parsed, options, self._past)[0]


def _constants(document: Document) -> list[str]:
    root = document.root
    node = root.get("constants") if isinstance(root, Mapping) else None
    return [str(name) for name in node.pairs] if isinstance(node, Mapping) else []
