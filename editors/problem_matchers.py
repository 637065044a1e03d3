"""The problem matchers for GitHub and for VS Code, from one table; `python regenerate.py` writes them.

Both read the lines of `convlint check --output-format concise`.
"""

from __future__ import annotations

import json
from typing import Any

from convlint.cli.watching import BEGINS, ENDS

_COLOUR = r"(?:\x1b\[[\d;]*m)?"
_GROUPS = {"file": 1, "line": 2, "column": 3, "severity": 4, "code": 5, "message": 6}


def regexp(severities: str) -> str:
    """What matches a line with one of some severities, coloured or not, in .NET, ECMAScript and Python alike."""
    place = rf"{_COLOUR}(.+?){_COLOUR}:(\d+):(\d+)"
    return rf"^{place}: {_COLOUR}({severities})\[([A-Za-z0-9-]+)\]{_COLOUR} (.*)$"


def github() -> dict[str, Any]:
    """The matchers for GitHub Actions, which calls an info a notice and cannot be told so by a line."""
    without_severity = {name: group for name, group in _GROUPS.items() if name != "severity"}
    return {
        "problemMatcher": [
            {"owner": "convlint", "pattern": [{"regexp": regexp("error|warning"), **_GROUPS}]},
            {
                "owner": "convlint-info",
                "severity": "notice",
                "pattern": [{"regexp": regexp("info"), **without_severity}],
            },
        ]
    }


def vscode() -> dict[str, Any]:
    """A `tasks.json` with a task that lints the folder once, and one that lints it whenever a file changes."""
    arguments = ["-m", "convlint", "check", "--output-format", "concise", "--color", "never"]
    matcher = {
        "owner": "convlint",
        "source": "convlint",
        "fileLocation": ["relative", "${workspaceFolder}"],
        "pattern": {"regexp": regexp("error|warning|info"), **_GROUPS},
    }
    background = {"activeOnStart": True, "beginsPattern": f"^{BEGINS}", "endsPattern": f"^{ENDS}"}
    task = {"label": "convlint", "type": "process", "command": "${command:python.interpreterPath}"}
    return {
        "version": "2.0.0",
        "tasks": [
            {**task, "args": arguments, "problemMatcher": matcher},
            {
                **task,
                "label": "convlint: watch",
                "args": [*arguments, "--watch"],
                "isBackground": True,
                "problemMatcher": {**matcher, "background": background},
            },
        ],
    }


FILES = {"github-problem-matcher.json": github, "vscode-tasks.json": vscode}
"""File name to what it holds."""


def text(name: str) -> str:
    """What a file holds."""
    return json.dumps(FILES[name](), indent=2) + "\n"
