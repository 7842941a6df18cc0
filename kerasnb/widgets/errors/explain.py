"""An error of shapes as a picture: red where it breaks, green where the mend goes; a text in consoles."""

from __future__ import annotations

import html
import importlib
import sys
from typing import Any

from kerasnb.model.run.coach import advise
from kerasnb.widgets.errors import trace
from kerasnb.widgets.errors.read import LAYER, is_a_merge, story_of
from kerasnb.widgets.errors.story import Line, Node, Story
from kerasnb.widgets.kit import frontend
from kerasnb.widgets.kit.card import card
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.lesson.card import words
from kerasnb.widgets.notebook import notebook
from kerasnb.widgets.summaries.kinds import COLOURS

BAD, GOOD, GREY = "#d6453d", "#2e9e5b", "#8a8f98"
MONO = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px"
BOX = (
    "border-radius:4px;padding:4px 9px;display:flex;flex-wrap:wrap;gap:8px;align-items:center;min-height:30px;"
    "box-sizing:border-box"
)


class ShapeError(Tool):
    """An error of shapes: the chain of layers, the two sides that disagree, the fix, and a short traceback.

    Args:
        story: `Story`, what it says.
        trace: String, the short traceback.
        model: The model that failed, or None.
    """

    name = "ShapeError"
    scripts = ("errors/js/errors.js",)
    sheets = ("errors/js/errors.css",)

    def __init__(self, story: Story, trace: str, model: Any = None) -> None:
        super().__init__()
        self.story, self.trace, self.model = story, trace, model

    def __repr__(self) -> str:
        """The same in each run: it has no numbers but those of shapes."""
        return self.text()

    def state(self) -> dict:
        """What the browser draws."""
        told = self.story._asdict()
        nodes, code = [n._asdict() for n in self.story.nodes], [line._asdict() for line in self.story.code]
        return {**told, "nodes": nodes, "code": code, "trace": self.trace, "builder": self._can_build()}

    def _can_build(self) -> bool:
        if self.model is None or not getattr(self.model, "built", False) or not hasattr(self.model, "layers"):
            return False
        return "Builder" in importlib.import_module("kerasnb.widgets").__all__

    def html(self) -> str:
        """The static picture."""
        return f'<div class="kerasnb-card">{card(self.picture(), self.text())}</div>'

    def picture(self) -> str:
        """The chain and the mend as HTML, for cards that show more."""
        told = self.story
        chain = "".join(_edge(n, i) + _box(n) for i, n in enumerate(told.nodes))
        code = "".join(_code(line) for line in told.code)
        other = f'<div style="font-size:12px;opacity:.8;margin-top:6px">{words(told.other)}</div>' if told.other else ""
        folded = (
            f'<details style="font-size:12px;margin-top:8px"><summary style="cursor:pointer">'
            f'Short traceback (your code only)</summary><pre style="{MONO};white-space:pre-wrap">'
            f"{html.escape(self.trace)}</pre></details>"
        )
        return (
            f'<div style="font-size:13px;line-height:1.45"><div><b style="color:{BAD}">✕ Shapes do not fit</b> '
            f'{html.escape(told.between)}</div><div style="display:flex;flex-wrap:wrap;gap:10px 22px;margin-top:8px">'
            f'<div role="img" aria-label="{html.escape(self._spoken())}" style="flex:1 1 300px;max-width:380px">{chain}'
            f'</div><div style="flex:1 1 300px;min-width:0"><div><b>{words(told.head)}</b> {words(told.why)}</div>'
            f'<pre style="{MONO};margin:8px 0 0;overflow-x:auto">{code}</pre>{other}{folded}</div></div></div>'
        )

    def _spoken(self) -> str:
        parts = [f"{n.name} {n.shape}" + (" (proposed)" if n.state == "new" else "") for n in self.story.nodes]
        return f"Chain: {', '.join(parts)}. It breaks between {self.story.between}."

    def text(self) -> str:
        """The same for consoles: ✕ marks the break, + the mend."""
        told = self.story
        lines = [f"Shapes do not fit: {told.between}"]
        width = max(len(n.name) for n in told.nodes)
        for node in told.nodes:
            if node.edge:
                lines.append(f"    ✕ {node.edge}")
            sign = {"bad": "✕", "new": "+"}.get(node.state, "│")
            lines.append(f"  {sign} {node.name.removeprefix('+ '):{width}}  {node.kind:12}  {node.shape}".rstrip())
        lines += [_plain(f"{told.head} {told.why}"), *(f"  {line.sign or ' '} {line.code}" for line in told.code)]
        return "\n".join([*lines, *([told.other] if told.other else [])])

    def on_builder(self, message: dict, buffers: list) -> dict:
        """Opens the Builder on the model, in the place of this card; where that cannot be, returns the code for it."""
        if not self._displays:
            return {"code": f"kw.Builder({trace_name(self.model)})"}
        builder = importlib.import_module("kerasnb.widgets").Builder(self.model)
        view = {"application/vnd.jupyter.widget-view+json": frontend.view_reference(builder._open())}
        builder._displays, self._displays = self._displays, []
        for display_id in builder._displays:
            notebook.replace({**view, **builder.bundle()}, display_id)
        return {}


