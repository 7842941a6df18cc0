"""EinsumDense, embeddings, Masking, Lambda and the layers of other frameworks: what the promises do not show."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb import layers, ops
from tests.beside import close
from tests.layers.foreign import FOREIGN
from tests.parity.layers import both, check_gradients, check_same, ours
from tests.promises.layers import inputs_of

# --- EinsumDense

EQUATIONS = {
    "ab,bc->ac": ((2, 4), 3, "c"),
    "abc,cd->abd": ((2, 3, 4), (None, 5), "d"),
    "abc,cd->abd, given": ((2, 3, 4), (3, 5), "bd"),
    "abc,cde->abde": ((2, 3, 4), (None, 2, 5), "de"),
    "abcd,cde->abe": ((2, 3, 4, 2), (3, 5), "e"),
    "abc,bcd->ad": ((2, 3, 4), 5, None),
    "abc,cd->adb": ((2, 3, 4), (5, 3), "d"),
    "abc,bd->adc": ((2, 3, 4), (5, 4), "d"),
    "...b,bc->...c": ((2, 4), 3, "c"),
    "...b,bc->...c, rank 4": ((2, 3, 2, 4), 3, "c"),
    "...bc,cde->...bde": ((2, 3, 2, 4), (2, 3, 5), "be"),
    "ab...,bc->ac...": ((2, 3, 4, 2), 5, "c"),
    "abc...,cd->abd...": ((2, 3, 4, 2), (3, 5), "b"),
}


@pytest.mark.parametrize("name", EQUATIONS)
def test_equations(name):
    """With and without ellipses and bias: shapes of weights, values, gradients."""
    shape, output_shape, bias_axes = EQUATIONS[name]
    config = {"equation": name.split(", ")[0], "output_shape": output_shape, "bias_axes": bias_axes}
    config["bias_initializer"] = "normal"
    layer, theirs = both("EinsumDense", config, inputs_of(shape))
    assert [w.shape for w in layer.weights] == [w.shape for w in theirs.weights]
    check_gradients(layer, theirs, inputs_of(shape), False)
    assert layer.compute_output_shape(shape) == layer(inputs_of(shape)).shape
    unknown = layer.compute_output_shape((None, *shape[1:]))
    assert unknown == (None, *layer(inputs_of(shape)).shape[1:])


def test_extents_of_the_inputs():
    """An output extent that the user leaves open is known if the inputs' is."""
    layer = layers.EinsumDense("abc,cd->abd", (None, 64))
    assert layer(kerasnb.Input((32, 128))).shape == (None, 32, 64)
    assert layers.EinsumDense("abc,cd->abd", (None, 64))(kerasnb.Input((None, 128))).shape == (None, None, 64)


WRONG_EQUATIONS = {
    "form": ("ab,bc->ac;", (2, 4), 3, None, "Invalid einsum equation"),
    "operands": ("ab->ab", (2, 4), 3, None, "Invalid einsum equation"),
    "shared": ("abc,cd->abd", (2, 3, 4), (2, 5), None, "do not match at shared dimension 'b'"),
    "output": ("ab,bc->ad", (2, 4), 3, None, "specified in the output 'ad' but has no corresponding dim"),
    "weight": ("ab,bd->a", (2, 4), (), None, "Weight dimension 'd' did not have a match"),
    "bias": ("ab,bc->ac", (2, 4), 3, "x", "Bias dimension 'x' was requested"),
}


@pytest.mark.parametrize("name", WRONG_EQUATIONS)
def test_wrong_equations(name):
    """They are refused as in Keras."""
    equation, shape, output_shape, bias_axes, message = WRONG_EQUATIONS[name]
    for library in (kerasnb, real):
        if (library, name) == (real, "form"):
            continue  # Keras reads no further than the form it knows
        with pytest.raises(ValueError, match=message):
            library.layers.EinsumDense(equation, output_shape, bias_axes=bias_axes)(inputs_of(shape))


