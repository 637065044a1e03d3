"""`convlint weights` for people: what loads, what does not and why, and which layer is which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from convlint.render.text import Paint, one_line
from convlint.tensors.loading import Loading
from convlint.tensors.reasons import Reason

_MOST_NAMED = 8
_EXPORTED = "onnx::"
_NUMBERED = re.compile(r"(.*\.|)(\d{1,9})")


def render_text(loading: Loading, colour: bool) -> Iterator[str]:
    """A few lines: counts, reasons, and the mapping with runs of layers in one line."""
    paint = Paint(colour)
    yield paint.bold(_title(loading)) + "\n"
    for line in (*_counts(loading), *_reasons(loading), *_mapping(loading)):
        yield f"  {one_line(line)}\n"


def _title(loading: Loading) -> str:
    network = loading.path + (f" ({loading.variant})" if loading.variant else "")
    weights = loading.weights + (f" ({loading.weights_variant})" if loading.weights_variant else "")
    return one_line(f"{weights} -> {network}")


def _counts(loading: Loading) -> Iterator[str]:
    found = loading.comparison
    if loading.key:
        yield f"of the checkpoint, '{loading.key}' is read"
    if found.stripped:
        yield f"'{found.stripped}' is taken from the beginning of all names of the weights"
    if found.added:
        yield f"'{found.added}' is put before all names of the weights"
    if found.is_adapted:
        yield "'base_layer.' is taken out of the names of the weights; what the adapter around it learned is not merged"
    if found.inside:
        yield f"the weights hold the layers of the network in '{found.inside}'{_alike(found.alike)}"
    loaded, mapped = len(found.loaded), len(found.pairs)
    yield f"{loaded:,} of {found.total:,} tensors load as they are: same name, same shape"
    if found.misplaced:
        yield f"{len(found.misplaced):,} of them land in another layer: {_some(found.misplaced)}"
    if mapped > loaded or found.misplaced:
        yield f"{mapped:,} load once layers are renamed as below"
    if found.unexpected:
        count = len(found.unexpected)
        what = (
            "1 tensor of the weights has no place of its"
            if count == 1
            else f"{count:,} tensors of the weights have no place of their"
        )
        yield f"{what} name: {_some(found.unexpected)}"
    if any(name.startswith(_EXPORTED) for name in found.unexpected):
        yield f"names with '{_EXPORTED}' are made up by an exporter that folded batch norms into convolutions"
    if loading.unknown:
        yield f"not counted, since their tensors cannot be told: {_some(loading.unknown)}"


def _alike(modules: Sequence[str]) -> str:
    return f", and as well in {_some([repr(module) for module in modules])}" if modules else ""


def _reasons(loading: Loading) -> Iterator[str]:
    if loading.reasons:
        yield "what gets nothing from the weights:"
    for reason in loading.reasons:
        yield f"  {reason.layer} ({reason.tensors} tensor{'' if reason.tensors == 1 else 's'}): {_why(reason)}"


def _why(reason: Reason) -> str:
    if reason.kind == "new":
        return "a new layer, nothing in the weights is like it"
    if reason.kind == "part":
        return "parts that the layer has in none of the weights"
    if reason.kind == "other":
        return "another layer has this name in the weights, and none is like it"
    sizes = ""
    if reason.example is not None:
        sizes = (
            f": {reason.example.name} is {_shape(reason.example.weights)} there, {_shape(reason.example.network)} here"
        )
    what = "another number of outputs or classes" if reason.kind == "outputs" else "another width or structure"
    return f"{what} than {reason.source}{sizes}"


def _shape(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape)) or "a number"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")


def _mapping(loading: Loading) -> Iterator[str]:
    renamed = [(old, new) for old, new in loading.comparison.mapping if old != new]
    if not renamed:
        return
    yield "layers of the weights -> layers of the network:"
    for first, last in _runs(renamed):
        if first == last:
            yield f"  {first[0]} -> {first[1]}"
        else:
            yield f"  {first[0]} to {last[0]} -> {first[1]} to {last[1]}"


def _runs(pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """(first, last) of pairs that count on by one on both sides, or that stay as far apart."""
    begin = end = pairs[0]
    for pair in pairs[1:]:
        if not _continues(end, pair):
            yield begin, end
            begin = pair
        end = pair
    yield begin, end


def _continues(before: tuple[str, str], after: tuple[str, str]) -> bool:
    """Whether two layers moved by the same number; those without tensors between them are in no pair."""
    steps = []
    for old, new in zip(before, after):
        first, second = _NUMBERED.fullmatch(old), _NUMBERED.fullmatch(new)
        if first is None or second is None or first[1] != second[1]:
            return False
        steps.append(int(second[2]) - int(first[2]))
    return steps[0] == steps[1] > 0
