"""Says what is wrong with a text that a layer gives a block, where a parameter inside takes something else."""

from __future__ import annotations

from convlint.catalogue.parameters import Parameter
from convlint.catalogue.runnable import Operator
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.native.values import Names
from convlint.dialects.places import place_of
from convlint.editing import rewritten
from convlint.findings import Fix, Related
from convlint.schema.hints import expression_hint, meant_expression, meant_value, value_hint
from convlint.schema.layers import value_schema
from convlint.schema.words import expected_words, found_words
from convlint.source.nodes import AnyNode, Scalar


def report_given_text(
    given: AnyNode, node: AnyNode, operator: Operator, parameter: Parameter, names: Names, mistakes: Mistakes
) -> None:
    """A finding at the text that was `given`; `node` is the expression inside the block that has its value."""
    text = given.value if isinstance(given, Scalar) else ""
    expected = expected_words(value_schema(parameter, operator.axes))
    arguments = {"key": parameter.name, "expected": expected, "found": found_words(text)}
    hint = expression_hint(text, names, expected) or value_hint(text, expected)
    meant = meant_expression(text, names, expected) or meant_value(text, expected)
    edits = rewritten(mistakes.source.text, given, meant) if meant and isinstance(given, Scalar) else None
    fix = None if edits is None else Fix(f"write {meant}", edits, True)
    related = (Related(place_of(mistakes.source, node), f"it is {parameter.name} of {operator.name} here"),)
    mistakes.report("wrong-type", given, arguments, hint=hint, related=related, fix=fix)
