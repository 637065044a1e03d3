"""Functions and methods of tensors on their shapes, with the batch; what an operator of `rules/` knows, it is asked."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from convlint.domain.values import UNKNOWN, Scalar, Size, Symbolic
from convlint.python_source import layers
from convlint.python_source.operations import is_open
from convlint.python_source.values import Arguments, External, Handler, Keywords, PythonError, Sizes, Tensor, Unknown
from convlint.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convlint.python_source.run import Run

_MOST_NUMBERS = 1000
"""Numbers of a vector that are kept."""

ELEMENTWISE = frozenset(
    [
        "abs",
        "abs_",
        "acos",
        "add_",
        "alpha_dropout",
        "asin",
        "atan",
        "bernoulli",
        "bernoulli_",
        "celu",
        "ceil",
        "clamp",
        "clamp_",
        "clamp_max",
        "clamp_min",
        "clip",
        "angle",
        "clone",
        "conj",
        "contiguous",
        "cos",
        "cpu",
        "cuda",
        "cumprod",
        "cumsum",
        "data",
        "detach",
        "detach_",
        "div_",
        "double",
        "dropout",
        "dropout2d",
        "dropout_",
        "elu",
        "erf",
        "exp",
        "exp_",
        "exp2",
        "expm1",
        "fill_",
        "flip",
        "fliplr",
        "flipud",
        "float",
        "floor",
        "frac",
        "gelu",
        "glu_",
        "half",
        "hardshrink",
        "hardsigmoid",
        "hardswish",
        "hardtanh",
        "int",
        "layer_norm",
        "leaky_relu",
        "leaky_relu_",
        "log",
        "log10",
        "log1p",
        "log2",
        "log_softmax",
        "logical_not",
        "logsigmoid",
        "long",
        "masked_fill",
        "masked_fill_",
        "mish",
        "mul_",
        "nan_to_num",
        "neg",
        "neg_",
        "normal_",
        "normalize",
        "one_like",
        "ones_like",
        "pow",
        "pow_",
        "rand_like",
        "randn_like",
        "reciprocal",
        "relu",
        "relu6",
        "relu6_",
        "relu_",
        "requires_grad_",
        "roll",
        "round",
        "rrelu",
        "rsqrt",
        "selu",
        "sigmoid",
        "sigmoid_",
        "sign",
        "silu",
        "silu_",
        "sin",
        "softmax",
        "softmin",
        "softplus",
        "softsign",
        "sqrt",
        "square",
        "sub_",
        "tan",
        "tanh",
        "tanh_",
        "threshold",
        "to",
        "trunc",
        "type",
        "type_as",
        "uniform_",
        "zero_",
        "zeros_like",
        "fill",
        "empty_like",
        "full_like",
        "triu",
        "tril",
        "bfloat16",
        "group_norm",
        "batch_norm",
        "instance_norm",
        "rms_norm",
        "local_response_norm",
        "sinh",
        "cosh",
        "erfinv",
        "lerp",
        "bool",
        "requires_grad",
        "retain_grad",
        "copy_",
        "index_fill",
        "share_memory_",
        "feature_dropout",
        "softmax2d",
        "gumbel_softmax",
        "logit",
    ]
)
"""Functions that leave the shape of their first tensor as it is."""
BINARY = frozenset(
    [
        "add",
        "sub",
        "mul",
        "div",
        "multiply",
        "divide",
        "subtract",
        "true_divide",
        "floor_divide",
        "maximum",
        "minimum",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "greater",
        "less",
        "fmod",
        "remainder",
        "atan2",
        "logical_and",
        "logical_or",
        "logical_xor",
        "where_",
        "hypot",
        "addcmul",
        "addcdiv",
    ]
)
REDUCING = frozenset(
    [
        "mean",
        "sum",
        "amax",
        "amin",
        "norm",
        "std",
        "var",
        "max",
        "min",
        "argmax",
        "argmin",
        "prod",
        "logsumexp",
        "median",
        "any",
        "all",
        "nansum",
    ]
)
_PAIRS = frozenset(("max", "min", "median"))
_MAKING = frozenset(
    [
        "zeros",
        "ones",
        "randn",
        "rand",
        "empty",
        "full",
        "randint",
        "new_zeros",
        "new_ones",
        "new_empty",
        "new_full",
        "new_tensor",
    ]
)


def attribute(value: Tensor, name: str) -> object:
    """`tensor.name`."""
    from convlint.python_source.values import Method

    if name == "shape":
        return value.shape if value.shape is not None else Unknown("the shape of a tensor")
    if name == "ndim":
        return len(value.shape) if value.shape is not None else Unknown("the axes of a tensor")
    if name == "data" or name == "real":
        return value
    if name in ("T", "mT"):
        return _reordered(value, lambda shape: (*shape[:-2], shape[-1], shape[-2]) if len(shape) > 1 else shape)
    if name in ("is_cuda", "is_mps", "is_quantized"):
        return False
    if name == "dtype":
        return External("torch.float32")
    if name == "device":
        return External("torch.cpu")
    if name in ("requires_grad", "grad", "layout"):
        return Unknown(f"{name} of a tensor")
    return Method(value, name)


def call(run: Run, name: str, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """A function of torch, or a method of a tensor as a function of it."""
    if "input" in keywords:
        keywords = dict(keywords)
        arguments = [keywords.pop("input"), *arguments]
    handler = _FUNCTIONS.get(name)
    if handler is not None:
        if (
            arguments
            and isinstance(arguments[0], Unknown)
            and name not in ("cat", "concat", "stack", "where", "einsum")
        ):
            return arguments[0]
        return handler(arguments, keywords, place)
    first = arguments[0] if arguments else None
    if isinstance(first, Unknown):
        return first
    if name in ELEMENTWISE:
        return Tensor(first.shape) if isinstance(first, Tensor) else _unknown(name, place)
    if name in BINARY:
        return broadcast(first, arguments[1] if len(arguments) > 1 else keywords.get("other"), place)
    if name in REDUCING:
        return _decided_reduction(name, arguments, keywords, place)
    if name in _MAKING:
        sizes = arguments[1:] if isinstance(first, Tensor) else arguments
        return _made(sizes, keywords)
    layer = _LAYERS.get(name)
    if layer is not None and isinstance(first, Tensor):
        return layer(arguments, keywords, place)
    return _unknown(name, place)


def is_known(name: str) -> bool:
    """Whether a function of torch is followed."""
    return name in _FUNCTIONS or name in _LAYERS or name in ELEMENTWISE or name in BINARY


def _unknown(name: str, place: str) -> Unknown:
    return Unknown(f"torch.{name} at {place}")


def _size(value: object) -> Size:
    """A size: an integer, or UNKNOWN."""
    if isinstance(value, Symbolic):
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else UNKNOWN


def _sizes(values: Arguments) -> list[Scalar] | None:
    """Sizes that are given one by one, or as a list."""
    given = list(values[0]) if len(values) == 1 and isinstance(values[0], (list, tuple)) else list(values)
    if any(isinstance(value, Tensor) for value in given):
        return None
    return [_size(value) for value in given]


def _first(arguments: Arguments) -> Tensor:
    """What a method is called on, or what a function of a tensor is given first."""
    value = arguments[0]
    if not isinstance(value, Tensor):
        raise _Undecided
    return value


def _argument(arguments: Arguments, keywords: Keywords, at: int, name: str, default: object = None) -> Any:
    return arguments[at] if len(arguments) > at else keywords.get(name, default)


def _dimension(arguments: Arguments, keywords: Keywords, at: int, default: object = None) -> Any:
    return _argument(arguments, keywords, at, "dim", keywords.get("axis", default))


def _reordered(value: Tensor, order: Callable[[Sizes], Sizes]) -> Tensor:
    if value.shape is None:
        return value
    return Tensor(tuple(order(value.shape)))


def _fail(text: str, place: str) -> PythonError:
    return PythonError("RuntimeError", text, place)


def _axis(value: object, rank: int, place: str) -> int:
    if type(value) is not int:
        raise _Undecided()
    if not -rank <= value < rank:
        raise PythonError("IndexError", f"Dimension out of range: {value} of {rank} axes", place, is_certain=False)
    return value % rank


class _Undecided(Exception):
    pass


# --- merging


def broadcast(left: object, right: object, place: str) -> object:
    """The shape of an element-by-element operation."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        other = right if isinstance(left, Unknown) else left
        return Tensor(None) if isinstance(other, Tensor) else _unknown("arithmetic", place)
    if not isinstance(left, Tensor) or not isinstance(right, Tensor):
        found = left if isinstance(left, Tensor) else right
        return Tensor(found.shape) if isinstance(found, Tensor) else _unknown("arithmetic", place)
    if left.shape is None or right.shape is None:
        return Tensor(None)
    return Tensor(_broadcast_shapes(left.shape, right.shape, place))


