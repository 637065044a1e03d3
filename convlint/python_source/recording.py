"""Writes down what a forward does: each module and each function of torch that it calls becomes a layer of a graph.

A tensor of the interpreter carries the port that it comes from, and which of its axes is the batch: a graph leaves the
batch out, wherever the code has moved it. What has no operator is `Opaque`, and what is not followed loses its cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from convlint.domain.values import UNKNOWN, Shape, Size
from convlint.engine.assembly import Body, NoPlaces, Slot
from convlint.engine.opening import Opened
from convlint.engine.propagation import execution_order
from convlint.engine.trace import Step, Trace
from convlint.limits import MOST_BODY_LAYERS
from convlint.model import Graph, Layer, Learned, Port
from convlint.python_source import layers
from convlint.python_source.batch import BATCH, own_shape
from convlint.python_source.functions.call import NotAnOperator, Operation
from convlint.python_source.functions.table import operation_of
from convlint.python_source.operations import is_open
from convlint.python_source.values import Arguments, Core, Instance, Keywords, Tensor, TensorOrigin, Unknown
from convlint.typed import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOP_PLACES = NoPlaces()


class Frame:
    """The graph of one call of a module, while it is made. `lost` says why its cost cannot be told."""

    def __init__(self, record: Instance, paths: Mapping[int, str]) -> None:
        self.record = record
        self.paths = paths
        self.layers: list[Layer] = []
        self.steps: list[Step] = []
        self.inputs: list[Shape] = []
        self.constants: dict[object, Port] = {}
        self.kept: list[Tensor] = []
        self.lost = ""
        self._names: dict[str, int] = {}

    def lose(self, reason: str) -> None:
        """From here on the graph lacks something."""
        self.lost = self.lost or reason

    def add(self, name: str, make: Callable[[str], Layer], step: Step) -> int:
        """Adds a layer under a name that no other has; its number."""
        if len(self.layers) >= MOST_BODY_LAYERS:
            self.lose("too many layers")
            return len(self.layers) - 1
        number, found = self._names.get(name, 0), name
        while found in self._names:
            found, number = (f"{name}_{number}" if number else name), number + 1
        self._names[name] = number
        self._names.setdefault(found, 1)
        self.layers.append(make(found))
        self.steps.append(step)
        return len(self.layers) - 1


class Inside(NamedTuple):
    """What a call of a module was written down as; `opened` is None where its cost cannot be told."""

    graph: Graph
    opened: Opened | None
    reason: str


class Recorder:
    """Takes down the calls of one run, a frame for each module of a class of the source that is being called."""

    def __init__(
        self,
        paths: Callable[[Instance], Mapping[int, str]],
        counts: Callable[[Instance], int | None],
        slots: Callable[[Instance], tuple[Slot, ...] | None],
    ) -> None:
        self._paths = paths
        self._counts = counts
        self._slots = slots
        self.frames: list[Frame] = []
        self.emitted = 0
        """How many layers were written down: a branch that is only tried must write none."""

    # --- frames

    def begin(self, record: Instance, tensors: list[Tensor]) -> list[Tensor]:
        """Opens the frame of a module; gives the tensors as they are called inside."""
        frame = Frame(record, self._paths(record))
        self.frames.append(frame)
        known: dict[int, Tensor] = {}
        inside = []
        for tensor in tensors:
            if id(tensor) not in known:
                batch = tensor.origin.batch if tensor.origin is not None else _batch_of(tensor.shape)
                frame.inputs.append(own_shape(tensor.shape, batch))
                known[id(tensor)] = _with_origin(tensor, TensorOrigin(frame, Port(-len(frame.inputs)), batch))
            inside.append(known[id(tensor)])
        return inside

    def end(self, result: object) -> Inside:
        """Closes the frame of a module; what was written down of it."""
        frame = self.frames.pop()
        outputs = [_port_in(frame, tensor) for tensor in tensors_in(result)]
        if isinstance(result, Unknown):
            frame.lose(result.reason)
        several = len(frame.inputs) > 1
        names = tuple(f"inputs.{number}" if several else "x" for number in range(len(frame.inputs)))
        graph = Graph(frame.record.name, names, tuple(frame.layers), tuple(outputs))
        shapes = tuple(_own(tensor) for tensor in tensors_in(result))
        trace = Trace(graph, tuple(frame.inputs), tuple(frame.steps), shapes, True, *execution_order(graph))
        return Inside(graph, None if frame.lost else Opened(Body(graph, ()), trace), frame.lost)

    def is_inside(self, record: Instance) -> bool:
        """Whether a module is the one whose frame is open."""
        return bool(self.frames) and self.frames[-1].record is record

    def called(self, record: Instance, arguments: list[Tensor], inside: Inside, result: object) -> object:
        """The result of a module of a class of the source, as a layer of the frame around it."""
        frame = self.frames[-1]
        wires = [self._wire(tensor) for tensor in arguments]
        found = tensors_in(result)
        outputs = tuple(_own(tensor) for tensor in found)
        opened = inside.opened
        learned = Learned(
            record.name,
            lambda _: outputs,
            lambda: self._counts(record),
            lambda: self._slots(record),
            lambda _: opened,
            lambda: record,
        )
        step = Step(tuple(_own(tensor) for tensor in arguments), outputs)
        name = frame.paths.get(id(record)) or record.name.lower()
        number = self._add(name, learned, (), wires, step)
        return _rewired(result, frame, number, [_axis_of(tensor) for tensor in found])

    # --- layers

    def module(self, record: Instance, core: Core, arguments: Arguments, result: object, place: str) -> object:
        """The result of a module of torch.nn, as a layer."""
        frame = self.frames[-1]
        given = [value for value in arguments if isinstance(value, Tensor)]
        if not given or not tensors_in(result):
            frame.lose(f"{core.name} at {place}")
            return result
        if core.name in layers.KEEPING:
            return result
        path = frame.paths.get(id(record)) or core.name.lower()
        parameters = layers.parameters_of(core)
        if parameters is None:
            frame.lose(f"nn.{core.name} at {place}")
            return result
        axis = _axis_of(given[0])
        return self._leaf(path, core.name, parameters, given, result, axis, layers.given(core))

    def function(self, name: str, arguments: Arguments, keywords: Keywords, result: object) -> object:
        """The result of a function of torch or of a method of a tensor, as a layer."""
        found = tensors_in(result)
        if not found:
            if isinstance(result, Unknown) and tensors_in([*arguments, *keywords.values()]):
                self.frames[-1].lose(result.reason)
            return result
        if all(tensor.origin is not None and tensor.origin.frame is self.frames[-1] for tensor in found):
            return result
        try:
            operations = operation_of(name, arguments, keywords, found, _axis_of)
        except NotAnOperator:
            sources = tensors_in([*arguments, *keywords.values()])
            if sources and all(_axis_of(tensor) is None for tensor in sources):
                return result  # made of what does not depend on the input: a constant
            batch = _batch_of(found[0].shape)
            operations = (Operation("Opaque", {"shape": _own_of(found[0], batch), "what": name}, sources, batch),)
        last: object = None
        for at, operation in enumerate(operations):
            is_last = at + 1 == len(operations)
            last = self._operation(name, operation, result if is_last else operation.result, last)
        return last

    def _operation(self, name: str, operation: Operation, result: object, above: object) -> object:
        sources = tensors_in([above if source is None else source for source in operation.sources])
        if operation.operator == "":
            return _rewired_as(cast(Tensor, result), sources[0], operation.batch)
        parameters = layers.parameters_of(Core(operation.operator, (), operation.parameters))
        if parameters is None:
            shape = _own_of(tensors_in(result)[0], operation.batch)
            operation = operation._replace(operator="Opaque", parameters={"shape": shape, "what": name}, label="")
            parameters = layers.parameters_of(Core("Opaque", (), operation.parameters))
            if parameters is None:
                self.frames[-1].lose(name)
                return result
        given = tuple(operation.parameters.items())
        label = operation.label
        return self._leaf(name, operation.operator, parameters, sources, result, operation.batch, given, label)

    def _leaf(
        self,
        name: str,
        operator: str,
        parameters: tuple[object, ...],
        given: list[Tensor],
        result: object,
        batch: int | None,
        said: tuple[tuple[str, object], ...],
        label: str = "",
    ) -> object:
        frame = self.frames[-1]
        found = tensors_in(result)
        rank = max((len(tensor.shape) for tensor in given if tensor.shape is not None), default=0)
        wires = [self._wire(tensor, batch, rank) for tensor in given]
        step = Step(
            tuple(_aligned(tensor, batch, rank) for tensor in given), tuple(_own_of(tensor, batch) for tensor in found)
        )
        over = int(batch == 0 and layers.has_fixed_rank(operator) and _is_merged(given[0]))
        number = self._add(name, operator, parameters, wires, step, said, label, over)
        return _rewired(result, frame, number, [batch] * len(found))

    def _add(
        self,
        name: str,
        operator: str | Learned,
        parameters: tuple[object, ...],
        wires: list[Port | None],
        step: Step,
        said: tuple[tuple[str, object], ...] = (),
        label: str = "",
        over: int = 0,
    ) -> int:
        self.emitted += 1

        def make(title: str) -> Layer:
            return Layer(
                title, operator, parameters, tuple(wires), _TOP_PLACES, label=label, given=said or None, over=over
            )

        return self.frames[-1].add(name, make, step)

    def _wire(self, tensor: Tensor, batch: int | None = None, rank: int = 0) -> Port | None:
        """The port of a tensor in the open frame; a tensor of the module's own becomes a layer that reads nothing."""
        frame = self.frames[-1]
        if tensor.origin is not None:
            return self._broadcast(tensor, tensor.origin, batch, rank) if tensor.origin.frame is frame else None
        shape = _aligned(tensor, batch, rank)
        if not isinstance(shape, tuple) or any(is_open(size) for size in shape):
            return None
        key = (id(tensor), shape)
        if key not in frame.constants:
            made = self._constant(tensor, shape)
            if made is None:
                return None
            frame.constants[key] = made
            frame.kept.append(tensor)
        return frame.constants[key]

    def _broadcast(self, tensor: Tensor, origin: TensorOrigin, batch: int | None, rank: int) -> Port:
        """The port of a tensor; one without a batch gets the axes of what it is combined with."""
        shape = _aligned(tensor, batch, rank)
        if origin.batch is not None or batch is None or not isinstance(shape, tuple):
            return origin.port
        if shape == own_shape(tensor.shape, None):
            return origin.port
        key = (origin.port, shape)
        constants = self.frames[-1].constants
        parameters = layers.parameters_of(Core("Reshape", (), {"shape": shape}))
        if key not in constants and parameters is not None:
            step = Step((own_shape(tensor.shape, None),), (shape,))
            said = (("shape", list(shape)),)
            constants[key] = Port(self._add("reshape", "Reshape", parameters, [origin.port], step, said))
        return constants.get(key, origin.port)

    def _constant(self, tensor: Tensor, shape: tuple[Size, ...]) -> Port | None:
        frame = self.frames[-1]
        operator = "Parameter" if tensor.is_parameter else "Constant"
        name = next((key for key, value in frame.record.attributes.items() if value is tensor), operator.lower())
        parameters = layers.parameters_of(Core(operator, (), {"shape": shape or (1,)}))
        if parameters is None:
            return None
        said = (("shape", list(shape or (1,))),)
        return Port(self._add(name, operator, parameters, [], Step((), (shape,)), said))


