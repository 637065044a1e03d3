"""Functions of torch.nn.functional that are layers: what an operator of `rules/` knows, it is asked."""

from __future__ import annotations

from convlint.domain.values import UNKNOWN
from convlint.python_source import layers
from convlint.python_source.tensors.arguments import argument, as_size, dimension, failure, first_tensor
from convlint.python_source.values import Arguments, Keywords, ShapeFunction, Tensor, Unknown


def _layer(name: str, *positions: str) -> ShapeFunction:
    """A function of torch.nn.functional whose arguments behind the tensor are parameters of an operator."""

    def apply(arguments: Arguments, keywords: Keywords, place: str) -> object:
        given = dict(zip(positions, arguments[1:])) | keywords
        kept = {key: value for key, value in given.items() if not (key == "stride" and value in (None, []))}
        tensor = first_tensor(arguments)
        if any(isinstance(value, Unknown) for value in kept.values()) and tensor.shape is not None:
            spatial = (UNKNOWN,) * max(0, len(tensor.shape) - 2)
            return Tensor((*tensor.shape[:2], *spatial))
        return layers.named(name, place, [tensor], **kept)

    return apply


def _interpolate(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = first_tensor(arguments)
    size = argument(arguments, keywords, 1, "size")
    factor = argument(arguments, keywords, 2, "scale_factor")
    if tensor.shape is None:
        return tensor
    axes = len(tensor.shape) - 2
    if isinstance(size, (Unknown, Tensor)) or isinstance(factor, Unknown):
        return Tensor((*tensor.shape[:2], *(UNKNOWN,) * axes))
    if size is not None:
        sizes = [as_size(value) for value in size] if isinstance(size, (list, tuple)) else [as_size(size)] * axes
        return Tensor((*tensor.shape[:2], *sizes))
    return layers.named("Interpolate", place, [tensor], scale_factor=factor)


def _pad(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, padding = first_tensor(arguments), argument(arguments, keywords, 1, "pad")
    if tensor.shape is None or not isinstance(padding, (list, tuple)):
        return Tensor(None)
    sizes = list(tensor.shape)
    for at in range(len(padding) // 2):
        if at >= len(sizes):
            raise failure("padding length is too large", place)
        sizes[-1 - at] = sizes[-1 - at] + as_size(padding[2 * at]) + as_size(padding[2 * at + 1])
    return Tensor(tuple(sizes))


def _linear(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, weight = first_tensor(arguments), argument(arguments, keywords, 1, "weight")
    if tensor.shape is None or not isinstance(weight, Tensor) or not weight.shape:
        return Tensor((*tensor.shape[:-1], UNKNOWN)) if tensor.shape else Tensor(None)
    return Tensor((*tensor.shape[:-1], weight.shape[0]))


def _convolution(axes: int) -> ShapeFunction:
    def apply(arguments: Arguments, keywords: Keywords, place: str) -> object:
        tensor, weight = first_tensor(arguments), argument(arguments, keywords, 1, "weight")
        if not isinstance(weight, Tensor) or weight.shape is None or len(weight.shape) != axes + 2:
            return Tensor(None)
        if not all(type(size) is int for size in weight.shape):
            return Tensor(None)
        names = ("stride", "padding", "dilation", "groups")
        given = {name: argument(arguments, keywords, 3 + at, name) for at, name in enumerate(names)}
        given = {name: value for name, value in given.items() if value is not None}
        return layers.named(
            f"Conv{axes}d", place, [tensor], out_channels=weight.shape[0], kernel_size=weight.shape[2:], **given
        )

    return apply


def _grid_sample(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, grid = first_tensor(arguments), argument(arguments, keywords, 1, "grid")
    if tensor.shape is None or not isinstance(grid, Tensor) or grid.shape is None or len(grid.shape) < 3:
        return Tensor(None)
    return Tensor((*tensor.shape[:2], *grid.shape[1:-1]))


def _attention(arguments: Arguments, keywords: Keywords, place: str) -> object:
    query, value = first_tensor(arguments), argument(arguments, keywords, 2, "value")
    if query.shape is None or not isinstance(value, Tensor) or value.shape is None:
        return Tensor(None)
    return Tensor((*query.shape[:-1], value.shape[-1]))


def _glu(arguments: Arguments, keywords: Keywords, place: str) -> object:
    return layers.named("GLU", place, [first_tensor(arguments)], dim=dimension(arguments, keywords, 1, -1))


_POOL = ("kernel_size", "stride", "padding", "ceil_mode")
_MAX_POOL = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
LAYER_FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    **{f"adaptive_avg_pool{n}d": (f"AdaptiveAvgPool{n}d", ("output_size",)) for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": (f"AdaptiveMaxPool{n}d", ("output_size",)) for n in (1, 2, 3)},
    **{f"avg_pool{n}d": (f"AvgPool{n}d", _POOL) for n in (1, 2, 3)},
    **{f"max_pool{n}d": (f"MaxPool{n}d", _MAX_POOL) for n in (1, 2, 3)},
    "pixel_shuffle": ("PixelShuffle", ("upscale_factor",)),
    "pixel_unshuffle": ("PixelUnshuffle", ("downscale_factor",)),
    "channel_shuffle": ("ChannelShuffle", ("groups",)),
    "unfold": ("Unfold", ("kernel_size", "dilation", "padding", "stride")),
    "fold": ("Fold", ("output_size", "kernel_size", "dilation", "padding", "stride")),
}
"""Functions that are a layer: the operator, and the parameters behind the tensor in their order."""
LAYERS: dict[str, ShapeFunction] = {
    **{name: _layer(operator, *positions) for name, (operator, positions) in LAYER_FORMS.items()},
    **{f"conv{n}d": _convolution(n) for n in (1, 2, 3)},
    "interpolate": _interpolate,
    "upsample": _interpolate,
    "pad": _pad,
    "linear": _linear,
    "grid_sample": _grid_sample,
    "scaled_dot_product_attention": _attention,
    "glu": _glu,
}
