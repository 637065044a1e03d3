"""Rewrites every file of the repository that is made from others: `python regenerate.py`.

With `--check` nothing is written, and the files that are stale are named.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import rule_places
from convlint.catalogue import lookup
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.describing import describe_file
from convlint.render.drawing.svg import render_svg
from convlint.schema.form_generation import config_schema, rules_schema
from convlint.schema.form_tables import with_tables
from convlint.schema.generation import layer_schemas
from convlint.schema.row_generation import row_schema
from convlint.schema.target_generation import bundle_schema, plans_schema
from convlint.schema.text import as_text
from editors import problem_matchers

ROOT = Path(__file__).parent


def _layers(name: str) -> str:
    return as_text(layer_schemas(lookup.declaration(operator) for operator in lookup.operators())[name])


def _picture(name: str) -> str:
    """The picture of an example, as `convlint show NAME --output-format svg` draws it from here."""
    networks, result = describe_file(str(ROOT / name))
    return "".join(render_svg(name, networks, result.findings))


FILES: dict[str, Callable[[], str]] = {
    "schemas/architecture.schema.json": lambda: _layers("architecture"),
    "schemas/operators.schema.json": lambda: _layers("operators"),
    "schemas/ultralytics.schema.json": lambda: as_text(row_schema()),
    "schemas/monai.schema.json": lambda: as_text(bundle_schema()),
    "schemas/nnunet.schema.json": lambda: as_text(plans_schema()),
    "schemas/rules.schema.json": lambda: as_text(rules_schema()),
    "schemas/config.schema.json": lambda: as_text(config_schema()),
    "docs/operator-language.md": lambda: with_tables((ROOT / "docs/operator-language.md").read_text(encoding="utf-8")),
    "docs/architecture.md": lambda: rule_places.with_table((ROOT / "docs/architecture.md").read_text(encoding="utf-8")),
    "docs/unet.svg": lambda: _picture("examples/unet.yaml"),
    "editors/github-problem-matcher.json": lambda: problem_matchers.text("github-problem-matcher.json"),
    "editors/vscode-tasks.json": lambda: problem_matchers.text("vscode-tasks.json"),
}
"""What each generated file holds."""


def stale() -> Iterator[str]:
    """The files that do not hold what their sources say."""
    for name, text in FILES.items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != text():
            yield name


def main(arguments: list[str]) -> int:
    """Rewrites what is stale, or only names it; 1 where something was stale then, 2 for a mistake in `rules/`."""
    try:
        found = list(stale())
    except RuleFileError as error:
        print(error, file=sys.stderr)
        return 2
    for name in found:
        print(name)
        if "--check" not in arguments:
            (ROOT / name).write_text(FILES[name](), encoding="utf-8", newline="\n")
    return 1 if found and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
