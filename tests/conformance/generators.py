"""Generators for operators whose parameters and shapes lean on one another; all others are drawn from declarations.

They give parameters as a file would write them, and input shapes without the batch. About two thirds of what they draw
is valid; the rest has mostly one mistake, so that each requirement of a declaration is met alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.conformance.drawing import Draw, Shape, Written, product

Drawn = tuple[Written, tuple[Shape, ...]]
Generator = Callable[[Draw, int], Drawn]
"""Takes the number of spatial axes of the operator (1 where it has none)."""


# --- convolution


def convolution(draw: Draw, axes: int) -> Drawn:
    groups = draw.one((1, 1, 1, 2, 3))
    incoming, outgoing = groups * draw.number(1, 3), groups * draw.number(1, 3)
    kernel, dilation = (
        draw.per_axis(axes, lambda: draw.number(1, 4)),
        draw.per_axis(axes, lambda: draw.one((1, 1, 2, 3))),
    )
    stride = draw.per_axis(axes, lambda: draw.one((1, 1, 2, 3, 4)))
    reach = [step * (size - 1) + 1 for size, step in zip(kernel, dilation)]
    mode = draw.one(("zeros", "zeros", "zeros", "reflect", "replicate", "circular"))
    padding: Any = [draw.number(0, part) for part in reach]
    if draw.chance(0.1 if mode == "zeros" else 0.2):
        padding = [part if draw.chance(0.85 if mode == "zeros" else 0.6) else -1 for part in padding]
    pads = padding
    if draw.chance(0.25):
        padding = draw.one(("same", "valid"))
        pads = [0 if padding == "valid" else part // 2 for part in reach]
        stride = [1] * axes if padding == "same" and draw.chance(0.85) else stride
    sizes = draw.holding(
        max(part - 2 * pad, pad + 1 if mode == "reflect" else pad if mode == "circular" else 1)
        for part, pad in zip(reach, pads)
    )
    written = {"out_channels": outgoing, "kernel_size": draw.extent(kernel), "padding_mode": mode}
    written |= {"stride": draw.extent(stride), "dilation": draw.extent(dilation), "groups": draw.mostly(groups, 0.95)}
    written |= {"padding": padding if isinstance(padding, str) else draw.extent(padding)}
    written |= draw.some({"in_channels": incoming, "bias": draw.chance(0.5)})
    return written, ((draw.mostly(incoming, 0.93), *sizes),)


def transposed_convolution(draw: Draw, axes: int) -> Drawn:
    groups = draw.one((1, 1, 1, 2, 3))
    incoming, outgoing = groups * draw.number(1, 3), groups * draw.number(1, 3)
    kernel, dilation = (
        draw.per_axis(axes, lambda: draw.number(1, 4)),
        draw.per_axis(axes, lambda: draw.one((1, 1, 2, 3))),
    )
    stride = draw.per_axis(axes, lambda: draw.number(1, 4))
    added = [draw.number(0, max(step, gap) - 1) if draw.chance(0.95) else 4 for step, gap in zip(stride, dilation)]
    sizes = draw.numbers(axes, 1, 5)
    whole = [
        (size - 1) * step + gap * (part - 1) + 1 + more
        for size, step, gap, part, more in zip(sizes, stride, dilation, kernel, added)
    ]
    padding = [draw.number(0, min(4, (size - 1) // 2)) if draw.chance(0.95) else size for size in whole]
    written = {"out_channels": outgoing, "kernel_size": draw.extent(kernel), "stride": draw.extent(stride)}
    written |= {"dilation": draw.extent(dilation), "groups": draw.mostly(groups, 0.95)}
    written |= {"padding": draw.extent(padding), "output_padding": draw.extent(added)}
    written |= draw.some({"in_channels": incoming, "bias": draw.chance(0.5)})
    written |= draw.some({"padding_mode": draw.one(("zeros", "zeros", "reflect"))}, 0.2)
    return written, ((draw.mostly(incoming, 0.93), *sizes),)


# --- pooling


def _window(draw: Draw, axes: int, padded: bool, dilated: bool, unpadded_fits: bool = False) -> tuple[Written, Shape]:
    """Parameters of a pooling window, and spatial sizes that mostly hold it."""
    kernel = draw.per_axis(axes, lambda: draw.number(1, 5 if axes < 3 else 3))
    stride = draw.per_axis(axes, lambda: draw.number(1, 5))
    padding = [draw.number(0, size // 2) if draw.chance(0.95) else size for size in kernel] if padded else [0] * axes
    dilation = draw.per_axis(axes, lambda: draw.one((1, 1, 2, 3))) if dilated else [1] * axes
    written: Written = {"kernel_size": draw.extent(kernel)}
    written |= draw.some({"stride": draw.extent(stride)}, 0.7)
    written |= {"padding": draw.extent(padding)} if padded else {}
    written |= {"dilation": draw.extent(dilation)} if dilated else {}
    sizes = draw.holding(
        gap * (size - 1) + 1 - (0 if unpadded_fits else 2 * pad) for size, gap, pad in zip(kernel, dilation, padding)
    )
    return written | draw.some({"ceil_mode": draw.chance(0.6)}), tuple(sizes)


def max_pool(draw: Draw, axes: int) -> Drawn:
    written, sizes = _window(draw, axes, padded=True, dilated=True)
    return written | draw.some({"return_indices": draw.chance(0.5)}, 0.4), ((draw.number(1, 4), *sizes),)


def average_pool(draw: Draw, axes: int) -> Drawn:
    written, sizes = _window(draw, axes, padded=True, dilated=False, unpadded_fits=axes == 3)
    written |= draw.some({"count_include_pad": draw.chance(0.5)}, 0.4)
    if axes > 1:
        written |= draw.some({"divisor_override": draw.one((None, 3, 2, 0))}, 0.2)
    return written, ((draw.number(1, 4), *sizes),)


def power_pool(draw: Draw, axes: int) -> Drawn:
    written, sizes = _window(draw, axes, padded=False, dilated=False)
    if axes == 1:
        written = {key: value[0] if isinstance(value, list) else value for key, value in written.items()}
    return {"norm_type": draw.one((1, 2, 2.5)), **written}, ((draw.number(1, 4), *sizes),)


def fractional_max_pool(draw: Draw, axes: int) -> Drawn:
    kernel = draw.per_axis(axes, lambda: draw.number(1, 3))
    sizes = [size + draw.number(1, 7) for size in kernel]
    slack = 0 if axes == 2 else 1
    outputs = [max(1, draw.number(1, size - part + 1 - slack)) for size, part in zip(sizes, kernel)]
    ratios = [(output + 0.2) / size for output, size in zip(outputs, sizes)]
    outputs = [output if draw.chance(0.94) else output + 3 for output in outputs]
    if draw.chance(0.08):
        ratios[0] = draw.one((0.01, 1.0, 1.5, 0.99))
    written: Written = {"kernel_size": draw.extent(kernel)}
    if draw.chance(0.5):
        written["output_size"] = draw.extent(outputs)
    else:
        written["output_ratio"] = ratios
    if draw.chance(0.06):
        written = {"kernel_size": 2} if draw.chance(0.5) else {**written, "output_size": 1, "output_ratio": 0.5}
    return written | draw.some({"return_indices": draw.chance(0.5)}, 0.4), ((draw.number(1, 4), *sizes),)


def max_unpool(draw: Draw, axes: int) -> Drawn:
    kernel = draw.per_axis(axes, lambda: draw.number(1, 4))
    stride = draw.per_axis(axes, lambda: draw.number(1, 4))
    padding = [draw.number(0, size // 2) if draw.chance(0.94) else size + 2 for size in kernel]
    written = {"kernel_size": draw.extent(kernel), **draw.some({"stride": draw.extent(stride)}, 0.7)}
    shape = (draw.number(1, 4), *draw.numbers(axes, 2, 5))
    return {**written, "padding": draw.extent(padding)}, (shape, draw.similar(shape, 0.15))


def adaptive_pool(draw: Draw, axes: int) -> Drawn:
    outputs: list[int | None] = list(draw.per_axis(axes, lambda: draw.number(1, 7)))
    if axes > 1 and draw.chance(0.3):
        outputs[draw.number(0, axes - 1)] = None
    size = outputs[0] if len(set(outputs)) == 1 and draw.chance(0.7) else outputs
    return {"output_size": size}, ((draw.number(1, 4), *draw.numbers(axes, 1, 8)),)


def adaptive_max_pool(draw: Draw, axes: int) -> Drawn:
    written, shapes = adaptive_pool(draw, axes)
    return written | draw.some({"return_indices": draw.chance(0.5)}, 0.4), shapes


# --- resize

MODES = {
    1: ("nearest", "nearest-exact", "linear", "area"),
    2: ("nearest", "nearest-exact", "bilinear", "bicubic", "area"),
    3: ("nearest", "nearest-exact", "trilinear", "area"),
}
FACTORS = (0.1, 0.25, 0.5, 0.6, 0.7, 0.9, 1.0, 1.1, 1.3, 1.5, 1.7, 2, 2, 2.0, 2.3, 3)


def _scale(draw: Draw, axes: int) -> Written:
    """A size or a factor; now and then both or none, or one for another number of axes."""
    count = axes if draw.chance(0.95) else axes % 3 + 1
    size = draw.extent(draw.numbers(count, 1, 9))
    factors = [draw.one(FACTORS) for _ in range(count)]
    factor: Any = factors[0] if draw.chance(0.5) else factors
    if draw.chance(0.06):
        return {"size": size, "scale_factor": factor} if draw.chance(0.5) else {}
    return {"size": size} if draw.chance(0.4) else {"scale_factor": factor}


def upsample(draw: Draw, axes: int) -> Drawn:
    axes = draw.number(1, 3)
    mode = draw.one(MODES[axes if draw.chance(0.92) else axes % 3 + 1])
    written = {**_scale(draw, axes), "mode": mode}
    smooth = mode not in ("nearest", "nearest-exact", "area")
    written |= draw.some({"align_corners": draw.one((True, False))}, 0.5 if smooth else 0.06)
    written |= draw.some({"recompute_scale_factor": draw.one((True, False, None))}, 0.15)
    return written, ((draw.number(1, 3), *draw.numbers(axes, 1 if draw.chance(0.3) else 4, 10)),)


def interpolate(draw: Draw, axes: int) -> Drawn:
    written, shapes = upsample(draw, axes)
    able = written["mode"] in ("bilinear", "bicubic")
    written |= draw.some({"antialias": draw.chance(0.7)}, 0.5 if able else 0.08)
    if len(shapes[0]) == 3 and draw.chance(0.1):
        written |= {"mode": "lanczos", "antialias": draw.chance(0.8), "align_corners": draw.one((None, False, True))}
    return written, shapes


def upsampling(draw: Draw, axes: int) -> Drawn:
    written = _scale(draw, 2)
    return written, ((draw.number(1, 3), *draw.numbers(2, 1 if draw.chance(0.3) else 4, 10)),)


def pixel_shuffle(draw: Draw, axes: int) -> Drawn:
    factor = draw.number(1, 3)
    channels = draw.mostly(factor * factor * draw.number(1, 3), 0.75)
    return {"upscale_factor": factor}, ((channels, *draw.numbers(2, 1, 5)),)


def pixel_unshuffle(draw: Draw, axes: int) -> Drawn:
    factor = draw.number(1, 3)
    sizes = [draw.mostly(factor * draw.number(1, 4), 0.85) for _ in range(2)]
    return {"downscale_factor": factor}, ((draw.number(1, 3), *sizes),)


def channel_shuffle(draw: Draw, axes: int) -> Drawn:
    shape = (draw.number(1, 8), *draw.numbers(draw.number(1, 3), 1, 5))
    return {"groups": draw.divisor(shape[0])}, (shape,)


# --- padding


def _sides(draw: Draw, sizes: list[int], most: list[int]) -> Any:
    """Two numbers an axis, the last axis first, each mostly at most what its axis allows."""
    sides = []
    for size, limit in reversed(list(zip(sizes, most))):
        sides += [
            draw.number(-min(1, size - 1), limit) if draw.chance(0.93) else draw.one((limit + 1, -size)) for _ in "ab"
        ]
    return sides[0] if len(set(sides)) == 1 and draw.chance(0.7) else sides


def _padding(extra: Callable[[int], int]) -> Generator:
    """A generator for a padding layer that takes up to `extra(size)` on each side."""

    def padding(draw: Draw, axes: int) -> Drawn:
        sizes = draw.numbers(axes, 2 if draw.chance(0.8) else 1, 6)
        sides = draw.number(0, min(extra(size) for size in sizes)) if draw.chance(0.2) else None
        if sides is None:
            sides = _sides(draw, sizes, [extra(size) for size in sizes])
        return {"padding": sides}, ((draw.number(1, 3), *sizes),)

    return padding


constant_pad = _padding(lambda size: 5)
reflection_pad = _padding(lambda size: size - 1)
circular_pad = _padding(lambda size: size)


def constant_value_pad(draw: Draw, axes: int) -> Drawn:
    written, shapes = constant_pad(draw, axes)
    return {**written, "value": draw.one((0, 1.5, -2))}, shapes


def functional_pad(draw: Draw, axes: int) -> Drawn:
    mode = draw.one(("constant", "constant", "reflect", "replicate", "circular"))
    rank = draw.number(2, 4)
    sizes = draw.numbers(rank, 2, 6)
    padded = rank - 1 if draw.chance(0.75) else draw.number(1, rank)
    most = {"reflect": -1, "circular": 0}.get(mode, 3)
    limits = [size + most if mode in ("reflect", "circular") else most for size in sizes]
    sides = _sides(draw, sizes[-padded:], limits[-padded:])
    sides = [sides] * (2 * padded) if isinstance(sides, int) else sides
    if draw.chance(0.05):
        sides = sides[:-1] if draw.chance(0.5) else [0, 0] * (rank + 1)
    written = {"padding": sides, "mode": mode}
    return written | draw.some({"value": draw.one((0.0, 2.5))}, 0.3 if mode == "constant" else 0.06), (tuple(sizes),)


# --- rearrange


def _factors(draw: Draw, number: int) -> list[int]:
    """Sizes that multiply up to a number, mostly; with -1, or now and then with a wrong size."""
    sizes: list[int] = []
    for _ in range(draw.number(1, 2)):
        part = draw.one([value for value in range(1, number + 1) if number % value == 0])
        sizes.append(part)
        number //= part
    sizes.append(number)
    if draw.chance(0.4):
        sizes[draw.number(0, len(sizes) - 1)] = -1
    if draw.chance(0.12):
        index = draw.number(0, len(sizes) - 1)
        sizes[index] = draw.one((sizes[index] + 1, -1, 7))
    return [-1, *sizes[1:], -1] if draw.chance(0.05) else sizes


def flatten(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4), 4)
    rank = len(shape)
    first = draw.dim(rank, 0 if draw.chance(0.15) else 1)
    last = draw.dim(rank)
    if draw.chance(0.85):
        first, last = sorted((first, last), key=lambda dim: dim % (rank + 1))
    return draw.some({"start_dim": first, "end_dim": last}, 0.75), (shape,)


def unflatten(draw: Draw, axes: int) -> Drawn:
    shape = tuple(draw.one((1, 2, 4, 6, 12)) for _ in range(draw.number(1, 3)))
    dim = draw.dim(len(shape), 0 if draw.chance(0.1) else 1)
    size = shape[dim % (len(shape) + 1) - 1]
    return {"dim": dim, "unflattened_size": _factors(draw, size)}, (shape,)


def reshape(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 3))
    return {"shape": _factors(draw, product(shape))}, (shape,)


def permute(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4))
    rank = len(shape) + 1
    order = [0, *draw.rng.sample(range(1, rank), rank - 1)]
    if draw.chance(0.1):
        draw.rng.shuffle(order)
    if draw.chance(0.1):
        order[-1] = draw.one((order[0], rank, -rank - 1))
    order = [dim - rank if draw.chance(0.2) and 0 <= dim < rank else dim for dim in order]
    return {"dims": order[:-1] if draw.chance(0.05) else order}, (shape,)


def transpose(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4))
    first, second = (draw.dim(len(shape), 0 if draw.chance(0.06) else 1) for _ in range(2))
    return {"dim0": first, "dim1": second}, (shape,)


def squeeze(draw: Draw, axes: int) -> Drawn:
    shape = tuple(1 if draw.chance(0.5) else size for size in draw.shape(draw.number(1, 4)))
    return {"dim": draw.dim(len(shape), 0 if draw.chance(0.06) else 1)}, (shape,)


def unsqueeze(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4))
    return {"dim": draw.dim(len(shape) + 1, 0 if draw.chance(0.06) else 1)}, (shape,)


def slicing(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 3), 9)
    dim = draw.dim(len(shape))
    written = draw.some({"dim": dim, "start": draw.one((0, 0, 1, 2, -2, -20, None))}, 0.8)
    written |= draw.some({"end": draw.one((None, 3, 4, 5, -1, 20, 1)), "step": draw.number(1, 3)})
    return written, (shape,)


def split(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 3), 9)
    dim = draw.dim(len(shape))
    size = shape[dim % (len(shape) + 1) - 1]
    if draw.chance(0.4):
        return {"dim": dim, "split_size": draw.number(1, size + 1)}, (shape,)
    first = draw.number(1, size)
    parts = [first, size - first] if first < size else [size]
    return {"dim": dim, "split_size": [draw.mostly(parts[0], 0.8), *parts[1:]]}, (shape,)


def chunk(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 3), 9)
    return {"chunks": draw.number(1, 6), **draw.some({"dim": draw.dim(len(shape))}, 0.8)}, (shape,)


def mean(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4), 4)
    dims = [draw.dim(len(shape), 0 if draw.chance(0.05) else 1) for _ in range(draw.one((1, 1, 2)))]
    if len(dims) == 2 and draw.chance(0.6):
        dims[1] = -1 if dims[0] % (len(shape) + 1) != len(shape) else 1
    return {
        "dim": dims[0] if len(dims) == 1 and draw.chance(0.7) else dims,
        **draw.some({"keepdim": draw.chance(0.7)}),
    }, (shape,)


def unfold(draw: Draw, axes: int) -> Drawn:
    written, sizes = _window(draw, 2, padded=True, dilated=True)
    written.pop("ceil_mode", None)
    return written, ((draw.number(1, 3), *sizes),)


def fold(draw: Draw, axes: int) -> Drawn:
    kernel, dilation = draw.numbers(2, 1, 3), draw.per_axis(2, lambda: draw.one((1, 1, 2)))
    stride, padding = draw.numbers(2, 1, 3), draw.numbers(2, 0, 2)
    reach = [gap * (size - 1) + 1 for size, gap in zip(kernel, dilation)]
    outputs = [max(1, part - 2 * pad) + draw.number(0, 4) for part, pad in zip(reach, padding)]
    if draw.chance(0.08):
        outputs[0], padding[0] = 1, 0
    windows = [(size + 2 * pad - part) // step + 1 for size, pad, part, step in zip(outputs, padding, reach, stride)]
    channels = draw.mostly(product(kernel) * draw.number(1, 3), 0.9)
    written = {"output_size": draw.extent(outputs), "kernel_size": draw.extent(kernel), "stride": draw.extent(stride)}
    written |= {"dilation": draw.extent(dilation), "padding": draw.extent(padding)}
    return written, ((channels, draw.mostly(max(1, product(windows)), 0.9)),)


# --- linear


def linear(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4), 4)
    features = draw.mostly(shape[-1], 0.85)
    if draw.chance(0.08):
        features = product(shape)
    return {"out_features": draw.number(1, 5), **draw.some({"in_features": features, "bias": draw.chance(0.5)})}, (
        shape,
    )


def bilinear(draw: Draw, axes: int) -> Drawn:
    lead = draw.shape(draw.number(0, 2), 3)
    first, second = draw.number(1, 4), draw.number(1, 4)
    written = {
        "in1_features": draw.mostly(first),
        "in2_features": draw.mostly(second),
        "out_features": draw.number(1, 4),
    }
    other = (*(draw.similar(lead, 0.1) if lead else lead), second)
    return written | draw.some({"bias": draw.chance(0.5)}), ((*lead, first), other)


# --- recurrent, attention


def recurrent(draw: Draw, axes: int) -> Drawn:
    written, shape = _recurrent(draw)
    states = [_first_state(draw, written)] if draw.chance(0.4) else []
    return written, (shape, *states)


def _recurrent(draw: Draw) -> tuple[Written, Shape]:
    shape = (draw.number(1, 5), draw.number(1, 6))
    written: Written = {"hidden_size": draw.number(1, 5), "num_layers": draw.number(1, 3)}
    written |= draw.some({"input_size": draw.mostly(shape[1], 0.85), "bias": draw.chance(0.5)})
    written |= draw.some({"batch_first": draw.chance(0.7), "bidirectional": draw.chance(0.5)})
    return written | draw.some({"dropout": draw.one((0.0, 0.3, 1.0, 1.2))}, 0.25), shape


def _first_state(draw: Draw, written: Written, width: int = 0) -> Shape:
    layers = written["num_layers"] * (2 if written.get("bidirectional") else 1)
    return (draw.mostly(layers, 0.93), draw.mostly(width or written["hidden_size"], 0.93))


def rnn(draw: Draw, axes: int) -> Drawn:
    written, shapes = recurrent(draw, axes)
    return written | draw.some({"nonlinearity": draw.one(("tanh", "relu"))}), shapes


def lstm(draw: Draw, axes: int) -> Drawn:
    written, shape = _recurrent(draw)
    written |= draw.some({"proj_size": draw.number(0, written["hidden_size"])}, 0.5)
    if draw.chance(0.6):
        return written, (shape,)
    return written, (shape, _first_state(draw, written, written.get("proj_size", 0)), _first_state(draw, written))


def cell(draw: Draw, axes: int) -> Drawn:
    shape = (draw.number(1, 6),)
    written: Written = {"hidden_size": draw.number(1, 5)}
    written |= draw.some({"input_size": draw.mostly(shape[0], 0.85), "bias": draw.chance(0.5)})
    states = [(draw.mostly(written["hidden_size"], 0.9),)] if draw.chance(0.6) else []
    return written, (shape, *states)


def rnn_cell(draw: Draw, axes: int) -> Drawn:
    written, shapes = cell(draw, axes)
    return written | draw.some({"nonlinearity": draw.one(("tanh", "relu"))}), shapes


def lstm_cell(draw: Draw, axes: int) -> Drawn:
    written, (shape, *states) = cell(draw, axes)
    return written, (shape, *states, *[(draw.mostly(written["hidden_size"], 0.9),) for _ in states])


def attention(draw: Draw, axes: int) -> Drawn:
    heads = draw.number(1, 3)
    embed = draw.mostly(heads * draw.number(1, 4), 0.93)
    query = (draw.number(1, 5), draw.mostly(embed, 0.95))
    first = draw.chance(0.6)
    written: Written = {"num_heads": heads, "embed_dim": embed, "batch_first": first}
    written |= draw.some(
        {"bias": draw.chance(0.5), "add_bias_kv": draw.chance(0.5), "add_zero_attn": draw.chance(0.5)}, 0.4
    )
    written |= draw.some({"dropout": draw.one((0.0, 0.3, 1.2))}, 0.15)
    if draw.chance(0.4):
        return written, (query,)
    sizes = {"kdim": draw.number(1, 6), "vdim": draw.number(1, 6)}
    chosen = draw.some(sizes, 0.4)
    count = draw.number(1, 5) if first or draw.chance(0.15) else query[0]
    key = (count, draw.mostly(chosen.get("kdim", embed), 0.95))
    value = (draw.mostly(count, 0.95), draw.mostly(chosen.get("vdim", embed), 0.95))
    if draw.chance(0.04):
        value = (*value, 2)  # type: ignore[assignment]
    return written | chosen, (query, key, value)


def transformer_encoder_layer(draw: Draw, axes: int) -> Drawn:
    heads = draw.number(1, 3)
    model = draw.mostly(heads * draw.number(1, 4), 0.9)
    written: Written = {"nhead": heads, "dim_feedforward": draw.number(1, 9)}
    written |= draw.some({"d_model": draw.mostly(model, 0.85), "activation": draw.one(("relu", "gelu"))})
    written |= draw.some({"batch_first": draw.chance(0.5), "norm_first": draw.chance(0.5), "bias": draw.chance(0.5)})
    return written | draw.some({"dropout": draw.one((0.0, 0.3, 1.0, 1.2))}, 0.2), ((draw.number(1, 5), model),)


def transformer_decoder_layer(draw: Draw, axes: int) -> Drawn:
    written, (shape,) = transformer_encoder_layer(draw, axes)
    tokens = draw.number(1, 5) if written.get("batch_first") or draw.chance(0.15) else shape[0]
    memory = (tokens, draw.mostly(shape[-1], 0.95))
    return written, (shape, memory[1:] if draw.chance(0.05) else memory)


def transformer_encoder(draw: Draw, axes: int) -> Drawn:
    written, shapes = transformer_encoder_layer(draw, axes)
    return written | {"num_layers": draw.number(1, 3)} | draw.some({"norm": draw.chance(0.5)}), shapes


def transformer_decoder(draw: Draw, axes: int) -> Drawn:
    written, shapes = transformer_decoder_layer(draw, axes)
    return written | {"num_layers": draw.number(1, 3)} | draw.some({"norm": draw.chance(0.5)}), shapes


def transformer(draw: Draw, axes: int) -> Drawn:
    written, shapes = transformer_decoder_layer(draw, axes)
    written.setdefault("d_model", shapes[0][-1])
    return written | {"num_encoder_layers": draw.number(1, 2), "num_decoder_layers": draw.number(1, 2)}, shapes


def bag(draw: Draw, axes: int) -> Drawn:
    written: Written = {"num_embeddings": draw.number(1, 5), "embedding_dim": draw.number(1, 4)}
    written |= draw.some({"mode": draw.one(("sum", "mean", "max")), "scale_grad_by_freq": draw.chance(0.5)})
    return written | draw.some({"padding_idx": draw.number(-4, 4)}, 0.4), ((draw.number(1, 5),),)


def dynamic_convolution(draw: Draw, axes: int) -> Drawn:
    written, (shape,) = convolution(draw, axes)
    groups, sizes = written["groups"], written["kernel_size"]
    kernel = (
        written["out_channels"],
        draw.mostly(max(1, shape[0] // groups), 0.93),
        *(sizes if isinstance(sizes, list) else [sizes] * axes),
    )
    kept = {key: written[key] for key in ("stride", "dilation", "groups")}
    kept |= {} if isinstance(written["padding"], str) else {"padding": written["padding"]}
    bias = [(draw.mostly(kernel[0], 0.9),)] if draw.chance(0.4) else []
    return kept, (shape, kernel[1:] if draw.chance(0.03) else kernel, *bias)


def slice_scatter(draw: Draw, axes: int) -> Drawn:
    written, (shape,) = slicing(draw, axes)
    dim = written.get("dim", 1)
    at = dim - 1 if dim > 0 else dim + len(shape)
    part = list(shape)
    if 0 <= at < len(shape):
        cut = range(shape[at])[slice(written.get("start"), written.get("end"), max(1, written.get("step", 1)))]
        part[at] = draw.mostly(max(1, len(cut)), 0.9)
    return written, (shape, tuple(part)[: 1 if draw.chance(0.04) else None])


# --- merge


def concat(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4), 4)
    dim = draw.dim(len(shape), 0 if draw.chance(0.06) else 1)
    index = dim % (len(shape) + 1) - 1
    others = []
    for _ in range(draw.number(0, 2)):
        sizes = list(shape)
        sizes[index] = draw.number(1, 5) if index >= 0 else sizes[index]
        others.append(draw.similar(tuple(sizes), 0.15))
    written = {"dim": dim} if index != 0 or draw.chance(0.5) else {}
    return written, (shape, *others)


def stack(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4), 4)
    written = draw.some({"dim": draw.dim(len(shape) + 1, 0 if draw.chance(0.06) else 1)}, 0.7)
    return written, (shape, *(draw.similar(shape, 0.1) for _ in range(draw.number(0, 2))))


def elementwise(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4), 4)
    others = []
    for _ in range(draw.number(0, 2)):
        other = tuple(1 if draw.chance(0.12) else size for size in shape)
        others.append(draw.similar(other, 0.12))
    share = 0.1 if others else 0.9
    return draw.some({"value": draw.one((2, 0.5, -1))}, share), (shape, *others)


def _pair(draw: Draw) -> tuple[Shape, Shape]:
    """A shape, and one that mostly goes with it."""
    shape = draw.shape(draw.number(1, 4), 4)
    return shape, draw.similar(tuple(1 if draw.chance(0.12) else size for size in shape), 0.12)


def distance(draw: Draw, axes: int) -> Drawn:
    return draw.some({"p": draw.one((1.0, 2.0)), "eps": 1e-6, "keepdim": draw.chance(0.5)}), _pair(draw)


def masked_fill(draw: Draw, axes: int) -> Drawn:
    shape, mask = _pair(draw)
    grows = any(wide > narrow for wide, narrow in zip(mask, shape))
    return {"value": draw.one((0, -1.5))}, (shape, shape if grows and len(mask) == len(shape) else mask)


def where(draw: Draw, axes: int) -> Drawn:
    shape, mask = _pair(draw)
    return {}, (shape, draw.similar(shape, 0.12), mask)


def scaled_attention(draw: Draw, axes: int) -> Drawn:
    lead = draw.shape(draw.number(0, 2), 3)
    queries, keys, features, values = draw.numbers(4, 1, 5)
    shapes = [
        (*lead, queries, features),
        (*(draw.similar(lead, 0.1) if lead else lead), draw.mostly(keys, 0.95), draw.mostly(features, 0.93)),
        (*lead, keys, values),
    ]
    if draw.chance(0.04):
        shapes[1] = shapes[1][1:]
    written = draw.some({"dropout_p": draw.one((0.0, 0.3, 1.2)), "scale": 0.5, "is_causal": draw.chance(0.5)}, 0.3)
    if draw.chance(0.4):
        mask = (*[draw.one((1, size)) for size in lead], draw.one((1, queries)), draw.one((1, keys)))
        shapes.append(draw.similar(mask, 0.15))
    return written, tuple(shapes)


def einsum(draw: Draw, axes: int) -> Drawn:
    equation = draw.one(
        ("bij,bjk->bik", "bhqd,bhkd->bhqk", "bc,bd->bcd", "bij,bj->bi", "nct->ntc", "bij->bi", "bii->bi", "bi,bi->b",
         "bij,bjk,bk->bi", "bij,cjk->bik", "bij,bjk->bikz", "bij,bjk")
    )  # fmt: skip
    sizes = {letter: draw.number(1, 4) for letter in "abcdefghijklmnopqrstuvwxyz"}
    shapes = [tuple(sizes[letter] for letter in term[1:]) for term in equation.partition("->")[0].split(",")]
    if draw.chance(0.3):
        shapes[0] = draw.similar(shapes[0], 0.9)
    return {"equation": equation}, tuple(shapes if draw.chance(0.95) else shapes[:1])


def index_select(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 3))
    indices = (draw.number(1, 5),) if draw.chance(0.9) else (2, 3)
    return {"dim": draw.dim(len(shape), 0 if draw.chance(0.06) else 1)}, (shape, indices)


def grid_sample(draw: Draw, axes: int) -> Drawn:
    axes = draw.number(2, 3)
    grid = (*draw.numbers(axes, 1, 4), draw.mostly(axes, 0.9))
    shape = draw.shape(axes + 1, 5)
    modes = ("bilinear", "nearest", "bicubic")
    written = draw.some({"mode": draw.one(modes), "padding_mode": "border", "align_corners": draw.chance(0.5)})
    return written, (shape, grid[1:] if draw.chance(0.06) else grid)


def own_tensor(draw: Draw, axes: int) -> Drawn:
    return {"shape": list(draw.shape(draw.number(1, 4)))}, ()


# --- arithmetic and reductions


def power(draw: Draw, axes: int) -> Drawn:
    return {"exponent": draw.one((2, 0.5, -1, 3.0))}, (draw.shape(draw.number(1, 4)),)


def clamp(draw: Draw, axes: int) -> Drawn:
    return draw.some({"min": draw.one((0, -1.0, 3)), "max": draw.one((1, 6.0, None))}, 0.7), (
        draw.shape(draw.number(1, 4)),
    )


def norm(draw: Draw, axes: int) -> Drawn:
    written, shapes = mean(draw, axes)
    return written | draw.some({"p": draw.one((1, 2, 2.5))}), shapes


def spread(draw: Draw, axes: int) -> Drawn:
    written, shapes = mean(draw, axes)
    return written | draw.some({"correction": draw.one((0, 1))}), shapes


def normalize(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4))
    dim = draw.dim(len(shape), 0 if draw.chance(0.06) else 1)
    return draw.some({"dim": dim, "p": draw.one((1.0, 2.0)), "eps": 1e-6}, 0.8), (shape,)


# --- entries and copies


def _one_dim(draw: Draw) -> tuple[int, int, Shape]:
    """A dimension, mostly none that is the batch, its size, and the shape that has it."""
    shape = draw.shape(draw.number(1, 4))
    dim = draw.dim(len(shape), 0 if draw.chance(0.06) else 1)
    return dim, shape[dim % (len(shape) + 1) - 1], shape


def select(draw: Draw, axes: int) -> Drawn:
    dim, size, shape = _one_dim(draw)
    return {"dim": dim, "index": draw.number(-size, size - 1) if draw.chance(0.9) else draw.one((size, -size - 1))}, (
        shape,
    )


def unbind(draw: Draw, axes: int) -> Drawn:
    dim, _, shape = _one_dim(draw)
    return {"dim": dim}, (shape,)


def expand(draw: Draw, axes: int) -> Drawn:
    wanted = draw.shape(draw.number(1, 4), 4)
    shape = tuple(1 if draw.chance(0.4) else size for size in wanted)
    sizes = [-1 if size == wide and draw.chance(0.3) else wide for size, wide in zip(shape, wanted)]
    return {"shape": list(draw.similar(tuple(sizes), 0.15)) if -1 not in sizes else sizes}, (shape,)


def repeat(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4), 4)
    return {"repeats": draw.numbers(len(shape) if draw.chance(0.92) else 1, 1, 3)}, (shape,)


def repeat_interleave(draw: Draw, axes: int) -> Drawn:
    dim, _, shape = _one_dim(draw)
    return {"repeats": draw.number(1, 3), **draw.some({"dim": dim}, 0.8)}, (shape,)


def roll(draw: Draw, axes: int) -> Drawn:
    written, shapes = flip(draw, axes)
    count = len(written["dims"]) if draw.chance(0.9) else 3
    return {"shifts": draw.numbers(count, -3, 3), **written}, shapes


def flip(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4))
    dims = [draw.dim(len(shape), 0 if draw.chance(0.05) else 1) for _ in range(draw.one((1, 1, 2)))]
    return {"dims": dims}, (shape,)


def matrix_product(draw: Draw, axes: int) -> Drawn:
    lead = draw.shape(draw.number(0, 2), 3)
    rows, inner, columns = draw.numbers(3, 1, 4)
    second = (*(draw.similar(lead, 0.2) if lead else lead), draw.mostly(inner), columns)
    if draw.chance(0.06):
        return {}, ((*lead, rows, inner), second[1:])
    return {}, ((*lead, rows, inner), second) if draw.chance(0.95) else ((inner,), (inner,))


def cosine_similarity(draw: Draw, axes: int) -> Drawn:
    _, shapes = elementwise(draw, axes)
    dim = draw.dim(len(shapes[0]), 0 if draw.chance(0.06) else 1)
    return draw.some({"dim": dim, "eps": 1e-6}), shapes[:2]


# --- normalization


def batch_norm(draw: Draw, axes: int) -> Drawn:
    shape = (draw.number(1, 6), *draw.numbers(axes, 1, 4))
    written = draw.some({"num_features": draw.mostly(shape[0], 0.8), **_norm_flags(draw)})
    return written, (shape,)


def batch_norm_1d(draw: Draw, axes: int) -> Drawn:
    return batch_norm(draw, draw.number(0, 1))


def lazy_batch_norm(draw: Draw, axes: int) -> Drawn:
    return draw.some(_norm_flags(draw)), ((draw.number(1, 6), *draw.numbers(axes, 1, 4)),)


def lazy_batch_norm_1d(draw: Draw, axes: int) -> Drawn:
    return lazy_batch_norm(draw, draw.number(0, 1))


def any_batch_norm(draw: Draw, axes: int) -> Drawn:
    return batch_norm(draw, draw.number(0, 3))


def instance_norm(draw: Draw, axes: int) -> Drawn:
    written, shapes = batch_norm(draw, axes)
    return written, shapes if draw.chance(0.9) else ((shapes[0][0], *[1] * axes),)


def lazy_instance_norm(draw: Draw, axes: int) -> Drawn:
    written, shapes = lazy_batch_norm(draw, axes)
    return written, shapes if draw.chance(0.8) else ((shapes[0][0], *[1] * axes),)


def _norm_flags(draw: Draw) -> Written:
    flags = {key: draw.chance(0.5) for key in ("affine", "track_running_stats", "bias")}
    return {**flags, "momentum": draw.one((None, 0.1)), "eps": 1e-3}


def group_norm(draw: Draw, axes: int) -> Drawn:
    groups = draw.number(1, 3)
    channels = draw.mostly(groups * draw.number(1, 3), 0.93)
    written: Written = {"num_groups": groups, **draw.some({"affine": draw.chance(0.5), "bias": draw.chance(0.5)})}
    written |= draw.some({"num_channels": channels})
    return written, ((draw.mostly(channels, 0.8), *draw.numbers(draw.number(0, 3), 1, 4)),)


def layer_norm(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4), 5)
    sizes = list(shape[-draw.number(1, len(shape)) :])
    sizes[0] = draw.mostly(sizes[0], 0.85)
    if draw.chance(0.05):
        sizes = [2] * (len(shape) + 2)
    written: Written = {"normalized_shape": sizes[0] if len(sizes) == 1 and draw.chance(0.6) else sizes}
    return written | draw.some({"elementwise_affine": draw.chance(0.5), "bias": draw.chance(0.5)}), (shape,)


def rms_norm(draw: Draw, axes: int) -> Drawn:
    written, shapes = layer_norm(draw, axes)
    written.pop("bias", None)
    return written, shapes


# --- activation


def learned_slope(draw: Draw, axes: int) -> Drawn:
    shape = draw.shape(draw.number(1, 4))
    count = draw.one((1, shape[0], shape[0], shape[0] + 1))
    return draw.some({"num_parameters": count, "init": 0.1}, 0.8), (shape,)


def gated(draw: Draw, axes: int) -> Drawn:
    shape = tuple(draw.mostly(2 * draw.number(1, 3), 0.9) for _ in range(draw.number(1, 4)))
    return draw.some({"dim": draw.dim(len(shape), 0 if draw.chance(0.06) else 1)}, 0.8), (shape,)


def _named(generator: Generator, *names: str) -> dict[str, Generator]:
    return dict.fromkeys(names, generator)


def _dimensional(generator: Generator, name: str, axes: tuple[int, ...] = (1, 2, 3)) -> dict[str, Generator]:
    return dict.fromkeys([f"{name}{count}d" for count in axes], generator)


GENERATORS: dict[str, Generator] = {
    **_dimensional(convolution, "Conv"),
    **_dimensional(convolution, "LazyConv"),
    **_dimensional(transposed_convolution, "ConvTranspose"),
    **_dimensional(transposed_convolution, "LazyConvTranspose"),
    **_dimensional(max_pool, "MaxPool"),
    **_dimensional(average_pool, "AvgPool"),
    **_dimensional(power_pool, "LPPool"),
    **_dimensional(fractional_max_pool, "FractionalMaxPool", (2, 3)),
    **_dimensional(max_unpool, "MaxUnpool"),
    **_dimensional(adaptive_pool, "AdaptiveAvgPool"),
    **_dimensional(adaptive_max_pool, "AdaptiveMaxPool"),
    "Upsample": upsample,
    "Interpolate": interpolate,
    **_named(upsampling, "UpsamplingNearest2d", "UpsamplingBilinear2d"),
    "PixelShuffle": pixel_shuffle,
    "PixelUnshuffle": pixel_unshuffle,
    "ChannelShuffle": channel_shuffle,
    **_dimensional(constant_value_pad, "ConstantPad"),
    **_dimensional(constant_pad, "ZeroPad"),
    **_dimensional(constant_pad, "ReplicationPad"),
    **_dimensional(reflection_pad, "ReflectionPad"),
    **_dimensional(circular_pad, "CircularPad"),
    "Pad": functional_pad,
    "Flatten": flatten,
    "Unflatten": unflatten,
    "Reshape": reshape,
    "Permute": permute,
    "Transpose": transpose,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Slice": slicing,
    "Select": select,
    "Unbind": unbind,
    "Expand": expand,
    "Repeat": repeat,
    "RepeatInterleave": repeat_interleave,
    "Roll": roll,
    "Flip": flip,
    **_named(mean, "Sum", "Max", "Min"),
    "Norm": norm,
    **_named(spread, "Var", "Std"),
    "Normalize": normalize,
    "Pow": power,
    "Clamp": clamp,
    **_named(own_tensor, "Parameter", "Constant"),
    "ScaledDotProductAttention": scaled_attention,
    "Einsum": einsum,
    "PairwiseDistance": distance,
    "Where": where,
    "MaskedFill": masked_fill,
    "IndexSelect": index_select,
    "GridSample": grid_sample,
    "Split": split,
    "Chunk": chunk,
    "Mean": mean,
    "Unfold": unfold,
    "Fold": fold,
    "Linear": linear,
    "Bilinear": bilinear,
    "GRU": recurrent,
    "RNN": rnn,
    "LSTM": lstm,
    "MultiheadAttention": attention,
    "TransformerEncoderLayer": transformer_encoder_layer,
    **_named(cell, "GRUCell"),
    "RNNCell": rnn_cell,
    "LSTMCell": lstm_cell,
    "TransformerDecoderLayer": transformer_decoder_layer,
    "TransformerEncoder": transformer_encoder,
    "TransformerDecoder": transformer_decoder,
    "Transformer": transformer,
    "EmbeddingBag": bag,
    **_dimensional(dynamic_convolution, "DynamicConv"),
    "SliceScatter": slice_scatter,
    "Concat": concat,
    "Stack": stack,
    **_named(elementwise, "Add", "Sub", "Mul", "Div", "Maximum", "Minimum"),
    "MatMul": matrix_product,
    "CosineSimilarity": cosine_similarity,
    "BatchNorm1d": batch_norm_1d,
    **_dimensional(batch_norm, "BatchNorm", (2, 3)),
    "LazyBatchNorm1d": lazy_batch_norm_1d,
    **_dimensional(lazy_batch_norm, "LazyBatchNorm", (2, 3)),
    "SyncBatchNorm": any_batch_norm,
    **_dimensional(instance_norm, "InstanceNorm"),
    **_dimensional(lazy_instance_norm, "LazyInstanceNorm"),
    "GroupNorm": group_norm,
    "LayerNorm": layer_norm,
    "RMSNorm": rms_norm,
    "PReLU": learned_slope,
    "GLU": gated,
}
