"""The settings of one place (a file, a profile, the command line), before they are resolved."""

from __future__ import annotations

from collections.abc import Mapping

from convlint.selection.config_values import ConfigError
from convlint.typed import Any, NamedTuple

COMMAND_LINE = "command line"


class SettingsLayer(NamedTuple):
    """The settings of one place; a later layer has the last word. Its paths count from `folder`."""

    origin: str
    folder: str
    values: Mapping[str, Any]

    def error(self, key: str, problem: str) -> ConfigError:
        """What is wrong with a setting of this layer; of the command line, people know where it stands."""
        return ConfigError(problem if self.origin == COMMAND_LINE else f"{self.origin}: {key}: {problem}")
