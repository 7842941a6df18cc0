"""Control flow: rows, custom gradients, and regions of calls that are chosen, repeated, or scanned over rows.

A recorded step whose values are not known yet holds `choose` for a branch, `repeat_while` for a loop of unknown
length, and `scan` for a loop over rows. Their implementations are plans of their own, over the arrays of the step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kerasnb.backend.autodiff import recording
from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.late_bound import Gradients
from kerasnb.backend.plan.subgraph import Region
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.dtypes import FLOATS, numpy_dtype
from kerasnb.backend.tensor.tensor import Spec, Tensor, TracedValueError, from_host, size_of
from kerasnb.kernels.common import flat
from kerasnb.kernels.elementwise import add, like, multiply
from kerasnb.kernels.identity import copy
from kerasnb.kernels.move import concatenate, copy_cpu, copy_cuda, reshape, window


def zeros_like(x: Tensor) -> Tensor:
    """Zeros of the shape and dtype of a tensor."""
    return multiply(Gradients.ones_like(x), like(x, 0))


# --- rows: all slices along the first axis in one call, as is the gradient ------------------------------


def _rows_spec(x: Spec) -> tuple:
    return (Spec(x.shape[1:], x.dtype),) * x.shape[0]


def _rows_reference(x):
    return tuple(x)


def _rows_implementation(copy):
    def implementation(ins, outs):
        size, x = size_of(ins[0].shape[1:]), flat(ins[0])
        return [call for i, y in enumerate(outs) for call in copy([x[i * size : (i + 1) * size]], [y])]

    return implementation


def _rows_vjp(call, *dys):
    shape = call.ins[0].shape[1:]
    some = next(dy for dy in dys if dy is not None)
    parts = [reshape(zeros_like(some) if dy is None else dy, shape=(1, *shape)) for dy in dys]
    return (concatenate(*parts, axis=0),)


rows = Op(
    "rows", spec=_rows_spec, reference=_rows_reference, cpu=_rows_implementation(copy_cpu),
    cuda=_rows_implementation(copy_cuda), vjp=_rows_vjp,
)  # fmt: skip

# --- a custom gradient: results pass as they are, and a rule computes the gradient -----------------------


def _given_spec(*ins, count, rule):
    return ins[:count]


def _given_reference(*ins, count, rule):
    return tuple(np.array(x) for x in ins[:count])


def _given_implementation(copy):
    def implementation(ins, outs, *, count, rule):
        return [call for x, y in zip(ins[:count], outs, strict=True) for call in copy([x], [y])]

    return implementation


def _given_vjp(call, *dys):
    count, rule = call.attrs["count"], call.attrs["rule"]
    dys = tuple(zeros_like(y) if dy is None else dy for dy, y in zip(dys, call.outs, strict=True))
    return (None,) * count + tuple(rule(*dys))


given_gradient = Op(
    "given_gradient", spec=_given_spec, reference=_given_reference, cpu=_given_implementation(copy_cpu),
    cuda=_given_implementation(copy_cuda), vjp=_given_vjp,
)  # fmt: skip


# --- regions: their arrays, on any device ---------------------------------------------------------------


def _copies(sources, targets) -> list:
    copy = copy_cuda if device.current() == "cuda" else copy_cpu
    return [c for x, y in zip(sources, targets, strict=True) for c in copy([x], [y])]


def _empty(specs) -> list:
    return [device.runtime().empty(t.shape, numpy_dtype(t.dtype)) for t in specs]


def _split(tensors, regions) -> list:
    """The tensors captured by each of several regions."""
    rest = iter(tensors)
    return [[next(rest) for _ in region.captured] for region in regions]


def _on_host(function, ins) -> tuple:
    """A reference: the calls of regions one by one, on tensors of their own."""
    with recording.unrecorded(), device.scope("numpy"):
        return tuple(t.numpy() for t in function([from_host(x, x.dtype.name) for x in ins]))


def _specs(tensors) -> tuple:
    return tuple(Spec(t.shape, t.dtype) for t in tensors)


def _backward(region, values, needs, dys) -> list:
    """The gradients of a region's results for the values that need one; zeros where there is none."""
    with GradientTape() as inner:
        outs = region.again(*values)
    pairs = [(o, dy) for o, dy in zip(outs, dys, strict=True) if dy is not None]
    sources = [v for v, need in zip(values, needs, strict=True) if need]
    gradients = inner.gradient([o for o, _ in pairs], sources, [dy for _, dy in pairs])
    return [zeros_like(v) if g is None else g for v, g in zip(sources, gradients, strict=True)]


