"""Reads the native format: a document with the key `convlint`.

Reading is the gate of the schema: what is not read as it should be makes the reader stumble, and only then
`convlint.schema` is imported to say why. What stumbled is unknown to the engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from typing import Any, NamedTuple

from convlint.dialects.places import place_of
from convlint.engine import catalogue
from convlint.engine.catalogue import Operator
from convlint.engine.parameters import REJECTED, Parameter, accept
from convlint.engine.reporting import nearest_hint, report
from convlint.engine.values import UNKNOWN, Symbolic, Word, is_known
from convlint.findings import Finding, Place, Related, Severity
from convlint.model import Architecture, Graph, Layer, Output, Port, Reading, Shape, SizeRange
from convlint.source.nodes import AnyNode, Document, Mapping, Scalar, Sequence, Source, plain_data

KEY = "convlint"
MOST_REPEATS = 100_000
MOST_BLOCK_LAYERS = 100_000
_TOP_KEYS = frozenset(
    ("convlint", "name", "description", "sizes", "constants", "inputs", "blocks", "layers", "outputs")
)
_PARTS = frozenset(("inputs", "layers", "blocks"))
_BLOCK_KEYS = frozenset(("params", "inputs", "layers", "output", "description"))
_SIZE_KEYS = frozenset(("min", "max", "multiple_of"))
_LAYER_KEYS = frozenset(("name", "op", "from", "repeat", "expect"))

_SHADOWS = {"key": "blocks", "expected": "a name that no operator has"}
_NO_SIZES: MappingType[str, int] = {}

Names = dict[str, Any]


def recognises(root: AnyNode | None) -> bool:
    """Whether a document is in the native format; the settings of a job of that name are not."""
    if not isinstance(root, Mapping) or KEY not in root.pairs:
        return False
    return isinstance(root.pairs[KEY][1], Scalar) or not _PARTS.isdisjoint(root.pairs)


def read(document: Document, sizes: MappingType[str, int], defaults: MappingType[str, int] = _NO_SIZES) -> Reading:
    """The architecture of a document that `recognises` accepts.

    `sizes` gives named sizes or input axes a value; `defaults` does so where the document says nothing of them.
    """
    return _Reader(document, {**_unsaid(document.root, defaults), **sizes} if defaults else sizes).read()


def _unsaid(root: AnyNode | None, defaults: MappingType[str, int]) -> dict[str, int]:
    """The defaults of sizes that a document names without saying what they may be."""
    assert isinstance(root, Mapping)
    declared, inputs = root.get("sizes"), root.get("inputs")
    said = set(declared.pairs) if isinstance(declared, Mapping) else set()
    for name, (_, shape) in inputs.pairs.items() if isinstance(inputs, Mapping) else ():
        for index, size in enumerate(shape.items if isinstance(shape, Sequence) else ()):
            if not (isinstance(size, Scalar) and isinstance(size.value, str)) or size.value in said:
                said.add(f"{name}.{index}")
    return {name: value for name, value in defaults.items() if name not in said}


class _LayerPlaces:
    """Where the keys of a layer stand."""

    __slots__ = ("_node", "_source")

    def __init__(self, source: Source, node: AnyNode) -> None:
        self._source = source
        self._node = node

    def at(self, key: str, item: int | None = None) -> Place:
        node = self._node
        if isinstance(node, Mapping):
            value = node.get(key) or node.get("name") or node.get("op")
            if value is None and node.entries:
                value = node.entries[0][0]
            if item is not None and isinstance(value, Sequence) and item < len(value.items):
                value = value.items[item]
            node = value or node
        return place_of(self._source, node)

    def written(self) -> tuple[str, Mapping | None]:
        return self._source.text, self._node if isinstance(self._node, Mapping) else None


class _Block(NamedTuple):
    name: str
    key: Scalar
    layers: Sequence
    inputs: tuple[str, ...]
    input_nodes: tuple[Scalar, ...]
    parameters: dict[str, Any]
    output: Scalar | None


class _Scope(NamedTuple):
    """What the layers of one list can name: layers, inputs, values; `block` is empty at the top.

    `is_whole` says that there are no further names, which stand where the file could not be read.
    """

    ports: dict[str, Port]
    values: Names
    block: str
    inside: tuple[str, ...]
    is_whole: bool = True


class _Reader:
    def __init__(self, document: Document, sizes: MappingType[str, int]) -> None:
        self._document = document
        self._source = document.source
        assert isinstance(document.root, Mapping)
        self._root: Mapping = document.root
        self._sizes = sizes
        self._findings: list[Finding] = []
        self._reported: set[tuple[str, int, int]] = set()
        self._stumbled = False
        self._blocks: dict[str, _Block] = {}
        self._graphs: dict[tuple[Any, ...], Graph | None] = {}
        self._ranges: list[SizeRange] = []
        self._given: dict[str, int | None] = {}
        self._block_layers = 0

    def read(self) -> Reading:
        root = self._root
        version = root.get(KEY)
        if not isinstance(version, Scalar) or version.value != 1 or version.value is True:
            self._stumble()
        self._only_keys(root, _TOP_KEYS)
        self._optional_text(root, "name")
        self._optional_text(root, "description")
        values = self._constants(root.get("constants"))
        named = self._named_sizes(root.get("sizes"))
        self._check_size_names(root.get("sizes"), values)
        inputs, input_nodes = self._inputs(root.get("inputs"), values, named)
        self._read_blocks(root.get("blocks"))
        known_names = {**values, **named}
        layers = root.get("layers")
        if not isinstance(layers, Sequence) or not layers.items:
            self._stumble()
            layers = Sequence(True, 0)
        ports = {name: Port(-1 - index) for index, name in enumerate(inputs)}
        scope = _Scope(ports, known_names, "", (), bool(inputs and layers.items))
        graph = self._graph("", layers, tuple(inputs), scope, None)
        outputs = self._outputs(root, graph, scope)
        if outputs:
            graph = graph._replace(outputs=tuple(output.port for output in outputs))
        unread = self._unread(graph, input_nodes, _used_blocks(self._blocks, layers))
        self._read_blocks_without_graph(scope)
        architecture = Architecture(graph, tuple(inputs.values()), outputs, unread, tuple(self._ranges))
        findings = self._findings
        if self._stumbled:
            from convlint.schema import explain

            findings = [*explain(self._document, root), *findings]
        return Reading((architecture,) if graph.layers else (), tuple(findings), sizes=self._given)

    # --- the top of the file

    def _constants(self, node: AnyNode | None) -> Names:
        values: Names = {}
        for name, value_node in self._mapping_items(node):
            value = self._value(value_node, values)
            if isinstance(value, (int, float, str, Symbolic)):
                values[name] = Word(value) if isinstance(value, str) else value
            elif isinstance(value, list) and all(isinstance(item, (int, float)) for item in value):
                values[name] = tuple(value)
            else:
                values[name] = UNKNOWN
                if value is not REJECTED:
                    self._stumble()
        return values

    def _named_sizes(self, node: AnyNode | None) -> Names:
        named: Names = {}
        for name, value in self._mapping_items(node):
            named[name] = self._named_size(name)
            if isinstance(value, Scalar):
                if not _is_positive(value.value):
                    self._stumble()
                    continue
                self._given[name] = value.value
                if name not in self._sizes:
                    named[name] = value.value
            elif isinstance(value, Mapping):
                self._size_range(name, value)
            else:
                self._stumble()
        return named

    def _check_size_names(self, node: AnyNode | None, constants: Names) -> None:
        """Names of sizes that are constants too, or that the rest of the text never mentions."""
        if not isinstance(node, Mapping):
            return
        text = self._source.text
        rest = text[: node.start] + text[node.end :]
        for name, (key_node, _) in node.pairs.items():
            if name in constants:
                names = {"key": "sizes", "expected": "names that are no constants", "found": f"'{name}'"}
                self._finding("invalid-value", key_node, names)
            elif not re.search(rf"\b{re.escape(str(name))}\b", rest) and "&" not in text[node.start : node.end]:
                message = f"nothing uses the size '{name}'"
                self._add(report("unused-input", place_of(self._source, key_node), message=message))

    def _named_size(self, name: str) -> Any:
        """The value that was given for a named size; else the unknown of that name."""
        self._given.setdefault(name, None)
        if name in self._sizes:
            return self._sizes[name]
        from convlint.sizes import unknown_size

        return unknown_size(name)

    def _size_range(self, name: str, node: Mapping) -> None:
        self._only_keys(node, _SIZE_KEYS)
        values = {key: value.value for key, (_, value) in node.pairs.items() if isinstance(value, Scalar)}
        if len(values) != len(node.pairs) or not all(_is_positive(value) for value in values.values()):
            self._stumble()
            return
        step = values.get("multiple_of", 1)
        least, most = -(-values.get("min", 1) // step) * step, values.get("max")
        if most is not None and least > most:
            some = f"multiple of {step}" if step > 1 else "size"
            limits = f"none from {values.get('min', 1)} to {most}"
            self._finding("invalid-value", node, {"key": name, "expected": f"a {some} in its range", "found": limits})
            return
        if name not in self._sizes and node.pairs:
            place = place_of(self._source, node)
            self._ranges.append(SizeRange(name, least, most, step, place))

    def _inputs(self, node: AnyNode | None, values: Names, named: Names) -> tuple[dict[str, Shape], dict[str, Scalar]]:
        inputs: dict[str, Shape] = {}
        nodes: dict[str, Scalar] = {}
        if not isinstance(node, Mapping) or not node.pairs:
            self._stumble()
            return inputs, nodes
        for name, (key_node, value) in node.pairs.items():
            if not isinstance(name, str):
                self._stumble()
                continue
            shape = self._shape(value, values, named, declare=True)
            if shape is not UNKNOWN:
                self._given.update((f"{name}.{index}", None) for index in range(len(shape)))
                shape = tuple(self._sizes.get(f"{name}.{index}", size) for index, size in enumerate(shape))
            inputs[name] = shape
            nodes[name] = key_node
        return inputs, nodes

    def _shape(self, node: AnyNode | None, values: Names, named: Names, declare: bool = False) -> Any:
        """A list of sizes; a text names a size, which an input may bring in (`declare`)."""
        if not isinstance(node, Sequence) or not node.items:
            self._stumble()
            return UNKNOWN
        shape = []
        for item in node.items:
            value = item.value if isinstance(item, Scalar) else None
            if isinstance(value, str) and value.isidentifier():
                if value not in named and declare:
                    named[value] = self._named_size(value)
                elif value not in named and value not in values:
                    self._finding("undefined-input", item, {"name": value}, nearest_hint(value, [*named, *values]))
                shape.append(named.get(value, values.get(value, UNKNOWN)))
                continue
            size = self._value(item, {**values, **named})
            if isinstance(size, Symbolic) or size is REJECTED or _is_positive(size):
                shape.append(UNKNOWN if size is REJECTED else size)
            else:
                self._misfit(item, "a size is an integer of at least 1")
                shape.append(UNKNOWN)
        return tuple(shape)

    def _read_blocks(self, node: AnyNode | None) -> None:
        if node is not None and not isinstance(node, Mapping):
            self._stumble()
            return
        for name, (key_node, value) in (node.pairs if node is not None else {}).items():
            if not isinstance(name, str) or not isinstance(value, Mapping):
                self._stumble()
                continue
            self._only_keys(value, _BLOCK_KEYS)
            self._optional_text(value, "description")
            layers, output = value.get("layers"), value.get("output")
            if not isinstance(layers, Sequence) or not layers.items:
                self._stumble()
                layers = Sequence(True, 0)
            if output is not None and not (isinstance(output, Scalar) and isinstance(output.value, str)):
                self._stumble()
                output = None
            if catalogue.operator(name) is not None:
                self._finding("invalid-value", key_node, _SHADOWS | {"found": f"'{name}'"}, severity="warning")
            parameters = self._block_parameters(value.get("params"))
            self._check_parameters_are_used(value.get("params"), layers)
            nodes = self._block_inputs(value.get("inputs"))
            inputs = tuple(str(node.value) for node in nodes) or ("input",)
            self._blocks[name] = _Block(name, key_node, layers, inputs, nodes, parameters, output)

    def _block_parameters(self, node: AnyNode | None) -> dict[str, Any]:
        """The parameters of a block with their defaults; one called like a key of a layer could not be given."""
        parameters = {key: self._default(default) for key, default in self._mapping_items(node)}
        for key in sorted(_LAYER_KEYS & parameters.keys()):
            assert isinstance(node, Mapping)
            arguments = {"key": "params", "expected": "a name that is no key of a layer", "found": f"'{key}'"}
            self._finding("invalid-value", node.pairs[key][0], arguments)
            del parameters[key]
        return parameters

    def _check_parameters_are_used(self, node: AnyNode | None, layers: Sequence) -> None:
        if not isinstance(node, Mapping) or not layers.items:
            return
        text = "\n".join(_texts(layers))
        for name, (key_node, _) in node.pairs.items():
            if name not in _LAYER_KEYS and not re.search(rf"\b{re.escape(str(name))}\b", text):
                message = f"nothing in the block uses its parameter '{name}'"
                self._add(report("unused-input", place_of(self._source, key_node), message=message))

    def _default(self, node: AnyNode) -> Any:
        """The default of a block's parameter: a scalar, or a list of them."""
        value = plain_data(node)
        value = tuple(value) if isinstance(value, list) else value
        if not _is_plain(value):
            self._stumble()
            return 0
        return value

    def _block_inputs(self, node: AnyNode | None) -> tuple[Scalar, ...]:
        """The names of what a block is given; empty where it says nothing of them."""
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else []
        texts = [item for item in items if isinstance(item, Scalar) and isinstance(item.value, str)]
        if not texts or len(texts) != len(items):
            self._stumble()
        first: dict[str, Scalar] = {}
        for item in texts:
            if first.setdefault(item.value, item) is not item:
                related = (Related(place_of(self._source, first[item.value]), f"the first '{item.value}'"),)
                self._finding("duplicate-layer", item, {"name": item.value}, related=related)
        return tuple(texts)

    def _check_inputs_are_read(self, block: _Block, graph: Graph) -> None:
        """The inputs of a block that no layer of it reads; silent where a layer reads what is not known."""
        ports = [port for layer in graph.layers for port in layer.sources] + list(graph.outputs)
        if None in ports:
            return
        read = {-1 - port.layer for port in ports if port is not None}
        names = {block.inputs[index] for index in read if 0 <= index < len(block.inputs)}
        for node in block.input_nodes:
            if node.value not in names:
                message = f"nothing in the block reads its input '{node.value}'"
                self._add(report("unused-input", place_of(self._source, node), message=message))

    def _outputs(self, root: Mapping, graph: Graph, scope: _Scope) -> tuple[Output, ...]:
        node = root.get("outputs")
        if node is None:
            return ()
        if isinstance(node, Scalar):
            return (self._output(node, node, None, scope),)
        if isinstance(node, Sequence):
            if not node.items:
                self._finding("missing-output", node, {"name": "outputs"})
            return tuple(self._output(item, item, None, scope) for item in node.items)
        outputs: list[Output] = []
        for key, (key_node, value) in node.pairs.items():
            if isinstance(value, Mapping):
                self._only_keys(value, frozenset(("from", "shape")))
                outputs.append(self._output(key_node, value.get("from"), value.get("shape"), scope))
            else:
                outputs.append(self._output(key_node, value, None, scope))
            if not isinstance(key, str):
                self._stumble()
        return tuple(outputs)

    def _output(self, name: AnyNode, port: AnyNode | None, shape: AnyNode | None, scope: _Scope) -> Output:
        """One output; its port is None where the text does not name one."""
        expected = self._expected_shape(shape, scope) if shape is not None else None
        label = str(name.value) if isinstance(name, Scalar) else ""
        if not isinstance(port, Scalar) or not isinstance(port.value, str):
            self._stumble()
            return Output(label, None, place_of(self._source, name), expected)
        found = self._port(port, scope)
        where = place_of(self._source, shape) if shape is not None else None
        return Output(label, found, place_of(self._source, port), expected, where)

    def _unread(self, graph: Graph, inputs: dict[str, Scalar], used: set[str]) -> tuple[tuple[str, str, Place], ...]:
        read = {-1 - port.layer for layer in graph.layers for port in layer.sources if port is not None}
        read |= {-1 - port.layer for port in graph.outputs if port is not None}
        unread = [
            ("unused-input", name, node) for index, (name, node) in enumerate(inputs.items()) if index not in read
        ]
        unread += [("unused-block", name, block.key) for name, block in self._blocks.items() if name not in used]
        return tuple((rule, name, place_of(self._source, node)) for rule, name, node in unread)

    def _read_blocks_without_graph(self, scope: _Scope) -> None:
        """Reads the blocks that no layer could use, so that their mistakes are found; required values are unknown."""
        read = {key[0] for key in self._graphs}
        for name, block in self._blocks.items():
            if name not in read:
                values = {
                    key: UNKNOWN if value is None else _as_value(value) for key, value in block.parameters.items()
                }
                self._instantiate(block, values, scope)

    # --- layers

    def _graph(
        self, name: str, items: Sequence, inputs: tuple[str, ...], scope: _Scope, output: Scalar | None
    ) -> Graph:
        self._name_layers(items, scope)
        layers = []
        for index, item in enumerate(items.items):
            above = Port(index - 1) if index else Port(-1) if len(inputs) == 1 else None
            layers.append(self._layer(item, index, above, scope))
        port = self._port(output, scope) if output is not None else Port(len(layers) - 1)
        return Graph(name, inputs, tuple(layers), (port,) if layers else ())

    def _name_layers(self, items: Sequence, scope: _Scope) -> None:
        first: dict[str, Scalar] = {}
        for index, item in enumerate(items.items):
            node = item.get("name") if isinstance(item, Mapping) else None
            if not isinstance(node, Scalar) or not isinstance(node.value, str):
                continue
            name = node.value
            if name in scope.ports:
                related: tuple[Related, ...] = ()
                if name in first:
                    related = (Related(place_of(self._source, first[name]), f"the first '{name}'"),)
                self._finding("duplicate-layer", node, {"name": name}, related=related)
                continue
            first[name] = node
            scope.ports[name] = Port(index)

    def _layer(self, node: AnyNode, index: int, above: Port | None, scope: _Scope) -> Layer:
        places = _LayerPlaces(self._source, node)
        if not isinstance(node, Mapping):
            self._stumble()
            return Layer(str(index), None, (), (None,), places)
        pairs = node.pairs
        name_pair, op_pair = pairs.get("name"), pairs.get("op")
        name = str(index)
        if name_pair is not None:
            given = name_pair[1]
            if isinstance(given, Scalar) and isinstance(given.value, str) and given.value:
                name = given.value
            else:
                self._stumble()
        sources = self._sources(pairs.get("from"), above, op_pair, scope)
        repeat = self._repeat(pairs.get("repeat"), scope) if "repeat" in pairs else 1
        expected = self._expected(pairs["expect"][1], scope) if "expect" in pairs else None
        operator: str | Graph | None = None
        parameters: tuple[Any, ...] = ()
        op = op_pair[1].value if op_pair is not None and isinstance(op_pair[1], Scalar) else None
        if isinstance(op, str):
            if op in self._blocks:
                operator = self._block_graph(self._blocks[op], node, scope)
            else:
                declared = catalogue.operator(op)
                values = self._parameters(declared, node, scope) if declared is not None else None
                if values is not None:
                    operator, parameters = op, values
                elif declared is None:
                    self._stumble()
        else:
            self._stumble()
        return Layer(name, operator, parameters, sources, places, repeat, expected)

    def _parameters(self, operator: Operator, node: Mapping, scope: _Scope) -> tuple[Any, ...] | None:
        """A layer's parameters in the order of the declaration; None where the layer is not as it should be."""
        values = list(operator.defaults)
        positions = operator.positions
        missing = len(operator.required)
        sound, is_said = True, False
        for key, (_, value_node) in node.pairs.items():
            position = positions.get(key)
            if position is None:
                if key not in _LAYER_KEYS:
                    sound = False
                continue
            parameter = operator.parameters[position]
            if parameter.required:
                missing -= 1
            value = value_node.value if type(value_node) is Scalar else None
            if value is None or type(value) is str:
                value = self._value(value_node, scope.values)
                if value is REJECTED:
                    is_said = True
                    continue
            accepted = value if isinstance(value, Symbolic) else accept(parameter, operator.axes, value)
            if accepted is REJECTED:
                if _holds_expression(value_node):
                    self._bad_value(value_node, parameter, value)
                    is_said = True
                    continue
                sound = False
            values[position] = accepted
        if not sound or missing:
            self._stumble()
        return tuple(values) if sound and not missing and not is_said else None

    def _bad_value(self, node: AnyNode, parameter: Parameter, value: Any) -> None:
        """An expression whose value its parameter does not take."""
        if value == 0 and parameter.type == "integer" and parameter.minimum == 1:
            self._finding("zero-channels", node, {"at": parameter.name, "value": 0})
        else:
            self._misfit(node, f"{parameter.name} cannot be {_in_words(value)}")

    def _block_graph(self, block: _Block, node: Mapping, scope: _Scope) -> Graph | None:
        values: Names = {}
        for key, (_, value_node) in node.pairs.items():
            if key in _LAYER_KEYS:
                continue
            if key not in block.parameters:
                self._stumble()
                return None
            value = _as_value(self._value(value_node, scope.values))
            if value is REJECTED:
                return None
            if not _is_plain(value):
                self._stumble()
                return None
            values[key] = value
        for key, default in block.parameters.items():
            if key in values:
                continue
            if default is None:
                self._stumble()
                return None
            values[key] = _as_value(default)
        if block.name in scope.inside:
            self._finding("cycle", node.get("op") or node, {"path": " -> ".join((*scope.inside, block.name))})
            return None
        return self._instantiate(block, values, scope, node)

    def _instantiate(self, block: _Block, values: Names, scope: _Scope, use: Mapping | None = None) -> Graph | None:
        """The graph of a block for given parameters; `use` is the layer that uses it."""
        identity = (block.name, *values.items())
        if identity in self._graphs:
            return self._graphs[identity]
        self._block_layers += len(block.layers.items)
        if self._block_layers > MOST_BLOCK_LAYERS:
            limit = f"blocks expand to more than {MOST_BLOCK_LAYERS:,} layers"
            self._finding("yaml-limit", (use.get("op") if use is not None else None) or block.key, {"limit": limit})
            return None
        ports = {name: Port(-1 - index) for index, name in enumerate(block.inputs)}
        inner = _Scope(ports, {**self._outermost(scope), **values}, block.name, (*scope.inside, block.name))
        graph = self._graph(block.name, block.layers, block.inputs, inner, block.output)
        self._graphs[identity] = graph
        if block.input_nodes:
            self._check_inputs_are_read(block, graph)
        return graph

    def _outermost(self, scope: _Scope) -> Names:
        """The constants and sizes of the file: a block sees them, and nothing of the block that uses it."""
        if not scope.block:
            self._globals = scope.values
        return self._globals

    def _sources(
        self,
        pair: tuple[Scalar, AnyNode] | None,
        above: Port | None,
        op_pair: tuple[Scalar, AnyNode] | None,
        scope: _Scope,
    ) -> tuple[Port | None, ...]:
        if pair is None:
            if above is None and op_pair is not None and scope.is_whole:
                self._finding("missing-key", op_pair[1], {"key": "from", "owner": "the first layer of several inputs"})
            return (above,)
        node = pair[1]
        items = node.items if isinstance(node, Sequence) else [node]
        if not items:
            self._stumble()
            return (None,)
        return tuple([self._source_port(item, scope) for item in items])

    def _source_port(self, node: AnyNode, scope: _Scope) -> Port | None:
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            self._stumble()
            return None
        return self._port(node, scope)

    def _port(self, node: Scalar, scope: _Scope) -> Port | None:
        """The port that a text names: a layer, an input, or `layer.k`."""
        name = node.value
        port = scope.ports.get(name)
        if port is not None:
            return port
        stem, dot, output = name.rpartition(".")
        if dot and output.isdecimal() and len(output) < 6 and stem in scope.ports:
            return Port(scope.ports[stem].layer, int(output))
        if scope.is_whole:
            self._finding("undefined-input", node, {"name": name}, nearest_hint(name, scope.ports))
        return None

    def _repeat(self, pair: tuple[Scalar, AnyNode] | None, scope: _Scope) -> int:
        assert pair is not None
        value = self._value(pair[1], scope.values)
        if type(value) is int and 1 <= value <= MOST_REPEATS:
            return value
        if value is not REJECTED and not isinstance(value, Symbolic):
            self._misfit(pair[1], f"repeat is an integer from 1 to {MOST_REPEATS:,}")
        return 1

    def _expected(self, node: AnyNode, scope: _Scope) -> tuple[Shape, ...] | None:
        """The shapes that a layer says its outputs have; None where one of them is no shape."""
        several = isinstance(node, Sequence) and node.items and isinstance(node.items[0], Sequence)
        items = node.items if isinstance(node, Sequence) and several else [node]
        shapes = tuple([self._expected_shape(item, scope) for item in items])
        return None if None in shapes else shapes

    def _expected_shape(self, node: AnyNode, scope: _Scope) -> Shape | None:
        """A shape to compare with; None where a part of it is no size, which is said already."""
        shape = self._shape(node, scope.values, scope.values)
        return None if shape is UNKNOWN or any(size is UNKNOWN for size in shape) else shape

    # --- values

    def _value(self, node: AnyNode, names: Names) -> Any:
        """The value of a node, its expressions evaluated: REJECTED after a finding, UNKNOWN where a part is unknown."""
        if isinstance(node, Scalar):
            text = node.value
            if isinstance(text, str) and "${" in text:
                return self._expression(node, text, names)
            return text
        if isinstance(node, Sequence):
            items = [self._value(item, names) for item in node.items]
            if any(item is REJECTED for item in items):
                return REJECTED
            return items if is_known(items) else UNKNOWN
        return plain_data(node)

    def _expression(self, node: Scalar, text: str, names: Names) -> Any:
        name = text[2:-1].strip()
        if name in names and text.startswith("${") and text.endswith("}"):
            value = names[name]
            return list(value) if isinstance(value, tuple) else value
        from convlint.engine.expressions import evaluate
        from convlint.engine.language import ExpressionError, UnknownNameError

        if not (text.startswith("${") and text.endswith("}")):
            self._bad_expression(node, text, "an expression takes the whole value")
            return REJECTED
        try:
            value = evaluate(text[2:-1], names)
        except UnknownNameError as error:
            self._bad_expression(node, text, error.message, nearest_hint(error.name, names), (error.start, error.end))
        except ExpressionError as error:
            self._bad_expression(node, text, error.message, "", (error.start, error.end))
        else:
            return list(value) if isinstance(value, tuple) else value
        return REJECTED

    def _bad_expression(
        self, node: Scalar, text: str, problem: str, hint: str = "", span: tuple[int, int] | None = None
    ) -> None:
        where = place_of(self._source, node)
        written = self._source.text[node.start : node.end]
        at = written.find(text)
        if span is not None and span[1] > span[0] and at >= 0 and node.origin is None:
            begin = node.start + at + len("${")
            where = Place(self._source, begin + span[0], min(begin + span[1], node.end))
        self._add(report("invalid-expression", where, {"expression": text, "problem": problem}, help=hint))

    def _misfit(self, node: AnyNode, problem: str) -> None:
        """A value that does not fit: after an expression the reader says so itself, else the schema does."""
        if _holds_expression(node):
            text = node.text if isinstance(node, Scalar) else "the expression"
            self._bad_expression_at(node, text, problem)
        else:
            self._stumble()

    def _bad_expression_at(self, node: AnyNode, text: str, problem: str) -> None:
        where = place_of(self._source, node)
        self._add(report("invalid-expression", where, {"expression": text, "problem": problem}))

    def _mapping_items(self, node: AnyNode | None) -> list[tuple[str, AnyNode]]:
        if node is None:
            return []
        if not isinstance(node, Mapping):
            self._stumble()
            return []
        if not all(isinstance(key, str) for key in node.pairs):
            self._stumble()
        return [(key, pair[1]) for key, pair in node.pairs.items() if isinstance(key, str)]

    def _only_keys(self, node: Mapping, keys: frozenset[str]) -> None:
        if not keys.issuperset(node.pairs):
            self._stumble()

    def _optional_text(self, node: Mapping, key: str) -> None:
        value = node.get(key)
        if value is not None and not (isinstance(value, Scalar) and isinstance(value.value, str)):
            self._stumble()

    def _stumble(self) -> None:
        self._stumbled = True

    def _finding(
        self,
        rule: str,
        node: AnyNode,
        arguments: dict[str, Any],
        hint: str = "",
        related: tuple[Related, ...] = (),
        severity: Severity | None = None,
    ) -> None:
        where = place_of(self._source, node)
        self._add(report(rule, where, arguments, help=hint, related=related, severity=severity))

    def _add(self, finding: Finding) -> None:
        """Keeps a finding; what a block's text says wrong is said once, however often the block is used."""
        key = (finding.rule.name, finding.place.start, finding.place.end)
        if key not in self._reported:
            self._reported.add(key)
            self._findings.append(finding)


