"""Makes a torch module of an Ultralytics file with the package `ultralytics`: the builder of that dialect.

The package's parser looks names up and evaluates texts, so it is never given the file. It gets rows that are made anew
of what the reader has understood: modules that the vocabulary declares, numbers, and the words of a fixed choice. What
cannot be said in these is a BuildError.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module

import torch
from torch import Tensor, nn

from convlint.catalogue import lookup
from convlint.catalogue.parameters import Parameter
from convlint.catalogue.rows import Row
from convlint.dialects.ultralytics.arguments import VariantName
from convlint.dialects.ultralytics.rows import ReadRow
from convlint.dialects.ultralytics.scales import NO_LIMIT, Scale
from convlint.dialects.ultralytics.variants import Recipe
from convlint.domain.values import plain_sizes
from convlint.engine.trace import Step, Trace
from convlint.model import Architecture
from convlint.source.nodes import Scalar
from convlint.torch_check import BuildError, MissingPackageError
from convlint.torch_check.network import Layered, RefusedError, Tensors, error_text, flat
from convlint.typed import Any

PACKAGE = "ultralytics"
GUIDED = "guided"
"""The note of modules that run on features of a text besides maps: they are built, and not run."""
_NUMBERS = frozenset(("depth", "width", "max_channels", "n"))
"""Names that the parser gives a number, so that they may be handed over."""


def build_network(architecture: Architecture, trace: Trace) -> RowNetwork:
    """The module of one scale, in training mode, with the initial weights of the package.

    Raises BuildError, with the package's own text where it refuses a row, and the number of that row; and
    MissingPackageError where the package cannot be imported.
    """
    recipe = architecture.recipe
    assert isinstance(recipe, Recipe)  # what the reader of this dialect makes
    if recipe.vocabulary != PACKAGE:
        raise BuildError(f"no package is known that builds the modules of {recipe.vocabulary}")
    described, (image,) = _description(recipe), map(plain_sizes, architecture.inputs)
    assert image is not None  # torch is asked with given sizes alone
    tasks = _package()
    for number, row in enumerate(recipe.rows):
        _refuse_strange_class(tasks, row.module, str(number))
    rows = list(_parsed(tasks, described, image[0]))
    network = RowNetwork(rows, recipe, trace.steps)
    tasks.initialize_weights(network)
    network.notes = (f"built by {PACKAGE} {import_module(PACKAGE).__version__}", *_notes(recipe))
    _set_strides(rows, recipe, trace.steps, image)
    return network


class RowNetwork(Layered):
    """The rows of a file, each given what its `from` names; the state dict is named as the package's (`model.0...`).

    `forward` takes images, and returns what the last row gives; None where that reads features of a text.
    """

    def __init__(self, rows: list[nn.Module], recipe: Recipe, steps: tuple[Step, ...]) -> None:
        super().__init__()
        self.model = nn.Sequential(*rows)
        self._rows = tuple((_source_numbers(read), _row_of(read, str(at))) for at, read in enumerate(recipe.rows))
        self._expected = tuple(step.outputs for step in steps)

    def layers(self) -> Iterator[tuple[str, nn.Module]]:
        return self.model.named_children()

    def forward(self, image: Tensor) -> Any:
        """The result of the last row; what reads a row that cannot be run is not run either."""
        last_reader = {number: at for at, (sources, _) in enumerate(self._rows) for number in sources}
        values: dict[int, Any] = {-1: image}
        for at, (sources, row) in enumerate(self._rows):
            given = [values[number] for number in sources]
            if row.notes == GUIDED or any(value is None for value in given):
                values[at] = None
            else:
                values[at] = self.model[at](given if row.several else given[0])
            for number in [number for number in values if number < at and last_reader.get(number, at) <= at]:
                del values[number]
        return values[len(self._rows) - 1]

    def seen(self, path: str, result: object) -> Tensors | None:
        """The maps of a row; of a head the tensors that it is known to give in training, among others."""
        number = int(path)
        row = self._rows[number][1]
        if not (row.is_head or row.is_output):
            return tuple(flat(result))
        if not self.training:
            return None
        expected = self._expected[number]
        given = tuple(_tensors(result))
        if not isinstance(expected, tuple) or not all(isinstance(shape, tuple) for shape in expected):
            return None
        found = [next((item for item in given if tuple(item.shape[1:]) == shape), None) for shape in expected]
        known = tuple(item for item in found if item is not None)
        return known if len(known) == len(found) else given


def _notes(recipe: Recipe) -> Iterator[str]:
    guided = [str(at) for at, read in enumerate(recipe.rows) if read.row is not None and read.row.notes == GUIDED]
    if guided:
        reason = "built but not run, with all that follows from them, since they need features of a text"
        yield f"{reason}: rows {', '.join(guided)}"


def _tensors(result: object) -> Iterator[Tensor]:
    """All tensors of what a head returns, in order."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (tuple, list)):
        for item in result:
            yield from _tensors(item)
    elif isinstance(result, Tensor):
        yield result


