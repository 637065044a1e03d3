"""The form of operator files and rule pages, stated once: what each key takes, and what it means.

The loader checks files with it, and `schemas/rules.schema.json` and the tables of `docs/operator-language.md` are made
from it.
"""

from __future__ import annotations

from collections.abc import Mapping

from convlint.catalogue.data_checks import Misfit
from convlint.catalogue.known import WIRINGS
from convlint.catalogue.takes import (
    ANYTHING,
    COUNT,
    EXPRESSION,
    FLAG,
    NUMBER,
    OPTIONAL_NUMBER,
    STRING,
    TEXT,
    TEXTS,
    Key,
    Takes,
    choice,
    list_of,
    optional,
    table,
    table_of,
    table_with,
    whichever,
)
from convlint.findings import SEVERITIES

TYPES: dict[str, str] = {
    "count": "an integer of at least 1",
    "integer": "an integer",
    "number": "a number",
    "flag": "true or false",
    "choice": "one of the texts of `of`",
    "text": "any text",
    "dim": "a dimension, as torch counts them",
    "dims": "a dimension, or a list of them",
    "integers": "an integer, or a list of them",
    "counts": "a list of integers of at least 1, which may be empty",
    "flags": "a list of true and false",
    "extent": "an integer, or one an axis",
    "extents": "a list, each an integer or one an axis",
    "factor": "a number, or one an axis",
    "sides": "an integer, or two an axis, the last axis first",
    "activation": "true, false, null or a text (of row formats)",
    "settings": "anything; formulas see only whether it is there",
    "anchors": "boxes for each level, or how many there are (of row formats)",
}
"""The types of parameters."""
SHARED: dict[str, Takes] = {}
"""What stands in several places, or in itself, by name."""


def shared(name: str) -> Takes:
    """What stands under that name; the schema refers to it."""

    def check(key: str, value: object) -> None:
        SHARED[name].check(key, value)

    return Takes(check, {"$ref": f"#/definitions/{name}"})


_SEVERITY = choice(SEVERITIES)
_TORCH_OR_ONE = "A class of `torch.nn`, called with the parameters as keywords, or one call of a tensor function."
_COUNTS = whichever(other=COUNT, sequence=list_of(COUNT, fewest=1))

