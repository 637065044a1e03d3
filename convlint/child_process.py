"""Child processes of Python: how one is started, how it ended, and how much memory it may take."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

SLACK = 1024 * 2**20
"""Address space beside what a child works on: threads, code that is loaded late."""
OUT_OF_MEMORY = 77
"""Exit status of a child that took more memory than it may, where it looks after that itself."""


def command(module: str, *arguments: str) -> list[str]:
    """The command line of a child that runs `main` of a module, with arguments.

    It takes the import path of this process but for the working folder, which may hold a stranger's files.
    """
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    strange = {"", os.getcwd()} - {home}
    path = [os.path.abspath(entry) for entry in sys.path if entry not in strange]
    start = f"import json, sys; sys.path[:] = json.loads(sys.argv.pop()); from {module} import main; main()"
    return [sys.executable, "-I", "-c", start, *arguments, json.dumps(path)]


def ended(child: subprocess.Popen[str] | subprocess.Popen[bytes]) -> int:
    """The status of a child that says no more; one that does not end by itself is killed."""
    try:
        return child.wait(1)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def limit_memory(megabytes: int) -> None:
    """Lets this process take no more than that beside what is in use: by the system where it can, else by looking."""
    extra = megabytes * 2**20
    if sys.platform == "linux":
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            in_use = int(file.read().split()[0]) * resource.getpagesize()
        wanted = in_use + extra + SLACK
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
        return
    threading.Thread(target=_watch_memory, args=(extra,), daemon=True).start()


def _watch_memory(extra: int) -> None:
    """Ends the process when it takes too much; where the system does not tell (Windows), only time is limited."""
    try:
        import resource
    except ImportError:
        return
    unit = 1 if sys.platform == "darwin" else 1024
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    while True:
        time.sleep(0.05)
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit > start + extra:
            os._exit(OUT_OF_MEMORY)
