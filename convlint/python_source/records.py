"""Records of objects: classes of the source with their attributes, and modules of torch by name and arguments."""

from __future__ import annotations

import ast
from collections.abc import Callable

from convlint.python_source import recording
from convlint.python_source.operations import is_open
from convlint.python_source.scopes import Scope
from convlint.python_source.values import (
    Arguments,
    Bound,
    Builtin,
    Class,
    Core,
    External,
    Function,
    GaveUp,
    Instance,
    Keywords,
    Method,
    PythonError,
    SliceParts,
    Super,
    Tensor,
    Unknown,
)
from convlint.typed import TYPE_CHECKING, TypeGuard, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convlint.python_source.run import Run

_LISTS = frozenset(("Sequential", "ModuleList", "ParameterList"))
_MAPPINGS = frozenset(("ModuleDict", "ParameterDict", "OrderedDict"))
_SET_BY_BUILDERS = frozenset(("i", "f", "type", "np", "n"))
"""Attributes that builders set on each module; they are no reason to follow its constructor."""
_ROOTS = frozenset(("torch.nn.Module", "torch.nn.modules.module.Module"))
_PASSIVE = frozenset(
    [
        "eval",
        "train",
        "to",
        "cuda",
        "cpu",
        "half",
        "float",
        "double",
        "apply",
        "requires_grad_",
        "zero_grad",
        "load_state_dict",
        "init_weights",
        "share_memory",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "_init_weights",
        "_initialize_weights",
        "reset_parameters",
        "_reset_parameters",
        "init_weight",
        "weight_init",
        "bias_init",
    ]
)
"""Methods that leave the layers of a module as they are."""


def class_member(kind: Class, name: str) -> object:
    """What a class or one that it inherits from binds to a name; None where that is nothing."""
    for item in kind.order:
        if isinstance(item, Class) and name in item.namespace:
            return item.namespace[name]
        if isinstance(item, Unknown):
            return Unknown(f"{name} of a class that {kind.name} inherits from")
    return None


def external_base(kind: Class) -> External | None:
    """The class outside the repository that a class inherits from, but for `nn.Module` and `object`."""
    for item in kind.order:
        if isinstance(item, External) and item.name not in _ROOTS:
            return item
    return None


def is_module(value: object) -> TypeGuard[Instance]:
    """Whether a value is a record of an `nn.Module`."""
    if not isinstance(value, Instance):
        return False
    if isinstance(value.kind, External):
        return value.kind.name.startswith("torch.nn.")
    return any(isinstance(item, External) and item.name.startswith("torch.nn.") for item in value.kind.order)


def is_instance(value: Instance, kind: object) -> bool | None:
    """Whether a record is of a class; None where that is not known."""
    order: tuple[object, ...] = value.kind.order if isinstance(value.kind, Class) else (value.kind,)
    if isinstance(kind, Builtin):
        return kind.name == "object" or (kind.name == "dict" and value.kind == External("collections.OrderedDict"))
    for item in order:
        if item is kind or (isinstance(item, External) and is_below(item, kind)):
            return True
    return None if any(isinstance(item, Unknown) for item in order) else False


def is_below(item: External, kind: object) -> bool:
    """Whether an external class is another one, or certainly inherits from it."""
    if not isinstance(kind, External):
        return False
    if item == kind or item.last == kind.last:
        return True
    if kind.name in _ROOTS:
        return item.name.startswith("torch.nn.")
    if kind.last == "_BatchNorm":
        return item.last.startswith(("BatchNorm", "SyncBatchNorm"))
    return kind.last == "_ConvNd" and item.last.startswith("Conv")


# --- making


