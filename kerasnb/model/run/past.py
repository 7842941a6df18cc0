"""Past: the epochs of all fits of a model in one line, and the curves of earlier runs."""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from typing import Any, NamedTuple

MOST, MODELS = 5, 64


class Timeline:
    """The epochs of a model over all its fits, in the order in which they were trained.

    Attributes:
        records: List of dicts: `fit` and `epoch` (both from 0), and the values of the epoch by name.

    Example:

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> for _ in range(2):
    ...     history = model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=3, verbose=0)
    >>> len(model.timeline), len(history.history["loss"]), model.timeline.fits
    (6, 3, 2)
    """

    def __init__(self) -> None:
        self.records: list[dict] = []
        self.fits = 0

    def __repr__(self) -> str:
        return f"<kerasnb.Timeline fits={self.fits} epochs={len(self.records)}>"

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Any:
        return iter(self.records)

    def __getitem__(self, place: Any) -> Any:
        return self.records[place]

    @property
    def history(self) -> dict[str, list]:
        """The values of all epochs by name, as in `History.history`; NaN where an epoch has none."""
        names = dict.fromkeys(n for record in self.records for n in record if n not in ("fit", "epoch"))
        return {n: [record.get(n, float("nan")) for record in self.records] for n in names}

    def begin(self) -> None:
        """Begins another fit."""
        self.fits += 1

    def add(self, epoch: int, logs: dict) -> None:
        """Adds an epoch of the current fit."""
        self.records.append({"fit": self.fits - 1, "epoch": epoch, **logs})


class Ghost(NamedTuple):
    """The curves of an earlier run."""

    model_name: str
    history: dict[str, list[float]]
    epoch_numbers: list[int]
    status: str


_past: OrderedDict[str, deque] = OrderedDict()


def kind_of(name: str) -> str:
    """The name of a model without the number that tells models of one kind apart."""
    return re.sub(r"_\d+$", "", name)


def ghosts(kin: str) -> list[Ghost]:
    """The runs that ended last of models of one kind, newest first."""
    return list(_past.get(kin, ()))


def remember(run: Any) -> None:
    """Keeps the curves of a run that has ended."""
    if not run.epoch_ends:
        return
    kept = _past.setdefault(run.kin, deque(maxlen=MOST))
    _past.move_to_end(run.kin)
    history = {name: list(values) for name, values in run.history.items()}
    kept.appendleft(Ghost(run.model_name, history, list(run.epoch_numbers), run.status))
    run.ghost = kept[0]
    while len(_past) > MODELS:
        _past.popitem(last=False)


def forget(run: Any) -> None:
    """Drops the curves of a run that goes on."""
    kept = _past.get(run.kin, deque())
    if run.ghost is not None and kept and kept[0] is run.ghost:
        kept.popleft()
