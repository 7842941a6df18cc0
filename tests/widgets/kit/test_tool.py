"""What every tool does with messages and with its end, whichever thread brings them."""

from __future__ import annotations

from kerasnb.widgets.kit.tool import LONGEST, Tool
from kerasnb.widgets.notebook import notebook
from tests.browser.bare import connect


class Lamp(Tool):
    """A tool that is closed while its state is made, once `goes` is set."""

    name = "Lamp"
    goes = False

    def state(self):
        if self.goes:
            self.close()
        return {"on": True}

    def html(self):
        return "<p>on</p>"

    def text(self):
        return "on"

    def on_fail(self, message, buffers):
        raise {"value": ValueError, "key": KeyError}[message["how"]](message["text"])

    def on_tell(self, message, buffers):
        return {"size": len(buffers)}, [b"bytes"]


def test_a_tool_may_be_closed_while_its_state_is_made():
    """By a cell that runs again, while a training sends: nothing breaks, and the view is gone."""
    lamp = Lamp()
    widget = connect(lamp)
    lamp.goes = True
    lamp.refresh()
    lamp.push("more")
    assert widget.closed and lamp.widget is None and widget.sent[0]["content"] == {"kind": "closed"}


def test_only_questions_are_answered():
    """With a result and buffers, or with the error as a sentence; a short one, and with its kind unless it is meant."""
    widget = connect(Lamp())
    assert widget.hear({"do": "tell"}, [b"1"]) == []
    [answer] = widget.hear({"do": "tell", "ask": 3}, [b"1"])
    assert answer["content"] == {"reply": 3, "result": {"size": 1}} and answer["buffers"] == ["Ynl0ZXM="]

    def error(**message):
        return widget.hear({"ask": 1, **message})[-1]["content"]["error"]

    assert error(do="fail", how="value", text="Too hot.") == "Too hot."
    assert error(do="fail", how="key", text="no") == "KeyError: 'no'"
    assert error(do="fly") == "Lamp has no action fly"
    assert len(error(do="fail", how="value", text="x" * 5000)) == LONGEST


def test_tools_that_end_while_a_cell_begins(monkeypatch):
    """A cell that runs again closes its tools, each of which leaves the list; those of other cells stay."""
    monkeypatch.setattr(notebook, "_kept", {})
    monkeypatch.setattr(notebook, "shell", lambda: object())
    cell = ["a", "first"]
    monkeypatch.setattr(notebook, "_running_cell", lambda: tuple(cell))
    monkeypatch.setattr(notebook, "replace", lambda bundle, display_id: None)
    lamps = [Lamp() for _ in range(4)]
    widgets = [connect(lamp) for lamp in lamps]
    for lamp, now in zip(lamps, (["a", "first"], ["a", "first"], ["b", "second"], ["a", "third"]), strict=True):
        cell[:] = now
        notebook.keep(lamp)
    assert [widget.closed for widget in widgets] == [True, True, False, False]
    assert notebook._kept == {"a": ("third", [lamps[3]]), "b": ("second", [lamps[2]])}
