"""`convlint operator`: explains an operator, or lists all."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from convlint.catalogue import lookup
from convlint.cli import UsageError
from convlint.cli.arguments import one_of
from convlint.cli.settings import add_config_options, with_own
from convlint.cli.terminal import write

OPERANDS = "[NAME]"
MOST_OF_A_FAMILY = 4
"""Operators that a name can stand for, and that are listed then."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the name of an operator; without it, all are listed")
    parser.add_argument("--source", action="store_true", help="print the Python function that its formula becomes")
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints one operator or the list, those of the settings of the working folder among them."""
    return with_own(arguments, _print)


def _print(arguments: argparse.Namespace) -> int:
    operators = lookup.operators()
    if arguments.name is None and arguments.source:
        raise UsageError("--source needs the name of an operator")
    if arguments.name is None:
        for group, names in lookup.operator_groups().items():
            lines = "".join(f"  {name:26} {operators[name]}\n" for name in names)
            write(f"{group}\n{lines}\n")
        for vocabulary, names in _modules().items():
            modules = lookup.vocabularies()[vocabulary].modules
            write(f"Modules of {vocabulary} files: {', '.join(name for name in names if name in modules)}\n\n")
            if parts := [name for name in names if name not in modules]:
                write(f"Parts of them, which only rules can name: {', '.join(parts)}\n\n")
    elif arguments.source:
        write(lookup.operator_source(_full_name(arguments.name, operators)))
    else:
        write(lookup.operator_page(_full_name(arguments.name, operators)))
    return 0


def _modules() -> dict[str, list[str]]:
    """The modules that each vocabulary declares itself."""
    declared = [name.partition(".") for name in lookup.declarations() if "." in name]
    return {
        vocabulary: [module for own, _, module in declared if own == vocabulary] for vocabulary in lookup.vocabularies()
    }


def _full_name(name: str, operators: Iterable[str]) -> str:
    """The operator of that name: of the native format, else of the first vocabulary or other library that has it."""
    found = [f"{vocabulary}.{name}" for vocabulary, modules in _modules().items() if name in modules]
    if found and name not in operators:
        return found[0]
    word = lookup.operator_word(name) if name not in operators else None
    if word is not None and len(word.operators) == 1:
        return word.operators[0]
    family = [other for other in operators if other.lower().startswith(name.lower())]
    if name not in operators and 1 < len(family) <= MOST_OF_A_FAMILY:
        raise UsageError(f"no operator is called '{name}'; there are {', '.join(family)}")
    return one_of("operator", name, lookup.declarations())
