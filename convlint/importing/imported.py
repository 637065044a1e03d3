"""What importing a module gives: the text of a file, and how the tensors of the module are named in it."""

from __future__ import annotations

from collections.abc import Mapping

from convlint.typed import Any, NamedTuple


class ImportingError(ValueError):
    """Why a module cannot be written."""


class Unwritten(NamedTuple):
    """An operation that has no operator: the layer that stands for it, what torch calls it, and where it is called."""

    layer: str
    function: str
    reason: str
    line: str


class Source(NamedTuple):
    """Where a tensor of the file comes from: a name in the module's state_dict, or a tensor that is in none."""

    name: str
    tensor: Any
    shape: tuple[int, ...]


class Imported(NamedTuple):
    """A written file, what it could not say, and for each tensor of the built network where it comes from."""

    text: str
    unwritten: tuple[Unwritten, ...]
    sources: Mapping[str, Source]

    @property
    def names(self) -> dict[str, str]:
        """The name in the module's state_dict of each tensor of the built network that is in it."""
        return {own: source.name for own, source in self.sources.items() if source.name}

    def state_dict(self, state: Mapping[str, Any]) -> dict[str, object]:
        """A `state_dict()` of the module, named as that of `convlint.build` on the file."""
        found = {own: state.get(source.name, source.tensor) for own, source in self.sources.items()}
        return {own: tensor.detach().reshape(self.sources[own].shape).clone() for own, tensor in found.items()}
