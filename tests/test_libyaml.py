"""PyYAML's binding of libyaml, with and without the rest of PyYAML."""

from __future__ import annotations

import subprocess
import sys

import pytest

TEXTS = [
    "a: [1, {b: 2}]",
    "a: [1",
    "a: b: c",
    "{a: *b}",
    "a: \x01",
    "? [x]",
    "a: &x 1\nb: *x",
    "a: 0o7\nyes: [on, !x 1, 'q', \"d\", ~, &y z, *y]\n<<: {k: |\n  text\n}",
    "&k key: {no: &v 1_0, 1e-5: *v}\n? *k\n: 2020-01-01",
    "just text",
    "\tq",
    "%TAG ! x",
    "--- !!int '3'",
]
SEEN = """
import sys
from convlint.source import Source, libyaml, parse
from convlint.source.nodes import Mapping, Sequence
def told(node):
    where = node.start, node.end, node.origin is not None
    if isinstance(node, Sequence):
        return where, node.flow, [told(item) for item in node.items]
    if isinstance(node, Mapping):
        entries = [(told(key), told(value)) for key, value in node.entries]
        return where, node.flow, entries, [(key, told(value)) for key, (_, value) in node.pairs.items()]
    return where, type(node).__name__, node.value, node.text, node.plain, node.ambiguous
{before}
for text in {texts!r}:
    documents, problem = parse(Source("a.yaml", text))
    for document in documents:
        print(told(document.root), [node.text for node in document.ambiguous], len(document.repeated_keys))
        print([(tag, node.start) for tag, node in document.tagged])
    print(problem)
print("yaml" in sys.modules, "yaml.reader" in sys.modules, file=sys.stderr)
{after}
"""
BARE = "libyaml.use_alone()"


def seen(before: str = "", after: str = "") -> tuple[str, str]:
    """What a process prints of the texts, and which parts of PyYAML it has loaded."""
    code = SEEN.format(before=before, texts=TEXTS, after=after)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout, run.stderr.strip()


def test_alone_it_reads_what_it_reads_with_all_of_pyyaml() -> None:
    pytest.importorskip("yaml._yaml")
    whole, bare = seen(), seen(BARE)
    assert bare[0] == whole[0]
    assert whole[1] == "True True"
    assert bare[1] == "False False"


@pytest.mark.parametrize(
    "other",
    [
        "sys.modules['yaml._yaml'] = None",
        "libyaml._REAL = ('yaml.error', 'yaml.elsewhere')",
    ],
    ids=["without libyaml", "laid out otherwise"],
)
def test_another_pyyaml_is_imported_as_ever(other: str) -> None:
    found = seen(f"{BARE}; {other}")
    assert found[1] == "True True"
    assert found[0].count("yaml-syntax") == seen()[0].count("yaml-syntax")


def test_a_later_import_gives_all_of_pyyaml() -> None:
    after = "import yaml; assert yaml.safe_load('a: 2020-01-01') and yaml.load('[1]', yaml.CSafeLoader) == [1]"
    assert seen(BARE, after)[1] == "False False"


def test_a_library_leaves_the_errors_of_pyyaml_as_they_are() -> None:
    code = (
        "import convlint; convlint.check_text('convlint: 1')\nimport yaml\n"
        "try: yaml.load('[', yaml.CSafeLoader)\nexcept yaml.parser.ParserError: print('known')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "known\n"