def instantiate(run: Run, kind: Class, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """A record of a class of the source; its constructor is followed when something of it is asked."""
    if any(isinstance(item, External) and item.last in ("Enum", "Function", "NamedTuple") for item in kind.order):
        return Unknown(f"an object of {kind.name} at {place}")
    made = Instance(kind, pending=(tuple(arguments), dict(keywords)), given=(tuple(arguments), dict(keywords)))
    if not is_module(made):
        ready(run, made)
    return made


def ready(run: Run, record: Instance) -> Instance:
    """The record with its constructor followed; the same failure again where it cannot be."""
    if record.failure is not None:
        raise record.failure
    if record.pending is None:
        return record
    arguments, keywords = record.pending
    record.pending = None
    depth, watcher = run.depth, run.watcher
    run.watcher = None
    try:
        _construct(run, record, list(arguments), keywords)
    except (PythonError, GaveUp) as error:
        record.failure = error
        raise
    finally:
        run.depth, run.watcher = depth, watcher
        record.attributes.update(record.later)
    return record


def _construct(run: Run, record: Instance, arguments: Arguments, keywords: Keywords) -> None:
    kind = record.kind
    assert isinstance(kind, Class)
    if any(isinstance(item, Unknown) for item in kind.order):
        raise GaveUp(f"{kind.name} in {kind.module.label} inherits from something unknown")
    constructor = class_member(kind, "__init__")
    if isinstance(constructor, Function):
        _call(run, constructor, [record, *arguments], keywords)
        return
    if isinstance(constructor, Unknown):
        raise GaveUp(constructor.reason)
    construct_external(run, record, external_base(kind), arguments, keywords)


def construct_external(
    run: Run, record: Instance, base: External | None, arguments: Arguments, keywords: Keywords
) -> None:
    """Makes a record what the constructor of an external class makes of it."""
    if base is None:
        return
    record.core = Core(base.last, tuple(arguments), keywords)
    if base.last in _LISTS:
        record.items = _listed(run, base.last, arguments)
    elif base.last in _MAPPINGS:
        given = arguments[0] if arguments else {}
        if not isinstance(given, (dict, list)):
            raise GaveUp(f"the items of {base.last}")
        pairs = given.items() if isinstance(given, dict) else given
        record.items = []
        for key, value in pairs:
            record.attributes[str(key)] = value
            record.items.append(value)


def _listed(run: Run, name: str, arguments: Arguments) -> list[object]:
    if name != "Sequential":
        given = arguments[0] if arguments else []
    elif len(arguments) == 1 and isinstance(arguments[0], (dict, Instance)) and _is_mapping(arguments[0]):
        given = _values(arguments[0])
    else:
        given = arguments
    if isinstance(given, Instance) and given.items is not None:
        given = given.items
    return run.iterate(given, _no_node(), _outside())


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, Instance) and value.kind.name.endswith("OrderedDict"))


def _values(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value.items or ()) if isinstance(value, Instance) else []


def external_instance(run: Run, kind: External, arguments: Arguments, keywords: Keywords) -> Instance:
    """A record of an external class."""
    record = Instance(kind)
    construct_external(run, record, kind, arguments, keywords)
    return record


def _call(run: Run, function: Function, arguments: Arguments, keywords: Keywords) -> object:
    from convlint.python_source.scopes import Scope

    return run.apply(function, arguments, keywords, function.node, Scope(function.module, {}))


# --- attributes


def attribute(run: Run, record: Instance, name: str, place: str) -> object:
    """`record.name`."""
    if name in record.attributes:
        return record.attributes[name]
    if name == "__class__":
        return record.kind
    if name == "training":
        return run.training
    kind = record.kind
    if isinstance(kind, Class):
        found = _of_class(run, record, kind, name)
        if found is not None:
            return found[0]
    if record.pending is not None or record.failure is not None:
        ready(run, record)
        if name in record.attributes:
            return record.attributes[name]
    if is_module(record) or isinstance(kind, External):
        return _of_module(record, name, place)
    if isinstance(kind, Class) and class_member(kind, "__getattr__") is not None:
        return Unknown(f"{name} of {record.name} at {place}")
    raise PythonError("AttributeError", f"'{record.name}' object has no attribute '{name}'", place)


def _of_class(run: Run, record: Instance, kind: Class, name: str) -> tuple[object] | None:
    found = class_member(kind, name)
    if found is None:
        return None
    if not isinstance(found, Function):
        if record.pending is not None and not isinstance(found, Class):
            ready(run, record)  # the constructor may set it
            return (record.attributes.get(name, found),)
        return (found,)
    if found.kind == "staticmethod":
        return (found,)
    if found.kind == "property":
        return (_call(run, found, [ready(run, record)], {}),)
    return (Bound(kind if found.kind == "classmethod" else record, found),)


