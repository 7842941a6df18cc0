"""The promises of a widget and of what it leaves in a notebook."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

MAX_CODE = 80_000
MAX_OUTPUT = 40_000
ELSEWHERE = re.compile(r"""(?:import|src|href|url)\s*[=(]?\s*["']?(?:https?:)?//""")


class _Balanced(HTMLParser):
    """Notes tags that are opened and not closed, and scripts."""

    VOID = {"br", "hr", "img", "input", "path", "line", "circle", "rect", "polyline", "stop", "use", "meta", "link"}

    def __init__(self):
        super().__init__()
        self.open, self.scripts = [], 0

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"


def check_bundle(bundle: dict) -> None:
    """What is left in a notebook is text and HTML, whole, light, without scripts, and needs nothing from elsewhere."""
    assert {"text/plain", "text/html"} <= set(bundle)
    assert not re.search(r"0x[0-9a-f]{6,}", bundle["text/plain"]), "an address differs in every run"
    parser = _Balanced()
    parser.feed(bundle["text/html"])
    parser.close()
    assert parser.open == [] and parser.scripts == 0
    assert not ELSEWHERE.search(bundle["text/html"])
    assert len(json.dumps(bundle)) <= MAX_OUTPUT


def check_widget(cls, make) -> None:
    """A widget is one small module that loads nothing, has a constant text, and can be closed.

    Args:
        cls: The widget's class.
        make: Function that makes one without a browser.
    """
    code = str(cls._esm)
    assert len(code.encode()) <= MAX_CODE
    assert not ELSEWHERE.search(code) and "require(" not in code
    first, second = make(), make()
    assert repr(first) == repr(second)
    assert not re.search(r"0x[0-9a-f]{6,}", repr(first))
    first.close()
    second.close()
    assert first.comm is None
