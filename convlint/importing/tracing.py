"""Runs a module on a batch of two and on one of three, and records each call with what depends on the batch."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import inspect
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakIdKeyDictionary

from convlint.catalogue import lookup
from convlint.importing.imported import ImportingError
from convlint.typed import Any, NamedTuple

BATCHES = (2, 3)
_OPENED = frozenset(("TransformerEncoderLayer", "TransformerDecoderLayer", "Transformer", "Flatten", "Unflatten"))
"""Modules with an operator that are written by what they call: the dimensions of some count a batch that has moved."""
_STACKS = frozenset(("TransformerEncoder", "TransformerDecoder"))
"""Modules that are written by what they call where their batch is second."""
RANDOM = frozenset(
    (
        "rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "normal", "uniform",
        "bernoulli", "multinomial", "poisson", "exponential",
    )
)  # fmt: skip
"""Functions whose results differ from run to run."""
_MADE_ANEW = frozenset(
    ("new_zeros", "new_ones", "new_full", "new_empty", "new_tensor", "zeros_like", "ones_like", "full_like")
)
"""Functions that take the kind of a tensor, not what it holds."""
_CHANGES_NOTHING = frozenset(("contiguous", "to", "float", "type_as", "requires_grad", "type", "detach", "data"))
"""Functions that may give back the very tensor that they are given, as it was."""
_FILLING = (torch.Tensor.zero_, torch.Tensor.fill_)
"""Methods that give all elements of a tensor one value."""
_NO_LAYERS = frozenset(("torch", "convlint"))


class Ref(NamedTuple):
    """A tensor, by its number in the trace."""

    number: int


class Batch(NamedTuple):
    """An integer that is a multiple of the size of the batch."""

    multiple: int


class Value(NamedTuple):
    """A tensor of the trace. `kind` is data (made from an input), learned (made from parameters) or constant.

    `shape` is that for the smaller batch; `batch_axis` is the dimension that grows with it, and `multiple` how many
    times the batch it is. `name` is that in the state_dict; `tensor` holds the value of what is no data.
    """

    kind: str
    shape: tuple[int, ...]
    batch_axis: int | None
    multiple: int
    name: str
    tensor: Any


class Region(NamedTuple):
    """One call of a module: its path, its class, and the number of the region around it (-1 for the outermost)."""

    path: str
    kind: str
    parent: int


class Call(NamedTuple):
    """One call of a function of torch, or of a module that is one operator."""

    function: str
    module: nn.Module | None
    region: int
    arguments: tuple[Any, ...]
    keywords: dict[str, object]
    outputs: tuple[int, ...]
    line: str


class ModuleTrace(NamedTuple):
    """All that a module did: its calls in their order, the tensors, and the inputs and outputs by name."""

    calls: tuple[Call, ...]
    values: tuple[Value, ...]
    regions: tuple[Region, ...]
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]


def traced(module: nn.Module, inputs: Sequence[Tensor]) -> ModuleTrace:
    """The trace of a module in evaluation mode; raises ImportingError."""
    if not inputs:
        raise ImportingError("give the module at least one input, with its batch in front")
    was_training = module.training
    module.eval()
    try:
        small, large = (_recorded(module, inputs, batch) for batch in BATCHES)
        if not _are_alike(small, large):  # the first run of a module may keep things for the next
            small = _recorded(module, inputs, BATCHES[0])
    finally:
        module.train(was_training)
    return _merged(small, large)


def operator_of(module: nn.Module) -> str | None:
    """The operator that a module is; None for one that is written by what it calls."""
    for kind in type(module).__mro__:
        is_torch = kind.__module__.startswith("torch.nn.modules")
        if (
            is_torch
            and kind.__name__ not in _OPENED
            and getattr(type(module), "forward", None) is getattr(kind, "forward", None)
        ):
            is_open = has_computed_weight(module) or (kind.__name__ in _STACKS and has_batch_second(module))
            return kind.__name__ if lookup.operator(kind.__name__) is not None and not is_open else None
    return None


def has_computed_weight(module: nn.Module) -> bool:
    """Whether the weight of a module is made of other tensors whenever it runs, as normalised and pruned ones are."""
    if hasattr(module, "parametrizations"):
        return True
    return "weight" not in module._parameters and isinstance(getattr(module, "weight", None), Tensor)


def has_batch_second(module: nn.Module) -> bool:
    """Whether a stack of Transformer layers has the steps first and the batch second."""
    layers: Any = getattr(module, "layers", None)
    attention = getattr(layers[0], "self_attn", None) if layers else None
    return not getattr(attention, "batch_first", True)


# --- recording


class _Recorder(TorchFunctionMode):
    """Notes every call of a function of torch on the way; within a module that is one operator it notes nothing."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.values: list[Value] = []
        self.regions: list[Region] = []
        self._open = [-1]
        self._inside = 0
        self._numbers: Any = WeakIdKeyDictionary()
        self._parts: Any = WeakIdKeyDictionary()  # a tensor that `x[index]` gave: (x, index)
        self._paths = {id(part): path for path, part in module.named_modules()}
        learned = dict(module.named_parameters(remove_duplicate=False))
        self._learned = {id(tensor): name for name, tensor in learned.items()}
        self._buffers = {id(tensor): name for name, tensor in module.named_buffers(remove_duplicate=False)}
        self.unseen = set[int]()
        """Tensors that no recorded call gave and that the module does not name."""

    def add_input(self, tensor: Tensor) -> int:
        """The number of a tensor that the module is given."""
        return self._note(tensor, "data")

    def number(self, tensor: Tensor) -> int:
        """The number of a tensor; one that is not known yet belongs to the module, or was made outside of torch."""
        found = self._numbers.get(tensor)
        if found is not None:
            return int(found)
        name = self._learned.get(id(tensor))
        if name is not None:
            return self._note(tensor, "learned", name)
        name = self._buffers.get(id(tensor), "")
        number = self._note(tensor, "constant", name)
        if not name:
            self.unseen.add(number)
        return number

    def _note(self, tensor: Tensor, kind: str, name: str = "") -> int:
        held = None if kind == "data" else tensor
        self._numbers[tensor] = number = len(self.values)
        self.values.append(Value(kind, tuple(tensor.shape), None, 1, name, held))
        return number

    def __torch_function__(self, func: Any, types: object, args: Any = (), kwargs: Any = None) -> object:
        given = kwargs or {}
        if self._inside:
            return func(*args, **given)
        arguments, keywords = self._frozen(args), {key: self._frozen(value) for key, value in given.items()}
        result = func(*args, **given)
        name = _function_name(func)
        if func in _FILLING and args[0] in self._parts:
            whole, index = self._parts[args[0]]
            self._record_filling(whole, index, self._frozen(args[1]) if len(args) > 1 else 0)
            return result
        if name == "getitem" and isinstance(result, Tensor):
            self._parts[result] = args[:2]
        changed = args[0] if name == "setitem" else result
        tensors = list(_tensors(changed))
        if tensors:
            self._record(name, None, arguments, keywords, tensors)
        if args and isinstance(args[0], Tensor) and changed is args[0] and name not in _CHANGES_NOTHING:
            self._forget_views(args[0])
        return result

    def _record_filling(self, whole: Tensor, index: object, value: object) -> None:
        """`x[index].zero_()` is `x[index] = 0`."""
        arguments = (Ref(self.number(whole)), self._frozen(index), value)
        self._record("setitem", None, arguments, {}, [whole])
        self._forget_views(whole)

    def _forget_views(self, changed: Tensor) -> None:
        """Other tensors that look at the elements of one that was changed in place hold what no layer gives."""
        memory = changed.untyped_storage().data_ptr()
        views = [
            tensor
            for tensor in self._numbers
            if tensor is not changed and memory != 0 and tensor.untyped_storage().data_ptr() == memory
        ]
        for tensor in views:
            if _overlap(tensor, changed):
                self._note(tensor, "data")

    def _record(
        self, name: str, module: nn.Module | None, arguments: Any, keywords: Any, tensors: list[Tensor]
    ) -> None:
        kinds = {self.values[ref.number].kind for ref in refs((arguments, keywords))}
        if module is not None and any(True for _ in module.parameters()):
            kinds.add("learned")
        if name in _MADE_ANEW:
            kinds = {"constant"}
        kinds |= {"data"} if name in RANDOM else set()
        kind = "data" if "data" in kinds else "learned" if "learned" in kinds else "constant"
        outputs = tuple(self._note(tensor, kind) for tensor in tensors)
        if kind != "constant":
            self.calls.append(Call(name, module, self._open[-1], arguments, keywords, outputs, _line()))

    def _frozen(self, value: object) -> object:
        """A value with numbers in place of tensors."""
        if isinstance(value, Tensor):
            return Ref(self.number(value))
        if isinstance(value, (list, tuple)):
            return tuple(self._frozen(item) for item in value)
        return {key: self._frozen(item) for key, item in value.items()} if isinstance(value, dict) else value

    def enter(self, module: nn.Module, _: object) -> None:
        """A module is called."""
        if self._inside or operator_of(module) is not None:
            self._inside += 1
            return
        path = self._paths.get(id(module), "")
        self.regions.append(Region(path, type(module).__name__, self._open[-1]))
        self._open.append(len(self.regions) - 1)

    def leave(self, module: nn.Module, args: object, kwargs: Any, result: object) -> None:
        """A module has returned."""
        if not self._inside:
            self._open.pop()
            return
        self._inside -= 1
        if not self._inside:
            path, around = self._paths.get(id(module), ""), self._open[-1]
            self.regions.append(Region(path, type(module).__name__, around))
            self._open.append(len(self.regions) - 1)
            name = operator_of(module) or ""
            keywords = {key: self._frozen(value) for key, value in kwargs.items()}
            self._record(name, module, self._frozen(args), keywords, list(_tensors(result)))
            if isinstance(result, Tensor) and getattr(module, "inplace", False) and "Dropout" not in name:
                self._forget_views(result)
            self._open.pop()


