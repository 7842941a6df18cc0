"""A tool in a bare page: the real scripts in a real browser, the real Python object on this side, no kernel between.

Much faster than JupyterLab; what only JupyterLab does (busy kernels, reload, trust) is tested there.
"""

from __future__ import annotations

import base64
import json

from kerasnb.widgets.kit import frontend

HTML = """<!doctype html><html lang="en"><meta charset="utf-8"><title>tool</title>
<body data-jp-theme-light="{light}" style="margin:8px;background:{ground};
  --jp-layout-color1:{ground};--jp-content-font-color1:{text};--jp-border-color2:{line}">
<main id="here"></main></body>"""
LIGHT = {"light": "true", "ground": "#fff", "text": "rgba(0,0,0,.87)", "line": "#e0e0e0"}
DARK = {"light": "false", "ground": "#212121", "text": "#fff", "line": "#424242"}
MOUNT = """async ({esm, traits}) => {
    const listeners = {};
    const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
    const fire = (name, ...values) => (listeners[name] ?? []).forEach((listener) => listener(...values));
    const text = (buffer) => {
        const view = new Uint8Array(buffer.buffer ?? buffer, buffer.byteOffset ?? 0, buffer.byteLength);
        let out = "";
        for (let i = 0; i < view.length; i += 4096) out += String.fromCharCode(...view.subarray(i, i + 4096));
        return btoa(out);
    };
    window.fromPython = (messages) => {
        for (const { state, content, buffers } of messages) {
            if (state) { traits.state = state; fire("change:state"); }
            else fire("msg:custom", content, buffers.map(bytes));
        }
    };
    const model = {
        get: (name) => traits[name],
        set: () => {}, save_changes: () => {},
        on: (name, listener) => (listeners[name] ??= []).push(listener),
        off: () => {},
        send: async (content, _, buffers = []) => window.fromPython(await window.toPython(content, buffers.map(text))),
    };
    window.loseKernel = () => fire("comm_live_update");
    const module = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
    await module.default.initialize?.({ model });
    window.endView = await module.default.render({ model, el: document.querySelector("#here") });
}"""


class FakeWidget:
    """The widget of a tool whose other end is a list."""

    model_id = "bare"

    def __init__(self, state: dict):
        self._state, self.sent, self.handler, self.closed = state, [], None, False

    def on_msg(self, handler) -> None:
        self.handler = handler

    def send(self, content: dict, buffers=()) -> None:
        json.dumps(content, allow_nan=False)
        self.sent.append({"content": content, "buffers": [base64.b64encode(bytes(b)).decode() for b in buffers]})

    @property
    def state(self) -> dict:
        return self._state

    @state.setter
    def state(self, value: dict) -> None:
        self._state = json.loads(json.dumps(value, allow_nan=False))
        self.sent.append({"state": self._state})

    def close(self) -> None:
        self.closed = True

    def take(self) -> list:
        sent, self.sent = self.sent, []
        return sent

    def hear(self, content: dict, buffers=()) -> list:
        """What a browser would send; returns what came back."""
        self.handler(self, content, list(buffers))
        return self.take()


def connect(tool) -> FakeWidget:
    """Gives a tool a widget without a browser; for tests of messages."""
    tool.widget = FakeWidget(json.loads(json.dumps(tool.state(), allow_nan=False)))
    tool.widget.on_msg(tool._on_message)
    return tool.widget


class BarePage:
    """A page that shows one tool.

    Args:
        browser: Browser of Playwright.
        tool: `Tool`.
        width: Integer, the width of the page in pixels.
        dark: Boolean, whether the page is dark.
        before: String, a script that runs before the tool's.
    """

    def __init__(self, browser, tool, width: int = 1000, height: int = 900, dark: bool = False, before: str = ""):
        self.tool, self.errors = tool, []
        self.widget = connect(tool)
        self.page = browser.new_page(viewport={"width": width, "height": height})
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_default_timeout(10_000)
        if before:
            self.page.add_init_script(before)
        page = HTML.format(**(DARK if dark else LIGHT))
        self.page.route("http://tool.test/", lambda route: route.fulfill(body=page, content_type="text/html"))
        self.page.goto("http://tool.test/")
        self.page.expose_function("toPython", self._to_python)
        traits = {"uid": tool.uid, "state": self.widget.state, "css": frontend.style(tool.sheets)}
        self.page.evaluate(MOUNT, {"esm": frontend.module(tool.scripts), "traits": traits})

    def _to_python(self, content: dict, buffers: list) -> list:
        return self.widget.hear(content, [memoryview(base64.b64decode(b)) for b in buffers])

    def flush(self) -> None:
        """Delivers what the tool has sent by itself."""
        self.page.evaluate("(messages) => window.fromPython(messages)", self.widget.take())

    def locator(self, selector: str, **options):
        """Elements of the card; selectors look into shadows."""
        return self.page.locator(selector, **options)

    def screenshot(self, path) -> None:
        """A picture of the card."""
        self.page.locator("#here").screenshot(path=str(path))

    def close(self) -> None:
        """Closes the page; errors of its scripts fail the test."""
        self.page.close()
        assert not self.errors
