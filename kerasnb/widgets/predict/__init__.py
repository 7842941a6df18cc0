"""Predictions that one can explore: draw, confusion matrix, what-if, maps of what a layer has learned."""
