"""Reads the top of a model file: its scales, the names that args may use, and keys that the package ignores."""

from __future__ import annotations

import os
import re
from collections.abc import Container
from collections.abc import Mapping as MappingType

from convlint.catalogue.parameters import REJECTED, Parameter, accept
from convlint.catalogue.rows import Vocabulary
from convlint.dialects.places import place_of
from convlint.dialects.ultralytics.arguments import TOLD
from convlint.dialects.ultralytics.recognition import PARTS
from convlint.dialects.ultralytics.scales import DIVISOR, NO_LIMIT, Scale, letter_in, seems_to_pick
from convlint.dialects.words import in_words
from convlint.domain.values import Word
from convlint.editing import rewriting
from convlint.engine.reporting import report
from convlint.findings import Finding, Fix, Place
from convlint.model import ParameterClaim
from convlint.nearest import nearest
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence, Source, plain_data

_KNOWN = frozenset(
    (
        *PARTS,
        "nc",
        "scales",
        "depth_multiple",
        "width_multiple",
        "activation",
        "end2end",
        "reg_max",
        "kpt_shape",
        "inplace",
        "channels",
    )
)
_IGNORED = {
    "ch": "older versions of the package read it; from 8.3.101 on, the number of input channels is `channels:`",
    "scale": "the scale comes from a letter in the file name, as in yolov8n.yaml",
    "max_channels": "the limit is the third number of each row of `scales:`",
}
_CLAIM = r"[ \t]*,?[ \t]*#[^\n]{0,200}?(?<![\d.,])(\d{1,3}(?:,\d{3})+|\d{4,15}) parameters\b"
"""A comment with a whole number of parameters; of `3.2M parameters` it is not known how it was rounded."""
_IN_ARGS = ("nc", "kpt_shape", "reg_max", "end2end")
_ANCHORS = Parameter("anchors", "anchors")
_FREE = frozenset(
    (
        "author",
        "task",
        "keywords",
        "description",
        "flops",
        "parameters",
        "min_version",
        "discussion",
        "anchors",
        "strides",
        "nm",
        "names",
        "text_model",
        "channel_multiple",
        "license",
        "name",
        "version",
        "model",
    )
)
"""Keys that people write as remarks, or that other tools read."""


