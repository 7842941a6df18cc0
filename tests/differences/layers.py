"""Layers of the core that differ from those of Keras 3.15."""

from __future__ import annotations

import json

import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from tests.differences import difference
from tests.layers.foreign import FOREIGN
from tests.promises.layers import inputs_of

BOTH = (keras, judge)


@difference
def foreign_layers():
    """Whatever they are called with."""
    for cls in FOREIGN:
        with pytest.raises(NotImplementedError, match=f"{cls.framework}, which kerasnb does not contain"):
            cls("model")
        assert isinstance(getattr(judge.layers, cls.__name__), type)


@difference
def no_quantization():
    """Keras makes integers of the weights."""
    ours, theirs = (k.layers.Dense(2) for k in BOTH)
    for layer in (ours, theirs):
        layer.build((None, 3))
    with pytest.raises(NotImplementedError, match="quantization comes later"):
        ours.quantize("int8")
    theirs.quantize("int8")
    assert theirs.kernel.dtype == "int8"
    with pytest.raises(NotImplementedError, match="quantization comes later"):
        keras.layers.Embedding(3, 2, quantization_config=judge.quantizers.Int8QuantizationConfig())


@difference
def ids_out_of_range():
    """The recorded step of a prediction does not look at values, but those of the inputs are checked before."""
    models = [k.Sequential([k.Input((1,), dtype="int32"), k.layers.Embedding(3, 2)]) for k in BOTH]
    ids = np.array([[3]], "int32")
    with pytest.raises(ValueError, match="`indices` must be between -3 and 2"):
        models[0](ids)
    assert np.isnan(np.asarray(models[1](ids))).all()
    assert np.isnan(models[1].predict(ids, verbose=0)).all()
    with pytest.raises(ValueError, match=r"'embedding\S*' has no vector for.*x\[0, 0\]=3"):
        models[0].predict(ids, verbose=0)
    inputs = BOTH[0].Input((1,), dtype="int32")
    computed = BOTH[0].Model(inputs, BOTH[0].layers.Embedding(3, 2)(inputs * 1))
    computed.predict(np.zeros((1, 1), "int32"), verbose=0)
    assert np.isnan(computed.predict(ids, verbose=0)).all()


@difference
def lora_alpha():
    """Where the constructor gets both."""
    for make in (lambda k: k.layers.Dense(2, lora_rank=2, lora_alpha=8.0),
                 lambda k: k.layers.Embedding(3, 2, lora_rank=2, lora_alpha=8.0)):  # fmt: skip
        layers = [make(k) for k in BOTH]
        for layer in layers:
            layer.build((None, 3))
        assert [layer.lora_alpha for layer in layers] == [8.0, 2]


@difference
def lora_after_loading():
    """The gradient of each matrix is a product with the other."""
    found = []
    for k in BOTH:
        layer = k.layers.Dense(2, lora_rank=1)
        layer.build((None, 3))
        store: dict = {}
        layer.save_own_variables(store)
        layer.load_own_variables({key: np.asarray(value) for key, value in store.items()})
        found.append([bool(np.asarray(w).any()) for w in (layer.lora_kernel_a, layer.lora_kernel_b)])
    assert found == [[True, False], [False, False]]


@difference
def lora_stays_frozen():
    """As when a whole model is frozen and thawed."""
    counts = []
    for k in BOTH:
        layer = k.layers.Dense(2, lora_rank=1)
        layer.build((None, 3))
        layer.trainable = False
        layer.trainable = True
        counts.append(len(layer.trainable_weights))
    assert counts == [3, 4]


@difference
def lora_in_half_precision():
    """The weight of a mixed policy is float32."""
    dtypes = []
    for k in BOTH:
        layer = k.layers.Dense(2, lora_rank=1, dtype="mixed_float16")
        layer.build((None, 3))
        store: dict = {}
        layer.save_own_variables(store)
        dtypes.append(str(store["0"].dtype))
    assert dtypes == ["float32", "float16"]


@difference
def reversible_embeddings():
    """Both at once need a state that is open for longer."""
    x, dtypes = inputs_of((2, 3)), []
    for k in BOTH:
        layer = k.layers.ReversibleEmbedding(4, 3, dtype="mixed_float16")
        layer.build()
        dtypes.append(str(layer(x, reverse=True).dtype))
    assert dtypes == ["float16", "float32"]
    options = {"tie_weights": False, "lora_rank": 1}
    layer = keras.layers.ReversibleEmbedding(4, 3, **options)
    layer.build()
    assert len(layer.weights) == 4 and layer(x, reverse=True).shape == (2, 4)
    with pytest.raises(ValueError):  # the state is locked
        judge.layers.ReversibleEmbedding(4, 3, **options).build()