class _Recording(NamedTuple):
    recorder: _Recorder
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]


def _recorded(original: nn.Module, inputs: Sequence[Tensor], batch: int) -> _Recording:
    module = _copied(original)
    recorder = _Recorder(module)
    given = [tensor[:1].repeat(batch, *[1] * (tensor.dim() - 1)) for tensor in inputs]
    numbers = [recorder.add_input(tensor) for tensor in given]
    added = [
        hooks.register_module_forward_pre_hook(recorder.enter),
        hooks.register_module_forward_hook(recorder.leave, with_kwargs=True),
    ]
    try:
        with warnings.catch_warnings(), torch.no_grad(), _eager(module), recorder:
            warnings.simplefilter("ignore")
            result = module(*given)
    except Exception as error:
        raise ImportingError(f"the module does not run on these inputs: {type(error).__name__}: {error}") from error
    finally:
        for hook in added:
            hook.remove()
    outputs = tuple((name, recorder.number(tensor)) for name, tensor in _named_tensors("", result))
    if not outputs:
        raise ImportingError("the module gives no tensor")
    return _Recording(recorder, tuple(zip(_input_names(module, len(inputs)), numbers)), outputs)


def _eager(module: nn.Module) -> contextlib.AbstractContextManager[object]:
    """Runs what `torch.compile` has wrapped as it was before; asks for nothing where nothing is wrapped."""
    if any(type(part).__name__ == "OptimizedModule" for part in module.modules()):
        stance: contextlib.AbstractContextManager[object] = torch.compiler.set_stance("force_eager")
        return stance
    return contextlib.nullcontext()


