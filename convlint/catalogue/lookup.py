"""What convlint knows: the operators and the rules of `rules/`, found, compiled and loaded only as far as needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from convlint.catalogue import shipped
from convlint.catalogue.compiled import compiled
from convlint.catalogue.parameters import Values
from convlint.catalogue.runnable import Evaluation, Failed, LiftedShape, MakeBody, Operator, ShapeFunction
from convlint.domain.values import UNKNOWN, Computed, Shape, Shapes, Symbolic, UnknownSize, within_bounds
from convlint.findings import Rule
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.catalogue.bodies import BodyScope
    from convlint.catalogue.extension import Extension
    from convlint.catalogue.known import Watched
    from convlint.catalogue.operators import Declaration, Neighbours
    from convlint.catalogue.rows import Vocabulary
    from convlint.catalogue.words import KeyWord, OperatorWord

_loaded: dict[str, Operator] = {}
_lifted: dict[tuple[str, bool], LiftedShape] = {}
_evaluations: dict[tuple[str, tuple[str, ...]], Evaluation] = {}
OWN_GROUP = "your own"
_extension: ContextVar[Extension | None] = ContextVar("extension", default=None)


@contextmanager
def extended(own: Extension | None) -> Iterator[None]:
    """Within it the operators and rules of an extension are known too; afterwards they are forgotten."""
    token = _extension.set(own)
    try:
        yield
    finally:
        _extension.reset(token)


def extension() -> Extension | None:
    """What is known beyond `rules/` for the file that is being checked."""
    return _extension.get()


def operator(name: str) -> Operator | None:
    """The operator of that name, or None; one of a vocabulary is called `vocabulary.Name`."""
    own = _extension.get()
    if own is not None and name in own.declarations:
        return _own_operator(own, name)
    found = _loaded.get(name)
    if found is None:
        found = shipped.operator(name)
        if found is not None:
            _loaded[name] = found
    return found


def _own_operator(own: Extension, name: str) -> Operator:
    """An operator of a user's own; it computes in bounds, through the lifted lowering alone."""
    found = own.operators.get(name)
    if found is None:
        from convlint.catalogue.operators import OPERATOR_FIELDS

        declared = own.declarations[name]
        facts = {field: getattr(declared, field) for field in OPERATOR_FIELDS}
        found = own.operators[name] = Operator(name, _own_shape(name), **facts)
    return found


def _own_shape(name: str) -> ShapeFunction:
    def shape(parameters: Values, inputs: Shapes) -> tuple[list[Failed], Shapes | UnknownSize | None]:
        failed, outputs, _ = lifted_shape(name, False)(parameters, inputs)
        if outputs is None or isinstance(outputs, UnknownSize):
            return failed, outputs
        return failed, tuple(_as_shape(output) for output in outputs)

    return shape


def _as_shape(output: object) -> Shape:
    """A shape, with UNKNOWN in place of what is no size."""
    if not isinstance(output, tuple):
        return UNKNOWN
    return tuple(size if isinstance(size, Symbolic) or (type(size) is int and size > 0) else UNKNOWN for size in output)


def declaration(name: str) -> Declaration:
    """The full declaration of an operator that exists."""
    own = _extension.get()
    if own is not None and name in own.declarations:
        return own.declarations[name]
    return shipped.declaration(name)


def refuses(name: str, requirement: int) -> bool:
    """Whether torch refuses a layer that breaks a requirement of an operator; it minds no lost pixels and no policy."""
    broken = declaration(name).requirements[requirement]
    rule = rules()[broken.rule]
    return (broken.severity or rule.severity) == "error" and rule.stops and not rule.is_ones_own


def names_needed(declared: Declaration, expression: str) -> set[str]:
    """The names that an expression of a declaration uses, by itself and through `let`."""
    from convlint.catalogue.names import names_through_let, parsed_names

    known = shipped.names_in(declared.name)
    return names_through_let(declared, expression, lambda text: known[text] if text in known else parsed_names(text))


