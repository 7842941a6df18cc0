"""Layers whose calls use the unknown batch size as a number: shapes, errors, and what shape inference leaves behind."""

from __future__ import annotations

import os
import re

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

import kerasnb
from kerasnb import layers, ops
from kerasnb.backend.autodiff import inference
from tests.ops.names import keras

CALLS = {
    "cut": lambda k, x: x[:3],
    "difference": lambda k, x: x[1:] - x[:-1],
    "every_second": lambda k, x: x[::2],
    "backwards": lambda k, x: x[::-1],
    "one": lambda k, x: x[0],
    "last": lambda k, x: x[-1:],
    "new_axis": lambda k, x: x[..., None],
    "arange": lambda k, x: k.ops.arange(k.ops.shape(x)[0]),
    "arange_from": lambda k, x: k.ops.arange(0, k.ops.shape(x)[0]),
    "eye": lambda k, x: k.ops.eye(k.ops.shape(x)[0]),
    "eye_columns": lambda k, x: k.ops.eye(4, k.ops.shape(x)[0]),
    "tri": lambda k, x: k.ops.tri(k.ops.shape(x)[0], 3),
    "zeros": lambda k, x: k.ops.zeros((k.ops.shape(x)[0], 7)),
    "full": lambda k, x: k.ops.full((x.shape[0], 2), 3.0),
    "normal": lambda k, x: k.random.normal((k.ops.shape(x)[0], 4), seed=1),
    "uniform": lambda k, x: k.random.uniform((k.ops.shape(x)[0], 4), seed=2),
    "randint": lambda k, x: k.random.randint((k.ops.shape(x)[0],), 0, 9, seed=1),
    "dropout": lambda k, x: k.random.dropout(x, 0.5, noise_shape=(x.shape[0], 1), seed=1),
    "reshape": lambda k, x: k.ops.reshape(x, (k.ops.shape(x)[0], -1)),
    "reshape_apart": lambda k, x: k.ops.reshape(x, (x.shape[0], 1, 3, 1)),
    "reshape_doubled": lambda k, x: k.ops.reshape(k.ops.tile(x, (2, 1)), (x.shape[0] * 2, 3)),
    "reshape_halves": lambda k, x: k.ops.reshape(k.ops.tile(x, (2, 1)), (2, -1, 3)),
    "broadcast_to": lambda k, x: k.ops.broadcast_to(x[:1], (x.shape[0], 3)),
    "repeat": lambda k, x: k.ops.repeat(x, 2, axis=0),
    "concatenate": lambda k, x: k.ops.concatenate([x, k.ops.ones((k.ops.shape(x)[0], 2))], -1),
    "mean": lambda k, x: k.ops.sum(x, 0) / k.ops.shape(x)[0],
    "mean_of_cast": lambda k, x: k.ops.sum(x, 0) / k.ops.cast(k.ops.shape(x)[0], "float32"),
    "first_half": lambda k, x: x[: x.shape[0] // 2],
    "comparison": lambda k, x: x if x.shape[0] > 0 else x[:, :1],
    "matrix": lambda k, x: k.ops.matmul(x, k.ops.transpose(x)) - k.ops.eye(k.ops.shape(x)[0]),
    "causal": lambda k, x: k.ops.where(k.ops.tri(x.shape[0], dtype="bool"), k.ops.matmul(x, x.T), -1e9),
    "triangle": lambda k, x: k.ops.tril(k.ops.ones((x.shape[0], x.shape[0]))),
    "one_hot": lambda k, x: k.ops.one_hot(k.ops.arange(x.shape[0]), 5),
    "loop": lambda k, x: sum(x[:, i] for i in range(x.shape[1])),
    "cond": lambda k, x: k.ops.cond(k.ops.sum(x) > 0, lambda: x * x.shape[0], lambda: x + 1),
    "while": lambda k, x: k.ops.while_loop(
        lambda i, v: i < 3, lambda i, v: (i + 1, v + k.ops.zeros((x.shape[0], 3))), (0, x)
    )[1],
    "fori": lambda k, x: k.ops.fori_loop(0, x.shape[0], lambda i, v: v + 1.0, x),
    "scan": lambda k, x: k.ops.scan(lambda c, v: (c + v, c * 1.0), k.ops.zeros((x.shape[0],)), k.ops.transpose(x))[1],
    "map": lambda k, x: k.ops.map(lambda v: k.ops.sum(v) * x.shape[0], x),
    "slice": lambda k, x: k.ops.slice(x, (0, 0), (x.shape[0], 2)),
    "slice_update": lambda k, x: k.ops.slice_update(x, (0, 0), k.ops.zeros((x.shape[0], 2))),
    "scatter_update": lambda k, x: k.ops.scatter_update(x, k.ops.expand_dims(k.ops.arange(x.shape[0]), 1), x),
    "segment_sum": lambda k, x: k.ops.segment_sum(x, k.ops.arange(x.shape[0]), num_segments=x.shape[0]),
    "linspace": lambda k, x: k.ops.linspace(0.0, 1.0, x.shape[0]),
    "pad": lambda k, x: k.ops.pad(x, ((0, x.shape[0]), (0, 0))),
    "tile": lambda k, x: k.ops.tile(x, (x.shape[0], 1)),
    "roll": lambda k, x: k.ops.roll(x, x.shape[0] // 2, axis=0),
    "take": lambda k, x: k.ops.take(x, k.ops.arange(x.shape[0]) - 1, axis=0),
    "numpy": lambda k, x: x + np.ones((1, 3), "float32") * x.shape[0],
    "einsum": lambda k, x: k.ops.einsum("ij,kj->ik", x, k.ops.ones((x.shape[0], 3))),
    "binomial": lambda k, x: k.random.binomial((x.shape[0], 3), 1, 0.5, seed=1),
    "gamma": lambda k, x: k.random.gamma((x.shape[0], 3), 2.0, seed=1),
    "categorical": lambda k, x: k.random.categorical(x, x.shape[0], seed=1),
    "truncated_normal": lambda k, x: k.random.truncated_normal((x.shape[0],), seed=1),
    "nested": lambda k, x: {"a": x[0], "b": [x[-1:], k.ops.zeros((x.shape[0],), "int32")]},
}


def layer_of(k, function):
    """A layer whose call is a function of (keras, inputs)."""

    class Calls(k.layers.Layer):
        def call(self, x):
            return function(k, x)

    return Calls()


def specs(k, outputs):
    return k.tree.map_structure(lambda t: (tuple(t.shape), str(t.dtype)), outputs)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(CALLS))
def test_shapes_of_calls(name):
    """Behind an `Input`, a call that uses the batch size as a number gives the shapes and dtypes of real Keras."""
    found, expected = (specs(k, layer_of(k, CALLS[name])(k.Input((3,)))) for k in (kerasnb, keras()))
    assert found == expected


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_call_on_numbers_fits_its_symbolic_shape(name):
    """Called on 5 rows, the layer gives the shape it announced, with the unknown extents filled."""
    layer = layer_of(kerasnb, CALLS[name])
    announced = kerasnb.tree.flatten(layer(kerasnb.Input((3,))))
    computed = kerasnb.tree.flatten(layer(np.ones((5, 3), "float32")))
    for a, m in zip(announced, computed, strict=True):
        assert a.dtype == m.dtype
        assert all(p in (None, q) for p, q in zip(a.shape, m.shape, strict=True))


WRONG = {
    "matmul": lambda x: ops.matmul(x, ops.ones((4, x.shape[0]))),
    "matmul_of_batch": lambda x: ops.matmul(x, ops.ones((x.shape[0], 2)) * x.shape[0]),
    "reshape": lambda x: ops.reshape(x, (x.shape[0] * 3 + 1, 3)),
    "reshape_minus": lambda x: ops.reshape(x, (x.shape[0] - 50, -1)),
    "crop": lambda x: ops.image.crop_images(
        ops.reshape(x, (x.shape[0], 1, 3, 1)), 0, 0, target_height=x.shape[0] + 50, target_width=1
    ),
    "crop_of_symbol": lambda x: ops.image.crop_images(x[None, ..., None], 0, 0, target_height=90, target_width=90),
    "concatenate": lambda x: ops.concatenate([x, ops.ones((x.shape[0] + 1, 3))], 1),
    "stack": lambda x: ops.stack([x, ops.ones((x.shape[0] + 1, 3))]),
    "broadcast_to": lambda x: ops.broadcast_to(x, (x.shape[0] + 7, 3)),
    "add": lambda x: x + ops.ones((x.shape[0] + 1, 3)),
    "add_columns": lambda x: x + ops.ones((x.shape[0], 4)),
    "index": lambda x: x[x.shape[0] + 3],
    "column": lambda x: x[:, 5] * x.shape[0],
    "split": lambda x: ops.split(x, x.shape[0] + 3, axis=1),
    "einsum": lambda x: ops.einsum("ij,jk->ik", x, ops.ones((x.shape[0] * 10 + 7, 2))),
    "tensordot": lambda x: ops.tensordot(x, ops.ones((x.shape[0] * 10 + 7, 2)), axes=1),
    "top_k": lambda x: ops.top_k(x, x.shape[0] + 10),
    "squeeze": lambda x: ops.squeeze(x * x.shape[0], 0),
    "raise": lambda x: _refuse(x.shape[0]),
    "raise_shape": lambda x: _refuse(ops.zeros((x.shape[0] - 1, 3)).shape),
    "numpy": lambda x: ops.ones((2, 3)) + np.ones((x.shape[0], 7), "float32"),
    "take": lambda x: ops.transpose(x, (0, x.shape[0])),
}


def _refuse(value):
    raise ValueError(f"This is not accepted: {value}, twice that is {value * 2}")


@pytest.mark.parametrize("name", sorted(WRONG))
def test_errors_name_no_trial_size(name, monkeypatch):
    """The error of a wrong call speaks of None, never of a size that was only tried or what became of it."""
    monkeypatch.setattr(inference, "SIZES", (50021, 70001, 20011))  # what comes from these is above what a test names
    monkeypatch.setattr(inference, "FURTHER", (60060,))
    kerasnb.backend.reset_uids()  # automatic names hold small numbers
    with pytest.raises((ValueError, TypeError, IndexError)) as raised:
        layer_of(kerasnb, lambda k, x: WRONG[name](x))(kerasnb.Input((3,)))
    text = "".join([str(raised.value), *getattr(raised.value, "__notes__", [])])
    assert all(abs(int(n)) < 9000 for n in re.findall(r"-?\d+", text)), text


def test_nothing_is_left_behind():
    """Shape inference draws no seed, assigns nothing, and leaves no loss, metric or node."""

    class Busy(layers.Layer):
        def __init__(self):
            super().__init__()
            self.seed_generator = kerasnb.random.SeedGenerator(7)
            self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)
            self.mean = kerasnb.metrics.Mean()
            self.inner = layers.Dense(2)

        def call(self, x):
            self.calls.assign_add(1.0)
            self.mean.update_state(x)
            self.add_loss(ops.sum(self.calls) + ops.mean(x))
            noise = kerasnb.random.normal((ops.shape(x)[0], 2), seed=self.seed_generator)
            return self.inner(x) + noise + kerasnb.random.normal((ops.shape(x)[0], 2))

    layer = Busy()
    kerasnb.utils.set_random_seed(5)
    kerasnb.random.normal((1,))
    drawn = np.asarray(kerasnb.random.normal((2,)))
    kerasnb.utils.set_random_seed(5)
    kerasnb.random.normal((1,))
    assert layer(kerasnb.Input((3,))).shape == (None, 2)
    assert layer.seed_generator.state.numpy().tolist() == [7, 0]
    assert float(layer.calls) == 0 and float(layer.mean.count) == 0
    assert layer.losses == [] and layer.inner._inbound_nodes == []
    np.testing.assert_array_equal(np.asarray(kerasnb.random.normal((2,))), drawn)


