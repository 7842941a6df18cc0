"""The card that shows what was seen at a training."""

from __future__ import annotations

import html
from typing import ClassVar

from kerasnb.widgets.kit.card import card, headline
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.kit.words import count
from kerasnb.widgets.watch.budget import Budget
from kerasnb.widgets.watch.looks import Look


class WatchCard(Tool):
    """Pictures of a training from inside; `fit(..., watch=...)` makes it.

    Args:
        looks: What is looked at.
        budget: How much time that may take.
    """

    name = "Watch"
    scripts: ClassVar[tuple[str, ...]] = (
        "watch/js/boundary.js", "watch/js/predictions.js", "watch/js/strips.js", "watch/js/watch.js",
    )  # fmt: skip
    sheets: ClassVar[tuple[str, ...]] = ("watch/js/watch.css",)

    def __init__(self, looks: list[Look], budget: Budget) -> None:
        super().__init__()
        self.looks, self.budget, self.ended = looks, budget, ""  # what it cost, from the end on

    @property
    def epochs(self) -> list[int]:
        """Numbers of complete epochs at the looks that are kept."""
        return self.looks[0].frames.epochs  # type: ignore[attr-defined]

    def state(self) -> dict:
        """All looks, and what they cost."""
        return {"looks": [look.state() for look in self.looks], "cost": self.cost(), "ended": bool(self.ended)}

    def cost(self) -> str:
        """What the looks cost, in words."""
        budget = self.budget
        if self.ended:
            return self.ended
        if not budget.looks and not budget.skipped:
            return "before the first batch"
        skipped = f", {count(budget.skipped, 'epoch')} skipped" if budget.skipped else ""
        return f"{count(budget.looks, 'look')}{skipped}: {100 * budget.used():.1f} % of the training time"

    def finish(self) -> None:
        """The training has ended: the card stays, and the picture is that of the end."""
        self.ended = self.cost()
        self.refresh()

    def html(self) -> str:
        """One picture below the other."""
        shown = "".join(f'<div style="margin-top:6px">{look.html()}</div>' for look in self.looks)
        return card(headline("Watch", f"after epoch {self.epochs[-1]}") + shown, html.unescape(self.text()))

    def text(self) -> str:
        """The looks in words and numbers."""
        return "\n".join(look.text() for look in self.looks)
