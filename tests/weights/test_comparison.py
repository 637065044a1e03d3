"""What loads, what would load after renaming, and which layer is which, told by names and shapes alone."""

from __future__ import annotations

import copy
import itertools
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convlint.tensors.comparison import Comparison, Mismatch, compare, renamed
from convlint.tensors.loading import tensors_in
from convlint.weight_files.tensors import StoredTensor


def conv(path: str, inputs: int, outputs: int, kernel: int = 3) -> list[StoredTensor]:
    """The tensors of a convolution with a batch norm."""
    return [
        StoredTensor(f"{path}.conv.weight", (outputs, inputs, kernel, kernel)),
        *[StoredTensor(f"{path}.bn.{name}", (outputs,)) for name in ("weight", "bias", "running_mean", "running_var")],
        StoredTensor(f"{path}.bn.num_batches_tracked", ()),
    ]


def network(*widths: int, prefix: str = "model.", skip: int = -1) -> list[StoredTensor]:
    """Convolutions in sequence, numbered; the number `skip` is left to a row without tensors."""
    tensors: list[StoredTensor] = []
    for number, (inputs, outputs) in enumerate(itertools.pairwise(widths)):
        tensors += conv(f"{prefix}{number + (0 <= skip <= number)}", inputs, outputs)
    return tensors


def test_equal_networks_load_whole() -> None:
    tensors = network(3, 16, 32)
    found = compare(tensors, tensors)
    assert (found.total, len(found.loaded), len(found.pairs)) == (12, 12, 12)
    assert (found.missing, found.unexpected, found.mismatched, found.misplaced) == ((), (), (), ())
    assert found.mapping == (("model.0", "model.0"), ("model.1", "model.1"))


def test_a_row_without_tensors_moves_all_that_follow() -> None:
    old, new = network(3, 16, 32, 64), network(3, 16, 32, 64, skip=1)
    found = compare(new, old)
    assert len(found.loaded) == 7  # the first row, and a counter that has no shape
    assert found.misplaced == ("model.2.bn.num_batches_tracked",)
    assert found.mapping == (("model.0", "model.0"), ("model.1", "model.2"), ("model.2", "model.3"))
    assert len(found.pairs) == len(old)


def test_an_inserted_row_of_its_own_tensors_is_new() -> None:
    old, new = network(3, 16, 32, 64), network(3, 16, 16, 32, 64)
    found = compare(new, old)
    assert found.mapping == (("model.0", "model.0"), ("model.1", "model.2"), ("model.2", "model.3"))
    assert found.total - len(found.pairs) == 6


def test_layers_that_changed_places_are_found() -> None:
    old = [*conv("a", 3, 8), *conv("b", 8, 8, 1), *conv("c", 8, 16)]
    new = [*conv("a", 3, 8), *conv("b", 8, 16), *conv("c", 8, 8, 1)]
    found = compare(new, old)
    assert set(found.mapping) == {("a", "a"), ("b", "c"), ("c", "b")}
    assert len(found.pairs) == found.total


def test_renamed_layers_are_found() -> None:
    old = [*conv("encoder.first", 3, 8), *conv("encoder.second", 8, 16)]
    new = [*conv("enc1", 3, 8), *conv("enc2", 8, 16)]
    found = compare(new, old)
    assert found.mapping == (("encoder.first", "enc1"), ("encoder.second", "enc2"))
    assert renamed(found.mapping, ["encoder.first.conv.weight"]) == {"encoder.first.conv.weight": "enc1.conv.weight"}


def test_items_of_a_list_are_aligned_inside_a_row() -> None:
    def row(path: str, kernels: list[int]) -> list[StoredTensor]:
        items = [tensor for number, kernel in enumerate(kernels) for tensor in conv(f"{path}.m.{number}", 8, 8, kernel)]
        return [*conv(f"{path}.cv1", 3, 8), *items]

    found = compare(row("model.0", [1, 3, 5]), row("model.0", [3, 5]))
    assert ("model.0.m.0", "model.0.m.1") in found.mapping
    assert ("model.0.m.1", "model.0.m.2") in found.mapping
    assert len(found.pairs) == 18


