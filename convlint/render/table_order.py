"""The order of the rows of `convlint show`."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod

from convlint.facts import LayerFacts, NetworkFacts
from convlint.typed import Union

_Order = Union[int, str, tuple[bool, Fraction | int]]


def _largest_first(value: Callable[[LayerFacts], Fraction | int | None]) -> Callable[[LayerFacts], _Order]:
    def key(layer: LayerFacts) -> tuple[bool, Fraction | int]:
        number = value(layer)
        return number is None, -(number or 0)

    return key


SORT_KEYS: dict[str, Callable[[LayerFacts], _Order]] = {
    "index": lambda layer: layer.number,
    "name": lambda layer: layer.name,
    "op": lambda layer: layer.operator,
    "parameters": _largest_first(lambda layer: layer.parameters),
    "macs": _largest_first(lambda layer: layer.macs),
    "activation_bytes": _largest_first(lambda layer: layer.activation_bytes),
    "receptive_field": _largest_first(
        lambda layer: None if layer.receptive_field is None else prod(layer.receptive_field)
    ),
    "jump": _largest_first(lambda layer: None if layer.jump is None else prod(layer.jump)),
}
"""What `--sort` takes: texts in their order, numbers with the largest first; what is unknown comes last."""


def sorted_network(network: NetworkFacts, column: str) -> NetworkFacts:
    """The network with its rows in order, and in each block those inside it."""
    return network._replace(layers=_sorted(network.layers, SORT_KEYS[column]))


def _sorted(layers: tuple[LayerFacts, ...], key: Callable[[LayerFacts], _Order]) -> tuple[LayerFacts, ...]:
    return tuple(layer._replace(layers=_sorted(layer.layers, key)) for layer in sorted(layers, key=key))