def _broadcast_shapes(left: Sizes, right: Sizes, place: str) -> Sizes:
    rank = max(len(left), len(right))
    first, second = (1,) * (rank - len(left)) + left, (1,) * (rank - len(right)) + right
    sizes = []
    for at, (a, b) in enumerate(zip(first, second)):
        if a == 1 and type(a) is int:
            sizes.append(b)
        elif b == 1 and type(b) is int:
            sizes.append(a)
        elif is_open(a) or is_open(b):
            sizes.append(b if is_open(a) and not is_open(b) else a if not is_open(a) or a is b or a == b else UNKNOWN)
        elif a != b:
            text = f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension {at}"
            raise _fail(text, place)
        else:
            sizes.append(a)
    return tuple(sizes)


def matmul(left: object, right: object, place: str) -> object:
    """`left @ right`."""
    if not isinstance(left, Tensor) or not isinstance(right, Tensor):
        return _unknown("matmul", place)
    if left.shape is None or right.shape is None or len(left.shape) < 2 or len(right.shape) < 2:
        return Tensor(None)
    inner, other = left.shape[-1], right.shape[-2]
    if type(inner) is int and type(other) is int and inner != other:
        raise _fail(f"mat1 and mat2 shapes cannot be multiplied ({left.shape} and {right.shape})", place)
    batch = _broadcast_shapes(left.shape[:-2], right.shape[:-2], place)
    return Tensor((*batch, left.shape[-2], right.shape[-1]))


