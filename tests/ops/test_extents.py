"""Every public operation on symbolic tensors of unknown extents, judged by real Keras and by its own eager results."""

from __future__ import annotations

import os
import re

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

import kerasnb
from kerasnb.backend.tensor import device
from tests.ops.names import keras, public
from tests.ops.table_numpy import TABLE
from tests.ops.table_rest import BY_FUNCTIONS, REST

ALL = {**TABLE, **REST}

# The shape or dtype that Keras 3.15 states is not that of its own result.
KERAS_IS_WRONG = set(
    "adaptive_average_pool adaptive_max_pool bitwise_left_shift bitwise_right_shift categorical_crossentropy "
    "corrcoef eig erf histogram kron left_shift logsumexp lu_factor meshgrid multi_hot ndim polar reciprocal "
    "right_shift rot90 rsqrt searchsorted slogdet vstack".split()
)
# Keras fails within its own code (None times an integer), cannot do it symbolically, or takes None for another extent.
KERAS_REFUSES = set(
    "adaptive_average_pool adaptive_max_pool append average batch_normalization bincount bitwise_and "
    "bitwise_or bitwise_xor cholesky_inverse cond conv conv_transpose correlate ctc_loss custom_gradient "
    "depthwise_conv dot heaviside hstack hypot image.extract_patches image.extract_patches_3d "
    "image.map_coordinates image.perspective_transform inv irfft istft lstsq lu_factor meshgrid random.beta "
    "random.binomial random.categorical random.dropout random.gamma random.shuffle rearrange scan "
    "separable_conv solve solve_triangular svd unfold vectorize".split()
)
# An extent that Keras leaves open follows from another argument.
KNOWN_BETTER = set(
    "append bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor categorical_crossentropy "
    "clip corrcoef ctc_decode diag dot_product_attention einsum image.affine_transform image.hsv_to_rgb "
    "image.perspective_transform image.rgb_to_hsv in_top_k layer_normalization left_shift right_shift "
    "rms_normalization scatter_update select solve solve_triangular".split()
)


def arrays_in(thing) -> list:
    """The arrays among the arguments, which stand for tensors."""
    if isinstance(thing, np.ndarray):
        return [thing]
    parts = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, (list, tuple)) else ()
    return [a for part in parts for a in arrays_in(part)]


def replaced(thing, tensors):
    """The arguments with the next tensor in place of each array."""
    if isinstance(thing, np.ndarray):
        return next(tensors)
    if isinstance(thing, dict):
        return {k: replaced(v, tensors) for k, v in thing.items()}
    return type(thing)(replaced(v, tensors) for v in thing) if isinstance(thing, (list, tuple)) else thing


def openings(shapes: list) -> list:
    """The shapes with an extent unknown: none, each axis of each tensor in turn, an axis of all tensors, all."""

    def opened(chosen):
        return tuple(tuple(None if chosen(t, a) else e for a, e in enumerate(s)) for t, s in enumerate(shapes))

    each = [(t, a) for t, s in enumerate(shapes) for a in range(len(s))]
    found = [opened(lambda t, a: False), *(opened(lambda t, a, one=one: (t, a) == one) for one in each)]
    found += [opened(lambda t, a, axis=axis: a == axis) for axis in range(max(map(len, shapes)))]
    return list(dict.fromkeys([*found, opened(lambda t, a: True)]))


def leaves(thing) -> list:
    parts = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, (list, tuple)) else None
    return [thing] if parts is None else [leaf for part in parts for leaf in leaves(part)]


def signature(result) -> list:
    """(shape, dtype) of each tensor of a result; other things stand for themselves."""
    return [(tuple(x.shape), str(x.dtype)) if hasattr(x, "shape") else (x, type(x).__name__) for x in leaves(result)]


def named(module, name: str):
    """The operation of a module of Keras; those that take functions with their functions."""
    if name in BY_FUNCTIONS:
        return lambda *tensors: BY_FUNCTIONS[name](module.ops, *tensors)
    found = module if name.startswith("random.") else module.ops
    for part in name.split("."):
        found = getattr(found, part)
    return found


