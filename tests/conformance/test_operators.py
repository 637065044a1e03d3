"""Every operator against a real CPU forward of torch: the same shapes and counts, and an error exactly where torch raises."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from convlint.catalogue import lookup
from convlint.catalogue.parameters import REJECTED, accept
from convlint.domain.values import UNKNOWN
from convlint.engine.assembly import NoPlaces
from convlint.engine.costs import Cost, layer_cost
from convlint.engine.propagation import run_operator
from convlint.engine.trace import Step
from convlint.model import Layer
from tests.conformance.cases import NAMES, Case, failed_rules, random_cases

torch_side = pytest.importorskip("tests.conformance.torch_side", reason="torch is not installed")

LOSSES = {"non-integer-division", "ragged-padding", "batch-axis-mixed"}
"""Pixels that torch drops silently."""


# --- where convlint means to be stricter than torch, or cannot be as strict


def _takes_batch_for_channels(case: Case, rules: set[str], verdict: Any) -> bool:
    """An input with one axis too few: torch reads the batch as channels; here the batch is implied."""
    ranks = lookup.declaration(case.name).ranks or ()
    return rules == {"rank"} and len(case.shapes[0]) + 1 in ranks


def _works_on_the_last_axes(case: Case, rules: set[str], verdict: Any) -> bool:
    """An input with one axis too many: torch pads, crops and unshuffles the last axes of anything."""
    names = ("CenterCrop", "ConstantPad", "ZeroPad", "Pixel", "UpsamplingNearest")
    return rules == {"rank"} and case.name.startswith(names)


def _pads_the_batch(case: Case, rules: set[str], verdict: Any) -> bool:
    """More numbers than the axes beside the batch take."""
    return case.name == "Pad" and rules == {"invalid-value"} and len(case.written["padding"]) > 2 * len(case.shapes[0])


def _broadcasts_over_the_batch(case: Case, rules: set[str], verdict: Any) -> bool:
    """Inputs of different rank, or no matrices: torch lines the batch up with an axis, or multiplies over it."""
    ranks = {len(shape) for shape in case.shapes}
    return rules <= {"rank-mismatch", "merge-rank-mismatch"} and (len(ranks) > 1 or ranks == {1})


def _changes_the_batch(case: Case, rules: set[str], verdict: Any) -> bool:
    """Samples are merged, split, moved, halved or averaged."""
    names = (
        "Flatten", "Unflatten", "GLU", "Permute", "Transpose", "Unsqueeze", "Stack", "Mean", "Sum", "Max", "Min", "Norm", "Var", "Std",
        "CosineSimilarity", "Normalize", "Select", "Unbind", "RepeatInterleave", "Roll", "Flip", "IndexSelect",
    )  # fmt: skip
    return rules == {"reshape-mismatch"} and case.name in names


def _makes_an_empty_axis(case: Case, rules: set[str], verdict: Any) -> bool:
    """FORMAT: an axis of size 0 is an error, though torch often lets it pass."""
    return rules == {"non-positive-size"} and any(0 in shape for shape in verdict.shapes if shape is not None)


def _makes_other_channels(case: Case, rules: set[str], verdict: Any) -> bool:
    """A lazy transposed convolution silently makes another number of channels than out_channels."""
    return (
        rules == {"groups-not-divisible"}
        and case.name.startswith("LazyConvTranspose")
        and verdict.shapes[0][0] != case.written["out_channels"]
    )


def _lines_axes_up(case: Case, rules: set[str], verdict: Any) -> bool:
    """Fewer or more sizes than axes: torch lines the last ones up, and makes axes before the batch."""
    return case.name in ("Expand", "Repeat") and rules == {"rank-mismatch"}


def _has_other_values(case: Case, rules: set[str], verdict: Any) -> bool:
    """Fewer values than keys: a kernel of torch's for CPUs does not look, and reads what lies behind them."""
    return case.name == "ScaledDotProductAttention" and rules <= {"skip-size-mismatch", "conflicting-parameters"}


