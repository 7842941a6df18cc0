"""Names, settings and policies that behave differently from those of Keras 3.15."""

from __future__ import annotations

import contextlib
import io
import os
import pathlib
import subprocess
import sys
import threading
import warnings

import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from tests.differences import difference

BOTH = (judge, keras)
X, Y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")


def model(library, cls=None):
    made = (cls or library.Sequential)([library.Input((3,)), library.layers.Dense(1)])
    made.compile("sgd", "mse")
    return made


@difference
def names_to_come():
    for space, name in ((keras, "applications"), (keras, "quantizers"), (keras.layers, "TextVectorization")):
        with pytest.raises(AttributeError, match="is not in kerasnb yet"):
            getattr(space, name)
    assert judge.applications and judge.quantizers and judge.layers.TextVectorization
    for refused in (lambda: model(keras).quantize("int8"), lambda: model(keras).export("folder")):
        with pytest.raises(NotImplementedError, match="is not in kerasnb yet|comes later"):
            refused()
    with pytest.raises(NotImplementedError, match="kerasnb does not contain"):
        keras.layers.JaxLayer(abs)


@difference
def steps_of_models():
    assert set(model(keras).train_step((keras.ops.convert_to_tensor(X), keras.ops.convert_to_tensor(Y)))) == {"loss"}
    with pytest.raises(TypeError, match="data"):
        model(judge).train_step((X, Y))


@difference
def functions_of_steps():
    def own(library):
        class Own(library.Sequential):
            def make_train_function(self, force=False):
                self.train_function = lambda state, iterator: called.append(next(iterator))

        return model(library, Own)

    called: list = []
    with contextlib.suppress(TypeError):  # it returns no logs and no state
        own(judge).fit(X, Y, verbose=0)
    assert len(called) == 1
    with pytest.raises(NotImplementedError, match="make_train_function"):
        own(keras).fit(X, Y, verbose=0)


@difference
def devices_as_backends():
    assert judge.config.backend() == "jax"
    assert keras.config.backend() in ("cpu", "cuda", "numpy")
    with pytest.raises(ValueError, match="Unknown backend"):
        keras.config.set_backend("jax")


def printed(library) -> str:
    """What another thread prints with interactive logging disabled."""
    library.config.disable_interactive_logging()
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            thread = threading.Thread(target=model(library).predict, args=(X,), kwargs={"verbose": 1})
            thread.start()
            thread.join()
    finally:
        library.config.enable_interactive_logging()
    return out.getvalue()


@difference
def settings_of_threads():
    assert printed(judge)
    assert printed(keras) == ""


@difference
def files_of_settings():
    for library, written in (("keras", ["keras.json"]), ("kerasnb", [])):
        home = pathlib.Path(library).absolute()
        env = {**os.environ, "KERAS_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run([sys.executable, "-c", f"import {library}"], env=env, check=True)
        assert [p.name for p in home.iterdir()] if home.exists() else [] == written


@difference
def limits_beyond_the_data():
    for library in BOTH:
        library.config.set_max_steps_per_epoch(5)
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                model(library).fit(X, Y, batch_size=4, verbose=0)
        finally:
            library.config.set_max_steps_per_epoch(None)
        assert any("ran out of data" in str(w.message) for w in caught) is (library is judge)


@difference
def causes_of_errors():
    for library in BOTH:

        class Chained(library.layers.Layer):
            def call(self, x):
                raise KeyError("second") from ZeroDivisionError("first")

        library.config.enable_traceback_filtering()
        try:
            with pytest.raises(KeyError) as caught:
                Chained()(X)
        finally:
            library.config.disable_traceback_filtering()
        assert isinstance(caught.value.__cause__, ZeroDivisionError) is (library is keras)


@difference
def pools_of_the_default_format():
    x = np.random.default_rng(0).random((1, 2, 4, 6)).astype("float32")
    for library in BOTH:
        library.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(TypeError, match="window_strides"):
            judge.ops.max_pool(x, 2)
        assert keras.ops.max_pool(x, 2).shape == (1, 2, 2, 3)
    finally:
        for library in BOTH:
            library.config.set_image_data_format("channels_last")


@difference
def layers_without_autocast():
    def noting(library, noted: list):
        class Noting(library.layers.Layer):
            def build(self, shape):
                self.w = self.add_weight(shape=(3,), initializer="ones")

            def call(self, x):
                noted.append(str(getattr(self.w.value.dtype, "name", self.w.value.dtype)))
                return x

        return Noting(dtype="mixed_float16", autocast=False)

    for library in BOTH:
        noted: list = []
        layer = noting(library, noted)
        layer(X)
        inside = library.Sequential([library.Input((3,)), layer])
        inside.dtype_policy = "mixed_bfloat16"
        noted.clear()
        layer(X)
        inside(X)
        assert noted == (["float32", "float32"] if library is keras else ["float16", "float32"])


@difference
def policies_of_maps():
    for library in BOTH:
        policy = library.DTypePolicy("bfloat16")
        policies = library.dtype_policies.DTypePolicyMap(policy_map={"a": policy})
        name = library.dtype_policies.serialize(policies)["config"]["policy_map"]["a"]["config"]["name"]
        expected = "bfloat16" if library is keras else None
        assert name == policy.name == expected


@difference
def first_call_of_a_map():
    for library in BOTH:
        policies = library.dtype_policies.DTypePolicyMap("bfloat16", {"d": library.DTypePolicy("float32")})
        layer = library.layers.Dense(1, name="d", dtype=policies, kernel_initializer="ones")
        x = np.full((1, 1), 1.001, "float32")  # no bfloat16
        first, second = (float(np.asarray(layer(x))[0, 0]) for _ in range(2))
        assert second == pytest.approx(1.001, abs=1e-6)
        assert (first == second) is (library is keras)


@difference
def state_trees():
    for library in BOTH:
        made, other = model(library), model(library)
        made.compile(library.optimizers.SGD(name="one"), "mse")
        other.compile(library.optimizers.SGD(name="two"), "mse")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            other.set_state_tree({"optimizer_variables": made.get_state_tree()["optimizer_variables"]})
        assert any("one/iteration" in str(w.message) for w in caught) is (library is keras)


@difference
def none_in_shallow_structures():
    assert keras.tree.map_structure_up_to([None, None], len, [[1, 1], [2]]) == [2, 1]
    with pytest.raises(ValueError, match="same nested structure"):
        judge.tree.map_structure_up_to([None, None], len, [[1, 1], [2]])
