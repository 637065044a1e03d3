"""Random native networks as rows that can be edited, and how a file writes them."""

from __future__ import annotations

import random
from typing import Any

from tests.comparing.edits import Line, Words
from tests.conformance.random_networks import random_network

_INFERRED = ("in_channels", "in_features", "num_features")
"""What a row is given says nothing where it follows from the input."""


def _changed(rng: random.Random, line: Line) -> tuple[Any, ...] | None:
    """The parameters of a row with one integer raised."""
    places = [place for place, (key, value) in enumerate(line.arguments) if type(value) is int and key not in _INFERRED]
    if not places:
        return None
    place = rng.choice(places)
    key, value = line.arguments[place]
    return (*line.arguments[:place], (key, value + rng.choice((1, 8))), *line.arguments[place + 1 :])


WORDS = Words(
    (
        ("Conv2d", (("out_channels", 48), ("kernel_size", 3), ("padding", 1))),
        ("Dropout2d", (("p", 0.3),)),
        ("SiLU", ()),
        ("GroupNorm", (("num_groups", 2),)),
        ("AvgPool2d", (("kernel_size", 2),)),
        ("LazyConv2d", (("out_channels", 24), ("kernel_size", 1))),
    ),
    _changed,
)


def lines_of(rng: random.Random) -> list[Line]:
    """The rows of a random network; in half of them only those that others name have names."""
    _, layers = random_network(rng)
    numbers = {layer["name"]: number for number, layer in enumerate(layers)}
    sources = [
        tuple(numbers[name] for name in layer["from"]) if "from" in layer else (number - 1 if number else None,)
        for number, layer in enumerate(layers)
    ]
    read = {one for number, found in enumerate(sources) for one in found if one is not None and one != number - 1}
    are_named = rng.random() < 0.5
    return [
        Line(
            number,
            layer["op"],
            1,
            tuple((key, value) for key, value in layer.items() if key not in ("name", "op", "from")),
            sources[number],
            "from" in layer,
            f"layer{number}" if are_named or number in read else "",
        )
        for number, layer in enumerate(layers)
    ]


def data_of(lines: list[Line]) -> dict[str, Any] | None:
    """The network as a file holds it; None where a row would read one without a name that stands elsewhere."""
    numbers = {line.identity: number for number, line in enumerate(lines)}
    names = {line.identity: line.name for line in lines}
    rows = []
    for at, line in enumerate(lines):
        row: dict[str, Any] = {"name": line.name} if line.name else {}
        row |= {"op": line.operator, **dict(line.arguments)}
        places = [-1 if one is None else numbers[one] for one in line.sources]
        if places != [at - 1]:
            written = [names[one] if one is not None else "image" for one in line.sources]
            if "" in written:
                return None
            row["from"] = written
        rows.append(row)
    return {"convlint": 1, "inputs": {"image": [3, 64, 64]}, "layers": rows}