def _placed(gradients, needs) -> tuple:
    """Gradients in the places that need one."""
    rest = iter(gradients)
    return tuple(next(rest) if need else None for need in needs)


# --- choose: one of several regions ---------------------------------------------------------------------


def _choose_spec(index, *captured, branches):
    return _specs(branches[0].outputs)


def _clamped(index, branches) -> int:
    return min(max(int(np.asarray(index).item()), 0), len(branches) - 1)


def _choose_reference(index, *captured, branches):
    at = _clamped(index, branches)
    return _on_host(lambda tensors: branches[at].again(*_split(tensors, branches)[at]), captured)


def _choose_implementation(ins, outs, *, branches):
    parts = zip(branches, _split(ins[1:], branches), strict=True)
    plans, to_host = [b.plan(ins, outs, copy) for b, ins in parts], device.runtime().to_host

    def choose():
        plans[_clamped(to_host(ins[0]), branches)].replay()

    return [(choose, ())]


def _choose_vjp(call, *dys):
    """The gradient of the chosen branch, and of that one only: the others are not computed."""
    index, branches, needs = call.ins[0], call.attrs["branches"], call.needs[1:]
    values, split = _split(call.ins[1:], branches), _split(needs, branches)
    zeros = [[zeros_like(v) for v, need in zip(*p, strict=True) if need] for p in zip(values, split, strict=True)]

    def back(at):
        gradients = _backward(branches[at], values[at], split[at], dys)
        return [g for i, z in enumerate(zeros) for g in (gradients if i == at else z)]

    return None, *_placed(chosen(index, [lambda at=at: back(at) for at in range(len(branches))]), needs)


choose = Op(
    "choose",
    spec=_choose_spec,
    reference=_choose_reference,
    cpu=_choose_implementation,
    cuda=_choose_implementation,
    vjp=_choose_vjp,
)


def chosen(index: Tensor, functions: Sequence[Callable]) -> list:
    """The results of the function that an integer tensor names, as one call."""
    branches = tuple(Region(f) for f in functions)
    return _listed(choose(index, *(t for b in branches for t in b.captured), branches=branches))


def _listed(results) -> list:
    return [] if results is None else list(results) if isinstance(results, tuple) else [results]


# --- repeat: a region as long as another one is true ----------------------------------------------------


def _repeat_spec(*ins, condition, body):
    return _specs(body.outputs)


def _repeat_reference(*ins, condition, body):
    def run(tensors):
        state, (tested, read) = tensors[: len(body.outputs)], _split(tensors[len(body.outputs) :], (condition, body))
        while bool(condition.again(*state, *tested)[0]):
            state = body.again(*state, *read)
        return state

    return _on_host(run, ins)


def _repeat_implementation(ins, outs, *, condition, body):
    runtime, count = device.runtime(), len(outs)
    tested, read = _split(ins[count:], (condition, body))
    flag, after = _empty(condition.outputs), _empty(body.outputs)
    test, step = condition.plan([*outs, *tested], flag, copy), body.plan([*outs, *read], after, copy)
    back = _copies(after, outs)

    def holds() -> bool:
        test.replay()
        return bool(np.asarray(runtime.to_host(flag[0])).item())

    def repeat():
        while holds():
            step.replay()
            for function, args in back:
                function(*args)

    return [*_copies(ins[:count], outs), (repeat, ())]


def _repeat_vjp(call, *dys):
    raise TracedValueError(
        "The gradient of a loop whose length is not known was asked for while the step is being recorded. Use "
        "`ops.scan` or `ops.fori_loop` with a known length, or compile the model with `run_eagerly=True`."
    )


repeat = Op(
    "repeat_while", spec=_repeat_spec, reference=_repeat_reference, cpu=_repeat_implementation,
    cuda=_repeat_implementation, vjp=_repeat_vjp,
)  # fmt: skip


def repeated(condition: Callable, body: Callable, state: Sequence[Tensor]) -> list:
    """The last state of a loop, as one call."""
    regions = Region(lambda *s: [condition(*s)], _specs(state)), Region(body, _specs(state))
    captured = (t for r in regions for t in r.captured)
    return _listed(repeat(*state, *captured, condition=regions[0], body=regions[1]))


# --- scan: a region for each row, handing a state on ------------------------------------------------------


def _scan_spec(*ins, body, states, rows, length, reverse):
    specs = _specs(body.outputs)
    return specs[:states] + tuple(Spec((length, *s.shape), s.dtype) for s in specs[states:])


def _turns(length, reverse):
    return range(length - 1, -1, -1) if reverse else range(length)


