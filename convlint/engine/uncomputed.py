"""Says which requirements and formulas of a repository's own could not be computed for a layer."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.catalogue import lookup
from convlint.catalogue.extension import Extension
from convlint.catalogue.operators import Declaration
from convlint.domain.values import UNKNOWN, Shapes, Symbolic, plain_sizes
from convlint.engine.reporting import report
from convlint.engine.trace import Step, Trace
from convlint.findings import Finding, Part
from convlint.model import Layer
from convlint.typed import NamedTuple

_NO_NUMBER = (ArithmeticError, LookupError, TypeError, ValueError)


Told = dict[tuple[str, str], Finding]
"""What could not be computed, by (what, operator): each is told once, at the first layer of which it is asked."""


class _Use(NamedTuple):
    """A layer of an own operator whose inputs are known, and what came of it."""

    layer: Layer
    name: str
    step: Step


def uncomputed_findings(own: Extension, trace: Trace) -> Told:
    """`rule-not-computed` for what could not be computed in the layers of a network and of its blocks."""
    told: Told = {}
    _add_below(told, own, trace)
    return told


def _add_below(told: Told, own: Extension, trace: Trace) -> None:
    for layer, step in zip(trace.graph.layers, trace.steps):
        for copy in step.copies:
            _add_below(told, own, copy)
        for what, message in uncomputed_messages(own, layer, step):
            if what not in told:
                place = layer.places.at(Part.OPERATOR)
                told[what] = report("rule-not-computed", place, message=message, layer=layer.name)


def uncomputed_messages(own: Extension, layer: Layer, step: Step) -> Iterator[tuple[tuple[str, str], str]]:
    """((what, operator), what is said) of what could not be computed for a layer whose shape did not come out."""
    name = layer.operator
    if not isinstance(name, str) or name not in own.declarations or step.failures or not _lost_something(step):
        return
    template = lookup.rules()["rule-not-computed"].message
    for what, problem in _problems(own, lookup.declaration(name), _Use(layer, name, step)):
        yield (what, name), template.format(what=what, op=lookup.plain_name(name), problem=problem)


def _lost_something(step: Step) -> bool:
    """Whether an output is not known though all inputs are."""
    return _all_plain(step.inputs) and not _all_plain(step.outputs)


def _all_plain(shapes: Shapes) -> bool:
    return all(plain_sizes(shape) is not None for shape in shapes)


def _problems(own: Extension, declared: Declaration, use: _Use) -> Iterator[tuple[str, str]]:
    """(what could not be computed, why) of a layer."""
    for requirement in declared.requirements:
        if requirement.rule in own.rules:
            problem = _problem(use, requirement.that)
            if problem:
                yield f"'{requirement.rule}'", problem
    outputs = declared.outputs if isinstance(declared.outputs, tuple) else (declared.outputs,)
    for output in outputs:
        for expression in output if isinstance(output, tuple) else (output,):
            problem = _problem(use, expression) or _no_size(use, expression)
            if problem:
                yield f"the output `{expression}`", problem


def _problem(use: _Use, expression: str) -> str:
    """Why an expression has no value; empty where it has one."""
    try:
        _value(use, expression)
    except ZeroDivisionError:
        return "it divides by zero"
    except _NO_NUMBER as error:
        return str(error) or "it has no value"
    return ""


def _no_size(use: _Use, expression: str) -> str:
    """Which value of an expression is no size; empty where each may be one."""
    value = _value(use, expression)
    items = value if isinstance(value, (list, tuple)) else [value]
    wrong = [item for item in items if item is not UNKNOWN and not (type(item) is int and item > 0)]
    return f"it gives {wrong[0]}, which is no size" if wrong and not isinstance(wrong[0], (tuple, Symbolic)) else ""


def _value(use: _Use, expression: str) -> object:
    parameters = use.layer.parameters
    (value,) = lookup.evaluate(use.name, (expression,), parameters, use.step.inputs, use.step.outputs)
    return value
