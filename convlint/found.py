"""Checks a file that a search came upon: most are no architectures, and are not even parsed."""

from __future__ import annotations

from convlint.checking import check_file, check_source
from convlint.dialects import registry
from convlint.dialects.texts import is_carrier
from convlint.findings import FileResult
from convlint.options import Options
from convlint.source.nodes import Source
from convlint.source.reader import Limits, UnreadableError, decode, read_bytes


def check_found(path: str, options: Options = Options()) -> FileResult:
    """What is wrong with a file, if it is an architecture; else `skipped` says why it is none. Never raises."""
    if is_carrier(path):
        return if_meant(check_file(path, options))
    limits = Limits()
    try:
        data = read_bytes(path, limits.bytes + 1)
    except UnreadableError:
        return check_file(path, options)
    source = decode(path, data, limits)
    text = source.text if isinstance(source, Source) else data.replace(b"\0", b"").decode("latin-1").lstrip("\xff\xfe")
    dialects = registry.marked(text, options.dialects)
    if not dialects:
        return FileResult(path, skipped=registry.NO_MARK)
    if isinstance(source, Source):
        return if_meant(check_source(source, options))
    if registry.claimant(text, dialects) is None:
        return FileResult(path, skipped=f"{source.message}, and {registry.NO_MARK}")
    return check_file(path, options)


def if_meant(result: FileResult) -> FileResult:
    """The result of a file that a search came upon: of one that is no architecture nothing is said but why."""
    if result.dialect is not None or not result.findings or result.findings[0].rule.name == "unreadable-file":
        return result
    return FileResult(result.path, skipped=result.skipped or f"cannot be parsed: {result.findings[0].message}")
