"""Functions of torch as layers: for each name the names of its arguments, and what writes it."""

from __future__ import annotations

from convlint.importing.functions import elementwise, learned, maps, merges, parts, reductions, shapes
from convlint.importing.functions.arguments import CallWriter
from convlint.importing.tracing import RANDOM, Call
from convlint.importing.translator import NoOperator, Translator

_VARIADIC = frozenset(("dims", "shape", "repeats", "operands"))
"""Last arguments that may be given one by one: `x.permute(0, 2, 1)`."""


def translate_function(translator: Translator, call: Call) -> None:
    """The layers of one call of a function; raises NoOperator."""
    found = _WRITERS.get(call.function)
    if found is None:
        raise NoOperator("it draws random numbers" if call.function in RANDOM else "it has no operator")
    names, write = found
    given = {**dict(zip(names, call.arguments)), **call.keywords}
    if len(call.arguments) > len(names) and names[-1] in _VARIADIC:
        given[names[-1]] = tuple(call.arguments[len(names) - 1 :])
    write(translator, call, given)


_X = ("input",)
_XY = ("input", "other")
_CONVOLUTION = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_TRANSPOSED = ("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")
_MAX_POOL = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
_AVERAGE_POOL = ("input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
_REDUCED = ("input", "dim", "keepdim")
_SIZED = ("input", "output_size")
_BATCH_NORM = ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
_LAYER_NORM = ("input", "normalized_shape", "weight", "bias", "eps")
_UNFOLDED = ("input", "kernel_size", "dilation", "padding", "stride")
_FOLDED = ("input", "output_size", "kernel_size", "dilation", "padding", "stride")
_RESHAPES = ("view", "reshape", "flatten", "unflatten", "squeeze", "view_as", "reshape_as", "unsafe_view")
_KEPT = (
    "contiguous", "to", "float", "clone", "detach", "type_as", "type", "data", "requires_grad", "dropout", "dropout1d",
    "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout", "half", "double", "positive",
)  # fmt: skip
"""Functions that give back what they are given, in evaluation mode and as far as a file says."""
_NORMED = ("input", "p", "dim", "keepdim")

_POINTWISE = {
    "relu": "ReLU", "relu6": "ReLU6", "silu": "SiLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "mish": "Mish",
    "hardswish": "Hardswish", "hardsigmoid": "Hardsigmoid", "selu": "SELU", "logsigmoid": "LogSigmoid",
    "softsign": "Softsign",
    "sqrt": "Sqrt", "rsqrt": "Rsqrt", "exp": "Exp", "log": "Log", "abs": "Abs", "neg": "Neg", "square": "Square",
    "sin": "Sin", "cos": "Cos", "sign": "Sign", "floor": "Floor", "ceil": "Ceil", "round": "Round",
    "negative": "Neg", "absolute": "Abs",
}  # fmt: skip
"""Functions of one tensor, and their operators."""
_ARITHMETIC = {
    "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "truediv": "Div", "multiply": "Mul", "radd": "Add",
    "rmul": "Mul", "maximum": "Maximum", "minimum": "Minimum", "subtract": "Sub", "true_divide": "Div",
}  # fmt: skip
"""Functions of two tensors, or of a tensor and a number, and their operators."""

_WRITERS: dict[str, tuple[tuple[str, ...], CallWriter]] = {
    **dict.fromkeys(_KEPT, (_X, elementwise.alias)),
    "gelu": (("input", "approximate"), elementwise.pointwise("GELU", "approximate")),
    "leaky_relu": (("input", "negative_slope"), elementwise.pointwise("LeakyReLU", "negative_slope")),
    "elu": (("input", "alpha"), elementwise.pointwise("ELU", "alpha")),
    "softplus": (("input", "beta", "threshold"), elementwise.pointwise("Softplus", "beta", "threshold")),
    "hardtanh": (("input", "min_val", "max_val"), elementwise.pointwise("Hardtanh", "min_val", "max_val")),
    **{name: (_X, elementwise.pointwise(operator)) for name, operator in _POINTWISE.items()},
    "softmax": (("input", "dim"), elementwise.along("Softmax")),
    "log_softmax": (("input", "dim"), elementwise.along("LogSoftmax")),
    "glu": (("input", "dim"), elementwise.along("GLU")),
    **{name: (_XY, elementwise.arithmetic(operator)) for name, operator in _ARITHMETIC.items()},
    "rsub": (_XY, elementwise.turned_arithmetic("Sub")),
    "rtruediv": (_XY, elementwise.turned_arithmetic("Div")),
    "rdiv": (_XY, elementwise.turned_arithmetic("Div")),
    "pow": (("input", "exponent"), elementwise.power),
    "reciprocal": (_X, elementwise.reciprocal),
    "clamp": (("input", "min", "max"), elementwise.clamp),
    "clamp_min": (("input", "min"), elementwise.clamp),
    "clamp_max": (("input", "max"), elementwise.clamp),
    "clip": (("input", "min", "max"), elementwise.clamp),
    "addcmul": (("input", "tensor1", "tensor2"), elementwise.addcmul),
    "where": (("condition", "input", "other"), elementwise.where),
    "masked_fill": (("input", "mask", "value"), elementwise.masked_fill),
    **dict.fromkeys(_RESHAPES, (_X, shapes.reshape)),
    "permute": (("input", "dims"), shapes.permuted),
    **dict.fromkeys(
        ("transpose", "swapaxes", "swapdims", "t", "mT", "T"), (("input", "dim0", "dim1"), shapes.transposed)
    ),
    **dict.fromkeys(("movedim", "moveaxis"), (("input", "source", "destination"), shapes.movedim)),
    "unsqueeze": (("input", "dim"), shapes.unsqueeze),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), (("input", "shape"), shapes.expand)),
    "repeat": (("input", "repeats"), shapes.repeat),
    "tile": (("input", "repeats"), shapes.repeat),
    "repeat_interleave": (("input", "repeats", "dim"), shapes.repeat_interleave),
    "roll": (("input", "shifts", "dims"), shapes.roll),
    "flip": (("input", "dims"), shapes.flip),
    "chunk": (("input", "chunks", "dim"), parts.chunk),
    "unbind": (("input", "dim"), parts.unbind),
    **dict.fromkeys(("split", "split_with_sizes"), (("input", "sizes", "dim"), parts.split)),
    "select": (("input", "dim", "index"), parts.select),
    "narrow": (("input", "dim", "start", "length"), parts.narrow),
    "getitem": (("input", "index"), parts.getitem),
    "setitem": (("input", "index", "value"), parts.setitem),
    **dict.fromkeys(("cat", "concat", "concatenate"), (("tensors", "dim"), merges.concat)),
    "stack": (("tensors", "dim"), merges.stack),
    **dict.fromkeys(("matmul", "bmm", "mm"), (_XY, merges.matmul)),
    "scaled_dot_product_attention": (
        ("query", "key", "value", "attn_mask", "dropout_p", "is_causal"),
        merges.attention,
    ),
    "einsum": (("equation", "operands"), merges.einsum),
    "mean": (_REDUCED, reductions.reduction("Mean")),
    "sum": (_REDUCED, reductions.reduction("Sum")),
    "amax": (_REDUCED, reductions.reduction("Max")),
    "amin": (_REDUCED, reductions.reduction("Min")),
    "max": (_REDUCED, reductions.extreme("Max")),
    "min": (_REDUCED, reductions.extreme("Min")),
    "norm": (_NORMED, reductions.reduction("Norm", "p")),
    "linalg_vector_norm": (_NORMED, reductions.reduction("Norm", "p")),
    "linalg_norm": (_NORMED, reductions.reduction("Norm", "p")),
    "var": (_REDUCED, reductions.spread("Var")),
    "std": (_REDUCED, reductions.spread("Std")),
    "normalize": (("input", "p", "dim", "eps"), reductions.normalize),
    **{f"conv{axes}d": (_CONVOLUTION, learned.convolution(axes)) for axes in (1, 2, 3)},
    **{f"conv_transpose{axes}d": (_TRANSPOSED, learned.transposed_convolution(axes)) for axes in (1, 2, 3)},
    "linear": (("input", "weight", "bias"), learned.linear),
    "batch_norm": (_BATCH_NORM, learned.batch_norm),
    "layer_norm": (_LAYER_NORM, learned.layer_norm("LayerNorm", "normalized_shape")),
    "rms_norm": (("input", "normalized_shape", "weight", "eps"), learned.layer_norm("RMSNorm", "normalized_shape")),
    "group_norm": (("input", "num_groups", "weight", "bias", "eps"), learned.group_norm),
    "prelu": (("input", "weight"), learned.prelu),
    "_weight_norm": (("v", "g", "dim"), learned.weight_norm),
    **{name: (_MAX_POOL, maps.pooling("MaxPool")) for name in ("max_pool", "max_pool1d", "max_pool2d", "max_pool3d")},
    **{f"avg_pool{axes}d": (_AVERAGE_POOL, maps.pooling("AvgPool")) for axes in (1, 2, 3)},
    **{f"adaptive_avg_pool{axes}d": (_SIZED, maps.adaptive("AdaptiveAvgPool", axes)) for axes in (1, 2, 3)},
    **{f"adaptive_max_pool{axes}d": (_SIZED, maps.adaptive("AdaptiveMaxPool", axes)) for axes in (1, 2, 3)},
    "interpolate": (("input", "size", "scale_factor", "mode", "align_corners"), maps.interpolate),
    "pad": (("input", "pad", "mode", "value"), maps.pad),
    "grid_sample": (("input", "grid", "mode", "padding_mode", "align_corners"), maps.grid_sample),
    "pixel_shuffle": (("input", "upscale_factor"), maps.with_parameters("PixelShuffle", "upscale_factor")),
    "pixel_unshuffle": (("input", "downscale_factor"), maps.with_parameters("PixelUnshuffle", "downscale_factor")),
    "channel_shuffle": (("input", "groups"), maps.with_parameters("ChannelShuffle", "groups")),
    "unfold": (_UNFOLDED, maps.unfold(_UNFOLDED[1:])),
    "fold": (_FOLDED, maps.with_parameters("Fold", *_FOLDED[1:])),
}
"""By the plain name of a function: the names of its arguments in their order, and what writes it."""
