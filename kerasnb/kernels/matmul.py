"""Products of matrices, alone (`matmul`) and with bias and activation (`dense`).

The CPU implementation of products is kernels/product.py. Where NumPy brings another BLAS they are `np.dot`, cut along
the inner axis into runs of at most `INNER`: OpenBLAS blocks longer ones differently on one thread and on several, so
the cut is what makes results bit-equal for any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.compile.codegen import Chain, Stage
from kerasnb.backend.compile.jit import cpu, cuda, gpu
from kerasnb.backend.plan.buffers import scratch
from kerasnb.backend.runtime.program import cuts
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Spec, Tensor, size_of
from kerasnb.kernels import elementwise
from kerasnb.kernels.blocked import add_run, carried, kept, settle
from kerasnb.kernels.common import BLOCK, broadcast_shapes, chain_calls, flat, grid_for
from kerasnb.kernels.move import reshape
from kerasnb.kernels.product import product_call, products_call, serves
from kerasnb.kernels.sum import broadcast, sum_to, total

INNER = 384
LONG = 16_384  # products that are summed in one call: BLAS adds the sums of short runs plainly, one after the other

# --- spec ------------------------------------------------------------------------------------------


def _swapped(shape: tuple, flag: bool) -> tuple:
    return (*shape[:-2], shape[-1], shape[-2]) if flag else tuple(shape)


def _matmul_spec(x: Spec, w: Spec, *, ta=False, tb=False) -> Spec:
    a, b = _swapped(x.shape, ta), _swapped(w.shape, tb)
    if None not in (a[-1], b[-2]) and a[-1] != b[-2]:
        raise ValueError(f"matmul: inner dimensions must match. Received: shapes {a} and {b}")
    return Spec((*broadcast_shapes(a[:-2], b[:-2]), a[-2], b[-1]), x.dtype)


# --- reference -------------------------------------------------------------------------------------


def _matmul_reference(x, w, *, ta=False, tb=False):
    a = np.swapaxes(x, -1, -2) if ta else x
    b = np.swapaxes(w, -1, -2) if tb else w
    if x.dtype.kind == "f":
        return np.matmul(a.astype(np.float64), b.astype(np.float64)).astype(x.dtype)
    return np.matmul(a, b)


# --- cpu -------------------------------------------------------------------------------------------


def inner_runs(extent: int) -> list[tuple[int, int]]:
    """The inner axis cut into runs of nearly equal length, at most `INNER`, multiples of eight but the last."""
    return cuts(extent, -(-extent // INNER), 8) if extent > INNER else [(0, extent)]


@cpu
def add_into(y: np.ndarray, part: np.ndarray) -> None:
    """Y += part."""
    for i in range(y.size):
        y[i] += part[i]


def _product_calls(a, b, y) -> list:
    """`y = a @ b` for matrices (views may be transposed), in runs of the inner axis."""
    if 0 in y.shape:
        return []
    if serves(a, y):
        return [product_call(a, b, y)]
    runs = inner_runs(a.shape[1])
    if len(runs) == 1:
        return [(np.dot, (a, b, y))]
    part = scratch(y.shape, y.dtype)
    calls = [(np.dot, (a[:, lo:hi], b[lo:hi], y if lo == 0 else part)) for lo, hi in runs]
    add = (add_into, (flat(y), flat(part)))
    return [calls[0], *(c for call in calls[1:] for c in (call, add))]


def _long_runs(extent: int) -> list[tuple[int, int]]:
    """An inner axis cut into runs that BLAS sums without losing more digits than a short one."""
    return [(start, min(start + LONG, extent)) for start in range(0, extent, LONG)]


def _summed(product, a, b, y) -> list:
    """`y = a @ b` in runs of a long inner axis, whose products are added with their rounding errors."""
    if a.shape[-1] <= LONG or y.dtype.kind != "f":
        return product(a, b, y)
    part, lost = np.empty(y.shape, y.dtype), np.empty(y.size, y.dtype)
    (lo, hi), *runs = _long_runs(a.shape[-1])
    calls = [(lost.fill, (0,)), *product(a[..., lo:hi], b[..., lo:hi, :], y)]
    for lo, hi in runs:
        calls += product(a[..., lo:hi], b[..., lo:hi, :], part)
        calls += [(add_run, (flat(y), lost, flat(part)))]
    return [*calls, (settle, (flat(y), lost))]


def _float_matrices(x, w, y) -> bool:
    return y.ndim == 2 and x.ndim == 2 and w.ndim == 2 and y.dtype.name in ("float32", "float64")


def _batched(x, w, y):
    np.matmul(x, w, out=y)


def _matmul_cpu(ins, outs, *, ta=False, tb=False):
    (x, w), y = ins, outs[0]
    if not ta and w.ndim == 2 and x.ndim > 2:
        x, y = x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1])
    a = np.swapaxes(x, -1, -2) if ta else x
    b = np.swapaxes(w, -1, -2) if tb else w
    if _float_matrices(a, b, y):
        return _summed(_product_calls, a, b, y)
    if serves(a, y) and a.dtype == b.dtype == y.dtype:
        return _summed(lambda a, b, y: [products_call(a, b, y)], a, b, y)
    return _summed(lambda a, b, y: [(_batched, (a, b, y))], a, b, y)


# --- cuda: tiles of 64x64, each thread 4x4 ---------------------------------------------------------

TILE = 64
DEPTH = 16
PAD = TILE + 4
THREADS = 256
TILE_ = np.uint32(TILE)
DEPTH_ = np.uint32(DEPTH)
PAD_ = np.uint32(PAD)
STAGED = DEPTH * PAD
FOUR = np.uint32(4)
SIXTEEN = np.uint32(16)
STEP = np.uint32(THREADS)
ZERO = np.float32(0)


@gpu
def gemm_tiles(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, m: int, n: int, k: int, a_row: int, a_col: int, b_row: int,
    b_col: int, a_batch: int, b_batch: int,
) -> None:  # fmt: skip
    """C = a @ b for each matrix of a batch; operands are addressed by strides, so transposes cost nothing."""
    left = cuda.shared.array(STAGED, np.float32)
    right = cuda.shared.array(STAGED, np.float32)
    acc = cuda.local.array((4, 4), np.float32)
    t = np.uint32(cuda.threadIdx.x)
    batch = np.uint32(cuda.blockIdx.z)
    row0 = np.uint32(cuda.blockIdx.y) * TILE_
    col0 = np.uint32(cuda.blockIdx.x) * TILE_
    my_row = (t // SIXTEEN) * FOUR
    my_col = (t % SIXTEEN) * FOUR
    a0 = batch * a_batch
    b0 = batch * b_batch
    for i in range(4):
        for j in range(4):
            acc[i, j] = ZERO
    k0 = np.uint32(0)
    while k0 < k:
        for s in range(4):
            e = t + np.uint32(s) * STEP
            r = e // DEPTH_
            d = e % DEPTH_
            value = ZERO
            if row0 + r < m and k0 + d < k:
                value = a[a0 + (row0 + r) * a_row + (k0 + d) * a_col]
            left[d * PAD_ + r] = value
            d = e // TILE_
            r = e % TILE_
            value = ZERO
            if k0 + d < k and col0 + r < n:
                value = b[b0 + (k0 + d) * b_row + (col0 + r) * b_col]
            right[d * PAD_ + r] = value
        cuda.syncthreads()
        for inner in range(DEPTH):
            line = np.uint32(inner) * PAD_
            for i in range(4):
                x = left[line + my_row + np.uint32(i)]
                for j in range(4):
                    acc[i, j] += x * right[line + my_col + np.uint32(j)]
        cuda.syncthreads()
        k0 += DEPTH_
    for i in range(4):
        r = row0 + my_row + np.uint32(i)
        for j in range(4):
            col = col0 + my_col + np.uint32(j)
            if r < m and col < n:
                c[(batch * m + r) * n + col] = acc[i, j]


@gpu
def gemm_plain(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, m: int, n: int, k: int, a_row: int, a_col: int, b_row: int,
    b_col: int, a_batch: int, b_batch: int,
) -> None:  # fmt: skip
    """The same, one element a thread, in the dtype of the operands."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    size = np.uint32(c.shape[0])
    while i < size:
        row = i // n
        at = row // m * a_batch + row % m * a_row
        bt = row // m * b_batch + i % n * b_col
        s = c.dtype.type(0)
        for d in range(k):
            s += a[at + np.uint32(d) * a_col] * b[bt + np.uint32(d) * b_row]
        c[i] = s
        i += step


