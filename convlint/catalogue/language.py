"""The rules language: checks an expression against an allow-list and lowers it to Python source.

It is the expression part of Python with numbers, shapes and lists of shapes, no attributes, and only the functions of
FUNCTIONS. An expression that names a vector (a value for each spatial axis) outside an aggregate is evaluated once an
axis. There are two lowerings: `plain` for known integers, `lifted` for values that may be unknown or come from
strangers. What an expression may be made of is the same in both; only the lifted one also bounds what it computes.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping

from convlint.limits import DEEPEST_COMPREHENSION, DEEPEST_EXPRESSION, LONGEST_EXPRESSION
from convlint.typed import Literal, NamedTuple

Kind = Literal["number", "shape", "shapes", "vector", "vector of shapes"]
Lowering = Literal["plain", "lifted"]


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
    """A function: its name in each lowering, what it takes, and what it gives.

    An aggregate takes one list, or an expression that is evaluated once an axis; `several` says that it takes two
    numbers or more as well.
    """

    plain: str
    lifted: str
    takes: tuple[Kind, ...]
    gives: Kind
    aggregate: bool = False
    several: bool = False


FUNCTIONS: dict[str, _Function] = {
    "prod": _Function("prod", "product", ("shape",), "number", True),
    "sum": _Function("sum", "total", ("shape",), "number", True),
    "all": _Function("all", "all_of", ("shape",), "number", True),
    "any": _Function("any", "any_of", ("shape",), "number", True),
    "min": _Function("min", "least", ("shape",), "number", True, True),
    "max": _Function("max", "greatest", ("shape",), "number", True, True),
    "list": _Function("tuple", "tuple", ("shape",), "shape", True),
    "len": _Function("len", "length", ("shape",), "number"),
    "abs": _Function("abs", "absolute", ("number",), "number"),
    "floor": _Function("floor", "floor", ("number",), "number"),
    "int": _Function("int", "truncate", ("number",), "number"),
    "gcd": _Function("gcd", "common_divisor", ("number", "number"), "number"),
    "range": _Function("span", "span", ("number",), "shape"),
    "replace": _Function("replaced", "replaced", ("shape", "number", "number"), "shape"),
    "remove": _Function("removed", "removed", ("shape", "shape"), "shape"),
    "alike": _Function("alike", "alike", ("shape",), "number"),
    "broadcastable": _Function("broadcastable", "broadcastable", ("shape",), "number"),
    "broadcast": _Function("broadcast", "broadcast", ("shape",), "number"),
    "einsum": _Function("einsum", "einsum", ("number", "shapes"), "shape"),
    "einsum_products": _Function("einsum_products", "einsum_products", ("number", "shapes"), "number"),
    "repeated": _Function("repeated", "repeated", ("number", "number"), "number"),
    "axis": _Function("axis_of", "axis_of", ("number", "number"), "number"),
}
_KIND_WORDS: dict[Kind, str] = {"number": "a number", "shape": "a list of numbers", "shapes": "a list of shapes"}
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Mod: "%", ast.Div: "/"}
_COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_LIFTED_COMPARISONS = {
    ast.Eq: "equal",
    ast.NotEq: "unequal",
    ast.Lt: "less",
    ast.LtE: "at_most",
    ast.Gt: "more",
    ast.GtE: "at_least",
    ast.In: "contains",
    ast.NotIn: "lacks",
}
_UNKNOWNS: dict[str, Kind] = {"unknown": "number", "unknown_shape": "shape"}


class Code(NamedTuple):
    """Lowered source: Python text, its kind, and the vectors whose elements (`e_name`) it uses."""

    text: str
    kind: Kind
    vectors: tuple[str, ...] = ()


def parse_expression(text: str) -> ast.expr:
    """The syntax tree of an expression, with positions in characters of `text`; raises ExpressionError."""
    if len(text) > LONGEST_EXPRESSION:
        raise ExpressionError(f"longer than {LONGEST_EXPRESSION} characters", 0, len(text))
    stripped = text.strip()
    if not stripped:
        raise ExpressionError("is empty", 0, len(text))
    lead = len(text) - len(text.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes and of `1if`: this text is no Python file
            tree = ast.parse(stripped.replace("\n", " "), mode="eval").body
    except SyntaxError as error:
        start = lead + max(0, (error.offset or 1) - 1)
        raise ExpressionError(f"does not parse: {error.msg}", start, min(start + 1, len(text))) from None
    except ValueError as error:
        raise ExpressionError(f"does not parse: {error}", 0, len(text)) from None
    except (RecursionError, MemoryError):
        raise ExpressionError("is nested too deeply", 0, len(text)) from None
    _count_characters(tree, stripped, lead)
    _refuse_depth(tree)
    return tree


def _count_characters(tree: ast.expr, stripped: str, lead: int) -> None:
    """Makes the positions of a tree, which ast counts in UTF-8 bytes, count characters of the text around it."""
    if not lead and stripped.isascii():
        return
    data = stripped.encode()
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            end = node.end_col_offset if node.end_col_offset is not None else node.col_offset
            node.col_offset = lead + len(data[: node.col_offset].decode())
            node.end_col_offset = lead + len(data[:end].decode())


_NODES = (ast.expr, ast.comprehension, ast.keyword)


def _refuse_depth(tree: ast.expr) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST_EXPRESSION):
        level = [child for node in level for child in ast.iter_child_nodes(node) if isinstance(child, _NODES)]
        if not level:
            return
    raise _error("is nested too deeply", level[0])


def names_in(tree: ast.expr) -> set[str]:
    """The free names of an expression, functions left out."""
    return set(_free_names(tree, frozenset()))


def _free_names(node: ast.AST, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, ast.Name):
        if node.id not in bound:
            yield node.id
        return
    if isinstance(node, (ast.ListComp, ast.GeneratorExp)) and len(node.generators) == 1:
        (generator,) = node.generators
        yield from _free_names(generator.iter, bound)
        inner = bound | {generator.target.id} if isinstance(generator.target, ast.Name) else bound
        for part in (node.elt, *generator.ifs):
            yield from _free_names(part, inner)
        return
    children = [*node.args, *node.keywords] if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    for child in children:
        yield from _free_names(child, bound)


def lower(tree: ast.expr, kinds: Mapping[str, Kind], lowering: Lowering) -> Code:
    """Python source for a syntax tree; names become `v_name`, elements of vectors `e_name`. Raises ExpressionError."""
    return _Lowering(kinds, lowering == "lifted").lower(tree)


class _Lowering:
    def __init__(self, kinds: Mapping[str, Kind], lifted: bool) -> None:
        self._kinds = dict(kinds)
        self._lifted = lifted
        self._comprehensions = 0

    def lower(self, node: ast.expr) -> Code:
        method = getattr(self, "_" + type(node).__name__, None)
        if method is None:
            raise _error(f"{_what(node)} is not part of the rules language", node)
        code: Code = method(node)
        return code

    def _number(self, node: ast.expr) -> Code:
        """The code of an operand that must be a number."""
        return _require_number(self.lower(node), node)

    def _truth(self, node: ast.expr) -> Code:
        """The code of a part of `and` and `or`: a truth value, so that both lowerings give one."""
        code = self.lower(node)
        if self._lifted or isinstance(node, (ast.Compare, ast.BoolOp)) or _is_not(node):
            return code
        return code._replace(text=f"(not not {code.text})")

    def _Constant(self, node: ast.Constant) -> Code:
        value = node.value
        if value is None or isinstance(value, bool):
            return Code(repr(value), "number")
        if isinstance(value, str):
            return Code(f"Word({value!r})", "number")
        if isinstance(value, (int, float)) and abs(value) <= 2**53:
            return Code(repr(value), "number")
        raise _error("this constant is not part of the rules language", node)

    def _Name(self, node: ast.Name) -> Code:
        kind = self._kinds.get(node.id)
        if kind is None and node.id in _UNKNOWNS:
            return Code("UNKNOWN", _UNKNOWNS[node.id])
        if kind is None:
            raise UnknownNameError(node.id, *_span(node))
        if kind == "vector":
            return Code(f"e_{node.id}", "number", (node.id,))
        if kind == "vector of shapes":
            return Code(f"e_{node.id}", "shape", (node.id,))
        return Code(f"v_{node.id}", kind)

    def _BinOp(self, node: ast.BinOp) -> Code:
        a, b = self.lower(node.left), self.lower(node.right)
        if isinstance(node.op, ast.Add) and a.kind == b.kind and a.kind != "number":
            text = f"join({a.text}, {b.text})" if self._lifted else f"({a.text} + {b.text})"
            return Code(text, a.kind, _union(a, b))
        _require_number(a, node.left)
        _require_number(b, node.right)
        vectors = _union(a, b)
        if isinstance(node.op, ast.Pow):
            return Code(f"power({a.text}, {b.text})", "number", vectors)
        sign = _ARITHMETIC.get(type(node.op))
        if sign is None:
            raise _error("this operator is not part of the rules language", node)
        if self._lifted and sign == "*":
            return Code(f"multiply({a.text}, {b.text})", "number", vectors)
        return Code(f"({a.text} {sign} {b.text})", "number", vectors)

    def _UnaryOp(self, node: ast.UnaryOp) -> Code:
        if isinstance(node.op, ast.Invert):
            raise _error("this operator is not part of the rules language", node)
        if isinstance(node.op, ast.Not):
            code = self.lower(node.operand)
            return Code(f"negate({code.text})" if self._lifted else f"(not {code.text})", "number", code.vectors)
        code = self._number(node.operand)
        return Code(f"({'-' if isinstance(node.op, ast.USub) else '+'}{code.text})", "number", code.vectors)

    def _BoolOp(self, node: ast.BoolOp) -> Code:
        parts = [self._truth(value) for value in node.values]
        vectors = _union(*parts)
        is_and = isinstance(node.op, ast.And)
        if self._lifted:
            name = "both" if is_and else "either"
            return Code(f"{name}({', '.join('lambda: ' + part.text for part in parts)})", "number", vectors)
        return Code("(" + (" and " if is_and else " or ").join(part.text for part in parts) + ")", "number", vectors)

    def _Compare(self, node: ast.Compare) -> Code:
        nodes = (node.left, *node.comparators)
        if any(isinstance(operator, (ast.Is, ast.IsNot)) for operator in node.ops):
            return self._compare_with_none(node)
        operands = [self._compared(operand) for operand in nodes]
        for operator, left, right, part in zip(node.ops, operands, operands[1:], node.comparators):
            _check_comparison(operator, left.kind, right.kind, part)
        vectors = _union(*operands)
        if not self._lifted:
            signs = [_COMPARISONS.get(type(operator)) or _word(operator) for operator in node.ops]
            text = operands[0].text + "".join(f" {sign} {code.text}" for sign, code in zip(signs, operands[1:]))
            return Code(f"({text})", "number", vectors)
        names = [_LIFTED_COMPARISONS[type(operator)] for operator in node.ops]
        if len(names) == 1:
            return Code(f"{names[0]}({operands[0].text}, {operands[1].text})", "number", vectors)
        text = ", ".join(f"lambda: {code.text}" for code in operands)
        return Code(f"chain(({', '.join(names)}), {text})", "number", vectors)

    def _compared(self, node: ast.expr) -> Code:
        """The code of a side of a comparison; a text needs no guard against arithmetic there."""
        if _is_text(node):
            return Code(ast.unparse(node), "number")
        if isinstance(node, (ast.List, ast.Tuple)) and node.elts and all(_is_text(item) for item in node.elts):
            return Code("(" + "".join(f"{ast.unparse(item)}, " for item in node.elts) + ")", "shape")
        return self.lower(node)

    def _compare_with_none(self, node: ast.Compare) -> Code:
        right = node.comparators[0]
        if len(node.ops) != 1 or not isinstance(right, ast.Constant) or right.value is not None:
            raise _error("`is` only goes with None", node)
        code = self.lower(node.left)
        return Code(f"({code.text} {_word(node.ops[0])} None)", "number", code.vectors)

    def _IfExp(self, node: ast.IfExp) -> Code:
        condition, yes, no = self.lower(node.test), self.lower(node.body), self.lower(node.orelse)
        if yes.kind != no.kind:
            raise _error(f"one branch is {_KIND_WORDS[yes.kind]}, the other {_KIND_WORDS[no.kind]}", node)
        vectors = _union(condition, yes, no)
        if self._lifted:
            return Code(f"choose({condition.text}, lambda: {yes.text}, lambda: {no.text})", yes.kind, vectors)
        return Code(f"({yes.text} if {condition.text} else {no.text})", yes.kind, vectors)

    def _Subscript(self, node: ast.Subscript) -> Code:
        whole = self.lower(node.value)
        if whole.kind not in ("shape", "shapes"):
            raise _error("only a shape or a list can be indexed", node)
        if isinstance(node.slice, ast.Slice):
            bounds = [self._number(part) if part is not None else None for part in (node.slice.lower, node.slice.upper)]
            if node.slice.step is not None:
                raise _error("a slice takes no step", node)
            first, last = (part.text if part is not None else "" for part in bounds)
            vectors = _union(whole, *(part for part in bounds if part is not None))
            if self._lifted:
                return Code(f"pick({whole.text}, slice({first or None}, {last or None}))", whole.kind, vectors)
            return Code(f"{whole.text}[{first}:{last}]", whole.kind, vectors)
        index = self._number(node.slice)
        kind: Kind = "shape" if whole.kind == "shapes" else "number"
        text = f"pick({whole.text}, {index.text})" if self._lifted else f"{whole.text}[{index.text}]"
        return Code(text, kind, _union(whole, index))

    def _List(self, node: ast.List | ast.Tuple) -> Code:
        items = [self.lower(item) for item in node.elts]
        kind = _list_of(items[0], node.elts[0]) if items else "shape"
        for item, part in zip(items, node.elts):
            if _list_of(item, part) != kind:
                raise _error("a list holds either numbers or shapes", part)
        return Code("(" + "".join(item.text + ", " for item in items) + ")", kind, _union(*items))

    _Tuple = _List

    def _ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> Code:
        if len(node.generators) != 1 or len(node.generators[0].ifs) > 1 or node.generators[0].is_async:
            raise _error("a comprehension takes one `for` and at most one `if`", node)
        generator = node.generators[0]
        if not isinstance(generator.target, ast.Name):
            raise _error("a comprehension names one variable", node)
        over = self.lower(generator.iter)
        if over.kind not in ("shape", "shapes"):
            raise _error("only a shape or a list can be gone through", generator.iter)
        if self._comprehensions == DEEPEST_COMPREHENSION:
            raise _error(f"comprehensions nest {DEEPEST_COMPREHENSION} deep", node)
        name, outer = generator.target.id, dict(self._kinds)
        self._comprehensions += 1
        self._kinds[name] = "shape" if over.kind == "shapes" else "number"
        item = self.lower(node.elt)
        condition = self.lower(generator.ifs[0]) if generator.ifs else None
        self._kinds = outer
        self._comprehensions -= 1
        vectors = _union(over, item, *([condition] if condition else []))
        kind = _list_of(item, node.elt)
        if self._lifted:
            extra = f", lambda v_{name}: {condition.text}" if condition else ""
            return Code(f"each({over.text}, lambda v_{name}: {item.text}{extra})", kind, vectors)
        extra = f" if {condition.text}" if condition else ""
        return Code(f"tuple([{item.text} for v_{name} in {over.text}{extra}])", kind, vectors)

    _GeneratorExp = _ListComp

    def _Call(self, node: ast.Call) -> Code:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        function = FUNCTIONS.get(name)
        if function is None:
            raise _error(f"{_what(node.func)} is no function of the rules language", node.func)
        if node.keywords:
            raise _error(f"{name}() takes no named arguments", node)
        if not node.args:
            raise _error(f"{name}() needs an argument", node)
        arguments = [self.lower(argument) for argument in node.args]
        called = function.lifted if self._lifted else function.plain
        if function.aggregate and len(arguments) == 1 and arguments[0].vectors and arguments[0].kind == "number":
            return Code(f"{called}({over_axes(arguments[0])})", function.gives)
        _check_arguments(name, function, arguments, node)
        return Code(f"{called}({', '.join(code.text for code in arguments)})", function.gives, _union(*arguments))


def _require_number(code: Code, node: ast.expr) -> Code:
    if code.kind != "number" or _is_text(node):
        raise _error("needs to be a number", node)
    return code


def _check_arguments(name: str, function: _Function, arguments: list[Code], node: ast.Call) -> None:
    takes: tuple[Kind, ...] = function.takes
    if function.several and len(arguments) > 1:
        takes = tuple("number" for _ in arguments)
    if len(arguments) != len(takes):
        raise _error(f"{name}() takes {len(takes)} argument{'s' if len(takes) > 1 else ''}", node)
    for kind, code, argument in zip(takes, arguments, node.args):
        if code.kind != kind and not (name == "len" and code.kind == "shapes"):
            raise _error(f"{name}() needs {_KIND_WORDS[kind]} here", argument)


def _check_comparison(operator: ast.cmpop, left: Kind, right: Kind, node: ast.expr) -> None:
    if isinstance(operator, (ast.In, ast.NotIn)):
        if (left, right) not in (("number", "shape"), ("shape", "shapes")):
            raise _error("`in` needs a list", node)
    elif left != right:
        raise _error(f"{_KIND_WORDS[left]} is compared with {_KIND_WORDS[right]}", node)
    elif left != "number" and not isinstance(operator, (ast.Eq, ast.NotEq)):
        raise _error("only numbers have an order", node)


def _list_of(item: Code, node: ast.expr) -> Kind:
    """What a list of such items is."""
    if item.kind == "shapes":
        raise _error("a list of lists of shapes is not part of the rules language", node)
    return "shapes" if item.kind == "shape" else "shape"


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


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_not(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _what(node: ast.expr) -> str:
    words = {"Attribute": "an attribute", "Lambda": "a lambda", "JoinedStr": "an f-string", "Dict": "a dictionary"}
    return words.get(type(node).__name__, f"'{ast.unparse(node)[:30]}'")


def _error(message: str, node: ast.AST) -> ExpressionError:
    return ExpressionError(message, *_span(node))


def _span(node: ast.AST) -> tuple[int, int]:
    start: int = getattr(node, "col_offset", 0)
    end: int | None = getattr(node, "end_col_offset", None)
    return start, start if end is None else end
