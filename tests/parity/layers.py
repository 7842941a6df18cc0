"""A layer beside the layer of real Keras: values, gradients, masks and dtypes, in inference and in training."""

from __future__ import annotations

import functools
import inspect
import warnings
from unittest import mock

import jax
import keras as real
import numpy as np

import kerasnb
from kerasnb import tree
from kerasnb.backend import GradientTape
from kerasnb.backend.tensor.dtypes import FLOATS
from tests.beside import close, upstream
from tests.recorded import Replayed

ASSIGNING = ("SpectralNormalization",)  # they change their weights: Keras' slopes on JAX go through the assignment
POLICIES = {"float16": 4e-3, "bfloat16": 3e-2, "mixed_float16": 4e-3, "mixed_bfloat16": 3e-2}  # with tolerances


def check_beside(layer, theirs, inputs) -> None:
    """Everything that can be compared for one layer of each side, built and with the same weights.

    Args:
        layer: Ours.
        theirs: The layer of Keras.
        inputs: NumPy array, or list of them for a layer of several inputs.
    """
    for training in (False, True):
        if training and (layer_draws(layer) or type(layer).__name__ in ASSIGNING):
            continue  # other random numbers than Keras': `check_training` looks at those
        check_gradients(layer, theirs, inputs, training)
    check_masks(layer, theirs, inputs)


def both(name: str, config: dict, inputs) -> tuple:
    """Our layer and that of Keras of the same name, built for the inputs, with the same weights."""
    pair = getattr(kerasnb.layers, name)(**config), getattr(real.layers, name)(**config)
    for layer in pair:
        build(layer, inputs)
    pair[1].set_weights(pair[0].get_weights())
    return pair


def both_with(low: float, high: float, name: str, config: dict, inputs) -> tuple:
    """The same with random weights between two numbers, which differ from initial ones such as zeros."""
    pair = both(name, config, inputs)
    random = np.random.default_rng(7)
    weights = [random.uniform(low, high, w.shape).astype("float32") for w in pair[0].weights]
    for layer in pair:
        layer.set_weights(weights)
    return pair


def check_same(name: str, config: dict, inputs) -> None:
    """Outputs and gradients of a layer with some arguments are those of Keras, and so is the shape that it states."""
    layer, theirs = both(name, config, inputs)
    check_gradients(layer, theirs, inputs, False)
    shapes = [x.shape for x in inputs] if isinstance(inputs, list) else inputs.shape
    assert tuple(layer.compute_output_shape(shapes)) == tuple(layer(inputs).shape)


def layer_draws(layer) -> bool:
    """Whether a layer uses random numbers: recurrent cells have a seed even where they drop nothing."""
    seeded = [one for one in layer._flatten_layers() if one._tracker.seed_generators]
    return any(getattr(one, "recurrent_dropout", 1) or one.dropout for one in seeded)


def call_options(layer, training: bool) -> dict:
    """`training` for layers that ask for it, of either side."""
    return {"training": training} if "training" in inspect.signature(layer.call).parameters else {}


def call(layer, inputs, **options):
    """Calls a layer of either side with an array, a list of arrays, or a dict of arrays by argument."""
    if not isinstance(inputs, dict):
        return layer(inputs, **options)
    (_, first), *others = inputs.items()
    return layer(first, **dict(others), **options)


def shapes_of(inputs) -> dict:
    """The arguments of `build` for inputs: their shapes."""
    if isinstance(inputs, dict):
        return {f"{name}_shape": x.shape for name, x in inputs.items()}
    return {"input_shape": [x.shape for x in inputs] if isinstance(inputs, list) else inputs.shape}


def build(layer, inputs) -> None:
    """Builds a layer of either side for inputs."""
    shapes = shapes_of(inputs)
    layer.build(**shapes) if isinstance(inputs, dict) else layer.build(*shapes.values())


