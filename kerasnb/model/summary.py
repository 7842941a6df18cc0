"""summary(): a model as a table of its layers, in Keras' words and lines."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kerasnb import tree
from kerasnb.backend import settings
from kerasnb.backend.tensor.dtypes import numpy_dtype
from kerasnb.backend.tensor.shapes import map_shapes
from kerasnb.utils.progbar import write

_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
_SIZES = {"bool": 1, "bfloat16": 2}


# --- numbers


def count_params(weights: Iterable[Any]) -> int:
    """The number of scalars in a list of variables."""
    return sum(w.size for w in weights)


def weight_memory_size(weights: Iterable[Any]) -> float:
    """The memory of variables in bytes."""
    unique = {id(w): w for w in weights}.values()
    return float(sum(w.size * (_SIZES.get(w.dtype) or numpy_dtype(w.dtype).itemsize) for w in unique))


def readable_memory_size(size: float) -> str:
    """A number of bytes as "785.00 KB"."""
    for unit in _UNITS:
        if size / 1024 < 1:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} {_UNITS[-1]}"


# --- markup


def _number(x: Any) -> str:
    return f"[color({45 if x is None else 34})]{x}[/]"


def _bold(x: Any, color: int | None = None) -> str:
    return f"[bold][color({color})]{x}[/][/]" if color else f"[bold]{x}[/]"


def _shape_text(shape: tuple) -> str:
    return f"({', '.join(_number(e) for e in shape)})"


def layer_shape(layer: Any) -> str:
    """The output shape of a layer as rich markup; "?" where it is unknown."""
    if layer._inbound_nodes:
        shapes = [tuple(t.shape) for t in layer._inbound_nodes[getattr(layer, "_newest_call", -1)].output_tensors]
    elif not getattr(layer, "_build_shapes_dict", None):
        return "?"
    else:
        try:
            shapes = _built_shapes(layer)
        except NotImplementedError:
            return "?"
    texts = map_shapes(_shape_text, shapes)
    flat = tree.flatten(texts)
    return flat[0] if len(flat) == 1 else str(texts).replace("'", "")


def _built_shapes(layer: Any) -> Any:
    if hasattr(layer, "output_shape"):
        return layer.output_shape
    return layer.compute_output_shape(**layer._build_shapes_dict)


# --- rows


class _Rows:
    """The rows of a table.

    Args:
        nodes: The nodes whose connections are shown, None for a plain chain of layers.
        show_trainable: Boolean, whether to show if a layer is trainable.
        expand_nested: Boolean, whether to show the layers of nested models.
        escape: Function that takes markup out of names.
    """

    def __init__(self, nodes: Any, show_trainable: bool, expand_nested: bool, escape: Callable) -> None:
        self.nodes, self.show_trainable, self.expand_nested, self.escape = nodes, show_trainable, expand_nested, escape

    def of(self, layer: Any, level: int = 0) -> list[list[str]]:
        """The row of a layer, and those of the layers inside."""
        rows = [self._fields(layer, "   " * level + "└ " if level else "")]
        for inner in getattr(layer, "layers", []) if self.expand_nested else []:
            rows += self.of(inner, level + 1)
        return rows

    def _fields(self, layer: Any, prefix: str) -> list[str]:
        name = f"{self.escape(prefix + layer.name)} ([color(33)]{self.escape(type(layer).__name__)}[/])"
        fields = [name, layer_shape(layer), _params(layer)]
        if self.nodes is not None:
            fields.append(self._connections(layer))
        if self.show_trainable:
            has_weights = bool(getattr(layer, "weights", None))
            fields.append((_bold("Y", 34) if layer.trainable else _bold("N", 9)) if has_weights else _bold("-"))
        return fields

    def _connections(self, layer: Any) -> str:
        """The operations that the inputs of a layer come from, with the number of the call and of the output."""
        inputs = [x for node in layer._inbound_nodes if node in self.nodes for x in node.input_tensors]
        histories = [x._keras_history for x in inputs]
        texts = [f"{h.operation.name}[{_number(h.node_index)}][{_number(h.tensor_index)}]" for h in histories]
        return ", ".join(texts) or "-"


def _params(layer: Any) -> str:
    if not hasattr(layer, "built"):
        return _number(0)
    return _number(f"{layer.count_params():,}") if layer.built else f"{_number(0)} (unbuilt)"


def _columns(
    line_length: int | None, positions: Sequence[float] | None, show_trainable: bool, connected: bool
) -> tuple:  # fmt: skip
    """Header, alignment and width of each column, and the width of the table."""
    header, alignment = ["Layer (type)", "Output Shape", "Param #"], ["left", "left", "right"]
    default, positions = (108 if connected else 88), list(positions or ())
    if connected:
        header, alignment = [*header, "Connected to"], [*alignment, "left"]
        positions = positions or [0.3, 0.56, 0.74, 1.0]
    else:
        positions = positions or [0.45, 0.80, 1.0]
    if show_trainable:
        default, positions = default + 12, [p * 0.90 for p in positions] + [1.0]
        header, alignment = [*header, "Trainable"], [*alignment, "center"]
    line_length = line_length or min(default, shutil.get_terminal_size().columns - 4)
    widths, current = [], 0
    for position in positions:
        width = int(position * line_length) - current
        if width < 4:
            raise ValueError("Insufficient console width to print summary.")
        widths.append(width)
        current += width
    return list(zip(header, alignment, widths, strict=False)), line_length


def _totals(model: Any) -> list[tuple[str, int, float]]:
    """The lines below the table: words, number of scalars, bytes."""
    parts = [(" Trainable params: ", model.trainable_weights), (" Non-trainable params: ", model.non_trainable_weights)]
    if model.compiled and model.optimizer and model.optimizer.built:
        parts.append((" Optimizer params: ", model.optimizer.variables))
    lines = [(words, count_params(weights), weight_memory_size(weights)) for words, weights in parts]
    return [(" Total params: ", sum(n for _, n, _ in lines), sum(size for *_, size in lines)), *lines]


def print_summary(
    model: Any, line_length: int | None = None, positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None, expand_nested: bool = False, show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> None:  # fmt: skip
    """Prints a summary of a model; the arguments are those of `Model.summary`."""
    import rich.console
    import rich.markup
    import rich.table

    layers, nodes = model._summary_graph()
    if print_fn is None and not settings.is_interactive_logging_enabled():
        print_fn = write
    columns, width = _columns(line_length, positions, show_trainable, nodes is not None)
    table = rich.table.Table(
        *(rich.table.Column(name, justify=justify, width=w) for name, justify, w in columns),
        width=width,
        show_lines=True,
    )
    rows = _Rows(nodes, show_trainable, expand_nested, rich.markup.escape)
    first, end = bounds(layers, layer_range)
    for layer in layers[first:end]:
        for row in rows.of(layer):
            table.add_row(*row)
    console = rich.console.Console(highlight=False)
    if print_fn:
        console = rich.console.Console(highlight=False, force_terminal=False, force_jupyter=False, color_system=None)
        console.begin_capture()
    console.print(_bold(f'Model: "{rich.markup.escape(model.name)}"'))
    console.print(table)
    for words, count, size in _totals(model):
        console.print(f"{_bold(words)}{_number(f'{count:,}')} ({readable_memory_size(size)})")
    if print_fn:
        print_fn(console.end_capture())


def bounds(layers: list, layer_range: Sequence[str] | None) -> tuple[int, int]:
    """The indices of the layers to show, from two names or patterns.

    Raises:
        ValueError: If it is not a pair of strings, or nothing matches.
    """
    if layer_range is None:
        return 0, len(layers)
    if len(layer_range) != 2:
        raise ValueError(
            "layer_range must be a list or tuple of length 2. Received: "
            f"layer_range = {layer_range} of length {len(layer_range)}"
        )
    if not all(isinstance(name, str) for name in layer_range):
        raise ValueError(f"layer_range should contain string type only. Received: {layer_range}")
    first, last = ([i for i, layer in enumerate(layers) if re.match(p, layer.name)] for p in layer_range)
    if not first or not last:
        raise ValueError(f"Passed layer_names do not match the layer names in the model. Received: {layer_range}")
    if min(first) > max(last):
        return min(last), max(first) + 1
    return min(first), max(last) + 1
