"""The bodies of operators (`layers`, `order`, `returns`, `state`): how they are read, and the functions made of them.

A body becomes one Python function `body(b, P, I)` of a builder, the parameter values and the input shapes: it calls the
builder (`convlint.engine.assembly.Builder`) once for each layer, group and tensor. What an expression may be is the
rules language; names and references are texts in which `{expression}` is filled in.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from convlint.catalogue import language
from convlint.catalogue.data_checks import Data
from convlint.catalogue.functions import Statements
from convlint.catalogue.known import Known
from convlint.catalogue.language import Code, ExpressionError, Kind
from convlint.catalogue.operators import BodyEntry, Declaration, DeclarationError, DeclaredBody
from convlint.typed import Any

PARAMETER, BUFFER = "Parameter", "Buffer"
TENSORS = (PARAMETER, BUFFER)
KEYS = ("name", "op", "from", "when", "else", "each", "as", "layers", "inline", "call", "also", "unused", "shared")
"""The keys of an entry of `layers`; every other key is a parameter of its operator, `shape` that of a tensor."""
FIELD = re.compile(r"\{([^{}]*)\}")
_EACH = re.compile(r"([A-Za-z][A-Za-z0-9_]*) in (.+)", re.DOTALL)
_OUTPUT_NAMES = ("y", "K", "O", "M")

BodyScope = Callable[[str], str | None]
"""The full name of the operator that a body of some file means by a name; None where there is none."""


# --- reading


def with_body(declaration: Declaration, data: Data) -> Declaration:
    """A declaration with the body in its data, if there is one; raises DeclarationError."""
    if "layers" not in data and "state" not in data:
        return declaration
    entries = (*_state(data.get("state") or {}), *(_entry(item) for item in data.get("layers") or ()))
    returns = tuple(_references(data["returns"])) if "returns" in data else None
    body = DeclaredBody(entries, tuple(data.get("order") or ()), returns, "layers" in data)
    return declaration._replace(body=body, is_open="output" not in data and "outputs" not in data)


def _state(state: Any) -> Iterator[BodyEntry]:
    """The tensors of `state`: a table from names to shapes, or a list of such tables, loops among them."""
    for table in state if isinstance(state, list) else [state]:
        if "each" in table:
            yield BodyEntry(each=_each(table), entries=tuple(_state(table["state"])), when=_text(table.get("when")))
            continue
        for name, value in table.items():
            facts = value if isinstance(value, dict) else {"shape": value}
            kind = BUFFER if facts.get("buffer") else PARAMETER
            yield BodyEntry(name=name, operator=kind, shape=_expression(facts["shape"]), when=_text(facts.get("when")))


def _entry(data: Data) -> BodyEntry:
    is_tensor = data.get("op") in TENSORS
    keys = (*KEYS, "shape") if is_tensor else tuple(key for key in KEYS if key != "name" or "inline" not in data)
    return BodyEntry(
        name=None if "inline" in data else _text(data.get("name")),
        operator=_text(data.get("op")),
        sources=tuple(_references(data["from"])) if "from" in data else None,
        when=_text(data.get("when")),
        otherwise=data.get("else", ""),
        each=_each(data),
        series=data.get("as", ""),
        entries=tuple(_entry(item) for item in data["layers"]) if "layers" in data else None,
        inline=data.get("inline", ""),
        call=_text(data.get("call")),
        also=_text(data.get("also")),
        is_unused=data.get("unused", False),
        is_shared=data.get("shared", False),
        shape=_expression(data["shape"]) if is_tensor and "shape" in data else None,
        parameters=tuple((key, _expression(value)) for key, value in data.items() if key not in keys),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _references(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _expression(value: object) -> str:
    return f"[{', '.join(_expression(item) for item in value)}]" if isinstance(value, list) else str(value)


def _each(data: Mapping[str, object]) -> tuple[str, str] | None:
    if "each" not in data:
        return None
    match = _EACH.fullmatch(str(data["each"]))
    if match is None:
        raise DeclarationError(f"each: '{data['each']}' is not of the form 'i in range(n)'", "each")
    return match[1], match[2]


# --- what bodies and their checks share


def all_entries(entries: Iterable[BodyEntry]) -> Iterator[BodyEntry]:
    """Entries, and those of their groups."""
    for entry in entries:
        yield entry
        yield from all_entries(entry.entries or ())


def wrong_entry(declaration: Declaration, entry: BodyEntry, problem: str) -> DeclarationError:
    """What is wrong with an entry."""
    at = entry.name or entry.operator or entry.inline or entry.call
    return DeclarationError(f"{declaration.name}: layers: {at}: {problem}", "layers", f"{at}: {problem}")


def texts_in(template: str) -> Iterator[str]:
    """The texts in the expressions of a template."""
    for expression in FIELD.findall(template):
        for node in ast.walk(language.parse_expression(expression)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


# --- the function of a body


def body_source(declaration: Declaration, scope: BodyScope, name: str) -> str:
    """Source of the function of a body; raises DeclarationError for what cannot be computed or means nothing."""
    assert declaration.body is not None
    writer = _Writer(declaration, scope)
    writer.write(declaration.body)
    return f"def {name}(b, P, I):\n" + "".join(f"    {line}\n" for line in (*writer.statements.lines, *writer.lines))


class _Writer:
    """Writes the calls of a builder that make a body; names are defined above all of them."""

    def __init__(self, declaration: Declaration, scope: BodyScope) -> None:
        self.statements = Statements(declaration, "lifted")
        self.lines: list[str] = []
        self._declaration = declaration
        self._scope = scope
        self._indent = ""
        self._bound: dict[str, Kind] = {}
        self._where = ""

    def write(self, body: DeclaredBody) -> None:
        """The lines of a whole body."""
        if body.order:
            self._line(f"b.order({body.order!r})")
        self._entries(body.entries)
        if body.returns is not None:
            self._line(f"b.returns({self._references(body.returns)})")
        if not self.lines:
            self._line("pass")

    def _line(self, text: str) -> None:
        self.lines.append(self._indent + text)

    def _entries(self, entries: Iterable[BodyEntry]) -> None:
        for entry in entries:
            outer, self._where = self._where, entry.name or entry.operator or entry.inline or self._where
            self._conditional(entry)
            self._where = outer

    def _conditional(self, entry: BodyEntry) -> None:
        if entry.when is None:
            self._present(entry)
            return
        self._line(f"if b.holds({self._value(entry.when)}):")
        self._indented(lambda: self._present(entry))
        if entry.otherwise:
            self._line("else:")
            stand_in = BodyEntry(name=entry.name, operator=entry.otherwise, sources=entry.sources)
            self._indented(lambda: self._layer(stand_in))

    def _indented(self, write: Callable[[], None]) -> None:
        self._indent += "    "
        before = len(self.lines)
        write()
        if len(self.lines) == before:
            self._line("pass")
        self._indent = self._indent[:-4]

    def _present(self, entry: BodyEntry) -> None:
        if entry.operator in TENSORS:
            self._tensor(entry)
        elif entry.entries is not None:
            self._group(entry)
        else:
            self._layer(entry)

    def _tensor(self, entry: BodyEntry) -> None:
        if entry.name is None or entry.shape is None:
            raise self._wrong("a Parameter or a Buffer needs 'name' and 'shape'")
        code = self._code(entry.shape)
        shape = language.over_axes(code) if code.vectors else code.text
        if code.kind != "shape":
            raise self._wrong(f"`{entry.shape}` does not give a shape")
        self._line(f"b.tensor({self._template(entry.name)}, {entry.operator == BUFFER}, {shape})")

    def _group(self, entry: BodyEntry) -> None:
        series = self._template(entry.series) if entry.series else "None"
        is_loop = entry.each is not None
        self._line(f"b.open({self._name(entry)}, {self._sources(entry)}, {series}, {is_loop})")
        if entry.each is None:
            self._entries(entry.entries or ())
        else:
            self._loop(entry, *entry.each)
        self._line("b.close()")

    def _loop(self, entry: BodyEntry, variable: str, over: str) -> None:
        code = self._code(over)
        if code.kind not in ("shape", "shapes"):
            raise self._wrong(f"each: `{over}` is no list")
        outer = dict(self._bound)
        self._line(f"for v_{variable} in {code.text}:")
        self._bound[variable] = "shape" if code.kind == "shapes" else "number"

        def turn() -> None:
            self._entries(entry.entries or ())
            self._line("b.turn()")

        self._indented(turn)
        self._bound = outer

    def _layer(self, entry: BodyEntry) -> None:
        if entry.call is not None:
            name = "None" if entry.name is None else self._template(entry.name)
            self._line(f"b.call({self._template(entry.call)}, {name}, {self._sources(entry)})")
            return
        values = ", ".join(f"{key!r}: {self._parameter(value)}" for key, value in entry.parameters)
        if entry.inline:
            self._line(f"b.inline({self._operator(entry.inline)!r}, {{{values}}}, {self._sources(entry)})")
            return
        if entry.operator is None:
            raise self._wrong("an entry needs one of 'op', 'layers', 'inline' and 'call'")
        arguments = [self._name(entry), self._operator_text(entry), f"{{{values}}}", self._sources(entry)]
        if entry.is_unused:
            arguments.append("True")
        if entry.also is not None:
            arguments.append(f"also={self._template(entry.also)}")
        if entry.is_shared:
            arguments.append("is_shared=True")
        self._line(f"b.layer({', '.join(arguments)})")

    def _name(self, entry: BodyEntry) -> str:
        return "None" if entry.name is None else self._template(entry.name)

    def _operator_text(self, entry: BodyEntry) -> str:
        assert entry.operator is not None
        if "{" not in entry.operator:
            return repr(self._operator(entry.operator))
        meant = {text: self._scope(text) for text in texts_in(entry.operator)}
        return f"b.chosen({self._template(entry.operator)}, { {text: full for text, full in meant.items() if full}!r})"

    def _operator(self, name: str) -> str:
        full = self._scope(name)
        if full is None:
            raise self._wrong(f"no operator is called '{name}'")
        return full

    def _sources(self, entry: BodyEntry) -> str:
        return "None" if entry.sources is None else self._references(entry.sources)

    def _references(self, texts: Iterable[str]) -> str:
        return f"({''.join(self._template(text) + ', ' for text in texts)})"

    def _template(self, text: str) -> str:
        """Python source of a text with its fields filled in."""
        parts = FIELD.split(text)
        if len(parts) == 1:
            return repr(text)
        filled = [repr(part) if number % 2 == 0 else self._value(part) for number, part in enumerate(parts)]
        return f"b.text({', '.join(part for part in filled if part != repr(''))})"

    def _parameter(self, expression: str) -> str:
        code = self._code(expression)
        return f"tuple({language.over_axes(code)})" if code.vectors else code.text

    def _value(self, expression: str) -> str:
        code = self._code(expression)
        if code.vectors:
            raise self._wrong(f"`{expression}` gives a value for each axis")
        return code.text

    def _code(self, expression: str) -> Code:
        try:
            tree = language.parse_expression(expression)
            names = language.names_in(tree) - self._bound.keys()
            for name in sorted(names):
                if name in _OUTPUT_NAMES and name not in dict(self._declaration.let):
                    raise self._wrong(f"`{expression}`: '{name}' is known in costs and messages alone")
                self.statements.define(name)
            return language.lower(tree, {**self.statements.kinds, **self._bound}, "lifted")
        except ExpressionError as error:
            raise self._wrong(f"`{expression}`: {error.message}") from error

    def _wrong(self, problem: str) -> DeclarationError:
        at = f"{self._where}: " if self._where else ""
        key = "state" if self._declaration.body is not None and not self._declaration.body.has_layers else "layers"
        return DeclarationError(f"{self._declaration.name}: {key}: {at}{problem}", key, f"{at}{problem}")


def scope_in(known: Known, operator: str) -> BodyScope:
    """What the body of an operator means by a name, among what files declare."""
    vocabulary = operator.partition(".")[0] if "." in operator else ""
    declared = known.vocabularies.get(vocabulary)
    rows = {name: row.operator for name, row in declared.modules.items()} if declared is not None else {}
    return scope_of(vocabulary, rows, known.declarations.__contains__)


def scope_of(vocabulary: str, rows: Mapping[str, str], is_known: Callable[[str], bool]) -> BodyScope:
    """What the bodies of a vocabulary mean by a name: its modules, those it borrows, parts of these, torch's operators.

    `rows` holds the operators of its modules by name; `vocabulary` is empty for operators of the native format.
    """
    sources = dict.fromkeys(operator.partition(".")[0] for operator in rows.values() if "." in operator)

    def full_name(name: str) -> str | None:
        prefixed = [f"{source}.{name}" for source in (vocabulary, *sources) if source]
        candidates = (*prefixed[:1], rows.get(name, ""), *prefixed[1:], name)
        return next((candidate for candidate in candidates if candidate and is_known(candidate)), None)

    return full_name
