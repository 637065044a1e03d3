"""Says what failed in a trace, where, and why."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Sequence

from convlint.catalogue import lookup
from convlint.catalogue.templates import FACTS, fields, filled, help_of, message_of
from convlint.domain.values import UNKNOWN, Shape, Size, rank_of
from convlint.engine.causes import Causes, Route
from convlint.engine.culprits import Culprits
from convlint.engine.explanations import Explanation, explain, names_origin
from convlint.engine.failures import (
    ChangingCopies,
    Contradicted,
    Failure,
    Miscounted,
    MissingOutput,
    NothingBehind,
    UnfitCopies,
    Unmet,
    WrongInputCount,
    WrongRank,
)
from convlint.engine.margins import Margins
from convlint.engine.propagation import contradicts
from convlint.engine.remedies import remedy_fix
from convlint.engine.reporting import axis_name, origin_of, report, shape_text
from convlint.engine.trace import Step, Trace
from convlint.findings import Edit, Finding, Fix, Part, Place, Related
from convlint.model import Graph, Layer, Learned, Port
from convlint.typed import NamedTuple


class Scene(NamedTuple):
    """A trace and how one gets to it: the path of the layer that uses it, and the places of its uses.

    `given` holds the shapes of the inputs of the network, `route` the number and the copy of each block on the way.
    """

    trace: Trace
    path: str
    uses: tuple[Related, ...]
    given: tuple[Shape, ...]
    route: tuple[int, ...] = ()

    def layer_path(self, index: int) -> str:
        """The path of one of its layers."""
        return self.path + self.trace.graph.layers[index].name

    def inside(self, index: int, copy: int, trace: Trace) -> Scene:
        """The scene of the trace of a copy of a block."""
        layer = self.trace.graph.layers[index]
        label = f"[{copy}]/" if layer.repeat > 1 else "/"
        use = Related(layer.places.at(Part.OPERATOR), f"{trace.graph.name} is used here")
        route = (*self.route, index, copy)
        return Scene(trace, self.layer_path(index) + label, (*self.uses, use), self.given, route)


class Judges(NamedTuple):
    """What tells which failures are said and who is to blame for them, for the trace of a whole network."""

    following: Container[tuple[Route, int, int]]
    margins: Margins
    culprits: Culprits


def trace_findings(trace: Trace, causes: Causes, culprits: Culprits) -> Iterator[Finding]:
    """What failed in the trace of a network and in its blocks, but for what follows from another failure.

    A block that is used twice says it twice. What a layer loses is not mended where it, or one that it depends on, is
    to blame for more: with the right numbers there, it may lose nothing.
    """
    findings = list(_findings(Scene(trace, "", (), trace.inputs), Judges(causes.following, Margins(trace), culprits)))
    doubtful = _depending_on(trace, culprits.accused) if culprits.accused else set()
    for finding in findings:
        top = str(finding.layer).split("/")[0].split("[")[0]
        yield finding._replace(fix=None) if not finding.rule.stops and top in doubtful else finding


def _depending_on(trace: Trace, sites: Collection[tuple[Route, int]]) -> set[str]:
    """The layers of a network that are, hold, or depend on one of some layers."""
    found = {route[0] if route else number for route, number in sites}
    layers = trace.graph.layers
    for index in trace.order:
        if any(port is not None and port.layer in found for port in layers[index].sources):
            found.add(index)
    return {layers[index].name for index in found}


def missing_output(
    port: Port, trace: Trace, place: Place, layer: str | None = None, related: tuple[Related, ...] = ()
) -> Finding:
    """The finding for a port whose layer has fewer outputs."""
    count = len(trace.shapes_at(port))
    hint = f"it has {count} output{'s' if count > 1 else ''}, counted from 0"
    arguments = {"name": trace.graph.port_name(port)}
    return report("undefined-input", place, arguments, help=hint, layer=layer, related=related)


def _findings(scene: Scene, judges: Judges) -> Iterator[Finding]:
    for index, step in enumerate(scene.trace.steps):
        for number, failure in enumerate(step.failures):
            if (scene.route, index, number) in judges.following or judges.culprits.explain(scene.route, index, failure):
                continue
            if isinstance(failure, Unmet) and failure.axes:
                axes = judges.margins.axes_that_lose(
                    (*scene.route, index), scene.trace.graph.layers[index], step, failure
                )
                if not axes:
                    continue
                failure = failure._replace(axes=axes)
            finding = _finding(scene, index, step, failure)
            if finding.rule.name == "input-count" and _reads_the_undefined(scene.trace.graph.layers[index]):
                continue
            if finding.severity == "error" and finding.rule.stops:
                finding = _blaming(scene, index, number, finding, judges.culprits)
            yield finding
        for number, copy in enumerate(step.copies):
            if not copy.sound:
                yield from _findings(scene.inside(index, number, copy), judges)
        if step.inside is not None and not step.inside.sound:
            yield from _inside_findings(scene, index, step.inside)


def _blaming(scene: Scene, index: int, number: int, finding: Finding, culprits: Culprits) -> Finding:
    """The finding with what is to blame for failure `number` of a layer; where nothing tells, no fix of it is safe."""
    failure = scene.trace.steps[index].failures[number]
    swap = culprits.swap_at(scene.route, index, failure)
    if swap is not None:
        return finding._replace(help=swap.help, fix=swap.fix)
    fixed = culprits.fixed_at(scene.route, scene.trace.graph.layers[index])
    if fixed is not None:
        return finding._replace(help=fixed.help, fix=fixed.fix)
    culprit = culprits.of(scene.trace, scene.route, index, number)
    if culprit is not None:
        if not culprit.is_sure and names_origin(scene.trace, index, failure):
            return finding
        from convlint.engine.accusing import accused

        return accused(finding, culprit, culprits.trace)
    from convlint.engine.turned_inputs import turned_input

    other = turned_input(scene.trace, index, scene.given)
    if other:
        finding = finding._replace(help="; or ".join(filter(None, (finding.help, other))))
    if finding.fix is None or not (other or culprits.leave_open(scene.route, index, number)):
        return finding
    return finding._replace(fix=finding.fix._replace(safe=False))


def _reads_the_undefined(layer: Layer) -> bool:
    """Whether a layer reads one name that nothing has, and which may have meant several inputs: `a+b`."""
    return layer.sources == (None,)


def _inside_findings(scene: Scene, index: int, inside: Trace) -> Iterator[Finding]:
    """The first failure inside an operator that is known by its body alone, said of the layer that has it."""
    from convlint.engine.body_failures import first_failures

    layer = scene.trace.graph.layers[index]
    found = next(first_failures(inside, scene.layer_path(index) + "/"), None)
    if found is None:
        return
    within = Scene(found.trace, found.path, (), scene.given)
    finding = _finding(within, found.number, found.trace.steps[found.number], found.failure)
    is_of_size = finding.rule.size_effect == "fails" or _blames_no_parameter(found.trace, found.number, found.failure)
    place = layer.places.at(Part.SOURCES if is_of_size else Part.OPERATOR)
    inner = str(finding.layer).removeprefix(scene.layer_path(index) + "/")
    message = f"inside {layer.label or layer.name}: {_with_name(inner, finding.message)}"
    yield finding._replace(message=message, place=place, help="", related=(*scene.uses, *origin_of(place)), fix=None)


def _blames_no_parameter(trace: Trace, number: int, failure: Failure) -> bool:
    """Whether a requirement points at nothing of its layer: what reaches the layer breaks it."""
    operator = trace.graph.layers[number].operator
    if not isinstance(failure, Unmet) or not isinstance(operator, str):
        return False
    return not lookup.declaration(operator).requirements[failure.requirement].at


def _with_name(name: str, message: str) -> str:
    """A message about a layer that says which one it is."""
    return message if message.startswith(name) else f"{name}: {message}"


def _finding(scene: Scene, index: int, step: Step, failure: Failure) -> Finding:
    match failure:
        case Unmet():
            return _requirement_finding(scene, index, step, failure)
        case WrongInputCount():
            return _wrong_input_count(scene, index, step)
        case WrongRank():
            return _wrong_rank(scene, index, step)
        case Contradicted(number):
            return _contradiction(scene, index, step, number)
        case MissingOutput(number):
            return _missing_output(scene, index, number)
        case NothingBehind(number):
            return _nothing_to_go_over(scene, index, step, number)
        case Miscounted(channels):
            return _untracked_channels(scene, index, channels)
        case UnfitCopies():
            return _unfit_copies(scene, index, step)
        case ChangingCopies():
            return _changing_copies(scene, index, step)


def _missing_output(scene: Scene, index: int, number: int) -> Finding:
    layer = scene.trace.graph.layers[index]
    port = layer.sources[number]
    assert port is not None
    place = layer.places.at(Part.SOURCES, number)
    return missing_output(port, scene.trace, place, layer=scene.layer_path(index), related=scene.uses)


def _contradiction(scene: Scene, index: int, step: Step, number: int) -> Finding:
    layer = scene.trace.graph.layers[index]
    assert layer.expected is not None
    found = step.outputs[number] if number < len(step.outputs) else None
    arguments = {
        "expected": shape_text(layer.expected[number]),
        "found": shape_text(found) if found else "missing",
    }
    is_alone = len(layer.expected) == 1
    place, path = layer.places.at(Part.EXPECTED, None if is_alone else number), scene.layer_path(index)
    hint, fix = batch_hint(layer.expected[number], found), None
    if hint and is_alone and rank_of(layer.expected[number]) > rank_of(found or ()):
        batch, channels = layer.places.at(Part.EXPECTED, 0), layer.places.at(Part.EXPECTED, 1)
        fix = Fix("leave out the batch", (Edit(batch.start, channels.start, ""),), False)
    return report("output-shape-mismatch", place, arguments, help=hint, layer=path, related=scene.uses, fix=fix)


def batch_hint(expected: Shape, found: Shape | None) -> str:
    """Help for a shape that is the one found with a number before it, which is the batch, or that lacks its first."""
    if not isinstance(expected, tuple) or not isinstance(found, tuple):
        return ""
    if len(found) == len(expected) + 1 and not contradicts(expected, found[1:]):
        return _first_axis_hint(found)
    if len(expected) != len(found) + 1:
        return ""
    if contradicts(expected[1:], found):
        return ""
    return f"the batch is left out of shapes: [{', '.join(str(size) for size in expected[1:])}]"


def _first_axis_hint(found: tuple[Size, ...]) -> str:
    """Help for a shape that was declared without its first axis: the channels of a map, or the rows of a list."""
    if not all(type(size) is int for size in found):
        return ""
    if len(found) > 2:
        return f"a shape begins with the channels: [{', '.join(map(str, found))}]"
    if found[0] == 1:
        return "there is one of these: take it from dimension 1"
    return f"there are {found[0]} of these: take one of them, or their mean, over dimension 1"


def _wrong_input_count(scene: Scene, index: int, step: Step) -> Finding:
    layer = scene.trace.graph.layers[index]
    arguments = {"op": _operator_title(layer), "expected": _count_text(layer), "found": str(len(step.inputs))}
    hint = _inputs_hint(layer, len(step.inputs))
    place, path = layer.places.at(Part.SOURCES), scene.layer_path(index)
    return report("input-count", place, arguments, help=hint, layer=path, related=scene.uses)


def _inputs_hint(layer: Layer, found: int) -> str:
    """What a block reads, in its order, how several are read, or what makes one of several."""
    if isinstance(layer.operator, Graph) and len(layer.operator.inputs) > 1:
        return f"from: [{', '.join(layer.operator.inputs)}], in this order"
    operator = lookup.operator(layer.operator) if isinstance(layer.operator, str) else None
    if operator is not None and operator.most == 0:
        return "it reads nothing: leave from out, and let another layer read it"
    if operator is not None and found < operator.fewest:
        return "from takes several as a list: [a, b]"
    is_between = operator is not None and bool(operator.counts) and found < max(operator.counts)
    return "" if is_between else "a merge before it makes one of several"


def _wrong_rank(scene: Scene, index: int, step: Step) -> Finding:
    from convlint.engine.given_shapes import batch_in_given_shape
    from convlint.engine.relatives import operator_fix, relative_of_rank

    layer = scene.trace.graph.layers[index]
    operator = lookup.operator(str(layer.operator))
    ranks = operator.ranks if operator is not None and operator.ranks is not None else ()
    found = shape_text(step.inputs[0])
    arguments = {"op": _operator_title(layer), "expected": _ranks_text(ranks), "found": found}
    source = layer.sources[0]
    related = scene.uses
    if source is not None and source.layer >= 0:
        producer = scene.trace.graph.layers[source.layer]
        related = (Related(producer.places.at(Part.LAYER), f"{producer.name} gives {found}"), *related)
    rank = rank_of(step.inputs[0])
    hint = _axes_hint(step.inputs[0], ranks) if step.inputs[0] in scene.given else ""
    place, path, fix = layer.places.at(Part.OPERATOR), scene.layer_path(index), None
    batched = batch_in_given_shape(scene.trace, source) if not hint and rank - 1 in ranks else None
    if batched is not None:
        hint, fix = batched
    other = relative_of_rank(layer, rank) if not hint else None
    if other is not None:
        hint, fix = f"{other} takes {_ranks_text((rank,))}", operator_fix(layer, other)
    return report("rank-mismatch", place, arguments, help=hint, layer=path, related=related, fix=fix)


def _nothing_to_go_over(scene: Scene, index: int, step: Step, number: int) -> Finding:
    layer = scene.trace.graph.layers[index]
    found, first = shape_text(step.inputs[number]), shape_text(step.inputs[0])
    if rank_of(step.inputs[number]) <= layer.over:
        count = "axis" if layer.over == 1 else f"{layer.over} axes"
        message = f"over: {layer.over} takes the first {count} for samples, but {found} has nothing behind"
        rule = "rank-mismatch"
    else:
        message = f"over: {layer.over} takes the same samples of each input, but they are {first} and {found}"
        rule = "skip-size-mismatch"
    path = scene.layer_path(index)
    return report(rule, layer.places.at(Part.OVER), message=message, layer=path, related=scene.uses)


def _operator_title(layer: Layer) -> str:
    return layer.label or (
        layer.operator.name if isinstance(layer.operator, (Graph, Learned)) else layer.operator or ""
    )


def _axes_hint(shape: Shape, ranks: tuple[int, ...]) -> str:
    """Help for an input of the network that has an axis too many or too few: people write the batch, or no channels."""
    if not isinstance(shape, tuple):
        return ""
    if len(shape) + 1 in ranks and len(shape) > 1:
        sizes = ", ".join(str(size) for size in shape)
        return f"channels come first: if there is one channel, the input is [1, {sizes}]"
    if len(shape) == 1 and ranks and min(ranks) > 1:
        if min(ranks) == 2:
            return f"if there is one channel, the input is [1, {shape[0]}]; if {shape[0]} are channels, [{shape[0]}, 1]"
        ones = ", ".join(["1"] * (min(ranks) - 1))
        return f"if {shape[0]} are channels, the input is [{shape[0]}, {ones}]"
    if len(shape) - 1 not in ranks:
        return ""
    sizes = ", ".join(str(size) for size in shape[1:])
    return f"the batch is left out of shapes: if {shape[0]} is the batch, the input is [{sizes}]"


def _untracked_channels(scene: Scene, index: int, channels: int) -> Finding:
    layer = scene.trace.graph.layers[index]
    arguments = {"module": layer.label, "channels": channels, "told": layer.counted}
    place = layer.places.at("out_channels")
    return report("untracked-channels", place, arguments, layer=scene.layer_path(index))


def _unfit_copies(scene: Scene, index: int, step: Step) -> Finding:
    layer = scene.trace.graph.layers[index]
    place, path = layer.places.at(Part.REPEAT), scene.layer_path(index)
    return report("repeat-changes-shape", place, _copies(layer, step), layer=path)


def _changing_copies(scene: Scene, index: int, step: Step) -> Finding:
    """Copies in sequence that fit each other; one may still not be what was meant."""
    layer = scene.trace.graph.layers[index]
    place, path = layer.places.at(Part.REPEAT), scene.layer_path(index)
    message = "{repeat} copies of {module} in sequence make {input} into {output}".format(**_copies(layer, step))
    return report("repeat-changes-shape", place, message=message, severity="warning", layer=path)


def _copies(layer: Layer, step: Step) -> dict[str, object]:
    return {
        "module": layer.label,
        "repeat": layer.repeat,
        "input": shape_text(step.inputs[0]),
        "output": shape_text(step.outputs[0]),
    }


def _count_text(layer: Layer) -> str:
    if isinstance(layer.operator, Graph):
        return _inputs_text(str(len(layer.operator.inputs)))
    operator = lookup.operator(layer.operator) if isinstance(layer.operator, str) else None
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


def _requirement_finding(scene: Scene, index: int, step: Step, failure: Unmet) -> Finding:
    layer = scene.trace.graph.layers[index]
    assert isinstance(layer.operator, str)
    requirement = lookup.declaration(layer.operator).requirements[failure.requirement]
    rule = lookup.rules()[requirement.rule]
    at = requirement.at or Part.OPERATOR
    fill = _Filler(scene, index, step, failure, at)
    drafted = Explanation(
        rule.name,
        fill(message_of(requirement, rule)),
        fill.advice(help_of(requirement, rule)),
        fix=remedy_fix(layer, step, requirement.fix, fill) if requirement.fix is not None else None,
    )
    explanation = explain(scene.trace, index, failure, drafted)
    if _is_built_for_another(layer, at):
        explanation = explanation._replace(help="a shared layer keeps what its first use was built for", fix=None)
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


def _is_built_for_another(layer: Layer, at: str) -> bool:
    """Whether a parameter that the file leaves out has the value that the first use of a shared layer gave."""
    operator, node = lookup.operator(str(layer.operator)), layer.places.written()[1]
    position = operator.positions.get(at) if operator is not None else None
    if operator is None or position is None or node is None or node.get(at) is not None:
        return False
    return operator.parameters[position].infer is not None and layer.parameters[position] is not None


def finding_inside(scene: Scene, index: int, step: Step, failure: Unmet) -> Finding:
    """The finding for a layer that has no place of its own, with its message alone."""
    layer = scene.trace.graph.layers[index]
    requirement = lookup.declaration(str(layer.operator)).requirements[failure.requirement]
    rule = lookup.rules()[requirement.rule]
    fill = _Filler(scene, index, step, failure, requirement.at or Part.OPERATOR)
    message = fill(message_of(requirement, rule))
    hint = fill.advice(help_of(requirement, rule))
    return report(rule.name, layer.places.at(Part.LAYER), message=message, help=hint)


class _Filler:
    """Fills the `{expression}` fields of a text with their values on the axis that failed."""

    def __init__(self, scene: Scene, index: int, step: Step, failure: Unmet, at: str) -> None:
        self._layer = scene.trace.graph.layers[index]
        self._step = step
        self._axes = failure.axes
        self._at = at

    def __call__(self, text: str) -> str:
        values = self._values(text)
        return filled(text, {name: _in_text(value) for name, value in values.items()}) if values else text

    def advice(self, text: str) -> str:
        """The text filled in; nothing where a field of it cannot be told, as nobody can do what it says."""
        return "" if UNKNOWN in self._values(text).values() else self(text)

    def _values(self, text: str) -> dict[str, object]:
        """The values of the fields of a text."""
        names = fields(text)
        if not names:
            return {}
        extras = self._extras()
        expressions = tuple(name for name in names if name not in FACTS)
        layer, step = self._layer, self._step
        assert isinstance(layer.operator, str)
        try:
            computed = lookup.evaluate(layer.operator, expressions, layer.parameters, step.inputs, step.outputs)
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
        return {**extras, **values}

    def _axis_names(self, axes: tuple[int, ...]) -> str:
        shape = self._step.inputs[0] if self._step.inputs else ()
        count = len(shape) - 1 if isinstance(shape, tuple) else 0
        return " and ".join(axis_name(axis, count) for axis in axes)

    def _extras(self) -> dict[str, object]:
        layer, inputs = self._layer, self._step.inputs
        operator = lookup.operator(str(layer.operator))
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


def _on_axis(value: Sequence[object], axis: int) -> object:
    return value[axis] if axis < len(value) else value[-1] if value else "?"


def _in_text(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(_in_text(item) for item in value) + "]"
    return str(value)