def _cat(arguments: Arguments, keywords: Keywords, place: str) -> object:
    parts = _argument(arguments, keywords, 0, "tensors")
    if not isinstance(parts, (list, tuple)) or not parts:
        return parts if isinstance(parts, Unknown) else _unknown("cat", place)
    missing = next((at for at, part in enumerate(parts) if part is None), None)
    if missing is not None:
        text = f"expected Tensor as element {missing} in argument 0, but got NoneType"
        raise PythonError("TypeError", text, place)
    found = [part.shape for part in parts if isinstance(part, Tensor) and part.shape is not None]
    if not found:
        return Tensor(None)
    rank = len(found[0])
    axis = _axis(_dimension(arguments, keywords, 1, 0), rank, place)
    if any(len(shape) != rank for shape in found):
        raise _fail("Tensors must have same number of dimensions", place)
    sizes: list[Scalar] = []
    for at in range(rank):
        column = [shape[at] for shape in found]
        if at == axis:
            sizes.append(sum(column) if len(found) == len(parts) else UNKNOWN)
            continue
        known = {size for size in column if type(size) is int}
        if len(known) > 1:
            raise _fail(f"Sizes of tensors must match except in dimension {axis}: {sorted(known)}", place)
        same = len({id(size) if size is UNKNOWN else size for size in column}) == 1
        sizes.append(column[0] if same else next(iter(known), UNKNOWN))
    return Tensor(tuple(sizes))


def _stack(arguments: Arguments, keywords: Keywords, place: str) -> object:
    parts = _argument(arguments, keywords, 0, "tensors")
    if not isinstance(parts, (list, tuple)) or not all(
        isinstance(part, Tensor) and part.shape is not None for part in parts
    ):
        return Tensor(None)
    if not parts:
        return _unknown("stack", place)
    shape = parts[0].shape
    axis = _axis(_dimension(arguments, keywords, 1, 0), len(shape) + 1, place)
    return Tensor((*shape[:axis], len(parts), *shape[axis:]))


# --- rearranging