# --- shapes without the batch


def _own_of(tensor: Tensor, batch: int | None) -> Shape:
    return own_shape(tensor.shape, batch)


def _own(tensor: Tensor) -> Shape:
    return own_shape(tensor.shape, _axis_of(tensor))


def _axis_of(tensor: Tensor) -> int | None:
    """The axis of a tensor that is the batch."""
    return tensor.origin.batch if tensor.origin is not None else None


def _batch_of(shape: tuple[object, ...] | None) -> int | None:
    return 0 if shape and type(shape[0]) is int and shape[0] % BATCH == 0 and shape[0] else None


def _is_merged(tensor: Tensor) -> bool:
    return bool(tensor.shape) and tensor.shape is not None and tensor.shape[0] != BATCH


def _aligned(tensor: Tensor, batch: int | None, rank: int) -> Shape:
    """The own shape; that of a tensor without a batch has as many axes as that of one with it, for broadcasting."""
    own = _axis_of(tensor)
    if own is not None or batch is None or tensor.shape is None:
        return own_shape(tensor.shape, own)
    padded = (1,) * (rank - len(tensor.shape)) + tensor.shape
    if batch >= len(padded) or padded[batch] != 1:
        return UNKNOWN
    return own_shape((*padded[:batch], *padded[batch + 1 :]), None)


