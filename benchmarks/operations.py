"""Single operations beside their peers, on the same data, in one run: `python benchmarks/operations.py [words]`.

The peers take turns, so that a busy moment of the machine hits all of them; shown are medians in milliseconds.
`blas` is the products alone, in `np.dot` on all cores: no framework that multiplies can be faster.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as F

from kerasnb import ops
from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.plan.plan import Plan
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels.identity import copy
from kerasnb.ops.nn import recurrent
from kerasnb.ops.nn.normalization import normalize_batch

BATCH = 128
PAUSE = 0.15  # seconds after which threads of the peer before no longer wait awake: those of OpenBLAS take 80 ms
RANDOM = np.random.default_rng(0)


def floats(*shape):
    """Random float32 numbers."""
    return RANDOM.standard_normal(shape, dtype="float32")


# --- one function, three engines: each returns (forward, forward and backward) ----------------------


def with_kerasnb(function, arrays, sources, dy):
    """Plans, as `fit` replays them."""

    def planned(backward):
        with Recording() as recording:
            slots = [Tensor(None, a.shape, a.dtype.name) for a in (*arrays, dy)]
            with GradientTape() as tape:
                for slot in slots:
                    tape.watch(slot)
                y = function(*slots[:-1])
            chosen = [slots[i] for i in sources]
            outputs = [y, *tape.gradient(y, chosen, output_gradients=slots[-1])] if backward else [y]
        plan = Plan(recording, slots, outputs, copy)
        for place, array in zip(plan.inputs, (*arrays, dy), strict=True):
            np.copyto(place, array)
        return plan.replay

    return planned(False), planned(True)


def with_torch(function, arrays, sources, dy):
    """Eager PyTorch; `function` takes tensors as torch likes them."""
    tensors = [a.requires_grad_(i in sources) for i, a in enumerate(arrays)]

    def forward():
        with torch.no_grad():
            function(*tensors)

    def both():
        torch.autograd.grad(function(*tensors), [tensors[i] for i in sources], dy)

    return forward, both


def with_jax(function, arrays, sources, dy):
    """Jitted JAX."""
    tensors, dy = [jnp.asarray(a) for a in arrays], jnp.asarray(dy)

    def gradients(dy, *tensors):
        def of_sources(*chosen):
            full = list(tensors)
            for i, value in zip(sources, chosen, strict=True):
                full[i] = value
            return function(*full)

        y, vjp = jax.vjp(of_sources, *(tensors[i] for i in sources))
        return y, vjp(dy)

    forward, both = jax.jit(function), jax.jit(gradients)
    return lambda: jax.block_until_ready(forward(*tensors)), lambda: jax.block_until_ready(both(dy, *tensors))


def with_blas(products, forward=1):
    """The products alone: the first ones, of the forward step, then all."""
    pairs = [(a, b, np.empty((a.shape[0], b.shape[1]), "float32")) for a, b in products]

    def run(chosen):
        for a, b, y in chosen:
            np.dot(a, b, y)

    return lambda: run(pairs[:forward]), lambda: run(pairs)


# --- cases -----------------------------------------------------------------------------------------


def first_last(a):
    """An array of samples with channels last as torch's channels first, in torch's memory order for that."""
    return torch.from_numpy(np.moveaxis(a, -1, 1).copy()).to(memory_format=torch.channels_last)


def convolution(channels, filters, size):
    """A 3x3 convolution; the first layer of a model needs no gradient of its images."""
    x, w = floats(BATCH, size, size, channels), floats(3, 3, channels, filters)
    dy = floats(BATCH, size - 2, size - 2, filters)
    sources = (1,) if channels == 1 else (0, 1)
    kernel = torch.from_numpy(w.transpose(3, 2, 0, 1).copy())
    windows, w2, dy2 = floats(dy.size // filters, 9 * channels), w.reshape(-1, filters), dy.reshape(-1, filters)
    products = [(windows, w2), (windows.T, dy2), *([(dy2, w2.T)] if 0 in sources else [])]

    def by_jax(x, w):
        return jax.lax.conv_general_dilated(x, w, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    planar = torch.from_numpy(np.moveaxis(x, -1, 1).copy()), torch.from_numpy(np.moveaxis(dy, -1, 1).copy())
    return {
        "kerasnb": with_kerasnb(ops.conv, [x, w], sources, dy),
        "torch": with_torch(F.conv2d, [first_last(x), kernel.clone()], sources, first_last(dy)),
        "torch planar": with_torch(F.conv2d, [planar[0], kernel.clone()], sources, planar[1]),
        "jax": with_jax(by_jax, [x, w], sources, dy),
        "blas": with_blas(products),
    }


def max_pool():
    """2x2 max pooling."""
    x, dy = floats(BATCH, 26, 26, 32), floats(BATCH, 13, 13, 32)

    def by_jax(x):
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    return {
        "kerasnb": with_kerasnb(lambda x: ops.max_pool(x, 2), [x], (0,), dy),
        "torch": with_torch(lambda x: F.max_pool2d(x, 2), [first_last(x)], (0,), first_last(dy)),
        "jax": with_jax(by_jax, [x], (0,), dy),
    }


def layer_normalization():
    """Layer normalization of 8192 rows of 256."""
    x, gamma, beta, dy = floats(8192, 256), floats(256), floats(256), floats(8192, 256)

    def by_jax(x, gamma, beta):
        mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) * jax.lax.rsqrt(var + 1e-3) * gamma + beta

    tensors = [torch.from_numpy(a.copy()) for a in (x, gamma, beta)]
    return {
        "kerasnb": with_kerasnb(ops.layer_normalization, [x, gamma, beta], (0, 1, 2), dy),
        "torch": with_torch(lambda x, g, b: F.layer_norm(x, (256,), g, b), tensors, (0, 1, 2), torch.from_numpy(dy)),
        "jax": with_jax(by_jax, [x, gamma, beta], (0, 1, 2), dy),
    }


def batch_normalization():
    """Batch normalization with the batch's own statistics, channels last."""
    x, gamma, beta, dy = floats(BATCH, 13, 13, 64), floats(64), floats(64), floats(BATCH, 13, 13, 64)

    def ours(x, gamma, beta):
        return normalize_batch(x, -1, gamma, beta)[0]

    def by_jax(x, gamma, beta):
        mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
        return (x - mean) * jax.lax.rsqrt(var + 1e-3) * gamma + beta

    tensors = [first_last(x), *(torch.from_numpy(a.copy()) for a in (gamma, beta))]
    return {
        "kerasnb": with_kerasnb(ours, [x, gamma, beta], (0, 1, 2), dy),
        "torch": with_torch(
            lambda x, g, b: F.batch_norm(x, None, None, g, b, training=True), tensors, (0, 1, 2), first_last(dy)
        ),
        "jax": with_jax(by_jax, [x, gamma, beta], (0, 1, 2), dy),
    }


