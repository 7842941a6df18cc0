"""The losses and metrics that were passed to `compile`, as objects that a step calls for each output."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, NoReturn

import numpy as np

from kerasnb import losses, metrics, ops, tree
from kerasnb.backend.autodiff.recording import runs_once
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.model.training import hints, outputs

BY_SHAPE = ("crossentropy", "ce")  # the shapes of targets and outputs decide which crossentropy it is


class Entry(NamedTuple):
    """A loss of one output."""

    output: int
    loss: Any
    weight: float | None
    name: str


class _Weighted:
    """A loss as it was passed to `compile`, with its weight."""

    def __init__(self, loss: Any, weight: Any = None) -> None:
        self.loss, self.weight = loss, weight


class CompileLoss:
    """The losses of a model: one for all outputs, or one for each, weighted and summed.

    Args:
        loss: A loss, its name, a function, or a structure of them like that of the outputs. Several losses of one
            output are added; outputs without one do not count.
        loss_weights: Optional factor for each loss, in a structure like theirs, or one for all.
        output_names: Function that returns the names of the outputs.

    Raises:
        ValueError: If a name is unknown, or the weights are not numbers or do not fit the losses.
    """

    def __init__(self, loss: Any, loss_weights: Any = None, output_names: Callable | None = None) -> None:
        self.output_names = output_names or (lambda: None)
        self.entries: list[Entry] = []
        self.trackers: list = []
        for identifier in tree.flatten(loss):
            if isinstance(identifier, str) and identifier.lower() not in BY_SHAPE:
                losses.get(identifier)  # an unknown name is an error now, not in the first batch
        self.weighted = _weighted(loss, loss_weights)
        self.built = False
        self.extents: list = []  # of the last axis of each output, once these are known

    @runs_once
    def build(self, targets: list, y_pred: Any) -> None:
        """Resolves the loss of each output."""
        if self.built:
            return
        names, leaves = outputs.names_of(y_pred, self.output_names()), outputs.places(y_pred)
        predicted = tree.flatten(y_pred)
        self.extents = [p.shape[-1] if p.shape else None for p in predicted]
        for i, weighted in _assigned(self.weighted, y_pred, (), leaves, names):
            if targets[i] is None:
                raise ValueError(
                    f"Argument `loss` has a loss for the output {_label(leaves[i], names[i])!r}, for which there "
                    "are no targets in `y`."
                )
            loss: Any = losses.resolve(weighted.loss, tuple(targets[i].shape), tuple(predicted[i].shape))
            self.entries.append(Entry(i, loss, weighted.weight, _label(leaves[i], names[i] or loss.name)))
        if len(self.entries) > 1:
            self.trackers = [metrics.Mean(name=name) for name in _numbered(f"{e.name}_loss" for e in self.entries)]
        self.built = True

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor | None:
        """Computes the total loss of a batch."""
        outputs.check_present(y_pred)
        names = outputs.names_of(y_pred, self.output_names())
        targets = outputs.aligned(y_true, y_pred, names, "y_true", self._needed(y_pred, names))
        self.build(targets, y_pred)
        weights = [None] * len(names) if sample_weight is None else outputs.shared(sample_weight, y_pred, names)
        predicted, total = tree.flatten(y_pred), None
        for number, entry in enumerate(self.entries):
            name = names[entry.output] if len(names) > 1 else None
            value = _of_output(entry.loss, name, targets[entry.output], predicted[entry.output], weights[entry.output])
            if self.trackers:
                self.trackers[number].update_state(value, sample_weight=ops.shape(predicted[entry.output])[0])
            value = value if entry.weight is None else value * entry.weight
            total = value if total is None else total + value
        return total

    def _needed(self, y_pred: Any, names: list) -> list[int]:
        """The numbers of the outputs that have a loss."""
        if self.built:
            return sorted({entry.output for entry in self.entries})
        return sorted({i for i, _ in _assigned(self.weighted, y_pred, (), outputs.places(y_pred), names)})


def _of_output(loss: Any, name: str | None, target: Any, predicted: Any, weight: Any) -> Tensor:
    """The loss of one output; where the shapes do not fit, the error says what may be done about it."""
    try:
        return loss(target, predicted, weight)
    except ValueError as problem:
        hint = hints.for_targets(loss, name, tuple(target.shape), tuple(predicted.shape))
        if not hint:
            raise
        raise ValueError(f"{problem}\nHint: {hint}") from None


def _weighted(loss: Any, weights: Any) -> Any:
    """The losses in their structure, each with its weight."""
    _check_weights(weights)
    if weights is None or not tree.is_nested(weights):
        count = len(tree.flatten(loss))
        if weights is not None and count > 1:
            _refuse_weights(loss, weights, 1)
        return tree.map_structure(lambda one: _Weighted(one, weights), loss)
    if isinstance(weights, dict) and isinstance(loss, dict):
        return _weighted_by_name(loss, weights)
    flat_weights, flat_losses = tree.flatten(weights), tree.flatten(loss)
    if len(flat_losses) != len(flat_weights):
        _refuse_weights(loss, weights, len(flat_weights))
    return tree.pack_sequence_as(loss, [_Weighted(*pair) for pair in zip(flat_losses, flat_weights, strict=True)])


def _weighted_by_name(loss: dict, weights: dict) -> dict:
    unknown = sorted(set(weights) - set(loss), key=str)
    if unknown:
        raise ValueError(
            f"Argument `loss_weights` has weights for outputs that have no loss: {unknown}. Received: loss={loss} and "
            f"loss_weights={weights}"
        )
    return {key: _weighted(one, weights.get(key)) for key, one in loss.items()}


def _refuse_weights(loss: Any, weights: Any, count: int) -> NoReturn:
    raise ValueError(
        f"`loss_weights` must match the number of losses, got {len(tree.flatten(loss))} losses and {count} weights. "
        f"Received: loss={loss} and loss_weights={weights}"
    )


def _check_weights(weights: Any) -> None:
    for weight in tree.flatten(weights):
        number = isinstance(weight, (numbers.Real, np.number, Variable, Tensor)) and not isinstance(weight, bool)
        if weight is not None and not number:
            raise ValueError(
                "Argument `loss_weights` must be a number, or a list or dict of numbers with one for each loss. "
                f"Received: loss_weights={weights} with {weight!r} of type {type(weight).__name__}"
            )


def _assigned(weighted: Any, y_pred: Any, path: tuple, leaves: list, names: list) -> list[tuple]:
    """Pairs of the number of an output and a loss for it.

    Raises:
        ValueError: If there are losses for outputs that do not exist, or too few or too many of them.
    """
    here = outputs.below(path, leaves)
    if isinstance(weighted, _Weighted):
        return [(i, weighted) for i in here] if weighted.loss is not None else []
    if isinstance(weighted, dict):
        return _assigned_by_name(weighted, y_pred, path, leaves, names)
    if leaves[here[0]] == path:  # one output: its losses are added
        return [pair for one in weighted for pair in _assigned(one, y_pred, path, leaves, names)]
    if len(weighted) == len(here) and not any(map(tree.is_nested, weighted)):
        return [(i, one) for i, one in zip(here, weighted, strict=True) if one.loss is not None]
    keys = sorted({leaves[i][len(path)] for i in here}, key=str)
    if len(weighted) != len(keys) or not isinstance(keys[0], int):
        raise ValueError(
            f"Argument `loss` must have one entry for each of {len(here)} outputs. Received: {len(weighted)} entries"
        )
    return [
        p for key, one in zip(keys, weighted, strict=True) for p in _assigned(one, y_pred, (*path, key), leaves, names)
    ]


def _assigned_by_name(weighted: dict, y_pred: Any, path: tuple, leaves: list, names: list) -> list[tuple]:
    pairs: list[tuple] = []
    for key, one in weighted.items():
        if outputs.below((*path, key), leaves):
            pairs += _assigned(one, y_pred, (*path, key), leaves, names)
        elif key in names and not path:
            pairs += _assigned(one, y_pred, leaves[names.index(key)], leaves, names)
        else:
            known = [n for n in names if n is not None] or [_label(place, None) for place in leaves]
            raise ValueError(
                f"Argument `loss` names outputs that do not exist: {key!r}. The outputs of the model are {known}"
            )
    return pairs


def named(loss: Any) -> Any:
    """A loss as it is called in messages: its name, where it has one."""
    return getattr(loss, "name", None) or getattr(loss, "__name__", None) or loss


def _label(place: tuple, name: str | None) -> str:
    """The label of an output: its path in the outputs, with the name for its position in a list."""
    if name is not None and (not place or isinstance(place[-1], int)):
        place = (*place[:-1], name)
    return "/".join(map(str, place))


def _numbered(names: Iterable[str]) -> list[str]:
    """Unique names: those that are already used get a number."""
    unique: list[str] = []
    for name in names:
        same = sum(n == name or (n.startswith(f"{name}_") and n[len(name) + 1 :].isdigit()) for n in unique)
        unique.append(f"{name}_{same}" if name in unique else name)
    return unique


class CompileMetrics(metrics.Metric):
    """The metrics of a model, per output, weighted or not.

    Args:
        metrics: List of metrics or names; with several outputs one list of them for each, in a list or dict, or in
            the structure of the outputs.
        weighted_metrics: The same, for metrics that take sample weights into account.
        output_names: Function that returns the names of the outputs.
    """

    def __init__(self, metrics: Any, weighted_metrics: Any = None, output_names: Callable | None = None) -> None:
        for argument, value in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            if value is not None and not isinstance(value, (list, tuple, dict)):
                raise ValueError(
                    f"Expected {argument} argument to be a list, tuple, or dict. Received instead: {value}"
                )
        super().__init__(name="compile_metrics")
        self.identifiers, self.weighted_identifiers = metrics, weighted_metrics
        self.output_names = output_names or (lambda: None)
        self.built = False
        self.entries: list = []

    @property
    def has_metrics(self) -> bool:
        """Whether `compile` was called with metrics."""
        return self.identifiers is not None or self.weighted_identifiers is not None

    @property
    def metrics(self) -> list:
        """The metric objects, once the shapes of targets and outputs are known."""
        return [m for _, m, _ in self.entries]

    @property
    def variables(self) -> list:
        """The variables of all of them."""
        return [v for metric in self.metrics for v in metric.variables]

    def names(self) -> list[str]:
        """The names under which results are reported: a used one gets a prefix or a number, as in Keras."""
        names: list[str] = []
        for output, metric, weighted in self.entries:
            name = self._name(output, metric.name)
            if weighted and name in names:
                name = self._name(output, f"weighted_{metric.name}")
            names = _numbered([*names, name])
        return names

    @runs_once
    def build(self, targets: list, y_pred: Any, names: list) -> None:
        """Creates the metric objects; "accuracy" is chosen by the shapes."""
        predicted = tree.flatten(y_pred)
        for argument, value in self._arguments():
            for i, identifiers in enumerate(_metrics_by_output(value, y_pred, names, argument)):
                for identifier in identifiers:
                    if targets[i] is None:
                        raise ValueError(
                            f"Argument `{argument}` has {identifier} for an output without targets in `y`."
                        )
                    metric = metrics.resolve(identifier, tuple(targets[i].shape), tuple(predicted[i].shape))
                    name = names[i] if len(predicted) > 1 else None
                    self.entries.append(((i, name), metric, argument == "weighted_metrics"))
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds a batch."""
        if not any(value for _, value in self._arguments()):
            return
        names = outputs.names_of(y_pred, self.output_names())
        targets = outputs.aligned(y_true, y_pred, names, "y_true", self._needed(y_pred, names))
        if not self.built:
            self.build(targets, y_pred, names)
        weights = [None] * len(names) if sample_weight is None else outputs.shared(sample_weight, y_pred, names)
        predicted = tree.flatten(y_pred)
        for (i, _), metric, weighted in self.entries:
            metric.update_state(targets[i], predicted[i], *([weights[i]] if weighted else []))

    def _needed(self, y_pred: Any, names: list) -> list[int]:
        """The numbers of the outputs that have a metric."""
        per_output = [_metrics_by_output(value, y_pred, names, argument) for argument, value in self._arguments()]
        return [i for i, identifiers in enumerate(zip(*per_output, strict=True)) if any(identifiers)]

    def _arguments(self) -> list[tuple]:
        return [("metrics", self.identifiers), ("weighted_metrics", self.weighted_identifiers)]

    def result(self) -> dict:
        """The results by name."""
        return {name: metric.result() for name, metric in zip(self.names(), self.metrics, strict=True)}

    def reset_state(self) -> None:
        """Resets all of them."""
        for metric in self.metrics:
            metric.reset_state()

    @staticmethod
    def _name(output: tuple, name: str) -> str:
        return name if output[1] is None else f"{output[1]}_{name}"


