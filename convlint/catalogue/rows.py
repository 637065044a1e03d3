"""How the modules of a row format (`[from, repeats, module, args]`) take their arguments: what a vocabulary holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from convlint.catalogue.parameters import Values
from convlint.domain.values import Shapes, Size
from convlint.typed import NamedTuple


class Row(NamedTuple):
    """How a row of one module becomes a layer of `operator`.

    `arguments` names the parameters that the args of a row fill, in their order; the first `fewest` must be there.
    `channels` is the parameter that takes the channels of the layer it reads, `scaled` are those that the width
    multiple scales, and `repeats` takes the repeats (without it, a row is built so many times in sequence). `tracked`
    gives, from the parameters and the channels of the layers that it reads, the channels that later rows are told;
    None keeps those of the row above. `selects` is the parameter that says which output of each input is read.
    `several` says that it reads a list, `is_head` that nothing stands below it, `is_output` that what it gives is an
    output of the network, and `ignores_rest` that args beyond these are dropped. `notes` is a word that the reader of
    rows asks for.
    """

    operator: str
    arguments: tuple[str, ...]
    fewest: int
    channels: str | None = None
    scaled: tuple[str, ...] = ()
    repeats: str | None = None
    tracked: Callable[[Values, Shapes], Size] | None = None
    several: bool = False
    selects: str | None = None
    is_head: bool = False
    is_output: bool = False
    ignores_rest: bool = False
    notes: str = ""


class Vocabulary(NamedTuple):
    """The modules that one family of row files knows.

    `needs` are top-level keys that a file must have, besides its rows, `unreachable` classes that exist but cannot be
    named in a file, and `torch_names` the classes of torch.nn. `severities` holds rules that weigh otherwise, and
    `evaluates` says that an arg such as `nn.LeakyReLU(0.1)` becomes a module.
    """

    name: str
    modules: Mapping[str, Row]
    unreachable: frozenset[str]
    torch_names: frozenset[str]
    severities: dict[str, str]
    needs: tuple[str, ...]
    evaluates: bool = False
