"""Makes networks of a model file as the repository's own builder makes them: its source is read, not run."""

# No `from __future__ import annotations` here: a named tuple compiles every annotation that is text, at start-up.

from collections.abc import Iterator
from collections.abc import Mapping as MappingType

from convlint.dialects.places import place_of
from convlint.dialects.ultralytics.image import IMAGE, SIZES, image_shape
from convlint.dialects.ultralytics.keys import parameter_claims
from convlint.dialects.ultralytics.rows import Remark, RowPlaces, may_be_number, part_of, remark
from convlint.dialects.ultralytics.scales import afforded
from convlint.dialects.ultralytics.shifts import NumberedRow, Shift, shift_finding, shift_of
from convlint.domain.values import UNKNOWN, Shape, Shapes, plain_sizes
from convlint.engine.reporting import report
from convlint.findings import Finding
from convlint.forks import learning
from convlint.forks.building import Builder, BuiltFile, BuiltRow, build, keys_named, load_builder, parts_of
from convlint.forks.searching import BuilderFile, other_builders
from convlint.limits import STEPS_A_BUILT_ROW
from convlint.model import Architecture, Claim, Graph, Layer, Learned, ParameterClaim, Port, Reading, StrideClaim
from convlint.python_source.values import Class, Instance, PythonError
from convlint.python_source.values import Unknown as Missing
from convlint.source.nodes import AnyNode, Document, Mapping, Scalar, Sequence, plain_data
from convlint.typed import NamedTuple

OTHER_SIZES = (256, 512)
"""Sizes of the image at which a forward must fail too, before a failure is said: some modules are made for one size."""
LONGEST_NAME = 60
LONGEST_REASON = 300
"""Characters of what the source says of an error, or of what was not followed."""
_PARTS = 4
"""Parts of a row: from, repeats, module, args."""
_WHATEVER_IS_GIVEN = frozenset(("ImportError", "ModuleNotFoundError", "NameError", "UnboundLocalError"))
"""Errors of a forward whatever it is given: they hold for the last row too, which models call in their own way."""
_SHAPELESS = "the shape of what it gives is not known"
_COLUMNS = ("from", "repeats", "module", "args")


class _Built(NamedTuple):
    """One row of the file with what was built of it, and what the comment behind it says."""

    node: AnyNode
    built: BuiltRow | None
    remark: Remark


def row_nodes(root: Mapping, parts: list[str]) -> list[AnyNode]:
    """The rows below some keys, in their order."""
    return [item for part in parts if isinstance(node := root.get(part), Sequence) for item in node.items]


def scale_names(root: Mapping) -> list[str | None]:
    """The scales of a file, of whatever length; one without a name where it has none."""
    node = root.get("scales")
    names = [str(name) for name in node.pairs] if isinstance(node, Mapping) else []
    return list(names) or [None]


def input_channels(root: Mapping, builder: Builder) -> int:
    """The channels of the image, from the keys that the repository reads them from; else 3."""
    for key in builder.channel_keys:
        value = plain_data(root.get(key))
        if type(value) is int and value > 0:
            return value
    return 3


def read_built(
    document: Document, found: BuilderFile, sizes: MappingType[str, int], scales: tuple[str, ...]
) -> Reading | None:
    """The networks of a document as the builder in a file makes them; None where the file holds none that can be read.

    `scales` are those to read, all without any. Where the builder refuses a file and another one of the repository
    makes all of it, with the rows below the same keys, the file is one of the other's.
    """
    root = document.root
    assert isinstance(root, Mapping)
    builder = load_builder(found.path, found.top)
    data = plain_data(root)
    if builder is None or not isinstance(data, dict):
        return None
    names = scale_names(root)
    chosen = [name for name in names if name in scales] or names
    chosen = afforded(chosen, STEPS_A_BUILT_ROW * len(row_nodes(root, parts_of(builder, data))))

    def variants(builder: Builder) -> list[_Variant]:
        image = image_shape(input_channels(root, builder), sizes)
        return [_Variant(document, builder, data, image, name) for name in chosen]

    made = variants(builder)
    networks = tuple(variant.architecture() for variant in made)
    if any(map(_is_refused, networks)) or any(variant.fails for variant in made):
        parts = set(parts_of(builder, data))
        loaded = filter(None, (load_builder(path, found.top) for path in other_builders(found, document.source.path)))
        others = (other for other in loaded if parts <= set(parts_of(other, data)))
        networks = next(filter(None, (_all_made(variants(other)) for other in others)), networks)
    letters = tuple(name for name in names if name is not None)
    return Reading(networks, (), {}, dict.fromkeys(SIZES), letters)


