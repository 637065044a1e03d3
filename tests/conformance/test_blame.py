"""Networks with one number changed, judged by torch layer by layer: the changed layer is named, whatever refuses it."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import convlint
from convlint.catalogue import lookup
from convlint.checking import check_source
from convlint.domain.values import plain_sizes
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session, Trace
from convlint.findings import Finding
from convlint.model import Graph, Port
from convlint.source import Source

torch_side = pytest.importorskip("tests.conformance.torch_side", reason="torch is not installed")
GALLERY = Path(__file__).parents[2] / "examples" / "gallery"
NETWORKS = ("resnet50", "efficientnet_b0", "mobilenetv3", "unet", "unet3d", "vit_b16", "dcgan_generator")
LOSSES = {"non-integer-division"}
NUMBERS = (
    "out_channels",
    "out_features",
    "kernel_size",
    "stride",
    "padding",
    "num_features",
    "in_channels",
    "embed_dim",
)


class Row(NamedTuple):
    """One layer, every number written."""

    name: str
    operator: str
    sources: tuple[str, ...]
    parameters: dict[str, Any]


def rows_of(trace: Trace, path: str, given: list[str]) -> tuple[list[Row], str]:
    """(the layers of a network without its blocks, the name of its first output)."""
    rows: list[Row] = []
    names: dict[int, str] = {}

    def at(port: Port | None) -> str:
        assert port is not None
        name = names[port.layer] if port.layer >= 0 else given[-1 - port.layer]
        return f"{name}.{port.output}" if port.output else name

    for index, (layer, step) in enumerate(zip(trace.graph.layers, trace.steps)):
        sources = [at(port) for port in layer.sources]
        for number in range(layer.repeat):
            label = f"{path}{layer.name}" + (f"_{number}" if layer.repeat > 1 else "")
            if isinstance(layer.operator, Graph):
                copy = step.copies[min(number, len(step.copies) - 1)]
                inside, names[index] = rows_of(copy, label + "_", sources)
                rows += inside
            else:
                names[index] = re.sub(r"\W", "_", label)
                declared = lookup.declaration(str(layer.operator)).parameters
                written = {one.name: value for one, value in zip(declared, layer.parameters) if value is not None}
                inferred = {
                    one.name: lookup.evaluate(
                        str(layer.operator), (one.infer,), layer.parameters, step.inputs, step.outputs
                    )[0]
                    for one, value in zip(declared, layer.parameters)
                    if value is None and one.infer is not None and one.name in NUMBERS
                }
                changed = {
                    one.name: value
                    for one in declared
                    if (value := {**written, **inferred}.get(one.name)) is not None and value != one.default
                }
                rows.append(Row(names[index], str(layer.operator), tuple(sources), changed))
            sources = [names[index], *sources[1:]]
    return rows, at(trace.graph.outputs[0])


def as_text(inputs: dict[str, tuple[int, ...]], rows: list[Row]) -> str:
    lines = ["  - " + _plain({"name": row.name, "op": row.operator, **_from(row), **row.parameters}) for row in rows]
    given = ", ".join(f"{name}: {_plain(shape)}" for name, shape in inputs.items())
    return "\n".join(["convlint: 1", f"inputs: {{{given}}}", "layers:", *lines]) + "\n"


def _from(row: Row) -> dict[str, Any]:
    return {"from": row.sources} if row.sources else {}


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_plain(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return f"{value:.12f}" if isinstance(value, float) else str(value)


def raising(inputs: dict[str, tuple[int, ...]], rows: list[Row], known: dict[Any, Any]) -> str | None:
    """The first layer that torch refuses."""
    shapes: dict[str, Any] = dict(inputs)
    for row in rows:
        arriving = tuple(shapes[source] for source in row.sources)
        key = (row.operator, repr(row.parameters), arriving)
        if key not in known:
            known[key] = torch_side.run(row.operator, row.parameters, arriving)
        verdict = known[key]
        if verdict.error is not None or any(shape is not None and 0 in shape for shape in verdict.shapes):
            return row.name
        for number, shape in enumerate(verdict.shapes):
            shapes[f"{row.name}.{number}" if number else row.name] = shape
    return None


def with_one_change(rows: list[Row], rng: random.Random) -> tuple[str, list[Row]]:
    """(the layer that was changed, all layers)."""
    sites = [
        (index, name)
        for index, row in enumerate(rows)
        for name in row.parameters
        if name in NUMBERS and row.parameters[name]
    ]
    index, name = rng.choice(sites)
    row, value = rows[index], rows[index].parameters[name]
    whole = isinstance(value, tuple)
    other = _other(name, value[0] if whole else value, rng)
    changed: Any = (other,) * len(value) if whole else other
    return row.name, [*rows[:index], row._replace(parameters={**row.parameters, name: changed}), *rows[index + 1 :]]


def _other(name: str, value: Any, rng: random.Random) -> int:
    if not isinstance(value, int):
        return 1
    if name == "padding":
        return 0
    if name in ("kernel_size", "stride"):
        return rng.choice((value + 1, max(1, value - 1), value + 2))
    return rng.choice((value + 1, max(1, value - 1), value * 2, max(1, value // 2)))


def is_named(finding: Finding, layer: str) -> bool:
    texts = " ".join([finding.message, finding.help, *(item.message for item in finding.related)])
    return re.search(rf"(?<!\w){layer}(?!\w)", texts) is not None


def test_the_changed_layer_is_named(cases: int, seed: int) -> None:
    rng = random.Random(f"blame/{seed}")
    elsewhere = named = refused = 0
    for name in rng.sample(NETWORKS, min(len(NETWORKS), 1 + cases // 25)):
        loaded = convlint.load(GALLERY / f"{name}.yaml")
        architecture = loaded if isinstance(loaded, convlint.Architecture) else loaded[0]
        trace = propagate(architecture.graph, architecture.inputs, Session({}))
        inputs = dict(zip(architecture.graph.inputs, (plain_sizes(shape) or () for shape in architecture.inputs)))
        rows, _ = rows_of(trace, "", list(inputs))
        known: dict[Any, Any] = {}
        assert raising(inputs, rows, known) is None
        for _ in range(max(4, cases // 5)):
            changed, mutant = with_one_change(rows, rng)
            torch_says = raising(inputs, mutant, known)
            findings = check_source(Source("network.yaml", as_text(inputs, mutant))).findings
            errors = [item for item in findings if item.severity == "error" and item.rule.name not in LOSSES]
            assert bool(errors) == (torch_says is not None), as_text(inputs, mutant)
            if torch_says is None:
                continue
            refused += 1
            assert torch_says in {item.layer for item in errors}, as_text(inputs, mutant)
            if torch_says != changed:
                elsewhere += 1
                named += any(is_named(item, changed) for item in errors)
    assert named >= 0.8 * elsewhere
    assert refused
