"""What of a weight file loads into a network, what would load if its layers were renamed, and how they are to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convlint.tensors.alignment import Aligner, Pair
from convlint.tensors.nesting import nested_in
from convlint.tensors.trees import Forms, Module, top, tree_of
from convlint.typed import NamedTuple
from convlint.weight_files.tensors import StoredTensor

PREFIXES = ("module.", "_orig_mod.", "model.")
"""What wrappers put before all names: of several devices, of a compiler, of a class around the network."""

_MOST_PREFIXES = 4
_COUNTER = "n_averaged"
"""What torch's averaging of weights (`AveragedModel`) keeps beside the network; no prefix stands before it."""
_WRAPPED = ".base_layer."
"""What an adapter (LoRA of PEFT) puts between a layer that it wraps and its tensors."""


class Mismatch(NamedTuple):
    """A tensor of the same name and another shape."""

    name: str
    weights: tuple[int, ...]
    network: tuple[int, ...]


class Comparison(NamedTuple):
    """What of a list of tensors loads into a network; all names are those of the network and of `renamed` weights.

    `loaded` counts the tensors of the same name and shape, which is what `load_state_dict(strict=False)` takes once the
    `mismatched` ones are left out. `mapping` pairs layers (or tensors) of the weights and of the network, one to one,
    in the order of the network, and `pairs` are the names of the tensors that load through it. `misplaced` names
    tensors that load as they are, and that the mapping gives to another layer. `stripped` and `added` are what was
    taken from, or put before, all names of the weights, and `root` is the module that holds the layers of the network.
    `is_adapted` says that the names lost what an adapter put into them. `inside` is the module of the weights that
    holds the layers of the network, where it is a deeper one, and `alike` are others that hold the same ones.
    """

    total: int
    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    mismatched: tuple[Mismatch, ...]
    misplaced: tuple[str, ...]
    mapping: tuple[tuple[str, str], ...]
    pairs: tuple[tuple[str, str], ...]
    stripped: str = ""
    added: str = ""
    root: str = ""
    is_adapted: bool = False
    inside: str = ""
    alike: tuple[str, ...] = ()

    def renamed(self, name: str) -> str:
        """The name of a tensor of the weights as it is compared."""
        return self.added + (unwrapped(name) if self.is_adapted else name).removeprefix(self.stripped)


class _Mapping(NamedTuple):
    """Pairs of layers, the tensors that load through them, and where the weights hold the layers."""

    layers: list[tuple[str, str]]
    pairs: tuple[tuple[str, str], ...]
    inside: str = ""
    alike: tuple[str, ...] = ()


def compare(
    network: Sequence[StoredTensor], weights: Sequence[StoredTensor], unknown: Sequence[str] = ()
) -> Comparison:
    """Compares the tensors of a network with those of a weight file; names, shapes and order are all that counts.

    `unknown` names modules of which it is not known what they hold: nothing in them is missing or unexpected.
    """
    is_adapted = _is_adapted(weights)
    if is_adapted:
        weights = [tensor._replace(name=unwrapped(tensor.name)) for tensor in weights]
    stripped, added = _prefix(network, weights)
    weights = [tensor._replace(name=added + tensor.name.removeprefix(stripped)) for tensor in weights]
    given = {tensor.name: tensor.shape for tensor in weights}
    wanted = {tensor.name: tensor.shape for tensor in network}
    loaded = tuple([name for name, shape in wanted.items() if given.get(name) == shape])
    mapping = _mapping(network, weights)
    if len(mapping.pairs) < len(loaded):
        same = [(name, name) for name in loaded]
        mapping = _Mapping(same, tuple(same))
    source_of = {new: old for old, new in mapping.pairs}
    target_of = dict(mapping.pairs)
    return Comparison(
        len(wanted),
        loaded,
        tuple([name for name in wanted if name not in given and not _is_in(name, unknown)]),
        tuple([name for name in given if name not in wanted and not _is_in(name, unknown)]),
        tuple(
            [Mismatch(name, given[name], shape) for name, shape in wanted.items() if given.get(name, shape) != shape]
        ),
        tuple([name for name in loaded if source_of.get(name, name) != name or target_of.get(name, name) != name]),
        tuple(mapping.layers),
        mapping.pairs,
        stripped,
        added,
        top(tree_of(network, {})).path,
        is_adapted,
        mapping.inside,
        mapping.alike,
    )


def unwrapped(name: str) -> str:
    """The name of a tensor without what an adapter puts around its layer."""
    return name.replace(_WRAPPED, ".")


