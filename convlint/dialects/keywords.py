"""Reads keyword arguments of a class as the parameters of an operator, and says what does not fit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from collections.abc import Mapping as MappingType
from types import MappingProxyType

from convlint.catalogue.lookup import plain_name
from convlint.catalogue.parameters import REJECTED, Parameter, accept
from convlint.catalogue.runnable import Operator
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.places import place_of
from convlint.dialects.words import in_words
from convlint.domain.values import UNKNOWN, Word, is_known
from convlint.editing import rewriting
from convlint.findings import Part, Place, Severity
from convlint.nearest import nearest, unmistakable
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence, Source, plain_data
from convlint.typed import NamedTuple

_SPELLING = "written"
"""Ends the name of the parameter that holds how a name is spelled, where it has no settings beside it."""


_NUMBERS = r"\d+(\s*,\s*\d+)+"
_LONGEST = 80
"""Letters of a value that a message shows."""
_EXPECTED: MappingType[str, str] = MappingProxyType(
    {
        "count": "it takes an integer of at least 1",
        "counts": "it takes a list of integers of at least 1",
        "extent": "it takes an integer, or a list with one for each axis",
        "extents": "it takes a list, each entry an integer or a list with one for each axis",
        "flag": "it takes true or false",
        "flags": "it takes a list of true and false",
        "integer": "it takes an integer",
        "number": "it takes a number",
        "text": "it takes a text",
    }
)


class Arguments(NamedTuple):
    """The parameters in the order of the declaration; None where one cannot be told or does not fit.

    `nodes` holds the value nodes by parameter.
    """

    parameters: tuple[object, ...] | None
    nodes: dict[str, AnyNode]

    def given(self) -> dict[str, object]:
        """What the file gives, as plain data."""
        return {name: plain_data(node) for name, node in self.nodes.items()}


class Release(NamedTuple):
    """A package whose classes take arguments, and the version of it that a file is written for.

    Without a version, the newest is meant.
    """

    package: str
    version: str = ""

    def has(self, change: str) -> bool:
        """Whether what a version changed holds for this one."""
        return not self.version or not change or _numbers(self.version) >= _numbers(change)


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with: (1, 5, 0) of `1.5.0rc1`."""
    return tuple([int(number) for number in re.findall(r"\d{1,9}", version)[:3]])


class ComponentPlaces:
    """Where the parts of a network stand: its arguments, and under `from` the size that reaches it."""

    __slots__ = ("_component", "_nodes", "_size", "_source", "_target")

    def __init__(
        self, source: Source, component: AnyNode, target: AnyNode, nodes: dict[str, AnyNode], size: Place | None
    ) -> None:
        self._source = source
        self._component = component
        self._target = target
        self._nodes = nodes
        self._size = size

    def fed_at(self, size: Place | None) -> ComponentPlaces:
        """The same places, where the size that reaches the network is given at another one."""
        return ComponentPlaces(self._source, self._component, self._target, self._nodes, size)

    def at(self, key: str, item: int | None = None) -> Place:
        if key == Part.SOURCES and self._size is not None:
            return self._size
        node = self._nodes.get(key)
        if node is None:
            return place_of(self._source, self._target)
        if item is not None and isinstance(node, Sequence) and item < len(node.items):
            node = node.items[item]
        return place_of(self._source, node)

    def span(self) -> Place:
        return place_of(self._source, self._component)

    def written(self) -> tuple[str, Mapping | None]:
        return self._source.text, self._component if isinstance(self._component, Mapping) else None


