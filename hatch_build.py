"""Compiles `rules/` into a wheel, so that an installed convlint starts without reading YAML."""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileRules(BuildHookInterface[Any]):
    """Adds the compiled modules to a wheel; an editable install compiles on first use."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Writes the modules to a temporary folder and includes them."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from convlint.catalogue.compiled import write_compiled

        self._folder = tempfile.TemporaryDirectory()
        write_compiled(os.path.join(self.root, "rules"), self._folder.name)
        for name in os.listdir(self._folder.name):
            build_data["force_include"][os.path.join(self._folder.name, name)] = f"convlint/catalogue/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Removes the temporary folder."""
        if version != "editable":
            self._folder.cleanup()
