"""Makes a network of each scale from the rows of a file: scales args, keeps count of channels as the package does."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from functools import partial

from convlint.catalogue import lookup
from convlint.catalogue.parameters import REJECTED, Parameter, accept
from convlint.catalogue.rows import Row, Vocabulary
from convlint.catalogue.runnable import Operator
from convlint.dialects.places import place_of
from convlint.dialects.registry import Request
from convlint.dialects.ultralytics.arguments import Names, VariantName, meant_literal
from convlint.dialects.ultralytics.image import IMAGE, SIZES, image_shape
from convlint.dialects.ultralytics.keys import KeyReader, foreign_rows
from convlint.dialects.ultralytics.meanings import MeantRows, meanings
from convlint.dialects.ultralytics.plans import (
    DEFAULT_ACTIVATION,
    LEGACY,
    RowPlan,
    VaryingArg,
    accepted,
    converted,
    plan_of,
)
from convlint.dialects.ultralytics.recognition import DEFAULT, foreign_parts, vocabulary_of
from convlint.dialects.ultralytics.rows import ReadRow, RowPlaces, RowReader
from convlint.dialects.ultralytics.scales import Scale, afforded
from convlint.dialects.ultralytics.shifts import NumberedRow, Shift
from convlint.dialects.words import in_words
from convlint.domain.values import UNKNOWN, Word
from convlint.editing import rewriting
from convlint.engine.reporting import report
from convlint.findings import Edit, Finding, Fix, Severity
from convlint.limits import STEPS_A_SCALED_ROW
from convlint.model import Architecture, Claim, Graph, Layer, Meant, ParameterClaim, Port, Reading, StrideClaim
from convlint.nearest import nearest_hint
from convlint.source.nodes import AnyNode, Document, Mapping, Scalar
from convlint.typed import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from convlint.forks.searching import BuilderFile

NONE = "none"
"""The setting by which no vocabulary serves: all is read from source, and what has none is unknown."""
CLASSIFIER = "classifier"
MODERN = "modern"
"""Notes of modules: its models read the number of input channels; heads below it have other branches."""
_OF_VOCABULARY = frozenset(("row-arguments", "unknown-operator", "unknown-module", "unresolvable-module"))
"""Rules that speak otherwise, or not at all, where a file is read with other modules."""


def misfit(settings: MappingType[str, Any]) -> tuple[str, str] | None:
    """A vocabulary that there is not, with what is wrong with it; None where the settings can be followed."""
    name, known = settings.get("vocabulary", ""), lookup.vocabularies()
    if not name or name in known or name == NONE:
        return None
    hint = nearest_hint(name, [*known, NONE]) or f"it is one of {', '.join(sorted(known))}, or {NONE}"
    return "vocabulary", f"no vocabulary is called '{name}'; {hint}"


def read(document: Document, request: Request) -> Reading:
    """The networks of a document that `admits` accepts, one a scale."""
    root = document.root
    assert isinstance(root, Mapping)
    found = _builder_file(document.source.path, request.settings)
    if found is not None:
        from convlint.dialects.ultralytics.built import read_built

        reading = read_built(document, found, {**request.defaults, **request.sizes}, _letters(request))
        if reading is not None:
            return reading
    foreign = foreign_parts(root)
    if foreign:
        return Reading((), (foreign_rows(document.source, root, foreign),))
    vocabularies = lookup.vocabularies()
    chosen = request.settings.get("vocabulary", "")
    vocabulary = vocabularies.get(chosen) or vocabularies[vocabulary_of(root, vocabularies)]
    if chosen == NONE:
        vocabulary = vocabulary._replace(modules={}, unreachable=frozenset(), torch_names=frozenset(), needs=())
    if found is not None:  # what a builder that could not be followed can name is not known
        vocabulary = vocabulary._replace(unreachable=frozenset())
    keys = KeyReader(document.source, root, vocabulary)
    rows_reader = RowReader(document.source, root, vocabulary, keys.names())
    rows = rows_reader.read()
    keys.check(rows_reader.missing, rows_reader.named)
    scales = keys.scales()
    keys.check_file_name(scales)
    moved = rows_reader.shifted(rows)
    if moved is None:
        rows_reader.check_numbers()
    head = rows[-1].row if rows else None
    is_classifier = head is not None and head.notes == CLASSIFIER
    inputs = image_shape(keys.input_channels(is_classifier), {**request.defaults, **request.sizes})
    letters = _letters(request)
    wanted = [scale for scale in scales if scale.letter in letters] or scales
    wanted = afforded(wanted, STEPS_A_SCALED_ROW * len(rows))
    idle = moved[0].idle if moved is not None else ()
    activation = _activation(root)
    around = _set_for_all(activation)
    names = keys.names()
    network = _Network(
        document=document,
        vocabulary=vocabulary,
        names=names,
        rows=rows,
        plans=[plan_of(document.source, row, index, vocabulary) for index, row in enumerate(rows)],
        strides=rows_reader.strides(),
        image=inputs,
        activation=activation,
        around=around,
        context={**dict(around), **_context_of(names)},
        ends=tuple([Port(index) for index, row in enumerate(rows) if row.row is not None and row.row.is_output]),
        idle=idle,
        totals=keys.claims(),
    )
    architectures = tuple(_Variant(network, scale).architecture() for scale in wanted) if rows else ()
    if moved is not None:
        shift, numbered = moved
        architectures = tuple(
            one._replace(meant=partial(_meant, network, scale, numbered, shift))
            for one, scale in zip(architectures, wanted)
        )
    findings = tuple(keys.findings) + tuple(rows_reader.findings)
    if not chosen:
        architectures = tuple(
            one._replace(findings=_naming_vocabulary(one.findings, vocabulary)) for one in architectures
        )
        findings = _naming_vocabulary(findings, vocabulary)
    every = tuple(scale.letter for scale in scales if scale.letter is not None)
    return Reading(architectures, findings, _severities(vocabulary), dict.fromkeys(SIZES), every)


def _letters(request: Request) -> tuple[str, ...]:
    """The scales that are asked for; none asks for all."""
    chosen = request.settings.get("scales")
    return request.variants or (tuple(chosen) if isinstance(chosen, (list, tuple)) else ())


def _meant(network: _Network, scale: Scale, numbered: list[NumberedRow], shift: Shift) -> Iterator[Meant]:
    """The networks that may have been meant where rows moved."""
    for meaning in meanings(network.document.source, network.rows, numbered, shift):
        yield Meant(meaning.finding, _Variant(_of_other_rows(network, meaning), scale).architecture())


def _of_other_rows(network: _Network, meaning: MeantRows) -> _Network:
    """The network of other rows; rows keep their names, whatever was put back above them."""
    first, added = meaning.first, meaning.added
    new = [
        plan_of(network.document.source, row, first + at, network.vocabulary)._replace(name=f"+{at}")
        for at, row in enumerate(meaning.rows[first : first + added])
    ]
    plans = [*network.plans[:first], *new, *network.plans[first:]]
    claims = [claim._replace(layer=claim.layer + added * (claim.layer >= first)) for claim in network.strides]
    ends = [end._replace(layer=end.layer + added * (end.layer >= first)) for end in network.ends]
    # the rest of a plan does not depend on what its row reads
    plans = [plan._replace(read=row) for plan, row in zip(plans, meaning.rows)]
    return network._replace(rows=meaning.rows, plans=plans, strides=tuple(claims), ends=tuple(ends), idle=())


def _naming_vocabulary(findings: tuple[Finding, ...], vocabulary: Vocabulary) -> tuple[Finding, ...]:
    """The findings; those that another vocabulary might not have say which one was told from the file."""
    if vocabulary.name == DEFAULT:
        return findings
    said = f"the file was taken for one of {vocabulary.name}; `vocabulary` in the settings chooses another"
    return tuple(
        finding._replace(help="; ".join(filter(None, (finding.help, said))))
        if finding.rule.name in _OF_VOCABULARY
        else finding
        for finding in findings
    )


def _severities(vocabulary: Vocabulary) -> dict[str, Severity]:
    return dict(vocabulary.severities)  # type: ignore[arg-type]


def _builder_file(path: str, settings: MappingType[str, Any]) -> BuilderFile | None:
    """The file of the repository's own builder; None where the vocabulary serves."""
    setting, vocabulary = settings.get("builder", "auto"), settings.get("vocabulary", "")
    if setting == "off" or vocabulary not in ("", NONE):
        return None
    from convlint.forks.searching import BuilderFile, find_builder, is_of_a_release, top_of

    top = top_of(path)
    if top is None:
        return None
    found = find_builder(path, top) if setting == "auto" else os.path.join(top, setting)
    if found is None or "\0" in found:
        return None
    if vocabulary != NONE and is_of_a_release(found, top):
        return None
    return BuilderFile(found, top, is_named=setting != "auto")


