"""The lesson kit: cards, figures, exercises that check themselves. None of it needs a live page."""