PARAMETER: dict[str, Key] = {
    "type": Key(choice(TYPES), "What it takes.", "extent"),
    "required": Key(FLAG, "The file must give it.", True),
    "default": Key(ANYTHING, "The value without one in the file.", 1),
    "min": Key(OPTIONAL_NUMBER, "The smallest value; 1 for `count` and `extent`, unless it is null.", 0),
    "max": Key(NUMBER, "The largest value.", 1),
    "of": Key(TEXTS, "The texts of a `choice`.", ["zeros", "reflect"]),
    "words": Key(TEXTS, "Texts that an `extent` takes too.", ["same"]),
    "nullable": Key(FLAG, "Null is allowed.", True),
    "infer": Key(EXPRESSION, "An expression for the value when the file gives none.", "C"),
    "removed": Key(TEXT, "The version of the package that took it away; a file that gives it is told so.", "1.5"),
    "renamed": Key(TEXT, "The parameter that took its place; a file that gives the old name is told so.", "channels"),
    "summary": Key(STRING, "What it means.", "Size of the kernel."),
}
FIX: dict[str, Key] = {
    "set": Key(
        whichever(other=EXPRESSION, mapping=table_of(EXPRESSION)),
        "The value of the parameter that is pointed at, or a table from parameters to their values.",
        "C",
    ),
    "insert": Key(TEXT, "An operator that is put before the layer, with its defaults.", "Flatten"),
    "safe": Key(FLAG, "Whether it keeps the meaning of the file; true by default.", False),
    "title": Key(TEXT, "What it does in words, with `{expression}` fields.", "keep the last window"),
}
REQUIREMENT: dict[str, Key] = {
    "that": Key(EXPRESSION, "What must hold.", "groups > 0"),
    "at": Key(STRING, "The parameter to point at, `from` for the inputs, or nothing for the layer.", "stride"),
    "say": Key(STRING, "The message, with `{expression}` fields; by default that of the rule.", "stride is {stride}"),
    "help": Key(STRING, "What would work, with `{expression}` fields.", "use {stride - 1}"),
    "severity": Key(_SEVERITY, "In place of the rule's.", "warning"),
    "else": Key(
        choice(("output", "axes", "nothing")),
        "What flows on when it fails: `output` (the formula still holds), `axes` (the failing axes become unknown) or "
        "`nothing` (the default: the whole output becomes unknown).",
        "axes",
    ),
    "spares": Key(
        EXPRESSION,
        "How many pixels at the end of an axis it is about: where all of them are padding, it holds.",
        "lost",
    ),
    "fix": Key(shared("fix"), "What mends the layer.", {"set": "C"}),
}
ROW: dict[str, Key] = {
    "args": Key(
        TEXTS,
        "The parameters that args fill, in their order; by default all but `in_channels` and the one of `repeats`.",
        ["out_channels", "kernel_size"],
    ),
    "channels": Key(
        optional(TEXT),
        "The parameter that takes the channels of the row that is read; `in_channels` where it is declared and no arg "
        "gives it.",
        "in_channels",
    ),
    "scaled": Key(TEXTS, "Parameters that the width multiple scales.", ["out_channels"]),
    "repeats": Key(TEXT, "The parameter that takes the repeats; without it, a row is built so many times.", "n"),
    "tracks": Key(
        EXPRESSION,
        "The channels that later rows are told: an expression, or `above` for those of the row above.",
        "out_channels",
    ),
    "several": Key(FLAG, "It reads a list of rows.", True),
    "selects": Key(TEXT, "The parameter that says which output of each input is read.", "indices"),
    "head": Key(FLAG, "Nothing stands below it.", True),
    "output": Key(FLAG, "What it gives is an output of the network.", True),
    "ignores_rest": Key(FLAG, "Args beyond these are dropped.", True),
    "notes": Key(TEXT, "A word that the reader of rows asks for.", "modern"),
}
_REQUIRE = Key(
    table_of(whichever(mapping=shared("requirement"), sequence=list_of(shared("requirement")))),
    "Rule name to what must hold; a list where a rule is checked more than once.",
    {"zero-channels": {"that": "C > 1", "at": "groups"}},
)
_OUTPUT = whichever(other=EXPRESSION, sequence=list_of(EXPRESSION))
OPERATOR: dict[str, Key] = {
    "names": Key(
        whichever(mapping=table_of(_COUNTS, fewest=1), other=list_of(TEXT, fewest=1)),
        "The operators of a family: a list, or a table from name to its number of spatial axes (a list where several "
        "are allowed); without it, the key of the entry is the name.",
        {"Conv2d": 2},
    ),
    "axes": Key(COUNT, "Length of `extent` parameters where it is not the number of spatial axes.", 2),
    "rank": Key(
        _COUNTS,
        "Axes of the input without the batch; follows from the number of spatial axes where that is given.",
        3,
    ),
    "inputs": Key(
        whichever(
            mapping=table(
                {
                    "min": Key(COUNT, "The fewest inputs.", 2),
                    "max": Key(COUNT, "The most inputs; without it, there is no limit.", 4),
                },
                required=("min",),
            ),
            sequence=list_of(COUNT, fewest=1),
            other=COUNT,
        ),
        "How many inputs it takes: a number (1 by default), `{min: 2}`, or a list of allowed numbers.",
        {"min": 2},
    ),
    "params": Key(table_of(shared("parameter")), "The parameters, with torch's names and defaults.", {}),
    "let": Key(table_of(EXPRESSION), "Named expressions.", {"reach": "dilation * (kernel_size - 1) + 1"}),
    "require": _REQUIRE,
    "output": Key(
        _OUTPUT,
        "The output shape: `[channels, size]` with the size taken axis by axis, or one expression.",
        ["out_channels", "L"],
    ),
    "outputs": Key(
        whichever(other=TEXT, sequence=list_of(_OUTPUT)),
        "Several output shapes: a list of them, or one expression; `unknown_shape` where neither they nor their "
        "number can be told.",
        ["x", ["C", "L"]],
    ),
    "parameters": Key(EXPRESSION, "How many values it learns; 0 without it.", "2 * C"),
    "macs": Key(EXPRESSION, "Multiply-accumulates of one sample; 0 without it.", "C * prod(O)"),
    "saves": Key(
        table(
            {
                "inputs": Key(EXPRESSION, "How many of its inputs, the first ones.", 1),
                "output": Key(EXPRESSION, "Whether its output.", "true"),
                "bytes": Key(EXPRESSION, "Bytes of what it makes for itself, for one sample.", "8 * prod(y)"),
                "view": Key(EXPRESSION, "Whether its output lies in the memory of its first input.", "inplace"),
                "rearranges": Key(EXPRESSION, "Whether its output is a view in another order of the axes.", "true"),
                "copies": Key(EXPRESSION, "Whether it copies what was rearranged before.", "true"),
            }
        ),
        "What autograd keeps for the backward pass, in float32 on a CPU: `inputs`, how many of the first; `output`, "
        "whether; `bytes` of tensors of its own for one sample; `view`, whether its output lies in the memory of its "
        "first input, and `rearranges`, whether in another order of axes; `copies`, whether it copies such an input. "
        "Without it nothing is counted.",
        {"inputs": 1},
    ),
    "receptive_field": Key(
        whichever(
            mapping=table(
                {
                    "window": Key(EXPRESSION, "How many places an output sees, an axis.", "kernel_size"),
                    "stride": Key(EXPRESSION, "How far apart two outputs see.", "stride"),
                    "up": Key(EXPRESSION, "How many outputs a place of the input gives.", "stride"),
                    "all": Key(EXPRESSION, "Whether an output sees the whole input.", "dim == 1"),
                }
            ),
            other=choice(("same", "all", "all-inputs")),
        ),
        "`{window, stride, up}` an axis, or `same` (pointwise), `all` (sees the whole input), `all-inputs` (a merge); "
        "`{all: condition, window: ...}` where a parameter decides. Without it, what is inside tells.",
        "same",
    ),
    "margin": Key(
        EXPRESSION,
        "How many pixels at the end of each axis of the output are padding, where `M` of the input are; 0 without it, "
        "and `M` for what is pointwise.",
        "M + after",
    ),
    "torch": Key(
        TEXT, f"{_TORCH_OR_ONE} Its arguments are parameters, `x`, `inputs`, `batch` and constants.", "torch.nn.{name}"
    ),
    "indices": Key(_COUNTS, "The inputs (counted from 0) that hold indices, which torch wants as integers.", [1]),
    "output_names": Key(
        list_of(TEXT), "What torch calls the outputs, where people read them by these names.", ["output", "h_n", "c_n"]
    ),
    "enlarge": Key(
        TEXT,
        "The parameter that makes the output larger by a pixel: a flag that is set, or an extent that grows; a merge "
        "whose branches differ is mended by it.",
        "output_padding",
    ),
    "summary": Key(STRING, "What it does, in a sentence.", "The maximum of each window."),
}
_OPERATORS = whichever(other=TEXT, sequence=list_of(TEXT))
_REFERENCES = whichever(other=STRING, sequence=list_of(STRING))
_VALUE = whichever(other=EXPRESSION, sequence=list_of(shared("value")))
ENTRY: dict[str, Key] = {
    "name": Key(
        STRING,
        "The attribute that holds it, with `{expression}` fields; without one it takes the next number of its group.",
        "cv1",
    ),
    "op": Key(
        TEXT, "The operator, or `{an expression}` that gives its name; `Parameter` and `Buffer` for a tensor.", "Conv2d"
    ),
    "from": Key(
        _REFERENCES,
        "What it reads: `x`, `inputs.0`, `inputs.*`, `above`, a layer, one of its outputs (`halves.1`), or each turn "
        "of a loop (`m.*`); by default what stands above it.",
        ["halves.0", "m.*"],
    ),
    "when": Key(EXPRESSION, "Whether it is there at all.", "n > 0"),
    "else": Key(TEXT, "The operator that stands in its place where it is not there, and takes its number.", "Identity"),
    "each": Key(TEXT, "A loop over a list: the layers of the group, once for each item.", "i in range(n)"),
    "as": Key(TEXT, "The name of a series that adds nothing to the paths of its layers.", "pooled"),
    "layers": Key(list_of(shared("entry")), "The layers of a group.", [{"op": "ReLU"}]),
    "inline": Key(TEXT, "The operator whose layers stand here as its own: what a class inherits.", "Detect"),
    "call": Key(TEXT, "The layer that runs once more, with the same tensors.", "pool"),
    "also": Key(TEXT, "A second name of the layer in the state.", "all_modules.0"),
    "unused": Key(FLAG, "It is registered, but nothing flows through it.", True),
    "shared": Key(FLAG, "All layers of the network that have it have one and the same module.", True),
}
_TENSOR = table(
    {
        "shape": Key(_VALUE, "Its shape.", ["out_channels"]),
        "when": Key(EXPRESSION, "Whether it is there.", "bias"),
        "buffer": Key(FLAG, "It is not learned.", True),
    },
    required=("shape",),
)
_TENSORS = table(
    {
        "each": Key(TEXT, "A loop over a list.", "k in range(num_layers)"),
        "when": Key(EXPRESSION, "Whether they are there.", "bias"),
        "state": Key(shared("state"), "The tensors of each turn.", {"weight_l{k}": ["hidden_size"]}),
    },
    required=("each", "state"),
).where("each", otherwise=table_of(whichever(mapping=_TENSOR, other=_VALUE)))
OPERATOR |= {
    "state": Key(
        shared("state"),
        "Its own tensors: a table from name to shape, or to `{shape, when, buffer}`; a list where loops are among "
        "them. Parameters are counted from it.",
        {"weight": ["out_features", "in_features"], "bias": {"shape": ["out_features"], "when": "bias"}},
    ),
    "layers": Key(
        list_of(shared("entry")), "What is inside, in the order of the flow.", [{"name": "conv", "op": "ReLU"}]
    ),
    "order": Key(
        TEXTS, "The order in which parts are registered, where it is not that of the flow.", ["cv1", "cv2", "m"]
    ),
    "returns": Key(_REFERENCES, "The layers whose outputs come out, where that is not the last one.", ["cv2", "cv3"]),
}
_ROW = Key(optional(shared("row")), "How rows of [from, repeats, module, args] give it.", {"scaled": ["out_channels"]})
MODULE: dict[str, Key] = {**OPERATOR, "row": _ROW}
LIKE: dict[str, Key] = {
    "like": Key(TEXT, "The operator that it is; then only `row` and further requirements are given.", "Conv2d"),
    "row": _ROW,
    "require": _REQUIRE,
}
VOCABULARY: dict[str, Key] = {
    "vocabulary": Key(TEXT, "The row format whose modules the file declares.", "ultralytics"),
    "include": Key(table_of(TEXTS), "Modules of another vocabulary.", {"ultralytics": ["Conv"]}),
    "unreachable": Key(TEXTS, "Classes that exist and have no declaration here.", ["CBAM"]),
    "torch_names": Key(TEXTS, "Classes of `torch.nn`, which rows name with `nn.` before them.", ["Conv2d"]),
    "severities": Key(
        table_of(_SEVERITY), "Rules that weigh otherwise in this format.", {"non-integer-division": "warning"}
    ),
    "needs": Key(TEXTS, "Top-level keys that a file must have, besides its rows.", ["nc"]),
    "evaluates": Key(FLAG, "Args such as `nn.LeakyReLU(0.1)` become modules.", True),
    "modules": Key(table_of(shared("module")), "The modules of the vocabulary, each as an operator.", {}),
}
NEIGHBOURS: dict[str, Key] = {
    "below": Key(_OPERATORS, "The operators or families of the layer.", ["Linear"]),
    "above": Key(
        _OPERATORS,
        "Those of the layer that it reads straight: nothing stands between, and nothing else reads that one. Without "
        "it, what is above has no part in it.",
        ["Linear"],
    ),
    "through": Key(_OPERATORS, "Those of layers that may stand between the two.", ["Dropout"]),
    "alike": Key(FLAG, "Both are of the same operator.", True),
    "let": Key(table_of(EXPRESSION), "Values of the layer, by name.", {"made": "y[-1]"}),
    "above_let": Key(table_of(EXPRESSION), "Values of the layer above, by name.", {"given": "x[-1]"}),
    "wired": Key(
        choice(("anyhow", *WIRINGS)),
        "How it stands in the network: it reads one output `twice`, or it is an `output` of the network.",
        "twice",
    ),
    "losses": Key(
        list_of(TEXT, fewest=1), "The losses that an output of the network goes into, for `wired: output`.", ["NLLLoss"]
    ),
    "named": Key(list_of(TEXT, fewest=1), "Words of which one is a part of the layer's name.", ["depthwise"]),
    "that": Key(
        EXPRESSION,
        "What must hold, over these values and `parameters`, those of the whole network; without it, such layers are "
        "always wrong.",
        "made > given",
    ),
}
PAGE: dict[str, Key] = {
    "name": Key(TEXT, "The name of the rule.", "channel-mismatch"),
    "code": Key(TEXT, "Its code, never used again.", "ORG001"),
    "group": Key(TEXT, "The folder of the page.", "parameters"),
    "severity": Key(_SEVERITY, "How bad it is.", "error"),
    "status": Key(choice(("preview", "stable", "deprecated")), "Where it stands.", "stable"),
    "since": Key(ANYTHING, "The version that brought it.", "0.1.0"),
    "default": Key(FLAG, "Whether it is on by default.", True),
    "fixable": Key(choice(("no", False, "safe", "unsafe")), "Whether there is an automatic fix.", "no"),
    "summary": Key(TEXT, "The rule in a sentence.", "Two layers of one name."),
    "message": Key(TEXT, "The message, with `{expression}` fields.", "the name '{name}' is taken"),
    "help": Key(STRING, "What would work, with `{expression}` fields.", "use {stride - 1}"),
    "on": Key(_OPERATORS, "The operators or families that `assert` holds on, or `network`.", ["LSTM"]),
    "assert": Key(EXPRESSION, "What must hold, in the rules language.", "num_layers > 1"),
    "neighbours": Key(
        list_of(shared("neighbours"), fewest=1),
        "For a rule over layers that stand side by side: what it looks for.",
        [{"below": "Linear", "above": "Linear"}],
    ),
    "at": Key(
        STRING,
        "The parameter to point at; `above.bias` is that of the layer above, in a rule over neighbours.",
        "dropout",
    ),
    "fix": Key(shared("fix"), "What mends a layer that breaks the assertion.", {"set": "C"}),
    "runs": Key(FLAG, "Whether torch runs a network that breaks the rule; false by default.", True),
    "size_effect": Key(
        choice(("fails", "loses")),
        "What a size of the input that breaks the rule does: the network `fails`, or it `loses` pixels.",
        "fails",
    ),
}


