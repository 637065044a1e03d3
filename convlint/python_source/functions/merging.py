"""Arithmetic and functions of several tensors as operators."""

from __future__ import annotations

from convlint.python_source.functions.call import FunctionCall, NotAnOperator, Operation, own_dim, shared_batch
from convlint.python_source.values import Tensor


def label_of_several(call: FunctionCall) -> tuple[Operation, ...]:
    """Arithmetic of tensors and numbers; what is no operator, a label says."""
    tensors = [value for value in call.arguments if isinstance(value, Tensor)]
    operator = _ARITHMETIC.get(call.name)
    number = next((value for value in call.arguments[1:] if type(value) in (int, float)), None)
    if operator is None or (len(tensors) == 1 and number is None):
        return (Operation("Identity", {}, [*tensors], shared_batch(call, tensors), call.name),)
    parameters = {} if number is None or len(tensors) > 1 else {"value": number}
    return (Operation(operator, parameters, [*tensors], shared_batch(call, tensors)),)


_ARITHMETIC = {
    "add": "Add",
    "sub": "Sub",
    "subtract": "Sub",
    "mul": "Mul",
    "multiply": "Mul",
    "div": "Div",
    "divide": "Div",
    "true_divide": "Div",
    "maximum": "Maximum",
    "minimum": "Minimum",
}


def reversed(call: FunctionCall) -> tuple[Operation, ...]:
    """`1 - x` and `1 / x`: a number before the tensor."""
    number, tensor = call.arguments
    if not isinstance(tensor, Tensor):
        raise NotAnOperator
    is_difference = call.name == "rsub"
    middle = Tensor(tensor.shape)
    batch = call.axis(tensor)
    first = Operation("Neg" if is_difference else "Pow", {} if is_difference else {"exponent": -1}, [tensor], batch)
    second = Operation("Add" if is_difference else "Mul", {"value": number}, [None], batch)
    return (first._replace(result=middle), second)


def concatenated(call: FunctionCall) -> tuple[Operation, ...]:
    """`cat` and `stack`."""
    parts = call.get(0, "tensors")
    if not isinstance(parts, (list, tuple)) or not all(isinstance(part, Tensor) for part in parts):
        raise NotAnOperator
    batch = shared_batch(call, list(parts))
    rank = len(parts[0].shape or ())
    dim = call.get(1, "dim", 0)
    if call.name != "stack":
        return (Operation("Concat", {"dim": own_dim(dim, rank, batch)}, list(parts), batch),)
    if type(dim) is not int:
        raise NotAnOperator
    after = batch + (dim % (rank + 1) <= batch) if batch is not None else None
    return (Operation("Stack", {"dim": own_dim(dim, rank + 1, after)}, list(parts), after),)


def multiplied(call: FunctionCall) -> tuple[Operation, ...]:
    """`matmul`, where the batch is none of the last two axes."""
    tensors = [value for value in call.arguments[:2] if isinstance(value, Tensor)]
    batch = shared_batch(call, tensors)
    rank = max(len(tensor.shape or ()) for tensor in tensors)
    if len(tensors) != 2 or (batch is not None and batch >= rank - 2):
        raise NotAnOperator
    return (Operation("MatMul", {}, [*tensors], batch),)


def attended(call: FunctionCall) -> tuple[Operation, ...]:
    """`scaled_dot_product_attention`."""
    given = [call.get(at, name) for at, name in enumerate(("query", "key", "value"))]
    tensors = [tensor for tensor in given if isinstance(tensor, Tensor)]
    if len(tensors) < len(given):
        raise NotAnOperator
    return (Operation("ScaledDotProductAttention", {}, [*tensors], shared_batch(call, tensors)),)


def einsum(call: FunctionCall) -> tuple[Operation, ...]:
    """`einsum`, where every tensor has the batch first."""
    equation, parts = call.arguments[0], call.arguments[1:]
    if len(parts) == 1 and isinstance(parts[0], (list, tuple)):
        parts = list(parts[0])
    operands = [part for part in parts if isinstance(part, Tensor)]
    if not isinstance(equation, str) or len(operands) < len(parts) or any(call.axis(part) != 0 for part in operands):
        raise NotAnOperator
    return (Operation("Einsum", {"equation": equation.replace(" ", "")}, [*operands], 0),)
