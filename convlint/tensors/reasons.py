"""Why tensors of a network get nothing from a weight file: a new layer, another width, another number of outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convlint.tensors.comparison import Comparison, Mismatch, renamed
from convlint.typed import Literal, NamedTuple
from convlint.weight_files.tensors import StoredTensor

Kind = Literal["new", "other", "part", "width", "outputs"]


class Reason(NamedTuple):
    """Why some tensors of a layer do not load once layers are renamed.

    `source` is the layer of the weights that belongs to it, empty for a new one; `example` is a tensor whose shape is
    another one.
    """

    layer: str
    kind: Kind
    tensors: int
    source: str = ""
    example: Mismatch | None = None


def reasons(
    comparison: Comparison, network: Sequence[StoredTensor], weights: Sequence[StoredTensor]
) -> tuple[Reason, ...]:
    """A reason for each layer of the network of which not all tensors load, in its order."""
    loading = {new for _, new in comparison.pairs}
    given = {comparison.renamed(tensor.name): tensor.shape for tensor in weights}
    moved = renamed(comparison.mapping, list(given))
    source_of = {new: old for old, new in moved.items()}
    for one in comparison.mismatched:  # layers of the same name of which nothing loads are in no mapping
        if one.name not in source_of and one.name not in moved:
            source_of[one.name] = one.name
    left: dict[str, list[StoredTensor]] = {}
    for tensor in network:
        if tensor.name not in loading:
            left.setdefault(layer_of(tensor.name, comparison.root), []).append(tensor)
    last = layer_of(network[-1].name, comparison.root) if network else ""
    partly = {layer_of(name, comparison.root) for name in loading}
    return tuple(
        [
            Reason(layer, "part", len(tensors))
            if layer in partly and not any(tensor.name in source_of for tensor in tensors)
            else _reason(layer, tensors, source_of, given, layer == last)
            for layer, tensors in left.items()
        ]
    )


def layer_of(name: str, root: str) -> str:
    """The layer of the network that a tensor belongs to: the part of its name behind what all names begin with."""
    below = name[len(root) + 1 :] if root else name
    first = below.split(".", 1)[0]
    return f"{root}.{first}" if root else first


def _reason(
    layer: str,
    tensors: Sequence[StoredTensor],
    source_of: dict[str, str],
    given: dict[str, tuple[int, ...]],
    is_last: bool,
) -> Reason:
    mismatched = list(_mismatched(tensors, source_of, given))
    sources = [source_of[tensor.name] for tensor in tensors if tensor.name in source_of]
    if not sources:
        known = any(name == layer or name.startswith(f"{layer}.") for name in given)
        return Reason(layer, "other" if known else "new", len(tensors))
    source = sources[0].removesuffix(_below(layer, next(one.name for one in tensors if one.name in source_of)))
    outputs = [one for one in mismatched if is_last and _differs_in_outputs(one)]
    biases = [one for one in outputs if len(one.network) == 1]
    kind: Kind = "outputs" if outputs else "width"
    examples = biases or outputs or mismatched
    example = examples[-1] if examples else None
    return Reason(layer, kind, len(tensors), source.rstrip("."), example)


def _mismatched(
    tensors: Sequence[StoredTensor], source_of: dict[str, str], given: dict[str, tuple[int, ...]]
) -> Iterator[Mismatch]:
    for tensor in tensors:
        source = source_of.get(tensor.name)
        if source is not None and given[source] != tensor.shape:
            yield Mismatch(tensor.name, given[source], tensor.shape)


def _below(layer: str, name: str) -> str:
    return name[len(layer) :]


def _differs_in_outputs(one: Mismatch) -> bool:
    """Whether only the first axis is another: so many outputs a layer has, as many as there are classes in the last."""
    return bool(one.weights and one.network) and one.weights[1:] == one.network[1:]
