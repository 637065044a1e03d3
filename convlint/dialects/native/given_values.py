"""Says what is wrong with a text that a layer gives a block, where a parameter inside takes something else."""

from __future__ import annotations

from convlint.catalogue.parameters import Parameter
from convlint.catalogue.runnable import Operator
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.native.texts_for_expressions import meant_arithmetic, meant_name
from convlint.dialects.native.values import Names
from convlint.dialects.places import place_of
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
