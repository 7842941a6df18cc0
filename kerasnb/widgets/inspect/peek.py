"""Peek: what each layer of a model makes of one sample, down to the arithmetic of one unit."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from kerasnb.widgets.inspect import rows as rows_
from kerasnb.widgets.inspect import statistics, still
from kerasnb.widgets.inspect.answers import Answers
from kerasnb.widgets.inspect.arithmetic.unit import arithmetic, check
from kerasnb.widgets.inspect.samples import Samples, class_labels, class_names
from kerasnb.widgets.inspect.tap import array
from kerasnb.widgets.kit.data import check as check_data
from kerasnb.widgets.kit.data import whole
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.kit.words import number
from kerasnb.widgets.sources.hood import Hood

MANY = 256  # samples that tell which units are dead
NUMBERS = 50_000_000  # activations that are kept at once
BARS = 10  # outputs that have a bar


class Peek(Tool):
    """The tool behind `kw.peek`."""

    name: ClassVar[str] = "Peek"
    scripts: ClassVar[tuple[str, ...]] = (
        "kit/js/code.js", "inspect/js/unit.js", "inspect/js/hood_pane.js", "inspect/js/peek.js",
    )  # fmt: skip
    sheets: ClassVar[tuple[str, ...]] = ("inspect/js/peek.css",)

    def __init__(self, model: Any, x: Any, y: Any = None, labels: Any = None) -> None:
        super().__init__()
        if not hasattr(model, "layers"):
            raise ValueError(f"Argument `model` must be a Keras model. Received: {type(model).__name__}")
        self.model, self.samples = model, Samples(model, x)
        self.at, self.only = 0, False
        self.unit: dict | None = None
        self._wrong: list[int] | None = None
        self._run()
        self.names = self._names(labels)
        self.y = None if y is None else self._targets(y)
        self._measure()

    def _names(self, labels: Any) -> list[str] | None:
        answers = self.answers()
        if answers is None or not answers.is_of_classes:
            if labels is not None:
                raise ValueError("Argument `labels` names classes, but the outputs of this model are no classes")
            return None
        return class_names(labels, answers.shares.shape[1])

    def _targets(self, y: Any) -> np.ndarray:
        check_data(y, "y")
        self._raw = np.asarray(array(y))
        if not self._raw.ndim and not self.samples.is_one:
            raise ValueError(f"Argument `y` must have {self.samples.count} values. Received: {y!r}")
        if self.samples.is_one:
            self._raw = self._raw[None]
        if len(self._raw) != self.samples.count:
            raise ValueError(f"Argument `y` must have {self.samples.count} values. Received {len(self._raw)}")
        return self._raw if self.names is None else class_labels(y, self.samples.count, len(self.names))

    # --- numbers

    def _run(self) -> None:
        """Runs the model on the chosen sample."""
        self.rows, self.outputs, self.where = rows_.rows_of(self.model, self.samples, slice(self.at, self.at + 1))
        self.unit = None

    def _many(self) -> int:
        """How many samples fit, with all activations at once, into a part of the memory."""
        size = sum(row.values.size for row in self.rows)
        return int(max(1, min(MANY, NUMBERS // max(1, size))))

    def _measure(self) -> None:
        """What needs many samples: units that never answer, the spread of weights and gradients."""
        count = self._many()
        few = self.samples.take(slice(0, count))
        gradients: dict[int, np.ndarray] = {}
        if self.y is not None and getattr(self.model, "compiled", False):
            gradients = statistics.gradients_of(self.model, few, self._raw[:count])
        many = rows_.rows_of(self.model, self.samples, slice(0, count))[0] if self.samples.count > 1 else []
        self.silent = [None if r.call is None else statistics.silence(r.call, r.layout.first) for r in many]
        self.silent = self.silent or [None] * len(self.rows)
        seen: set[int] = set()
        self.strips: list[list[dict]] = []
        for row in self.rows:
            layer = None if row.call is None else row.call.layer
            own = [] if layer is None or hasattr(layer, "layers") or id(layer) in seen else [layer]
            seen.update(id(one) for one in own)
            self.strips.append([s for one in own for s in statistics.of_weights(one, gradients)])

    @property
    def activations(self) -> dict[str, np.ndarray]:
        """The output of each layer for the chosen sample, by the layer's name; a shared layer counts its calls."""
        found: dict[str, np.ndarray] = {}
        for row in self.rows:
            name, again = row.name, 1
            while name in found:
                again += 1
                name = f"{row.name} ({again})"
            found[name] = row.values
        return found

    def answers(self) -> Answers | None:
        """The model's answer for the chosen sample, where the model has one output."""
        return Answers(self.model, array(self.outputs[0])) if len(self.outputs) == 1 else None

    def wrong(self) -> list[int]:
        """The samples that the model gets wrong, the surest first."""
        if self._wrong is None:
            made = self.model.predict(self.samples.like(self.samples.arrays), verbose=0)
            shares = Answers(self.model, array(made)).shares
            said = shares.argmax(-1)
            self._wrong = sorted(np.flatnonzero(said != self.y).tolist(), key=lambda i: -shares[i, said[i]])
        return self._wrong

    # --- what the page shows

    def state(self) -> dict:
        """Everything but the pictures and the chosen unit."""
        described = [
            {**row.describe(), "silent": silent, "strips": strips}
            for row, silent, strips in zip(self.rows, self.silent, self.strips, strict=True)
        ]
        return {
            "model": self.model.name, "sample": self.at, "samples": self.samples.count, "headline": self.headline(),
            "rows": plain(described), "output": plain(self.output()), "only": self.only,
            "filter": self.why_no_mistakes(), "turn": f"{self.at}.{id(self.rows)}",
        }  # fmt: skip

    def why_no_mistakes(self) -> str:
        """Why there is no list of mistakes; an empty string where there is one."""
        if self.samples.count == 1:
            return "There is one sample: give a batch and its labels"
        if self.y is None:
            return "Mistakes need the labels: kw.peek(model, x, y)"
        return "" if self.names else "The outputs of this model are no classes"

    def headline(self) -> list[str]:
        """The parts of the first line: which sample, its label, the answer, how sure."""
        of = "one sample" if self.samples.count == 1 else f"sample {self.at:,} of {self.samples.count:,}"
        if self.y is not None:
            own = self.y[self.at]
            of += f", label {self.names[int(own)]}" if self.names else f", target {_numbers(np.ravel(own))}"
        answers = self.answers()
        if answers is None:
            return [of, "", ""]
        if not answers.is_of_classes or self.names is None:
            return [of, _numbers(answers.values[0]), ""]
        share = answers.shares[0]
        best = int(share.argmax())
        return [of, self.names[best], percent(float(share[best]))]

    def output(self) -> dict:
        """The bars of the output."""
        answers = self.answers()
        if answers is None or answers.values.shape[1] > 4096:
            return {}
        shares, names = (answers.shares if answers.is_of_classes else answers.values)[0], self.names
        order = range(len(shares)) if len(shares) <= BARS else np.argsort(-shares, kind="stable")[:BARS]
        last = self.rows[-1].describe()["activation"]
        title = f"Output ({', '.join([str(len(answers.values[0])), *([last] if last else [])])})"
        called = [str(i) if names is None else names[i] for i in order]
        return {
            "title": title, "names": called, "values": [float(shares[i]) for i in order],
            "shares": answers.is_of_classes, "rest": len(shares) - len(called),
        }  # fmt: skip

    def html(self) -> str:
        """The static picture."""
        return still.html(self)

    def text(self) -> str:
        """The same as text."""
        return still.text(self)

    # --- what a person does

    def on_maps(self, message: dict, buffers: list) -> tuple[dict, list]:
        """The pictures of all rows."""
        return {"turn": f"{self.at}.{id(self.rows)}"}, [row.bytes() for row in self.rows]

    def on_sample(self, message: dict, buffers: list) -> None:
        """Another sample: `to` a number, `by` a step, or `only` mistakes."""
        if "only" in message:
            self.only = bool(message["only"])
            if self.only and (self.why_no_mistakes() or not self.wrong()):
                self.only = False
                raise ValueError(self.why_no_mistakes() or "The model makes no mistake on these samples")
        self._choose(self._next(message))
        self.refresh(picture=False)

    def _next(self, message: dict) -> int:
        if "to" in message:
            to = message["to"]
            if type(to) is not int or not 0 <= to < self.samples.count:
                raise ValueError(f"Samples are numbered from 0 to {self.samples.count - 1}. Received: {to}")
            return to
        by = whole({"by": 0, **message}, "by")
        if self.only:
            wrong = self.wrong()
            place = wrong.index(self.at) + by if self.at in wrong else 0
            return wrong[place % len(wrong)]
        return (self.at + by) % self.samples.count

    def _choose(self, sample: int) -> None:
        if sample != self.at:
            self.at = sample
            self._run()

    def on_unit(self, message: dict, buffers: list) -> dict:
        """The arithmetic of the unit at `row`, `map`, `r`, `c`."""
        row, place, r, c = (whole(message, k) for k in ("row", "map", "r", "c"))
        if not 0 <= row < len(self.rows):
            raise ValueError(f"There is no row {row}")
        unit: dict = plain(self.explain(row, self.rows[row].layout.index(place, r, c)))
        self.unit = unit
        return unit

    def on_hood(self, message: dict, buffers: list) -> dict:
        """The code that ran for the layer of `row`."""
        row = whole(message, "row")
        if not 0 <= row < len(self.rows):
            raise ValueError(f"There is no row {row}")
        call = self.rows[row].call
        if call is None:
            raise ValueError("The data has no code")
        state = Hood(call.layer, call.inputs[0] if len(call.inputs) == 1 else call.inputs).state()
        kept = ("title", "words", "tabs", "ran", "verdict", "agrees")
        return plain({key: state[key] for key in kept})

    def on_settle(self, message: dict, buffers: list) -> None:
        """The person rests at a unit: the saved picture follows."""
        self._freeze()

    def explain(self, row: int, index: tuple[int, ...]) -> dict:
        """The arithmetic of one unit as the page shows it.

        Args:
            row: Integer, the row of the array.
            index: Tuple, the index into the array.
        """
        shown = self.rows[row]
        engine = float(shown.values[index])
        place, r, c = shown.layout.place(index)
        made: dict = {
            "title": f"{shown.name}, {shown.layout.words(index)}", "row": row, "map": place, "r": r, "c": c,
            "engine": engine, "index": list(index), "rows": [],
        }  # fmt: skip
        if shown.call is None:
            return {**made, "note": "This is the data: nothing is computed."}
        try:
            steps = arithmetic(shown.call, 0, index)
        except ValueError as problem:
            return {**made, "note": f"{problem}."}
        equal, words = check(steps, shown.call, engine)
        return {
            **made, **steps.shown(), "captions": steps.captions, "rows": [list(r) for r in steps.rows],
            "value": steps.value, "formula": steps.formula, "equal": equal, "words": words,
            "code": "import numpy as np\n\n" + steps.code if steps.code else "", "from": self._origin(row, steps),
        }  # fmt: skip

    def _origin(self, row: int, steps: Any) -> dict | None:
        """Where on the page the numbers stand that a unit is computed from."""
        if steps.origin is None:
            return None
        source = rows_.source_of(self.rows, self.where, row, steps.source)
        layout = self.rows[source].layout
        low, high = (tuple(o[k] for o in steps.origin) for k in (0, 1))
        if len(low) != len(layout.shape):
            return None
        (m0, r0, c0), (m1, r1, c1) = layout.place(low), layout.place(high)
        if layout.kind == "image":
            m0 = m1 = 0
        if layout.kind == "vector" and r1 > r0:
            c0, c1 = 0, layout.columns - 1
        return {"row": source, "maps": [m0, m1], "r": [r0, r1], "c": [c0, c1]}


