"""What the graph knows about a failed requirement: rules whose finding looks beyond its own layer, by name."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from convlint.domain.values import Shape, plain_sizes
from convlint.engine.failures import Failure, Unmet
from convlint.engine.trace import Step, Trace
from convlint.findings import Edit, Fix, Part, Related
from convlint.typed import NamedTuple


class Explanation(NamedTuple):
    """The rule that reports, its message and help, and further places."""

    rule: str
    message: str
    help: str
    related: tuple[Related, ...] = ()
    fix: Fix | None = None


def explain(trace: Trace, index: int, failure: Unmet, drafted: Explanation) -> Explanation:
    """The explanation of a failure of layer number `index`; `drafted` is what its own declaration says."""
    explainer = _EXPLAINERS.get(drafted.rule)
    return drafted if explainer is None else explainer(trace, index, failure, drafted)


def names_origin(trace: Trace, index: int, failure: Failure) -> bool:
    """Whether the explanation of a failure of layer number `index` names a layer that lost pixels."""
    if not isinstance(failure, Unmet) or not failure.axes or len(trace.steps[index].inputs) < 2:
        return False
    from convlint.engine import skips

    return skips.loss_of(trace, index, failure.axes[0]) is not None


def _skip_size_mismatch(trace: Trace, index: int, failure: Unmet, drafted: Explanation) -> Explanation:
    if len(trace.steps[index].inputs) < 2:
        return drafted
    if not failure.axes:
        return _merge_mismatch(trace, index, failure, drafted)
    from convlint.engine import enlarging, skips

    if _have_features(trace, index):
        message = f"the inputs have different numbers of features: {skips.producers_text(trace, index)}"
        return drafted._replace(message=message, help="")
    message, hint, related = skips.explain_mismatch(trace, index, failure.axes)
    return Explanation(drafted.rule, message, hint, related, enlarging.fix(trace, index, failure.axes))


def _flatten_mismatch(trace: Trace, index: int, failure: Unmet, drafted: Explanation) -> Explanation:
    """Features that no flatten made are channels: then the mismatch is one of channels."""
    from convlint.engine import flattening

    flattened = flattening.flattened_map(trace, index)
    if flattened is None:
        return drafted._replace(rule="channel-mismatch")
    name, shape = flattened
    return drafted._replace(message=f"{drafted.message} ({'*'.join(str(size) for size in shape)} from {name})")


def _merge_mismatch(trace: Trace, index: int, failure: Unmet, drafted: Explanation) -> Explanation:
    """Names the producers with their shapes; what was flattened to make rows has tokens where others have channels."""
    from convlint.engine import skips

    producers = skips.producers_text(trace, index)
    if _have_tokens(trace, index):
        return drafted._replace(message=f"the inputs have different numbers of tokens: {producers}", help="")
    turned = _turned(trace, index)
    return drafted._replace(message=f"{drafted.message}: {producers}", help=turned or drafted.help)


def _turned(trace: Trace, index: int) -> str:
    """Help where two inputs of rows are each other with their two axes the other way round."""
    shapes = [plain_sizes(shape) for shape in trace.steps[index].inputs]
    port = trace.graph.layers[index].sources[0]
    first, *others = shapes
    if first is None or len(first) != 2 or first[0] == first[1] or others != [first[::-1]]:
        return ""
    return f"put {{op: Transpose, dim0: 1, dim1: 2}} behind one of them, such as {trace.graph.port_title(port)}"


def _have_features(trace: Trace, index: int) -> bool:
    """Whether the inputs have as many rows as a list above has entries that were looked up, and differ in features."""
    shapes = [plain_sizes(shape) for shape in trace.steps[index].inputs]
    first = shapes[0]
    if first is None or not all(shape is not None and len(shape) == 2 and shape[0] == first[0] for shape in shapes):
        return False
    from convlint.engine import skips

    return any(first[:1] == _looked_up(trace.steps[above]) for above in skips.above(trace.graph, index))


def _have_tokens(trace: Trace, index: int) -> bool:
    """Whether the inputs have rows of one length, and as many of them as a map above has places, or a list entries."""
    shapes = trace.steps[index].inputs
    if not all(isinstance(shape, tuple) and len(shape) == 2 for shape in shapes) or len({s[1] for s in shapes}) != 1:
        return False
    from convlint.engine import skips

    counts = {shape[0] - extra for shape in shapes for extra in (0, 1) if type(shape[0]) is int}
    steps = [trace.steps[above] for above in skips.above(trace.graph, index)]
    return any(places in counts for step in steps for places in (*_places(step.outputs[0]), *_looked_up(step)))


def _places(shape: Shape) -> tuple[int, ...]:
    """How many places a map has, with its channels first or last; none where it is no map."""
    sizes = plain_sizes(shape)
    if sizes is None or len(sizes) < 3:
        return ()
    return prod(sizes[1:]), prod(sizes[:-1])


def _looked_up(step: Step) -> tuple[int, ...]:
    """How many entries a layer makes a row of each of; none where it does something else."""
    sizes, rows = plain_sizes(step.inputs[0]) if step.inputs else None, plain_sizes(step.outputs[0])
    return sizes if sizes is not None and rows is not None and len(sizes) == 1 and rows[:-1] == sizes else ()


def _head_strides(trace: Trace, index: int, failure: Unmet, drafted: Explanation) -> Explanation:
    """Levels in another order are put in theirs, where no two are as high."""
    layer, shapes = trace.graph.layers[index], trace.steps[index].inputs
    maps = [plain_sizes(shape) for shape in shapes]
    heights = [sizes[1] for sizes in maps if sizes is not None and len(sizes) == 3]
    places = [layer.places.at(Part.SOURCES, number) for number in range(len(shapes))]
    if len(set(heights)) != len(shapes) or len({place.start for place in places}) != len(shapes):
        return drafted
    order = sorted(range(len(shapes)), key=lambda number: -heights[number])
    texts = [place.source.text[place.start : place.end] for place in places]
    written = f"[{', '.join(texts[number] for number in order)}]"
    edits = tuple([Edit(place.start, place.end, texts[number]) for place, number in zip(places, order)])
    if order == sorted(order):
        return drafted
    fix = Fix(f"write from as {written}", edits, False)
    return drafted._replace(help=f"the finest is the largest: {written}", fix=fix)


_EXPLAINERS: dict[str, Callable[[Trace, int, Unmet, Explanation], Explanation]] = {
    "skip-size-mismatch": _skip_size_mismatch,
    "flatten-mismatch": _flatten_mismatch,
    "head-strides": _head_strides,
    "merge-channel-mismatch": _merge_mismatch,
    "merge-rank-mismatch": _merge_mismatch,
}
