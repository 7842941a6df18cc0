"""Folding: an operation computes what follows it too, where it can do that in passing.

A convolution, for one, scales its few weights instead of its many results, and finishes those while they are in the
cache: the normalization behind it costs nothing then. An operation says so with its rule `fold`. What is read anywhere
else, as in the backward pass of a training step, stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from kerasnb.backend.autodiff.recording import Record

LONGEST = 8  # calls that an operation may take over


def folded(records: Iterable[Record], needed: set[int]) -> list[Record]:
    """The records with those of elementwise operations folded into the ones before them.

    Args:
        records: List of records, in order.
        needed: Ids of tensors whose values are needed after the step.
    """
    records = list(records)
    if not any(getattr(r.op, "fold", None) for r in records):
        return records
    readers = _readers(records)
    instead: dict[int, list[Record]] = {}
    for position, record in enumerate(records):
        chain = _followers(record, readers, needed) if getattr(record.op, "fold", None) else []
        if not chain or any(r.op.mutates for r in records[position : chain[-1][0]]):
            continue  # what a variable holds may differ at the later place
        calls = record.op.fold(record, [r for _, r in chain])
        if calls is not None:
            instead.update({position: []} | {p: [] for p, _ in chain} | {chain[-1][0]: calls})
    return [r for position, record in enumerate(records) for r in instead.get(position, [record])]


def _readers(records) -> dict[int, list[tuple[int, Record]]]:
    """The places of the calls that read a tensor, by its id."""
    readers: dict[int, list[tuple[int, Record]]] = {}
    for position, record in enumerate(records):
        for tensor in record.ins:
            readers.setdefault(id(tensor), []).append((position, record))
    return readers


def _followers(record, readers, needed) -> list[tuple[int, Record]]:
    """The elementwise calls of the same shape that follow a call one by one, up to a result that others read."""
    chain: list[tuple[int, Record]] = []
    while len(chain) < LONGEST:
        (y,) = record.outs
        following = readers.get(id(y), [])
        if id(y) in needed or len(following) != 1:
            break
        position, record = following[0]
        if record.op.elementwise is None or len(record.outs) != 1 or record.outs[0].shape != y.shape:
            break
        chain.append((position, record))
    return chain
