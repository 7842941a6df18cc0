"""Coach: what the numbers of a run say, in plain language and with the evidence."""

from __future__ import annotations

from typing import Any


def notes(run: Any) -> list[dict]:
    """What a person should know about a run, the most important first."""
    return []