def _inputs_in_order(key: str, value: object) -> None:
    inputs = value.get("inputs") if isinstance(value, dict) else None
    if isinstance(inputs, dict) and inputs.get("max", inputs["min"]) < inputs["min"]:
        raise Misfit(f"{key}.inputs", "min is more than max")


def _declaring(keys: Mapping[str, Key]) -> Takes:
    """An entry that declares an operator: what it gives must be said."""
    return table(keys, one_of=("output", "outputs", "layers")).and_also(_inputs_in_order)


SHARED |= {
    "parameter": table(PARAMETER, required=("type",)),
    "fix": table(FIX),
    "requirement": table(REQUIREMENT, required=("that",)),
    "row": table(ROW),
    "value": _VALUE,
    "entry": table_with(ENTRY, shared("value")),
    "state": whichever(other=_TENSORS, sequence=list_of(_TENSORS)),
    "operator": _declaring(OPERATOR),
    "module": table(LIKE).where("like", otherwise=_declaring(MODULE)),
    "neighbours": table(NEIGHBOURS, required=("below",)),
    "page": table(PAGE, required=("name", "message")),
}
PARTS: dict[str, Key] = {
    "parts_of": Key(TEXT, "The row format whose modules have these parts.", "ultralytics"),
    "modules": Key(table_of(shared("operator")), "The parts, each as an operator; no row can name them.", {}),
}
_ONE_OR_SEVERAL = whichever(other=TEXT, sequence=list_of(TEXT, fewest=1))
OPERATOR_WORD: dict[str, Key] = {
    "op": Key(_ONE_OR_SEVERAL, "The operator that is meant, or those that may be, the likeliest first.", "Linear"),
    "keys": Key(table_of(TEXT), "The keys that mean something else under this word.", {"size": "scale_factor"}),
    "set": Key(table_of(ANYTHING), "Parameters that the word says, with their values.", {"output_size": 1}),
    "note": Key(TEXT, "How it differs, in words; what has a note is mended by an unsafe fix.", "it drops the axes"),
}
KEY_WORD: dict[str, Key] = {
    "key": Key(
        optional(_ONE_OR_SEVERAL),
        "The key that is meant, or those that may be, the likeliest first; null where there is nothing like it here.",
        "out_channels",
    ),
    "note": Key(TEXT, "How it differs, in words; what has a note is mended by an unsafe fix.", "it counts the batch"),
}
DICTIONARY: dict[str, Key] = {
    "words_of": Key(optional(TEXT), "The library whose words these are; null for words of many.", "Keras"),
    "operators": Key(
        table_of(whichever(other=_ONE_OR_SEVERAL, mapping=table(OPERATOR_WORD, required=("op",)))),
        "What it calls operators: a name, a list of names, or a table. `{axes}` stands for 1, 2 and 3.",
        {"Dense": "Linear"},
    ),
    "keys": Key(
        table_of(whichever(other=_ONE_OR_SEVERAL, mapping=table(KEY_WORD, required=("key",)))),
        "What it calls the keys of layers: a parameter, a key such as `from`, a list of them, or a table.",
        {"filters": "out_channels"},
    ),
}
OPERATOR_FILE = table(VOCABULARY, required=("vocabulary", "modules")).where(
    "vocabulary",
    otherwise=table(PARTS, required=("parts_of", "modules")).where(
        "parts_of",
        otherwise=table(DICTIONARY, required=("words_of",)).where("words_of", otherwise=table_of(shared("operator"))),
    ),
)


def check_operator_file(data: object) -> None:
    """Raises Misfit for the first key or value of an operator file that does not fit."""
    OPERATOR_FILE.check("", data)


def check_page(data: object) -> None:
    """Raises Misfit for the first key or value of the front matter of a rule page that does not fit."""
    SHARED["page"].check("", data)
