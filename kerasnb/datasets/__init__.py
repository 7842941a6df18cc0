"""`keras.datasets`: small data sets to learn with."""

from kerasnb import absent
from kerasnb.datasets import mnist

__all__ = ["mnist"]

__getattr__ = absent.explaining(__name__)
