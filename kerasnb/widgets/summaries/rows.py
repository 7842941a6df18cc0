"""The rows of a summary: what stands in a model, as plain values."""

from __future__ import annotations

import dataclasses
from typing import Any

from kerasnb.model.summary import weight_memory_size
from kerasnb.widgets.summaries.kinds import family
from kerasnb.widgets.summaries.measure import Cost, Measured
from kerasnb.widgets.summaries.units import Units

DETAILS = ("rate",)  # arguments that are shown behind the class of a layer


@dataclasses.dataclass
class Row:
    """One layer, with those inside it.

    Args:
        path: String, the names from the model to the layer, joined by "/".
        name: String.
        kind: String, its class, and what matters of its arguments.
        family: String, as `kinds.family` returns it.
        shape: String, the shape of its output, `?` before it is known.
        params: Integer, or None before it is built.
        frozen: Boolean, whether it has weights that are not trained.
        sources: Names of the layers that its inputs come from, where the model is more than a chain.
        children: List of `Row`.
        cost: `Cost`, or None where it was not measured.
        state: Tuple of a kind, "ok" or "warn", and words; None where there is nothing to say.
    """

    path: str
    name: str
    kind: str
    family: str = "core"
    shape: str = ""
    params: int | None = None
    frozen: bool = False
    sources: list[str] = dataclasses.field(default_factory=list)
    children: list[Row] = dataclasses.field(default_factory=list)
    cost: Cost | None = None
    state: tuple[str, str] | None = None

    def flat(self) -> list[Row]:
        """This row and all inside it."""
        return [self, *(row for child in self.children for row in child.flat())]


def rows_of(model: Any, measured: Measured | None = None, units: dict[str, Units] | None = None) -> list[Row]:
    """Returns the rows of a model's layers; with measured costs, also of what is around them.

    Args:
        model: A model.
        measured: Optional costs, with the units of that moment.
        units: Optional dict of newer `Units` by the path of the layer.
    """
    root = str(getattr(model, "name", "model"))
    parts, nodes = _parts(model)
    rows = [_row(part, root, nodes, measured, _is_frozen(model)) for part in parts]
    known = {**(measured.units if measured is not None else {}), **(units or {})}
    for row in (inner for top in rows for inner in top.flat()):
        if (found := known.get(row.path)) is not None:
            row.state = "warn" if found.idle else "ok", found.words()
    if measured is not None:
        rows += _around(model, root, measured)
    _end_is_meant(rows, model)
    return rows


def _parts(model: Any) -> tuple[list, Any]:
    """What stands in a model, and the nodes whose connections are shown."""
    try:
        return model._summary_graph()
    except Exception:  # what is no model of Keras has layers at most
        return list(getattr(model, "layers", None) or []), None


def _row(layer: Any, around: str, nodes: Any, measured: Measured | None, frozen: bool) -> Row:
    name = str(getattr(layer, "name", "?"))
    path = f"{around}/{name}"
    inner, inner_nodes = _parts(layer) if getattr(layer, "layers", None) else ([], None)
    params = count(layer)
    row = Row(path, name, _kind(layer, inner), family(layer), output_shape(layer), params)
    row.frozen = frozen or (_is_frozen(layer) and bool(params))
    row.sources = sources(layer, nodes) if nodes is not None else []
    row.children = [_row(part, path, inner_nodes, measured, row.frozen) for part in inner]
    if measured is not None:
        row.cost = measured.under(path)
    return row


def _is_frozen(layer: Any) -> bool:
    return getattr(layer, "trainable", True) is False


def _kind(layer: Any, inner: list) -> str:
    name = type(layer).__name__
    if inner:
        return f"{name}, {len(inner)} layer{'s' * (len(inner) != 1)}"
    values = [str(value) for key in DETAILS if isinstance(value := getattr(layer, key, None), float)]
    return " ".join([name, *values])


def _around(model: Any, root: str, measured: Measured) -> list[Row]:
    """Rows for operations between layers, and for the rest of the step."""
    rows = []
    if root in measured.costs:
        rows.append(Row(root, "operations", "between layers", params=0, cost=measured.costs[root]))
    rest = measured.costs.get("")
    if rest is not None:
        optimizer = type(model.optimizer).__name__ if measured.trains else ""
        size = int(weight_memory_size(model.optimizer.variables)) if measured.trains else 0
        cost = dataclasses.replace(rest, bytes=size)
        rows.append(Row("", f"loss, {optimizer}" if optimizer else "outputs", "step", "", "", 0, cost=cost))
    return rows


