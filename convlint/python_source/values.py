"""What the interpreter computes with beside plain values: records that nothing real is behind."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from convlint.domain.values import Scalar
from convlint.typed import TYPE_CHECKING, NamedTuple, Union

if TYPE_CHECKING:
    from convlint.model import Port
    from convlint.python_source.scopes import ModuleScope, Scope


Arguments = list[object]
"""What a call is given by position: values of the interpreter, of which anything may be one."""
Keywords = dict[str, object]
"""What a call is given by name."""

SliceParts = tuple[Union[int, None], ...]
"""Where a slice begins and ends, and its step."""
Sizes = tuple[Scalar, ...]
"""The sizes of a tensor, as far as they are known."""
ShapeFunction = Callable[[Arguments, Keywords, str], object]
"""Gives the value of a call of a function of torch at a place (`path:line`)."""


class GaveUp(Exception):
    """The interpreter cannot follow the source any further; says what it met, and where."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PythonError(Exception):
    """An exception that the source raises: its class by name, its text, and the place as `path:line`."""

    def __init__(self, kind: str, text: str, place: str = "", is_certain: bool = True) -> None:
        super().__init__(f"{kind}: {text}" if text else kind)
        self.kind = kind
        self.text = text
        self.place = place
        self.is_certain = is_certain


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A value that is not known; what it touches is not known either. `reason` says what was not followed.

    A `foreign` one comes from outside the repository: it is nothing that the repository defines, and `name` is what it
    is called there, where it is known. `caught` is the exception that a handler gave this name.
    """

    reason: str
    is_foreign: bool = False
    caught: PythonError | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the repository, by its dotted name (`torch.nn.Conv2d`)."""

    name: str

    @property
    def last(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in function or class of Python."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the source. `defaults` hold the values of parameters that have one; `owner` is its class."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: ModuleScope
    scope: Scope | None
    defaults: dict[str, object]
    owner: Class | None = None
    kind: str = ""

    @property
    def name(self) -> str:
        """The name it was defined by."""
        return "<lambda>" if isinstance(self.node, ast.Lambda) else self.node.name


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the source: its bases (classes, externals or unknowns), and what its body binds."""

    name: str
    module: ModuleScope
    bases: tuple[object, ...]
    namespace: dict[str, object]
    order: tuple[object, ...] = ()
    """The method resolution order, itself first; an unknown base ends what can be told."""


@dataclass(slots=True, eq=False)
class Core:
    """What a record takes from an external class: its name, and the arguments of its constructor."""

    name: str
    arguments: tuple[object, ...]
    keywords: Keywords


@dataclass(slots=True, eq=False)
class Instance:
    """A record of an object. `pending` holds the arguments of a constructor that was not followed yet.

    `items` are the modules of a container; `core` is what it is of an external class.
    """

    kind: Class | External
    attributes: dict[str, object] = field(default_factory=dict)
    pending: tuple[tuple[object, ...], dict[str, object]] | None = None
    core: Core | None = None
    items: list[object] | None = None
    failure: Exception | None = None
    given: tuple[tuple[object, ...], dict[str, object]] | None = None
    """What its constructor was called with, by whoever made it."""
    later: dict[str, object] = field(default_factory=dict)
    """What was set on it after its constructor was called, while that is not followed yet."""

    @property
    def name(self) -> str:
        """The name of its class."""
        return self.kind.name if isinstance(self.kind, Class) else self.kind.last


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A function of the source with the object that it was taken from."""

    receiver: object
    function: Function


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method of a plain value, of a tensor or of an external record, by name."""

    receiver: object
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """What `super()` gives: the object, and the class behind which the search begins."""

    receiver: object
    after: Class


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """A function with some of its arguments."""

    function: object
    arguments: tuple[object, ...]
    keywords: Keywords


class TensorOrigin(NamedTuple):
    """Where a tensor comes from: a port of the graph of a call, and the axis that is the batch, None without one."""

    frame: object
    """The call, which is only told from others."""
    port: Port
    batch: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A tensor of which only the shape is known: sizes with the batch, or None where not even their number is known.

    `origin` is what gave it, where that is written down; `numbers` are what a vector holds, where that is known.
    """

    shape: Sizes | None
    is_parameter: bool = False
    is_buffer: bool = False
    origin: TensorOrigin | None = None
    numbers: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Globals:
    """What `globals()` gives."""

    module: ModuleScope


@dataclass(frozen=True, slots=True, eq=False)
class Native:
    """A function of the interpreter's own."""

    name: str
    call: Callable[..., object]


@dataclass(frozen=True, slots=True, eq=False)
class Lazy:
    """A generator expression: its items are computed when they are asked for, once."""

    items: Iterator[object]