def _reshape(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, given = _first(arguments), arguments[1:]
    if "shape" in keywords:
        given = [keywords["shape"]]
    if len(given) == 1 and isinstance(given[0], (External, Unknown)):
        return Tensor(tensor.shape) if isinstance(given[0], External) else Tensor(None)
    sizes = _sizes(given)
    if sizes is None:
        return Tensor(None)
    return Tensor(reshaped(tensor.shape, sizes, place))


def reshaped(shape: Sizes | None, sizes: list[Scalar], place: str) -> Sizes:
    """The sizes with -1 filled in."""
    rest = [size for size in sizes if not (type(size) is int and size == -1)]
    if len(rest) == len(sizes):
        if shape is not None and all(type(size) is int for size in (*shape, *sizes)) and prod(shape) != prod(sizes):
            raise _fail(f"shape '{sizes}' is invalid for input of size {prod(shape)}", place)
        return tuple(sizes)
    if len(sizes) - len(rest) > 1:
        raise _fail("only one dimension can be inferred", place)
    filled = UNKNOWN if shape is None else _quotient(shape, rest, sizes, place)
    return tuple(filled if type(size) is int and size == -1 else size for size in sizes)


def _quotient(shape: Sizes, rest: list[Scalar], sizes: list[Scalar], place: str) -> Scalar:
    """The size that is left, common factors taken out first: sizes that are not known may be among them."""
    above, below = list(shape), []
    for size in rest:
        at = next((at for at, other in enumerate(above) if _is_factor(other, size)), None)
        if at is not None:
            del above[at]
        else:
            below.append(size)
    if any(size is UNKNOWN for size in (*above, *below)):
        return UNKNOWN
    top, bottom = prod(above), prod(below)
    if type(top) is int and type(bottom) is int:
        if bottom == 0 or top % bottom:
            raise _fail(f"shape '{sizes}' is invalid for input of size {prod(shape)}", place)
        return top // bottom
    return top // bottom if type(bottom) is int and bottom else UNKNOWN


def _is_factor(first: object, second: object) -> bool:
    """Whether two sizes are certainly the same."""
    if type(first) is int and type(second) is int:
        return first == second
    return first is not UNKNOWN and type(first) is type(second) and bool(first == second)


def _permute(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = _first(arguments)
    dims = _argument(arguments, keywords, 1, "dims")
    given = list(dims) if isinstance(dims, (list, tuple)) else arguments[1:]
    if tensor.shape is None:
        return tensor
    rank = len(tensor.shape)
    axes = [_axis(value, rank, place) for value in given]
    if sorted(axes) != list(range(rank)):
        raise _fail("permute(sparse_coo): number of dimensions does not match", place)
    return Tensor(tuple(tensor.shape[axis] for axis in axes))


def _transpose(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = _first(arguments)
    if tensor.shape is None:
        return tensor
    rank, sizes = len(tensor.shape), list(tensor.shape)
    first = _axis(_argument(arguments, keywords, 1, "dim0", keywords.get("axis0", 0)), rank, place)
    second = _axis(_argument(arguments, keywords, 2, "dim1", keywords.get("axis1", 1)), rank, place)
    sizes[first], sizes[second] = sizes[second], sizes[first]
    return Tensor(tuple(sizes))


def _flatten(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = _first(arguments)
    if tensor.shape is None:
        return tensor
    rank = len(tensor.shape)
    if rank == 0:
        return Tensor((1,))
    start = _axis(_argument(arguments, keywords, 1, "start_dim", 0), rank, place)
    end = _axis(_argument(arguments, keywords, 2, "end_dim", -1), rank, place)
    middle = tensor.shape[start : end + 1]
    return Tensor((*tensor.shape[:start], _product(middle), *tensor.shape[end + 1 :]))


def _product(sizes: Sizes) -> Scalar:
    total: Scalar = 1
    for size in sizes:
        total = total * size
    return total


def _unflatten(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = _first(arguments)
    if tensor.shape is None:
        return tensor
    axis = _axis(_dimension(arguments, keywords, 1), len(tensor.shape), place)
    sizes = _sizes([_argument(arguments, keywords, 2, "sizes")])
    if sizes is None:
        return Tensor(None)
    return Tensor((*tensor.shape[:axis], *reshaped((tensor.shape[axis],), sizes, place), *tensor.shape[axis + 1 :]))


def _unsqueeze(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = _first(arguments)
    if tensor.shape is None:
        return tensor
    axis = _axis(_dimension(arguments, keywords, 1), len(tensor.shape) + 1, place)
    return Tensor((*tensor.shape[:axis], 1, *tensor.shape[axis:]))


def _squeeze(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = _first(arguments)
    if tensor.shape is None:
        return tensor
    dim = _dimension(arguments, keywords, 1)
    rank = len(tensor.shape)
    if dim is None:
        if any(is_open(size) for size in tensor.shape):
            return Tensor(None)
        return Tensor(tuple(size for size in tensor.shape if size != 1))
    axes = {_axis(value, rank, place) for value in (dim if isinstance(dim, (list, tuple)) else (dim,))}
    if any(is_open(tensor.shape[axis]) for axis in axes):
        return Tensor(None)
    return Tensor(tuple(size for at, size in enumerate(tensor.shape) if at not in axes or size != 1))


def _expand(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, sizes = _first(arguments), _sizes(arguments[1:])
    if sizes is None or tensor.shape is None:
        return Tensor(None)
    padded = (1,) * (len(sizes) - len(tensor.shape)) + tensor.shape
    return Tensor(tuple(old if type(new) is int and new == -1 else new for old, new in zip(padded, sizes)))


def _as_other(arguments: Arguments, keywords: Keywords, place: str) -> object:
    other = arguments[1]
    return Tensor(other.shape) if isinstance(other, Tensor) else Tensor(None)


def _repeat(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, counts = _first(arguments), _sizes(arguments[1:])
    if counts is None or tensor.shape is None:
        return Tensor(None)
    padded = (1,) * (len(counts) - len(tensor.shape)) + tensor.shape
    return Tensor(tuple(size * count for size, count in zip(padded, counts)))


def _repeat_interleave(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, count = _first(arguments), _size(_argument(arguments, keywords, 1, "repeats"))
    dim = _dimension(arguments, keywords, 2)
    if tensor.shape is None or dim is None:
        return Tensor(None)
    axis = _axis(dim, len(tensor.shape), place)
    return Tensor((*tensor.shape[:axis], tensor.shape[axis] * count, *tensor.shape[axis + 1 :]))


# --- dividing


def _chunk(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, count = _first(arguments), _size(_argument(arguments, keywords, 1, "chunks"))
    if tensor.shape is None or type(count) is not int or not 0 < count <= 1000:
        return _unknown("chunk", place)
    axis = _axis(_dimension(arguments, keywords, 2, 0), len(tensor.shape), place)
    size = tensor.shape[axis]
    if type(size) is not int:
        return tuple(_with_axis(tensor.shape, axis, UNKNOWN) for _ in range(count))
    step = -(-size // count)
    if step == 0:
        return (Tensor(tensor.shape),) * count
    return tuple(_with_axis(tensor.shape, axis, min(step, size - start)) for start in range(0, size, step))


def _split(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = _first(arguments)
    given = _argument(arguments, keywords, 1, "split_size_or_sections", keywords.get("split_size"))
    if tensor.shape is None or isinstance(given, (Tensor, Unknown)):
        return _unknown("split", place)
    axis = _axis(_dimension(arguments, keywords, 2, 0), len(tensor.shape), place)
    size = tensor.shape[axis]
    if isinstance(given, (list, tuple)):
        sizes = [_size(value) for value in given]
        if all(type(value) is int for value in (size, *sizes)) and sum(sizes) != size:
            raise _fail(f"split_with_sizes expects split_sizes to sum exactly to {size}, but got {sizes}", place)
        return tuple(_with_axis(tensor.shape, axis, value) for value in sizes)
    step = _size(given)
    if type(step) is not int or type(size) is not int or step <= 0 or size // step > 1000:
        return _unknown("split", place)
    return tuple(_with_axis(tensor.shape, axis, min(step, size - start)) for start in range(0, size, step))


def _with_axis(shape: Sizes, axis: int, size: Scalar) -> Tensor:
    return Tensor((*shape[:axis], size, *shape[axis + 1 :]))


def _unbind(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = _first(arguments)
    if tensor.shape is None:
        return _unknown("unbind", place)
    axis = _axis(_dimension(arguments, keywords, 1, 0), len(tensor.shape), place)
    count = tensor.shape[axis]
    if type(count) is not int or count > 1000:
        return _unknown("unbind", place)
    return (Tensor((*tensor.shape[:axis], *tensor.shape[axis + 1 :])),) * count


def _narrow(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = _first(arguments)
    if tensor.shape is None:
        return tensor
    axis = _axis(_dimension(arguments, keywords, 1), len(tensor.shape), place)
    return _with_axis(tensor.shape, axis, _size(_argument(arguments, keywords, 3, "length")))


def _reduced(name: str, arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = arguments[0]
    if not isinstance(tensor, Tensor):
        return _unknown(name, place)
    at = 2 if name == "norm" else 1
    dim = _dimension(arguments, keywords, at)
    if isinstance(dim, Tensor):
        return broadcast(tensor, dim, place)
    if name in ("std", "var") and isinstance(dim, bool):
        dim = None
    if dim is None:
        return Tensor(())
    if tensor.shape is None:
        return (tensor, tensor) if name in _PAIRS else tensor
    keeps = _argument(arguments, keywords, at + 1, "keepdim", keywords.get("keepdims", False))
    if name in ("std", "var"):
        keeps = keywords.get("keepdim", False)
    rank = len(tensor.shape)
    axes = {_axis(value, rank, place) for value in (dim if isinstance(dim, (list, tuple)) else (dim,))}
    if not isinstance(keeps, (bool, int)):
        raise _Undecided()
    sizes = tuple(1 if axis in axes else size for axis, size in enumerate(tensor.shape) if keeps or axis not in axes)
    result = Tensor(sizes)
    return (result, result) if name in _PAIRS else result


def _made(sizes: Arguments, keywords: Keywords) -> object:
    if "size" in keywords:
        sizes = [keywords["size"]]
    if len(sizes) > 1 and isinstance(sizes[0], (list, tuple)):
        sizes = sizes[:1]
    found = _sizes([value for value in sizes if not isinstance(value, External)])
    return Tensor(None) if found is None else Tensor(tuple(found))


def _tensor(arguments: Arguments, keywords: Keywords, place: str) -> object:
    """A tensor of given values: nested lists say its shape."""
    shape: list[int] = []
    value = arguments[0] if arguments else None
    while isinstance(value, (list, tuple)):
        shape.append(len(value))
        value = value[0] if value else None
    if isinstance(value, (Tensor, Unknown)):
        return Tensor(None)
    return Tensor(tuple(shape))


def _arange(arguments: Arguments, keywords: Keywords, place: str) -> object:
    values = [value for value in arguments if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(values) != len(arguments) or not values or len(values) > 3:
        return Tensor((UNKNOWN,))
    start, end, step = (0, values[0], 1) if len(values) == 1 else (*values, 1)[:3]
    return Tensor((max(0, int(-(-(end - start) // step))),) if step else (UNKNOWN,))


def _linspace(arguments: Arguments, keywords: Keywords, place: str) -> object:
    steps = _size(_argument(arguments, keywords, 2, "steps"))
    bounds = [bound for bound in arguments[:2] if isinstance(bound, (int, float))]
    if type(steps) is not int or not 1 < steps <= _MOST_NUMBERS or len(bounds) < 2:
        return Tensor((steps,))
    start, end = bounds
    step = (end - start) / (steps - 1)
    return Tensor((steps,), numbers=(*(start + step * at for at in range(steps - 1)), end))


def _eye(arguments: Arguments, keywords: Keywords, place: str) -> object:
    size = _size(arguments[0]) if arguments else UNKNOWN
    return Tensor((size, _size(arguments[1]) if len(arguments) > 1 else size))


def _meshgrid(arguments: Arguments, keywords: Keywords, place: str) -> object:
    parts = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)) else arguments
    sizes = tuple(part.shape[0] if isinstance(part, Tensor) and part.shape else UNKNOWN for part in parts)
    return (Tensor(sizes),) * len(parts)


def _where(arguments: Arguments, keywords: Keywords, place: str) -> object:
    if len(arguments) != 3:
        return _unknown("where", place)
    return broadcast(broadcast(arguments[0], arguments[1], place), arguments[2], place)


def _einsum(arguments: Arguments, keywords: Keywords, place: str) -> object:
    equation, parts = (arguments[0], arguments[1:]) if arguments else (None, [])
    if len(parts) == 1 and isinstance(parts[0], (list, tuple)):
        parts = list(parts[0])
    if not isinstance(equation, str) or "->" not in equation or "." in equation:
        return Tensor(None)
    left, right = equation.replace(" ", "").split("->")
    sizes: dict[str, Scalar] = {}
    for letters, part in zip(left.split(","), parts):
        shape = part.shape if isinstance(part, Tensor) else None
        if shape is not None and len(shape) == len(letters):
            sizes.update({letter: size for letter, size in zip(letters, shape) if sizes.get(letter, 1) in (1, UNKNOWN)})
    return Tensor(tuple(sizes.get(letter, UNKNOWN) for letter in right))


def _size_of(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, dim = _first(arguments), _dimension(arguments, keywords, 1)
    if tensor.shape is None:
        return Unknown(f"the shape of a tensor at {place}")
    if dim is None:
        return tensor.shape
    return tensor.shape[_axis(dim, len(tensor.shape), place)]


def _dim(arguments: Arguments, keywords: Keywords, place: str) -> object:
    shape = _first(arguments).shape
    return len(shape) if shape is not None else Unknown(f"the axes of a tensor at {place}")


def _numel(arguments: Arguments, keywords: Keywords, place: str) -> object:
    shape = _first(arguments).shape
    if shape is None or any(is_open(size) for size in shape):
        return Unknown(f"the size of a tensor at {place}")
    return prod(shape)


def _topk(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, count = _first(arguments), _size(_argument(arguments, keywords, 1, "k"))
    if tensor.shape is None:
        return (tensor, tensor)
    axis = _axis(_dimension(arguments, keywords, 2, -1), len(tensor.shape), place)
    found = _with_axis(tensor.shape, axis, count)
    return (found, found)


def _sort(arguments: Arguments, keywords: Keywords, place: str) -> object:
    found = Tensor(_first(arguments).shape)
    return (found, found)


def unfolded(arguments: Arguments, keywords: Keywords, place: str) -> object:
    """`tensor.unfold(dimension, size, step)`: windows along one axis, behind all others."""
    tensor = _first(arguments)
    if tensor.shape is None:
        return tensor
    axis = _axis(_argument(arguments, keywords, 1, "dimension"), len(tensor.shape), place)
    size, step = (_size(_argument(arguments, keywords, at, name)) for at, name in ((2, "size"), (3, "step")))
    if type(step) is not int or step < 1:
        return Tensor(None)
    count = (tensor.shape[axis] - size) // step + 1
    return Tensor((*tensor.shape[:axis], count, *tensor.shape[axis + 1 :], size))


def _gather(arguments: Arguments, keywords: Keywords, place: str) -> object:
    index = _argument(arguments, keywords, 2, "index")
    return Tensor(index.shape) if isinstance(index, Tensor) else Tensor(None)


def _real_transform(arguments: Arguments, keywords: Keywords, place: str) -> object:
    """A Fourier transform of real values: of the last axis, half and one are left."""
    tensor = _first(arguments)
    if tensor.shape is None or len(arguments) > 1 or keywords.keys() - {"norm"}:
        return Tensor(None)
    return Tensor((*tensor.shape[:-1], tensor.shape[-1] // 2 + 1))


def _inverse_real_transform(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, sizes = _first(arguments), _argument(arguments, keywords, 1, "s")
    if tensor.shape is None or not isinstance(sizes, (list, tuple)) or keywords.keys() - {"norm", "s"}:
        return Tensor(None)
    return Tensor((*tensor.shape[: -len(sizes)], *[_size(size) for size in sizes]))


def _as_it_is(arguments: Arguments, keywords: Keywords, place: str) -> object:
    return Tensor(_first(arguments).shape)


def _transform(arguments: Arguments, keywords: Keywords, place: str) -> object:
    """A Fourier transform that keeps the shape."""
    if len(arguments) > 1 or keywords.keys() & {"s", "n"}:
        return Tensor(None)
    return Tensor(_first(arguments).shape)


def _item(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = arguments[0]
    if isinstance(tensor, Tensor) and tensor.numbers is not None and tensor.shape is not None:
        return list(tensor.numbers) if tensor.shape else tensor.numbers[0]
    return Unknown(f"the value of a tensor at {place}")


def indexed(tensor: Tensor, keys: Arguments, place: str) -> object:
    """`tensor[keys]`: slices, integers, None and one Ellipsis."""
    if tensor.shape is None:
        return Tensor(None)
    rank = len(tensor.shape)
    taken = len([key for key in keys if key is not None and key is not Ellipsis])
    if Ellipsis in [key for key in keys if not isinstance(key, Tensor)]:
        at = next(at for at, key in enumerate(keys) if key is Ellipsis)
        keys = [*keys[:at], *[slice(None)] * (rank - taken), *keys[at + 1 :]]
    elif taken > rank:
        raise PythonError("IndexError", f"too many indices for tensor of dimension {rank}", place, is_certain=False)
    sizes: list[Scalar] = []
    left = list(tensor.shape)
    for key in keys:
        if key is None:
            sizes.append(1)
            continue
        size = left.pop(0)
        if isinstance(key, slice):
            sizes.append(_slice_length(size, key))
        elif type(key) is int or (isinstance(key, Symbolic)):
            if type(key) is int and type(size) is int and not -size <= key < size:
                text = f"index {key} is out of bounds for dimension 0 with size {size}"
                raise PythonError("IndexError", text, place, is_certain=False)
        else:
            return Tensor(None)
    return Tensor((*sizes, *left))


def _slice_length(size: Scalar, key: slice) -> Scalar:
    parts = (key.start, key.stop, key.step)
    if parts == (None, None, None):
        return size
    if type(size) is int and all(part is None or type(part) is int for part in parts):
        return len(range(*key.indices(size))) if key.step != 0 else UNKNOWN
    if any(isinstance(part, (Unknown, Tensor, Symbolic)) for part in parts) or key.step is None:
        return UNKNOWN
    begin = key.start or 0
    step = key.step
    if key.stop is None and isinstance(begin, int) and isinstance(step, int) and begin >= 0 and step > 0:
        return (size - begin + step - 1) // step
    return UNKNOWN


# --- functions that are layers


def _layer(name: str, *positions: str) -> Handler:
    """A function of torch.nn.functional whose arguments behind the tensor are parameters of an operator."""

    def apply(arguments: Arguments, keywords: Keywords, place: str) -> object:
        given = dict(zip(positions, arguments[1:])) | keywords
        kept = {key: value for key, value in given.items() if not (key == "stride" and value in (None, []))}
        tensor = _first(arguments)
        if any(isinstance(value, Unknown) for value in kept.values()) and tensor.shape is not None:
            spatial = (UNKNOWN,) * max(0, len(tensor.shape) - 2)
            return Tensor((*tensor.shape[:2], *spatial))
        return layers.named(name, place, [tensor], **kept)

    return apply


def _interpolate(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = _first(arguments)
    size = _argument(arguments, keywords, 1, "size")
    factor = _argument(arguments, keywords, 2, "scale_factor")
    if tensor.shape is None:
        return tensor
    axes = len(tensor.shape) - 2
    if isinstance(size, (Unknown, Tensor)) or isinstance(factor, Unknown):
        return Tensor((*tensor.shape[:2], *(UNKNOWN,) * axes))
    if size is not None:
        sizes = [_size(value) for value in size] if isinstance(size, (list, tuple)) else [_size(size)] * axes
        return Tensor((*tensor.shape[:2], *sizes))
    return layers.named("Interpolate", place, [tensor], scale_factor=factor)


def _pad(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, padding = _first(arguments), _argument(arguments, keywords, 1, "pad")
    if tensor.shape is None or not isinstance(padding, (list, tuple)):
        return Tensor(None)
    sizes = list(tensor.shape)
    for at in range(len(padding) // 2):
        if at >= len(sizes):
            raise _fail("padding length is too large", place)
        sizes[-1 - at] = sizes[-1 - at] + _size(padding[2 * at]) + _size(padding[2 * at + 1])
    return Tensor(tuple(sizes))


def _linear(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, weight = _first(arguments), _argument(arguments, keywords, 1, "weight")
    if tensor.shape is None or not isinstance(weight, Tensor) or not weight.shape:
        return Tensor((*tensor.shape[:-1], UNKNOWN)) if tensor.shape else Tensor(None)
    return Tensor((*tensor.shape[:-1], weight.shape[0]))


def _convolution(axes: int) -> Handler:
    def apply(arguments: Arguments, keywords: Keywords, place: str) -> object:
        tensor, weight = _first(arguments), _argument(arguments, keywords, 1, "weight")
        if not isinstance(weight, Tensor) or weight.shape is None or len(weight.shape) != axes + 2:
            return Tensor(None)
        if not all(type(size) is int for size in weight.shape):
            return Tensor(None)
        names = ("stride", "padding", "dilation", "groups")
        given = {name: _argument(arguments, keywords, 3 + at, name) for at, name in enumerate(names)}
        given = {name: value for name, value in given.items() if value is not None}
        return layers.named(
            f"Conv{axes}d", place, [tensor], out_channels=weight.shape[0], kernel_size=weight.shape[2:], **given
        )

    return apply


def _grid_sample(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, grid = _first(arguments), _argument(arguments, keywords, 1, "grid")
    if tensor.shape is None or not isinstance(grid, Tensor) or grid.shape is None or len(grid.shape) < 3:
        return Tensor(None)
    return Tensor((*tensor.shape[:2], *grid.shape[1:-1]))


def _attention(arguments: Arguments, keywords: Keywords, place: str) -> object:
    query, value = _first(arguments), _argument(arguments, keywords, 2, "value")
    if query.shape is None or not isinstance(value, Tensor) or value.shape is None:
        return Tensor(None)
    return Tensor((*query.shape[:-1], value.shape[-1]))


def _glu(arguments: Arguments, keywords: Keywords, place: str) -> object:
    return layers.named("GLU", place, [_first(arguments)], dim=_dimension(arguments, keywords, 1, -1))


def _binary_matmul(arguments: Arguments, keywords: Keywords, place: str) -> object:
    return matmul(arguments[0], arguments[1] if len(arguments) > 1 else None, place)


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
_LAYERS: dict[str, Handler] = {
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


def _decided(handler: Handler) -> Handler:
    """The handler, giving a tensor of unknown shape where an axis is not known, or an argument is not as expected."""

    def apply(arguments: Arguments, keywords: Keywords, place: str) -> object:
        try:
            return handler(arguments, keywords, place)
        except (_Undecided, AttributeError, IndexError, TypeError, ValueError):
            return Tensor(None)

    return apply


_FUNCTIONS: dict[str, Handler] = {
    name: _decided(handler)
    for name, handler in {
        "cat": _cat,
        "concat": _cat,
        "concatenate": _cat,
        "stack": _stack,
        "matmul": _binary_matmul,
        "bmm": _binary_matmul,
        "mm": _binary_matmul,
        "view": _reshape,
        "reshape": _reshape,
        "permute": _permute,
        "transpose": _transpose,
        "swapaxes": _transpose,
        "swapdims": _transpose,
        "flatten": _flatten,
        "unflatten": _unflatten,
        "unsqueeze": _unsqueeze,
        "squeeze": _squeeze,
        "expand": _expand,
        "broadcast_to": _expand,
        "expand_as": _as_other,
        "view_as": _as_other,
        "reshape_as": _as_other,
        "repeat": _repeat,
        "tile": _repeat,
        "repeat_interleave": _repeat_interleave,
        "chunk": _chunk,
        "split": _split,
        "tensor_split": _chunk,
        "unbind": _unbind,
        "narrow": _narrow,
        "tensor": _tensor,
        "as_tensor": _tensor,
        "arange": _arange,
        "linspace": _linspace,
        "eye": _eye,
        "meshgrid": _meshgrid,
        "where": _where,
        "einsum": _einsum,
        "size": _size_of,
        "dim": _dim,
        "ndimension": _dim,
        "numel": _numel,
        "topk": _topk,
        "sort": _sort,
        **{f"fft.{name}": _transform for name in ("fft", "fft2", "fftn", "ifft", "ifft2", "ifftn")},
        **{f"fft.{name}": _as_it_is for name in ("fftshift", "ifftshift")},
        **{f"fft.{name}": _real_transform for name in ("rfft", "rfft2", "rfftn")},
        **{f"fft.{name}": _inverse_real_transform for name in ("irfft2", "irfftn")},
        "tensor.unfold": unfolded,
        "gather": _gather,
        "item": _item,
        "tolist": _item,
    }.items()
}
_LAYERS = {name: _decided(handler) for name, handler in _LAYERS.items()}


def _decided_reduction(name: str, arguments: Arguments, keywords: Keywords, place: str) -> object:
    try:
        return _reduced(name, arguments, keywords, place)
    except (_Undecided, AttributeError, IndexError, TypeError, ValueError):
        return Tensor(None)