def read_arguments(
    pairs: Iterable[tuple[Scalar, AnyNode]],
    target: AnyNode,
    operator: Operator,
    axes: int | None,
    mistakes: Mistakes,
    release: Release,
) -> Arguments:
    """The keyword arguments of the class that `target` names.

    `pairs` are key and value nodes; a scalar of the value UNKNOWN is what cannot be told. `axes` is the number of
    spatial axes that an extent has.
    """
    name = plain_name(operator.name)
    given = [(key.value, key, node) for key, node in pairs]
    nodes = {key: node for key, _, node in given if key in operator.positions}
    gone = [operator.parameters[operator.positions[key]] for key in nodes if _parameter(operator, key).is_gone]
    missing = operator.required - nodes.keys() - {parameter.renamed for parameter in gone}
    for key, key_node, _ in given:
        if key not in operator.positions:
            missing -= {_report_unknown(str(key), key_node, operator, nodes, mistakes)}
        elif _parameter(operator, key).is_gone:
            _report_gone(_parameter(operator, key), key_node, name, release, mistakes)
    for item in sorted(missing):
        mistakes.report("missing-key", target, {"owner": name, "key": item})
    fits = len(nodes) == len(given) and not missing and not any(parameter.renamed for parameter in gone)
    values = {key: plain_data(node) for key, node in nodes.items()}
    taken = list(operator.defaults)
    for key, value in values.items():
        parameter = operator.parameters[operator.positions[key]]
        accepted = _accepted(parameter, None if axes is None else (axes,), value)
        if accepted is REJECTED and _has_placeholder(nodes[key]):
            accepted = UNKNOWN
        elif accepted is REJECTED:
            _misfit(parameter, value, nodes[key], name, mistakes)
            fits = False
        fits = not _has_slips_beside(parameter, nodes[key], operator, mistakes) and fits
        taken[operator.positions[key]] = accepted
        for extra, given_value in _extras(parameter, value, operator):
            taken[operator.positions[extra]] = given_value
    return Arguments(tuple(taken) if fits else None, nodes)


def _parameter(operator: Operator, name: str) -> Parameter:
    return operator.parameters[operator.positions[name]]


def _report_unknown(
    key: str, node: AnyNode, operator: Operator, given: dict[str, AnyNode], mistakes: Mistakes
) -> str | None:
    """Reports a key that is no parameter; the parameter that it stands for, where one can be told."""
    free = [item.name for item in operator.parameters if not item.is_gone and item.name not in given]
    meant, missing = nearest(key, free), operator.required - given.keys()
    if meant is None and len(missing) == 1:
        (meant,) = missing
        hint = f"it needs '{meant}'"
    else:
        hint = f"did you mean '{meant}'?" if meant is not None else ""
    fix = rewriting(mistakes.source.text, node, meant, False)
    mistakes.report("unknown-key", node, {"owner": plain_name(operator.name), "key": key}, hint=hint, fix=fix)
    return meant


def _report_gone(parameter: Parameter, node: AnyNode, name: str, release: Release, mistakes: Mistakes) -> None:
    """Reports an argument of an older version: a warning where the file is written for one."""
    package = release.package
    if parameter.renamed:
        message = f"{name} takes no {parameter.name}: {package} calls it {parameter.renamed}"
    else:
        message = f"{name} takes no {parameter.name}: {package} {parameter.removed} removed it"
    hint = f"write {parameter.renamed}" if parameter.renamed else "leave it out"
    severity: Severity | None = None if release.has(parameter.removed) else "warning"
    if severity is not None:
        message += f", and the bundle is written for {release.version}"
    mistakes.report("unknown-key", node, message=message, hint=hint, severity=severity)


def _accepted(parameter: Parameter, axes: tuple[int, ...] | None, value: object) -> object:
    """The value as the engine takes it; UNKNOWN where a part of it cannot be told."""
    if not is_known(value) or isinstance(value, dict):
        return UNKNOWN
    if parameter.type in ("flag", "flags"):
        value = False if value is None and not parameter.nullable else _truth(value)
    if parameter.type == "number" and isinstance(value, list) and isinstance(next(iter(value), None), str):
        return UNKNOWN  # a class with its settings, which the number would be one of
    if parameter.type == "choice":
        return _choice(parameter, value)
    return accept(parameter, axes, value)


def _has_placeholder(node: AnyNode) -> bool:
    """Whether a value is, or holds, a null under a key of its own, which is filled in before the file is used."""
    if isinstance(node, Sequence):
        return any(map(_has_placeholder, node.items))
    return isinstance(node, Scalar) and node.value is None and node.origin is not None


