"""Processes in which huge texts are worked on.

In the server itself they would hold up what is asked of other files, for as long as the collector looks through their
trees.
"""

from __future__ import annotations

import pickle
import subprocess
import threading
from collections.abc import Callable

from convlint.child_process import command, ended
from convlint.server.documents import Analysis, Answer, FindHeld, SettingsError
from convlint.typed import NamedTuple, cast

MOST_WORKERS = 2
"""Processes at a time; each keeps what it knows of one file."""
MEMORY = 4096
"""MiB that one of them may take."""

Question = Callable[[Analysis], Answer]
"""What is asked of a text; of a huge one, a function of a module, or a `partial` of one, that gives plain values."""
MakeFind = Callable[[], FindHeld]
"""Reads the settings anew."""


class HugeRequest(NamedTuple):
    """A question about a text of a file; columns are counted in an encoding of the protocol."""

    path: str
    text: str
    encoding: str
    question: Question[object]


class WorkerEndedError(Exception):
    """A process ended before it had answered, or could not be started; the message says how."""


class Seat:
    """The claim of one open file to a process; it asks one thing at a time."""

    def __init__(self, workers: Workers) -> None:
        self.is_given_up = False
        self._workers = workers

    def ask(self, path: str, text: str, encoding: str, question: Question[Answer]) -> tuple[str, Answer] | None:
        """As `OpenDocument.answer`; None after the seat was given up. Raises SettingsError and WorkerEndedError."""
        reply = self._workers.reply(self, HugeRequest(path, text, encoding, question))
        if isinstance(reply, SettingsError):
            raise reply
        return cast("tuple[str, Answer] | None", reply)

    def leave(self) -> None:
        """Ends the process that knows the file."""
        self._workers.end(self)

    def give_up(self) -> None:
        """Leaves it for good, even in the middle of an answer."""
        self.is_given_up = True
        self.leave()


class Workers:
    """The processes, which all seats share: whoever wants one more than there may be gets that which rests longest."""

    def __init__(self, read_settings: MakeFind) -> None:
        self._read_settings = read_settings
        self._running: list[_Worker] = []
        self._change = threading.Condition()

    def reply(self, seat: Seat, request: HugeRequest) -> object:
        """What a process says to a request; waits for one. None after the seat was given up."""
        worker = self._taken(seat)
        if worker is None:
            return None
        try:
            return worker.reply(request)
        except WorkerEndedError:
            if seat.is_given_up:
                return None
            raise
        finally:
            self._put_back(worker)

    def end(self, seat: Seat) -> None:
        """Ends the process that knows the file of a seat."""
        with self._change:
            leaving = [worker for worker in self._running if worker.seat is seat]
            self._running = [worker for worker in self._running if worker not in leaving]
            self._change.notify_all()
        for worker in leaving:
            worker.kill()

    def _taken(self, seat: Seat) -> _Worker | None:
        with self._change:
            while not seat.is_given_up:
                worker = self._free(seat)
                if worker is not None:
                    worker.seat, worker.is_busy = seat, True
                    return worker
                self._change.wait()
            return None

    def _free(self, seat: Seat) -> _Worker | None:
        """The process that knows the file of a seat, else a new one, else the one that answered longest ago."""
        self._running = [worker for worker in self._running if worker.is_busy or worker.is_alive]
        own = [worker for worker in self._running if worker.seat is seat]
        if not own and len(self._running) < MOST_WORKERS:
            own = [_started(self._read_settings)]
            self._running += own
        return next((worker for worker in own or self._running if not worker.is_busy), None)

    def _put_back(self, worker: _Worker) -> None:
        with self._change:
            worker.is_busy = False
            if worker in self._running:
                self._running.remove(worker)
                self._running.append(worker)
            self._change.notify_all()


def _started(read_settings: MakeFind) -> _Worker:
    """A new process; raises WorkerEndedError where the system gives none."""
    try:
        return _Worker(read_settings)
    except OSError as error:
        raise WorkerEndedError(f"no process for it could be started: {error.strerror or error}") from None


class _Worker:
    """A process, and the seat whose file it knows.

    It has a session of its own: Linux shares time among sessions first, so that the server keeps its part whatever is
    worked on, and Ctrl-C is for the server alone, which then ends it.
    """

    def __init__(self, read_settings: MakeFind) -> None:
        self.seat: Seat | None = None
        self.is_busy = False
        arguments = command("convlint.server.worker", str(MEMORY))
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, start_new_session=True)
        self._say(read_settings)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def reply(self, request: HugeRequest) -> object:
        """What it says to a request; raises WorkerEndedError."""
        assert self._process.stdout is not None
        try:
            self._say(request)
            return pickle.load(self._process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            raise WorkerEndedError(f"its process ended with status {ended(self._process)}") from None

    def _say(self, what: object) -> None:
        assert self._process.stdin is not None
        pickle.dump(what, self._process.stdin, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
