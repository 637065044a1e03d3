"""What lies outside a repository: names of torch and of Python's library that are known by what they do to shapes."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable

from convlint.python_source.operations import LONGEST, bounded, holds_unknown, is_open, is_plain
from convlint.python_source.records import external_instance, no_node, torch_scope
from convlint.python_source.tensors import calling
from convlint.python_source.values import (
    Arguments,
    External,
    GaveUp,
    Instance,
    Keywords,
    Partial,
    PythonError,
    Tensor,
    Unknown,
)
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.python_source.run import Run

_ROOTS = ("torch", "math", "copy", "functools", "einops", "typing", "collections", "ast", "itertools", "numpy", "abc")
_KNOWN_LAYERS = {
    "timm.models.layers.DropPath": "torch.nn.DropPath",
    "timm.layers.DropPath": "torch.nn.DropPath",
    "timm.models.layers.drop.DropPath": "torch.nn.DropPath",
    "timm.layers.drop.DropPath": "torch.nn.DropPath",
    "mmcv.runner.BaseModule": "torch.nn.Module",
    "mmcv.runner.base_module.BaseModule": "torch.nn.Module",
    "mmengine.model.BaseModule": "torch.nn.Module",
    "mmengine.model.base_module.BaseModule": "torch.nn.Module",
}
_NUMBERS = {"math.pi": math.pi, "math.e": math.e, "math.inf": math.inf, "torch.inf": math.inf, "numpy.pi": math.pi}
_MATH = frozenset(
    [
        "ceil",
        "floor",
        "sqrt",
        "log",
        "log2",
        "log10",
        "exp",
        "pow",
        "fabs",
        "gcd",
        "sin",
        "cos",
        "tan",
        "trunc",
        "prod",
        "isqrt",
    ]
)
_FUNCTIONAL = ("torch.nn.functional.", "torch.special.", "torch.linalg.")


def is_known(name: str) -> bool:
    """Whether an external name is of something that is there in every build."""
    return name.partition(".")[0] in _ROOTS or name in _KNOWN_LAYERS


def is_function(name: str) -> bool:
    """Whether an external name is of a function of torch that is known."""
    return name.startswith(("torch.nn.functional.", "torch.")) and calling.is_known(name.rpartition(".")[2])


def named(name: str) -> object:
    """The value of an external name."""
    if name in _NUMBERS:
        return _NUMBERS[name]
    name = _KNOWN_LAYERS.get(name, name)
    if name.startswith("torch.nn.modules.") and not name.endswith("modules"):
        return External("torch.nn." + name.rpartition(".")[2])
    return External(name)


def attribute(value: External, name: str) -> object:
    """`value.name` of something external."""
    if name in ("__name__", "__qualname__"):
        return value.last
    if name == "__module__":
        return value.name.rpartition(".")[0]
    full = f"{value.name}.{name}"
    if full == "torch.cpu.type":
        return "cpu"
    if full == "torch.__version__":
        return Unknown("the version of torch")
    return named(full)


def call(run: Run, called: External, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """A call of something external: a module, a function of shapes, or something unknown."""
    name = called.name
    handler = _CALLS.get(name)
    if handler is not None:
        try:
            return handler(run, arguments, keywords, place)
        except (ValueError, IndexError):  # too few arguments, or too many
            return Unknown(f"{name} at {place}")
    if name.startswith("math."):
        return _math(called.last, arguments, place)
    if name.startswith("torch.nn.init."):
        return arguments[0] if arguments else None
    if name.startswith("torch.nn.") and called.last[:1].isupper():
        return external_instance(run, called, arguments, keywords)
    if name.startswith("torch.fft."):
        return calling.call(f"fft.{called.last}", arguments, keywords, place)
    if name.startswith("torch."):
        last = called.last
        if name.startswith(_FUNCTIONAL) or name.count(".") == 1 or name.startswith("torch.Tensor."):
            return calling.call(last, arguments, keywords, place)
    if called.last in (
        "trunc_normal_",
        "constant_init",
        "kaiming_init",
        "normal_init",
        "xavier_init",
        "register_model",
    ):
        return None
    if called.last == "to_2tuple":
        return tuple(arguments[0]) if isinstance(arguments[0], (list, tuple)) else (arguments[0], arguments[0])
    if any(isinstance(value, (list, dict, set)) for value in arguments):
        run.suspect(f"{name} at {place}")
    return Unknown(f"{name} at {place}")


def _math(name: str, arguments: Arguments, place: str) -> object:
    if name not in _MATH or holds_unknown(arguments) or not all(is_plain(value) for value in arguments):
        return Unknown(f"math.{name} at {place}")
    numbers = [value for value in arguments if isinstance(value, (int, float))]
    if name == "pow" and len(numbers) == 2 and (abs(numbers[0]) > 1e6 or abs(numbers[1]) > 64):
        return Unknown(f"math.pow at {place}")
    try:
        return bounded(getattr(math, name)(*arguments))
    except (TypeError, ValueError, ArithmeticError) as error:
        raise PythonError(type(error).__name__, str(error), place) from None


def _deepcopy(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return _copied(run, arguments[0], {}, 0)


def _copied(run: Run, value: object, known: dict[int, object], depth: int) -> object:
    """A deep copy of plain containers and of records."""
    run.steps -= 1
    if run.steps < 0 or depth > 40:
        raise GaveUp("too much is copied")
    if id(value) in known:
        return known[id(value)]
    if isinstance(value, list):
        copies: list[object] = []
        known[id(value)] = copies
        copies += [_copied(run, item, known, depth + 1) for item in value]
        return copies
    if isinstance(value, tuple):
        return tuple(_copied(run, item, known, depth + 1) for item in value)
    if isinstance(value, dict):
        entries: dict[object, object] = {}
        known[id(value)] = entries
        entries.update({key: _copied(run, item, known, depth + 1) for key, item in value.items()})
        return entries
    if isinstance(value, Instance):
        made = Instance(value.kind, {}, value.pending, value.core, None, value.failure, value.given)
        known[id(value)] = made
        made.attributes.update({key: _copied(run, item, known, depth + 1) for key, item in value.attributes.items()})
        if value.items is not None:
            made.items = [_copied(run, item, known, depth + 1) for item in value.items]
        return made
    return value


def _deformed(offset_at: int, weight_at: int) -> Callable[[Run, Arguments, Keywords, str], object]:
    """A deformable convolution of torchvision: it gives a map of the size of the offsets that it is given."""

    def apply(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
        offset = arguments[offset_at] if len(arguments) > offset_at else keywords.get("offset")
        weight = arguments[weight_at] if len(arguments) > weight_at else keywords.get("weight")
        if not isinstance(offset, Tensor) or not isinstance(weight, Tensor) or not offset.shape or not weight.shape:
            return Tensor(None)
        return Tensor((offset.shape[0], weight.shape[0], *offset.shape[2:]))

    return apply


def _partial(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return Partial(arguments[0], tuple(arguments[1:]), keywords)


def _literal(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    (text,) = arguments
    if is_open(text):
        return Unknown(f"literal_eval at {place}")
    if not isinstance(text, str):
        raise PythonError("ValueError", f"malformed node or string: {text!r}", place)
    if len(text) > 10_000:
        return Unknown(f"a long literal at {place}")
    try:
        return ast.literal_eval(text)
    except SyntaxError as error:
        raise PythonError("SyntaxError", str(error), place) from None
    except (ValueError, TypeError, MemoryError, RecursionError):
        raise PythonError("ValueError", f"malformed node or string: {text!r}", place) from None


def _ordered(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    if not arguments:
        return {}
    given = arguments[0]
    if isinstance(given, dict):
        return dict(given)
    if isinstance(given, (list, tuple)) and all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in given):
        return {pair[0]: pair[1] for pair in given}
    return Unknown(f"OrderedDict at {place}")


def _default_dict(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return Unknown(f"defaultdict at {place}")


def _total(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """`numpy.sum` of a flat list of numbers."""
    (given,) = arguments
    numbers = [item for item in given if isinstance(item, (int, float))] if isinstance(given, (list, tuple)) else []
    if keywords or not isinstance(given, (list, tuple)) or len(numbers) != len(given):
        return Unknown(f"numpy.sum at {place}")
    return bounded(sum(numbers))


def _parameter(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    value = arguments[0] if arguments else keywords.get("data")
    if not isinstance(value, Tensor):
        return value if isinstance(value, Unknown) else Tensor(None, is_parameter=True)
    return Tensor(value.shape, keywords.get("requires_grad") is not False)


def _repeat_items(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    if len(arguments) != 2 or type(arguments[1]) is not int or not 0 <= arguments[1] <= 10_000:
        return Unknown(f"itertools.repeat at {place}")
    return [arguments[0]] * arguments[1]


def _chain(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    given = [value for value in arguments if isinstance(value, (list, tuple))]
    if len(given) < len(arguments):
        return Unknown(f"itertools.chain at {place}")
    return [item for value in given for item in value]


def _product(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    given = [value for value in arguments if isinstance(value, (list, tuple, range))]
    if keywords or len(given) < len(arguments):
        return Unknown(f"itertools.product at {place}")
    if math.prod([len(value) for value in given]) > LONGEST:
        raise GaveUp(f"a list that is too long at {place}")
    return list(itertools.product(*given))


def _checkpoint(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return run.call(arguments[0], arguments[1:], {}, no_node(), torch_scope())


def _weight_norm(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return arguments[0]


def _nothing(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return None


def _false(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return False


def _rearrange(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    from convlint.python_source.einops import rearrange

    return rearrange(arguments, keywords, place)


def _is_tensor(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return arguments[0] if isinstance(arguments[0], Unknown) else isinstance(arguments[0], Tensor)


def _environment(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """A variable of the environment, of which nothing is known but that it is seldom set."""
    return arguments[1] if len(arguments) > 1 else keywords.get("default")


def _asserted(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> None:
    if arguments and run.truth(arguments[0]) is False:
        text = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], str) else ""
        raise PythonError("AssertionError", text, place)


def _divisible(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """`make_divisible(x, divisor)` of the installed package: the next multiple, as its releases have it."""
    given = dict(zip(("x", "divisor"), arguments)) | keywords
    size, divisor = given.get("x"), given.get("divisor")
    if not isinstance(size, (int, float)) or not isinstance(divisor, int) or divisor == 0:
        return Unknown(f"make_divisible at {place}")
    return bounded(math.ceil(size / divisor) * divisor)


def _thread_values(run: Run, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return Instance(External("threading.local"))


_CALLS: dict[str, Callable[[Run, Arguments, Keywords, str], object]] = {
    "torch._assert": _asserted,
    **{f"ultralytics.{module}.make_divisible": _divisible for module in ("utils.ops", "yolo.utils.ops", "nn.tasks")},
    "yolov5.utils.general.make_divisible": _divisible,
    "os.getenv": _environment,
    "os.environ.get": _environment,
    "threading.local": _thread_values,
    "copy.deepcopy": _deepcopy,
    "copy.copy": _deepcopy,
    "functools.partial": _partial,
    "ast.literal_eval": _literal,
    "collections.OrderedDict": _ordered,
    "collections.defaultdict": _default_dict,
    "torch.nn.Parameter": _parameter,
    "torch.nn.parameter.Parameter": _parameter,
    "torch.nn.UninitializedParameter": _parameter,
    "itertools.repeat": _repeat_items,
    "itertools.chain": _chain,
    "itertools.product": _product,
    "torch.utils.checkpoint.checkpoint": _checkpoint,
    "torch.nn.utils.weight_norm": _weight_norm,
    "torch.nn.utils.spectral_norm": _weight_norm,
    "torch.nn.init.trunc_normal_": _nothing,
    "torch.is_grad_enabled": lambda *_: True,
    "torch.jit.is_scripting": _false,
    "torch.jit.is_tracing": _false,
    "torch.onnx.is_in_onnx_export": _false,
    "torch.is_tensor": _is_tensor,
    "torch.ops.torchvision.deform_conv2d": _deformed(2, 1),
    "torchvision.ops.deform_conv2d": _deformed(1, 2),
    "torchvision.ops.deform_conv.deform_conv2d": _deformed(1, 2),
    "einops.rearrange": _rearrange,
    "einops.repeat": _rearrange,
    "einops.reduce": _rearrange,
    "numpy.sum": _total,
    "numpy.linspace": lambda run, arguments, keywords, place: calling.call("linspace", arguments, keywords, place),
    "numpy.prod": lambda run, arguments, keywords, place: _math("prod", arguments, place),
    "numpy.sqrt": lambda run, arguments, keywords, place: _math("sqrt", arguments, place),
    "numpy.log2": lambda run, arguments, keywords, place: _math("log2", arguments, place),
    "math.prod": lambda run, arguments, keywords, place: _math("prod", arguments, place),
}
