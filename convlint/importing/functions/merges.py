"""Functions that merge several tensors."""

from __future__ import annotations

from convlint.importing.functions.arguments import Given, one_layer, only_given, result_of, unless_first
from convlint.importing.tracing import Call, Ref
from convlint.importing.translator import NoOperator, Translator, own_dim


def concat(translator: Translator, call: Call, given: Given) -> None:
    result = result_of(translator, call)
    dim = own_dim(result, given["axis"] if "axis" in given else given.get("dim", 0))
    wires = []
    for ref in given["tensors"]:
        value = translator.value(ref)
        if 0 in value.shape:
            continue
        if (value.batch_axis, value.multiple) != (result.batch_axis, result.multiple):
            raise NoOperator("its inputs have their batch in different places")
        wires.append(translator.wire(ref))
    one_layer(translator, call, "Concat", unless_first(dim), wires)


def stack(translator: Translator, call: Call, given: Given) -> None:
    result = result_of(translator, call)
    dim = own_dim(result, given.get("dim", 0))
    refs = given["tensors"]
    if any(translator.value(ref).batch_axis is None for ref in refs) and result.batch_axis is not None:
        raise NoOperator("one of its inputs has no batch")
    one_layer(translator, call, "Stack", unless_first(dim), [translator.wire(ref) for ref in refs])


def matmul(translator: Translator, call: Call, given: Given) -> None:
    result = result_of(translator, call)
    refs = [given["input"], given["other"]]
    values = [translator.value(ref) for ref in refs]
    rank = max(len(value.shape) for value in values)
    if any(len(value.shape) < 2 for value in values) or rank != len(result.shape):
        raise NoOperator("one of its inputs is a vector")
    if result.batch_axis is not None and result.batch_axis >= rank - 2:
        if rank != 2 or values[1].batch_axis is not None:
            raise NoOperator("it multiplies over the batch")
        row = translator.emit("unsqueeze", "Unsqueeze", {"dim": 1}, [translator.wire(refs[0])])
        product = translator.emit("matmul", "MatMul", {}, [row, translator.wire(refs[1])])
        translator.results(translator.emit("squeeze", "Squeeze", {"dim": 1}, [product]))
        return
    if any(value.batch_axis is not None and value.batch_axis >= len(value.shape) - 2 for value in values):
        raise NoOperator("it multiplies over the batch")
    one_layer(translator, call, "MatMul", {}, [translator.operand(ref, result) for ref in refs])


def attention(translator: Translator, call: Call, given: Given) -> None:
    result = result_of(translator, call)
    refs = [given[key] for key in ("query", "key", "value", "attn_mask") if isinstance(given.get(key), Ref)]
    if given.get("enable_gqa"):
        raise NoOperator("its heads are shared")
    chosen = {"is_causal": given.get("is_causal") or None, "scale": given.get("scale")}
    one_layer(
        translator,
        call,
        "ScaledDotProductAttention",
        only_given(chosen),
        [translator.operand(ref, result) for ref in refs],
    )


def einsum(translator: Translator, call: Call, given: Given) -> None:
    """Each term is written with its batch in front; one that has none gets it."""
    refs = [ref for item in given["operands"] for ref in ([item] if isinstance(item, Ref) else item)]
    result = result_of(translator, call)
    left, arrow, output = given["equation"].replace(" ", "").partition("->")
    terms = left.split(",")
    free = [letter for letter in "zyxwvutsrqponm" if letter not in left]
    if "." in left:
        terms, output = _without_dots(terms, output, [len(translator.value(ref).shape) for ref in refs], free)
    if not arrow or len(free) < 2:
        raise NoOperator("its equation names no output")
    whole, rest = free[0], free[1] if result.multiple > 1 else ""  # the second for what the batch was merged with
    batch = output[result.batch_axis] if result.batch_axis is not None else whole
    own = []
    for term, ref in zip(terms, refs):
        value = translator.value(ref)
        if value.batch_axis is None and batch not in term:
            own.append(whole + term)
        elif value.batch_axis is not None and term[value.batch_axis] == batch and value.multiple == result.multiple:
            own.append(whole + term.replace(batch, rest))
        else:
            raise NoOperator("it sums over the batch")
    equation = f"{','.join(own)}->{whole}{output.replace(batch, rest)}"
    one_layer(translator, call, "Einsum", {"equation": equation}, [translator.wire(ref) for ref in refs])


def _without_dots(terms: list[str], output: str, ranks: list[int], free: list[str]) -> tuple[list[str], str]:
    """The terms of an equation with letters in place of `...`; these are no longer free."""
    counts = [rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks) if "..." in term]
    if len(set(counts)) != 1 or counts[0] > len(free) - 2:
        raise NoOperator("its inputs have other dimensions where its equation has dots")
    letters = "".join(free.pop() for _ in range(counts[0]))
    return [term.replace("...", letters) for term in terms], output.replace("...", letters)
