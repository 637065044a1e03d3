"""Finds the networks of a `_target_` tree, and where they are used with which size."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.dialects.targets.references import References
from convlint.dialects.targets.transforms import Extent, after_transforms, in_window, is_composition, unknown_extent
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence
from convlint.typed import NamedTuple

CONTROL_KEYS = frozenset(
    ("_target_", "_disabled_", "_requires_", "_desc_", "_mode_", "_args_", "_partial_", "_recursive_", "_convert_")
)
"""Keys of a component that are no arguments of its class."""
_ENGINES = ("trainer", "evaluator")
_PREPROCESSING = "preprocessing"
_POSTPROCESSING = "postprocessing"
_INFERER = "inferer"
MOST_NESTED = 24
"""How deep a component may lie to be looked at."""


class Component(NamedTuple):
    """A mapping with `_target_`: where it lies in the tree, as keys and numbers, and the class that it names."""

    path: tuple[str, ...]
    node: Mapping
    target: Scalar

    @property
    def name(self) -> str:
        """The keys on the way to it, as a file would refer to it."""
        return "::".join(self.path)


class Use(NamedTuple):
    """A use of a network: what the variant is called, and the extent that reaches the network."""

    name: str
    extent: Extent


def components(root: AnyNode | None, path: tuple[str, ...] = ()) -> Iterator[Component]:
    """All components that are written in a tree, the outer before the inner, in the order of the file."""
    if root is None or len(path) > MOST_NESTED:
        return
    if isinstance(root, Sequence):
        for number, item in enumerate(root.items):
            yield from components(item, (*path, str(number)))
    elif isinstance(root, Mapping):
        target = root.get("_target_")
        if isinstance(target, Scalar) and isinstance(target.value, str):
            yield Component(path, root, target)
        for key, (_, value) in root.pairs.items():
            yield from components(value, (*path, str(key)))


def uses(root: Mapping, references: References, axes: int) -> list[Use]:
    """The uses of the one network of a file, whose images have `axes` spatial axes; those that give a size."""
    found = []
    for name, section in _sections(root, references):
        extent = _reaching(section, references, axes)
        if extent.node is not None:
            found.append(Use(name, extent))
    return found


def _sections(root: Mapping, references: References) -> Iterator[tuple[str, Mapping]]:
    """(name, mapping) of the parts of a file that use a network: the file itself, and `train` or `validate` in it."""
    own = next((key for key in (*_ENGINES, _INFERER) if key in root.pairs), None)
    if own is not None:
        yield own, root
    for key in root.pairs:
        section = references.found(root.get(key)) if isinstance(key, str) else None
        if isinstance(section, Mapping) and "_target_" not in section.pairs and _is_use(section, references):
            yield key, section


def _is_use(section: Mapping, references: References) -> bool:
    is_named = any(key in section.pairs for key in (*_ENGINES, _INFERER))
    return is_named or _transforms(section, references) is not None


def _transforms(section: Mapping, references: References) -> AnyNode | None:
    """The transforms of a section: its `preprocessing`, or without one the only composition under another key."""
    if _PREPROCESSING in section.pairs:
        return references.found(section.get(_PREPROCESSING))
    found = [references.found(value) for key, (_, value) in section.pairs.items() if key != _POSTPROCESSING]
    composed = [node for node in found if isinstance(node, Mapping) and is_composition(node, references)]
    return composed[0] if len(composed) == 1 else None


def _reaching(section: Mapping, references: References, axes: int) -> Extent:
    """The extent that reaches the network in a section: that of its transforms, in the window of its inferer."""
    transforms = _transforms(section, references)
    given = unknown_extent(axes) if transforms is None else after_transforms(transforms, references, axes)
    engine = next((references.found(section.get(key)) for key in _ENGINES if key in section.pairs), None)
    inferer = engine.get(_INFERER) if isinstance(engine, Mapping) else None
    return in_window(inferer or section.get(_INFERER), given, references)
