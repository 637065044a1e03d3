"""Makes the body of an operator: its inner layers as a graph, and what it registers in the order of `state_dict()`."""

# No `from __future__ import annotations` here: a named tuple compiles every annotation that is text.

from collections.abc import Iterable, Mapping

from convlint.catalogue import lookup
from convlint.catalogue.parameters import REJECTED, Parameter, accept
from convlint.domain.values import UNKNOWN, Scalar, Shape, Shapes, Size, Symbolic, TooLarge, is_known
from convlint.engine.trace import Session
from convlint.findings import Place
from convlint.limits import DEEPEST_BODY, MOST_BODY_LAYERS
from convlint.model import Graph, Layer, Port
from convlint.source.nodes import Mapping as MappingNode
from convlint.source.nodes import Source
from convlint.typed import NamedTuple

LONGEST_NAME = 500
_PARAMETER, _BUFFER = "Parameter", "Constant"
"""The operators that a tensor of a module is, where a layer reads it."""


class Slot(NamedTuple):
    """A part that a module registers: a layer, or a tensor of its own.

    `layer` is the place of a layer in the graph, or -1 where nothing flows through `module`. `is_alias` says that it is
    registered under another path already, `is_shared` that one module stands at this place in all of the network.
    `shape` is that of a tensor.
    """

    path: str
    module: Layer | None = None
    layer: int = -1
    is_alias: bool = False
    shape: tuple[Scalar, ...] | None = None
    is_buffer: bool = False
    is_shared: bool = False


class Body(NamedTuple):
    """What is inside an operator: its flow, and what it registers in the order of `state_dict()`."""

    graph: Graph
    slots: tuple[Slot, ...]


class Unopened(Exception):
    """Why a body cannot be told."""


NO_BODY = Body(Graph("", (), (), ()), ())
"""What is inside a layer of which nothing can be told."""


def body_of(layer: Layer, inputs: Shapes, session: Session) -> Body | None:
    """The body of a layer's operator for these input shapes; None where it has none or it cannot be told."""
    key = ("body", layer.operator, layer.parameters, inputs, layer.around)
    found: Body | None = session.known.get(key)
    if found is None:
        found = session.known[key] = _made(layer, inputs) or NO_BODY
    return None if found is NO_BODY else found


def _made(layer: Layer, inputs: Shapes) -> Body | None:
    operator = str(layer.operator)
    make = lookup.body(operator)
    if make is None:
        return None
    builder = Assembler(operator, inputs, layer.around)
    try:
        make(builder, layer.parameters, inputs)
        return builder.body()
    except (Unopened, ArithmeticError, LookupError, TypeError, ValueError):
        return None


class NoPlaces:
    """The places of inner layers, which have none."""

    _NOWHERE = Place(Source("", ""), 0, 0)

    def at(self, key: str, item: int | None = None) -> Place:
        """Nowhere."""
        return self._NOWHERE

    def span(self) -> Place:
        """Nowhere."""
        return self._NOWHERE

    def written(self) -> tuple[str, MappingNode | None]:
        """Nothing."""
        return "", None


_NO_PLACES = NoPlaces()


class _Group:
    """A group, a loop or the body itself, while it is built: its path, and the number that its next child takes."""

    __slots__ = ("entry", "number", "path", "series", "turns")

    def __init__(self, path: str, series: str, entry: "Port | None", number: int) -> None:
        self.path = path
        self.series = series
        self.entry = entry
        self.number = number
        self.turns: list[Port | None] = []


