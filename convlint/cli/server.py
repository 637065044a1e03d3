"""`convlint server`: a language server on standard input and output, for editors."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

from convlint.cli import UsageError
from convlint.cli.conclusion import Baselines
from convlint.cli.linting import left_out_by
from convlint.cli.settings import add_config_options, add_selection_options, settings_finder, settings_of_folder
from convlint.collector import collect_seldom
from convlint.findings import FileResult
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.server.documents import FindHeld

OPERANDS = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    add_selection_options(parser)
    add_config_options(parser)
    parser.set_defaults(size=[], scale=[])


def run(arguments: argparse.Namespace) -> int:
    """Serves until the client ends it; raises UsageError without pygls."""
    try:
        import pygls
    except ImportError:
        raise UsageError("the server needs the package pygls: pip install 'convlint[server]'") from None
    del pygls
    from convlint.server.serving import serve

    _refuse_mistakes(arguments)
    collect_seldom()
    serve(partial(_finder, arguments))
    return 0


def _refuse_mistakes(arguments: argparse.Namespace) -> None:
    """Raises UsageError for a mistake on the command line; one in a settings file is said in the editor."""
    settings_finder(arguments)
    alone = argparse.Namespace(**{**vars(arguments), "config": None, "isolated": True})
    settings_of_folder(settings_finder(alone), ".")


def _finder(arguments: argparse.Namespace) -> FindHeld:
    """What holds for each file, as a check of its folder would have it."""
    from convlint.server.documents import Held, SettingsError

    find = settings_finder(arguments)
    leaves_out = left_out_by(find)

    def held(path: str) -> Held:
        try:
            settings = find(path)
            return Held(settings.options, without_known(settings.baseline), leaves_out(path, False))
        except UsageError as error:
            raise SettingsError(str(error)) from None

    def without_known(baseline: str) -> Callable[[FileResult], FileResult]:
        def filtered(result: FileResult) -> FileResult:
            try:
                return Baselines(False).filtered(result, baseline)
            except UsageError as error:
                raise SettingsError(str(error)) from None

        return filtered

    return held
