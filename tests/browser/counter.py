"""A tool that counts, for tests of what all tools share."""

from __future__ import annotations

from kerasnb.widgets.kit.card import card, headline
from kerasnb.widgets.kit.tool import Tool


class Counter(Tool):
    """Adds up."""

    name = "Counter"
    scripts = ("../../tests/browser/counter.js",)

    def __init__(self):
        super().__init__()
        self.count = 0

    def state(self):
        return {"count": self.count}

    def html(self):
        return card(headline("Counter", str(self.count)), self.text())

    def text(self):
        return f"Counter {self.count}"

    def on_add(self, message, buffers):
        if message["by"] > 100:
            raise ValueError("100 is the most")
        self.count += message["by"]
        self.refresh()
