"""Writes what tries have in common as blocks: a block for each class and form, with what follows from its arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping

from convlint.catalogue import lookup
from convlint.domain.values import Shape, Word, plain_sizes
from convlint.forks import learning
from convlint.learned.blocks import Declared, LearnedBlock, Line
from convlint.learned.parameters import Column, expression_of
from convlint.learned.samples import WIDTHS, constructor_names
from convlint.learned.tries import Tried, form_of
from convlint.model import Graph, Layer, Learned, Port
from convlint.python_source import records
from convlint.python_source.recording import Inside
from convlint.python_source.scopes import Definition
from convlint.python_source.values import Class, Function, Instance
from convlint.typed import NamedTuple


class _Use(NamedTuple):
    """A class in one try: its record, what is in it and comes out, and the same for a larger input of the network."""

    record: Instance
    graph: Graph
    outputs: tuple[Shape, ...]
    larger: Graph | None


class _Group:
    """All uses of a class that are alike: they become one block."""

    def __init__(self, kind: Class) -> None:
        self.kind = kind
        self.uses: list[_Use] = []
        self.places: dict[int, int] = {}
        self.fixed: Mapping[str, object] = {}
        self.block: LearnedBlock | None = None
        self.columns: dict[str, Column] = {}


class Book:
    """The blocks of all tries, by the class and what is in it."""

    def __init__(self) -> None:
        self._groups: dict[object, _Group] = {}
        self._names: set[str] = set()
        self._blocks: list[LearnedBlock] = []

    def written(self, classes: list[Tried]) -> tuple[tuple[LearnedBlock, ...], tuple[Declared, ...]]:
        """The blocks and what became of each class."""
        for tried in classes:
            for at, run in enumerate(tried.runs):
                larger = tried.larger.inside.graph if tried.larger is not None and at == 0 else None
                self._collect(_Use(run.record, run.inside.graph, _given_by(run.inside), larger), tried.fixed)
        found = [self._declared(tried) for tried in classes]
        return tuple(self._blocks), tuple(found)

    def _collect(self, use: _Use, fixed: Mapping[str, object]) -> None:
        """Takes down a use of a class, and of all that is in it."""
        kind = use.record.kind
        assert isinstance(kind, Class)
        group = self._groups.setdefault((kind, form_of(use.graph)), _Group(kind))
        if id(use.graph) in group.places:
            return
        group.places[id(use.graph)] = len(group.uses)
        group.uses.append(use)
        group.fixed = group.fixed or fixed
        for at, layer in enumerate(use.graph.layers):
            inner = _inner_use(layer) if isinstance(layer.operator, Learned) else None
            if inner is not None:
                wide = _inner_use(use.larger.layers[at]) if use.larger is not None else None
                self._collect(inner._replace(larger=wide.graph if wide is not None else None), {})

    def _group_of(self, use: _Use) -> _Group:
        return self._groups[use.record.kind, form_of(use.graph)]

    def _declared(self, tried: Tried) -> Declared:
        place = _place_of(tried.kind)
        if not tried.runs:
            return Declared(tried.kind.name, place, None, (), tried.reason, _tensors(tried.record))
        run = tried.runs[0]
        use = _Use(run.record, run.inside.graph, _given_by(run.inside), None)
        group = self._group_of(use)
        block = self._block(group)
        values = {name: group.columns[name][group.places[id(use.graph)]] for name in block.parameters}
        settings = {name: value for name, value in values.items() if value != block.parameters[name]}
        line = Line(tried.kind.name.lower(), block.name, settings, ())
        several = "" if len(use.graph.outputs) == 1 else "it gives several outputs, and a block the first"
        learned = learning.parameter_count(run.record)
        return Declared(tried.kind.name, place, line, run.sample.inputs, several, (), use.outputs[0], learned)

    def _block(self, group: _Group) -> LearnedBlock:
        """The block of uses that are alike; what is in it is written before it."""
        if group.block is not None:
            return group.block
        graph, arguments = group.uses[0].graph, _arguments(group.uses)
        extra: dict[str, Column] = {}
        inputs = tuple(_input_names(group.kind, len(graph.inputs)))
        lines = tuple(self._line(at, group, inputs, arguments, extra) for at in range(len(graph.layers)))
        used = " ".join(str(value) for line in lines for value in line.settings.values())
        group.columns = {name: column for name, column in arguments.items() if _names_it(name, used)} | extra
        if not lines:
            lines = (Line("same", "Identity", {}, inputs[:1]),)
        defaults = _defaults(group.kind)
        remarks = tuple(
            f"{name} = {value}"
            for name, value in group.fixed.items()
            if name not in group.columns and value != defaults.get(name, ...)
        )
        group.block = LearnedBlock(
            self._free_name(group.kind.name),
            _place_of(group.kind),
            inputs,
            {name: defaults.get(name) for name in group.columns},
            lines,
            lines[-1].name if not graph.layers else _port_name(graph, graph.outputs[0], inputs),
            remarks,
        )
        self._blocks.append(group.block)
        return group.block

    def _free_name(self, name: str) -> str:
        stem = name if lookup.operator(name) is None else f"{name}Block"
        found, number = stem, 2
        while found in self._names:
            found, number = f"{stem}{number}", number + 1
        self._names.add(found)
        return found

    def _line(
        self, at: int, group: _Group, inputs: tuple[str, ...], arguments: dict[str, Column], extra: dict[str, Column]
    ) -> Line:
        uses = group.uses
        layers = [use.graph.layers[at] for use in uses]
        layer, graph = layers[0], uses[0].graph
        sources = tuple(_port_name(graph, port, inputs) for port in layer.sources)
        if not isinstance(layer.operator, Learned):
            wide = next(((n, use.larger.layers[at]) for n, use in enumerate(uses) if use.larger is not None), None)
            return _plain_line(layer, layers, wide, sources, arguments, extra)
        found = [use for item in layers if (use := _inner_use(item)) is not None]
        if len(found) < len(layers) or len(found[0].outputs) != 1:
            shape = layer.operator.outputs(())[0]
            sizes = list(shape) if isinstance(shape, tuple) else []
            return Line(layer.name, "Opaque", {"shape": sizes, "what": layer.operator.name}, sources)
        inner = self._group_of(found[0])
        block = self._block(inner)
        settings = {}
        for name, default in block.parameters.items():
            column = [inner.columns[name][inner.places[id(use.graph)]] for use in found]
            value = _setting(name, layer.name, column, arguments, extra)
            if value != default:
                settings[name] = value
        return Line(layer.name, block.name, settings, sources)


def _given_by(inside: Inside) -> tuple[Shape, ...]:
    return inside.opened.trace.outputs if inside.opened is not None else ()


def _place_of(kind: Class) -> str:
    entry = kind.module.bindings.get(kind.name)
    binding = entry[1] if entry is not None else None
    return f"{kind.module.label}:{binding.node.lineno if isinstance(binding, Definition) else 1}"


def _inner_use(layer: Layer) -> _Use | None:
    assert isinstance(layer.operator, Learned)
    opened = layer.operator.inside(())
    record = layer.operator.origin()
    if opened is None or not isinstance(record, Instance) or None in opened.body.graph.outputs:
        return None
    return _Use(record, opened.body.graph, opened.trace.outputs, None)


def _plain_line(
    layer: Layer,
    layers: list[Layer],
    wide: tuple[int, Layer] | None,
    sources: tuple[str, ...],
    arguments: dict[str, Column],
    extra: dict[str, Column],
) -> Line:
    """A layer of an operator: the parameters that are not its defaults."""
    name = str(layer.operator)
    operator = lookup.operator(name)
    assert operator is not None
    settings: dict[str, object] = {}
    remark = layer.label
    for at, parameter in enumerate(operator.parameters):
        column = [_plain(item.parameters[at]) for item in layers]
        follows = wide is not None and _plain(wide[1].parameters[at]) != column[wide[0]]
        is_inferred = parameter.infer is not None and (parameter.name in WIDTHS or column[0] is None)
        if is_inferred or all(value == _plain(operator.defaults[at]) for value in column):
            continue
        if follows and wide is not None and name == "Reshape":
            column, is_open = _reopened(column, wide[0], _plain(wide[1].parameters[at]))
            remark = remark if is_open else "a size of the input is written in"
        elif follows:
            remark = "a size of the input is written in"
        settings[parameter.name] = _setting(parameter.name, layer.name, column, arguments, extra)
    if layer.over:
        settings["over"] = layer.over
    return Line(layer.name, name, settings, sources, remark)


def _reopened(column: Column, number: int, larger: object) -> tuple[Column, bool]:
    """A shape of which one size follows from that of the input: it is left open; whether that is all."""
    others = larger if isinstance(larger, list) else []
    moving = [at for at, (size, other) in enumerate(zip(column[number], others)) if size != other]
    if len(moving) != 1:
        return column, False
    at = moving[0]
    return [[*shape[:at], -1, *shape[at + 1 :]] for shape in column], True


def _setting(key: str, layer: str, column: Column, arguments: dict[str, Column], extra: dict[str, Column]) -> object:
    """What a line says: a number, an expression of the arguments, or a parameter that the block gets for it."""
    found = expression_of(column, {**arguments, **extra})
    if found is not None:
        return found[0]
    name, number = key, 1
    while name in arguments or name in extra or name in ("name", "op", "from", "repeat", "over", "expect"):
        stem = f"{layer}_{key}".replace(".", "_")
        name, number = stem if number == 1 else f"{stem}{number}", number + 1
    extra[name] = column
    return f"${{{name}}}"


def _plain(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, (Word, str)) else value


def _arguments(uses: list[_Use]) -> dict[str, Column]:
    """The values of each argument in all uses, of those that are plain."""
    rows = [_bound(use.record) for use in uses]
    kind = uses[0].record.kind
    ordered = constructor_names(records.class_member(kind, "__init__")) if isinstance(kind, Class) else ()
    names = [name for name in ordered if all(name in row for row in rows)]
    columns = {name: [row[name] for row in rows] for name in names}
    return {name: column for name, column in columns.items() if all(type(v) in (int, float) for v in column)}


def _bound(record: Instance) -> dict[str, object]:
    """The arguments that a record was made with, by name."""
    constructor = records.class_member(record.kind, "__init__") if isinstance(record.kind, Class) else None
    if record.given is None or not isinstance(constructor, Function):
        return {}
    names = constructor_names(constructor)
    given, keywords = record.given
    return {
        **{name: constructor.defaults[name] for name in names if name in constructor.defaults},
        **dict(zip(names, given)),
        **keywords,
    }


def _defaults(kind: Class) -> dict[str, object]:
    constructor = records.class_member(kind, "__init__")
    if not isinstance(constructor, Function):
        return {}
    return {name: value for name, value in constructor.defaults.items() if type(value) in (int, float)}


def _names_it(name: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", " ".join(re.findall(r"\$\{(.*?)\}", text))) is not None


def _input_names(kind: object, count: int) -> list[str]:
    """What a block calls its inputs: as the forward does, where it takes them one by one."""
    if count == 1:
        return ["input"]
    forward = records.class_member(kind, "forward") if isinstance(kind, Class) else None
    if isinstance(forward, Function):
        names = [argument.arg for argument in forward.node.args.args][1:]
        if len(names) >= count:
            return names[:count]
    return [f"input{number}" for number in range(1, count + 1)]


def _port_name(graph: Graph, port: Port | None, inputs: tuple[str, ...]) -> str:
    if port is None:
        return "input"
    if port.layer < 0:
        return inputs[-1 - port.layer]
    name = graph.layers[port.layer].name
    return f"{name}.{port.output}" if port.output else name


def _tensors(record: Instance | None) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The tensors that a record registers, as far as they are known."""
    slots = learning.slots(record) if record is not None else None
    found: list[tuple[str, tuple[int, ...]]] = []
    for slot in slots or ():
        sizes = plain_sizes(slot.shape)
        if slot.module is None and not slot.is_alias and sizes is not None:
            found.append((slot.path, sizes))
        elif slot.module is not None:
            found.append((slot.path, ()))
    return tuple(found)
