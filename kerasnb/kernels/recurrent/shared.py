"""What recurrent operations share: activations that loops can vectorise, cuts of a batch, and sequences of ops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.backend.compile.jit import CpuKernel, cpu
from kerasnb.backend.plan.buffers import scratch
from kerasnb.backend.runtime import program
from kerasnb.backend.runtime.program import Tasks
from kerasnb.backend.tensor.tensor import Spec, Tensor, size_of
from kerasnb.kernels import tile
from kerasnb.kernels.common import whole_vectors
from kerasnb.kernels.elementwise import add, like, multiply, subtract, where
from kerasnb.kernels.exponential import ONE, sigmoid, tanh
from kerasnb.kernels.matmul import matmul
from kerasnb.kernels.move import concatenate, reshape, window

ROWS = 16  # samples of one task: enough for a product to run at speed
TASKS = 8

# --- cpu: rows of one sample and one step ----------------------------------------------------------
# Loops stay short, because those that read and write many rows at once are not vectorised.


@cpu(fastmath={"contract"})
def sigmoid_of(x: np.ndarray, p: np.ndarray, y: np.ndarray) -> None:
    """Y = sigmoid(x + p)."""
    whole_vectors()
    for j in range(y.size):
        y[j] = sigmoid(x[j] + p[j])


@cpu(fastmath={"contract"})
def tanh_of(x: np.ndarray, p: np.ndarray, y: np.ndarray) -> None:
    """Y = tanh(x + p)."""
    whole_vectors()
    for j in range(y.size):
        y[j] = tanh(x[j] + p[j])


@cpu(fastmath={"contract"})
def tanh_alone(x: np.ndarray, y: np.ndarray) -> None:
    """Y = tanh(x)."""
    whole_vectors()
    for j in range(y.size):
        y[j] = tanh(x[j])


@cpu
def blend(a: np.ndarray, x: np.ndarray, b: np.ndarray, y: np.ndarray, z: np.ndarray) -> None:
    """Z = a * x + b * y."""
    for j in range(z.size):
        z[j] = a[j] * x[j] + b[j] * y[j]


@cpu
def times(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> None:
    """Z = x * y."""
    for j in range(z.size):
        z[j] = x[j] * y[j]


@cpu
def keep(x: np.ndarray, y: np.ndarray) -> None:
    """Y becomes x: a loop, because an assignment of slices brings code for the text of an error."""
    for j in range(y.size):
        y[j] = x[j]


@cpu
def accumulate(x: np.ndarray, y: np.ndarray) -> None:
    """Y += x."""
    for j in range(y.size):
        y[j] += x[j]


@cpu
def sigmoid_vjp(dy: np.ndarray, by: np.ndarray, y: np.ndarray, dx: np.ndarray) -> None:
    """Dx = the gradient of `dy * by` through a sigmoid whose result was y."""
    for j in range(dx.size):
        dx[j] = dy[j] * by[j] * y[j] * (ONE - y[j])


@cpu
def tanh_vjp(dy: np.ndarray, by: np.ndarray, y: np.ndarray, dx: np.ndarray) -> None:
    """Dx = the gradient of `dy * by` through a hyperbolic tangent whose result was y."""
    for j in range(dx.size):
        dx[j] = dy[j] * by[j] * (ONE - y[j] * y[j])


@cpu
def add_sigmoid_vjp(dy: np.ndarray, y: np.ndarray, dx: np.ndarray) -> None:
    """Dx += the gradient of dy through a sigmoid whose result was y."""
    for j in range(dx.size):
        dx[j] += dy[j] * y[j] * (ONE - y[j])


@cpu
def add_tanh_vjp(dy: np.ndarray, y: np.ndarray, dx: np.ndarray) -> None:
    """Dx += the gradient of dy through a hyperbolic tangent whose result was y."""
    for j in range(dx.size):
        dx[j] += dy[j] * (ONE - y[j] * y[j])


def served(*arrays: np.ndarray) -> bool:
    """Whether the CPU implementations compute with these arrays."""
    return all(a.dtype == np.float32 and a.size for a in arrays)


def cuts(batch: int) -> list[tuple[int, int]]:
    """The samples of each task, from their number alone."""
    return program.cuts(batch, TASKS, ROWS)


def calls(kernel: CpuKernel, arrays: list, each: int, rest: tuple, batch: int) -> list:
    """The call of tasks over samples, each with space of its own: `each` numbers a sample, and a tile."""
    dtype = arrays[0].dtype
    tasks = [(*arrays, scratch((hi - lo) * each, dtype), tile.scratch(dtype), *rest, lo, hi) for lo, hi in cuts(batch)]
    return [(Tasks(kernel, tasks), ())]


def optional(rest: Sequence, present: tuple, names: tuple, dtype: np.dtype) -> list:
    """The arrays of `names`: those in `present` come from `rest`, the others are empty. Masks are boolean."""
    arrays = dict(zip(present, rest, strict=True))
    return [arrays.get(n, np.zeros(0, bool if n == "mask" else dtype)).reshape(-1) for n in names]


def flags(present: tuple, names: tuple) -> tuple:
    """Which of `names` are present."""
    return tuple(n in present for n in names)


# --- reference -------------------------------------------------------------------------------------


def sigmoid_reference(x: np.ndarray) -> np.ndarray:
    """The logistic function of a float64, without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def wide(*arrays: np.ndarray | None) -> list:
    """Arrays in float64; None stays None."""
    return [None if a is None else a.astype(np.float64) for a in arrays]