class Assembler:
    """Takes the calls of the function of a body (`convlint.catalogue.bodies`), and makes the body of them."""

    def __init__(self, operator: str, inputs: Shapes, around: tuple[tuple[str, object], ...] = ()) -> None:
        self._operator = operator
        self._around = around
        self._layers: list[Layer] = []
        self._slots: list[Slot] = []
        self._ports: dict[str, Port | None] = {}
        self._unread: dict[str, Layer] = {}
        self._series: dict[str, list[Port | None]] = {}
        self._groups = [_Group("", "", None, 0)]
        self._order: tuple[str, ...] = ()
        self._returns: tuple[Port | None, ...] | None = None
        self._inputs: tuple[Port | None, ...] = tuple(Port(-1 - number) for number in range(len(inputs)))
        self._shapes: dict[Port | None, Shape] = dict(zip(self._inputs, inputs))
        self._above: Port | None = self._inputs[0] if self._inputs else None
        self._name_inputs(self._inputs)
        self._depth = 0

    def body(self) -> Body:
        """What was built."""
        outputs = self._returns if self._returns is not None else (self._above,)
        several = len(self._inputs) > 1
        names = tuple(f"inputs.{number}" if several else "x" for number in range(len(self._inputs)))
        graph = Graph(lookup.plain_name(self._operator), names, tuple(self._layers), outputs)
        return Body(graph, _in_order(self._slots, self._order))

    # --- what the function of a body calls

    def holds(self, value: object) -> bool:
        """Whether a condition holds; raises Unopened where that cannot be told."""
        if isinstance(value, Symbolic):
            raise Unopened("a condition that cannot be told")
        return bool(value)

    def text(self, *parts: object) -> str:
        """A text with its fields filled in."""
        if not is_known(parts):
            raise Unopened("a name that cannot be told")
        text = "".join([str(part) for part in parts])
        if len(text) > LONGEST_NAME:
            raise Unopened("a name that is too long")
        return text

    def chosen(self, name: str, meant: Mapping[str, str]) -> str:
        """The operator that an expression names: one of those in the expression, or one without a body of layers."""
        full = meant.get(name)
        if full is not None:
            return full
        if "." in name or lookup.operator(name) is None:
            raise Unopened(f"no operator is called {name}")
        body = lookup.declaration(name).body
        if body is not None and body.has_layers:
            raise Unopened(f"{name} may hold the operator that names it")
        return name

    def order(self, names: tuple[str, ...]) -> None:
        """The order in which the parts are registered; that of the outermost body holds."""
        path = self._groups[-1].path
        self._order = self._order or tuple(path + name for name in names)

    def returns(self, references: tuple[str, ...]) -> None:
        """What the body gives; that of the outermost body holds."""
        ports = tuple(port for reference in references for port in self._ports_of(reference))
        if self._depth == 0:
            self._returns = ports
        elif ports:
            self._above = ports[0]

    def tensor(self, name: str, is_buffer: bool, shape: Iterable[Size]) -> None:
        """A tensor that is no layer; it stands in the flow where a layer reads it."""
        path, sizes = self._groups[-1].path + name, tuple(shape)
        self._slots.append(Slot(path, shape=sizes, is_buffer=is_buffer))
        self._ports[path] = None
        operator = _BUFFER if is_buffer else _PARAMETER
        self._unread[path] = self._layer(path, operator, (sizes, None), ())

    def layer(
        self,
        name: str | None,
        operator: str,
        values: Mapping[str, object],
        references: tuple[str, ...] | None,
        is_unused: bool = False,
        also: str = "",
        is_shared: bool = False,
    ) -> None:
        """A layer; one through which nothing flows is registered alone."""
        sources = (self._above,) if references is None else self._referred(references)
        path = self._child_path(name)
        made = self._layer(path, operator, _parameters(operator, values, self._around), sources)
        number = -1 if is_unused else self._add(made)
        module = made._replace(sources=()) if is_unused else made
        self._slots.append(Slot(path, module, number, is_shared=is_shared))
        if also:
            self._slots.append(Slot(self._groups[-1].path + also, module, number, is_alias=True))
        if not is_unused:
            self._ports[path] = self._above = Port(number)

    def call(self, called: str, name: str | None, references: tuple[str, ...] | None) -> None:
        """The same layer once more, with other inputs."""
        port = self._ports.get(self._groups[-1].path + called) or self._ports.get(called)
        if port is None or port.layer < 0:
            raise Unopened(f"there is no layer {called}")
        sources = (self._above,) if references is None else self._referred(references)
        self._above = Port(self._add(self._layers[port.layer]._replace(sources=sources)))
        if name is not None:
            self._ports[self._groups[-1].path + name] = self._above

    def inline(self, operator: str, values: Mapping[str, object], references: tuple[str, ...] | None) -> None:
        """The layers of another operator as one's own: it sees what stands above as its input."""
        make = lookup.body(operator)
        if make is None or self._depth > DEEPEST_BODY:
            raise Unopened(f"{operator} has no body")
        given = (self._above,) if references is None else self._referred(references)
        outer = self._inputs, {name: self._ports.get(name) for name in self._input_names()}
        self._name_inputs(given)
        self._above = given[0] if given else None
        self._depth += 1
        parameters, before = _parameters(operator, values, self._around), len(self._layers)
        make(self, parameters, tuple([self._shape_of(port) for port in given]))
        self._depth -= 1
        if len(self._layers) == before:  # one of torch's own: its tensors are registered, and it runs
            name = self._groups[-1].path[:-1] or lookup.plain_name(operator)
            self._above = Port(self._add(self._layer(name, operator, parameters, given)))
        self._name_inputs(outer[0])

    def open(self, name: str | None, references: tuple[str, ...] | None, series: str | None, is_loop: bool) -> None:
        """Begins a group; a loop without a name and a series add no component to the paths of what is in them."""
        if references is not None:
            self._above = next(iter(self._referred(references)), None)
        above = self._groups[-1]
        if series is not None or (is_loop and name is None):
            self._groups.append(_Group(above.path, series or "", self._above, above.number))
            return
        path = self._child_path(name)
        self._groups.append(_Group(path + ".", path, self._above, 0))

    def turn(self) -> None:
        """Ends a turn of a loop."""
        self._groups[-1].turns.append(self._above)

    def close(self) -> None:
        """Ends a group: its name means its end, or what went in where it is empty."""
        group = self._groups.pop()
        if group.path == self._groups[-1].path:
            self._groups[-1].number = group.number
        if group.series:
            self._ports[group.series] = self._above
            self._series[group.series] = group.turns

    # --- paths and references

    def _child_path(self, name: str | None) -> str:
        group = self._groups[-1]
        if name is None:
            name = str(group.number)
            group.number += 1
        elif name.isdigit():
            group.number = int(name) + 1
        return group.path + name

    def _layer(
        self, name: str, operator: str, parameters: tuple[object, ...], sources: tuple[Port | None, ...]
    ) -> Layer:
        return Layer(name, operator, parameters, sources, _NO_PLACES, around=self._around)

    def _add(self, layer: Layer) -> int:
        if len(self._layers) >= MOST_BODY_LAYERS:
            raise TooLarge("the body has too many layers")
        self._layers.append(layer)
        return len(self._layers) - 1

    def _input_names(self) -> list[str]:
        return ["x", *[f"inputs.{number}" for number in range(len(self._inputs))]]

    def _name_inputs(self, ports: tuple[Port | None, ...]) -> None:
        """Makes `x` and `inputs.0`, `inputs.1`, ... mean these."""
        for name in self._input_names():
            self._ports.pop(name, None)
        self._inputs = ports
        for number, port in enumerate(ports):
            self._ports[f"inputs.{number}"] = port
        self._ports["x"] = ports[0] if ports else None

    def _shape_of(self, port: Port | None) -> Shape:
        return UNKNOWN if port is None else self._shapes.get(port, UNKNOWN)

    def _referred(self, references: tuple[str, ...]) -> tuple[Port | None, ...]:
        return tuple([port for reference in references for port in self._ports_of(reference)])

    def _ports_of(self, reference: str) -> tuple[Port | None, ...]:
        if not reference:
            return ()
        if reference == "above":
            return (self._above,)
        if reference == "inputs.*":
            return self._inputs
        inner = self._groups[-1].path + reference
        if reference.endswith(".*"):
            series = self._series.get(inner[:-2], self._series.get(reference[:-2]))
            if series is None:
                raise Unopened(f"there is no series {reference}")
            return tuple(series)
        for name in (inner, reference):
            if name in self._unread:
                self._ports[name] = Port(self._add(self._unread.pop(name)))
            if name in self._ports:
                return (self._ports[name],)
        head, _, output = reference.rpartition(".")
        for name in (self._groups[-1].path + head, head):
            port = self._ports.get(name)
            if port is not None and output.isdigit():
                return (Port(port.layer, int(output)),)
        raise Unopened(f"there is no layer {reference}")


