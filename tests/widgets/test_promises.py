"""Everything that is shown keeps the promises of a widget."""

from __future__ import annotations

import kerasnb as keras
from kerasnb.model.run.run import Run
from kerasnb.widgets.panel import panel
from tests.promises.ops import check_bundle, check_widget


def finished_run() -> Run:
    run = Run(
        kind="fit", epochs=2, initial_epoch=0, steps=3, batch_size=4, model_name="<m>", metrics_names=["loss"],
        validation=True, learning_rate=0.1,
    )  # fmt: skip
    run.start()
    for epoch in range(2):
        run.begin_epoch(epoch)
        for step in range(3):
            run.record_batch(step, {"loss": 1.0 / (1 + step + epoch)})
        run.end_epoch(epoch, {"loss": 0.5 - epoch / 4, "val_loss": 0.6})
    run.finish("completed")
    return run


def test_the_panel_is_a_widget():
    """The live panel keeps the promises."""
    tool = panel.Panel(finished_run())
    cls = type(tool._open())
    tool.close()
    check_widget(cls, lambda: panel.Panel(finished_run())._open())


def test_a_run_leaves_a_picture():
    """A finished run keeps the promises of an output."""
    check_bundle(finished_run()._repr_mimebundle_())


def test_a_model_leaves_a_table():
    """A displayed model keeps the promises of an output."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(1)], name="a<b")
    check_bundle(model._repr_mimebundle_())
