"""What `kerasnb.widgets` exports, and from where; `__init__.py` imports it at first use."""

from kerasnb.model.run.run import Run as Run
from kerasnb.model.run.run import last_run as last_run
from kerasnb.model.training.layer_times import layer_times as layer_times
from kerasnb.widgets.graph.graph import Graph as Graph
from kerasnb.widgets.graph.graph import graph as graph
from kerasnb.widgets.lesson.cars import cars as cars
from kerasnb.widgets.lesson.errors import expect_error as expect_error
from kerasnb.widgets.lesson.lesson import Lesson as Lesson
from kerasnb.widgets.lesson.mistakes import mistakes as mistakes
from kerasnb.widgets.lesson.settings import full_size as full_size
from kerasnb.widgets.lesson.show import show as show
from kerasnb.widgets.notebook.nbclean import clean as clean
from kerasnb.widgets.panel.panel import Panel as Panel
from kerasnb.widgets.summary.summary import Summary as Summary
from kerasnb.widgets.summary.summary import show_model as show_model
from kerasnb.widgets.summary.summary import show_summary as show_summary
from kerasnb.widgets.summary.summary import summary as summary
from kerasnb.widgets.summary.table import model_html as model_html
from kerasnb.widgets.checks.check import check as check
from kerasnb.widgets.checks.lr_find import lr_find as lr_find
from kerasnb.widgets.checks.seeds import run_hash as run_hash
from kerasnb.widgets.checks.seeds import seed as seed
from kerasnb.widgets.testing import here as testing
from kerasnb.widgets.inspect.peek import peek as peek
from kerasnb.widgets.runs.compare import compare as compare
from kerasnb.widgets.errors.explain import explain as explain
