"""Reads the rows of a model file: what holds for every scale. A row with a mistake in it is unknown to the engine."""

from __future__ import annotations

import re

from convlint.catalogue import lookup
from convlint.catalogue.rows import Row, Vocabulary
from convlint.dialects.places import place_of
from convlint.dialects.ultralytics.arguments import TOLD, ArgumentProblem, Names, argument_value, meant_arguments
from convlint.dialects.ultralytics.modules import TORCH, meant_module, torch_row
from convlint.dialects.ultralytics.recognition import PARTS, part_of_file
from convlint.dialects.ultralytics.shifts import NumberedRow, Shift, shift_of
from convlint.editing import rewriting
from convlint.engine.reporting import report
from convlint.findings import Edit, Finding, Fix, Part, Place, Severity
from convlint.limits import MOST_REPEATS
from convlint.model import Port, StrideClaim
from convlint.nearest import nearest, nearest_hint
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence, Source
from convlint.typed import NamedTuple

OPS = "torchvision.ops."
FIRST_ONLY = "first-only"
"""The note of modules that only the first row may name."""
BACKBONE_ROWS = 4
"""Rows that a backbone in one row counts for beside itself: forks number its five levels 0 to 4."""
_COLUMNS: dict[str, int] = {Part.SOURCES: 0, Part.REPEAT: 1}
_MODULE = 2
"""The place in a row of what stands for any other part."""
_REMARK = r"[ \t]*,?[ \t]*#[ \t]*(?:(\d+)[ \t]*(?=$|[-(:,]|P\d))?"
_STRIDE = r"\bP\d+/(\d+)\b"


class ReadRow(NamedTuple):
    """One row. `row` says how its module takes args; None where the row or the module is not known.

    `sources` are the layers that it reads, None where one is not known; `arguments` are (value, node) pairs.
    """

    node: AnyNode
    module: str = ""
    row: Row | None = None
    sources: tuple[Port | None, ...] = (None,)
    repeats: int = 1
    arguments: tuple[tuple[object, AnyNode], ...] = ()


class Remark(NamedTuple):
    """What the comment behind a row gives: the number of the row, and the stride of what it gives."""

    number: int | None
    stride: int | None
    place: Place


class RowPlaces:
    """Where the parts of a row stand; a parameter stands where its arg does, or where the module is named."""

    __slots__ = ("_names", "_node", "_source")

    def __init__(self, source: Source, node: AnyNode, names: tuple[str, ...]) -> None:
        self._source = source
        self._node = node
        self._names = names

    def at(self, key: str, item: int | None = None) -> Place:
        node = self._node
        if not isinstance(node, Sequence) or len(node.items) != 4:
            return place_of(self._source, node)
        found = node.items[_COLUMNS.get(key, _MODULE)]
        if key in self._names:
            arguments, position = node.items[3], self._names.index(key)
            if isinstance(arguments, Sequence) and position < len(arguments.items):
                found = arguments.items[position]
        elif item is not None and isinstance(found, Sequence) and item < len(found.items):
            found = found.items[item]
        return place_of(self._source, found)

    def span(self) -> Place:
        return place_of(self._source, self._node)

    def written(self) -> tuple[str, None]:
        return self._source.text, None


