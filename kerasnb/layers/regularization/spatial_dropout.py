"""SpatialDropout1D, 2D and 3D: whole channels are dropped."""

from __future__ import annotations

from kerasnb import random
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import DType
from kerasnb.dtype_policies import DTypePolicy
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.spatial import shape_of
from kerasnb.layers.regularization.dropout import Dropout
from kerasnb.ops.spatial import format_of


class BaseSpatialDropout(Dropout):
    """Base of the layers that drop whole channels, whose neighbouring elements are strongly correlated.

    Args:
        rank: Integer, how many spatial axes there are.
        rate: Float between 0 and 1. Fraction of the channels to drop.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: Optional integer to use as random seed.
        name: Optional name.
        dtype: Dtype or policy of the layer.
    """

    def __init__(
        self, rank: int, rate: float, data_format: str | None = None, seed: int | None = None, name: str | None = None,
        dtype: DType | DTypePolicy | dict | None = None,
    ) -> None:  # fmt: skip
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self.data_format = format_of(data_format)
        self._rank = rank
        self.input_spec = InputSpec(ndim=rank + 2)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Drops channels of the inputs while training."""
        if not training or self.rate == 0:
            return inputs
        channels = inputs.shape[-1 if self.data_format == "channels_last" else 1]
        noise_shape = shape_of(inputs.shape[0], (1,) * self._rank, channels, self.data_format)
        return random.dropout(inputs, self.rate, noise_shape=noise_shape, seed=self.seed_generator)

    def get_config(self) -> dict:
        """Returns the config of the layer: the arguments of its constructor."""
        config = {"rate": self.rate, "seed": self.seed, "name": self.name, "dtype": self.dtype_policy.name}
        return config if self._rank == 1 else {**config, "data_format": self.data_format}


class SpatialDropout1D(BaseSpatialDropout):
    """Spatial 1D version of Dropout: drops entire channels (Tompson et al., 2014, https://arxiv.org/abs/1411.4280).

    Args:
        rate: Float between 0 and 1. Fraction of the channels to drop.
        seed: Optional integer to use as random seed.
        name: Optional name.
        dtype: Dtype or policy of the layer.

    Call arguments:
        inputs: Tensor of rank 3.
        training: Boolean, whether to drop (training) or do nothing (inference).

    Raises:
        ValueError: If `rate` is invalid.

    Example:

    >>> keras.layers.SpatialDropout1D(0.5)(keras.Input((8, 3))).shape
    (None, 8, 3)
    """

    def __init__(
        self, rate: float, seed: int | None = None, name: str | None = None,
        dtype: DType | DTypePolicy | dict | None = None,
    ) -> None:  # fmt: skip
        super().__init__(1, rate, "channels_last", seed, name, dtype)


class SpatialDropout2D(BaseSpatialDropout):
    """Spatial 2D version of Dropout: drops entire channels (Tompson et al., 2014, https://arxiv.org/abs/1411.4280).

    Args:
        rate: Float between 0 and 1. Fraction of the channels to drop.
        data_format: `"channels_last"` (default) or `"channels_first"`, where the channels stand.
        seed: Optional integer to use as random seed.
        name: Optional name.
        dtype: Dtype or policy of the layer.

    Call arguments:
        inputs: Tensor of rank 4.
        training: Boolean, whether to drop (training) or do nothing (inference).

    Raises:
        ValueError: If `rate` or `data_format` is invalid.

    Example:

    >>> keras.layers.SpatialDropout2D(0.5)(keras.Input((8, 8, 3))).shape
    (None, 8, 8, 3)
    """

    def __init__(
        self, rate: float, data_format: str | None = None, seed: int | None = None, name: str | None = None,
        dtype: DType | DTypePolicy | dict | None = None,
    ) -> None:  # fmt: skip
        super().__init__(2, rate, data_format, seed, name, dtype)


class SpatialDropout3D(BaseSpatialDropout):
    """Spatial 3D version of Dropout: drops entire channels (Tompson et al., 2014, https://arxiv.org/abs/1411.4280).

    Args:
        rate: Float between 0 and 1. Fraction of the channels to drop.
        data_format: `"channels_last"` (default) or `"channels_first"`, where the channels stand.
        seed: Optional integer to use as random seed.
        name: Optional name.
        dtype: Dtype or policy of the layer.

    Call arguments:
        inputs: Tensor of rank 5.
        training: Boolean, whether to drop (training) or do nothing (inference).

    Raises:
        ValueError: If `rate` or `data_format` is invalid.

    Example:

    >>> keras.layers.SpatialDropout3D(0.5)(keras.Input((8, 8, 8, 3))).shape
    (None, 8, 8, 8, 3)
    """

    def __init__(
        self, rate: float, data_format: str | None = None, seed: int | None = None, name: str | None = None,
        dtype: DType | DTypePolicy | dict | None = None,
    ) -> None:  # fmt: skip
        super().__init__(3, rate, data_format, seed, name, dtype)
