"""Muon."""

from __future__ import annotations

import math
import re
from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.ops import update
from kerasnb.optimizers.moments import left_of, step_number
from kerasnb.optimizers.optimizer import LearningRate, Optimizer

_NAMES = (
    "adam_beta_1", "adam_beta_2", "epsilon", "exclude_layers", "muon_a", "muon_b", "muon_c", "adam_lr_ratio",
    "momentum", "ns_steps", "nesterov", "exclude_embeddings", "adam_weight_decay", "rms_rate",
)  # fmt: skip


class Muon(Optimizer):
    """Optimizer that steps matrices by their momentum made orthogonal; all else is left to AdamW.

    Reference: [Jordan, 2024](https://kellerjordan.github.io/posts/muon/),
    [Liu et al., 2025](https://arxiv.org/abs/2502.16982)

    Args:
        learning_rate: Float, schedule or callable. Defaults to `0.001`.
        adam_beta_1: Float, AdamW's share of the first moment. Defaults to `0.9`.
        adam_beta_2: Float, AdamW's share of the second moment. Defaults to `0.999`.
        adam_weight_decay: Float, AdamW's weight decay. Defaults to `0.004`.
        epsilon: Float, AdamW's epsilon. Defaults to `1e-7`.
        weight_decay: Float, the weight decay of matrices. Defaults to `0.004`.
        exclude_layers: Optional list of patterns; variables whose path has one are left to AdamW.
        exclude_embeddings: Boolean, whether embeddings are left to AdamW. Defaults to `True`.
        muon_a, muon_b, muon_c: Floats, the polynomial of an iteration.
        adam_lr_ratio: Float, AdamW's learning rate over that of matrices. Defaults to `1`.
        momentum: Float, the share of the momentum that stays at a step. Defaults to `0.95`.
        ns_steps: Integer, the number of Newton-Schulz iterations. Defaults to `5`.
        nesterov: Boolean, whether Nesterov momentum is used. Defaults to `True`.
        rms_rate: Optional float, the root mean square of a step. Defaults to `0.2`.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `keras.optimizers.Optimizer`.

    Example:

    >>> w = keras.Variable([[1.0, 0.0], [0.0, 1.0]])
    >>> keras.optimizers.Muon(learning_rate=0.1, weight_decay=None).apply([np.eye(2)], [w])
    >>> bool(w.numpy()[0, 0] < 1.0)
    True
    """

    def __init__(
        self, learning_rate: LearningRate = 0.001, adam_beta_1=0.9, adam_beta_2=0.999, adam_weight_decay=0.004,
        epsilon: float = 1e-7, weight_decay: float | None = 0.004, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, exclude_layers=None,
        exclude_embeddings=True, muon_a=3.4445, muon_b=-4.775, muon_c=2.0315, adam_lr_ratio=1, momentum: float = 0.95,
        ns_steps=5, nesterov: bool = True, rms_rate=0.2, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.adam_beta_1, self.adam_beta_2, self.epsilon = adam_beta_1, adam_beta_2, epsilon
        self.adam_weight_decay, self.adam_lr_ratio = adam_weight_decay, adam_lr_ratio
        self.exclude_layers, self.exclude_embeddings = exclude_layers or [], exclude_embeddings
        self.muon_a, self.muon_b, self.muon_c, self.ns_steps = muon_a, muon_b, muon_c, ns_steps
        self.momentum, self.nesterov, self.rms_rate = momentum, nesterov, rms_rate

    def _is_adams(self, variable) -> bool:
        if len(variable.shape) != 2 or (self.exclude_embeddings and "embedding" in variable.path.lower()):
            return True
        return any(re.search(pattern, variable.path) for pattern in self.exclude_layers)

    def build(self, var_list: list[Variable]) -> None:
        """Creates the momentums, and AdamW's second moments where it is used."""
        if self.built:
            return
        super().build(var_list)
        self.momentums, self.adam_velocities = [], []
        for variable in var_list:
            self.momentums.append(self.add_variable_from_reference(variable, "momentum"))
            adams = self._is_adams(variable)
            self.adam_velocities.append(self.add_variable_from_reference(variable, "velocity") if adams else None)

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one variable by its gradient."""
        rate, gradient = ops.cast(learning_rate, variable.dtype), ops.cast(gradient, variable.dtype)
        place = self._get_variable_index(variable)
        m, v = self.momentums[place], self.adam_velocities[place]
        if v is None:
            self._step_matrix(variable, gradient, rate, m)
            return
        step = step_number(self, variable.dtype)
        rate = ops.multiply(ops.multiply(rate, self.adam_lr_ratio), ops.sqrt(left_of(self.adam_beta_2, step)))
        alpha = ops.divide(rate, left_of(self.adam_beta_1, step))
        update.adam(variable, gradient, alpha, m, v, self.adam_beta_1, self.adam_beta_2, self.epsilon)

    def _step_matrix(self, variable, gradient, rate, m) -> None:
        total = ops.add(ops.multiply(m.value, self.momentum), gradient)
        self.assign(m, total)
        ahead = ops.add(gradient, ops.multiply(total, self.momentum)) if self.nesterov else total
        change = ops.multiply(self._orthogonal(ahead), rate)
        if self.rms_rate is not None:
            change = ops.multiply(change, math.sqrt(max(variable.shape)) * self.rms_rate)
        self.assign_sub(variable, change)

    def _orthogonal(self, x):
        """A matrix of about the same rows and columns with all singular values near 1 (Newton-Schulz)."""
        tall = x.shape[0] > x.shape[1]
        x = ops.transpose(x) if tall else x
        x = ops.divide(x, ops.add(ops.sqrt(ops.sum(ops.square(x))), 1e-7))
        for _ in range(self.ns_steps):
            gram = ops.matmul(x, ops.transpose(x))
            mixed = ops.add(ops.multiply(gram, self.muon_b), ops.matmul(ops.multiply(gram, self.muon_c), gram))
            x = ops.add(ops.multiply(x, self.muon_a), ops.matmul(mixed, x))
        return ops.transpose(x) if tall else x

    def _decay_of(self, variable):
        return self.adam_weight_decay if self._is_adams(variable) else self.weight_decay
