"""A card that ends leaves nothing running in the page: no listeners of the window, no timers, no observers."""

from __future__ import annotations

import pytest

from tests.browser.scenes import SCENES

# Counts what stays until somebody ends it.
KEPT = """
window.kept = [];
{
  const drop = (test) => { const at = window.kept.findIndex(test); if (at >= 0) window.kept.splice(at, 1); };
  const stays = (target) => [window, document].includes(target) || target instanceof MediaQueryList;
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (name, listener, ...rest) {
    if (stays(this)) window.kept.push({ name, listener });
    return addEventListener.call(this, name, listener, ...rest);
  };
  EventTarget.prototype.removeEventListener = function (name, listener, ...rest) {
    if (stays(this)) drop((one) => one.name === name && one.listener === listener);
    return removeEventListener.call(this, name, listener, ...rest);
  };
  const { setInterval, clearInterval } = window;
  window.setInterval = (...rest) => {
    const id = setInterval(...rest);
    window.kept.push({ name: "interval", id });
    return id;
  };
  window.clearInterval = (id) => { drop((one) => one.id === id); clearInterval(id); };
  for (const name of ["MutationObserver", "ResizeObserver", "IntersectionObserver"]) {
    window[name] = class extends window[name] {
      observe(...rest) {
        if (!window.kept.some((one) => one.observer === this)) window.kept.push({ name, observer: this });
        super.observe(...rest);
      }
      disconnect() {
        drop((one) => one.observer === this);
        super.disconnect();
      }
    };
  }
}"""
# Scenes of a tool that has another one.
SAME = {"finished", "trouble", "failed", "compiling", "volumes", "branches", "sliders"}
NAMES = "window.kept.map((one) => one.name)"


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene not in SAME])
def test_a_card_that_is_closed_leaves_nothing_running(scene, show_tool):
    """While it is open it listens; when its tool has closed nothing is left, and the picture stands there again."""
    page = show_tool(SCENES[scene](), before=KEPT)
    page.page.locator(".kerasnb section").first.wait_for()
    page.page.evaluate("""(uid) => {
        document.querySelector("#here").innerHTML = `<div><div data-knb="${uid}">a picture</div></div>`;
    }""", page.tool.uid)  # fmt: skip
    page.locator(".kerasnb + [data-knb]").wait_for(state="hidden")
    opened = page.page.evaluate(NAMES)
    assert {"keydown", "change", "MutationObserver"} <= set(opened)
    page.tool.close()
    page.flush()
    assert page.page.evaluate(NAMES) == [] and page.page.locator(".kerasnb").count() == 0
    assert page.page.locator("[data-knb]").is_visible()
