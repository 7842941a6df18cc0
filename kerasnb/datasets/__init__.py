"""`keras.datasets`: small data sets to learn with."""

from kerasnb.datasets import mnist

__all__ = ["mnist"]
