"""Layers in which positions of one sequence attend to those of another."""