def _is_adapted(weights: Sequence[StoredTensor]) -> bool:
    """Whether names are those of an adapter around layers, and stay different without it."""
    names = {tensor.name for tensor in weights}
    return any(_WRAPPED in name for name in names) and len(set(map(unwrapped, names))) == len(names)


def _is_in(name: str, modules: Sequence[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def _prefix(network: Sequence[StoredTensor], weights: Sequence[StoredTensor]) -> tuple[str, str]:
    """(what to take from all names of the weights, what to put before them) for the most of them to load."""
    wanted = {(tensor.name, tensor.shape) for tensor in network}
    best, choice = -1, ("", "")
    for stripped in _stripped([tensor.name for tensor in weights if tensor.name != _COUNTER]):
        for added in ("", *PREFIXES):
            count = sum((added + tensor.name.removeprefix(stripped), tensor.shape) in wanted for tensor in weights)
            if count > best:
                best, choice = count, (stripped, added)
    return choice


def _stripped(names: Sequence[str]) -> Iterator[str]:
    """Nothing, and what all names begin with of the known prefixes, one more each time."""
    whole = ""
    yield whole
    for _ in range(_MOST_PREFIXES):
        found = next((prefix for prefix in PREFIXES if all(name.startswith(whole + prefix) for name in names)), None)
        if found is None or not names:
            return
        whole += found
        yield whole


def renamed(mapping: Sequence[tuple[str, str]], names: Sequence[str]) -> dict[str, str]:
    """The new name of each tensor that a mapping of layers speaks of, by its old one."""
    layers = dict(mapping)
    found = {}
    for name in names:
        below = name
        while below not in layers and "." in below:
            below = below.rpartition(".")[0]
        if below in layers:
            found[name] = layers[below] + name[len(below) :]
    return found


def _mapping(network: Sequence[StoredTensor], weights: Sequence[StoredTensor]) -> _Mapping:
    """The mapping of the rows of both trees, or of two modules deeper inside where more loads through that."""
    forms: Forms = {}
    whole_old, whole_new = tree_of(weights, forms), tree_of(network, forms)
    given, wanted = [{tensor.name: tensor.shape for tensor in tensors} for tensors in (weights, network)]
    layers = _rows(top(whole_old), top(whole_new))
    found = _Mapping(layers, _loading(layers, wanted, given))
    nested = nested_in(whole_old, whole_new)
    if nested is None or nested.tensors <= len(found.pairs):
        return found
    layers = _rows(nested.weights, nested.network)
    pairs = _loading(layers, wanted, given)
    if len(pairs) <= len(found.pairs):
        return found
    return _Mapping(layers, pairs, nested.weights.path, tuple([module.path for module in nested.alike]))


def _rows(old: Module, new: Module) -> list[tuple[str, str]]:
    """The pairs of layers inside two modules that belong together."""
    aligner = Aligner()
    rows = aligner.rows(list(old.children.values()), list(new.children.values()))
    return _one_to_one(_own(old, new) + [layer for pair in rows for layer in _layers(aligner, pair)])


def _one_to_one(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs without those that a file makes whose modules and tensors share a name."""
    olds, news, found = set[str](), set[str](), []
    for old, new in pairs:
        if old not in olds and new not in news:
            found.append((old, new))
            olds.add(old)
            news.add(new)
    return found


def _layers(aligner: Aligner, pair: Pair) -> list[tuple[str, str]]:
    """The pair itself where the names inside stay as they are; else the pairs inside it."""
    if _keeps_names(aligner, pair):
        return [(pair[0].path, pair[1].path)]
    return _own(*pair) + [layer for inner in aligner.children(*pair) for layer in _layers(aligner, inner)]


def _own(old: Module, new: Module) -> list[tuple[str, str]]:
    return [(old.full_name(name), new.full_name(name)) for name, shape in old.own.items() if new.own.get(name) == shape]


def _keeps_names(aligner: Aligner, pair: Pair) -> bool:
    if pair[0].form == pair[1].form:
        return True
    return all(a.name == b.name and _keeps_names(aligner, (a, b)) for a, b in aligner.children(*pair))


def _loading(
    mapping: Sequence[tuple[str, str]], wanted: dict[str, tuple[int, ...]], given: dict[str, tuple[int, ...]]
) -> tuple[tuple[str, str], ...]:
    """The names of the tensors that load once the layers are renamed, in the order of the network."""
    source_of = {new: old for old, new in renamed(mapping, list(given)).items()}
    return tuple(
        [(source_of[name], name) for name, shape in wanted.items() if given.get(source_of.get(name, "")) == shape]
    )
