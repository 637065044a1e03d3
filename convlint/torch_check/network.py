"""Makes a torch.nn.Module of an architecture: the builder of the native dialect.

Layers are submodules of their names, blocks are modules with submodules, and the copies of `repeat` are numbered from
0, so that a state_dict reads `enc1.conv.weight`, or `enc1.0.conv.weight` with `repeat`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn

from convlint.catalogue import lookup
from convlint.catalogue.operators import Declaration
from convlint.domain.values import is_known
from convlint.engine.cycles import cycles
from convlint.engine.propagation import execution_order, run_operator
from convlint.engine.trace import Step, Trace
from convlint.model import Architecture, Graph, Layer, Port
from convlint.torch_check import BuildError
from convlint.torch_check.calls import CallError, TensorCall, find_class, is_call, parse_call, run_call
from convlint.typed import Any, NamedTuple

Tensors = tuple[Tensor, ...]
LONGEST_TEXT = 500
"""Characters of an error of torch that are repeated."""


class Feeding(NamedTuple):
    """How a layer takes its inputs: which of them hold indices (integers), and how many tensors it demands.

    `over` counts the axes behind the batch whose entries it takes for samples.
    """

    indices: tuple[int, ...] = ()
    demanded: int = 0
    over: int = 0


class ForwardStep(NamedTuple):
    """One layer of a graph: its number, the name of its module, what it reads, and the layers that nothing reads then.

    Layers that share a module have its name.
    """

    number: int
    name: str
    sources: tuple[Port, ...]
    feeding: Feeding
    spent: tuple[int, ...]


class TensorFunction(nn.Module):
    """A layer without parameters of its own: one call of a tensor function."""

    def __init__(self, call: TensorCall, values: dict[str, Any]) -> None:
        super().__init__()
        self.call = call
        self.values = values

    def forward(self, *inputs: Tensor) -> object:
        """The result of the call."""
        return run_call(self.call, inputs, self.values)

    def extra_repr(self) -> str:
        """The function and the parameters, for people."""
        return ", ".join([self.call.function, *(f"{name}={value!r}" for name, value in self.values.items())])


class OwnTensor(nn.Module):
    """A layer that reads nothing: a tensor of the graph around it, registered there under the layer's name.

    A state_dict so names it `cls_token`, as a module of torch names its parameters.
    """

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.__dict__["value"] = value

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        """The tensor, where it is learned; the graph holds it."""
        if isinstance(self.__dict__["value"], nn.Parameter):
            yield self.__dict__["value"]

    def forward(self, value: Tensor, batch: int) -> Tensor:
        """The tensor, once for each sample."""
        return value.expand(batch, *value.shape)


def _parameter(shape: object, init: float | None) -> Tensor:
    """A learned tensor of small random numbers, or of one number."""
    return nn.Parameter(torch.randn(_sizes(shape)) * 0.02 if init is None else torch.full(_sizes(shape), float(init)))


def _constant(shape: object, value: float) -> Tensor:
    return torch.full(_sizes(shape), float(value))


def _sizes(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


_OWN_TENSORS: dict[str, Callable[..., Tensor]] = {"parameter": _parameter, "constant": _constant}
"""What the `torch` field of an operator without inputs calls."""


class Repeated(nn.Module):
    """Copies in sequence: the first output of one is the first input of the next.

    The other inputs of a block go to every copy; an operator that is repeated has one.
    """

    def __init__(self, copies: Iterable[nn.Module], feeding: Feeding, is_block: bool) -> None:
        super().__init__()
        for number, copy in enumerate(copies):
            self._modules[str(number)] = copy
        self.feeding = feeding
        self.is_block = is_block

    def forward(self, *inputs: Tensor) -> object:
        """The outputs of the last copy."""
        outputs: Tensors = ()
        for copy in self.children():
            outputs = call_layer(copy, inputs, self.feeding)
            inputs = (*outputs[:1], *(inputs[1:] if self.is_block else ()))
        return outputs


class Layered(nn.Module):
    """A module that is made of the layers of a file, and says which they are.

    `notes` say how it was built, for people.
    """

    notes: tuple[str, ...] = ()

    def layers(self) -> Iterator[tuple[str, nn.Module]]:
        """Every layer by its path, copies of a repeated block included (those of an operator are not)."""
        raise NotImplementedError

    def seen(self, path: str, result: object) -> Tensors | None:
        """The tensors that a layer gives, as the engine speaks of them; None where it does not speak of them."""
        del path
        return tuple(flat(result))


class GraphModule(Layered):
    """The layers of a graph, run in an order in which each comes after what it reads."""

    def __init__(self, graph: Graph, layers: Iterable[nn.Module], feedings: Iterable[Feeding]) -> None:
        super().__init__()
        self.output_names: tuple[str, ...] = ()
        self.input_names = graph.inputs
        self.output_ports = _known_ports(graph.outputs, graph.name)
        self.wires = _wires(graph, tuple(feedings))
        for layer, module in zip(graph.layers, layers):
            if layer.shares is not None:
                continue
            if layer.name in self._modules:
                raise BuildError(f"two layers are called {layer.name}")
            self._modules[layer.name] = module  # add_module refuses names such as `type` and `a.b`
            self._take(layer.name, module)

    def _take(self, name: str, module: nn.Module) -> None:
        """Registers the tensor of a layer that is one."""
        value = module.__dict__.get("value") if isinstance(module, OwnTensor) else None
        if isinstance(value, nn.Parameter):
            self._parameters[name] = value
        elif value is not None:
            self._buffers[name] = value

    def __setattr__(self, name: str, value: Any) -> None:
        """What modules keep of themselves (`training`) stays so where a layer has the same name."""
        if name in self.__dict__:
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)

    def _load_from_state_dict(
        self,
        state_dict: object,
        prefix: str,
        metadata: object,
        strict: bool,
        missing: object,
        unexpected: Any,
        errors: object,
    ) -> None:
        """As in torch, which takes what comes before the first dot for a layer: the names of layers may hold dots."""
        found: list[str] = []
        super()._load_from_state_dict(state_dict, prefix, metadata, strict, missing, found, errors)
        dotted = tuple(f"{prefix}{name}" for name in self._modules if "." in name)
        unexpected += [key for key in found if not any(key == name or key.startswith(name + ".") for name in dotted)]

    def forward(self, *inputs: Tensor) -> object:
        """The outputs of the graph, as a tuple."""
        return self.run(inputs)

    def layers(self) -> Iterator[tuple[str, nn.Module]]:
        return _layers(self, "")

    def run(self, inputs: Tensors) -> Tensors:
        """Runs every layer; what nothing reads any more is let go at once."""
        values: dict[int, Tensors] = {-1 - index: (value,) for index, value in enumerate(inputs)}
        for wire in self.wires:
            layer = self._modules[wire.name]
            assert layer is not None
            if isinstance(layer, OwnTensor):
                own = self._parameters if wire.name in self._parameters else self._buffers
                values[wire.number] = (layer(own[wire.name], inputs[0].shape[0]),)
            else:
                given = tuple(_value_at(port, values) for port in wire.sources)
                values[wire.number] = call_layer(layer, given, wire.feeding)
            for number in wire.spent:
                values.pop(number, None)
        return tuple(_value_at(port, values) for port in self.output_ports)


def _layers(graph: GraphModule, path: str) -> Iterator[tuple[str, nn.Module]]:
    for name, module in graph.named_children():
        yield path + name, module
        if isinstance(module, GraphModule):
            yield from _layers(module, f"{path}{name}/")
        elif isinstance(module, Repeated) and module.is_block:
            for number, copy in module.named_children():
                assert isinstance(copy, GraphModule)
                yield from _layers(copy, f"{path}{name}[{number}]/")


class Network(GraphModule):
    """A whole network.

    `forward` takes the inputs in the order of the file, or by name, each with its batch in front. It returns
    the output, or where the file names several a dictionary of them.
    """

    def forward(self, *inputs: Tensor, **named: Tensor) -> object:
        """The output tensor, or several by name; raises TypeError where an input is missing or unknown."""
        outputs = self.run((*inputs, *self._by_name(len(inputs), named)))
        return outputs[0] if len(outputs) == 1 else dict(zip(self.output_names, outputs))

    def _by_name(self, given: int, named: dict[str, Tensor]) -> Tensors:
        wanted = self.input_names[given:]
        if given + len(named) != len(self.input_names) or set(named) != set(wanted):
            raise TypeError(f"the inputs are {', '.join(self.input_names)}")
        return tuple(named[name] for name in wanted)


def call_layer(layer: nn.Module, inputs: Tensors, feeding: Feeding) -> Tensors:
    """The outputs of a layer, in one flat tuple.

    A module that demands more tensors than the layer has inputs gets the last once more: one input attends to itself.
    """
    given = [
        value.long() if index in feeding.indices and value.is_floating_point() else value
        for index, value in enumerate(inputs)
    ]
    given += given[-1:] * (feeding.demanded - len(given))
    if not feeding.over:
        return tuple(flat(layer(*given)))
    lead = given[0].shape[: feeding.over + 1]
    outputs = flat(layer(*[value.flatten(0, feeding.over) for value in given]))
    whole = math.prod(lead)
    return tuple(output.reshape(*lead, *output.shape[1:]) if output.shape[0] == whole else output for output in outputs)


def flat(result: object) -> Iterator[Tensor]:
    """The tensors of what a module returns, in order; a recurrent one nests them."""
    if isinstance(result, (tuple, list)):
        for item in result:
            yield from flat(item)
    elif isinstance(result, Tensor):
        yield result


def _value_at(port: Port, values: dict[int, Tensors]) -> Tensor:
    outputs = values.get(port.layer, ())
    if port.output >= len(outputs):
        raise RuntimeError(f"output {port.output} is read, but there are {len(outputs)}, counted from 0")
    return outputs[port.output]


def _known_ports(ports: Iterable[Port | None], name: str) -> tuple[Port, ...]:
    known = tuple(port for port in ports if port is not None)
    if len(known) < len(tuple(ports)):
        raise BuildError("an input could not be resolved", name)
    return known


def _wires(graph: Graph, feedings: tuple[Feeding, ...]) -> tuple[ForwardStep, ...]:
    order, blocked = execution_order(graph)
    if blocked:
        raise BuildError("its layers feed each other", graph.layers[cycles(graph, blocked)[0][0]].name)
    last_reader = {number: number for number in order}
    for number in order:
        last_reader |= {port.layer: number for port in graph.layers[number].sources if port is not None}
    kept = {port.layer for port in graph.outputs if port is not None}
    spent: dict[int, list[int]] = {number: [] for number in order}
    for number, reader in last_reader.items():
        if number not in kept:
            spent[reader].append(number)
    modules = [layer.name if layer.shares is None else graph.layers[layer.shares].name for layer in graph.layers]
    return tuple(
        ForwardStep(
            number, modules[number], _known_ports(layer.sources, layer.name), feedings[number], tuple(spent[number])
        )
        for number, layer in ((number, graph.layers[number]) for number in order)
    )


# --- building


def build_network(architecture: Architecture, trace: Trace) -> Network:
    """The module of an architecture, in training mode, with the initial weights of torch.

    The trace gives what the file leaves to be inferred (`in_channels`). Raises BuildError, with torch's own text where
    torch refuses a layer, and the path of that layer.
    """
    network = Network(*_parts(_with_outputs(architecture), trace.steps, ""))
    network.output_names = tuple(output.name for output in architecture.outputs)
    return network


def _with_outputs(architecture: Architecture) -> Graph:
    """The graph with the outputs that the file declares; without any, its last layer stays the output."""
    declared = tuple(output.port for output in architecture.outputs)
    return architecture.graph._replace(outputs=declared) if declared else architecture.graph


def _parts(graph: Graph, steps: tuple[Step, ...], path: str) -> tuple[Graph, list[nn.Module], list[Feeding]]:
    layers: list[nn.Module] = []
    feedings: list[Feeding] = []
    for layer, step in zip(graph.layers, steps):
        if layer.shares is not None:
            layers.append(layers[layer.shares])
            feedings.append(feedings[layer.shares]._replace(over=layer.over))
            continue
        module, feeding = _layer(layer, step, path + layer.name)
        layers.append(module)
        feedings.append(feeding)
    return graph, layers, feedings


def _layer(layer: Layer, step: Step, path: str) -> tuple[nn.Module, Feeding]:
    module, feeding = _layer_on_samples(layer, step, path)
    return module, feeding._replace(over=layer.over)


def _layer_on_samples(layer: Layer, step: Step, path: str) -> tuple[nn.Module, Feeding]:
    if isinstance(layer.operator, Graph):
        return _block(layer, step, path), Feeding()
    if not isinstance(layer.operator, str) or lookup.operator(layer.operator) is None:
        raise BuildError("the operator is not known", path)
    declaration = lookup.declaration(layer.operator)
    copies = [
        _operator(declaration, layer.parameters, inputs, copy_path(path, layer, number))
        for number, inputs in enumerate(_inputs_of_copies(layer, step))
    ]
    feeding = Feeding(declaration.indices, _demanded(copies[0]))
    return (copies[0] if layer.repeat == 1 else Repeated(copies, feeding, False)), feeding


def copy_path(path: str, layer: Layer, number: int) -> str:
    """The path of one copy of a layer, as findings name it."""
    return path if layer.repeat == 1 else f"{path}[{number}]"


def _block(layer: Layer, step: Step, path: str) -> nn.Module:
    if not step.copies:
        raise BuildError("the block could not be computed", path)
    last = len(step.copies) - 1
    copies = []
    for number in range(layer.repeat):
        trace = step.copies[min(number, last)]
        copies.append(GraphModule(*_parts(trace.graph, trace.steps, copy_path(path, layer, number) + "/")))
    return copies[0] if layer.repeat == 1 else Repeated(copies, Feeding(), True)


def _inputs_of_copies(layer: Layer, step: Step) -> Iterator[tuple[object, ...]]:
    inputs = step.inputs
    for number in range(layer.repeat):
        if number:
            one = run_operator(str(layer.operator), layer.parameters, inputs)
            inputs = one.outputs[:1]
        yield inputs


def _operator(
    declaration: Declaration, parameters: tuple[object, ...], inputs: tuple[object, ...], path: str
) -> nn.Module:
    if declaration.torch is None:
        raise BuildError(f"the declaration of {declaration.name} does not say how torch builds it", path)
    try:
        if is_call(declaration.torch):
            values = {item.name: _plain(value) for item, value in zip(declaration.parameters, parameters)}
            own = _OWN_TENSORS.get(declaration.torch.partition("(")[0])
            return TensorFunction(parse_call(declaration.torch), values) if own is None else OwnTensor(own(**values))
        build = find_class(declaration.torch)
        return build(**_keywords(declaration, build, parameters, inputs))
    except BuildError as error:
        raise BuildError(error.message, path) from None
    except CallError as error:
        raise BuildError(str(error), path) from None
    except Exception as error:
        raise RefusedError(error_text(error), path) from error


class RefusedError(BuildError):
    """Torch itself refuses to build a layer; the message is torch's own text."""


