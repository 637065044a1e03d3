"""What exact input sizes cost, from the text of a file to the sets of both axes: `python benchmarks/sizes.py`.

A U-Net, a YOLO-like pyramid and a long chain in milliseconds; and, where torch is installed, the same U-Net against
`torch.export` with dynamic height and width, in the same run, network against network: neither the import of torch nor
reading the file counts there, and each side may remember what it likes from a first call. Times are processor time,
which other programs on the machine disturb least.
"""

from __future__ import annotations

import importlib.util
import statistics
import sys
import time
from collections.abc import Callable

from convlint.dialects import native
from convlint.domain import tables as sizes
from convlint.model import Architecture
from convlint.solving.solving import solve
from convlint.source import Source, parse

ROUNDS = 31
DEPTH = 5
CONV = "op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1"
DOWN = "op: Conv2d, out_channels: 4, kernel_size: 3, stride: 2, padding: 1"
UP = "op: Upsample, scale_factor: 2"


def network(*rows: str) -> str:
    """A file with one layer a row."""
    body = "\n".join(f"  - {{{row}}}" for row in rows)
    return f"convlint: 1\ninputs: {{image: [3, H, W]}}\nlayers:\n{body}\n"


def unet() -> str:
    """A U-Net of depth 5: two convolutions a level, max pools down, transposed convolutions up."""
    rows = []
    for level in range(DEPTH):
        rows += [f"name: a{level}, {CONV}", f"name: enc{level}, {CONV}"]
        rows += [f"name: pool{level}, op: MaxPool2d, kernel_size: 2"]
    rows += [f"name: mid0, {CONV}", f"name: mid, {CONV}"]
    for level in reversed(range(DEPTH)):
        rows += [
            f"name: up{level}, op: ConvTranspose2d, out_channels: 4, kernel_size: 2, stride: 2",
            f"name: cat{level}, op: Concat, from: [up{level}, enc{level}]",
            f"name: b{level}, {CONV}",
            f"name: dec{level}, {CONV}",
        ]
    return network(*rows)


def pyramid() -> str:
    """The backbone, spatial pooling and path aggregation of a YOLO, one convolution a stage."""
    rows = [f"name: {name}, {DOWN}" for name in ("stem", "p2", "p3", "p4", "p5")]
    rows += ["name: pooled, op: MaxPool2d, kernel_size: 5, stride: 1, padding: 2"]
    rows += ["name: sppf, op: Concat, from: [p5, pooled]"]
    rows += [f"name: u4, {UP}", "name: m4, op: Concat, from: [u4, p4]"]
    rows += [f"name: u3, {UP}", "name: m3, op: Concat, from: [u3, p3]"]
    rows += [f"name: d4, {DOWN}", "name: o4, op: Concat, from: [d4, m4]"]
    rows += [f"name: d5, {DOWN}", "name: o5, op: Concat, from: [d5, sppf]"]
    return network(*rows)


def chain() -> str:
    """100 layers, five of them strided."""
    return network(*[DOWN if index % 20 == 7 else "op: ReLU" if index % 2 else CONV for index in range(100)])


def network_of(text: str) -> Architecture:
    """The network of a text."""
    (document,), _ = parse(Source("network.yaml", text))
    (architecture,) = native.read(document).architectures
    return architecture


def seconds(action: Callable[[], object]) -> float:
    """The processor time of one call."""
    begin = time.process_time()
    action()
    return time.process_time() - begin


def from_text(text: str) -> object:
    """The sizes of every axis of the network of a text; nothing is remembered from the call before."""
    sizes._known.clear()
    return solve(network_of(text))


def median(action: Callable[[], object], rounds: int) -> float:
    """The median of several calls after one that is not counted, in seconds."""
    action()
    return statistics.median(seconds(action) for _ in range(rounds))


def exported_unet() -> Callable[[], object]:
    """A call that exports the same U-Net with dynamic height and width."""
    import torch
    from torch import nn

    torch.set_num_threads(1)

    class UNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            wide = [3, *[4] * DEPTH]
            self.down = nn.ModuleList(self._double(wide[level], 4) for level in range(DEPTH))
            self.mid = self._double(4, 4)
            self.up = nn.ModuleList(nn.ConvTranspose2d(4, 4, 2, 2) for _ in range(DEPTH))
            self.dec = nn.ModuleList(self._double(8, 4) for _ in range(DEPTH))

        @staticmethod
        def _double(channels: int, wanted: int) -> nn.Module:
            return nn.Sequential(nn.Conv2d(channels, wanted, 3, 1, 1), nn.Conv2d(wanted, wanted, 3, 1, 1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            skips = []
            for down in self.down:
                x = down(x)
                skips.append(x)
                x = nn.functional.max_pool2d(x, 2)
            x = self.mid(x)
            for up, dec in zip(self.up, self.dec):
                x = dec(torch.cat([up(x), skips.pop()], 1))
            return x

    model, example = UNet().eval(), torch.zeros(1, 3, 64, 96)
    dynamic = {2: torch.export.Dim.AUTO, 3: torch.export.Dim.AUTO}
    return lambda: torch.export.export(model, (example,), dynamic_shapes={"x": dynamic})


def main() -> int:
    """Measures everything; 0 when all bounds hold."""
    held = []
    for name, text, most in (
        ("U-Net of depth 5", unet(), 10),
        ("YOLO-like PAN", pyramid(), 10),
        ("100 layers", chain(), 30),
    ):
        took = median(lambda text=text: from_text(text), ROUNDS) * 1e3  # type: ignore[misc]
        held.append(took <= most)
        print(f"{name:22} {took:7.2f} ms  (at most {most} ms) {'ok' if held[-1] else 'TOO SLOW'}")
    if importlib.util.find_spec("torch") is None:
        print("torch is not installed: no comparison with torch.export")
        return 0 if all(held) else 1
    export = median(exported_unet(), 3)
    architecture = network_of(unet())
    own = median(lambda: solve(architecture), ROUNDS)
    held.append(export >= 100 * own)
    verdict = "ok" if held[-1] else "TOO SLOW"
    print(f"torch.export of the U-Net {export * 1e3:.0f} ms = {export / own:.0f}x  (at least 100x) {verdict}")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
