"""The cards of a lesson in a live notebook: a prediction that locks at the run, an exercise that says how it went."""

from __future__ import annotations

import html
from typing import Any

from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.lesson.card import BLUE, GREEN, GREY, ORANGE, folded, framed, words
from kerasnb.widgets.lesson.plan import Question
from kerasnb.widgets.notebook import notebook

LETTERS = "ABCDEFGH"
COLOURS = {"waiting": GREY, "hint": ORANGE, "right": GREEN}
TRIES = 2  # before a live card shows the solution


class LessonCard(Tool):
    """What the cards share: a text that is the same in each run, and a page for readers without a kernel."""

    name = "Lesson"
    scripts = ("lesson/js/lesson.js",)
    sheets = ("lesson/js/lesson.css",)

    def __repr__(self) -> str:
        return self.text()

    @property
    def page(self) -> str:
        """The static picture."""
        return self.html()


class Prediction(LessonCard):
    """A question to answer before the next cell runs. The options lock at the run, and then each shows its reply.

    Args:
        lesson: String, the number of the lesson.
        number: Integer, the number of the question.
        count: Integer, how many questions the lesson has.
        asked: `Question`.
    """

    def __init__(self, lesson: str, number: int, count: int, asked: Question) -> None:
        super().__init__()
        self.lesson, self.number, self.count, self.asked = lesson, number, count, asked
        self.chosen: int | None = None
        self.locked = False

    def state(self) -> dict:
        """What the browser draws."""
        options = [{"text": o, "reply": r, "right": o == self.asked.right} for o, r in self.asked.options.items()]
        return {
            "kind": "predict", "lesson": self.lesson, "number": self.number, "count": self.count,
            "question": self.asked.text, "options": options, "chosen": self.chosen, "locked": self.locked,
        }  # fmt: skip

    def text(self) -> str:
        """The question and its options; not which one is right."""
        named = zip(LETTERS, self.asked.options, strict=False)
        return "\n".join([f"Predict {self.number}: {self.asked.text}", *(f"  {a}. {option}" for a, option in named)])

    def html(self) -> str:
        """Each option unfolds to its reply; what a person chose is not in it, so that it is the same in each run."""
        named = list(zip(LETTERS, self.asked.options.items(), strict=False))
        told = "\n".join(f"  {letter}: {reply_of(o == self.asked.right, reply)}" for letter, (o, reply) in named)
        body = f"<div><b>Predict {self.number}.</b> {words(self.asked.text)}</div>"
        for letter, (option, reply) in named:
            said = words(reply_of(option == self.asked.right, reply))
            answer = f'<div style="margin:2px 0 6px 18px">{said}</div>'
            body += folded(f"<b>{letter}</b> &nbsp;{words(option)}", answer, "margin-top:4px")
        hint = "Choose before you run the next cell. A click on your choice shows the reply."
        body += f'<div style="font-size:12px;opacity:.75;margin-top:6px">{hint}</div>'
        return framed(body, f"{self.text()}\n{told}", BLUE)

    def on_choose(self, message: dict, buffers: list) -> None:
        """Keeps the choice, as long as no cell has run."""
        option = message.get("option")
        if type(option) is not int or not 0 <= option < len(self.asked.options):
            raise ValueError(f"The question has options 1 to {len(self.asked.options)}.")
        if not self.locked:
            self.chosen = option
            self.refresh(picture=False)

    def show(self) -> None:
        """Shows the card; where a person watches, the next cell that runs locks it."""
        super().show()
        shell = notebook.shell()
        if self.widget is not None and shell is not None:
            shell.events.register("pre_run_cell", self._lock)

    def _lock(self, *_: Any) -> None:
        notebook.shell().events.unregister("pre_run_cell", self._lock)
        self.locked = True
        self.refresh(picture=False)


class Checked(LessonCard):
    """How an exercise went: "waiting", a hint for the error that was made, or a tick.

    Args:
        number: Integer, the number of the exercise.
        verdict: String: `"waiting"`, `"hint"` or `"right"`.
        hint: String, what the check said.
        more: Tuple of strings, further hints.
        solution: String, code; empty where a class gets none.
        tries: Integer, how often it was tried so far.
    """

    def __init__(
        self, number: int, verdict: str, hint: str = "", more: tuple[str, ...] = (), solution: str = "", tries: int = 0
    ) -> None:  # fmt: skip
        super().__init__()
        self.number, self.verdict, self.hint = number, verdict, hint
        self.more, self.solution, self.tries = more, solution, tries

    def state(self) -> dict:
        """What the browser draws."""
        shown = self.verdict == "right" or self.tries >= TRIES
        return {
            "kind": "check", "number": self.number, "verdict": self.verdict, "hint": self.hint,
            "more": list(self.more) if self.verdict == "hint" else [], "solution": self.solution if shown else "",
            "solvable": bool(self.solution), "left": max(0, TRIES - self.tries),
        }  # fmt: skip

    def text(self) -> str:
        """The same words each time."""
        said = {"waiting": "waiting", "right": "✔"}.get(self.verdict, f"not yet. {self.hint}")
        return f"Exercise {self.number}: {said}"

    def html(self) -> str:
        """The verdict, further hints, and the solution, folded."""
        head, _, said = self.text().partition(": ")
        body = f"<b>{head}:</b> {words(said)}"
        if self.verdict == "waiting":
            body += f" · {words('Replace `...` with your answer, and run the cell again.')}"
        if self.verdict == "hint":
            for place, hint in enumerate(self.more, 2):
                more = f'<div style="margin:2px 0 4px 18px">{words(hint)}</div>'
                body += folded(f"Hint {place} of {len(self.more) + 1}", more, "margin-top:4px;font-size:13px")
        return framed(body + solution_of(self.solution), self.text(), COLOURS[self.verdict])


def reply_of(right: bool, reply: str) -> str:
    """A reply with its sign."""
    return f"✔ Yes. {reply}" if right else f"✘ No. {reply}"


def solution_of(code: str) -> str:
    """A folded solution; none where a class gets its exercises without."""
    block = f'<pre style="margin:6px 0;overflow-x:auto"><code>{html.escape(code)}</code></pre>'
    return folded("Solution", block, "margin-top:4px;font-size:13px") if code else ""
