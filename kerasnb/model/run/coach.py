"""Coach: what the numbers of a run say, in plain language and with the evidence.

Each rule looks at the values of the epochs, and gives a note or nothing. The same numbers always give the same notes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from kerasnb.model.run import facts

RISES = 3  # epochs in a row before a rise counts
FLAT = 5  # epochs before a curve counts as flat
DEAD = 0.5  # share of a layer's units
STILL = 0.005  # relative change below which an epoch changes nothing


def notes(run: Any) -> list[dict]:
    """What a person should know about a run, the most important first.

    Args:
        run: `Run` of a fit, at its end or before.

    Returns:
        List of dicts: `kind`; `level` (`"e"` for an error, `"w"` for a warning, `"g"` for good news, `""`); `title`
        and `text`, what is the case; `fix`, what may be done; `why`, two or three sentences that explain it; and
        `evidence`, the numbers behind it by name, with epochs counted from 0.

    Example:

    >>> from kerasnb.model.run import coach
    >>> from kerasnb.model.run.run import Run
    >>> run = Run(epochs=4)
    >>> for epoch, (loss, val_loss) in enumerate([(0.9, 0.8), (0.6, 0.9), (0.4, 1.0), (0.3, 1.1)]):
    ...     run.begin_epoch(epoch)
    ...     run.end_epoch(epoch, {"loss": loss, "val_loss": val_loss})
    >>> [note["title"] for note in coach.notes(run)]
    ['Overfits since epoch 2.']
    """
    if run.kind != "fit":
        return []
    not_finite = _not_finite(run)
    if not_finite is not None:
        return [not_finite]
    loss, validation = run.history.get("loss", []), run.history.get("val_loss", [])
    if not all(map(math.isfinite, loss)):
        return []
    if not all(map(math.isfinite, validation)) or len(validation) != len(loss):
        validation = []
    found = [rule(run, loss, validation) for rule in _RULES]
    return [note for note in found if note is not None]


def advise(run: Any = None) -> None:
    """Prints what the numbers of a run say, why, and what may be done.

    Args:
        run: Optional `Run`, or the `History` that `fit` returned. Defaults to the last run.

    Raises:
        ValueError: If there is no run yet, or it is something else.

    Example:

    >>> import kerasnb.widgets as kw
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> history = model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=2, verbose=0)
    >>> kw.advise(model.run)
    Nothing stands out after 2 epochs.
    """
    given, run = run, getattr(run, "run", run) if run is not None else _newest()
    if not hasattr(run, "epoch_ends"):
        raise ValueError(f"Argument `run` must be a run, or the History that fit returned. Received: {given!r}")
    if run.session is not None:
        run.session.look_for_dead_units()
    listed = notes(run)
    if not listed:
        done = len(run.epoch_ends)
        print(f"Nothing stands out after {done} epoch{'s' * (done != 1)}.")
    for note in listed:
        parts = [note["title"], note["text"], note["fix"]]
        print(" ".join(part for part in parts if part))
        print(f"  Why: {note['why']}")


newest: list[Callable[[], Any]] = []  # `last_run`, which run.py adds, since it imports this file


def _newest() -> Any:
    run = newest[0]()
    if run is None:
        raise ValueError("There is no run yet: call model.fit() first, or pass a run.")
    return run


def _note(kind: str, level: str, title: str, text: str, fix: str, why: str, **evidence: Any) -> dict:
    return {"kind": kind, "level": level, "title": title, "text": text, "fix": fix, "why": why, "evidence": evidence}


def _span(values: Sequence[float]) -> str:
    """The first and the last of some values: `0.0463 → 0.0554`."""
    return f"{facts.decimals(values[0])} → {facts.decimals(values[-1])}"


def _falls(values: Sequence[float]) -> bool:
    return all(b < a for a, b in itertools.pairwise(values))


def _rises_at_the_end(values: Sequence[float]) -> int:
    """In how many epochs before the end the values rose, one after the other."""
    count = 0
    while count + 1 < len(values) and values[-count - 1] > values[-count - 2]:
        count += 1
    return count


def _steps(values: Sequence[float]) -> list[float]:
    """The relative changes from epoch to epoch."""
    return [(b - a) / max(abs(a), 1e-12) for a, b in itertools.pairwise(values)]


def _rate(run: Any) -> str:
    return "" if run.learning_rate is None else f" ({run.learning_rate:.3g})"


# --- the rules, the most important first


def _not_finite(run: Any) -> dict | None:
    trouble = run.trouble
    if trouble is None:
        return None
    seen = [v for v in run.values("loss", 0, run.batches) if math.isfinite(v)] if "loss" in run.columns else []
    seen = seen[: sum(run.epoch_ends[:1]) or None]
    grew = len(seen) > 1 and seen[-1] > 2 * seen[0]
    first = f"First value that is not finite: {trouble['where']}, {facts.place(trouble)}."
    growth = f"The loss grew from {facts.decimals(seen[0])} to {facts.decimals(seen[-1])} before. " if grew else ""
    if trouble.get("kind") == "input":
        title, fix = "The data are not finite.", "Find the rows with np.isnan and drop or fill them."
        why = "One NaN in the data makes the loss NaN, then all gradients and weights. Training on does not mend them."
    else:
        title = f"The learning rate{_rate(run)} is too large." if grew else "The loss is not finite."
        fix = "Build the model anew and try a smaller learning rate. To stop here: fit(..., stop_on_nan=True)."
        why = (
            "A step that is too long lands where the loss is higher, and the next gradient is larger still. The values "
            "grow until they no longer fit their dtype. Weights that are NaN stay NaN, so more epochs do not help."
        )
    return _note("not_finite", "e", title, growth + first, fix, why, trouble=trouble, grew_from=seen[:1], to=seen[-1:])


def _overfits(run: Any, loss: Sequence[float], validation: Sequence[float]) -> dict | None:
    if len(validation) <= RISES:
        return None
    best = min(range(len(validation)), key=validation.__getitem__)
    count, after = _rises_at_the_end(validation), len(validation) - 1 - best
    if not (count >= RISES or after >= FLAT) or not validation[-1] > 1.02 * validation[best]:
        return None
    start = len(validation) - 1 - count if count >= RISES else best
    if not loss[-1] < loss[start]:
        return None
    over = f"rose {count} epochs running" if count >= RISES else f"is no better for {after} epochs"
    text = f"val_loss {over} ({_span(validation[start:])}) while loss fell ({_span(loss[start:])})."
    since = start + 1
    return _note(
        "overfits", "w", f"Overfits since epoch {run.epoch_numbers[since] + 1}.", text,
        "Try dropout, fewer units, more data, or EarlyStopping(restore_best_weights=True).",
        "The model still learns the training samples, but no longer what they have in common with new ones. The gap "
        f"between both losses grew from {facts.decimals(validation[start] - loss[start])} to "
        f"{facts.decimals(validation[-1] - loss[-1])}. The weights of the best epoch are the ones to keep.",
        since=run.epoch_numbers[since], val_loss=[validation[start], validation[-1]], loss=[loss[start], loss[-1]],
        rises=count, best_epoch=run.epoch_numbers[best],
    )  # fmt: skip


def _oscillates(run: Any, loss: Sequence[float], validation: Sequence[float]) -> dict | None:
    changes = _steps(loss)
    if len(changes) < 4:
        return None
    turns = sum(a * b < 0 for a, b in itertools.pairwise(changes))
    size = sum(map(abs, changes)) / len(changes)
    if turns < 0.6 * (len(changes) - 1) or size < 0.05 or loss[-1] < 0.7 * loss[0]:
        return None
    return _note(
        "oscillates", "w", f"The learning rate{_rate(run)} is probably too large.",
        f"The loss goes up and down, by {100 * size:.0f} % an epoch, and does not fall ({_span(loss)}).",
        "Try a tenth of it.",
        "Each step jumps over the lowest point of the valley to its other side. A smaller rate takes shorter steps, "
        "which settle.", turns=turns, size=size, loss=[loss[0], loss[-1]], learning_rate=run.learning_rate,
    )  # fmt: skip


def _does_not_fall(run: Any, loss: Sequence[float], validation: Sequence[float]) -> dict | None:
    if len(loss) < 3 or (loss[0] - loss[-1]) > 0.02 * abs(loss[0]) or _oscillates(run, loss, validation) is not None:
        return None
    many = f"in {len(loss)} epochs"
    if _falls(loss):
        return _note(
            "too_slow", "w", f"The learning rate{_rate(run)} is probably too small.",
            f"The loss falls in each epoch, but only {_span(loss)} {many}.", "Try ten times as much.",
            "The direction of the steps is right, since the loss falls steadily, but they are very short. Larger steps "
            "go the same way in fewer epochs.", loss=[loss[0], loss[-1]], learning_rate=run.learning_rate,
        )  # fmt: skip
    return _note(
        "does_not_fall", "w", "The loss does not fall.", f"It is {_span(loss)} {many}.",
        "Check that inputs and targets belong together, scale the inputs to about 1, and try other learning rates.",
        "A model that learns nothing at all often gets targets that do not belong to its inputs, inputs of very "
        "different sizes, or a learning rate that is far off.", loss=[loss[0], loss[-1]],
        learning_rate=run.learning_rate,
    )  # fmt: skip


def _plateau(run: Any, loss: Sequence[float], validation: Sequence[float]) -> dict | None:
    if len(loss) <= FLAT or (loss[0] - loss[-1]) <= 0.02 * abs(loss[0]):
        return None
    count = 0
    for change in reversed(_steps(loss)):
        if abs(change) > STILL:
            break
        count += 1
    if count < FLAT:
        return None
    start = len(loss) - 1 - count
    high = loss[-1] > 0.6 * loss[0]
    why = (
        "The optimizer has found a place where its steps no longer help. A smaller rate can settle lower; more epochs "
        "at this rate change little."
    )
    if high:
        why += " The loss is still high, so the model may be too small for its task: it underfits."
    return _note(
        "underfits" if high else "plateau", "w" if high else "",
        f"{'Underfits' if high else 'Plateau'} since epoch {run.epoch_numbers[start] + 1}.",
        f"The loss changed by at most {100 * STILL:.1f} % in each of the last {count} epochs ({_span(loss[start:])}).",
        "Try more units or layers." if high else "Try a smaller learning rate, or stop here.", why,
        since=run.epoch_numbers[start], loss=[loss[start], loss[-1]], first_loss=loss[0],
    )  # fmt: skip


def _dead(run: Any, loss: Sequence[float], validation: Sequence[float]) -> dict | None:
    counts = {name: count for name, count in run.dead.items() if count[0] >= DEAD * count[1]}
    if not counts:
        return None
    name, (dead, units) = max(counts.items(), key=lambda item: item[1][0] / item[1][1])
    others = f" So are units of {', '.join(n for n in counts if n != name)}." if len(counts) > 1 else ""
    return _note(
        "dead_units", "w", f"{dead} of {units} units of {name} are dead.",
        f"They give 0 for each sample of a batch.{others}",
        "Try a smaller learning rate, or LeakyReLU in place of ReLU.",
        "ReLU gives 0 for negative sums. Where the sum is negative for all samples, the gradient is 0 too, and the "
        "unit never changes again. Steps that were too long often push units there.", layers=counts,
    )  # fmt: skip


def _better_on_new(run: Any, loss: Sequence[float], validation: Sequence[float]) -> dict | None:
    if len(validation) < 3 or not all(v < 0.98 * t for t, v in zip(loss[-3:], validation[-3:], strict=True)):
        return None
    names = [name for name in run.adjustable if name.endswith(".rate")]
    reason = "Dropout is off in validation, so the whole model answers. " if names else ""
    return _note(
        "better_on_new", "", "val_loss is below loss.",
        f"In the last 3 epochs too: val_loss {facts.decimals(validation[-1])}, loss {facts.decimals(loss[-1])}.", "",
        f"{reason}The training loss is the mean over an epoch in which the model still improves; the validation comes "
        "at its end. Neither is a fault.", loss=loss[-1], val_loss=validation[-1], dropout=names,
    )  # fmt: skip


def _still_improves(run: Any, loss: Sequence[float], validation: Sequence[float]) -> dict | None:
    watched, name = (validation, "val_loss") if validation else (loss, "loss")
    if not run.finished or (run.reason or {}).get("kind") != "completed" or len(watched) < 4:
        return None
    tail = watched[-4:]
    if not _falls(tail) or _steps([tail[0], tail[-1]])[0] > -0.03:
        return None
    return _note(
        "still_improves", "g", "More epochs may help.", f"{name} fell in each of the last 3 epochs ({_span(tail)}).",
        "Train on with model.run.extend(5).",
        "A curve that still falls has not reached its lowest point. Training that goes on keeps the weights and the "
        "state of the optimizer.", values=list(tail),
    )  # fmt: skip


_RULES = (_overfits, _oscillates, _does_not_fall, _dead, _plateau, _still_improves, _better_on_new)
