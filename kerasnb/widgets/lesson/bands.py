"""How ten other seeds went: the grey band behind a learning curve."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).with_name("data")


def bands(number: str) -> dict[str, tuple[list[float], list[float]]]:
    """The lowest and the highest values of ten seeds, epoch by epoch, of each curve of a lesson.

    Args:
        number: String, the number of the lesson.
    """
    read = json.loads((FOLDER / f"bands_{number}.json").read_text(encoding="utf-8"))
    return {name: (list(low), list(high)) for name, (low, high) in read.items()}
