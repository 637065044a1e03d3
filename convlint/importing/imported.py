"""What importing a module gives: the text of a file, and how the tensors of the module are named in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from convlint.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor


class ImportingError(ValueError):
    """Why a module cannot be written."""


class Unwritten(NamedTuple):
    """An operation that has no operator: the layer that stands for it, what torch calls it, and where it is called."""

    layer: str
    function: str
    reason: str
    line: str


class TensorSource(NamedTuple):
    """Where a tensor of the file comes from: a name in the module's state_dict, or a tensor that is in none."""

    name: str
    tensor: Tensor
    shape: tuple[int, ...]


class Imported(NamedTuple):
    """A written file, what it could not say, and for each tensor of the built network where it comes from.

    `idle` are the modules (or parameters) of which nothing is in the file, for they do not run on these inputs.
    """

    text: str
    unwritten: tuple[Unwritten, ...]
    sources: Mapping[str, TensorSource]
    idle: tuple[str, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """The name in the module's state_dict of each tensor of the built network that is in it."""
        return {own: source.name for own, source in self.sources.items() if source.name}

    def state_dict(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """A `state_dict()` of the module, named as that of `convlint.build` on the file."""
        found = {own: state.get(source.name, source.tensor) for own, source in self.sources.items()}
        return {own: tensor.detach().reshape(self.sources[own].shape).clone() for own, tensor in found.items()}


def idle_modules(parameters: Iterable[tuple[str, object]], used: Collection[str]) -> tuple[str, ...]:
    """The outermost modules of which no parameter is used.

    `parameters` are the names with their tensors, one that has two names twice; `used` are the names that are.
    """
    known = list(parameters)
    living = {id(tensor) for name, tensor in known if name in used}
    alive = [name for name, tensor in known if id(tensor) in living]
    running = {part for name in alive for part in _around(name)}
    dead = [name for name, tensor in known if id(tensor) not in living]
    return tuple(dict.fromkeys([next((part for part in _around(name) if part not in running), name) for name in dead]))


def _around(name: str) -> list[str]:
    """The modules around a tensor, the outermost first."""
    parts = name.split(".")[:-1]
    return [".".join(parts[: count + 1]) for count in range(len(parts))]
