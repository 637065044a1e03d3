"""What ships, by name: of the compiled modules, only those are imported that hold what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial

from convlint.catalogue.compiled import compiled
from convlint.catalogue.deferred import Deferred
from convlint.catalogue.parameters import Parameter, Values
from convlint.catalogue.runnable import LiftedShape, MakeBody, Operator
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.catalogue.operators import Declaration
    from convlint.catalogue.rows import Row, Vocabulary
    from convlint.domain.values import Shapes, Size


def homes() -> Mapping[str, str]:
    """The file of `rules/operators/` that each operator is compiled with, those of the native format first."""
    found: Mapping[str, str] = compiled("index").HOMES
    return found


def operator(name: str) -> Operator | None:
    """An operator as it runs; a compiled module holds plain tuples, and says once what their items are."""
    home = homes().get(name)
    if home is None:
        return None
    module = compiled(f"operators_{home}")
    shape, values = module.OPERATORS[name]
    facts = dict(zip(module.FIELDS, values))
    facts["parameters"] = tuple([Parameter(**dict(zip(module.PARAMETER_FIELDS, item))) for item in facts["parameters"]])
    return Operator(name, shape, **facts)


def lifted_shape(name: str) -> LiftedShape:
    """The shape function, for sizes that may be unknown, of an operator that there is."""
    found: LiftedShape = compiled(f"lifted_{homes()[name]}").SHAPES[name]
    return found


@cache
def declaration(name: str) -> Declaration:
    """The full declaration of an operator that there is."""
    found: Declaration = compiled(f"declarations_{homes()[name]}").DECLARATIONS[name]
    return found


@cache
def declarations() -> Mapping[str, Declaration]:
    """All declarations by name."""
    return Deferred({name: partial(declaration, name) for name in homes()})


def names_in(name: str) -> Mapping[str, tuple[str, ...]]:
    """The names in expressions, by these, as the file of an operator has them; none where there is no such operator."""
    if name not in homes():
        return {}
    found: Mapping[str, tuple[str, ...]] = compiled(f"declarations_{homes()[name]}").NAMES
    return found


def evaluation_source(name: str, expressions: tuple[str, ...]) -> str | None:
    """What expressions of an operator were lowered to; None where no message asks for them."""
    module = compiled(f"declarations_{homes()[name]}")
    number: int | None = module.EVALUATIONS.get((name, expressions))
    return None if number is None else module.SOURCES[number]


def body(name: str) -> MakeBody | None:
    """The function of the body of an operator; None where it has none."""
    if name not in homes():
        return None
    found: MakeBody | None = compiled(f"bodies_{homes()[name]}").BODIES.get(name)
    return found


@cache
def vocabularies() -> Mapping[str, Vocabulary]:
    """The vocabularies of row formats by name, each with rows that are made by need."""
    return Deferred({name: partial(_vocabulary, name) for name in compiled("index").VOCABULARIES})


def _vocabulary(name: str) -> Vocabulary:
    from convlint.catalogue.rows import Row, Vocabulary

    module = compiled(f"rows_{name}")

    def row(facts: tuple[object, ...], tracked: Callable[[Values, Shapes], Size] | None) -> Row:
        return Row(**dict(zip(module.FIELDS, facts)), tracked=tracked)

    return Vocabulary(
        modules=Deferred({name: partial(row, *entry) for name, entry in module.ROWS.items()}), **module.FACTS
    )
