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
            "__new__": _constructor(name, fields, tuple(defaults.values())),
            "_fields": fields,
            "_field_defaults": defaults,
        }
        getters = {field: field_at(index, "") for index, field in enumerate(fields)}
        return type(name, (tuple,), {**_METHODS, **body, **own, **getters})


def _constructor(name, fields, defaults):
    count, required = len(fields), len(fields) - len(defaults)
    make = tuple.__new__

    def __new__(cls, *values, **named):
        given = len(values)
        if not named:
            if given == count:
                return make(cls, values)
            if required <= given < count:
                return make(cls, values + defaults[given - required :])
        first = max(given, required)
        known = dict(zip(fields[first:], defaults[first - required :]))
        known.update(named)
        rest = [known.pop(field) for field in fields[given:] if field in known]
        if given + len(rest) != count or known:
            raise TypeError(
                f"{name} takes {', '.join(fields)}, not {given} values and {', '.join(named) or 'none by name'}"
            )
        return make(cls, (*values, *rest))

    return __new__


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
