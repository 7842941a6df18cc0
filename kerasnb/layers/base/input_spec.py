"""InputSpec: what a layer expects of its inputs, and the check."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from kerasnb import tree
from kerasnb.backend.tensor.dtypes import standardize_dtype
from kerasnb.backend.tensor.shapes import standardize_shape
from kerasnb.backend.typing import DType, Shape
from kerasnb.layers.base import hints
from kerasnb.serialization.brief import brief

_NOTHING = "\nHint: Does the `call()` of the layer that made this input end with `return`?"


class InputSpec:
    """What a layer expects of an input: its rank, dtype and shape.

    Args:
        dtype: Expected dtype of the input.
        shape: Shape tuple, expected shape of the input; None for what is not checked.
        ndim: Integer, expected rank of the input.
        max_ndim: Integer, maximum rank of the input.
        min_ndim: Integer, minimum rank of the input.
        axes: Dict of axes to the extent they should have.
        allow_last_axis_squeeze: Boolean, whether a last axis of 1 may be missing or added.
        name: Key under which the input is expected in a dict.
        optional: Boolean, whether the input may be None.

    Example:

    >>> keras.layers.InputSpec(min_ndim=2, axes={-1: 4})
    InputSpec(min_ndim=2, axes={-1: 4})
    """

    def __init__(
        self, dtype: DType | None = None, shape: Shape | None = None, ndim: int | None = None,
        max_ndim: int | None = None, min_ndim: int | None = None, axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False, name: str | None = None, optional: bool = False,
    ) -> None:  # fmt: skip
        self.dtype = standardize_dtype(dtype) if dtype is not None else None
        self.shape = standardize_shape(shape) if shape is not None else None
        self.ndim = len(shape) if shape is not None else ndim
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.name, self.optional, self.allow_last_axis_squeeze = name, optional, allow_last_axis_squeeze
        axes = axes or {}
        try:
            self.axes = {int(k): axes[k] for k in axes}
        except (ValueError, TypeError):
            raise TypeError(f"Argument `axes` must be a dict with integer keys. Received: axes={axes}") from None
        self._check_axes()

    def _check_axes(self) -> None:
        rank = self.ndim or self.max_ndim
        if self.axes and rank is not None:
            largest = rank - 1
            if max(self.axes) > largest:
                raise ValueError(f"Axis {max(self.axes)} is greater than the maximum allowed value: {largest}")

    def __repr__(self) -> str:
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        return f"InputSpec({', '.join(f'{n}={getattr(self, n)}' for n in names if getattr(self, n))})"

    def get_config(self) -> dict:
        """Returns the arguments of the constructor, except for `name` and `allow_last_axis_squeeze`."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes", "optional")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict) -> InputSpec:
        """Creates a spec from its config."""
        return cls(**config)


def assert_input_compatibility(
    input_spec: Any, inputs: Any, layer_name: str, kinds: Collection[str] = ()
) -> None:  # fmt: skip
    """Checks inputs against the specs of a layer.

    Args:
        input_spec: Structure of `InputSpec`s.
        inputs: Structure of tensors.
        layer_name: Name of the layer, for errors.
        kinds: The names of the layer's class and of those that it extends, for hints.

    Raises:
        ValueError: If one does not fit; a hint says what may be done about it.
    """
    specs = tree.flatten(input_spec)
    names = [spec.name for spec in specs if spec is not None]
    if isinstance(inputs, dict) and len(names) == len(specs) and all(names):
        inputs = by_names(inputs, names)
    inputs = tree.flatten(inputs)
    if len(inputs) != len(specs):
        raise ValueError(_wrong_number(layer_name, specs, inputs))
    for index, (x, spec) in enumerate(zip(inputs, specs, strict=True)):
        if spec is None or (x is None and spec.optional):
            continue
        if not hasattr(x, "shape"):
            raise ValueError(
                f"Inputs to a layer should be tensors. Got '{x}' (of type {type(x)}) as input for layer "
                f"'{layer_name}'.{_NOTHING if x is None else ''}"
            )
        problem = _problem(spec, tuple(x.shape), standardize_dtype(x.dtype))
        if problem:
            raise ValueError(
                f"Input {index} with name '{spec.name}' of layer '{layer_name}' is incompatible with the layer: "
                f"{problem}{_hint(spec, tuple(x.shape), kinds)}"
            )


def _hint(spec: InputSpec, shape: tuple, kinds: Collection[str]) -> str:
    """A line that says how the inputs may be mended, or nothing."""
    if spec.shape is not None:
        text = hints.for_model(spec.shape, shape)
    else:
        ndim = spec.min_ndim if spec.ndim is None else spec.ndim
        text = hints.for_layer(kinds, ndim, spec.ndim or spec.max_ndim, spec.axes, shape)
    return f"\nHint: {text}" if text else ""


def by_names(inputs: dict, names: list[str]) -> list:
    """The entries of a dict of inputs in the order of the names.

    Args:
        inputs: Dict, which may have more than is asked for.
        names: The keys.

    Raises:
        ValueError: If a key is missing.
    """
    for name in names:
        if name not in inputs:
            raise ValueError(
                f'Missing data for input "{name}". You passed a data dictionary with keys {list(inputs.keys())}. '
                f"Expected the following keys: {names}"
            )
    return [inputs[name] for name in names]


def _wrong_number(layer_name: str, specs: list, inputs: list) -> str:
    names = [spec.name for spec in specs if spec is not None]
    if len(names) == len(specs) and all(names):
        example = ", ".join(f"'{n}': ..." for n in names)
        return (
            f'Layer "{layer_name}" expects {len(specs)} named input(s) with keys {names}, but it received '
            f"{len(inputs)} input tensors. Pass inputs as a dict, e.g. `layer({{{example}}})`."
        )
    return (
        f'Layer "{layer_name}" expects {len(specs)} input(s), but it received {len(inputs)} input tensors. '
        f"Inputs received: {brief(inputs)}"
    )


def _problem(spec: InputSpec, shape: tuple, dtype: str) -> str | None:
    """What does not fit, or None."""
    ndim = len(shape)
    if spec.ndim is not None and not spec.allow_last_axis_squeeze and ndim != spec.ndim:
        return f"expected ndim={spec.ndim}, found ndim={ndim}. Full shape received: {shape}"
    if spec.max_ndim is not None and ndim > spec.max_ndim:
        return f"expected max_ndim={spec.max_ndim}, found ndim={ndim}"
    if spec.min_ndim is not None and ndim < spec.min_ndim:
        return f"expected min_ndim={spec.min_ndim}, found ndim={ndim}. Full shape received: {shape}"
    if spec.dtype is not None and dtype != spec.dtype:
        return f"expected dtype={spec.dtype}, found dtype={dtype}"
    for axis, value in spec.axes.items():
        if value is not None and shape[axis] not in (value, None):
            return f"expected axis {axis} of input shape to have value {value}, but received input with shape {shape}"
    if spec.shape is not None and not _shapes_fit(spec, shape):
        return f"expected shape={spec.shape}, found shape={shape}"
    return None


def _shapes_fit(spec: InputSpec, shape: tuple) -> bool:
    expected = spec.shape or ()
    if spec.allow_last_axis_squeeze:
        shape = shape[:-1] if shape and shape[-1] == 1 else shape
        expected = expected[:-1] if expected and expected[-1] == 1 else expected
    return all(a is None or b is None or a == b for a, b in zip(expected, shape, strict=False))