def _parameters(
    operator: str, values: Mapping[str, object], around: tuple[tuple[str, object], ...]
) -> tuple[object, ...]:
    """The parameters of an operator in its order; what is computed has to fit as what is written has to.

    What is set around it stands where no value is given.
    """
    found = lookup.operator(operator)
    if found is None:
        raise Unopened(f"no operator is called {operator}")
    parameters = list(found.defaults)
    for name, value in around:
        if name in found.positions:
            parameters[found.positions[name]] = value
    for name, value in values.items():
        position = found.positions[name]
        parameters[position] = _fitting(found.parameters[position], found.axes, value)
    for parameter in found.required:
        if parameter not in values:
            raise Unopened(f"{parameter} of {operator} is missing")
    return tuple(parameters)


def _fitting(parameter: Parameter, axes: tuple[int, ...] | None, value: object) -> object:
    if value is None and (parameter.infer is not None or parameter.default is None):
        return None
    if isinstance(value, float) and value == int(value) and parameter.type not in ("number", "factor"):
        value = int(value)
    if not is_known(value):
        return tuple(value) if isinstance(value, list) else value
    accepted = accept(parameter, axes, value)
    if accepted is REJECTED:
        raise Unopened(f"{parameter.name} cannot be {value}")
    return accepted


# --- the order of a state


def _in_order(slots: list[Slot], order: tuple[str, ...]) -> tuple[Slot, ...]:
    """Parts in the order of `state_dict()`: at each level own parameters, own buffers, then children.

    Children that are numbered come by number, unless `order` has them, others as it has them, then as they were first
    met.
    """
    named = frozenset(order)
    firsts: dict[str, int] = {}
    places = {name: number for number, name in enumerate(order)}
    for number, name in enumerate(order):
        parts = name.split(".")
        for depth in range(1, len(parts)):
            places.setdefault(".".join(parts[:depth]), number)

    def key(slot: Slot) -> list[tuple[int, int]]:
        parts = slot.path.split(".")
        levels = []
        for depth, part in enumerate(parts):
            is_own = depth == len(parts) - 1 and slot.module is None
            prefix = ".".join(parts[: depth + 1])
            if is_own:
                levels.append((1 if slot.is_buffer else 0, firsts.setdefault(prefix, len(firsts))))
            elif part.isdigit() and prefix not in named:
                levels.append((2, int(part)))
            else:
                place = places.get(prefix, len(order) + firsts.setdefault(prefix, len(firsts)))
                levels.append((3, place))
        return levels

    return tuple(sorted(slots, key=key))
