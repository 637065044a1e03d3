"""Functions of torch and methods of tensors as operators: which one, its parameters, and where the batch goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from convlint.domain.values import plain_sizes
from convlint.python_source.batch import BATCH, own_shape
from convlint.python_source.operations import is_open
from convlint.python_source.tensors.functional import LAYER_FORMS
from convlint.python_source.tensors.names import BINARY, ELEMENTWISE, REDUCING
from convlint.python_source.values import Arguments, Keywords, Tensor
from convlint.typed import NamedTuple

Axis = Callable[[Tensor], "int | None"]
"""The axis of a tensor that is the batch."""


class NotAnOperator(Exception):
    """No operator does what a function does, or the batch is in its way."""


class Operation(NamedTuple):
    """One layer: what it reads (None: what the operation before it gives), and the batch axis of its result.

    Without an operator nothing is done but that the batch may have moved. A `label` says that the operator only stands
    for what keeps each element in its place (`Identity`) or moves it (`Reshape`). `result` is that of one that is not
    the last.
    """

    operator: str
    parameters: dict[str, object]
    sources: Sequence[Tensor | None]
    batch: int | None
    label: str = ""
    result: Tensor | None = None


class _Call(NamedTuple):
    name: str
    arguments: Arguments
    keywords: Keywords
    results: list[Tensor]
    axis: Axis

    def get(self, at: int, name: str, default: object = None) -> object:
        """An argument, by its place or its name; the tensor itself is number 0."""
        if len(self.arguments) > at:
            return self.arguments[at]
        return self.keywords.get(name, self.keywords.get("axis", default) if name == "dim" else default)

    @property
    def first(self) -> Tensor:
        """The tensor that the function is called with."""
        value = self.arguments[0] if self.arguments else None
        if not isinstance(value, Tensor) or value.shape is None:
            raise NotAnOperator
        return value

    @property
    def batch(self) -> int | None:
        """The axis of that tensor that is the batch."""
        return self.axis(self.first)

    @property
    def rank(self) -> int:
        """How many axes that tensor has, with the batch."""
        return len(self.first.shape or ())

    def dim(self, value: object, *, more: int = 0) -> int:
        """A dimension as operators count it: the batch is 0, wherever it is in the code."""
        return _own_dim(value, self.rank + more, self.batch)


Handler = Callable[[_Call], "tuple[Operation, ...]"]


def operation_of(
    name: str, arguments: Arguments, keywords: Keywords, results: list[Tensor], axis: Axis
) -> tuple[Operation, ...]:
    """The layers of a call; raises NotAnOperator."""
    plain = name.rstrip("_") if not name.startswith("_") else name
    try:
        return _operations(_Call(plain, arguments, keywords, results, axis), name)
    except (AttributeError, IndexError, TypeError, ValueError, ArithmeticError):
        raise NotAnOperator from None  # an argument is not of the kind that the function takes


def _operations(call: _Call, name: str) -> tuple[Operation, ...]:
    handler = _HANDLERS.get(call.name)
    if handler is not None:
        return handler(call)
    if call.name in LAYER_FORMS:
        return _functional(call)
    if call.name in BINARY:
        return _label_of_several(call)
    if call.name in REDUCING:
        return _reduced(call)
    if call.name in ELEMENTWISE or name in ELEMENTWISE:
        return (Operation("Identity", {}, [call.first], call.batch, call.name),)
    raise NotAnOperator


def _own_dim(value: object, rank: int, batch: int | None) -> int:
    if type(value) is not int or not -rank <= value < rank:
        raise NotAnOperator
    dim = value % rank
    if batch is None:
        return dim + 1
    if dim == batch:
        raise NotAnOperator
    return dim if dim > batch else dim + 1


def _known(value: object) -> object:
    if is_open(value) or isinstance(value, Tensor):
        raise NotAnOperator
    return value


def _one(call: _Call, operator: str, parameters: dict[str, object], label: str = "") -> tuple[Operation, ...]:
    """One layer that reads the tensor, and leaves the batch where it is."""
    given = {name: _known(value) for name, value in parameters.items()}
    return (Operation(operator, given, [call.first], call.batch, label),)


def _alias(call: _Call) -> tuple[Operation, ...]:
    return (Operation("", {}, [call.first], call.batch),)


def _shared_batch(call: _Call, tensors: list[Tensor]) -> int | None:
    """The axis of the batch of what several tensors give together, counted from the first axis of the longest."""
    rank = max(len(tensor.shape or ()) for tensor in tensors)
    axes = {axis + rank - len(tensor.shape or ()) for tensor in tensors if (axis := call.axis(tensor)) is not None}
    if len(axes) > 1:
        raise NotAnOperator
    return axes.pop() if axes else None


def _label_of_several(call: _Call) -> tuple[Operation, ...]:
    tensors = [value for value in call.arguments if isinstance(value, Tensor)]
    operator = _ARITHMETIC.get(call.name)
    number = next((value for value in call.arguments[1:] if type(value) in (int, float)), None)
    if operator is None or (len(tensors) == 1 and number is None):
        return (Operation("Identity", {}, [*tensors], _shared_batch(call, tensors), call.name),)
    parameters = {} if number is None or len(tensors) > 1 else {"value": number}
    return (Operation(operator, parameters, [*tensors], _shared_batch(call, tensors)),)


_ARITHMETIC = {
    "add": "Add",
    "sub": "Sub",
    "subtract": "Sub",
    "mul": "Mul",
    "multiply": "Mul",
    "div": "Div",
    "divide": "Div",
    "true_divide": "Div",
    "maximum": "Maximum",
    "minimum": "Minimum",
}


def _reversed(call: _Call) -> tuple[Operation, ...]:
    """`1 - x` and `1 / x`: a number before the tensor."""
    number, tensor = call.arguments
    if not isinstance(tensor, Tensor):
        raise NotAnOperator
    is_difference = call.name == "rsub"
    middle = Tensor(tensor.shape)
    batch = call.axis(tensor)
    first = Operation("Neg" if is_difference else "Pow", {} if is_difference else {"exponent": -1}, [tensor], batch)
    second = Operation("Add" if is_difference else "Mul", {"value": number}, [None], batch)
    return (first._replace(result=middle), second)


# --- merging


def _concatenated(call: _Call) -> tuple[Operation, ...]:
    parts = call.get(0, "tensors")
    if not isinstance(parts, (list, tuple)) or not all(isinstance(part, Tensor) for part in parts):
        raise NotAnOperator
    batch = _shared_batch(call, list(parts))
    rank = len(parts[0].shape or ())
    dim = call.get(1, "dim", 0)
    if call.name != "stack":
        return (Operation("Concat", {"dim": _own_dim(dim, rank, batch)}, list(parts), batch),)
    if type(dim) is not int:
        raise NotAnOperator
    after = batch + (dim % (rank + 1) <= batch) if batch is not None else None
    return (Operation("Stack", {"dim": _own_dim(dim, rank + 1, after)}, list(parts), after),)


def _multiplied(call: _Call) -> tuple[Operation, ...]:
    tensors = [value for value in call.arguments[:2] if isinstance(value, Tensor)]
    batch = _shared_batch(call, tensors)
    rank = max(len(tensor.shape or ()) for tensor in tensors)
    if len(tensors) != 2 or (batch is not None and batch >= rank - 2):
        raise NotAnOperator
    return (Operation("MatMul", {}, [*tensors], batch),)


def _attended(call: _Call) -> tuple[Operation, ...]:
    given = [call.get(at, name) for at, name in enumerate(("query", "key", "value"))]
    tensors = [tensor for tensor in given if isinstance(tensor, Tensor)]
    if len(tensors) < len(given):
        raise NotAnOperator
    return (Operation("ScaledDotProductAttention", {}, [*tensors], _shared_batch(call, tensors)),)


def _einsum(call: _Call) -> tuple[Operation, ...]:
    equation, parts = call.arguments[0], call.arguments[1:]
    if len(parts) == 1 and isinstance(parts[0], (list, tuple)):
        parts = list(parts[0])
    operands = [part for part in parts if isinstance(part, Tensor)]
    if not isinstance(equation, str) or len(operands) < len(parts) or any(call.axis(part) != 0 for part in operands):
        raise NotAnOperator
    return (Operation("Einsum", {"equation": equation.replace(" ", "")}, [*operands], 0),)


# --- rearranging


def _moved(call: _Call, batch: int | None) -> tuple[Operation, ...]:
    """What gives the elements another shape: that which comes out."""
    shape = _result_shape(call.results[0], batch)
    return (Operation("Reshape", {"shape": shape}, [call.first], batch),)


def _result_shape(result: Tensor, batch: int | None) -> list[int]:
    sizes = plain_sizes(own_shape(result.shape, batch))
    if sizes is None:
        raise NotAnOperator
    return list(sizes)


def _viewed(call: _Call) -> tuple[Operation, ...]:
    shape = call.results[0].shape
    if call.batch is None:
        return _moved(call, None)
    if call.batch != 0 or not shape or _count(call.first) != _count(call.results[0]):
        raise NotAnOperator
    if shape == call.first.shape:
        return _alias(call)
    return _moved(call, 0)


def _count(tensor: Tensor) -> int | None:
    sizes = plain_sizes(tensor.shape or ())
    return None if sizes is None else prod(sizes)


def _flattened(call: _Call) -> tuple[Operation, ...]:
    if call.batch != 0:
        return _viewed(call)
    start, end = call.get(1, "start_dim", 0), call.get(2, "end_dim", -1)
    if type(start) is not int or start % call.rank == 0:
        return _viewed(call)
    return _one(call, "Flatten", {"start_dim": start, "end_dim": end})


def _reordered(call: _Call) -> tuple[Operation, ...]:
    given = call.get(1, "dims")
    dims = list(given) if isinstance(given, (list, tuple)) else call.arguments[1:]
    return _in_order(call, [dim % call.rank for dim in dims if type(dim) is int])


def _in_order(call: _Call, order: list[int]) -> tuple[Operation, ...]:
    if sorted(order) != list(range(call.rank)):
        raise NotAnOperator
    batch = call.batch
    if batch is None:
        dims = [0, *[dim + 1 for dim in order]]
        return (Operation("Permute", {"dims": dims}, [call.first], None),)
    after = order.index(batch)
    dims = [0, *[dim if dim > batch else dim + 1 for dim in order if dim != batch]]
    if dims == sorted(dims):
        return (Operation("", {}, [call.first], after),)
    return (Operation("Permute", {"dims": dims}, [call.first], after),)


def _swapped(call: _Call) -> tuple[Operation, ...]:
    order = list(range(call.rank))
    first, second = call.get(1, "dim0"), call.get(2, "dim1")
    if call.name in ("T", "mT"):
        first, second = -2, -1
    if type(first) is not int or type(second) is not int:
        raise NotAnOperator
    order[first], order[second] = order[second], order[first]
    return _in_order(call, order)


def _spread(call: _Call) -> tuple[Operation, ...]:
    """`expand` and `repeat`: a tensor without a batch may get one."""
    result = call.results[0].shape or ()
    batch = call.batch
    if batch is None and result[:1] == (BATCH,):
        first = call.first.shape or ()
        padded = (1,) * (len(result) - len(first)) + first
        if padded[0] != 1:
            raise NotAnOperator
        if padded[1:] == result[1:]:
            return (Operation("Reshape", {"shape": _result_shape(call.results[0], 0)}, [call.first], 0),)
        raise NotAnOperator
    if len(result) != call.rank or (batch is not None and result[batch] != (call.first.shape or ())[batch]):
        raise NotAnOperator
    if result == call.first.shape:
        return _alias(call)
    if call.name in ("repeat", "tile"):
        counts = [after // before for before, after in zip(call.first.shape or (), result)]
        return _one(call, "Repeat", {"repeats": [count for at, count in enumerate(counts) if at != batch]})
    return _one(call, "Expand", {"shape": _result_shape(call.results[0], batch)})


def _squeezed(call: _Call) -> tuple[Operation, ...]:
    if call.batch is None:
        return _moved(call, None)
    before, after = call.first.shape or (), call.results[0].shape or ()
    dim = call.get(1, "dim")
    if dim is None:
        if call.batch != 0:
            raise NotAnOperator
        return _moved(call, 0)
    removed = {value % call.rank for value in (dim if isinstance(dim, (list, tuple)) else (dim,))}
    batch = call.batch - sum(1 for axis in removed if axis < call.batch and before[axis] == 1)
    return _alias(call) if len(before) == len(after) else _moved(call, batch)


def _unsqueezed(call: _Call) -> tuple[Operation, ...]:
    dim = _known(call.get(1, "dim"))
    if call.batch is None:
        return _moved(call, None)
    if not isinstance(dim, int):
        raise NotAnOperator
    return _moved(call, call.batch + (dim % (call.rank + 1) <= call.batch))


# --- dividing


def _chunked(call: _Call) -> tuple[Operation, ...]:
    return _one(call, "Chunk", {"chunks": call.get(1, "chunks"), "dim": call.dim(call.get(2, "dim", 0))})


def _split(call: _Call) -> tuple[Operation, ...]:
    given = call.get(1, "split_size_or_sections", call.keywords.get("split_size"))
    sizes = list(given) if isinstance(given, (list, tuple)) else given
    return _one(call, "Split", {"split_size": sizes, "dim": call.dim(call.get(2, "dim", 0))})


def _unbound(call: _Call) -> tuple[Operation, ...]:
    dim = call.get(1, "dim", 0)
    own = call.dim(dim)
    batch = call.batch
    if batch is not None and isinstance(dim, int) and dim % call.rank < batch:
        batch -= 1
    return (Operation("Unbind", {"dim": own}, [call.first], batch),)


def _indexed(call: _Call) -> tuple[Operation, ...]:
    """`x[...]`: each slice and each number is a layer, and what is left of the shape another."""
    given = call.arguments[1]
    if not isinstance(given, (list, tuple)):
        raise NotAnOperator
    keys = list(given)
    if any(isinstance(key, (Tensor, list)) or is_open(key) for key in keys):
        raise NotAnOperator
    taken = len([key for key in keys if key is not None and key is not Ellipsis])
    if Ellipsis in keys:
        at = keys.index(Ellipsis)
        keys[at : at + 1] = [slice(None)] * (call.rank - taken)
    operations: list[Operation] = []
    shape, batch, source, axis = list(call.first.shape or ()), call.batch, call.first, 0
    for key in keys:
        if key is None:
            shape.insert(axis, 1)
            batch = batch + 1 if batch is not None and batch >= axis else batch
            done = Operation("Reshape", {"shape": _result_shape(Tensor(tuple(shape)), batch)}, [source], batch)
            axis += 1
        elif key == slice(None):
            axis += 1
            continue
        elif isinstance(key, slice):
            dim = _own_dim(axis, len(shape), batch)
            size = shape[axis]
            if type(size) is not int or any(is_open(part) for part in (key.start, key.stop, key.step)):
                raise NotAnOperator
            shape[axis] = len(range(*key.indices(size)))
            parameters = {"dim": dim, "start": key.start or 0, "end": key.stop, "step": key.step or 1}
            done = Operation("Slice", parameters, [source], batch)
            axis += 1
        else:
            dim = _own_dim(axis, len(shape), batch)
            del shape[axis]
            batch = batch - 1 if batch is not None and batch > axis else batch
            done = Operation("Select", {"dim": dim, "index": key}, [source], batch)
        operations.append(done._replace(result=Tensor(tuple(shape))))
        source = None  # type: ignore[assignment]
    return tuple(operations) or _alias(call)


# --- reducing and resizing


def _reduced(call: _Call) -> tuple[Operation, ...]:
    operator = _REDUCTIONS.get(call.name)
    dim = call.get(2 if call.name == "norm" else 1, "dim")
    batch = call.batch
    if isinstance(dim, Tensor):
        return _label_of_several(call)
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


def _resized(call: _Call) -> tuple[Operation, ...]:
    size, factor = call.get(1, "size"), call.get(2, "scale_factor")
    name, value = ("size", size) if size is not None else ("scale_factor", factor)
    parameters: dict[str, object] = {name: list(value) if isinstance(value, (list, tuple)) else value}
    parameters["mode"] = call.get(3, "mode", "nearest")
    if call.get(4, "align_corners") is not None:
        parameters["align_corners"] = call.get(4, "align_corners")
    return _one(call, "Interpolate", parameters)


def _padded(call: _Call) -> tuple[Operation, ...]:
    given = call.get(1, "pad")
    if not isinstance(given, (list, tuple)):
        raise NotAnOperator
    padding = [_known(value) for value in given]
    if call.batch != 0 or len(padding) > 2 * (call.rank - 1):
        raise NotAnOperator
    value = call.get(3, "value")
    parameters = {"padding": padding, "mode": call.get(2, "mode", "constant")}
    return _one(call, "Pad", parameters if value is None else {**parameters, "value": value})


def _functional(call: _Call) -> tuple[Operation, ...]:
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
    return _one(call, operator, kept)


def _convolved(call: _Call) -> tuple[Operation, ...]:
    """A convolution with a kernel that is given: the operator stands for its work alone."""
    weight = call.get(1, "weight")
    if not isinstance(weight, Tensor) or weight.shape is None or call.axis(weight) is not None:
        raise NotAnOperator
    names = ("stride", "padding", "dilation", "groups")
    given = {name: call.get(3 + at, name) for at, name in enumerate(names)}
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    known = {name: value for name, value in given.items() if value is not None}
    sizes = {"out_channels": weight.shape[0], "kernel_size": list(weight.shape[2:])}
    return _one(call, f"Conv{call.name[-2]}d", sizes | known, call.name)


def _projected(call: _Call) -> tuple[Operation, ...]:
    weight = call.get(1, "weight")
    if not isinstance(weight, Tensor) or not weight.shape or call.batch == call.rank - 1:
        raise NotAnOperator
    return _one(call, "Linear", {"out_features": weight.shape[0]}, "linear")


def _activation(operator: str, *names: str) -> Handler:
    def handle(call: _Call) -> tuple[Operation, ...]:
        given = {name: call.get(1 + at, name) for at, name in enumerate(names)}
        known = {name: value for name, value in given.items() if value is not None}
        if "dim" in known:
            known["dim"] = call.dim(known["dim"])
        return _one(call, operator, known)

    return handle


def _normalized(call: _Call) -> tuple[Operation, ...]:
    return _one(call, "Normalize", {"p": call.get(1, "p", 2.0), "dim": call.dim(call.get(2, "dim", 1))})


def _raised(call: _Call) -> tuple[Operation, ...]:
    exponent = call.get(1, "exponent")
    if isinstance(exponent, Tensor):
        return _label_of_several(call)
    return _one(call, "Pow", {"exponent": exponent})


def _made(call: _Call) -> tuple[Operation, ...]:
    """A tensor that is made anew, of a size that may be that of the batch."""
    batch = 0 if (call.results[0].shape or ())[:1] == (BATCH,) else None
    return (Operation("Constant", {"shape": _result_shape(call.results[0], batch) or [1]}, [], batch),)


_SAME = ("contiguous", "detach", "clone", "float", "half", "to", "type", "type_as", "cuda", "cpu", "double", "bfloat16")
_MADE = ("zeros", "ones", "empty", "full", "rand", "randn", "new_zeros", "new_ones", "new_full", "new_empty", "eye")
_FUNCTIONS = "sqrt rsqrt exp log abs neg square sin cos sign floor ceil round".split()  # noqa: SIM905
_HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(_SAME, _alias),
    **dict.fromkeys(_MADE, _made),
    **{name: _activation(name.title()) for name in _FUNCTIONS},
    **{f"conv{n}d": _convolved for n in (1, 2, 3)},
    "arange": _made,
    "linspace": _made,
    "rsub": _reversed,
    "rdiv": _reversed,
    "cat": _concatenated,
    "concat": _concatenated,
    "concatenate": _concatenated,
    "stack": _concatenated,
    "matmul": _multiplied,
    "bmm": _multiplied,
    "mm": _multiplied,
    "scaled_dot_product_attention": _attended,
    "einsum": _einsum,
    "view": _viewed,
    "reshape": _viewed,
    "unflatten": _viewed,
    "view_as": _viewed,
    "reshape_as": _viewed,
    "flatten": _flattened,
    "permute": _reordered,
    "transpose": _swapped,
    "swapaxes": _swapped,
    "swapdims": _swapped,
    "T": _swapped,
    "mT": _swapped,
    "expand": _spread,
    "expand_as": _spread,
    "broadcast_to": _spread,
    "repeat": _spread,
    "tile": _spread,
    "squeeze": _squeezed,
    "unsqueeze": _unsqueezed,
    "chunk": _chunked,
    "split": _split,
    "unbind": _unbound,
    "getitem": _indexed,
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
    "dropout": lambda call: _one(call, "Dropout", {}),
}
