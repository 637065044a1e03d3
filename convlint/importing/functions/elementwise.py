"""Functions that compute element by element."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.importing.functions.arguments import CallWriter, Given, one_layer, only_given, result_of
from convlint.importing.network import Wire
from convlint.importing.tracing import Call, Ref
from convlint.importing.translator import NoOperator, Translator, own_dim


def alias(translator: Translator, call: Call, given: Given) -> None:
    translator.alias(given["input"])


def pointwise(operator: str, *keys: str) -> CallWriter:
    def write(translator: Translator, call: Call, given: Given) -> None:
        defaults = {item.name: item.default for item in lookup.declaration(operator).parameters}
        chosen = {key: given[key] for key in keys if key in given and given[key] != defaults.get(key)}
        one_layer(translator, call, operator, only_given(chosen), [translator.wire(given["input"])])

    return write


def along(operator: str) -> CallWriter:
    def write(translator: Translator, call: Call, given: Given) -> None:
        dim = own_dim(translator.value(given["input"]), given["dim"])
        one_layer(translator, call, operator, {"dim": dim}, [translator.wire(given["input"])])

    return write


def number_of(translator: Translator, item: object) -> float | int | None:
    """The number that an argument is: itself, or a constant tensor of one element."""
    if isinstance(item, (int, float)) and not isinstance(item, bool):
        return item
    if isinstance(item, Ref):
        value = translator.value(item)
        if value.kind == "constant" and value.shape == () and not value.name:
            return float(value.tensor)
    return None


def arithmetic(operator: str) -> CallWriter:
    def write(translator: Translator, call: Call, given: Given) -> None:
        _refuse_scaling(given)
        translator.results(_combined(translator, call, operator, given["input"], given["other"]))

    return write


def turned_arithmetic(operator: str) -> CallWriter:
    """For functions whose second argument comes first: `__rsub__`."""

    def write(translator: Translator, call: Call, given: Given) -> None:
        _refuse_scaling(given)
        translator.results(_combined(translator, call, operator, given["other"], given["input"]))

    return write


def _refuse_scaling(given: Given) -> None:
    if given.get("alpha", 1) != 1 or given.get("rounding_mode") is not None:
        raise NoOperator("its inputs are scaled or rounded")


def _combined(translator: Translator, call: Call, operator: str, first: object, second: object) -> Wire:
    """`first` and `second`, each a tensor or a number, by an operator of two inputs or of a number."""
    left, right = number_of(translator, first), number_of(translator, second)
    if right is not None and isinstance(first, Ref):
        return _with_number(translator, operator, first, right)
    if left is not None and isinstance(second, Ref):
        return _of_number(translator, operator, left, second)
    if not (isinstance(first, Ref) and isinstance(second, Ref)):
        raise NoOperator("one of its inputs is no tensor")
    frame = result_of(translator, call)
    return translator.emit(_word(operator), operator, {}, [translator.operand(item, frame) for item in (first, second)])


def _word(operator: str) -> str:
    return operator.lower()


def _with_number(translator: Translator, operator: str, ref: Ref, number: float) -> Wire:
    return translator.emit(_word(operator), operator, {"value": number}, [translator.wire(ref)])


def _of_number(translator: Translator, operator: str, number: float, ref: Ref) -> Wire:
    """`number - x` and `number / x`, which take two layers."""
    wire = translator.wire(ref)
    if operator == "Sub":
        return translator.emit("add", "Add", {"value": number}, [translator.emit("neg", "Neg", {}, [wire])])
    if operator == "Div":
        inverse = translator.emit("reciprocal", "Pow", {"exponent": -1}, [wire])
        return inverse if number == 1 else translator.emit("mul", "Mul", {"value": number}, [inverse])
    return translator.emit(_word(operator), operator, {"value": number}, [wire])


def power(translator: Translator, call: Call, given: Given) -> None:
    exponent = number_of(translator, given["exponent"])
    if exponent is None or not isinstance(given["input"], Ref):
        raise NoOperator("its exponent is a tensor")
    one_layer(translator, call, "Pow", {"exponent": exponent}, [translator.wire(given["input"])])


def reciprocal(translator: Translator, call: Call, given: Given) -> None:
    one_layer(translator, call, "Pow", {"exponent": -1}, [translator.wire(given["input"])])


def clamp(translator: Translator, call: Call, given: Given) -> None:
    bounds = {key: number_of(translator, given.get(key)) for key in ("min", "max")}
    if any(isinstance(given.get(key), Ref) and bounds[key] is None for key in bounds):
        raise NoOperator("its bounds are tensors")
    one_layer(translator, call, "Clamp", only_given(bounds), [translator.wire(given["input"])])


def addcmul(translator: Translator, call: Call, given: Given) -> None:
    frame = result_of(translator, call)
    first, second, third = (translator.operand(given[key], frame) for key in ("input", "tensor1", "tensor2"))
    product = translator.emit("mul", "Mul", {}, [second, third])
    scale = given.get("value", 1)
    scaled = product if scale == 1 else translator.emit("mul", "Mul", {"value": scale}, [product])
    translator.results(translator.emit("add", "Add", {}, [first, scaled]))


def where(translator: Translator, call: Call, given: Given) -> None:
    frame = result_of(translator, call)
    if not all(isinstance(given[key], Ref) for key in ("condition", "input", "other")):
        raise NoOperator("it chooses a number")
    one_layer(
        translator,
        call,
        "Where",
        {},
        [translator.operand(given[key], frame) for key in ("condition", "input", "other")],
    )


def masked_fill(translator: Translator, call: Call, given: Given) -> None:
    frame = result_of(translator, call)
    number = number_of(translator, given["value"])
    if number is None:
        raise NoOperator("its value is a tensor")
    wires = [translator.operand(given[key], frame) for key in ("input", "mask")]
    one_layer(translator, call, "MaskedFill", {"value": number}, wires)