def _of_module(record: Instance, name: str, place: str) -> object:
    core = record.core
    if core is not None:
        from convlint.python_source.layers import core_attribute

        found = core_attribute(core, name)
        if found is not None:
            return found[0]
    if name.isdecimal() and record.items is not None and int(name) < len(record.items):
        return record.items[int(name)]
    return Method(record, name)


def may_have(run: Run, record: Instance, name: str) -> bool:
    """Whether a record could have an attribute that is not known."""
    return has_attribute(run, record, name) is not False


def has_attribute(run: Run, record: Instance, name: str) -> bool | Unknown:
    """Whether a record has an attribute."""
    if name in record.attributes or (isinstance(record.kind, Class) and class_member(record.kind, name) is not None):
        return True
    if record.pending is not None or record.failure is not None:
        try:
            ready(run, record)
        except (PythonError, GaveUp) as error:
            return Unknown(str(error))
        if name in record.attributes:
            return True
    if isinstance(record.kind, External) or record.core is not None:
        return name in _PASSIVE or name in _METHODS or bool(_core_has(record, name))
    return name in ("training", "forward") or name in _PASSIVE or name in _METHODS


def _core_has(record: Instance, name: str) -> bool:
    from convlint.python_source.layers import core_attribute

    return record.core is not None and core_attribute(record.core, name) is not None


def set_attribute(run: Run, record: Instance, name: str, value: object) -> None:
    """`record.name = value`."""
    if record.pending is not None and name in _SET_BY_BUILDERS:
        record.later[name] = value
    elif record.pending is not None:
        ready(run, record)
    record.attributes[name] = value


def super_attribute(run: Run, value: Super, name: str) -> object:
    """What `super().name` gives: of the classes behind that of the method."""
    receiver = value.receiver
    order = receiver.kind.order if isinstance(receiver, Instance) and isinstance(receiver.kind, Class) else ()
    after = next((at + 1 for at, item in enumerate(order) if item is value.after), len(order))
    for item in order[after:]:
        if isinstance(item, Unknown):
            return item
        if isinstance(item, Class) and name in item.namespace:
            return _taken_by_super(run, receiver, item.namespace[name])
        if isinstance(item, External) and item.name not in _ROOTS and isinstance(receiver, Instance):
            return _external_super(run, receiver, item, name)
    return Method(receiver, f"object.{name}")


def _taken_by_super(run: Run, receiver: object, found: object) -> object:
    if not isinstance(found, Function) or found.kind == "staticmethod":
        return found
    if found.kind == "property":
        return _call(run, found, [receiver], {})
    if found.kind == "classmethod" and isinstance(receiver, Instance):
        return Bound(receiver.kind, found)
    return Bound(receiver, found)


def _external_super(run: Run, receiver: Instance, base: External, name: str) -> object:
    from convlint.python_source.values import Native

    if name == "__init__":

        def construct(*arguments: object, **keywords: object) -> None:
            construct_external(run, receiver, base, list(arguments), keywords)

        return Native("__init__", construct)
    return Method(receiver, f"{base.last}.{name}")


# --- containers


def container_items(run: Run, record: Instance, place: str) -> list[object]:
    """The modules of a container."""
    ready(run, record)
    if record.items is None:
        length = class_member(record.kind, "__len__") if isinstance(record.kind, Class) else None
        if length is None and not isinstance(record.kind, External) and record.core is None:
            text = f"object of type '{record.name}' has no len()"
            raise PythonError("TypeError", text, place, is_certain=False)
        raise GaveUp(f"the items of {record.name} at {place}")
    return record.items


def container_keys(run: Run, record: Instance) -> object:
    """The names of what a mapping of modules holds; else its items."""
    ready(run, record)
    if record.core is not None and record.core.name in _MAPPINGS:
        return list(record.attributes)
    return Unknown(f"what {record.name} holds")


def iterated(run: Run, record: Instance, place: str) -> list[object]:
    """The items that a loop over a record goes through."""
    if record.core is not None and record.core.name in _MAPPINGS:
        return list(record.attributes)
    return list(container_items(run, record, place))


def truth(run: Run, record: Instance) -> bool | None:
    """Whether a record counts as true."""
    if isinstance(record.kind, Class) and class_member(record.kind, "__bool__") is not None:
        return None
    try:
        ready(run, record)
    except (PythonError, GaveUp):
        return None
    return bool(record.items) if record.items is not None else True


