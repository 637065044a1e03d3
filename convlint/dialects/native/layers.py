"""Reads lists of layers, of the network and of blocks: what each layer reads, is, and is told."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingType
from functools import lru_cache
from math import isfinite

from convlint.budget import allows
from convlint.catalogue import lookup
from convlint.catalogue.parameters import REJECTED, Parameter, accept
from convlint.catalogue.runnable import Operator
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.native.keys import LAYER_KEYS
from convlint.dialects.native.values import (
    Names,
    as_named,
    expected_shape,
    holds_expression,
    is_plain,
    misfit,
    read_value,
)
from convlint.dialects.places import place_of
from convlint.domain.values import UNKNOWN, Shape, Symbolic
from convlint.findings import Place
from convlint.limits import MOST_BLOCK_LAYERS, MOST_NESTED, MOST_REPEATS, STEPS_A_BLOCK_LAYER
from convlint.model import Graph, Layer, Port
from convlint.source.changes import changed
from convlint.source.nodes import AnyNode, Mapping, Memory, Scalar, Sequence
from convlint.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convlint.dialects.native.block import Block
    from convlint.dialects.native.output_names import MeantOutput

_OF_OTHERS = frozenset(("repeat", "over", "share", "expect"))
"""The keys of a layer that are read with a look at what stands around it, or seldom written."""
MOST_AXES_OVER = 8
"""How many axes a layer may go over."""
Given = tuple[tuple[str, object], ...]


@lru_cache(8)
def _ports(count: int) -> tuple[Port, ...]:
    """The first outputs of so many layers: most versions of a file have as many as the one before."""
    return tuple([Port(index) for index in range(count)])


class LayerPlaces:
    """Where the keys of a layer stand."""

    __slots__ = ("_memory", "_node")

    def __init__(self, memory: Memory, node: AnyNode) -> None:
        self._memory = memory
        self._node = node

    def at(self, key: str, item: int | None = None) -> Place:
        """The value of a key, or one item of it; where the layer lacks the key, what names it."""
        node = self._node
        if isinstance(node, Mapping):
            value = node.get(key) or node.get("share") or node.get("name") or node.get("op")
            if value is None and node.entries:
                value = node.entries[0][0]
            if item is not None and isinstance(value, Sequence) and item < len(value.items):
                value = value.items[item]
            node = value or node
        return place_of(self._memory.source, node)

    def span(self) -> Place:
        return place_of(self._memory.source, self._node)

    def written(self) -> tuple[str, Mapping | None]:
        """The text of the file, and the mapping that the layer is in it."""
        return self._memory.source.text, self._node if isinstance(self._node, Mapping) else None


class _ListRead(NamedTuple):
    """A list of layers as it was read.

    `nodes` are its items then, `names` what these call their layers, and `again` the numbers of those that more decides
    than their own text. The first layer reads what is `above` it, and `blocks` are the names of all blocks.
    """

    items: Sequence
    nodes: tuple[AnyNode, ...]
    names: tuple[str | None, ...]
    layers: tuple[Layer, ...]
    again: tuple[int, ...]
    above: Port | None
    blocks: frozenset[str]


class LayerScope(NamedTuple):
    """What the layers of one list can name: layers and inputs, and values.

    `inside` names the blocks around, the outermost first. `is_whole` says that there are no further names, which stand
    where the file could not be read. `given` holds where the parameters of a block were given their values.
    """

    ports: dict[str, Port]
    values: Names
    inside: tuple[str, ...]
    is_whole: bool = True
    given: MappingType[str, AnyNode] = {}

    def origin(self, node: AnyNode) -> AnyNode:
        """Where a value was given: for `${parameter}`, at the layer that uses the block."""
        text = node.value if isinstance(node, Scalar) else None
        is_name = isinstance(text, str) and text.startswith("${") and text.endswith("}")
        return self.given.get(str(text)[2:-1].strip(), node) if is_name else node


class LayerReader:
    """Reads the layers of one document.

    A block is read once for each set of parameters; it sees the names of the file, and nothing of what uses it.
    """

    def __init__(
        self, blocks: MappingType[str, Block], names: Names, mistakes: Mistakes, memory: Memory | None
    ) -> None:
        self._blocks = blocks
        self._keeps = memory is not None
        self._memory = Memory(mistakes.source) if memory is None else memory
        self._names = names
        self._mistakes = mistakes
        self._source = mistakes.source
        self._graphs: dict[tuple[object, ...], Graph | None] = {}
        self._block_layers = 0
        self._limits: set[str] = set()
        self._outside: dict[str, Port] = {}
        self._items: Sequence | None = None

    def network(self, items: Sequence, inputs: tuple[str, ...], scope: LayerScope) -> Graph:
        """The graph of the network; its last layer is the output."""
        self._outside, self._items = scope.ports, items
        return self._graph("", items, inputs, scope, None)

    def read_blocks_without_graph(self) -> None:
        """Reads the blocks that no layer could use, so that their mistakes are found; required values are unknown."""
        read = {key[0] for key in self._graphs}
        for name, block in self._blocks.items():
            if name not in read:
                parameters = block.parameters.items()
                values = {key: UNKNOWN if value is None else as_named(value) for key, value in parameters}
                self._instantiate(block, values, (), block.key)

    def port(self, node: Scalar, scope: LayerScope) -> Port | None:
        """The port that a text names: a layer, an input, or `layer.k`."""
        name = node.value
        port = scope.ports.get(name)
        if port is not None:
            return port
        stem, dot, output = name.rpartition(".")
        if dot and output.isdecimal() and len(output) < 6 and stem in scope.ports:
            return Port(scope.ports[stem].layer, int(output))
        if name.startswith("(") and not name.endswith(")"):  # a tuple of Python, which YAML takes for several keys
            self._mistakes.stumble()
        elif scope.is_whole:
            from convlint.dialects.native.name_advice import block_help, given_fix, name_fix, name_help

            others = self._other_ports(scope)
            told = self._told_output(name, others)
            hint = block_help(name, self._blocks.values()) or told.says or name_help(name, others, self._outside)
            may_write = name not in self._outside and (not told.says or told.name)
            text = self._source.text
            fix = name_fix(text, node, others, told.name) if may_write else None
            fix = given_fix(text, node, others) if name in self._outside else fix
            self._mistakes.report("undefined-input", node, {"name": name}, hint=hint, fix=fix)
        return None

    def _told_output(self, name: str, ports: dict[str, Port]) -> MeantOutput:
        """What was meant by the name of one of several outputs of a layer."""
        from convlint.dialects.native.output_names import meant_output, split_output

        stem = split_output(name)[0]
        port = ports.get(stem)
        operator = self._kind_at(port.layer) if port is not None and port.layer >= 0 else None
        return meant_output(name, operator)

    def _kind_at(self, index: int) -> Operator | Block | None:
        """What the layer of a number is, in the list that is read."""
        node = self._items.items[index] if self._items is not None else None
        return self._kind(node.pairs.get("op")) if isinstance(node, Mapping) else None

    def _other_ports(self, scope: LayerScope) -> dict[str, Port]:
        """What the layer at hand can name: all but itself."""
        own = self._mistakes.layer.get("name") if isinstance(self._mistakes.layer, Mapping) else None
        own_name = own.value if isinstance(own, Scalar) else None
        return {name: port for name, port in scope.ports.items() if name != own_name}

    def _graph(
        self, name: str, items: Sequence, inputs: tuple[str, ...], scope: LayerScope, output: Scalar | None
    ) -> Graph:
        above = Port(-1) if len(inputs) == 1 else None
        outer, self._items = self._items, items
        before: _ListRead | None = self._memory.lists.get(id(items))
        if before is None or before.above != above or before.blocks != self._blocks.keys():
            read = self._all_layers(items, above, scope)
        else:
            read = self._changed_layers(items, above, scope, before)
        if self._keeps:
            self._memory.lists[id(items)] = read
        around, self._mistakes.layer = self._mistakes.layer, None
        port = self.port(output, scope) if output is not None else Port(len(read.layers) - 1)
        self._mistakes.layer, self._items = around, outer
        return Graph(name, inputs, read.layers, (port,) if read.layers else ())

    def _all_layers(self, items: Sequence, above: Port | None, scope: LayerScope) -> _ListRead:
        names = tuple(map(_name_of, items.items))
        self._name_layers(items, names, scope)
        return self._read(items, names, above, scope, [], range(len(items.items)))

    def _changed_layers(self, items: Sequence, above: Port | None, scope: LayerScope, before: _ListRead) -> _ListRead:
        """The layers of a list that was read before: of those that are the same, only what else decides is read."""
        start, old_end, new_end = changed(before.nodes, tuple(items.items))
        names = (*before.names[:start], *map(_name_of, items.items[start:new_end]), *before.names[old_end:])
        self._name_layers(items, names, scope)
        is_moved = old_end != new_end  # what follows has other numbers then, and reads them
        layers = list(before.layers[:start] if is_moved else before.layers)
        end = len(names) if is_moved else new_end
        numbers = sorted({*[index for index in before.again if index < len(layers)], *range(start, end)})
        return self._read(items, names, above, scope, layers, numbers)

    def _read(
        self,
        items: Sequence,
        names: tuple[str | None, ...],
        above: Port | None,
        scope: LayerScope,
        layers: list[Layer],
        numbers: Iterable[int],
    ) -> _ListRead:
        """Reads the layers of these numbers, in place of those that are there or behind them."""
        nodes, aboves = items.items, (above, *_ports(len(items.items)))
        around, again = self._mistakes.layer, []
        for index in numbers:
            node = self._mistakes.layer = nodes[index]
            layers[index : index + 1] = (self._layer(node, index, names[index], aboves[index], scope, layers),)
            if id(node) not in self._memory.notes or (isinstance(node, Mapping) and "from" in node.pairs):
                again.append(index)
        self._mistakes.layer = around
        blocks = frozenset(self._blocks)
        return _ListRead(items, tuple(nodes), names, tuple(layers), tuple(again), above, blocks)

    def _name_layers(self, items: Sequence, names: tuple[str | None, ...], scope: LayerScope) -> None:
        """Makes the names of the layers of a list known, and says which are taken."""
        ports = _ports(len(names))
        named = {name: port for name, port in zip(names, ports) if name is not None}
        if len(named) == len(names) - names.count(None) and named.keys().isdisjoint(scope.ports):
            scope.ports.update(named)
        else:
            from convlint.dialects.native.taken_names import add_free_names

            add_free_names(items, zip(names, ports), scope.ports, self._mistakes)
        for item, name in zip(items.items, names):
            if name is None or not (name[-1:].isdecimal() and "." in name and isinstance(item, Mapping)):
                continue
            if self._is_output(name, scope.ports):
                from convlint.dialects.native.taken_names import report_output_name

                report_output_name(item, name, {*scope.ports, *filter(None, names)}, self._mistakes)

    def _is_output(self, name: str, ports: dict[str, Port]) -> bool:
        """Whether a name is how an output of another layer of the list is read."""
        from convlint.dialects.native.output_names import split_output, surely_has

        stem, output = split_output(name)
        port = ports.get(stem)
        return port is not None and port.layer >= 0 and surely_has(self._kind_at(port.layer), output)

    def _layer(
        self,
        node: AnyNode,
        index: int,
        name: str | None,
        above: Port | None,
        scope: LayerScope,
        layers: list[Layer],
    ) -> Layer:
        """A layer, by the name that its node gives it; `layers` are those above it."""
        if not isinstance(node, Mapping):
            self._mistakes.stumble()
            return Layer(str(index), None, (), (None,), LayerPlaces(self._memory, node))
        known: Layer | None = self._memory.notes.get(id(node))
        if known is not None and above is not None:
            if known.operator not in self._blocks:
                return self._read_before(known, node, index, above, scope)
            del self._memory.notes[id(node)]
        places = LayerPlaces(self._memory, node)
        pairs = node.pairs
        if not name:
            if "name" in pairs:
                self._mistakes.stumble()
            name = str(index)
        kind = self._kind(pairs.get("op"))
        sources = self._sources(node, kind, above, scope)
        repeat = self._repeat(pairs["repeat"][1], scope) if "repeat" in pairs else 1
        expected = self._expected(pairs["expect"][1], scope) if "expect" in pairs else None
        shared = None
        if "share" in pairs:
            from convlint.dialects.native.sharing import shared_layer

            shared = shared_layer(node, layers[:index], scope.ports, self._mistakes)
            parameters: tuple[object, ...] = ()
            operator, given = None if shared is None else layers[shared].operator, None
        else:
            operator, parameters, given = self._operator(kind, node, scope)
        over = self._over(pairs["over"][1], scope) if "over" in pairs else 0
        if over is None:
            return Layer(name, None, (), sources, places, repeat, expected)
        if shared is not None:
            first = layers[shared]
            if not first.sources and "from" not in pairs:  # a tensor, which reads nothing
                sources = ()
            return first._replace(
                name=name, sources=sources, places=places, expected=expected, over=over, shares=shared
            )
        layer = Layer(name, operator, parameters, sources, places, repeat, expected, over=over, given=given)
        if self._keeps and isinstance(operator, str) and above is not None and self._says_all(node):
            self._memory.notes[id(node)] = layer
        return layer

    def _read_before(self, known: Layer, node: Mapping, index: int, above: Port, scope: LayerScope) -> Layer:
        """The layer of a node that was read before, maybe at another place of its list: what it reads is seen anew."""
        name = known.name if "name" in node.pairs else str(index)
        if "from" in node.pairs:
            sources = self._named_sources(node.pairs["from"][1], scope)
        else:
            sources = (above,) if known.sources else ()
        if sources == known.sources and name == known.name:
            return known
        layer = self._memory.notes[id(node)] = known._replace(name=name, sources=sources)
        return layer

    def _says_all(self, node: Mapping) -> bool:
        """Whether nothing but its own text and what it reads says what a layer is, and it is as it should be."""
        if not node.pairs.keys().isdisjoint(_OF_OTHERS) or node.origin is not None:
            return False
        if node in self._mistakes.stumbled_over:
            return False
        text = self._source.text[node.start : node.end]
        return "${" not in text and "*" not in text

    def _kind(self, pair: tuple[Scalar, AnyNode] | None) -> Operator | Block | None:
        """The operator or the block that `op` names; None where it names none."""
        name = pair[1].value if pair is not None and isinstance(pair[1], Scalar) else None
        if not isinstance(name, str):
            return None
        return self._blocks.get(name) or lookup.operator(name)

    def _operator(
        self, kind: Operator | Block | None, node: Mapping, scope: LayerScope
    ) -> tuple[str | Graph | None, tuple[object, ...], Given | None]:
        """(what a layer is, its parameters, those of a block); None where that is not known or not as it should be."""
        if kind is None:
            self._mistakes.stumble()
            return None, (), None
        if not isinstance(kind, Operator):
            return self._block_use(kind, node, scope)
        values = self._parameters(kind, node, scope)
        return (None, (), None) if values is None else (kind.name, values, None)

    def _parameters(self, operator: Operator, node: Mapping, scope: LayerScope) -> tuple[object, ...] | None:
        """A layer's parameters in the order of the declaration; None where the layer is not as it should be."""
        values = list(operator.defaults)
        positions = operator.positions
        missing = len(operator.required)
        sound, is_said = True, False
        for key, (_, value_node) in node.pairs.items():
            position = positions.get(key)
            if position is None:
                if key not in LAYER_KEYS:
                    sound = False
                continue
            parameter = operator.parameters[position]
            if parameter.required:
                missing -= 1
            value = value_node.value if type(value_node) is Scalar else None
            if type(value) is int and value in operator.integers[position]:
                values[position] = value
                continue
            if value is None or type(value) is str:
                value = read_value(value_node, scope.values, self._mistakes)
                if value is REJECTED:
                    is_said = True
                    continue
            accepted = value if isinstance(value, Symbolic) else accept(parameter, operator.axes, value)
            if accepted is REJECTED:
                if holds_expression(value_node) or _is_endless(parameter, value):
                    self._bad_value(value_node, operator, parameter, value, scope)
                    is_said = True
                    continue
                sound = False
            values[position] = accepted
        if not sound or missing:
            from convlint.dialects.native.torn_layers import is_torn

            if not is_torn(node):
                self._mistakes.stumble()
        return tuple(values) if sound and not missing and not is_said else None

    def _bad_value(
        self, node: AnyNode, operator: Operator, parameter: Parameter, value: object, scope: LayerScope
    ) -> None:
        """A value that its parameter does not take, and of which the schema knows nothing."""
        origin = scope.origin(node)
        if value == 0 and parameter.type == "integer" and parameter.minimum == 1:
            self._mistakes.report("zero-channels", node, {"at": parameter.name, "value": 0})
        elif _is_endless(parameter, value):
            arguments = {"key": parameter.name, "expected": "a finite number", "found": str(value)}
            self._mistakes.report("invalid-value", node, arguments)
        elif origin is not node and isinstance(value, str):
            from convlint.dialects.native.given_values import report_given_text

            report_given_text(origin, node, operator, parameter, self._names, self._mistakes)
        else:
            from convlint.dialects.native.given_values import report_computed

            report_computed(node, operator, parameter, value, scope.values, self._mistakes)

    def _block_use(
        self, block: Block, node: Mapping, scope: LayerScope
    ) -> tuple[Graph | None, tuple[object, ...], Given | None]:
        values = self._block_values(block, node, scope)
        if values is None:
            return None, (), None
        return self._block_graph(block, values, node, scope), (), tuple(values.items())

    def _block_graph(self, block: Block, values: Names, node: Mapping, scope: LayerScope) -> Graph | None:
        """The graph of a block that a layer uses; None where it does not use it as it should."""
        use = node.get("op") or node
        if block.name in scope.inside:
            self._mistakes.report("cycle", use, {"path": " -> ".join((*scope.inside, block.name))})
            return None
        if len(scope.inside) >= MOST_NESTED:
            self._too_much(use, f"blocks are nested more than {MOST_NESTED} deep")
            return None
        given = {key: scope.origin(value) for key, (_, value) in node.pairs.items() if key in block.parameters}
        return self._instantiate(block, values, scope.inside, use, given)

    def _block_values(self, block: Block, node: Mapping, scope: LayerScope) -> Names | None:
        """The parameters that a layer gives a block, and the defaults of the others; None after a mistake."""
        values: Names = {}
        for key, (_, value_node) in node.pairs.items():
            if key in LAYER_KEYS:
                continue
            value = as_named(read_value(value_node, scope.values, self._mistakes))
            if value is REJECTED:
                return None
            if key not in block.parameters or not is_plain(value):
                self._mistakes.stumble()
                return None
            values[key] = value
        for key, default in block.parameters.items():
            if key in values:
                continue
            if default is None:
                self._mistakes.stumble()
                return None
            values[key] = as_named(default)
        return values

    def _instantiate(
        self,
        block: Block,
        values: Names,
        inside: tuple[str, ...],
        use: AnyNode,
        given: MappingType[str, AnyNode] = {},
    ) -> Graph | None:
        """The graph of a block for given parameters; `use` is what names it."""
        identity = (block.name, *[(key, type(value), value) for key, value in values.items()])
        if identity in self._graphs:
            return self._graphs[identity]
        self._block_layers += len(block.layers.items)
        if not allows(STEPS_A_BLOCK_LAYER * len(block.layers.items), "what blocks expand to"):
            return None
        if self._block_layers > MOST_BLOCK_LAYERS:
            self._too_much(use, f"blocks expand to more than {MOST_BLOCK_LAYERS:,} layers")
            return None
        ports = {name: Port(-1 - index) for index, name in enumerate(block.inputs)}
        scope = LayerScope(ports, {**self._names, **values}, (*inside, block.name), given=given)
        graph = self._graph(block.name, block.layers, block.inputs, scope, block.output)
        self._graphs[identity] = graph
        if block.input_nodes:
            from convlint.dialects.native.blocks import check_inputs_are_read

            check_inputs_are_read(block, graph, self._mistakes)
        return graph

    def _too_much(self, use: AnyNode, limit: str) -> None:
        """Says once that the blocks ask for too much: the blocks around this one, and those after it, do so as well."""
        if limit not in self._limits:
            self._limits.add(limit)
            self._mistakes.report("yaml-limit", use, {"limit": limit})

    def _sources(
        self, node: Mapping, kind: Operator | Block | None, above: Port | None, scope: LayerScope
    ) -> tuple[Port | None, ...]:
        """What a layer reads: what its `from` names; without one the layer above, or nothing, as a learned tensor."""
        pair = node.pairs.get("from")
        if pair is not None:
            return self._named_sources(pair[1], scope)
        if isinstance(kind, Operator) and kind.most == 0:
            return ()
        op = node.get("op")
        if above is None and op is not None and scope.is_whole:
            arguments = {"key": "from", "owner": "the first layer of several inputs"}
            inputs = [name for name, port in scope.ports.items() if port.layer < 0]
            hint = f"say which it reads: from: {inputs[0]}, or from: [{', '.join(inputs)}]" if inputs else ""
            self._mistakes.report("missing-key", op, arguments, hint=hint)
        return (above,)

    def _named_sources(self, node: AnyNode, scope: LayerScope) -> tuple[Port | None, ...]:
        items = node.items if isinstance(node, Sequence) else [node]
        if not items:
            self._mistakes.stumble()
            return (None,)
        ports = [port for item in items for port in self._source_ports(item, scope)]
        return tuple(ports)

    def _source_ports(self, node: AnyNode, scope: LayerScope) -> tuple[Port | None, ...]:
        """The port that a text names; for what is no name, as many as it may stand for: no layer reads too few."""
        if not isinstance(node, Scalar):
            self._mistakes.stumble()
            return (None,) * max(1, len(node.items if isinstance(node, Sequence) else node.entries))
        if not isinstance(node.value, str):
            self._mistakes.stumble()
            return (None,)
        port = self.port(node, scope)
        return (port,) if port is not None else (None,) * (node.value.count(",") + 1)

    def _repeat(self, node: AnyNode, scope: LayerScope) -> int:
        value = read_value(node, scope.values, self._mistakes)
        if type(value) is int and 1 <= value <= MOST_REPEATS:
            return value
        if value is not REJECTED and not isinstance(value, Symbolic):
            misfit(node, f"repeat is an integer from 1 to {MOST_REPEATS:,}", self._mistakes)
        return 1

    def _over(self, node: AnyNode, scope: LayerScope) -> int | None:
        """How many axes a layer goes over; None where that is not told as it should be."""
        value = read_value(node, scope.values, self._mistakes)
        if type(value) is int and 1 <= value <= MOST_AXES_OVER:
            return value
        if value is not REJECTED and not isinstance(value, Symbolic):
            misfit(node, f"over is an integer from 1 to {MOST_AXES_OVER}", self._mistakes)
        return None

    def _expected(self, node: AnyNode, scope: LayerScope) -> tuple[Shape, ...] | None:
        """The shapes that a layer says its outputs have; None where one of them is no shape."""
        several = isinstance(node, Sequence) and node.items and isinstance(node.items[0], Sequence)
        items = node.items if isinstance(node, Sequence) and several else [node]
        shapes = [expected_shape(item, scope.values, self._mistakes) for item in items]
        known = tuple([shape for shape in shapes if shape is not None])
        return known if len(known) == len(shapes) else None


def _name_of(node: AnyNode) -> str | None:
    """What an item of a list calls its layer; None where it gives it no name that is a text."""
    name = node.get("name") if isinstance(node, Mapping) else None
    return name.value if isinstance(name, Scalar) and isinstance(name.value, str) else None


def _is_endless(parameter: Parameter, value: object) -> bool:
    """Whether a factor is infinite or no number; JSON Schema knows no such numbers, and accepts them."""
    items = value if isinstance(value, list) else [value]
    return parameter.type == "factor" and any(isinstance(item, float) and not isfinite(item) for item in items)
