"""What was meant by a name in `from` that nothing has, and the edit that writes it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from convlint.budget import allows
from convlint.editing import rewriting
from convlint.findings import Fix
from convlint.limits import STEPS_A_NAME
from convlint.model import Port
from convlint.nearest import MISSPELT, nearest, nearest_hint, plain, unmistakable
from convlint.source.nodes import Mapping, Scalar
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.dialects.native.block import Block

_MOST_NAMES, _MOST_LAST = 8, 3
"""Names that are listed where none is like the one that is not known."""


def name_help(name: str, ports: dict[str, Port], outside: Collection[str]) -> str:
    """What was meant by a name that nothing in `ports` has; `outside` are the names of the network around a block."""
    if name in outside:
        given = [name for name, port in ports.items() if port.layer < 0]
        return f"a block reads its own layers and what it is given: {', '.join(given)}"
    parts = _parts(name, ports)
    if parts is not None:
        return f"a list is written {parts}"
    outer = _outer(name, ports)
    if outer is not None:
        return f"of '{outer}', only what it gives can be read: '{outer}'"
    same = _spelt_otherwise(name, ports)
    if same is not None:
        return f"did you mean '{same}'?"
    return nearest_hint(name, ports) or _like_numbered(name, ports) or _all_names(ports)


def block_help(name: str, blocks: Iterable[Block]) -> str:
    """Where a name stands that only the inside of a block has."""
    for block in blocks:
        if not allows(STEPS_A_NAME * len(block.layers.items), MISSPELT):
            return ""
        layers = [item.get("name") for item in block.layers.items if isinstance(item, Mapping)]
        if any(isinstance(node, Scalar) and node.value == name for node in layers):
            return f"'{name}' stands inside the block {block.name}: only what a block gives can be read outside"
    return ""


def _like_numbered(name: str, ports: Collection[str]) -> str:
    """The name that is the same but for its number, the nearest in number, as short names are."""
    if not allows(STEPS_A_NAME * len(ports), MISSPELT):
        return ""
    stem, number = _numbered(name)
    alike = [port for port in ports if stem and _numbered(port)[0] == stem]
    best = min(alike, key=lambda port: abs(_numbered(port)[1] - number), default=None)
    return f"did you mean '{best}'?" if best is not None else ""


def _numbered(name: str) -> tuple[str, int]:
    stem = name.rstrip("0123456789")
    return stem.lower(), int(name[len(stem) :][:9] or 0)


def _all_names(ports: Collection[str]) -> str:
    names = list(ports)
    if len(names) > _MOST_NAMES:
        return f"the last layers are {', '.join(names[-_MOST_LAST:])}"
    return f"there are {', '.join(names)}" if names else ""


def name_fix(text: str, node: Scalar, ports: dict[str, Port], output: str = "") -> Fix | None:
    """Writes the name that was meant; safe where it is the same but for case, hyphens, underscores and spaces.

    `output` is that of a layer, where one was meant.
    """
    name = node.value
    parts = _parts(name, ports)
    if parts is not None and text[: node.start].rstrip().endswith(("[", ",")):  # in a list already
        parts = parts.strip("[]")
    same = parts or _spelt_otherwise(name, ports)
    meant = same or output or _outer(name, ports) or unmistakable(name, ports)
    return rewriting(text, node, meant, same is not None)


def given_fix(text: str, node: Scalar, ports: dict[str, Port]) -> Fix | None:
    """Writes the one input that a block is given, for a name of what is around the block."""
    given = [name for name, port in ports.items() if port.layer < 0]
    return rewriting(text, node, given[0], False) if len(given) == 1 else None


def free_name(name: str, taken: Collection[str]) -> str:
    """The next name in the numbering of a name, such as `relu3` for `relu2`, that is not taken."""
    stem = name.rstrip("0123456789")
    number = int(name[len(stem) :][-9:] or 1)
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def _parts(name: str, ports: Collection[str]) -> str | None:
    """The list that a text of several names is."""
    parts = [part.strip() for part in re.split(r"\s*[,+&|]\s*|\sand\s|\s+", name.strip("()[]"))]
    is_list = len(parts) > 1 and all(part in ports for part in parts)
    return f"[{', '.join(parts)}]" if is_list else None


def _outer(name: str, ports: Collection[str]) -> str | None:
    """The layer of the list in whose inside a name points."""
    outer = re.split(r"[./]", name)[0]
    return outer if outer != name and outer in ports and nearest(name, ports) in (outer, None) else None


def _spelt_otherwise(name: str, ports: Collection[str]) -> str | None:
    """The one name that is the same but for what people vary."""
    if not allows(STEPS_A_NAME * len(ports), MISSPELT):
        return None
    wanted = plain(name)
    same = [port for port in ports if plain(port) == wanted]
    return same[0] if len(same) == 1 else None
