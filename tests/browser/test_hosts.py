"""Other places than JupyterLab: threads, kernels that nobody watches, marimo, Voila, Colab."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import types

import pytest

from kerasnb.model.run import run as runs
from kerasnb.model.run.run import Run
from kerasnb.model.run.text import TextView
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.notebook import notebook
from kerasnb.widgets.panel import views

pytestmark = pytest.mark.alone

SETUP = """
import numpy as np, threading, time, kerasnb as keras
def make():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model
x, y = np.ones((32, 3), "float32"), np.ones((32, 1), "float32")
begun = threading.Event()
def ended(epoch, logs):
    print("epoch", epoch)
    begun.set()
    time.sleep(0.3)
slow = keras.callbacks.LambdaCallback(on_epoch_end=ended)
"""


class Kernel:
    """A kernel whose cells are run as a frontend runs them: each request names its cell."""

    def __init__(self):
        from jupyter_client.manager import start_new_kernel

        environment = {k: v for k, v in os.environ.items() if k != "KERASNB_RENDERER"}
        self.manager, self.client = start_new_kernel(kernel_name="python3", env=environment, startup_timeout=60)
        self.messages: list = []

    def send(self, code: str, cell: str) -> str:
        """Starts a cell; returns the id of the request."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell})
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def run(self, code: str, cell: str) -> str:
        """Runs a cell to its end."""
        request = self.send(code, cell)
        assert self.client.get_shell_msg(timeout=120)["content"]["status"] == "ok"
        return request

    def listen(self, seconds: float) -> list:
        """All messages so far, and those of the next seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(Exception):
                self.messages.append(self.client.get_iopub_msg(timeout=0.2))
        return self.messages

    def parents(self, kind: str, has=lambda content: True) -> set:
        """The requests that messages belong to."""
        return {m["parent_header"].get("msg_id") for m in self.messages if m["msg_type"] == kind and has(m["content"])}

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel():
    started = Kernel()
    started.run(SETUP, "setup")
    yield started
    started.stop()


@pytest.mark.parametrize(
    "start",
    [
        "thread = threading.Thread(target=lambda: make().fit(x, y, epochs=5, callbacks=[slow])); thread.start()",
        "training = make().fit(x, y, epochs=5, callbacks=[slow], background=True, watch='weights')",
    ],
    ids=["thread", "background"],
)
def test_a_fit_on_a_thread_stays_in_its_cell(kernel, start):
    """Panel, picture and prints belong to the cell that called `fit`, also while other cells run and print."""
    kernel.run("begun.clear()", "clear")
    kernel.listen(0.5)
    kernel.messages = []
    first = kernel.run(start + "\nwhile not begun.is_set(): time.sleep(0.05)", "first")
    second = kernel.run("print('other'); time.sleep(1.5)", "second")
    kernel.listen(3.0)

    def widget(content):
        return "application/vnd.jupyter.widget-view+json" in content["data"]

    assert kernel.parents("display_data", widget) == {first}
    assert kernel.parents("update_display_data") <= {first}
    assert kernel.parents("stream", lambda content: "epoch" in content["text"]) == {first}
    assert kernel.parents("stream", lambda content: "other" in content["text"]) == {second}


def test_an_unwatched_kernel_shows_pictures(kernel):
    """Without the id of a cell (nbconvert, papermill) there is no widget, and ten fits leave one output."""
    kernel.messages = []
    request = kernel.client.execute("for _ in range(3): make().fit(x, y, epochs=2)")
    assert kernel.client.get_shell_msg(timeout=60)["content"]["status"] == "ok"
    kernel.listen(1.0)
    shown = [m["content"] for m in kernel.messages if m["msg_type"] == "display_data"]
    updates = [m["content"] for m in kernel.messages if m["msg_type"] == "update_display_data"]
    assert [sorted(s["data"]) for s in shown] == [["text/html", "text/plain"]]
    assert "<b>3 fits</b>" in updates[-1]["data"]["text/html"] and not kernel.parents("comm_open")
    assert {u["transient"]["display_id"] for u in updates} == {shown[0]["transient"]["display_id"]}
    assert kernel.parents("display_data") == {request}


# --- hosts by their rules


class Sign(Tool):
    """A tool that says one thing."""

    name = "Sign"

    def state(self):
        return {}

    def html(self):
        return "<b>sign</b>"

    def text(self):
        return "sign"


def fake_marimo(request):
    """As much of marimo as is used: outputs are appended to a list."""
    outputs: list = []
    output = types.SimpleNamespace(append=outputs.append)
    meta = types.SimpleNamespace(request=request)
    return types.SimpleNamespace(
        running_in_notebook=lambda: True, output=output, Html=lambda text: ("html", text), app_meta=lambda: meta,
        outputs=outputs,
    )  # fmt: skip


def test_marimo_shows_the_widget_in_the_cell(monkeypatch):
    """A live tool is the widget itself, not what its terminal would show."""
    marimo = fake_marimo(request=object())
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    monkeypatch.delenv("KERASNB_RENDERER", raising=False)
    sign = Sign()
    monkeypatch.setattr("kerasnb.widgets.kit.frontend.widget", lambda *_: types.SimpleNamespace(
        on_msg=lambda handler: None, model_id="m"))  # fmt: skip
    assert notebook.host() == "marimo" and notebook.is_watched()
    sign.show()
    assert marimo.outputs == [sign.widget]
    assert isinstance(runs.open_view(Run(), "auto"), views.LiveView)


def test_an_export_of_marimo_has_the_picture(monkeypatch):
    """Nobody sends a request: the picture of the end is appended, once."""
    marimo = fake_marimo(request=None)
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    monkeypatch.delenv("KERASNB_RENDERER", raising=False)
    run = Run(epochs=1, steps=1, model_name="m")
    view = runs.open_view(run, "auto")
    run.start()
    run.begin_epoch(0)
    run.record_batch(0, {"loss": 0.5})
    run.end_epoch(0, {"loss": 0.5})
    run.finish("completed")
    view.close()
    assert [kind for kind, _ in marimo.outputs] == ["html"] and "kerasnb-run" in marimo.outputs[0][1]


class FakeShell:
    """The shell of a kernel that runs a cell of a frontend."""

    def __init__(self, metadata):
        request = {"header": {"msg_id": "1"}, "metadata": metadata}
        self.kernel = types.SimpleNamespace(get_parent=lambda channel: request)


@pytest.mark.parametrize(
    ("host", "metadata", "watched"),
    [
        ("jupyter", {"cellId": "a"}, True),  # JupyterLab; VS Code sends "vscode-notebook-cell:..."
        ("jupyter", {}, False),  # nbconvert, papermill
        ("voila", {"cellId": "a"}, False),
        ("colab", {}, True),
    ],
)
def test_who_watches(monkeypatch, host, metadata, watched):
    """By what hosts document: the id of the cell, the environment of Voila, the module of Colab."""
    monkeypatch.setattr(notebook, "shell", lambda: FakeShell(metadata))
    monkeypatch.delenv("SERVER_SOFTWARE", raising=False)
    if host == "voila":
        monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    if host == "colab":
        monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    assert notebook.host() == host and notebook.is_watched() == watched


def test_colab_gets_text_from_a_thread(monkeypatch):
    """Colab loses what another thread sends to a widget; the panel is for a fit that blocks."""
    monkeypatch.setattr(notebook, "shell", lambda: FakeShell({}))
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    monkeypatch.delenv("KERASNB_RENDERER", raising=False)
    elsewhere, here = Run(), Run()
    elsewhere.home = {"header": {"msg_id": "1"}}
    assert views.open_view(elsewhere, "auto") is None
    assert isinstance(views.open_view(here, "live"), views.LiveView)


def test_outside_of_notebooks_there_is_text(monkeypatch):
    """No kernel, no marimo: the progress bar of Keras."""
    monkeypatch.delenv("KERASNB_RENDERER", raising=False)
    monkeypatch.setattr(runs, "is_notebook", lambda: False)
    assert notebook.host() == "none" and not notebook.is_present()
    assert isinstance(runs.open_view(Run(), "auto"), TextView)


def test_older_kernels_are_told_the_cell_for_each_message(monkeypatch):
    """Before ipykernel 7.4 the parent is one for all threads: it is the thread's cell only while a message is sent."""
    first, second = ({"header": {"msg_id": name}} for name in ("first", "second"))
    state, seen = {"parent": second}, []
    shell = types.SimpleNamespace(
        kernel=types.SimpleNamespace(get_parent=lambda channel: second), get_parent=lambda: state["parent"],
        set_parent=lambda parent: state.update(parent=parent),
    )  # fmt: skip
    monkeypatch.setattr(notebook, "shell", lambda: shell)
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: seen.append(state["parent"]))

    def work():
        with notebook.at_home(first):
            assert notebook.parent() == first
            notebook.show({"text/plain": "a"}, "place")
        assert notebook.parent() == second

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [first] and state["parent"] == second