def test_other_widths_and_missing_layers_are_told_apart() -> None:
    old = [StoredTensor("a.weight", (8, 3)), StoredTensor("head.weight", (80, 8)), StoredTensor("gone.weight", (1, 2))]
    new = [StoredTensor("a.weight", (8, 3)), StoredTensor("head.weight", (3, 8)), StoredTensor("added.weight", (5, 5))]
    found = compare(new, old)
    assert found.mismatched == (Mismatch("head.weight", (80, 8), (3, 8)),)
    assert (found.missing, found.unexpected) == (("added.weight",), ("gone.weight",))


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.", "model.module."])
def test_the_prefixes_of_wrappers_are_stripped_and_said(prefix: str) -> None:
    tensors = network(3, 8, 8)
    found = compare(tensors, [tensor._replace(name=prefix + tensor.name) for tensor in tensors])
    assert (found.stripped, len(found.loaded)) == (prefix, len(tensors))


def test_a_prefix_that_only_the_network_has_is_added() -> None:
    found = compare(network(3, 8), network(3, 8, prefix=""))
    assert (found.added, len(found.loaded)) == ("model.", 6)


def test_a_network_beside_the_losses_of_a_framework_is_found() -> None:
    tensors = network(3, 8, 16, prefix="")
    weights = [tensor._replace(name=f"net.{tensor.name}") for tensor in tensors]
    found = compare(tensors, [*weights, StoredTensor("criterion.weight", (80,))])
    assert (found.inside, len(found.loaded), len(found.pairs)) == ("net", 0, len(tensors))
    assert found.mapping == (("net.0", "0"), ("net.1", "1"))


def test_of_two_equal_networks_the_first_is_taken_and_the_other_named() -> None:
    tensors = network(3, 8, 16, prefix="")
    weights = [tensor._replace(name=f"{side}.{tensor.name}") for side in ("student", "teacher") for tensor in tensors]
    found = compare(tensors, weights)
    assert (found.inside, found.alike, len(found.pairs)) == ("student", ("teacher",), len(tensors))


def test_a_classifier_is_the_encoder_of_a_larger_network() -> None:
    encoder = network(3, 8, 16, prefix="")
    larger = [tensor._replace(name=f"encoder.{tensor.name}") for tensor in encoder]
    found = compare([*larger, *conv("decoder.0", 16, 8, 1)], [*encoder, StoredTensor("fc.weight", (1000, 16))])
    assert found.mapping == (("0", "encoder.0"), ("1", "encoder.1"))


def test_the_counter_of_averaged_weights_hides_no_prefix() -> None:
    tensors = network(3, 8, prefix="")
    averaged = [StoredTensor("n_averaged", ()), *[tensor._replace(name=f"module.{tensor.name}") for tensor in tensors]]
    found = compare(tensors, averaged)
    assert (found.stripped, len(found.loaded), found.unexpected) == ("module.", len(tensors), ("n_averaged",))


def test_what_an_adapter_wraps_is_found_under_its_own_name() -> None:
    network_ = [StoredTensor("a.weight", (8, 3)), StoredTensor("a.bias", (8,)), StoredTensor("b.weight", (2, 8))]
    weights = [
        StoredTensor("base_model.model.a.base_layer.weight", (8, 3)),
        StoredTensor("base_model.model.a.base_layer.bias", (8,)),
        StoredTensor("base_model.model.a.lora_A.default.weight", (4, 3)),
        StoredTensor("base_model.model.a.lora_B.default.weight", (8, 4)),
        StoredTensor("base_model.model.b.weight", (2, 8)),
    ]
    found = compare(network_, weights)
    assert found.is_adapted and len(found.pairs) == 3
    assert tensors_in(weights, found)["base_model.model.a.base_layer.weight"] == "a.weight"


def test_scales_and_shifts_of_the_same_length_make_no_pair() -> None:
    found = compare([*conv("first", 3, 4), *conv("new", 4, 8, 7)], [*conv("first", 3, 4), *conv("old", 4, 8, 1)])
    assert found.mapping == (("first", "first"),)


