"""Layers of kerasnb/layers/normalization/."""

from kerasnb import layers
from tests.layers.case import Case

OPTIONS = {
    "beta_initializer": "ones", "gamma_initializer": "he_normal", "beta_regularizer": "l2", "gamma_regularizer": "l1",
    "beta_constraint": "non_neg", "gamma_constraint": "max_norm",
}  # fmt: skip
RENORM = {"renorm": True, "renorm_clipping": {"rmax": 3.0, "rmin": 0.3, "dmax": 5.0}, "renorm_momentum": 0.8}

CASES = {
    "BatchNormalization": Case({}, (4, 3), (4, 3), 4, 2),
    "BatchNormalization images": Case({"momentum": 0.6, "epsilon": 0.1}, (2, 3, 4, 5), None, 4, 2),
    "BatchNormalization channels first": Case({"axis": 1, "scale": False}, (2, 3, 4), None, 3, 1),
    "BatchNormalization bare": Case({"center": False, "scale": False}, (2, 3, 4), None, 2, 0),
    "BatchNormalization renorm": Case({**RENORM, "momentum": 0.5}, (4, 3, 5), None, 7, 2),
    "BatchNormalization options": Case({**OPTIONS, "moving_mean_initializer": "ones"}, (4, 3), None, 4, 2),
    "LayerNormalization": Case({}, (2, 3, 4), (2, 3, 4), 2),
    "LayerNormalization axes": Case({"axis": [1, 2], "epsilon": 0.1}, (2, 3, 4), None, 2),
    "LayerNormalization first": Case({"axis": 1, "center": False}, (2, 3, 4), None, 1),
    "LayerNormalization bare": Case({"center": False, "scale": False}, (2, 4), None, 0),
    "LayerNormalization options": Case(OPTIONS, (4, 3), None, 2),
    "GroupNormalization": Case({"groups": 2}, (2, 3, 4), (2, 3, 4), 2),
    "GroupNormalization instances": Case({"groups": -1, "axis": 1}, (2, 4, 3, 5), None, 2),
    "GroupNormalization bare": Case({"groups": 3, "center": False, "scale": False}, (2, 6), None, 0),
    "GroupNormalization options": Case({**OPTIONS, "groups": 1}, (2, 5, 3), None, 2),
    "RMSNormalization": Case({}, (2, 3, 4), (2, 3, 4), 1),
    "RMSNormalization axes": Case({"axis": (1, 2), "epsilon": 0.1}, (2, 3, 4), None, 1),
    "UnitNormalization": Case({}, (2, 3, 4), (2, 3, 4), 0),
    "UnitNormalization axes": Case({"axis": [1, 2]}, (2, 3, 4), None, 0),
    "SpectralNormalization": Case({"layer": layers.Dense(4), "power_iterations": 2}, (2, 3), (2, 4), 3, 2),
}  # fmt: skip
