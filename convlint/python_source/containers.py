"""Containers of modules: what they hold, by number, by name, and all that is below."""

from __future__ import annotations

from convlint.python_source.operations import is_open
from convlint.python_source.records import MAPPINGS, apply_function, attribute, class_member, is_module, ready
from convlint.python_source.values import (
    Class,
    External,
    Function,
    GaveUp,
    Instance,
    PythonError,
    SliceParts,
    Tensor,
    Unknown,
)
from convlint.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convlint.python_source.run import Run


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
    if record.core is not None and record.core.name in MAPPINGS:
        return list(record.attributes)
    return Unknown(f"what {record.name} holds")


def iterated(run: Run, record: Instance, place: str) -> list[object]:
    """The items that a loop over a record goes through."""
    if record.core is not None and record.core.name in MAPPINGS:
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
            return apply_function(run, getter, [record, key], {})
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


def children(run: Run, record: Instance) -> Iterator[tuple[str, Instance]]:
    """(attribute name, module) of the modules that a record holds, in the order in which they were registered."""
    ready(run, record)
    named = set()
    if record.items is not None and (record.core is None or record.core.name not in MAPPINGS):
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
    parameters = [(name, value) for name, value in found if value.is_parameter]
    return parameters + [(name, value) for name, value in found if value.is_buffer]
