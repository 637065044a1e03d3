"""The networks of a file, or of a file at a revision, for the commands that compare them with something else."""

from __future__ import annotations

from collections.abc import Mapping

from convlint.catalogue import lookup
from convlint.checking import study
from convlint.collector import collector_paused
from convlint.dialects.revisions import RevisionError, read_either
from convlint.engine.examination import Examined
from convlint.options import Options
from convlint.source.nodes import Source
from convlint.typed import TypeVar
from convlint.variants import is_named_for

_Network = TypeVar("_Network")


class NoNetworkError(ValueError):
    """A file that cannot be read or holds no network, or no variant of a name; the message names the file."""


def networks_in(name: str, options: Options = Options()) -> dict[str | None, Examined]:
    """The variants of the networks of a file, or of `REV:PATH`, by name. Raises NoNetworkError."""
    try:
        source = read_either(name)
    except RevisionError as error:
        raise NoNetworkError(str(error)) from None
    if not isinstance(source, Source):
        raise NoNetworkError(f"{name}: {source.message}")
    with lookup.extended(options.extension), collector_paused():
        found = study(source, options).networks
    if not found:
        raise NoNetworkError(f"{name} holds no network; 'convlint check' says why")
    by_variant: dict[str | None, Examined] = {}
    for one in found:
        by_variant.setdefault(one.architecture.variant, one)
    return by_variant


def named(name: str, networks: Mapping[str | None, _Network], variant: str) -> _Network:
    """The network of a variant. Raises NoNetworkError."""
    if variant not in networks:
        known = ", ".join([one for one in networks if one])
        hint = f"choose one of {known}" if known else "it has none"
        raise NoNetworkError(f"{name} has no variant '{variant}'; {hint}")
    return networks[variant]


def variant_of(name: str, networks: Mapping[str | None, _Network]) -> str | None:
    """The variant that the name of a file says; None where it says none."""
    return next((one for one in networks if one is not None and is_named_for(name, one)), None)
