"""The class of a configuration and its keyword arguments, in the form of today or the one before nnU-Net 2.4."""

from __future__ import annotations

import re

from convlint.dialects.mistakes import Mistakes
from convlint.dialects.nnunet.configurations import Keys
from convlint.domain.values import UNKNOWN
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence, plain_data
from convlint.source.substitutes import scalar_at, sequence_at
from convlint.typed import NamedTuple

_IMPORTED = "_kw_requires_import"
_KEYS = ("network_class_name", "arch_kwargs", _IMPORTED)
_OLD = {
    "n_stages": "n_conv_per_stage_encoder",
    "features_per_stage": "UNet_base_num_features",
    "kernel_sizes": "conv_kernel_sizes",
    "strides": "pool_op_kernel_sizes",
    "blocks": "n_conv_per_stage_encoder",
    "n_conv_per_stage_decoder": "n_conv_per_stage_decoder",
}
_OLD_KEYS = (
    *("UNet_class_name", "UNet_base_num_features", "n_conv_per_stage_encoder", "n_conv_per_stage_decoder"),
    *("num_pool_per_axis", "pool_op_kernel_sizes", "conv_kernel_sizes", "unet_max_num_features"),
)
_OLD_CLASSES = ("PlainConvUNet", "ResidualEncoderUNet")
_RESIDUAL = "ResidualEncoderUNet"
_DECODER = "n_conv_per_stage_decoder"
_LISTS = frozenset(
    ("features_per_stage", "kernel_sizes", "strides", "n_conv_per_stage", "n_blocks_per_stage", _DECODER)
)
_MOST_STAGES = 64


class NetworkClass(NamedTuple):
    """The class that a configuration builds: the node and the bare text of its name, and (key, value) node pairs."""

    target: AnyNode
    name: str
    pairs: list[tuple[Scalar, AnyNode]]

    @property
    def axes(self) -> int | None:
        """The number of spatial axes of its convolutions."""
        text = next((node.value for key, node in self.pairs if key.value == "conv_op" and isinstance(node, Scalar)), "")
        return int(text[4]) if isinstance(text, str) and re.fullmatch(r"conv[123]d", text) else None


def architecture_of(keys: Keys, name_node: Scalar, mistakes: Mistakes) -> NetworkClass | None:
    """What a configuration builds; None where it says nothing of a network, or after a finding.

    `name_node` is the key of the configuration: where what is missing is reported.
    """
    if "architecture" in keys:
        node = keys["architecture"][1]
        return _new_form(node, keys["architecture"][0], mistakes) if isinstance(node, Mapping) else None
    if any(key in keys for key in _OLD_KEYS):
        return _old_form(keys, name_node, mistakes)
    return None


def _new_form(node: Mapping, key: Scalar, mistakes: Mistakes) -> NetworkClass | None:
    missing = [name for name in _KEYS if name not in node.pairs]
    for name in missing:
        mistakes.report("missing-key", key, {"owner": "architecture", "key": name})
    target, arguments = node.get(_KEYS[0]), node.get(_KEYS[1])
    if missing or not isinstance(target, Scalar) or not isinstance(arguments, Mapping):
        return None
    imported = node.get(_IMPORTED)
    names = _texts(imported)
    for item in imported.items if isinstance(imported, Sequence) else ():
        if isinstance(item, Scalar) and item.value not in arguments.pairs:
            mistakes.report("missing-key", item, {"owner": "arch_kwargs", "key": str(item.value)})
            return None
    pairs = [(pair[0], _imported(pair[1]) if key in names else pair[1]) for key, pair in arguments.pairs.items()]
    conv = arguments.pairs.get("conv_op")
    if conv is not None and "conv_op" not in names:
        message = f"conv_op stays a text: '{_IMPORTED}' does not list it"
        mistakes.report("invalid-value", conv[1], message=message, hint=f"add conv_op to {_IMPORTED}")
        return None
    return NetworkClass(target, str(target.value).rpartition(".")[2], _plain(pairs))


def _texts(node: AnyNode | None) -> frozenset[object]:
    items = node.items if isinstance(node, Sequence) else ()
    return frozenset(item.value for item in items if isinstance(item, Scalar))


