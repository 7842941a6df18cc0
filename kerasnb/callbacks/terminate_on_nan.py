"""TerminateOnNaN: ends training when the loss is not finite."""

from __future__ import annotations

import math

from kerasnb.callbacks.callback import Callback
from kerasnb.utils.progbar import write


class TerminateOnNaN(Callback):
    """Callback that ends training when the loss is NaN or infinite.

    Args:
        raise_error: Boolean, whether to raise an error rather than to stop gracefully. Defaults to `False`.

    Raises:
        RuntimeError: At such a loss, if `raise_error` is `True`.

    Example:

    >>> callback = keras.callbacks.TerminateOnNaN()
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Looks at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}. Terminating training immediately."
            )
        write(f"Batch {batch}: Invalid loss, terminating training\n")
        self.model.stop_training = True
