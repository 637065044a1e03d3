"""`convlint rule`: explains a rule, or lists all."""

from __future__ import annotations

import json

from convlint.catalogue import lookup
from convlint.cli.arguments import one_of
from convlint.cli.settings import add_config_options, with_own
from convlint.cli.terminal import write
from convlint.findings import Rule
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

OPERANDS = "[NAME]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="the name or code of a rule; without it, all are listed"
    )
    parser.add_argument("--output-format", default="text", metavar="NAME", help="text (default) or json")
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints one rule or the list, those of the settings of the working folder among them."""
    one_of("output format", arguments.output_format, ("text", "json"))
    return with_own(arguments, _print)


def _print(arguments: argparse.Namespace) -> int:
    rules = lookup.rules()
    if arguments.name is None:
        chosen = list(rules.values())
    else:
        by_code = {rule.code: rule.name for rule in rules.values()}
        name = by_code.get(arguments.name.upper(), arguments.name)
        chosen = [rules[one_of("rule", name, rules)]]
    if arguments.output_format == "json":
        entries = [{**_facts(rule), "page": lookup.rule_page(rule.name)} for rule in chosen]
        write(json.dumps(entries if arguments.name is None else entries[0], indent=1) + "\n")
    elif arguments.name is None:
        write("".join(_line(rule) for rule in chosen))
    else:
        write(f"# {chosen[0].name} ({chosen[0].code})\n\n{_status(chosen[0])}\n{lookup.rule_page(chosen[0].name)}")
    return 0


def _line(rule: Rule) -> str:
    state = rule.severity if rule.default else f"{rule.severity}, off"
    return f"{rule.code:5}  {rule.name:26} {state:12} {rule.summary}\n"


def _status(rule: Rule) -> str:
    off = "" if rule.default else ", off by default"
    fix = f" Fix: {rule.fixable}." if rule.fixable else ""
    since = f" Since {rule.since}." if rule.since else ""
    return f"{rule.summary} Severity: {rule.severity}{off}.{fix}{since}\n"


def _facts(rule: Rule) -> dict[str, object]:
    return {
        "name": rule.name,
        "code": rule.code,
        "severity": rule.severity,
        "group": rule.group,
        "summary": rule.summary,
        "default": rule.default,
        "status": rule.status,
        "since": rule.since,
        "fixable": rule.fixable or None,
    }