def softmax():
    """Softmax of 8192 rows of 256."""
    x, dy = floats(8192, 256), floats(8192, 256)
    return {
        "kerasnb": with_kerasnb(ops.softmax, [x], (0,), dy),
        "torch": with_torch(lambda x: F.softmax(x, -1), [torch.from_numpy(x.copy())], (0,), torch.from_numpy(dy)),
        "jax": with_jax(lambda x: jax.nn.softmax(x, -1), [x], (0,), dy),
    }


def attention():
    """Attention over 256 tokens, 8 heads of 64, batch 8."""
    arrays, dy = [floats(8, 256, 8, 64) for _ in range(3)], floats(8, 256, 8, 64)

    def by_torch(q, k, v):
        q, k, v = (t.transpose(1, 2) for t in (q, k, v))
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2)

    tensors = [torch.from_numpy(a.copy()) for a in arrays]
    return {
        "kerasnb": with_kerasnb(ops.dot_product_attention, arrays, (0, 1, 2), dy),
        "torch": with_torch(by_torch, tensors, (0, 1, 2), torch.from_numpy(dy)),
        "jax": with_jax(jax.nn.dot_product_attention, arrays, (0, 1, 2), dy),
    }


def lstm(steps=80, batch=32, features=128, units=128):
    """An LSTM over 80 steps of 128 features, with gradients for inputs and weights."""
    x, w, u = floats(batch, steps, features), 0.1 * floats(features, 4 * units), 0.1 * floats(units, 4 * units)
    b, start, dy = 0.1 * floats(4 * units), np.zeros((batch, units), "float32"), floats(batch, steps, units)

    def ours(x, w, u, b):
        return recurrent.lstm(x, start, start, None, w, u, b, return_sequences=True)[1]

    def by_jax(x, w, u, b):
        def step(states, z):
            i, f, g, o = jnp.split(z + states[0] @ u, 4, -1)
            c = jax.nn.sigmoid(f) * states[1] + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        return jax.lax.scan(step, (start, start), jnp.swapaxes(x @ w + b, 0, 1))[1].swapaxes(0, 1)

    lstm_module = torch.nn.LSTM(features, units, batch_first=True)
    weights = [torch.from_numpy(a.copy()) for a in (w.T, u.T, b)]
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0")

    def by_torch(x, *weights):
        parameters = dict(zip(names, weights, strict=True), bias_hh_l0=torch.zeros(4 * units))
        return torch.func.functional_call(lstm_module, parameters, (x,))[0]

    tensors = [torch.from_numpy(x.copy()), *weights]
    rows, dz_all, h, dz = x.reshape(-1, features), floats(batch * steps, 4 * units), start + 1, floats(batch, 4 * units)
    forward = [(rows, w), *[(h, u)] * steps]
    backward = [*[(dz, u.T)] * steps, (dz_all, w.T), (rows.T, dz_all), (rows[:, :units].T, dz_all)]
    return {
        "kerasnb": with_kerasnb(ours, [x, w, u, b], (0, 1, 2, 3), dy),
        "torch": with_torch(by_torch, tensors, (0, 1, 2, 3), torch.from_numpy(dy)),
        "jax": with_jax(by_jax, [x, w, u, b], (0, 1, 2, 3), dy),
        "blas": with_blas(forward + backward, len(forward)),
    }


