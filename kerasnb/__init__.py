"""kerasnb: the Keras 3 API on an engine you can read. `import kerasnb as keras` runs Keras code."""

from kerasnb import (
    absent,
    activations,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    dtype_policies,
    initializers,
    layers,
    losses,
    metrics,
    mixed_precision,
    models,
    ops,
    optimizers,
    random,
    regularizers,
    saving,
    tree,
    utils,
)
from kerasnb.backend import KerasTensor, Variable
from kerasnb.backend.autodiff.operation import Operation
from kerasnb.backend.autodiff.remat import RematScope, remat
from kerasnb.backend.tensor.device import scope as device
from kerasnb.backend.tensor.naming import name_scope
from kerasnb.backend.tensor.scopes import StatelessScope, SymbolicScope
from kerasnb.dtype_policies import DTypePolicy, FloatDTypePolicy
from kerasnb.initializers import Initializer
from kerasnb.layers import Input, InputSpec, Layer
from kerasnb.losses import Loss
from kerasnb.metrics import Metric
from kerasnb.model.function import Function
from kerasnb.models import Model, Sequential
from kerasnb.optimizers import Optimizer
from kerasnb.regularizers import Regularizer
from kerasnb.version import __version__, version

__all__ = [
    "DTypePolicy", "FloatDTypePolicy", "Function", "Initializer", "Input", "InputSpec", "KerasTensor", "Layer", "Loss",
    "Metric", "Model", "Operation", "Optimizer", "Regularizer", "RematScope", "Sequential", "StatelessScope",
    "SymbolicScope", "Variable", "__version__", "activations", "backend", "callbacks", "config", "constraints",
    "datasets", "device", "dtype_policies", "initializers", "layers", "losses", "metrics", "mixed_precision", "models",
    "name_scope", "ops", "optimizers", "random", "regularizers", "remat", "saving", "tree", "utils", "version",
]  # fmt: skip

__getattr__ = absent.explaining(__name__)
