"""What `kerasnb.widgets` exports, and from where; `__init__.py` imports it at first use."""

from kerasnb.model.run.run import Run as Run
from kerasnb.model.run.run import last_run as last_run
from kerasnb.model.training.layer_times import layer_times as layer_times
from kerasnb.widgets.lesson.cars import cars as cars
from kerasnb.widgets.lesson.errors import expect_error as expect_error
from kerasnb.widgets.lesson.lesson import Lesson as Lesson
from kerasnb.widgets.lesson.mistakes import mistakes as mistakes
from kerasnb.widgets.lesson.settings import full_size as full_size
from kerasnb.widgets.lesson.show import show as show
from kerasnb.widgets.notebook.nbclean import clean as clean
from kerasnb.widgets.panel.panel import panel_class as panel_class
from kerasnb.widgets.summary.table import model_html as model_html