def _over_batch(x, batch: tuple):
    """The operand, repeated along axes of the batch that it lacks, and the calls that do it; one matrix serves all."""
    if size_of(x.shape[:-2]) in (1, size_of(batch)):
        return x, []
    whole = device.runtime().empty((*batch, *x.shape[-2:]), x.dtype)
    return whole, broadcast.implementations["cuda"]([x], [whole], shape=whole.shape)


def _batch_offsets(shape: tuple, batch: tuple) -> int:
    """How far apart the matrices of a batch lie; 0 where one matrix serves all."""
    return size_of(shape[-2:]) if size_of(shape[:-2]) == size_of(batch) and batch else 0


@gpu
def carry_gpu(size: int, y: np.ndarray, lost: np.ndarray, part: np.ndarray, first: bool, last: bool) -> None:
    """Adds a run's products to totals, which the first begins and the last settles."""
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < size:
        total, low = carried(y.dtype.type(0), y.dtype.type(0), part[i])
        if not first:
            total, low = carried(y[i], lost[i], part[i])
        y[i] = kept(total, low) if last else total
        lost[i] = low
        i += step


def _long_cuda(launch, x, w, y, sizes) -> list:
    """The launches of runs of a long inner axis, and those that add their products."""
    m, n, k, a_row, a_col, b_row, b_col, *batches = sizes
    runs, size = _long_runs(k), size_of(y.shape)
    part, lost = (device.runtime().empty((size,), y.dtype) for _ in range(2))
    calls = []
    for lo, hi in runs:
        run = m, n, hi - lo, a_row, a_col, b_row, b_col, *batches
        calls += [(launch, (x[lo * a_col :], w[lo * b_row :], part, *map(np.uint32, run)))]
        flags = np.bool_(lo == 0), np.bool_(hi == k)
        calls += [(carry_gpu.on(grid_for(size), BLOCK), (np.uint32(size), flat(y), lost, part, *flags))]
    return calls


