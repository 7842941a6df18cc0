"""The peers: each builds the same model and returns functions that train an epoch and predict one sample."""

from __future__ import annotations

import itertools
import os

import numpy as np

MLP = "mlp"
REGRESSION = "regression"


def data(case: str):
    """The inputs and targets of a case: digits like MNIST's, or a table with 13 columns."""
    random = np.random.default_rng(0)
    if case == MLP:
        return random.random((5120, 784), dtype="float32"), random.integers(0, 10, 5120).astype("int32")
    x = random.standard_normal((3200, 13)).astype("float32")
    return x, x[:, :1] * 2 + random.standard_normal((3200, 1)).astype("float32") * 0.1


EPOCHS = 3  # of one call of fit, so that its start does not count as steps
BATCH = {MLP: 128, REGRESSION: 32}


def keras_like(keras, case: str):
    """The model of a case in the Keras API."""
    layers = keras.layers
    if case == MLP:
        stack = [
            keras.Input((784,)), layers.Dense(256, activation="relu"), layers.Dropout(0.4),
            layers.Dense(128, activation="relu"), layers.Dropout(0.3), layers.Dense(10, activation="softmax"),
        ]  # fmt: skip
        loss, metrics = "sparse_categorical_crossentropy", ["accuracy"]
    else:
        stack = [
            keras.Input((13,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(1),
        ]
        loss, metrics = "mse", ["mae"]
    model = keras.Sequential(stack)
    model.compile(optimizer="rmsprop", loss=loss, metrics=metrics)
    return model


class KerasPeer:
    """kerasnb, or Keras on one of its backends."""

    def __init__(self, keras, case: str):
        self.x, self.y = data(case)
        self.batch = BATCH[case]
        self.model = keras_like(keras, case)

    def first_step(self):
        self.model.train_on_batch(self.x[: self.batch], self.y[: self.batch])

    def epoch(self) -> int:
        self.model.fit(self.x, self.y, batch_size=self.batch, epochs=EPOCHS, verbose=0)
        return EPOCHS * (len(self.x) // self.batch)

    def predict_one(self):
        self.model.predict_on_batch(self.x[:1])


class TorchPeer:
    """PyTorch alone, with the loop a user would write."""

    def __init__(self, torch, case: str):
        self.torch = torch
        x, y = data(case)
        self.x, self.batch, nn = torch.from_numpy(x), BATCH[case], torch.nn
        self.y = torch.from_numpy(y).long() if case == MLP else torch.from_numpy(y)
        if case == MLP:
            stack = [
                nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.4), nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.3),
                nn.Linear(128, 10),
            ]  # fmt: skip
            self.loss = nn.CrossEntropyLoss()
        else:
            stack = [nn.Linear(13, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)]
            self.loss = nn.MSELoss()
        self.model = nn.Sequential(*stack)
        self.optimizer = torch.optim.RMSprop(self.model.parameters(), lr=1e-3, alpha=0.9)

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


class BlasPeer:
    """Only the matrix products of a step, on all cores: no framework can be faster."""

    def __init__(self, case: str):
        widths, self.batch = ([784, 256, 128, 10], 128) if case == MLP else ([13, 64, 64, 1], 32)
        self.steps, random = 40 if case == MLP else 100, np.random.default_rng(0)
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
