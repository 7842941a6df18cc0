"""Recurrent networks over whole sequences, for the layers: one product for all inputs, then a fused kernel."""

from __future__ import annotations

from collections.abc import Callable

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import recurrent
from kerasnb.kernels.elementwise import cast_to
from kerasnb.ops.arguments import tensor
from kerasnb.ops.nn.dense import dense
from kerasnb.ops.numpy.creation import zeros_like
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.rearranging import flip
from kerasnb.ops.numpy.shapes import expand_dims, squeeze


def lstm(
    inputs: TensorLike,
    initial_state_h: TensorLike,
    initial_state_c: TensorLike,
    mask: TensorLike | None,
    kernel: TensorLike,
    recurrent_kernel: TensorLike,
    bias: TensorLike | None,
    activation: str | Callable = "tanh",
    recurrent_activation: str | Callable = "sigmoid",
    return_sequences: bool = False,
    go_backwards: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Computes a long short-term memory over time.

    Reference: [Hochreiter and Schmidhuber, 1997](https://www.bioinf.jku.at/publications/older/2604.pdf)

    Args:
        inputs: Tensor of shape `(batch, steps, features)`.
        initial_state_h: Tensor of shape `(batch, units)`.
        initial_state_c: Tensor of shape `(batch, units)`.
        mask: Optional boolean tensor of shape `(batch, steps)`; where it is false the states stay as they were.
        kernel: Tensor of shape `(features, 4 * units)`, for the gates input, forget, new and output.
        recurrent_kernel: Tensor of shape `(units, 4 * units)`.
        bias: Optional tensor of shape `(4 * units,)`.
        activation: String or function; only the hyperbolic tangent.
        recurrent_activation: String or function; only the sigmoid.
        return_sequences: Boolean, whether the outputs of all steps are returned, or only the last. Defaults to `False`.
        go_backwards: Boolean, whether the last step comes first. Defaults to `False`.
        unroll: Boolean, without effect.
        zero_output_for_mask: Boolean, whether outputs are 0 where the mask is false. Defaults to `False`, the output
            before is repeated.

    Returns:
        `(last_output, outputs, [h, c])`, of shapes `(batch, units)`, `(batch, steps or 1, units)` and
        `(batch, units)`.

    Raises:
        NotImplementedError: If there is no fused kernel for an activation.

    Example:

    >>> from kerasnb.ops.nn.recurrent import lstm
    >>> x, h, c = np.ones((2, 5, 3)), np.zeros((2, 4)), np.zeros((2, 4))
    >>> last, outputs, states = lstm(x, h, c, None, np.ones((3, 16)), np.ones((4, 16)), None, return_sequences=True)
    >>> outputs.shape
    (2, 5, 4)
    """
    _check_activation(activation, "tanh")
    _check_activation(recurrent_activation, "sigmoid")
    x, mask = _in_order(inputs, mask, go_backwards)
    u, h, c = (tensor(t, x.dtype) for t in (recurrent_kernel, initial_state_h, initial_state_c))
    hs, cs, _ = recurrent.lstm(_projected(x, kernel, bias), u, h, c, *_masks(mask))
    return _results(hs, [hs, cs], mask, return_sequences, zero_output_for_mask)


def gru(
    inputs: TensorLike,
    initial_state: TensorLike,
    mask: TensorLike | None,
    kernel: TensorLike,
    recurrent_kernel: TensorLike,
    bias: TensorLike | None,
    activation: str | Callable = "tanh",
    recurrent_activation: str | Callable = "sigmoid",
    return_sequences: bool = False,
    go_backwards: bool = False,
    unroll: bool = False,
    reset_after: bool = True,
    zero_output_for_mask: bool = False,
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Computes a gated recurrent unit over time.

    Reference: [Cho et al., 2014](https://arxiv.org/abs/1406.1078)

    Args:
        inputs: Tensor of shape `(batch, steps, features)`.
        initial_state: Tensor of shape `(batch, units)`.
        mask: Optional boolean tensor of shape `(batch, steps)`; where it is false the state stays as it was.
        kernel: Tensor of shape `(features, 3 * units)`, for the gates update, reset and new.
        recurrent_kernel: Tensor of shape `(units, 3 * units)`.
        bias: Optional tensor of shape `(2, 3 * units)` with `reset_after`, the second row for the products of the
            state, else `(3 * units,)`.
        activation: String or function; only the hyperbolic tangent.
        recurrent_activation: String or function; only the sigmoid.
        return_sequences: Boolean, whether the outputs of all steps are returned, or only the last. Defaults to `False`.
        go_backwards: Boolean, whether the last step comes first. Defaults to `False`.
        unroll: Boolean, without effect.
        reset_after: Boolean, whether the reset gate scales the product of the state, or the state. Defaults to `True`.
        zero_output_for_mask: Boolean, whether outputs are 0 where the mask is false. Defaults to `False`.

    Returns:
        `(last_output, outputs, [h])`, of shapes `(batch, units)`, `(batch, steps or 1, units)` and `(batch, units)`.

    Raises:
        NotImplementedError: If there is no fused kernel for an activation.

    Example:

    >>> from kerasnb.ops.nn.recurrent import gru
    >>> x, h = np.ones((2, 5, 3)), np.zeros((2, 4))
    >>> last, outputs, states = gru(x, h, None, np.ones((3, 12)), np.ones((4, 12)), np.zeros((2, 12)))
    >>> last.shape
    (2, 4)
    """
    _check_activation(activation, "tanh")
    _check_activation(recurrent_activation, "sigmoid")
    x, mask = _in_order(inputs, mask, go_backwards)
    u, h = tensor(recurrent_kernel, x.dtype), tensor(initial_state, x.dtype)
    input_bias, state_bias = None if bias is None else tensor(bias, x.dtype), zeros_like(u[0])
    if input_bias is not None and reset_after:
        input_bias, state_bias = input_bias[0], input_bias[1]
    hs, _ = recurrent.gru(
        _projected(x, kernel, input_bias), u, state_bias, h, *_masks(mask), reset_after=bool(reset_after)
    )
    return _results(hs, [hs], mask, return_sequences, zero_output_for_mask)


def simple_rnn(
    inputs: TensorLike,
    initial_state: TensorLike,
    mask: TensorLike | None,
    kernel: TensorLike,
    recurrent_kernel: TensorLike,
    bias: TensorLike | None,
    activation: str | Callable = "tanh",
    return_sequences: bool = False,
    go_backwards: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Computes a simple recurrent network over time: `h = tanh(x @ kernel + bias + h @ recurrent_kernel)`.

    Args:
        inputs: Tensor of shape `(batch, steps, features)`.
        initial_state: Tensor of shape `(batch, units)`.
        mask: Optional boolean tensor of shape `(batch, steps)`; where it is false the state stays as it was.
        kernel: Tensor of shape `(features, units)`.
        recurrent_kernel: Tensor of shape `(units, units)`.
        bias: Optional tensor of shape `(units,)`.
        activation: String or function; only the hyperbolic tangent.
        return_sequences: Boolean, whether the outputs of all steps are returned, or only the last. Defaults to `False`.
        go_backwards: Boolean, whether the last step comes first. Defaults to `False`.
        unroll: Boolean, without effect.
        zero_output_for_mask: Boolean, whether outputs are 0 where the mask is false. Defaults to `False`.

    Returns:
        `(last_output, outputs, [h])`, of shapes `(batch, units)`, `(batch, steps or 1, units)` and `(batch, units)`.

    Raises:
        NotImplementedError: If there is no fused kernel for the activation.

    Example:

    >>> from kerasnb.ops.nn.recurrent import simple_rnn
    >>> last, _, _ = simple_rnn(np.ones((1, 2, 1)), np.zeros((1, 1)), None, np.ones((1, 1)), np.ones((1, 1)), None)
    >>> print(np.round(last.numpy(), 4))
    [[0.9427]]
    """
    _check_activation(activation, "tanh")
    x, mask = _in_order(inputs, mask, go_backwards)
    u, h = tensor(recurrent_kernel, x.dtype), tensor(initial_state, x.dtype)
    hs = recurrent.simple_rnn(_projected(x, kernel, bias), u, h, *_masks(mask))
    return _results(hs, [hs], mask, return_sequences, zero_output_for_mask)


def _check_activation(activation, fused: str) -> None:
    name = activation if isinstance(activation, str) else getattr(activation, "__name__", activation)
    if name != fused:
        raise NotImplementedError(f"The fused cell has the activation {fused!r} only. Received: {activation!r}")


def _in_order(inputs, mask, go_backwards) -> tuple:
    """The steps, and the mask, in the order in which they are taken."""
    x = tensor(inputs)
    if len(x.shape) != 3:
        raise ValueError(f"Expected `inputs` of shape (batch, steps, features). Received: inputs.shape={x.shape}")
    mask = None if mask is None else cast_to(tensor(mask), "bool")
    if mask is not None and len(mask.shape) == 3:
        mask = squeeze(mask, 2)
    if go_backwards:
        x, mask = flip(x, 1), None if mask is None else flip(mask, 1)
    return x, mask


def _projected(x, kernel, bias):
    """The part of the gates that comes from the inputs, of all steps in one product."""
    return dense(x, tensor(kernel, x.dtype), None if bias is None else tensor(bias, x.dtype))


def _masks(mask) -> tuple:
    return () if mask is None else (mask,)


def _results(outputs, states, mask, return_sequences, zero_output_for_mask) -> tuple:
    states = [s[:, -1] for s in states]
    last = states[0]
    if mask is not None and zero_output_for_mask:
        outputs = where(expand_dims(mask, -1), outputs, zeros_like(outputs))
        last = outputs[:, -1]
    return last, outputs if return_sequences else expand_dims(last, 1), states
