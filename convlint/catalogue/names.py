"""The expressions of a declaration that decide its shapes, and the names that they use."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from convlint.catalogue.operators import Declaration


def names_through_let(
    declaration: Declaration, expression: str, names_in: Callable[[str], tuple[str, ...]]
) -> set[str]:
    """The names that an expression uses, by itself and through `let`; raises what `names_in` raises."""
    lets, waiting, needed = dict(declaration.let), [expression], set[str]()
    while waiting:
        for name in names_in(waiting.pop()):
            if name not in needed:
                needed.add(name)
                waiting += [lets[name]] if name in lets else []
    return needed


def parsed_names(expression: str) -> tuple[str, ...]:
    """The names in an expression itself, sorted; raises ExpressionError."""
    from convlint.catalogue.language import names_in, parse_expression

    return tuple(sorted(names_in(parse_expression(expression))))


def shape_expressions(declaration: Declaration) -> Iterator[str]:
    """The expressions that decide what comes out of an operator, and what it requires."""
    yield from (expression for _, expression in declaration.let)
    yield from (requirement.that for requirement in declaration.requirements)
    yield from (parameter.infer for parameter in declaration.parameters if parameter.infer is not None)
    for output in (declaration.outputs,) if isinstance(declaration.outputs, str) else declaration.outputs:
        yield from (output,) if isinstance(output, str) else output