def _imported(node: AnyNode) -> AnyNode:
    """A Python path as the name of its class in small letters: `torch.nn.modules.conv.Conv3d` is `conv3d`."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return node
    return scalar_at(node, node.value.rpartition(".")[2].lower())


# --- arguments as the operators have them


def _plain(pairs: list[tuple[Scalar, AnyNode]]) -> list[tuple[Scalar, AnyNode]]:
    """Arguments with an entry a stage, and `affine` of a norm as an argument of its own; other settings say no size."""
    stages = next((plain_data(node) for key, node in pairs if key.value == "n_stages"), None)
    kept: list[tuple[Scalar, AnyNode]] = []
    for key, node in pairs:
        if key.value == "norm_op_kwargs":
            affine = node.get("affine") if isinstance(node, Mapping) else None
            kept += [(scalar_at(key, "norm_op_affine"), affine)] if affine is not None else []
        elif str(key.value).endswith("_kwargs"):
            continue
        else:
            kept.append((key, _for_each_stage(str(key.value), node, stages)))
    return kept


def _for_each_stage(key: str, node: AnyNode, stages: object) -> AnyNode:
    """A list with an entry for each stage, of one integer that holds for all."""
    if key not in _LISTS or not isinstance(node, Scalar) or type(node.value) is not int:
        return node
    if not isinstance(stages, int) or isinstance(stages, bool):
        return scalar_at(node, UNKNOWN)
    count = stages - 1 if key == _DECODER else stages
    if not 0 <= count <= _MOST_STAGES:
        return scalar_at(node, UNKNOWN)
    return sequence_at(node, [scalar_at(node, node.value) for _ in range(count)])


# --- the form before 2.4


def _old_form(keys: Keys, name_node: Scalar, mistakes: Mistakes) -> NetworkClass | None:
    missing = [key for key in _OLD_KEYS if key not in keys]
    for key in missing:
        mistakes.report("missing-key", name_node, {"owner": str(name_node.value), "key": key})
    if missing:
        return None
    target = keys["UNet_class_name"][1]
    name = target.value if isinstance(target, Scalar) else None
    if name not in _OLD_CLASSES:
        message = f"no network class is called '{name}' in plans of this form"
        mistakes.report("unknown-operator", target, message=message, hint=f"one of {', '.join(_OLD_CLASSES)}")
        return None
    blocks = "n_blocks_per_stage" if name == _RESIDUAL else "n_conv_per_stage"
    pairs = [_pair(blocks if new == "blocks" else new, _old_value(new, keys)) for new in _OLD]
    where = keys["pool_op_kernel_sizes"][1]
    axes = _axes(keys)
    fixed = {
        "conv_op": f"conv{axes}d" if axes else UNKNOWN,
        "conv_bias": True,
        "norm_op": f"instancenorm{axes}d" if axes else UNKNOWN,
        "nonlin": "leakyrelu",
    }
    pairs += [_pair(key, scalar_at(where, value)) for key, value in fixed.items()]
    return NetworkClass(target, str(name), [*pairs, _pair("norm_op_affine", scalar_at(where, True))])


def _pair(name: str, node: AnyNode) -> tuple[Scalar, AnyNode]:
    return scalar_at(node, name), node


def _old_value(new: str, keys: Keys) -> AnyNode:
    node = keys[_OLD[new]][1]
    if new == "n_stages":
        return scalar_at(node, len(node.items) if isinstance(node, Sequence) else UNKNOWN)
    if new == "features_per_stage":
        return _features(keys)
    return node


def _features(keys: Keys) -> AnyNode:
    """Features double from stage to stage, up to the largest number."""
    node = keys["UNet_base_num_features"][1]
    base, most = (plain_data(keys[key][1]) for key in ("UNet_base_num_features", "unet_max_num_features"))
    stages = keys["n_conv_per_stage_encoder"][1]
    if (
        type(base) is not int
        or type(most) is not int
        or not isinstance(stages, Sequence)
        or len(stages.items) > _MOST_STAGES
    ):
        return scalar_at(node, UNKNOWN)
    features = [min(base * 2**stage, most) for stage in range(len(stages.items))]
    return sequence_at(node, [scalar_at(node, value) for value in features])


def _axes(keys: Keys) -> int | None:
    """The number of spatial axes of a network: plans of this form take that of the patch.

    Where all kernels and strides have another number, the patch is what is wrong.
    """
    given = [keys[key][1] for key in ("conv_kernel_sizes", "pool_op_kernel_sizes")]
    counts = {_count(item) for node in given for item in (node.items if isinstance(node, Sequence) else ())}
    count = counts.pop() if len(counts) == 1 else _count(keys["patch_size"][1]) if "patch_size" in keys else None
    return count if count in (1, 2, 3) else None


def _count(node: AnyNode) -> int | None:
    return len(node.items) if isinstance(node, Sequence) else None