def trace_name(model: Any) -> str:
    """What the notebook calls a model."""
    main = vars(sys.modules["__main__"])
    return next((name for name, value in list(main.items()) if value is model and not name.startswith("_")), "model")


def _plain(text: str) -> str:
    return text.replace("`", "")


def _edge(node: Node, index: int) -> str:
    if node.edge:
        return (
            f'<div style="margin-left:24px;border-left:2.5px dashed {BAD};padding:5px 0 5px 9px;color:{BAD};'
            f'font-size:12px;font-weight:600">✕ {html.escape(node.edge)}</div>'
        )
    return f'<div style="margin-left:24px;border-left:1.5px solid {GREY};height:15px"></div>' if index else ""


def _box(node: Node) -> str:
    colour = {"bad": BAD, "new": GOOD}.get(node.state, GREY)
    side = {"bad": BAD, "new": GOOD}.get(node.state, COLOURS.get(node.family, GREY))
    style = "dashed" if node.state == "new" else "solid"
    own = f"border:1px {style} {colour};border-left:3px {style} {side};{BOX}"
    own += f";color:{GOOD}" if node.state == "new" else ""
    kind = f'<span style="font-size:12px;opacity:.75">{html.escape(node.kind)}</span>' if node.kind else ""
    return (
        f'<div style="{own}"><b>{html.escape(node.name)}</b>{kind}'
        f'<span style="margin-left:auto;{MONO}">{html.escape(node.shape)}</span></div>'
    )


def _code(line: Line) -> str:
    colour = {"+": GOOD, "-": BAD}.get(line.sign)
    text = html.escape(f"{line.sign or ' '} {line.code}\n")
    return f'<b style="color:{colour}">{text}</b>' if colour else text


def explain(exception: Any = None, model: Any = None) -> ShapeError | None:
    """Draws why shapes do not fit: the chain of layers, the place where it breaks, and what mends it.

    Of a run, or of the History that `fit` returned, it prints what the numbers say, as `kw.advise` does.

    Args:
        exception: The error, or a run. Defaults to the last error that was not caught.
        model: The model that failed. Defaults to the one that the failing line of code names.

    Returns:
        A `ShapeError`, which shows itself in a notebook and prints as text; None where the error is another one.

    Raises:
        ValueError: If there is no error to explain.

    Example:

    >>> import kerasnb.widgets as kw
    >>> try:
    ...     keras.Sequential([keras.Input((28, 28)), keras.layers.Conv2D(8, 3)])
    ... except ValueError as problem:
    ...     print(kw.explain(problem).text().splitlines()[0])
    Shapes do not fit: input and conv2d
    """
    if exception is not None and not isinstance(exception, BaseException):
        advise(exception)
        return None
    problem = exception if exception is not None else getattr(sys, "last_value", None)
    if not isinstance(problem, BaseException):
        raise ValueError("There is no error to explain: no cell has failed yet. Pass one: `kw.explain(exception)`.")
    message = str(problem)
    found = LAYER.search(message)
    failed = model if model is not None else trace.model_of(problem, (found[1],) if found else ())
    told = story_of(message, trace.branches_of(problem) if is_a_merge(message) else failed)
    if told is None:
        return None
    labels = trace.labels_of(problem)
    nodes = [node._replace(kind=labels) if node.name == "labels" else node for node in told.nodes]
    return ShapeError(told._replace(nodes=nodes), trace.short(problem), failed)