def body(name: str) -> MakeBody | None:
    """The function that makes the body of an operator (see `convlint.catalogue.bodies`); None where it has none."""
    own = _extension.get()
    if own is not None and name in own.declarations:
        return _own_body(own, name)
    return shipped.body(name)


def _own_body(own: Extension, name: str) -> MakeBody | None:
    declared = own.declarations[name]
    if declared.body is None:
        return None
    if declared.body.compiled:
        return shipped.body(declared.body.compiled)
    if name not in own.bodies:
        from convlint.catalogue.bodies import body_source
        from convlint.catalogue.lifted import make_own_function

        own.bodies[name] = make_own_function(body_source(declared, _scope(declared), "body"), "body")
    return own.bodies[name]


def operator_names() -> list[str]:
    """The names of all operators of the native format."""
    return [name for name in declarations() if "." not in name]


def operators() -> dict[str, str]:
    """All operators of the native format by name, with their summaries."""
    return {name: declaration(name).summary for name in operator_names()}


def operator_groups() -> dict[str, list[str]]:
    """The names of the operators of the native format by their group, both sorted; those of one's own come last."""
    homes = shipped.homes()
    found: dict[str, list[str]] = {}
    for name in sorted(operators(), key=lambda name: (name not in homes, homes.get(name, ""), name)):
        found.setdefault(homes.get(name, OWN_GROUP), []).append(name)
    return found


def declarations() -> Mapping[str, Declaration]:
    """All declarations by name."""
    own = _extension.get()
    found = shipped.declarations()
    return found if own is None or not own.declarations else {**found, **own.declarations}


def vocabularies() -> Mapping[str, Vocabulary]:
    """The vocabularies of row formats, by name."""
    own = _extension.get()
    found = shipped.vocabularies()
    return found if own is None or not own.vocabularies else {**found, **own.vocabularies}


def operator_word(name: str) -> OperatorWord | None:
    """What another library's name of an operator means, if it is one."""
    from convlint.catalogue.words import plain

    own = _extension.get()
    key = plain(name)
    if own is not None and key in own.words.operators:
        return own.words.operators[key]
    found: OperatorWord | None = compiled("words").OPERATOR_WORDS.get(key)
    return found


def key_word(name: str) -> KeyWord | None:
    """What another library's name of a key of layers means, if it is one."""
    own = _extension.get()
    if own is not None and name in own.words.keys:
        return own.words.keys[name]
    found: KeyWord | None = compiled("words").KEY_WORDS.get(name)
    return found


def _scope(declared: Declaration) -> BodyScope:
    """What the body of an operator of a user's own means by a name."""
    from convlint.catalogue.bodies import scope_of

    vocabulary = declared.name.partition(".")[0] if "." in declared.name else ""
    known = vocabularies().get(vocabulary) if vocabulary else None
    rows = {name: row.operator for name, row in known.modules.items()} if known is not None else {}
    return scope_of(vocabulary, rows, lambda name: operator(name) is not None)


def plain_name(operator: str) -> str:
    """The name of an operator without its vocabulary."""
    return operator.partition(".")[2] or operator


def watched(every_rule: bool) -> Watched:
    """Numbers of `neighbours` that ship, by the operator of a layer and what is above it; all of them if asked."""
    module = compiled("index")
    found: Watched = module.EVERY_WATCHED if every_rule else module.WATCHED
    return found


def own_watched() -> Watched:
    """Numbers of `neighbours` of a repository's own, by the operator of a layer and what is above it."""
    own = _extension.get()
    if own is None or not own.neighbours:
        return {}
    from convlint.catalogue.known import watched

    return watched(own.neighbours, start=len(compiled("neighbours").NEIGHBOURS))


