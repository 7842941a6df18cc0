"""The peers: each trains an epoch of the same case and predicts one sample."""

from __future__ import annotations

import itertools
import os

import numpy as np
from cases import CASES

EPOCHS = 3  # of one call of fit, so that its start does not count as steps


class KerasPeer:
    """kerasnb, or Keras on one of its backends."""

    def __init__(self, keras, name: str):
        case, losses = CASES[name], keras.losses
        self.x, self.y = case.data()
        self.batch, self.model = case.batch, case.keras(keras)
        loss, metrics = {
            "classes": (losses.SparseCategoricalCrossentropy(from_logits=True), ["accuracy"]),
            "binary": (losses.BinaryCrossentropy(from_logits=True), ["accuracy"]),
            "values": ("mse", ["mae"]),
        }[case.loss]
        self.model.compile(optimizer=case.optimizer, loss=loss, metrics=metrics)

    def first_step(self):
        self.model.train_on_batch(self.x[: self.batch], self.y[: self.batch])

    def epoch(self) -> int:
        self.model.fit(self.x, self.y, batch_size=self.batch, epochs=EPOCHS, verbose=0)
        return EPOCHS * (len(self.x) // self.batch)

    def predict_one(self):
        self.model.predict_on_batch(self.x[:1])


class TorchPeer:
    """PyTorch alone, with the loop a user would write."""

    def __init__(self, torch, name: str):
        case, self.torch = CASES[name], torch
        x, y = case.data()
        self.x, self.y, self.batch = torch.from_numpy(x), torch.from_numpy(y), case.batch
        if case.loss == "classes":
            self.y = self.y.long()
        losses = {"classes": "CrossEntropyLoss", "binary": "BCEWithLogitsLoss", "values": "MSELoss"}
        self.loss, self.model = getattr(torch.nn, losses[case.loss])(), case.torch(torch)
        weights = self.model.parameters()
        adam, rmsprop = torch.optim.Adam, torch.optim.RMSprop
        self.optimizer = adam(weights, lr=1e-3) if case.optimizer == "adam" else rmsprop(weights, lr=1e-3, alpha=0.9)

    def _step(self, rows):
        self.optimizer.zero_grad()
        loss = self.loss(self.model(self.x[rows]), self.y[rows])
        loss.backward()
        self.optimizer.step()
        return float(loss)

    def first_step(self):
        self._step(slice(0, self.batch))

    def epoch(self) -> int:
        self.model.train()
        for _ in range(EPOCHS):
            order = self.torch.randperm(len(self.x))
            for start in range(0, len(order), self.batch):
                self._step(order[start : start + self.batch])
        return EPOCHS * (len(self.x) // self.batch)

    def predict_one(self):
        self.model.eval()
        with self.torch.no_grad():
            self.model(self.x[:1]).numpy()


BLAS = {"mlp": ([784, 256, 128, 10], 40), "regression": ([13, 64, 64, 1], 100)}  # widths, steps


class BlasPeer:
    """Only the matrix products of a step, on all cores: no framework can be faster."""

    def __init__(self, name: str):
        (widths, self.steps), self.batch, random = BLAS[name], CASES[name].batch, np.random.default_rng(0)
        self.products = []
        for i, (a, b) in enumerate(itertools.pairwise(widths)):
            x, w, dy = (random.standard_normal(s, dtype="float32") for s in ((self.batch, a), (a, b), (self.batch, b)))
            pairs = [(x, w), (x.T, dy)] + ([(dy, w.T)] if i else [])
            self.products += [(p, q, np.empty((p.shape[0], q.shape[1]), "float32")) for p, q in pairs]

    def first_step(self):
        self.epoch()

    def epoch(self) -> int:
        for _ in range(self.steps):
            for p, q, out in self.products:
                np.dot(p, q, out)
        return self.steps

    def predict_one(self):
        for p, q, out in self.products[:1]:
            np.dot(p[:1], q, out[:1])


def make(name: str, case: str):
    """The peer of that name; ImportError where it is not installed."""
    if name == "blas":
        return BlasPeer(case)
    if name == "torch":
        import torch

        return TorchPeer(torch, case)
    if name == "kerasnb":
        import kerasnb

        return KerasPeer(kerasnb, case)
    os.environ["KERAS_BACKEND"] = name.removeprefix("keras-")
    __import__(os.environ["KERAS_BACKEND"])
    import keras

    return KerasPeer(keras, case)


IMPORTS = {
    "kerasnb": "import kerasnb",
    "keras-jax": "import os; os.environ['KERAS_BACKEND']='jax'; import keras",
    "keras-torch": "import os; os.environ['KERAS_BACKEND']='torch'; import keras",
    "keras-tensorflow": "import os; os.environ['KERAS_BACKEND']='tensorflow'; import keras",
    "torch": "import torch",
}
