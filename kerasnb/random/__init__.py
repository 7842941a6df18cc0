"""`keras.random`: random numbers that follow from a seed and from nothing else."""

from kerasnb import absent
from kerasnb.backend.late_bound import Random
from kerasnb.random.continuous import beta, gamma, normal, truncated_normal, uniform
from kerasnb.random.discrete import binomial, categorical, randint, shuffle
from kerasnb.random.dropout import dropout
from kerasnb.random.seed_generator import SeedGenerator

__all__ = [
    "SeedGenerator", "beta", "binomial", "categorical", "dropout", "gamma", "normal", "randint", "shuffle",
    "truncated_normal", "uniform",
]  # fmt: skip

__getattr__ = absent.explaining(__name__)

Random.normal = normal