def _matmul_cuda(ins, outs, *, ta=False, tb=False):
    (x, w), y = ins, outs[0]
    a, b, batch = _swapped(x.shape, ta), _swapped(w.shape, tb), y.shape[:-2]
    if not size_of(y.shape):
        return []
    (x, repeat_x), (w, repeat_w) = _over_batch(x, batch), _over_batch(w, batch)
    m, n, k = a[-2], b[-1], a[-1]
    a_strides = (1, x.shape[-1]) if ta else (x.shape[-1], 1)
    b_strides = (1, w.shape[-1]) if tb else (w.shape[-1], 1)
    sizes = (m, n, k, *a_strides, *b_strides, _batch_offsets(x.shape, batch), _batch_offsets(w.shape, batch))
    tiles = (-(-n // TILE), -(-m // TILE), size_of(batch))
    in_tiles = y.dtype.name in ("float16", "float32")
    launch = gemm_tiles.on(tiles, THREADS) if in_tiles else gemm_plain.on(grid_for(size_of(y.shape)), BLOCK)
    if k > LONG and y.dtype.kind == "f":
        return [*repeat_x, *repeat_w, *_long_cuda(launch, flat(x), flat(w), y, sizes)]
    return [*repeat_x, *repeat_w, (launch, (flat(x), flat(w), flat(y), *map(np.uint32, sizes)))]


# --- vjp -------------------------------------------------------------------------------------------


def _matmul_vjp(call, dy):
    x, w = call.ins
    ta, tb = call.attrs.get("ta", False), call.attrs.get("tb", False)
    dx = dw = None
    if call.needs[0]:
        dx = matmul(w, dy, ta=tb, tb=True) if ta else matmul(dy, w, tb=not tb)
        dx = sum_to(dx, x.shape)
    if call.needs[1]:
        dw = matmul(dy, x, ta=True, tb=ta) if tb else matmul(x, dy, ta=not ta)
        dw = sum_to(dw, w.shape)
    return dx, dw


# --- record ----------------------------------------------------------------------------------------

matmul = Op(
    "matmul", spec=_matmul_spec, reference=_matmul_reference, cpu=_matmul_cpu, cuda=_matmul_cuda, vjp=_matmul_vjp
)

# --- dense: product, bias and activation ------------------------------------------------------------

ACTIVATIONS: dict = {
    "linear": None,
    "relu": elementwise.relu,
    "sigmoid": elementwise.sigmoid,
    "tanh": elementwise.tanh,
}


def _dense_spec(x: Spec, w: Spec, b: Spec, *, activation="linear") -> Spec:
    units = w.shape[-1]
    if None not in (x.shape[-1], w.shape[0]) and x.shape[-1] != w.shape[0]:
        raise ValueError(f"dense: inner dimensions must match. Received: shapes {x.shape} and {w.shape}")
    if None not in (units, *b.shape) and b.shape != (units,):
        raise ValueError(f"dense: the bias must have shape {(units,)}. Received: shape {b.shape}")
    return Spec((*x.shape[:-1], units), x.dtype)


def _dense_reference(x, w, b, *, activation="linear"):
    y = _matmul_reference(x, w) + b
    return y if ACTIVATIONS[activation] is None else ACTIVATIONS[activation].reference(y)


def epilogue(activation: str, dtype: str) -> Callable:
    """The chain `activation(y + b)` for the patterns of its operands."""

    def chain_of(patterns):
        stages = [Stage(elementwise.add.elementwise, ("x", "b"), "s", dtype, dtype)]
        result = "s"
        if activation != "linear":
            stages.append(Stage(ACTIVATIONS[activation].elementwise, ("s",), "y", dtype, dtype))
            result = "y"
        operands = (("x", patterns[0]), ("b", patterns[1]))
        return Chain(tuple(stages), operands, (result,), f"bias_{activation}")

    return chain_of


def _dense_calls(product, target):
    def implementation(ins, outs, *, activation="linear"):
        x, w, b = ins
        finish = chain_calls(epilogue(activation, outs[0].dtype.name), [outs[0], b], outs, target)
        return product([x, w], outs) + finish

    return implementation


def activation_gradient(activation: str, y: Tensor, dy: Tensor) -> Tensor:
    """The gradient at the sum, from the activation's output."""
    if activation == "relu":
        return elementwise.relu_grad(y, dy)
    one = elementwise.like(y, 1)
    if activation == "sigmoid":
        return elementwise.multiply(dy, elementwise.multiply(y, elementwise.subtract(one, y)))
    if activation == "tanh":
        return elementwise.multiply(dy, elementwise.subtract(one, elementwise.square(y)))
    return dy


def _dense_vjp(call, dy):
    x, w, _ = call.ins
    dz = activation_gradient(call.attrs.get("activation", "linear"), call.outs[0], dy)
    dx = matmul(dz, w, tb=True) if call.needs[0] else None
    dw = _weight_gradient(x, dz) if call.needs[1] else None
    db = total(dz, axes=tuple(range(len(dz.shape) - 1))) if call.needs[2] else None
    return dx, dw, db


def _weight_gradient(x, dz):
    rows = (size_of(x.shape[:-1]), x.shape[-1])
    flat_dz = (rows[0], dz.shape[-1])
    x = x if len(x.shape) == 2 else reshape(x, shape=rows)
    dz = dz if len(dz.shape) == 2 else reshape(dz, shape=flat_dz)
    return matmul(x, dz, ta=True)


dense = Op(
    "dense", spec=_dense_spec, reference=_dense_reference, cpu=_dense_calls(_matmul_cpu, "cpu"),
    cuda=_dense_calls(_matmul_cuda, "cuda"), vjp=_dense_vjp,
)  # fmt: skip
