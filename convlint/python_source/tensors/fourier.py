"""Fourier transforms."""

from __future__ import annotations

from convlint.python_source.tensors.arguments import argument, as_size, first_tensor
from convlint.python_source.values import Arguments, Keywords, ShapeFunction, Tensor


def _transform(arguments: Arguments, keywords: Keywords, place: str) -> object:
    """A Fourier transform that keeps the shape."""
    if len(arguments) > 1 or keywords.keys() & {"s", "n"}:
        return Tensor(None)
    return Tensor(first_tensor(arguments).shape)


def _as_it_is(arguments: Arguments, keywords: Keywords, place: str) -> object:
    return Tensor(first_tensor(arguments).shape)


def _real_transform(arguments: Arguments, keywords: Keywords, place: str) -> object:
    """A Fourier transform of real values: of the last axis, half and one are left."""
    tensor = first_tensor(arguments)
    if tensor.shape is None or len(arguments) > 1 or keywords.keys() - {"norm"}:
        return Tensor(None)
    return Tensor((*tensor.shape[:-1], tensor.shape[-1] // 2 + 1))


def _inverse_real_transform(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, sizes = first_tensor(arguments), argument(arguments, keywords, 1, "s")
    if tensor.shape is None or not isinstance(sizes, (list, tuple)) or keywords.keys() - {"norm", "s"}:
        return Tensor(None)
    return Tensor((*tensor.shape[: -len(sizes)], *[as_size(size) for size in sizes]))


FUNCTIONS: dict[str, ShapeFunction] = {
    **{f"fft.{name}": _transform for name in ("fft", "fft2", "fftn", "ifft", "ifft2", "ifftn")},
    **{f"fft.{name}": _as_it_is for name in ("fftshift", "ifftshift")},
    **{f"fft.{name}": _real_transform for name in ("rfft", "rfft2", "rfftn")},
    **{f"fft.{name}": _inverse_real_transform for name in ("irfft2", "irfftn")},
}
