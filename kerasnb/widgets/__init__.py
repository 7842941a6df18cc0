"""`kerasnb.widgets`: what a person sees and touches. Imports everything below it; nothing below imports it at the top."""

from kerasnb.model.run import Run, last_run
from kerasnb.widgets.nbclean import clean
from kerasnb.widgets.panel import panel_class
from kerasnb.widgets.summary import model_html

__all__ = ["Run", "clean", "last_run", "model_html", "panel_class"]