# --- tensors and their origins


def tensors_in(value: object, depth: int = 4) -> list[Tensor]:
    """All tensors of a value, in lists and mappings too."""
    return list(_tensors(value, depth))


def _tensors(value: object, depth: int) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif depth and isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item, depth - 1)
    elif depth and isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item, depth - 1)


def replaced(value: object, tensors: Iterator[Tensor], depth: int = 4) -> object:
    """The value with its tensors, in their order, replaced by others."""
    if isinstance(value, Tensor):
        return next(tensors)
    if depth and isinstance(value, list):
        return [replaced(item, tensors, depth - 1) for item in value]
    if depth and isinstance(value, tuple):
        return tuple(replaced(item, tensors, depth - 1) for item in value)
    if depth and isinstance(value, dict):
        return {key: replaced(item, tensors, depth - 1) for key, item in value.items()}
    return value


def _with_origin(tensor: Tensor, wire: TensorOrigin) -> Tensor:
    return Tensor(tensor.shape, tensor.is_parameter, tensor.is_buffer, wire, tensor.numbers)


def _rewired(result: object, frame: Frame, number: int, axes: list[int | None]) -> object:
    found = tensors_in(result)
    made = [
        Tensor(tensor.shape, origin=TensorOrigin(frame, Port(number, output), axis), numbers=tensor.numbers)
        for output, (tensor, axis) in enumerate(zip(found, axes))
    ]
    return replaced(result, iter(made))


def _rewired_as(result: object, source: Tensor, batch: int | None) -> object:
    """The result as what went in: nothing was done to it but that its batch may have moved."""
    if source.origin is None:
        return source if isinstance(result, Tensor) and result.shape == source.shape else result
    wire = source.origin._replace(batch=batch)
    return replaced(
        result, iter([Tensor(tensor.shape, origin=wire, numbers=tensor.numbers) for tensor in tensors_in(result)])
    )


def _port_in(frame: Frame, tensor: Tensor) -> Port | None:
    return tensor.origin.port if tensor.origin is not None and tensor.origin.frame is frame else None
