"""A value in one line of YAML, as it stands in the native files that the program writes."""

from __future__ import annotations

import yaml

_WIDE = 10_000


def flow_text(value: object) -> str:
    """The value in `{ }` and `[ ]`, or the scalar that it is; expressions stand in double quotes."""
    text: str = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, sort_keys=False, width=_WIDE)
    return text.removesuffix("\n").removesuffix("\n...")


class _Dumper(yaml.SafeDumper):
    """Writes expressions in double quotes, as people do."""


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if text.startswith("${") else None)


_Dumper.add_representer(str, _string)
