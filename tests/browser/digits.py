"""Runs as the screens of the specification show them: a digits model in the middle, at the end, and in trouble."""

from __future__ import annotations

import random

from kerasnb.model.run.past import Ghost
from kerasnb.model.run.run import Run

LOSS = [0.342, 0.098, 0.069, 0.054, 0.0441, 0.0367, 0.0311, 0.0262, 0.0223, 0.019, 0.0163, 0.0141]
VAL_LOSS = [0.105, 0.0741, 0.0612, 0.0549, 0.0507, 0.048, 0.0463, 0.0478, 0.0497, 0.0521, 0.0554, 0.0581]
ACCURACY = [0.898, 0.97, 0.979, 0.9836, 0.9865, 0.9887, 0.9904, 0.9919, 0.9931, 0.9942, 0.9951, 0.9958]
VAL_ACCURACY = [0.968, 0.9772, 0.9811, 0.9829, 0.9845, 0.9851, 0.9858, 0.9861, 0.986, 0.9863, 0.9859, 0.9856]
LAST_RUN = [0.131, 0.096, 0.083, 0.0745, 0.069, 0.0655, 0.063, 0.061, 0.06, 0.0593]
LAST_RUN += [0.058 - 0.0001 * i for i in range(10)]
OVERFITS = {
    "kind": "overfit", "level": "w", "title": "Overfits since epoch 8",
    "text": "val_loss rose 4 epochs running (0.0463 → 0.0554) while loss fell (0.0311 → 0.0163).",
    "why": "A rising val_loss with a falling loss means that the model learns its samples by heart.",
}  # fmt: skip
STEPS = 375


class Session:
    """Stands for the training that a run belongs to; remembers what was asked."""

    def __init__(self, run, epochs=()):
        self.run, self.asked, self.kept = run, [], list(epochs)
        self.ring, self.start = self, -1

    def epochs(self):
        return [epoch for epoch in self.kept if epoch >= 0]

    def adjustable(self):
        return {} if self.run.learning_rate is None else {"learning_rate": self.run.learning_rate}

    def restore(self, epoch):
        self.asked.append(("restore", epoch))
        self.run.restored = epoch

    def extend(self, epochs):
        self.asked.append(("extend", epochs))

    def start_again(self):
        self.asked.append(("again",))


class DigitsRun(Run):
    """A run that says the notes it was given."""

    said: tuple = ()

    def notes(self):
        return list(self.said)


def begun(steps=STEPS, **arguments) -> DigitsRun:
    """A run before its first batch."""
    settings = {
        "epochs": 20, "steps": steps, "metrics_names": ["loss", "accuracy"], "model_name": "digits",
        "learning_rate": 1e-3, "validation": True,
    }  # fmt: skip
    run = DigitsRun(**settings | arguments)
    run.session = Session(run)
    return run


def with_last_run(run) -> DigitsRun:
    """Started, with the curves of an earlier run."""
    run.start()
    accuracy = [1 - v / 3 for v in LAST_RUN]
    history = {"loss": LAST_RUN, "val_loss": LAST_RUN, "accuracy": accuracy, "val_accuracy": accuracy}
    run._ghosts = [Ghost("digits", history, list(range(20)), "completed")]
    return run


def train(run, first, last) -> None:
    """Some epochs of the specification's curves; the learning rate changes after epoch 5."""
    noise = random.Random(0)
    for epoch in range(first, last):
        run.begin_epoch(epoch)
        for step in range(run.steps):
            run.record_batch(step, {"loss": LOSS[epoch] * (1 + 0.1 * noise.random()), "accuracy": ACCURACY[epoch]})
        logs = {"loss": LOSS[epoch], "accuracy": ACCURACY[epoch]}
        run.end_epoch(epoch, logs | {"val_loss": VAL_LOSS[epoch], "val_accuracy": VAL_ACCURACY[epoch]})
        if epoch == 4:
            run.event("learning_rate", value=5e-4)


