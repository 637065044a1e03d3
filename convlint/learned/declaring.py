"""Classes of any Python file as blocks of a native file: what is inside, and how it follows from the arguments.

A class is tried with a few arguments and inputs, and each try is written down as a graph (`recording`). What differs
between tries that are alike but for numbers follows from an argument, or becomes a parameter of its own; an argument
that decides which layers there are stays as it is, and is said.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping

from convlint.catalogue import lookup
from convlint.domain.values import UNKNOWN, Shape, Word, plain_sizes
from convlint.engine.opening import Opened
from convlint.forks import learning
from convlint.forks.searching import top_of
from convlint.learned.parameters import Column, expression_of
from convlint.learned.samples import WIDTHS, Sample, arguments_to_try, constructor_names, inputs_to_try
from convlint.model import Graph, Layer, Learned, Port
from convlint.python_source import containers, records
from convlint.python_source.interpreter import Interpreter
from convlint.python_source.operations import holds_unknown
from convlint.python_source.recording import Inside
from convlint.python_source.scopes import Definition, ModuleScope, Repository
from convlint.python_source.values import Class, Core, Function, GaveUp, Instance, PythonError
from convlint.typed import NamedTuple

MOST_TRIES = 60
MOST_INPUTS = 6
OTHER_VALUES = 3
"""Values that an argument is tried with beside the first."""
OTHER_SIZE = 2
"""How many times larger an input is made, to see which numbers follow from it."""


Given = tuple[tuple[int, ...], ...]
"""Shapes of inputs that the caller names, without the batch."""


class Line(NamedTuple):
    """A layer: its operator or block, its parameters (numbers, or expressions of those of the block), what it reads."""

    name: str
    operator: str
    settings: Mapping[str, object]
    sources: tuple[str, ...]
    remark: str = ""


class LearnedBlock(NamedTuple):
    """A class as a block. `parameters` have their defaults, None without one; `remarks` say what holds for this one."""

    name: str
    place: str
    inputs: tuple[str, ...]
    parameters: Mapping[str, object]
    lines: tuple[Line, ...]
    output: str
    remarks: tuple[str, ...]


class Declared(NamedTuple):
    """What became of a class that was asked for: a layer that uses its block, with the shapes of its inputs.

    `output` is the shape of its first output, `parameters` how many it learns. Where it was not followed to its end,
    `reason` says why; without a `line`, `tensors` are those that it registers (name, shape), as far as they are known.
    """

    name: str
    place: str
    line: Line | None
    inputs: Given
    reason: str
    tensors: tuple[tuple[str, tuple[int, ...]], ...] = ()
    output: Shape = UNKNOWN
    parameters: int | None = None


class Declarations(NamedTuple):
    """The blocks in the order in which they are used, and what became of each class."""

    blocks: tuple[LearnedBlock, ...]
    classes: tuple[Declared, ...]


class NoSuchClass(Exception):
    """A file that is no Python, or has no such class; the text says what there is."""


def declared(path: str, names: tuple[str, ...], given: Mapping[str, object], inputs: Given) -> Declarations:
    """The classes of a file, all modules of torch in it without names; `given` are arguments, `inputs` shapes.

    Raises NoSuchClass. Nothing of the file is run or imported.
    """
    module = _module_in(path)
    interpreter = Interpreter()
    kinds = [_class_named(interpreter, module, name) for name in names] or list(_modules_of(interpreter, module))
    if not kinds:
        raise NoSuchClass(f"{path} has no class of its own that is a torch.nn.Module")
    book = _Book()
    return Declarations(*book.written([_tried(kind, given, inputs) for kind in kinds]))


def _module_in(path: str) -> ModuleScope:
    folder = os.path.dirname(os.path.abspath(path))
    package = folder
    while os.path.isfile(os.path.join(package, "__init__.py")) and os.path.dirname(package) != package:
        package = os.path.dirname(package)
    top = top_of(path) or package
    if not os.path.realpath(package).startswith(os.path.realpath(top)):
        top = package
    module = Repository(top, tuple(dict.fromkeys((package, folder, top)))).module_at(path)
    if module is None:
        raise NoSuchClass(f"{path} cannot be read as Python")
    return module


def _class_named(interpreter: Interpreter, module: ModuleScope, name: str) -> Class:
    found = interpreter.exported(name, module)
    if found is None or not isinstance(found[0], Class):
        from convlint.nearest import nearest_hint

        classes = [key for key, (_, item) in module.bindings.items() if _is_class(item)]
        hint = nearest_hint(name, classes) or f"it has {', '.join(classes[:20]) or 'no classes'}"
        raise NoSuchClass(f"{module.label} has no class {name}; {hint}")
    return found[0]


def _is_class(binding: object) -> bool:
    return isinstance(binding, Definition) and isinstance(binding.node, ast.ClassDef)


def _modules_of(interpreter: Interpreter, module: ModuleScope) -> Iterator[Class]:
    for name, (_, binding) in module.bindings.items():
        if not _is_class(binding):
            continue
        try:
            found = interpreter.exported(name, module)
        except (PythonError, GaveUp, RecursionError):
            continue
        if found is not None and isinstance(found[0], Class) and records.is_module(Instance(found[0])):
            yield found[0]


# --- trying a class


class _Run(NamedTuple):
    """A try that was followed to its end."""

    sample: Sample
    record: Instance
    inside: Inside


class _Tried(NamedTuple):
    """All tries of a class that are alike: the first, others with another argument, and one with a larger input.

    `fixed` are the arguments that decide which layers there are. Without a try that was followed, `reason` says why.
    """

    kind: Class
    runs: tuple[_Run, ...]
    larger: _Run | None
    fixed: Mapping[str, object]
    reason: str
    record: Instance | None


class _Reason(NamedTuple):
    """Why a try was not followed; of several, the first of the lowest rank is told: inputs may be the wrong ones."""

    text: str
    rank: int


_NO_REASON = _Reason("no arguments were found that it takes", 3)


def _tried(kind: Class, given: Mapping[str, object], inputs: Given) -> _Tried:
    constructor = records.class_member(kind, "__init__")
    reason, last = _NO_REASON, None
    tries = 0
    for arguments in arguments_to_try(constructor, given):
        record, problem = _made(kind, arguments)
        if record is None:
            reason = min(reason, _Reason(problem, 2), key=lambda reason: reason.rank)
            continue
        last = last or record
        for sample in _samples(record, kind, arguments, inputs):
            tries += 1
            run, why = _followed(record, sample)
            why = why._replace(rank=why.rank + sample.is_list)  # of a list that it does not take nothing is learned
            reason = min(reason, why, key=lambda reason: reason.rank)
            if run is not None:
                return _with_others(kind, constructor, run, inputs)
            if tries > MOST_TRIES:
                break
        if tries > MOST_TRIES:
            break
    return _Tried(kind, (), None, {}, reason.text, last)


def _made(kind: Class, arguments: Mapping[str, object]) -> tuple[Instance | None, str]:
    record = records.instantiate(Interpreter(), kind, [], dict(arguments), kind.module.label)
    if not isinstance(record, Instance):
        return None, "it makes no module"
    problem = learning.construct(record, learning.StepBudget())
    return (None, str(problem)) if problem else (record, "")


def _samples(record: Instance, kind: Class, arguments: Mapping[str, object], inputs: Given) -> Iterator[Sample]:
    if inputs:
        yield Sample(arguments, inputs, is_list=False)
        yield Sample(arguments, inputs, is_list=True)
        return
    yield from inputs_to_try(record, kind, arguments, _leaves(record))


def _leaves(record: Instance) -> list[Core]:
    """The modules of torch.nn in a record that have tensors, in their order."""
    found = []
    try:
        for _, part in containers.walk(Interpreter(), record):
            if part.core is not None and lookup.operator(part.core.name) is not None:
                found.append(part.core)
    except (PythonError, GaveUp, RecursionError):
        return found
    return found


def _followed(record: Instance, sample: Sample) -> tuple[_Run | None, _Reason]:
    reasons = []
    for training in (False, True):
        try:
            inside = learning.written_down(record, sample.inputs, sample.is_list, (), training=training)
        except learning.NotFollowed as error:
            reasons.append(_Reason(str(error), int(error.is_refused)))
            continue
        problem = inside.reason or _gap(inside.opened, record.name)
        if not problem:
            return _Run(sample, record, inside), _NO_REASON
        reasons.append(_Reason(problem, 0))
    return None, min(reasons, key=lambda reason: reason.rank)


def _gap(inside: Opened | None, name: str) -> str:
    """What of a graph a file cannot say, in the modules in it too; empty where it can say all."""
    if inside is None:
        return f"what is in {name} was not followed"
    graph = inside.body.graph
    if not graph.outputs or None in graph.outputs:
        return f"what {name} gives was not followed"
    for layer, step in zip(graph.layers, inside.trace.steps):
        if UNKNOWN in step.outputs or holds_unknown(list(step.outputs)):
            return f"the shape of {layer.name} is not known"
        if None in layer.sources:
            return f"what {layer.name} reads was not followed"
        if isinstance(layer.operator, Learned) and (gap := _gap(layer.operator.inside(()), layer.name)):
            return gap
    return ""


def _with_others(kind: Class, constructor: object, first: _Run, inputs: Given) -> _Tried:
    """The first try, and others that show what follows from which argument."""
    defaults = constructor.defaults if isinstance(constructor, Function) else {}
    names = constructor_names(constructor)
    values = {name: first.sample.arguments.get(name, defaults.get(name)) for name in names}
    form = _form(first.inside)
    runs = [first]
    fixed: dict[str, object] = {}
    moved: dict[str, object] = {}
    for name, value in values.items():
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            if isinstance(value, (bool, str, list, tuple)):
                fixed[name] = value
            continue
        alike = [other for other in names if type(values[other]) is type(value) and values[other] == value]
        for together in ([name], alike):
            others = list(_other_runs(kind, together, value, first, form, inputs))
            runs += others
            if others:
                moved.update({key: others[-1].sample.arguments[key] for key in together})
                break
        else:
            fixed[name] = value
    if len(moved) > 1:
        both = _alike(kind, {**first.sample.arguments, **moved}, first, form, inputs)
        runs += [both] if both is not None else []
    wide = None if inputs else _larger(first, form)
    return _Tried(kind, tuple(runs), wide, fixed, "", first.record)


def _larger(first: _Run, form: object) -> _Run | None:
    """The first try with a larger input: more pixels, or more tokens."""
    for channels in (0, -1):
        shapes = tuple(_enlarged(shape, channels) for shape in first.sample.inputs)
        run, _ = _followed(first.record, first.sample._replace(inputs=shapes))
        if run is not None and _form(run.inside) == form:
            return run
    return None


def _enlarged(shape: tuple[int, ...], channels: int) -> tuple[int, ...]:
    return tuple(size if at == channels % len(shape) else size * OTHER_SIZE for at, size in enumerate(shape))


def _other_runs(
    kind: Class, names: list[str], value: float, first: _Run, form: object, inputs: Given
) -> Iterator[_Run]:
    """Tries in which some arguments have other values, if they have the same layers."""
    found = 0
    for other in dict.fromkeys((2 * value, 3 * value, value + 2, value + 1, 4 * value)):
        changed = dict.fromkeys(names, other)
        run = _alike(kind, {**first.sample.arguments, **changed}, first, form, inputs)
        if run is not None:
            yield run
            found += 1
        if found == OTHER_VALUES:
            return


def _alike(kind: Class, arguments: Mapping[str, object], first: _Run, form: object, inputs: Given) -> _Run | None:
    """A try with other arguments, if it has the same layers."""
    record, _ = _made(kind, arguments)
    if record is None:
        return None
    ranks = [len(shape) for shape in first.sample.inputs]
    tried = [Sample(arguments, first.sample.inputs, first.sample.is_list)]
    tried += [] if inputs else list(inputs_to_try(record, kind, arguments, _leaves(record)))
    fitting = [sample for sample in tried if [len(shape) for shape in sample.inputs] == ranks]
    for sample in fitting[:MOST_INPUTS]:
        run, _ = _followed(record, sample)
        if run is not None and _form(run.inside) == form:
            return run
    return None


def _form(inside: Inside) -> object:
    """What two tries have in common that differ in numbers alone."""
    return _form_of(inside.graph)


def _form_of(graph: Graph) -> object:
    return (graph.outputs, tuple(_layer_form(layer) for layer in graph.layers))


def _layer_form(layer: Layer) -> object:
    inner: object = layer.operator
    if isinstance(layer.operator, Learned):
        opened = layer.operator.inside(())
        inner = (layer.operator.name, _form_of(opened.body.graph) if opened is not None else None)
    lengths = tuple(len(value) if isinstance(value, (list, tuple)) else -1 for value in layer.parameters)
    return (layer.name, inner, layer.sources, layer.label, layer.over, lengths)


# --- blocks


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


class _Book:
    """The blocks of all tries, by the class and what is in it."""

    def __init__(self) -> None:
        self._groups: dict[object, _Group] = {}
        self._names: set[str] = set()
        self._blocks: list[LearnedBlock] = []

    def written(self, classes: list[_Tried]) -> tuple[tuple[LearnedBlock, ...], tuple[Declared, ...]]:
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
        group = self._groups.setdefault((kind, _form_of(use.graph)), _Group(kind))
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
        return self._groups[use.record.kind, _form_of(use.graph)]

    def _declared(self, tried: _Tried) -> Declared:
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
    import re

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
