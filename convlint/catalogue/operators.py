"""What an operator declaration holds, as values; changes when the declaration language gets a new key."""

from __future__ import annotations

from convlint.catalogue.parameters import Parameter
from convlint.typed import NamedTuple

Output = str | tuple[str, ...]
"""An expression of kind shape, or expressions of the channels and of the size that is taken axis by axis."""


class Remedy(NamedTuple):
    """What mends a layer that breaks a requirement: values for its parameters, or a layer before it.

    `settings` holds (parameter, expression); `insert` names an operator that needs no parameters. A `safe` one keeps
    the meaning. `title` says it in words, with `{expression}` fields; empty, it is made from the values.
    """

    settings: tuple[tuple[str, str], ...] = ()
    insert: str = ""
    safe: bool = True
    title: str = ""


class Requirement(NamedTuple):
    """A condition that must hold, the rule that reports it, and what flows on when it does not.

    `spares` is the number of pixels at the end of an axis that it is about: it holds where all of them are padding.
    `otherwise` is "output" (the formula still holds), "axes" (the failing axes become unknown) or "nothing".
    """

    rule: str
    that: str
    at: str
    say: str | None = None
    help: str | None = None
    severity: str | None = None
    otherwise: str = "nothing"
    fix: Remedy | None = None
    spares: str = ""


class RowDeclaration(NamedTuple):
    """How the rows of a row format become layers of an operator (see `convlint.catalogue.rows.Row`)."""

    arguments: tuple[str, ...]
    channels: str | None
    scaled: tuple[str, ...]
    repeats: str | None
    tracks: str
    several: bool
    selects: str | None
    is_head: bool
    is_output: bool
    ignores_rest: bool
    notes: str


class BodyEntry(NamedTuple):
    """One entry of the body of an operator: a layer, a group of entries, or a tensor that is no layer.

    `name`, `operator`, `sources`, `call`, `also` and `series` are texts in which `{expression}` is filled in; `shape`,
    `when` and the values of `parameters` are expressions. `each` is (variable, list). `entries` is None for a layer.
    """

    name: str | None = None
    operator: str | None = None
    sources: tuple[str, ...] | None = None
    when: str | None = None
    otherwise: str = ""
    each: tuple[str, str] | None = None
    series: str = ""
    entries: tuple[BodyEntry, ...] | None = None
    inline: str = ""
    call: str | None = None
    also: str | None = None
    is_unused: bool = False
    is_shared: bool = False
    shape: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()


class DeclaredBody(NamedTuple):
    """What is inside an operator.

    `entries` come in the order of the flow, `order` is that in which they are registered where it is another, and
    `returns` is what comes out where that is not the last layer; `has_layers` is false for tensors alone. A body that
    ships is compiled, and then its entries stay out: `compiled` is the operator that it was compiled for.
    """

    entries: tuple[BodyEntry, ...]
    order: tuple[str, ...] = ()
    returns: tuple[str, ...] | None = None
    has_layers: bool = True
    compiled: str = ""


class Declaration(NamedTuple):
    """One operator, as its file declares it; an operator of a vocabulary is called `vocabulary.Name`.

    `indices` numbers the inputs that hold integers, not values. `enlarge` names the parameter that makes the output
    larger by a pixel: a flag that is set, or an extent that grows. `body` is what is inside; `is_open` says that
    nothing else tells what comes out. `output_names` are what torch calls the outputs, the first first.
    """

    name: str
    family: str
    summary: str
    axes: tuple[int, ...] | None
    ranks: tuple[int, ...] | None
    inputs: tuple[int, int | None]
    counts: tuple[int, ...]
    parameters: tuple[Parameter, ...]
    let: tuple[tuple[str, str], ...]
    requirements: tuple[Requirement, ...]
    outputs: tuple[Output, ...] | str
    costs: tuple[tuple[str, str], ...]
    torch: str | None = None
    row: RowDeclaration | None = None
    indices: tuple[int, ...] = ()
    enlarge: str = ""
    body: DeclaredBody | None = None
    is_open: bool = False
    output_names: tuple[str, ...] = ()

    @property
    def needs_parameters(self) -> bool:
        """Whether a layer must give it a parameter."""
        return any(parameter.required for parameter in self.parameters)


class ModuleRow(NamedTuple):
    """A module of a row format: its operator, and how rows give that."""

    operator: str
    row: RowDeclaration


class Neighbours(NamedTuple):
    """What a rule demands of a layer of one of `below` and of what stands around it.

    `above` names the operators of the layer that it reads straight, with nothing between and no other reader; empty
    where what it reads has no part in it. Layers of `through` may stand between the two. `is_alike` says that both are
    of one operator. `wired` is how it stands in the network ("twice", "output", or "anyhow"); where there are `losses`,
    an output must go into one of these, and where there are `words`, one must be a part of the layer's name. `let` and
    `above_let` name values of the layer and of the one above; `that` must hold over them and over the parameters of the
    whole network; without it, such neighbours are always wrong. `at` is what is pointed at, of the layer above if
    `points_above`.
    """

    rule: str
    below: tuple[str, ...]
    above: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    is_alike: bool = False
    wired: str = "anyhow"
    losses: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    let: tuple[tuple[str, str], ...] = ()
    above_let: tuple[tuple[str, str], ...] = ()
    that: str = "False"
    at: str = ""
    points_above: bool = False
    fix: Remedy | None = None

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(operator of the layer, operator above it, or how it is wired where any may be above)."""
        if self.is_alike:
            return tuple([(name, name) for name in self.below])
        return tuple([(name, other) for name in self.below for other in self.above or (self.wired,)])


class VocabularyDeclaration(NamedTuple):
    """The modules that one family of row files knows, as files declare them (`convlint.catalogue.rows.Vocabulary`)."""

    name: str
    modules: dict[str, ModuleRow]
    unreachable: tuple[str, ...] = ()
    torch_names: tuple[str, ...] = ()
    severities: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    evaluates: bool = False


OPERATOR_FIELDS = ("axes", "ranks", "inputs", "counts", "parameters", "is_open")
"""What a clean run needs of a declaration, beside its shape function."""


class DeclarationError(ValueError):
    """What is wrong with an operator declaration, and where in it: `key` is that of a `let`, where it is one."""

    def __init__(self, message: str, key: str = "", problem: str = "") -> None:
        super().__init__(message)
        self.key = key
        self.problem = problem or message
