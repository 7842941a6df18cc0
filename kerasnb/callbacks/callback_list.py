"""CallbackList: many callbacks called as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb import tree
from kerasnb.callbacks.callback import Callback
from kerasnb.callbacks.history import History
from kerasnb.callbacks.progbar_logger import ProgbarLogger

BATCH_HOOKS = [
    f"on_{kind}batch_{when}" for kind in ("", "train_", "test_", "predict_") for when in ("begin", "end")
]  # fmt: skip


class CallbackList(Callback):
    """Container for callbacks, which are called in their order.

    Args:
        callbacks: List of `Callback` instances, or one of them.
        add_history: Whether a `History` is added if there is none. Defaults to `False`.
        add_progbar: Whether a `ProgbarLogger` is added if there is none. Defaults to `False`.
        model: The model the callbacks are used with.
        **params: Parameters that each callback receives with `set_params`.

    Raises:
        TypeError: If one of the callbacks has no hooks.

    Example:

    >>> calls = keras.callbacks.CallbackList([keras.callbacks.History()])
    >>> calls.has_batch_hooks
    False
    """

    def __init__(
        self, callbacks: Any = None, add_history: bool = False, add_progbar: bool = False, model: Any = None,
        **params: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        self.callbacks: list = tree.flatten(callbacks) if callbacks else []
        for callback in self.callbacks:
            _check(callback)
        self._history: History | None = self._first(History)
        if self._history is None and add_history:
            self._history = History()
            self.callbacks.append(self._history)
        if add_progbar and self._first(ProgbarLogger) is None:
            self.callbacks.append(ProgbarLogger())
        if model is not None:
            self.set_model(model)
        self.set_params(params)

    def _first(self, kind: type) -> Any:
        return next((c for c in self.callbacks if isinstance(c, kind)), None)

    def append(self, callback: Callback) -> None:
        """Adds a callback at the end."""
        _check(callback)
        self.callbacks.append(callback)

    @property
    def has_batch_hooks(self) -> bool:
        """Whether any callback overrides a hook of batches; if not, a step need not call them."""
        return any(_overrides(c, name) for c in self.callbacks for name in BATCH_HOOKS)

    def set_params(self, params: dict) -> None:
        """Gives the parameters to each callback."""
        self.params = params
        if params:
            for callback in self.callbacks:
                callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Gives the model to each callback."""
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Calls each callback; what one of them adds to the logs is seen by those after it, and by the caller."""
        plain = _plain(logs)
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, plain)
        if logs is not None:
            logs.clear()
            logs.update(plain)


def _indexed(name: str) -> Callable:
    def call(self: CallbackList, index: int, logs: dict | None = None) -> None:
        logs = _plain(logs)
        for callback in self.callbacks:
            getattr(callback, name)(index, logs=logs)

    call.__name__, call.__doc__ = name, f"Calls `{name}` of each callback."
    return call


def _plain_hook(name: str) -> Callable:
    def call(self: CallbackList, logs: dict | None = None) -> None:
        logs = _plain(logs)
        for callback in self.callbacks:
            getattr(callback, name)(logs)

    call.__name__, call.__doc__ = name, f"Calls `{name}` of each callback."
    return call


for _name in [*BATCH_HOOKS, "on_epoch_begin"]:
    setattr(CallbackList, _name, _indexed(_name))
for _kind in ("train", "test", "predict"):
    for _when in ("begin", "end"):
        setattr(CallbackList, f"on_{_kind}_{_when}", _plain_hook(f"on_{_kind}_{_when}"))


def _plain(logs: dict | None) -> dict:
    """Logs sorted by name, with Python floats where a value is a number."""
    plain: dict[str, Any] = {}
    for name, value in sorted((logs or {}).items()):
        if isinstance(value, dict):
            plain.update(_plain(value))
            continue
        try:
            plain[name] = float(value)
        except (TypeError, ValueError):
            plain[name] = value
    return plain


def _overrides(callback: Callback, name: str) -> bool:
    method = getattr(callback, name, None)
    return getattr(method, "__func__", method) is not getattr(Callback, name)


def _check(callback: Any) -> None:
    if isinstance(callback, type) or not hasattr(callback, "on_epoch_end"):
        raise TypeError(
            f"Argument `callbacks` must hold instances of `keras.callbacks.Callback`. Received: {callback!r} "
            f"(of type {type(callback)})"
        )
