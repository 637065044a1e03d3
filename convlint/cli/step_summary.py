"""On GitHub Actions, puts on the page of the job what does not fit into its annotations."""

from __future__ import annotations

import os
from collections.abc import Iterable

from convlint.findings import FileResult


def follow_up(results: Iterable[FileResult]) -> str:
    """Adds a table of the findings to the summary of the step, if there are more than GitHub shows annotations.

    Returns what is to be said about it: nothing where nothing was added.
    """
    from convlint.render import renderer
    from convlint.render.github import SHOWN, hides_some

    path, results = os.environ.get("GITHUB_STEP_SUMMARY"), tuple(results)
    if not path or not hides_some(results):
        return ""
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(renderer("step_summary")(results, False))
    except OSError as error:
        return f"cannot write the step summary {path}: {error.strerror}"
    return f"GitHub shows {SHOWN} annotations of a kind for a step; the summary of the job lists the findings."
