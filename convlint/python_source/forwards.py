"""Calls of records: their own forward, or that of the class of torch that they are."""

from __future__ import annotations

from convlint.python_source import layers, recording
from convlint.python_source.records import apply_function, class_member, is_module, no_node, ready, torch_scope
from convlint.python_source.values import Arguments, Class, Function, Instance, Keywords, Unknown
from convlint.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from convlint.python_source.run import Run


def call(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """`record(...)`: the forward of a module, taken down where someone does."""
    recorder = run.recorder
    if recorder is None or not recorder.frames or recorder.is_inside(record) or not _has_frame(record):
        return _called(run, record, arguments, keywords, place)
    given = recording.tensors_in([arguments, keywords])
    inside = iter(recorder.begin(ready(run, record), given))
    depth = len(recorder.frames)
    result: object = Unknown("an error")
    try:
        arguments = cast(Arguments, recording.replaced(arguments, inside))
        keywords = cast(Keywords, recording.replaced(keywords, inside))
        result = _called(run, record, arguments, keywords, place)
    finally:
        del recorder.frames[depth:]
        written = recorder.end(result)
    return recorder.called(record, given, written, result)


def _has_frame(record: Instance) -> bool:
    """Whether a module is of a class of the source, with a forward or as a container."""
    return isinstance(record.kind, Class) and is_module(record)


def _called(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    replaced = record.attributes.get("forward")
    if replaced is not None:
        return run.call(replaced, arguments, keywords, no_node(), torch_scope())
    if isinstance(record.kind, Class):
        for name in ("__call__", "forward"):
            function = class_member(record.kind, name)
            if isinstance(function, Function):
                made = ready(run, record)
                bound = [] if function.kind == "staticmethod" else [made]
                return apply_function(run, function, [*bound, *arguments], keywords)
            if isinstance(function, Unknown):
                return function
        ready(run, record)
    return forward_core(run, record, arguments, keywords, place)


def forward_core(run: Run, record: Instance, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """The forward of what a record is of an external class."""
    core = record.core
    if core is None:
        return Unknown(f"{record.name} has no forward that can be read, at {place}")
    if core.name == "Sequential":
        value = arguments[0] if arguments else Unknown("nothing")
        for module in record.items or ():
            value = run.call(module, [value], {}, no_node(), torch_scope())
        return value
    result = layers.forward(core, arguments, keywords, place)
    if run.recorder is None or not run.recorder.frames:
        return result
    return run.recorder.module(record, core, [*arguments, *keywords.values()], result, place)
