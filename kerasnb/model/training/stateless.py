"""Training without side effects: the values of all variables are passed in, and new ones come out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb.backend.tensor.scopes import StatelessScope
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.warn import warn_user
from kerasnb.model.training.compiled import Compiled


class StatelessTraining(Compiled):
    """What models have for training loops without side effects."""

    def stateless_compute_loss(
        self, trainable_variables: Sequence, non_trainable_variables: Sequence, metrics_variables: Sequence,
        x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True,
    ) -> tuple:  # fmt: skip
        """Computes the loss of a batch with given values of all variables, without changing any of them.

        Args:
            trainable_variables: Values of `model.trainable_variables`.
            non_trainable_variables: Values of `model.non_trainable_variables`.
            metrics_variables: Values of `model.metrics_variables`.
            x: Inputs.
            y: Targets.
            y_pred: Outputs of the model, from `stateless_call`.
            sample_weight: Optional weights of the samples.
            training: Boolean, whether the model is being trained. Defaults to `True`.

        Returns:
            Tuple of the loss, and of the tuple of the three lists of values, the latter two with their new ones.

        Raises:
            ValueError: If the number of values does not fit.

        Example:

        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> values = model.trainable_variables, model.non_trainable_variables, model.metrics_variables
        >>> loss, _ = model.stateless_compute_loss(*values, y=np.zeros((1, 1)), y_pred=2 * np.ones((1, 1)))
        >>> float(loss)
        4.0
        """
        with StatelessScope(self._mapping(trainable_variables, non_trainable_variables, metrics_variables)) as scope:
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=training)
        after = (scope.current_values(v) for v in (self.non_trainable_variables, self.metrics_variables))
        return loss, (trainable_variables, *after)

    def compute_loss_and_updates(
        self, trainable_variables: Sequence, non_trainable_variables: Sequence, metrics_variables: Sequence, x: Any,
        y: Any, sample_weight: Any, training: bool = False, optimizer_variables: Sequence | None = None,
    ) -> tuple:  # fmt: skip
        """Runs the model on a batch and computes its loss, with given values of all variables.

        Args:
            trainable_variables: Values of `model.trainable_variables`.
            non_trainable_variables: Values of `model.non_trainable_variables`.
            metrics_variables: Values of `model.metrics_variables`.
            x: Inputs.
            y: Targets.
            sample_weight: Weights of the samples, or None.
            training: Boolean, whether the model is being trained. Defaults to `False`.
            optimizer_variables: Values of `model.optimizer.variables`, whose factor scales the loss in training.

        Returns:
            Tuple `(loss, (unscaled_loss, y_pred, non_trainable_variables, metrics_variables))`.
        """
        y_pred, non_trainable_variables = self.stateless_call(
            trainable_variables, non_trainable_variables, x, training=training
        )
        unscaled, (_, non_trainable_variables, metrics_variables) = self.stateless_compute_loss(
            trainable_variables, non_trainable_variables, metrics_variables, x=x, y=y, y_pred=y_pred,
            sample_weight=sample_weight, training=training,
        )  # fmt: skip
        loss = unscaled
        if training and self.optimizer is not None:
            with StatelessScope(zip(self.optimizer.variables, optimizer_variables or (), strict=False)):
                loss = self.optimizer.scale_loss(unscaled)
        return loss, (unscaled, y_pred, non_trainable_variables, metrics_variables)

    def _mapping(self, *values: Sequence) -> list[tuple]:
        names = ("trainable_variables", "non_trainable_variables", "metrics_variables")
        pairs: list[tuple] = []
        for name, given in zip(names, values, strict=True):
            own = getattr(self, name)
            if len(given) != len(own):
                raise ValueError(
                    f"Argument `{name}` must be a list of tensors corresponding 1:1 to {type(self).__name__}().{name}. "
                    f"Received list with length {len(given)}, but expected {len(own)} variables."
                )
            pairs += zip(own, given, strict=True)
        return pairs

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Tensor:
        """Computes the total loss of a batch."""
        raise NotImplementedError

    def jax_state_sync(self) -> None:
        """Does nothing: weights are always those that training has reached; Keras on JAX keeps copies meanwhile."""

    # --- state by path

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict:
        """Returns the values of all variables in nested dicts, by the parts of their paths.

        Args:
            value_format: `"backend_tensor"` (default) or `"numpy_array"`.

        Returns:
            Dict with the keys `trainable_variables`, `non_trainable_variables`, `optimizer_variables` and
            `metrics_variables`.

        Raises:
            ValueError: If the format is unknown, or two variables have one path.

        Example:

        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="out")], name="model")
        >>> model.compile("sgd", "mse")
        >>> list(model.get_state_tree()["trainable_variables"]["model"]["out"])
        ['kernel', 'bias']
        """
        if value_format not in ("backend_tensor", "numpy_array"):
            raise ValueError(
                "Invalid `value_format` argument. Expected one of {'numpy_array', 'backend_tensor'}. Received: "
                f"value_format={value_format}"
            )
        as_array = value_format == "numpy_array"
        return {name: _nested(variables, as_array) for name, variables in self._variables_by_kind().items()}

    def set_state_tree(self, state_tree: dict) -> None:
        """Assigns values to the variables of the model, as `get_state_tree` returned them.

        Paths that no variable has are left out, with a warning that names them.

        Args:
            state_tree: Dict of nested dicts; kinds and paths may be missing.

        Raises:
            ValueError: If it has another key; nothing is changed then.
        """
        known = self._variables_by_kind()
        for kind in state_tree:
            if kind not in known:
                raise ValueError(f"Unknown variable name: {kind}")
        unknown = []
        for kind, values in state_tree.items():
            by_path = {v.path: v for v in known[kind]}
            for path, value in _flat(values):
                if path in by_path:
                    by_path[path].assign(value)
                else:
                    unknown.append(path)
        if unknown:
            warn_user(f"`set_state_tree` left out values of paths that no variable of the model has: {unknown}")

    def _variables_by_kind(self) -> dict[str, list]:
        return {
            "trainable_variables": self.trainable_variables,
            "non_trainable_variables": self.non_trainable_variables,
            "optimizer_variables": [] if self.optimizer is None else self.optimizer.variables,
            "metrics_variables": self.metrics_variables,
        }


def _nested(variables: list, as_array: bool) -> dict:
    """Values in nested dicts."""
    result: dict = {}
    for variable in variables:
        *scopes, name = variable.path.split("/")
        inner = result
        for part in scopes:
            inner = inner.setdefault(part, {})
        if name in inner:
            raise ValueError(
                f"The following variable path is found twice in the model: '{variable.path}'. `get_state_tree()` can "
                "only be called when all variable paths are unique. Make sure to give unique names to your layers (and "
                "other objects)."
            )
        inner[name] = variable.numpy() if as_array else variable.value
    return result


def _flat(values: dict, prefix: str = "") -> list[tuple]:
    """(path, value) of nested dicts."""
    pairs: list[tuple] = []
    for key, value in values.items():
        path = f"{prefix}{key}"
        pairs += _flat(value, f"{path}/") if isinstance(value, dict) else [(path, value)]
    return pairs
