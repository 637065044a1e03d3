"""Functions of torch and methods of tensors as operators: which one, its parameters, and where the batch goes."""

from __future__ import annotations

from convlint.python_source.batch import BATCH
from convlint.python_source.functions.call import (
    Axis,
    FunctionCall,
    NotAnOperator,
    Operation,
    OperationsOf,
    alias,
    known,
    one_layer,
    result_shape,
)
from convlint.python_source.functions.merging import (
    attended,
    concatenated,
    einsum,
    label_of_several,
    multiplied,
    reversed,
)
from convlint.python_source.functions.parts import chunked, indexed, split, unbound
from convlint.python_source.functions.views import flattened, reordered, spread, squeezed, swapped, unsqueezed, viewed
from convlint.python_source.tensors.functional import LAYER_FORMS
from convlint.python_source.tensors.names import BINARY, ELEMENTWISE, REDUCING
from convlint.python_source.values import Arguments, Keywords, Tensor


def operation_of(
    name: str, arguments: Arguments, keywords: Keywords, results: list[Tensor], axis: Axis
) -> tuple[Operation, ...]:
    """The layers of a call; raises NotAnOperator."""
    plain = name.rstrip("_") if not name.startswith("_") else name
    try:
        return _operations(FunctionCall(plain, arguments, keywords, results, axis), name)
    except (AttributeError, IndexError, TypeError, ValueError, ArithmeticError):
        raise NotAnOperator from None  # an argument is not of the kind that the function takes


def _operations(call: FunctionCall, name: str) -> tuple[Operation, ...]:
    operations_of = _BY_NAME.get(call.name)
    if operations_of is not None:
        return operations_of(call)
    if call.name in LAYER_FORMS:
        return _functional(call)
    if call.name in BINARY:
        return label_of_several(call)
    if call.name in REDUCING:
        return _reduced(call)
    if call.name in ELEMENTWISE or name in ELEMENTWISE:
        return (Operation("Identity", {}, [call.first], call.batch, call.name),)
    raise NotAnOperator


def _reduced(call: FunctionCall) -> tuple[Operation, ...]:
    operator = _REDUCTIONS.get(call.name)
    dim = call.get(2 if call.name == "norm" else 1, "dim")
    batch = call.batch
    if isinstance(dim, Tensor):
        return label_of_several(call)
    if operator is None or dim is None or isinstance(dim, bool):
        raise NotAnOperator
    given = dim if isinstance(dim, (list, tuple)) else [dim]
    dims = [call.dim(value) for value in given]
    keeps = len(call.results[0].shape or ()) == call.rank
    if batch is not None and not keeps:
        batch -= len([value for value in given if isinstance(value, int) and value % call.rank < batch])
    return (Operation(operator, {"dim": dims, "keepdim": keeps}, [call.first], batch),)


_REDUCTIONS = {
    "mean": "Mean",
    "sum": "Sum",
    "amax": "Max",
    "max": "Max",
    "amin": "Min",
    "min": "Min",
    "norm": "Norm",
    "var": "Var",
    "std": "Std",
}


def _resized(call: FunctionCall) -> tuple[Operation, ...]:
    size, factor = call.get(1, "size"), call.get(2, "scale_factor")
    name, value = ("size", size) if size is not None else ("scale_factor", factor)
    parameters: dict[str, object] = {name: list(value) if isinstance(value, (list, tuple)) else value}
    parameters["mode"] = call.get(3, "mode", "nearest")
    if call.get(4, "align_corners") is not None:
        parameters["align_corners"] = call.get(4, "align_corners")
    return one_layer(call, "Interpolate", parameters)


def _padded(call: FunctionCall) -> tuple[Operation, ...]:
    given = call.get(1, "pad")
    if not isinstance(given, (list, tuple)):
        raise NotAnOperator
    padding = [known(value) for value in given]
    if call.batch != 0 or len(padding) > 2 * (call.rank - 1):
        raise NotAnOperator
    value = call.get(3, "value")
    parameters = {"padding": padding, "mode": call.get(2, "mode", "constant")}
    return one_layer(call, "Pad", parameters if value is None else {**parameters, "value": value})


def _functional(call: FunctionCall) -> tuple[Operation, ...]:
    """A function of torch.nn.functional that is a layer without tensors of its own."""
    operator, positions = LAYER_FORMS[call.name]
    given = dict(zip(positions, call.arguments[1:])) | call.keywords
    kept = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in given.items()
        if name in positions and not (name == "stride" and value in (None, []))
    }
    if "dim" in kept:
        kept["dim"] = call.dim(kept["dim"])
    return one_layer(call, operator, kept)