def _truth(value: object) -> object:
    """0 and 1 as what Python takes them for; anything else as it is."""
    if isinstance(value, list):
        return [_truth(item) for item in value]
    return bool(value) if type(value) is int and value in (0, 1) else value


def _choice(parameter: Parameter, value: object) -> object:
    """A name, also one in capitals, or a name with arguments: `["GROUP", {"num_groups": 8}]`."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, str):
        return accept(parameter, None, value)
    lowered = value.lower()
    return Word(lowered) if lowered in parameter.choices else REJECTED


def _extras(parameter: Parameter, value: object, operator: Operator) -> list[tuple[str, object]]:
    """(parameter, value) of what stands beside a name: `num_groups` of `norm` is the parameter `norm_num_groups`.

    Defaults of these belong to the default name: where a file gives a name alone, they are what its class has.
    """
    if parameter.type != "choice":
        return []
    given = value[1] if isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict) else {}
    given = {**given, _SPELLING: value if isinstance(value, str) else None}
    start = f"{parameter.name}_"
    beside = [other for other in operator.parameters if other.name.startswith(start)]
    return [
        (other.name, _setting(other, given.get(other.name.removeprefix(start))))
        for other in beside
        if other.name.removeprefix(start) in given or other.nullable
    ]


def _has_slips_beside(parameter: Parameter, node: AnyNode, operator: Operator, mistakes: Mistakes) -> bool:
    """Whether settings beside a name, `num_group` of `["GROUP", {"num_group": 8}]`, are slips of what it has.

    They are reported.
    """
    beside = node.items[1] if isinstance(node, Sequence) and len(node.items) == 2 else None
    if parameter.type != "choice" or not isinstance(beside, Mapping):
        return False
    start = f"{parameter.name}_"
    known = [item.name.removeprefix(start) for item in operator.parameters if item.name.startswith(start)]
    meant = {key: unmistakable(str(key), known) for key in beside.pairs if key not in known}
    slips = {key: name for key, name in meant.items() if name is not None}
    for key, name in slips.items():
        arguments = {"owner": parameter.name, "key": str(key)}
        mistakes.report("unknown-key", beside.pairs[key][0], arguments, hint=f"did you mean '{name}'?")
    return bool(slips)


def _setting(parameter: Parameter, value: object) -> object:
    """What stands beside a name as the engine takes it; UNKNOWN where it does not fit."""
    accepted = _accepted(parameter, None, value)
    return UNKNOWN if accepted is REJECTED else accepted


def _misfit(parameter: Parameter, value: object, node: AnyNode, name: str, mistakes: Mistakes) -> None:
    hint = f"one of {', '.join(parameter.choices)}" if parameter.choices else _EXPECTED.get(parameter.type, "")
    written = in_words(value)
    shown = written if len(written) <= _LONGEST else f"{written[:_LONGEST]}..."
    message = f"{parameter.name} of {name} cannot be {shown}"
    meant = _meant(parameter, value)
    fix = rewriting(mistakes.source.text, node, meant, False)
    if meant is not None:
        hint = f"write {meant}"
    mistakes.report("invalid-value", node, message=message, hint=hint, fix=fix)


def _meant(parameter: Parameter, value: object) -> str | None:
    """The word that a text is a slip of, or the list that it is without its brackets."""
    if not isinstance(value, str):
        return None
    if parameter.choices:
        return unmistakable(value, parameter.choices) or _beginning(value, parameter.choices)
    return f"[{value.strip()}]" if parameter.type in _EXPECTED and re.fullmatch(_NUMBERS, value.strip()) else None


def _beginning(text: str, words: Collection[str]) -> str | None:
    """The one word that a longer text begins with: `batch` of `batchnorm`."""
    found = [word for word in words if len(word) > 2 and text.lower().startswith(word)]
    return found[0] if len(found) == 1 else None
