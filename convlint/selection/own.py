"""The files of operators and rules that settings name, and the rules that stand in settings themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator

from convlint.catalogue import extension
from convlint.catalogue.extension import Extension
from convlint.catalogue.loading import RuleSource
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.catalogue.rule_text import read_operator_text, read_page_text
from convlint.selection.config_values import ConfigError
from convlint.selection.layers import SettingsLayer


def load_extension(layers: tuple[SettingsLayer, ...]) -> Extension:
    """What settings files bring, the most general first; raises ConfigError and RuleFileError."""
    texts = [read_operator_text(path) for layer in layers for path in _paths(layer, "operators", (".yaml", ".yml"))]
    pages = [read_page_text(path) for layer in layers for path in _paths(layer, "rules", (".md",))]
    tables = [table for layer in layers for table in _tables(layer)]
    return extension.load_extension(texts, [*(RuleSource(page.data, page.error, page.page) for page in pages), *tables])


def _tables(layer: SettingsLayer) -> Iterator[RuleSource]:
    for number, table in enumerate(layer.values.get("rule", ()), 1):

        def wrong(key: str, problem: str, prefix: str = f"rule[{number}]") -> RuleFileError:
            return RuleFileError(problem, layer.origin, 0, f"{prefix}.{key}" if key else prefix)

        yield RuleSource(table, wrong)


def _paths(layer: SettingsLayer, key: str, endings: tuple[str, ...]) -> Iterator[str]:
    """The files that a setting names, those of folders in their order; none may lie outside the settings' folder."""
    root = os.path.realpath(layer.folder)
    for given in layer.values.get(key, ()):
        path = os.path.join(layer.folder, given)
        inside = os.path.realpath(path)
        if inside != root and not inside.startswith(root.rstrip(os.sep) + os.sep):
            raise ConfigError(f"{layer.origin}: {key}: {given} lies outside the folder of the settings file")
        if os.path.isdir(path):
            for folder, folders, names in os.walk(path):
                folders.sort()
                yield from (os.path.join(folder, name) for name in sorted(names) if _is_wanted(name, endings))
        elif os.path.isfile(path):
            yield path
        else:
            raise ConfigError(f"{layer.origin}: {key}: there is no file {given}")


def _is_wanted(name: str, endings: tuple[str, ...]) -> bool:
    return name.endswith(endings) and not name.lower().startswith("readme")
