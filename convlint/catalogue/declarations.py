"""How an entry of an operator file (`rules/operators/*.yaml`) becomes a declaration; its form was checked before."""

from __future__ import annotations

from collections.abc import Iterable

from convlint.catalogue.data_checks import Data
from convlint.catalogue.operators import Declaration, DeclarationError, Output, Remedy, Requirement, RowDeclaration
from convlint.catalogue.parameters import Parameter
from convlint.domain.values import Word
from convlint.typed import Any

_CHANNELS = "in_channels"


def load_family(family: str, data: Data) -> list[Declaration]:
    """The declarations of one entry of an operator file, one a name; raises DeclarationError."""
    names = data.get("names", [family])
    axes_by_name = names if isinstance(names, dict) else dict.fromkeys(names)
    return [_declaration(family, name, axes, data) for name, axes in axes_by_name.items()]


def _declaration(family: str, name: str, axes: object, data: Data) -> Declaration:
    axes = axes if axes is not None else data.get("axes")
    axes_set = None if axes is None else tuple(axes) if isinstance(axes, list) else (axes,)
    ranks = data.get("rank")
    rank_set = tuple(ranks) if isinstance(ranks, list) else (ranks,) if ranks is not None else None
    if rank_set is None and axes_set is not None:
        rank_set = tuple(count + 1 for count in axes_set)
    lowest, highest, counts = _input_counts(data.get("inputs", 1))
    return Declaration(
        name,
        family,
        data.get("summary", ""),
        axes_set,
        rank_set,
        (lowest, highest),
        counts,
        tuple(_parameter(key, value) for key, value in (data.get("params") or {}).items()),
        tuple((key, str(value)) for key, value in (data.get("let") or {}).items()),
        tuple(load_requirements(data.get("require") or {})),
        _outputs(data, name),
        tuple((key, str(value)) for key, value in _costs(data).items()),
        data["torch"].format(name=name, function=name.lower()) if data.get("torch") else None,
        load_row(data) if "row" in data else None,
        tuple(data.get("indices", ())),
        data.get("enlarge", ""),
        output_names=tuple(data.get("output_names", ())),
    )


def load_row(entry: Data) -> RowDeclaration:
    """How rows give the parameters of an operator; by default, in the order in which it declares them."""
    data, parameters = entry["row"] or {}, entry.get("params") or {}
    several = data.get("several", False)
    own = tuple(name for name in parameters if name not in (_CHANNELS, data.get("repeats")))
    is_told = _CHANNELS in parameters and _CHANNELS not in data.get("args", ())
    return RowDeclaration(
        tuple(data.get("args", own)),
        data.get("channels", _CHANNELS if is_told else None),
        tuple(data.get("scaled", ())),
        data.get("repeats"),
        str(data.get("tracks", "sum(channels)" if several else "out_channels" if "scaled" in data else "C")),
        several,
        data.get("selects"),
        data.get("head", False),
        data.get("output", False),
        data.get("ignores_rest", False),
        data.get("notes", ""),
    )


def row_facts(declaration: Declaration) -> dict[str, Any]:
    """The fields of the `Row` of a module, all but the function that gives the channels which later rows are told."""
    row = declaration.row
    assert row is not None
    required = [parameter.name for parameter in declaration.parameters if parameter.required]
    fewest = max([row.arguments.index(name) + 1 for name in required if name in row.arguments], default=0)
    facts = {name: value for name, value in row._asdict().items() if name != "tracks"}
    return {"operator": declaration.name, "fewest": fewest, **facts}


def _input_counts(inputs: Any) -> tuple[int, int | None, tuple[int, ...]]:
    if isinstance(inputs, dict):
        return inputs["min"], inputs.get("max"), ()
    if isinstance(inputs, list):
        return min(inputs), max(inputs), tuple(inputs)
    return inputs, inputs, ()


def _parameter(name: str, data: Data) -> Parameter:
    kind = data["type"]
    minimum = data.get("min", 1 if kind in ("count", "counts", "extent", "extents") else None)
    choices = tuple(data.get("of", data.get("words", ())))
    infer = data.get("infer")
    return Parameter(
        name,
        "integer" if kind == "count" else kind,
        data.get("required", False),
        _default(kind, data.get("default")),
        minimum,
        data.get("max"),
        choices,
        data.get("nullable", False) or (data.get("default", 0) is None and infer is None),
        None if infer is None else str(infer),
        data.get("summary", ""),
        str(data.get("removed", "")),
        data.get("renamed", ""),
    )


def _default(kind: str, value: object) -> object:
    """A default as a declaration holds it; of settings, formulas see only that they are there."""
    return Word(value) if kind == "settings" and isinstance(value, dict) else _frozen(value)


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return Word(value) if isinstance(value, str) else value


def load_requirements(data: Data) -> Iterable[Requirement]:
    """The requirements of an operator's `require`, in their order."""
    for rule, entries in data.items():
        for entry in entries if isinstance(entries, list) else [entries]:
            yield Requirement(
                rule,
                str(entry["that"]),
                entry.get("at", ""),
                entry.get("say"),
                entry.get("help"),
                entry.get("severity"),
                entry.get("else", "nothing"),
                load_remedy(entry.get("fix"), entry.get("at", "")),
                str(entry.get("spares", "")),
            )


def load_remedy(data: Data | None, at: str) -> Remedy | None:
    """The `fix` of a requirement that points at the parameter `at`, which a `set` that names none gives a value."""
    if data is None:
        return None
    given = data.get("set", {})
    settings = given if isinstance(given, dict) else {at: given}
    pairs = tuple((key, str(value)) for key, value in settings.items())
    return Remedy(pairs, data.get("insert", ""), data.get("safe", True), data.get("title", ""))


def _outputs(data: Data, name: str) -> tuple[Output, ...] | str:
    if "outputs" in data:
        outputs = data["outputs"]
        return str(outputs) if isinstance(outputs, str) else tuple(_output(output) for output in outputs)
    if "output" not in data and "layers" in data:
        return ("unknown_shape",)
    if "output" not in data:
        raise DeclarationError(f"{name}: neither 'output' nor 'outputs'")
    return (_output(data["output"]),)


def _output(output: object) -> Output:
    """An expression of kind shape, or a tuple of expressions: channels, then one that is taken axis by axis."""
    return tuple(str(item) for item in output) if isinstance(output, list) else str(output)


def _costs(data: Data) -> dict[str, object]:
    """The cost expressions: parameters, macs, what is saved, and window, stride, up and all of the receptive field."""
    field = data.get("receptive_field")
    costs: dict[str, object] = {}
    costs |= {key: data[key] for key in ("parameters", "macs") if key in data}
    costs |= {f"saves.{key}": expression for key, expression in (data.get("saves") or {}).items()}
    if "margin" in data:
        costs["margin"] = data["margin"]
    if isinstance(field, dict):
        costs |= {key: field[key] for key in ("window", "stride", "up", "all") if key in field}
    elif field is not None:
        costs["reach"] = repr(field)
    return costs
