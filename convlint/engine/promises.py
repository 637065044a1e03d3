"""Says who is to blame where an output of the network has not the shape that the file declares for it."""

from __future__ import annotations

from convlint.engine.accusing import accused
from convlint.engine.causes import Causes
from convlint.engine.culprits import Culprits
from convlint.engine.failures import Contradicted
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session, Trace
from convlint.findings import Finding
from convlint.model import Output


def with_culprit(finding: Finding, output: Output, trace: Trace, session: Session) -> Finding:
    """The finding at an output with what is to blame: as if its layer itself had promised that shape."""
    port = output.port
    if port is None or port.layer < 0 or output.expected is None or len(trace.shapes_at(port)) != 1:
        return finding
    layers = trace.graph.layers
    if layers[port.layer].expected is not None:
        return finding
    promising = layers[port.layer]._replace(expected=(output.expected,))
    graph = trace.graph._replace(layers=(*layers[: port.layer], promising, *layers[port.layer + 1 :]))
    asked = propagate(graph, trace.inputs, session)
    failures = asked.steps[port.layer].failures
    number = next((at for at, failure in enumerate(failures) if isinstance(failure, Contradicted)), None)
    if number is None:
        return finding
    culprit = Culprits(asked, Causes(asked), session, False).of(asked, (), port.layer, number)
    return finding if culprit is None else accused(finding, culprit, asked)