def _masks_twice(case: Case, rules: set[str], verdict: Any) -> bool:
    """A causal attention with a mask: the documentation forbids it, and some kernels of torch do."""
    return case.name == "ScaledDotProductAttention" and rules == {"conflicting-parameters"}


def _sums_over_the_batch(case: Case, rules: set[str], verdict: Any) -> bool:
    """An equation in which some input, or the output, does not begin with the batch."""
    terms = str(case.written.get("equation")).replace("->", ",").split(",")
    return case.name == "Einsum" and ("->" not in case.written["equation"] or len({term[:1] for term in terms}) > 1)


def _takes_steps_for_the_batch(case: Case, rules: set[str], verdict: Any) -> bool:
    """States without batch_first, and as many steps as samples: torch cannot tell them apart."""
    is_recurrent = case.name in ("RNN", "GRU", "LSTM") and not case.written.get("batch_first", False)
    return is_recurrent and rules == {"conflicting-parameters"} and case.shapes[0][0] == torch_side.BATCH


STRICTER: list[Callable[[Case, set[str], Any], bool]] = [
    _takes_batch_for_channels,
    _works_on_the_last_axes,
    _pads_the_batch,
    _broadcasts_over_the_batch,
    _changes_the_batch,
    _makes_an_empty_axis,
    _makes_other_channels,
    _lines_axes_up,
    _has_other_values,
    _masks_twice,
    _sums_over_the_batch,
    _takes_steps_for_the_batch,
]


def _means_nothing(case: Case) -> bool:
    """Sizes and steps of 0 or less, for which torch gives an empty or an arbitrary result; MaxUnpool reads the first numbers."""
    operator = lookup.operator(case.name)
    assert operator is not None
    rejected = [
        value
        for name, value in case.written.items()
        if accept(operator.parameters[operator.positions[name]], operator.axes, value) is REJECTED
    ]
    return all((isinstance(value, int) and value <= 0) or case.name.startswith("MaxUnpool") for value in rejected)


def _raises_only_in_training(case: Case, verdict: Any) -> bool:
    """Instance norm over one value with running statistics: a warning, because evaluation works."""
    return "InstanceNorm" in case.name and "Expected more than 1 spatial element when training" in verdict.error


# --- agreement


@pytest.mark.parametrize("name", NAMES)
def test_operator_agrees_with_torch(name: str, cases: int, seed: int) -> None:
    disagreements = [
        f"{case}: {problem}" for case in random_cases(name, cases, seed) if (problem := _disagreement(case)) is not None
    ]
    assert not disagreements, f"{len(disagreements)} of {cases}:\n" + "\n".join(disagreements[:10])


def _disagreement(case: Case) -> str | None:
    """What convlint and torch see differently in one case; None where they agree."""
    verdict = torch_side.run(case.name, case.written, case.shapes)
    if case.parameters is None:
        return None if verdict.error or _means_nothing(case) else f"is no parameter value, torch gives {verdict.shapes}"
    step = run_operator(case.name, case.parameters, case.shapes)
    rules = failed_rules(case.name, step) - LOSSES
    if verdict.error is not None:
        if rules or _raises_only_in_training(case, verdict):
            return None
        return f"torch raises {verdict.error}, convlint gives {step.outputs}"
    if rules:
        if any(stricter(case, rules, verdict) for stricter in STRICTER):
            return None
        return f"convlint reports {sorted(rules)}, torch gives {verdict.shapes}"
    return _different_shapes(step, verdict) or _different_count(case, step, verdict)


def _different_shapes(step: Step, verdict: Any) -> str | None:
    if len(step.outputs) != len(verdict.shapes) and UNKNOWN not in step.outputs:
        return f"{len(step.outputs)} outputs, torch gives {len(verdict.shapes)}"
    for ours, theirs in zip(step.outputs, verdict.shapes):
        if isinstance(ours, tuple) and UNKNOWN not in ours and ours != theirs:
            return f"{step.outputs}, torch gives {verdict.shapes}"
    return None


def _different_count(case: Case, step: Step, verdict: Any) -> str | None:
    count = _cost(case, step).all_parameters()
    return None if count == verdict.parameters else f"{count} parameters, torch has {verdict.parameters}"


