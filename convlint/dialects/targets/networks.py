"""Which operator a `_target_` names: a class of a package that convlint knows, by its full or its bare name."""

from __future__ import annotations

from collections.abc import Collection

from convlint.catalogue import lookup
from convlint.catalogue.runnable import Operator

PACKAGE = "MONAI"
TORCH = "torch.nn"
VOCABULARY = "monai"
SEQUENCE = "Sequential"
_NETWORKS = "monai.networks.nets"
"""Where the package keeps its networks; a file may name the class alone, as the package looks it up by its name."""
_SHORTEST_SLIP = 4
"""Letters of a class below which a name beside it may well be a class of its own."""
_SHORTEST_CHANGED = 6
"""Letters of a class below which another letter in it, or one more, makes a class of its own."""
_OF_OTHERS = frozenset(("ResUNet", "ResUnet"))
"""Published networks whose names are a letter off one of the package's."""


_NAMES_OF_MANY = frozenset(("AutoEncoder", "Classifier", "Critic", "Discriminator", "Generator", "Regressor"))
"""Names that other people's classes have as well: alone, they mean the package's where all that it demands is given."""


def operator_named(target: str, given: Collection[object]) -> Operator | None:
    """The network that a dotted path or a bare class name means, with the keys that are given beside it.

    None where it is none that is known.
    """
    module, _, name = target.rpartition(".")
    operator = lookup.operator(f"{VOCABULARY}.{name}") if not module or _is_in(module, _NETWORKS) else None
    if operator is not None and not module and name in _NAMES_OF_MANY and not operator.required <= set(given):
        return None
    return operator


_MADE_OTHERWISE = frozenset(("EmbeddingBag", "Transformer", "TransformerDecoder", "TransformerEncoder"))
"""Classes of torch that take modules or parameters which the operators of their names do not have."""


def layer_named(target: str) -> Operator | None:
    """The layer of torch that a dotted path means; None for any other class."""
    module, _, name = target.rpartition(".")
    if not _is_in(module, TORCH) or name in _MADE_OTHERWISE:
        return None
    operator = lookup.operator(name)
    is_layer = operator is not None and lookup.declaration(name).torch in (f"{TORCH}.{{name}}", f"{TORCH}.{name}")
    return operator if is_layer else None


def is_sequence(target: str) -> bool:
    """Whether a target is torch's class of layers in a row."""
    module, _, name = target.rpartition(".")
    return name == SEQUENCE and _is_in(module, TORCH)


def network_meant_by(target: str) -> str | None:
    """The network of which a target that names none is a slip: a letter more, less, other or swapped; else None."""
    module, _, name = target.rpartition(".")
    if _is_slip(module, _NETWORKS) and lookup.operator(f"{VOCABULARY}.{name}") is not None:
        return f"{_NETWORKS}.{name}"
    if module and not _is_in(module, _NETWORKS):
        return None
    vocabulary = lookup.vocabularies()[VOCABULARY]
    if name in vocabulary.unreachable:
        return None
    return _meant(name, [other for other in vocabulary.modules if other not in _NAMES_OF_MANY])


def layer_meant_by(target: str) -> str | None:
    """The layer of torch of which a target that names none is a slip; else None."""
    module, _, name = target.rpartition(".")
    if not _is_in(module, TORCH):
        return None
    return _meant(name, [other for other in lookup.operator_names() if layer_named(f"{TORCH}.{other}") is not None])


def _meant(name: str, known: Collection[str]) -> str | None:
    if name in known or name in _OF_OTHERS or len(name) < _SHORTEST_SLIP or name.startswith("_"):
        return None
    alike = next((other for other in known if other.lower() == name.lower()), None)
    return alike or next((other for other in known if len(other) >= _SHORTEST_SLIP and _is_slip(name, other)), None)


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _is_slip(name: str, other: str) -> bool:
    """Whether two names differ by a letter, or by two neighbours that are swapped, capitals left aside.

    In short names, one letter is another network: only a letter that is doubled or left out is a slip there.
    """
    a, b = sorted((name.lower(), other.lower()), key=len)
    at = next((index for index, pair in enumerate(zip(a, b)) if pair[0] != pair[1]), len(a))
    if len(a) == len(b):
        is_swapped = a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
        return is_swapped or (a[at + 1 :] == b[at + 1 :] and len(a) >= _SHORTEST_CHANGED)
    is_one_more = len(b) - len(a) == 1 and a[at:] == b[at + 1 :]
    is_doubled = b[at : at + 1] in (b[at - 1 : at], b[at + 1 : at + 2])
    return is_one_more and (is_doubled or len(name) < len(other) or len(a) >= _SHORTEST_CHANGED)