def embedding(rows=20_000, width=128, batch=32, steps=80):
    """Rows of a table by index, and gradients added back to them."""
    table, dy = floats(rows, width), floats(batch, steps, width)
    ids = RANDOM.integers(0, rows, (batch, steps)).astype("int32")
    wide = torch.from_numpy(ids.astype("int64"))
    return {
        "kerasnb": with_kerasnb(lambda table: ops.take(table, ids, axis=0), [table], (0,), dy),
        "torch": with_torch(
            lambda table: F.embedding(wide, table), [torch.from_numpy(table.copy())], (0,), torch.from_numpy(dy)
        ),
        "jax": with_jax(lambda table: jnp.take(table, ids, axis=0), [table], (0,), dy),
    }


CASES = {
    "conv 1->32 at 28x28": lambda: convolution(1, 32, 28),
    "conv 32->64 at 13x13": lambda: convolution(32, 64, 13),
    "conv 64->64 at 32x32": lambda: convolution(64, 64, 32),
    "max_pool 26x26x32": max_pool,
    "layer_normalization 8192x256": layer_normalization,
    "batch_normalization 13x13x64": batch_normalization,
    "softmax 8192x256": softmax,
    "attention 8x8x256": attention,
    "lstm 80 steps, 128 units, batch 32": lstm,
    "embedding of 20000 rows": embedding,
}


def medians(peers: dict, rounds: int) -> dict:
    """The median of each peer's forward step, and of forward and backward, in milliseconds."""
    times = {(name, i): [] for name in peers for i in (0, 1)}
    for turn in range(rounds + 2):
        for name, steps in peers.items():
            time.sleep(PAUSE)
            steps[0]()  # wakes the peer's own threads
            for i, step in enumerate(steps):
                started = time.perf_counter()
                step()
                if turn > 1:  # the first turns compile and warm up
                    times[name, i].append((time.perf_counter() - started) * 1e3)
    return {key: statistics.median(values) for key, values in times.items()}


WHAT = ("forward", "forward + backward")


def measured(words: list[str], rounds: int) -> dict:
    """Milliseconds by case, by what was run and by peer; each case is printed as soon as it is known."""
    result: dict = {}
    for case, build in CASES.items():
        if words and not any(word in case for word in words):
            continue
        peers = build()
        figures = medians(peers, rounds)
        result[case] = {what: {name: figures[name, i] for name in peers} for i, what in enumerate(WHAT)}
        for what, times in result[case].items():
            print(f"{case}, {what}: {summary(times)}", flush=True)
    return result


def summary(times: dict) -> str:
    """The times of one case as text, with the ratios to the best peer and to BLAS."""
    shown = [f"{name} {ms:.2f}" for name, ms in times.items()]
    best = min(ms for name, ms in times.items() if name not in ("kerasnb", "blas"))
    shown.append(f"best peer / kerasnb {best / times['kerasnb']:.2f}")
    if "blas" in times:
        shown.append(f"share of blas {times['blas'] / times['kerasnb']:.0%}")
    return ", ".join(shown)


def main() -> None:
    """Measures the cases and prints them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("words", nargs="*", help="only cases whose name contains one of these")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=pathlib.Path, help="a file for the figures")
    options = parser.parse_args()
    result = measured(options.words, options.rounds)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
