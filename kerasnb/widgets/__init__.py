"""`kerasnb.widgets`: what a person sees and touches. No lower package imports it at the top of a file."""

from kerasnb.model.run.run import Run, last_run
from kerasnb.model.training.layer_times import layer_times
from kerasnb.widgets.notebook.nbclean import clean
from kerasnb.widgets.panel.panel import panel_class
from kerasnb.widgets.summary.table import model_html

__all__ = ["Run", "clean", "last_run", "layer_times", "model_html", "panel_class"]
