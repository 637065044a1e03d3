"""How many variants of a network a second, as a search for architectures asks: `python benchmarks/variants.py`.

Networks of 49 layers, half of which do not fit together: checked from their text with and without advice, as a
`Template` whose constants are varied, and, where torch is installed, built by hand and run on the meta device.
CPU time of this thread, in rounds that take turns; the best round of each counts.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

import convlint

VARIANTS = 60
ROUNDS = 7
BLOCKS = 16
WANTED = 1500


def widths(number: int) -> list[int]:
    """The channels of each block of a variant."""
    choose = random.Random(number)
    return [choose.choice((8, 12, 16, 24, 32)) for _ in range(BLOCKS)]


def arriving(number: int) -> list[int]:
    """What each block is told of the channels that arrive; in every other variant one is told the wrong number."""
    told = [3, *widths(number)[:-1]]
    if number % 2:
        told[BLOCKS // 2] += 1
    return told


def rows(value: Callable[[str, int], object]) -> str:
    """The layers, where `value(name, block)` is written for the channels of a block."""
    written = []
    for block in range(BLOCKS):
        told, wide = value("told", block), value("wide", block)
        convolution = f"in_channels: {told}, out_channels: {wide}, kernel_size: 3, padding: 1"
        written += [f"  - {{op: Conv2d, {convolution}}}", "  - {op: BatchNorm2d}", "  - {op: ReLU}"]
    return "\n".join([*written, "  - {op: AdaptiveAvgPool2d, output_size: 1}\n"])


def text(number: int) -> str:
    """A variant as a file."""
    numbers = {"told": arriving(number), "wide": widths(number)}
    head = "convlint: 1\ninputs: {image: [3, 64, 64]}\nlayers:\n"
    return head + rows(lambda name, block: numbers[name][block])


def template() -> convlint.Template:
    """All variants as one file with constants."""
    names = [f"{name}{block}" for block in range(BLOCKS) for name in ("told", "wide")]
    constants = ", ".join(f"{name}: 8" for name in names)
    head = f"convlint: 1\nconstants: {{{constants}}}\ninputs: {{image: [3, 64, 64]}}\nlayers:\n"
    return convlint.Template(head + rows(lambda name, block: f'"${{{name}{block}}}"'), advice=False)


def on_meta(number: int) -> bool:
    """Whether torch runs a variant on the meta device."""
    import torch
    from torch import nn

    layers: list[nn.Module] = []
    with torch.device("meta"):
        for told, wide in zip(arriving(number), widths(number)):
            layers += [nn.Conv2d(told, wide, 3, padding=1), nn.BatchNorm2d(wide), nn.ReLU()]
        network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1))
        try:
            network(torch.empty(2, 3, 64, 64))
        except RuntimeError:
            return False
    return True


def a_second(action: Callable[[int], object], variants: int = VARIANTS) -> float:
    """How many variants an action does in a second of CPU time."""
    begin = time.thread_time()
    for number in range(variants):
        action(number)
    return variants / (time.thread_time() - begin)


def main() -> int:
    """Measures everything; 0 when a template is fast enough."""
    texts = [text(number) for number in range(VARIANTS)]
    one = template()

    def varied(number: int) -> bool:
        told, wide = arriving(number), widths(number)
        values = {f"told{block}": told[block] for block in range(BLOCKS)}
        return not one.check(**values, **{f"wide{block}": wide[block] for block in range(BLOCKS)}).findings

    def fits(number: int) -> bool:
        return not convlint.check_text(texts[number], advice=False).findings

    actions: dict[str, Callable[[int], object]] = {
        "check_text": lambda number: convlint.check_text(texts[number]),
        "check_text, advice=False": fits,
        "Template, advice=False": varied,
    }
    best = dict.fromkeys(actions, 0.0)
    for _ in range(ROUNDS):
        best = {name: max(best[name], a_second(action)) for name, action in actions.items()}
    assert all(varied(number) == fits(number) == (number % 2 == 0) for number in range(VARIANTS))
    try:
        assert all(on_meta(number) == (number % 2 == 0) for number in range(4))
        best["torch on the meta device"] = a_second(on_meta, 10)
    except ImportError:
        print("torch is not installed")
    for name, count in best.items():
        print(f"{name:28} {count:8.0f} variants a second")
    return 0 if best["Template, advice=False"] >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
