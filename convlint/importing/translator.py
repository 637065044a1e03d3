"""Collects the layers of a trace, each tensor in the shape that it has in a file.

In torch the batch is one of the dimensions of a tensor, and may be moved or merged with others: `[B * windows, tokens,
features]`. In a file it is implied. So each tensor of the trace has a shape of its own here: without its batch, or with
the rest of the dimension that the batch was merged into; and every dimension that a call names is counted anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from torch import nn

from convlint.importing.imported import ImportingError, TensorSource, Unwritten
from convlint.importing.network import TracedLayer, Wire
from convlint.importing.tracing import Batch, Call, ModuleTrace, Ref, Value, refs

Shape = tuple[int, ...]


class NoOperator(Exception):
    """Why a call cannot be written as layers."""


def own_shape(value: Value) -> Shape:
    """The shape of a tensor in a file."""
    return in_frame(value.shape, value)


def in_frame(shape: Shape, frame: Value) -> Shape:
    """A shape of torch without the batch of `frame`, which has as many dimensions."""
    axis = frame.batch_axis
    if axis is None:
        return shape
    rest = (frame.multiple,) if frame.multiple > 1 else ()
    return (*shape[:axis], *rest, *shape[axis + 1 :])


def own_dim(value: Value, dim: int) -> int:
    """The dimension in a file, the batch being 0, of a dimension of a tensor; raises NoOperator for the batch."""
    dim = dim % len(value.shape)
    if dim == value.batch_axis:
        raise NoOperator("it works over the batch")
    return dim + 1 if value.batch_axis is None or value.multiple > 1 or dim < value.batch_axis else dim


class Translator:
    """Collects the layers of a trace, and knows which layer gives each of its tensors."""

    def __init__(self, module: nn.Module, trace: ModuleTrace) -> None:
        self.trace = trace
        self.state = module.state_dict(keep_vars=True)
        self.nodes: list[TracedLayer] = []
        self.unwritten: list[tuple[int, Unwritten]] = []
        self._wires: dict[int, Wire] = {number: Wire(-1 - index) for index, (_, number) in enumerate(trace.inputs)}
        self._own: dict[tuple[int, Shape], Wire] = {}
        self._call = Call("", None, -1, (), {}, (), "")
        self._over: dict[str, int] = {}

    # --- tensors

    def value(self, ref: Ref | int) -> Value:
        """A tensor of the trace."""
        return self.trace.values[ref.number if isinstance(ref, Ref) else ref]

    def wire(self, ref: Ref) -> Wire:
        """The layer that gives a tensor; one of the module's own becomes a layer."""
        found = self._wires.get(ref.number)
        return found if found is not None else self.own(ref, own_shape(self.value(ref)) or (1,))

    def own(self, ref: Ref, shape: Shape) -> Wire:
        """A layer for a tensor that the module has of its own, in the shape in which it is used."""
        key = (ref.number, shape)
        if key not in self._own:
            value = self.value(ref)
            same = [wire for (number, _), wire in self._own.items() if number == ref.number]
            if same:
                self._own[key] = self.emit("reshape", "Reshape", {"shape": list(shape)}, same[:1])
                return self._own[key]
            if value.kind == "data":
                raise NoOperator("it reads what no layer gives")
            tensor = value.tensor
            if value.batch_axis is not None:
                tensor = tensor.narrow(value.batch_axis, 0, value.multiple)
            operator = "Parameter" if value.kind == "learned" else "Constant"
            base = value.name.rpartition(".")[2] or "constant"
            source = TensorSource(value.name, tensor, shape)
            self.nodes.append(
                TracedLayer(self._home(value.name), base, operator, {"shape": list(shape)}, (), {"": source})
            )
            self._own[key] = Wire(len(self.nodes) - 1)
        return self._own[key]

    def _home(self, name: str) -> int:
        """The call of a module in which a tensor becomes a layer: that of its owner, where it is around this call."""
        region, owner = self._call.region, name.rpartition(".")[0]
        around = self.trace.regions[region].parent if region > 0 and self._call.module is not None else region
        while region > 0:
            if name and self.trace.regions[region].path == owner:
                return region
            region = self.trace.regions[region].parent
        return max(around, 0)

    def operand(self, ref: Ref, result: Value) -> Wire:
        """A tensor with the axes that broadcasting to `result` gives it."""
        value = self.value(ref)
        lead = len(result.shape) - len(value.shape)
        padded = (1,) * lead + value.shape
        axis = result.batch_axis
        if value.batch_axis is not None:
            if axis != value.batch_axis + lead or value.multiple != result.multiple:
                raise NoOperator("its inputs have their batch in different places")
            wanted = in_frame(padded, result)
        elif axis is None:
            wanted = padded
        elif padded[axis] == 1:
            rest = (1,) if result.multiple > 1 else ()
            wanted = (*padded[:axis], *rest, *padded[axis + 1 :])
        else:
            raise NoOperator("one of its inputs is added along the batch")
        return self.reshaped(ref, wanted)

    def reshaped(self, ref: Ref, wanted: Shape) -> Wire:
        """A tensor in another shape of as many elements."""
        value = self.value(ref)
        if ref.number not in self._wires and value.kind != "data":
            return self.own(ref, wanted or (1,))
        wire, present = self.wire(ref), own_shape(value)
        return wire if present == wanted else self.emit("reshape", "Reshape", {"shape": list(wanted) or [1]}, (wire,))

    def alias(self, ref: Ref) -> None:
        """The result of the call is a tensor that is there already."""
        (output,) = self._call.outputs[:1]
        self._wires[output] = self.wire(ref)

    def results(self, *wires: Wire) -> None:
        """What the outputs of the call are."""
        self._wires.update(zip(self._call.outputs, wires))

    def go_over(self, ref: Ref) -> None:
        """Makes the layer of the call go over what the batch was merged with, and its samples those of torch."""
        value = self.value(ref)
        if value.batch_axis != 0:
            raise NoOperator("its batch is not the first dimension")
        self._over = {"over": 1} if value.multiple > 1 else {}

    # --- layers

    def emit(
        self,
        name: str,
        operator: str,
        parameters: Mapping[str, object],
        sources: Sequence[Wire],
        tensors: Mapping[str, TensorSource] | None = None,
    ) -> Wire:
        """Adds a layer; gives its first output."""
        settings = {**parameters, **self._over} if sources else parameters
        self.nodes.append(TracedLayer(self._call.region, name, operator, settings, tuple(sources), tensors or {}))
        return Wire(len(self.nodes) - 1)

    def attempt(self, call: Call, write: Callable[[Translator, Call], None]) -> None:
        """The layers that `write` makes of a call; where it raises NoOperator, layers of its shapes that say so."""
        self._call, self._over = call, {}
        before = len(self.nodes)
        try:
            write(self, call)
        except NoOperator as error:
            self._own = {key: wire for key, wire in self._own.items() if wire.layer < before}
            del self.nodes[before:]
            self._over = {}
            self._leave_open(call, str(error) or "it has no operator")

    def _leave_open(self, call: Call, reason: str) -> None:
        sources = []
        for ref in refs((call.arguments, call.keywords)):
            if ref.number in self._wires and self._wires[ref.number] not in sources:
                sources.append(self._wires[ref.number])
        for number in call.outputs:
            value = self.value(number)
            if value.kind == "data" and value.batch_axis is None:
                raise ImportingError(
                    f"{call.function} at {call.line} gives no dimension to the batch: it mixes samples"
                )
            shape = list(own_shape(value)) or [1]
            wire = self.emit(call.function, "Opaque", {"shape": shape, "what": call.function}, sources)
            self._wires[number] = wire
            self.unwritten.append((wire.layer, Unwritten("", call.function, reason, call.line)))

    def is_own(self, ref: Ref) -> bool:
        """Whether a tensor is a parameter of the module as it is, neither computed nor constant."""
        return ref.number not in self._wires and self.value(ref).kind == "learned"

    @property
    def goes_over(self) -> bool:
        """Whether the layer of the call takes an axis for samples."""
        return bool(self._over)

    def source(self, ref: Ref | None, shape: Shape | None = None) -> TensorSource | None:
        """A tensor of the state as it is; None where there is none. Raises NoOperator for one that is computed."""
        if ref is None:
            return None
        value = self.value(ref)
        if ref.number in self._wires or value.kind == "data":
            raise NoOperator("its weights are computed")
        return TensorSource(value.name, value.tensor, shape or value.shape)


def is_batch(item: object) -> bool:
    """Whether a number of a call is the size of the batch."""
    return isinstance(item, Batch) and item.multiple == 1
