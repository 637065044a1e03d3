"""The Python functions that are made of the expressions of a declaration, and their source."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable

from convlint.catalogue import language
from convlint.catalogue.language import Code, ExpressionError, Kind, Lowering
from convlint.catalogue.operators import Declaration, DeclarationError, Output
from convlint.catalogue.parameters import Parameter

_SPECIAL_KINDS: dict[str, Kind] = {
    "x": "shape",
    "inputs": "shapes",
    "C": "number",
    "L": "vector",
    "i": "vector",
    "rank": "number",
    "channels": "shape",
    "sizes": "vector of shapes",
}
_AXIS_COUNT = "number of axes"
"""What a function notes when it has counted the axes; no name of an expression."""
_FEW_AXES = 3
_INNER_AXES = " for e_"
"""Stands in an expression that goes over the axes inside."""
_OUTPUT_KINDS: dict[str, Kind] = {"y": "shape", "K": "number", "O": "vector", "M": "vector"}
_VECTOR_TYPES = ("extent", "factor")
_LIST_TYPES = ("integers", "counts", "flags", "dims", "sides", "anchors")
_NESTED_TYPES = ("extents",)
_UNKNOWN = "unknown"
_IS_LIST = "_is_list"
"""What follows the name of a list parameter where an expression asks whether the file gives a list, not one number."""
_SPECIAL_SOURCE = {
    "x": "v_x = first(I)",
    "inputs": "v_inputs = I",
    "C": "v_C = channel(first(I))",
    "L": "v_L = spatial(first(I))",
    "rank": "v_rank = length(first(I))",
    "channels": "v_channels = tuple([channel(s) for s in I])",
    "sizes": "v_sizes = by_axis(I)",
    "y": "v_y = first(Y)",
    "K": "v_K = channel(first(Y))",
    "O": "v_O = spatial(first(Y))",
    "M": "v_M = M",
}
_PLAIN_SOURCE = _SPECIAL_SOURCE | {
    "x": "v_x = I[0]",
    "C": "v_C = I[0][0]",
    "L": "v_L = I[0][1:]",
    "rank": "v_rank = len(I[0])",
    "channels": "v_channels = tuple([s[0] for s in I])",
    "sizes": "v_sizes = tuple(zip(*[s[1:] for s in I]))",
}


class Statements:
    """The statements of one generated function; defines each name once, just before its first use."""

    def __init__(self, declaration: Declaration, lowering: Lowering) -> None:
        self._declaration = declaration
        self._lowering: Lowering = lowering
        self.may_lack_axes = lowering == "lifted" and (declaration.ranks is None or len(declaration.ranks) > 1)
        self._parameters = {parameter.name: parameter for parameter in declaration.parameters}
        self._let = dict(declaration.let)
        self._axes = _few_axes(declaration) if lowering == "plain" else None
        self._apart: set[str] = set()
        self._defined: set[str] = set()
        self._defining: list[str] = []
        self.kinds: dict[str, Kind] = {**_SPECIAL_KINDS, **_OUTPUT_KINDS}
        for parameter in declaration.parameters:
            self.kinds[parameter.name] = _parameter_kind(parameter)
            if parameter.type in _LIST_TYPES:
                self.kinds[parameter.name + _IS_LIST] = "number"
        self.lines: list[str] = []
        for name in self._let:
            self._kind_of_let(name)

    def _kind_of_let(self, name: str) -> None:
        try:
            self._find_kind_of_let(name)
        except ExpressionError as error:
            message = f"{self._declaration.family}: let {name}: {error.message}"
            raise DeclarationError(message, f"let.{name}", error.message) from error

    def _find_kind_of_let(self, name: str) -> None:
        tree = language.parse_expression(self._let[name])
        pending = [other for other in language.names_in(tree) if other in self._let and other not in self.kinds]
        if name in self._defining:
            problem = f"'{name}' is defined by itself"
            raise DeclarationError(f"{self._declaration.family}: {problem}", f"let.{name}", problem)
        self._defining.append(name)
        for other in pending:
            self._kind_of_let(other)
        self._defining.pop()
        code = language.lower(tree, self.kinds, "lifted")
        vector: Kind = "vector" if code.kind == "number" else "vector of shapes"
        self.kinds[name] = vector if code.vectors else code.kind

    def code(self, expression: str) -> Code:
        """The lowered expression, after the definitions that it needs."""
        tree = language.parse_expression(expression)
        for name in sorted(language.names_in(tree)):
            self.define(name)
        return language.lower(tree, self.kinds, self._lowering)

    def value(self, code: Code) -> str:
        """Source of the value of a code; of its values, one an axis, where it has several."""
        if not code.vectors:
            return code.text
        apart = self._values_apart(code)
        return language.over_axes(code) if apart is None else f"({', '.join(apart)},)"

    def items(self, code: Code) -> str:
        """As `value`, for a place among the items of a tuple."""
        apart = self._values_apart(code) if code.vectors else [code.text]
        return f"*{language.over_axes(code)}, " if apart is None else "".join(f"{text}, " for text in apart)

    def _values_apart(self, code: Code) -> list[str] | None:
        """The source of each value of a code; None where the values on the axes have no names of their own.

        For one or two axes a list is made in a third of the time by writing its items out.
        """
        if self._axes is None or not self._apart.issuperset(code.vectors) or _INNER_AXES in code.text:
            return None
        names = rf"\be_({'|'.join(code.vectors)})\b"
        return [re.sub(names, rf"e{axis}_\1", code.text) for axis in range(self._axes)]

    def _take_apart(self, name: str) -> None:
        """Gives the values of a vector on each axis names of their own."""
        if self._axes is not None:
            self._apart.add(name)
            self.lines.append(f"{''.join(f'e{axis}_{name}, ' for axis in range(self._axes))}= v_{name}")

    def counts_axes(self, name: str) -> bool:
        """Whether a name has a value for each axis of the first input."""
        return name in ("L", "i") or (self.kinds.get(name) == "vector" and name in self._parameters)

    def depends_on(self, expressions: Iterable[str], wanted: Callable[[str], bool]) -> bool:
        """Whether some expression uses a wanted name, by itself or through `let`."""
        waiting, seen = list(expressions), set[str]()
        while waiting:
            for name in language.names_in(language.parse_expression(waiting.pop())) - seen:
                seen.add(name)
                if wanted(name):
                    return True
                waiting += [self._let[name]] if name in self._let else []
        return False

    def define(self, name: str) -> None:
        """Defines a name, unless it is defined or means nothing."""
        if name in self._defined:
            return
        self._defined.add(name)
        source = _PLAIN_SOURCE if self._lowering == "plain" else _SPECIAL_SOURCE
        if name == "i":
            self.count_axes()
            self.lines.append("v_i = range(1, n + 1)")
            self._take_apart(name)
        elif name in source and name not in self._parameters and name not in self._let:
            self.lines.append(source[name])
            if name == "L":
                self._take_apart(name)
        elif name in self._let:
            code = self.code(self._let[name])
            self.lines.append(f"v_{name} = {self.value(code)}")
            if code.vectors and self._apart.issuperset(code.vectors):
                self._take_apart(name)
        elif name in self._parameters:
            self._define_parameter(self._parameters[name])
        elif name.endswith(_IS_LIST):
            position = self._position(self._parameters[name.removesuffix(_IS_LIST)])
            self.lines.append(f"v_{name} = type(P[{position}]) is tuple")

    def _define_parameter(self, parameter: Parameter) -> None:
        target = f"v_{parameter.name}"
        self.lines.append(f"{target} = P[{self._position(parameter)}]")
        if parameter.type in _VECTOR_TYPES:
            self.count_axes()
            spread = f"{target} = {target} if type({target}) is tuple else ({target},) * n"
        elif parameter.type == "sides":
            self.count_axes()
            spread = f"{target} = {target} if type({target}) is tuple else ({target},) * (2 * n)"
        elif parameter.type in _LIST_TYPES:
            spread = f"{target} = ({target},) if type({target}) is int else {target}"
        else:
            spread = ""
        if parameter.infer is not None:
            code = self.code(parameter.infer)
            self.lines.append(f"if {target} is None: {target} = {self.value(code)}")
            if spread:
                self.lines.append(f"else: {spread}")
        elif spread:
            self.lines.append(spread)
        if parameter.type in _VECTOR_TYPES:
            self._take_apart(parameter.name)

    def _position(self, parameter: Parameter) -> int:
        return self._declaration.parameters.index(parameter)

    def count_axes(self) -> None:
        """Makes `n` the number of spatial axes."""
        if _AXIS_COUNT in self._defined:
            return
        self._defined.add(_AXIS_COUNT)
        axes = self._declaration.axes
        if axes is not None and len(axes) == 1:
            self.lines.append(f"n = {axes[0]}")
        else:
            self.lines.append("n = len(I[0]) - 1" if self._lowering == "plain" else "n = axis_count(first(I), P)")


def _few_axes(declaration: Declaration) -> int | None:
    """How many spatial axes an operator has, where that is one number and a small one."""
    axes = declaration.axes
    return axes[0] if axes is not None and len(axes) == 1 and 0 < axes[0] <= _FEW_AXES else None


def _parameter_kind(parameter: Parameter) -> Kind:
    if parameter.type in _VECTOR_TYPES:
        return "vector"
    if parameter.type in _NESTED_TYPES:
        return "shapes"
    return "shape" if parameter.type in _LIST_TYPES else "number"


def shape_source(declaration: Declaration, lowering: Lowering, name: str, unasked: Container[str] = ()) -> str:
    """Source of `name(P, I)`: parameter values and input shapes -> (failed requirements, output shapes or None).

    Requirements of `unasked` rules are left out.
    A failed requirement is (its number, the 0-based axes on which it fails). The lifted function also returns the
    conditions on unknown sizes: (number, axis or -1, truth table).
    """
    body = Statements(declaration, lowering)
    body.lines.append("failed = []" if lowering == "plain" else "failed, conditions = [], []")
    end = "" if lowering == "plain" else ", conditions"
    for number, requirement in enumerate(declaration.requirements):
        if requirement.rule in unasked:
            continue
        try:
            code = body.code(requirement.that)
        except ExpressionError as error:
            raise DeclarationError(f"{declaration.name}: {requirement.rule}: {error.message}") from error
        value = body.value(code)
        stop = requirement.otherwise == "nothing"
        if lowering == "lifted":
            judged = f"judge(failed, conditions, {number}, {value})"
            body.lines.append(f"if {judged}: return failed, None{end}" if stop else judged)
            continue
        if code.vectors:
            body.lines.append(f"t = {value}")
            body.lines.append("if not all(t):")
            body.lines.append(f"    failed.append(({number}, tuple([j for j, ok in enumerate(t) if not ok])))")
        else:
            body.lines.append(f"if not {value}:")
            body.lines.append(f"    failed.append(({number}, ()))")
        if stop:
            body.lines.append("    return failed, None")
    try:
        outputs = _outputs_source(declaration, body)
    except ExpressionError as error:
        raise DeclarationError(f"{declaration.name}: output: {error.message}") from error
    body.lines.append(f"return failed, {outputs}{end}")
    return f"def {name}(P, I):\n" + "".join(f"    {line}\n" for line in body.lines)


def _outputs_source(declaration: Declaration, body: Statements) -> str:
    if isinstance(declaration.outputs, str):
        return body.code(declaration.outputs).text
    return "(" + "".join(_shape_text(output, body) + ", " for output in declaration.outputs) + ")"


def _shape_text(output: Output, body: Statements) -> str:
    if isinstance(output, str):
        return body.code(output).text
    channels, *axes = output
    text = f"({_size_text(channels, body)}{''.join(_axes_text(item, body) for item in axes)})"
    if body.may_lack_axes and (_UNKNOWN in output[1:] or body.depends_on(output, body.counts_axes)):
        return f"(UNKNOWN if first(I) is UNKNOWN else {text})"
    if body.may_lack_axes and body.depends_on(output, lambda name: name == "sizes"):
        return f"(UNKNOWN if all_lack_axes(I) else {text})"
    return text


def _axes_text(item: str, body: Statements) -> str:
    """The size of each axis; a lone `unknown` says that of every axis."""
    if item.strip() == _UNKNOWN:
        body.count_axes()
        return "*[UNKNOWN] * n, "
    return _size_text(item, body)


def _size_text(item: str, body: Statements) -> str:
    part = body.code(item)
    return body.items(part)


def expression_code(declaration: Declaration, expression: str) -> Code:
    """One expression of a declaration, lowered; raises ExpressionError, or DeclarationError for a wrong `let`."""
    return Statements(declaration, "lifted").code(expression)


def names_known(declaration: Declaration) -> list[str]:
    """The names that expressions of a declaration can use."""
    own = [parameter.name for parameter in declaration.parameters]
    return [*own, *(name for name, _ in declaration.let), *_SPECIAL_KINDS, *_OUTPUT_KINDS]


def tracking_source(declaration: Declaration, name: str, lowering: Lowering = "plain") -> str:
    """Source of `name(P, I)`: the channels that later rows are told; `I` holds what each layer it reads was told."""
    assert declaration.row is not None
    body = Statements(declaration, lowering)
    code = body.code(declaration.row.tracks)
    body.lines.append(f"return {code.text}")
    return f"def {name}(P, I):\n" + "".join(f"    {line}\n" for line in body.lines)


def evaluation_source(declaration: Declaration, expressions: Iterable[str], name: str) -> str:
    """Source of `name(P, I, Y, M)`: the values of expressions, a list where one is taken axis by axis (lifted)."""
    body = Statements(declaration, "lifted")
    codes = [body.code(expression) for expression in expressions]
    parts = [language.over_axes(code) if code.vectors else code.text for code in codes]
    body.lines.append(f"return ({''.join(part + ', ' for part in parts)})")
    return f"def {name}(P, I, Y, M=()):\n" + "".join(f"    {line}\n" for line in body.lines)