def check_gradients(layer, theirs, inputs, training: bool, **more) -> None:
    """Outputs, the gradients of weights and float inputs, and the state that the call leaves are those of Keras.

    Args:
        layer: Ours.
        theirs: The layer of Keras.
        inputs: NumPy array, list of them, or dict of them by argument.
        training: Boolean, for layers that ask for it.
        **more: Further arguments of the call.
    """
    options = {**call_options(theirs, training), **more}
    expected = keras(theirs, inputs, options)
    results = ours(layer, inputs, {**call_options(layer, training), **more}, upstream(expected[0]))
    for part, a, b in zip(("output", "weight", "input", "state"), results, expected, strict=True):
        assert len(a) == len(b)
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            close(x, y, 2e-5, f"{part} {i}, training={training}")


def ours(layer, inputs, options, dy, missing=0.0) -> tuple[list, list, list, list]:
    """Outputs, gradients of the trainable weights and of the float inputs (`missing` where there is none), new state.

    The state is that of the weights that are not trainable; the layer keeps its old one.
    """
    tensors = tree.map_structure(kerasnb.ops.convert_to_tensor, inputs)
    watched = [t for t in tree.flatten(tensors) if t.dtype in FLOATS]
    before = [v.numpy() for v in layer.non_trainable_weights]
    with GradientTape() as tape:
        for t in watched:
            tape.watch(t)
        outputs = tree.flatten(call(layer, tensors, **options))
    state = [v.numpy() for v in layer.non_trainable_weights]
    for v, value in zip(layer.non_trainable_weights, before, strict=True):
        v.assign(value)
    weights = layer.trainable_weights
    sources = [*weights, *watched]
    grads = tape.gradient(outputs, sources, output_gradients=[kerasnb.ops.convert_to_tensor(d) for d in dy])
    if missing is not None:
        grads = [kerasnb.ops.zeros(s.shape, s.dtype) if g is None else g for g, s in zip(grads, sources, strict=True)]
    return outputs, grads[: len(weights)], grads[len(weights) :], state


def keras(layer, inputs, options) -> tuple[list, list, list, list]:
    """The same of Keras for the gradients of `upstream`, differentiated by JAX."""
    arrays = tree.flatten(inputs)
    watched = [i for i, a in enumerate(arrays) if str(a.dtype) in FLOATS]
    fixed = [v.value for v in layer.non_trainable_variables]
    kept = [any(v is w for w in layer.non_trainable_weights) for v in layer.non_trainable_variables]

    def run(weights, floats):
        xs = [floats[watched.index(i)] if i in watched else a for i, a in enumerate(arrays)]
        stateless = functools.partial(layer.stateless_call, weights, fixed)
        outputs, state = call(stateless, tree.pack_sequence_as(inputs, xs), **options)
        return tree.flatten(outputs), [v for v, k in zip(state, kept, strict=True) if k]

    def whole(weights, floats):
        outputs, vjp, state = jax.vjp(run, weights, floats, has_aux=True)
        return outputs, *vjp(upstream(outputs)), state

    # One program: JAX would compile each operation of each shape by itself, which takes most of a test's time.
    return jax.jit(whole)([v.value for v in layer.trainable_variables], [arrays[i] for i in watched])


def check_training(layer, inputs) -> None:
    """A random layer returns new numbers at each training step, and the same ones from the same state."""
    eager, replayed = eager_and_replayed(layer, inputs)
    steps = [[np.asarray(o) for o in tree.flatten(call(layer, inputs, training=True))] for _ in range(20)]
    for e, r, *following in zip(eager, replayed, *steps, strict=True):
        assert np.isfinite(e).all()
        np.testing.assert_allclose(r, e, rtol=1e-6, atol=1e-6)
        assert any((e != f).any() for f in following), "each step draws the same numbers"


def check_state(layer, inputs) -> None:
    """A replayed training step leaves a layer the state that the eager one does."""
    before = layer.get_weights()
    call(layer, inputs, training=True)
    eager = layer.get_weights()
    layer.set_weights(before)
    results = eager_and_replayed(layer, inputs)
    for v, value, old in zip(layer.weights, eager, before, strict=True):
        np.testing.assert_allclose(v.numpy(), value, rtol=1e-6, atol=1e-6)
        v.assign(old)
    for e, r in zip(*results, strict=True):
        np.testing.assert_allclose(r, e, rtol=1e-6, atol=1e-6)


