"""The settings of `keras.config`, beside Keras, and that they are honoured everywhere."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import warnings

import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import ops

BOTH = (judge, keras)
X, Y = np.ones((20, 3), "float32"), np.ones((20, 1), "float32")


@pytest.fixture(autouse=True)
def _restored():
    """Every test leaves the settings as it found them."""
    yield
    for library in BOTH:
        library.config.set_image_data_format("channels_last")
        library.config.set_max_epochs(None)
        library.config.set_max_steps_per_epoch(None)
        library.config.enable_flash_attention()
        library.config.enable_interactive_logging()
        library.config.disable_traceback_filtering()  # as tests/conftest.py has it


def model(library):
    made = library.Sequential([library.Input((3,)), library.layers.Dense(1, kernel_initializer="zeros")], name="m")
    made.compile(library.optimizers.SGD(0.1), "mse")
    return made


# --- image data format


def test_the_format_is_set_and_checked():
    """Upper case is allowed, other words are not; the functions of `keras.backend` are the same."""
    for library in BOTH:
        library.config.set_image_data_format("CHANNELS_FIRST")
        assert library.config.image_data_format() == library.backend.image_data_format() == "channels_first"
        with pytest.raises(ValueError, match="data_format"):
            library.config.set_image_data_format("channels_middle")
        library.backend.set_image_data_format("channels_last")
        assert library.config.image_data_format() == "channels_last"


OPERATIONS = {
    "max_pool": lambda o, x: o.max_pool(x, 2, 2),
    "average_pool": lambda o, x: o.average_pool(x, 2, 2, padding="same"),
    "conv": lambda o, x: o.conv(x, np.ones((2, 2, 4, 2), "float32")),
    "depthwise_conv": lambda o, x: o.depthwise_conv(x, np.ones((2, 2, 4, 1), "float32")),
    "conv_transpose": lambda o, x: o.conv_transpose(x, np.ones((2, 2, 2, 4), "float32"), 2),
    "resize": lambda o, x: o.image.resize(x, (3, 3)),
    "pad_images": lambda o, x: o.image.pad_images(x, 1, 1, 1, 1),
    "crop_images": lambda o, x: o.image.crop_images(x, 1, 1, 1, 1),
    "gaussian_blur": lambda o, x: o.image.gaussian_blur(x),
    "extract_patches": lambda o, x: o.image.extract_patches(x, 2),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_read_it(name):
    """`data_format=None` is the default format, for values and for symbolic tensors."""
    x = np.random.default_rng(0).random((2, 4, 6, 5)).astype("float32")
    for library in BOTH:
        library.config.set_image_data_format("channels_first")
    expected, found = np.asarray(OPERATIONS[name](judge.ops, x)), OPERATIONS[name](ops, x)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5, atol=1e-5)
    symbolic = OPERATIONS[name](ops, keras.Input((4, 6, 5), batch_size=2))
    assert symbolic.shape == expected.shape


def test_configs_keep_it():
    """A graph that was made with one default keeps it under another, here and in Keras."""
    configs = []
    for library in BOTH:
        library.config.set_image_data_format("channels_first")
        x = library.Input((4, 6, 5))
        made = library.Model(x, library.ops.max_pool(x, 2))
        library.config.set_image_data_format("channels_last")
        again = library.Model.from_config(made.get_config())
        assert again.output_shape == (None, 4, 3, 2)
        configs.append(made.get_config()["layers"][-1]["config"]["data_format"])
    assert configs == ["channels_first"] * 2


LAYERS = {
    "Flatten": ({}, (2, 3, 4)),
    "MaxPooling2D": ({}, (4, 6, 5)),
    "AveragePooling2D": ({"pool_size": 2}, (4, 6, 5)),
    "GlobalAveragePooling2D": ({}, (4, 6, 5)),
    "Conv1D": ({"filters": 2, "kernel_size": 2}, (4, 6)),
    "Conv2D": ({"filters": 2, "kernel_size": 2}, (4, 6, 5)),
    "Conv2DTranspose": ({"filters": 2, "kernel_size": 2}, (4, 6, 5)),
    "DepthwiseConv2D": ({"kernel_size": 2}, (4, 6, 5)),
    "SeparableConv2D": ({"filters": 2, "kernel_size": 2}, (4, 6, 5)),
    "UpSampling2D": ({}, (4, 6, 5)),
    "ZeroPadding2D": ({}, (4, 6, 5)),
    "Cropping2D": ({"cropping": 1}, (4, 6, 5)),
    "SpatialDropout2D": ({"rate": 0.5}, (4, 6, 5)),
    "ConvLSTM2D": ({"filters": 2, "kernel_size": 2}, (3, 4, 6, 5)),
}


def there(name: str) -> bool:
    try:
        return bool(getattr(keras.layers, name))
    except ModuleNotFoundError:  # its file comes in another change
        return False


@pytest.mark.parametrize("name", [n for n in LAYERS if there(n)])
def test_layers_read_it(name):
    """A layer keeps the default format of the moment in which it was made."""
    options, shape = LAYERS[name]
    layers = []
    for library in BOTH:
        library.config.set_image_data_format("channels_first")
        layers.append(getattr(library.layers, name)(**options))
        library.config.set_image_data_format("channels_last")
    theirs, ours = layers
    assert ours.data_format == theirs.data_format == "channels_first"
    assert ours.get_config()["data_format"] == "channels_first"
    assert ours.compute_output_shape((2, *shape)) == tuple(theirs.compute_output_shape((2, *shape)))


# --- limits


def test_epochs_are_limited():
    """With the warning of Keras; other calls are not concerned."""
    for library in BOTH:
        library.config.set_max_epochs(2)
        assert library.config.max_epochs() == 2
        with pytest.warns(UserWarning, match="Limiting epochs to 2"):
            history = model(library).fit(X, Y, epochs=5, verbose=0)
        assert len(history.history["loss"]) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(model(keras).fit(X, Y, epochs=2, verbose=0).history["loss"]) == 2


class Counter:
    """Counts batches as a callback of either library."""

    def __new__(cls, library):
        class Callback(library.callbacks.Callback):
            count = 0

            def on_train_batch_end(self, batch, logs=None):
                self.count += 1

            on_test_batch_end = on_predict_batch_end = on_train_batch_end

        return Callback()


def sequence(library):
    return (X[:2], Y[:2]), (X[:2], Y[:2]), (X[:2], Y[:2])


@pytest.mark.parametrize("data", ["arrays", "steps", "generator", "validation"])
def test_batches_are_limited(data):
    """Those of arrays, of an epoch of so many steps, of a generator, and of validation data."""
    counts = []
    for library in BOTH:
        library.config.set_max_steps_per_epoch(3)
        counter, made = Counter(library), model(library)
        with pytest.warns(UserWarning, match="Limiting steps_per_epoch to 3"):
            if data == "generator":
                made.fit(((X[:2], Y[:2]) for _ in range(100)), epochs=2, verbose=0, shuffle=False, callbacks=[counter])
            else:
                options = {"validation_data": (X, Y)} if data == "validation" else {}
                if data == "steps":
                    options = {"steps_per_epoch": 5}
                made.fit(X, Y, batch_size=2, epochs=2, verbose=0, callbacks=[counter], **options)
        counts.append(counter.count)
    assert counts[0] == counts[1] == (12 if data == "validation" else 6)


def test_evaluation_and_prediction_are_limited():
    """Outputs are those of the first batches."""
    for library in BOTH:
        library.config.set_max_steps_per_epoch(3)
        made, counter = model(library), Counter(library)
        with pytest.warns(UserWarning, match="Limiting steps_per_epoch to 3"):
            made.evaluate(X, Y, batch_size=2, verbose=0, callbacks=[counter])
            outputs = made.predict(X, batch_size=2, verbose=0, callbacks=[counter])
        assert outputs.shape == (6, 1)
        assert counter.count == 6


def test_a_limit_beyond_the_data_changes_nothing():
    """No warning, and no complaint that the data ran out."""
    keras.config.set_max_steps_per_epoch(30)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = model(keras)
        made.fit(X, Y, batch_size=2, epochs=2, verbose=0)
        assert made.predict(X, verbose=0).shape == (20, 1)


# --- what is shown


def test_flash_attention():
    """The values of Keras: None leaves the choice to the layer."""
    for library in BOTH:
        assert library.config.is_flash_attention_enabled() is None
        library.config.disable_flash_attention()
        assert library.config.is_flash_attention_enabled() is False
        library.config.enable_flash_attention()
        assert library.config.is_flash_attention_enabled() is None
        assert library.config.is_nnx_enabled() is False


@pytest.mark.parametrize("verbose", [1, 2, "auto"])
def test_progress_goes_to_the_log(verbose, capsys, caplog):
    """Without interactive logging, stdout stays empty and the log has complete lines, without control characters."""
    keras.config.disable_interactive_logging()
    assert not keras.utils.is_interactive_logging_enabled()
    with caplog.at_level(logging.INFO, "kerasnb"):
        made = model(keras)
        made.fit(X, Y, epochs=2, verbose=verbose)
        made.summary()
    assert capsys.readouterr().out == ""
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == "Epoch 1/2"
    assert [line for line in lines if "loss: " in line and line.startswith("1/1 ")] == [lines[1], lines[3]]
    assert 'Model: "m"' in lines[-1]
    assert "\x1b" not in "".join(lines)
    keras.config.enable_interactive_logging()
    made.fit(X, Y, verbose=2)
    assert "loss: " in capsys.readouterr().out


# --- what is set outside of the program

PRINT = """
import {0} as k
print([k.config.floatx(), k.config.epsilon(), k.config.image_data_format(), k.config.max_epochs(),
       k.config.max_steps_per_epoch()])
