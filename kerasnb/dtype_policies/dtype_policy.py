"""DTypePolicy: in which dtype a layer computes, and in which its variables are kept."""

from __future__ import annotations

from typing import Any, NoReturn, TypeAlias

from kerasnb.backend.tensor import dtypes
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import DType
from kerasnb.ops.core import cast, convert_to_tensor
from kerasnb.serialization.configured import Configured

#: What stands for a policy: its name, a dtype, or None for the default.
PolicyLike: TypeAlias = "DTypePolicy | DType | dict | None"
_MIXED = {"mixed_float16": ("float16", "float32"), "mixed_bfloat16": ("bfloat16", "float32")}
_QUANTIZED = ("int8", "float8", "int4", "gptq", "awq")
_settings: dict = {"policy": None}


class DTypePolicy(Configured):
    """A dtype policy for a Keras layer: its computation dtype and its variable dtype.

    Args:
        name: A dtype name such as `"float32"`, which is both, or `"mixed_float16"`, which computes in
            `float16` and keeps variables in `float32`. Defaults to the global policy.

    Raises:
        TypeError: If `name` is not a string.
        ValueError: If it names no policy.
        NotImplementedError: If it names that of quantized layers.

    Example:

    >>> keras.DTypePolicy("mixed_float16").compute_dtype
    'float16'
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = dtype_policy().name if name is None else name
        self._compute_dtype, self._variable_dtype = _parsed(self._name)

    @property
    def name(self) -> str:
        """The name of the policy."""
        return self._name

    @property
    def quantization_mode(self) -> str | None:
        """None: quantization is not in kerasnb yet."""
        return None

    @property
    def compute_dtype(self) -> str:
        """The dtype of computations."""
        return self._compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of variables."""
        return self._variable_dtype

    def convert_input(self, x: Any, autocast: bool, dtype: str) -> Any:
        """The input as a tensor, of the given dtype where it is a float and `autocast` is set."""
        if not isinstance(x, (Tensor, KerasTensor)):
            if not hasattr(x, "__array__"):
                return x
            x = convert_to_tensor(x)
        wrong = autocast and x.dtype != dtype and dtypes.is_float_dtype(x.dtype)
        return cast(x, dtype) if wrong else x

    def __eq__(self, other: object) -> bool:
        return type(other) in (DTypePolicy, FloatDTypePolicy) and self.name == other.name  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'


class FloatDTypePolicy(DTypePolicy):
    """An older name of `DTypePolicy`."""


def refuse_quantized(what: str) -> NoReturn:
    """Raises NotImplementedError: quantization comes later."""
    raise NotImplementedError(
        f"{what} is not in kerasnb yet: layers compute in float types. Use a policy such as 'float32' or "
        "'mixed_bfloat16', or quantize the model in Keras."
    )


def _parsed(name) -> tuple[str, str]:
    if not isinstance(name, str):
        raise TypeError(
            f"'name' must be a string, such as 'mixed_float16'. Received: name={name} (of type {type(name)})"
        )
    if name in _MIXED:
        return _MIXED[name]
    if "_from_" in name and name.startswith(_QUANTIZED):
        refuse_quantized(f"The policy {name!r} of quantized layers")
    try:
        dtype = dtypes.standardize_dtype(name)
    except ValueError:
        raise ValueError(
            f"Cannot convert '{name}' to a mixed precision DTypePolicy. Valid policies include 'mixed_float16', "
            "'mixed_bfloat16', and the name of any float dtype such as 'float32'."
        ) from None
    return dtype, dtype


def dtype_policy() -> DTypePolicy:
    """Returns the current default dtype policy object.

    Example:

    >>> keras.config.dtype_policy()
    <DTypePolicy "float32">
    """
    policy = _settings["policy"]
    return DTypePolicy(dtypes.floatx()) if policy is None else policy


def set_dtype_policy(policy: str | DTypePolicy) -> None:
    """Sets the default dtype policy globally.

    Args:
        policy: `DTypePolicy` or its name.

    Raises:
        ValueError: If it is neither.

    Example:

    >>> keras.config.set_dtype_policy("float32")
    """
    if isinstance(policy, str):
        policy = DTypePolicy(policy)
    if not isinstance(policy, DTypePolicy):
        raise ValueError(
            "Invalid `policy` argument. Expected the string name of a policy (such as 'mixed_float16') or a "
            f"`DTypePolicy` instance. Received: policy={policy} (of type {type(policy)})"
        )
    _settings["policy"] = policy
