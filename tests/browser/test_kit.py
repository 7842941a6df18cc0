"""What all tools share, shown by a tool that counts."""

from __future__ import annotations

import pytest

from kerasnb.widgets.kit.card import card, headline
from kerasnb.widgets.kit.tool import Tool

SCRIPT = """function mount(host) {
  const head = make("div", "head", host.card);
  const count = make("b", "count", head);
  const add = button(head, "Add", { icon: "plus", key: "A", click: () => go(1) });
  const field = make("input", "f", head);
  field.setAttribute("aria-label", "step");
  const problem = make("span", "bad", head);
  const go = async (by) => {
    problem.textContent = "";
    try { await host.ask("add", { by }); } catch (error) { problem.textContent = error.message; }
  };
  field.onchange = () => go(Number(field.value));
  host.useKeys({ a: () => go(1), "ctrl+z": () => go(-1) });
  host.onState((state) => { count.textContent = state.count; });
  host.onGone(() => enable(add, false, GONE));
}
"""


class Counter(Tool):
    """Adds up."""

    name = "Counter"

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
        self.refresh(picture=False)


@pytest.fixture
def counter(show_tool, monkeypatch):
    from kerasnb.widgets.kit import frontend

    parts = frontend.module(()).replace("export default", SCRIPT + "\nexport default")
    monkeypatch.setattr(frontend, "module", lambda scripts: parts)
    return show_tool(Counter())


def test_clicks_and_keys_reach_python_and_answers_the_page(counter):
    """A click, a key and a typed number change the state; an error is shown where it happened."""
    counter.locator("button").click()
    counter.page.wait_for_function("document.querySelector('.kerasnb').shadowRoot.querySelector('.count').innerText == 1")
    counter.locator(".page").press("a")
    counter.locator(".page").press("Control+z")
    counter.locator("input").fill("5")
    counter.locator("input").press("Enter")
    counter.page.wait_for_function("document.querySelector('.kerasnb').shadowRoot.querySelector('.count').innerText == 6")
    counter.locator("input").fill("500")
    counter.locator("input").press("Enter")
    counter.locator(".bad", has_text="100 is the most").wait_for()
    assert counter.tool.count == 6


def test_a_lost_kernel_disables_with_the_reason(counter):
    """When the connection ends, controls are off and say why."""
    counter.page.evaluate("window.loseKernel()")
    assert counter.locator("button").is_disabled()
    assert "restarted" in counter.locator("button").get_attribute("title")
