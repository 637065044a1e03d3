"""Methods that records have from nn.Module or from an external class, and whether they have an attribute."""

from __future__ import annotations

from collections.abc import Callable

from convlint.python_source.containers import children, container_items, walk
from convlint.python_source.forwards import forward_core
from convlint.python_source.layers import core_attribute
from convlint.python_source.records import class_member, no_node, ready, torch_scope
from convlint.python_source.values import (
    Arguments,
    Class,
    External,
    GaveUp,
    Instance,
    Keywords,
    PythonError,
    Tensor,
    Unknown,
)
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.python_source.run import Run
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
    return record.core is not None and core_attribute(record.core, name) is not None


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
    run.extend(items, arguments[0], no_node(), torch_scope())
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
