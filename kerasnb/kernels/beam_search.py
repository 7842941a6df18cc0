"""The most likely label sequences of CTC, found by a search that keeps the best prefixes of each step.

A label sequence is read from an alignment by merging repeats and then dropping blanks. A prefix is carried with two
numbers: the probability of its alignments that end with its last label, and of those that end with a blank; only
after a blank may the last label come once more. See Hannun et al., "First-Pass Large Vocabulary Continuous Speech
Recognition using Bi-Directional Recurrent DNNs", 2014. It runs on the host.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.tensor.tensor import Spec

NEVER = -np.inf

# --- spec ------------------------------------------------------------------------------------------


def _spec(x: Spec, lengths: Spec, *, blank, width, top) -> tuple:
    n, steps, _ = x.shape
    return Spec((top, n, steps), "int32"), Spec((n, top), x.dtype)


# --- reference -------------------------------------------------------------------------------------


def _reference(x, lengths, *, blank, width, top):
    n, steps, _ = x.shape
    paths, scores = np.full((top, n, steps), -1, "int32"), np.full((n, top), NEVER, x.dtype)
    for i in range(n):
        for rank, (path, score) in enumerate(_search(x[i], int(lengths[i]), blank, width)[:top]):
            paths[rank, i, : len(path)] = path
            scores[i, rank] = score
    return paths, scores


def _search(x, length: int, blank: int, width: int) -> list:
    """(labels, log probability), the best first, of log probabilities of shape (time, classes)."""
    paths = [() if c == blank else (c,) for c in range(x.shape[1])]
    with_label, with_blank = x[0].copy(), np.full_like(x[0], NEVER)
    with_label[blank], with_blank[blank] = NEVER, x[0, blank]
    beam = _best((paths, with_label, with_blank), width)
    for row in x[1:length]:
        beam = _best(_grown(beam, row, blank), width)
    return list(zip(beam[0], np.logaddexp(beam[1], beam[2]), strict=True))


def _grown(beam: tuple, row, blank: int) -> tuple:
    """All prefixes of one step more."""
    paths, with_label, with_blank = beam
    total = np.logaddexp(with_label, with_blank)
    tails = np.array([p[-1] if p else blank for p in paths])
    longer = total[:, None] + row
    longer[np.arange(len(paths)), tails] = with_blank + row[tails]  # a repeat counts after a blank only
    longer[:, blank] = NEVER
    again = np.where(tails == blank, row.dtype.type(NEVER), with_label + row[tails])
    place = {p: i for i, p in enumerate(paths)}
    for i, path in enumerate(paths):
        before = place.get(path[:-1]) if path else None
        if before is not None:  # the prefix is also reached by growing another one
            again[i] = np.logaddexp(again[i], longer[before, path[-1]])
            longer[before, path[-1]] = NEVER
    grown = [(*p, c) for p in paths for c in range(row.size)]
    return (
        [*paths, *grown],
        np.concatenate([again, longer.reshape(-1)]),
        np.concatenate([total + row[blank], np.full(longer.size, NEVER, row.dtype)]),
    )


def _best(beam: tuple, width: int) -> tuple:
    """The likeliest prefixes, the best first; of equals that of the smaller labels, then the longer one."""
    paths, with_label, with_blank = beam
    total = np.logaddexp(with_label, with_blank)
    candidates = np.flatnonzero(total > NEVER)
    if candidates.size > width:
        candidates = candidates[total[candidates] >= np.partition(total, -width)[-width]]
    chosen = sorted(candidates, key=lambda i: (-total[i], [*paths[i], np.inf]))[:width]
    return [paths[i] for i in chosen], with_label[chosen], with_blank[chosen]


# --- record ----------------------------------------------------------------------------------------

beam_search = Op("beam_search", spec=_spec, reference=_reference)
