"""The notes on a run: what the numbers say, with the numbers."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.model.run import coach
from kerasnb.model.run.run import Run


def run_of(loss, val_loss=None, status="completed", rate=0.001) -> Run:
    """A run that has ended, with these values."""
    run = Run(epochs=len(loss), steps=1, learning_rate=rate, metrics_names=["loss"])
    run.start()
    for epoch, value in enumerate(loss):
        run.begin_epoch(epoch)
        run.record_batch(0, {"loss": value})
        run.end_epoch(epoch, {"loss": value} | ({} if val_loss is None else {"val_loss": val_loss[epoch]}))
    run.reason = {"kind": status}
    run.finish(status)
    return run


def kinds(run) -> list:
    return [note["kind"] for note in coach.notes(run)]


MOCK_LOSS = [0.342, 0.11, 0.075, 0.054, 0.0441, 0.0367, 0.0311, 0.0262, 0.0223, 0.0190, 0.0163]
MOCK_VAL = [0.105, 0.07, 0.06, 0.0549, 0.0507, 0.0480, 0.0463, 0.0478, 0.0497, 0.0521, 0.0554]


def test_overfitting_is_told_with_its_evidence():
    """The words and numbers of the example in the mock."""
    (note,) = coach.notes(run_of(MOCK_LOSS, MOCK_VAL))
    assert note["kind"] == "overfits" and note["level"] == "w" and note["title"] == "Overfits since epoch 8."
    assert note["text"] == (
        "val_loss rose 4 epochs running (0.0463 → 0.0554) while loss fell (0.0311 → 0.0163)."
    )  # fmt: skip
    assert note["evidence"]["since"] == 7 and note["evidence"]["rises"] == 4 and note["evidence"]["best_epoch"] == 6


def test_notes_come_as_soon_as_there_is_evidence():
    """Three rises are needed."""
    assert "overfits" not in kinds(run_of(MOCK_LOSS[:9], MOCK_VAL[:9]))
    assert "overfits" in kinds(run_of(MOCK_LOSS[:10], MOCK_VAL[:10]))


def test_a_noisy_validation_that_gets_no_better_counts_too():
    """Not every epoch is worse than the one before."""
    noisy = [0.5, 0.4, 0.3, 0.33, 0.31, 0.35, 0.33, 0.37]
    (note,) = coach.notes(run_of([0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1], noisy))
    assert note["kind"] == "overfits" and "is no better for 5 epochs (0.300 → 0.370)" in note["text"]


@pytest.mark.parametrize(
    "kind,loss,val_loss",
    [
        ("oscillates", [2.0, 4.0, 1.9, 4.2, 2.0, 3.9, 2.1], None),
        ("too_slow", [2.303, 2.3025, 2.302, 2.3015, 2.301], None),
        ("does_not_fall", [2.30, 2.31, 2.302, 2.303, 2.304, 2.30], None),
        ("plateau", [2.0, 1.0, 0.5, 0.3, *[0.3 - i * 1e-4 for i in range(6)]], None),
        ("underfits", [1.0, 0.8, 0.75, 0.74, *[0.74 - i * 1e-4 for i in range(7)]], None),
        ("still_improves", [1.0, 0.9, 0.8, 0.7, 0.6], None),
        ("better_on_new", [1.0, 0.5, 0.4, 0.38], [0.6, 0.4, 0.3, 0.33]),
    ],
)
def test_each_rule(kind, loss, val_loss):
    """Shapes of curves that a person would call so."""
    assert kind in kinds(run_of(loss, val_loss))


def test_flat_curves_and_dead_units_count_from_their_limits_on():
    """Five epochs in a row that change nothing; half of the units of a layer."""
    falls = [2.0, 1.0, 0.5, 0.3]
    assert "plateau" not in kinds(run_of([*falls, *(0.3 - i * 1e-4 for i in range(1, 5))]))
    assert "plateau" in kinds(run_of([*falls, *(0.3 - i * 1e-4 for i in range(1, 6))]))
    run = run_of([2.0, 1.0, 0.5])
    run.dead = {"first": (49, 100), "second": (0, 4)}
    assert kinds(run) == []
    run.dead["second"] = (2, 4)
    (note,) = coach.notes(run)
    assert note["title"] == "2 of 4 units of second are dead." and note["evidence"]["layers"] == {"second": (2, 4)}


@pytest.mark.parametrize(
    "loss,val_loss",
    [([], None), ([0.5], None), ([0.5, 0.4], [0.5, 0.4]), ([1.0, 0.5, 0.3, 0.29, 0.28], [1.0, 0.6, 0.35, 0.34, 0.345]),
     ([0.0] * 2, [0.0] * 2)],
)  # fmt: skip
def test_good_and_short_trainings_get_no_warning(loss, val_loss):
    """Nothing that a person would act on."""
    assert [note["kind"] for note in coach.notes(run_of(loss, val_loss)) if note["level"] in ("w", "e")] == []


def test_any_curve_gives_whole_notes():
    """A thousand random curves: each note has all its parts, no number is malformed, and the order never changes."""
    chance = np.random.default_rng(0)
    for _ in range(1000):
        count = int(chance.integers(0, 15))
        loss = list(chance.choice([1e-9, 1.0, 1e12]) * np.abs(chance.normal(size=count)).cumsum()[::-1])
        run = run_of(loss, list(np.abs(chance.normal(size=count))) if chance.random() < 0.7 else None)
        first, second = coach.notes(run), coach.notes(run)
        assert first == second
        for note in first:
            assert set(note) == {"kind", "level", "title", "text", "fix", "why", "evidence"}
            assert note["level"] in ("", "w", "e", "g") and note["title"].endswith(".") and note["why"].endswith(".")
            assert not re.search("nan|None|inf|  ", note["title"] + note["text"] + note["why"])
            assert 2 <= len(re.findall(r"[.!](?: |$)", note["why"])) <= 5


def test_a_loss_that_is_not_finite_is_the_only_note():
    """Where it began, and how the loss grew before."""
    keras.utils.set_random_seed(1)
    x = np.random.default_rng(0).normal(size=(64, 4))
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(50.0), "mse")
    with pytest.warns(UserWarning, match="not finite"):
        model.fit(x, x[:, :1], epochs=5, batch_size=8, verbose=0)
    (note,) = coach.notes(model.run)
    trouble = model.run.trouble
    assert note["level"] == "e" and note["title"] == "The learning rate (50) is too large."
    assert re.match(r"The loss grew from [\d.]+ to [\d.e,]+ before\. First value that is not finite: ", note["text"])
    assert note["text"].endswith(f"epoch {trouble['epoch'] + 1}, batch {trouble['batch'] + 1}.")
    assert "stop_on_nan=True" in note["fix"] and math.isfinite(note["evidence"]["grew_from"][0])


def test_dead_units_are_counted():
    """Of layers with ReLU, on the data of the training; those of other layers cannot die."""
    x = np.random.default_rng(0).uniform(size=(64, 4)).astype("float32")
    first = keras.layers.Dense(4, activation="relu", name="first", kernel_initializer="ones")
    model = keras.Sequential([keras.Input((4,)), first, keras.layers.Dense(3, name="second"), keras.layers.Dense(1)])
    first.bias.assign([0.0, -1e3, -1e3, -1e3])
    model.compile(keras.optimizers.SGD(1e-4), "mse")
    model.fit(x, x[:, :1], epochs=2, verbose=0)
    kw.advise(model.run)
    assert model.run.dead == {"first": (3, 4)}
    note = next(note for note in coach.notes(model.run) if note["kind"] == "dead_units")
    assert note["title"] == "3 of 4 units of first are dead." and note["evidence"] == {"layers": {"first": (3, 4)}}
    assert np.sum(np.max(np.maximum(x @ first.kernel.numpy() + first.bias.numpy(), 0), axis=0) == 0) == 3


def test_advise_prints_the_notes(capsys):
    """Of a run, of what fit returned, or of the last run."""
    keras.utils.set_random_seed(1)
    x = np.random.default_rng(0).normal(size=(64, 4))
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e-7), "mse")
    history = model.fit(x, x[:, :1], epochs=4, shuffle=False, verbose=0)
    printed = []
    for argument in ([model.run], [history], []):
        kw.advise(*argument)
        printed.append(capsys.readouterr().out)
    assert printed[0].startswith("The learning rate (1e-07) is probably too small. The loss falls in each epoch")
    assert "\n  Why: " in printed[0] and printed[0] == printed[1] == printed[2]
    assert kw.explain(model.run) is None and capsys.readouterr().out == printed[0]
    with pytest.raises(ValueError, match="must be a run, or the History that fit returned. Received: 'yesterday'"):
        kw.explain("yesterday")
