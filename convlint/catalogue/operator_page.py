"""The page of an operator, made from its declaration."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.catalogue.functions import shape_source
from convlint.catalogue.language import Lowering
from convlint.catalogue.operators import Declaration
from convlint.catalogue.parameters import Parameter

_KEPT = {
    "inputs": ("its first input", "the first of its inputs, so many: {}"),
    "output": ("its output", "its output if {}"),
    "bytes": ("", "bytes of its own: {}"),
    "view": ("its output lies in its first input", "its output lies in its first input if {}"),
    "rearranges": ("in another order of axes", "in another order of axes if {}"),
    "copies": ("copies of rearranged inputs", "copies of rearranged inputs if {}"),
}
"""What is said of the keys of `saves`, where it always holds, and where an expression tells."""


def page(declaration: Declaration) -> str:
    """What the operator does, takes, gives, demands and costs."""
    return "\n".join([*_head(declaration), *_details(declaration)]) + "\n"


def brief_page(declaration: Declaration) -> str:
    """What the operator does and takes."""
    return "\n".join(_head(declaration)) + "\n"


def source(declaration: Declaration, lowering: Lowering) -> str:
    """The Python function that `output` and `require` of an operator are compiled to, and what it takes and gives."""
    names = ", ".join(parameter.name for parameter in declaration.parameters)
    demands = [f"#   {number}: {item.rule}" for number, item in enumerate(declaration.requirements)]
    gives = "failed demands (number, axes), shapes of the outputs"
    return "\n".join(
        [
            f"# {declaration.name}: {declaration.summary}",
            f"# P: values of the parameters ({names})" if names else "# P: nothing, it has no parameters",
            "# I: shapes of the inputs, without the batch",
            f"# gives: {gives}" + (", conditions on unknown sizes" if lowering == "lifted" else ""),
            *(["# demands:", *demands] if demands else []),
            shape_source(declaration, lowering, "shape"),
        ]
    )


def _head(declaration: Declaration) -> Iterator[str]:
    yield f"{declaration.name}: {declaration.summary}"
    yield ""
    if declaration.row is None and "." not in declaration.name:
        yield from _example(declaration)
        yield ""
    yield f"inputs: {_inputs(declaration)}"
    if declaration.parameters:
        yield "parameters:"
        width = max(len(parameter.name) for parameter in declaration.parameters)
        for parameter in declaration.parameters:
            yield f"  {parameter.name:{width}}  {_takes(parameter)}".rstrip()
    if declaration.row is not None:
        module = declaration.name.partition(".")[2]
        yield f"row: [from, repeats, {module}, [{', '.join(declaration.row.arguments)}]]"
        yield f"  later rows are told: {declaration.row.tracks}"


def _example(declaration: Declaration) -> Iterator[str]:
    """A layer to copy: with what must be given, and with the number of inputs that it reads."""
    fewest, most = declaration.inputs
    count = max(fewest, 2) if most is None and declaration.family != "Opaque" else fewest
    source = f", from: [{', '.join('abcdefgh'[:count])}]" if count > 1 else ""
    given = "".join(f", {item.name}: {_sample(item, declaration)}" for item in declaration.parameters if item.required)
    order = ", batch_first: true" if any(item.name == "batch_first" for item in declaration.parameters) else ""
    yield f"  - {{op: {declaration.name}{source}{given}{order}}}"


def _sample(parameter: Parameter, declaration: Declaration) -> str:
    """A value that a parameter takes, as a file writes it."""
    if any(f"len({parameter.name}) == rank + 1" in item.that for item in declaration.requirements):
        return "[0, 2, 1]"
    if parameter.type == "integers" and parameter.minimum is None:
        return "[2, 2]"
    if parameter.type == "text":
        return '"bij,bjk->bik"' if parameter.name == "equation" else "text"
    if parameter.type == "choice":
        return parameter.choices[0]
    samples = {"integers": "[16, 16]", "dims": "[1, 2]", "number": "0.5", "dim": "1", "flag": "true"}
    usual = {"out_channels": "64", "kernel_size": "3", "hidden_size": "64", "num_heads": "8", "normalized_shape": "64"}
    default = "2" if parameter.minimum is None or parameter.minimum <= 2 else str(parameter.minimum)
    return usual.get(parameter.name) or samples.get(parameter.type, default)


def _details(declaration: Declaration) -> Iterator[str]:
    for name, expression in declaration.let:
        yield f"  let {name} = {expression}"
    yield f"output: {_output(declaration)}"
    if declaration.requirements:
        yield "demands:"
        for requirement in declaration.requirements:
            yield f"  {requirement.rule}: {requirement.that}"
    costs = dict(declaration.costs)
    for key, label in (("parameters", "learned parameters"), ("macs", "multiply-accumulates")):
        if key in costs:
            yield f"{label}: {costs[key]}"
    if kept := _kept(costs):
        yield f"kept for training: {kept}"
    if declaration.torch is not None:
        yield f"in torch: {declaration.torch}"


def _kept(costs: dict[str, str]) -> str:
    """What autograd keeps for the backward pass; empty where nothing is declared."""
    parts = []
    for key, (certain, conditional) in _KEPT.items():
        expression = costs.get(f"saves.{key}", "0")
        if certain and expression in ("True", "1"):
            parts.append(certain)
        elif expression not in ("0", "False"):
            parts.append(conditional.format(expression))
    return "; ".join(parts)


def _inputs(declaration: Declaration) -> str:
    fewest, most = declaration.inputs
    if declaration.counts:
        count = " or ".join(str(number) for number in declaration.counts)
    elif most is None:
        count = f"{fewest} or more"
    else:
        count = str(fewest)
    if declaration.ranks is None:
        return count
    return f"{count}, with {' or '.join(str(rank) for rank in declaration.ranks)} axes beside the batch"


def _takes(parameter: Parameter) -> str:
    words = {
        "extent": "integer, or one an axis",
        "factor": "number, or one an axis",
        "sides": "integer, or two an axis",
    }
    text = words.get(parameter.type, parameter.type)
    if parameter.choices:
        listed = ", ".join(parameter.choices)
        text = f"one of {listed}" if parameter.type == "choice" else f"{text}, or {listed}"
    if parameter.required:
        text += "; required"
    elif parameter.infer is not None:
        text += f"; default {parameter.infer}"
    else:
        text += f"; default {'null' if parameter.default is None else _plain(parameter.default)}"
    return f"{text}. {parameter.summary}" if parameter.summary else text


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _output(declaration: Declaration) -> str:
    if isinstance(declaration.outputs, str):
        return declaration.outputs
    return "; ".join(
        output if isinstance(output, str) else "[" + ", ".join(output) + "]" for output in declaration.outputs
    )
