"""Room: crossentropy of one row per sample, from integer labels or target rows, from logits or probabilities.

From logits, the loss and the softmax that the way back needs are made in one pass. From probabilities,
a row is divided by its sum and clipped to [epsilon, 1 - epsilon]; where it was clipped, no gradient flows.
A label out of range reads no memory: its loss and its gradient are NaN.
"""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend import device
from kerasnb.backend.jit import cpu, cuda, gpu
from kerasnb.backend.loops import on_cpu
from kerasnb.backend.op import Op
from kerasnb.backend.tape import GradientTape
from kerasnb.backend.tensor import Spec, size_of
from kerasnb.kernels import elementwise as rows_of
from kerasnb.kernels import gather
from kerasnb.kernels.common import BLOCK, flat, grid_for
from kerasnb.kernels.move import reshape
from kerasnb.kernels.softmax import log_softmax, softmax_gpu, softmax_grad, softmax_rows
from kerasnb.kernels.sum import total, warp_grid

# --- spec and reference ----------------------------------------------------------------------------


def _loss_and_softmax_spec(target: Spec, x: Spec) -> tuple:
    return Spec(x.shape[:-1], x.dtype), x


def _loss_spec(target: Spec, x: Spec, *, epsilon) -> Spec:
    return Spec(x.shape[:-1], x.dtype)


def _grad_spec(target: Spec, x: Spec, dy: Spec, **_) -> Spec:
    return x


def _hot(labels, x):
    """One-hot rows of labels; rows of NaN for labels out of range."""
    rows = (labels[..., None] == np.arange(x.shape[-1])).astype(x.dtype)
    return np.where(((labels >= 0) & (labels < x.shape[-1]))[..., None], rows, x.dtype.type(np.nan))


def _sparse(function):
    """The same for integer labels, as what it is for target rows."""
    return lambda labels, x, *rest, **attrs: function(_hot(labels, x), x, *rest, **attrs)


def _logits_reference(target, x):
    shifted = x - np.max(x, -1, keepdims=True)
    e = np.exp(shifted)
    s = np.sum(e, -1, keepdims=True)
    return -np.sum(target * (shifted - np.log(s)), -1), e / s


def _logits_grad_reference(target, p, dy):
    return (p * np.sum(target, -1, keepdims=True) - target) * dy[..., None]


def _clipped(x, epsilon):
    q = x / np.sum(x, -1, keepdims=True)
    return q, np.clip(q, x.dtype.type(epsilon), x.dtype.type(1 - epsilon))


def _probabilities_reference(target, x, *, epsilon):
    return -np.sum(target * np.log(_clipped(x, epsilon)[1]), -1)


def _probabilities_grad_reference(target, x, dy, *, epsilon):
    q, clipped = _clipped(x, epsilon)
    g = np.where(q == clipped, -target / clipped, x.dtype.type(0))
    return (g - np.sum(g * q, -1, keepdims=True)) / np.sum(x, -1, keepdims=True) * dy[..., None]


# --- cpu walk --------------------------------------------------------------------------------------


@cpu
def sparse_logits_cpu(rows, classes, labels, x, stats, loss):
    for r in range(rows):
        label = np.int64(labels[r])
        loss[r] = x.dtype.type(np.nan)
        if 0 <= label < classes:
            loss[r] = stats[2 * r + 1] - (x[r * classes + label] - stats[2 * r])


@cpu
def sparse_logits_grad_cpu(rows, classes, labels, p, dy, dx):
    for r in range(rows):
        label = np.int64(labels[r])
        inside = 0 <= label < classes
        scale = dy[r] if inside else p.dtype.type(np.nan)
        start = r * classes
        for c in range(classes):
            dx[start + c] = p[start + c] * scale
        if inside:
            dx[start + label] -= scale


@cpu
def categorical_logits_cpu(rows, classes, target, x, stats, loss):
    for r in range(rows):
        s = x.dtype.type(0)
        for i in range(r * classes, (r + 1) * classes):
            s += target[i] * (stats[2 * r + 1] - (x[i] - stats[2 * r]))
        loss[r] = s


