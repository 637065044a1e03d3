"""What of a weight file, or of another architecture, loads into the networks of a file."""

from __future__ import annotations

from collections.abc import Sequence

from convlint.catalogue import lookup
from convlint.networks import named, networks_in, variant_of
from convlint.options import Options
from convlint.tensors.comparison import Comparison, compare
from convlint.tensors.network import Tensors, tensors_of
from convlint.tensors.reasons import Reason, reasons
from convlint.typed import NamedTuple
from convlint.weight_files.reading import is_weight_file, read_weights
from convlint.weight_files.tensors import StoredTensor, WeightsError


class Loading(NamedTuple):
    """What loads into one variant of a network.

    `key` is where the weight file holds the network (`ema`), and `weights_variant` the variant of an architecture that
    stands for weights. `reasons` say why tensors do not load once layers are renamed, and `unknown` names the layers
    whose tensors cannot be told.
    """

    path: str
    variant: str | None
    weights: str
    weights_variant: str | None
    key: str
    comparison: Comparison
    reasons: tuple[Reason, ...]
    unknown: tuple[str, ...]

    @property
    def percent(self) -> float:
        """How much of the network loads once layers are renamed."""
        return 100 * len(self.comparison.pairs) / max(1, self.comparison.total)


class _Given(NamedTuple):
    """The tensors of the side that was trained."""

    path: str
    variant: str | None
    key: str
    tensors: Tensors


def loading(
    path: str,
    weights: str,
    options: Options = Options(),
    variant: str | None = None,
    weights_variant: str | None = None,
) -> Loading:
    """What of `weights` loads into the network of a file; without a variant, into the one into which most does.

    Raises WeightsError where the weights cannot be read, and NoNetworkError where a file holds no network.
    """
    networks = _networks(path, options, variant)
    given = _all_given(weights, options, weights_variant)
    found = [
        _loading(path, name, network, _same_variant(given, name, weights_variant)) for name, network in networks.items()
    ]
    meant = variant_of(path, networks)
    meant_ones = [one for one in found if meant in (None, one.variant)]
    return max(meant_ones, key=lambda one: (len(one.comparison.pairs) - one.comparison.total, one.percent))


def _loading(path: str, variant: str | None, network: Tensors, given: _Given) -> Loading:
    comparison = compare(network.known, given.tensors.known, (*network.modules, *given.tensors.modules))
    return Loading(
        path,
        variant,
        given.path,
        given.variant,
        given.key,
        comparison,
        reasons(comparison, network.known, given.tensors.known),
        tuple(dict.fromkeys((*network.unknown, *given.tensors.unknown))),
    )


def _networks(path: str, options: Options, variant: str | None) -> dict[str | None, Tensors]:
    """The tensors of the variants of a file, or of the one that is wanted."""
    found = networks_in(path, options)
    wanted = found if variant is None else {variant: named(path, found, variant)}
    with lookup.extended(options.extension):
        return {name: tensors_of(one.architecture, one.trace) for name, one in wanted.items()}


def _all_given(path: str, options: Options, variant: str | None) -> dict[str | None, _Given]:
    if is_weight_file(path):
        try:
            file = read_weights(path)
        except WeightsError as error:
            raise WeightsError(f"{path} {error}") from None
        return {None: _Given(path, None, file.key, Tensors(file.tensors))}
    networks = _networks(path, options, variant)
    return {name: _Given(path, name, "", tensors) for name, tensors in networks.items()}


def _same_variant(given: dict[str | None, _Given], variant: str | None, wanted: str | None) -> _Given:
    """Of an architecture that stands for weights, the variant that is wanted, or the one of the same name."""
    chosen = variant if wanted is None else wanted
    return given[chosen] if chosen in given else next(iter(given.values()))


def tensors_in(weights: Sequence[StoredTensor], comparison: Comparison) -> dict[str, str]:
    """The new name of each tensor of a weight file, as it stands in the file, that loads through the mapping."""
    own = {comparison.renamed(tensor.name): tensor.name for tensor in weights}
    return {own[old]: new for old, new in comparison.pairs}
