"""All that `convlint diff` says of two networks: rows and totals, the sizes they take, what it means for weights."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.comparing.changes import Change, changes_between
from convlint.domain.size_sets import SizeSet
from convlint.domain.values import KnownShape
from convlint.engine.costs import network_facts
from convlint.facts import NetworkFacts
from convlint.model import Architecture, Port
from convlint.networks import named, networks_in, variant_of
from convlint.options import Options
from convlint.solving.solving import solve
from convlint.typed import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from convlint.tensors.comparison import Comparison


class ComparedNetwork(NamedTuple):
    """One side: where it was read, one variant of what stands there, and how many errors a check finds in it."""

    path: str
    architecture: Architecture
    facts: NetworkFacts
    errors: int = 0

    @property
    def variant(self) -> str | None:
        """The name of the variant."""
        return self.architecture.variant


class Total(NamedTuple):
    """A number of the whole network before and after; None where it is not known."""

    name: str
    old: Any
    new: Any


class AxisChange(NamedTuple):
    """The sizes that an axis may have, before and after; None for an axis that is not there, or not known exactly."""

    axis: str
    old: SizeSet | None
    new: SizeSet | None


class Difference(NamedTuple):
    """What changed from one network to another.

    `sizes_changed` says whether the sets of valid input sizes differ, and is None where it cannot be told; `sizes` are
    the axes on which they do. `weights` compares the tensors of the old network with those of the new one, and is None
    where they are not known. `unknown` names the layers of both that nothing is known of.
    """

    old: ComparedNetwork
    new: ComparedNetwork
    changes: tuple[Change, ...]
    totals: tuple[Total, ...]
    sizes_changed: bool | None
    sizes: tuple[AxisChange, ...]
    weights: Comparison | None
    unknown: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed that can be told."""
        return not self.changes and all(total.old == total.new for total in self.totals) and not self.sizes_changed

    def total(self, name: str) -> Total:
        """One of the totals by its name."""
        return next(total for total in self.totals if total.name == name)


def diff(
    old: str,
    new: str,
    options: Options = Options(),
    variant: str | None = None,
    old_variant: str | None = None,
    old_options: Options | None = None,
) -> Difference:
    """What changed between two files, each of which may be `REV:PATH`.

    Without a variant, the one that the name of a file says is compared, or its first. Raises NoNetworkError.
    """
    before = _network(old, old_options or options, old_variant if old_variant is not None else variant)
    return difference(before, _network(new, options, variant))


def _network(name: str, options: Options, variant: str | None) -> ComparedNetwork:
    networks = networks_in(name, options)
    wanted = variant if variant is not None else variant_of(name, networks)
    found = named(name, networks, wanted) if wanted is not None else next(iter(networks.values()))
    errors = sum(finding.severity == "error" for finding in found.findings)
    with lookup.extended(options.extension):
        return ComparedNetwork(name, found.architecture, network_facts(found.architecture, found.trace), errors)


def difference(old: ComparedNetwork, new: ComparedNetwork) -> Difference:
    """What changed from `old` to `new`."""
    changes, _ = changes_between(old.architecture, new.architecture)
    changed, axes = _sizes(old.architecture, new.architecture)
    return Difference(
        old,
        new,
        changes,
        _totals(old.facts, new.facts),
        changed,
        axes,
        _weights(old, new),
        (_unknown(old.architecture), _unknown(new.architecture)),
    )


def _totals(old: NetworkFacts, new: NetworkFacts) -> tuple[Total, ...]:
    return (
        Total("parameters", old.parameters, new.parameters),
        Total("macs", old.macs, new.macs),
        Total("activation_bytes", old.activation_bytes, new.activation_bytes),
        Total("training_bytes", _training_bytes(old), _training_bytes(new)),
        Total("receptive_field", old.receptive_field, new.receptive_field),
        Total("outputs", _outputs(old), _outputs(new)),
    )


def _training_bytes(facts: NetworkFacts) -> int | None:
    """What training keeps at least; where a layer is not known it is a bound of a part, which compares with nothing."""
    return facts.kept_bytes if facts.activation_bytes is not None else None


def _outputs(facts: NetworkFacts) -> tuple[KnownShape | None, ...]:
    """The shapes of the outputs."""
    return tuple([_shape_at(facts, port) for _, port in facts.results])


def _shape_at(facts: NetworkFacts, port: Port | None) -> KnownShape | None:
    if port is None:
        return None
    if port.layer < 0:
        return facts.inputs[-1 - port.layer][1]
    outputs = facts.layers[port.layer].outputs
    return outputs[port.output] if outputs is not None and port.output < len(outputs) else None


def _sizes(old: Architecture, new: Architecture) -> tuple[bool | None, tuple[AxisChange, ...]]:
    """(whether the sets of valid sizes differ, the axes on which they do)."""
    sides = [{sizes.axis: sizes for sizes in solve(architecture)} for architecture in (old, new)]
    if any(not sizes.exact for side in sides for sizes in side.values()):
        return None, ()
    axes = [*sides[0], *[axis for axis in sides[1] if axis not in sides[0]]]
    before, after = [{axis: sizes.valid for axis, sizes in side.items()} for side in sides]
    changed = tuple(
        [AxisChange(axis, before.get(axis), after.get(axis)) for axis in axes if before.get(axis) != after.get(axis)]
    )
    return bool(changed), changed


def _unknown(architecture: Architecture) -> tuple[str, ...]:
    return tuple([layer.name for layer in architecture.graph.layers if layer.operator is None])


def _weights(old: ComparedNetwork, new: ComparedNetwork) -> Comparison | None:
    from convlint.tensors.network import compared

    return compared(new.architecture, old.architecture)
