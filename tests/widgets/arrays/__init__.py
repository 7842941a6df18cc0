"""Tests of kerasnb.widgets.arrays."""
