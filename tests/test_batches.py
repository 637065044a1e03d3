"""Many files through an executor: the same results in the same order, and what dies hides nothing else."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from convlint import FileResult, check_each, check_paths
from convlint.batches import BatchLimits, in_order
from convlint.found import check_found

NETWORK = "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n  - {op: Conv2d, out_channels: 4, kernel_size: %d}\n"


@pytest.fixture
def networks(tmp_path: Path) -> Path:
    """Forty networks, every third with an error; the file names sort in an order of their own."""
    for number in range(40):
        (tmp_path / f"net{number}.yaml").write_text(NETWORK % (9 if number % 3 == 0 else 3))
    (tmp_path / "compose.yml").write_text("services: {}\n")
    return tmp_path


@pytest.fixture
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with request.param() as made:
        yield made


def threads() -> Executor:
    return ThreadPoolExecutor(4)


def processes() -> Executor:
    return ProcessPoolExecutor(2)


@pytest.mark.parametrize("executor", [threads, processes], indirect=True)
def test_an_executor_changes_nothing(networks: Path, executor: Executor) -> None:
    alone = check_paths([networks])
    assert sum(bool(result.findings) for result in alone) == 14
    assert check_paths([networks], executor=executor) == alone
    assert tuple(check_each([networks], executor=executor)) == alone


def test_a_cluster_checks_files(networks: Path) -> None:
    distributed: Any = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as executor,
    ):
        assert check_paths([networks], executor=executor) == check_paths([networks])


class Counting(Executor):
    """Runs nothing until it is asked for a result, and counts what waits."""

    def __init__(self) -> None:
        self.submitted = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.submitted += 1
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def doubled(numbers: tuple[int, ...]) -> list[int]:
    return [2 * number for number in numbers]


def fail(item: int, error: Exception) -> int:
    raise AssertionError(item) from error


def test_tasks_are_handed_over_as_results_are_taken() -> None:
    executor = Counting()
    results = in_order(executor, doubled, iter(range(10**9)), fail, BatchLimits(batch=4, in_flight=3))
    assert [next(results) for _ in range(10)] == [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]
    assert executor.submitted == 5


def deadly(numbers: tuple[int, ...]) -> list[int]:
    if 7 in numbers:
        os.kill(os.getpid(), signal.SIGKILL)
    return doubled(numbers)


def negative(item: int, error: Exception) -> int:
    return -item


class Renewed(Executor):
    """A new pool for each task, as a cluster that replaces a dead worker."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return ProcessPoolExecutor(1).submit(fn, *args, **kwargs)


def test_only_what_kills_its_process_is_lost() -> None:
    results = list(in_order(Renewed(), deadly, range(12), negative, BatchLimits(batch=3, in_flight=2)))
    assert results == [-7 if number == 7 else 2 * number for number in range(12)]


def test_a_broken_executor_is_said() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        check_paths([__file__], executor=executor)


def test_a_mistake_of_convlint_is_the_failure_of_one_file(networks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from convlint import batches

    def sometimes(path: str, *arguments: Any) -> FileResult:
        if path.endswith("net5.yaml"):
            raise ValueError("a mistake")
        return check_found(path, *arguments)

    monkeypatch.setattr(batches, "check_found", sometimes)
    for executor in (None, ThreadPoolExecutor(2)):
        failures = [result for result in check_paths([networks], executor=executor) if result.failure]
        assert [(result.path, result.failure) for result in failures] == [
            (str(networks / "net5.yaml"), "ValueError: a mistake")
        ]
        assert "Traceback" in failures[0].notes[0]