def test_ranks_that_do_not_fit():
    """Of the inputs, and of `output_shape`; an unknown extent of a weight is named."""
    with pytest.raises(ValueError, match="rank of the inputs"):
        layers.EinsumDense("ab,bc->ac", 3)(inputs_of((2, 3, 4)))
    with pytest.raises(ValueError, match="rank of the outputs"):
        layers.EinsumDense("abc,cd->abd", 3)(inputs_of((2, 3, 4)))
    with pytest.raises(ValueError, match=r"must be known: kernel \(None, 5\)"):
        layers.EinsumDense("abc,cd->abd", (3, 5))(kerasnb.Input((3, None)))


@pytest.mark.parametrize("initializer", ["glorot_uniform", "he_normal"])
def test_scale_of_the_kernel(initializer):
    """It follows from the axes that are summed over, as in Keras."""
    kernel = np.asarray(both("EinsumDense", {
        "equation": "abc,cde->abde", "output_shape": (None, 50, 40), "kernel_initializer": initializer,
    }, inputs_of((1, 1, 30)))[0].kernel)  # fmt: skip
    variance = 2 / (30 + 2000) if initializer == "glorot_uniform" else 2 / 30
    assert abs(kernel.var() / variance - 1) < 0.03


# --- embeddings


def test_embedding_weights():
    """The initial matrix, as an array or as a list of one; it is no part of the config."""
    matrix = np.arange(6, dtype="float32").reshape(3, 2)
    for weights in (matrix, [matrix]):
        layer = layers.Embedding(3, 2, weights=weights)
        assert layer.built
        np.testing.assert_array_equal(layer(np.array([2, 0])), matrix[[2, 0]])
        assert "weights" not in layer.get_config()
        assert layer.get_build_config() == real.layers.Embedding(3, 2, weights=weights).get_build_config()
    with pytest.raises(ValueError, match="shape"):
        layers.Embedding(3, 2, weights=matrix.T)


@pytest.mark.parametrize("ids", [[[3]], [[-4]], [[0, 7]]])
def test_ids_out_of_range(ids):
    """They are refused by a single call; a recorded step that computes them gives NaN, as Keras does."""
    layer = layers.Embedding(3, 2)
    with pytest.raises(ValueError, match="`indices` must be between -3 and 2"):
        layer(np.array(ids))
    inputs = kerasnb.Input((len(ids[0]),), dtype="int32")
    model = kerasnb.Model(inputs, layer(inputs * 1))
    for _ in range(3):
        assert model.predict(np.zeros((1, len(ids[0])), "int32"), verbose=0).shape == (1, len(ids[0]), 2)
    found = model.predict(np.array(ids, "int32"), verbose=0)
    np.testing.assert_array_equal(np.isnan(found), np.repeat(~np.isin(ids, [-3, -2, -1, 0, 1, 2])[..., None], 2, -1))


def test_gradients_of_repeated_ids_add_up():
    """Also for floats, which are truncated, as in Keras."""
    layer, theirs = both("Embedding", {"input_dim": 4, "output_dim": 2}, np.zeros((2, 3), "int32"))
    check_gradients(layer, theirs, np.array([[1, 1, 2], [1, 0, 2]], "int64"), False)
    close(layer(np.array([1.7, 2.2], "float32")), theirs(np.array([1.7, 2.2], "float32")), 1e-6)


