"""Finished curves as a plotly figure: the one file that imports plotly."""

from __future__ import annotations

import functools
import math
from typing import Any

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit import words
from kerasnb.widgets.kit.card import card
from kerasnb.widgets.notebook import notebook
from kerasnb.widgets.panel import static, svg
from kerasnb.widgets.panel.thin import spread

MIME = "application/vnd.plotly.v1+json"
INK, LINE, GROUND = "#1f2328", "#dfe2e5", "#ffffff"  # a light sheet, which can be read on a dark page too
POINTS = 200  # of a curve
EPOCHS = 60  # in the picture and the table that stand in for it


def figure(history: dict, epochs: list, metrics: str | list[str] | None = None) -> Any:
    """A figure with one row for each metric: training solid, validation dashed.

    Args:
        history: Dict of lists of values by name.
        epochs: Numbers of the epochs, from 0.
        metrics: Names of the metrics to draw, or None for all of them.

    Returns:
        `plotly.graph_objects.Figure`.

    Raises:
        ValueError: If a metric is not in the history.
        ImportError: If plotly is not installed.
    """
    names = _names(history, metrics)
    try:
        from plotly import graph_objects, subplots
    except ImportError as problem:
        raise ImportError("`History.plot()` needs the package plotly: pip install plotly") from problem
    drawn = subplots.make_subplots(
        figure=_figure_class()(),
        rows=max(1, len(names)),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.08,
        subplot_titles=names,
    )
    for row, name in enumerate(names, 1):
        for key, colour, dash in ((name, svg.TRAIN, "solid"), (f"val_{name}", svg.VALIDATION, "dash")):
            if key in history:
                drawn.add_trace(
                    _trace(graph_objects, key, history[key], epochs, colour, dash, row == 1), row=row, col=1
                )
    drawn.update_xaxes(gridcolor=LINE, zeroline=False)
    drawn.update_yaxes(gridcolor=LINE, zeroline=False)
    drawn.update_xaxes(title_text="epoch", row=max(1, len(names)), col=1)
    drawn.update_layout(
        paper_bgcolor=GROUND, plot_bgcolor=GROUND, font_color=INK, font_size=12,
        height=120 + 200 * max(1, len(names)), margin={"l": 50, "r": 20, "t": 40, "b": 52}, hovermode="x unified",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1.0, "xanchor": "right"},
        modebar={"orientation": "v", "bgcolor": GROUND, "color": INK},
    )  # fmt: skip
    drawn.saved = _page(history, epochs, names)
    return drawn


@functools.cache
def _figure_class() -> type:
    """A figure that also leaves a picture, for a reader without plotly; created at first use."""
    from plotly import graph_objects

    class Figure(graph_objects.Figure):
        saved = ""

        def _repr_mimebundle_(self, *args, **kwargs):
            return {"text/plain": "<kerasnb.History plot>", "text/html": self.saved, MIME: _lean(self)}

        def _ipython_display_(self):
            if notebook.shell() is not None:
                notebook.show(self._repr_mimebundle_())
            else:
                super()._ipython_display_()

        def __reduce__(self) -> tuple:
            return graph_objects.Figure, super().__reduce__()[1]  # what is pickled opens without kerasnb

    return Figure


def _lean(figure: Any) -> dict:
    """The figure as a notebook keeps it: without the bar of tools, which would cover the legend."""
    kept = figure.to_plotly_json()
    kept["layout"].pop("template", None)  # 7 KB of defaults, which the figure sets itself
    return {**kept, "config": {"displayModeBar": False, "responsive": True}}


def _page(history: dict, epochs: list, metrics: list[str]) -> str:
    """The same curves as HTML."""
    names = {*metrics, *(f"val_{n}" for n in metrics)}
    run = Run(epochs=len(epochs), steps=1, model_name="history")
    for number in spread(len(epochs), EPOCHS):
        epoch = epochs[number]
        run.begin_epoch(epoch)
        run.record_batch(0, {})
        run.end_epoch(epoch, {n: v[number] for n, v in history.items() if n in names and number < len(v)})
    run.finish("completed")
    pictures = "".join(svg.picture(run, name) for name in facts.curves(run))
    shown = card(f"<div>{pictures}</div>{static.table(run)}", facts.text(run, timed=False))
    return f'<div class="kerasnb-run">{shown}</div>'


def _names(history: dict, metrics: str | list[str] | None) -> list[str]:
    known = [n for n in history if not n.startswith("val_")]
    if metrics is None:
        return sorted(known, key=lambda n: (n != "loss", n))
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    for name in names:
        if name not in history:
            raise ValueError(f"Argument `metrics` must hold names of the history: {known}. Received: {name!r}")
    return names


def _trace(
    graph_objects: Any, name: str, values: list, epochs: list, colour: str, dash: str, legend: bool
) -> Any:  # fmt: skip
    kind = "validation" if name.startswith("val_") else "training"
    last = words.number(values[-1]) if values else ""
    numbers = [e + 1 for e in epochs][-len(values) :] if values else []
    places = spread(len(numbers), POINTS)
    return graph_objects.Scatter(
        x=[numbers[i] for i in places], y=[_rounded(values[i]) for i in places], name=kind, legendgroup=kind,
        showlegend=legend, mode="lines+markers" if len(places) <= 60 else "lines",
        line={"color": colour, "dash": dash, "width": 2},
        hovertemplate=f"{name} %{{y:.4g}}<extra></extra>", meta={"name": name, "last": last},
    )  # fmt: skip


def _rounded(value: float) -> float | None:
    """A value with six digits; None where a curve has a gap."""
    return float(f"{value:.6g}") if math.isfinite(value) else None