def _cost(case: Case, step: Step) -> Cost:
    assert case.parameters is not None
    return layer_cost(Layer("", case.name, case.parameters, (), NoPlaces()), step._replace(inputs=case.shapes))


@pytest.mark.parametrize("name", NAMES)
def test_operations_are_those_that_torch_counts(name: str, cases: int, seed: int) -> None:
    """FlopCounterMode counts two operations for a multiply-accumulate, and nothing for what it has no formula for."""
    from torch.utils.flop_counter import FlopCounterMode

    compared = 0
    for case in random_cases(name, cases, seed):
        if case.parameters is None:
            continue
        step = run_operator(case.name, case.parameters, case.shapes)
        with FlopCounterMode(display=False) as counter:
            verdict = torch_side.run(case.name, case.written, case.shapes)
        counted = counter.get_total_flops()
        if verdict.error or failed_rules(name, step) - LOSSES or _attends_otherwise(case):
            continue
        macs = _cost(case, step).macs
        if counted and macs is not None:
            assert macs * torch_side.BATCH * 2 == counted, case
            compared += 1
    has_formula = "macs" in dict(lookup.declaration(name).costs)
    is_judged = compared or not has_formula or name == "Bilinear" or cases < 10
    assert is_judged, f"torch counts no operations of {name}: leave out its `macs`"


def _attends_otherwise(case: Case) -> bool:
    """Without batch_first torch attends over what is the batch here; without dropout in one step that it does not count."""
    if case.name.startswith("Transformer"):
        return not case.written.get("batch_first", False) or case.written.get("dropout") == 0
    return case.name == "MultiheadAttention" and not case.written.get("batch_first", False)


# --- the declarations themselves

LEFT_OUT = {"device", "dtype", "process_group", "args", "kwargs"}
DEPRECATED = {"Hardtanh": {"min_value", "max_value"}}
NO_NUMBERS = {"EmbeddingBag": {"include_last_offset"}, "Transformer": {"custom_encoder", "custom_decoder"}}
"""Parameters that go with offsets, which are no input here, or that take modules."""
HIDDEN = ("RNN", "GRU", "LSTM", "TransformerEncoder", "TransformerDecoder")
"""Classes whose signature hides their parameters, or takes a layer for them."""


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_those_of_torch(name: str) -> None:
    """The same names in the same order with the same defaults; what torch demands is demanded or inferred."""
    declaration = lookup.declaration(name)
    build = torch_side.constructor(declaration)
    if build is None or name in HIDDEN:
        return
    signature = list(inspect.signature(build.__init__).parameters.values())[1:]
    theirs = [
        parameter
        for parameter in signature
        if parameter.name not in LEFT_OUT | DEPRECATED.get(name, set()) | NO_NUMBERS.get(name, set())
        and not parameter.name.startswith("_")
    ]
    assert [parameter.name for parameter in declaration.parameters] == [parameter.name for parameter in theirs]
    for ours, their in zip(declaration.parameters, theirs):
        if their.default is inspect.Parameter.empty:
            assert ours.required or ours.infer is not None, ours.name
        elif ours.infer is None:
            default = getattr(their.default, "__name__", their.default)  # activation: torch.nn.functional.relu
            assert not ours.required, ours.name
            assert ours.default == default, ours.name


def test_every_layer_of_torch_with_a_shape_of_its_own_is_declared() -> None:
    """Losses and containers are left out."""
    from torch import nn

    left_out = ("Loss", "RNNBase", "Module", "Parameter", "Container", "Sequential", "DataParallel")
    other = {
        "AdaptiveLogSoftmaxWithLoss",
        "CrossMapLRN2d",
        "NLLLoss2d",
        "RNNCellBase",
    }
    layers = {
        name for name in dir(nn) if isinstance(getattr(nn, name), type) and issubclass(getattr(nn, name), nn.Module)
    }
    missing = {
        name for name in layers - set(NAMES) - other if not name.startswith(left_out) and not name.endswith(left_out)
    }
    assert not missing
