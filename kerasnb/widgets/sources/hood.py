"""The hood as a card: the code of a layer that ran, alone and in the training step, its CUDA twin and its reference."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from kerasnb.backend.compile.jit import flattened
from kerasnb.backend.runtime.thread_pool import thread_count
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.dtypes import is_float_dtype, limits
from kerasnb.widgets.kit.card import card, headline
from kerasnb.widgets.kit.data import whole
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.kit.words import count as counted
from kerasnb.widgets.kit.words import number
from kerasnb.widgets.sources.colour import coloured
from kerasnb.widgets.sources.ran import ran_in_step
from kerasnb.widgets.sources.source import Code, cpu_code, cuda_code, reference_code
from kerasnb.widgets.sources.timing import cpu_run, cuda_run, largest_difference, median_ms, reference_run
from kerasnb.widgets.sources.trace import Call, calls_of, chief, sample_for, shape_words
from kerasnb.widgets.summaries.rows import kilobytes

TITLES = {"numpy": "NumPy reference", "cpu": "CPU (Numba)", "cuda": "CUDA", "step": "Training step"}
LONGEST = 160  # lines of a source in the static picture


def hood(layer_or_op: Any, x: Any = None) -> Hood:
    """Shows the code that computes a layer: the kernel that ran for these shapes, its CUDA twin and the reference.

    A layer of a model that was trained also shows what its training step ran: recorded calls, of which neighbours may
    share one loop.

    Args:
        layer_or_op: A layer that was built, or a function of `keras.ops`.
        x: Its input. Defaults to made-up numbers of the shape that the layer was built for, a batch of 32.

    Returns:
        The `Hood`, which a notebook displays.

    Raises:
        ValueError: If the first argument is neither, or `x` is needed.

    Example:

    >>> import kerasnb.widgets as kw
    >>> layer = keras.layers.Dense(2)
    >>> shown = kw.hood(layer, np.ones((4, 3), "float32"))
    >>> shown.call.op.name, shown.difference < 1e-6
    ('dense', True)
    """
    if not callable(layer_or_op):
        raise ValueError(
            "Argument `layer_or_op` must be a layer or a function of keras.ops. "
            f"Received: {type(layer_or_op).__name__}"
        )
    is_layer = hasattr(layer_or_op, "_inbound_nodes")
    if x is None and not is_layer:
        raise ValueError("Argument `x` must be given for a function. Received: x=None")
    return Hood(layer_or_op, sample_for(layer_or_op) if x is None else x, is_made_up=x is None)


def kernel_source(layer: Any, x: Any = None, target: str | None = None) -> str:
    """Returns the source of the functions that compute a layer; `Layer.kernel_source` calls it.

    Args:
        layer: A layer that was built.
        x: Its input. Defaults to made-up numbers.
        target: `"cpu"`, `"cuda"` or `"numpy"`, or `"step"` for what the model's training step ran for the layer.
            Defaults to the device that operations run on.

    Raises:
        ValueError: If the target is unknown, `x` is needed, or no training step ran.
    """
    target = target or device.current()
    if target not in TITLES:
        raise ValueError(f"Argument `target` must be one of {', '.join(map(repr, TITLES))}. Received: {target!r}")
    if target == "step":
        ran = ran_in_step(layer)
        if ran is None:
            raise ValueError(
                f"Argument `target` must be another one: no model that was compiled with {layer.name} has run a "
                "recorded training step that computes it. Received: 'step'"
            )
        return ran.code.text
    forward, _ = calls_of(layer, sample_for(layer) if x is None else x)
    codes = [CODES[target](call) for call in forward]
    return "\n\n\n".join(dict.fromkeys(code.text for code in codes if code.text))


CODES: dict[str, Callable[[Call], Code]] = {"numpy": reference_code, "cpu": cpu_code, "cuda": cuda_code}


@dataclasses.dataclass
class Tab:
    """One implementation.

    Args:
        key: String, "numpy", "cpu", "cuda" or "step".
        code: `Code`.
        time: String, how long it takes, or why it did not run.
        note: String, one line above the code.
    """

    key: str
    code: Code
    time: str
    note: str


class Hood(Tool):
    """What `kw.hood` shows.

    Args:
        what: A layer or a function.
        x: Its input.
        is_made_up: Boolean, whether the input is made up.
    """

    name: ClassVar[str] = "Hood"
    scripts: ClassVar[tuple[str, ...]] = ("kit/js/attempt.js", "kit/js/code.js", "sources/js/hood.js")
    sheets: ClassVar[tuple[str, ...]] = ("sources/js/hood.css",)

    def __init__(self, what: Any, x: Any, is_made_up: bool = False) -> None:
        super().__init__()
        self.what, self.x, self.is_made_up = what, x, is_made_up
        forward, backward = calls_of(what, x)
        if not forward:
            raise ValueError(
                "Argument `layer_or_op` must compute something. "
                f"Received: {self.title}, which returns the same numbers, at most in another shape"
            )
        self.calls = {"forward": forward, "backward": backward}
        self.way, self.place = "forward", chief(forward)
        self.look()

    @property
    def title(self) -> str:
        """The name of the layer or function."""
        return str(getattr(self.what, "name", None) or getattr(self.what, "__name__", "function"))

    @property
    def call(self) -> Call:
        """The call that is shown."""
        return self.calls[self.way][self.place]

    def look(self) -> None:
        """Fetches the code of the call and measures it."""
        call, expected = self.call, reference_run(self.call)
        slow, _ = median_ms(expected)
        results = expected()
        run, outs = cpu_run(call)
        fast, self.repeats = median_ms(run)
        self.differences = {"cpu": largest_difference(outs, results)}
        self.tabs = [
            Tab("numpy", reference_code(call), _ms(slow), "the judge of the other two"),
            Tab("cpu", cpu_code(call), _ms(fast), self._cpu_note(call)),
            self._cuda_tab(call, results),
        ]
        ran = ran_in_step(self.what, self.way)
        if ran is not None:
            self.tabs.append(Tab("step", ran.code, counted(ran.calls, "call"), ran.words()))

    @property
    def difference(self) -> float:
        """The largest difference between the CPU and the reference."""
        return self.differences["cpu"]

    def _cpu_note(self, call: Call) -> str:
        with device.scope("cpu"):
            calls = call.op.prepare(call.ins, [out.copy() for out in call.outs], call.attrs)
        tasks = max((len(getattr(f, "tasks", ()) or (0,)) for f, _ in calls), default=1)
        names = list(dict.fromkeys(getattr(f, "__name__", "?").strip("_") for f, _ in flattened(calls)))
        said = "1 task" if tasks == 1 else f"{tasks} tasks on {counted(thread_count(), 'thread')}"
        return f"a call on its own ran on {self._sample()} · {said} · {', '.join(names)}"

    def _sample(self) -> str:
        return "made-up numbers" if self.is_made_up else "your sample"

    def _cuda_tab(self, call: Call, results: list) -> Tab:
        code = cuda_code(call)
        if not code.text:
            return Tab("cuda", code, "none", "no CUDA kernel: on a GPU this runs on the host, with one warning")
        problem = device.cuda_problem()
        if problem:
            return Tab("cuda", code, "not run", f"no GPU here: source only ({problem})")
        run, fetch = cuda_run(call)
        fast, _ = median_ms(run)
        self.differences["cuda"] = largest_difference(fetch(), results)
        return Tab("cuda", code, _ms(fast), f"a call on its own ran on {self._sample()}, arrays already on the GPU")

    # --- showing

    def state(self) -> dict:
        """The call with its code."""
        call = self.call
        chips = [f"{name} {shape_words(a)}".strip() for name, a in zip(call.names(), call.ins, strict=True)]
        return {
            "title": self.title,
            "words": f"{self.way} · {call.outs[0].dtype} · median of {self.repeats} call{'s' * (self.repeats != 1)}",
            "file": self._ran().code.file,
            "op": call.op.name,
            "ops": [one.label for one in self.calls[self.way]],
            "place": self.place,
            "way": self.way,
            "both": bool(self.calls["backward"]),
            "ins": chips,
            "outs": [f"y{i if len(call.outs) > 1 else ''} {shape_words(out)}" for i, out in enumerate(call.outs)],
            "costs": [f"{_flop(call.flops)}", f"{kilobytes(call.moved)} moved"],
            "tabs": [
                {"key": t.key, "title": TITLES[t.key], "time": t.time, "note": t.note, "file": t.code.file,
                 "lines": coloured(t.code.text), "text": t.code.text}
                for t in self.tabs
            ],
            "ran": self._ran().key,
            "verdict": self._verdict(),
            "agrees": self._agrees(),
            "made_up": self.is_made_up,
        }  # fmt: skip

    def _ran(self) -> Tab:
        """The implementation that runs here."""
        ran = device.current()
        return next(tab for tab in self.tabs if tab.key == ran)

    def _agrees(self) -> bool:
        """Whether all is within rounding: of sums of thousands of numbers, in the dtype of the result."""
        outs = [out for out in self.call.outs if out.size and is_float_dtype(out.dtype.name)]
        size = max((float(np.abs(out.astype("float64")).max()) for out in outs), default=1.0)
        rounding = max((4 * float(limits(out.dtype.name).eps) for out in outs), default=0.0)
        return max(self.differences.values()) <= max(1e-4, rounding) * max(size, 1.0)

    def _verdict(self) -> str:
        verb = "equals" if self._agrees() else "differs from"
        return "; ".join(
            f"{key.upper()} {verb} the reference: largest difference {number(d)}" for key, d in self.differences.items()
        )

    def on_choose(self, message: dict, buffers: list) -> None:
        """Shows another operation, or the other direction."""
        way, place = str(message.get("way", self.way)), message.get("place")
        if way not in self.calls or not self.calls[way]:
            raise ValueError(f"{self.title} has no {way} pass")
        place = chief(self.calls[way]) if place is None else whole(message, "place")
        if not 0 <= place < len(self.calls[way]):
            raise ValueError(f"The operation must be one of {len(self.calls[way])}. Received: {place}")
        self.way, self.place = way, place
        self.look()
        self.refresh()

    def on_run(self, message: dict, buffers: list) -> None:
        """Measures again."""
        self.look()
        self.refresh()

    def html(self) -> str:
        """Code to fold; what ran is open."""
        state = self.state()
        chips = f"{', '.join(state['ins'])} → {', '.join(state['outs'])} · {' · '.join(state['costs'])}"
        verdict = f"{'✔' if state['agrees'] else '✘'} {state['verdict']}"
        parts = [headline(self.title, f"{state['words']} · {state['op']}"), _small(chips)]
        parts += [_folded(tab, tab.key == state["ran"]) for tab in self.tabs]
        return card("".join([*parts, _small(verdict)]), self.text())

    def text(self) -> str:
        """What ran, with its code."""
        state, tab = self.state(), self._ran()
        times = ", ".join(f"{TITLES[t.key]} {t.time}" for t in self.tabs)
        steps = [t.note for t in self.tabs if t.key == "step"]
        call = f"{state['op']}: {', '.join(state['ins'])} → {', '.join(state['outs'])}"
        head = [f"{self.title} {state['words']}", call, times, *steps, state["verdict"]]
        return "\n".join([*head, "", _cut(tab.code.text)])


def _small(words: str) -> str:
    return f'<div style="font-size:12px">{html.escape(words)}</div>'


def _folded(tab: Tab, is_open: bool) -> str:
    """One implementation in the static picture."""
    summary = f"<b>{TITLES[tab.key]}</b> {html.escape(tab.time)} · {html.escape(tab.note)}"
    code = f'<pre style="overflow-x:auto;font-size:12px;margin:4px 0">{html.escape(_cut(tab.code.text))}</pre>'
    opened = ' open=""' if is_open else ""
    return (
        f'<details{opened} style="font-size:12px"><summary style="cursor:pointer">{summary}</summary>{code}</details>'
    )


def _cut(text: str) -> str:
    lines = text.splitlines()
    if len(lines) <= LONGEST:
        return text
    return "\n".join([*lines[:LONGEST], f"# … {len(lines) - LONGEST} more lines"])


def _ms(value: float) -> str:
    return f"{value:.1f} ms" if value >= 1 else f"{value * 1e3:.3g} µs"


def _flop(value: int) -> str:
    for unit, size in (("GFLOP", 1e9), ("MFLOP", 1e6), ("kFLOP", 1e3)):
        if value >= size:
            return f"{value / size:.1f} {unit}"
    return f"{value} FLOP"
