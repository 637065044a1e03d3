"""Values to try a class with: what its constructor may be given, and what its forward may be called with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from convlint.python_source.operations import is_plain
from convlint.python_source.records import class_member
from convlint.python_source.values import Class, Core, Function
from convlint.typed import NamedTuple

CHANNELS = 64
SIZE = 64
TOKENS = 16
MAP_AXES = 2
IMAGE_CHANNELS = 3
IMAGE_SIZE = 224
_NAMED: tuple[tuple[str, object], ...] = (
    (r"k|ks|kernel\w*|k_size", 3),
    (r"s|stride\w*|n|num_layers|num_blocks|n_?layers|depth\w*|g|groups|d|dilation|repeats?|layers|expand_ratio", 1),
    (r"p|pad|padding\w*", 1),
    (r"\w*heads?|nh", 4),
    (r"r|reduction\w*|ratio|\w*_ratio|factor|scale\w*|window\w*|patch\w*|num_groups|level\w*", 4),
    (r"e|expansion|alpha|beta|gamma|p_?drop\w*|drop\w*|eps", 0.5),
    (r"shortcut|bias|act\w*|residual|use_\w+|with_\w+|is_\w+", True),
    (r"ch|channels_list|in_channels_list", (64, 128, 256)),
    (r"nc|num_classes|classes|n_classes", 10),
    (r"\w*(norm_layer|norm|activation|act_layer)", None),
)
"""What parameters without a default are given first, by their names; all others are counts of channels."""
_FIRST_LAYERS = re.compile(r"(?:Lazy)?(?:Conv|ConvTranspose|BatchNorm|InstanceNorm|MaxPool|AvgPool)([123])d")
WIDTHS = ("in_channels", "num_features", "in_features", "num_channels", "normalized_shape", "embed_dim", "input_size")
"""Parameters that follow from what arrives."""


class Sample(NamedTuple):
    """What a class is tried with: the arguments of its constructor by name, and the shapes of its inputs.

    `is_list` says that the forward is given one list of them.
    """

    arguments: Mapping[str, object]
    inputs: tuple[tuple[int, ...], ...]
    is_list: bool


def constructor_names(constructor: object) -> tuple[str, ...]:
    """The parameters of a constructor, without `self`."""
    if not isinstance(constructor, Function):
        return ()
    given = constructor.node.args
    return tuple(argument.arg for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs][1:])


def arguments_to_try(constructor: object, given: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """Arguments of a constructor: those that are given, its own defaults, and a guess for each of the others."""
    names = constructor_names(constructor)
    defaults = constructor.defaults if isinstance(constructor, Function) else {}
    needed = [name for name in names if name not in defaults and name not in given]
    yield {**{name: _guess(name) for name in needed}, **given}
    for width in (32, 16, 128, 3):
        yield {**{name: width if _guess(name) == CHANNELS else _guess(name) for name in needed}, **given}
    for name in needed:
        for value in (1, 3, True, None, (CHANNELS, CHANNELS, CHANNELS), (SIZE, SIZE), [2, 2]):
            yield {**{other: _guess(other) for other in needed}, name: value, **given}


def _guess(name: str) -> object:
    for pattern, value in _NAMED:
        if re.fullmatch(pattern, name):
            return value
    return CHANNELS


def inputs_to_try(kind: Class, arguments: Mapping[str, object], leaves: list[Core]) -> Iterator[Sample]:
    """Shapes that a forward may be called with: as wide as the first layer wants, or as an argument of the class."""
    forward = class_member(kind, "forward")
    count = _needed(forward)
    lists = [value for value in arguments.values() if isinstance(value, (list, tuple)) and len(value) > 1]
    widths = list(dict.fromkeys([*_widths(leaves), *[v for v in arguments.values() if type(v) is int and v > 0], 3]))
    forms = list(_forms(leaves))
    for channels in lists:
        if all(type(width) is int and width > 0 for width in channels):
            levels = tuple((width, SIZE >> at, SIZE >> at) for at, width in enumerate(channels[:5]))
            yield Sample(arguments, levels, is_list=True)
    for width in widths[:6]:
        for form in [_image, *forms] if width == IMAGE_CHANNELS else forms:
            shape = form(width)
            yield Sample(arguments, (shape,) * count, is_list=False)
            if count == 1:
                yield Sample(arguments, (shape, shape), is_list=True)


def _needed(forward: object) -> int:
    if not isinstance(forward, Function):
        return 1
    positional = [argument.arg for argument in forward.node.args.args][1:]
    return min(4, max(1, len([name for name in positional if name not in forward.defaults])))


def _widths(leaves: list[Core]) -> Iterator[int]:
    """How many channels the first layers want."""
    for core in leaves[:6]:
        is_wide = re.search("Conv|Linear|Norm|Attention|LSTM|GRU", core.name) is not None
        given = [core.keywords.get(name) for name in WIDTHS] + list(core.arguments[:1] if is_wide else ())
        value = next((value for value in given if value is not None), None)
        value = value[-1] if isinstance(value, (list, tuple)) and value else value
        if is_plain(value) and type(value) is int and value > 0:
            yield value


def _forms(leaves: list[Core]) -> Iterator[Callable[[int], tuple[int, ...]]]:
    """Shapes of a width: maps where the first layer takes them, tokens, features."""
    match = next((found for core in leaves if (found := _FIRST_LAYERS.fullmatch(core.name))), None)
    axes = int(match[1]) if match else 2
    maps = {1: lambda c: (c, SIZE), 2: lambda c: (c, SIZE, SIZE), 3: lambda c: (c, 16, 16, 16)}
    tokens = [lambda c: (TOKENS, c), lambda c: (c,), lambda c: (8, 8, c)]
    is_of_maps = match is not None or not leaves or leaves[0].name not in ("Linear", "LayerNorm", "MultiheadAttention")
    ordered = [maps[axes], *tokens] if is_of_maps else [*tokens, maps[axes]]
    yield from ordered
    if axes == MAP_AXES:
        yield lambda c: (c, SIZE - 1, SIZE - 1)  # a pool and a strided convolution give one size for odd sizes alone


def _image(channels: int) -> tuple[int, ...]:
    return (channels, IMAGE_SIZE, IMAGE_SIZE)
