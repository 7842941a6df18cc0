"""Builder: a model is built step by step, as cards and as code; every edit changes the real model."""

from __future__ import annotations

import importlib
from typing import Any

from kerasnb.model.model import Model
from kerasnb.model.training.session import run_elsewhere
from kerasnb.widgets.builder import preview, propose, settings, static, view
from kerasnb.widgets.builder.judge import MERGING, Place, text
from kerasnb.widgets.builder.read import CodeError
from kerasnb.widgets.builder.steps import Steps, as_json
from kerasnb.widgets.builder.training import Training
from kerasnb.widgets.builder.workshop import Workshop
from kerasnb.widgets.kit.data import whole
from kerasnb.widgets.kit.tool import Tool, explained
from kerasnb.widgets.notebook import notebook

CHANGES = ("insert", "share", "add_input", "remove", "move", "set", "code", "settings", "undo", "redo")
BUSY = "The model is training: stop it first, then change its layers."


class Builder(Steps, Tool):
    """Builds a model step by step, or changes one: `model` is the real model at every moment.

    Args:
        model: Optional `Sequential` or functional model to change. Defaults to a new one that fits the data.
        x: Optional inputs: an array, or a list or dict of them. One sample of it is shown in every layer.
        y: Optional targets, from which the last layer and the loss follow.
        seed: Integer, the seed of a new model's weights. Defaults to 0.

    Raises:
        ValueError: If the model is of another kind or has no input, or the data do not hold numbers.

    Example:

    >>> import kerasnb.widgets as kw
    >>> builder = kw.Builder(x=np.zeros((20, 8, 8, 1)), y=np.arange(20) % 10)
    >>> [layer.name for layer in builder.model.layers]
    ['flatten', 'dense']
    >>> builder.play([{"do": "insert", "after": "input_layer", "layers": [{"name": "Conv2D"}]}])
    >>> print(builder.code)
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    """

    name = "Builder"
    scripts = tuple(f"builder/js/{name}.js" for name in ("builder", "panes", "pictures", "inspector", "code"))
    sheets = ("builder/js/builder.css",)

    def __init__(self, model: Model | None = None, x: Any = None, y: Any = None, seed: int = 0) -> None:
        super().__init__()
        self.shop = Workshop(model, x, y, seed)
        self.chosen = next(iter(self.shop.plan.calls))
        self.place = Place(next(iter(self.shop.tensors)))
        self._choose(self.chosen)
        self.steps: list[dict] = []
        self.problem: dict | None = None
        self.training: Training | None = None
        self.sample = 0
        self.home: dict | None = None  # the cell that shows it

    # --- for the person who writes code

    @property
    def model(self) -> Any:
        """The model as it is now."""
        return self.shop.model

    @property
    def code(self) -> str:
        """The code that makes and compiles the model."""
        return view.code(self.shop).text

    def export(self) -> str:
        """Returns code for a cell of its own, with imports, the seed of a new model, and its trainings."""
        return view.export(self.shop, self._data_names())

    def play(self, steps: list[dict]) -> None:
        """Makes recorded steps again.

        Args:
            steps: List of dicts, as `steps` has them.

        Raises:
            ValueError: If one of them is no step, or cannot be made.
        """
        for step in steps:
            if not isinstance(step, dict) or step.get("do") not in (*CHANGES, "train"):
                raise ValueError(f"Argument `steps` must hold dicts with `do`. Received: {step}")
            if step["do"] == "train":
                self._start(step)
                if self.training:
                    self.training.wait()
            else:
                self._step(step["do"], step)
        self.refresh()

    def _data_names(self) -> tuple[str, str]:
        """The names that the data have in the notebook."""
        running = notebook.shell()
        space = getattr(running, "user_ns", {}) if running is not None else {}
        return tuple(  # type: ignore[return-value]  # two of them
            next((n for n, v in space.items() if v is data and not n.startswith("_")), fallback)
            for data, fallback in ((self.shop.x, "x"), (self.shop.y, "y"))
        )

    # --- what the page shows

    def state(self) -> dict:
        """What the page draws."""
        shop = self.shop
        written = view.code(shop)
        named = view.keys(shop.plan)
        replaced = self.chosen if self.replacing else None
        place = Place(shop.plan.calls[self.chosen].refs[0]) if replaced is not None else self.place
        return {
            "chips": self._chips(), "proposal": propose.sentence(shop.proposal) if shop.proposal else "",
            "chain": shop.plan.is_chain(), "cards": view.cards(shop), "total": view.total(shop),
            "chosen": named[self.chosen],
            "place": {"after": view.label(named, self.place.after), "branch": self.place.branch,
                      "before": None if self.place.before is None else named[self.place.before]},
            "replacing": self.replacing, "families": view.families(view.judge(shop), place, replaced),
            "inspector": view.inspector(shop, self.chosen), "rebuilt": shop.rebuilt,
            "code": {"text": written.text, "lines": {named[n]: line for n, line in written.line_of.items()}},
            "problem": self.problem, "undo": shop.done[-1].label if shop.done else "",
            "redo": shop.undone[-1].label if shop.undone else "", "settings": settings.shown(shop.settings),
            "training": self.training.state() if self.training else None, "data": bool(shop.inputs),
            "trainable": self._why_not_train(), "misfit": self.shop.misfit(),
            "odd": self.shop.odd(),
        }  # fmt: skip

    def _chips(self) -> list[str]:
        chips = []
        for data, name in ((self.shop.x, "x"), (self.shop.y, "y")):
            if data is not None:
                shapes = ", ".join(str(a.shape) for a in propose.arrays_of(data, name))
                about = f", {self.shop.proposal.about}" if name == "y" and self.shop.proposal else ""
                chips.append(f"{name} {shapes}{about}")
        return chips

    def _why_not_train(self) -> str:
        if self.shop.x is None or self.shop.y is None:
            return "No data: kw.Builder(x=x, y=y) has something to train on."
        if self.shop.misfit():
            return self.shop.misfit()
        if not self.shop.settings["loss"]:
            return "No loss: choose one under Change."
        if self.shop.settings["optimizer"] is None:
            return "No optimizer: choose one under Change."
        return ""

    def show_live(self) -> None:
        """Shows the live view in the running cell, where the training panel will appear, too."""
        self.home = notebook.parent() or None
        super().show_live()

    def html(self) -> str:
        """The static picture: the layers as a table, and the code."""
        return static.html(self.shop, self.code)

    def text(self) -> str:
        """The same as text."""
        return static.text(self.shop, self.code)

    # --- steps

    def _step(self, verb: str, message: dict) -> str:
        if self._is_busy():
            raise ValueError(BUSY)
        self._sync()
        words = getattr(self, f"step_{verb}")(message)
        self.problem = None
        recorded = {k: v for k, v in message.items() if k not in ("ask", "do")}
        if verb == "insert" and "after" not in recorded and "replace" not in recorded:
            raise ValueError("Argument `after` must name the card behind which the layer goes.")
        self.steps.append(as_json({"do": verb, **recorded}))
        return words

    def _answer(self, verb: str, content: dict, buffers: list) -> Any:
        if verb != "ping" and self._sync():
            self.refresh()
        return super()._answer(verb, content, buffers)

    def _is_busy(self) -> bool:
        """Whether the model is being trained, by this card or from elsewhere."""
        return (self.training is not None and self.training.runs) or run_elsewhere(self.shop.model) is not None

    def _sync(self) -> bool:
        """Takes over what another cell or panel has changed; returns whether there was something."""
        if self._is_busy() or not self.shop.sync():
            return False
        if self.chosen not in self.shop.plan.calls or self.place.after.call not in self.shop.plan.calls:
            self._choose(max(self.shop.plan.calls))
        return True

    def _on_change(self, verb: str, message: dict) -> dict:
        words = self._step(verb, message)
        self.refresh()
        return {"words": words, "rebuilt": self.shop.rebuilt}

    def on_code(self, message: dict, buffers: list) -> dict:
        """Takes edited code; a line that is no model is marked, and the model stays as it is."""
        try:
            return self._on_change("code", message)
        except Exception as problem:  # whatever it is, the line says it
            self.problem = {"line": getattr(problem, "line", 0), "text": explained(problem).splitlines()[0]}
            if not isinstance(problem, CodeError):
                self.problem["line"] = 0
            self.refresh(picture=False)
            return {"problem": self.problem}

    def on_select(self, message: dict, buffers: list) -> None:
        """Chooses a card."""
        self._choose(self._number(message))
        self.refresh(picture=False)

    def on_place(self, message: dict, buffers: list) -> None:
        """Moves the blue line, or says that the next layer takes the place of the chosen one."""
        if "replace" in message:
            self.replacing = bool(message["replace"]) and not self.shop.plan.is_input(self.chosen)
        else:
            self.place, self.replacing = self._place_of(message), False
        self.refresh(picture=False)

    def on_mends(self, message: dict, buffers: list) -> dict:
        """What can be inserted in place of a layer that does not fit at the blue line."""
        found = view.judge(self.shop).mends(str(message.get("layer")), self.place) if not self.replacing else []
        named = view.keys(self.shop.plan)
        rows = [{"label": words, "layers": steps, "after": view.label(named, ref)} for words, steps, ref in found]
        return {"mends": [row | {"elsewhere": row["after"] != view.label(named, self.place.after)} for row in rows]}

    def on_partners(self, message: dict, buffers: list) -> dict:
        """The tensors that a layer can join with that of the blue line, and why not the others."""
        judged, named = view.judge(self.shop), view.keys(self.shop.plan)
        if message.get("layer") not in MERGING:
            raise ValueError(f"Argument `layer` must be a layer that joins. Received: {message.get('layer')!r}")
        found = judged.partners(str(message.get("layer")), self.place)
        ends = self.shop.plan.output_refs()
        return {"partners": [
            {"card": view.label(named, ref), "shape": text(judged.shapes[ref]), "end": ref in ends, "why": why}
            for ref, why in found
        ]}  # fmt: skip

    def on_preview(self, message: dict, buffers: list) -> Any:
        """What each layer does to the chosen sample."""
        if not self.shop.inputs or self._is_busy() or self.shop.misfit():
            return {"cards": []}
        count = len(self.shop.inputs[0])
        self.sample = min(max(whole({"sample": self.sample, **message}, "sample"), 0), count - 1)
        samples = [a[self.sample : self.sample + 1] for a in self.shop.inputs]
        named, rows, sent = view.keys(self.shop.plan), [], []
        for number, value in preview.outputs(self.shop.plan, samples).items():
            picture = preview.small(value, self.shop.plan.is_input(number))
            if picture is not None:
                sent.append(picture.pop("data"))
                rows.append({"key": named[number], **picture})
        return {"cards": rows, "sample": self.sample, "samples": count}, sent

    def on_check(self, message: dict, buffers: list) -> dict:
        """Checks model and data before a training."""
        try:
            check = importlib.import_module("kerasnb.widgets").check
        except (ImportError, AttributeError):
            raise ValueError("kw.check is not installed.") from None
        if self._why_not_train():
            raise ValueError(self._why_not_train())
        if self._is_busy():
            raise ValueError("The model is training: check it before or after.")
        self.shop.compile()
        return {"text": str(check(self.shop.model, self.shop.x, self.shop.y))}

    # --- training

    def on_train(self, message: dict, buffers: list) -> dict:
        """Compiles and trains the model."""
        self._start(message)
        self.refresh()
        return {}

    def _start(self, message: dict) -> None:
        if self._is_busy():
            raise ValueError("The model is training already.")
        self._sync()
        if self._why_not_train():
            raise ValueError(self._why_not_train())
        self.problem = None
        self.training = Training(self.shop, self._told, self.home)
        try:
            self.training.start()
        except Exception:
            self.training = None
            raise
        self.steps.append({"do": "train"})

    def _told(self, is_end: bool) -> None:
        """Called by the thread that trains."""
        if is_end:
            with self.lock:  # a click may be changing the layers by now
                self.refresh()
        elif self.training is not None:
            self.push("training", training=self.training.state())

    def on_stop(self, message: dict, buffers: list) -> None:
        """Ends the training after this batch."""
        if self.training is not None and self.training.runs:
            self.training.stop()

    def on_cell(self, message: dict, buffers: list) -> dict:
        """Returns the code for a cell of its own."""
        return {"code": self.export()}


def _handler(verb: str) -> Any:
    def handle(self: Builder, message: dict, buffers: list) -> dict:
        return self._on_change(verb, message)

    return handle


for _verb in CHANGES:
    if _verb != "code":
        setattr(Builder, f"on_{_verb}", _handler(_verb))
