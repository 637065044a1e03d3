"""Settings files: reads and checks them, and resolves what holds for one linted file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from convlint.catalogue import lookup
from convlint.catalogue.data_checks import Misfit
from convlint.dialects import registry
from convlint.discovery import matches
from convlint.findings import Rule
from convlint.limits import SETTINGS_BYTES
from convlint.nearest import nearest_hint
from convlint.options import AUTO, Options
from convlint.selection.config_files import PROJECT, closest_config
from convlint.selection.config_values import PROFILES, ConfigError, check_values
from convlint.selection.layers import COMMAND_LINE, SettingsLayer
from convlint.selection.selectors import UnknownSelectorError, enabled_rules, rule_of
from convlint.selection.settings import Glob, Setting, Settings
from convlint.selection.toml import TomlError, parse
from convlint.source.reader import UnreadableError, read_bytes
from convlint.typed import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from convlint.catalogue.extension import Extension

DEFAULT = "default"
_SELECTION = ("select", "extend-select", "ignore")
_DEFAULTS: dict[str, object] = {"profile": "default", "dialect": "auto", "fail-on": "error"}
_MOST_EXTENDED = 32


class Config(NamedTuple):
    """Settings files that hold together, the most general first, and the operators and rules that they bring."""

    layers: tuple[SettingsLayer, ...] = ()
    extension: Extension | None = None

    def per_file_origins(self, path: str) -> tuple[str, ...]:
        """What tells the settings of one file from those of others: the per-file settings that speak of it."""
        return tuple(layer.origin for layer in _per_file(self, os.path.abspath(path)))


def load_config(path: str) -> Config:
    """A settings file with all that it extends; raises ConfigError."""
    layers = tuple(_with_extended(path, ()))
    for layer in layers:
        if layer.values.keys() & {"operators", "rules", "rule"}:
            from convlint.selection.own import load_extension

            return Config(layers, load_extension(layers))
    return Config(layers)


def _with_extended(path: str, inside: tuple[str, ...]) -> Iterator[SettingsLayer]:
    layer = _read(path)
    seen = (*inside, os.path.realpath(path))
    if "extend" in layer.values:
        base = os.path.normpath(os.path.join(layer.folder, layer.values["extend"]))
        if os.path.realpath(base) in seen or len(seen) > _MOST_EXTENDED:
            raise layer.error("extend", f"{_shown(base)} extends itself")
        if not os.path.isfile(base):
            raise layer.error("extend", f"there is no file {_shown(base)}")
        yield from _with_extended(base, seen)
    yield layer


def _read(path: str) -> SettingsLayer:
    name = _shown(path)
    try:
        text = read_bytes(path, SETTINGS_BYTES + 1)
    except UnreadableError as error:
        raise ConfigError(f"{name}: cannot be read: {error}") from None
    if len(text) > SETTINGS_BYTES:
        raise ConfigError(f"{name}: is larger than {SETTINGS_BYTES} bytes")
    try:
        values = parse(text)
        if os.path.basename(path) == PROJECT:
            tool = values.get("tool")
            values = tool.get("convlint", {}) if isinstance(tool, dict) else {}
        elif "tool" in values:
            raise Misfit("tool", f"settings stand here without the table [tool.convlint], which is for {PROJECT}")
        check_values(values)
    except TomlError as error:
        raise ConfigError(f"{name} {error}") from None
    except Misfit as error:
        raise ConfigError(f"{name}: {error}") from None
    return SettingsLayer(name, os.path.dirname(os.path.abspath(path)), values)


def _shown(path: str) -> str:
    """A path as messages name it: from the working folder, where that is shorter."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    return relative if len(relative) < len(path) else path


def closest_options(path: str) -> Options:
    """What the closest settings file says of a file, without a command line; raises ValueError."""
    file = closest_config(os.path.dirname(os.path.abspath(path)), {})
    if file is None:
        return Options()
    return resolve(load_config(file), path, SettingsLayer(COMMAND_LINE, os.getcwd(), {})).options


# --- resolving