def _all_made(variants: list["_Variant"]) -> tuple[Architecture, ...]:
    """The networks of a builder that makes all rows of them and refuses none; else nothing."""
    if not all(variant.is_whole for variant in variants):
        return ()
    networks = tuple(variant.architecture() for variant in variants)
    return () if any(map(_is_refused, networks)) else networks


def _is_refused(network: Architecture) -> bool:
    return any(finding.stops for finding in network.findings)


class _Variant:
    """One scale: the rows as the builder made them, and what is certainly wrong with them."""

    def __init__(
        self,
        document: Document,
        builder: Builder,
        data: dict[str, object],
        image: tuple[int, int, int],
        scale: str | None,
    ) -> None:
        self._document = document
        self._source = document.source
        self._builder = builder
        self._image = image
        self._scale = scale
        self._file: BuiltFile = build(builder, data, image[0], scale)
        root = document.root
        nodes = row_nodes(root, parts_of(builder, data)) if isinstance(root, Mapping) else []
        self._rows = [
            _Built(node, self._file.rows[at] if at < len(self._file.rows) else None, remark(self._source, node))
            for at, node in enumerate(nodes)
        ]
        self._findings: list[Finding] = []
        self._said: set[str] = set()
        self._outcomes: dict[object, learning.ForwardResult] = {}
        self._budget = learning.StepBudget()
        self._layers: list[Layer] = []
        self._shapes: list[Shapes] = []
        self._lists: dict[int, int] = {}

    @property
    def fails(self) -> bool:
        """Whether the builder certainly raises an error."""
        return self._file.error is not None and not self._file.doubt

    @property
    def is_whole(self) -> bool:
        """Whether there are rows, and the builder made each."""
        return 0 < len(self._file.rows) == len(self._rows)

    def architecture(self) -> Architecture:
        """The network, with its findings."""
        for at, row in enumerate(self._rows):
            self._layers.append(self._layer(at, row))
            self._shapes.append(self._followed(at, row))
        layers = tuple(self._layers)
        ends = [at for at, row in enumerate(self._rows) if row.built is not None and self._is_guided(row.built)]
        outputs = dict.fromkeys([*ends, len(layers) - 1])
        graph = Graph("", (IMAGE,), layers, tuple(map(Port, outputs)) if layers else ())
        shift = self._shift()
        self._report_error(shift)
        if not (self._builder.has_plain_loop or self._findings):
            self._report_no_loop()
        if shift is None:
            self._check_numbers()
        claims: tuple[Claim, ...] = (*self._strides(), *self._totals())
        return Architecture(
            graph,
            (self._image,),
            (),
            variant=self._scale,
            variant_word="scale",
            layer_word="row",
            levels=layers[-1].sources if layers else (),
            findings=tuple(self._findings),
            prefix="model.",
            idle=shift.idle if shift is not None else (),
            claims=claims,
        )

    # --- layers

    def _layer(self, at: int, row: _Built) -> Layer:
        places = RowPlaces(self._source, row.node, ())
        label = _module_name(row.node)
        built, given = row.built, _given(row.node)
        if built is None:
            return Layer(str(at), None, (), (None,), places, label=label, given=given)
        ports, layout = self._sources(at, built)
        operator = self._operator(built, label, layout)
        arguments = tuple(value for value in built.arguments if isinstance(value, (int, float, str, bool, type(None))))
        name = str(built.number)
        return Layer(name, operator, (), ports, places, label=label, arguments=arguments, given=given)

    def _operator(self, built: BuiltRow, label: str, layout: learning.Layout) -> Learned | None:
        if not self._builder.has_plain_loop or self._is_altered(built):
            return None
        count = built.number - built.first + 1

        def outputs(inputs: Shapes) -> Shapes:
            shapes = self._outcome(built, inputs, layout).shapes
            missing = count - len(shapes)
            return (UNKNOWN,) * missing + shapes if count > 1 and missing > 0 else shapes

        is_list = isinstance(built.sources, (list, tuple))
        return Learned(
            label,
            outputs,
            lambda: learning.parameter_count(built.module),
            lambda: learning.slots(built.module),
            lambda inputs: learning.inside(built.module, inputs, is_list, layout),
        )

    def _outcome(self, built: BuiltRow, inputs: Shapes, layout: learning.Layout) -> learning.ForwardResult:
        """What the forward of a row makes of shapes; followed once for each."""
        key = (built.first, inputs, layout)
        if key not in self._outcomes:
            is_list = isinstance(built.sources, (list, tuple))
            guides = (Missing("what the model gives it beside maps"),) if self._is_guided(built) else ()
            self._outcomes[key] = learning.forward(built.module, inputs, is_list, layout, self._budget, guides)
        return self._outcomes[key]

    def _is_guided(self, built: BuiltRow) -> bool:
        """Whether a model of the repository gives such a row more than maps."""
        kind = built.module.kind if isinstance(built.module, Instance) else None
        kinds = kind.order if isinstance(kind, Class) else ()
        return any(isinstance(one, Class) and one.name in self._builder.guided for one in kinds)

    def _is_altered(self, built: BuiltRow) -> bool:
        """Whether the model does something of its own with a row, by its number or by what it reads."""
        marks = (("i", built.number), ("f", built.sources))
        return any(mark in self._builder.altered for mark in marks if type(mark[1]) is int)

    def _sources(self, at: int, built: BuiltRow) -> tuple[tuple[Port | None, ...], learning.Layout]:
        """The ports that a row reads, and which of them arrive as a list: those of a row that gives one."""
        given = built.sources if isinstance(built.sources, (list, tuple)) else (built.sources,)
        ports: list[Port | None] = []
        layout = []
        for number in given:
            port = self._port(number, at, built.first)
            count = self._lists.get(port.layer, 0) if port is not None else 0
            layout.append(count)
            ports += [Port(port.layer, output) for output in range(count)] if port is not None and count else [port]
        return tuple(ports), tuple(layout)

    def _port(self, number: object, at: int, first: int) -> Port | None:
        """The output that a row reads: rows of several maps count as several."""
        if type(number) is not int:
            return None
        if number == -1:
            return Port(-1) if at == 0 else self._last_port(at - 1)
        wanted = number if number >= 0 else first + number
        for index, row in enumerate(self._rows[:at]):
            if row.built is not None and row.built.first <= wanted <= row.built.number:
                return Port(index, wanted - row.built.first)
        return None

    def _last_port(self, at: int) -> Port | None:
        built = self._rows[at].built
        return None if built is None else Port(at, built.number - built.first)

    # --- findings

    def _report_error(self, shift: Shift | None) -> None:
        """What the builder certainly raises, at the row or the key; a note where it could not be followed."""
        file, at = self._file, len(self._file.rows)
        if at >= len(self._rows) or not (file.error or file.stopped):
            return
        node = self._rows[at].node
        if file.error is None or file.doubt:
            self._not_followed(node, at, f"{self._builder.module.label}: {file.stopped}")
        elif file.in_row and not (shift is not None and any(item.row == at for item in shift.moved)):
            self._add_error(file.error, node, at, "building")
        elif file.in_row:
            return
        elif not at and not self._report_key(file.error):
            self._not_followed(node, at, f"{self._builder.module.label}: {file.stopped}")

    def _report_no_loop(self) -> None:
        """Tells that no shape is known, as it cannot be told what a row reads when the network runs."""
        if not self._rows:
            return
        node = self._rows[0].node
        place, file = place_of(self._source, part_of(node, 2)), self._builder.module.label
        found = self._builder.forward_place
        reason = f"no forward in {file} gives each row what its 'from' names, from one image on"
        if found:
            reason = f"the forward at {found} does more than give each row what its 'from' names, from one image on"
        message = f"shapes are unknown: {reason}"
        arguments = {"module": _module_name(node)}
        help = "rows and their args are checked as the builder makes them"
        self._findings.append(report("unknown-module", place, arguments, message=message, help=help, layer="0"))

    def _report_key(self, error: PythonError) -> bool:
        """Whether a key is to blame for what is raised before the first row: one that is asked for, or read there."""
        root = self._document.root
        if not isinstance(root, Mapping) or not root.entries:
            return False
        key = error.text.strip("'")
        if error.kind == "KeyError" and key not in root.pairs:
            place = place_of(self._source, root.entries[0][0])
            self._findings.append(report("missing-key", place, {"key": key, "owner": "the file"}))
            return True
        named = [name for name in keys_named(self._builder, error) if name in root.pairs]
        if not named:
            return False
        node = next(entry[0] for entry in root.entries if plain_data(entry[0]) == named[0])
        message = f"the builder raises {_shortened(str(error))} ({error.place}) before the first row"
        self._findings.append(report("invalid-value", place_of(self._source, node), message=message))
        return True

    def _add_error(self, error: PythonError, node: AnyNode, at: int, doing: str) -> None:
        rule, part = "row-arguments", 2
        if error.kind in ("KeyError", "NameError") and _module_name(node) in error.text:
            rule = "unknown-operator"
        elif error.kind == "IndexError":
            rule, part = "undefined-input", 0
        place = place_of(self._source, part_of(node, part))
        where = f" ({error.place})" if _is_file(error.place) else ""
        message = f"{doing} this row raises {_shortened(str(error))}{where}"
        self._findings.append(report(rule, place, message=message, layer=self._name(at)))

    def _followed(self, at: int, row: _Built) -> Shapes:
        """The shapes that a row gives; says what is certainly refused, and what was not followed."""
        layer, built = self._layers[at], row.built
        if built is not None and self._builder.has_plain_loop and self._is_altered(built):
            place = self._builder.forward_place
            self._not_followed(row.node, at, f"the model treats row {built.number} in a way of its own ({place})")
        if built is None or not isinstance(layer.operator, Learned):
            return (UNKNOWN,)
        inputs = tuple(_shape_at(port, self._shapes, self._image) for port in layer.sources)
        problem = learning.construct(built.module, self._budget)
        if isinstance(problem, PythonError):
            self._refused(problem, row.node, at, "building")
            return (UNKNOWN,)
        layout = self._sources(at, built)[1]
        outcome = self._outcome(built, inputs, layout)
        is_last = at + 1 == len(self._rows)
        is_refused = outcome.error is not None and (not is_last or outcome.error.kind in _WHATEVER_IS_GIVEN)
        if outcome.error is not None and is_refused and self._fails_at_other_sizes(at):
            self._refused(outcome.error, row.node, at, "running")
        elif outcome.gives_nothing and self._is_read(at):
            nothing = PythonError("TypeError", "its forward gives None, and a row reads that")
            self._refused(nothing, row.node, at, "running")
        elif not (outcome.gives_nothing or self._is_guided(built) or any(map(_is_lost, inputs))):
            reason = outcome.reason or problem or _unknown_argument(built)
            if reason or (not is_last and any(shape is UNKNOWN for shape in outcome.shapes)):
                self._not_followed(row.node, at, reason or _SHAPELESS)
        if outcome.is_list and built.first == built.number:
            self._lists[at] = len(outcome.shapes)
        return layer.operator.outputs(inputs)

    def _is_read(self, at: int) -> bool:
        """Whether a row below reads the output of a row."""
        built = self._rows[at].built
        below = [row.built for row in self._rows[at + 1 :]]
        for number, other in enumerate(below):
            if built is None or other is None:
                return False
            sources = other.sources if isinstance(other.sources, (list, tuple)) else (other.sources,)
            if built.number in sources or (number == 0 and -1 in sources):
                return True
        return False

    def _refused(self, error: PythonError, node: AnyNode, at: int, doing: str) -> None:
        if error.is_certain and not self._file.doubt:
            self._add_error(error, node, at, doing)
        else:
            self._not_followed(node, at, str(error))

    def _fails_at_other_sizes(self, last: int) -> bool:
        """Whether a row fails whatever the size of the image is."""
        return all(self._fails_at(size, last) for size in OTHER_SIZES)

    def _fails_at(self, size: int, last: int) -> bool:
        image = (self._image[0], size, size)
        shapes: list[Shapes] = []
        for layer in self._layers[:last]:
            inputs = tuple(_shape_at(port, shapes, image) for port in layer.sources)
            shapes.append(layer.operator.outputs(inputs) if isinstance(layer.operator, Learned) else (UNKNOWN,))
        inputs = tuple(_shape_at(port, shapes, image) for port in self._layers[last].sources)
        built = self._rows[last].built
        assert built is not None
        return self._outcome(built, inputs, self._sources(last, built)[1]).error is not None

    def _not_followed(self, node: AnyNode, at: int, reason: str) -> None:
        """Tells of a module that was not followed, once a name."""
        name = _module_name(node)
        if name in self._said:
            return
        self._said.add(name)
        place = place_of(self._source, part_of(node, 2))
        message = f"{name} was not followed to the end: {_shortened(reason)}" if reason else ""
        help = "shapes are unknown where it leads; declare the module in the configuration to have it checked"
        finding = report("unknown-module", place, {"module": name}, message=message, help=help, layer=self._name(at))
        self._findings.append(finding)

    def _name(self, at: int) -> str:
        built = self._rows[at].built
        if built is not None:
            return str(built.number)
        known = [row.built.number + 1 for row in self._rows[:at] if row.built is not None]
        return str(known[-1] if known else at)

    def _totals(self) -> tuple[ParameterClaim, ...]:
        """What the comment behind the scale says of the number of parameters."""
        root = self._document.root
        found = parameter_claims(self._source, root) if isinstance(root, Mapping) else {}
        return (found[self._scale],) if self._scale is not None and self._scale in found else ()

    def _shift(self) -> Shift | None:
        """The move of rows that explains what nothing reads, where each row counts for one; it is reported."""
        counts_one = all(
            row.built is None or row.built.first == row.built.number == at for at, row in enumerate(self._rows)
        )
        error = self._file.error
        is_whole = len(self._file.rows) == len(self._rows) or (error is not None and error.kind == "IndexError")
        has_parts = all(isinstance(row.node, Sequence) and len(row.node.items) == _PARTS for row in self._rows)
        if not counts_one or not is_whole or not has_parts or self._file.doubt:
            return None
        rows = [self._numbered(row) for row in self._rows]
        shift = shift_of(rows)
        if shift is not None:
            self._findings.append(shift_finding(self._source, rows, shift))
        return shift

    def _numbered(self, row: _Built) -> NumberedRow:
        is_end = row.built is not None and self._is_guided(row.built)
        return NumberedRow(row.node, _module_name(row.node), is_end, False, row.remark.number, row.remark.place)

    def _strides(self) -> Iterator[StrideClaim]:
        """What comments behind rows say of strides."""
        for at, row in enumerate(self._rows):
            if row.remark.stride is not None:
                yield StrideClaim(at, row.remark.stride, row.remark.place)

    def _check_numbers(self) -> None:
        """Reports where comments behind rows begin to number them otherwise than they are numbered."""
        shift = 0
        for row in self._rows:
            number, built = row.remark.number, row.built
            if number is None or built is None or not may_be_number(number, len(self._rows)):
                continue
            if built.first <= number <= built.number:
                shift = 0
                continue
            if number - built.number != shift:
                shift = number - built.number
                arguments = {"number": number, "index": built.number}
                name = str(built.number)
                self._findings.append(report("index-comment-mismatch", row.remark.place, arguments, layer=name))