def test_spec_of_a_called_layer_keeps_its_losses():
    """Asking a layer for the spec of its outputs changes nothing of its last call."""

    class Penalty(layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(x) / x.shape[0])
            return ops.reshape(x, (x.shape[0], -1))

    layer = Penalty()
    layer(np.ones((2, 3), "float32"))
    assert layer.compute_output_spec(kerasnb.KerasTensor((None, 3))).shape == (None, 3)
    assert [float(loss) for loss in layer.losses] == [3.0]


def test_layers_built_during_inference_know_no_trial_size():
    """A layer that is first met where only a size can lead is built for an unknown batch, with the right weights."""

    class Outer(kerasnb.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(4), layers.Dense(2)

        def call(self, x):
            x = ops.reshape(self.first(x), (ops.shape(x)[0] * 2, 2))
            x = x + kerasnb.random.normal((ops.shape(x)[0] * 1, 2), seed=1)
            return self.second(ops.reshape(x, (ops.shape(x)[0] // 2, 4)))

    model = Outer()
    assert model(kerasnb.Input((3,))).shape == (None, 2)
    assert model.second.kernel.shape == (4, 2)
    for layer in (model.first, model.second):
        assert layer.get_build_config()["input_shape"][0] is None


def test_nested_layers_and_masks():
    """Nested layers that need sizes, two inputs, and a mask that comes along."""

    class Pool(layers.Layer):
        def compute_mask(self, inputs, previous_mask):
            return None

        def call(self, x, other, mask=None):
            weights = ops.ones((ops.shape(x)[0], ops.shape(x)[1])) if mask is None else ops.cast(mask, "float32")
            return ops.sum(x * weights[..., None], 1) + other / ops.shape(x)[1]

    class Outer(layers.Layer):
        def __init__(self):
            super().__init__()
            self.pool = Pool()

        def call(self, x, other):
            return self.pool(ops.reshape(x, (ops.shape(x)[0], -1, 2)), other)

    x, other = kerasnb.Input((None, 2)), kerasnb.Input((2,))
    assert Outer()(x, other).shape == (None, 2)
    x._keras_mask = kerasnb.KerasTensor((None, None), "bool")
    assert Pool()(x, other).shape == (None, 2)


def test_a_size_with_divisors_is_found():
    """A call that only takes certain sizes is tried with some that have many divisors."""
    layer = layer_of(kerasnb, lambda k, x: k.ops.reshape(x, (x.shape[0] // 4, 4, 3)))
    assert layer(kerasnb.Input((3,))).shape == (None, 4, 3)


def test_gradients_inside_of_a_call():
    """A call that takes a gradient is recorded with trial sizes: its shape is inferred, too."""

    def call(k, x):
        with kerasnb.backend.GradientTape() as tape:
            tape.watch(x)
            loss = ops.sum(x * x) / x.shape[0]
        return tape.gradient(loss, x)

    assert layer_of(kerasnb, call)(kerasnb.Input((3,))).shape == (None, 3)


def test_extents_that_depend_on_values():
    """How many distinct elements there are depends on values: no size can be tried, and the extent is unknown."""
    assert layer_of(kerasnb, lambda k, x: k.ops.unique(x))(kerasnb.Input((3,))).shape == (None,)


def test_known_extents_need_no_trial():
    """Where all extents are known, the call sees these and no others."""
    seen = []

    def call(k, x):
        seen.append(tuple(x.shape))
        return x * 2

    assert layer_of(kerasnb, call)(kerasnb.Input(batch_shape=(4, 3))).shape == (4, 3)
    assert set(seen) == {(4, 3)}


@pytest.mark.filterwarnings("ignore")
def test_output_shapes_of_models():
    """`compute_output_shape`, `compute_output_spec` and the summary of models keep the batch unknown, as in Keras."""
    shapes = []
    for k in (kerasnb, keras()):
        noise = layer_of(k, lambda k, z: z + k.random.normal((k.ops.shape(z)[0], 2), seed=1))
        model = k.Sequential([k.Input((3,)), k.layers.Dense(2), noise, k.layers.Dense(4)])
        lines: list = []
        model.summary(print_fn=lambda text, into=lines, **_: into.append(text))
        spec = model.compute_output_spec(k.KerasTensor((None, 3)))
        shapes.append((
            model.output_shape, model.compute_output_shape((None, 3)), model.compute_output_shape((5, 3)), spec.shape,
            re.findall(r"\(None, \d\)", "\n".join(lines)),
        ))  # fmt: skip
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("batch", [None, 4])
def test_errors_of_a_call_say_what_it_says(batch):
    """The text of an error is that of the call, for known and for unknown extents."""

    def call(k, x):
        raise RuntimeError(f"The shape {x.shape} is no good for {x.shape[1]} columns")

    with pytest.raises(RuntimeError, match=rf"The shape \({batch}, 3\) is no good for 3 columns"):
        layer_of(kerasnb, call)(kerasnb.Input(batch_shape=(batch, 3)))