class KeyReader:
    """Reads the keys of a file; collects what is wrong with them."""

    def __init__(self, source: Source, root: Mapping, vocabulary: Vocabulary) -> None:
        self._source = source
        self._root = root
        self._vocabulary = vocabulary
        self.findings: list[Finding] = []
        self._has_longer_scale = False

    def check(self, said: Container[str], named: Container[str]) -> None:
        """Reports what is missing, of another type, ignored or misspelt.

        That the keys `said` are missing is known, and rows name the keys `named`.
        """
        for part in PARTS:
            node = self._root.get(part)
            if node is None:
                self._missing(part)
            elif not isinstance(node, Sequence):
                self._add("wrong-type", node, message=f"{part} is a list of rows")
            elif not node.items:
                self._add("wrong-type", node, message=f"{part} is an empty list; it needs a row")
        for key in self._vocabulary.needs:
            if self._root.get(key) is None and key not in said:
                self._missing(key)
        self._check_classes()
        self._check_ignored(named, {key for key in (*PARTS, *self._vocabulary.needs) if key not in said})

    def _check_classes(self) -> None:
        """Reports a number of classes that is none."""
        node = self._root.get("nc")
        value = plain_data(node)
        if node is None or _is_count(value):
            return
        rule = "invalid-value" if type(value) is int else "wrong-type"
        message = f"nc is the number of classes, an integer of at least 1, and not {in_words(value)}"
        number = value if isinstance(value, str) and value.isdecimal() and int(value) > 0 else None
        fix = rewriting(self._source.text, node, number, True)
        self.findings.append(report(rule, place_of(self._source, node), message=message, fix=fix))

    def names(self) -> dict[str, object]:
        """The top-level values that args may name; None where the file has none.

        A key of the file's own is one of them: a builder that writes such files reads it there.
        """
        own = [key for key in self._root.pairs if isinstance(key, str) and self._is_own(key)]
        values = {key: plain_data(self._root.get(key)) for key in (*_IN_ARGS, *self._vocabulary.needs)}
        named = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
        if not _is_count(named["nc"]):
            named["nc"] = TOLD
        words = {key: plain_data(self._root.get(key)) for key in own}
        return named | {key: Word(value) if isinstance(value, str) else value for key, value in words.items()}

    def _is_own(self, key: str) -> bool:
        is_plain = isinstance(self._root.get(key), Scalar)
        return is_plain and key not in _KNOWN and key not in _FREE and key not in _IGNORED

    def input_channels(self, is_classifier: bool) -> int:
        """Channels of the image; `ch` where the file has no `channels`, which only classifiers read from it."""
        is_modern = self._root.get("channels") is not None and not self._has_anchors()
        key = "ch" if not is_modern else "channels" if is_classifier else ""
        value = plain_data(self._root.get(key)) if key else 3
        return value if type(value) is int and value > 0 else 3

    def scales(self) -> list[Scale]:
        """The scales in the order of the file; one without a letter where it has none."""
        node = self._root.get("scales")
        if node is None or not plain_data(node):
            multiples = self._multiple("depth_multiple"), self._multiple("width_multiple")
            return [Scale(None, *multiples, divisor=self._divisor(), exempt=self._head_channels())]
        if not isinstance(node, Mapping):
            self._add("wrong-type", node, message="scales is a mapping from a letter to [depth, width, max_channels]")
            return []
        return [
            scale for name, (_, value) in node.pairs.items() if (scale := self._scale(str(name), value)) is not None
        ]

    def claims(self) -> dict[str, ParameterClaim]:
        """What comments behind scales say of the number of parameters, by the letters of the scales."""
        return parameter_claims(self._source, self._root)

    def _divisor(self) -> int:
        value = plain_data(self._root.get("channel_multiple")) if self._has_anchors() else None
        return value if type(value) is int and value > 0 else DIVISOR

    def _head_channels(self) -> int:
        """Channels of a head with anchors, boxes * (classes + 5), which the forks do not scale; 0 without one."""
        anchors = accept(_ANCHORS, None, plain_data(self._root.get("anchors"))) if self._has_anchors() else REJECTED
        classes = plain_data(self._root.get("nc"))
        boxes = anchors[1] if isinstance(anchors, tuple) else 0
        return boxes * (classes + 5) if type(boxes) is int and type(classes) is int else 0

    def _has_anchors(self) -> bool:
        return "anchors" in self._vocabulary.needs

    def _lacking(self, values: object) -> str:
        """What a scale of two numbers lacks, as the other scales have it."""
        scales = plain_data(self._root.get("scales"))
        others = [scale[2] for scale in scales.values() if _is_three(scale)] if isinstance(scales, dict) else []
        if not isinstance(values, list) or len(values) != 2 or not others:
            return ""
        meant = [*values, others[0]]
        return f"max_channels is missing, which is {others[0]} in another scale: {meant}"

    def _scale(self, name: str, node: AnyNode) -> Scale | None:
        values = plain_data(node)
        is_row = isinstance(values, list) and len(values) >= 3
        if not is_row or not all(type(value) in (int, float) and 0 < value <= NO_LIMIT for value in values[:3]):
            message = f"scale {name} is three numbers: [depth, width, max_channels]"
            self._add("invalid-value", node, message=message, help=self._lacking(values))
            return None
        if len(values) > 3 and not self._has_longer_scale:
            self._has_longer_scale = True
            message = f"scale {name} has {len(values)} numbers; the package takes three: [depth, width, max_channels]"
            self.findings.append(
                report("invalid-value", place_of(self._source, node), message=message, severity="warning")
            )
        return Scale(name, *values[:3])

    def _multiple(self, key: str) -> float:
        node = self._root.get(key)
        value = node.value if isinstance(node, Scalar) else 1.0
        if node is None or (type(value) in (int, float) and 0 < value <= 1000):
            return float(value)
        self._add("wrong-type", node, message=f"{key} is a number above 0")
        return 1.0

    def check_file_name(self, scales: list[Scale]) -> None:
        """Reports a file name that picks no scale of several, or one that the file does not have."""
        pair = self._root.pairs.get("scales")
        letters = [scale.letter for scale in scales if scale.letter is not None]
        if pair is None or not letters:
            return
        stem = os.path.splitext(os.path.basename(self._source.path))[0]
        letter = letter_in(stem)
        place = place_of(self._source, pair[0])
        if letter and letter not in letters:
            arguments = {"name": stem, "letter": letter, "scales": ", ".join(letters)}
            self.findings.append(report("scale-not-found", place, arguments))
        elif not letter and len(letters) > 1 and seems_to_pick(stem, letters):
            arguments = {"name": stem, "scale": letters[0]}
            self.findings.append(report("ignored-scale", place, arguments))

    def _check_ignored(self, named: Container[str], needed: Container[str]) -> None:
        for key, (node, _) in self._root.pairs.items():
            if not isinstance(key, str) or key in _KNOWN or key in _FREE or key in named:
                continue
            meant = self._meant_key(key)
            if meant is not None and meant in needed and self._root.get(meant) is None:
                continue  # it is said to be missing, and why
            if meant is not None:
                fix = self._key_fix(key, meant)
                fix = None if fix is None else fix._replace(safe=False)
                self._add("ignored-key", node, {"key": key}, help=f"did you mean '{meant}'?", fix=fix)
            elif key in _IGNORED:
                self._add("ignored-key", node, {"key": key}, help=_IGNORED[key])

    def _meant_key(self, key: str) -> str | None:
        """The key that an unknown one was meant to be."""
        if key == "scale" and isinstance(self._root.get(key), Mapping) and self._root.get("scales") is None:
            return "scales"
        if key in _IGNORED and not (key == "ch" and self._has_anchors()):
            return None
        return nearest(key, _KNOWN)

    def _missing(self, key: str) -> None:
        arguments = {"key": key, "owner": "the file"}
        unknown = [name for name in self._root.pairs if isinstance(name, str) and name not in _KNOWN]
        meant = next((name for name in unknown if self._meant_key(name) == key), None)
        if meant is None:
            self._add("missing-key", self._root.entries[0][0] if self._root.entries else self._root, arguments)
        else:
            node, fix = self._root.pairs[meant][0], self._key_fix(meant, key)
            self._add("missing-key", node, arguments, help=f"did you mean '{key}' by '{meant}'?", fix=fix)

    def _key_fix(self, key: str, meant: str) -> Fix | None:
        """Writes the key that was meant, where the file has none of that name; safe where only the case differs."""
        node = self._root.pairs[key][0]
        is_free = self._root.get(meant) is None
        return rewriting(self._source.text, node, meant, meant.lower() == key.lower()) if is_free else None

    def _add(
        self,
        rule: str,
        node: AnyNode,
        arguments: MappingType[str, object] | None = None,
        message: str = "",
        help: str = "",
        fix: Fix | None = None,
    ) -> None:
        place: Place = place_of(self._source, node)
        self.findings.append(report(rule, place, arguments, message=message, help=help, fix=fix))