def test_a_mask_reaches_the_next_layer():
    """In a functional model, at each call."""
    seen = []

    class Looks(layers.Layer):
        def __init__(self):
            super().__init__()
            self.supports_masking = True

        def call(self, inputs, mask=None):
            seen.append(mask)
            return inputs

    x = kerasnb.Input((3,), dtype="int32")
    model = kerasnb.Model(x, Looks()(layers.Embedding(4, 2, mask_zero=True)(x)))
    model(np.array([[1, 0, 2]]))
    assert seen[0].shape == (None, 3) and np.asarray(seen[-1]).tolist() == [[True, False, True]]


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("cap", [None, 0.5])
def test_reversed(tied, cap):
    """Scores of all ids from vectors: values, gradients, and the dtype that is asked for."""
    config = {"input_dim": 5, "output_dim": 3, "tie_weights": tied, "logit_soft_cap": cap}
    layer, theirs = both("ReversibleEmbedding", config, np.zeros((2,), "int32"))
    x = inputs_of((2, 4, 3))
    close(layer(x, reverse=True), theirs(x, reverse=True), 1e-5)
    assert layer(kerasnb.Input((4, 3)), reverse=True).shape == (None, 4, 5)
    weight = layer.reverse_embeddings if not tied else layer.embeddings
    gradients = ours(layer, x, {"reverse": True}, [np.ones((2, 4, 5), "float32")])[1]
    assert np.abs(np.asarray(gradients[-1])).max() > 0 and gradients[-1].shape == weight.shape
    wide = layers.ReversibleEmbedding(5, 3, dtype="mixed_float16", reverse_dtype="float32")
    assert wide(x, reverse=True).dtype == wide(kerasnb.Input((3,)), reverse=True).dtype == "float32"
    narrow = layers.ReversibleEmbedding(5, 3, dtype="mixed_float16")
    assert narrow(x, reverse=True).dtype == narrow(kerasnb.Input((3,)), reverse=True).dtype == "float16"


# --- masking


@pytest.mark.parametrize("value", [0.0, -1, 2.5])
def test_masking_values(value):
    """A step is masked if all its features have the value; the mask is known to symbolic calls too."""
    x = np.array([[[value, value], [value, 1.0], [3.0, 4.0]]], "float32")
    results = [library.layers.Masking(value)(library.ops.convert_to_tensor(x)) for library in (kerasnb, real)]
    close(*results, 0)
    np.testing.assert_array_equal(*(np.asarray(y._keras_mask) for y in results))
    assert layers.Masking(value)(kerasnb.Input((3, 2)))._keras_mask.shape == (None, 3)


def test_masking_with_a_tensor():
    """The value may be one number for each feature, and survives saving."""
    layer = layers.Masking(np.array([1.0, 2.0], "float32"))
    again = kerasnb.saving.deserialize_keras_object(kerasnb.saving.serialize_keras_object(layer))
    for one in (layer, again):
        y = one(np.array([[[1.0, 2.0], [2.0, 2.0]]], "float32"))
        assert np.asarray(y._keras_mask).tolist() == [[False, True]]


# --- Lambda


def test_lambda_arguments():
    """Further arguments, `training` and `mask` reach the function if it has them."""

    def scaled(x, factor, mask=None, training=None):
        return x * factor * (10 if training else 1) * (100 if mask is not None else 1)

    layer = layers.Lambda(scaled, mask=lambda x, mask: mask, arguments={"factor": 2})
    x = np.ones((1, 2), "float32")
    assert float(np.asarray(layer(x)).max()) == 2 and float(np.asarray(layer(x, training=True)).max()) == 20
    assert float(np.asarray(layer(x, mask=np.ones((1,), bool))).max()) == 200


LAMBDAS = {
    "inferred": (lambda k: {"function": lambda x: x[:, :2] * 2}, (3, 4)),
    "tuple": (lambda k: {"function": lambda x: x[:, 0], "output_shape": (4,)}, (3, 4)),
    "function": (lambda k: {"function": lambda x: x[:, 0], "output_shape": lambda s: (s[0], *s[2:])}, (3, 4)),
    "mask": (lambda k: {"function": lambda x: x * 2, "mask": lambda x, mask: k.ops.any(x > 0, -1)}, (3, 4)),
}


@pytest.mark.parametrize("name", LAMBDAS)
def test_lambdas(name):
    """Shapes, values and masks."""
    make, shape = LAMBDAS[name]
    x = inputs_of((2, *shape))
    layer, theirs = layers.Lambda(**make(kerasnb)), real.layers.Lambda(**make(real))
    y, expected = layer(x), theirs(x)
    close(y, expected, 1e-6)
    assert layer(kerasnb.Input(shape)).shape == (None, *y.shape[1:]) == tuple(theirs(real.Input(shape)).shape)
    assert layer.compute_output_shape((2, *shape)) == y.shape
    assert layer.supports_masking == theirs.supports_masking
    if name == "mask":
        np.testing.assert_array_equal(np.asarray(y._keras_mask), np.asarray(expected._keras_mask))


