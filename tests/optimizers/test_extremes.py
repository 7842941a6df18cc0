"""Gradients that are huge, tiny, infinite or zero, in every optimizer, beside real Keras on JAX."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb
from tests.ops.names import keras

OPTIMIZERS = {
    **{n: (n, {}) for n in (
        "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion", "Muon", "Nadam",
        "RMSprop", "SGD", "ScheduleFreeAdamW",
    )},
    "Adam, amsgrad": ("Adam", {"amsgrad": True}),
    "RMSprop, centered": ("RMSprop", {"centered": True, "momentum": 0.5}),
    "SGD, momentum": ("SGD", {"momentum": 0.9}),
    "SGD, nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
}  # fmt: skip
CLIPS = ({}, {"clipnorm": 1.0}, {"global_clipnorm": 1.0}, {"clipvalue": 0.5})
GRADIENTS = (1e20, -1e38, np.inf, 1e-30, 0.0)


def trained(module, name, arguments, extreme) -> list:
    """Weights after an ordinary gradient, one with an extreme number in it, and two ordinary ones."""
    random = np.random.default_rng(0)
    variables = [module.Variable(np.ones(s, "float32")) for s in ((2, 3), (3,))]
    optimizer = getattr(module.optimizers, name)(**arguments)
    for step in range(4):
        gradients = [random.normal(size=v.shape).astype("float32") for v in variables]
        if step == 1:
            gradients[0][0, 1] = gradients[1][0] = extreme
        optimizer.apply([module.ops.convert_to_tensor(g) for g in gradients], variables)
    return [np.asarray(v) for v in variables]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("clip", CLIPS, ids=lambda c: next(iter(c), "no clip"))
@pytest.mark.parametrize("which", sorted(OPTIMIZERS))
def test_beside_keras(which, clip):
    """The same weights, and above all: finite where Keras' are."""
    name, arguments = OPTIMIZERS[which]
    for extreme in GRADIENTS if not clip else GRADIENTS[:3]:
        found = trained(kerasnb, name, {**arguments, **clip}, extreme)
        for f, e in zip(found, trained(keras(), name, {**arguments, **clip}, extreme), strict=True):
            np.testing.assert_allclose(f, e, rtol=1e-3, atol=1e-5, err_msg=f"{which} {clip} after {extreme}")


def test_adadelta_goes_on():
    """The case of the report: one gradient of 1e20, then weights that still move."""
    weight = kerasnb.Variable(np.ones(2, "float32"))
    optimizer = kerasnb.optimizers.Adadelta(1.0)
    for gradient in ([1e20, 1.0], [1.0, 1.0], [1.0, 1.0]):
        optimizer.apply([np.array(gradient, "float32")], [weight])
    assert np.isfinite(weight.numpy()).all()
    assert weight.numpy()[1] < 1
