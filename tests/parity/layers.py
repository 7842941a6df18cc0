"""A layer beside the layer of real Keras: values, gradients, masks and dtypes, in inference and in training."""

from __future__ import annotations

import inspect
import warnings

import jax
import keras as real
import numpy as np

import kerasnb
from kerasnb import tree
from kerasnb.backend import GradientTape
from kerasnb.backend.tensor.dtypes import FLOATS
from tests.beside import close, upstream
from tests.recorded import Replayed

POLICIES = {"float16": 4e-3, "bfloat16": 3e-2, "mixed_float16": 4e-3, "mixed_bfloat16": 3e-2}  # with tolerances


def check_beside(layer, theirs, inputs) -> None:
    """Everything that can be compared for one layer of each side, built and with the same weights.

    Args:
        layer: Ours.
        theirs: The layer of Keras.
        inputs: NumPy array, or list of them for a layer of several inputs.
    """
    for training in (False, True):
        if training and layer_draws(layer):
            continue  # other random numbers than Keras': `check_training` looks at those
        check_gradients(layer, theirs, inputs, training)
    check_masks(layer, theirs, inputs)


def layer_draws(layer) -> bool:
    """Whether a layer uses random numbers."""
    return len(layer.variables) > len(layer.weights)


def call_options(layer, training: bool) -> dict:
    """`training` for layers that ask for it, of either side."""
    return {"training": training} if "training" in inspect.signature(layer.call).parameters else {}


def check_gradients(layer, theirs, inputs, training: bool) -> None:
    """Outputs and the gradients of weights and float inputs are those of Keras."""
    options = call_options(theirs, training)
    dy = upstream(tree.flatten(theirs(inputs, **options)))
    results, expected = ours(layer, inputs, call_options(layer, training), dy), keras(theirs, inputs, options, dy)
    for part, a, b in zip(("output", "weight", "input"), results, expected, strict=True):
        assert len(a) == len(b)
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            close(x, y, 2e-5, f"{part} {i}, training={training}")


def ours(layer, inputs, options, dy, missing=0.0) -> tuple[list, list, list]:
    """Outputs, gradients of the trainable weights, gradients of the float inputs (`missing` where there is none)."""
    tensors = [kerasnb.ops.convert_to_tensor(x) for x in tree.flatten(inputs)]
    watched = [t for t in tensors if t.dtype in FLOATS]
    with GradientTape() as tape:
        for t in watched:
            tape.watch(t)
        outputs = tree.flatten(layer(tensors if isinstance(inputs, list) else tensors[0], **options))
    weights = layer.trainable_weights
    sources = [*weights, *watched]
    grads = tape.gradient(outputs, sources, output_gradients=[kerasnb.ops.convert_to_tensor(d) for d in dy])
    if missing is not None:
        grads = [kerasnb.ops.zeros(s.shape, s.dtype) if g is None else g for g, s in zip(grads, sources, strict=True)]
    return outputs, grads[: len(weights)], grads[len(weights) :]


def keras(layer, inputs, options, dy) -> tuple[list, list, list]:
    """The same of Keras, differentiated by JAX."""
    arrays = tree.flatten(inputs)
    watched = [i for i, a in enumerate(arrays) if str(a.dtype) in FLOATS]
    fixed = [v.value for v in layer.non_trainable_variables]

    def call(weights, floats):
        xs = [floats[watched.index(i)] if i in watched else a for i, a in enumerate(arrays)]
        outputs, _ = layer.stateless_call(weights, fixed, xs if isinstance(inputs, list) else xs[0], **options)
        return tree.flatten(outputs)

    outputs, vjp = jax.vjp(call, [v.value for v in layer.trainable_variables], [arrays[i] for i in watched])
    weights, floats = vjp(dy)
    return outputs, weights, floats


