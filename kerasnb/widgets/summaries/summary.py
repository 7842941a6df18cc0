"""A model as a card: layers to fold, what each costs, and which of their units do nothing."""

from __future__ import annotations

import os
import sys
import weakref
from typing import Any, ClassVar

from kerasnb.model.training.session import check_free, run_elsewhere
from kerasnb.widgets.kit.data import a_model
from kerasnb.widgets.kit.data import check as check_data
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.notebook import notebook
from kerasnb.widgets.summaries.follow import follow
from kerasnb.widgets.summaries.measure import Measured, counted_fit, measure, measured_fit
from kerasnb.widgets.summaries.rows import Row, rows_of, sizes
from kerasnb.widgets.summaries.table import model_html, model_text, step_words
from kerasnb.widgets.summaries.units import Units

QUICK = 0.1  # seconds of a step that is measured when a model is displayed


def summary(model: Any, x: Any = None, y: Any = None) -> Summary:
    """Shows a model as a table of its layers; with data, also what each layer costs and which units do nothing.

    Args:
        model: A model.
        x: Optional inputs of one batch. Without them a model that was trained is measured on made-up numbers.
        y: Optional targets. With them, a compiled model is measured in training, else in prediction.

    Returns:
        The `Summary`, which a notebook displays.

    Raises:
        ValueError: If `model` is not a model, or there are targets without inputs.

    Example:

    >>> import kerasnb.widgets as kw
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="out")], name="net")
    >>> shown = kw.summary(model, np.ones((8, 4), "float32"))
    >>> shown.measured.costs["net/out"].flops, 8 * (2 * 4 * 2 + 2)
    (144, 144)
    """
    a_model(model)
    if x is None and y is not None:
        raise ValueError("Argument `x` must be given where `y` is. Received: x=None")
    for name, given in (("x", x), ("y", y)):
        if given is not None:
            check_data(given, name)
    return Summary(model, measured_fit(model) if x is None else measure(model, x, y), (x, y))


class Summary(Tool):
    """What `kw.summary` shows, and a model alone in a cell.

    Args:
        model: A model.
        measured: Optional `Measured`.
        data: Tuple of the inputs and targets to measure again with, None where there are none.
    """

    name: ClassVar[str] = "Summary"
    scripts: ClassVar[tuple[str, ...]] = ("kit/js/attempt.js", "summaries/js/summary.js")
    sheets: ClassVar[tuple[str, ...]] = ("summaries/js/summary.css",)

    def __init__(self, model: Any, measured: Measured | None = None, data: tuple = (None, None)) -> None:
        super().__init__()
        a_model(model)
        self.model, self.measured, self.data = model, measured, data
        self.units: dict[str, Units] = {}  # those of the last look at a training, newer than what was measured
        self.told = ""  # when that was
        self.change: dict | None = None
        if hasattr(model, "_watchers"):
            alive = [watcher for watcher in model._watchers if watcher() is not None]
            object.__setattr__(model, "_watchers", (*alive, weakref.WeakMethod(self.changed)))  # no part of the layer
            if (run := run_elsewhere(model)) is not None:
                follow(self, run)

    def state(self) -> dict:
        """The rows with what was measured."""
        measured = self.measured
        return {
            "name": str(getattr(self.model, "name", "model")),
            "kind": type(self.model).__name__,
            "sizes": sizes(self.model),
            "step": step_words(measured) if measured else "",
            "timed": bool(measured and measured.step),
            "counted": measured is not None,
            "why": self._why(),
            "rows": [_values(row) for row in rows_of(self.model, measured, self.units)],
            "told": self.told,
            "text": _keras_text(self.model),
            "change": self.change,
        }

    def _why(self) -> str:
        """Why nothing can be measured, or nothing."""
        if self.data[0] is not None or counted_fit(self.model) is not None:
            return ""
        return "Measuring needs a trained model or data: kw.summary(model, x, y)"

    def html(self) -> str:
        """The table without scripts."""
        return model_html(self.model, self.measured, self.units, self.told)

    def text(self) -> str:
        """What Keras prints, and what was measured."""
        known = model_text(self.model, self.measured, None, self.units, self.told)
        more = f"\n{known}\n" if self.measured or self.units else ""
        return _keras_text(self.model) + more

    def bundle(self) -> dict:
        """The static picture; as text, what Keras prints."""
        return {**super().bundle(), "text/plain": _keras_text(self.model)}

    def on_measure(self, message: dict, buffers: list) -> None:
        """Measures the step, again."""
        check_free(self.model)
        x, y = self.data
        measured = measured_fit(self.model) if x is None else measure(self.model, x, y)
        if measured is None:
            raise ValueError(self._why())
        self.measured = measured
        if measured.units:  # newer than those of a training
            self.units, self.told = {}, ""
        self.refresh()

    def changed(self, what: str, subject: Any) -> None:
        """A layer was added to the model, or removed from it; or a run begins (`"trains"`)."""
        if what == "trains":
            follow(self, subject)
            return
        self.change = {"what": what, "path": f"{self.model.name}/{subject.name}", "name": subject.name}
        self.measured, self.units, self.told = None, {}, ""
        self.refresh()


def _values(row: Row) -> dict:
    cost = row.cost
    return {
        "path": row.path, "name": row.name, "kind": row.kind, "family": row.family, "shape": row.shape,
        "params": row.params, "frozen": row.frozen, "from": row.sources, "state": row.state,
        "ms": None if cost is None else round(cost.ms, 4), "flops": None if cost is None else cost.flops,
        "bytes": None if cost is None else cost.bytes, "children": [_values(child) for child in row.children],
    }  # fmt: skip


def _keras_text(model: Any) -> str:
    texts: list[str] = []
    model.summary(print_fn=texts.append)
    return texts[0]


# --- models as values of cells, and `model.summary()`


def show_model(model: Any) -> bool:
    """Shows a model as a live card where a person watches; returns whether it did.

    Args:
        model: A model.
    """
    if _renderer() not in ("auto", "live") or notebook.shell() is None or not notebook.is_watched():
        return False
    _shown(model).show()
    return True


def show_summary(model: Any) -> bool:
    """Shows a model in place of the text of `model.summary()`; returns whether it did.

    Args:
        model: A model.
    """
    if _renderer() in ("text", "none") or notebook.shell() is None or _redirected():
        return False
    _shown(model).show()
    return True


def _redirected() -> bool:
    """Whether what is printed goes elsewhere than to the notebook: then somebody wants the text."""
    return not type(sys.stdout).__module__.startswith("ipykernel")


def _renderer() -> str:
    return os.environ.get("KERASNB_RENDERER") or "auto"


def _shown(model: Any) -> Summary:
    return Summary(model, measured_fit(model, QUICK) if notebook.is_watched() else None)