class RowReader:
    """Reads all rows of a file once; collects what is wrong with them, and which keys they name that are missing."""

    def __init__(self, source: Source, root: Mapping, vocabulary: Vocabulary, names: Names) -> None:
        self._source = source
        self._root = root
        self._vocabulary = vocabulary
        self._names = names
        self.findings: list[Finding] = []
        self.missing: set[str] = set()
        self.named: set[str] = set()
        self._unknown: set[str] = set()
        self._hidden = 0
        self._remarks: list[Remark] = []

    def read(self) -> list[ReadRow]:
        """The rows of backbone and head, numbered over both."""
        parts = [part_of_file(self._root, part) for part in PARTS]
        nodes = [item for part in parts if isinstance(part, Sequence) for item in part.items]
        self._remarks = [remark(self._source, node) for node in nodes]
        self._hidden = self._hidden_rows(nodes)
        rows = [self._row(node, index) for index, node in enumerate(nodes)]
        for index, row in enumerate(rows[:-1]):
            if row.row is not None and row.row.is_head:
                message = f"{row.module} is the head, but further rows stand below it"
                self._add("head-strides", part_of(row.node, 2), message, index, "warning")
        return rows

    def shifted(self, rows: list[ReadRow]) -> tuple[Shift, list[NumberedRow]] | None:
        """The move of rows that explains what nothing reads; it stands in place of what follows from it."""
        if self._hidden or not all(isinstance(row.node, Sequence) and len(row.node.items) == 4 for row in rows):
            return None
        numbered = [_numbered(row, said) for row, said in zip(rows, self._remarks)]
        shift = shift_of(numbered)
        if shift is None:
            return None
        told = {item.node.start for item in shift.moved}
        self.findings = [
            item for item in self.findings if item.rule.name != "undefined-input" or item.place.start not in told
        ]
        return shift, numbered

    def check_numbers(self) -> None:
        """Reports where comments behind rows begin to number them otherwise than they are numbered."""
        shift = self._hidden
        for index, (number, _, place) in enumerate(self._remarks):
            if number is None or number - index == shift or not may_be_number(number, len(self._remarks)):
                continue
            shift = number - index
            if shift:
                arguments = {"number": number, "index": index}
                self.findings.append(report("index-comment-mismatch", place, arguments, layer=str(index)))

    def strides(self) -> tuple[StrideClaim, ...]:
        """What comments behind rows say of strides."""
        remarks = enumerate(self._remarks)
        return tuple([StrideClaim(index, stride, place) for index, (_, stride, place) in remarks if stride is not None])

    def _hidden_rows(self, nodes: list[AnyNode]) -> int:
        """How many rows the first one counts for beside itself: a whole backbone of a repository's own may stand there.

        It is told by the comment behind it, or by rows below that read what would come after them.
        """
        if not nodes or not self._is_foreign(part_of(nodes[0], 2)):
            return 0
        number = self._remarks[0].number
        if number is not None:
            return number
        ahead = [
            value - index
            for index, node in enumerate(nodes)
            for value in _values(part_of(node, 0))
            if type(value) is int and value >= index > 0
        ]
        return BACKBONE_ROWS if ahead and max(ahead) < BACKBONE_ROWS else 0

    def _is_foreign(self, node: AnyNode) -> bool:
        """Whether a module is one of the repository's own, and no slip of a known name."""
        module = node.value if isinstance(node, Scalar) else None
        known = self._vocabulary.modules
        if not isinstance(module, str) or module in known or "." in module or module in self._names:
            return False
        return nearest(module, known) is None

    # --- one row

    def _row(self, node: AnyNode, index: int) -> ReadRow:
        items = node.items if isinstance(node, Sequence) else []
        if len(items) != 4 or not isinstance(items[3], Sequence) or _is_turned(items):
            from convlint.dialects.ultralytics.row_slips import meant_row

            meant = meant_row(self._source, node)
            hint, fix = (meant.help, meant.fix) if meant is not None else ("", None)
            self._add("row-arity", node, {"found": _what_is_wrong(node)}, index, hint=hint, fix=fix)
            return ReadRow(node)
        module = self._module(items[2], index)
        row = self._known(module, items[2], index) if module else None
        sources = self._sources(items[0], index, row, module)
        repeats = self._repeats(items[1], index, row)
        arguments = tuple([(argument_value(item, self._names), item) for item in items[3].items])
        for value, item in arguments:
            if isinstance(item, Scalar) and isinstance(item.value, str):
                self.named.add(item.value)
            if isinstance(value, ArgumentProblem):
                self._argument_problem(value, item, module, index)
                row = None
        return ReadRow(node, module, row, sources, repeats, arguments)

    def _argument_problem(self, problem: ArgumentProblem, node: AnyNode, module: str, index: int) -> None:
        if problem == TOLD:
            return
        if problem.missing:
            self.missing.add(problem.missing)
            self._add("missing-key", node, {"key": problem.missing, "owner": "the file"}, index)
        else:
            meant = meant_arguments(node)
            fix = Fix(f"write {meant}", (Edit(node.start, node.end, meant),), False) if meant else None
            hint = f"args have commas between them: {meant}" if meant else ""
            self._add("row-arguments", node, {"module": module, "problem": problem.text}, index, hint=hint, fix=fix)

    def _module(self, node: AnyNode, index: int) -> str:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, str) and value:
            named = self._names.get(value) if value not in self._vocabulary.modules else None
            self.named.add(value)
            return named if isinstance(named, str) else value
        self._add("wrong-type", node, "the third item of a row is the name of a module", index)
        return ""

    def _repeats(self, node: AnyNode, index: int, row: Row | None) -> int:
        value = node.value if isinstance(node, Scalar) else None
        inside = row is not None and row.repeats is not None
        if type(value) is float and value.is_integer() and (value > 1 or (value == 1 and not inside)):
            return int(value)
        if type(value) is not int:
            self._add("wrong-type", node, "the second item of a row, repeats, is an integer", index)
            return 1
        if value <= 0:
            self._add(
                "invalid-value", node, f"repeats {value} removes nothing: the row is built once", index, "warning"
            )
        return min(value, MOST_REPEATS)

    # --- the module

    def _known(self, module: str, node: AnyNode, index: int) -> Row | None:
        """How rows of the module are read; None, after a finding, where it is not known."""
        row = self._vocabulary.modules.get(module)
        if row is not None and (index == 0 or row.notes != FIRST_ONLY):
            return row
        if module.startswith(TORCH):
            return self._of_torch(module, node, index)
        if module.startswith("torch.nn."):
            short = module.removeprefix("torch.")
            fix = self._name_fix(node, short, short)
            self._add("unknown-operator", node, {"op": module}, index, hint=f"write {short}", fix=fix)
        elif module in self._vocabulary.unreachable or row is not None:
            self._add("unresolvable-module", node, {"module": module}, index)
        elif "." in module and not module.startswith(OPS):
            hint = nearest_hint(module.rpartition(".")[2], self._vocabulary.modules)
            self._add("unknown-operator", node, {"op": module}, index, hint=hint)
        elif others := self._others_with(module):
            if module not in self._unknown:
                self._unknown.add(module)
                hint = f"{' and '.join(others)} has one: `vocabulary` in the settings chooses whose modules are meant"
                self._add("unknown-module", node, {"module": module}, index, hint=hint)
        elif (meant := meant_module(module, self._vocabulary.modules)) is not None:
            hint, fix = f"did you mean '{meant}'?", self._name_fix(node, module, meant)
            self._add("unknown-operator", node, {"op": module}, index, hint=hint, fix=fix)
        elif module not in self._unknown:
            self._unknown.add(module)
            meant = nearest(module, self._vocabulary.modules)
            hint = f"did you mean '{meant}'? A module of your own is declared in the settings" if meant else ""
            fix = self._name_fix(node, "", meant) if meant else None
            self._add("unknown-module", node, {"module": module}, index, hint=hint, fix=fix)
        return None

    def _others_with(self, module: str) -> list[str]:
        """The other vocabularies of rows, which have heads, that have a module of this name."""
        known = [item for item in lookup.vocabularies().values() if module in item.modules]
        return sorted([item.name for item in known if any(row.is_head for row in item.modules.values())])

    def _of_torch(self, module: str, node: AnyNode, index: int) -> Row | None:
        name = module.removeprefix(TORCH)
        if name in self._vocabulary.torch_names:
            row = torch_row(name)
            if row is None:
                self._add("unknown-module", node, {"module": module}, index)
            return row
        found = nearest(name, self._vocabulary.torch_names)
        hint = f"did you mean '{TORCH}{found}'?" if found is not None else ""
        fix = self._name_fix(node, module, f"{TORCH}{found}") if found is not None else None
        self._add("unknown-operator", node, {"op": module}, index, hint=hint, fix=fix)
        return None

    def _name_fix(self, node: AnyNode, module: str, meant: str) -> Fix | None:
        """Writes another module; safe where only the case differs."""
        return rewriting(self._source.text, node, meant, module.lower() == meant.lower())

    # --- the inputs

    def _sources(self, node: AnyNode, index: int, row: Row | None, module: str) -> tuple[Port | None, ...]:
        several = row.several if row is not None else isinstance(node, Sequence)
        if isinstance(node, Sequence) and several and node.items:
            return tuple([self._source_port(item, index) for item in node.items])
        if isinstance(node, Scalar) and not several:
            return (self._source_port(node, index),)
        expected = "a list of rows" if several else "one row, not a list"
        found = (
            "an empty list"
            if isinstance(node, Sequence) and not node.items
            else "a list"
            if isinstance(node, Sequence)
            else "one row"
        )
        hint = _inputs_hint(node)
        self._add("input-count", node, f"{module} reads {expected}; from is {found}", index, hint=hint)
        return (None,)

    def _source_port(self, node: AnyNode, index: int) -> Port | None:
        value = node.value if isinstance(node, Scalar) else None
        if type(value) is not int:
            self._add("wrong-type", node, "from is the number of a row, or a list of them", index)
            return None
        number = value + index if value < 0 else value
        if index == 0 and value == -1:
            return Port(-1)
        if value > 0 and self._hidden:
            return Port(value - self._hidden) if self._hidden < value < self._hidden + index else None
        if 0 <= number < index:
            return Port(number)
        self._add("undefined-input", node, _out_of_range(value, index), index)
        return None

    def _add(
        self,
        rule: str,
        node: AnyNode,
        said: str | dict[str, object],
        index: int,
        severity: Severity | None = None,
        hint: str = "",
        fix: Fix | None = None,
    ) -> None:
        """Keeps a finding; `said` is its message, or what the rule's template is filled with."""
        place = place_of(self._source, node)
        message, arguments = (said, None) if isinstance(said, str) else ("", said)
        self.findings.append(
            report(rule, place, arguments, message=message, help=hint, severity=severity, layer=str(index), fix=fix)
        )


