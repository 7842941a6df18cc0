"""Room: control flow: rows, gradients that are given, and regions of calls that are chosen, repeated or walked.

A recorded step whose values are not known yet holds `choose` for a branch, `repeat_while` for a loop of unknown
length, and `walk` for a loop over rows. Their walks are plans of their own, over the arrays of the step.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff import recording
from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.late_bound import Gradients
from kerasnb.backend.plan.subgraph import Region
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.dtypes import FLOATS, numpy_dtype
from kerasnb.backend.tensor.tensor import Spec, TracedValueError, from_host, size_of
from kerasnb.kernels.common import flat
from kerasnb.kernels.elementwise import add, like, multiply
from kerasnb.kernels.identity import copy
from kerasnb.kernels.move import concatenate, copy_calls, copy_gpu, reshape, window


def zeros_like(x):
    """Zeros of the shape and dtype of a tensor."""
    return multiply(Gradients.ones_like(x), like(x, 0))


# --- rows: all slices along the first axis at once, so that the way back is one call too ----------------


def _rows_spec(x: Spec) -> tuple:
    return (Spec(x.shape[1:], x.dtype),) * x.shape[0]


def _rows_reference(x):
    return tuple(x)


def _rows_walk(copy):
    def walk(ins, outs):
        size, x = size_of(ins[0].shape[1:]), flat(ins[0])
        return [call for i, y in enumerate(outs) for call in copy([x[i * size : (i + 1) * size]], [y])]

    return walk


def _rows_vjp(call, *arriving):
    shape = call.ins[0].shape[1:]
    some = next(a for a in arriving if a is not None)
    parts = [reshape(zeros_like(some) if a is None else a, shape=(1, *shape)) for a in arriving]
    return (concatenate(*parts, axis=0),)


rows = Op(
    "rows", spec=_rows_spec, reference=_rows_reference, cpu=_rows_walk(copy_calls), cuda=_rows_walk(copy_gpu),
    vjp=_rows_vjp,
)  # fmt: skip

# --- a function whose gradient is given: its results pass, what flows back is what the rule says ---------


def _given_spec(*ins, count, rule):
    return ins[:count]


def _given_reference(*ins, count, rule):
    return tuple(np.array(x) for x in ins[:count])


def _given_walk(copy):
    def walk(ins, outs, *, count, rule):
        return [call for x, y in zip(ins[:count], outs, strict=True) for call in copy([x], [y])]

    return walk


def _given_vjp(call, *arriving):
    count, rule = call.attrs["count"], call.attrs["rule"]
    flows = [zeros_like(y) if a is None else a for a, y in zip(arriving, call.outs, strict=True)]
    return (None,) * count + tuple(rule(*flows))


given_gradient = Op(
    "given_gradient", spec=_given_spec, reference=_given_reference, cpu=_given_walk(copy_calls),
    cuda=_given_walk(copy_gpu), vjp=_given_vjp,
)  # fmt: skip


# --- regions: their arrays, on any device ---------------------------------------------------------------


def _copies(sources, targets) -> list:
    copy = copy_gpu if device.current() == "cuda" else copy_calls
    return [c for x, y in zip(sources, targets, strict=True) for c in copy([x], [y])]


def _made(specs) -> list:
    return [device.runtime().empty(t.shape, numpy_dtype(t.dtype)) for t in specs]


def _split(found, regions) -> list:
    """The tensors captured by each of several regions."""
    rest = iter(found)
    return [[next(rest) for _ in region.captured] for region in regions]


def _on_host(function, ins) -> tuple:
    """A reference: the calls of regions one by one, on tensors of their own."""
    with recording.unrecorded(), device.scope("numpy"):
        return tuple(t.numpy() for t in function([from_host(x, x.dtype.name) for x in ins]))


def _specs(tensors) -> tuple:
    return tuple(Spec(t.shape, t.dtype) for t in tensors)


def _backwards(region, values, needs, flows) -> list:
    """The gradients of a region's results for the values that need one; zeros where there is none."""
    with GradientTape() as inner:
        outs = region.again(*values)
    pairs = [(o, f) for o, f in zip(outs, flows, strict=True) if f is not None]
    wanted = [v for v, need in zip(values, needs, strict=True) if need]
    found = inner.gradient([o for o, _ in pairs], wanted, [f for _, f in pairs])
    return [zeros_like(v) if g is None else g for v, g in zip(wanted, found, strict=True)]