def plain(value: Any) -> Any:
    """JSON values: numbers that are not finite become None."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value


def percent(share: float) -> str:
    """A share as the page writes it."""
    return "<.1 %" if 0 < share < 0.001 else f"{100 * share:.1f} %"


def _numbers(values: np.ndarray) -> str:
    shown = ", ".join(number(float(v)) for v in values[:4])
    return shown + (", …" if len(values) > 4 else "")


def peek(model: Any, x: Any, y: Any = None, labels: Any = None) -> Peek:
    """Shows what each layer of a model makes of one sample, and how each number comes about.

    Maps, strips and heat maps show the activations. A click on a unit shows its arithmetic: what it sees times its
    weights, the sum, the bias, the activation, checked against the engine's value.

    Args:
        model: A model: Sequential, functional, nested, or a subclass.
        x: One sample, or a batch of which one is shown: `[` and `]` choose it. A list or dict for several inputs.
        y: Optional labels or targets: for the mistakes, and with a compiled model for the gradients of the weights.
        labels: Optional names of the classes.

    Returns:
        A tool that a notebook shows; its `activations` are arrays by the names of the layers.

    Raises:
        ValueError: If the data does not fit the model.

    Example:

    >>> import kerasnb.widgets as kw
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="out")])
    >>> kw.peek(model, np.ones(3)).activations["out"].shape
    (2,)
    """
    return Peek(model, x, y, labels)
