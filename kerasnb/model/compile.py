"""What `compile` was given, as objects that a step can call: losses and metrics, per output."""

from __future__ import annotations

from kerasnb import losses, metrics, ops, tree
from kerasnb.backend.tape import runs_once

BY_SHAPE = ("crossentropy", "ce")  # which crossentropy is meant shows in the shapes of targets and outputs


class CompileLoss:
    """The losses of a model: one, or one for each output, weighted and summed.

    Args:
        loss: A loss, its name, a function, or a list or dict of them by output.
        loss_weights: Optional factor, or a list or dict of them by output.
        output_names: Function that returns the names of the outputs.
    """

    def __init__(self, loss, loss_weights=None, output_names=None):
        self.given, self.weights, self.output_names = loss, loss_weights, output_names or (lambda: None)
        self.parts = None
        self.trackers = []
        for identifier in tree.flatten(loss):
            if isinstance(identifier, str) and identifier not in BY_SHAPE:
                losses.get(identifier)  # an unknown name is an error now, not in the first batch

    @runs_once
    def build(self, targets: list, predicted: list) -> None:
        """Makes the loss of each output."""
        if self.parts is None:
            outputs = len(predicted)
            names = self.output_names() or [f"output_{i}" for i in range(outputs)]
            given = _by_output(self.given, names, outputs, "loss")
            self.parts = [_as_loss(g, y, p) for g, y, p in zip(given, targets, predicted, strict=True)]
            weights = _by_output(self.weights, names, outputs, "loss_weights")
            self.factors = [None if w is None or w == 1 else float(w) for w in weights]
            if outputs > 1:
                self.trackers = [metrics.Mean(name=f"{n}_loss") for n in names[:outputs]]

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The total loss of a batch."""
        predicted, targets = tree.flatten(y_pred), _targets(y_true, y_pred)
        weights = _targets(sample_weight, y_pred) if sample_weight is not None else [None] * len(predicted)
        if len(targets) != len(predicted):
            raise ValueError(f"The model has {len(predicted)} outputs. Received: y with {len(targets)} parts")
        self.build(targets, predicted)
        total = None
        for i, (loss, factor) in enumerate(zip(self.parts, self.factors, strict=True)):
            if loss is None:
                continue
            value = loss(targets[i], predicted[i], weights[i])
            if self.trackers:
                self.trackers[i].update_state(value, sample_weight=ops.shape(predicted[i])[0])
            value = value if factor is None else value * factor
            total = value if total is None else total + value
        return total


def _targets(y, y_pred) -> list:
    """The targets in the order of the outputs; one value serves all outputs of a single-output model."""
    leaves = tree.flatten(y)
    return leaves * len(tree.flatten(y_pred)) if len(leaves) == 1 else leaves


def _by_output(given, names, outputs: int, argument: str) -> list:
    """One entry for each output from a value, a list or a dict."""
    if isinstance(given, dict):
        unknown = set(given) - set(names)
        if unknown:
            raise ValueError(
                f"Argument `{argument}` names outputs that do not exist: {sorted(unknown)}. Outputs: {names}"
            )
        return [given.get(n) for n in names]
    if isinstance(given, (list, tuple)):
        if len(given) != outputs:
            raise ValueError(
                f"Argument `{argument}` must have one entry for each of {outputs} outputs. Received: {given}"
            )
        return list(given)
    return [given] * outputs


def _as_loss(identifier, target, output):
    """A `Loss` object from whatever `compile` accepts."""
    if identifier is None or isinstance(identifier, losses.Loss):
        return identifier
    found = losses.resolve(identifier, tuple(target.shape), tuple(output.shape))
    if isinstance(found, losses.Loss):
        return found
    return losses.LossFunctionWrapper(found, name=getattr(found, "__name__", None))


class CompileMetrics(metrics.Metric):
    """The metrics of a model, per output, weighted or not.

    Args:
        metrics: List of metrics or names; with several outputs a list of lists or a dict.
        weighted_metrics: The same, for metrics that take sample weights into account.
        output_names: Function that returns the names of the outputs.
    """

    def __init__(self, metrics, weighted_metrics=None, output_names=None):
        for argument, given in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            if given is not None and not isinstance(given, (list, tuple, dict)):
                raise ValueError(
                    f"Expected {argument} argument to be a list, tuple, or dict. Received instead: {given}"
                )
        super().__init__(name="compile_metrics")
        self.given, self.given_weighted = metrics, weighted_metrics
        self.output_names = output_names or (lambda: None)
        self.built = False
        self.entries: list = []

    @property
    def is_given(self) -> bool:
        """Whether there are metrics at all."""
        return self.given is not None or self.given_weighted is not None

    @property
    def metrics(self) -> list:
        """The metric objects, once the shapes of targets and outputs are known."""
        return [m for _, m, _ in self.entries]

    @property
    def variables(self) -> list:
        """The variables of all of them."""
        return [v for metric in self.metrics for v in metric.variables]

    def names(self) -> list[str]:
        """The names under which results are reported: a name that is taken gets a prefix or a number, as in Keras."""
        found: list = []
        for output, metric, weighted in self.entries:
            name = self._name(output, metric.name)
            if weighted and name in found:
                name = self._name(output, f"weighted_{metric.name}")
            same = sum(n == name or n.startswith(f"{name}_") and n[len(name) + 1 :].isdigit() for n in found)
            found.append(f"{name}_{same}" if name in found else name)
        return found

    @runs_once
    def build(self, y_true, y_pred) -> None:
        """Makes the metric objects; "accuracy" is chosen by the shapes."""
        predicted, targets = tree.flatten(y_pred), _targets(y_true, y_pred)
        names = self.output_names() or [f"output_{i}" for i in range(len(predicted))]
        for given, weighted in ((self.given, False), (self.given_weighted, True)):
            for i, identifiers in enumerate(_metrics_by_output(given, names, len(predicted))):
                for identifier in identifiers:
                    metric = metrics.resolve(identifier, tuple(targets[i].shape), tuple(predicted[i].shape))
                    self.entries.append(((i, names[i] if len(predicted) > 1 else None), metric, weighted))
        self.built = True

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Adds a batch."""
        if not self.built:
            self.build(y_true, y_pred)
        predicted, targets = tree.flatten(y_pred), _targets(y_true, y_pred)
        weights = _targets(sample_weight, y_pred) if sample_weight is not None else [None] * len(predicted)
        for (i, _), metric, weighted in self.entries:
            metric.update_state(targets[i], predicted[i], *([weights[i]] if weighted else []))

    def result(self) -> dict:
        """The results by name."""
        return {name: metric.result() for name, metric in zip(self.names(), self.metrics, strict=True)}

    def reset_state(self) -> None:
        """Starts anew."""
        for metric in self.metrics:
            metric.reset_state()

    @staticmethod
    def _name(output, name: str) -> str:
        return name if output[1] is None else f"{output[1]}_{name}"


def _metrics_by_output(given, names, outputs: int) -> list[list]:
    if given is None:
        return [[] for _ in range(outputs)]
    if outputs == 1 and not isinstance(given, dict):
        return [list(tree.flatten(given))]
    per_output = _by_output(given, names, outputs, "metrics")
    return [[] if g is None else (list(g) if isinstance(g, (list, tuple)) else [g]) for g in per_output]