@cpu
def categorical_logits_grad_cpu(rows, classes, target, p, dy, dx):
    for r in range(rows):
        s = p.dtype.type(0)
        for i in range(r * classes, (r + 1) * classes):
            s += target[i]
        for i in range(r * classes, (r + 1) * classes):
            dx[i] = (p[i] * s - target[i]) * dy[r]


@cpu
def sparse_probabilities_cpu(rows, classes, labels, x, low, high, loss):
    for r in range(rows):
        label = np.int64(labels[r])
        s = x.dtype.type(0)
        for i in range(r * classes, (r + 1) * classes):
            s += x[i]
        loss[r] = x.dtype.type(np.nan)
        if 0 <= label < classes:
            q = x[r * classes + label] / s
            q = low if q < low else (high if q > high else q)
            loss[r] = -math.log(q)


@cpu
def sparse_probabilities_grad_cpu(rows, classes, labels, x, dy, low, high, dx):
    for r in range(rows):
        label = np.int64(labels[r])
        start = r * classes
        s = x.dtype.type(0)
        for c in range(classes):
            s += x[start + c]
        inside = 0 <= label < classes
        q = x[start + label] / s if inside else x.dtype.type(np.nan)
        flows = x.dtype.type(0) if (q < low or q > high) else dy[r] / s
        for c in range(classes):
            dx[start + c] = flows if inside else q
        if inside:
            dx[start + label] = flows - flows / q


@cpu
def categorical_probabilities_cpu(rows, classes, target, x, low, high, loss):
    for r in range(rows):
        s = x.dtype.type(0)
        for i in range(r * classes, (r + 1) * classes):
            s += x[i]
        value = x.dtype.type(0)
        for i in range(r * classes, (r + 1) * classes):
            q = x[i] / s
            q = low if q < low else (high if q > high else q)
            value -= target[i] * math.log(q)
        loss[r] = value


@cpu
def categorical_probabilities_grad_cpu(rows, classes, target, x, dy, low, high, dx):
    for r in range(rows):
        s = x.dtype.type(0)
        for i in range(r * classes, (r + 1) * classes):
            s += x[i]
        shared = x.dtype.type(0)
        for i in range(r * classes, (r + 1) * classes):
            q = x[i] / s
            shared += x.dtype.type(0) if (q < low or q > high) else target[i]
        for i in range(r * classes, (r + 1) * classes):
            q = x[i] / s
            own = x.dtype.type(0) if (q < low or q > high) else target[i] / q
            dx[i] = (shared - own) / s * dy[r]


def _sizes(x) -> tuple:
    return size_of(x.shape[:-1]), x.shape[-1]


def _bounds(x, epsilon) -> tuple:
    return x.dtype.type(epsilon), x.dtype.type(1 - epsilon)


def _logits_cpu(name, kernel):
    def walk(ins, outs):
        target, x = ins
        if x.dtype != np.float32:
            return ROOMS[name].walks["numpy"](ins, outs)
        if not x.size:
            return []
        stats = np.empty(2 * _sizes(x)[0], x.dtype)
        softmax_call = (softmax_rows, (*_sizes(x), flat(x), flat(outs[1]), stats, False))
        return [softmax_call, (kernel, (*_sizes(x), flat(target), flat(x), stats, flat(outs[0])))]

    return walk


def _direct_cpu(name, kernel):
    """A walk that is one kernel: arrays in, the clipping bounds where there are some, arrays out."""

    def walk(ins, outs, **attrs):
        x = ins[1]
        if not on_cpu(x.dtype.name):
            return ROOMS[name].walks["numpy"](ins, outs, **attrs)
        bounds = _bounds(x, **attrs) if attrs else ()
        return [(kernel, (*_sizes(x), *map(flat, ins), *bounds, flat(outs[0])))] if x.size else []

    return walk


