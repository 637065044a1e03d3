"""The form of operator files and rule pages: keys, and what each takes (as `schemas/rules.schema.json` has it)."""

from __future__ import annotations

from typing import Any

from convlint.catalogue.data_checks import (
    Check,
    Misfit,
    expect_table,
    flag,
    found,
    one_of,
    table,
    table_of,
    text,
    texts,
)
from convlint.findings import SEVERITIES

PARAMETER_TYPES = (
    *("count", "integer", "number", "flag", "choice", "text", "dim", "dims", "integers"),
    *("extent", "factor", "sides", "activation", "anchors"),
)
_FIELD_WORDS = one_of(("same", "all", "all-inputs"))


def _anything(key: str, value: Any) -> None:
    pass


def _string(key: str, value: Any) -> None:
    if not isinstance(value, str):
        raise Misfit(key, f"expected text, found {found(value)}")


def _expression(key: str, value: Any) -> None:
    if not isinstance(value, (str, int, float)) or value == "":
        raise Misfit(key, f"expected an expression, found {found(value)}")


def _number(key: str, value: Any) -> None:
    if type(value) not in (int, float):
        raise Misfit(key, f"expected a number, found {found(value)}")


def _optional_number(key: str, value: Any) -> None:
    if value is not None:
        _number(key, value)


def _count(key: str, value: Any) -> None:
    if type(value) is not int or value < 0:
        raise Misfit(key, f"expected an integer of at least 0, found {found(value)}")


def _counts(key: str, value: Any) -> None:
    for item in value if isinstance(value, list) and value else [value]:
        _count(key, item)


def _inputs(key: str, value: Any) -> None:
    if isinstance(value, dict):
        table({"min": _count, "max": _count}, ("min",))(key, value)
        if value.get("max", value["min"]) < value["min"]:
            raise Misfit(key, "min is more than max")
    else:
        _counts(key, value)


def _names(key: str, value: Any) -> None:
    if isinstance(value, dict) and value:
        table_of(_counts)(key, value)
    elif not value:
        raise Misfit(key, f"expected a list of names, or a table from name to spatial axes, found {found(value)}")
    else:
        texts(key, value)


def _output(key: str, value: Any) -> None:
    if not isinstance(value, list):
        _expression(key, value)
        return
    for item in value:
        _expression(key, item)


def _outputs(key: str, value: Any) -> None:
    if not isinstance(value, list):
        text(key, value)
        return
    for item in value:
        _output(key, item)


def _requirements(key: str, value: Any) -> None:
    if not isinstance(value, list):
        _REQUIREMENT(key, value)
        return
    for item in value:
        _REQUIREMENT(key, item)


def _settings(key: str, value: Any) -> None:
    (table_of(_expression) if isinstance(value, dict) else _expression)(key, value)


REMEDY = table({"set": _settings, "insert": text, "safe": flag, "title": text})


def _field(key: str, value: Any) -> None:
    if isinstance(value, dict):
        table({"window": _expression, "stride": _expression, "up": _expression, "all": _expression})(key, value)
    else:
        _FIELD_WORDS(key, value)


def _row(key: str, value: Any) -> None:
    if value is not None:
        table(ROW)(key, value)


def _channels(key: str, value: Any) -> None:
    if value is not None:
        text(key, value)


_REQUIREMENT = table(
    {
        "that": _expression,
        "at": _string,
        "say": _string,
        "help": _string,
        "severity": one_of(SEVERITIES),
        "else": one_of(("output", "axes", "nothing")),
        "fix": REMEDY,
    },
    ("that",),
)
_PARAMETER = table(
    {
        "type": one_of(PARAMETER_TYPES),
        "required": flag,
        "default": _anything,
        "min": _optional_number,
        "max": _number,
        "of": texts,
        "words": texts,
        "nullable": flag,
        "infer": _expression,
        "summary": _string,
    },
    ("type",),
)
ROW: dict[str, Check] = {
    "args": texts,
    "channels": _channels,
    "scaled": texts,
    "repeats": text,
    "tracks": _expression,
    "several": flag,
    "selects": text,
    "head": flag,
    "output": flag,
    "ignores_rest": flag,
    "notes": text,
}
_OPERATOR: dict[str, Check] = {
    "names": _names,
    "axes": _count,
    "rank": _counts,
    "inputs": _inputs,
    "torch": text,
    "indices": _counts,
    "summary": _string,
    "params": table_of(_PARAMETER),
    "let": table_of(_expression),
    "require": table_of(_requirements),
    "output": _output,
    "outputs": _outputs,
    "parameters": _expression,
    "macs": _expression,
    "receptive_field": _field,
    "learned": _expression,
    "enlarge": text,
}
MODULE: dict[str, Check] = {**_OPERATOR, "row": _row}
_LIKE: dict[str, Check] = {"like": text, "row": _row, "require": table_of(_requirements)}
_VOCABULARY: dict[str, Check] = {
    "vocabulary": text,
    "definitions": table_of(_expression),
    "include": table_of(texts),
    "unreachable": texts,
    "torch_names": texts,
    "severities": table_of(one_of(SEVERITIES)),
    "needs": texts,
    "evaluates": flag,
    "modules": expect_table,
}
PAGE: dict[str, Check] = {
    "name": text,
    "code": text,
    "group": text,
    "severity": one_of(SEVERITIES),
    "status": one_of(("preview", "stable", "deprecated")),
    "since": _anything,
    "default": flag,
    "fixable": _anything,
    "summary": text,
    "message": text,
    "help": _string,
    "on": lambda key, value: (text if isinstance(value, str) else texts)(key, value),
    "assert": _expression,
    "at": _string,
    "fix": REMEDY,
}


def check_operator_file(data: Any) -> None:
    """Raises Misfit for the first key or value of an operator file that does not fit."""
    if not isinstance(data, dict) or "vocabulary" not in data:
        table_of(_operator)("", data)
        return
    table(_VOCABULARY, ("vocabulary", "modules"))("", data)
    for name, entry in data["modules"].items():
        is_like = isinstance(entry, dict) and "like" in entry
        (table(_LIKE) if is_like else _module)(f"modules.{name}", entry)


def check_page(data: Any) -> None:
    """Raises Misfit for the first key or value of the front matter of a rule page that does not fit."""
    table(PAGE, ("name", "on", "assert", "message"))("", data)


def _operator(key: str, value: Any) -> None:
    table(_OPERATOR)(key, value)
    _needs_output(key, value)


def _module(key: str, value: Any) -> None:
    table(MODULE)(key, value)
    _needs_output(key, value)


def _needs_output(key: str, value: Any) -> None:
    if "output" not in value and "outputs" not in value:
        raise Misfit(key, "the key 'output' is missing")