def _used_blocks(blocks: MappingType[str, _Block], layers: Sequence) -> set[str]:
    """The blocks that layers name, and those that these blocks name in turn, whether they are used well or not."""
    used: set[str] = set()
    waiting = [layers]
    while waiting:
        for item in waiting.pop().items:
            op = item.get("op") if isinstance(item, Mapping) else None
            name = op.value if isinstance(op, Scalar) else None
            if isinstance(name, str) and name in blocks and name not in used:
                used.add(name)
                waiting.append(blocks[name].layers)
    return used


def _texts(node: AnyNode) -> Iterator[str]:
    """The texts below a node that are values."""
    if isinstance(node, Scalar):
        if isinstance(node.value, str):
            yield node.value
        return
    for child in node.items if isinstance(node, Sequence) else [value for _, value in node.entries]:
        yield from _texts(child)


def _as_value(value: Any) -> Any:
    if isinstance(value, str):
        return Word(value)
    return tuple(value) if isinstance(value, list) else value


def _is_plain(value: Any) -> bool:
    """Whether a value is a scalar, or a tuple of scalars."""
    items = value if isinstance(value, tuple) else (value,)
    return not any(isinstance(item, (tuple, list, dict)) for item in items)


def _is_positive(value: Any) -> bool:
    return type(value) is int and 1 <= value <= 2**40


def _holds_expression(node: AnyNode) -> bool:
    if isinstance(node, Scalar):
        return isinstance(node.value, str) and node.value.startswith("${")
    return isinstance(node, Sequence) and any(_holds_expression(item) for item in node.items)


def _in_words(value: Any) -> str:
    return "null" if value is None else f"'{value}'" if isinstance(value, str) else str(value)
