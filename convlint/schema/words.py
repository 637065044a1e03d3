"""What a schema expects and what was found, in words."""

from __future__ import annotations

from collections.abc import Collection

from convlint.schema.types import Schema

_TYPES = {
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "string": "text",
    "null": "null",
    "array": "a list",
    "object": "a mapping",
}
_SIZES = "a list of sizes"
_NAME_PATTERNS = (r"^([^\W\d]", "^(?!([Nn]one")
_PLURALS = {"an integer": "integers", "a number": "numbers", "text": "texts", "a layer": "layers"}


def json_type(value: object) -> str:
    """The JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    for kind, name in ((int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object")):
        if isinstance(value, kind):
            return name
    return "string"


def is_of_type(value: object, types: str | Collection[str]) -> bool:
    """Whether a value has a JSON type, or one of several; an integer is a number too."""
    kind = json_type(value)
    allowed = (types,) if isinstance(types, str) else types
    return kind in allowed or (kind == "integer" and "number" in allowed)


def found_words(value: object) -> str:
    """A value in words: `the text '3x3'`, `a list of 3`, `0`."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text '{value if len(value) <= 60 else value[:57] + '...'}'"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    return str(value)


def expected_words(schema: Schema) -> str:
    """What a schema takes, in words; expressions are taken everywhere and not named."""
    branches = schema.get("anyOf") or schema.get("oneOf")
    if branches:
        parts = dict.fromkeys(expected_words(branch) for branch in branches if not _is_expression(branch))
        if _SIZES in parts:
            parts.pop("a list of values", None)
        return _either(list(parts))
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return _either([f"'{item}'" if isinstance(item, str) else str(item) for item in schema["enum"]])
    if "$ref" in schema:
        return "a layer"
    kinds = schema.get("type", "another value")
    if isinstance(kinds, list):
        return _either([_TYPES[kind] for kind in kinds])
    if kinds == "array":
        return _list_words(schema)
    if str(schema.get("pattern", "")).startswith(_NAME_PATTERNS):
        return "the name of a size"
    return str(_TYPES.get(kinds, kinds)) + _bounds(schema)


def _is_expression(schema: Schema) -> bool:
    return str(schema.get("pattern", "")).startswith(r"^\$")


def _bounds(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is not None and abs(most) >= 2**40:
        most = None
    if least is not None and abs(least) >= 2**40:
        least = None
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if least is not None:
        return f" of at least {least}"
    if most is not None:
        return f" of at most {most}"
    if schema.get("type") == "string" and schema.get("minLength"):
        return " that is not empty"
    return ""


def _list_words(schema: Schema) -> str:
    items = schema.get("items", {})
    word = expected_words(items) if items else "a value"
    simple = word.split(" of at ")[0].split(" from ")[0]
    plural = _PLURALS.get(simple, "values")
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is not None and least == most:
        return f"a list of {least} {plural}" if least > 1 else f"a list of 1 {plural[:-1]}"
    if "sizes" in str(schema.get("description", "")) or "Channels" in str(schema.get("description", "")):
        return _SIZES
    return f"a list of {plural}"


def _either(parts: list[str]) -> str:
    if len(parts) < 2:
        return "".join(parts) or "another value"
    return f"{', '.join(parts[:-1])} or {parts[-1]}"