def _placed(found, needs) -> tuple:
    """Gradients in the places that need one."""
    rest = iter(found)
    return tuple(next(rest) if need else None for need in needs)


# --- choose: one of several regions ---------------------------------------------------------------------


def _choose_spec(index, *captured, branches):
    return _specs(branches[0].outputs)


def _clamped(index, branches) -> int:
    return min(max(int(np.asarray(index).item()), 0), len(branches) - 1)


def _choose_reference(index, *captured, branches):
    at = _clamped(index, branches)
    return _on_host(lambda found: branches[at].again(*_split(found, branches)[at]), captured)


def _choose_walk(ins, outs, *, branches):
    parts = zip(branches, _split(ins[1:], branches), strict=True)
    plans, to_host = [b.plan(given, outs, copy) for b, given in parts], device.runtime().to_host

    def choose():
        plans[_clamped(to_host(ins[0]), branches)].replay()

    return [(choose, ())]


def _choose_vjp(call, *arriving):
    """The gradient of the chosen branch, and of that one only: the others are not computed."""
    index, branches, needs = call.ins[0], call.attrs["branches"], call.needs[1:]
    values, wanted = _split(call.ins[1:], branches), _split(needs, branches)
    zeros = [[zeros_like(v) for v, w in zip(*p, strict=True) if w] for p in zip(values, wanted, strict=True)]

    def back(at):
        found = _backwards(branches[at], values[at], wanted[at], arriving)
        return [g for i, z in enumerate(zeros) for g in (found if i == at else z)]

    return None, *_placed(chosen(index, [lambda at=at: back(at) for at in range(len(branches))]), needs)


choose = Op(
    "choose", spec=_choose_spec, reference=_choose_reference, cpu=_choose_walk, cuda=_choose_walk, vjp=_choose_vjp
)


def chosen(index, functions) -> list:
    """The results of the function that an integer tensor names, as one call."""
    branches = tuple(Region(f) for f in functions)
    return _listed(choose(index, *(t for b in branches for t in b.captured), branches=branches))


def _listed(found) -> list:
    return [] if found is None else list(found) if isinstance(found, tuple) else [found]


# --- repeat: a region as long as another one says so ----------------------------------------------------


def _repeat_spec(*ins, condition, body):
    return _specs(body.outputs)


def _repeat_reference(*ins, condition, body):
    def run(found):
        state, (asked, read) = found[: len(body.outputs)], _split(found[len(body.outputs) :], (condition, body))
        while bool(condition.again(*state, *asked)[0]):
            state = body.again(*state, *read)
        return state

    return _on_host(run, ins)


def _repeat_walk(ins, outs, *, condition, body):
    runtime, count = device.runtime(), len(outs)
    asked, read = _split(ins[count:], (condition, body))
    flag, after = _made(condition.outputs), _made(body.outputs)
    ask, step = condition.plan([*outs, *asked], flag, copy), body.plan([*outs, *read], after, copy)
    back = _copies(after, outs)

    def asked_again() -> bool:
        ask.replay()
        return bool(np.asarray(runtime.to_host(flag[0])).item())

    def repeat():
        while asked_again():
            step.replay()
            for function, args in back:
                function(*args)

    return [*_copies(ins[:count], outs), (repeat, ())]


def _repeat_vjp(call, *arriving):
    raise TracedValueError(
        "The gradient of a loop whose length is not known was asked for while the step is being recorded. Use "
        "`ops.scan` or `ops.fori_loop` with a known length, or compile the model with `run_eagerly=True`."
    )


repeat = Op(
    "repeat_while", spec=_repeat_spec, reference=_repeat_reference, cpu=_repeat_walk, cuda=_repeat_walk,
    vjp=_repeat_vjp,
)  # fmt: skip


def repeated(condition, body, state) -> list:
    """The last state of a loop, as one call."""
    regions = Region(lambda *s: [condition(*s)], _specs(state)), Region(body, _specs(state))
    captured = (t for r in regions for t in r.captured)
    return _listed(repeat(*state, *captured, condition=regions[0], body=regions[1]))


# --- walk: a region for each row, handing a state on ------------------------------------------------------


def _walk_spec(*ins, body, states, rows, length, reverse):
    made = _specs(body.outputs)
    return made[:states] + tuple(Spec((length, *s.shape), s.dtype) for s in made[states:])


def _turns(length, reverse):
    return range(length - 1, -1, -1) if reverse else range(length)


