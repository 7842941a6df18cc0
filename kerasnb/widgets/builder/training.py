"""Training in the Builder: on a thread of its own, so that the card answers meanwhile."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np

from kerasnb.callbacks import Callback
from kerasnb.model.training.session import run_elsewhere
from kerasnb.widgets.builder import view
from kerasnb.widgets.builder.workshop import State, Workshop
from kerasnb.widgets.notebook import notebook

OFTEN = 0.1  # seconds between two messages


class Training(Callback):
    """One training of the model that is being built.

    Args:
        shop: `Workshop`.
        tell: Function that is called when there is something new; its argument says whether it is the end.
        home: Optional dict, the request of the cell that shows the Builder: the training panel appears below it.
    """

    def __init__(self, shop: Workshop, tell: Any, home: dict | None = None) -> None:
        super().__init__()
        self.shop, self.tell, self.home = shop, tell, home
        self.phase, self.problem = "compiling", ""
        self.epoch, self.batch, self.batches = 0, 0, 0
        self.epochs = int(shop.settings["epochs"])
        self.history: dict[str, list[float]] = {}
        self.now: dict[str, float] = {}
        self._told = 0.0
        self._stops = False  # whether a person has asked it to end
        self._is_ours = True  # not one that the training panel asks for, after the end
        self._by = 0  # the thread that trains the added epochs
        self._before: tuple = ()
        self._thread: threading.Thread | None = None

    @property
    def runs(self) -> bool:
        """Whether it is going on."""
        is_alive = self._is_ours or self._by == threading.get_ident() or run_elsewhere(self.shop.model) is not None
        return is_alive and self.phase in ("compiling", "training")

    def start(self) -> None:
        """Compiles the model and trains it on a thread."""
        shop = self.shop
        if shop.is_new and not shop.fits:
            written = view.code(shop, seeded=True)
            shop.draw_again(written.text, written.names.needs)
        shop.compile()
        self._thread = threading.Thread(target=self._run, daemon=True, name="kerasnb-builder")
        self._thread.start()

    def stop(self) -> None:
        """Ends the training after this batch, or after the first one."""
        self._stops = self.shop.model.stop_training = True

    def wait(self, seconds: float | None = None) -> None:
        """Waits for the end."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        shop, model = self.shop, self.shop.model
        before, state = self._values(), shop.state()
        settings = {k: shop.settings[k] for k in ("epochs", "batch_size", "validation_split")}
        try:
            with notebook.at_home(self.home):
                model.fit(shop.x, shop.y, verbose="auto" if self.home else 0, callbacks=[self], **settings)
            phase = "stopped" if model.stop_training and self.epoch < self.epochs else "done"
        except Exception as problem:  # whatever goes wrong is shown on the card
            phase, self.problem = "failed", str(problem).strip() or type(problem).__name__
        count = len(self.history.get("loss", []))
        fit = {**settings, "plan": shop.plan, "whole": phase == "done"}
        self._remember(before, state, count, [fit] if count or phase != "failed" else [])
        self.phase = phase  # last: from now on the layers may be changed
        self._is_ours = False
        self.tell(True)

    def _remember(self, before: tuple, state: State, count: int, made: list[dict]) -> None:
        variables, values = before
        after = self._values(variables)[1]
        fits = self.shop.fits
        self.shop.fits = [*fits, *made]
        kept = variables, (values, after), (fits, self.shop.fits)
        self.shop.remember(f"train {count} epoch{'' if count == 1 else 's'}", state, kept)

    def _values(self, variables: list | None = None) -> tuple[list, list]:
        """The variables of model and optimizer, and copies of their values."""
        model = self.shop.model
        if variables is None:
            if not model.optimizer.built:
                model.optimizer.build(model.trainable_variables)
            variables = list({id(v): v for v in [*model.variables, *model.optimizer.variables]}.values())
        return variables, [np.array(v.value) for v in variables]

    # --- what `fit` calls, and `run.extend` after it

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Notes what the model is when the training panel adds epochs."""
        if self._is_ours and self._stops:
            self.shop.model.stop_training = True  # `fit` has forgotten a click that came before it
        if not self._is_ours:
            self.phase, self._by = "training", threading.get_ident()
            self._before = self._values(), self.shop.state(), self.epoch
            self.epochs = int((self.params or {}).get("epochs") or self.epochs)

    def on_train_end(self, logs: dict | None = None) -> None:
        """Makes the epochs that the panel added a change that can be taken back."""
        if not self._is_ours and self._before:
            before, state, epoch = self._before
            self.phase, self._by, self._before = "done", 0, ()
            self._remember(before, state, self.epoch - epoch, [{"plan": self.shop.plan, "elsewhere": True}])
            self.tell(True)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Notes which epoch runs."""
        self.epoch, self.batch = epoch, 0
        self.batches = int((self.params or {}).get("steps") or 0)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Tells the page, now and then."""
        self.phase, self.batch = "training", batch + 1
        if time.monotonic() - self._told > OFTEN:
            self.now = {k: float(v) for k, v in (logs or {}).items()}
            self._told = time.monotonic()
            self.tell(False)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keeps the values of the epoch, and tells the page."""
        self.epoch = epoch + 1
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        self.now = {k: v[-1] for k, v in self.history.items()}
        self.tell(False)

    def state(self) -> dict:
        """What the page draws: JSON values."""
        if self.phase == "training" and not self.runs:
            self.phase = "stopped"  # the added epochs ended in an error, which the panel shows
        return {
            "phase": self.phase, "problem": self.problem, "epoch": self.epoch, "epochs": self.epochs,
            "batch": self.batch, "batches": self.batches, "panel": bool(self.home), "now": _finite(self.now),
            "history": {} if self.home else _finite(self.history),
        }  # fmt: skip


def _finite(values: Any) -> Any:
    """The values, those that JSON has no words for as None."""
    if isinstance(values, dict):
        return {key: _finite(value) for key, value in values.items()}
    if isinstance(values, list):
        return [_finite(value) for value in values]
    return values if np.isfinite(values) else None