def check_training(layer, inputs) -> None:
    """A random layer returns new numbers at each training step, and the same ones from the same state."""
    states = [v for v in layer.variables if not any(v is w for w in layer.weights)]
    before = [np.array(v) for v in states]

    def again(call):
        for v, value in zip(states, before, strict=True):
            v.assign(value)
        return [np.asarray(o) for o in tree.flatten(call(inputs))]

    eager = again(lambda x: layer(x, training=True))
    replayed = again(Replayed(lambda x: tree.flatten(layer(x, training=True)), inputs))
    steps = [[np.asarray(o) for o in tree.flatten(layer(inputs, training=True))] for _ in range(20)]
    for e, r, *following in zip(eager, replayed, *steps, strict=True):
        assert np.isfinite(e).all()
        np.testing.assert_allclose(r, e, rtol=1e-6, atol=1e-6)
        assert any((e != f).any() for f in following), "each step draws the same numbers"


def check_masks(layer, theirs, inputs) -> None:
    """Masks of the inputs are used, passed on to the outputs, or lost with a warning, as in Keras; so are new ones."""
    assert layer.supports_masking == theirs.supports_masking
    arrays, is_argument = tree.flatten(inputs), "mask" in layer._call_signature.parameters
    random = np.random.default_rng(4)
    masks = [random.random(x.shape if is_argument else x.shape[:-1]) < 0.6 if x.ndim > 1 else None for x in arrays]
    for given in ([None] * len(masks), masks, [masks[0], *[None] * (len(masks) - 1)]):
        outputs, out_masks, warned = _with_masks(layer, inputs, given, is_argument, kerasnb.ops.convert_to_tensor)
        expected, expected_masks, warns = _with_masks(theirs, inputs, given, is_argument, real.ops.convert_to_tensor)
        assert warned == warns
        for y, e in zip(outputs, expected, strict=True):
            close(y, e, 2e-5, "masked")
        for mask, e in zip(out_masks, expected_masks, strict=True):
            _check_mask(mask, e, theirs.supports_masking)


def _check_mask(mask, expected, supported: bool) -> None:
    if not supported:  # then Keras' mask depends on whether JAX returned a new array
        return
    assert (mask is None) == (expected is None), "the mask is lost, or made up"
    if mask is not None:
        np.testing.assert_array_equal(np.asarray(mask), np.asarray(expected))


def _with_masks(layer, inputs, masks, is_argument: bool, convert) -> tuple:
    """A layer's outputs for masked inputs, their masks, and whether a warning reports the loss of one."""
    xs, masks = [convert(x) for x in tree.flatten(inputs)], [None if m is None else convert(m) for m in masks]
    options = call_options(layer, False)
    if is_argument and masks[0] is not None:
        options["mask"] = masks if isinstance(inputs, list) else masks[0]
    else:
        for x, mask in zip(xs, masks, strict=True):
            if mask is not None:
                x._keras_mask = mask
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outputs = tree.flatten(layer(xs if isinstance(inputs, list) else xs[0], **options))
    masks = [getattr(y, "_keras_mask", None) for y in outputs]
    return outputs, masks, any("mask" in str(w.message) for w in caught)


def check_policies(cls, their_class, config: dict, weights: list, inputs) -> None:
    """In half and in mixed precision dtypes are those of Keras, and values are as near as the dtype lets them."""
    for policy, tolerance in POLICIES.items():
        layer, theirs = (
            cls.from_config({**config, "dtype": policy}),
            their_class.from_config({**config, "dtype": policy}),
        )
        for one in (layer, theirs):
            shapes = [x.shape for x in inputs] if isinstance(inputs, list) else inputs.shape
            one.build(shapes)
            one.set_weights(weights)
        assert [w.dtype for w in layer.weights] == [w.dtype for w in theirs.weights], policy
        computed = layer.compute_dtype, theirs.compute_dtype
        assert computed[0] == computed[1], f"{policy}: computes in {computed[0]}, not in {computed[1]}"
        assert layer.variable_dtype == theirs.variable_dtype, policy
        outputs, expected = (tree.flatten(one(inputs, **call_options(one, False))) for one in (layer, theirs))
        for y, e in zip(outputs, expected, strict=True):
            close(y, e, tolerance, policy)
