"""The Builder in a real JupyterLab: it changes the model of the notebook, and trains with the panel below."""

from __future__ import annotations

DATA = """import numpy as np, kerasnb as keras, kerasnb.widgets as kw
rng = np.random.default_rng(0)
x = rng.random((256, 10, 10, 1)).astype("float32")
y = rng.integers(0, 4, 256)
builder = kw.Builder(x=x, y=y)
builder"""
ASK = "print([layer.name for layer in builder.model.layers], len(builder.model.history.history['loss']))"


def test_it_builds_trains_with_the_panel_and_survives_a_reload(open_notebook):
    """Clicks change the model that the next cell sees; Train opens the panel below the card; a reload shows it all."""
    notebook = open_notebook(DATA, ASK)
    notebook.run(0)
    output = notebook.output(0)
    output.locator("[data-card=input_layer]").click()
    output.locator("[data-layer=Conv2D]").click()
    output.locator("[data-card=conv2d].sel").wait_for()
    output.locator("button", has_text="Train").click()
    output.locator(".kerasnb canvas[role=img], .kerasnb svg[role=img], .kerasnb [role=img]").first.wait_for()
    output.locator(".st", has_text="Trained 5 epochs").wait_for(timeout=60_000)
    assert output.locator(".kerasnb").count() == 2
    notebook.run(1)
    notebook.wait_done(1)
    assert "['conv2d', 'flatten', 'dense'] 5" in notebook.output(1).inner_text()
    notebook.save()
    notebook.page.reload()
    notebook.open(wait=False)
    output = notebook.output(0)
    output.locator("text=conv2d").first.wait_for()
    assert "Conv2D(16, 3" in output.inner_text()
