"""Tests of kerasnb.widgets.summaries."""