# --- gpu walk: one warp a row ----------------------------------------------------------------------


@gpu
def sparse_logits_gpu(rows, classes, labels, x, stats, loss):
    r = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while r < rows:
        label = np.int64(labels[r])
        value = x.dtype.type(np.nan)
        if label >= 0 and label < np.int64(classes):
            value = stats[np.uint32(2) * r + np.uint32(1)] - (x[r * classes + np.uint32(label)] - stats[np.uint32(2) * r])
        loss[r] = value
        r += step


@gpu
def sparse_logits_grad_gpu(rows, classes, labels, p, dy, dx):
    i = np.uint32(cuda.grid(1))
    step = np.uint32(cuda.gridsize(1))
    while i < rows * classes:
        r = i // classes
        label = np.int64(labels[r])
        inside = label >= 0 and label < np.int64(classes)
        hot = p.dtype.type(1) if np.int64(i % classes) == label else p.dtype.type(0)
        dx[i] = (p[i] - hot) * dy[r] if inside else p.dtype.type(np.nan)
        i += step


@gpu
def categorical_logits_gpu(rows, classes, target, x, stats, loss):
    lane = np.uint32(cuda.threadIdx.x) % np.uint32(32)
    r = np.uint32(cuda.grid(1)) // np.uint32(32)
    step = np.uint32(cuda.gridsize(1)) // np.uint32(32)
    while r < rows:
        top = stats[np.uint32(2) * r]
        below = stats[np.uint32(2) * r + np.uint32(1)]
        s = x.dtype.type(0)
        c = lane
        while c < classes:
            s += target[r * classes + c] * (below - (x[r * classes + c] - top))
            c += np.uint32(32)
        offset = np.uint32(16)
        while offset > np.uint32(0):
            s += cuda.shfl_xor_sync(0xFFFFFFFF, s, offset)
            offset = offset // np.uint32(2)
        if lane == 0:
            loss[r] = s
        r += step


@gpu
def categorical_logits_grad_gpu(rows, classes, target, p, dy, dx):
    lane = np.uint32(cuda.threadIdx.x) % np.uint32(32)
    r = np.uint32(cuda.grid(1)) // np.uint32(32)
    step = np.uint32(cuda.gridsize(1)) // np.uint32(32)
    while r < rows:
        s = p.dtype.type(0)
        c = lane
        while c < classes:
            s += target[r * classes + c]
            c += np.uint32(32)
        offset = np.uint32(16)
        while offset > np.uint32(0):
            s += cuda.shfl_xor_sync(0xFFFFFFFF, s, offset)
            offset = offset // np.uint32(2)
        c = lane
        while c < classes:
            i = r * classes + c
            dx[i] = (p[i] * s - target[i]) * dy[r]
            c += np.uint32(32)
        r += step


@gpu
def probabilities_gpu(rows, classes, target, x, low, high, loss, sparse):
    """Both kinds of targets: for labels, `target` is read once a row."""
    lane = np.uint32(cuda.threadIdx.x) % np.uint32(32)
    r = np.uint32(cuda.grid(1)) // np.uint32(32)
    step = np.uint32(cuda.gridsize(1)) // np.uint32(32)
    while r < rows:
        s = x.dtype.type(0)
        c = lane
        while c < classes:
            s += x[r * classes + c]
            c += np.uint32(32)
        offset = np.uint32(16)
        while offset > np.uint32(0):
            s += cuda.shfl_xor_sync(0xFFFFFFFF, s, offset)
            offset = offset // np.uint32(2)
        value = x.dtype.type(0)
        found = x.dtype.type(0)
        c = lane
        while c < classes:
            q = x[r * classes + c] / s
            q = low if q < low else (high if q > high else q)
            if sparse:
                if np.int64(target[r]) == np.int64(c):
                    value -= math.log(q)
                    found += x.dtype.type(1)
            else:
                value -= x.dtype.type(target[r * classes + c]) * math.log(q)
            c += np.uint32(32)
        offset = np.uint32(16)
        while offset > np.uint32(0):
            value += cuda.shfl_xor_sync(0xFFFFFFFF, value, offset)
            found += cuda.shfl_xor_sync(0xFFFFFFFF, found, offset)
            offset = offset // np.uint32(2)
        if lane == 0:
            loss[r] = x.dtype.type(np.nan) if sparse and found == x.dtype.type(0) else value
        r += step


