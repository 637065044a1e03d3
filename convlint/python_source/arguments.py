"""Gives the parameters of a function of the source the values of a call, as Python does."""

from __future__ import annotations

from convlint.python_source.values import Arguments, Function, Keywords, PythonError


def bound_arguments(function: Function, arguments: Arguments, keywords: Keywords, place: str) -> dict[str, object]:
    """The parameters of a call by name; TypeError as Python raises it where they do not fit."""
    given = function.node.args
    positional = [argument.arg for argument in (*given.posonlyargs, *given.args)]
    names = dict(zip(positional, arguments))
    title = f"{function.owner.name}.{function.name}" if function.owner is not None else function.name
    if len(arguments) > len(positional) and given.vararg is None:
        raise PythonError("TypeError", _too_many(title, function, positional, len(arguments)), place)
    if given.vararg is not None:
        names[given.vararg.arg] = tuple(arguments[len(positional) :])
    known = {*positional, *[argument.arg for argument in given.kwonlyargs]}
    extra: dict[str, object] = {}
    for name, value in keywords.items():
        if name not in known:
            if given.kwarg is None:
                raise PythonError("TypeError", f"{title}() got an unexpected keyword argument '{name}'", place)
            extra[name] = value
        elif name in names:
            raise PythonError("TypeError", f"{title}() got multiple values for argument '{name}'", place)
        else:
            names[name] = value
    if given.kwarg is not None:
        names[given.kwarg.arg] = extra
    for name, value in function.defaults.items():
        names.setdefault(name, value)
    missing = [name for name in positional if name not in names]
    missing += [argument.arg for argument in given.kwonlyargs if argument.arg not in names]
    if missing:
        count = len(missing)
        words = ", ".join(f"'{name}'" for name in missing[:-1]) + (" and " if count > 1 else "") + f"'{missing[-1]}'"
        plural = "s" if count > 1 else ""
        text = f"{title}() missing {count} required positional argument{plural}: {words}"
        raise PythonError("TypeError", text, place)
    return names


def _too_many(title: str, function: Function, positional: list[str], count: int) -> str:
    most = len(positional)
    fewest = most - len([name for name in positional if name in function.defaults])
    takes = f"{most}" if fewest == most else f"from {fewest} to {most}"
    was = "was" if count == 1 else "were"
    plural = "" if fewest == most == 1 else "s"
    return f"{title}() takes {takes} positional argument{plural} but {count} {was} given"
