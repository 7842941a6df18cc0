"""LambdaCallback: functions as a callback."""

from __future__ import annotations

from collections.abc import Callable

from kerasnb.callbacks.callback import Callback


class LambdaCallback(Callback):
    """Callback made of functions.

    Args:
        on_epoch_begin: Called as `f(epoch, logs)` at the beginning of every epoch.
        on_epoch_end: Called as `f(epoch, logs)` at the end of every epoch.
        on_train_begin: Called as `f(logs)` at the beginning of training.
        on_train_end: Called as `f(logs)` at the end of training.
        on_train_batch_begin: Called as `f(batch, logs=logs)` before every batch.
        on_train_batch_end: Called as `f(batch, logs=logs)` after every batch.
        **kwargs: Any other hook of `Callback`, by name.

    Example:

    >>> calls = []
    >>> callback = keras.callbacks.LambdaCallback(on_train_begin=lambda logs: calls.append("begin"))
    >>> callback.on_train_begin({})
    >>> calls
    ['begin']
    """

    def __init__(
        self, on_epoch_begin: Callable | None = None, on_epoch_end: Callable | None = None,
        on_train_begin: Callable | None = None, on_train_end: Callable | None = None,
        on_train_batch_begin: Callable | None = None, on_train_batch_end: Callable | None = None, **kwargs: Callable,
    ) -> None:  # fmt: skip
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end, "on_train_begin": on_train_begin,
            "on_train_end": on_train_end, "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }  # fmt: skip
        self.__dict__.update(kwargs)
        self.__dict__.update({name: function for name, function in hooks.items() if function is not None})
