"""`convlint.build`: from a file to a module, for programs."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from convlint.checking import check_file
from convlint.dialects import registry
from convlint.dialects.reading import load_file
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session, Trace
from convlint.findings import FileResult
from convlint.model import Architecture
from convlint.options import Options
from convlint.source.nodes import LineIndex
from convlint.torch_check import BuildError
from convlint.torch_check.inputs import with_concrete_inputs
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.torch_check.network import Layered


def build_file(path: str, options: Options, variant: str | None) -> Layered:
    """The module of the network of a file; raises BuildError where there is none, ImportError without torch."""
    import_module("torch")
    result = check_file(path, options)
    _refuse_errors(result)
    architectures = load_file(path, options)
    wanted = [item for item in architectures if variant is None or item.variant == variant]
    if len(wanted) != 1:
        raise BuildError(f"{path} holds {len(wanted)} networks" + (f" of scale {variant}" if variant else ""))
    concrete = with_concrete_inputs(wanted[0])
    if concrete is None:
        raise BuildError(f"{path}: no input size is known for which it can be built; give one in Options(sizes=...)")
    architecture, _ = concrete
    dialect = registry.named(result.dialect or "", options.dialects)
    if not dialect.builder:
        raise BuildError(f"{path}: nothing builds networks of the dialect '{dialect.name}'")
    build: Callable[[Architecture, Trace], Layered] = registry.builder(dialect)
    network = build(architecture, propagate(architecture.graph, architecture.inputs, Session({})))
    _refuse_same_paths(network)
    return network


def _refuse_errors(result: FileResult) -> None:
    """Raises BuildError for the first error; lost pixels are none to torch."""
    errors = [item for item in result.findings if item.stops]
    if errors:
        first = errors[0]
        line, column = LineIndex(first.place.source.text).position(first.place.start)
        raise BuildError(f"{result.path}:{line}:{column}: {first.message} ({first.rule.name})")


def _refuse_same_paths(network: Layered) -> None:
    """Raises BuildError where a state dict could not tell two layers apart: `b` of the block `a`, and a layer `a.b`."""
    seen = set()
    for path, _ in network.named_modules(remove_duplicate=False):
        if path in seen:
            raise BuildError("two layers have this path in a state dict", path)
        seen.add(path)