def item(run: Run, record: Instance, key: object, place: str) -> object:
    """`record[key]`."""
    if is_open(key):
        return Unknown(f"an item of {record.name} at {place}")
    if isinstance(record.kind, Class):
        getter = class_member(record.kind, "__getitem__")
        if isinstance(getter, Function):
            return _call(run, getter, [record, key], {})
    if isinstance(key, str):
        return attribute(run, record, key, place)
    items = container_items(run, record, place)
    if not isinstance(key, int):
        return Unknown(f"an item of {record.name} at {place}")
    if not -len(items) <= key < len(items):
        raise PythonError("IndexError", f"index {key} is out of range", place)
    return items[key]


def sliced(run: Run, record: Instance, parts: tuple[object, ...]) -> object:
    """`record[a:b]`: a container of the same kind."""
    items = container_items(run, record, "")
    if any(is_open(part) for part in parts):
        return Unknown(f"a slice of {record.name}")
    made = Instance(External("torch.nn." + (record.core.name if record.core is not None else "ModuleList")))
    made.core = record.core
    made.items = items[slice(*cast(SliceParts, parts))]
    return made


def set_item(run: Run, record: Instance, key: object, value: object) -> None:
    """`record[key] = value`."""
    ready(run, record)
    if isinstance(key, str):
        record.attributes[key] = value
        if record.items is not None:
            record.items.append(value)
    elif type(key) is int and record.items is not None and -len(record.items) <= key < len(record.items):
        record.items[key] = value
    else:
        raise GaveUp(f"an item of {record.name} that is set")


# --- calls


