"""Says what is wrong with a value that a layer is given from outside, or that it computes, and does not take."""

from __future__ import annotations

import re

from convlint.catalogue.parameters import REJECTED, Parameter, accept
from convlint.catalogue.runnable import Operator
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.native.texts_for_expressions import meant_arithmetic, meant_name
from convlint.dialects.native.texts_for_numbers import meant_number
from convlint.dialects.native.values import Names, misfit
from convlint.dialects.places import place_of
from convlint.dialects.words import in_words
from convlint.editing import rewriting
from convlint.findings import Related
from convlint.source.nodes import AnyNode, Scalar


def report_given_text(
    given: AnyNode, node: AnyNode, operator: Operator, parameter: Parameter, names: Names, mistakes: Mistakes
) -> None:
    """A finding at the text that was `given`; `node` is the expression inside the block that has its value."""
    text = given.value if isinstance(given, Scalar) and isinstance(given.value, str) else ""
    meant = meant_name(text, names) or meant_arithmetic(text, names)
    mistakes.report(
        "wrong-type",
        given,
        message=f"{parameter.name} of {operator.name} cannot be the text '{text}'",
        hint=f"an expression is written {meant}" if meant is not None else "",
        related=(Related(place_of(mistakes.source, node), f"it is {parameter.name} of {operator.name} here"),),
        fix=rewriting(mistakes.source.text, given, meant, True),
    )


def report_computed(
    node: AnyNode, operator: Operator, parameter: Parameter, value: object, names: Names, mistakes: Mistakes
) -> None:
    """A finding at an expression whose value its parameter does not take."""
    meant = _floored(node, operator, parameter, names) if isinstance(value, float) else None
    hint, fix = "", None
    if meant is not None:
        hint, fix = f"// divides to an integer: {meant}", rewriting(mistakes.source.text, node, f'"{meant}"', False)
    elif isinstance(value, str) and (number := meant_number(value)) is not None:
        hint = f"{in_words(value)} is a text: write {number} where it comes from"
    misfit(node, f"{parameter.name} cannot be {in_words(value)}", mistakes, hint, fix)


def _floored(node: AnyNode, operator: Operator, parameter: Parameter, names: Names) -> str | None:
    """The expression with `//` for `/`, where its parameter takes that."""
    from convlint.catalogue.expressions import evaluate
    from convlint.catalogue.language import ExpressionError

    text = node.text if isinstance(node, Scalar) else ""
    meant = re.sub(r"(?<!/)/(?!/)", "//", text)
    if meant == text or not text.endswith("}"):
        return None
    try:
        value = evaluate(meant[2:-1], names)
    except ExpressionError:
        return None
    return None if accept(parameter, operator.axes, value) is REJECTED else meant