@gpu
def probabilities_grad_gpu(rows, classes, target, x, dy, low, high, dx, sparse):
    lane = np.uint32(cuda.threadIdx.x) % np.uint32(32)
    r = np.uint32(cuda.grid(1)) // np.uint32(32)
    step = np.uint32(cuda.gridsize(1)) // np.uint32(32)
    zero = x.dtype.type(0)
    one = x.dtype.type(1)
    while r < rows:
        s = zero
        c = lane
        while c < classes:
            s += x[r * classes + c]
            c += np.uint32(32)
        offset = np.uint32(16)
        while offset > np.uint32(0):
            s += cuda.shfl_xor_sync(0xFFFFFFFF, s, offset)
            offset = offset // np.uint32(2)
        shared = zero
        found = zero
        c = lane
        while c < classes:
            q = x[r * classes + c] / s
            if sparse:
                t = one if np.int64(target[r]) == np.int64(c) else zero
                found += t
            else:
                t = x.dtype.type(target[r * classes + c])
            shared += zero if (q < low or q > high) else t
            c += np.uint32(32)
        offset = np.uint32(16)
        while offset > np.uint32(0):
            shared += cuda.shfl_xor_sync(0xFFFFFFFF, shared, offset)
            found += cuda.shfl_xor_sync(0xFFFFFFFF, found, offset)
            offset = offset // np.uint32(2)
        scale = x.dtype.type(np.nan) if sparse and found == zero else dy[r]
        c = lane
        while c < classes:
            i = r * classes + c
            q = x[i] / s
            if sparse:
                t = one if np.int64(target[r]) == np.int64(c) else zero
            else:
                t = x.dtype.type(target[i])
            own = zero if (q < low or q > high) else t / q
            dx[i] = (shared - own) / s * scale
            c += np.uint32(32)
        r += step


def _launch(kernel, threads, x, arrays) -> list:
    sizes = map(np.uint32, _sizes(x))
    return [(kernel.on(grid_for(threads), BLOCK), (*sizes, *arrays))] if size_of(x.shape) else []


def _logits_gpu(kernel, threads_a_row):
    def walk(ins, outs):
        target, x = ins
        rows = _sizes(x)[0]
        stats = device.runtime().empty((max(2 * rows, 1),), x.dtype)
        if not size_of(x.shape):
            return []
        sizes = np.uint32(rows), np.uint32(x.shape[-1])
        softmax_args = (*sizes, np.uint32(1), flat(x), flat(outs[1]), stats, np.bool_(False))
        loss_args = (flat(target), flat(x), stats, flat(outs[0]))
        return [
            (softmax_gpu.on(warp_grid(rows), BLOCK), softmax_args),
            *_launch(kernel, rows * threads_a_row, x, loss_args),
        ]

    return walk


def _logits_grad_gpu(kernel):
    def walk(ins, outs):
        return _launch(kernel, 32 * _sizes(ins[1])[0], ins[1], map(flat, (*ins, *outs)))

    return walk


def _probabilities_gpu(kernel, sparse):
    def walk(ins, outs, *, epsilon):
        x = ins[1]
        arrays = (*map(flat, ins), *_bounds(x, epsilon), flat(outs[0]), np.bool_(sparse))
        return _launch(kernel, 32 * _sizes(x)[0], x, arrays)

    return walk


# --- vjp and records -------------------------------------------------------------------------------


def _column(dy):
    return reshape(dy, shape=(*dy.shape, 1))


def _hot_rows(labels, x):
    return gather.one_hot(labels, axis=len(labels.shape), classes=x.shape[-1], dtype=x.dtype)


