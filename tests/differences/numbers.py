"""Numbers that are right where those of Keras 3.15.1 are not."""

from __future__ import annotations

import jax
import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from kerasnb.backend.autodiff.tape import GradientTape
from tests.differences import difference


@difference
def label_smoothing_axis():
    """The mean over the axis of the classes is what labels move to."""
    random = np.random.default_rng(0)
    p = random.random((2, 3, 5)) + 0.1
    p = (p / p.sum(1, keepdims=True)).astype("float32")
    y = np.moveaxis(np.eye(3, dtype="float32")[random.integers(0, 3, (2, 5))], -1, 1)
    smoothed = y * 0.7 + 0.3 / 3
    expected = -(smoothed * np.log(p)).sum(1)
    found = keras.losses.categorical_crossentropy(y, p, label_smoothing=0.3, axis=1)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5)
    for axis, give in ((1, y), (-2, y)):
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.3, axis=axis, reduction=None)
        np.testing.assert_allclose(loss(give, p).numpy(), expected, rtol=1e-5)
    metric = keras.metrics.CategoricalCrossentropy(label_smoothing=0.3, axis=1)
    metric.update_state(y, p)
    np.testing.assert_allclose(float(metric.result()), expected.mean(), rtol=1e-5)
    focal = keras.losses.categorical_focal_crossentropy(y, p, label_smoothing=0.3, axis=1).numpy()
    np.testing.assert_allclose(focal, -(0.25 * (1 - p) ** 2 * smoothed * np.log(p)).sum(1), rtol=1e-5)
    theirs = judge.losses.categorical_crossentropy(y, p, label_smoothing=0.3, axis=1)
    assert not np.allclose(np.asarray(theirs), expected, rtol=1e-2)
    last = [m.losses.categorical_crossentropy(y, p, label_smoothing=0.3) for m in (keras, judge)]
    np.testing.assert_allclose(*map(np.asarray, last), rtol=1e-5)


@difference
def tversky_alpha_beta():
    """One false positive costs alpha, one false negative beta."""
    hit, miss, wrong = [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]  # of true and predicted
    for pairs, total in (([hit, wrong], 1 + 0.2), ([hit, miss], 1 + 0.7), ([hit, miss, wrong], 1 + 0.9)):
        y, p = np.array(pairs, "float32").T
        found = keras.losses.tversky(y, p, alpha=0.2, beta=0.7)
        assert float(found) == pytest.approx(1 - 1 / total, rel=1e-5)
        theirs = judge.losses.tversky(y, p, alpha=0.7, beta=0.2)
        assert float(theirs) == pytest.approx(float(found), rel=1e-5)
    assert float(keras.losses.Tversky(alpha=0.2, beta=0.7)(y, p)) == pytest.approx(1 - 1 / 1.9, rel=1e-5)


@difference
def r2_score_samples():
    """The adjusted score of the definition, with one output and with three."""
    random = np.random.default_rng(1)
    for outputs in (1, 3):
        y = random.random((12, outputs)).astype("float32")
        p = y + 0.1 * random.random((12, outputs)).astype("float32")
        plain = np.mean(1 - ((y - p) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0))
        expected = 1 - (1 - plain) * (12 - 1) / (12 - 4 - 1)
        found = []
        for module in (keras, judge):
            metric = module.metrics.R2Score(num_regressors=4)
            for half in (slice(0, 5), slice(5, 12)):
                metric.update_state(y[half], p[half])
            found.append(float(metric.result()))
        assert found[0] == pytest.approx(expected, rel=1e-4)
        assert bool(np.isclose(found[1], expected, rtol=1e-4)) is (outputs == 1)


@difference
def f_score_weights():
    """Weights in a column are those in a row."""
    random = np.random.default_rng(2)
    y = np.eye(3, dtype="float32")[random.integers(0, 3, 8)]
    p, weight = random.random((8, 3)).astype("float32"), random.random(8).astype("float32")

    def score(module, weights, name="FBetaScore", average="macro"):
        metric = getattr(module.metrics, name)(average=average)
        metric.update_state(y, p, sample_weight=weights)
        return float(metric.result())

    for name in ("FBetaScore", "F1Score"):
        expected = score(judge, weight, name)
        assert score(keras, weight, name) == pytest.approx(expected, rel=1e-5)
        assert score(keras, weight[:, None], name) == pytest.approx(expected, rel=1e-5)
        with pytest.raises(ValueError):
            score(judge, weight[:, None], name)
        micro = score(judge, weight, name, "micro")
        assert score(keras, weight[:, None], name, "micro") == pytest.approx(micro, rel=1e-5)
    per_entry = score(keras, np.repeat(weight[:, None], 3, 1))
    assert per_entry == pytest.approx(score(keras, weight), rel=1e-5)