names = st.lists(st.sampled_from(["a", "b", "0", "1", "conv", "é"]), min_size=1, max_size=4).map(".".join)
states = st.dictionaries(names, st.lists(st.integers(1, 3), max_size=2).map(tuple), max_size=14).map(
    lambda state: [StoredTensor(name, shape) for name, shape in state.items()]
)


@given(states, states)
@settings(deadline=None, max_examples=150)
def test_any_two_states_are_counted_as_torch_counts_them(new: list[StoredTensor], old: list[StoredTensor]) -> None:
    found = compare(new, old)
    _is_consistent(found, new, old)


def _is_consistent(found: Comparison, new: list[StoredTensor], old: list[StoredTensor]) -> None:
    given_ = {found.renamed(tensor.name): tensor.shape for tensor in old}
    wanted = {tensor.name: tensor.shape for tensor in new}
    assert len(found.loaded) + len(found.missing) + len(found.mismatched) == found.total == len(wanted)
    assert all(given_[name] == wanted[name] for name in found.loaded)
    assert set(found.unexpected) == given_.keys() - wanted.keys()
    assert len(found.pairs) >= len(found.loaded)
    assert all(given_[a] == wanted[b] for a, b in found.pairs)
    for side in (0, 1):
        assert len({pair[side] for pair in found.pairs}) == len(found.pairs)
        assert len({pair[side] for pair in found.mapping}) == len(found.mapping)


def test_deep_trees_without_order_come_to_an_end() -> None:
    rng = random.Random(0)
    tensors = [
        StoredTensor(".".join(rng.choice("abc012345") for _ in range(30)) + f".w{number}", (rng.randint(1, 3), 4))
        for number in range(1000)
    ]
    found = compare(tensors, [StoredTensor("loss.w", (1,)), *[one._replace(name=f"net.{one.name}") for one in tensors]])
    assert len(found.pairs) == len(tensors)


# --- networks of the package


def _rows(data: dict[str, Any]) -> list[Any]:
    return [list(row) for row in data["backbone"] + data["head"]]


def _with_row(data: dict[str, Any], at: int, row: list[Any]) -> dict[str, Any]:
    """The file with a row more, and all that reads by number renumbered without a mistake."""

    def moved(source: int, index: int) -> int:
        absolute = source if source == -1 else source % (index or 1) if source < -1 else source
        return absolute + 1 if index >= at and absolute >= at else absolute

    rows = _rows(data)
    for index, old in enumerate(rows):
        sources = old[0] if isinstance(old[0], list) else [old[0]]
        renumbered = [moved(index + source if source < -1 else source, index) for source in sources]
        old[0] = renumbered if isinstance(old[0], list) else renumbered[0]
    rows.insert(at, row)
    split = len(data["backbone"]) + (at < len(data["backbone"]))
    return {**data, "backbone": rows[:split], "head": rows[split:]}


def _state(data: dict[str, Any]) -> list[StoredTensor]:
    import torch
    from ultralytics.nn import tasks

    build: Any = tasks.parse_model
    with torch.device("meta"):
        model = build({**copy.deepcopy(data), "scale": "n"}, 3, verbose=False)[0]
    return [StoredTensor(f"model.{name}", tuple(tensor.shape)) for name, tensor in model.state_dict().items()]


@pytest.mark.parametrize("name", ["v8/yolov8", "11/yolo11", "v10/yolov10n", "v8/yolov8-seg"])
def test_every_inserted_row_costs_nothing_once_the_layers_are_mapped(name: str) -> None:
    package = pytest.importorskip("ultralytics")
    import yaml

    path = Path(package.__file__).parent / "cfg" / "models" / f"{name}.yaml"
    data = yaml.safe_load(path.read_text())
    old = _state(data)
    for at in random.Random(name).sample(range(1, len(_rows(data))), 4):
        found = compare(_state(_with_row(data, at, [-1, 1, "nn.BatchNorm2d", []])), old)
        assert len(found.pairs) == len(old)
        assert len(found.loaded) < len(old) or at == len(_rows(data)) - 1