def _inputs_hint(node: AnyNode) -> str:
    """What to write for a `from` that is one row where several are read, or several where one is."""
    if isinstance(node, Scalar):
        return f"what it reads is a list: [{node.text}]"
    rows = node.items if isinstance(node, Sequence) else []
    if len(rows) == 1 and isinstance(rows[0], Scalar):
        return f"write {rows[0].text} without brackets"
    return "a Concat before it makes one of several" if rows else ""


def _numbered(row: ReadRow, said: Remark) -> NumberedRow:
    is_end = row.row is not None and (row.row.is_head or row.row.is_output)
    return NumberedRow(row.node, row.module, is_end, row.row is None, said.number, said.place)


def remark(source: Source, node: AnyNode) -> Remark:
    """What the comment behind a row says."""
    text = source.text
    end = text.find("\n", node.end)
    line = text[node.end : end if end >= 0 else len(text)].rstrip()
    at = line.find("#")
    place = Place(source, node.end + max(0, at), node.end + len(line))
    match = re.match(_REMARK, line) if at >= 0 and node.origin is None else None
    if match is None:
        return Remark(None, None, place)
    stride = re.search(_STRIDE, line)
    return Remark(
        int(match[1]) if match[1] is not None and len(match[1]) < 5 else None,
        int(stride[1]) if stride is not None and len(stride[1]) < 6 else None,
        place,
    )


