"""What convlint knows: the operators and the rules of `rules/`, found, compiled and loaded only as far as needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from convlint.engine.parameters import Parameter
from convlint.engine.values import Word
from convlint.findings import Rule

if TYPE_CHECKING:
    from convlint.engine.extension import Extension
    from convlint.engine.language import Definitions
    from convlint.engine.operators import Declaration
    from convlint.engine.rows import Vocabulary

Shapes = tuple[Any, ...]
_COMPILERS = ("compilation", "declarations", "language", "operators", "parameters", "rows")
COMPILED = ("_compiled_operators.py", "_compiled_vocabularies.py", "_compiled_catalogue.py")


class Operator:
    """What the engine needs of an operator: how its parameters are read, and its shape function."""

    __slots__ = (
        "axes",
        "counts",
        "defaults",
        "fewest",
        "most",
        "name",
        "parameters",
        "positions",
        "ranks",
        "required",
        "shape",
    )

    def __init__(self, name: str, entry: tuple[Any, ...]) -> None:
        self.name = name
        self.shape: Callable[[Shapes, Shapes], tuple[list[Any], Any]] = entry[0]
        axes, ranks, inputs, counts, parameters = entry[1]
        self.axes: tuple[int, ...] | None = axes
        self.ranks: tuple[int, ...] | None = ranks
        self.fewest, self.most = inputs
        self.counts: tuple[int, ...] = counts
        self.parameters = tuple(Parameter(*parameter) for parameter in parameters)
        self.positions = {parameter.name: index for index, parameter in enumerate(self.parameters)}
        self.defaults = tuple(
            Word(parameter.default) if isinstance(parameter.default, str) else parameter.default
            for parameter in self.parameters
        )
        self.required = frozenset(parameter.name for parameter in self.parameters if parameter.required)


_loaded: dict[str, Operator] = {}
_lifted: dict[tuple[str, bool], Callable[..., Any]] = {}
_evaluations: dict[tuple[str, tuple[str, ...]], Callable[..., Any]] = {}
_modules: dict[str, Any] = {}
_defined: dict[str, Definitions] = {}


_extension: ContextVar[Extension | None] = ContextVar("extension", default=None)
_Result = TypeVar("_Result")


def with_extension(own: Extension | None, function: Callable[..., _Result], *arguments: Any) -> _Result:
    """Calls a function that knows the operators and rules of an extension too; afterwards they are forgotten."""
    token = _extension.set(own)
    try:
        return function(*arguments)
    finally:
        _extension.reset(token)


def extension() -> Extension | None:
    """What is known beyond `rules/` for the file that is being checked."""
    return _extension.get()


def operator(name: str) -> Operator | None:
    """The operator of that name, or None; one of a vocabulary is called `vocabulary.Name`."""
    own = _extension.get()
    if own is not None and name in own.declarations:
        return own.operator(name)
    found = _loaded.get(name)
    if found is None:
        entry = _module("_compiled_vocabularies" if "." in name else "_compiled_operators").OPERATORS.get(name)
        if entry is None:
            return None
        found = _loaded[name] = Operator(name, entry)
    return found


def declaration(name: str) -> Declaration:
    """The full declaration of an operator that exists."""
    own = _extension.get()
    if own is not None and name in own.declarations:
        return own.declarations[name]
    found: Declaration = _module("_compiled_catalogue").DECLARATIONS[name]
    return found


def operators() -> dict[str, str]:
    """All operators of the native format by name, with their summaries."""
    return {name: item.summary for name, item in declarations().items() if "." not in name}


def declarations() -> dict[str, Declaration]:
    """All declarations by name."""
    own = _extension.get()
    found: dict[str, Declaration] = _module("_compiled_catalogue").DECLARATIONS
    return found if own is None else {**found, **own.declarations}


def vocabularies() -> dict[str, Vocabulary]:
    """The vocabularies of row formats, by name."""
    own = _extension.get()
    found: dict[str, Vocabulary] = _module("_compiled_vocabularies").VOCABULARIES
    return found if own is None else {**found, **own.vocabularies}


def plain_name(operator: str) -> str:
    """The name of an operator without its vocabulary."""
    return operator.partition(".")[2] or operator


def rules() -> dict[str, Rule]:
    """All rules by name, in the order of their codes."""
    own = _extension.get()
    found: dict[str, Rule] = _module("_compiled_catalogue").RULES
    return found if own is None else {**found, **own.rules}


def rule_page(name: str) -> str:
    """The Markdown text of a rule's page, without its front matter."""
    own = _extension.get()
    if own is not None and name in own.rules:
        return own.pages[name]
    from convlint.engine.compilation import load_rule_file
    from convlint.resources import resource_path

    return load_rule_file(resource_path("rules", rules()[name].group, name + ".md")).text