def error_text(error: BaseException) -> str:
    """The first line of what torch says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:LONGEST_TEXT] if lines else 'no text'}"


def _keywords(
    declaration: Declaration, build: type[nn.Module], parameters: tuple[Any, ...], inputs: tuple[Any, ...]
) -> dict[str, object]:
    """The parameters of the file, the defaults of the declaration, and what is inferred from the inputs."""
    given = {}
    for parameter, value in zip(declaration.parameters, parameters):
        if value is None and parameter.infer is not None:
            (value,) = lookup.evaluate(declaration.name, (parameter.infer,), parameters, inputs, ())
        if is_known(value):
            given[parameter.name] = _plain(value)
        elif _is_demanded(build, parameter.name):
            raise BuildError(f"{parameter.name} cannot be told from the input")
    return given


def _is_demanded(build: type[nn.Module], name: str) -> bool:
    """Whether a class cannot do without a parameter; a recurrent one hides its signature."""
    parameters = inspect.signature(build.__init__).parameters
    return name not in parameters or parameters[name].default is inspect.Parameter.empty


def _demanded(module: nn.Module) -> int:
    """How many tensors a module must be given; 0 where it takes any number."""
    parameters = inspect.signature(module.forward).parameters.values()
    return sum(
        1 for item in parameters if item.default is item.empty and item.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    )


def _plain(value: object) -> object:
    """A value as torch takes it: text as `str`, lists as tuples."""
    if isinstance(value, (list, tuple)):
        return tuple(_plain(item) for item in value)
    return str(value) if isinstance(value, str) else value