def may_be_number(number: int, count: int) -> bool:
    """Whether a number behind a row may be that of a row of a file with `count` rows; others are mostly channels."""
    return number < 2 * count


def part_of(node: AnyNode, number: int) -> AnyNode:
    """A part of a row by its place; the row itself where it has none there."""
    return node.items[number] if isinstance(node, Sequence) and len(node.items) > number else node


def _values(node: AnyNode) -> list[object]:
    """The numbers of `from`."""
    items = node.items if isinstance(node, Sequence) else [node]
    return [item.value for item in items if isinstance(item, Scalar)]


def _is_turned(items: list[AnyNode]) -> bool:
    """Whether the module of a row stands before its repeats."""
    if len(items) < 3:
        return False
    module, repeats = items[1], items[2]
    if not isinstance(module, Scalar) or not isinstance(repeats, Scalar):
        return False
    return isinstance(module.value, str) and type(repeats.value) is int


def _what_is_wrong(node: AnyNode) -> str:
    if not isinstance(node, Sequence):
        return "this is no list"
    count = len(node.items)
    if _is_turned(node.items[:3] if count == 4 else []):
        return "its module stands before its repeats"
    return "its args are no list" if count == 4 else f"this has {count} item{'s' if count != 1 else ''}"


def _out_of_range(value: int, index: int) -> str:
    if index == 0:
        return f"from {value} in the first row, which reads the image: -1"
    if value >= index:
        which = "is this row itself" if value == index else "comes after this row"
        return f"from {value} {which}: row {index} can read rows 0 to {index - 1}"
    return f"from {value} in row {index} goes back beyond row 0"
