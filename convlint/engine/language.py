"""The rules language: checks an expression against an allow-list and lowers it to Python source.

It is the expression part of Python with numbers, shapes and lists of shapes, no attributes, and only the functions of
FUNCTIONS. An expression that names a vector (a value for each spatial axis) outside an aggregate is evaluated once an
axis. There are two lowerings: `plain` for known integers, `lifted` for values that may be unknown or come from
strangers.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["number", "shape", "shapes", "vector", "vector of shapes"]
Lowering = Literal["plain", "lifted"]

LONGEST_EXPRESSION = 1000
DEEPEST_EXPRESSION = 40


class ExpressionError(ValueError):
    """What is wrong with an expression; `start` and `end` are offsets into its text."""

    def __init__(self, message: str, start: int = 0, end: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class UnknownNameError(ExpressionError):
    """An expression names something that does not exist."""

    def __init__(self, name: str, start: int, end: int) -> None:
        super().__init__(f"unknown name '{name}'", start, end)
        self.name = name


class _Function(NamedTuple):
    plain: str
    lifted: str
    result: Kind
    aggregate: bool = False


FUNCTIONS: dict[str, _Function] = {
    "prod": _Function("prod", "product", "number", True),
    "sum": _Function("sum", "total", "number", True),
    "all": _Function("all", "all_of", "number", True),
    "any": _Function("any", "any_of", "number", True),
    "min": _Function("min", "least", "number", True),
    "max": _Function("max", "greatest", "number", True),
    "list": _Function("tuple", "tuple", "shape", True),
    "len": _Function("len", "length", "number"),
    "abs": _Function("abs", "absolute", "number"),
    "floor": _Function("floor", "floor", "number"),
    "int": _Function("int", "truncate", "number"),
    "range": _Function("span", "span", "shape"),
    "replace": _Function("replaced", "replaced", "shape"),
    "remove": _Function("removed", "removed", "shape"),
    "alike": _Function("alike", "alike", "number"),
    "broadcastable": _Function("broadcastable", "broadcastable", "number"),
    "broadcast": _Function("broadcast", "broadcast", "number"),
    "axis": _Function("axis_of", "axis_of", "number"),
}
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Mod: "%", ast.Div: "/"}
_COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_LIFTED_COMPARISONS = {
    ast.Eq: "equal({a}, {b})",
    ast.NotEq: "unequal({a}, {b})",
    ast.Lt: "less({a}, {b})",
    ast.LtE: "at_most({a}, {b})",
    ast.Gt: "less({b}, {a})",
    ast.GtE: "at_most({b}, {a})",
    ast.In: "contains({a}, {b})",
    ast.NotIn: "negate(contains({a}, {b}))",
    ast.Is: "{a} is {b}",
    ast.IsNot: "{a} is not {b}",
}


_UNKNOWNS: dict[str, Kind] = {"unknown": "number", "unknown_shape": "shape"}


class Code(NamedTuple):
    """Lowered source: Python text, its kind, and the vectors whose elements (`e_name`) it uses."""

    text: str
    kind: Kind
    vectors: tuple[str, ...] = ()


def parse_expression(text: str) -> ast.expr:
    """The syntax tree of an expression; raises ExpressionError."""
    if len(text) > LONGEST_EXPRESSION:
        raise ExpressionError(f"longer than {LONGEST_EXPRESSION} characters", 0, len(text))
    stripped = text.strip()
    if not stripped:
        raise ExpressionError("is empty", 0, len(text))
    try:
        tree = ast.parse(stripped.replace("\n", " "), mode="eval").body
    except SyntaxError as error:
        lead = len(text) - len(text.lstrip())
        start = lead + max(0, (error.offset or 1) - 1)
        raise ExpressionError(f"does not parse: {error.msg}", start, min(start + 1, len(text))) from None
    except (RecursionError, MemoryError, ValueError):
        raise ExpressionError("is nested too deeply", 0, len(text)) from None
    return tree


def names_in(tree: ast.expr) -> set[str]:
    """The free names of an expression, functions left out."""
    bound = {
        generator.target.id
        for node in ast.walk(tree)
        if isinstance(node, (ast.ListComp, ast.GeneratorExp))
        for generator in node.generators
        if isinstance(generator.target, ast.Name)
    }
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in bound
    }


def lower(tree: ast.expr, kinds: Mapping[str, Kind], lowering: Lowering) -> Code:
    """Python source for a syntax tree; names become `v_name`, elements of vectors `e_name`. Raises ExpressionError."""
    return _Lowering(kinds, lowering == "lifted").lower(tree)


class _Lowering:
    def __init__(self, kinds: Mapping[str, Kind], lifted: bool) -> None:
        self._kinds = dict(kinds)
        self._lifted = lifted
        self._depth = 0

    def lower(self, node: ast.expr) -> Code:
        method = getattr(self, "_" + type(node).__name__, None)
        if method is None:
            raise _error(f"{_what(node)} is not part of the rules language", node)
        self._depth += 1
        if self._depth > DEEPEST_EXPRESSION:
            raise _error("is nested too deeply", node)
        code: Code = method(node)
        self._depth -= 1
        return code

    def _Constant(self, node: ast.Constant) -> Code:
        value = node.value
        if value is None or isinstance(value, (bool, str)):
            return Code(repr(value), "number")
        if isinstance(value, (int, float)) and abs(value) <= 2**53:
            return Code(repr(value), "number")
        raise _error("this constant is not part of the rules language", node)

    def _Name(self, node: ast.Name) -> Code:
        kind = self._kinds.get(node.id)
        if kind is None and node.id in _UNKNOWNS:
            return Code("UNKNOWN", _UNKNOWNS[node.id])
        if kind is None:
            raise UnknownNameError(node.id, node.col_offset, node.col_offset + len(node.id))
        if kind == "vector":
            return Code(f"e_{node.id}", "number", (node.id,))
        if kind == "vector of shapes":
            return Code(f"e_{node.id}", "shape", (node.id,))
        return Code(f"v_{node.id}", kind)

    def _BinOp(self, node: ast.BinOp) -> Code:
        a, b = self.lower(node.left), self.lower(node.right)
        vectors = _union(a, b)
        if isinstance(node.op, ast.Add) and a.kind == b.kind and a.kind != "number":
            text = f"join({a.text}, {b.text})" if self._lifted else f"({a.text} + {b.text})"
            return Code(text, a.kind, vectors)
        for side, code in ((node.left, a), (node.right, b)):
            if code.kind != "number" or (isinstance(side, ast.Constant) and isinstance(side.value, str)):
                raise _error("arithmetic needs numbers", side)
        if isinstance(node.op, ast.Pow):
            return Code(f"power({a.text}, {b.text})", "number", vectors)
        sign = _ARITHMETIC.get(type(node.op))
        if sign is None:
            raise _error("this operator is not part of the rules language", node)
        if self._lifted and sign == "*":
            return Code(f"multiply({a.text}, {b.text})", "number", vectors)
        return Code(f"({a.text} {sign} {b.text})", "number", vectors)

    def _UnaryOp(self, node: ast.UnaryOp) -> Code:
        code = self.lower(node.operand)
        if isinstance(node.op, ast.Not):
            return Code(f"negate({code.text})" if self._lifted else f"(not {code.text})", "number", code.vectors)
        if isinstance(node.op, ast.Invert) or code.kind != "number":
            raise _error("this operator is not part of the rules language", node)
        return Code(f"({'-' if isinstance(node.op, ast.USub) else '+'}{code.text})", "number", code.vectors)

    def _BoolOp(self, node: ast.BoolOp) -> Code:
        parts = [self.lower(value) for value in node.values]
        vectors = _union(*parts)
        is_and = isinstance(node.op, ast.And)
        if self._lifted:
            name = "both" if is_and else "either"
            return Code(f"{name}({', '.join('lambda: ' + part.text for part in parts)})", "number", vectors)
        return Code("(" + (" and " if is_and else " or ").join(part.text for part in parts) + ")", "number", vectors)

    def _Compare(self, node: ast.Compare) -> Code:
        operands = [self.lower(operand) for operand in (node.left, *node.comparators)]
        for operator in node.ops:
            if type(operator) not in _LIFTED_COMPARISONS:
                raise _error("this comparison is not part of the rules language", node)
        vectors = _union(*operands)
        if not self._lifted:
            signs = [_COMPARISONS.get(type(operator)) or _word(operator) for operator in node.ops]
            text = operands[0].text + "".join(f" {sign} {code.text}" for sign, code in zip(signs, operands[1:]))
            return Code(f"({text})", "number", vectors)
        parts = [
            "(" + _LIFTED_COMPARISONS[type(operator)].format(a=left.text, b=right.text) + ")"
            for operator, left, right in zip(node.ops, operands, operands[1:])
        ]
        text = parts[0] if len(parts) == 1 else f"both({', '.join('lambda: ' + part for part in parts)})"
        return Code(text, "number", vectors)

    def _IfExp(self, node: ast.IfExp) -> Code:
        condition, yes, no = self.lower(node.test), self.lower(node.body), self.lower(node.orelse)
        if yes.kind != no.kind:
            raise _error(f"one branch is a {yes.kind}, the other a {no.kind}", node)
        vectors = _union(condition, yes, no)
        if self._lifted:
            return Code(f"choose({condition.text}, lambda: {yes.text}, lambda: {no.text})", yes.kind, vectors)
        return Code(f"({yes.text} if {condition.text} else {no.text})", yes.kind, vectors)

    def _Subscript(self, node: ast.Subscript) -> Code:
        whole = self.lower(node.value)
        if whole.kind not in ("shape", "shapes"):
            raise _error("only a shape or a list can be indexed", node)
        if isinstance(node.slice, ast.Slice):
            bounds = [self.lower(part) if part is not None else None for part in (node.slice.lower, node.slice.upper)]
            if node.slice.step is not None:
                raise _error("a slice takes no step", node)
            first, last = (part.text if part is not None else "" for part in bounds)
            vectors = _union(whole, *(part for part in bounds if part is not None))
            if self._lifted:
                return Code(f"pick({whole.text}, slice({first or None}, {last or None}))", whole.kind, vectors)
            return Code(f"{whole.text}[{first}:{last}]", whole.kind, vectors)
        index = self.lower(node.slice)
        kind: Kind = "shape" if whole.kind == "shapes" else "number"
        text = f"pick({whole.text}, {index.text})" if self._lifted else f"{whole.text}[{index.text}]"
        return Code(text, kind, _union(whole, index))

    def _List(self, node: ast.List | ast.Tuple) -> Code:
        items = [self.lower(item) for item in node.elts]
        kind: Kind = "shapes" if any(item.kind == "shape" for item in items) else "shape"
        return Code("(" + "".join(item.text + ", " for item in items) + ")", kind, _union(*items))

    _Tuple = _List

    def _ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> Code:
        if len(node.generators) != 1 or len(node.generators[0].ifs) > 1:
            raise _error("a comprehension takes one `for` and at most one `if`", node)
        generator = node.generators[0]
        if not isinstance(generator.target, ast.Name):
            raise _error("a comprehension names one variable", node)
        over = self.lower(generator.iter)
        if over.kind not in ("shape", "shapes"):
            raise _error("only a shape or a list can be gone through", generator.iter)
        name, outer = generator.target.id, dict(self._kinds)
        self._kinds[name] = "shape" if over.kind == "shapes" else "number"
        item = self.lower(node.elt)
        condition = self.lower(generator.ifs[0]) if generator.ifs else None
        self._kinds = outer
        vectors = _union(over, item, *([condition] if condition else []))
        kind: Kind = "shapes" if item.kind == "shape" else "shape"
        if self._lifted:
            extra = f", lambda v_{name}: {condition.text}" if condition else ""
            return Code(f"each({over.text}, lambda v_{name}: {item.text}{extra})", kind, vectors)
        extra = f" if {condition.text}" if condition else ""
        return Code(f"tuple([{item.text} for v_{name} in {over.text}{extra}])", kind, vectors)

    _GeneratorExp = _ListComp

    def _Call(self, node: ast.Call) -> Code:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        function = FUNCTIONS.get(name)
        if function is None or node.keywords:
            raise _error(f"'{ast.unparse(node.func)}' is no function of the rules language", node.func)
        arguments = [self.lower(argument) for argument in node.args]
        if not arguments:
            raise _error(f"{name}() needs an argument", node)
        called = function.lifted if self._lifted else function.plain
        if function.aggregate and len(arguments) == 1 and arguments[0].vectors and arguments[0].kind == "number":
            return Code(f"{called}({over_axes(arguments[0])})", function.result)
        return Code(f"{called}({', '.join(code.text for code in arguments)})", function.result, _union(*arguments))


def over_axes(code: Code) -> str:
    """Python source of the list of a code's values, one an axis."""
    names = ", ".join(f"e_{name}" for name in code.vectors)
    if len(code.vectors) == 1:
        return f"[{code.text} for {names} in v_{code.vectors[0]}]"
    return f"[{code.text} for {names} in zip({', '.join('v_' + name for name in code.vectors)})]"


def _union(*codes: Code) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for code in codes for name in code.vectors))


def _word(operator: ast.cmpop) -> str:
    return {ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not"}[type(operator)]


def _what(node: ast.expr) -> str:
    words = {"Attribute": "an attribute", "Lambda": "a lambda", "JoinedStr": "an f-string", "Dict": "a dictionary"}
    return words.get(type(node).__name__, f"'{ast.unparse(node)[:30]}'")


def _error(message: str, node: ast.expr) -> ExpressionError:
    end = node.end_col_offset if node.end_col_offset is not None else node.col_offset
    return ExpressionError(message, node.col_offset, end)
