"""Checks before training: a ladder of rungs, a learning rate, seeds and what a run comes to."""
