"""Random configurations of MONAI's networks and nnU-Net's plans about the allowed ones; half of them cannot run."""

from __future__ import annotations

from math import prod
from random import Random
from typing import Any

Arguments = dict[str, Any]


def sizes_near(step: list[int], most: int, rng: Random) -> list[int]:
    """Multiples of a step on each axis, some of them missed by a little."""
    sizes = [k * rng.randint(1, max(1, most // k)) for k in step]
    if rng.random() < 0.5:
        axis = rng.randrange(len(sizes))
        sizes[axis] = max(1, sizes[axis] + rng.choice([-2, -1, 1, 2, 3]))
    return sizes


def _strides(axes: int, levels: int, rng: Random) -> list[Any]:
    one = [rng.choice([1, 2, 2, 2, 3]) if rng.random() < 0.7 else _each(axes, [1, 2, 2], rng) for _ in range(levels)]
    if rng.random() < 0.15:
        one = one[:-1] if rng.random() < 0.5 else [*one, 2]
    return one


def _each(axes: int, of: list[int], rng: Random) -> list[int]:
    return [rng.choice(of) for _ in range(axes)]


def _steps(strides: list[Any], axes: int) -> list[int]:
    return [prod(s if isinstance(s, int) else s[axis] for s in strides) for axis in range(axes)]


def unet(rng: Random) -> tuple[Arguments, list[int]]:
    axes, levels = rng.choice([1, 2, 2, 3]), rng.randint(1, 3)
    strides = _strides(axes, levels, rng)
    arguments: Arguments = {
        "spatial_dims": axes,
        "in_channels": 1,
        "out_channels": rng.choice([1, 2, 3]),
        "channels": [rng.choice([2, 3, 4, 6]) for _ in range(levels + 1)],
        "strides": strides,
        "kernel_size": rng.choice([3, 3, 3, 5, 1, 2]),
        "num_res_units": rng.choice([0, 0, 1, 2]),
        "norm": rng.choice(["instance", "INSTANCE", "batch", ["group", {"num_groups": 2}]]),
    }
    return arguments, sizes_near(_steps(strides, axes), 24, rng)


def attention_unet(rng: Random) -> tuple[Arguments, list[int]]:
    axes, levels = rng.choice([2, 2, 3]), rng.randint(1, 3)
    strides = _strides(axes, levels, rng)
    arguments: Arguments = {
        "spatial_dims": axes,
        "in_channels": 1,
        "out_channels": 2,
        "channels": [rng.choice([2, 4, 6]) for _ in range(levels + 1)],
        "strides": strides,
        "kernel_size": rng.choice([3, 3, 3, 5]),
        "up_kernel_size": rng.choice([3, 3, 3, 5]),
    }
    return arguments, sizes_near(_steps(strides, axes), 20, rng)


def basic_unet(rng: Random) -> tuple[Arguments, list[int]]:
    axes = rng.choice([1, 2, 2, 3])
    arguments: Arguments = {
        "spatial_dims": axes,
        "in_channels": 1,
        "out_channels": 2,
        "features": [rng.choice([2, 4, 6]) for _ in range(rng.choice([6, 6, 6, 6, 5]))],
        "upsample": rng.choice(["deconv", "nontrainable", "pixelshuffle"]),
    }
    return arguments, [rng.randint(12, 34) for _ in range(axes)]


def dyn_unet(rng: Random) -> tuple[Arguments, list[int]]:
    axes, levels = rng.choice([2, 2, 3]), rng.randint(3, 4)
    strides: list[Any] = [1, *[rng.choice([2, 2, 2, 1, 3]) for _ in range(levels - 1)]]
    up = strides[1:] if rng.random() < 0.8 else [rng.choice([1, 2]) for _ in range(levels - rng.choice([0, 1, 2]))]
    arguments: Arguments = {
        "spatial_dims": axes,
        "in_channels": 1,
        "out_channels": 2,
        "kernel_size": [rng.choice([3, 3, 3, 1, 5]) for _ in range(levels)],
        "strides": strides,
        "upsample_kernel_size": up,
        "filters": [rng.choice([2, 4]) for _ in range(levels + rng.choice([0, 0, 0, 1, -1]))],
        "res_block": rng.choice([True, False]),
        "norm_name": rng.choice(["instance", "batch"]),
    }
    return arguments, sizes_near(_steps(strides, axes), 24, rng)


def seg_res_net(rng: Random) -> tuple[Arguments, list[int]]:
    axes, levels = rng.choice([2, 2, 3]), rng.randint(1, 3)
    arguments: Arguments = {
        "spatial_dims": axes,
        "init_filters": rng.choice([8, 8, 16, 4]),
        "in_channels": 1,
        "out_channels": 2,
        "blocks_down": [rng.choice([1, 1, 2]) for _ in range(levels)],
        "blocks_up": [1] * max(0, levels - 1 + rng.choice([0, 0, 0, 0, 1])),
        "upsample_mode": rng.choice(["nontrainable", "deconv", "pixelshuffle"]),
    }
    return arguments, sizes_near([2 ** (levels - 1)] * axes, 24, rng)


def v_net(rng: Random) -> tuple[Arguments, list[int]]:
    arguments: Arguments = {"spatial_dims": 2, "in_channels": rng.choice([1, 2, 3]), "out_channels": 2}
    return arguments, sizes_near([16, 16], 48, rng)


def autoencoder(rng: Random) -> tuple[Arguments, list[int]]:
    levels, groups = rng.randint(1, 3), rng.choice([2, 4])
    arguments: Arguments = {
        "spatial_dims": 2,
        "channels": [groups * rng.choice([1, 2, 3]) + rng.choice([0, 0, 0, 0, 1]) for _ in range(levels)],
        "attention_levels": [False] * (levels + rng.choice([0, 0, 0, 1])),
        "num_res_blocks": rng.choice([1, [1] * levels, [1] * (levels + 1)]),
        "norm_num_groups": groups,
        "latent_channels": 2,
        "with_encoder_nonlocal_attn": False,
        "with_decoder_nonlocal_attn": False,
    }
    return arguments, [rng.randint(3, 24) for _ in range(2)]


def v_net_whole(rng: Random) -> tuple[Arguments, list[int]]:
    arguments, _ = v_net(rng)
    arguments |= {
        "in_channels": rng.choice([1, 2]),
        "act": rng.choice(["elu", "prelu", "PRELU", ["prelu", {"num_parameters": 1}], ["prelu", {}]]),
        "bias": rng.choice([True, False]),
    }
    return arguments, [32, 16]


def dyn_unet_whole(rng: Random) -> tuple[Arguments, list[int]]:
    arguments, size = dyn_unet(rng)
    arguments |= {"deep_supervision": rng.choice([True, False]), "act_name": rng.choice(["leakyrelu", "prelu"])}
    return arguments, size


def seg_res_net_whole(rng: Random) -> tuple[Arguments, list[int]]:
    arguments, size = seg_res_net(rng)
    arguments |= {
        "act": rng.choice(["relu", "PRELU", ["prelu", {"init": 0.1}]]),
        "norm": rng.choice(["batch", "instance", ["group", {"num_groups": 4}], ["INSTANCE", {"affine": True}]]),
        "use_conv_final": rng.choice([True, False]),
    }
    return arguments, size


def seg_res_net_ds(rng: Random) -> tuple[Arguments, list[int]]:
    axes, levels = rng.choice([2, 3]), rng.randint(1, 3)
    arguments: Arguments = {
        "spatial_dims": axes,
        "init_filters": rng.choice([4, 8]),
        "blocks_down": [rng.choice([1, 2]) for _ in range(levels)],
        "norm": rng.choice(["batch", "instance"]),
        "dsdepth": rng.randint(1, max(1, levels - 1)),
        "upsample_mode": rng.choice(["deconv", "nontrainable"]),
    }
    return arguments, [8] * axes


def swin_unetr(rng: Random) -> tuple[Arguments, list[int]]:
    arguments: Arguments = {
        "in_channels": rng.choice([1, 3]),
        "out_channels": 2,
        "spatial_dims": 2,
        "feature_size": rng.choice([12, 12, 12, 24, 18]),
        "depths": [rng.choice([1, 2]) for _ in range(rng.choice([4, 4, 4, 4, 3, 5]))],
        "num_heads": [3, 6, 12, 24, 24][: rng.choice([4, 4, 4, 4, 3, 5])],
        "window_size": rng.choice([7, 4, [3, 5]]),
        "mlp_ratio": rng.choice([4.0, 2, 2.5]),
        "qkv_bias": rng.choice([True, False]),
        "patch_norm": rng.choice([True, False]),
        "use_v2": rng.choice([True, False]),
        "downsample": rng.choice(["merging", "mergingv2"]),
        "norm_name": rng.choice(["instance", "batch", ["INSTANCE", {"affine": True}]]),
        "patch_size": rng.choice([2, 2, 2, 2, 2, 1, 3]),
    }
    return arguments, sizes_near([32, 32], 64, rng)


def swin_unetr_whole(rng: Random) -> tuple[Arguments, list[int]]:
    arguments, _ = swin_unetr(rng)
    return arguments | {"patch_size": 2, "depths": [1, 2, 1, 1], "num_heads": [3, 6, 12, 24]}, [64, 32]


def unetr(rng: Random) -> tuple[Arguments, list[int]]:
    size = [rng.choice([16, 32]) for _ in range(2)]
    arguments: Arguments = {
        "in_channels": 1,
        "out_channels": 2,
        "img_size": size,
        "feature_size": 4,
        "hidden_size": 24,
        "mlp_dim": 8,
        "num_heads": rng.choice([4, 12]),
        "spatial_dims": 2,
        "proj_type": rng.choice(["conv", "perceptron"]),
        "norm_name": rng.choice(["instance", "batch"]),
        "conv_block": rng.choice([True, False]),
        "res_block": rng.choice([True, False]),
    }
    return arguments, size


def vit(rng: Random) -> tuple[Arguments, list[int]]:
    size = [8 * rng.randint(1, 3) for _ in range(rng.choice([2, 3]))]
    arguments: Arguments = {
        "in_channels": rng.choice([1, 3]),
        "img_size": size,
        "patch_size": 8,
        "hidden_size": 12,
        "mlp_dim": 8,
        "num_layers": 2,
        "num_heads": 3,
        "spatial_dims": len(size),
        "classification": rng.choice([True, False]),
        "qkv_bias": rng.choice([True, False]),
    }
    return arguments, size


def autoencoder_whole(rng: Random) -> tuple[Arguments, list[int]]:
    levels = rng.randint(1, 3)
    arguments: Arguments = {
        "spatial_dims": 2,
        "channels": [2 * rng.choice([1, 2]) for _ in range(levels)],
        "attention_levels": [rng.choice([True, False]) for _ in range(levels)],
        "num_res_blocks": [rng.choice([1, 2]) for _ in range(levels)],
        "norm_num_groups": 2,
        "with_encoder_nonlocal_attn": rng.choice([True, False]),
        "with_decoder_nonlocal_attn": rng.choice([True, False]),
        "use_convtranspose": rng.choice([True, False]),
        "use_combined_linear": rng.choice([True, False]),
    }
    return arguments, [16, 16]


def diffusion(rng: Random) -> tuple[Arguments, list[int]]:
    levels = rng.randint(1, 3)
    arguments: Arguments = {
        "spatial_dims": 2,
        "in_channels": 1,
        "out_channels": 1,
        "channels": [4 * rng.choice([1, 2]) for _ in range(levels)],
        "attention_levels": [rng.choice([True, False]) for _ in range(levels)],
        "num_res_blocks": [rng.choice([1, 2]) for _ in range(levels)],
        "norm_num_groups": 2,
        "num_head_channels": 2,
        "resblock_updown": rng.choice([True, False]),
    }
    if rng.random() < 0.5:
        arguments |= {"with_conditioning": True, "cross_attention_dim": 6, "num_class_embeds": 5}
    return arguments, [16, 16]


def dense_net(rng: Random) -> tuple[Arguments, list[int]]:
    axes = rng.choice([1, 2, 3])
    arguments: Arguments = {
        "spatial_dims": axes,
        "in_channels": 1,
        "out_channels": 3,
        "init_features": rng.choice([8, 7]),
        "growth_rate": rng.choice([4, 5]),
        "block_config": [rng.choice([1, 2]) for _ in range(rng.randint(1, 4))],
        "norm": rng.choice(["batch", "instance"]),
    }
    return arguments, [64] * axes


def res_net(rng: Random) -> tuple[Arguments, list[int]]:
    axes = rng.choice([1, 2, 3])
    arguments: Arguments = {
        "block": rng.choice(["basic", "bottleneck"]),
        "layers": [rng.choice([1, 2]) for _ in range(4)],
        "block_inplanes": [4, 6, 8, 8],
        "spatial_dims": axes,
        "n_input_channels": rng.choice([1, 3]),
        "num_classes": 3,
        "shortcut_type": rng.choice(["A", "B"]),
        "bias_downsample": rng.choice([True, False]),
        "widen_factor": rng.choice([1.0, 1.5]),
    }
    return arguments, [16] * axes


def efficient_net(rng: Random) -> tuple[Arguments, list[int]]:
    name = rng.choice(["efficientnet-b0", "efficientnet-b1", "efficientnet-b2"])
    return {"model_name": name, "pretrained": False, "spatial_dims": 2, "num_classes": 4}, [32, 32]


def flexible_unet(rng: Random) -> tuple[Arguments, list[int]]:
    arguments: Arguments = {
        "in_channels": rng.choice([1, 3]),
        "out_channels": 2,
        "backbone": rng.choice(["resnet10", "resnet18", "resnet50", "efficientnet-b0", "efficientnet-b3"]),
        "spatial_dims": 2,
        "decoder_channels": [16, 8, 8, 4, 4],
        "upsample": rng.choice(["nontrainable", "deconv", "pixelshuffle"]),
    }
    return arguments, [64, 32]


_NORMS = ["instance", "batch", ["GROUP", {"num_groups": 2}], ["INSTANCE", {"track_running_stats": True}], None]


def unet_plus_plus(rng: Random) -> tuple[Arguments, list[int]]:
    axes = rng.choice([1, 2, 2, 3])
    arguments: Arguments = {
        "spatial_dims": axes,
        "in_channels": 1,
        "features": [rng.choice([2, 4]) for _ in range(rng.choice([6, 6, 6, 6, 5]))],
        "norm": rng.choice(["instance", "batch", None]),
        "act": rng.choice(["prelu", "relu", None]),
        "upsample": rng.choice(["deconv", "nontrainable", "pixelshuffle"]),
    }
    return arguments, [rng.randint(12, 34) for _ in range(axes)]


def plain_autoencoder(rng: Random) -> tuple[Arguments, list[int]]:
    axes, levels = rng.choice([1, 2, 3]), rng.randint(1, 3)
    strides = [rng.choice([1, 2, 2, 3]) if rng.random() < 0.7 else _each(axes, [1, 2], rng) for _ in range(levels)]
    arguments: Arguments = {
        "spatial_dims": axes,
        "in_channels": 1,
        "out_channels": rng.choice([1, 2]),
        "channels": [rng.choice([2, 4]) for _ in range(levels + rng.choice([0, 0, 0, 0, 1]))],
        "strides": strides,
        "num_res_units": rng.choice([0, 1, 2]),
        "kernel_size": rng.choice([3, 5, 1, 2]),
        "norm": rng.choice(["instance", "batch", None]),
        "inter_channels": rng.choice([None, [4, 6]]),
        "inter_dilations": rng.choice([None, [1, 2]]),
        "num_inter_units": rng.choice([0, 1, 2]),
    }
    return arguments, sizes_near(_steps(strides, axes), 24, rng)


def _strided(rng: Random) -> Arguments:
    levels = rng.randint(1, 3)
    return {
        "channels": [rng.choice([2, 4]) for _ in range(levels)],
        "strides": [rng.choice([1, 2, 2]) for _ in range(levels + rng.choice([0, 0, 0, 1]))],
        "num_res_units": rng.choice([0, 1, 2]),
        "norm": rng.choice(_NORMS),
        "kernel_size": rng.choice([3, 5]),
    }


def _built_for_a_shape(rng: Random, **arguments: Any) -> tuple[Arguments, list[int]]:
    size = [rng.choice([8, 12, 16]) for _ in range(rng.choice([1, 2, 3]))]
    return {"in_shape": [2, *size], **_strided(rng), **arguments}, size


def regressor(rng: Random) -> tuple[Arguments, list[int]]:
    return _built_for_a_shape(rng, out_shape=rng.choice([[2], [2, 3], 3]))


def classifier(rng: Random) -> tuple[Arguments, list[int]]:
    return _built_for_a_shape(rng, classes=3, last_act=rng.choice([None, "prelu", "sigmoid"]))


def generator(rng: Random) -> tuple[Arguments, list[int]]:
    start = [4] * rng.choice([2, 3, 4])
    return {"latent_shape": rng.choice([[8], [4, 3], 8]), "start_shape": start, **_strided(rng)}, [8, 8]


def patch_discriminator(rng: Random) -> tuple[Arguments, list[int]]:
    axes = rng.choice([1, 2, 3])
    arguments: Arguments = {
        "spatial_dims": axes,
        "channels": rng.choice([4, 8]),
        "in_channels": 1,
        "num_layers_d": rng.choice([1, 2, 3]),
        "norm": rng.choice(_NORMS[:4]),
        "kernel_size": rng.choice([3, 4]),
        "last_conv_kernel_size": rng.choice([None, 1, 3]),
    }
    return arguments, [32] * axes


def high_res_net(rng: Random) -> tuple[Arguments, list[int]]:
    arguments: Arguments = {
        "spatial_dims": 2,
        "in_channels": rng.choice([1, 3]),
        "channel_matching": rng.choice(["pad", "project"]),
        "norm_type": rng.choice(["batch", "instance"]),
        "acti_type": rng.choice(["relu", "prelu"]),
        "bias": rng.choice([True, False]),
    }
    return arguments, [8, 8]


WHOLE = {
    "Regressor": regressor,
    "Classifier": classifier,
    "Discriminator": _built_for_a_shape,
    "Critic": _built_for_a_shape,
    "Generator": generator,
    "PatchDiscriminator": patch_discriminator,
    "HighResNet": high_res_net,
    "DynUNet": dyn_unet_whole,
    "SegResNet": seg_res_net_whole,
    "VNet": v_net_whole,
    "SegResNetDS": seg_res_net_ds,
    "UNETR": unetr,
    "SwinUNETR": swin_unetr_whole,
    "ViT": vit,
    "AutoencoderKL": autoencoder_whole,
    "DiffusionModelUNet": diffusion,
    "DenseNet": dense_net,
    "ResNet": res_net,
    "EfficientNetBN": efficient_net,
    "FlexibleUNet": flexible_unet,
}
"""Networks whose interface says what comes out, and whose inside is known besides."""
NETWORKS = {
    "UNet": unet,
    "AttentionUnet": attention_unet,
    "BasicUNet": basic_unet,
    "DynUNet": dyn_unet,
    "SegResNet": seg_res_net,
    "VNet": v_net,
    "AutoencoderKL": autoencoder,
    "SwinUNETR": swin_unetr,
    "BasicUNetPlusPlus": unet_plus_plus,
    "AutoEncoder": plain_autoencoder,
}


def plan(rng: Random) -> tuple[str, Arguments, list[int]]:
    """(class, `arch_kwargs`, patch size) of a configuration of nnU-Net."""
    axes, stages, is_residual = rng.choice([2, 2, 3]), rng.randint(2, 4), rng.random() < 0.5
    strides = [[1] * axes, *[_each(axes, [1, 2, 2], rng) for _ in range(stages - 1)]]
    arguments: Arguments = {
        "n_stages": stages,
        "features_per_stage": [rng.choice([4, 6, 8]) for _ in range(stages)],
        "conv_op": f"torch.nn.modules.conv.Conv{axes}d",
        "kernel_sizes": [_each(axes, [3, 3, 1, 5], rng) for _ in range(stages)],
        "strides": strides,
        "n_conv_per_stage_decoder": [rng.choice([1, 2]) for _ in range(stages - 1)],
        "conv_bias": rng.choice([True, False]),
        "norm_op": f"torch.nn.modules.instancenorm.InstanceNorm{axes}d",
        "norm_op_kwargs": {"eps": 0.00001, "affine": True},
        "dropout_op": None,
        "dropout_op_kwargs": None,
        "nonlin": "torch.nn.LeakyReLU",
        "nonlin_kwargs": {"inplace": True},
        "n_blocks_per_stage" if is_residual else "n_conv_per_stage": [rng.choice([1, 2]) for _ in range(stages)],
    }
    if rng.random() < 0.3:
        key = rng.choice(["strides", "features_per_stage", "kernel_sizes", "n_conv_per_stage_decoder"])
        arguments[key] = arguments[key][:-1]
    size = sizes_near([prod(stride[axis] for stride in strides) for axis in range(axes)], 20, rng)
    return ("ResidualEncoderUNet" if is_residual else "PlainConvUNet"), arguments, size
