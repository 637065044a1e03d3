"""Says which names of layers are taken, and how these layers could be called."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from convlint.dialects.mistakes import Mistakes
from convlint.dialects.native.name_advice import free_name
from convlint.dialects.native.output_names import split_output
from convlint.dialects.places import place_of
from convlint.editing import rewritten
from convlint.findings import Edit, Fix, Related
from convlint.model import Port
from convlint.source.nodes import Mapping, Scalar, Sequence


def add_free_names(
    items: Sequence, named: Iterable[tuple[str | None, Port]], ports: dict[str, Port], mistakes: Mistakes
) -> None:
    """Adds to the ports those of the items of a list that are named as no other is, and reports the other names."""
    first: dict[str, Scalar] = {}
    for item, (name, port) in zip(items.items, named):
        if name is None or not isinstance(item, Mapping):
            continue
        node = item.get("name")
        assert isinstance(node, Scalar)
        if name not in ports:
            first[name] = node
            ports[name] = port
            continue
        related: tuple[Related, ...] = ()
        if name in first:
            related = (Related(place_of(mistakes.source, first[name]), f"the first '{name}'"),)
        _report_double(node, name, items, ports, related, mistakes)


def report_output_name(item: Mapping, name: str, taken: Collection[str], mistakes: Mistakes) -> None:
    """Refuses a name that is how an output of another layer is read."""
    stem, output = split_output(name)
    message = f"'{name}' is also how output {output} of '{stem}' is read"
    hint = f"'{free_name(f'{stem}_{output}', taken)}' is free"
    mistakes.report("duplicate-layer", item.get("name") or item, message=message, hint=hint)


def _report_double(
    node: Scalar,
    name: str,
    items: Sequence,
    ports: Collection[str],
    related: tuple[Related, ...],
    mistakes: Mistakes,
) -> None:
    written = [item.get("name") for item in items.items if isinstance(item, Mapping)]
    taken = {other.value for other in written if isinstance(other, Scalar)} | set(ports)
    free = free_name(name, taken)
    hint = f"'{free}' is free; a layer that no other reads needs no name"
    edits = _naming(mistakes.source.text, node, items, free)
    fix = None if edits is None else Fix(f"write {free}", edits, False)
    mistakes.report("duplicate-layer", node, {"name": name}, hint=hint, related=related, fix=fix)


def _naming(text: str, node: Scalar, items: Sequence, name: str) -> tuple[Edit, ...] | None:
    """Another name for a layer; one of its own where it got its name from an anchor."""
    if node.origin is None:
        return rewritten(text, node, name)
    layer = next((item for item in items.items if isinstance(item, Mapping) and item.get("name") is node), None)
    if layer is None or layer.origin is not None or text[layer.start : layer.start + 1] != "{":
        return None
    return (Edit(layer.start + 1, layer.start + 1, f"name: {name}, "),)
