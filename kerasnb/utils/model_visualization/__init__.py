"""`keras.utils.plot_model` and `model_to_dot`: the graph of a model as a picture, drawn without Graphviz."""

from __future__ import annotations

import base64
import html
import os
from typing import Any

from kerasnb.utils.model_visualization.dot import Dot
from kerasnb.utils.model_visualization.graph import Graph, Options, graph_of
from kerasnb.utils.model_visualization.svg import DIRECTIONS, SPLINES

_FORMATS = ("svg", "png", "pdf", "dot", "gv", "raw")


def model_to_dot(
    model: Any, show_shapes: bool = False, show_dtype: bool = False, show_layer_names: bool = True,
    rankdir: str = "TB", expand_nested: bool = False, dpi: int = 200, subgraph: bool = False,
    show_layer_activations: bool = False, show_trainable: bool = False, splines: str = "ortho", **kwargs: Any,
) -> Dot:  # fmt: skip
    """Describes the graph of a model in the DOT language of Graphviz.

    Args:
        model: A Keras model instance that is built.
        show_shapes: Boolean, whether to display shape information.
        show_dtype: Boolean, whether to display layer dtypes.
        show_layer_names: Boolean, whether to display layer names.
        rankdir: `"TB"` for a vertical plot, `"LR"` for a horizontal one, `"BT"` and `"RL"` for the opposite directions.
        expand_nested: Boolean, whether to expand nested models into clusters.
        dpi: Integer, image resolution in dots per inch. Defaults to 200, where letters are 14 pixels high.
        subgraph: Boolean, whether to return a cluster for use in another graph.
        show_layer_activations: Boolean, whether to display activations, of layers that have one.
        show_trainable: Boolean, whether to display if a layer is trainable.
        splines: The form of the lines: `"ortho"`, `"curved"`, `"spline"`, `"polyline"` or `"line"`.
        **kwargs: Must be empty.

    Returns:
        An object with `to_string()`, `write(path)` and `write_svg(path)`.

    Raises:
        ValueError: If the model is not built, or an argument is unknown.

    Example:

    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="out")])
    >>> [edge.get_source() for edge in keras.utils.model_to_dot(model).get_edges()]
    []
    >>> print(keras.utils.model_to_dot(model).to_string().splitlines()[0])
    digraph "sequential..." {
    """
    if kwargs.pop("layer_range", None) is not None:
        raise ValueError("Argument `layer_range` is no longer supported.")
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
    for name, value, known in (("rankdir", rankdir, DIRECTIONS), ("splines", splines, SPLINES)):
        if value not in known:
            raise ValueError(f"Argument `{name}` must be one of {', '.join(known)}. Received: {name}={value}")
    if not isinstance(dpi, (int, float)) or dpi <= 0:
        raise ValueError(f"Argument `dpi` must be a positive number. Received: dpi={dpi}")
    options = Options(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable, expand_nested)
    return Dot(graph_of(model, options), rankdir, dpi, splines, subgraph)


def plot_model(
    model: Any, to_file: str | os.PathLike = "model.png", show_shapes: bool = False, show_dtype: bool = False,
    show_layer_names: bool = False, rankdir: str = "TB", expand_nested: bool = False, dpi: int = 200,
    show_layer_activations: bool = False, show_trainable: bool = False, splines: str = "ortho", **kwargs: Any,
) -> Plot:  # fmt: skip
    """Draws the graph of a Keras model, and saves the picture to a file.

    Args:
        model: A Keras model instance that is built.
        to_file: File name of the picture: `.svg`, or `.png` and `.pdf` where a program that converts pictures is there.
        show_shapes: Boolean, whether to display shape information.
        show_dtype: Boolean, whether to display layer dtypes.
        show_layer_names: Boolean, whether to display layer names.
        rankdir: `"TB"` for a vertical plot, `"LR"` for a horizontal one, `"BT"` and `"RL"` for the opposite directions.
        expand_nested: Boolean, whether to expand nested models into clusters.
        dpi: Integer, image resolution in dots per inch. Defaults to 200, where letters are 14 pixels high.
        show_layer_activations: Boolean, whether to display activations, of layers that have one.
        show_trainable: Boolean, whether to display if a layer is trainable.
        splines: The form of the lines: `"ortho"`, `"curved"`, `"spline"`, `"polyline"` or `"line"`.
        **kwargs: Must be empty.

    Returns:
        The picture, which a notebook displays.

    Raises:
        ValueError: If the model is not built, or an argument is unknown.
        ImportError: If a `.png` or `.pdf` file is wanted and no program for that is there.

    Example:

    >>> import os, tempfile
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> picture = keras.utils.plot_model(model, os.path.join(tempfile.mkdtemp(), "model.svg"), show_shapes=True)
    >>> picture.svg[:4]
    '<svg'
    """
    path = os.fspath(to_file)
    form = os.path.splitext(path)[1][1:] or "png"
    if form not in _FORMATS:
        raise ValueError(f"Argument `to_file` must end in one of {', '.join(_FORMATS)}. Received: to_file={to_file}")
    dot = model_to_dot(
        model, show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, dpi,
        show_layer_activations=show_layer_activations, show_trainable=show_trainable, splines=splines, **kwargs,
    )  # fmt: skip
    dot.write(path, format=form)
    return Plot(dot.create_svg(), _described(dot.graph), path)


class Plot:
    """The picture of a model: notebooks display it, and `svg` is its text.

    Args:
        svg: The text of an SVG document.
        alt: The picture in words.
        filename: The file that was written.
    """

    def __init__(self, svg: str, alt: str, filename: str) -> None:
        self.svg, self.alt, self.filename = svg, alt, filename

    def _repr_html_(self) -> str:
        """The picture as an image, which notebooks show that are opened without trust, too."""
        address = base64.b64encode(self.svg.encode()).decode()
        return f'<img alt="{html.escape(self.alt)}" style="max-width:100%" src="data:image/svg+xml;base64,{address}">'

    def __repr__(self) -> str:
        return f"<Plot of {self.filename}: {self.alt}>"


def _described(graph: Graph) -> str:
    """A graph in words."""
    boxes = list(graph.cluster.boxes())
    names = [f"{box.name} ({box.class_name})" if box.name else box.class_name for box in boxes]
    shown = names if len(names) <= 12 else [*names[:8], f"{len(names) - 11} more", *names[-3:]]
    links = len(graph.edges)
    return (
        f"Graph of the model {graph.cluster.label!r} with {len(boxes)} layer{'s' * (len(boxes) != 1)} and {links} "
        f"connection{'s' * (links != 1)}: {', '.join(shown)}"
    )
