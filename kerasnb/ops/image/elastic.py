"""Random distortions of images: `elastic_transform`."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.late_bound import Random
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.ops.arguments import symbolic
from kerasnb.ops.image.common import batched, ranked, unbatched
from kerasnb.ops.image.filters import filtered
from kerasnb.ops.image.interpolation import check_interpolation, check_mode
from kerasnb.ops.image.transforms import grid, warped
from kerasnb.ops.operation import operation
from kerasnb.ops.spatial import format_of

__all__ = ["elastic_transform"]


def _field(count: int, height: int, width: int, sigma: float, seed):
    """The distance that each pixel moves down and to the right: smooth random numbers of shape `(2 * count, ...)`."""
    drawn = Random.normal((2 * count, height, width, 1), dtype="float32", seed=seed) * sigma
    gaussian = int(6 * sigma) | 1, sigma
    return filtered(drawn, gaussian, gaussian, "same")[..., 0]


@operation("ElasticTransform", "alpha", "sigma", "interpolation", "fill_mode", "fill_value", "seed", "data_format")
def elastic_transform(
    images: TensorLike,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Any = None,
    data_format: str | None = None,
) -> Tensor:
    """Distorts images: every pixel moves by a smooth random field.

    Reference: [Simard et al., 2003](https://doi.org/10.1109/ICDAR.2003.1227801)

    Args:
        images: Tensor of rank 3 (one image) or 4 (a batch).
        alpha: Float, the scale of the field. Defaults to `20.0`.
        sigma: Float, the standard deviation of the filter that smooths the field. Defaults to `5.0`.
        interpolation: `"bilinear"` (default) or `"nearest"`.
        fill_mode: How the outside is filled: `"reflect"` (default), `"constant"`, `"nearest"`, `"wrap"` or `"mirror"`.
        fill_value: Float, the value outside in mode `"constant"`. Defaults to `0.0`.
        seed: Integer (the same numbers in every call), `keras.random.SeedGenerator`, or None.
        data_format: `"channels_last"` (default) or `"channels_first"`.

    Returns:
        Tensor like `images`.

    Raises:
        ValueError: If arguments are not valid.

    Example:

    >>> keras.ops.image.elastic_transform(np.ones((2, 6, 8, 3)), seed=1).shape
    (2, 6, 8, 3)
    """
    data_format, images = format_of(data_format), ranked(images)
    check_interpolation(interpolation)
    check_mode(fill_mode)
    if isinstance(images, KerasTensor):
        return symbolic(images.shape, images.dtype)
    x, alpha, sigma = batched(images, data_format), float(alpha), float(sigma)
    n, height, width, _ = x.shape
    moved, (rows, columns) = _field(n, height, width, sigma, seed) * alpha, grid(height, width)
    y = warped(x, rows + moved[:n], columns + moved[n:], interpolation, fill_mode, fill_value)
    return unbatched(y, images.ndim == 3, data_format)
