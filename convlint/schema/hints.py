"""What to write in place of a value that its key does not take: the slips of people who think in Python."""

from __future__ import annotations

import re
from collections.abc import Collection

from convlint.dialects.native.texts_for_expressions import meant_arithmetic, meant_name
from convlint.dialects.native.texts_for_numbers import ANY_NUMBER, is_in_thousands, plain_number
from convlint.editing import number_text
from convlint.limits import LARGEST_SIZE
from convlint.nearest import nearest_hint
from convlint.schema.causes import Path
from convlint.schema.input_shapes import is_open_size
from convlint.source.scalars import resolve_plain
from convlint.typed import Any

_EXACT = 2**53
_MOST_NAMES = 8
_NUMBER = r"[+-]?\d+(\.\d+)?"
_LIST = r"[(\[]([^()\[\]]*?),?\s*[)\]]"
_BARE_LIST = r"\d+(\s*,\s*\d+)+"
_SIZES = r"\d+( ?[x×*] ?\d+)+"
_FLAGS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
"""The words for true and false that YAML 1.1 and people have besides."""

MISSING_PARTS = {
    "inputs": "each input has a name and a shape: inputs: {image: [3, 224, 224]}",
    "layers": "layers are a list: each begins with a dash",
}
"""What the parts look like that every file has."""

BLOCK_LAYERS = "the layers of a block stand under its key 'layers'"


def value_hint(value: object, expected: str) -> str:
    """What would be right, for a value where something else is `expected` (in words); empty where it is not clear."""
    if isinstance(value, float) and value.is_integer() and "integer" in expected:
        return f"write {int(value)}"
    if type(value) is int and abs(value) > LARGEST_SIZE and ("integer" in expected or "number" in expected):
        return f"numbers go up to {LARGEST_SIZE}"
    if type(value) is int and value in (0, 1) and expected.startswith("true or false"):
        return f"write {'true' if value else 'false'}"
    if isinstance(value, str):
        return _text_hint(value.strip(), expected)
    if isinstance(value, list) and expected.startswith("an integer") and "list" not in expected:
        return "it takes one number"
    if isinstance(value, dict) and len(value) > 1 and "list" in expected and not any(value.values()):
        return f"a list is written [{', '.join(value)}]"
    if isinstance(value, dict) and len(value) == 1 and next(iter(value.values())) is None:
        return 'an expression needs quotes here: "${...}"'
    return ""


def _text_hint(text: str, expected: str) -> str:
    lowered = text.lower()
    if lowered in ("none", "null", "~"):
        if "null" in expected:
            return "write null"
        if expected.startswith("true or false"):
            return "write false, or leave the key out"
        return "None is a text in YAML, which writes null; a key that has a default can be left out"
    if lowered in ("true", "false") and "true" in expected:
        return f"write {lowered} without quotes"
    if lowered in _FLAGS and "true" in expected:
        return f"write {_FLAGS[lowered]}"
    number = _meant_number(plain_number(text) or "", expected)
    if number is not None:
        return f"write {number}"
    if text.startswith("$"):
        return "an expression is written ${...}, in quotes inside [ ] and { }"
    if re.fullmatch(_NUMBER, text) and ("integer" in expected or "number" in expected):
        return f"write {text} without quotes"
    if expected == "a list of texts":
        return f"a list is written [{text}]"
    inner = re.fullmatch(_LIST, text)
    if inner is not None:
        return f"a list is written [{inner.group(1)}]" + (", without quotes" if text.startswith("[") else "")
    meant = _meant_list(text, expected)
    if meant is not None:
        return f"a list is written {meant}"
    number = lowered.replace("e", "", 1)
    if "e" in lowered and number.replace(".", "").isdigit():
        return f"PyYAML reads {text} as text; write the number out"
    return ""


def is_guess(value: object, expected: str) -> bool:
    """Whether what was meant by a value is likely and no more: `10k`, or nothing at all in place of true or false."""
    if not isinstance(value, str):
        return False
    is_nothing = value.strip().lower() in ("none", "null", "~")
    return is_in_thousands(value) or (is_nothing and expected.startswith("true or false"))


def meant_value(value: object, expected: str) -> str | None:
    """How YAML writes the value that was meant, where a value of another type can mean only that; else None."""
    if isinstance(value, float) and value.is_integer() and "integer" in expected:
        return str(int(value))
    if not isinstance(value, str):
        return None
    lowered = value.strip().lower()
    if lowered in ("none", "null", "~") and "null" in expected:
        return "null"
    if lowered in ("true", "false") and "true" in expected:
        return lowered
    if lowered in _FLAGS and "true" in expected:
        return _FLAGS[lowered]
    if lowered in ("none", "null", "~") and expected.startswith("true or false"):
        return "false"
    return _meant_list(value.strip(), expected) or _meant_number(plain_number(value) or lowered, expected)


def is_list_as_text(value: object, expected: str) -> bool:
    """Whether a text is a list in the words of Python, or sizes with a cross between them, where a list is taken."""
    return isinstance(value, str) and _meant_list(value.strip(), expected) is not None