@difference
def normalize_zero_gradient():
    """Zero rows have a finite slope, other rows the slope of Keras."""
    x = np.array([[0.0, 0.0], [3.0, -4.0]], "float32")
    seed = np.array([[1.0, 2.0], [0.5, -1.0]], "float32")
    for order in (1, 2, 3, 4):
        variable = keras.Variable(x)
        with GradientTape() as tape:
            value = keras.ops.sum(keras.ops.normalize(variable, order=order) * seed)
        found = tape.gradient(value, variable).numpy()
        assert np.isfinite(found).all()
        theirs = np.asarray(jax.grad(lambda v, o=order: (judge.ops.normalize(v, order=o) * seed).sum())(x))
        np.testing.assert_allclose(found[1], theirs[1], rtol=1e-4, atol=1e-6)
        if order in (2, 3):
            assert np.isnan(theirs[0]).any()


@difference
def normalize_half_precision():
    """Zero stays zero, and vectors whose squares overflow have length one."""
    x = np.array([[0.0, 0.0], [300.0, 400.0]], "float16")
    for order, expected in ((1, [3 / 7, 4 / 7]), (2, [0.6, 0.8])):
        found = keras.ops.normalize(x, order=order)
        assert found.dtype == "float16"
        np.testing.assert_allclose(found.numpy(), [[0, 0], expected], rtol=1e-3)
    assert np.isnan(np.asarray(judge.ops.normalize(x))).any()
    np.testing.assert_array_equal(keras.utils.normalize(keras.ops.convert_to_tensor(x)).numpy()[0], [0, 0])


@difference
def normalize_first_axis():
    """Columns have length one."""
    x = np.array([[3.0, 1.0], [4.0, 0.0]], "float32")
    expected = [[0.6, 1.0], [0.8, 0.0]]
    np.testing.assert_allclose(keras.utils.normalize(x, axis=0), expected, rtol=1e-6)
    np.testing.assert_allclose(
        keras.utils.normalize(keras.ops.convert_to_tensor(x), axis=0).numpy(), expected, rtol=1e-6
    )
    assert not np.allclose(judge.utils.normalize(x, axis=0), expected)


@difference
def istft_of_one():
    """What `stft` was given comes back, with every argument."""
    x = np.random.default_rng(3).random((2, 9)).astype("float32")
    for window in ("hann", "hamming", None, np.full(1, 0.5, "float32")):
        for center in (True, False):
            for length in (None, 9, 5, 12):
                parts = keras.ops.stft(x, 1, 1, 1, window, center)
                found = keras.ops.istft(parts, 1, 1, 1, length, window, center).numpy()
                expected = np.pad(x, ((0, 0), (0, 3)))[:, : length or 9]
                np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    theirs = judge.ops.istft(judge.ops.stft(x, 1, 1, 1), 1, 1, 1)
    assert theirs.shape[-1] == 0


@difference
def identity_gain():
    """A saved initializer is the one that was saved."""
    ours, theirs = keras.initializers.Identity(gain=3.0), judge.initializers.Identity(gain=3.0)
    again = keras.initializers.deserialize(keras.initializers.serialize(ours))
    assert again.gain == 3.0 and "gain" not in theirs.get_config()
    assert keras.initializers.Identity().get_config() == judge.initializers.Identity().get_config() == {}
    assert judge.initializers.deserialize(keras.initializers.serialize(ours)).gain == 3.0


@difference
def forgotten_arguments():
    """A saved loss is the one that was saved, in Keras too; the default stands in no config."""
    kinds = {"Huber": {"delta": 0.5}, "CosineSimilarity": {"axis": 1}, "SparseCategoricalCrossentropy": {"axis": 1}}
    for name, options in kinds.items():
        ours, theirs = (getattr(k.losses, name)(**options) for k in (keras, judge))
        assert ours.get_config() == {**theirs.get_config(), **options} != theirs.get_config()
        assert getattr(keras.losses, name)().get_config() == getattr(judge.losses, name)().get_config()
        config = keras.losses.serialize(ours)
        for k in (keras, judge):
            assert k.losses.deserialize(config)._fn_kwargs.items() >= options.items()
    ours, theirs = (k.metrics.CosineSimilarity(axis=1) for k in (keras, judge))
    assert ours.get_config() == {**theirs.get_config(), "axis": 1}
    assert judge.metrics.deserialize(keras.metrics.serialize(ours))._fn_kwargs["axis"] == 1

    class Half(keras.losses.Huber):
        def __init__(self, **kwargs):
            super().__init__(0.5, **kwargs)

    assert Half.from_config(Half().get_config())._fn_kwargs == {"delta": 0.5}


@difference
def auc_label_weights():
    """A metric with weights of labels is loaded here and there; what Keras writes is loaded here alone."""
    options = {"multi_label": True, "num_labels": 2, "label_weights": [1.0, 2.0]}
    configs = [m.saving.serialize_keras_object(m.metrics.AUC(**options)) for m in (keras, judge)]
    assert configs[0]["config"]["label_weights"] == [1.0, 2.0]
    for config in configs:
        np.testing.assert_array_equal(keras.saving.deserialize_keras_object(config).label_weights, [1.0, 2.0])
    np.testing.assert_array_equal(judge.saving.deserialize_keras_object(configs[0]).label_weights, [1.0, 2.0])
    with pytest.raises(TypeError, match="could not be deserialized"):
        judge.saving.deserialize_keras_object(configs[1])