def _scan_reference(*ins, body, states, rows, length, reverse):
    outs: list = [None] * length

    def run(tensors):
        state, xs, read = tensors[:states], tensors[states : states + rows], tensors[states + rows :]
        for t in _turns(length, reverse):
            after = body.again(*state, *(reshape(window_row(x, t), shape=x.shape[1:]) for x in xs), *read)
            state, outs[t] = after[:states], [reshape(y, shape=(1, *y.shape)) for y in after[states:]]
        return [*state, *(concatenate(*ys, axis=0) for ys in zip(*outs, strict=True))]

    return _on_host(run, ins)


def window_row(x: Tensor, t: int) -> Tensor:
    """Row `t`, with its axis."""
    rest = x.shape[1:]
    return window(x, starts=(t,) + (0,) * len(rest), sizes=(1, *rest), steps=(1,) * len(x.shape))


def _row(array, t: int):
    size = size_of(array.shape[1:])
    return flat(array)[t * size : (t + 1) * size]


def _scan_implementation(ins, outs, *, body, states, rows, length, reverse):
    """The calls of one turn, again and again, between copies of the rows: they are compiled once."""
    first, xs, read = ins[:states], ins[states : states + rows], ins[states + rows :]
    state, ys = outs[:states], outs[states:]
    x, after = _empty(body.inputs[states:]), _empty(body.outputs)
    turn = body.plan([*state, *x, *read], after, copy).calls
    hand = _copies(after[:states], state)
    calls = _copies(first, state)
    for t in _turns(length, reverse):
        calls += _copies([_row(a, t) for a in xs], x) + turn + hand
        calls += _copies(after[states:], [_row(y, t) for y in ys])
    return calls


def _scan_vjp(call, *dys):
    """A scan in the other direction: each turn is computed again from its state, which a first scan returns."""
    body, states, rows = call.attrs["body"], call.attrs["states"], call.attrs["rows"]
    length, reverse = call.attrs["length"], call.attrs["reverse"]
    start, xs, read = call.ins[:states], call.ins[states : states + rows], call.ins[states + rows :]
    noted = scanned(lambda *s: [*body.again(*s)[:states], *s[:states]], start, xs, read, length, reverse)[states:]
    moving = [t.dtype in FLOATS for t in start]
    first = [zeros_like(s) if dy is None else dy for s, dy, m in zip(start, dys, moving, strict=False) if m]
    kept = call.needs[states + rows :]
    sums = [zeros_like(r) for r, k in zip(read, kept, strict=True) if k]
    upstream = [dy for dy in dys[states:] if dy is not None]

    def back(*tensors):
        rest = iter(tensors)
        ds, totals = [next(rest) for _ in first], [next(rest) for _ in sums]
        values = [next(rest) for _ in range(states + rows)]
        row_dys = [None if dy is None else next(rest) for dy in dys[states:]]
        values += list(rest)
        needs = [*moving, *call.needs[states : states + rows], *kept]
        gradients = _backward(body, values, needs, [*_placed(ds, moving), *row_dys])
        ends = len(first), len(gradients) - len(sums)
        after = [add(a, b) for a, b in zip(totals, gradients[ends[1] :], strict=True)]
        return [*gradients[: ends[0]], *after, *gradients[ends[0] : ends[1]]]

    results = scanned(back, [*first, *sums], [*noted, *xs, *upstream], read, length, not reverse)
    ds, totals, dx = results[: len(first)], results[len(first) :][: len(sums)], results[len(first) + len(sums) :]
    return *_placed(ds, moving), *_placed(dx, call.needs[states : states + rows]), *_placed(totals, kept)


scan = Op(
    "scan",
    spec=_scan_spec,
    reference=_scan_reference,
    cpu=_scan_implementation,
    cuda=_scan_implementation,
    vjp=_scan_vjp,
)


def scanned(
    body: Callable, state: Sequence[Tensor], xs: Sequence[Tensor], read: Sequence[Tensor], length: int, reverse: bool
) -> list:
    """The last state, then the stacked results, as one call.

    Args:
        body: Function of the state, a row of each of `xs`, and `read`; returns the next state, then results.
        state: List of tensors.
        xs: List of tensors whose rows are read in order.
        read: List of tensors that each turn reads.
        length: Integer, the number of turns.
        reverse: Boolean, whether the last row comes first.
    """
    specs = *_specs(state), *(Spec(x.shape[1:], x.dtype) for x in xs)
    region = Region(lambda *tensors: body(*tensors, *read), specs)
    attrs = {"states": len(state), "rows": len(xs), "length": length, "reverse": reverse}
    return _listed(scan(*state, *xs, *region.captured, body=region, **attrs))
