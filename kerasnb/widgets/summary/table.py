"""A model as a foldable HTML table: no script, readable on a phone, on light and dark pages."""

from __future__ import annotations

import html
from typing import Any

from kerasnb.widgets.kit.card import card

KINDS = {  # by a part of the class name: what a layer is for, as a colour that is never the only sign
    "Conv": "#8a63d2", "Pool": "#5f8d4e", "Dense": "#2f7de1", "Embedding": "#2f7de1", "LSTM": "#c2528b",
    "GRU": "#c2528b", "RNN": "#c2528b", "Attention": "#c2528b", "Norm": "#b58900", "Dropout": "#e8710a",
    "Noise": "#e8710a",
}  # fmt: skip
PLAIN = "#8a8f98"
LEFT = 'style="text-align:left;padding:3px 6px;overflow-wrap:anywhere;vertical-align:top"'
RIGHT = 'style="text-align:right;padding:3px 6px;white-space:nowrap;vertical-align:top"'


def model_html(model: Any) -> str:
    """Returns a model's summary as HTML.

    Args:
        model: A model; one that is not built shows `?` for what is unknown.

    Returns:
        String: a `<details>` with a table; models within the model are folded.

    Example:

    >>> from kerasnb.widgets import model_html
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    >>> "10" in model_html(model)
    True
    """
    title = f"<b>{html.escape(str(getattr(model, 'name', 'model')))}</b> · {_kind(model)} · {_sizes(model)}"
    folded = f'<details open=""><summary style="cursor:pointer">{title}</summary>{_table(model)}</details>'
    return card(f'<div style="font-size:13px">{folded}</div>', _text(model), width=760)


def _table(model: Any) -> str:
    rows = "".join(_row(layer) for layer in _layers(model))
    if not rows:
        return "<div>No layers yet.</div>"
    head = f"<tr><th {LEFT}>Layer</th><th {LEFT}>Output shape</th><th {RIGHT}>Parameters</th></tr>"
    return f'<table style="width:100%;border-collapse:collapse"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def _text(model: Any, indent: str = "") -> str:
    """The same as lines of text."""
    lines = [f"{indent}{getattr(model, 'name', 'model')} ({type(model).__name__}): {_sizes(model)}"]
    for layer in _layers(model):
        if _layers(layer):
            lines.append(_text(layer, indent + "  "))
        else:
            kind = type(layer).__name__
            lines.append(f"{indent}  {layer.name} ({kind})  {output_shape(layer)}  {_number(_count(layer))}")
    return "\n".join(lines)


def _row(layer: Any) -> str:
    frozen = getattr(layer, "trainable", True) is False and bool(_count(layer))
    dim = ' style="opacity:.6"' if frozen else ""
    name = html.escape(str(getattr(layer, "name", "?")))
    label = f'{_dot(layer)}{name} <span style="opacity:.65">{_kind(layer)}{" · frozen" if frozen else ""}</span>'
    if _layers(layer):
        label = f'<details><summary style="cursor:pointer">{label}</summary>{_table(layer)}</details>'
    shape = html.escape(output_shape(layer))
    return f"<tr{dim}><td {LEFT}>{label}</td><td {LEFT}>{shape}</td><td {RIGHT}>{_number(_count(layer))}</td></tr>"


def _dot(layer: Any) -> str:
    colour = next((c for part, c in KINDS.items() if part in type(layer).__name__), PLAIN)
    return f'<span aria-hidden="true" style="color:{colour}">● </span>'


def _kind(layer: Any) -> str:
    return html.escape(type(layer).__name__)


def _layers(model: Any) -> list:
    return list(getattr(model, "layers", None) or [])


def _count(layer: Any) -> int | None:
    """The number of parameters, or None before they exist."""
    try:
        return int(layer.count_params())
    except Exception:  # whatever a custom layer raises: a display must not
        return None


def _number(count: int | None) -> str:
    return "?" if count is None else f"{count:,}"


def _sizes(model: Any) -> str:
    total = _count(model)
    if total is None:
        return "not built yet"
    trainable = sum(_size(w) for w in getattr(model, "trainable_weights", []))
    return f"{total:,} parameters" + (f", {trainable:,} trainable" if trainable != total else "")


def _size(weight: Any) -> int:
    size = 1
    for n in weight.shape:
        size *= int(n)
    return size


def output_shape(layer: Any) -> str:
    """The shape of a layer's output as text, `?` before it is known."""
    for find in (_of_output, _of_build):
        try:
            shape = find(layer)
        except Exception:  # not called yet, called twice, or a layer that does not know
            continue
        if shape is not None:
            return shape
    return "?"


def _of_output(layer: Any) -> str:
    output = layer.output
    if isinstance(output, dict):
        output = list(output.values())
    outputs = output if isinstance(output, (list, tuple)) else [output]
    return ", ".join(_shape(o.shape) for o in outputs)


def _of_build(layer: Any) -> str | None:
    known = getattr(layer, "_build_shapes_dict", None)
    return _shape(layer.compute_output_shape(*known.values())) if known else None


def _shape(shape: tuple) -> str:
    return "(" + ", ".join("None" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"
