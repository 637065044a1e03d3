"""What a module that was learned from source makes of shapes, how many parameters it has, and their names."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from convlint.domain.values import UNKNOWN, Shape, Shapes, plain_sizes
from convlint.engine.assembly import NoPlaces, Slot
from convlint.engine.opening import Opened
from convlint.limits import PYTHON_STEPS
from convlint.model import Layer
from convlint.python_source import containers, forwards, layers, records
from convlint.python_source.batch import BATCH, own_sizes
from convlint.python_source.interpreter import Interpreter
from convlint.python_source.operations import is_open
from convlint.python_source.recording import Inside, Recorder
from convlint.python_source.values import Class, Function, GaveUp, Instance, PythonError, Tensor, Unknown

FILE_STEPS = 3_000_000
"""Nodes that the constructors and forwards of one variant of a file go through together."""


class StepBudget:
    """What is left of the steps of one file."""

    __slots__ = ("left",)

    def __init__(self, steps: int = FILE_STEPS) -> None:
        self.left = steps

    def interpreter(self) -> Interpreter:
        """A run with what one may take."""
        return Interpreter(max(0, min(PYTHON_STEPS, self.left)))

    def spend(self, interpreter: Interpreter) -> None:
        """Takes off what a run has used."""
        self.left -= max(0, min(PYTHON_STEPS, self.left)) - interpreter.steps


class ForwardResult:
    """The shapes that a forward gives (UNKNOWN each where it is not known), and why something is not known."""

    __slots__ = ("error", "gives_nothing", "is_list", "reason", "shapes")

    def __init__(self, shapes: Shapes, reason: str = "", error: PythonError | None = None) -> None:
        self.shapes = shapes
        self.reason = reason
        self.error = error
        self.is_list = False
        """Whether it gives a list of maps, not one."""
        self.gives_nothing = False
        """Whether it certainly gives None."""


Layout = tuple[int, ...]
"""For each thing that a row reads, how many maps it is a list of; 0 for a map alone."""


def forward(
    module: object,
    inputs: Shapes,
    is_list: bool,
    layout: Layout,
    budget: StepBudget,
    guides: tuple[Unknown, ...] = (),
) -> ForwardResult:
    """Follows the forward of a record on the shapes of maps, without the batch.

    `guides` is what the model gives it beside them.
    """
    if not isinstance(module, Instance):
        return ForwardResult((UNKNOWN,), module.reason if isinstance(module, Unknown) else "no module")
    outcome = _followed(module, inputs, is_list, layout, budget, guides, training=True)
    if outcome.error is None:
        return outcome
    other = _followed(module, inputs, is_list, layout, budget, guides, training=False)
    return outcome if other.error is not None or other.reason else other


def _followed(
    module: Instance,
    inputs: Shapes,
    is_list: bool,
    layout: Layout,
    budget: StepBudget,
    guides: tuple[Unknown, ...],
    *,
    training: bool,
) -> ForwardResult:
    maps = _laid_out(_maps(inputs), layout)
    interpreter = budget.interpreter()
    interpreter.training = training
    given: list[object] = [*maps] if not is_list or _takes_several(module, len(maps)) else [maps]
    if guides:
        given = [*given, *guides] if len(_needed(module)) > len(given) else [[*maps, *guides]]
    try:
        value = forwards.call(interpreter, module, given, {}, "the network")
    except PythonError as error:
        error.is_certain = error.is_certain and not interpreter.doubt
        return ForwardResult((UNKNOWN,), str(error) + (f" at {error.place}" if error.place else ""), error)
    except GaveUp as error:
        return ForwardResult((UNKNOWN,), error.reason)
    except RecursionError:
        return ForwardResult((UNKNOWN,), "calls too deep")
    finally:
        budget.spend(interpreter)
    outcome = _outcome(value)
    outcome.gives_nothing = outcome.gives_nothing and not interpreter.doubt
    return outcome


def _maps(inputs: Shapes) -> list[Tensor]:
    return [Tensor((BATCH, *shape) if isinstance(shape, tuple) else None) for shape in inputs]


def inside(module: object, inputs: Shapes, is_list: bool, layout: Layout) -> Opened | None:
    """What is in a module for maps of these shapes, as a graph; None where not all of it was followed."""
    if not isinstance(module, Instance):
        return None
    for training in (True, False):
        try:
            return written_down(module, inputs, is_list, layout, training=training).opened
        except NotFollowed:
            continue
    return None


class NotFollowed(Exception):
    """A forward ends in an error (`is_refused`), or cannot be followed to its end; the text says why."""

    def __init__(self, reason: str, *, is_refused: bool = False) -> None:
        super().__init__(reason)
        self.is_refused = is_refused


def written_down(module: Instance, inputs: Shapes, is_list: bool, layout: Layout, *, training: bool) -> Inside:
    """The calls of a forward as a graph; raises NotFollowed."""
    interpreter = Interpreter()
    interpreter.training = training
    recorder = interpreter.recorder = Recorder(_paths, parameter_count, slots)
    try:
        maps = recorder.begin(records.ready(interpreter, module), _maps(inputs))
        laid_out = _laid_out(maps, layout)
        given: list[object] = laid_out if not is_list or _takes_several(module, len(laid_out)) else [laid_out]
        value = forwards.call(interpreter, module, given, {}, "the network")
        return recorder.end(value)
    except PythonError as error:
        place = f" at {error.place}" if error.place else ""
        raise NotFollowed(f"{error}{place}", is_refused=True) from None
    except GaveUp as error:
        raise NotFollowed(error.reason) from None
    except RecursionError:
        raise NotFollowed("calls too deep") from None


def _paths(record: Instance) -> dict[int, str]:
    """The paths of all modules in a record, by their identity."""
    paths: dict[int, str] = {}
    for path, part in containers.walk(Interpreter(), record):
        paths.setdefault(id(part), path)
    return paths


def _laid_out(maps: list[Tensor], layout: Layout) -> list[object]:
    """The maps with those that stand in lists as lists."""
    if not any(layout):
        return [*maps]
    found: list[object] = []
    for count in layout:
        found.append(maps[:count] if count else maps[0])
        maps = maps[max(1, count) :]
    return found


def _takes_several(module: Instance, count: int) -> bool:
    """Whether a forward cannot be called with one list, but with its items."""
    function = _forward_of(module)
    return function is not None and 1 < len(_needed(module)) <= count <= len(function.node.args.args) - 1


def _needed(module: Instance) -> list[str]:
    """The parameters of a forward that have no default, without the module itself."""
    function = _forward_of(module)
    if function is None:
        return []
    positional = [argument.arg for argument in function.node.args.args][function.kind != "staticmethod" :]
    return [name for name in positional if name not in function.defaults]


def _forward_of(module: Instance) -> Function | None:
    function = records.class_member(module.kind, "forward") if isinstance(module.kind, Class) else None
    return function if isinstance(function, Function) else None


def _outcome(value: object) -> ForwardResult:
    flat = list(_parts(value))
    reason = next((part.reason for part in flat if isinstance(part, Unknown)), "")
    outcome = ForwardResult(tuple(_shape(part) for part in flat) or (UNKNOWN,), reason)
    outcome.gives_nothing = value is None
    outcome.is_list = isinstance(value, (list, tuple)) and all(isinstance(part, Tensor) for part in value)
    return outcome


def _parts(value: object, depth: int = 4) -> Iterator[object]:
    """What a forward gives, out of its lists and mappings."""
    held = list(value.values()) if isinstance(value, dict) else value
    if not depth or not isinstance(held, (list, tuple)):
        yield value
        return
    for part in held:
        yield from _parts(part, depth - 1)


def _shape(value: object) -> Shape:
    if not isinstance(value, Tensor) or value.shape is None or not value.shape or value.shape[0] != BATCH:
        return UNKNOWN
    return own_sizes(value.shape[1:])


def construct(module: object, budget: StepBudget) -> PythonError | str:
    """Follows the constructor of a record and of all modules in it: an error, or why it is not known ("" if it is)."""
    if not isinstance(module, Instance):
        return module.reason if isinstance(module, Unknown) else "no module"
    interpreter = budget.interpreter()
    try:
        for _ in containers.walk(interpreter, module):
            pass
    except PythonError as error:
        is_of_tensors = error.kind == "RuntimeError"  # a constructor that computes with weights
        error.is_certain = error.is_certain and not interpreter.doubt and not is_of_tensors
        return error
    except GaveUp as error:
        return error.reason
    except RecursionError:
        return "calls too deep"
    finally:
        budget.spend(interpreter)
    return ""


def parameter_count(module: object) -> int | None:
    """The learned parameters of a record, shared ones once; None where they are not known."""
    if not isinstance(module, Instance):
        return None
    total, seen = 0, set[int]()
    try:
        for _, part in containers.walk(Interpreter(), module):
            if id(part) in seen:
                continue
            seen.add(id(part))
            count = _own_parameters(part, seen)
            if count is None:
                return None
            total += count
    except (GaveUp, PythonError, RecursionError):
        return None
    return total


def slots(module: object) -> tuple[Slot, ...] | None:
    """What a record registers, in the order of `state_dict()`; None where that is not known."""
    if not isinstance(module, Instance):
        return None
    found: list[Slot] = []
    seen: set[int] = set()
    try:
        for path, part in containers.walk(Interpreter(), module):
            own = _own_slots(path, part, seen)
            if own is None:
                return None
            found += own
    except (GaveUp, PythonError, RecursionError):
        return None
    return tuple(found)


def _own_slots(path: str, part: Instance, seen: set[int]) -> list[Slot] | None:
    if _may_hold_more(part):
        return None
    is_alias = id(part) in seen
    seen.add(id(part))
    found = []
    added = _added_tensors(part)
    if added is None:
        return None
    for name, tensor in added:
        if tensor.shape is None or any(is_open(size) for size in tensor.shape):
            return None
        whole = f"{path}.{name}" if path else name
        is_shared = is_alias or id(tensor) in seen
        seen.add(id(tensor))
        found.append(Slot(whole, is_alias=is_shared, shape=tensor.shape, is_buffer=tensor.is_buffer))
    if part.core is None or part.core.name in layers.WITHOUT_TENSORS:
        return found
    parameters = layers.parameters_of(part.core)
    if parameters is None:
        return None
    layer = Layer(path, part.core.name, parameters, (), NoPlaces())
    return [Slot(path, layer, is_alias=is_alias), *found]


def _added_tensors(part: Instance) -> list[tuple[str, Tensor]] | None:
    """The tensors that a record registers beside those of the module of torch that it inherits from.

    One of the same name and shape stands for that of torch; None where it has another shape, or is taken away.
    """
    own = containers.own_tensors(part)
    known = layers.registered(part.core) if part.core is not None else {}
    if known is None:
        return None
    for name, shape in known.items():
        value = part.attributes.get(name, part)
        is_other = isinstance(value, Tensor) and (value.is_parameter or value.is_buffer) and shape is not None
        sizes = plain_sizes(value.shape) if isinstance(value, Tensor) and value.shape is not None else None
        if value is None or (is_other and sizes is not None and sizes != shape):
            return None
    return [(name, tensor) for name, tensor in own if name not in known]


def _may_hold_more(part: Instance) -> bool:
    """Whether something that a module holds is not known: it may have parameters."""
    held = (*(part.items or ()), *part.attributes.values())
    return any(isinstance(value, Unknown) for value in held)


def _own_parameters(part: Instance, seen: set[int]) -> int | None:
    if _may_hold_more(part):
        return None
    total = 0
    if part.core is not None and part.core.name not in layers.WITHOUT_TENSORS:
        count = layers.parameter_count(part.core)
        if count is None:
            return None
        total = count
    added = _added_tensors(part)
    if added is None:
        return None
    for _, tensor in added:
        if id(tensor) in seen or tensor.is_buffer:
            continue
        seen.add(id(tensor))
        sizes = plain_sizes(tensor.shape)
        if sizes is None:
            return None
        total += prod(sizes)
    return total
