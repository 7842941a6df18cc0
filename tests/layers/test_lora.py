"""LoRA of dense, embedding and convolutional layers: what is trained, what files hold, what is refused."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb import layers
from tests.beside import close
from tests.parity.layers import check_gradients
from tests.promises.layers import inputs_of

LAYERS = {
    "Dense": ({"units": 3, "activation": "tanh"}, inputs_of((2, 4))),
    "EinsumDense": ({"equation": "abc,cde->abde", "output_shape": (3, 2, 5), "bias_axes": "e"}, inputs_of((2, 3, 4))),
    "Embedding": ({"input_dim": 5, "output_dim": 3}, np.array([[1, 4, 1], [0, 2, 3]], "int32")),
}


def pair(name, **options):
    """Ours and Keras' with LoRA and the same weights, none of which is zero."""
    config, x = LAYERS[name]
    found = []
    for library in (kerasnb, real):
        layer = getattr(library.layers, name)(**config, **options, name="adapted")
        layer.build(x.shape)
        layer.enable_lora(2, lora_alpha=6.0)
        found.append(layer)
    values = [inputs_of(w.shape, seed=i) for i, w in enumerate(found[0].weights)]
    for layer in found:
        layer.set_weights(values)
    return *found, x


@pytest.mark.parametrize("name", LAYERS)
def test_an_enabled_layer(name):
    """Names, shapes, what is trained, outputs, gradients and config are those of Keras."""
    layer, theirs, x = pair(name)
    for attribute in ("weights", "trainable_weights"):
        found = [(w.path, w.shape, w.dtype) for w in getattr(layer, attribute)]
        assert found == [(w.path, w.shape, w.dtype) for w in getattr(theirs, attribute)]
    assert (layer.lora_enabled, layer.lora_rank, layer.lora_alpha) == (True, 2, 6.0)
    check_gradients(layer, theirs, x, False)
    for key in ("lora_rank", "lora_alpha"):
        assert layer.get_config()[key] == theirs.get_config()[key]


@pytest.mark.parametrize("name", LAYERS)
def test_outputs_stay_at_first(name):
    """The second matrix is zero; the frozen weight stays what it was, however often the layer is thawed."""
    config, x = LAYERS[name]
    layer = getattr(layers, name)(**config)
    before, weights = np.asarray(layer(x)), layer.get_weights()
    layer.enable_lora(2)
    np.testing.assert_array_equal(layer(x), before)
    assert len(layer.trainable_weights) == len(weights) + 1
    layer.trainable = False
    assert layer.trainable_weights == []
    layer.trainable = True
    assert len(layer.trainable_weights) == len(weights) + 1


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("policy", ["float16", "mixed_bfloat16"])
def test_policies(name, policy):
    """The matrices are float32, and the sum is computed in the compute dtype."""
    layer, theirs, x = pair(name, dtype=policy)
    assert [w.dtype for w in layer.weights] == [w.dtype for w in theirs.weights]
    close(layer(x), theirs(x), 4e-2)


def test_fit_trains_only_the_matrices():
    """A model of frozen layers learns."""
    model = kerasnb.Sequential([layers.Embedding(6, 4), layers.Flatten(), layers.Dense(1)])
    x = np.random.default_rng(1).integers(0, 6, (64, 3))
    y = (x[:, :1] > 2).astype("float32")
    model.build((None, 3))
    frozen = [model.layers[0].embeddings, model.layers[2].kernel]
    before = [w.numpy() for w in frozen]
    model.layers[0].enable_lora(2)
    model.layers[2].enable_lora(2)
    model.compile(kerasnb.optimizers.Adam(0.05), "mse")
    losses = model.fit(x, y, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < 0.3 * losses[0]
    for now, value in zip(frozen, before, strict=True):
        np.testing.assert_array_equal(now.numpy(), value)


@pytest.mark.parametrize("kind", ["model.keras", "model.weights.h5"])
def test_files(kind, tmp_path):
    """They hold the sum, so that a model without LoRA, here and in Keras, predicts the same; so does one with it."""

    def created(library, rank):
        return library.Sequential([
            library.Input((3,), dtype="int32"), library.layers.Embedding(6, 4, lora_rank=rank),
            library.layers.EinsumDense("...x,xy->...y", 5, bias_axes="y", lora_rank=rank),
            library.layers.Dense(2, lora_rank=rank),
        ])  # fmt: skip

    x, path = np.array([[1, 5, 2]], "int32"), tmp_path / kind
    for library in (kerasnb, real):
        model = created(library, 2)
        model.set_weights([inputs_of(w.shape, seed=i) / 3 for i, w in enumerate(model.weights)])
        expected = np.asarray(model(x))
        model.save(path) if kind == "model.keras" else model.save_weights(path)
        for reader in (kerasnb, real):
            if kind == "model.keras":
                readers = [reader.saving.load_model(path)]
            else:
                readers = [created(reader, None), created(reader, 2)]
                for one in readers:
                    one.load_weights(path)
            for one in readers:
                np.testing.assert_allclose(np.asarray(one(x)), expected, rtol=1e-4, atol=1e-5)


WRONG = {
    "constraint": (lambda k: k.layers.Dense(2, kernel_constraint="non_neg"), "incompatible with kernel constraints"),
    "embedding": (
        lambda k: k.layers.Embedding(3, 2, embeddings_constraint="non_neg"), "incompatible with embedding constraints"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_adapted(name):
    """A constraint would act on the frozen weight."""
    make, message = WRONG[name]
    for library in (kerasnb, real):
        layer = make(library)
        layer.build((2, 3))
        with pytest.raises(ValueError, match=message):
            layer.enable_lora(2)
        assert not layer.lora_enabled and len(layer.trainable_weights) == len(layer.weights)


def test_order_of_calls():
    """The layer is built first, and adapted once."""
    for library in (kerasnb, real):
        layer = library.layers.Dense(2)
        with pytest.raises(ValueError, match="isn't yet built"):
            layer.enable_lora(2)
        layer.build((2, 3))
        layer.enable_lora(2)
        with pytest.raises(ValueError, match="only be done once"):
            layer.enable_lora(2)
        with pytest.raises(ValueError, match="already built"):
            layer.add_weight(shape=(2,), name="more")


@pytest.mark.parametrize("rank", [0, -1, 1.5, True])
def test_wrong_ranks(rank):
    """A rank is a positive integer."""
    with pytest.raises(ValueError, match="`lora_rank`. Expected a strictly positive integer"):
        layers.Dense(2, lora_rank=rank)
    layer = layers.Dense(2)
    layer.build((2, 3))
    with pytest.raises(ValueError, match="`rank`. Expected a strictly positive integer"):
        layer.enable_lora(rank)
    assert len(layer.weights) == 2


@pytest.mark.parametrize("name", LAYERS)
def test_quantization_comes_later(name):
    """The argument and the method say so."""
    config, x = LAYERS[name]
    with pytest.raises(NotImplementedError, match="quantization comes later"):
        getattr(layers, name)(**config, quantization_config=real.quantizers.Int8QuantizationConfig())
    layer = getattr(layers, name)(**config)
    layer.build(x.shape)
    with pytest.raises(NotImplementedError, match="quantization comes later"):
        layer.quantize("int8")
    assert layer.quantization_mode is None
