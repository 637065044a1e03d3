"""From the value of a torch pickle to named tensors: states, whole modules, and checkpoints that hold either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from convlint.limits import MOST_TENSORS
from convlint.typed import Any, NamedTuple
from convlint.weight_files.pickles import Global, PickledCall
from convlint.weight_files.tensors import StoredTensor, WeightsError

AVERAGED = ("ema", "model_ema", "ema_model", "ema_state_dict", "model_ema_state_dict", "state_dict_ema", "params_ema")
TRAINED = (
    "model",
    "state_dict",
    "model_state_dict",
    "model_state",
    "network_weights",
    "network",
    "net",
    "params",
    "module",
    "weights",
)
"""The keys under which checkpoints keep a network; averaged weights are looked for first."""

_MOST_VISITS = 1_000_000
_DEEPEST = 100
_DEEPEST_CHECKPOINT = 4
_MOST_AXES = 64
_WRAPPED = 16
_SIZE_AT = {
    "_rebuild_tensor": 2,
    "_rebuild_tensor_v2": 2,
    "_rebuild_tensor_v3": 2,
    "_rebuild_qtensor": 2,
    "_rebuild_meta_tensor_no_storage": 1,
    "_rebuild_wrapper_subclass": 2,
}
"""Where the functions that make a tensor take its shape."""
_DTYPE_AT = {"_rebuild_tensor_v3": 6, "_rebuild_meta_tensor_no_storage": 0, "_rebuild_wrapper_subclass": 1}
_WRAPPERS = frozenset(
    ("_rebuild_parameter", "_rebuild_parameter_with_state", "_rebuild_device_tensor_from_cpu_tensor", "Parameter")
)
_STORAGES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexDoubleStorage": "complex128",
    "ComplexFloatStorage": "complex64",
    "QUInt8Storage": "quint8",
    "QInt8Storage": "qint8",
    "QInt32Storage": "qint32",
    "QUInt4x2Storage": "quint4x2",
    "QUInt2x4Storage": "quint2x4",
}


class StoredNetwork(NamedTuple):
    """What a checkpoint holds of a network, and under which key; `values` are what its tensors are rebuilt from."""

    key: str
    tensors: tuple[StoredTensor, ...]
    module: PickledCall | None
    values: tuple[PickledCall, ...] = ()


class View(NamedTuple):
    """How a tensor lies in a storage: the key of the storage, its type and length, and shape, strides and beginning."""

    storage: str
    dtype: str
    length: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    begin: int


def network_in(value: object) -> StoredNetwork:
    """The network of a checkpoint, the averaged one before the trained one. Raises WeightsError where there is none."""
    found = _find(value, "", _DEEPEST_CHECKPOINT)
    if found is None:
        raise WeightsError("holds no named tensors")
    return found


def carried_by(module: PickledCall | None) -> Mapping[str, object] | None:
    """The architecture that a module carries as plain data, as those of Ultralytics do; None where it has none."""
    carried = attributes(module).get("yaml")
    return carried if isinstance(carried, dict) and {"backbone", "head"} <= carried.keys() else None


def attributes(module: object) -> dict[object, object]:
    """The attributes of an object of a class, as far as the pickle gives them."""
    state = module.state if isinstance(module, PickledCall) else None
    if isinstance(state, tuple) and state:
        state = state[0]
    return state if isinstance(state, dict) else {}


def _find(value: object, key: str, depth: int) -> StoredNetwork | None:
    if isinstance(value, PickledCall):
        return _network(key, value, _module_values(value))
    if not isinstance(value, dict) or not depth:
        return None
    for name in (*AVERAGED, *TRAINED):
        if value.get(name) is not None:
            found = _find(value[name], f"{key}.{name}" if key else name, depth - 1)
            if found is not None:
                return found
    direct = _network(key, None, ((name, one) for name, one in value.items() if isinstance(name, str)))
    return direct if direct is not None else _only_one(value, key, depth)


def _only_one(value: dict[Any, Any], key: str, depth: int) -> StoredNetwork | None:
    """The network under a key that nobody knows; several leave it open which is meant."""
    found = []
    for name, inner in value.items():
        if isinstance(name, str) and isinstance(inner, (dict, PickledCall)):
            network = _find(inner, f"{key}.{name}" if key else name, depth - 1)
            if network is not None:
                found.append(network)
    if len(found) > 1:
        names = ", ".join(repr(network.key) for network in found[:4])
        raise WeightsError(f"holds several networks ({names}) and does not say which is meant")
    return found[0] if found else None


def _network(key: str, module: PickledCall | None, named: Iterable[tuple[str, object]]) -> StoredNetwork | None:
    """The tensors among named values; what else stands among them (a number, a text) is none."""
    tensors, values = [], []
    for name, value in named:
        value = _unwrapped(value)
        tensor = _tensor(name, value)
        if tensor is not None:
            tensors.append(tensor)
            values.append(value)
    return StoredNetwork(key, tuple(tensors), module, tuple(values)) if tensors else None


def _module_values(module: PickledCall) -> Iterator[tuple[str, object]]:
    """The tensors of a pickled module, by name and in the order of its `state_dict()`."""
    waiting = [("", module, 0)]
    count = 0
    for _ in range(_MOST_VISITS):
        if not waiting:
            return
        prefix, current, depth = waiting.pop()
        for name, value in _own_tensors(current):
            count += 1
            yield prefix + name, value
        if depth > _DEEPEST or count > MOST_TENSORS:
            break
        children = [(f"{prefix}{name}.", child, depth + 1) for name, child in _children(current)]
        waiting += reversed(children)
    raise WeightsError("holds a module that is deeper or larger than any network")


def _own_tensors(module: PickledCall) -> Iterator[tuple[str, object]]:
    """Parameters and buffers of a module itself; a scripted module keeps both among its attributes."""
    state = attributes(module)
    parameters, buffers = state.get("_parameters"), state.get("_buffers")
    if not isinstance(parameters, dict) and not isinstance(buffers, dict):
        yield from _named(state)
        return
    passing = _members(state.get("_non_persistent_buffers_set"))
    yield from _named(parameters)
    for name, value in _named(buffers):
        if name not in passing:
            yield name, value


def _children(module: PickledCall) -> Iterator[tuple[str, PickledCall]]:
    state = attributes(module)
    modules = state.get("_modules")
    for name, value in _named(modules if isinstance(modules, dict) else state if _is_scripted(module) else None):
        if isinstance(value, PickledCall) and _shape_of(value) is None:
            yield name, value


def _is_scripted(module: PickledCall) -> bool:
    return isinstance(module.function, Global) and module.function.module.startswith("__torch__")


def _named(values: object) -> Iterator[tuple[str, object]]:
    for name, value in values.items() if isinstance(values, dict) else ():
        if isinstance(name, str):
            yield name, value


def _members(values: object) -> frozenset[str]:
    """The texts of a pickled set."""
    if not isinstance(values, PickledCall):
        return frozenset()
    given = values.arguments[0] if isinstance(values.arguments, tuple) and values.arguments else ()
    listed = given if isinstance(given, (list, tuple)) else ()
    return frozenset(value for value in (*listed, *values.elements) if isinstance(value, str))


# --- one tensor


def view_of(value: PickledCall) -> View | None:
    """Where the numbers of a tensor lie; None for those that lie in no storage of the file, or not in rows."""
    arguments = value.arguments
    if value.function.name not in ("_rebuild_tensor", "_rebuild_tensor_v2") or len(arguments) < 4:
        return None
    identity = arguments[0].arguments if isinstance(arguments[0], PickledCall) else None
    shape, strides = _shape(arguments[2]), _shape(arguments[3])
    if not isinstance(identity, tuple) or len(identity) < 5 or shape is None or strides is None:
        return None
    key, length, begin = identity[2], identity[4], arguments[1]
    if not isinstance(key, str) or type(length) is not int or type(begin) is not int:
        return None
    return View(key, _dtype_of(value), length, shape, strides, begin)


def _tensor(name: str, value: Any) -> StoredTensor | None:
    shape = _shape_of(value)
    return StoredTensor(name, shape, _dtype_of(value)) if shape is not None else None


def _unwrapped(value: Any) -> Any:
    """The tensor inside a parameter, or inside what a subclass of tensors is rebuilt from."""
    for _ in range(_WRAPPED):
        if not isinstance(value, PickledCall) or not isinstance(value.function, Global):
            return value
        arguments = value.arguments
        if not isinstance(arguments, tuple) or not arguments:
            return value
        if value.function.name in _WRAPPERS:
            value = arguments[0]
        elif value.function.name == "_rebuild_from_type_v2" and len(arguments) > 2:
            value = PickledCall(arguments[0], arguments[2])
        else:
            return value
    return None


def _shape_of(value: object) -> tuple[int, ...] | None:
    value = _unwrapped(value)
    if (
        not isinstance(value, PickledCall)
        or not isinstance(value.function, Global)
        or not isinstance(value.arguments, tuple)
    ):
        return None
    function, arguments = value.function.name, value.arguments
    if function == "_rebuild_sparse_tensor":
        data = arguments[1] if len(arguments) > 1 else None
        return _shape(data[2]) if isinstance(data, tuple) and len(data) > 2 else None
    position = _SIZE_AT.get(function)
    return _shape(arguments[position]) if position is not None and len(arguments) > position else None


def _shape(value: object) -> tuple[int, ...] | None:
    """A shape: a tuple of counts, or a `torch.Size` of one."""
    if isinstance(value, PickledCall) and isinstance(value.arguments, tuple) and len(value.arguments) == 1:
        value = value.arguments[0]
    if not isinstance(value, (tuple, list)) or len(value) > _MOST_AXES:
        return None
    return tuple(value) if all(type(size) is int and size >= 0 for size in value) else None


def _dtype_of(value: PickledCall) -> str:
    function, arguments = value.function.name, value.arguments
    position = _DTYPE_AT.get(function)
    if position is not None:
        return _type_name(arguments[position]) if len(arguments) > position else ""
    if function == "_rebuild_sparse_tensor":
        values = _unwrapped(arguments[1][1])
        return _dtype_of(values) if _shape_of(values) is not None and values is not value else ""
    return _storage_type(arguments[0])


def _storage_type(storage: object) -> str:
    """The type that the storage of a tensor names: `('storage', torch.FloatStorage, ...)`."""
    identity = storage.arguments if isinstance(storage, PickledCall) else None
    if not isinstance(identity, tuple) or len(identity) < 2:
        return ""
    kind = identity[1]
    name = kind.name if isinstance(kind, Global) else kind if isinstance(kind, str) else ""
    return _STORAGES.get(name.rpartition(".")[2], "")


def _type_name(value: object) -> str:
    return value.name if isinstance(value, Global) and value.module == "torch" else ""