def _meant_list(text: str, expected: str) -> str | None:
    """How YAML writes the list of numbers that a text is."""
    inner = re.fullmatch(_LIST, text)
    items = inner.group(1) if inner is not None else ""
    if re.fullmatch(_BARE_LIST, text):
        items = text
    elif re.fullmatch(_SIZES, text):
        items = ", ".join(re.findall(r"[0-9]+", text))
    is_list = all(re.fullmatch(_NUMBER, item.strip()) for item in items.split(","))
    return f"[{items}]" if "list" in expected and is_list else None


def _meant_number(text: str, expected: str) -> str | None:
    if re.fullmatch(ANY_NUMBER, text) is None:
        return None
    if float(text).is_integer() and "integer" in expected and abs(float(text)) < _EXACT:
        return str(int(float(text)))
    if "number" not in expected:
        return None
    return number_text(text) if "e" in text else text if not resolve_plain(text)[1] else None


def meant_word(value: Any, words: Collection[str]) -> str | None:
    """The allowed word that a text is in other letters."""
    same = [word for word in words if isinstance(value, str) and word.lower() == value.lower()]
    return same[0] if len(same) == 1 else None


def word_hint(value: object, words: Collection[str]) -> str:
    """The one of the allowed words that is most like a text, if any is."""
    return nearest_hint(value, words) if isinstance(value, str) else ""


def meant_expression(value: object, names: Collection[str], expected: str) -> str | None:
    """The expression that was meant by a text, with its quotes; `names` are those that expressions know."""
    if not isinstance(value, str):
        return None
    return meant_name(value, names) or (meant_arithmetic(value, names) if "list" not in expected else None)


def expression_hint(value: object, names: Collection[str], expected: str) -> str:
    """How an expression is written, for a text that computes with numbers and names that expressions know."""
    meant = meant_expression(value, names, expected)
    return f"an expression is written {meant}" if meant is not None else ""


def part_hint(path: Path, value: Any) -> str:
    """What a part of the file looks like, where it is of the wrong kind."""
    part, depth = path[0] if path else "", len(path)
    if path == ("convlint",):
        return "1 is the version of the format: write convlint: 1"
    if path == ("inputs",):
        sizes = ", ".join(map(str, value)) if is_shape(value) else "3, 224, 224"
        return f"each input has a name and a shape: inputs: {{image: [{sizes}]}}"
    if path == ("sizes",):
        return "a size has a name and what it may be: sizes: {H: {min: 32, max: 640}}"
    if path == ("constants",):
        return "each constant has a name and a value: constants: {width: 16}"
    if part == "blocks" and depth == 3 and path[2] == "params":
        written = ", ".join(f"{name}: null" for name in _names_in(value) or ("width",))
        return f"each parameter has a name and a default, which is null where it must be given: params: {{{written}}}"
    if path == ("blocks",):
        return "each block has its name as its key: blocks: {Name: {layers: [...]}}"
    if part == "blocks" and depth == 2:
        return BLOCK_LAYERS
    if path and path[-1] == "layers" and value == []:
        return "a layer has a dash and its operator: - {op: ReLU}"
    if path and path[-1] == "layers" and not value:
        return "a network has a layer at least: layers: [{op: Conv2d, out_channels: 8, kernel_size: 3}]"
    if path and path[-1] == "layers" and isinstance(value, dict):
        is_dash = any(str(key).startswith("-") for key in value)
        return "a space is missing behind the dash" if is_dash else MISSING_PARTS["layers"]
    if part == "outputs" and depth > 1 and path[-1] == "loss":
        return "a loss is the name of its class, such as CrossEntropyLoss"
    if part == "outputs" and depth > 1 and path[-1] != "shape":
        return "an output is the name of a layer"
    if part == "inputs" and depth == 2 and value == []:
        return f"one number a sample is [1]: {path[1]}: [1]"
    if part == "inputs" and depth == 2 and isinstance(value, dict):
        return f"an input is its shape and nothing else: {path[1]}: [3, 224, 224]"
    if part == "inputs" and depth == 3 and is_open_size(value):
        return "the batch is left out of shapes" if path[2] == 0 else "a size that is open has a name, such as H"
    return _range_hint(value) if part == "sizes" and depth == 2 else ""


def _names_in(value: object) -> tuple[str, ...]:
    """The names of a short list of names; none of any other value."""
    if not isinstance(value, list) or len(value) > _MOST_NAMES:
        return ()
    names = tuple([name for name in value if isinstance(name, str) and name.isidentifier()])
    return names if len(names) == len(value) else ()


def _range_hint(value: Any) -> str:
    least, most = value if is_shape(value) and len(value) == 2 else (32, 640)
    return f"what a size may be is written {{min: {least}, max: {most}}}"


def layer_hint(path: Path, value: object) -> str:
    """What a key of a layer takes, where people give it something else."""
    if path and path[0] == "from" and type(value) is int:
        return "layers are read by their names; without 'from', a layer reads the one above"
    if path and path[0] == "from" and isinstance(value, list):
        return "the names of the layers stand in one list" if value else ""
    return ""


def is_shape(value: object) -> bool:
    """Whether a value is a list of integers."""
    return isinstance(value, list) and bool(value) and all(type(item) is int for item in value)
