"""Gathers layers into blocks: modules that are alike but for some numbers become one block with parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

from convlint.catalogue import lookup
from convlint.dialects.native.keys import LAYER_KEYS
from convlint.importing.modules import plain
from convlint.importing.network import TracedLayer, TracedNetwork, Wire
from convlint.typed import Any, NamedTuple

LEAST_SAVED = 3
"""Lines that a block must save."""
_CONTAINERS = frozenset(("Sequential", "ModuleList", "ModuleDict"))


class LayerLine(NamedTuple):
    """One line of a list of layers: its name, operator or block, settings, and what it reads; `repeat` copies of it.

    It is the layer `node`, by its place in the scope, or the modules `regions`, one a copy. `shares` names the row
    whose module it is once more.
    """

    name: str
    operator: str
    settings: Mapping[str, object]
    sources: tuple[str, ...]
    node: int | None = None
    regions: tuple[int, ...] = ()
    shares: str = ""

    @property
    def repeat(self) -> int:
        """How many copies it stands for."""
        return max(1, len(self.regions))


class SharedBlock(NamedTuple):
    """A block: its inputs, its parameters with their values in each module that uses it, its layers and output."""

    name: str
    inputs: tuple[str, ...]
    parameters: Mapping[str, Mapping[int, object]]
    rows: tuple[LayerLine, ...]
    output: str

    def default(self, name: str) -> object:
        """The value of a parameter that most uses give; None where no value is that of most."""
        values = list(self.parameters[name].values())
        value, count = Counter(map(_frozen, values)).most_common(1)[0]
        return next(item for item in values if _frozen(item) == value) if count * 2 > len(values) else None


class Structure(NamedTuple):
    """The layers of the network and its blocks in the order in which they are used; the names of the outputs."""

    rows: tuple[LayerLine, ...]
    blocks: tuple[SharedBlock, ...]
    outputs: tuple[tuple[str, str], ...]
    paths: Mapping[int, str]
    """The path of each layer in the built network."""
    again: frozenset[int]
    """The layers of modules that stand there once more: their tensors are those of the first."""


Item = tuple[str, int]
"""`("node", number)` or `("region", number)`."""


def structured(network: TracedNetwork) -> Structure:
    """The network in blocks."""
    return _Builder(network).structure()


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else (type(value).__name__, value)


class _Spot(NamedTuple):
    """Where a line of modules that are alike (`members`) stands: its name and place among their items.

    `parts` are what stands there in each member, `registry` holds the parameters of the block, `given` the names of
    wires.
    """

    name: str
    place: int
    parts: list[int]
    members: list[int]
    registry: dict[str, dict[int, object]]
    given: dict[Wire, str]


class _Builder:
    def __init__(self, network: TracedNetwork) -> None:
        self._network = network
        self._children: dict[int, list[Item]] = {}
        self._flat: dict[int, list[int]] = {}
        self._plant()
        self._readers = self._find_readers()
        self._users = self._find_users()
        self._keys = {region: self._key(region) for region in self._flat}
        self._groups: dict[object, list[int]] = {}
        for region, key in self._keys.items():
            if key is not None:
                self._groups.setdefault(key, []).append(region)
        self._taken: list[object] = []
        self._chosen: dict[Any, str] = {}
        self._choose()
        self._blocks: dict[object, SharedBlock] = {}

    # --- the tree of modules

    def _plant(self) -> None:
        chains = [self._chain(node.region) for node in self._network.nodes]
        last = {region: number for number, chain in enumerate(chains) for region in chain}
        for number, chain in enumerate(chains):
            for region in chain:
                self._flat.setdefault(region, []).append(number)
            for parent, region in pairwise(chain):
                items = self._children.setdefault(parent, [])
                if not items or items[-1] != ("region", region):
                    items.append(("region", region))
            siblings = self._children.setdefault(chain[-1], [])
            is_in_open_call = bool(siblings) and siblings[-1][0] == "region" and last[siblings[-1][1]] > number
            siblings.insert(
                len(siblings) - is_in_open_call, ("node", number)
            )  # a tensor that a module inside asked for

    def _chain(self, region: int) -> list[int]:
        """The regions around a layer, the outermost first."""
        chain: list[int] = []
        while region >= 0:
            chain.append(region)
            region = self._network.regions[region].parent
        return chain[::-1]

    def _find_users(self) -> dict[int, list[int]]:
        """For each tensor that is a layer's own, the layers."""
        users: dict[int, list[int]] = {}
        for number, node in enumerate(self._network.nodes):
            for source in node.tensors.values():
                users.setdefault(id(source.tensor), []).append(number)
        return users

    def _find_readers(self) -> dict[int, list[tuple[int, int]]]:
        """For each layer, (who reads it, which output); -1 where the network gives it."""
        readers: dict[int, list[tuple[int, int]]] = {}
        for number, node in enumerate(self._network.nodes):
            for wire in node.sources:
                readers.setdefault(wire.layer, []).append((number, wire.output))
        for _, wire in self._network.outputs:
            readers.setdefault(wire.layer, []).append((-1, wire.output))
        return readers

    # --- which modules are alike

    def _inputs(self, region: int) -> list[Wire]:
        """What a module reads from outside, in the order of its first use."""
        inside = set(self._flat[region])
        found: dict[Wire, None] = {}
        for number in self._flat[region]:
            for wire in self._network.nodes[number].sources:
                if wire.layer not in inside:
                    found.setdefault(wire)
        return list(found)

    def _outputs(self, region: int) -> list[Wire]:
        inside = set(self._flat[region])
        found: dict[Wire, None] = {}
        for number in self._flat[region]:
            for reader, output in self._readers.get(number, ()):
                if reader not in inside:
                    found.setdefault(Wire(number, output))
        return list(found)

    def _key(self, region: int) -> object:
        """What modules of one block have in common; None for what can be no block."""
        inputs, outputs = self._inputs(region), self._outputs(region)
        if len(outputs) != 1 or outputs[0].output or not inputs or region == 0:
            return None
        if self._network.regions[region].kind in _CONTAINERS:
            return None
        places = {number: place for place, number in enumerate(self._flat[region])}
        names = {wire: index for index, wire in enumerate(inputs)}
        lines = []
        for number in self._flat[region]:
            node = self._network.nodes[number]
            sources = tuple(
                (places[wire.layer], wire.output) if wire.layer in places else ("input", names[wire])
                for wire in node.sources
            )
            chain = self._chain(node.region)
            nested = tuple(self._network.regions[inner].kind for inner in chain[chain.index(region) :])
            open_keys = tuple(key for key in node.parameters if self._default(node, key) is None)
            lines.append(
                (self._relative(number, region), node.operator, open_keys, sources, nested, tuple(node.tensors))
            )
        return (self._network.regions[region].kind, tuple(lines), places[outputs[0].layer])

    def _default(self, node: TracedLayer, key: str) -> object:
        operator = lookup.operator(node.operator)
        return (
            None
            if operator is None or key not in operator.positions
            else plain(operator.defaults[operator.positions[key]])
        )

    def _choose(self) -> None:
        """Takes the modules that stand in several places, the largest first."""
        names: set[str] = set()
        for key, regions in sorted(self._groups.items(), key=lambda pair: -len(self._flat[pair[1][0]])):
            size = len(self._flat[regions[0]])
            sites = {self._site(region) for region in regions}
            if size >= 3 and (len(sites) - 1) * (size - 1) > LEAST_SAVED and not any(map(self._lends, regions)):
                self._taken.append(key)
        for key in sorted(self._taken, key=lambda key: min(self._groups[key])):
            self._chosen[key] = name = self._block_name(key, names)
            names.add(name)

    def _lends(self, region: int) -> bool:
        """Whether a layer in a module stands outside of it too, and the module does not: a block could not share it."""
        inside = set(self._flat[region])
        again = {
            number
            for number in self._flat[region]
            for user in self._users_of(number)
            if user not in inside and not self._is_whole_again(region, user)
        }
        return bool(again)

    def _users_of(self, number: int) -> list[int]:
        """The layers with the weights of a layer, that do the same with them."""
        mine = self._network.nodes[number]
        if mine.operator == "Constant":
            return []
        others = {user for source in mine.tensors.values() for user in self._users.get(id(source.tensor), ())}
        nodes = self._network.nodes
        return [user for user in others if (nodes[user].operator, nodes[user].parameters) == mine[2:4]]

    def _is_whole_again(self, region: int, user: int) -> bool:
        """Whether a layer outside of a module stands in another call of the same module."""
        wanted = list(self._tensors("region", region))
        around = self._chain(self._network.nodes[user].region)
        return any(list(self._tensors("region", other)) == wanted for other in around)

    def _block_name(self, key: Any, taken: set[str]) -> str:
        """The class of the modules; where blocks are of the same class, with what the first one lacks."""
        kind = key[0] if lookup.operator(key[0]) is None else f"{key[0]}Block"
        if kind not in taken:
            return str(kind)
        others = {line[0].split(".")[0] for other in self._chosen if other[0] == key[0] for line in other[1]}
        extra = [line[0].split(".")[0] for line in key[1] if line[0].split(".")[0] not in others]
        name = kind + "".join(part.title() for part in extra[0].split("_")) if extra else kind
        number = 2
        while name in taken:
            name, number = f"{kind}{number}", number + 1
        return str(name)

    def _site(self, region: int) -> object:
        """Where a module stands: in the network, or in a block that it is a part of."""
        first = self._flat[region][0]
        for around in reversed(self._chain(region)[:-1]):
            if self._keys.get(around) in self._taken:
                return (self._keys[around], first - self._flat[around][0])
        return ("", first)

    # --- names

    def _relative(self, number: int, region: int) -> str:
        """The name of a layer within a module."""
        node = self._network.nodes[number]
        path = self._network.regions[node.region].path if node.region >= 0 else ""
        return self._within(".".join(filter(None, (path, node.name))), region) or node.name or node.operator.lower()

    def _within(self, full: str, region: int) -> str:
        around = self._network.regions[region].path if region >= 0 else ""
        if not around:
            return full
        if full == around:
            return ""
        return full[len(around) + 1 :] if full.startswith(around + ".") else full

    # --- rows

    def structure(self) -> Structure:
        """The whole network."""
        names = [name for name, _ in self._network.inputs]
        wires = {Wire(-1 - index): name for index, name in enumerate(names)}
        rows, given = self._scope([0], wires, {})
        paths: dict[int, str] = {}
        again: set[int] = set()
        self._find_paths(rows, 0, "", paths, again)
        outputs = tuple((name, given[wire]) for name, wire in self._network.outputs)
        return Structure(rows, tuple(self._blocks.values()), outputs, paths, frozenset(again))

    def _items(self, region: int) -> list[Item]:
        """The layers and blocks of a scope, in their order."""
        found: list[Item] = []
        for item in self._children.get(region, ()):
            if item[0] == "node" or self._keys[item[1]] in self._chosen:
                found.append(item)
            else:
                found += self._items(item[1])
        return found

    def _scope(
        self, members: list[int], wires: dict[Wire, str], registry: dict[str, dict[int, object]]
    ) -> tuple[tuple[LayerLine, ...], dict[Wire, str]]:
        """The rows of modules that are alike, and what each wire is called; `registry` gets their parameters."""
        first, given = members[0], dict(wires)
        columns = [self._items(member) for member in members]
        taken = set(wires.values())
        rows: list[LayerLine] = []
        first_with: dict[object, str] = {}
        for place, (kind, number) in enumerate(columns[0]):
            parts = [column[place][1] for column in columns]
            if kind == "node":
                name = self._unique(self._relative(number, first), taken)
                row = self._node_row(_Spot(name, place, parts, members, registry, given))
                given.update({Wire(number, output): f"{name}.{output}" if output else name for output in range(64)})
            else:
                path = self._within(self._network.regions[number].path, first)
                name = self._unique(path or "block", taken)
                row = self._block_row(_Spot(name, place, parts, members, registry, given))
                given[self._outputs(number)[0]] = name
            identity = self._identity(kind, parts, row)
            shared = name if identity is None else first_with.setdefault(identity, name)
            rows.append(row if shared == name else row._replace(shares=shared))
        return _with_repeats(rows, given)

    def _identity(self, kind: str, parts: list[int], row: LayerLine) -> object:
        """What calls of the same module have in common, in all modules of the scope; None for one without weights."""
        tensors = tuple(tuple(self._tensors(kind, part)) for part in parts)
        if not all(tensors):
            return None
        return row.operator, tuple((key, _frozen(value)) for key, value in row.settings.items()), tensors

    def _tensors(self, kind: str, part: int) -> Iterator[tuple[int, str, int]]:
        """The tensors of a layer or of a module, by the places of the layers in it."""
        numbers = [part] if kind == "node" else self._flat[part]
        for place, number in enumerate(numbers):
            node = self._network.nodes[number]
            if node.operator != "Constant":
                yield from ((place, name, id(source.tensor)) for name, source in node.tensors.items())

    def _unique(self, name: str, taken: set[str]) -> str:
        found, number = name, 1
        while found in taken:
            found, number = f"{name}_{number}", number + 1
        taken.add(found)
        return found

    def _node_row(self, spot: _Spot) -> LayerLine:
        nodes = [self._network.nodes[part] for part in spot.parts]
        settings = {}
        for key in dict.fromkeys(key for node in nodes for key in node.parameters):
            values = [node.parameters[key] if key in node.parameters else self._default(node, key) for node in nodes]
            settings[key] = _setting(spot, key, values)
        sources = tuple(spot.given[wire] for wire in nodes[0].sources)
        return LayerLine(spot.name, nodes[0].operator, settings, sources, spot.place)

    def _block_row(self, spot: _Spot) -> LayerLine:
        block = self._block(self._keys[spot.parts[0]])
        settings = {}
        for key, values in block.parameters.items():
            setting = _setting(spot, key, [values[part] for part in spot.parts])
            if setting != block.default(key) or setting is None:
                settings[key] = setting
        sources = tuple(spot.given[wire] for wire in self._inputs(spot.parts[0]))
        return LayerLine(spot.name, block.name, settings, sources, None, (spot.place,))

    def _block(self, key: object) -> SharedBlock:
        if key not in self._blocks:
            members = self._groups[key]
            outside = self._inputs(members[0])
            names = ["input"] if len(outside) == 1 else [f"input{number}" for number in range(1, len(outside) + 1)]
            registry: dict[str, dict[int, object]] = {}
            rows, given = self._scope(members, dict(zip(outside, names)), registry)
            output = given[self._outputs(members[0])[0]]
            self._blocks[key] = SharedBlock(self._chosen[key], tuple(names), registry, rows, output)
        return self._blocks[key]

    def _find_paths(
        self, rows: tuple[LayerLine, ...], region: int, prefix: str, paths: dict[int, str], again: set[int]
    ) -> None:
        items = self._items(region)
        for row in rows:
            if row.node is not None:
                paths[items[row.node][1]] = prefix + row.name
                if row.shares:
                    again.add(items[row.node][1])
                continue
            for copy, place in enumerate(row.regions):
                inner = items[place][1]
                path = f"{prefix}{row.name}.{copy}." if row.repeat > 1 else f"{prefix}{row.name}."
                self._find_paths(self._block(self._keys[inner]).rows, inner, path, paths, again)
                if row.shares:
                    again.update(self._flat[inner])


