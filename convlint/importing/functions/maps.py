"""Functions on maps: pooling, resizing, padding."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.importing.functions.arguments import CallWriter, Given, one_layer, only_given, result_of
from convlint.importing.functions.learned import weighted_layer
from convlint.importing.modules import lacks_batch, plain
from convlint.importing.tracing import Call
from convlint.importing.translator import NoOperator, Translator


def pooling(operator: str) -> CallWriter:
    def write(translator: Translator, call: Call, given: Given) -> None:
        translator.go_over(given["input"])
        axes = len(translator.value(given["input"]).shape) - 2
        if given.get("return_indices"):
            raise NoOperator("it gives indices")
        name = f"{operator}{axes}d"
        declared = {item.name: item for item in lookup.declaration(name).parameters}
        chosen = {key: value for key, value in given.items() if key in declared and value not in (None, (), False)}
        if chosen.get("stride") == chosen.get("kernel_size"):
            chosen.pop("stride", None)
        if given.get("count_include_pad") is False:
            chosen["count_include_pad"] = False
        weighted_layer(translator, call, name, chosen, given["input"], {})

    return write


def adaptive(operator: str, axes: int) -> CallWriter:
    def write(translator: Translator, call: Call, given: Given) -> None:
        translator.go_over(given["input"])
        size = plain(given["output_size"])
        parameters = {"output_size": size[0] if isinstance(size, list) and len(set(size)) == 1 else size}
        one_layer(translator, call, f"{operator}{axes}d", parameters, [translator.wire(given["input"])])

    return write


def interpolate(translator: Translator, call: Call, given: Given) -> None:
    if given.get("antialias"):
        raise NoOperator("it smooths")
    keys = ("size", "scale_factor", "mode", "align_corners")
    chosen = {key: given[key] for key in keys if given.get(key) not in (None, False)}
    if chosen.get("mode") == "nearest":
        del chosen["mode"]
    ref = given["input"]
    if lacks_batch(translator, ref):
        wire = translator.reshaped(ref, translator.value(ref).shape[1:])
        resized = translator.emit("interpolate", "Interpolate", only_given(chosen), [wire])
        translator.results(translator.emit("unsqueeze", "Unsqueeze", {"dim": 1}, [resized]))
        return
    translator.go_over(ref)
    one_layer(translator, call, "Interpolate", only_given(chosen), [translator.wire(ref)])


def pad(translator: Translator, call: Call, given: Given) -> None:
    value, padding = translator.value(given["input"]), list(given["pad"])
    if value.batch_axis is not None and value.batch_axis >= len(value.shape) - len(padding) // 2:
        raise NoOperator("it pads the batch")
    if not any(padding):
        translator.alias(given["input"])
        return
    chosen: Given = {"padding": padding}
    if given.get("mode", "constant") != "constant":
        chosen["mode"] = given["mode"]
    elif given.get("value"):
        chosen["value"] = given["value"]
    one_layer(translator, call, "Pad", chosen, [translator.wire(given["input"])])


def grid_sample(translator: Translator, call: Call, given: Given) -> None:
    for key in ("input", "grid"):
        translator.go_over(given[key])
    chosen = {key: given.get(key) for key in ("mode", "padding_mode", "align_corners")}
    one_layer(
        translator, call, "GridSample", only_given(chosen), [translator.wire(given[key]) for key in ("input", "grid")]
    )


def unfold(keys: tuple[str, ...]) -> CallWriter:
    """The columns of a map (torch.nn.functional.unfold); the method of tensors of that name adds an axis instead."""
    columns = with_parameters("Unfold", *keys)

    def write(translator: Translator, call: Call, given: Given) -> None:
        if len(result_of(translator, call).shape) > len(translator.value(given["input"]).shape):
            raise NoOperator("windows along one axis have no operator")
        columns(translator, call, given)

    return write


def with_parameters(operator: str, *keys: str) -> CallWriter:
    """A function on maps whose arguments are the parameters of its operator."""

    def write(translator: Translator, call: Call, given: Given) -> None:
        translator.go_over(given["input"])
        one_layer(
            translator,
            call,
            operator,
            only_given({key: given.get(key) for key in keys}),
            [translator.wire(given["input"])],
        )

    return write
