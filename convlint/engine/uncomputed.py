"""Says which requirements and formulas of a repository's own could not be computed for a layer."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.catalogue import lookup
from convlint.catalogue.extension import Extension
from convlint.catalogue.operators import Declaration
from convlint.domain.values import UNKNOWN, Shapes, Symbolic, plain_sizes
from convlint.engine.reporting import report
from convlint.engine.trace import Step, Trace
from convlint.findings import Finding
from convlint.model import Layer
from convlint.typed import NamedTuple

_NO_NUMBER = (ArithmeticError, LookupError, TypeError, ValueError)


class _Use(NamedTuple):
    """A layer of an own operator whose inputs are known, and what came of it."""

    layer: Layer
    name: str
    step: Step


def uncomputed_findings(own: Extension, trace: Trace) -> list[Finding]:
    """`rule-not-computed` for what could not be computed, each once, at the first layer of which it is asked."""
    findings: dict[tuple[str, str], Finding] = {}
    for use in _uses(own, trace):
        for what, problem in _problems(own, lookup.declaration(use.name), use):
            if (what, use.name) not in findings:
                arguments = {"what": what, "op": lookup.plain_name(use.name), "problem": problem}
                place = use.layer.places.at("op")
                findings[what, use.name] = report("rule-not-computed", place, arguments, layer=use.layer.name)
    return list(findings.values())


def _uses(own: Extension, trace: Trace) -> Iterator[_Use]:
    """The layers of own operators whose shapes did not come out, blocks included."""
    for layer, step in zip(trace.graph.layers, trace.steps):
        for copy in step.copies:
            yield from _uses(own, copy)
        name = layer.operator
        if isinstance(name, str) and name in own.declarations and not step.failures and _lost_something(step):
            yield _Use(layer, name, step)


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
