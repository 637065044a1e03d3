"""Which operator a `_target_` names: a class of a package that convlint knows, by its full or its bare name."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.catalogue.lookup import Operator

_VOCABULARY = "monai"
_PACKAGES = ("monai.networks.nets",)
"""Where the package keeps its networks; a file may name the class alone, as the package looks it up by its name."""


def operator_named(target: str) -> Operator | None:
    """The operator that a dotted path or a bare class name means; None where it is no network that is known."""
    module, _, name = target.rpartition(".")
    if module and not any(module == package or module.startswith(f"{package}.") for package in _PACKAGES):
        return None
    return lookup.operator(f"{_VOCABULARY}.{name}")