def _unknown_argument(built: BuiltRow) -> str:
    """Why the builder gave a module an argument that is not known; empty where it gave none."""
    found = (value.reason for value in (*built.arguments, built.channels) if isinstance(value, Missing))
    return next(found, "")


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}..."


def _is_file(place: str) -> bool:
    """Whether a place is in a file of the repository, not in a call that torch makes."""
    return ".py:" in place


def _is_lost(shape: Shape) -> bool:
    """Whether something of a shape is not known: what follows from it is no news."""
    return plain_sizes(shape) is None


def _shape_at(port: Port | None, shapes: list[Shapes], image: tuple[int, int, int]) -> Shape:
    if port is None:
        return UNKNOWN
    if port.layer < 0:
        return image
    found = shapes[port.layer]
    return found[port.output] if port.output < len(found) else UNKNOWN


def _module_name(node: AnyNode) -> str:
    part = part_of(node, 2)
    value = part.value if isinstance(part, Scalar) else None
    return value[:LONGEST_NAME] if isinstance(value, str) and value else "?"


def _given(node: AnyNode) -> tuple[tuple[str, object], ...]:
    """What a row gives its module, as it is written: the args by their numbers, and the repeats."""
    if not isinstance(node, Sequence) or len(node.items) < len(_COLUMNS):
        return ()
    _, repeats, _, written = [plain_data(part) for part in node.items[: len(_COLUMNS)]]
    args = written if isinstance(written, list) else [written]
    return (*[(f"args[{number}]", value) for number, value in enumerate(args)], ("repeats", repeats))
