"""TOML, as the standard library reads it from Python 3.11 on."""

from __future__ import annotations

import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class TomlError(ValueError):
    """What is wrong with a TOML text."""


def parse(text: bytes) -> dict[str, Any]:
    """The data of a TOML file; raises TomlError."""
    try:
        data: dict[str, Any] = tomllib.loads(text.decode("utf-8-sig"))
    except RecursionError:
        raise TomlError("is nested too deeply") from None
    except UnicodeDecodeError:
        raise TomlError("is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        raise TomlError(f"is not valid TOML: {message[0].lower()}{message[1:]}") from None
    return data