@difference
def lambda_configs():
    """What Keras writes itself, it does not read."""
    function = eval("lambda x, by=2.0: keras.ops.square(x) * np.float32(by)", {"keras": keras, "np": np})
    layer = keras.layers.Lambda(function, mask=lambda x, mask: x[:, 0] > 0)
    config = judge.saving.serialize_keras_object(keras.layers.Lambda.get_config(layer))
    again = keras.layers.Lambda.from_config(config, safe_mode=False)
    assert again(np.array([[3.0]], "float32")).tolist() == [[18.0]]
    assert callable(again.mask)
    with pytest.raises(TypeError, match="defaults"):
        judge.layers.Lambda.from_config(_as_json(judge.layers.Lambda(lambda x, by=2.0: x * by)), safe_mode=False)
    theirs = judge.layers.Lambda(lambda x: x, mask=lambda x, mask: mask)
    assert not callable(judge.layers.Lambda.from_config(_as_json(theirs), safe_mode=False).mask)


def _as_json(layer) -> dict:
    return json.loads(json.dumps(layer.get_config()))


@difference
def dtypes_of_symbolic_layers():
    """Values have them on both sides."""
    layers = {
        "Lambda": lambda k: k.layers.Lambda(lambda x: x + 1), "Add": lambda k: lambda x: k.layers.Add()([x, x]),
        "Concatenate": lambda k: lambda x: k.layers.Concatenate()([x, x]), "Pad": lambda k: k.layers.ZeroPadding1D(1),
        "Crop": lambda k: k.layers.Cropping1D(1), "Up": lambda k: k.layers.UpSampling1D(2),
        "RepeatVector": lambda k: lambda x: k.layers.RepeatVector(2)(x[:, 0]),
    }  # fmt: skip
    for name, make in layers.items():
        stated = [make(k)(k.Input((4, 2), dtype="int32")).dtype for k in BOTH]
        assert stated == ["int32", "float32"], name
        assert [str(make(k)(k.ops.ones((1, 4, 2), "int32")).dtype) for k in BOTH] == ["int32", "int32"], name


@difference
def merged_masks_of_ranks():
    """Of one step, and of three."""
    masks = []
    for k in BOTH:
        single, several = k.ops.ones((3, 2)), k.ops.ones((3, 3, 2))
        single._keras_mask = k.ops.convert_to_tensor(np.array([True, False, False]))
        several._keras_mask = k.ops.zeros((3, 3), "bool")
        masks.append(np.asarray(k.layers.Add()([single, several])._keras_mask).tolist())
    assert masks == [[[True] * 3, [False] * 3, [False] * 3], [[True, False, False]] * 3]


@difference
def joined_extents():
    """Along the other axes all inputs have the same extent."""
    shapes = []
    for k in BOTH:
        joined = k.layers.Concatenate()([k.Input((None, 2)), k.Input((5, 3))])
        dense = k.layers.EinsumDense("abc,cd->abd", (None, 4))(k.Input((3, 2)))
        shapes.append((tuple(joined.shape), tuple(dense.shape)))
    assert shapes == [((None, 5, 5), (None, 3, 4)), ((None, None, 5), (None, None, 4))]


@difference
def dropout_of_everything():
    """Nothing of the inputs is left to scale."""
    for name in ("AlphaDropout", "GaussianDropout"):
        with pytest.raises(ValueError, match="less than 1"):
            getattr(keras.layers, name)(1.0)
        with pytest.raises(ZeroDivisionError):
            getattr(judge.layers, name)(1.0)(np.ones((1, 2), "float32"), training=True)


@difference
def spatial_dropout_policies():
    """The layer computes in half precision, and does so no more when it is loaded."""
    layers = [k.layers.SpatialDropout1D(0.5, dtype="mixed_float16") for k in BOTH]
    assert [layer.get_config()["dtype"] for layer in layers] == ["mixed_float16", "float32"]
    assert [layer.from_config(layer.get_config()).compute_dtype for layer in layers] == ["float16", "float32"]


@difference
def training_of_inner_calls():
    """What is passed to a layer or model inside of a graph holds in training and in inference."""
    x = inputs_of((64, 4))
    kept = []
    for k in BOTH:
        inputs, outer = k.Input((4,)), k.Input((4,))
        base = k.Model(inputs, k.layers.BatchNormalization()(inputs))
        frozen = k.Model(outer, base(outer, training=False))
        dropped = k.Model(inputs, k.layers.Dropout(0.5)(inputs, training=True))
        kept.append((
            np.allclose(np.asarray(frozen(x, training=True)), x, atol=0.01),
            bool((np.asarray(dropped(x, training=False)) == 0).any()),
        ))  # fmt: skip
    assert kept == [(True, True), (False, False)]