def operator_page(name: str) -> str:
    """The text of `convlint operator NAME`, made from the declaration."""
    from convlint.engine.operator_page import page

    return page(declaration(name))


def lifted_shape(name: str, every_rule: bool) -> Callable[..., Any]:
    """The shape function of an operator for sizes that may be unknown, with rules that are off if `every_rule`."""
    own = _extension.get()
    known = own.lifted if own is not None and name in own.declarations else _lifted
    function = known.get((name, every_rule))
    if function is None:
        function = known[name, every_rule] = make_lifted(declaration(name), every_rule)
    return function


def make_lifted(declared: Declaration, every_rule: bool) -> Callable[..., Any]:
    """The shape function of a declaration for sizes that may be unknown."""
    from convlint.engine.declarations import make_function, shape_source

    off = () if every_rule else [rule.name for rule in rules().values() if not rule.default]
    return make_function(shape_source(declared, "lifted", "shape", off), "shape")


def evaluate(name: str, expressions: tuple[str, ...], parameters: Shapes, inputs: Shapes, outputs: Shapes) -> Shapes:
    """The values of expressions of an operator's declaration; a list where one is taken axis by axis."""
    own = _extension.get()
    known = own.evaluations if own is not None and name in own.declarations else _evaluations
    function = known.get((name, expressions))
    if function is None:
        from convlint.engine.declarations import evaluation_source, make_function

        source = evaluation_source(declaration(name), expressions, "evaluate", definitions(name))
        function = known[name, expressions] = make_function(source, "evaluate")
    values: Shapes = function(parameters, inputs, outputs)
    return values


def definitions(operator: str) -> Definitions:
    """The formulas that the costs of an operator may call."""
    vocabulary, dot, _ = operator.partition(".")
    if not dot:
        return {}
    own = _extension.get()
    if own is not None and operator in own.declarations and vocabulary in own.definitions:
        return own.definitions[vocabulary]
    found = _defined.get(vocabulary)
    if found is None:
        from convlint.engine.language import parse_definition

        pairs = _module("_compiled_catalogue").DEFINITIONS[vocabulary]
        found = _defined[vocabulary] = dict(parse_definition(signature, formula) for signature, formula in pairs)
    return found


def _module(name: str) -> Any:
    found = _modules.get(name)
    if found is None:
        found = _modules[name] = _import_or_compile(name)
    return found


def _import_or_compile(name: str) -> Any:
    """The compiled module; in a checkout, made first where it is missing or stale."""
    import sys

    full_name = f"{__package__}.{name}"
    here = os.path.dirname(os.path.abspath(__file__))
    checkout = os.path.join(os.path.dirname(os.path.dirname(here)), "rules")
    if os.path.isdir(checkout) and not os.path.isdir(os.path.join(os.path.dirname(here), "_data")):
        try:
            _refresh(here, checkout)
        except OSError:
            return _compiled_in_memory(name, checkout)
    __import__(full_name)
    return sys.modules[full_name]


def _compiled_in_memory(name: str, checkout: str) -> Any:
    """The module of a checkout that may not be written to, made anew in each process."""
    from types import ModuleType

    from convlint.engine.compilation import compile_rules

    made = None
    for file_name, source in zip(COMPILED, compile_rules(checkout)):
        module = ModuleType(file_name.removesuffix(".py"))
        exec(compile(source, file_name, "exec"), module.__dict__)
        if module.__name__ == name:
            made = module
    return made


def _refresh(here: str, checkout: str) -> None:
    """Compiles again where a source is newer than what was made of it; a folder is newer when a file went away."""
    own = (os.path.join(here, f"{name}.py") for name in _COMPILERS)
    newest = max([_newest(checkout), *(os.stat(path).st_mtime_ns for path in own)])
    try:
        made = min(os.stat(os.path.join(here, name)).st_mtime_ns for name in COMPILED)
    except OSError:
        made = 0
    if made <= newest:
        write_compiled(checkout, here)


def _newest(folder: str) -> int:
    """The time of the newest file or folder below a folder, itself included."""
    newest = os.stat(folder).st_mtime_ns
    with os.scandir(folder) as entries:
        for entry in entries:
            newest = max(newest, _newest(entry.path) if entry.is_dir() else entry.stat().st_mtime_ns)
    return newest


def write_compiled(rules_root: str, folder: str) -> None:
    """Compiles a `rules/` folder into the modules of `folder`."""
    from convlint.engine.compilation import compile_rules

    for name, source in zip(COMPILED, compile_rules(rules_root)):
        _write(os.path.join(folder, name), source)


def _write(path: str, text: str) -> None:
    """Writes a file at once, so that a second process never sees half of it."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)
