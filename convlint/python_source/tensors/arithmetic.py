"""Arithmetic of tensors: element by element, products of matrices, `where` and `einsum`."""

from __future__ import annotations

from convlint.domain.values import UNKNOWN, Scalar
from convlint.python_source.operations import is_open
from convlint.python_source.tensors.arguments import failure, unknown_call
from convlint.python_source.values import Arguments, Keywords, ShapeFunction, Sizes, Tensor, Unknown


def broadcast(left: object, right: object, place: str) -> object:
    """The shape of an element-by-element operation."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        other = right if isinstance(left, Unknown) else left
        return Tensor(None) if isinstance(other, Tensor) else unknown_call("arithmetic", place)
    if not isinstance(left, Tensor) or not isinstance(right, Tensor):
        found = left if isinstance(left, Tensor) else right
        return Tensor(found.shape) if isinstance(found, Tensor) else unknown_call("arithmetic", place)
    if left.shape is None or right.shape is None:
        return Tensor(None)
    return Tensor(_broadcast_shapes(left.shape, right.shape, place))


def _broadcast_shapes(left: Sizes, right: Sizes, place: str) -> Sizes:
    rank = max(len(left), len(right))
    first, second = (1,) * (rank - len(left)) + left, (1,) * (rank - len(right)) + right
    sizes = []
    for at, (a, b) in enumerate(zip(first, second)):
        if a == 1 and type(a) is int:
            sizes.append(b)
        elif b == 1 and type(b) is int:
            sizes.append(a)
        elif is_open(a) or is_open(b):
            sizes.append(b if is_open(a) and not is_open(b) else a if not is_open(a) or a is b or a == b else UNKNOWN)
        elif a != b:
            text = f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension {at}"
            raise failure(text, place)
        else:
            sizes.append(a)
    return tuple(sizes)


def matmul(left: object, right: object, place: str) -> object:
    """`left @ right`."""
    if not isinstance(left, Tensor) or not isinstance(right, Tensor):
        return unknown_call("matmul", place)
    if left.shape is None or right.shape is None or len(left.shape) < 2 or len(right.shape) < 2:
        return Tensor(None)
    inner, other = left.shape[-1], right.shape[-2]
    if type(inner) is int and type(other) is int and inner != other:
        raise failure(f"mat1 and mat2 shapes cannot be multiplied ({left.shape} and {right.shape})", place)
    batch = _broadcast_shapes(left.shape[:-2], right.shape[:-2], place)
    return Tensor((*batch, left.shape[-2], right.shape[-1]))


def _binary_matmul(arguments: Arguments, keywords: Keywords, place: str) -> object:
    return matmul(arguments[0], arguments[1] if len(arguments) > 1 else None, place)


def _where(arguments: Arguments, keywords: Keywords, place: str) -> object:
    if len(arguments) != 3:
        return unknown_call("where", place)
    return broadcast(broadcast(arguments[0], arguments[1], place), arguments[2], place)


def _einsum(arguments: Arguments, keywords: Keywords, place: str) -> object:
    equation, parts = (arguments[0], arguments[1:]) if arguments else (None, [])
    if len(parts) == 1 and isinstance(parts[0], (list, tuple)):
        parts = list(parts[0])
    if not isinstance(equation, str) or "->" not in equation or "." in equation:
        return Tensor(None)
    left, right = equation.replace(" ", "").split("->")
    sizes: dict[str, Scalar] = {}
    for letters, part in zip(left.split(","), parts):
        shape = part.shape if isinstance(part, Tensor) else None
        if shape is not None and len(shape) == len(letters):
            sizes.update({letter: size for letter, size in zip(letters, shape) if sizes.get(letter, 1) in (1, UNKNOWN)})
    return Tensor(tuple(sizes.get(letter, UNKNOWN) for letter in right))


FUNCTIONS: dict[str, ShapeFunction] = {
    "matmul": _binary_matmul,
    "bmm": _binary_matmul,
    "mm": _binary_matmul,
    "where": _where,
    "einsum": _einsum,
}
