"""Recurrent layers: the same cell at every step of a sequence."""