def stated(module, name: str, args, kwargs, shapes):
    """What a symbolic call says of its results, or its error."""
    symbols = [module.KerasTensor(s, a.dtype.name) for s, a in zip(shapes, arrays_in((args, kwargs)), strict=True)]
    given, options = replaced((args, kwargs), iter(symbols))
    try:
        return signature(named(module, name)(*given, **options))
    except Exception as problem:
        return problem


def fits(found, eager) -> bool:
    """Whether what is stated holds for the result: dtypes, ranks, and each extent that is stated."""
    return len(found) == len(eager) and all(_fits(f, e) for f, e in zip(found, eager, strict=True))


def _fits(found, eager) -> bool:
    (shape, dtype), (real, real_dtype) = found, eager
    if not isinstance(shape, tuple):
        return found == eager
    same = isinstance(real, tuple) and dtype == real_dtype and len(shape) == len(real)
    return same and all(p in (None, q) for p, q in zip(shape, real, strict=True))


def as_exact(found, other) -> bool:
    """Whether each extent that the other knows is known."""
    pairs = [(p, q) for (s, _), (t, _) in zip(found, other, strict=True) for p, q in zip(s, t, strict=True)]
    return all(p is not None or q is None for p, q in pairs)


def check_one(name: str, args, kwargs, shapes, eager) -> None:
    """One symbolic call beside Keras."""
    ours, theirs = (stated(k, name, args, kwargs, shapes) for k in (kerasnb, keras()))
    case = f"{name} of {shapes}, {kwargs}: {ours}, Keras {theirs}, eager {eager}"
    if isinstance(ours, Exception):
        assert isinstance(theirs, Exception) or (name in KERAS_IS_WRONG and not fits(theirs, eager)), case
        return
    if ours == theirs:
        return
    assert fits(ours, eager), case
    if isinstance(theirs, Exception):
        assert name in KERAS_REFUSES, case
    elif not fits(theirs, eager):
        assert name in KERAS_IS_WRONG, case
    else:
        assert name in KNOWN_BETTER and as_exact(ours, theirs), case


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(n for n in ALL if any(map(arrays_in, ALL[n]))))
def test_each_axis_unknown(name):
    """With None on each axis in turn and on all, shape and dtype are Keras'; where it fails, those of the result."""
    for args, kwargs in ALL[name]:
        arrays = arrays_in((args, kwargs))
        if not arrays:
            continue
        with device.scope("numpy"):  # the references need no compiler
            eager = signature(named(kerasnb, name)(*args, **kwargs))
        for shapes in openings([a.shape for a in arrays]):
            check_one(name, args, kwargs, shapes, eager)


def test_every_public_operation_has_a_row():
    """An operation that is new has calls in a table, or this fails."""
    modules = {"": kerasnb.ops, "image.": kerasnb.ops.image, "linalg.": kerasnb.ops.linalg, "nn.": kerasnb.ops.nn,
               "numpy.": kerasnb.ops.numpy, "random.": kerasnb.random}  # fmt: skip
    names = {p + n for p, m in modules.items() for n, x in public(m).items() if callable(x) and not isinstance(x, type)}
    theirs = {n for n, x in public(keras().ops).items() if callable(x)}
    assert sorted(theirs - set(ALL)) == []
    kept = {n for n in names if n.partition(".")[0] in ("image", "random") or n in theirs}
    assert sorted(kept - set(ALL)) == []


