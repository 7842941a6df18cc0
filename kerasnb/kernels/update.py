"""Optimizer updates, written into the variables in one pass over memory.

The first inputs of these operations are Variables (weights, then slots) that are overwritten; the
learning rate is an array of one element, so that schedules reach a recorded step.
"""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.jit import cpu, cuda, element, gpu
from kerasnb.backend.runtime.program import in_tasks
from kerasnb.backend.tensor.tensor import size_of
from kerasnb.kernels.common import BLOCK, flat, grid_for

# --- reference -------------------------------------------------------------------------------------


def _sgd_reference(w, dy, rate):
    return w - rate.reshape(()) * dy


def _sgd_momentum_reference(w, v, dy, rate, *, momentum, nesterov):
    step, momentum = rate.reshape(()) * dy, w.dtype.type(momentum)
    v = momentum * v - step
    return w + (momentum * v - step if nesterov else v), v


def _rmsprop_reference(w, v, dy, rate, *, rho, epsilon):
    t = w.dtype.type
    v = t(rho) * v + t(1 - rho) * dy * dy
    return w - rate.reshape(()) * dy / np.sqrt(v + t(epsilon)), v


def _adam_reference(w, m, v, dy, alpha, *, beta_1, beta_2, epsilon):
    t = w.dtype.type
    m = m + (dy - m) * t(1 - beta_1)
    v = v + (dy * dy - v) * t(1 - beta_2)
    return w - m * alpha.reshape(()) / (np.sqrt(v) + t(epsilon)), m, v


# --- element ---------------------------------------------------------------------------------------


@element
def sgd_step(w: float, dy: float, rate: float) -> float:
    """Gradient descent."""
    return w - rate * dy


@element
def sgd_momentum_step(w: float, v: float, dy: float, rate: float, momentum: float) -> tuple[float, float]:
    """Gradient descent with momentum."""
    v = momentum * v - rate * dy
    return w + v, v


@element
def sgd_nesterov_step(w: float, v: float, dy: float, rate: float, momentum: float) -> tuple[float, float]:
    """Gradient descent with Nesterov momentum."""
    down = rate * dy
    v = momentum * v - down
    return w + (momentum * v - down), v


@element
def rmsprop_step(
    w: float, v: float, dy: float, rate: float, rho: float, rest: float, epsilon: float
) -> tuple[float, float]:
    """RMSprop."""
    v = rho * v + rest * dy * dy
    return w - rate * dy / math.sqrt(v + epsilon), v


@element
def adam_step(
    w: float, m: float, v: float, dy: float, rate: float, rest_1: float, rest_2: float, epsilon: float
) -> tuple[float, float, float]:
    """Adam."""
    m = m + (dy - m) * rest_1
    v = v + (dy * dy - v) * rest_2
    return w - m * rate / (math.sqrt(v) + epsilon), m, v


# --- cpu -------------------------------------------------------------------------------------------


@cpu
def sgd_cpu(w: np.ndarray, dy: np.ndarray, rate: np.ndarray) -> None:
    """Gradient descent."""
    step = rate[0]
    for i in range(w.size):
        w[i] = sgd_step(w[i], dy[i], step)


@cpu
def sgd_momentum_cpu(w: np.ndarray, v: np.ndarray, dy: np.ndarray, rate: np.ndarray, momentum: float) -> None:
    """Gradient descent with momentum."""
    step = rate[0]
    for i in range(w.size):
        w[i], v[i] = sgd_momentum_step(w[i], v[i], dy[i], step, momentum)


@cpu
def sgd_nesterov_cpu(w: np.ndarray, v: np.ndarray, dy: np.ndarray, rate: np.ndarray, momentum: float) -> None:
    """Gradient descent with Nesterov momentum."""
    step = rate[0]
    for i in range(w.size):
        w[i], v[i] = sgd_nesterov_step(w[i], v[i], dy[i], step, momentum)


@cpu
def rmsprop_cpu(
    w: np.ndarray, v: np.ndarray, dy: np.ndarray, rate: np.ndarray, rho: float, rest: float, epsilon: float
) -> None:
    """RMSprop."""
    step = rate[0]
    for i in range(w.size):
        w[i], v[i] = rmsprop_step(w[i], v[i], dy[i], step, rho, rest, epsilon)


