"""Errors on purpose: the cell shows them as a card, and the notebook goes on."""

from __future__ import annotations

import html
from types import TracebackType

from kerasnb.widgets.errors import explain
from kerasnb.widgets.lesson.card import ORANGE, Shown, framed
from kerasnb.widgets.notebook import notebook


class expect_error:  # a context manager that reads like a function
    """Context manager that shows the error of its block as a card.

    An error of another kind is raised as ever; no error at all is one too.

    Args:
        kind: The class of the error that is expected, or a tuple of classes. Defaults to any `Exception`.

    Raises:
        AssertionError: If the block ends without an error.
        ValueError: If `kind` is no class of errors.

    Example:

    >>> import kerasnb.widgets as kw
    >>> with kw.expect_error(ValueError):
    ...     keras.layers.Dense(-1)
    Expected error: ValueError
    """

    def __init__(self, kind: type[BaseException] | tuple[type[BaseException], ...] = Exception) -> None:
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not all(isinstance(one, type) and issubclass(one, BaseException) for one in kinds):
            raise ValueError(f"Argument `kind` must be a class of errors, or a tuple of them. Received: {kind!r}")
        self.kind = kind

    def __enter__(self) -> expect_error:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if error is None:
            raise AssertionError("No error came: this block was expected to fail")
        if not isinstance(error, self.kind):
            return False
        self.error = error
        _show(card(error))
        return True


def card(error: BaseException) -> Shown:
    """An error as a card: its class, and what it says."""
    name, message = type(error).__name__, str(error).strip()
    text = f"Expected error: {name}"
    said = f'<div style="font-family:monospace;font-size:13px;white-space:pre-wrap">{html.escape(message)}</div>'
    drawn = explain(error)
    picture = f'<div style="margin-top:8px">{drawn.picture()}</div>' if drawn else ""
    told = f"\n{drawn.text()}" if drawn else ""
    body = f"<b>✘ {name}</b>, as expected{said}{picture}"
    return Shown(text, framed(body, f"{text}\n{message}{told}", ORANGE, 960 if drawn else 720))


def _show(shown: Shown) -> None:
    if notebook.shell() is None:
        print(shown.text)
    else:
        notebook.show(shown._repr_mimebundle_())