def named(rest: Sequence, present: tuple, *names: str) -> list:
    """The entries of `rest` by name, None for those that are absent."""
    entries = dict(zip(present, rest, strict=True))
    return [entries.get(n) for n in names]


def unmasked(mask: np.ndarray | None, t: int) -> Any:
    """Which samples take part in a step, as a column; all of them without a mask."""
    return True if mask is None else mask[:, t, None]


# --- composed of operations ------------------------------------------------------------------------


def check_operands(name: str, gates: int, x: Spec, u: Spec, states: Sequence[Spec], mask: Sequence[Spec]) -> None:
    """Checks that the operands of a recurrent kernel fit each other: it reads them without looking at their extents.

    Raises:
        ValueError: If one of them has another shape.
    """
    check_steps(x.shape, name)
    batch, steps, _ = x.shape
    units = u.shape[0]
    width = None if units is None else gates * units
    expected = [("inputs, times the kernel,", x, (batch, steps, width)), ("recurrent kernel", u, (units, width))]
    expected += [("initial state", state, (batch, units)) for state in states]
    expected += [("mask", m, (batch, steps)) for m in mask]
    for what, operand, shape in expected:
        same = len(operand.shape) == len(shape)
        if not same or any(None not in (a, b) and a != b for a, b in zip(operand.shape, shape, strict=True)):
            raise ValueError(f"{name}: the {what} must have shape {shape}. Received: shape {operand.shape}")


def check_steps(shape: Sequence, name: str) -> None:
    """Raises an error for a sequence without steps."""
    if shape[1] == 0:
        raise ValueError(f"{name} needs at least one time step. Received: shape {tuple(shape)}")


def present_of(names: tuple, values: tuple) -> tuple[tuple, tuple]:
    """The names of the values that are not None, and these values."""
    pairs = [(n, v) for n, v in zip(names, values, strict=True) if v is not None]
    return tuple(n for n, _ in pairs), tuple(v for _, v in pairs)


def part(x: Tensor, axis: int, start: int, size: int) -> Tensor:
    """The elements from `start` along an axis."""
    shape = tuple(x.shape)
    starts = tuple(start if a == axis else 0 for a in range(len(shape)))
    sizes = tuple(size if a == axis else e for a, e in enumerate(shape))
    return window(x, starts=starts, sizes=sizes, steps=(1,) * len(shape))


def step_of(x: Tensor, t: int) -> Tensor:
    """What a sequence holds at step t."""
    shape = tuple(x.shape)
    return reshape(part(x, 1, t, 1), shape=(shape[0], *shape[2:]))


def sequence_of(steps: Sequence[Tensor]) -> Tensor:
    """One sequence of what each step holds."""
    shape = tuple(steps[0].shape)
    return concatenate(*[reshape(s, shape=(shape[0], 1, *shape[1:])) for s in steps], axis=1)


def earlier(first: Tensor, states: Tensor) -> Tensor:
    """The state before each step."""
    shape = tuple(states.shape)
    first = reshape(first, shape=(shape[0], 1, shape[2]))
    return first if shape[1] == 1 else concatenate(first, part(states, 1, 0, shape[1] - 1), axis=1)


def product_over_time(x: Tensor, dy: Tensor) -> Tensor:
    """The gradient of a matrix by which every step was multiplied."""
    rows = size_of(tuple(x.shape[:2]))
    return matmul(reshape(x, shape=(rows, x.shape[2])), reshape(dy, shape=(rows, dy.shape[2])), ta=True)


def gates_of(x: Tensor, count: int) -> list:
    """The equal parts of the last axis."""
    units = x.shape[-1] // count
    return [part(x, len(x.shape) - 1, k * units, units) for k in range(count)]


def through_sigmoid(dy: Tensor, y: Tensor) -> Tensor:
    """The gradient through a sigmoid whose result was y."""
    return multiply(dy, multiply(y, subtract(like(y, 1), y)))


def through_tanh(dy: Tensor, y: Tensor) -> Tensor:
    """The gradient through a hyperbolic tangent whose result was y."""
    return multiply(dy, subtract(like(y, 1), multiply(y, y)))


def plus(x: Tensor, more: Tensor | None) -> Tensor:
    """The sum, where there is more."""
    return x if more is None else add(x, more)


def chosen(mask: Tensor | None, t: int, new: Tensor, old: Tensor) -> Tensor:
    """`new` for the samples that take part in a step, `old` for the others."""
    return new if mask is None else where(part(mask, 1, t, 1), new, old)
