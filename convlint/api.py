"""The functions of the public API: thin, typed, and without a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike, fspath

from convlint.checking import check_file as _check_file
from convlint.checking import check_source
from convlint.describing import describe_file
from convlint.dialects.reading import load_file
from convlint.dialects.registry import UnknownDialectError
from convlint.discovery import find_files
from convlint.facts import NetworkFacts
from convlint.findings import FileResult
from convlint.model import Architecture
from convlint.options import Options
from convlint.source.nodes import Source
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from convlint.batches import OptionsOfFiles
    from convlint.comparing.difference import Difference
    from convlint.tensors.loading import Loading
    from convlint.tensors.state import NetworkState
    from convlint.torch_check.network import Layered


def check_text(text: str, path: str = "<text>", options: Options = Options(), *, advice: bool = True) -> FileResult:
    """Checks one text; `path` is only the name that findings carry. Bad input gives findings, never an exception.

    Without advice, findings have no `help` and no `fix`, as with `Options(advice="none")`: for a program that asks of
    many networks whether they fit together.

    Options that cannot be followed (a dialect that no package brings) give a result with a `failure`.
    """
    try:
        asked = options if advice else options._replace(advice="none")
        return check_source(Source(path, text.lstrip("\ufeff")), asked)
    except UnknownDialectError as error:
        return FileResult(path, failure=str(error))


def options_for(path: str | PathLike[str]) -> Options:
    """What the closest settings file above a file says of it, as on the command line; raises ValueError if it is wrong.

    Nothing is remembered from one call to the next.
    """
    from convlint.selection.configuration import closest_options

    return closest_options(fspath(path))


def check_file(path: str | PathLike[str], options: Options = Options()) -> FileResult:
    """Checks one file; one that is no architecture gives the finding `not-an-architecture`."""
    return _check_file(fspath(path), options)


def check_paths(
    paths: Iterable[str | PathLike[str]], options: OptionsOfFiles = Options(), executor: Executor | None = None
) -> tuple[FileResult, ...]:
    """Checks files and folders; in folders, YAML that is no architecture is skipped (`FileResult.skipped` says why).

    `options` may be a function from the path of a file, such as `options_for`. An `executor` (of processes, or of a
    cluster that sees the same files) shares the work; the order stays. A file whose check did not come to an end has a
    `failure`, and hides no other. Raises what `executor.submit` raises.
    """
    return tuple(check_each(paths, options, executor))


def check_each(
    paths: Iterable[str | PathLike[str]], options: OptionsOfFiles = Options(), executor: Executor | None = None
) -> Iterator[FileResult]:
    """As `check_paths`, one result after the other: more files than fit into memory."""
    from convlint import batches

    return batches.check_each(find_files([fspath(path) for path in paths]), options, executor)


def load(path: str | PathLike[str], options: Options = Options()) -> tuple[Architecture, ...]:
    """The networks of a file as graphs of layers, one a document and variant; empty for a file that holds none."""
    return load_file(fspath(path), options)


def describe(path: str | PathLike[str], options: Options = Options()) -> tuple[NetworkFacts, ...]:
    """The networks of a file, one a variant: each layer with its shapes, parameters, MACs and receptive field."""
    return describe_file(fspath(path), options)[0]


def state(path: str | PathLike[str], options: Options = Options()) -> tuple[NetworkState, ...]:
    """The tensors of the networks of a file, one a variant: names, shapes and order of `state_dict()`.

    Names are those that the package gives which builds the format; for a native file, those of `build(path)`. A size
    that is not known is None in a shape, and layers whose tensors cannot be told stand under `unknown`.
    """
    from convlint.tensors.state import state_of_file

    return state_of_file(fspath(path), options)[0]


def build(path: str | PathLike[str], options: Options = Options(), variant: str | None = None) -> Layered:
    """The network of a file as a torch.nn.Module in training mode, with the initial weights of torch.

    Layers are submodules of their names, blocks are modules of their own, and the copies of `repeat` are numbered from
    0. `forward` takes the inputs in the order of the file, or by name, each with its batch in front, and returns the
    output, or a dictionary where the file names several. Where the file leaves an input size open, what depends on it
    is built for the smallest valid one.

    Raises BuildError (a ValueError) where the file has errors or holds no network, or several and `variant` does not
    say which; and ImportError without torch.
    """
    from convlint.building import build_file

    return build_file(fspath(path), options, variant)


def diff(
    old: str | PathLike[str],
    new: str | PathLike[str],
    options: Options = Options(),
    variant: str | None = None,
    old_variant: str | None = None,
) -> Difference:
    """What changed from one architecture to another, by structure; each may be `REV:PATH`, or a .pt that carries one.

    Raises NoNetworkError (a ValueError) where a file holds no network, or none of that variant.
    """
    from convlint.comparing.difference import diff as differ

    return differ(fspath(old), fspath(new), options, variant, old_variant)


def weights(
    path: str | PathLike[str],
    weights: str | PathLike[str],
    options: Options = Options(),
    variant: str | None = None,
    weights_variant: str | None = None,
) -> Loading:
    """What of a weight file (or of another architecture) loads into a network, and which layers to rename.

    Nothing of the weight file is run, and torch is not needed. Without a variant, the one that the name of the file
    says is taken, or the one into which most loads. Raises WeightsError where the weights cannot be read, and
    NoNetworkError where a file holds no network; both are ValueErrors.
    """
    from convlint.tensors.loading import loading

    return loading(fspath(path), fspath(weights), options, variant, weights_variant)
