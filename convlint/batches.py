"""Checks many files through an executor: in order, in bounded memory, and what breaks hides nothing else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from functools import partial
from itertools import islice

from convlint.catalogue.rule_file_error import RuleFileError
from convlint.findings import FileResult
from convlint.found import check_found
from convlint.options import Options
from convlint.typed import NamedTuple, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


OptionsOfFiles = Options | Callable[[str], Options]
"""The options of all files, or the function that gives each its own; it must be picklable for other processes."""


class BatchLimits(NamedTuple):
    """How many items one task takes, and how many tasks are handed to the executor before the oldest is awaited."""

    batch: int = 16
    in_flight: int = 256


def check_each(
    paths: Iterable[str],
    options: OptionsOfFiles = Options(),
    executor: Executor | None = None,
    limits: BatchLimits = BatchLimits(),
) -> Iterator[FileResult]:
    """The result of each file in order, as far as they are known; in this process where there is no executor.

    A file whose check does not come to an end has a `failure`.
    """
    if executor is None:
        return (check_or_fail(path, options) for path in paths)
    work = partial(_check_all, options=options)
    return in_order(executor, work, paths, failed, limits)


def check_or_fail(path: str, options: OptionsOfFiles) -> FileResult:
    """The result of one file; a mistake of convlint itself becomes its `failure`, one in `rules/` is raised."""
    try:
        return check_found(path, options if isinstance(options, Options) else options(path))
    except RuleFileError:
        raise
    except Exception as error:
        return failed(path, error)


def failed(path: str, error: Exception) -> FileResult:
    """The result of a file whose check did not come to an end."""
    from traceback import format_exception

    trace = "".join(format_exception(type(error), error, error.__traceback__))
    has_died = isinstance(error, BrokenExecutor)
    reason = "its process died; it may lack memory" if has_died else f"{type(error).__name__}: {error}"
    return FileResult(path, failure=reason, notes=(trace,))


def _check_all(paths: tuple[str, ...], options: OptionsOfFiles) -> list[FileResult]:
    return [check_or_fail(path, options) for path in paths]


def in_order(
    executor: Executor,
    work: Callable[[tuple[_Item, ...]], list[_Result]],
    items: Iterable[_Item],
    lost: Callable[[_Item, Exception], _Result],
    limits: BatchLimits = BatchLimits(),
) -> Iterator[_Result]:
    """The results of `work`, which gives one an item, in the order of the items; it must be picklable.

    A task that fails, because its process died for example, is taken apart: each of its items is tried once more, with
    nothing beside it, and `lost` makes the result of one that fails again. Raises what `executor.submit` raises.
    """
    waiting: deque[_Task[_Item, _Result]] = deque()
    rest = iter(items)
    try:
        while batch := tuple(islice(rest, limits.batch)):
            waiting.append((batch, executor.submit(work, batch)))
            if len(waiting) >= limits.in_flight:
                yield from _oldest(executor, work, waiting, lost)
        while waiting:
            yield from _oldest(executor, work, waiting, lost)
    finally:
        for _, future in waiting:
            future.cancel()


_Task = tuple[tuple[_Item, ...], "Future[list[_Result]]"]


def _oldest(
    executor: Executor,
    work: Callable[[tuple[_Item, ...]], list[_Result]],
    waiting: deque[_Task[_Item, _Result]],
    lost: Callable[[_Item, Exception], _Result],
) -> Iterator[_Result]:
    """The results of the oldest task; where it failed, of all, so that nothing runs beside what is tried again."""
    batch, future = waiting.popleft()
    results = _outcome(future)
    if not isinstance(results, Exception):
        yield from results
        return
    tasks = [(batch, future), *waiting]
    waiting.clear()
    wait([future for _, future in tasks])
    for batch, future in tasks:
        results = _outcome(future)
        if not isinstance(results, Exception):
            yield from results
            continue
        for item in batch:
            again = _outcome(executor.submit(work, (item,)))
            yield lost(item, again) if isinstance(again, Exception) else again[0]


def _outcome(future: Future[list[_Result]]) -> list[_Result] | Exception:
    try:
        return future.result()
    except Exception as error:
        return error
