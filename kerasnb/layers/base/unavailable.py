"""Methods of layers in Keras that are not here: each says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb.backend.autodiff.operation import Operation


class Unavailable(Operation):
    """What layers of Keras have and those of kerasnb do not, or not yet."""

    def rematerialized_call(  # type: ignore[override]  # the names of Keras
        self, layer_call: Callable, *args: Any, **kwargs: Any
    ) -> Any:  # fmt: skip
        """Calls a function; what it computes is kept, not computed again in the backward pass.

        Rematerialization trades time for memory; the plan of a step keeps what its backward pass needs, in buffers that
        are reused.
        """
        return layer_call(*args, **kwargs)

    def add_metric(self, *args: Any, **kwargs: Any) -> None:
        """Not available, as in Keras 3: metrics are attributes of a layer, or arguments of `compile`.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            "Layers have no `add_metric()`: pass the metric to `Model.compile(metrics=[...])`, or set it as an "
            "attribute of the layer, and call its `update_state()` in `call()`."
        )
