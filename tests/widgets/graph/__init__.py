"""Tests of kerasnb.widgets.graphs."""
