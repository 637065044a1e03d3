"""Functions that reduce axes."""

from __future__ import annotations

from convlint.importing.functions.arguments import (
    CallWriter,
    Given,
    one_layer,
    only_given,
    own_dims,
    result_of,
    unless_first,
)
from convlint.importing.tracing import Call, Ref
from convlint.importing.translator import Translator, own_dim


def reduction(operator: str, *keys: str) -> CallWriter:
    def write(translator: Translator, call: Call, given: Given) -> None:
        value = translator.value(given["input"])
        dims = own_dims(value, given.get("dim"))
        chosen = {key: given[key] for key in keys if given.get(key, 2) not in (2, "fro")}
        keeps = {"keepdim": True} if given.get("keepdim") else {}
        parameters = {**only_given(chosen), "dim": dims if len(dims) > 1 else dims[0], **keeps}
        one_layer(translator, call, operator, parameters, [translator.wire(given["input"])])

    return write


def spread(operator: str) -> CallWriter:
    def write(translator: Translator, call: Call, given: Given) -> None:
        unbiased = given.pop("unbiased", None)
        correction = given.pop("correction", 1 if unbiased in (None, True) else 0)
        dims = own_dims(translator.value(given["input"]), given.get("dim"))
        keeps = {"keepdim": True} if given.get("keepdim") else {}
        parameters = {
            "dim": dims if len(dims) > 1 else dims[0],
            **({"correction": 0} if correction == 0 else {}),
            **keeps,
        }
        one_layer(translator, call, operator, parameters, [translator.wire(given["input"])])

    return write


def extreme(operator: str) -> CallWriter:
    """`x.max(dim)` gives indices too, which must not be read."""

    def write(translator: Translator, call: Call, given: Given) -> None:
        if isinstance(given.get("dim"), Ref):
            frame = result_of(translator, call)
            wires = [translator.operand(given[key], frame) for key in ("input", "dim")]
            one_layer(translator, call, {"Max": "Maximum", "Min": "Minimum"}[operator], {}, wires)
            return
        reduction(operator)(translator, call, given)

    return write


def normalize(translator: Translator, call: Call, given: Given) -> None:
    dim = own_dim(translator.value(given["input"]), given.get("dim", 1))
    chosen: Given = {key: given[key] for key in ("p", "eps") if key in given}
    one_layer(
        translator, call, "Normalize", {**only_given(chosen), **unless_first(dim)}, [translator.wire(given["input"])]
    )