def _row_sums(x):
    return _column(total(x, axes=(len(x.shape) - 1,)))


def _joined(*parts):
    """The sum of the gradients that are there."""
    found = [p for p in parts if p is not None]
    return None if not found else found[0] if len(found) == 1 else rows_of.add(*found)


def _logits_vjp(grad, sparse):
    def vjp(call, dy, dp):
        target, x = call.ins
        through_softmax = None if dp is None else softmax_grad(call.outs[1], dp, axis=len(x.shape) - 1)
        if dy is None:
            return None, through_softmax
        to_target = None
        if call.needs[0] and not sparse:
            to_target = rows_of.multiply(rows_of.negative(log_softmax(x, axis=len(x.shape) - 1)), _column(dy))
        return to_target, _joined(grad()(target, call.outs[1], dy), through_softmax)

    return vjp


def _composed_logits_grad(target, p, dy):
    whole = rows_of.multiply(p, _row_sums(target))
    return rows_of.multiply(rows_of.subtract(whole, target), _column(dy))


def _normalised(x, epsilon):
    """The probabilities, and which of them were not clipped."""
    q = rows_of.divide(x, _row_sums(x))
    low, high = (rows_of.like(x, bound) for bound in (epsilon, 1 - epsilon))
    return q, rows_of.logical_and(rows_of.greater_equal(q, low), rows_of.less_equal(q, high))


def _composed_probabilities_grad(target, x, dy, *, epsilon):
    q, free = _normalised(x, epsilon)
    zero = rows_of.like(x, 0)
    own = rows_of.where(free, rows_of.divide(target, rows_of.where(free, q, rows_of.like(x, 1))), zero)
    shared = _row_sums(rows_of.where(free, target, zero))
    return rows_of.multiply(rows_of.divide(rows_of.subtract(shared, own), _row_sums(x)), _column(dy))


def _by_composition(composed, sparse):
    """The second derivative: that of the same gradient, composed from other operations."""

    def vjp(call, g):
        target, *rest = call.ins
        target = _hot_rows(target, call.ins[1]) if sparse else target
        with GradientTape() as tape:
            dx = composed(target, *rest, **call.attrs)
        sources = rest if sparse else [target, *rest]
        found = tape.gradient(dx, sources, output_gradients=g)
        return (None, *found) if sparse else tuple(found)

    return vjp


def _probabilities_vjp(grad, sparse):
    def vjp(call, dy):
        target, x = call.ins
        epsilon = call.attrs["epsilon"]
        to_target = None
        if call.needs[0] and not sparse:
            q, _ = _normalised(x, epsilon)
            low, high = (rows_of.like(x, bound) for bound in (epsilon, 1 - epsilon))
            logs = rows_of.log(rows_of.minimum(rows_of.maximum(q, low), high))
            to_target = rows_of.multiply(rows_of.negative(logs), _column(dy))
        return to_target, grad()(target, x, dy, epsilon=epsilon)

    return vjp


ROOMS: dict[str, Op] = {}


def _room(name, spec, reference, cpu_walk, gpu_walk, vjp) -> Op:
    ROOMS[name] = Op(name, spec=spec, reference=reference, cpu=cpu_walk, cuda=gpu_walk, vjp=vjp)
    return ROOMS[name]


def _family(kind: str, sparse: bool, kernels: dict) -> tuple[Op, Op]:
    """The operation `<sparse_>crossentropy_<kind>` and its gradient."""
    name = ("sparse_" if sparse else "") + "crossentropy_" + kind
    logits = kind == "logits"
    wrap = _sparse if sparse else (lambda function: function)
    forward, backward = (_logits_reference, _logits_grad_reference) if logits else (
        _probabilities_reference, _probabilities_grad_reference
    )  # fmt: skip
    composed = _composed_logits_grad if logits else _composed_probabilities_grad
    make_vjp = _logits_vjp if logits else _probabilities_vjp
    grad = _room(
        name + "_grad", _grad_spec, wrap(backward), _direct_cpu(name + "_grad", kernels["grad_cpu"]), kernels["grad_gpu"],
        _by_composition(composed, sparse),
    )  # fmt: skip
    make_cpu = _logits_cpu if logits else _direct_cpu
    spec = _loss_and_softmax_spec if logits else _loss_spec
    op = _room(name, spec, wrap(forward), make_cpu(name, kernels["cpu"]), kernels["gpu"], make_vjp(lambda: grad, sparse))
    return op, grad


