"""Records of objects: classes of the source with their attributes, and modules of torch by name and arguments."""

from __future__ import annotations

import ast

from convlint.python_source.layers import core_attribute
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
    Native,
    PythonError,
    Super,
    Unknown,
)
from convlint.typed import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from convlint.python_source.run import Run

_LISTS = frozenset(("Sequential", "ModuleList", "ParameterList"))
MAPPINGS = frozenset(("ModuleDict", "ParameterDict", "OrderedDict"))
_SET_BY_BUILDERS = frozenset(("i", "f", "type", "np", "n"))
"""Attributes that builders set on each module; they are no reason to follow its constructor."""
_WITHOUT_FOREIGN_BASES = frozenset(("torch", "collections", "typing", "abc", "enum"))
"""Packages whose classes inherit from no class of another package."""
_ROOTS = frozenset(("torch.nn.Module", "torch.nn.modules.module.Module"))


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
    return None if any(isinstance(item, Unknown) or _may_be_below(item, kind) for item in order) else False


def _may_be_below(item: object, kind: object) -> bool:
    """Whether a class of another package may inherit from a class outside the repository."""
    return (
        isinstance(item, External)
        and isinstance(kind, External)
        and item.name.partition(".")[0] not in _WITHOUT_FOREIGN_BASES
    )


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


def _has_unknown_members(kind: Class) -> bool:
    """Whether a class inherits from one whose members are not known: of another package, or of Python's own."""
    return any(
        (isinstance(item, External) and not item.name.startswith("torch.nn."))
        or (isinstance(item, Builtin) and item.name != "object")
        for item in kind.order
    )


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
        apply_function(run, constructor, [record, *arguments], keywords)
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
    elif base.last in MAPPINGS:
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
    return run.iterate(given, no_node(), torch_scope())


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


def apply_function(run: Run, function: Function, arguments: Arguments, keywords: Keywords) -> object:
    """What a function of the source gives."""
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
        return _of_module(record, name)
    if isinstance(kind, Class) and (class_member(kind, "__getattr__") is not None or _has_unknown_members(kind)):
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
        return (apply_function(run, found, [ready(run, record)], {}),)
    return (Bound(kind if found.kind == "classmethod" else record, found),)


def _of_module(record: Instance, name: str) -> object:
    core = record.core
    if core is not None:
        found = core_attribute(core, name)
        if found is not None:
            return found[0]
    if name.isdecimal() and record.items is not None and int(name) < len(record.items):
        return record.items[int(name)]
    return Method(record, name)


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
        return apply_function(run, found, [receiver], {})
    if found.kind == "classmethod" and isinstance(receiver, Instance):
        return Bound(receiver.kind, found)
    return Bound(receiver, found)


def _external_super(run: Run, receiver: Instance, base: External, name: str) -> object:
    if name == "__init__":

        def construct(*arguments: object, **keywords: object) -> None:
            construct_external(run, receiver, base, list(arguments), keywords)

        return Native("__init__", construct)
    return Method(receiver, f"{base.last}.{name}")


def no_node() -> ast.AST:
    """What stands for the node of a call that torch makes."""
    return ast.Pass(lineno=0)


def torch_scope() -> Scope:
    """A scope for calls that torch makes."""
    return Scope(_TORCH, {})  # type: ignore[arg-type]


class _Torch:
    label = "torch"
    path = ""


_TORCH = _Torch()
