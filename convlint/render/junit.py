"""JUnit XML, as GitLab, Jenkins and others read it: a suite a file, a failed case a finding.

Every finding is a failure, whatever its severity (`type` gives it): what is not to count is not selected. A file
without findings is one case that passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convlint.findings import FileResult, Finding, summarise
from convlint.render.lines import Lines
from convlint.render.places import region, relative_path
from convlint.render.text import printable
from convlint.render.wording import full_text, title

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """One XML document, in ASCII; skipped files are left out."""
    results = list(results)
    checked = [result for result in results if result.skipped is None or result.findings]
    summary = summarise(results)
    failures = summary.errors + summary.warnings + summary.infos
    tests = sum(_cases(result) for result in checked)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites{_attributes(name='convlint', tests=tests, failures=failures, errors=0)}>\n"
    lines = Lines()
    for result in checked:
        yield from _suite(result, lines)
    yield "</testsuites>\n"


def _cases(result: FileResult) -> int:
    return max(1, len(result.findings))


def _suite(result: FileResult, lines: Lines) -> Iterator[str]:
    path, failures = relative_path(result.path), len(result.findings)
    counts = _attributes(name=path, tests=_cases(result), failures=failures, errors=0, skipped=0, time=0)
    yield f" <testsuite{counts}>\n"
    if not result.findings:
        yield f"  <testcase{_attributes(name='convlint', classname=_class_name(path), file=path, time=0)}/>\n"
    for finding in result.findings:
        yield _case(finding, path, lines)
    yield " </testsuite>\n"


def _case(finding: Finding, path: str, lines: Lines) -> str:
    place = region(finding.place, lines)
    name = f"{finding.rule.name} at {place.line}:{place.column}"
    case = _attributes(name=name, classname=_class_name(path), file=path, line=place.line, time=0)
    failure = _attributes(message=title(finding), type=finding.severity)
    text = f"{path}:{place.line}:{place.column}: {finding.rule.code} {full_text(finding, lines)}"
    return f"  <testcase{case}>\n   <failure{failure}>{_escaped(text)}</failure>\n  </testcase>\n"


def _class_name(path: str) -> str:
    """The path without its ending: Jenkins takes what follows the last dot for the class, the rest for the package."""
    return path.rpartition(".")[0] or path


def _attributes(**values: object) -> str:
    return "".join(f' {name}="{_escaped(str(value))}"' for name, value in values.items())


def _escaped(text: str) -> str:
    """Text as XML in ASCII; what XML cannot hold is written as an escape that can be read."""
    shown = "\n".join(printable(line) for line in text.split("\n"))
    return shown.translate(_ESCAPES).encode("ascii", "xmlcharrefreplace").decode("ascii")