sparse_logits, sparse_logits_grad = _family("logits", True, {
    "cpu": sparse_logits_cpu, "gpu": _logits_gpu(sparse_logits_gpu, 1),
    "grad_cpu": sparse_logits_grad_cpu, "grad_gpu": _logits_grad_gpu(sparse_logits_grad_gpu),
})  # fmt: skip
categorical_logits, categorical_logits_grad = _family("logits", False, {
    "cpu": categorical_logits_cpu, "gpu": _logits_gpu(categorical_logits_gpu, 32),
    "grad_cpu": categorical_logits_grad_cpu, "grad_gpu": _logits_grad_gpu(categorical_logits_grad_gpu),
})  # fmt: skip
sparse_probabilities, sparse_probabilities_grad = _family("probabilities", True, {
    "cpu": sparse_probabilities_cpu, "gpu": _probabilities_gpu(probabilities_gpu, True),
    "grad_cpu": sparse_probabilities_grad_cpu, "grad_gpu": _probabilities_gpu(probabilities_grad_gpu, True),
})  # fmt: skip
categorical_probabilities, categorical_probabilities_grad = _family("probabilities", False, {
    "cpu": categorical_probabilities_cpu, "gpu": _probabilities_gpu(probabilities_gpu, False),
    "grad_cpu": categorical_probabilities_grad_cpu, "grad_gpu": _probabilities_gpu(probabilities_grad_gpu, False),
})  # fmt: skip

# --- binary: elementwise ---------------------------------------------------------------------------


def _binary_logits(target, x):
    return (x if x > 0 else 0) - x * target + math.log1p(math.exp(-abs(x)))


def _binary_logits_reference(target, x):
    zero = x.dtype.type(0)
    return target * np.logaddexp(zero, -x) + (1 - target) * np.logaddexp(zero, x)


def _binary_logits_vjp(call, dy):
    target, x = call.ins
    return rows_of.negative(rows_of.multiply(dy, x)), rows_of.multiply(dy, rows_of.subtract(rows_of.sigmoid(x), target))


def _binary_probabilities(target, x, epsilon):
    q = epsilon if x < epsilon else (1 - epsilon if x > 1 - epsilon else x)
    return -target * math.log(q) - (1 - target) * math.log(1 - q)


def _binary_probabilities_reference(target, x, *, epsilon):
    q = np.clip(x, x.dtype.type(epsilon), x.dtype.type(1 - epsilon))
    return -target * np.log(q) - (1 - target) * np.log(1 - q)


def _binary_probabilities_vjp(call, dy):
    (target, x), epsilon = call.ins, call.attrs["epsilon"]
    low, high, one = (rows_of.like(x, v) for v in (epsilon, 1 - epsilon, 1))
    q = rows_of.minimum(rows_of.maximum(x, low), high)
    rest = rows_of.subtract(one, q)
    slope = rows_of.divide(rows_of.subtract(q, target), rows_of.multiply(q, rest))
    free = rows_of.equal(q, x)
    to_target = rows_of.multiply(dy, rows_of.subtract(rows_of.log(rest), rows_of.log(q)))
    return to_target, rows_of.where(free, rows_of.multiply(dy, slope), rows_of.like(x, 0))


binary_logits = rows_of.row(_binary_logits, _binary_logits_reference, _binary_logits_vjp)
binary_probabilities = rows_of.row(
    _binary_probabilities, _binary_probabilities_reference, _binary_probabilities_vjp
)  # fmt: skip
