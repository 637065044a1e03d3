"""The settings that hold for a file: from the command line, and from the closest settings file."""

from __future__ import annotations

import os
from collections.abc import Callable

from convlint.cli import UsageError
from convlint.cli.arguments import one_of, size
from convlint.dialects import registry
from convlint.findings import SEVERITIES
from convlint.options import AUTO, Options
from convlint.selection.config_files import closest_config
from convlint.selection.settings import Settings
from convlint.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from convlint.selection.configuration import Config

_SELECTION = ("select", "extend-select", "ignore")
_PROBE = "file"
"""Stands for a file of a folder where settings are asked of the folder."""
FindSettings = Callable[[str], Settings]


def add_selection_options(parser: argparse.ArgumentParser) -> None:
    """`--select`, `--extend-select`, `--ignore` and `--fail-on`."""
    for name, text in (
        ("select", "check only these rules: names, codes, prefixes such as CL2, or ALL, with commas between them"),
        ("extend-select", "check these rules too"),
        ("ignore", "do not check these rules"),
    ):
        parser.add_argument(f"--{name}", action="append", default=[], metavar="RULES", help=text)
    parser.add_argument("--fail-on", metavar="SEVERITY", help="error (default), warning or info")


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """`--config` and `--isolated`."""
    parser.add_argument("--config", metavar="FILE", help="use this settings file in place of the closest one")
    parser.add_argument("--isolated", action="store_true", help="use no settings file")


def settings_finder(arguments: argparse.Namespace) -> FindSettings:
    """The function from the path of a file to the settings that hold for it; it raises UsageError.

    The file need not exist. What is read is remembered.
    """
    values = _values(arguments)
    config_of = _config_finder(arguments)
    configs: dict[str, Config] = {}
    known: dict[tuple[str | None, tuple[str, ...]], Settings] = {}

    def settings(path: str) -> Settings:
        file = config_of(path)
        if file is not None and file not in configs:
            configs[file] = _load(file)
        config = None if file is None else configs[file]
        key = (file, () if config is None else config.per_file_origins(path))
        if key not in known:
            known[key] = _resolved(config, path, values)
        return known[key]

    return settings


def with_own(arguments: argparse.Namespace, function: Callable[[argparse.Namespace], int]) -> int:
    """Runs a command that knows the operators and rules which the settings of the working folder bring."""
    from convlint.catalogue import lookup

    file = _config_finder(arguments)(_PROBE)
    own = _load(file).extension if file is not None else None
    with lookup.extended(own):
        return function(arguments)


def settings_of_folder(find: FindSettings, folder: str) -> Settings:
    """What holds for the entries of a folder that no per-file settings speak of."""
    return find(os.path.join(folder, _PROBE))


def every_setting(arguments: argparse.Namespace, path: str) -> tuple[list[str], Settings]:
    """(the settings files that hold for a file or a folder, the most general first, and the settings)."""
    probe = os.path.join(path, _PROBE) if os.path.isdir(path) else path
    file = _config_finder(arguments)(probe)
    config = None if file is None else _load(file)
    settings = _resolve(config, probe, _values(arguments))
    return [layer.origin for layer in config.layers] if config is not None else [], settings


def settings_files(arguments: argparse.Namespace, path: str) -> list[str]:
    """The settings files that hold for a file or a folder; only the closest one where it cannot be read."""
    try:
        return every_setting(arguments, path)[0]
    except UsageError:
        file = _config_finder(arguments)(os.path.join(path, _PROBE) if os.path.isdir(path) else path)
        return [] if file is None else [file]


def _config_finder(arguments: argparse.Namespace) -> Callable[[str], str | None]:
    given: str | None = arguments.config
    if given is not None and arguments.isolated:
        raise UsageError("--config and --isolated exclude each other")
    if given is not None and not os.path.isfile(given):
        raise UsageError(f"--config: there is no file {given}")
    if given is not None or arguments.isolated:
        return lambda path: given
    known: dict[str, str | None] = {}
    return lambda path: closest_config(os.path.dirname(os.path.abspath(path)), known)


def _load(file: str) -> Config:
    from convlint.catalogue.rule_file_error import RuleFileError
    from convlint.selection.config_values import ConfigError
    from convlint.selection.configuration import load_config

    try:
        return load_config(file)
    except (ConfigError, RuleFileError) as error:
        raise UsageError(str(error)) from None


def _resolved(config: Config | None, path: str, values: dict[str, Any]) -> Settings:
    """The settings; what takes a settings file or the names of rules is imported only where there are any."""
    if config is None and not any(key in values for key in _SELECTION):
        return _plain(values)
    return _resolve(config, path, values)


def _resolve(config: Config | None, path: str, values: dict[str, Any]) -> Settings:
    from convlint.selection.config_values import ConfigError
    from convlint.selection.configuration import Config, resolve
    from convlint.selection.layers import COMMAND_LINE, SettingsLayer

    try:
        return resolve(config or Config(), path, SettingsLayer(COMMAND_LINE, os.getcwd(), values))
    except ConfigError as error:
        raise UsageError(str(error)) from None


def _plain(values: dict[str, Any]) -> Settings:
    """The settings of a run without a settings file."""
    options = Options(
        tuple(values.get("sizes", {}).items()),
        one_of("dialect", values.get("dialect", AUTO), registry.names()),
        None,
        tuple(values.get("scales", ())),
    )
    baseline = os.path.abspath(values["baseline"]) if "baseline" in values else ""
    return Settings(options, values.get("fail-on", "error"), baseline=baseline)


def _values(arguments: argparse.Namespace) -> dict[str, object]:
    """What the command line says, in the words of a settings file."""
    given: dict[str, Any] = {}
    for key in _SELECTION:
        texts = getattr(arguments, key.replace("-", "_"), ())
        chosen = [part.strip() for text in texts for part in text.split(",") if part.strip()]
        if chosen:
            given[key] = chosen
    if getattr(arguments, "dialect", None) is not None:
        given["dialect"] = arguments.dialect
    if getattr(arguments, "fail_on", None) is not None:
        given["fail-on"] = one_of("severity", arguments.fail_on, SEVERITIES)
    if getattr(arguments, "baseline", None) is not None:
        given["baseline"] = arguments.baseline
    if arguments.size:
        given["sizes"] = dict(size(text) for text in arguments.size)
    if getattr(arguments, "scale", None):
        given["scales"] = list(arguments.scale)
    return given
