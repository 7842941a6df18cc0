"""Tests of kerasnb.widgets.sources."""
