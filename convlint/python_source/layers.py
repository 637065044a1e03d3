"""Modules of torch.nn in a forward: their shapes come from the operators of `rules/`, never from a formula here."""

from __future__ import annotations

from math import prod

from convlint.catalogue import lookup
from convlint.catalogue.parameters import REJECTED, accept
from convlint.domain.values import UNKNOWN, Symbolic, plain_sizes
from convlint.engine.assembly import NoPlaces, Slot, body_of
from convlint.engine.failures import Unmet
from convlint.engine.propagation import run_operator
from convlint.engine.trace import Session, Step
from convlint.model import Layer
from convlint.python_source.batch import own_sizes
from convlint.python_source.operations import is_open
from convlint.python_source.values import Arguments, Core, Keywords, PythonError, Tensor, Unknown

_DEEPEST = 20
_FIRST_OF_PAIR = frozenset(("MultiheadAttention", "LSTM", "GRU", "RNN"))
KEEPING = frozenset(("DropPath", "Swish", "HardSwish", "MemoryEfficientSwish", "Silu", "FrozenBatchNorm2d"))
"""Modules without an operator that give what they are given."""
WITHOUT_TENSORS = KEEPING | {"Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict", "OrderedDict"}
"""Modules that register nothing but what is in them."""
_TENSORS = frozenset(("weight", "bias", "running_mean", "running_var", "num_batches_tracked", "in_proj_weight"))
_NUMBERS = frozenset(("stride", "padding", "dilation", "groups"))
_PAIRED = frozenset(("kernel_size", "stride", "padding", "dilation"))


def given(core: Core) -> tuple[tuple[str, object], ...]:
    """What a module of torch.nn is built with, by the names of its operator."""
    operator = lookup.operator(core.name)
    names = [parameter.name for parameter in operator.parameters] if operator is not None else []
    said = dict(zip(names, core.arguments)) | {name: value for name, value in core.keywords.items() if name in names}
    return tuple(said.items())


def has_fixed_rank(name: str) -> bool:
    """Whether an operator takes inputs with certain numbers of axes only."""
    operator = lookup.operator(name)
    return operator is not None and operator.ranks is not None


def parameters_of(core: Core) -> tuple[object, ...] | None:
    """The parameters of a module in the order of its operator; None where they do not fit or none is known."""
    operator = lookup.operator(core.name)
    if operator is None or "." in core.name:
        return None
    values = list(operator.defaults)
    for name, value in given(core):
        at = operator.positions[name]
        if is_open(value):
            values[at] = UNKNOWN
            continue
        fitting = accept(operator.parameters[at], operator.axes, _as_data(operator.parameters[at].type, value))
        if fitting is REJECTED:
            return None
        values[at] = fitting
    return tuple(values)


def _as_data(kind: str, value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, bool) and kind in ("integer", "extent"):
        return int(value)
    if isinstance(value, int) and kind == "flag" and not isinstance(value, bool):
        return bool(value)
    if isinstance(value, float) and kind in ("integer", "extent") and value.is_integer():
        return value
    return value