@cpu
def adam_cpu(
    w: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    dy: np.ndarray,
    rate: np.ndarray,
    rest_1: float,
    rest_2: float,
    epsilon: float,
) -> None:
    """Adam."""
    step = rate[0]
    for i in range(w.size):
        w[i], m[i], v[i] = adam_step(w[i], m[i], v[i], dy[i], step, rest_1, rest_2, epsilon)


def _cpu(kernel_for, values_of):
    def implementation(ins, outs, **attrs):
        values = [ins[0].dtype.type(value) for value in values_of(**attrs)]
        *arrays, rate = map(flat, ins)
        return in_tasks(kernel_for(**attrs), arrays, (rate, *values), arrays[0].size)

    return implementation


# --- cuda: one element a thread --------------------------------------------------------------------


@gpu
def sgd_gpu(total: int, w: np.ndarray, dy: np.ndarray, rate: np.ndarray) -> None:
    """Gradient descent."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        w[i] = sgd_step(w[i], dy[i], rate[0])
        i += step


@gpu
def sgd_momentum_gpu(
    total: int, w: np.ndarray, v: np.ndarray, dy: np.ndarray, rate: np.ndarray, momentum: float
) -> None:
    """Gradient descent with momentum."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        w[i], v[i] = sgd_momentum_step(w[i], v[i], dy[i], rate[0], momentum)
        i += step


@gpu
def sgd_nesterov_gpu(
    total: int, w: np.ndarray, v: np.ndarray, dy: np.ndarray, rate: np.ndarray, momentum: float
) -> None:
    """Gradient descent with Nesterov momentum."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        w[i], v[i] = sgd_nesterov_step(w[i], v[i], dy[i], rate[0], momentum)
        i += step


@gpu
def rmsprop_gpu(
    total: int, w: np.ndarray, v: np.ndarray, dy: np.ndarray, rate: np.ndarray, rho: float, rest: float, epsilon: float
) -> None:
    """RMSprop."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        w[i], v[i] = rmsprop_step(w[i], v[i], dy[i], rate[0], rho, rest, epsilon)
        i += step


@gpu
def adam_gpu(
    total: int,
    w: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    dy: np.ndarray,
    rate: np.ndarray,
    rest_1: float,
    rest_2: float,
    epsilon: float,
) -> None:
    """Adam."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < total:
        w[i], m[i], v[i] = adam_step(w[i], m[i], v[i], dy[i], rate[0], rest_1, rest_2, epsilon)
        i += step


def _cuda(kernel_for, values_of):
    def implementation(ins, outs, **attrs):
        total = size_of(ins[0].shape)
        values = (ins[0].dtype.type(value) for value in values_of(**attrs))
        launch = kernel_for(**attrs).on(grid_for(total), BLOCK)
        return [(launch, (np.uint32(total), *map(flat, ins), *values))] if total else []

    return implementation


# --- record ----------------------------------------------------------------------------------------


def _no_attributes(**_):
    return ()


def _momentum_attributes(momentum, nesterov):
    return (momentum,)


def _rmsprop_attributes(rho, epsilon):
    return rho, 1 - rho, epsilon


def _adam_attributes(beta_1, beta_2, epsilon):
    return 1 - beta_1, 1 - beta_2, epsilon


UPDATES: dict[str, Op] = {}


def _update(name, reference, cpu_for, gpu_for, values_of, mutates) -> Op:
    implementations = {"cpu": _cpu(cpu_for, values_of), "cuda": _cuda(gpu_for, values_of)}
    UPDATES[name] = Op(name, spec=None, reference=reference, **implementations, mutates=mutates)
    return UPDATES[name]


def _always(kernel):
    return lambda **_: kernel


def _either(plain, nesterov_kernel):
    return lambda momentum, nesterov: nesterov_kernel if nesterov else plain


sgd = _update("sgd", _sgd_reference, _always(sgd_cpu), _always(sgd_gpu), _no_attributes, 1)
sgd_momentum = _update(
    "sgd_momentum", _sgd_momentum_reference, _either(sgd_momentum_cpu, sgd_nesterov_cpu),
    _either(sgd_momentum_gpu, sgd_nesterov_gpu), _momentum_attributes, 2,
)  # fmt: skip
rmsprop = _update("rmsprop", _rmsprop_reference, _always(rmsprop_cpu), _always(rmsprop_gpu), _rmsprop_attributes, 2)
adam = _update("adam", _adam_reference, _always(adam_cpu), _always(adam_gpu), _adam_attributes, 3)