def _metrics_by_output(value: Any, y_pred: Any, names: list, argument: str) -> list[list]:
    """The metrics of each output, in a list."""
    leaves = outputs.places(y_pred)
    if not value:
        return [[] for _ in leaves]
    if len(leaves) == 1:
        return [tree.flatten(value)]
    if isinstance(value, dict) and set(value) <= set(names):
        per_output = [value.get(name) for name in names]
    elif isinstance(value, (list, tuple)) and len(value) == len(leaves) and outputs.is_flat(y_pred):
        per_output = list(value)
    else:
        per_output = _metrics_in_structure(value, y_pred, names, argument)
    return [[] if one is None else list(one) if isinstance(one, (list, tuple)) else [one] for one in per_output]


def _metrics_in_structure(value: Any, y_pred: Any, names: list, argument: str) -> list:
    per_output = [outputs.at(value, path) for path in outputs.places(y_pred)]
    if any(one is None for one in per_output) or isinstance(value, (list, tuple)) != isinstance(y_pred, (list, tuple)):
        raise ValueError(
            f"Argument `{argument}` must have one entry for each of {len(names)} outputs: a list or dict of lists of "
            f"metrics in the structure of the outputs, {outputs.sketch(y_pred)}. Received: {argument}={value}"
        )
    return per_output
