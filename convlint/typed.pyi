"""The names of `typed.py` as a type checker sees them."""

from typing import (
    TYPE_CHECKING,
    Any,
    BinaryIO,
    Final,
    Literal,
    NamedTuple,
    NoReturn,
    ParamSpec,
    Protocol,
    TextIO,
    TypeGuard,
    TypeVar,
    Union,
    cast,
)

__all__ = [
    "TYPE_CHECKING",
    "Any",
    "BinaryIO",
    "Final",
    "Literal",
    "NamedTuple",
    "NoReturn",
    "ParamSpec",
    "Protocol",
    "TextIO",
    "TypeGuard",
    "TypeVar",
    "Union",
    "cast",
]
