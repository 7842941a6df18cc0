"""Layers that move a window of weights over their inputs."""
