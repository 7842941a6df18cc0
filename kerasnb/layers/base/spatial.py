"""What layers with spatial axes share: their arguments in one form, and shapes taken apart and put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb.backend.typing import Shape


def tuple_of(value: Any, rank: int, name: str, least: int = 1) -> tuple[int, ...]:
    """An argument as one integer for each spatial axis.

    Args:
        value: Integer, or a sequence of `rank` integers.
        rank: Integer, how many spatial axes there are.
        name: Name of the argument, for errors.
        least: Integer, the smallest allowed value.

    Returns:
        Tuple of `rank` integers.

    Raises:
        ValueError: If it is neither, or a value is too small.
    """
    values: Sequence = (value,) * rank if hasattr(value, "__index__") else value
    wanted = "an integer or a tuple of 1 integer" if rank == 1 else f"an integer or a tuple of {rank} integers"
    problem = f"The `{name}` argument must be {wanted}, each at least {least}. Received: {name}={value}"
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != rank:
        raise ValueError(problem)
    if not all(hasattr(v, "__index__") and int(v) >= least for v in values):
        raise ValueError(problem)
    return tuple(int(v) for v in values)


def padding_of(padding: Any, allowed: tuple[str, ...] = ("valid", "same")) -> str:
    """The padding as a lower-case string.

    Raises:
        ValueError: If it is not allowed.
    """
    name = padding.lower() if isinstance(padding, str) else padding
    if name not in allowed:
        raise ValueError(f"The `padding` argument must be one of {allowed}. Received: padding={padding}")
    return name


def channels_of(shape: Shape, data_format: str) -> int | None:
    """The number of channels in a shape with the batch size."""
    return shape[-1] if data_format == "channels_last" else shape[1]


def extents_of(shape: Shape, data_format: str) -> tuple:
    """The spatial extents in a shape with the batch size."""
    return tuple(shape[1:-1] if data_format == "channels_last" else shape[2:])


def shape_of(batch: int | None, extents: Sequence, channels: int | None, data_format: str) -> Shape:
    """The shape of a batch in a data format."""
    return (batch, *extents, channels) if data_format == "channels_last" else (batch, channels, *extents)


def check_rank(layer: Any, shape: Shape, rank: int) -> None:
    """Refuses inputs of another rank.

    Raises:
        ValueError: If there are more or fewer than `rank` spatial axes.
    """
    if len(shape) != rank + 2:
        axes = {1: "steps", 2: "height, width", 3: "depth, height, width"}[rank]
        layout = f"batch, {axes}, channels" if layer.data_format == "channels_last" else f"batch, channels, {axes}"
        raise ValueError(
            f"Layer '{layer.name}' ({type(layer).__name__}) expects inputs of rank {rank + 2}, ({layout}). "
            f"Received: input_shape={tuple(shape)}"
        )


def check_fits(layer: Any, input_shape: Shape, extents: Sequence, names: Sequence[str]) -> None:
    """Refuses windows that do not fit into the inputs.

    Args:
        layer: The layer, for the error.
        input_shape: Shape of the inputs.
        extents: Spatial extents of the outputs, None where unknown.
        names: Names of the arguments that decide it, for the error.

    Raises:
        ValueError: If an extent of the outputs is zero.
    """
    if layer.padding != "valid" and 0 in extents_of(input_shape, layer.data_format):
        return  # no elements come in, none go out
    if any(e is not None and e < 1 for e in extents):
        received = ", ".join(f"{name}={getattr(layer, name)}" for name in names)
        raise ValueError(
            f"Computed output size would be zero or negative: the window of layer '{layer.name}' "
            f"({type(layer).__name__}) does not fit into its inputs. Use a smaller `{names[0]}`, larger inputs or "
            f"padding='same'. Received: input_shape={tuple(input_shape)}, {received}, data_format={layer.data_format}"
        )
