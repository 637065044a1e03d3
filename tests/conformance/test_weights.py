"""What loads from one native network into an edited one: the counts are those of the two `state_dict()`s."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

import convlint
from convlint import BuildError
from tests.comparing import native_edits
from tests.comparing.edits import edited

torch = pytest.importorskip("torch")
PAIRS = 15


def _written(path: Path, data: dict[str, Any] | None) -> Any:
    """The module of a network that is written to a path; None where none can be built."""
    if data is None:
        return None
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    try:
        return convlint.build(path)
    except BuildError:
        return None


def test_counts_of_random_pairs_are_those_of_their_states(tmp_path: Path, cases: int, seed: int) -> None:
    judged = 0
    old_path, new_path = tmp_path / "old.yaml", tmp_path / "new.yaml"
    for number in range(200 * cases):
        rng = random.Random(f"pair {number} {seed}")
        lines = native_edits.lines_of(rng)
        old = _written(old_path, native_edits.data_of(lines))
        if old is None:
            continue
        after, _ = edited(rng, lines, rng.randint(1, max(1, min(3, len(lines) // 4))), native_edits.WORDS)
        new = _written(new_path, native_edits.data_of(after))
        if new is None:
            continue
        _judge(old_path, new_path, old, new)
        judged += 1
        if judged == max(PAIRS, cases):
            return
    raise AssertionError(f"only {judged} pairs can be built")


def _judge(old_path: Path, new_path: Path, old: Any, new: Any) -> None:
    _settle(old_path, old)
    _settle(new_path, new)
    given = {name: tuple(tensor.shape) for name, tensor in old.state_dict().items()}
    wanted = {name: tuple(tensor.shape) for name, tensor in new.state_dict().items()}
    found = convlint.weights(new_path, old_path).comparison
    text = new_path.read_text(encoding="utf-8")
    assert found.total == len(wanted), text
    assert set(found.loaded) == {name for name, shape in wanted.items() if given.get(name) == shape}, text
    assert set(found.missing) == wanted.keys() - given.keys(), text
    assert set(found.unexpected) == given.keys() - wanted.keys(), text
    assert {one.name for one in found.mismatched} == {
        name for name, shape in wanted.items() if given.get(name, shape) != shape
    }, text
    taken = {name: tensor for name, tensor in old.state_dict().items() if name in set(found.loaded)}
    result = new.load_state_dict(taken, strict=False)
    assert set(result.missing_keys) == wanted.keys() - set(found.loaded), text


def _settle(path: Path, module: Any) -> None:
    """Gives lazy parts their shapes."""
    (network,) = convlint.describe(path)
    with torch.no_grad():
        module.eval()(*[torch.zeros(2, *shape) for _, shape in network.inputs if shape is not None])
