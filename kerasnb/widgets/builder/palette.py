"""The palette: all public layers by family, what each starts with, and which of them the Builder cannot make."""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
import weakref
from collections.abc import Iterator
from typing import Any

from kerasnb import layers
from kerasnb.backend.tensor import naming
from kerasnb.backend.tensor.naming import to_snake_case
from kerasnb.layers.base.layer import Layer
from kerasnb.ops.operation import PublicOperation
from kerasnb.widgets.summaries.kinds import family_of

#: Folder of a layer's file: the group of the palette.
GROUPS = {
    "core": "Core", "convolutional": "Convolution", "pooling": "Pooling", "rnn": "Recurrent",
    "normalization": "Normalization", "regularization": "Regularization", "reshaping": "Reshaping",
    "merging": "Merging", "attention": "Attention", "activations": "Activation", "preprocessing": "Preprocessing",
}  # fmt: skip
HIDDEN = {"Layer", "InputLayer"}
NEEDS_PYTHON = {
    "Lambda": "Lambda runs a Python function. Write that layer in a cell.",
    "Wrapper": "Wrapper is a base class for layers that you write in a cell.",
    "RNN": "RNN repeats a cell of your own. Use LSTM, GRU or SimpleRNN here.",
    "FlaxLayer": "FlaxLayer needs a module of Flax.",
    "JaxLayer": "JaxLayer needs a function of JAX.",
    "TFSMLayer": "TFSMLayer needs a file of TensorFlow.",
    "TorchModuleWrapper": "TorchModuleWrapper needs a module of PyTorch.",
    "SimpleRNNCell": "A cell is one step of a recurrent layer. Use SimpleRNN.",
    "GRUCell": "A cell is one step of a recurrent layer. Use GRU.",
    "LSTMCell": "A cell is one step of a recurrent layer. Use LSTM.",
    "StackedRNNCells": "Cells are single steps of a recurrent layer. Insert several recurrent layers.",
}
FIRST = (
    "Dense", "Embedding", "Conv2D", "SeparableConv2D", "DepthwiseConv2D", "MaxPooling2D", "GlobalAveragePooling2D",
    "LSTM", "GRU", "BatchNormalization", "LayerNormalization", "Dropout", "Flatten", "Reshape", "Add", "Concatenate",
    "MultiHeadAttention", "ReLU", "Activation",
)  # fmt: skip
REQUIRED: dict[str, Any] = {
    "units": 32, "filters": 16, "kernel_size": 3, "pool_size": 2, "rate": 0.5, "output_size": 4, "stddev": 0.1, "n": 8,
    "scale": 1 / 255, "input_dim": 1000, "output_dim": 16, "num_heads": 2, "key_dim": 16, "activation": "relu",
    "axes": -1, "equation": "...x,xy->...y", "output_shape": 32, "dims": (1,), "target_shape": (-1,),
}  # fmt: skip
WITH_RELU = ("Dense", "Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv2D")


@functools.cache
def classes() -> dict[str, type]:
    """The layers of the palette by their first names, in the order in which families show them."""
    found = {}
    for name in layers.__dir__():
        cls = getattr(layers, name)
        if isinstance(cls, type) and issubclass(cls, Layer) and cls.__name__ == name and name not in HIDDEN:
            found[name] = cls
    order = {name: i for i, name in enumerate(FIRST)}
    return dict(sorted(found.items(), key=lambda item: (order.get(item[0], 99), item[0])))


def family(cls: type) -> tuple[str, str]:
    """The group of a class of layers and its colour; the user's own have those of what they extend."""
    if cls.__name__ == "InputLayer":
        return "Shape", family_of(cls)
    if issubclass(cls, PublicOperation):
        return "Operation", "shape"
    folders = (base.__module__.split(".")[2] for base in cls.__mro__ if base.__module__.startswith("kerasnb.layers."))
    return next((GROUPS[folder] for folder in folders if folder in GROUPS), "Own"), family_of(cls)


def kind(layer: Any) -> str:
    """The class of a layer's colour."""
    return family(type(layer))[1]


@functools.cache
def summary(name: str) -> str:
    """The first sentence of a layer's documentation."""
    return (classes()[name].__doc__ or "").strip().split("\n")[0]


def arguments(name: str, shape: tuple | None = None, ids: int | None = None) -> dict:
    """The arguments with which a layer starts.

    Args:
        name: String, a name of the palette.
        shape: Optional shape of its inputs with the batch size.
        ids: Optional integer, how many different whole numbers the inputs hold.
    """
    check(name)
    rank = len(shape) if shape else 2
    if name == "Permute":
        return {"dims": tuple(range(rank - 1, 0, -1))}
    if name == "Embedding":
        return {"input_dim": ids or 1000, "output_dim": 16}
    if name == "GroupNormalization" and shape and shape[-1]:
        return {"groups": next(n for n in range(min(32, shape[-1]), 0, -1) if shape[-1] % n == 0)}
    if name == "Activation":
        return {"activation": "relu"}
    if name in ("Bidirectional", "TimeDistributed", "SpectralNormalization"):
        inner = layers.LSTM(32) if name == "Bidirectional" else _inner(rank, name)
        inner.name = to_snake_case(type(inner).__name__)
        return {"layer": inner}
    from_signature = {key: REQUIRED[key] for key in required(classes()[name]) if key in REQUIRED}
    if name in WITH_RELU:
        from_signature["activation"] = "relu"
    return from_signature


def _inner(rank: int, name: str) -> Layer:
    if name == "TimeDistributed":
        return layers.Dense(16) if rank <= 3 else layers.Conv2D(8, 3) if rank == 5 else layers.Flatten()
    return layers.Conv2D(16, 3) if rank == 4 else layers.Dense(32)


def required(cls: Any) -> tuple[str, ...]:
    """The arguments without which a class cannot be created."""
    from_init = signature(cls)
    return tuple(p.name for p in from_init if p.default is p.empty)


def signature(cls: Any) -> tuple:
    """The parameters of a class's constructor that have names."""
    if cls not in _signatures:
        _, *parameters = inspect.signature(cls.__init__).parameters.values()
        _signatures[cls] = tuple(p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))
    return _signatures[cls]


_signatures: weakref.WeakKeyDictionary[type, tuple] = weakref.WeakKeyDictionary()


@contextlib.contextmanager
def fresh_names() -> Iterator[None]:
    """Automatic names as in a new session, while it is open."""
    before = dict(naming._counts)
    naming._counts.clear()
    try:
        yield
    finally:
        naming._counts.clear()
        naming._counts.update(before)


def free_name(name: str, taken: set[str]) -> str:
    """`conv2d`, `conv2d_1`, ... : the first name of a class that is not taken."""
    base = to_snake_case(name)
    tries = itertools.chain([base], (f"{base}_{i}" for i in itertools.count(1)))
    return next(one for one in tries if one not in taken)


def check(name: str) -> None:
    """Checks that the Builder can make a layer.

    Raises:
        ValueError: If there is no such layer, or it needs Python.
    """
    if name in NEEDS_PYTHON:
        raise ValueError(NEEDS_PYTHON[name])
    if name not in classes():
        raise ValueError(f"No layer is named {name!r}.")


def create(name: str, given: dict, taken: set[str]) -> Layer:
    """A new layer of the palette.

    Raises:
        ValueError: If there is no such layer, it needs Python, or an argument does not fit.
    """
    check(name)
    try:
        return classes()[name](**given, name=free_name(name, taken))
    except TypeError as problem:
        raise ValueError(f"{name} cannot be made so: {problem}") from problem
