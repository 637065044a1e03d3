"""The order in which classes are searched for a member."""

from __future__ import annotations

from convlint.python_source.values import Class


def resolution_order(made: Class) -> tuple[object, ...]:
    """The classes in which a member is looked for, in Python's order; without one, depth first."""
    lines = [list(base.order) if isinstance(base, Class) else [base] for base in made.bases]
    lines.append(list(made.bases))
    order: list[object] = [made]
    while any(lines):
        lines = [line for line in lines if line]
        heads = (line[0] for line in lines)
        chosen = next((head for head in heads if not any(_is_in(head, line[1:]) for line in lines)), lines[0][0])
        order.append(chosen)
        lines = [[item for item in line if not (item is chosen or item == chosen)] for line in lines]
    return tuple(order)


def _is_in(item: object, items: list[object]) -> bool:
    return any(item is other or item == other for other in items)
