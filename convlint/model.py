"""The one picture of a network that all stages share: a reader makes it, the engine propagates shapes through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingType
from types import MappingProxyType

from convlint.domain.values import Shape
from convlint.findings import Finding, Place, Severity
from convlint.source.nodes import AnyNode, Mapping
from convlint.typed import Any, NamedTuple, Protocol


class Port(NamedTuple):
    """Output `output` of layer number `layer` of a graph; inputs of the graph are layers -1, -2, ..."""

    layer: int
    output: int = 0


class Places(Protocol):
    """Where the parts of a layer stand in its file."""

    def at(self, key: str, item: int | None = None) -> Place:
        """A `Part` of the layer, a parameter, or an item of one; what names the layer where the file has none."""

    def span(self) -> Place:
        """The whole layer."""

    def written(self) -> tuple[str, Mapping | None]:
        """(the text, the node that holds the layer's parameters by name; None in a format without such nodes)."""


class Learned(NamedTuple):
    """A module that was read from the source of a repository.

    `outputs` gives the shapes of its outputs from those of its inputs, UNKNOWN where they are not known, and
    `parameters` how many it learns, None where that is not known. `slots` lists what it registers, in the order of
    `state_dict()` (`convlint.engine.assembly.Slot`); None where that is not known. `inside` gives what is in it for
    inputs of these shapes (`convlint.engine.opening.Opened`), None where not all of it was followed. `origin` is what
    its reader knows it by.
    """

    name: str
    outputs: Callable[[tuple[Shape, ...]], tuple[Shape, ...]]
    parameters: Callable[[], int | None]
    slots: Callable[[], tuple[Any, ...] | None]
    inside: Callable[[tuple[Shape, ...]], Any]
    origin: Callable[[], object] = lambda: None


class Layer(NamedTuple):
    """One layer of a graph.

    `operator` names a declaration, is a `Graph` for a block or `Learned` from source, or None where it is unknown.
    `parameters` are its
    values in the order of the declaration, None where one is inferred. A `None` among `sources` is an input that could
    not be resolved: its shape is unknown. `expected` holds the shapes that the file says its outputs have. `counted`
    is the number of channels that the format counts for it, where a format keeps a count of its own: whatever comes
    out, later layers and further copies are built for that. `label` is what the file calls the operator, where that is
    not its name, and `arguments` what it gives it, where that is a list. `given`
    holds what the file itself gives a block or a row, by name and before anything is scaled or filled in; it is None
    where `parameters` say it. `over` counts the first axes of its inputs, the batch left out, whose entries the layer
    takes for samples. `around` holds what the file sets for all that is inside, by the name of the parameter that takes
    it wherever nothing else is given. `shares` is the number of a layer above in the same graph, whose module this is
    once more, with other inputs: all but those and `over` is as there.
    """

    name: str
    operator: str | Graph | Learned | None
    parameters: tuple[Any, ...]
    sources: tuple[Port | None, ...]
    places: Places
    repeat: int = 1
    expected: tuple[Shape, ...] | None = None
    counted: object = None
    label: str = ""
    arguments: tuple[Any, ...] | None = None
    given: tuple[tuple[str, Any], ...] | None = None
    over: int = 0
    around: tuple[tuple[str, object], ...] = ()
    shares: int | None = None

    @property
    def title(self) -> str:
        """What messages call the layer: a number alone says little."""
        return f"{self.name} ({self.label})" if self.label else self.name


class Graph(NamedTuple):
    """A network or a block: its inputs by name, its layers in the order of the file, and its outputs."""

    name: str
    inputs: tuple[str, ...]
    layers: tuple[Layer, ...]
    outputs: tuple[Port | None, ...]

    def with_blocks(self) -> Iterator[Graph]:
        """This graph and those of the blocks in it, each once."""
        seen: set[int] = set()
        waiting = [self]
        while waiting:
            found = waiting.pop()
            if id(found) not in seen:
                seen.add(id(found))
                yield found
                waiting += [layer.operator for layer in found.layers if isinstance(layer.operator, Graph)]

    def name_at(self, port: Port) -> str:
        """The name of the layer or the input that a port belongs to."""
        return self.layers[port.layer].name if port.layer >= 0 else self.inputs[-1 - port.layer]

    def port_name(self, port: Port | None) -> str:
        """What a file calls a port (`lstm.1`); `?` where it is not known."""
        if port is None:
            return "?"
        return _numbered(self.name_at(port), port)

    def port_title(self, port: Port | None) -> str:
        """What messages call a port; `?` where it is not known."""
        if port is None:
            return "?"
        return _numbered(self.layers[port.layer].title if port.layer >= 0 else self.inputs[-1 - port.layer], port)


def _numbered(name: str, port: Port) -> str:
    return f"{name}.{port.output}" if port.output else name


class Output(NamedTuple):
    """A declared output of the network, the shape it should have, and the class of the loss that it goes into."""

    name: str
    port: Port | None
    place: Place
    expected: Shape | None = None
    expected_place: Place | None = None
    loss: str = ""


class SizeRange(NamedTuple):
    """What a file says a named size may be: the multiples of `step` from `least` to `most` (None: without end)."""

    name: str
    least: int
    most: int | None
    step: int
    place: Place


class StrideClaim(NamedTuple):
    """A remark of the file that the output of layer number `layer` is `stride` times smaller than the input."""

    layer: int
    stride: int
    place: Place


class ParameterClaim(NamedTuple):
    """A remark of the file that the network has so many parameters; the number stands at `place`."""

    parameters: int
    place: Place


Claim = StrideClaim | ParameterClaim


class Architecture(NamedTuple):
    """One variant of a network, ready for the engine.

    `unread` lists (rule name, name, place) of what the file declares and nothing reads; `findings` holds what its
    reader found in this variant, and `claims` what the file remarks of the network. `levels` are the ports of which
    people want to know how much smaller than the input they are: what a detector reads. `recipe` is what its reader
    made it of, for the builder of its dialect, which alone knows what that is.
    `idle` are the numbers of layers that nothing reads, of which its reader has said why.
    `layer_word` is what its format calls a layer, where layers have numbers and no names.
    `meant` gives the networks that may have been meant, the likeliest first, where its reader knows what is wrong.
    `prefix` stands before the names of its layers in a `state_dict()`; it is None where the only layer is the network
    itself, which has no name there. `variant_word` is what people who know the format call a variant.
    """

    graph: Graph
    inputs: tuple[Shape, ...]
    outputs: tuple[Output, ...]
    unread: tuple[tuple[str, str, Place], ...] = ()
    ranges: tuple[SizeRange, ...] = ()
    variant: str | None = None
    claims: tuple[Claim, ...] = ()
    levels: tuple[Port | None, ...] = ()
    findings: tuple[Finding, ...] = ()
    recipe: object = None
    prefix: str | None = ""
    variant_word: str = "variant"
    idle: tuple[int, ...] = ()
    layer_word: str = ""
    meant: Callable[[], Iterator[Meant]] | None = None

    def path_of(self, layer: str) -> str:
        """What stands before the names of a layer's tensors in a `state_dict()`; empty for the network itself."""
        return "" if self.prefix is None else self.prefix + layer


class Meant(NamedTuple):
    """What is wrong with a whole network, and the network as it was meant: what is not found in that follows from it.

    `finding` says what is wrong; it is an error where an error follows from it.
    """

    finding: Finding
    network: Architecture


class Reading(NamedTuple):
    """What a dialect reader makes of one file: an architecture for each variant, and what it found on the way.

    `severities` holds rules whose findings weigh otherwise in this format. `sizes` names the sizes and the axes of
    inputs that may be given a value from outside, with the value that the file gives a named size. `scales` names all
    variants of the file, those that were not asked for among them. `stumbled_over` are the layers, None what is around
    them, in which something is not as the format wants it; the reader leaves it to the explainer of its dialect to say
    what.
    """

    architectures: tuple[Architecture, ...]
    findings: tuple[Finding, ...]
    severities: MappingType[str, Severity] = MappingProxyType({})
    sizes: MappingType[str, int | None] = MappingProxyType({})
    scales: tuple[str, ...] = ()
    stumbled_over: frozenset[AnyNode | None] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether every variant of the file was read."""
        return bool(self.architectures) and len(self.architectures) >= len(self.scales)
