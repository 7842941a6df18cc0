"""ReversibleEmbedding: vectors of integers, and back from vectors to a score for each integer."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import DType, Shape
from kerasnb.layers.base.config import default
from kerasnb.layers.core.embedding import Embedding


class ReversibleEmbedding(Embedding):
    """An embedding that also goes back, from vectors to a score for each id, as language models need it.

    Called with `reverse=True`, the layer projects vectors of size `output_dim` linearly to `input_dim` scores, with
    the transposed matrix of the embeddings (Press and Wolf, 2016, https://arxiv.org/abs/1608.05859) or with another.

    Args:
        input_dim: Positive integer, size of the vocabulary: the largest index plus 1.
        output_dim: Positive integer, size of the vectors.
        tie_weights: Boolean, whether both directions share the matrix. Defaults to `True`.
        embeddings_initializer: Initializer of the matrices.
        embeddings_regularizer: Regularizer of the `embeddings` matrix.
        embeddings_constraint: Constraint on the `embeddings` matrix.
        mask_zero: Boolean, whether index 0 is padding that later layers skip. Defaults to `False`.
        reverse_dtype: Dtype of the projection back. Defaults to the compute dtype.
        logit_soft_cap: Optional number; scores become `tanh(scores / cap) * cap`.
        **kwargs: Further arguments of `Embedding`.

    Call arguments:
        inputs: Integers, or vectors with `reverse=True`.
        reverse: Boolean, whether to project back. Defaults to `False`.

    Example:

    >>> layer = keras.layers.ReversibleEmbedding(3, 2, weights=np.array([[1, 0], [0, 1], [1, 1]], "float32"))
    >>> layer(layer(np.array([2])), reverse=True).tolist()
    [[1.0, 1.0, 2.0]]
    """

    def __init__(
        self, input_dim: int, output_dim: int, tie_weights: bool = True, embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None, embeddings_constraint: Any = None, mask_zero: bool = False,
        reverse_dtype: DType | None = None, logit_soft_cap: float | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self.tie_weights = tie_weights
        super().__init__(
            input_dim, output_dim, embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer, embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero, **kwargs,
        )  # fmt: skip
        self.reverse_dtype, self.logit_soft_cap = reverse_dtype, logit_soft_cap

    def build(self, input_shape: Shape | None = None) -> None:
        """Creates the matrices."""
        if self.built:
            return
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                shape=(self.output_dim, self.input_dim), initializer=self.embeddings_initializer,
                name="reverse_embeddings",
            )  # fmt: skip

    def call(self, inputs: Tensor, reverse: bool = False) -> Tensor:
        """Takes the vector of each index, or projects vectors back."""
        if reverse:
            return self._projected(inputs)
        outputs = super().call(inputs)
        mask = super().compute_mask(inputs)
        if mask is not None:
            outputs._keras_mask = mask
        return outputs

    def _projected(self, inputs: Tensor) -> Tensor:
        kernel = ops.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        dtype = self.reverse_dtype or self.compute_dtype
        scores = ops.matmul(ops.cast(inputs, dtype), ops.cast(kernel, dtype))
        cap = self.logit_soft_cap
        return scores if cap is None else ops.multiply(ops.tanh(ops.divide(scores, cap)), cap)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Returns None: `call` knows the direction, and sets the mask."""
        return None

    def compute_output_shape(self, input_shape: Shape, reverse: bool = False) -> Shape:
        """Returns the shape of the inputs and `output_dim`, or with `reverse` with `input_dim` as the last extent."""
        return (*input_shape[:-1], self.input_dim) if reverse else (*input_shape, self.output_dim)

    def compute_output_spec(self, inputs: Any, reverse: bool = False) -> KerasTensor:
        """Returns a KerasTensor of the shape and dtype of the outputs."""
        dtype = self.reverse_dtype if reverse and self.reverse_dtype else self.compute_dtype
        return KerasTensor(self.compute_output_shape(inputs.shape, reverse), dtype=dtype)

    @default
    def get_config(self) -> dict:
        """Returns the config of the layer: the arguments of its constructor, but for `weights`."""
        return {**super().get_config(), "quantization_config": None}
