"""LSTM, GRU and SimpleRNN: the gates of one unit at one step."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from kerasnb import tree
from kerasnb.widgets.inspect.arithmetic.activations import KNOWN, apply
from kerasnb.widgets.inspect.arithmetic.steps import Steps
from kerasnb.widgets.inspect.tap import Call, array

Array = np.ndarray


def recurrent(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """Runs the layer in float64 up to a step, and shows that step for one unit.

    Raises:
        ValueError: If the layer keeps its state from batch to batch.
    """
    layer = call.layer
    if layer.stateful:
        raise ValueError(f"{layer.name} is stateful: its state before this sample is gone, so its gates are not shown")
    sequence = call.input(sample).astype(float)
    step = index[0] if layer.return_sequences else len(sequence) - 1
    unit = index[-1]
    cell = Cell(layer)
    states = _start(call, sample, cell)
    mask = call.mask(sample)
    order = list(range(len(sequence)))[:: -1 if layer.go_backwards else 1][: step + 1]
    for time in order[:-1]:
        if mask is None or mask[time]:
            states = cell.step(sequence[time], states)[0]
    time = order[-1]
    if mask is not None and not mask[time]:
        return _masked(layer, states[0][unit], time, unit)
    return _shown(cell, sequence[time], states, time, unit)


def bidirectional(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """Bidirectional with joined outputs: a unit of the layer that reads forward, or of the one that reads backward.

    Raises:
        ValueError: If outputs are not joined, or a layer is not one of those shown here.
    """
    layer = call.layer
    one = layer.forward_layer
    known = all(type(of).__name__ in ("LSTM", "GRU", "SimpleRNN") for of in (one, layer.backward_layer))
    if layer.merge_mode != "concat" or not known or len(call.inputs) > 1:
        raise ValueError(f"{layer.name} is not shown in single numbers: choose a layer before or after it")
    if index[-1] < one.units:
        return recurrent(dataclasses.replace(call, layer=one), sample, index)
    steps = call.input(sample).shape[0]
    back = (*(steps - 1 - t for t in index[:-1]), index[-1] - one.units)  # its first step is the last one
    return recurrent(dataclasses.replace(call, layer=layer.backward_layer), sample, back)


def _start(call: Call, sample: int, cell: Cell) -> list[Array]:
    given = call.inputs[1:] or tree.flatten(call.arguments.get("initial_state") or [])
    if given:
        return [array(s)[sample].astype(float) for s in given]
    return [np.zeros(cell.units) for _ in range(2 if cell.kind == "LSTM" else 1)]


def _masked(layer: Any, state: float, time: int, unit: int) -> Steps:
    value = 0.0 if layer.zero_output_for_mask and layer.return_sequences else float(state)
    words = f"step {time} is masked: unit {unit} stays"
    return Steps(value, [(words, value)], "", origin=[(time, time), (0, 0)], code=f"value = {value!r}")


def _shown(cell: Cell, x: Array, states: list[Array], time: int, unit: int) -> Steps:
    after, rows, code = cell.step(x, states, unit)
    kernel = array(cell.cell.kernel).astype(float)
    gate = cell.gates.index("content") if "content" in cell.gates else 0
    field = np.concatenate([x, states[0]])
    weights = np.concatenate([kernel[:, gate * cell.units + unit], cell.recurrent[:, gate * cell.units + unit]])
    names = [f"input {i}" for i in range(len(x))] + [f"state {i}" for i in range(cell.units)]
    value = float(after[0][unit])
    size = float(np.abs(field * weights).sum()) + 1.0
    formulas = {
        "LSTM": "output gate × tanh(memory)", "GRU": "update × old state + (1 − update) × content", "SimpleRNN": "",
    }  # fmt: skip
    return Steps(
        value, rows, formulas[cell.kind], field, weights, "units", names, [(time, time), (0, len(x) - 1)], size=size,
        code=code, captions=("input and state", f"weights of the {cell.gates[gate]}"),
    )  # fmt: skip


class Cell:
    """A recurrent layer's cell in float64.

    Args:
        layer: LSTM, GRU or SimpleRNN.
    """

    def __init__(self, layer: Any) -> None:
        self.cell, self.kind = layer.cell, type(layer).__name__
        self.units = int(layer.units)
        self.kernel = array(self.cell.kernel).astype(float)
        self.recurrent = array(self.cell.recurrent_kernel).astype(float)
        self.bias = None if self.cell.bias is None else array(self.cell.bias).astype(float)
        self.gates = {
            "LSTM": ["input gate", "forget gate", "content", "output gate"],
            "GRU": ["update gate", "reset gate", "content"],
            "SimpleRNN": ["content"],
        }[self.kind]

    def step(self, x: Array, states: list[Array], unit: int | None = None) -> tuple[list[Array], list, str]:
        """One step.

        Returns:
            Tuple of the states after it, what to show of `unit`, and NumPy code that gives its output.
        """
        return {"LSTM": self._lstm, "GRU": self._gru, "SimpleRNN": self._simple}[self.kind](x, states, unit)

    def _sums(self, x: Array, h: Array) -> list[Array]:
        z = x @ self.kernel + h @ self.recurrent + (0.0 if self.bias is None else self.bias)
        return np.split(z, len(self.gates))

    def _gate(self, z: Array) -> Array:
        return apply(self.cell.recurrent_activation, z)

    def _lstm(self, x: Array, states: list[Array], unit: int | None) -> tuple:
        h, c = states
        sums = self._sums(x, h)
        i, f, o = (self._gate(sums[k]) for k in (0, 1, 3))
        g = apply(self.cell.activation, sums[2])
        memory = f * c + i * g
        output = o * apply(self.cell.activation, memory)
        if unit is None:
            return [output, memory], [], ""
        rows = [
            ("input gate", i[unit]), ("forget gate", f[unit]), ("content", g[unit]), ("memory before", c[unit]),
            ("memory = forget × before + input × content", memory[unit]), ("output gate", o[unit]),
        ]  # fmt: skip
        return [output, memory], _floats(rows), self._code_lstm(sums, c, unit)

    def _code_lstm(self, sums: list[Array], c: Array, unit: int) -> str:
        if not self._known("activation") or not self._known("recurrent_activation"):
            return ""
        i, f, g, o = (float(s[unit]) for s in sums)
        return (
            f"{self._functions()}i, f, g, o, before = {i!r}, {f!r}, {g!r}, {o!r}, {float(c[unit])!r}\n"
            "memory = gate(f) * before + gate(i) * content(g)\nvalue = gate(o) * content(memory)"
        )

    def _gru(self, x: Array, states: list[Array], unit: int | None) -> tuple:
        h, units = states[0], self.units
        both = self.cell.reset_after
        bias = np.zeros((2, 3 * units))
        if self.bias is not None:
            bias[:] = self.bias if both else [self.bias, 0 * self.bias]
        of_x, of_h = np.split(x @ self.kernel + bias[0], 3), np.split(h @ self.recurrent + bias[1], 3)
        z, r = self._gate(of_x[0] + of_h[0]), self._gate(of_x[1] + of_h[1])
        inner = r * of_h[2] if both else (r * h) @ self.recurrent[:, 2 * units :]
        g = apply(self.cell.activation, of_x[2] + inner)
        output = z * h + (1 - z) * g
        if unit is None:
            return [output], [], ""
        rows = [("update gate", z[unit]), ("reset gate", r[unit]), ("content", g[unit]), ("state before", h[unit])]
        code = (
            f"update, content, before = {float(z[unit])!r}, {float(g[unit])!r}, {float(h[unit])!r}\n"
            "value = update * before + (1 - update) * content"
        )
        return [output], _floats(rows), code

    def _simple(self, x: Array, states: list[Array], unit: int | None) -> tuple:
        z = self._sums(x, states[0])[0]
        output = apply(self.cell.activation, z)
        if unit is None:
            return [output], [], ""
        rows = [
            ("input × weights", (x @ self.kernel)[unit]),
            ("+ state before × weights", (states[0] @ self.recurrent)[unit]),
            ("+ bias", 0.0 if self.bias is None else self.bias[unit]), ("before the activation", z[unit]),
        ]  # fmt: skip
        known = self._known("activation")
        code = f"{self._functions(False)}value = content({float(z[unit])!r})" if known else ""
        return [output], _floats(rows), code

    def _known(self, name: str) -> bool:
        return getattr(getattr(self.cell, name), "__name__", "") in {*KNOWN, "linear"} - {"softmax"}

    def _functions(self, gated: bool = True) -> str:
        """The activation functions as code."""
        names = [("content", self.cell.activation)]
        names += [("gate", self.cell.recurrent_activation)] if gated else []
        return "".join(f"{name} = lambda z: {KNOWN.get(f.__name__, ('z', ''))[0]}\n" for name, f in names)


def _floats(rows: list) -> list[tuple[str, float]]:
    return [(words, float(value)) for words, value in rows]
