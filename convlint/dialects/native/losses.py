"""The losses of torch.nn, and the one that a name is a slip of."""

from __future__ import annotations

from convlint.nearest import plain, unmistakable

_SHORTEST = 10
"""Shorter names are too like each other: `CELoss` and `RMSELoss` are losses of people's own."""
LOSSES = frozenset(
    (
        "AdaptiveLogSoftmaxWithLoss",
        "BCELoss",
        "BCEWithLogitsLoss",
        "CTCLoss",
        "CosineEmbeddingLoss",
        "CrossEntropyLoss",
        "GaussianNLLLoss",
        "HingeEmbeddingLoss",
        "HuberLoss",
        "KLDivLoss",
        "L1Loss",
        "MSELoss",
        "MarginRankingLoss",
        "MultiLabelMarginLoss",
        "MultiLabelSoftMarginLoss",
        "MultiMarginLoss",
        "NLLLoss",
        "PoissonNLLLoss",
        "SmoothL1Loss",
        "SoftMarginLoss",
        "TripletMarginLoss",
        "TripletMarginWithDistanceLoss",
    )
)


def meant_loss(name: str) -> str | None:
    """The loss that a name is but for case, hyphens, underscores and its ending, or for a letter; else None."""
    wanted = plain(name)
    same = [loss for loss in LOSSES if plain(loss) in (wanted, f"{wanted}loss")]
    if same or len(name) < _SHORTEST:
        return same[0] if len(same) == 1 else None
    meant = unmistakable(name, LOSSES)
    is_slip = meant is not None and abs(len(meant) - len(name)) < 2
    return meant if is_slip else None