SHAPES = {
    "reshape_like": (lambda k, x, y: k.ops.reshape(x, k.ops.shape(y)), (None, 6), (None, 3, 2)),
    "reshape_open": (lambda k, x: k.ops.reshape(x, (None, 2, 3)), (None, 6)),
    "reshape_two_open": (lambda k, x: k.ops.reshape(x, (None, -1)), (None, 3, 4)),
    "reshape_of_known": (lambda k, x: k.ops.reshape(x, (None, -1)), (2, 3, 4)),
    "reshape_fixed": (lambda k, x: k.ops.reshape(x, (4, -1)), (None, 6)),
    "repeat_flat": (lambda k, x: k.ops.repeat(x, 2), (None, 3)),
    "repeat_rows": (lambda k, x: k.ops.repeat(x, 2, axis=0), (None, 3)),
    "repeat_columns": (lambda k, x: k.ops.repeat(x, [1, 2, 3], axis=1), (None, 3)),
    "concatenate": (lambda k, x, y: k.ops.concatenate([x, y], axis=1), (None, 3), (2, 3)),
    "concatenate_rows": (lambda k, x, y: k.ops.concatenate([x, y]), (None, 3), (2, 3)),
    "concatenate_wrong": (lambda k, x, y: k.ops.concatenate([x, y]), (None, 3), (None, 4)),
    "stack": (lambda k, x, y: k.ops.stack([x, y]), (None, 3), (2, 3)),
    "squeeze": (lambda k, x: k.ops.squeeze(x), (None, 1, 3)),
    "squeeze_axis": (lambda k, x: k.ops.squeeze(x, 1), (None, 1, 3)),
    "squeeze_unknown": (lambda k, x: k.ops.squeeze(x, 0), (None, 1, 3)),
    "switch": (lambda k, x: k.ops.switch(1, [lambda v: v + 1, lambda v: v * 2], x), (None, 3)),
    "unique_sized": (lambda k, x: k.ops.unique(x, size=4, axis=0, return_inverse=True), (None, 3)),
    "size": (lambda k, x: k.ops.size(x), (None, 3)),
    "size_of_known": (lambda k, x: k.ops.size(x), (2, 3)),
    "broadcast_to": (lambda k, x: k.ops.broadcast_to(x, (4, None, 3)), (None, 1)),
    "segment_sum": (lambda k, x: k.ops.segment_sum(x, k.KerasTensor((None,), "int32")), (None, 3)),
    "item": (lambda k, x: x[5], (None, 3)),
    "last_step": (lambda k, x: x[:, -1], (None, None, 3)),
    "backwards": (lambda k, x: x[:, None, ..., 0], (None, None, 3)),
}


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_shapes_by_arguments(name):
    """Shapes that depend on other arguments are Keras', or both refuse."""
    function, *shapes = SHAPES[name]
    found = []
    for k in (kerasnb, keras()):
        try:
            found.append(signature(function(k, *(k.KerasTensor(s, "float32") for s in shapes))))
        except (ValueError, TypeError, IndexError) as problem:
            found.append(type(problem))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("key", "shape"),
    [
        (np.s_[:3], (None, 3)),
        (np.s_[1:], (None, 3)),
        (np.s_[::2], (None, 3)),
        (np.s_[::-1, 1:], (None, 2)),
        (np.s_[-2:, None, 0], (None, 1)),
        (np.s_[..., None], (None, 3, 1)),
        (np.s_[-1], (3,)),
    ],
)
def test_parts_of_an_unknown_axis(key, shape):
    """A slice of an unknown axis is of unknown extent (Keras refuses it), and is taken of real tensors later."""
    symbol = kerasnb.KerasTensor((None, 3))
    found = symbol[key]
    assert found.shape == shape
    x = np.arange(12, dtype="float32").reshape(4, 3)
    np.testing.assert_array_equal(kerasnb.Function(symbol, found)(kerasnb.ops.convert_to_tensor(x)).numpy(), x[key])


@pytest.mark.parametrize("seed", [1, None])
def test_random_shapes_are_integers(seed):
    """A random shape with an unknown extent is refused by name outside of a layer."""
    with pytest.raises(ValueError, match=r"Argument `shape` must hold integers. Received: shape=\(None, 4\)"):
        kerasnb.random.normal((kerasnb.ops.shape(kerasnb.KerasTensor((None, 3)))[0], 4), seed=seed)


WRONG = {
    "crop": lambda x: kerasnb.ops.image.crop_images(x, 0, 0, target_height=90000, target_width=4),
    "top_k": lambda x: kerasnb.ops.top_k(x, 90000),
    "depth": lambda x: kerasnb.ops.depth_to_space(x, 70001),
    "split": lambda x: kerasnb.ops.split(x, 70001, axis=1),
    "rearrange": lambda x: kerasnb.ops.rearrange(x, "(a b) c d e -> a b c d e", a=70001),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_errors_name_no_trial_size(name):
    """Operations that are asked by trying sizes speak of None where they fail."""
    with pytest.raises((ValueError, TypeError)) as raised:
        WRONG[name](kerasnb.KerasTensor((None, None, None, None), "float32"))
    numbers = {int(n) for n in re.findall(r"\d+", str(raised.value))}
    assert numbers <= {0, 1, 4, 90000, 70001, 2, 70001**2}, raised.value