def _copied(module: nn.Module) -> nn.Module:
    """A copy, for a module may keep what it computes for its next run."""
    try:
        return copy.deepcopy(module)
    except Exception:
        return module


def _input_names(module: nn.Module, count: int) -> list[str]:
    names = [name for name in inspect.signature(module.forward).parameters if name.isidentifier()]
    return names[:count] if len(names) >= count else [f"input{number}" for number in range(count)]


def _function_name(func: object) -> str:
    """The plain name of a function: `add` for `__iadd__` and `add_`, `radd` for `__radd__`, `quantized.conv2d`."""
    name = str(getattr(func, "__name__", func))
    library = str(getattr(func, "_qualified_op_name", "aten::")).partition("::")[0]
    if library != "aten":
        return f"{library}.{name}"
    if name == "__get__":
        return str(getattr(getattr(func, "__self__", None), "__name__", name))
    if name == "fn":  # pooling functions that may give indices too
        return "max_pool"
    if name.startswith("__") and name.endswith("__"):
        inner = name.strip("_")
        return inner[1:] if inner in ("iadd", "isub", "imul", "idiv", "itruediv", "ipow", "imatmul") else inner
    return name.strip("_") if name.endswith("_") else name


def _overlap(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors of one memory share an element."""
    places = torch.arange(a.untyped_storage().nbytes() // a.element_size())
    first, second = (places.as_strided(item.shape, item.stride(), item.storage_offset()) for item in (a, b))
    taken = torch.zeros(len(places), dtype=torch.bool)
    taken[first.flatten()] = True
    return bool(taken[second.flatten()].any())


def _tensors(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, Mapping) or is_record(value):
        for item in _fields(value).values():
            yield from _tensors(item)


def is_record(value: object) -> bool:
    """Whether a value is one of a dataclass."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _fields(value: Any) -> Mapping[object, object]:
    """What a mapping or a record holds, by name."""
    if isinstance(value, Mapping):
        return value
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _named_tensors(name: str, value: object) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield name, value
        return
    if isinstance(value, (list, tuple)):
        value = dict(enumerate(value))
    for key, item in _fields(value).items() if isinstance(value, Mapping) or is_record(value) else ():
        yield from _named_tensors(f"{name}_{key}" if name else str(key), item)


def refs(value: object) -> Iterator[Ref]:
    """The tensors that stand somewhere in arguments."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from refs(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from refs(item)


def _line() -> str:
    """File and line of the code outside of torch that made a call."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).split(".")[0]
        if package not in _NO_LAYERS:
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


# --- two recordings, one trace


def _are_alike(small: _Recording, large: _Recording) -> bool:
    first, second = small.recorder, large.recorder
    same = [call.function for call in first.calls] == [call.function for call in second.calls]
    return same and len(first.values) == len(second.values)


def _merged(small: _Recording, large: _Recording) -> ModuleTrace:
    first, second = small.recorder, large.recorder
    if not _are_alike(small, large):
        raise ImportingError("the module takes another way for another size of the batch")
    values = tuple(_merged_value(*pair) for pair in zip(first.values, second.values))
    if any(values[number].batch_axis is not None for number in first.unseen):
        raise ImportingError("a tensor with a batch is made where no call is seen, as in NumPy, TorchScript or C++")
    return ModuleTrace(
        tuple(_merged_call(*pair) for pair in zip(first.calls, second.calls)),
        values,
        tuple(first.regions),
        small.inputs,
        small.outputs,
    )


def _merged_call(a: Call, b: Call) -> Call:
    keywords = {key: _merged_argument(value, b.keywords[key]) for key, value in a.keywords.items()}
    return a._replace(arguments=_merged_argument(a.arguments, b.arguments), keywords=keywords)


def _merged_argument(a: object, b: object) -> Any:
    if isinstance(a, Ref):
        return a
    if isinstance(a, tuple) and isinstance(b, tuple):
        return tuple(_merged_argument(*pair) for pair in zip(a, b))
    if isinstance(a, slice) and isinstance(b, slice):
        parts = [_merged_argument(getattr(a, part), getattr(b, part)) for part in ("start", "stop", "step")]
        return slice(*parts)
    if type(a) is int and type(b) is int and a != b:
        multiple, rest = divmod(a, BATCHES[0])
        if rest or b != multiple * BATCHES[1]:
            raise ImportingError(
                f"a number in the module depends on the batch: {a} for {BATCHES[0]} samples, {b} for {BATCHES[1]}"
            )
        return Batch(multiple)
    return a


def _merged_value(a: Value, b: Value) -> Value:
    if len(a.shape) != len(b.shape):
        raise ImportingError("a tensor has another number of dimensions for another size of the batch")
    moved = [axis for axis, (size, other) in enumerate(zip(a.shape, b.shape)) if size != other]
    if not moved:
        return a
    axis = moved[0]
    multiple, rest = divmod(a.shape[axis], BATCHES[0])
    if len(moved) > 1 or rest or b.shape[axis] != multiple * BATCHES[1]:
        raise ImportingError(
            f"a tensor is {list(a.shape)} for {BATCHES[0]} samples, and {list(b.shape)} for {BATCHES[1]}"
        )
    return a._replace(batch_axis=axis, multiple=multiple)
