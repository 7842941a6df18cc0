"""A training in the background: other code runs meanwhile."""

from __future__ import annotations

import atexit
import math
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kerasnb.backend.tensor import device
from kerasnb.callbacks import History
from kerasnb.model.run.control import as_number

if TYPE_CHECKING:  # only for the annotations
    from kerasnb.model.run.run import Run

_alive: weakref.WeakSet[Background] = weakref.WeakSet()
AT_ONCE = 0.1  # seconds of a wait in one piece
AT_EXIT = 10.0  # seconds that the end of the process waits for the last batch


class Background:
    """A fit that runs on a thread of its own; `model.fit(..., background=True)` returns it.

    Attributes:
        run: The `Run`, with the record of the training so far and its `control`.

    Example:

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> training = model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=3, verbose=0, background=True)
    >>> len(training.result().history["loss"]), training.running
    (3, False)
    """

    def __init__(self, run: Run, train: Callable[[], History]) -> None:
        self.run = run
        self._train, self._device = train, device.current()
        self._history: History | None = None
        self._problem: BaseException | None = None
        self._ended = threading.Event()  # a thread that is waited for says that it has ended when that is interrupted
        self._thread = threading.Thread(target=self._work, name="kerasnb-fit", daemon=True)
        _alive.add(self)
        self._thread.start()

    def __repr__(self) -> str:
        return "<kerasnb.Background fit>"  # constant: an address would be another one in each run of a notebook

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict:
        return {"text/plain": repr(self)}

    def _work(self) -> None:
        try:
            with device.scope(self._device):
                self._history = self._train()
        except BaseException as problem:  # whatever it is, `result` raises it where somebody can see it
            self._problem = problem
        finally:
            self._train = _nothing
            self._ended.set()

    @property
    def running(self) -> bool:
        """Whether the training has not ended yet."""
        return not self._ended.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Waits for the end of the training.

        Args:
            timeout: Optional number of seconds to wait at most.

        Returns:
            Boolean, whether it has ended.

        Raises:
            ValueError: If `timeout` is no number of seconds.
            RuntimeError: If one of its own callbacks waits for it.
        """
        if timeout is not None and not as_number(timeout) >= 0:
            raise ValueError(f"Argument `timeout` must be None or a number of seconds. Received: timeout={timeout!r}")
        if threading.current_thread() is self._thread:
            raise RuntimeError(
                "The training cannot wait for itself: one of its callbacks called `wait()` or `result()`. "
                "Call them outside of the callbacks."
            )
        until = time.monotonic() + (math.inf if timeout is None else float(timeout))
        while (left := until - time.monotonic()) > 0 and not self._ended.is_set():
            self._ended.wait(min(left, AT_ONCE))  # an interrupt just before a wait is noticed only after it
        return self._ended.is_set()

    def result(self) -> History:
        """Waits for the end and returns the `History`, as `fit` without `background` does.

        Raises:
            Exception: The error that ended the training, if one did.
        """
        self.wait()
        if self._problem is not None:
            raise self._problem
        assert self._history is not None
        return self._history

    def stop(self) -> None:
        """Ends the training after the current batch."""
        self.run.control.request_stop()

    def pause(self) -> None:
        """Lets the training wait after the current batch."""
        self.run.control.pause()

    def resume(self) -> None:
        """Lets a paused training continue."""
        self.run.control.resume()


def _nothing() -> Any:
    return None


def _stop_all() -> None:
    """Ends all trainings before the interpreter is taken apart, which running kernels would not survive."""
    running = [training for training in list(_alive) if training.running]
    for training in running:
        training.stop()
    for training in running:
        training.wait(AT_EXIT)


atexit.register(_stop_all)