_CALL = r"(?:torch\.)?nn\.(\w+)\((.*)\)"


class _Network(NamedTuple):
    """What all scales of a file share.

    `around` is what the file sets for all that is inside its modules, `context` what of it and of other keys is filled
    in where a module declares it, and `ends` are the outputs beside that of the last row.
    """

    document: Document
    vocabulary: Vocabulary
    names: Names
    rows: list[ReadRow]
    plans: list[RowPlan]
    strides: tuple[StrideClaim, ...]
    image: tuple[int, int, int]
    activation: object
    around: tuple[tuple[str, object], ...]
    context: MappingType[str, object]
    ends: tuple[Port, ...]
    idle: tuple[int, ...]
    totals: MappingType[str, ParameterClaim]


class Recipe(NamedTuple):
    """What the network of one scale is made of: the rows, and what stands above them in the file.

    `activation` is a text, or None where the file gives none; of another kind it stays as it is in the file.
    """

    vocabulary: str
    rows: list[ReadRow]
    names: Names
    scale: Scale
    activation: object


class _Variant:
    """Builds the network of one scale, row by row."""

    def __init__(self, network: _Network, scale: Scale) -> None:
        self._network = network
        self._scale = scale
        self._findings: list[Finding] = []
        self._counted: list[object] = []
        self._above: object = network.image[0]
        self._notes: set[str] = set()
        self._context = {
            **network.context,
            "scale": Word(scale.letter or ""),
            "width": scale.width,
            "max_channels": scale.max_channels,
        }

    def architecture(self) -> Architecture:
        """The network, with what is wrong in this scale."""
        network = self._network
        layers = tuple([self._layer(plan, index) for index, plan in enumerate(network.plans)])
        graph = Graph("", (IMAGE,), layers, (*network.ends, Port(len(layers) - 1)))
        return Architecture(
            graph,
            (self._network.image,),
            (),
            variant=self._scale.letter,
            variant_word="scale",
            layer_word="row",
            findings=tuple(self._findings),
            prefix="model.",
            idle=network.idle,
            claims=self._claims(),
            levels=layers[-1].sources,
            recipe=Recipe(network.vocabulary.name, network.rows, network.names, self._scale, network.activation),
        )

    def _claims(self) -> tuple[Claim, ...]:
        total = self._network.totals.get(self._scale.letter or "")
        return self._network.strides if total is None else (*self._network.strides, total)

    def _layer(self, plan: RowPlan, index: int) -> Layer:
        read, row, operator = plan.read, plan.row, plan.operator
        inputs = tuple([self._counted_by(port) for port in read.sources])
        repeats = read.repeats if read.repeats <= 1 else self._scale.repeats(read.repeats)
        parameters = None
        if row is not None and operator is not None:
            parameters = self._parameters(plan, row, operator, inputs, repeats, index)
        if row is None or operator is None or parameters is None:
            self._count(UNKNOWN)
            return Layer(plan.name, None, (), read.sources, plan.places, label=read.module or "?", given=plan.given)
        counted = self._channels_counted(row, parameters, inputs)
        self._count(counted)
        if row.notes:
            self._notes.add(row.notes)
        copies = 1 if repeats <= 1 or row.repeats is not None else self._copies(read, row, repeats, index)
        if plan.takes_maps and tuple in map(type, inputs):
            message = f"{read.module} reads maps, but a row that it reads gives a list of them"
            self._add("input-count", read, "from", message, index)
        sources = read.sources
        if row.selects is not None:
            sources = self._selected(row, row.selects, operator, parameters, read, index)
        check = None if row.is_head or row.is_output or not isinstance(counted, int) else counted
        return Layer(
            plan.name,
            row.operator,
            parameters,
            sources,
            plan.places,
            copies,
            None,
            check,
            read.module,
            tuple([parameters[position] for position in plan.shown]),
            plan.given,
            around=self._network.around,
        )

    def _copies(self, read: ReadRow, row: Row, repeats: int, index: int) -> int:
        """How many copies of a module stand in sequence."""
        if not row.several:
            return repeats
        message = f"{repeats} copies of {read.module} in sequence: all but the first get one map, not a list"
        self._add("repeat-changes-shape", read, "repeat", message, index)
        return 1

    def _counted_by(self, port: Port | None) -> object:
        if port is None:
            return UNKNOWN
        return self._network.image[0] if port.layer < 0 else self._counted[port.layer]

    def _count(self, channels: object) -> None:
        self._counted.append(channels)
        self._above = channels

    def _channels_counted(self, row: Row, parameters: tuple[Any, ...], inputs: tuple[Any, ...]) -> object:
        if row.tracked is None:
            return self._above
        try:
            return row.tracked(parameters, tuple([(channels,) for channels in inputs]))
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return UNKNOWN

    # --- args

    def _parameters(
        self, plan: RowPlan, row: Row, operator: Operator, inputs: tuple[object, ...], repeats: int, index: int
    ) -> tuple[object, ...] | None:
        """The parameters in the order of the declaration; None, after a finding, where an arg does not fit."""
        read = plan.read
        if len(read.arguments) < row.fewest:
            self._too_few(read, row, index)
            return None
        if len(read.arguments) > len(row.arguments) and not row.ignores_rest:
            self._too_many(read, row, index)
            return None
        values = list(plan.values)
        for name, position in plan.filled:
            values[position] = self._filled_in(name, values[position])
        for arg in plan.varying:
            value = self._varying(arg, operator, read, index)
            if value is REJECTED:
                self._misfit(read, row, operator, arg.parameter, arg.written, arg.node, index)
                return None
            values[arg.position] = value
        if plan.channels is not None:
            values[plan.channels] = inputs[0] if type(inputs[0]) is int else None
        if plan.repeats is not None:
            values[plan.repeats] = max(repeats, 0)
        return tuple(values)

    def _filled_in(self, name: str, default: object) -> object:
        """What a parameter of this name gets where no arg gives it."""
        if name == LEGACY:
            return MODERN not in self._notes
        return self._context.get(name, default)

    def _varying(self, arg: VaryingArg, operator: Operator, read: ReadRow, index: int) -> object:
        """The value of a parameter whose arg says another one at each scale; REJECTED where it does not fit."""
        value = arg.written
        if isinstance(value, VariantName):
            value = self._variant_value(value, read)
        if arg.is_scaled:
            if not isinstance(value, (int, float)) or not 0 <= value <= 2**31:
                return REJECTED
            if min(value, self._scale.max_channels) % self._scale.divisor:
                self._note_rounding(min(value, self._scale.max_channels), arg.node, index)
            value = self._scale.channels(value)
            if value in operator.integers[arg.position]:
                return value
        return accepted(operator, arg.parameter, value, self._network.vocabulary)

    def _variant_value(self, name: VariantName, read: ReadRow) -> object:
        scale = self._scale
        values: dict[str, Any] = {
            "scale": Word(scale.letter or ""),
            "depth": scale.depth,
            "width": scale.width,
            "max_channels": scale.max_channels,
            "n": read.repeats,
        }
        return values[name.name]

    def _selected(
        self,
        row: Row,
        selects: str,
        operator: Operator,
        parameters: tuple[object, ...],
        read: ReadRow,
        index: int,
    ) -> tuple[Port | None, ...]:
        """The outputs of the sources that the parameter `selects` selects."""
        chosen = parameters[operator.positions[selects]]
        indices = chosen if isinstance(chosen, tuple) else (chosen,)
        last = len(read.sources) - 1
        if row.several and len(indices) < last:
            self._add("row-arguments", read, selects, f"{last} inputs need {last} indices, not {len(indices)}", index)
            return (None,) * len(read.sources)
        sources = []
        for number, port in enumerate(read.sources):
            is_chosen = port is not None and port.layer >= 0 and (not row.several or number < last)
            sources.append(Port(port.layer, indices[number]) if port is not None and is_chosen else port)
        return tuple(sources)

    # --- findings

    def _note_rounding(self, wanted: float, node: AnyNode, index: int) -> None:
        place = place_of(self._network.document.source, node)
        arguments = {"wanted": wanted, "built": math.ceil(wanted / self._scale.divisor) * self._scale.divisor}
        self._findings.append(report("rounded-channels", place, arguments, layer=str(index)))

    def _too_few(self, read: ReadRow, row: Row, index: int) -> None:
        needed = ", ".join(row.arguments[: row.fewest])
        message = f"{read.module} needs [{needed}], but the row gives {_counted(len(read.arguments))}"
        self._add("row-arguments", read, "op", message, index)

    def _too_many(self, read: ReadRow, row: Row, index: int) -> None:
        most = ", ".join(row.arguments)
        takes = f"takes [{most}]" if most else "takes no args"
        message = f"{read.module} {takes}, but the row gives {_counted(len(read.arguments))}"
        place = place_of(self._network.document.source, read.arguments[len(row.arguments)][1])
        self._findings.append(report("row-arguments", place, message=message, layer=str(index)))

    def _misfit(
        self,
        read: ReadRow,
        row: Row,
        operator: Operator,
        parameter: Parameter,
        value: object,
        node: AnyNode,
        index: int,
    ) -> None:
        place = place_of(self._network.document.source, node)
        if (
            parameter.type == "integer"
            and parameter.minimum == 1
            and value == 0
            and parameter.name.endswith("channels")
        ):
            self._findings.append(report("zero-channels", place, {"at": parameter.name, "value": 0}, layer=str(index)))
            return
        rule = "invalid-value" if parameter.type == "choice" else "row-arguments"
        message = f"{parameter.name} of {read.module} cannot be {in_words(value)}"
        hint = f"one of {', '.join(parameter.choices)}" if parameter.type == "choice" else ""
        gap, fix = self._gap(read, row, operator), None
        word = meant_literal(value) if parameter.type != "choice" else None
        if word is not None and isinstance(node, Scalar):
            hint = f"did you mean {word}?"
            fix = rewriting(self._network.document.source.text, node, word, False)
        if gap is not None:
            before = read.arguments[gap][1]
            shown = [in_words(written) for written, _ in read.arguments]
            hint = f"args are [{', '.join(row.arguments[: len(shown) + 1])}]: "
            hint += f"[{', '.join([*shown[:gap], 'None', *shown[gap:]])}]"
            fix = Fix("put None before it", (Edit(before.start, before.start, "None, "),), False)
        self._findings.append(report(rule, place, message=message, help=hint, layer=str(index), fix=fix))

    def _gap(self, read: ReadRow, row: Row, operator: Operator) -> int | None:
        """Where a None is missing among the args: with it, and only with it, all of them fit."""
        values = [value for value, _ in read.arguments]
        if len(values) >= len(row.arguments) or not all(node.origin is None for _, node in read.arguments):
            return None
        for gap in range(len(values)):
            shifted = [*values[:gap], None, *values[gap:]]
            parameters = [operator.parameters[operator.positions[name]] for name in row.arguments]
            if all(
                not isinstance(value, VariantName)
                and accept(parameter, operator.axes, converted(parameter, value)) is not REJECTED
                for parameter, value in zip(parameters, shifted)
            ):
                return gap
        return None

    def _add(self, rule: str, read: ReadRow, at: str, message: str, index: int) -> None:
        names = read.row.arguments if read.row is not None else ()
        place = RowPlaces(self._network.document.source, read.node, names).at(at)
        self._findings.append(report(rule, place, message=message, layer=str(index)))


