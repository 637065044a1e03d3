"""Random cases for each operator: parameters and input shapes, valid and invalid mixed, from its declaration."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from convlint.engine import catalogue
from convlint.engine.parameters import REJECTED, Parameter, accept

Shape = tuple[int, ...]
Case = tuple[tuple[Any, ...], tuple[Shape, ...]]
CHANNELS = (1, 2, 3, 4, 6, 8)


def random_case(name: str, rng: random.Random) -> Case | None:
    """(parameters in the order of the declaration, input shapes without the batch), or None for values it rejects."""
    operator = catalogue.operator(name)
    assert operator is not None
    shapes = _SHAPES.get(name, _shapes)(name, rng)
    given = {parameter.name: _value(name, parameter, shapes, rng) for parameter in operator.parameters}
    if name in _TOGETHER:
        given |= _TOGETHER[name](shapes, rng)
    values = []
    for parameter in operator.parameters:
        value = given[parameter.name]
        if value is _ABSENT:
            if parameter.required:
                return None
            values.append(operator.defaults[operator.positions[parameter.name]])
            continue
        accepted = accept(parameter, operator.axes, value)
        if accepted is REJECTED:
            return None
        values.append(accepted)
    return tuple(values), shapes


_ABSENT = object()


def _spatial(rng: random.Random, axes: int, largest: int = 12) -> Shape:
    return tuple(rng.randint(1, largest if axes < 3 else 7) for _ in range(axes))


def _shapes(name: str, rng: random.Random) -> tuple[Shape, ...]:
    operator = catalogue.operator(name)
    assert operator is not None
    if operator.ranks is not None:
        rank = rng.choice(operator.ranks)
        if rng.random() < 0.05:
            rank = max(1, rank + rng.choice((-1, 1)))
    else:
        rank = rng.randint(1, 4)
    first = (rng.choice(CHANNELS), *_spatial(rng, rank - 1))
    count = rng.choice(operator.counts) if operator.counts else operator.fewest
    if operator.most is None:
        count = max(count, rng.randint(2, 3))
    return (first, *(_similar(first, rng) for _ in range(count - 1)))


def _similar(shape: Shape, rng: random.Random) -> Shape:
    """The shape, now and then with one size, or the number of sizes, changed."""
    roll = rng.random()
    sizes = list(shape)
    if roll < 0.35:
        index = rng.randrange(len(sizes))
        sizes[index] = rng.choice((1, sizes[index] + 1, rng.randint(1, 6)))
    elif roll < 0.4 and len(sizes) > 1:
        sizes.pop()
    return tuple(sizes)


def _value(name: str, parameter: Parameter, shapes: tuple[Shape, ...], rng: random.Random) -> Any:
    special = _VALUES.get((name, parameter.name)) or _VALUES.get(("", parameter.name))
    if special is not None:
        return special(shapes, rng)
    if not parameter.required and rng.random() < 0.35:
        return _ABSENT
    if parameter.nullable and rng.random() < 0.2:
        return None
    return _TYPES[parameter.type](parameter, shapes[0], rng)


def _integer(parameter: Parameter, shape: Shape, rng: random.Random) -> int:
    least = int(parameter.minimum) if parameter.minimum is not None else -3
    return rng.randint(least, least + 5)


def _extent(parameter: Parameter, shape: Shape, rng: random.Random) -> Any:
    least = int(parameter.minimum) if parameter.minimum is not None else -1
    if parameter.choices and rng.random() < 0.3:
        return rng.choice(parameter.choices)
    if rng.random() < 0.4:
        return rng.randint(least, least + 4)
    return [rng.randint(least, least + 4) for _ in range(max(1, len(shape) - 1))]


def _factor(parameter: Parameter, shape: Shape, rng: random.Random) -> Any:
    options = (0.1, 0.25, 0.5, 0.6, 0.7, 0.9, 1.0, 1.1, 1.3, 1.5, 1.7, 2, 2.3, 3)
    return rng.choice(options) if rng.random() < 0.5 else [rng.choice(options) for _ in shape[1:]]


_TYPES: dict[str, Callable[[Parameter, Shape, random.Random], Any]] = {
    "integer": _integer,
    "dim": lambda parameter, shape, rng: rng.randint(-len(shape) - 2, len(shape) + 1),
    "dims": lambda parameter, shape, rng: [rng.randint(-len(shape) - 1, len(shape)) for _ in range(rng.randint(1, 2))],
    "number": lambda parameter, shape, rng: rng.choice((0.1, 0.5, 1.0, 2.0)),
    "flag": lambda parameter, shape, rng: rng.random() < 0.5,
    "choice": lambda parameter, shape, rng: rng.choice(parameter.choices),
    "extent": _extent,
    "factor": _factor,
    "integers": lambda parameter, shape, rng: [rng.randint(1, 4) for _ in range(rng.randint(1, 3))],
    "sides": lambda parameter, shape, rng: (
        rng.randint(-1, 4) if rng.random() < 0.3 else [rng.randint(-2, 5) for _ in range(2 * (len(shape) - 1))]
    ),
}

Special = Callable[[tuple[Shape, ...], random.Random], Any]


def _mostly(pick: Callable[[Shape], int]) -> Special:
    """What arrives, mostly; now and then something else, or nothing."""

    def value(shapes: tuple[Shape, ...], rng: random.Random) -> Any:
        roll = rng.random()
        right = pick(shapes[0])
        return _ABSENT if roll < 0.2 else right if roll < 0.85 else right + rng.choice((-1, 1, 2)) or 1

    return value


def _divisor_mostly(pick: Callable[[Shape], int]) -> Special:
    def value(shapes: tuple[Shape, ...], rng: random.Random) -> int:
        number = pick(shapes[0])
        divisors = [divisor for divisor in range(1, number + 1) if number % divisor == 0]
        return rng.choice(divisors) if rng.random() < 0.8 else rng.randint(1, 5)

    return value


def _trailing(shapes: tuple[Shape, ...], rng: random.Random) -> list[int]:
    shape = shapes[0]
    tail = list(shape[-rng.randint(1, len(shape)) :])
    if rng.random() < 0.3:
        tail[rng.randrange(len(tail))] += 1
    return tail


def _factors(number: int, rng: random.Random) -> list[int]:
    """Sizes that multiply up to a number, mostly; now and then with -1 or a wrong one."""
    sizes: list[int] = []
    while number > 1 and len(sizes) < 3:
        divisor = rng.choice([value for value in range(1, number + 1) if number % value == 0])
        sizes.append(divisor)
        number //= divisor
    sizes.append(number)
    roll = rng.random()
    if roll < 0.35:
        sizes[rng.randrange(len(sizes))] = -1
    elif roll < 0.5:
        sizes[rng.randrange(len(sizes))] += 1
    elif roll < 0.55:
        sizes = [-1, *sizes[1:], -1]
    return sizes


def _product(shape: Shape) -> int:
    result = 1
    for size in shape:
        result *= size
    return result


def _permutation(shapes: tuple[Shape, ...], rng: random.Random) -> list[int]:
    rank = len(shapes[0]) + 1
    order = [0, *rng.sample(range(1, rank), rank - 1)] if rng.random() < 0.8 else rng.sample(range(rank), rank)
    if rng.random() < 0.1:
        order[-1] = rng.choice((order[0], rank))
    if rng.random() < 0.2:
        order = [dim - rank if rng.random() < 0.5 else dim for dim in order]
    return order[:-1] if rng.random() < 0.05 and len(order) > 1 else order


def _pads(shapes: tuple[Shape, ...], rng: random.Random) -> list[int]:
    axes = rng.choice((len(shapes[0]) - 1, len(shapes[0]) - 1, rng.randint(1, len(shapes[0]))))
    return [rng.randint(-2, 4) for _ in range(2 * max(1, axes))]


def _unflatten(shapes: tuple[Shape, ...], rng: random.Random) -> dict[str, Any]:
    dim = rng.randint(-len(shapes[0]) - 1, len(shapes[0]) + 1)
    size = shapes[0][dim - 1] if 1 <= dim <= len(shapes[0]) else shapes[0][-1]
    return {"dim": dim, "unflattened_size": _factors(size, rng)}


def _split(shapes: tuple[Shape, ...], rng: random.Random) -> dict[str, Any]:
    dim = rng.randint(1, len(shapes[0]))
    size = shapes[0][dim - 1]
    if rng.random() < 0.5:
        return {"dim": dim, "split_size": rng.randint(1, size + 1)}
    first = rng.randint(1, size)
    parts = [first, size - first] if first < size else [size]
    if rng.random() < 0.2:
        parts[0] += 1
    return {"dim": dim, "split_size": parts}


def _fold(shapes: tuple[Shape, ...], rng: random.Random) -> dict[str, Any]:
    return {
        "output_size": [rng.randint(1, 6), rng.randint(1, 6)],
        "kernel_size": [rng.randint(1, 3), rng.randint(1, 2)],
    }


def _fold_shapes(name: str, rng: random.Random) -> tuple[Shape, ...]:
    return ((rng.choice((1, 2, 3, 4, 6, 8, 12)), rng.choice((1, 2, 3, 4, 6, 8, 9, 12, 16))),)


def _matrix_shapes(name: str, rng: random.Random) -> tuple[Shape, ...]:
    rank = rng.randint(1, 4)
    first = tuple(rng.randint(1, 4) for _ in range(rank))
    second = list(first)
    if rank >= 2:
        second[-1], second[-2] = rng.randint(1, 4), first[-1]
    return first, _similar(tuple(second), rng)


def _unpool_shapes(name: str, rng: random.Random) -> tuple[Shape, ...]:
    first = _shapes(name, rng)[0]
    return first, first if rng.random() < 0.9 else _similar(first, rng)


_SHAPES: dict[str, Callable[[str, random.Random], tuple[Shape, ...]]] = {
    "Fold": _fold_shapes,
    "MatMul": _matrix_shapes,
    **{f"MaxUnpool{axes}d": _unpool_shapes for axes in (1, 2, 3)},
}
_TOGETHER: dict[str, Callable[[tuple[Shape, ...], random.Random], dict[str, Any]]] = {
    "Unflatten": _unflatten,
    "Split": _split,
    "Fold": _fold,
}
_last: Callable[[Shape], int] = lambda shape: shape[-1]  # noqa: E731
_first: Callable[[Shape], int] = lambda shape: shape[0]  # noqa: E731
_VALUES: dict[tuple[str, str], Special] = {
    ("", "in_channels"): _mostly(_first),
    ("", "num_features"): _mostly(_first),
    ("", "num_channels"): _mostly(_first),
    ("", "in_features"): _mostly(_last),
    ("", "input_size"): _mostly(_last),
    ("", "embed_dim"): _mostly(_last),
    ("", "d_model"): _mostly(_last),
    ("", "in1_features"): lambda shapes, rng: shapes[0][-1] + (rng.random() < 0.1),
    ("", "in2_features"): lambda shapes, rng: shapes[-1][-1] + (rng.random() < 0.1),
    ("", "kdim"): lambda shapes, rng: _ABSENT if rng.random() < 0.7 else shapes[-2 % len(shapes)][-1],
    ("", "vdim"): lambda shapes, rng: _ABSENT if rng.random() < 0.7 else shapes[-1][-1],
    ("", "out_channels"): lambda shapes, rng: rng.choice(CHANNELS),
    ("", "groups"): _divisor_mostly(_first),
    ("", "num_groups"): _divisor_mostly(_first),
    ("", "num_heads"): _divisor_mostly(_last),
    ("", "nhead"): _divisor_mostly(_last),
    ("", "upscale_factor"): lambda shapes, rng: rng.randint(1, 3),
    ("", "downscale_factor"): lambda shapes, rng: rng.randint(1, 3),
    ("", "normalized_shape"): _trailing,
    ("", "num_parameters"): lambda shapes, rng: rng.choice((1, shapes[0][0], shapes[0][0] + 1)),
    ("", "p"): lambda shapes, rng: rng.choice((0.0, 0.2, 0.5, 1.0, 1.5, -0.1)),
    ("", "dropout"): lambda shapes, rng: rng.choice((_ABSENT, 0.0, 0.3, 1.2)),
    ("", "num_layers"): lambda shapes, rng: rng.randint(1, 3),
    ("", "dim_feedforward"): lambda shapes, rng: rng.randint(1, 9),
    ("", "num_embeddings"): lambda shapes, rng: rng.randint(1, 9),
    ("", "padding_idx"): lambda shapes, rng: _ABSENT,
    ("", "max_norm"): lambda shapes, rng: _ABSENT,
    ("Hardtanh", "min_val"): lambda shapes, rng: rng.choice((-1.0, 0.0, 2.0)),
    ("Hardtanh", "max_val"): lambda shapes, rng: rng.choice((0.5, 1.0)),
    ("RReLU", "lower"): lambda shapes, rng: 0.1,
    ("RReLU", "upper"): lambda shapes, rng: 0.3,
    ("Softmax", "dim"): lambda shapes, rng: rng.randint(-len(shapes[0]) - 2, len(shapes[0]) + 1),
    ("Reshape", "shape"): lambda shapes, rng: _factors(_product(shapes[0]), rng),
    ("Permute", "dims"): _permutation,
    ("Mean", "dim"): lambda shapes, rng: [
        rng.randint(-len(shapes[0]) - 1, len(shapes[0])) for _ in range(rng.randint(1, 2))
    ],
    ("Pad", "padding"): _pads,
    ("Slice", "dim"): lambda shapes, rng: rng.randint(1, len(shapes[0])),
    ("Slice", "start"): lambda shapes, rng: rng.choice((_ABSENT, 0, 1, 2, -2, -20)),
    ("Slice", "end"): lambda shapes, rng: rng.choice((_ABSENT, None, 1, 3, -1, 20)),
    ("Slice", "step"): lambda shapes, rng: rng.randint(1, 3),
    ("Chunk", "dim"): lambda shapes, rng: rng.randint(1, len(shapes[0])),
    ("Concat", "dim"): lambda shapes, rng: rng.choice((_ABSENT, rng.randint(-len(shapes[0]) - 2, len(shapes[0]) + 1))),
}
