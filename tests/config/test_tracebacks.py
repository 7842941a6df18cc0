"""Tracebacks of errors: the frames of the package are left out, those of the user stay."""

from __future__ import annotations

import pathlib
import traceback

import numpy as np
import pytest

import kerasnb as keras

PACKAGE = str(pathlib.Path(keras.__file__).parent)


@pytest.fixture(params=[True, False], ids=["filtered", "whole"])
def filtering(request):
    """With traceback filtering, and without."""
    switch = keras.config.enable_traceback_filtering if request.param else keras.config.disable_traceback_filtering
    switch()
    assert keras.config.is_traceback_filtering_enabled() is request.param
    yield request.param
    keras.config.disable_traceback_filtering()  # as tests/conftest.py has it


def helper(x):
    raise ZeroDivisionError(f"of the user: {x.shape}")


class Broken(keras.layers.Layer):
    def call(self, x):
        return helper(x)


class Outer(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = Broken()

    def call(self, x):
        return self.inner(x)


def frames(problem) -> tuple[list[str], int]:
    """The names of the user's functions in a traceback, and how many frames are the package's."""
    found = traceback.extract_tb(problem.__traceback__)
    own = [f for f in found if f.filename.startswith(PACKAGE)]
    return [f.name for f in found if f not in own][1:], len(own)


def test_an_error_in_a_layer(filtering):
    """Inside of two layers: three functions of the user, in order."""
    with pytest.raises(ZeroDivisionError, match="of the user") as caught:
        Outer()(np.ones((1, 2)))
    user, own = frames(caught.value)
    assert user == ["call", "call", "helper"]
    assert (own == 0) is filtering
    assert "Exception encountered when calling" in caught.value.__notes__[0]


def test_an_error_in_fit(filtering):
    """From the line that trains to the line that fails."""
    model = keras.Sequential([Broken(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ZeroDivisionError) as caught:
        model.fit(np.ones((2, 2)), np.ones((2, 1)), verbose=0)
    user, own = frames(caught.value)
    assert user == ["call", "helper"]
    assert (own == 0) is filtering


def test_an_error_of_the_package(filtering):
    """Where all frames are the package's, the innermost one is left, as in Keras."""
    built = keras.layers.Dense(1)
    built(np.ones((1, 3)))
    with pytest.raises(ValueError, match="incompatible") as caught:
        built(np.ones((1, 4)))
    assert frames(caught.value)[0] == []
    assert (frames(caught.value)[1] == 1) is filtering


def test_a_cause_stays(filtering):
    """What an error was raised from is shown as well."""

    class Chained(keras.layers.Layer):
        def call(self, x):
            try:
                helper(x)
            except ZeroDivisionError as problem:
                raise KeyError("second") from problem

    with pytest.raises(KeyError) as caught:
        Chained()(np.ones((1, 2)))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
