"""A plugin of pytest that turns itself on under `--nbval`: it leaves out what may differ between two runs.

To other tests it does one thing: the asserts of kerasnb itself are not rewritten.

It stands outside of the package, since pytest loads it at every start, and importing kerasnb would take half a second.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

# What is replaced in outputs, in this order.
PATTERNS = {
    # How a run went, and what figures hold: as pictures, tables and text.
    r'(?s)<div class="kerasnb-run"[^>]*>.*?</pre></div>': "<run/>",
    r'(?s)<div class="kerasnb-values">.*?</pre></div>': "<values/>",
    # Pictures of tools hold numbers of the run; cards of a lesson say the same each time.
    r'(?s)<div data-knb="[0-9a-f]+">(?!<div class="kerasnb-card">).*?</pre></div>': "<tool/>",
    r'data-knb="[0-9a-f]+"': 'data-knb=""',
    # nbval gives all cells the same number.
    r"Cell In\[\d+\]": "Cell In[]",
    # Pictures of others.
    r"(?s)<svg.*?</svg>": "<svg/>",
    r"data:image/[\w.+-]+;base64,[A-Za-z0-9+/=]+": "data:image",
    # Times in the lines that `fit` prints, "0s 26ms/step", and the spaces that cover a longer line before.
    r"\b\d+(?::\d+)*(?:ms|us|s)((?:\x1b\[\d*m)*) +\d+(?:ms|us|s)/(step|epoch)": r"time\1/\2",
    r"\b\d+(?:ms|us|s)/(step|epoch)": r"time/\1",
    r"(?m)(/(?:step|epoch).*?) +$": r"\1",
}
# What a kernel of nbval gets: pictures, since nobody watches, and colours, which saved outputs have.
RENDERER, NO_COLOR = "KERASNB_RENDERER", "NO_COLOR"


def _is_of_nbval(thing: Any) -> bool:
    return type(thing).__module__ == "nbval.plugin"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: Any) -> None:
    """Keeps pytest from rewriting the asserts of kerasnb, which it does for all that is installed with a plugin.

    Its modules are imported when they are first needed. Rewriting parses them, and CPython 3.11 raises SystemError
    where another thread, one that compiles kernels, parses at the same moment.
    """
    hook = early_config.pluginmanager.rewrite_hook
    if hasattr(hook, "_must_rewrite"):  # not with --assert=plain
        hook._must_rewrite.discard("kerasnb")
        hook._marked_for_rewrite_cache.clear()


@pytest.hookimpl
def pytest_collectstart(collector: Any) -> None:
    """Gives notebooks the patterns; those of `--nbval-sanitize-with` come after them."""
    if _is_of_nbval(collector):
        collector.sanitize_patterns.update(PATTERNS)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: Any) -> Iterator[None]:
    """Sets the environment in which nbval starts its kernels; other tests keep theirs."""
    if not _is_of_nbval(item):
        yield
        return
    before = {name: os.environ.get(name) for name in (RENDERER, NO_COLOR)}
    os.environ.setdefault(RENDERER, "static")
    os.environ.pop(NO_COLOR, None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
