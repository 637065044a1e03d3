"""TOML, as the standard library reads it from Python 3.11 on."""

from __future__ import annotations

import re
import sys

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


_MOST_PARTS = 64
"""Parts of a key with dots; the time that reading one takes grows with their square."""
_PART = rb"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_ENDLESS_KEY = re.compile(rb"(?<![\w-])%b(?:[ \t]*\.[ \t]*%b){%d}" % (_PART, _PART, _MOST_PARTS))


class TomlError(ValueError):
    """What is wrong with a TOML text."""


def parse(text: bytes) -> dict[str, object]:
    """The data of a TOML file; raises TomlError."""
    if _ENDLESS_KEY.search(text):
        raise TomlError(f"has a key of more than {_MOST_PARTS} parts")
    try:
        data: dict[str, object] = tomllib.loads(text.decode("utf-8-sig"))
    except RecursionError:
        raise TomlError("is nested too deeply") from None
    except UnicodeDecodeError:
        raise TomlError("is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        raise TomlError(f"is not valid TOML: {message[0].lower()}{message[1:]}") from None
    except ValueError:  # Python reads no number of so many digits
        raise TomlError("holds a number that is too long") from None
    return data