# --- parameters of blocks


def _setting(spot: _Spot, key: str, values: list[object]) -> object:
    """What a line says: the value that all modules have, else an expression of a parameter of the block."""
    if len({_frozen(value) for value in values}) == 1:
        return values[0]
    for name, known in spot.registry.items():
        expression = _expression(name, [known[member] for member in spot.members], values)
        if expression is not None:
            return f"${{{expression}}}"
    name = _free_name(key, spot.name, spot.registry)
    spot.registry[name] = dict(zip(spot.members, values))
    return f"${{{name}}}"


def _free_name(key: str, layer: str, registry: Mapping[str, object]) -> str:
    """A name for a parameter of a block: its key, with the layer before it where the key is taken."""
    name, number = key, 1
    while name in registry or name in LAYER_KEYS:
        stem = f"{layer}_{key}".replace(".", "_")
        name, number = stem if number == 1 else f"{stem}{number}", number + 1
    return name


def _expression(name: str, known: list[Any], values: list[Any]) -> str | None:
    """How values follow from those of a parameter; None where they do not."""
    if list(map(_frozen, known)) == list(map(_frozen, values)):
        return name
    if not all(type(item) is int and item > 0 for item in (*known, *values)):
        return None
    factor = values[0] // known[0]
    if factor > 1 and all(value == factor * item for value, item in zip(values, known)):
        return f"{name} * {factor}"
    factor = known[0] // values[0]
    if factor > 1 and all(value == item // factor for value, item in zip(values, known)):
        return f"{name} // {factor}"
    return None


# --- copies in sequence


def _with_repeats(rows: list[LayerLine], given: dict[Wire, str]) -> tuple[tuple[LayerLine, ...], dict[Wire, str]]:
    """Rows of the same block that feed each other, and nothing else, as one row with copies."""
    read = Counter(source for row in rows for source in row.sources)
    alone = {name for row in rows if row.shares for name in (row.name, row.shares)}
    merged: list[LayerLine] = []
    renamed: dict[str, str] = {}
    for row in rows:
        last = merged[-1] if merged else None
        if last is not None and not {last.name, row.name} & alone and _continues(last, row, renamed, read):
            name = renamed.get(last.name, last.name)
            merged[-1] = last._replace(regions=(*last.regions, *row.regions))
            renamed[row.name] = name
        else:
            merged.append(row)
    titles = {row.name: _title(row, merged, rows) for row in merged}
    final = {name: titles.get(renamed.get(name, name), name) for name in given.values()}
    moved = tuple(
        row._replace(
            name=titles[row.name],
            sources=tuple(final.get(source, source) for source in row.sources),
            shares=titles.get(row.shares, row.shares),
        )
        for row in merged
    )
    return moved, {wire: final.get(name, name) for wire, name in given.items()}


def _continues(last: LayerLine, row: LayerLine, renamed: Mapping[str, str], read: Mapping[str, int]) -> bool:
    before = [name for name, first in renamed.items() if first == last.name]
    name = before[-1] if before else last.name
    return (
        row.node is None
        and row.operator == last.operator
        and row.settings == last.settings
        and row.sources[:1] == (name,)
        and row.sources[1:] == last.sources[1:]
        and read[name] == 1
    )


def _title(row: LayerLine, merged: list[LayerLine], rows: list[LayerLine]) -> str:
    """The name of copies: that of the list of modules, where they are all of it."""
    stem, dot, number = row.name.rpartition(".")
    if row.repeat == 1 or not dot or number != "0":
        return row.name
    others = [other.name for other in merged if other is not row and other.name.startswith(stem + ".")]
    return row.name if others or any(other.name == stem for other in rows) else stem


def layers_of(structure: Structure) -> Iterator[LayerLine]:
    """All rows, of blocks too."""
    yield from structure.rows
    for block in structure.blocks:
        yield from block.rows