def call(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """`record(...)`: the forward of a module, taken down where someone does."""
    recorder = run.recorder
    if recorder is None or not recorder.frames or recorder.is_inside(record) or not _has_frame(record):
        return _called(run, record, arguments, keywords, place)
    given = recording.tensors_in([arguments, keywords])
    inside = iter(recorder.begin(ready(run, record), given))
    depth = len(recorder.frames)
    result: object = Unknown("an error")
    try:
        arguments = cast(Arguments, recording.replaced(arguments, inside))
        keywords = cast(Keywords, recording.replaced(keywords, inside))
        result = _called(run, record, arguments, keywords, place)
    finally:
        del recorder.frames[depth:]
        written = recorder.end(result)
    return recorder.called(record, given, written, result)


def _has_frame(record: Instance) -> bool:
    """Whether a module is of a class of the source, with a forward or as a container."""
    return isinstance(record.kind, Class) and is_module(record)


def _called(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    replaced = record.attributes.get("forward")
    if replaced is not None:
        return run.call(replaced, arguments, keywords, _no_node(), _outside())
    if isinstance(record.kind, Class):
        for name in ("__call__", "forward"):
            function = class_member(record.kind, name)
            if isinstance(function, Function):
                return _call(run, function, [ready(run, record), *arguments], keywords)
            if isinstance(function, Unknown):
                return function
        ready(run, record)
    return forward_core(run, record, arguments, keywords, place)


def _no_node() -> ast.AST:
    return ast.Pass(lineno=0)


def forward_core(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """The forward of what a record is of an external class."""
    core = record.core
    if core is None:
        return Unknown(f"{record.name} has no forward that can be read, at {place}")
    if core.name == "Sequential":
        value = arguments[0] if arguments else Unknown("nothing")
        for module in record.items or ():
            value = run.call(module, [value], {}, _no_node(), _outside())
        return value
    from convlint.python_source.layers import forward

    result = forward(core, arguments, keywords, place)
    if run.recorder is None or not run.recorder.frames:
        return result
    return run.recorder.module(record, core, [*arguments, *keywords.values()], result, place)


def _outside() -> Scope:
    """A scope for calls that torch makes."""
    return Scope(_TORCH, {})  # type: ignore[arg-type]


class _Torch:
    label = "torch"
    path = ""


_TORCH = _Torch()


def call_method(
    run: Run,
    record: Instance,
    name: str,
    arguments: Arguments,
    keywords: Keywords,
    place: str,
) -> object:
    """A method that a record has from `nn.Module` or from an external class."""
    _owner, dot, method = name.rpartition(".")
    name = method if dot else name
    if name in _PASSIVE:
        run.changes += 1
        return record
    if name in ("__init__", "__init_subclass__", "extra_repr", "__setattr__"):
        return None
    handler = _METHODS.get(name)
    if handler is not None:
        return handler(run, record, arguments, keywords, place)
    if name in ("forward", "__call__"):
        return forward_core(run, record, arguments, keywords, place)
    return Unknown(f"{name} of {record.name} at {place}")


def _append(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    run.changes += 1
    container_items(run, record, place).append(arguments[0])
    return record


def _extend(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    run.changes += 1
    items = container_items(run, record, place)
    run.extend(items, arguments[0], _no_node(), _outside())
    return record


def _insert(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> None:
    run.changes += 1
    position, module = arguments
    if not isinstance(position, int):
        raise GaveUp(f"insert at {place}")
    container_items(run, record, place).insert(position, module)


def _add_module(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> None:
    run.changes += 1
    name = arguments[0] if arguments else keywords.get("name")
    value = arguments[1] if len(arguments) > 1 else keywords.get("module")
    if not isinstance(name, str):
        raise GaveUp(f"add_module at {place}")
    if record.items is not None:
        record.items.append(value)
        if not name.isdecimal():
            record.attributes[name] = value
    else:
        record.attributes[name] = value


def _register(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> None:
    run.changes += 1
    name = arguments[0] if arguments else keywords.get("name")
    value = arguments[1] if len(arguments) > 1 else keywords.get("tensor", keywords.get("param"))
    if isinstance(name, str):
        record.attributes[name] = value


def _register_buffer(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> None:
    run.changes += 1
    name = arguments[0] if arguments else keywords.get("name")
    value = arguments[1] if len(arguments) > 1 else keywords.get("tensor")
    is_kept = (arguments[2] if len(arguments) > 2 else keywords.get("persistent", True)) is not False
    if isinstance(value, Tensor):
        value = Tensor(value.shape, is_buffer=is_kept)
    if isinstance(name, str):
        record.attributes[name] = value


def _all_modules(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return [module for _, module in walk(run, record)]


def _children(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return [module for _, module in children(run, record)]


def _named_modules(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return list(walk(run, record))


def _named_children(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return list(children(run, record))


def _nothing(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return []


def _mapping_items(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return list(record.attributes.items())


def _mapping_values(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return list(record.attributes.values())


def _mapping_keys(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    return list(record.attributes)


def children(run: Run, record: Instance) -> Iterator[tuple[str, Instance]]:
    """(attribute name, module) of the modules that a record holds, in the order in which they were registered."""
    ready(run, record)
    named = set()
    if record.items is not None and (record.core is None or record.core.name not in _MAPPINGS):
        for number, value in enumerate(record.items):
            if is_module(value):
                named.add(id(value))
                yield str(number), value
    for name, value in list(record.attributes.items()):
        if is_module(value) and id(value) not in named:
            yield name, value


def walk(run: Run, record: Instance, path: str = "", depth: int = 0) -> Iterator[tuple[str, Instance]]:
    """(path, module) of a record and of all modules in it."""
    if depth > 40:
        raise GaveUp("modules too deep")
    yield path, ready(run, record)
    for name, child in children(run, record):
        yield from walk(run, child, f"{path}.{name}" if path else name, depth + 1)


def own_tensors(record: Instance) -> list[tuple[str, Tensor]]:
    """(attribute name, tensor) of the tensors that a record registers itself: its parameters, then its buffers."""
    found = [(name, value) for name, value in record.attributes.items() if isinstance(value, Tensor)]
    if record.core is not None:
        found = [(name, value) for name, value in found if name not in ("weight", "bias")]  # given other values
    parameters = [(name, value) for name, value in found if value.is_parameter]
    return parameters + [(name, value) for name, value in found if value.is_buffer]


_METHODS: dict[str, Callable[[Run, Instance, Arguments, Keywords, str], object]] = {
    "append": _append,
    "extend": _extend,
    "insert": _insert,
    "add_module": _add_module,
    "register_module": _add_module,
    "register_buffer": _register_buffer,
    "register_parameter": _register,
    "modules": _all_modules,
    "children": _children,
    "named_modules": _named_modules,
    "named_children": _named_children,
    "parameters": _nothing,
    "named_parameters": _nothing,
    "buffers": _nothing,
    "items": _mapping_items,
    "values": _mapping_values,
    "keys": _mapping_keys,
}