def test_lambda_whose_shape_is_not_known():
    """The error says what to do."""

    def unknown(x):
        raise ZeroDivisionError

    for library in (kerasnb, real):
        with pytest.raises(NotImplementedError, match="specify the `output_shape` argument"):
            library.layers.Lambda(unknown)(library.Input((2,)))


def test_lambdas_in_files(tmp_path):
    """Their code is loaded only where that is asked for; Keras reads the file of ours and the reverse."""
    x = inputs_of((2, 3))
    for library, other in ((kerasnb, real), (real, kerasnb)):
        by = 2.0
        lambda_layer = library.layers.Lambda(lambda x: x**2 * by, output_shape=(3,))  # noqa: B023
        model = library.Sequential([library.Input((3,)), lambda_layer])
        model.save(tmp_path / "model.keras")
        for reader in (library, other):
            with pytest.raises(ValueError, match="disallowed by default"):
                reader.saving.load_model(tmp_path / "model.keras")
            loaded = reader.saving.load_model(tmp_path / "model.keras", safe_mode=False)
            np.testing.assert_allclose(loaded.predict(x, verbose=0), 2 * x**2, rtol=1e-6)


def test_lambda_configs():
    """Directly from a config, lambdas are refused unless it is said that they are not."""
    config = layers.Lambda(lambda x: 2 * x, mask=lambda x, m: m).get_config()
    with pytest.raises(ValueError, match="disallowed by default"):
        layers.Lambda.from_config(config)
    assert callable(layers.Lambda.from_config(config, safe_mode=False).mask)


def test_lambdas_that_use_the_module():
    """`keras`, `ops` and `np` mean here what they mean in most programs."""
    names = {"keras": kerasnb, "np": np, "ops": ops}
    function = eval("lambda x: keras.ops.square(x) + ops.ones_like(x) * np.float32(2)", names)
    layer = layers.Lambda(function)
    again = layers.Lambda.from_config(layer.get_config(), safe_mode=False)
    np.testing.assert_array_equal(again(np.array([3.0], "float32")), [11.0])


# --- of other frameworks


@pytest.mark.parametrize("cls", FOREIGN)
def test_layers_of_other_frameworks(cls):
    """Each says that its framework is not here, and what to do; Keras has the layer."""
    assert hasattr(real.layers, cls.__name__)
    with pytest.raises(
        NotImplementedError, match=rf"`keras.layers.{cls.__name__}` runs a model of {cls.framework}.*use"
    ):
        cls("model")


def test_wrapper():
    """It builds what it wraps, holds its weights, and survives saving."""

    class Twice(layers.Wrapper):
        def call(self, inputs):
            return 2 * self.layer(inputs)

    layer = Twice(layers.Dense(3))
    x = inputs_of((2, 4))
    y = layer(x)
    assert layer.layer.built and len(layer.weights) == 2
    with kerasnb.saving.custom_object_scope({"Twice": Twice}):
        again = kerasnb.saving.deserialize_keras_object(kerasnb.saving.serialize_keras_object(layer))
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(x), y)
    for library in (kerasnb, real):
        with pytest.raises(ValueError, match="isn't a supported layer type"):
            library.layers.Wrapper(3)


def test_prelu():
    """Slopes may be shared; unknown extents and axes that are not there are named."""
    check_same("PReLU", {"alpha_initializer": "normal", "shared_axes": [2]}, inputs_of((2, 3, 4)))
    with pytest.raises(ValueError, match="`shared_axes`"):
        layers.PReLU()(kerasnb.Input((None, 4)))
    assert layers.PReLU(shared_axes=1)(kerasnb.Input((None, 4))).shape == (None, None, 4)
    with pytest.raises(ValueError, match="from 1 to 2"):
        layers.PReLU(shared_axes=[3])(kerasnb.Input((3, 4)))