def live(steps=STEPS) -> DigitsRun:
    """In the middle of epoch 12 of 20."""
    run = with_last_run(begun(steps))
    train(run, 0, 11)
    run.begin_epoch(11)
    for step in range(int(0.56 * steps)):
        run.record_batch(step, {"loss": 0.0155, "accuracy": 0.9955})
    run.said = (OVERFITS,)
    return run


def finished(steps=STEPS) -> DigitsRun:
    """Stopped early after epoch 12; the weights of epoch 7 are back."""
    run = with_last_run(begun(steps))
    train(run, 0, 12)
    run.said = (OVERFITS,)
    run.session.kept = [-1, *range(2, 12)]
    run.reason = {
        "kind": "early_stopping", "monitor": "val_loss", "best": 0.0463, "best_epoch": 6, "patience": 5,
        "restored": True,
    }  # fmt: skip
    run.finish("completed")
    return run


def compiling() -> DigitsRun:
    """One of seven kernels is ready."""
    run = with_last_run(begun())
    run.begin_epoch(0)
    run.phase("compiling matmul", 0, 7)
    run.phase("compiled matmul", 1, 7, 0.4)
    run.phase("compiling conv2d_fwd", 1, 7)
    return run


def not_finite() -> DigitsRun:
    """The loss grows for six batches and is not finite from the seventh on."""
    run = begun(metrics_names=["loss"], learning_rate=1e3, validation=False)
    run.probe = lambda: {
        "where": "loss", "value": "inf",
        "order": [
            {"kind": kind, "where": where, "value": value, "bad": bad, "size": size, "largest": largest}
            for kind, where, value, bad, size, largest in [
                ("input", "x", "", 0, 100, 1.0), ("input", "y", "", 0, 10, 9.0),
                ("activation", "conv2d", "", 0, 64, 5e12), ("activation", "dense", "", 0, 64, 4.1e18),
                ("activation", "dense_1", "", 0, 10, 2.6e37),
                ("loss", "loss", "inf", 1, 1, 0.0), ("gradient", "gradient of dense_1/kernel", "nan", 320, 320, 0.0),
            ]
        ],
    }  # fmt: skip
    run.start()
    run.begin_epoch(0)
    for step, value in enumerate([2.31, 2.6, 10, 64, 520, 8200, *[float("nan")] * (STEPS - 6)]):
        run.record_batch(step, {"loss": value})
    run.end_epoch(0, {"loss": float("nan")})
    run.begin_epoch(1)
    run.record_batch(0, {"loss": float("nan")})
    return run


def failed() -> DigitsRun:
    """Labels and output do not fit together."""
    run = begun()
    run.start()
    run.failure = {
        "title": "fit did not start",
        "text": "`categorical_crossentropy` expects one column for each class. y_train holds whole numbers 0–9.",
        "fix": 'Use `loss="sparse_categorical_crossentropy"`. It takes whole numbers as labels.',
        "sides": [["dense_1 gives", "(None, 10)"], ["y_train is", "(48000,)"]],
        "code": 'loss="sparse_categorical_crossentropy"',
        "line": {"where": "Cell In[8]", "number": 3, "source": 'model.compile("adam", "categorical_crossentropy")'},
        "trace": ["Cell In[9], line 9", "kerasnb/model/training/trainer.py:212 in fit", "ValueError: output (128, 10)"],
    }
    run.finish("failed")
    return run


def many_metrics() -> DigitsRun:
    """Eight metrics with long names, and a learning rate that changes with each epoch."""
    names = ["loss", "mae", "auc", "precision_at_recall", *(f"dense_{i}_sparse_categorical_accuracy" for i in range(4))]
    run = begun(steps=10, metrics_names=names)
    run.start()
    for epoch in range(20):
        run.begin_epoch(epoch)
        values = {n: 1200 / (epoch + 1 + i) for i, n in enumerate(names)}
        for step in range(10):
            run.record_batch(step, values)
        logs = values | {f"val_{n}": 1.1 * v for n, v in values.items()}
        run.end_epoch(epoch, logs | {"learning_rate": 1e-3 * 0.8**epoch})
    run.finish("completed")
    return run