def _walk_reference(*ins, body, states, rows, length, reverse):
    outs: list = [None] * length

    def run(found):
        state, xs, read = found[:states], found[states : states + rows], found[states + rows :]
        for t in _turns(length, reverse):
            made = body.again(*state, *(reshape(window_row(x, t), shape=x.shape[1:]) for x in xs), *read)
            state, outs[t] = made[:states], [reshape(y, shape=(1, *y.shape)) for y in made[states:]]
        return [*state, *(concatenate(*ys, axis=0) for ys in zip(*outs, strict=True))]

    return _on_host(run, ins)


def window_row(x, t: int):
    """Row `t`, with its axis."""
    rest = x.shape[1:]
    return window(x, starts=(t,) + (0,) * len(rest), sizes=(1, *rest), steps=(1,) * len(x.shape))


def _row(array, t: int):
    size = size_of(array.shape[1:])
    return flat(array)[t * size : (t + 1) * size]


def _walk_walk(ins, outs, *, body, states, rows, length, reverse):
    """The calls of one turn, again and again, between copies of the rows: they are compiled once."""
    given, xs, read = ins[:states], ins[states : states + rows], ins[states + rows :]
    state, ys = outs[:states], outs[states:]
    x, after = _made(body.inputs[states:]), _made(body.outputs)
    turn = body.plan([*state, *x, *read], after, copy).calls
    hand = _copies(after[:states], state)
    calls = _copies(given, state)
    for t in _turns(length, reverse):
        calls += _copies([_row(a, t) for a in xs], x) + turn + hand
        calls += _copies(after[states:], [_row(y, t) for y in ys])
    return calls


def _walk_vjp(call, *arriving):
    """A walk the other way: each turn is computed again from its state, which a first walk notes."""
    body, states, rows = call.attrs["body"], call.attrs["states"], call.attrs["rows"]
    length, reverse = call.attrs["length"], call.attrs["reverse"]
    given, xs, read = call.ins[:states], call.ins[states : states + rows], call.ins[states + rows :]
    noted = walked(lambda *s: [*body.again(*s)[:states], *s[:states]], given, xs, read, length, reverse)[states:]
    moving = [t.dtype in FLOATS for t in given]
    first = [zeros_like(s) if f is None else f for s, f, m in zip(given, arriving, moving, strict=False) if m]
    kept = call.needs[states + rows :]
    sums = [zeros_like(r) for r, k in zip(read, kept, strict=True) if k]
    ys = [f for f in arriving[states:] if f is not None]

    def back(*found):
        rest = iter(found)
        ds, totals = [next(rest) for _ in first], [next(rest) for _ in sums]
        values = [next(rest) for _ in range(states + rows)]
        dys = [None if f is None else next(rest) for f in arriving[states:]]
        values += list(rest)
        needs = [*moving, *call.needs[states : states + rows], *kept]
        made = _backwards(body, values, needs, [*_placed(ds, moving), *dys])
        ends = len(first), len(made) - len(sums)
        after = [add(a, b) for a, b in zip(totals, made[ends[1] :], strict=True)]
        return [*made[: ends[0]], *after, *made[ends[0] : ends[1]]]

    found = walked(back, [*first, *sums], [*noted, *xs, *ys], read, length, not reverse)
    ds, totals, dx = found[: len(first)], found[len(first) :][: len(sums)], found[len(first) + len(sums) :]
    return *_placed(ds, moving), *_placed(dx, call.needs[states : states + rows]), *_placed(totals, kept)


walk = Op("walk", spec=_walk_spec, reference=_walk_reference, cpu=_walk_walk, cuda=_walk_walk, vjp=_walk_vjp)


def walked(body, state, xs, read, length: int, reverse: bool) -> list:
    """The last state, then the stacked results, as one call.

    Args:
        body: Function of the state, a row of each of `xs`, and `read`; returns the next state, then results.
        state: List of tensors.
        xs: List of tensors whose rows are walked.
        read: List of tensors that each turn reads.
        length: Integer, the number of turns.
        reverse: Boolean, whether the last row comes first.
    """
    specs = *_specs(state), *(Spec(x.shape[1:], x.dtype) for x in xs)
    region = Region(lambda *found: body(*found, *read), specs)
    attrs = {"states": len(state), "rows": len(xs), "length": length, "reverse": reverse}
    return _listed(walk(*state, *xs, *region.captured, body=region, **attrs))