def eager_and_replayed(layer, inputs) -> tuple[list, list]:
    """The outputs of a training step from one state, eager and replayed."""
    states = layer.variables
    before = [np.array(v) for v in states]
    arrays = tree.flatten(inputs)

    def again(step):
        for v, value in zip(states, before, strict=True):
            v.assign(value)
        return [np.asarray(o) for o in step()]

    def outputs(*xs):
        return tree.flatten(call(layer, tree.pack_sequence_as(inputs, list(xs)), training=True))

    eager, replayed = again(lambda: outputs(*arrays)), Replayed(outputs, *arrays)
    return eager, again(lambda: replayed(*arrays))


def check_masks(layer, theirs, inputs) -> None:
    """Masks of the inputs are used, passed on to the outputs, or lost with a warning, as in Keras; so are new ones."""
    assert layer.supports_masking == theirs.supports_masking
    if isinstance(inputs, dict):
        return  # each argument has a mask of its own: the tests of such a layer look at them
    arrays, is_argument = tree.flatten(inputs), "mask" in layer._call_signature.parameters
    random = np.random.default_rng(4)
    masks = [random.random(_mask_shape(layer, x)) < 0.6 if x.ndim > 1 else None for x in arrays]
    one_rank = len({x.ndim for x in arrays}) == 1  # Keras fails on masks of different ranks, and on those of images
    one_rank = one_rank and not type(layer).__name__.startswith("ConvLSTM")
    for given in ([None] * len(masks), *([masks, [masks[0], *[None] * (len(masks) - 1)]] if one_rank else [])):
        layer._warned_of_masks = False
        outputs, out_masks, warned = _with_masks(layer, inputs, given, is_argument, kerasnb.ops.convert_to_tensor)
        expected, expected_masks, warns = _with_masks(theirs, inputs, given, is_argument, real.ops.convert_to_tensor)
        assert warned == warns
        for y, e in zip(outputs, expected, strict=True):
            close(y, e, 2e-5, "masked")
        for mask, e in zip(out_masks, expected_masks, strict=True):
            _check_mask(mask, e, theirs.supports_masking)


def _mask_shape(layer, x) -> tuple:
    """The shape of a mask: that of elements for softmax, that of steps in time, or all but the last axis."""
    in_time = (kerasnb.layers.RNN, kerasnb.layers.Bidirectional, kerasnb.layers.TimeDistributed)
    if isinstance(layer, kerasnb.layers.Softmax):
        return x.shape
    return x.shape[:2] if isinstance(layer, in_time) else x.shape[:-1]


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
        outputs = tree.flatten(call(layer, tree.pack_sequence_as(inputs, xs), **options))
    masks = [getattr(y, "_keras_mask", None) for y in outputs]
    return outputs, masks, any("mask" in str(w.message) for w in caught)


def _any_dtype():
    """Inside, Keras' orthogonal initializer makes zeros: JAX has no decomposition in half precision."""
    zeros = real.initializers.Zeros()
    return mock.patch.object(real.initializers.Orthogonal, "__call__", lambda _, shape, dtype=None: zeros(shape, dtype))


def check_policies(cls, their_class, config: dict, weights: list, inputs) -> None:
    """In half and in mixed precision dtypes are those of Keras, and values are as near as the dtype lets them."""
    for policy, tolerance in POLICIES.items():
        layer, theirs = (
            cls.from_config({**config, "dtype": policy}),
            their_class.from_config({**config, "dtype": policy}),
        )
        for one in (layer, theirs):
            with _any_dtype():
                build(one, inputs)
            one.set_weights(weights)
        assert [w.dtype for w in layer.weights] == [w.dtype for w in theirs.weights], policy
        computed = layer.compute_dtype, theirs.compute_dtype
        assert computed[0] == computed[1], f"{policy}: computes in {computed[0]}, not in {computed[1]}"
        assert layer.variable_dtype == theirs.variable_dtype, policy
        outputs, expected = (tree.flatten(call(one, inputs, **call_options(one, False))) for one in (layer, theirs))
        for y, e in zip(outputs, expected, strict=True):
            close(y, e, tolerance, policy)
