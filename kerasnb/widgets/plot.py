"""Finished curves as a plotly figure: the one file that imports plotly."""

from __future__ import annotations

from kerasnb.model import run_facts

TRAIN, VALIDATION = "#2f7de1", "#e8710a"
GRID = "rgba(127,127,127,0.2)"


def figure(history: dict, epochs: list, metrics=None):
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
    made = subplots.make_subplots(
        rows=max(1, len(names)), cols=1, shared_xaxes=True, vertical_spacing=0.08, subplot_titles=names
    )
    for row, name in enumerate(names, 1):
        for key, colour, dash in ((name, TRAIN, "solid"), (f"val_{name}", VALIDATION, "dash")):
            if key in history:
                made.add_trace(_trace(graph_objects, key, history[key], epochs, colour, dash, row == 1), row=row, col=1)
    made.update_xaxes(gridcolor=GRID, zeroline=False)
    made.update_yaxes(gridcolor=GRID, zeroline=False)
    made.update_xaxes(title_text="epoch", row=max(1, len(names)), col=1)
    made.update_layout(
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", font_color="#808790",
        height=120 + 200 * max(1, len(names)), margin={"l": 50, "r": 20, "t": 40, "b": 40}, hovermode="x unified",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1.0, "xanchor": "right"},
    )  # fmt: skip
    return made


def _names(history, metrics) -> list[str]:
    known = [n for n in history if not n.startswith("val_")]
    if metrics is None:
        return sorted(known, key=lambda n: (n != "loss", n))
    wanted = [metrics] if isinstance(metrics, str) else list(metrics)
    for name in wanted:
        if name not in history:
            raise ValueError(f"Argument `metrics` must hold names of the history: {known}. Received: {name!r}")
    return wanted


def _trace(graph_objects, name, values, epochs, colour, dash, legend):
    kind = "validation" if name.startswith("val_") else "training"
    best = run_facts.number(values[-1]) if values else ""
    return graph_objects.Scatter(
        x=[e + 1 for e in epochs][-len(values) :], y=list(values), name=kind, legendgroup=kind, showlegend=legend,
        mode="lines+markers" if len(values) <= 60 else "lines", line={"color": colour, "dash": dash, "width": 2},
        hovertemplate=f"{name} %{{y:.4g}}<extra></extra>", meta={"name": name, "last": best},
    )  # fmt: skip