def _convolved(call: FunctionCall) -> tuple[Operation, ...]:
    """A convolution with a kernel that is given: the operator stands for its work alone."""
    weight = call.get(1, "weight")
    if not isinstance(weight, Tensor) or weight.shape is None or call.axis(weight) is not None:
        raise NotAnOperator
    names = ("stride", "padding", "dilation", "groups")
    given = {name: call.get(3 + at, name) for at, name in enumerate(names)}
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    known = {name: value for name, value in given.items() if value is not None}
    sizes = {"out_channels": weight.shape[0], "kernel_size": list(weight.shape[2:])}
    return one_layer(call, f"Conv{call.name[-2]}d", sizes | known, call.name)


def _projected(call: FunctionCall) -> tuple[Operation, ...]:
    weight = call.get(1, "weight")
    if not isinstance(weight, Tensor) or not weight.shape or call.batch == call.rank - 1:
        raise NotAnOperator
    return one_layer(call, "Linear", {"out_features": weight.shape[0]}, "linear")


def _activation(operator: str, *names: str) -> OperationsOf:
    def handle(call: FunctionCall) -> tuple[Operation, ...]:
        given = {name: call.get(1 + at, name) for at, name in enumerate(names)}
        known = {name: value for name, value in given.items() if value is not None}
        if "dim" in known:
            known["dim"] = call.dim(known["dim"])
        return one_layer(call, operator, known)

    return handle


def _normalized(call: FunctionCall) -> tuple[Operation, ...]:
    return one_layer(call, "Normalize", {"p": call.get(1, "p", 2.0), "dim": call.dim(call.get(2, "dim", 1))})


def _raised(call: FunctionCall) -> tuple[Operation, ...]:
    exponent = call.get(1, "exponent")
    if isinstance(exponent, Tensor):
        return label_of_several(call)
    return one_layer(call, "Pow", {"exponent": exponent})


def _made(call: FunctionCall) -> tuple[Operation, ...]:
    """A tensor that is made anew, of a size that may be that of the batch."""
    batch = 0 if (call.results[0].shape or ())[:1] == (BATCH,) else None
    return (Operation("Constant", {"shape": result_shape(call.results[0], batch) or [1]}, [], batch),)


_SAME = ("contiguous", "detach", "clone", "float", "half", "to", "type", "type_as", "cuda", "cpu", "double", "bfloat16")
_MADE = ("zeros", "ones", "empty", "full", "rand", "randn", "new_zeros", "new_ones", "new_full", "new_empty", "eye")
_FUNCTIONS = "sqrt rsqrt exp log abs neg square sin cos sign floor ceil round".split()  # noqa: SIM905
_BY_NAME: dict[str, OperationsOf] = {
    **dict.fromkeys(_SAME, alias),
    **dict.fromkeys(_MADE, _made),
    **{name: _activation(name.title()) for name in _FUNCTIONS},
    **{f"conv{n}d": _convolved for n in (1, 2, 3)},
    "arange": _made,
    "linspace": _made,
    "rsub": reversed,
    "rdiv": reversed,
    "cat": concatenated,
    "concat": concatenated,
    "concatenate": concatenated,
    "stack": concatenated,
    "matmul": multiplied,
    "bmm": multiplied,
    "mm": multiplied,
    "scaled_dot_product_attention": attended,
    "einsum": einsum,
    "view": viewed,
    "reshape": viewed,
    "unflatten": viewed,
    "view_as": viewed,
    "reshape_as": viewed,
    "flatten": flattened,
    "permute": reordered,
    "transpose": swapped,
    "swapaxes": swapped,
    "swapdims": swapped,
    "T": swapped,
    "mT": swapped,
    "expand": spread,
    "expand_as": spread,
    "broadcast_to": spread,
    "repeat": spread,
    "tile": spread,
    "squeeze": squeezed,
    "unsqueeze": unsqueezed,
    "chunk": chunked,
    "split": split,
    "unbind": unbound,
    "getitem": indexed,
    "interpolate": _resized,
    "upsample": _resized,
    "pad": _padded,
    "linear": _projected,
    "normalize": _normalized,
    "pow": _raised,
    "relu": _activation("ReLU"),
    "relu6": _activation("ReLU6"),
    "silu": _activation("SiLU"),
    "mish": _activation("Mish"),
    "hardswish": _activation("Hardswish"),
    "hardsigmoid": _activation("Hardsigmoid"),
    "sigmoid": _activation("Sigmoid"),
    "tanh": _activation("Tanh"),
    "gelu": _activation("GELU"),
    "elu": _activation("ELU", "alpha"),
    "leaky_relu": _activation("LeakyReLU", "negative_slope"),
    "softplus": _activation("Softplus"),
    "softmax": _activation("Softmax", "dim"),
    "log_softmax": _activation("LogSoftmax", "dim"),
    "clamp": _activation("Clamp", "min", "max"),
    "dropout": lambda call: one_layer(call, "Dropout", {}),
}