# --- what the parser is given


def _description(recipe: Recipe) -> dict[str, object]:
    """The file as the package's parser takes it, made anew of what the reader has understood."""
    rows = [_described_row(row, at) for at, row in enumerate(recipe.rows)]
    return {
        **_described_names(recipe),
        **_described_scale(recipe.scale),
        **({} if recipe.activation is None else {"activation": _checked_activation(recipe.activation)}),
        "backbone": _CountedRows(rows),
        "head": [],
    }


def _described_names(recipe: Recipe) -> dict[str, object]:
    names: dict[str, object] = {}
    for name in ("nc", "reg_max", "end2end", "kpt_shape"):
        value = recipe.names.get(name)
        if value is not None:
            if not _is_plain(value):
                raise BuildError(f"{name} is neither a number nor a list of them")
            names[name] = _as_list(value)
    return names


def _described_scale(scale: Scale) -> dict[str, object]:
    if scale.letter is None:
        return {"depth_multiple": scale.depth, "width_multiple": scale.width}
    most = float("inf") if scale.max_channels == NO_LIMIT else scale.max_channels
    letter = scale.letter if scale.letter.isalnum() else "other"
    return {"scale": letter, "scales": {letter: [scale.depth, scale.width, most]}}


def _described_row(read: ReadRow, number: int) -> list[object]:
    path = str(number)
    row = _row_of(read, path)
    operator = lookup.operator(row.operator)
    assert operator is not None
    parameters = [operator.parameters[operator.positions[name]] for name in row.arguments]
    arguments = [_argument(item, parameter, path) for item, parameter in zip(read.arguments, parameters)]
    sources = _source_numbers(read)
    return [list(sources) if row.several else sources[0], read.repeats, read.module, arguments]


def _row_of(read: ReadRow, path: str) -> Row:
    if read.row is None:
        raise BuildError(f"{read.module or 'a row'} is not known", path)
    return read.row


def _source_numbers(read: ReadRow) -> tuple[int, ...]:
    return tuple(-1 if port is None else max(port.layer, -1) for port in read.sources)


def _argument(item: tuple[object, object], parameter: Parameter, path: str) -> object:
    value, node = item
    if isinstance(value, VariantName) and value.name in _NUMBERS:
        return value.name
    if isinstance(value, str) and parameter.type == "choice" and value in parameter.choices:
        return str(value)
    if not _is_plain(value):
        raise BuildError(f"{parameter.name} is not a number or a known word", path)
    return value if isinstance(node, Scalar) else _as_list(value)


def _is_plain(value: object) -> bool:
    """Whether a value is made of numbers, truth values and nothing (None) alone."""
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return all(_is_plain(item) for item in value)
    return value is None or type(value) in (bool, int, float)