def resolve(config: Config, path: str, command_line: SettingsLayer) -> Settings:
    """What holds for the file at `path`; raises ConfigError where a setting names what does not exist."""
    layers = tuple(_layers(config, os.path.abspath(path), command_line))
    rules = {**lookup.rules(), **(config.extension.rules if config.extension is not None else {})}
    values = _Values(layers)
    for key, value in _DEFAULTS.items():
        values.default(key, value)
    enabled, changes = _enabled(rules, layers)
    severities = _severities(rules, layers, values)
    sizes, defaults = _sizes(layers)
    brought = _brought(layers)
    with lookup.extended(config.extension):
        tables = _tables(values, brought)
    options = Options(
        sizes,
        _dialect(values, brought),
        enabled,
        tuple(values.get("scales", ())),
        default_sizes=defaults,
        severities=severities,
        extension=config.extension,
        dialects=brought,
        tables=tables,
    )
    return Settings(
        options,
        values.get("fail-on", "error"),
        tuple(Glob(layer.folder, pattern) for layer in layers for pattern in layer.values.get("exclude", ())),
        _include(layers),
        _baseline(layers),
        (*values.given(), *changes),
    )


def _layers(config: Config, path: str, command_line: SettingsLayer) -> Iterator[SettingsLayer]:
    """All that is said of one file, the most general first."""
    files = config.layers
    chosen = [(layer.values["profile"], layer.origin) for layer in (*files, command_line) if "profile" in layer.values]
    if chosen:
        profile, origin = chosen[-1]
        yield SettingsLayer(f"profile {profile} ({origin})", "", PROFILES[profile])
    yield from files
    yield from _per_file(config, path)
    yield command_line


def _per_file(config: Config, path: str) -> Iterator[SettingsLayer]:
    for layer in config.layers:
        for pattern, values in layer.values.get("per-file", {}).items():
            if matches(path, pattern, layer.folder):
                yield SettingsLayer(f'{layer.origin}, per-file "{pattern}"', layer.folder, values)


class _Values:
    """Each value with the layer that has the last word on it."""

    def __init__(self, layers: tuple[SettingsLayer, ...]) -> None:
        self._known: dict[str, Setting] = {}
        self._lists: list[Setting] = []
        for layer in layers:
            for key, value in layer.values.items():
                self._add(key, value, layer.origin)

    def _add(self, key: str, value: Any, origin: str) -> None:
        if key == "sizes" or (isinstance(value, dict) and key not in ("severity", "per-file")):
            for name, item in value.items():
                self._known[f"{key}.{name}"] = Setting(f"{key}.{name}", item, origin)
        elif key in ("profile", "dialect", "fail-on", "include", "baseline", "scales"):
            self._known[key] = Setting(key, value, origin)
        elif key in (*_SELECTION, "exclude", "operators", "rules", "dialects"):
            self._lists.append(Setting(key, value, origin))
        elif key == "rule":
            self._lists.append(Setting(key, [table["name"] for table in value], origin))

    def default(self, key: str, value: object) -> None:
        self._known.setdefault(key, Setting(key, value, DEFAULT))

    def severity(self, rule: str, value: str, origin: str) -> None:
        self._known[f"severity.{rule}"] = Setting(f"severity.{rule}", value, origin)

    def get(self, key: str, otherwise: object) -> Any:
        found = self._known.get(key)
        return otherwise if found is None else found.value

    def table(self, name: str) -> dict[str, Any]:
        """The values of a table by their keys."""
        inside = f"{name}."
        return {key.removeprefix(inside): item.value for key, item in self._known.items() if key.startswith(inside)}

    def origin(self, key: str) -> str:
        return self._known[key].origin

    def given(self) -> list[Setting]:
        first = [self._known[key] for key in _DEFAULTS]
        rest = [self._known[key] for key in sorted(self._known) if key not in _DEFAULTS]
        return [*first, *rest, *self._lists]


def _enabled(
    rules: Mapping[str, Rule], layers: tuple[SettingsLayer, ...]
) -> tuple[frozenset[str] | None, list[Setting]]:
    """The enabled rules (None for the default ones), and those that are on or off otherwise than by default."""
    default = frozenset(name for name, rule in rules.items() if rule.default)
    enabled, changed = default, dict[str, Setting]()
    for layer in layers:
        select, extend, ignore = (layer.values.get(key, ()) for key in _SELECTION)
        if not (select or extend or ignore):
            continue
        _refuse_unknown_rules(rules, layer)
        following = enabled_rules(rules, select, extend, ignore, enabled)
        for name in sorted(following ^ enabled):
            changed[name] = Setting(f"rules.{name}", "on" if name in following else "off", layer.origin)
        enabled = following
    told = [changed[name] for name in sorted(enabled ^ default)]
    return (None if enabled == default else enabled), told


