"""From an architecture to findings: propagates shapes and says what failed, where, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from convlint.engine import catalogue
from convlint.engine.propagation import (
    EXPECTED,
    INPUT_COUNT,
    MOST_COMPUTED,
    NO_SUCH_OUTPUT,
    RANK,
    REPEATED,
    TOLD,
    Failure,
    Session,
    Step,
    Trace,
    contradicts,
    propagate,
)
from convlint.engine.values import UNKNOWN
from convlint.engine.wiring import stride_findings, wiring_findings
from convlint.findings import Finding, Related
from convlint.model import Architecture, Graph, Layer, Output, Port, Shape

MOST_SOLVED = 1000
"""Layers of a network for which an error still computes the sizes that would work."""
_FIELD = r"\{([^{}]+)\}"


def check(architecture: Architecture, session: Session) -> tuple[Trace, list[Finding]]:
    """The trace of an architecture and everything that is wrong with it."""
    trace, findings = examine(architecture, session)
    if architecture.ranges:
        from convlint.engine.ranges import range_findings

        findings += range_findings(architecture, trace)
    return trace, _with_sizes_that_work(architecture, findings)


def examine(architecture: Architecture, session: Session) -> tuple[Trace, list[Finding]]:
    """The trace and what is wrong with the sizes as they are: no proof of ranges, no advice on other sizes."""
    trace = propagate(architecture.graph, architecture.inputs, session)
    findings = [*architecture.findings, *wiring_findings(architecture), *stride_findings(architecture, trace)]
    if not trace.sound:
        findings += _distinct(_trace_findings(Scene(trace, "", (), trace.inputs)))
    findings += [finding for output in architecture.outputs for finding in _output_findings(output, trace)]
    if session.is_spent:
        findings.append(_spent_finding(architecture.graph))
    return trace, findings


def _spent_finding(graph: Graph) -> Finding:
    from convlint.engine.reporting import report

    limit = f"repeats and blocks expand to more than {MOST_COMPUTED:,} different layers; the rest was not checked"
    return report("yaml-limit", graph.layers[0].places.at("op"), {"limit": limit})


def _with_sizes_that_work(architecture: Architecture, findings: list[Finding]) -> list[Finding]:
    """The findings; those that depend on the size of an input say which sizes the network takes."""
    dependent = [finding.rule.size_effect == "fails" and finding.severity == "error" for finding in findings]
    if not any(dependent) or len(architecture.graph.layers) > MOST_SOLVED:
        return findings
    from convlint.engine.ranges import sizes_that_work

    advice = sizes_that_work(architecture)
    if not advice:
        return findings
    return [
        finding._replace(help="; ".join(filter(None, (finding.help, advice)))) if is_dependent else finding
        for finding, is_dependent in zip(findings, dependent)
    ]


class Scene(NamedTuple):
    """A trace and how one gets to it: the path of the layer that uses it, and the places of its uses.

    `given` holds the shapes of the inputs of the network.
    """

    trace: Trace
    path: str
    uses: tuple[Related, ...]
    given: tuple[Shape, ...]

    def layer_path(self, index: int) -> str:
        """The path of one of its layers."""
        return self.path + self.trace.graph.layers[index].name


def _distinct(findings: Iterator[Finding]) -> list[Finding]:
    """One finding for one mistake: what is wrong inside a block is said at its first use."""
    seen: set[tuple[str, int, int]] = set()
    kept = []
    for finding in findings:
        key = (finding.rule.name, finding.place.start, finding.place.end)
        if key not in seen:
            seen.add(key)
            kept.append(finding)
    return kept


def _trace_findings(scene: Scene) -> Iterator[Finding]:
    for index, step in enumerate(scene.trace.steps):
        for failure in step.failures:
            yield _finding(scene, index, step, failure)
        layer = scene.trace.graph.layers[index]
        for number, copy in enumerate(step.copies):
            if not copy.sound:
                label = f"[{number}]/" if layer.repeat > 1 else "/"
                use = Related(layer.places.at("op"), f"{copy.graph.name} is used here")
                yield from _trace_findings(
                    Scene(copy, scene.layer_path(index) + label, (*scene.uses, use), scene.given)
                )


def _finding(scene: Scene, index: int, step: Step, failure: Failure) -> Finding:
    from convlint.engine.reporting import report, shape_text

    layer = scene.trace.graph.layers[index]
    path = scene.layer_path(index)
    if failure.requirement >= 0:
        return _requirement_finding(scene, index, step, failure)
    if failure.requirement == NO_SUCH_OUTPUT:
        (number,) = failure.axes
        port = layer.sources[number]
        assert port is not None
        name = f"{_port_name(scene.trace.graph, port)}.{port.output}"
        count = len(scene.trace.steps[port.layer].outputs) if port.layer >= 0 else 1
        hint = f"it has {count} output{'s' if count > 1 else ''}, counted from 0"
        return report(
            "undefined-input",
            layer.places.at("from", number),
            {"name": name},
            help=hint,
            layer=path,
            related=scene.uses,
        )
    if failure.requirement == EXPECTED:
        (number,) = failure.axes
        assert layer.expected is not None
        found = step.outputs[number] if number < len(step.outputs) else None
        arguments = {
            "expected": shape_text(layer.expected[number]),
            "found": shape_text(found) if found else "missing",
        }
        where = layer.places.at("expect", number if len(layer.expected) > 1 else None)
        return report("output-shape-mismatch", where, arguments, layer=path, related=scene.uses)
    if failure.requirement == TOLD:
        return _untracked_finding(layer, failure, path)
    if failure.requirement == REPEATED:
        return _repeated_finding(layer, step, failure, path)
    name = layer.operator.name if isinstance(layer.operator, Graph) else layer.operator or ""
    if failure.requirement == INPUT_COUNT:
        arguments = {"op": layer.label or name, "expected": _count_text(layer), "found": str(len(step.inputs))}
        return report("input-count", layer.places.at("from"), arguments, layer=path, related=scene.uses)
    assert failure.requirement == RANK
    operator = catalogue.operator(name)
    ranks = operator.ranks if operator is not None and operator.ranks is not None else ()
    arguments = {"op": layer.label or name, "expected": _ranks_text(ranks), "found": shape_text(step.inputs[0])}
    source = layer.sources[0]
    related = scene.uses
    if source is not None and source.layer >= 0:
        producer = scene.trace.graph.layers[source.layer]
        related = (Related(producer.places.at(""), f"{producer.name} gives {arguments['found']}"), *related)
    hint = _batch_hint(step.inputs[0], ranks) if step.inputs[0] in scene.given else ""
    return report("rank-mismatch", layer.places.at("op"), arguments, help=hint, layer=path, related=related)


def _batch_hint(shape: Shape, ranks: tuple[int, ...]) -> str:
    """Help for an input of the network that has an axis too many: people write the batch, too."""
    if len(shape) - 1 not in ranks:
        return ""
    sizes = ", ".join(str(size) for size in shape[1:])
    return f"the batch is left out of shapes: if {shape[0]} is the batch, the input is [{sizes}]"


def _untracked_finding(layer: Layer, failure: Failure, path: str) -> Finding:
    from convlint.engine.reporting import report

    arguments = {"module": layer.label, "channels": failure.axes[0], "told": layer.told}
    return report("untracked-channels", layer.places.at("out_channels"), arguments, layer=path)


def _repeated_finding(layer: Layer, step: Step, failure: Failure, path: str) -> Finding:
    from convlint.engine.reporting import report, shape_text

    arguments = {"module": layer.label, "repeat": layer.repeat}
    if failure.axes:
        shapes = {"input": shape_text(step.inputs[0]), "output": shape_text(step.outputs[0])}
        message = "{repeat} copies of {module} in sequence make {input} into {output}".format(**arguments, **shapes)
        return report(
            "repeat-changes-shape", layer.places.at("repeat"), message=message, severity="warning", layer=path
        )
    shapes = {"input": shape_text(step.inputs[0]), "output": shape_text(step.outputs[0])}
    return report("repeat-changes-shape", layer.places.at("repeat"), {**arguments, **shapes}, layer=path)


def _count_text(layer: Layer) -> str:
    if isinstance(layer.operator, Graph):
        return _inputs_text(str(len(layer.operator.inputs)))
    operator = catalogue.operator(layer.operator or "")
    if operator is None:
        return "another number of inputs"
    if operator.counts:
        return _inputs_text(" or ".join(str(count) for count in operator.counts))
    if operator.most is None:
        return f"at least {_inputs_text(str(operator.fewest))}"
    counts = (operator.fewest, operator.most)
    return _inputs_text(" to ".join(str(count) for count in dict.fromkeys(counts)))


def _inputs_text(count: str) -> str:
    return f"{count} input" if count == "1" else f"{count} inputs"


def _ranks_text(ranks: tuple[int, ...]) -> str:
    named = {
        1: "[features]",
        2: "[channels, length]",
        3: "[channels, height, width]",
        4: "[channels, depth, height, width]",
    }
    return " or ".join(named.get(rank, f"{rank} axes") for rank in ranks)


def _requirement_finding(scene: Scene, index: int, step: Step, failure: Failure) -> Finding:
    from convlint.engine.explanations import Explanation, explain
    from convlint.engine.remedies import remedy_fix
    from convlint.engine.reporting import report

    layer = scene.trace.graph.layers[index]
    assert isinstance(layer.operator, str)
    requirement = catalogue.declaration(layer.operator).requirements[failure.requirement]
    rule = catalogue.rules()[requirement.rule]
    at = requirement.at or "op"
    fill = _Filler(scene, index, step, failure, at)
    drafted = Explanation(
        rule.name,
        fill(requirement.say if requirement.say is not None else rule.message),
        fill(requirement.help if requirement.help is not None else rule.help),
        fix=remedy_fix(layer, step, requirement.fix, fill) if requirement.fix is not None else None,
    )
    explanation = explain(scene.trace, index, failure, drafted)
    return report(
        explanation.rule,
        layer.places.at(at),
        message=explanation.message,
        help=explanation.help,
        severity=requirement.severity,  # type: ignore[arg-type]
        layer=scene.layer_path(index),
        related=(*explanation.related, *scene.uses),
        fix=explanation.fix,
    )


class _Filler:
    """Fills the `{expression}` fields of a text with their values on the axis that failed."""

    def __init__(self, scene: Scene, index: int, step: Step, failure: Failure, at: str) -> None:
        self._scene = scene
        self._layer = scene.trace.graph.layers[index]
        self._step = step
        self._axes = failure.axes
        self._at = at

    def __call__(self, text: str) -> str:
        names = tuple(dict.fromkeys(re.findall(_FIELD, text)))
        if not names:
            return text
        extras = self._extras()
        expressions = tuple(name for name in names if name not in extras)
        layer, step = self._layer, self._step
        assert isinstance(layer.operator, str)
        try:
            computed = catalogue.evaluate(layer.operator, expressions, layer.parameters, step.inputs, step.outputs)
        except (ArithmeticError, LookupError, TypeError, ValueError):  # a number that is too large to compute with
            computed = (UNKNOWN,) * len(expressions)
        axis = self._axes[0] if self._axes else 0
        values = {
            name: _on_axis(value, axis) if isinstance(value, list) else value
            for name, value in zip(expressions, computed)
        }
        same = all(
            all(_on_axis(value, other) == _on_axis(value, axis) for other in self._axes)
            for value in computed
            if isinstance(value, list)
        )
        extras["axis_name"] = self._axis_names(self._axes if same else self._axes[:1])
        return re.sub(_FIELD, lambda match: _in_text({**extras, **values}[match.group(1)]), text)

    def _axis_names(self, axes: tuple[int, ...]) -> str:
        from convlint.engine.reporting import axis_name

        shape = self._step.inputs[0] if self._step.inputs else ()
        count = len(shape) - 1 if isinstance(shape, tuple) else 0
        return " and ".join(axis_name(axis, count) for axis in axes)

    def _extras(self) -> dict[str, Any]:
        from convlint.engine.reporting import shape_text

        layer, inputs = self._layer, self._step.inputs
        operator = catalogue.operator(str(layer.operator))
        value = None
        if operator is not None and self._at in operator.positions:
            value = layer.parameters[operator.positions[self._at]]
        return {
            "axis_name": "",
            "input": shape_text(inputs[0]) if inputs else "nothing",
            "shapes": ", ".join(shape_text(shape) for shape in inputs),
            "at": self._at,
            "value": list(value) if isinstance(value, tuple) else value,
            "op": layer.label or layer.operator,
        }


def _on_axis(value: Any, axis: int) -> Any:
    return value[axis] if axis < len(value) else value[-1] if value else "?"


def _in_text(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(_in_text(item) for item in value) + "]"
    return str(value)


def _port_name(graph: Graph, port: Port) -> str:
    return graph.layers[port.layer].name if port.layer >= 0 else graph.inputs[-1 - port.layer]


def _output_findings(output: Output, trace: Trace) -> Iterator[Finding]:
    from convlint.engine.reporting import report, shape_text

    port = output.port
    if port is None:
        return
    count = len(trace.steps[port.layer].outputs) if port.layer >= 0 else 1
    known = port.layer < 0 or trace.steps[port.layer].outputs != (UNKNOWN,)
    if port.output >= count and known:
        name = f"{_port_name(trace.graph, port)}.{port.output}"
        hint = f"it has {count} output{'s' if count > 1 else ''}, counted from 0"
        yield report("undefined-input", output.place, {"name": name}, help=hint)
        return
    if output.expected is None:
        return
    if port.layer < 0:
        found = trace.inputs[-1 - port.layer]
    else:
        outputs = trace.steps[port.layer].outputs
        if port.output >= len(outputs):
            return
        found = outputs[port.output]
    if contradicts(output.expected, found):
        arguments = {"expected": shape_text(output.expected), "found": shape_text(found)}
        yield report(
            "output-shape-mismatch",
            output.expected_place or output.place,
            arguments,
            layer=_port_name(trace.graph, port),
        )