def _activation(root: Mapping) -> object:
    """The value of `activation:`; of another kind than a text or a number it stays as it is in the file."""
    node = root.get("activation")
    return node.value if isinstance(node, Scalar) else node


def _context_of(names: Names) -> dict[str, object]:
    """What top-level keys give where a module declares a parameter of their name and no arg gives it."""
    context: dict[str, object] = {}
    if type(names["reg_max"]) is int and names["reg_max"] > 0:
        context["reg_max"] = names["reg_max"]
    if names["end2end"] is not None:
        context["end2end"] = bool(names["end2end"])
    return context


def _set_for_all(activation: object) -> tuple[tuple[str, object], ...]:
    """What `activation:` sets for the convolutions of all modules: the class; all of the text where it cannot be told.

    Arguments decide nothing about shapes and tensors, but those of a class that has tensors.
    """
    if not activation:
        return ()
    match = re.fullmatch(_CALL, activation.strip()) if isinstance(activation, str) else None
    if match is None:
        return ((DEFAULT_ACTIVATION, Word("an activation")),)
    name, arguments = match.groups()
    if arguments.strip() and lookup.operator(name) is not None and lookup.body(name) is not None:
        name = f"{name}({arguments})"
    return ((DEFAULT_ACTIVATION, Word(name)),)


def _counted(count: int) -> str:
    return "no args" if count == 0 else f"{count} arg" if count == 1 else f"{count} args"