def _end_is_meant(rows: list[Row], model: Any) -> None:
    """A sigmoid at the end of a model is sure of its answer, not saturated."""
    ends = [row for row in rows if row.state is not None and "saturated" in row.state[1]]
    layers = getattr(model, "layers", None) or []
    for row in ends:
        if layers and row.name == layers[-1].name:
            row.state = None


def sources(layer: Any, nodes: Any) -> list[str]:
    """The names of the operations that a layer's inputs come from, in the order of its calls."""
    inputs = [x for node in layer._inbound_nodes if node in nodes for x in node.input_tensors]
    return [x._keras_history.operation.name for x in inputs if x._keras_history is not None]


def count(layer: Any) -> int | None:
    """The number of parameters, or None before they exist."""
    if not hasattr(layer, "count_params"):
        return 0 if hasattr(layer, "_inbound_nodes") else None
    try:
        return int(layer.count_params())
    except Exception:  # whatever a custom layer raises: a display must not
        return None


def sizes(model: Any) -> str:
    """The parameters of a model in words: "14,410 parameters: 13,162 trainable, 1,248 frozen · 57.6 kB"."""
    total = count(model)
    if total is None:
        return "not built yet"
    trainable = sum(_size(w) for w in getattr(model, "trainable_weights", []))
    parts = "" if trainable == total else f": {trainable:,} trainable, {total - trainable:,} frozen"
    memory = weight_memory_size(getattr(model, "weights", []))
    return f"{total:,} parameters{parts} · {kilobytes(memory)}"


def kilobytes(size: float) -> str:
    """A number of bytes as people say it.

    Example:

    >>> from kerasnb.widgets.summaries.rows import kilobytes
    >>> [kilobytes(n) for n in (12, 57_640, 3_200_000)]
    ['12 B', '57.6 kB', '3.2 MB']
    """
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.4g} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def compact(value: float | None) -> str:
    """A large number in four characters or so.

    Example:

    >>> from kerasnb.widgets.summaries.rows import compact
    >>> [compact(n) for n in (0, 960, 51_200, 163_840, 48_800_000, 2_600_000_000)]
    ['0', '960', '51k', '0.2M', '48.8M', '2.6G']
    """
    if value is None:
        return "–"
    if value < 1000:
        return str(int(value))
    if value < 1e5:
        return f"{value / 1e3:.0f}k"
    return f"{value / 1e6:.1f}M" if value < 1e9 else f"{value / 1e9:.1f}G"


def milliseconds(value: float | None) -> str:
    """A time in a table, two decimals.

    Example:

    >>> from kerasnb.widgets.summaries.rows import milliseconds
    >>> [milliseconds(t) for t in (0.0, 0.002, 4.166, 132.4)]
    ['0', '<.01', '4.17', '132']
    """
    if value is None:
        return "–"
    if 0 < value < 0.005:
        return "<.01"
    return "0" if value == 0 else f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def _size(weight: Any) -> int:
    size = 1
    for n in weight.shape:
        size *= int(n)
    return size


def output_shape(layer: Any) -> str:
    """The shape of a layer's output as text, `?` before it is known."""
    for find in (_of_output, _of_nodes, _of_build):
        try:
            shape = find(layer)
        except Exception:  # not called yet, called twice, or a layer that does not know
            continue
        if shape:
            return shape
    return "?"


def _of_output(layer: Any) -> str:
    output = layer.output
    if isinstance(output, dict):
        output = list(output.values())
    outputs = output if isinstance(output, (list, tuple)) else [output]
    return ", ".join(shape_text(o.shape) for o in outputs)


def _of_nodes(layer: Any) -> str:
    return ", ".join(shape_text(t.shape) for t in layer._inbound_nodes[-1].output_tensors)


def _of_build(layer: Any) -> str | None:
    known = getattr(layer, "_build_shapes_dict", None)
    return shape_text(layer.compute_output_shape(*known.values())) if known else None


def shape_text(shape: tuple) -> str:
    """A shape as Python writes a tuple."""
    return "(" + ", ".join("None" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"
