"""What a training step really runs for a layer: its calls of the recorded plan, also those that share a loop."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np

from kerasnb.backend.autodiff.recording import BACKWARD
from kerasnb.backend.compile.jit import flattened
from kerasnb.backend.plan.fusion import FusedOp
from kerasnb.backend.tensor import device, dtypes
from kerasnb.model.training.compiled import compiled_with
from kerasnb.widgets.kit.words import count
from kerasnb.widgets.sources.source import Code, Paper, joined, kernels_of
from kerasnb.widgets.summaries.measure import latest_step


@dataclasses.dataclass
class Ran:
    """What the recorded step of a model runs for a layer in one direction.

    Args:
        code: `Code` of its kernels, each below a comment that says what it is called with and what it fuses.
        calls: Integer, how many calls of the plan these are.
        fused: Integer, how many of them compute several operations in one loop.
        model: String, the name of the model.
        batch: Integer, the samples of the batch that the step was recorded for.
    """

    code: Code
    calls: int
    fused: int
    model: str
    batch: int

    def words(self) -> str:
        """Which step, and what runs in it."""
        loops = f", {self.fused} of them fused: one loop for several operations" if self.fused else ", none is fused"
        step = f"ran in the training step of {self.model}, recorded for batches of {self.batch}"
        return f"{step} · {count(self.calls, 'call')}{loops}"


def ran_in_step(layer: Any, way: str = "forward") -> Ran | None:
    """The kernels that the latest training step of a model runs for a layer; None where it was not trained here.

    Args:
        layer: A layer.
        way: `"forward"`, or `"backward"` with the update of its weights.
    """
    for model in compiled_with(layer) if hasattr(layer, "_flatten_layers") else ():
        recorded = latest_step(model)
        paths = _paths(model, layer, str(model.name))
        if recorded is None or not paths:
            continue
        plan = recorded.plan
        pairs = zip(plan.records, plan.jobs, strict=True)
        mine = [(record, job) for record, job in pairs if _belongs(record, layer, paths, way) and job.calls]
        if mine:
            fused = sum(isinstance(record.op, FusedOp) for record, _ in mine)
            batch = next((slot.shape[0] for slot in recorded.trace.slots if slot.shape), 1)
            return Ran(_code(mine), len(mine), fused, str(model.name), batch)
    return None


def _paths(around: Any, layer: Any, path: str) -> list[str]:
    """The places of a layer in a model, as records name them."""
    if around is layer:
        return [path]
    parts = around._flatten_layers(include_self=False, recursive=False)
    return [found for part in parts for found in _paths(part, layer, f"{path}/{part.name}")]


def _belongs(record: Any, layer: Any, paths: list[str], way: str) -> bool:
    """Whether a call computes something for a layer, alone or among others, in one direction."""
    backward = way == "backward"
    if any(_is_under(where, paths) and where.endswith(BACKWARD) is backward for where in places_of(record)):
        return True
    written = {id(variable) for variable in record.ins[: record.op.mutates]}
    return backward and any(id(variable) in written for variable in layer.trainable_weights)


def _is_under(where: str, paths: list[str]) -> bool:
    place = where.removesuffix(BACKWARD)
    return any(place == path or place.startswith(path + "/") for path in paths)


def places_of(record: Any) -> list[str]:
    """The paths of the layers whose operations a call computes."""
    return record.op.places if isinstance(record.op, FusedOp) else [record.where]


def _code(mine: list[tuple]) -> Code:
    """The sources of calls, each function once, below all lines that say how it is called."""
    found: dict[int, tuple[Any, list[str]]] = {}
    for record, job in mine:
        for function, line in kernels_of(_calls(record, job)):
            found.setdefault(id(function), (function, []))[1].append(f"{line}{_fuses(record)}")
    return joined([(function, "\n# ".join(lines)) for function, lines in found.values()])


def _calls(record: Any, job: Any) -> list[tuple]:
    """The calls of the plan. Those of a GPU are prepared again on paper: what is launched does not know its source."""
    if device.current() != "cuda":
        return flattened(job.calls)
    with device.stand_in("cuda", Paper()):
        groups = (record.ins, record.outs or record.ins[: record.op.mutates])
        ins, outs = ([np.empty(t.shape, dtypes.numpy_dtype(t.dtype)) for t in group] for group in groups)
        return list(record.op.prepare(ins, outs, record.attrs))


def _fuses(record: Any) -> str:
    """A line that names the operations of a fused call, layer by layer."""
    if not isinstance(record.op, FusedOp):
        return ""
    pairs = itertools.groupby(zip(record.op.places, record.op.parts, strict=True), lambda pair: pair[0])
    groups = [f"{', '.join(name for _, name in group)} of {_called(where)}" for where, group in pairs]
    return f"\n# fused: {' + '.join(groups)}"


def _called(where: str) -> str:
    place = where.removesuffix(BACKWARD)
    name = place.rsplit("/", 1)[-1] or "the step"
    return f"{name}, backward" if where != place else name