def foreign_rows(source: Source, root: Mapping, foreign: list[str]) -> Finding:
    """Says that rows stand under keys that the package does not read: the file is another builder's."""
    named = " and ".join([f"'{name}'" for name in foreign])
    message = f"the rows under {named} are read by no builder that is known here, so that no row was checked"
    hint = "the package reads those of 'backbone' and 'head'; a builder beside the file that reads them is understood"
    place = place_of(source, root.pairs[foreign[0]][0])
    return report("missing-key", place, message=message, help=hint, severity="warning")


def _is_count(value: object) -> bool:
    """Whether a value can be a number of classes; a file that gives none is another matter."""
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 1)


def parameter_claims(source: Source, root: Mapping) -> dict[str, ParameterClaim]:
    """What comments behind the scales of a file say of the number of parameters, by the letters of the scales."""
    node, found = root.get("scales"), {}
    for name, (_, value) in node.pairs.items() if isinstance(node, Mapping) else ():
        line = source.text[value.end :].partition("\n")[0]
        match = re.match(_CLAIM, line) if "#" in line else None
        if match is not None and value.origin is None:
            place = Place(source, value.end + match.start(1), value.end + match.end(1))
            found[str(name)] = ParameterClaim(int(match[1].replace(",", "")), place)
    return found


def _is_three(scale: object) -> bool:
    return isinstance(scale, list) and len(scale) == 3
