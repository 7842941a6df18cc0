"""Layers that keep one number of each window, or of each channel."""
