"""Errors of shapes as pictures: the chain of layers, where it breaks, and what mends it."""

from kerasnb.widgets.errors.explain import explain

__all__ = ["explain"]
