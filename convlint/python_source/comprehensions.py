"""Comprehensions and generator expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from convlint.python_source.assignment import assign
from convlint.python_source.iteration import hashed, iterate, truth_of
from convlint.python_source.scopes import Scope
from convlint.python_source.values import GaveUp, Lazy, PythonError
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.python_source.run import Run


def list_comprehension(run: Run, node: ast.ListComp, scope: Scope) -> object:
    """`[element for ...]`."""
    result: list[object] = []
    _comprehension(run, node.generators, scope, lambda inner: result.append(run.evaluate(node.elt, inner)))
    return result


def set_comprehension(run: Run, node: ast.SetComp, scope: Scope) -> object:
    """`{element for ...}`."""
    result: list[object] = []
    _comprehension(run, node.generators, scope, lambda inner: result.append(run.evaluate(node.elt, inner)))
    return hashed(run, result, node, scope)


def dict_comprehension(run: Run, node: ast.DictComp, scope: Scope) -> object:
    """`{key: value for ...}`."""
    pairs: list[tuple[object, object]] = []

    def make(inner: Scope) -> None:
        pairs.append((run.evaluate(node.key, inner), run.evaluate(node.value, inner)))

    _comprehension(run, node.generators, scope, make)
    try:
        return dict(pairs)
    except TypeError as error:
        raise PythonError("TypeError", str(error), run.place(node, scope)) from None


def _comprehension(
    run: Run, generators: list[ast.comprehension], scope: Scope, make: Callable[[Scope], None], at: int = 0
) -> None:
    if at == len(generators):
        make(scope)
        return
    generator = generators[at]
    source = run.evaluate(generator.iter, scope)
    for item in iterate(run, source, generator.iter, scope):
        inner = Scope(scope.module, {}, scope, scope.owner, scope.receiver)
        assign(run, generator.target, item, inner)
        if all(_passes(run, test, inner) for test in generator.ifs):
            _comprehension(run, generators, inner, make, at + 1)


def generator(run: Run, node: ast.GeneratorExp, scope: Scope) -> object:
    """`(element for ...)`: its elements are found when they are asked for."""
    first = node.generators[0]
    source = run.evaluate(first.iter, scope)
    return Lazy(_lazily(run, node, source, scope, 0))


def _lazily(run: Run, node: ast.GeneratorExp, source: object, scope: Scope, at: int) -> Iterator[object]:
    generator = node.generators[at]
    items = source.items if isinstance(source, Lazy) else iterate(run, source, generator.iter, scope)
    for item in items:
        inner = Scope(scope.module, {}, scope, scope.owner, scope.receiver)
        assign(run, generator.target, item, inner)
        if not all(_passes(run, test, inner) for test in generator.ifs):
            continue
        if at + 1 == len(node.generators):
            yield run.evaluate(node.elt, inner)
        else:
            further = run.evaluate(node.generators[at + 1].iter, inner)
            yield from _lazily(run, node, further, inner, at + 1)


def _passes(run: Run, test: ast.expr, scope: Scope) -> bool:
    truth = truth_of(run, run.evaluate(test, scope))
    if truth is None:
        raise GaveUp(f"a condition at {run.place(test, scope)}")
    return truth
