"""The equation of an EinsumDense layer: the shapes of its weights and outputs follow from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_FORMS = (
    re.compile(r"()([a-zA-Z]+)(),([a-zA-Z]+)->([a-zA-Z]+)"),
    re.compile(r"(\.\.\.)([a-zA-Z]+)(),([a-zA-Z]+)->\.\.\.([a-zA-Z]+)"),
    re.compile(r"()([a-zA-Z]{2,})(\.\.\.),([a-zA-Z]+)->([a-zA-Z]+)\.\.\."),
)


class Shapes(NamedTuple):
    """What follows from an equation and the shape of the inputs; None where an extent is not known.

    Args:
        kernel: Shape of the kernel.
        bias: Shape of the bias, or None without one.
        output: Shape of the outputs.
        input_axes: The axes of the kernel that are summed over.
        output_axes: The axes of the kernel that the outputs have.
    """

    kernel: tuple
    bias: tuple | None
    output: tuple
    input_axes: list[int]
    output_axes: list[int]


def analyzed(equation: str, bias_axes: str | None, input_shape: Sequence, output_shape: Sequence) -> Shapes:
    """The shapes for inputs of a shape.

    Args:
        equation: String such as `"abc,cd->abd"`; an ellipsis stands for further axes in front or at the end.
        bias_axes: The letters of the outputs that the bias has, or None.
        input_shape: Shape of the inputs with the batch size.
        output_shape: Shape of the outputs without the batch size and without what the ellipsis stands for.

    Raises:
        ValueError: If the equation has another form, or the shapes do not fit it.
    """
    match = next(filter(None, (form.fullmatch(equation) for form in _FORMS)), None)
    if match is None:
        raise ValueError(
            f"Invalid einsum equation '{equation}'. Equations must be in the form [X],[Y]->[Z], ...[X],[Y]->...[Z], or "
            "[X]...,[Y]->[Z]...."
        )
    front, inputs, end, weights, outputs = match.groups()
    elided = len(input_shape) - len(inputs)
    if elided < 0 or (elided and not (front or end)):
        raise ValueError(f"The equation '{equation}' does not fit the rank of the inputs. Received: {input_shape}")
    full = _full(input_shape, output_shape, elided, bool(front))
    if len(full) != len(outputs) + elided:
        raise ValueError(
            f"Argument `output_shape` does not fit the rank of the outputs in '{equation}'; it has neither the batch "
            f"size nor what an ellipsis stands for. Received: output_shape={tuple(output_shape)}"
        )
    lead = elided if front else 0
    given = dict(zip(inputs, input_shape[lead:], strict=False))
    wanted = dict(zip(outputs, full[lead:], strict=False))
    _check_letters(inputs, weights, outputs)
    extents = _extents(given, wanted)
    for letter, place in zip(outputs, range(lead, lead + len(outputs)), strict=True):
        full[place] = extents[letter]
    kernel = tuple(extents[letter] for letter in weights)
    summed = [axis for axis, letter in enumerate(weights) if letter not in wanted]
    kept = [axis for axis, letter in enumerate(weights) if letter in wanted]
    bias = _bias(bias_axes, outputs, extents, elided if end else 0)
    return Shapes(kernel, bias, tuple(full), summed, kept)


def _full(input_shape: Sequence, output_shape: Sequence, elided: int, in_front: bool) -> list:
    """The shape of the outputs with the batch size and what the ellipsis stands for."""
    batch, elided_extents = (
        input_shape[:1],
        input_shape[1:elided] if in_front else input_shape[len(input_shape) - elided :],
    )
    return [*batch, *elided_extents, *output_shape] if in_front else [*batch, *output_shape, *elided_extents]


def _check_letters(inputs: str, weights: str, outputs: str) -> None:
    for letter in outputs:
        if letter not in inputs and letter not in weights:
            raise ValueError(
                f"Dimension '{letter}' was specified in the output '{outputs}' but has no corresponding dim in the "
                f"input spec '{inputs}' or weight spec '{weights}'"
            )
    for letter in weights:
        if letter not in inputs and letter not in outputs:
            raise ValueError(
                f"Weight dimension '{letter}' did not have a match in either the input spec '{inputs}' or the output "
                f"spec '{outputs}'. For this layer, the weight must be fully specified."
            )


def _extents(given: dict, wanted: dict) -> dict:
    """The extent of each letter, from the inputs or from `output_shape`."""
    for letter in given.keys() & wanted.keys():
        extents = given[letter], wanted[letter]
        if None not in extents and extents[0] != extents[1]:
            raise ValueError(
                f"Input shape and output shape do not match at shared dimension '{letter}'. Input shape is "
                f"{extents[0]}, and output shape is {extents[1]}."
            )
    return {**wanted, **{k: wanted.get(k) if extent is None else extent for k, extent in given.items()}}


def _bias(axes: str | None, outputs: str, extents: dict, behind: int) -> tuple | None:
    """The shape of the bias, from its first axis on; it has extent 1 along the others."""
    if axes is None:
        return None
    for letter in axes:
        if letter not in outputs:
            raise ValueError(f"Bias dimension '{letter}' was requested, but is not part of the output spec '{outputs}'")
    first = min(outputs.find(letter) for letter in axes)
    return (*(extents[letter] if letter in axes else 1 for letter in outputs[first:]), *(1,) * behind)


def axes_of_kernel(equation: str) -> list[int]:
    """The axes of the inputs that the kernel has too, those behind an ellipsis counted from the end."""
    inputs, kernel = equation.replace(" ", "").split("->")[0].split(",")
    before, ellipsis, behind = inputs.partition("...")
    axes = [i for i, c in enumerate(before) if c in kernel]
    return axes + [i - len(behind) for i, c in enumerate(behind) if c in kernel and ellipsis]
