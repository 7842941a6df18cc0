"""Small models, and what comes out of training them on the current device."""

from __future__ import annotations

import numpy as np

import kerasnb as keras

ROWS, BATCH = 96, 32


def data(seed: int = 0):
    """Inputs, and labels that depend on them."""
    x = np.random.default_rng(seed).standard_normal((ROWS, 12)).astype("float32")
    return x, x[:, :3].argmax(1)


def classifier():
    """Dropout, softmax, Adam."""
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((12,)), layers.Dense(16, "relu"), layers.Dropout(0.25, seed=3), layers.Dense(3, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def regressor():
    """Tanh, a mean squared error, stochastic gradient descent with momentum."""
    layers = keras.layers
    model = keras.Sequential([layers.Input((12,)), layers.Dense(9, "tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True), "mean_squared_error", metrics=["mae"])
    return model


MODELS = {"classifier": classifier, "regressor": regressor}


def trained(name: str, epochs: int = 2) -> dict[str, np.ndarray]:
    """History, weights, evaluation and predictions of a model trained on the current device."""
    keras.utils.set_random_seed(1)
    model, (x, y) = MODELS[name](), data()
    history = model.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0).history
    weights = {f"weight {i}": w for i, w in enumerate(model.get_weights())}
    return {
        **{f"history {k}": np.array(v) for k, v in history.items()},
        **weights,
        "evaluation": np.array(model.evaluate(x, y, batch_size=BATCH, verbose=0)),
        "predictions": model.predict(x[:7], verbose=0),
    }


def assert_same(result: dict, expected: dict, tolerance: float = 1e-5) -> None:
    """Two trainings went the same way, to rounding."""
    assert result.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_allclose(result[key], value, rtol=tolerance, atol=tolerance, err_msg=key)
