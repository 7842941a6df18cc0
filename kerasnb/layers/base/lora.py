"""LoRA: a weight that stays as it is, plus the trained product of two small matrices."""

from __future__ import annotations

from typing import Any

from kerasnb import initializers, ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.layers.base.arguments import positive
from kerasnb.layers.base.config import default
from kerasnb.layers.base.layer import Layer


class LoRA(Layer):
    """Base of the layers that support low-rank adaptation (Hu et al., 2021, https://arxiv.org/abs/2106.09685).

    With it, the weight `w` is frozen, and the layer computes with `w + lora_alpha / lora_rank * a @ b`, of which only
    `a` and `b` are trained. Files hold the sum in place of `w`.

    A subclass has the arguments `lora_rank` and `lora_alpha` and passes them to `_set_lora`, calls `_build_lora` at the
    end of its `build`, and computes with `_adapted_weight`.
    """

    _adapts = "kernel"  # the name of the weight, which stands in the attribute `_kernel`
    lora_rank: int | None
    lora_alpha: float | None

    def _set_lora(self, rank: int | None, alpha: float | None) -> None:
        """Keeps the arguments.

        Raises:
            ValueError: If the rank is no positive integer, or missing beside `lora_alpha`.
        """
        if rank is not None:
            rank = positive(rank, "lora_rank")
        elif alpha is not None:
            raise ValueError(f"Argument `lora_alpha` has no effect without `lora_rank`. Received: lora_alpha={alpha}")
        self.lora_rank, self.lora_alpha = rank, rank if alpha is None else alpha
        self.lora_enabled = False
        self._lora_weights: tuple[Variable, ...] = ()

    @property
    def _frozen_weight(self) -> Variable:
        return getattr(self, f"_{self._adapts}")

    def _build_lora(self) -> None:
        """Adds the two matrices where the constructor got a rank."""
        if self.lora_rank:
            self._add_lora(self.lora_rank, self.lora_alpha, "he_uniform", "zeros")

    def enable_lora(
        self, rank: int, lora_alpha: float | None = None, a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> None:  # fmt: skip
        """Freezes the weight, and adds the product of two trainable matrices to it.

        Args:
            rank: Positive integer, the inner extent of the product.
            lora_alpha: Number; the product is scaled by `lora_alpha / rank`. Defaults to `rank`.
            a_initializer: Initializer of the first matrix.
            b_initializer: Initializer of the second matrix. Defaults to zeros: the outputs stay what they were.

        Raises:
            ValueError: If the layer is not built yet, has LoRA already, or constrains the weight.
        """
        if not self.built:
            raise ValueError("Cannot enable lora on a layer that isn't yet built.")
        if self.lora_enabled:
            raise ValueError("lora is already enabled. This can only be done once per layer.")
        self._add_lora(rank, lora_alpha, a_initializer, b_initializer)

    def _add_lora(self, rank: int, alpha: float | None, a_initializer: Any, b_initializer: Any) -> None:
        self._check_no_constraint()
        rank = positive(rank, "rank")
        *rows, columns = self._frozen_weight.shape
        locked, self._tracker.locked = self._tracker.locked, False
        a = self._lora_weight("a", (*rows, rank), a_initializer)
        b = self._lora_weight("b", (rank, columns), b_initializer)
        self._lora_weights = (a, b)
        self._tracker.locked = locked
        self.lora_enabled, self.lora_rank, self.lora_alpha = True, rank, rank if alpha is None else alpha
        self._frozen_weight.trainable = False

    def _lora_weight(self, letter: str, shape: tuple, initializer: Any) -> Variable:
        """One of the matrices, in float32 whatever the policy: its updates are small."""
        name = f"lora_{self._adapts}_{letter}"
        regularizer = getattr(self, f"{self._adapts}_regularizer")
        weight = self.add_weight(
            shape=shape, initializer=initializers.get(initializer), dtype="float32", regularizer=regularizer, name=name
        )
        setattr(self, name, weight)
        return weight

    def _check_no_constraint(self) -> None:
        argument = f"{self._adapts}_constraint"
        if getattr(self, argument):
            raise ValueError(
                f"Lora is incompatible with {self._adapts.removesuffix('s')} constraints. In order to enable lora on "
                f"this layer, remove the `{argument}` argument."
            )

    def _adapted_weight(self) -> Any:
        """The weight to compute with: the variable, or with LoRA the sum of it and the product.

        Raises:
            AttributeError: If the layer is not built yet.
        """
        if not self.built:
            raise AttributeError(f"You must build the layer before accessing `{self._adapts}`.")
        return ops.cast(self._sum(), self.compute_dtype) if self.lora_enabled else self._frozen_weight

    def _sum(self) -> Tensor:
        a, b = self._lora_weights
        scale = (self.lora_alpha or 0) / a.shape[-1]
        return ops.add(self._frozen_weight, scale * ops.matmul(a, b))

    # --- what Layer asks for

    def _is_frozen(self, variable: Variable) -> bool:
        return self.lora_enabled and variable is self._frozen_weight

    @property
    def _stored_variables(self) -> list:
        return [v for v in self._own_variables if not any(v is lora for lora in self._lora_weights)]

    def save_own_variables(self, store: Any) -> None:
        """Saves the state of the layer itself; with LoRA, the sum in place of the weight.

        Args:
            store: Dict, or what is written to like one, where the values are put.
        """
        super().save_own_variables(store)
        if self.lora_enabled:
            store["0"] = ops.cast(self._sum(), self._frozen_weight.dtype)

    def _loaded(self) -> None:
        """What a file has as the weight is the sum: nothing is to be added to it, until `b` is trained again."""
        if self.lora_enabled:
            _, b = self._lora_weights
            b.assign(ops.zeros_like(b))

    @default
    def get_config(self) -> dict:
        """Returns the config of the layer: the arguments of its constructor."""
        config = {k: v for k, v in super().get_config().items() if not k.startswith("lora_")}
        lora = {"lora_rank": self.lora_rank, "lora_alpha": self.lora_alpha} if self.lora_rank else {}
        return {**config, **lora}
