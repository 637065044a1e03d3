"""Makes an architecture for each configuration of a plans file."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from convlint.catalogue import lookup
from convlint.dialects.keywords import ComponentPlaces, Release, read_arguments
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.nnunet.architecture import NetworkClass, architecture_of
from convlint.dialects.nnunet.configurations import Keys, resolved
from convlint.dialects.places import place_of
from convlint.dialects.registry import NearMiss, Request
from convlint.domain.values import UNKNOWN, Shape, rank_of
from convlint.model import Architecture, Graph, Layer, Port, Reading
from convlint.nearest import nearest_hint
from convlint.source.nodes import AnyNode, Document, Mapping, Scalar, Sequence, plain_data

PATCH = "patch"
_VOCABULARY = "nnunet"
_RELEASE = Release("nnU-Net")
_MOST_AXES = 8
_CHANNELS = 1
"""What stands in no plans: the channels that a network reads follow from the data set."""


def recognises(root: Mapping) -> bool:
    """Whether a document is a plans file."""
    return "plans_name" in root.pairs and isinstance(root.get("configurations"), Mapping)


def nearly(root: Mapping) -> NearMiss | None:
    """What keeps a plans file from being one; None where a document is nothing like it."""
    if "plans_name" not in root.pairs:
        return None
    return NearMiss("plans have a mapping 'configurations' beside 'plans_name'")


def misfit(settings: MappingType[str, object]) -> tuple[str, str] | None:
    """No setting of this dialect has a value that nothing has."""
    return None


def read(document: Document, request: Request) -> Reading:
    """The networks of a document that `recognises` accepts, one a configuration."""
    root = document.root
    assert isinstance(root, Mapping)
    configurations = root.get("configurations")
    assert isinstance(configurations, Mapping)
    mistakes = Mistakes(document.source)
    found = []
    for key, (key_node, _) in configurations.pairs.items():
        keys = resolved(configurations, key, mistakes) if isinstance(key, str) else None
        built = architecture_of(keys, key_node, mistakes) if keys is not None else None
        if keys is not None and built is not None:
            found.append(_architecture(document, str(key), keys, built, request, mistakes))
    names = tuple(item.variant for item in found if item.variant is not None)
    wanted = tuple(item for item in found if item.variant in request.variants) or tuple(found)
    axes = max((rank_of(item.inputs[0]) for item in found), default=0)
    sizes: dict[str, int | None] = dict.fromkeys(f"{PATCH}.{axis}" for axis in range(axes))
    return Reading(wanted, tuple(mistakes.findings), sizes=sizes, scales=names)


def _architecture(
    document: Document, name: str, keys: Keys, built: NetworkClass, request: Request, mistakes: Mistakes
) -> Architecture:
    operator = lookup.operator(f"{_VOCABULARY}.{built.name}")
    patch = keys["patch_size"][1] if "patch_size" in keys else None
    if operator is None:
        _unknown_class(built, mistakes)
    arguments = (
        read_arguments(built.pairs, built.target, operator, built.axes, mistakes, _RELEASE) if operator else None
    )
    nodes = arguments.nodes if arguments is not None else {}
    component = keys["architecture"][1] if "architecture" in keys else built.target
    places = ComponentPlaces(
        document.source, component, built.target, nodes, None if patch is None else place_of(document.source, patch)
    )
    parameters = arguments.parameters if arguments is not None else None
    is_whole = operator is not None and parameters is not None
    layer = Layer(
        built.name,
        operator.name if operator is not None and is_whole else None,
        parameters or (),
        (Port(-1),),
        places,
    )
    graph = Graph("", (PATCH,), (layer,), (Port(0),))
    given = arguments.given() if arguments is not None else None
    return Architecture(graph, (_input_shape(patch, request),), (), variant=name, recipe=given, prefix=None)


def _unknown_class(built: NetworkClass, mistakes: Mistakes) -> None:
    """Reports a class that only looks like one of the package's; other people's classes are unknown, and no mistake."""
    hint = nearest_hint(built.name, _classes())
    written = built.target.value if isinstance(built.target, Scalar) else ""
    if hint and str(written).startswith("dynamic_network_architectures."):
        mistakes.report("unknown-operator", built.target, {"op": built.name}, hint=hint)


def _classes() -> list[str]:
    return [name.partition(".")[2] for name in lookup.declarations() if name.startswith(f"{_VOCABULARY}.")]


def _input_shape(patch: AnyNode | None, request: Request) -> Shape:
    """One channel and the sizes of the patch; UNKNOWN where these are no list."""
    if not isinstance(patch, Sequence) or not 0 < len(patch.items) <= _MOST_AXES:
        return UNKNOWN
    values = [plain_data(item) for item in patch.items]
    sizes = [value if type(value) is int and 0 < value <= 2**20 else UNKNOWN for value in values]
    shape = (_CHANNELS, *sizes)
    return tuple(request.sizes.get(f"{PATCH}.{axis}", size) for axis, size in enumerate(shape))
