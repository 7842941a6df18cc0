"""Dtype policies of layers inside layers, and maps of them, beside Keras."""

from __future__ import annotations

import json

import keras as judge
import numpy as np
import pytest

import kerasnb as keras

BOTH = (judge, keras)
X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(4, 2)).astype("float32")


def dtype_of(x) -> str:
    return str(getattr(x.dtype, "name", x.dtype))


def nested(library, outer, inner, autocast=True):
    """A layer with a weight of its own around another one, which notes in which dtypes it computes."""

    class Inner(library.layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(shape[-1],), initializer="ones", name="w")
            self.kept = self.add_weight(shape=(), initializer="zeros", autocast=False, trainable=False, name="kept")

        def call(self, x):
            noted.append(("inner", dtype_of(x), dtype_of(self.w.value), dtype_of(self.kept.value), self.w.dtype))
            self.kept.assign(self.kept + 1)
            return x * library.ops.convert_to_tensor(self.w)

    class Outer(library.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = Inner(dtype=inner, name="inner")

        def build(self, shape):
            self.v = self.add_weight(shape=(shape[-1],), initializer="ones", name="v")
            self.inner.build(shape)

        def call(self, x):
            noted.append(("before", dtype_of(x), dtype_of(self.v.value)))
            y = self.inner(x * self.v)
            noted.append(("after", dtype_of(y), dtype_of(self.v.value)))
            return y + self.v

    noted: list = []
    layer = Outer(dtype=outer, autocast=autocast, name="outer")
    result = layer(X)
    return noted, dtype_of(result), [dtype_of(v) for v in layer.weights], np.asarray(layer.inner.kept)


POLICIES = ("float32", "mixed_float16", "mixed_bfloat16", "bfloat16")


@pytest.mark.parametrize("inner", POLICIES)
@pytest.mark.parametrize("outer", POLICIES)
def test_layers_of_different_policies(outer, inner):
    """Each layer reads its variables in its own compute dtype, before and after a call of another one."""
    assert nested(keras, outer, inner) == nested(judge, outer, inner)


@pytest.mark.parametrize("inner", POLICIES)
@pytest.mark.parametrize("outer", ["float32", "bfloat16"])  # for mixed ones see docs/differences.md
def test_layers_that_cast_nothing(outer, inner):
    """With `autocast=False`, inputs and variables are what they are; a layer inside casts as it wants to."""
    assert nested(keras, outer, inner, autocast=False) == nested(judge, outer, inner, autocast=False)


@pytest.mark.parametrize("library", BOTH)
def test_variables_are_their_own_outside_of_a_call(library):
    """A mixed layer's weights are float32 for whoever reads them from outside, and gets what was assigned."""
    layer = library.layers.Dense(2, dtype="mixed_float16")
    layer(X)
    assert dtype_of(layer.kernel) == dtype_of(layer.kernel.value) == "float32"
    layer.kernel.assign(layer.kernel * 0 + 1.00048828125)  # no float16
    assert float(np.asarray(layer.kernel)[0, 0]) == 1.00048828125


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_assignments_inside_a_call(policy):
    """What is read is rounded to the compute dtype, what is assigned is kept in the variable's own."""

    def counted(library):
        class Counting(library.layers.Layer):
            def build(self, shape):
                self.total = self.add_weight(shape=(), initializer="zeros", trainable=False, name="total")

            def call(self, x):
                self.total.assign(self.total + 1.0009765625)
                self.total.assign_add(library.ops.sum(x) * 0 + 0.3)
                return x * library.ops.cast(self.total, x.dtype)

        layer = Counting(dtype=policy)
        outputs = [np.asarray(layer(np.ones((1, 2))), "float32") for _ in range(3)]
        return np.asarray(layer.total), np.array(outputs)

    found = [counted(library) for library in BOTH]
    for ours, theirs in zip(found[1], found[0], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert found[1][0].dtype == "float32"


def trained(library, policy, steps=4, **options):
    """Losses and weights of a model whose layers have several policies."""
    library.utils.set_random_seed(0)
    x = library.Input((3,), name="x")
    hidden = library.layers.Dense(4, "tanh", dtype=policy, name="hidden")(x)
    outputs = library.layers.Dense(2, dtype="float32", name="out")(hidden)
    model = library.Model(x, outputs)
    rng = np.random.default_rng(2)
    model.set_weights([rng.normal(size=w.shape).astype("float32") for w in model.get_weights()])
    model.compile(library.optimizers.Adam(0.01), "mse", **options)
    losses = model.fit(X, Y, batch_size=4, epochs=steps, verbose=0, shuffle=False).history["loss"]
    return np.array(losses), model.get_weights(), model


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("eager", [True, False], ids=["eager", "recorded"])
def test_training_a_mixed_model(policy, eager):
    """The losses are those of Keras, within the precision of the half type; weights stay float32."""
    theirs, weights, _ = trained(judge, policy)
    losses, found, model = trained(keras, policy, run_eagerly=eager)
    np.testing.assert_allclose(losses, theirs, rtol=2e-2 if "bf" in policy else 3e-3)
    assert all(w.dtype == "float32" for w in found)
    for a, b in zip(found, weights, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-2 if "bf" in policy else 3e-3)
    assert type(model.optimizer).__name__ == "Adam"  # the model's own policy is float32


@pytest.mark.parametrize("library", BOTH)
def test_a_global_mixed_policy_scales_the_loss(library):
    """Layers, model and optimizer follow the global policy, set by its older name."""
    library.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = library.Sequential([library.Input((3,)), library.layers.Dense(2)])
        model.compile(library.optimizers.SGD(0.01), "mse")
        assert library.mixed_precision.global_policy().name == "mixed_float16"
        assert isinstance(model.optimizer, library.mixed_precision.LossScaleOptimizer)
        history = model.fit(X, Y, verbose=0, epochs=2).history["loss"]
        assert history[1] < history[0]
        assert dtype_of(model.layers[0].kernel) == "float32"
        assert str(model.predict(X, verbose=0).dtype) == "float16"
    finally:
        library.config.set_dtype_policy("float32")


# --- maps


def mapping(library):
    policies = library.dtype_policies.DTypePolicyMap("float32")
    policies["encoder/.*"] = library.DTypePolicy("mixed_bfloat16")
    policies["encoder/first"] = "bfloat16"
    policies["decoder"] = library.DTypePolicy("mixed_float16")
    return policies


def test_paths_find_policies():
    """An exact path, a pattern for the whole path, the default; errors for two patterns and for a key twice."""
    for library in BOTH:
        policies = mapping(library)
        paths = ("encoder/first", "encoder/second", "encoder/second/third", "decoder", "decoder/x", "other")
        names = ["bfloat16", "mixed_bfloat16", "mixed_bfloat16", "mixed_float16", "float32", "float32"]
        assert [policies[path].name for path in paths] == names
        assert (len(policies), "decoder" in policies, "decoder/x" in policies) == (3, True, False)
        assert (policies.name, policies.compute_dtype, policies.variable_dtype) == ("map_float32", "float32", "float32")
        assert policies.quantization_mode is None
        assert sorted(policies) == ["decoder", "encoder/.*", "encoder/first"]
        with pytest.raises(ValueError, match="already exist"):
            policies["decoder"] = "float16"
        with pytest.raises(ValueError, match="Cannot interpret"):
            policies["x"] = "no_policy"
        policies["encoder/s.*"] = "float16"
        with pytest.raises(ValueError, match="matches multiple"):
            _ = policies["encoder/second"]
        del policies["encoder/s.*"]
        assert policies["encoder/second"].name == "mixed_bfloat16"
        with pytest.raises(ValueError, match="cannot be a `DTypePolicyMap`"):
            library.dtype_policies.DTypePolicyMap(policies)
        with pytest.raises(TypeError, match="must be a dict"):
            library.dtype_policies.DTypePolicyMap("float32", ["x"])


def test_configs_of_maps():
    """The same config as in Keras, which either reads."""
    configs = [library.dtype_policies.serialize(mapping(library)) for library in BOTH]
    assert configs[0] == configs[1]
    for library in BOTH:
        again = library.dtype_policies.deserialize(json.loads(json.dumps(configs[0])))
        assert again["encoder/first"].name == "bfloat16"
        assert again["elsewhere"].name == "float32"
        assert library.dtype_policies.get(configs[0])["decoder"].name == "mixed_float16"


def block(library, policies):
    class Block(library.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.a = library.layers.Dense(3, name="a", dtype=self.dtype_policy)
            self.b = library.layers.Dense(2, name="b", dtype=self.dtype_policy)

        def build(self, shape):
            self.a.build(shape)
            self.b.build((None, 3))

        def call(self, x):
            return self.b(self.a(x))

    return Block(name="block", dtype=policies)


def test_layers_inside_have_the_policies_of_their_paths():
    """Variables, outputs and the layers' own properties."""
    found = []
    for library in BOTH:
        policies = library.dtype_policies.DTypePolicyMap("float32")
        policies["block/a"] = library.DTypePolicy("mixed_bfloat16")
        policies["block/b"] = library.DTypePolicy("float16")
        layer = block(library, policies)
        outputs = layer(X)
        found.append((
            dtype_of(outputs), layer.compute_dtype, layer.a.compute_dtype, layer.a.variable_dtype, layer.b.dtype,
            dtype_of(layer.a.kernel), dtype_of(layer.b.kernel), layer.a.path, layer.a.quantization_mode,
        ))  # fmt: skip
        layer.a.dtype_policy = "float32"
        assert layer.a.compute_dtype == "float32"
        assert policies["block/a"].name == "float32"
    assert found[0] == found[1]
    assert found[0][:5] == ("float16", "float32", "bfloat16", "float32", "float16")


def test_layers_with_maps_are_saved():
    """The map stands in the config of the layer, as in Keras; each reads the config of the other."""
    configs = []
    for library in BOTH:
        policies = library.dtype_policies.DTypePolicyMap("float32", {"d": library.DTypePolicy("bfloat16")})
        layer = library.layers.Dense(2, name="d", dtype=policies)
        layer(X)
        assert layer.compute_dtype == "bfloat16"
        configs.append(library.layers.serialize(layer))
    assert json.loads(json.dumps(configs[0])) == json.loads(json.dumps(configs[1]))
    for library in BOTH:
        for config in configs:
            again = library.layers.deserialize(json.loads(json.dumps(config)))
            assert dtype_of(again(X)) == "bfloat16"


def test_the_first_call_computes_in_the_policy_of_the_path():
    """An input is cast once, to the dtype of the layer, also where the layer is built by the call."""
    policies = keras.dtype_policies.DTypePolicyMap("bfloat16", {"d": keras.DTypePolicy("float32")})
    layer = keras.layers.Dense(2, name="d", dtype=policies, kernel_initializer="ones")
    first, second = layer(X).numpy(), layer(X).numpy()
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first[:, 0], X.sum(-1), rtol=1e-5)


def test_equality_and_text():
    """Policies are equal by name, and an older class name is the same policy."""
    for library in BOTH:
        policy, older = library.DTypePolicy("mixed_float16"), library.FloatDTypePolicy("mixed_float16")
        assert policy == older
        assert repr(policy) == repr(older) == '<DTypePolicy "mixed_float16">'
        assert policy != library.DTypePolicy("float16")
        assert library.dtype_policies.serialize(older)["class_name"] == "FloatDTypePolicy"
        assert library.dtype_policies.deserialize(library.dtype_policies.serialize(older)) == policy
        assert "mapping=[('decoder', 'float16')]" in repr(
            library.dtype_policies.DTypePolicyMap("float32", {"decoder": library.DTypePolicy("float16")})
        )