"""


def started(library: str, home, **environment) -> str:
    """What a fresh process prints of its settings, or its last line."""
    env = {**os.environ, "KERAS_HOME": str(home), **environment}
    done = subprocess.run([sys.executable, "-c", PRINT.format(library)], env=env, capture_output=True, text=True)
    return (done.stdout or done.stderr).strip().splitlines()[-1]


def test_the_file_of_keras_is_read(tmp_path):
    """`keras.json` in KERAS_HOME, and the limits in the environment."""
    config = {"floatx": "float64", "epsilon": 1e-5, "image_data_format": "channels_first", "backend": "jax"}
    (tmp_path / "keras.json").write_text(json.dumps(config))
    limits = {"KERAS_MAX_EPOCHS": "3", "KERAS_MAX_STEPS_PER_EPOCH": "4"}
    found = started("kerasnb", tmp_path, **limits)
    assert found == "['float64', 1e-05, 'channels_first', 3, 4]" == started("keras", tmp_path, **limits)


def test_a_file_that_is_no_config(tmp_path):
    """What is no JSON is ignored, a wrong value is an error that names it; no file is written."""
    assert started("kerasnb", tmp_path) == "['float32', 1e-07, 'channels_last', None, None]"
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "keras.json").write_text("{")
    assert started("kerasnb", tmp_path) == "['float32', 1e-07, 'channels_last', None, None]"
    for config in ({"floatx": "int8"}, {"epsilon": "small"}, {"image_data_format": "last"}):
        (tmp_path / "keras.json").write_text(json.dumps(config))
        name = next(iter(config))
        assert f"ValueError: Invalid `{name}` configuration" in started("kerasnb", tmp_path)


# --- rematerialization


def test_rematerialization_changes_no_number():
    """Values and gradients are those without it; the arguments are checked as in Keras."""
    for library in BOTH:
        with pytest.raises(ValueError, match="Invalid mode"):
            library.RematScope(mode="some")
        with library.RematScope(mode="list_of_layers", layer_names=["a"]):
            made = model(library)
        losses = made.fit(X, Y, epochs=2, verbose=0).history["loss"]
        np.testing.assert_allclose(losses, model(library).fit(X, Y, epochs=2, verbose=0).history["loss"])
        double = library.remat(lambda x: x * 2)
        np.testing.assert_allclose(np.asarray(double(library.ops.ones((2,)))), [2, 2])
    assert keras.layers.Dense(1).rematerialized_call(lambda x: x + 1, 1) == 2