def _as_list(value: object) -> object:
    return [_as_list(item) for item in value] if isinstance(value, (list, tuple)) else value


def _checked_activation(text: object) -> str:
    """The text of an activation that is `nn.Name(constants)`, or BuildError; a call of anything else is not made."""
    reason = "activation is not of the form nn.SiLU(), nn.LeakyReLU(0.1)"
    if not isinstance(text, str) or len(text) > 200:
        raise BuildError(reason)
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise BuildError(reason) from None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        raise BuildError(reason)
    if ast.unparse(call.func.value) not in ("nn", "torch.nn"):
        raise BuildError(reason)
    found = getattr(nn, call.func.attr, None)
    if getattr(found, "__module__", "") != "torch.nn.modules.activation":
        raise BuildError(reason)
    written = [*call.args, *(keyword.value for keyword in call.keywords)]
    if not all(_is_constant(value) for value in written) or any(keyword.arg is None for keyword in call.keywords):
        raise BuildError(reason)
    if found in (nn.PReLU, nn.MultiheadAttention):
        raise BuildError("activation has parameters of its own")
    return f"torch.nn.{call.func.attr}({', '.join(ast.unparse(item) for item in [*call.args, *call.keywords])})"


def _is_constant(value: ast.expr) -> bool:
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        value = value.operand
    return isinstance(value, ast.Constant) and (value.value is None or type(value.value) in (bool, int, float))


# --- the package


def _package() -> Any:
    """The package's module of models; raises MissingPackageError."""
    try:
        tasks: object = import_module("ultralytics.nn.tasks")
    except Exception as error:  # a package that does not fit the torch beside it fails in many ways
        raise MissingPackageError(PACKAGE, f"{type(error).__name__}: {error}".splitlines()[0]) from error
    return tasks


def _refuse_strange_class(tasks: object, module: str, path: str) -> None:
    """Raises BuildError where a name means something in the package that is no layer; what is missing, it refuses."""
    is_torch = module.startswith("nn.")
    home = "torch.nn.modules." if is_torch else "ultralytics.nn.modules."
    found = getattr(nn, module[3:], None) if is_torch else vars(tasks).get(module)
    is_layer = isinstance(found, type) and issubclass(found, nn.Module) and found.__module__.startswith(home)
    if found is not None and not is_layer:
        raise BuildError(f"{module} is no layer of {PACKAGE}", path)


class _CountedRows(list[object]):
    """The rows of `backbone`: added to those of `head`, they remember which of them the parser took last."""

    current = 0

    def __add__(self, head: Any) -> Any:
        return self._counted([*self, *head])

    def _counted(self, rows: list[Any]) -> Iterator[object]:
        for self.current, row in enumerate(rows):
            yield row


def _parsed(tasks: Any, described: dict[str, Any], channels: int) -> nn.Sequential:
    """The rows as the package's parser builds them; raises RefusedError with its text and the number of the row."""
    default = tasks.Conv.default_act
    try:
        model: nn.Sequential = tasks.parse_model(described, ch=channels, verbose=False)[0]
    except Exception as error:
        raise RefusedError(error_text(error), str(described["backbone"].current)) from error
    finally:
        tasks.Conv.default_act = default  # the parser leaves it changed when it fails
    return model


def _set_strides(rows: list[nn.Module], recipe: Recipe, steps: tuple[Step, ...], image: Any) -> None:
    """Tells the heads the stride of each level, which the package measures by running the network."""
    for row, read, step in zip(rows, recipe.rows, steps):
        if read.row is None or not read.row.is_head or not isinstance(getattr(row, "stride", None), Tensor):
            continue
        heights = [shape[1] for shape in step.inputs if isinstance(shape, tuple) and len(shape) == 3]
        if len(heights) == len(step.inputs) and all(type(height) is int for height in heights):
            strides = [image[1] / height for height in heights]
            row.stride = torch.tensor(strides, device="cpu")  # its values are read, also where the network has none
