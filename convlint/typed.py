"""What a module needs of `typing` while it runs, without importing it: that is a quarter of the start of a check.

Type checkers read `typed.pyi`, where each of these names is that of `typing`. `NamedTuple` makes the classes that
`typing.NamedTuple` makes, but compiles no constructor for each; the other names only matter where types are checked.
"""

from __future__ import annotations

from operator import itemgetter

try:
    from _collections import _tuplegetter as field_at
except ImportError:  # of CPython alone

    def field_at(index, doc):
        return property(itemgetter(index), doc=doc)


TYPE_CHECKING = False


def cast(kind, value):
    return value


class _Form:
    """A form of types; nobody looks at its arguments while the program runs."""

    def __getitem__(self, arguments):
        return object

    def __call__(self, *arguments, **settings):
        return object


Any = BinaryIO = NoReturn = Protocol = TextIO = object
Literal = Final = ParamSpec = TypeGuard = TypeVar = Union = _Form()


class _Fields(type):
    """Turns the annotations of a class statement into the fields of a tuple."""

    def __new__(cls, name, bases, body):
        if not bases:
            return super().__new__(cls, name, bases, body)
        fields = tuple(body.get("__annotations__", ()))
        defaults = {field: body[field] for field in fields if field in body}
        own = {
            "__slots__": (),
            "__match_args__": fields,
            "__new__": _constructor(fields, tuple(defaults.values())),
            "_fields": fields,
            "_field_defaults": defaults,
        }
        getters = {field: field_at(index, "") for index, field in enumerate(fields)}
        return type(name, (tuple,), {**_METHODS, **body, **own, **getters})


def _constructor(fields, defaults):
    """A function with a parameter for each field: the template of as many, its parameters renamed."""
    template = _TEMPLATES[len(fields)]
    code = template.__code__.replace(co_name="__new__", co_varnames=("cls", *fields))
    return type(template)(code, globals(), "__new__", defaults)


_made = tuple.__new__
_TEMPLATES = (
    lambda cls: _made(cls, ()),
    lambda cls, a: _made(cls, (a,)),
    lambda cls, a, b: _made(cls, (a, b)),
    lambda cls, a, b, c: _made(cls, (a, b, c)),
    lambda cls, a, b, c, d: _made(cls, (a, b, c, d)),
    lambda cls, a, b, c, d, e: _made(cls, (a, b, c, d, e)),
    lambda cls, a, b, c, d, e, f: _made(cls, (a, b, c, d, e, f)),
    lambda cls, a, b, c, d, e, f, g: _made(cls, (a, b, c, d, e, f, g)),
    lambda cls, a, b, c, d, e, f, g, h: _made(cls, (a, b, c, d, e, f, g, h)),
    lambda cls, a, b, c, d, e, f, g, h, i: _made(cls, (a, b, c, d, e, f, g, h, i)),
    lambda cls, a, b, c, d, e, f, g, h, i, j: _made(cls, (a, b, c, d, e, f, g, h, i, j)),
    lambda cls, a, b, c, d, e, f, g, h, i, j, k: _made(cls, (a, b, c, d, e, f, g, h, i, j, k)),
    lambda cls, a, b, c, d, e, f, g, h, i, j, k, m: _made(cls, (a, b, c, d, e, f, g, h, i, j, k, m)),
    lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n: _made(cls, (a, b, c, d, e, f, g, h, i, j, k, m, n)),
    lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n, p: _made(cls, (a, b, c, d, e, f, g, h, i, j, k, m, n, p)),
    lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n, p, q: _made(cls, (a, b, c, d, e, f, g, h, i, j, k, m, n, p, q)),
    lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n, p, q, r: _made(
        cls, (a, b, c, d, e, f, g, h, i, j, k, m, n, p, q, r)
    ),
    lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n, p, q, r, s: _made(
        cls, (a, b, c, d, e, f, g, h, i, j, k, m, n, p, q, r, s)
    ),
    lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n, p, q, r, s, t: _made(
        cls, (a, b, c, d, e, f, g, h, i, j, k, m, n, p, q, r, s, t)
    ),
    lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n, p, q, r, s, t, u: _made(
        cls, (a, b, c, d, e, f, g, h, i, j, k, m, n, p, q, r, s, t, u)
    ),
    lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n, p, q, r, s, t, u, v: _made(
        cls, (a, b, c, d, e, f, g, h, i, j, k, m, n, p, q, r, s, t, u, v)
    ),
)
"""Constructors of tuples of 0, 1, ... fields; to compile one for each class takes as long as all else of it."""


@classmethod
def _make(cls, values):
    return cls(*values)


def _replace(self, /, **changes):
    made = tuple.__new__(type(self), map(changes.pop, self._fields, self))
    if changes:
        raise ValueError(f"{type(self).__name__} has no field {', '.join(changes)}")
    return made


def _asdict(self):
    return dict(zip(self._fields, self))


def __repr__(self):
    return f"{type(self).__name__}({', '.join(f'{field}={value!r}' for field, value in zip(self._fields, self))})"


def __getnewargs__(self):
    return tuple(self)


_METHODS = {
    "_make": _make,
    "_replace": _replace,
    "_asdict": _asdict,
    "__repr__": __repr__,
    "__getnewargs__": __getnewargs__,
}


class NamedTuple(metaclass=_Fields):
    """A tuple whose fields are the annotations of its class, as `typing.NamedTuple`."""