def forward(core: Core, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """What a module of torch.nn makes of tensors."""
    first = arguments[0] if arguments else next(iter(keywords.values()), None)
    if isinstance(first, Unknown):
        return first
    if not isinstance(first, Tensor):
        return Unknown(f"{core.name} of no tensor at {place}")
    if core.name in KEEPING:
        return first
    if core.name in _FIRST_OF_PAIR:
        return (
            Tensor(first.shape) if core.name == "MultiheadAttention" else Tensor(None),
            Unknown(f"{core.name} at {place}"),
        )
    if core.name in ("TransformerEncoderLayer", "TransformerDecoderLayer"):
        return Tensor(first.shape)
    parameters = parameters_of(core)
    if parameters is None:
        return Unknown(f"nn.{core.name} at {place}")
    _refuse_flags(core, place)
    inputs = [first]
    if lookup.operator(core.name).fewest > 1:  # type: ignore[union-attr]
        inputs = [value for value in arguments if isinstance(value, Tensor)]
    return operate(core.name, parameters, inputs, place, _called(core))


def _refuse_flags(core: Core, place: str) -> None:
    """Raises an error where a convolution runs that was built with a bool for a number: an `act` out of place."""
    flag = next((item for item in given(core) if item[0] in _NUMBERS and isinstance(item[1], bool)), None)
    if flag is not None and core.name.startswith("Conv"):
        raise PythonError(
            "TypeError", f"{_called(core)} runs with {flag[1]} as its {flag[0]}, which is no number", place
        )


def _called(core: Core) -> str:
    """A module as its constructor was called, where all of that is known; else its name."""
    said = [*map(str, core.arguments), *[f"{name}={value}" for name, value in core.keywords.items()]]
    values = (*core.arguments, *core.keywords.values())
    is_plain = all(isinstance(value, (int, float, str, tuple, list, type(None))) for value in values)
    return f"{core.name}({', '.join(said)})" if is_plain and not any(map(is_open, values)) else core.name


def named(core_name: str, place: str, inputs: list[Tensor], **parameters: object) -> object:
    """What an operator makes of tensors, its parameters given by name."""
    values = parameters_of(Core(core_name, (), parameters))
    if values is None:
        return Unknown(f"{core_name} at {place}")
    return operate(core_name, values, inputs, place)


def operate(name: str, parameters: tuple[object, ...], inputs: list[Tensor], place: str, called: str = "") -> object:
    """The output of an operator for tensors with a batch axis; PythonError where torch certainly refuses them.

    `called` is how an error names it, where that says more than its name.
    """
    if any(tensor.shape is None or not tensor.shape for tensor in inputs):
        return Tensor(None)
    operator = lookup.operator(name)
    assert operator is not None
    shapes = [tensor.shape for tensor in inputs if tensor.shape is not None]
    has_batch = operator.ranks is None or len(shapes[0]) - 1 in operator.ranks
    given = tuple(own_sizes(shape[1:] if has_batch else shape) for shape in shapes)
    step = run_operator(name, parameters, given)
    refusal = _refusal(name, step)
    if refusal:
        shown = ", ".join("x".join(map(str, shape)) for shape in shapes)
        raise PythonError("RuntimeError", f"{called or name} refuses {shown} ({refusal})", place)
    batch = shapes[0][:1] if has_batch else ()
    outputs = [Tensor((*batch, *shape) if isinstance(shape, tuple) else None) for shape in step.outputs]
    return outputs[0] if len(outputs) == 1 else tuple(outputs)


def _refusal(name: str, step: Step) -> str:
    """The rule by which torch refuses; empty where it does not. It does not mind lost pixels."""
    requirements = lookup.declaration(name).requirements
    for failure in step.failures:
        if not isinstance(failure, Unmet):
            return "its axes"
        if lookup.refuses(name, failure.requirement):
            return requirements[failure.requirement].rule
    return ""


def core_attribute(core: Core, name: str) -> tuple[object] | None:
    """(the value of an attribute of a module of torch.nn,), or None where it is not known to have it."""
    operator = lookup.operator(core.name)
    if operator is None:
        return None
    parameters = parameters_of(core)
    if name in _TENSORS:
        flag = operator.positions.get("bias") if name == "bias" else None
        if flag is not None and parameters is not None and parameters[flag] is False:
            return (None,)
        return (Tensor(None if parameters is None else _tensor_shape(core.name, parameters, name)),)
    at = operator.positions.get(name)
    if at is None:
        return None
    value = parameters[at] if parameters is not None else UNKNOWN
    if value is None and operator.parameters[at].infer is not None:
        value = UNKNOWN
    if isinstance(value, Symbolic):
        return (Unknown(f"{name} of {core.name}"),)
    if name in _PAIRED and core.name.startswith("Conv") and isinstance(value, int):
        return ((value,) * int(core.name[-2]),)
    return (str(value) if isinstance(value, str) else value,)


def parameter_count(core: Core) -> int | None:
    """The learned parameters of a module of torch.nn; None where they are not known."""
    parameters = parameters_of(core)
    return None if parameters is None else _operator_count(core.name, parameters, 0)


def _operator_count(name: str, parameters: tuple[object, ...], depth: int) -> int | None:
    operator = lookup.operator(name)
    if operator is None or depth > _DEEPEST:
        return None
    if lookup.body(name) is None:
        return 0
    axes = operator.ranks[0] if operator.ranks is not None else 3
    inputs = ((UNKNOWN,) * axes,) * max(1, operator.fewest)
    body = body_of(Layer(name, name, parameters, (), NoPlaces()), inputs, Session({}))
    if body is None:
        return None
    total = 0
    for slot in body.slots:
        count = _slot_count(slot, depth)
        if count is None:
            return None
        total += count
    return total


def _tensor_shape(name: str, parameters: tuple[object, ...], tensor: str) -> tuple[int, ...] | None:
    """The shape of a tensor that an operator registers itself; None where that is not known."""
    return (_registered(name, parameters) or {}).get(tensor)


def registered(core: Core) -> dict[str, tuple[int, ...] | None] | None:
    """The tensors that a module of torch.nn registers itself, and their shapes; None where that is not known."""
    if core.name in WITHOUT_TENSORS:
        return {}
    parameters = parameters_of(core)
    return None if parameters is None else _registered(core.name, parameters)


def _registered(name: str, parameters: tuple[object, ...]) -> dict[str, tuple[int, ...] | None] | None:
    operator = lookup.operator(name)
    if operator is None:
        return None
    if lookup.body(name) is None:
        return {}
    inputs = ((UNKNOWN,) * (operator.ranks[0] if operator.ranks is not None else 3),) * max(1, operator.fewest)
    body = body_of(Layer(name, name, parameters, (), NoPlaces()), inputs, Session({}))
    if body is None:
        return None
    return {slot.path: _known_sizes(slot.shape) for slot in body.slots if slot.module is None}


def _known_sizes(shape: object) -> tuple[int, ...] | None:
    if not isinstance(shape, tuple):
        return None
    sizes = tuple(size for size in shape if isinstance(size, int))
    return sizes if len(sizes) == len(shape) else None


def _slot_count(slot: Slot, depth: int) -> int | None:
    if slot.is_alias or slot.is_buffer:
        return 0
    if slot.module is not None:
        operator = slot.module.operator
        return _operator_count(operator, slot.module.parameters, depth + 1) if isinstance(operator, str) else None
    sizes = plain_sizes(slot.shape)
    return None if sizes is None else prod(sizes)