def passed(below: str) -> Collection[str]:
    """The operators that may stand between a layer of an operator and the one above, for some rule."""
    own = _extension.get()
    found: list[str] = compiled("index").PASSED.get(below, [])
    return found if own is None else {*found, *[name for item in own.neighbours for name in item.through]}


def neighbours() -> tuple[Neighbours, ...]:
    """What rules demand of layers that stand side by side."""
    own = _extension.get()
    found: tuple[Neighbours, ...] = compiled("neighbours").NEIGHBOURS
    return found if own is None else (*found, *own.neighbours)


def rules() -> Mapping[str, Rule]:
    """All rules by name, in the order of their codes."""
    own = _extension.get()
    found: Mapping[str, Rule] = compiled("rules").RULES
    return found if own is None else {**found, **own.rules}


def rule_page(name: str) -> str:
    """The Markdown text of a rule's page, without its front matter."""
    own = _extension.get()
    if own is not None and name in own.rules:
        return own.pages[name]
    from convlint.catalogue.rule_text import read_page_text
    from convlint.resources import resource_path

    return read_page_text(resource_path("rules", rules()[name].group, name + ".md")).page


def operator_page(name: str) -> str:
    """The text of `convlint operator NAME`, made from the declaration."""
    from convlint.catalogue.operator_page import page

    return page(declaration(name))


def operator_source(name: str) -> str:
    """What the formula of an operator is compiled to; one of a repository's own computes in bounds (lifted)."""
    from convlint.catalogue.operator_page import source

    own = _extension.get()
    return source(declaration(name), "lifted" if own is not None and name in own.declarations else "plain")


def lifted_shape(name: str, every_rule: bool) -> LiftedShape:
    """The shape function of an operator for sizes that may be unknown, with rules that are off if `every_rule`."""
    own = _extension.get()
    is_own = own is not None and name in own.declarations
    known = own.lifted if own is not None and is_own else _lifted
    function = known.get((name, every_rule))
    if function is None:
        is_compiled = not is_own and not every_rule
        function = within_bounds(shipped.lifted_shape(name)) if is_compiled else _lowered(name, every_rule, is_own)
        known[name, every_rule] = function
    return function


def _lowered(name: str, every_rule: bool, is_own: bool) -> LiftedShape:
    """A shape function that is not compiled: of an operator of a user's own, or with all rules."""
    from convlint.catalogue.functions import shape_source
    from convlint.catalogue.lifted import make_function, make_own_function

    off = () if every_rule else [rule.name for rule in rules().values() if not rule.default]
    make = make_own_function if is_own else make_function
    return make(shape_source(declaration(name), "lifted", "shape", off), "shape")


def evaluate(
    name: str,
    expressions: tuple[str, ...],
    parameters: Values,
    inputs: Shapes,
    outputs: Shapes,
    margin: Values = (),
) -> tuple[Computed, ...]:
    """The values of expressions of an operator's declaration; a list where one is taken axis by axis.

    `margin` holds the pixels of padding at the end of each spatial axis of the input.
    """
    own = _extension.get()
    known = own.evaluations if own is not None and name in own.declarations else _evaluations
    function = known.get((name, expressions))
    if function is None:
        make = _shipped_evaluation if known is _evaluations else _evaluation
        function = known[name, expressions] = make(name, expressions)
    return function(parameters, inputs, outputs, margin)


def _shipped_evaluation(name: str, expressions: tuple[str, ...]) -> Evaluation:
    """The function of some expressions of an operator that ships; what its messages ask for is lowered already."""
    source = shipped.evaluation_source(name, expressions)
    if source is None:
        return _evaluation(name, expressions)
    from convlint.catalogue.lifted import make_function

    return make_function(source, "evaluate")


def _evaluation(name: str, expressions: tuple[str, ...]) -> Evaluation:
    from convlint.catalogue.functions import evaluation_source
    from convlint.catalogue.lifted import make_function

    return make_function(evaluation_source(declaration(name), expressions, "evaluate"), "evaluate")