def _refuse_unknown_rules(rules: Mapping[str, Rule], layer: SettingsLayer) -> None:
    for key in _SELECTION:
        for selector in layer.values.get(key, ()):
            try:
                enabled_rules(rules, [selector])
            except UnknownSelectorError as error:
                raise layer.error(key, f"{error}; {_rule_hint(selector, rules)}") from None


def _rule_hint(name: str, rules: Mapping[str, Rule]) -> str:
    return nearest_hint(name, rules) or "'convlint rule' lists all"


def _severities(
    rules: Mapping[str, Rule], layers: tuple[SettingsLayer, ...], values: _Values
) -> tuple[tuple[str, Any], ...]:
    found: dict[str, Any] = {}
    for layer in layers:
        for name, severity in layer.values.get("severity", {}).items():
            try:
                rule = rule_of(rules, name)
            except UnknownSelectorError as error:
                raise layer.error("severity", f"{error}; {_rule_hint(name, rules)}") from None
            found[rule] = severity
            values.severity(rule, severity, layer.origin)
    return tuple(sorted(found.items()))


def _sizes(layers: tuple[SettingsLayer, ...]) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
    """(the sizes of the command line, which hold in spite of the file; those of settings files, which it may state)."""
    given: dict[str, int] = {}
    defaults: dict[str, int] = {}
    for layer in layers:
        (given if layer.origin == COMMAND_LINE else defaults).update(layer.values.get("sizes", {}))
    return tuple(given.items()), tuple(defaults.items())


def _brought(layers: tuple[SettingsLayer, ...]) -> tuple[str, ...]:
    """The dialects of other packages that settings name, each once."""
    return tuple(dict.fromkeys(name for layer in layers for name in layer.values.get("dialects", ())))


def _dialect(values: _Values, brought: tuple[str, ...]) -> str:
    """The chosen dialect; raises ConfigError where it is none of those that ship or are brought."""
    chosen: str = values.get("dialect", AUTO)
    known = registry.names(brought)
    if chosen not in known:
        hint = nearest_hint(chosen, known) or f"choose one of {', '.join(known)}"
        raise ConfigError(f"no dialect is called '{chosen}'; {hint}")
    return chosen


def _tables(values: _Values, brought: tuple[str, ...]) -> tuple[tuple[str, tuple[tuple[str, object], ...]], ...]:
    """The settings of each dialect that has some; raises ConfigError for one that cannot be followed."""
    tables = []
    for dialect in registry.dialects(brought):
        given = values.table(dialect.name)
        if not given:
            continue
        misfit = registry.reader(dialect).misfit(given)
        if misfit is not None:
            key = f"{dialect.name}.{misfit[0]}"
            raise ConfigError(f"{values.origin(key)}: {key}: {misfit[1]}")
        tables.append((dialect.name, tuple((key, _frozen(value)) for key, value in given.items())))
    return tuple(tables)


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _include(layers: tuple[SettingsLayer, ...]) -> tuple[Glob, ...]:
    """The globs of the last layer that has some."""
    found = [layer for layer in layers if "include" in layer.values]
    return tuple(Glob(found[-1].folder, pattern) for pattern in found[-1].values["include"]) if found else ()


def _baseline(layers: tuple[SettingsLayer, ...]) -> str:
    """The path that the last layer with a baseline names."""
    found = [os.path.join(layer.folder, layer.values["baseline"]) for layer in layers if "baseline" in layer.values]
    return os.path.normpath(found[-1]) if found else ""


def is_left_out(path: str, is_folder: bool, settings: Settings) -> bool:
    """Whether settings keep a file or a folder that a search comes upon from being looked at."""
    where = os.path.abspath(path)
    if any(matches(where, glob.pattern, glob.folder) for glob in settings.exclude):
        return True
    if is_folder or not settings.include:
        return False
    return not any(matches(where, glob.pattern, glob.folder) for glob in settings.include)
