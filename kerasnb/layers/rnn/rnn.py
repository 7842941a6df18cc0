"""RNN: a cell that runs over the steps of a sequence."""

from __future__ import annotations

from typing import Any, ClassVar

from kerasnb import ops, tree
from kerasnb.backend.tensor import naming
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.holder import Holder
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.rnn.base_cell import BaseCell
from kerasnb.layers.rnn.dropout_rnn_cell import DropoutRNNCell
from kerasnb.layers.rnn.stacked_rnn_cells import (
    StackedRNNCells,
    cell_call,
    initial_state_of,
    output_size_of,
    takes_training,
)
from kerasnb.layers.rnn.steps import run_steps


class RNN(Holder):
    """Base class for recurrent layers: it runs a cell over the steps of a sequence.

    A cell is a layer, or any object, with a method `call(inputs, states)` that returns `(output, next_states)`, and an
    attribute `state_size`: an integer, or a list of integers, one for each state. It may have an `output_size`, where
    it differs from the size of the first state, and a method `get_initial_state(batch_size=None)`.

    Args:
        cell: A cell, or a list of cells, which are stacked.
        return_sequences: Boolean, whether the outputs of all steps are returned, or only the last. Defaults to `False`.
        return_state: Boolean, whether the last states are returned after the output. Defaults to `False`.
        go_backwards: Boolean, whether the last step comes first, also in the output. Defaults to `False`.
        stateful: Boolean, whether a batch starts with the states that the batch before has ended with. It needs a known
            batch size. Defaults to `False`.
        unroll: Boolean, whether a recorded step holds each step of the sequence separately. It needs a known number of
            steps. Defaults to `False`.
        zero_output_for_mask: Boolean, whether the output of a masked step is zero. Defaults to `False`, the output
            before is repeated.

    Call arguments:
        sequences: Tensor of shape `(batch, steps, ...)`.
        initial_state: Optional list of the states before the first step.
        mask: Optional boolean tensor of shape `(batch, steps)`; where it is false the states stay as they were.
        training: Boolean, passed on to the cell, for dropout.

    Output shape:
        `(batch, output_size)`, with `return_sequences` `(batch, steps, output_size)`. With `return_state` the states
        follow, each of shape `(batch, state_size)`.

    Raises:
        ValueError: If the cell has no `call` method, or no valid `state_size`.

    Example:

    >>> class MinimalCell(keras.layers.Layer):
    ...     def __init__(self, units, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.units = self.state_size = units
    ...     def build(self, input_shape):
    ...         self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
    ...         self.recurrent_kernel = self.add_weight(shape=(self.units, self.units), name="recurrent_kernel")
    ...     def call(self, inputs, states):
    ...         h = inputs @ self.kernel + states[0] @ self.recurrent_kernel
    ...         return h, [h]
    >>> layer = keras.layers.RNN(MinimalCell(4), return_sequences=True)
    >>> layer(np.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    _holds: ClassVar[str] = "cell"
    _untracked = frozenset({"states"})

    def __init__(
        self, cell: Any, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False,
        stateful: bool = False, unroll: bool = False, zero_output_for_mask: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell
        sizes = _state_sizes(cell)
        super().__init__(**kwargs)
        self.cell, self.return_sequences, self.return_state = cell, return_sequences, return_state
        self.go_backwards, self.stateful, self.unroll = go_backwards, stateful, unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        self.single_state, self.state_size = isinstance(sizes, int), [sizes] if isinstance(sizes, int) else list(sizes)
        self.states: Any = None
        self._expected_batch_size: int | None = None
        self._features: int | None = None

    # --- shapes

    def compute_output_shape(self, sequences_shape: Shape, initial_state_shape: Any = None) -> Any:
        """Returns the shape of the output, followed by those of the states with `return_state`.

        Args:
            sequences_shape: Shape tuple of the sequences.
            initial_state_shape: Structure of the shapes of the states; those of the cell hold.
        """
        self._check_features(sequences_shape)
        batch, size = sequences_shape[0], output_size_of(self.cell)
        if not isinstance(size, int):
            raise ValueError(f"output_size must be an integer. Received: output_size={size}")
        output = (batch, sequences_shape[1], size) if self.return_sequences else (batch, size)
        return (output, *(_state_shape(batch, s) for s in self.state_size)) if self.return_state else output

    def compute_mask(self, _: Any, mask: Any) -> Any:
        """Returns the mask of the steps for `return_sequences`; states and last outputs have none.

        Args:
            mask: Mask of the sequences, or a structure that starts with it.
        """
        mask = tree.flatten(mask)[0] if self.return_sequences else None
        return [mask, *(None for _ in self.state_size)] if self.return_state else mask

    # --- states

    def build(self, sequences_shape: Shape, initial_state_shape: Any = None) -> None:
        """Builds the cell, and creates the states of a stateful layer.

        Args:
            sequences_shape: Shape tuple of the sequences.
            initial_state_shape: Structure of the shapes of the states; those of the cell hold.
        """
        self._check_rank(sequences_shape)
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((sequences_shape[0], *sequences_shape[2:]))
            self.cell.built = True
        if isinstance(self.cell, BaseCell) and len(sequences_shape) == 3:
            self._features = sequences_shape[2]
        if self.stateful and self.states is None:
            self._create_states(sequences_shape)

    def _create_states(self, shape: Shape) -> None:
        if shape[0] is None:
            raise ValueError(
                "When using `stateful=True` in a RNN, the batch size must be static. Found dynamic batch size: "
                f"sequence.shape={shape}"
            )

        def variable(value: Any) -> Variable:
            return Variable(value, trainable=False, dtype=self.variable_dtype, name="rnn_state")

        with naming.name_scope(self.name, caller=self):
            self.states = tree.map_structure(variable, self.get_initial_state(shape[0]))
        self._expected_batch_size = shape[0]

    def get_initial_state(self, batch_size: int | None) -> list:
        """Returns the states before the first step.

        Args:
            batch_size: Integer, the number of samples.
        """
        states = initial_state_of(self.cell, batch_size, self.compute_dtype)
        return list(states) if tree.is_nested(states) else [states]

    def reset_state(self) -> None:
        """Sets the states of a stateful layer to zero."""
        for state in tree.flatten(self.states) if self.states is not None else []:
            state.assign(ops.zeros(state.shape, dtype=state.dtype))

    def reset_states(self) -> None:
        """Sets the states of a stateful layer to zero: an alias of `reset_state()`."""
        self.reset_state()

    # --- call

    def call(
        self, sequences: Tensor, initial_state: Any = None, mask: Any = None, training: bool | None = False
    ) -> Any:
        """Runs the cell over the sequences."""
        self._check_steps(sequences.shape)
        states = self._first_states(sequences.shape[0], initial_state)
        training = bool(training)
        try:
            if training:
                self._draw_masks(self.cell, sequences[:, 0], states)
            mask = tree.flatten(mask)[0] if tree.is_nested(mask) else mask
            last, outputs, states = self.inner_loop(sequences, states, mask, training=training)
        finally:
            self._reset_masks(self.cell)
        states = tree.map_structure(lambda x: ops.cast(x, self.compute_dtype), states)
        if self.stateful:
            for variable, state in zip(tree.flatten(self.states), tree.flatten(states), strict=True):
                variable.assign(state)
        output = ops.cast(outputs if self.return_sequences else last, self.compute_dtype)
        return (output, *states) if self.return_state else output

    def _check_rank(self, shape: Shape) -> None:
        if len(shape) < 2:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) needs sequences of shape (batch, steps, ...). Received: "
                f"sequences.shape={tuple(shape)}"
            )

    def _check_steps(self, shape: Shape) -> None:
        self._check_rank(shape)
        if self.unroll and shape[1] is None:
            raise ValueError(
                "Cannot unroll a RNN if the time dimension is undefined. \n- If using a Sequential model, specify the "
                "time dimension by passing an `Input()` as your first layer.\n- If using the functional API, specify "
                "the time dimension by passing a `shape` or `batch_shape` argument to your `Input()`."
            )
        if shape[1] == 0:
            raise ValueError(f"Layer '{self.name}' needs at least one time step. Received: sequences.shape={shape}")
        self._check_features(shape)
        if self.stateful and self._expected_batch_size not in (None, shape[0]):
            raise ValueError(
                "If an RNN is stateful, the batch size of the input sequences must be the same as the batch size of "
                f"the initial state. \n- Expected batch size: {self._expected_batch_size}\n"
                f"- Received batch size: {shape[0]}"
            )

    def _check_features(self, shape: Shape) -> None:
        if None not in (self._features, shape[-1]) and self._features != shape[-1]:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) was built for sequences of {self._features} features. "
                f"Received: sequences.shape={tuple(shape)}"
            )

    def _first_states(self, batch_size: int, given: Any) -> list:
        if given is None:
            given = self.states if self.stateful else self.get_initial_state(batch_size)
        states = list(given) if tree.is_nested(given) else [given]
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
        return tree.map_structure(lambda x: ops.convert_to_tensor(x, dtype=dtype), states)

    def inner_loop(
        self, sequences: Tensor, initial_state: Any, mask: Any, training: bool | None = False
    ) -> tuple[Tensor, Tensor, Any]:
        """Runs the cell over the sequences: in one kernel where there is one, else step by step.

        Args:
            sequences: Tensor of shape `(batch, steps, ...)`.
            initial_state: List of the states before the first step.
            mask: Optional boolean tensor of shape `(batch, steps)`.
            training: Boolean, passed on to the cell.

        Returns:
            `(last_output, outputs, states)`.
        """
        states = initial_state if tree.is_nested(initial_state) else [initial_state]
        if isinstance(self.cell, BaseCell):
            results = self.cell.over_time(
                sequences, states, mask, training, return_sequences=self.return_sequences,
                go_backwards=self.go_backwards, unroll=self.unroll, zero_output_for_mask=self.zero_output_for_mask,
            )  # fmt: skip
            if results is not None:
                return results
        if getattr(self, "use_cudnn", False) is True:
            raise ValueError(
                "use_cudnn=True was specified, but no kernel computes all steps at once for this layer configuration. "
                "Pass use_cudnn='auto' to compute them one by one."
            )
        run, options = cell_call(self.cell), {"training": training} if takes_training(self.cell) else {}
        return run_steps(
            lambda x, before: run(x, before, **options), sequences, states, mask, go_backwards=self.go_backwards,
            unroll=self.unroll, zero_output_for_mask=self.zero_output_for_mask,
        )  # fmt: skip

    # --- dropout

    def _draw_masks(self, cell: Any, inputs: Any, states: Any) -> None:
        """Draws the dropout masks before the loop, so that all of its steps share them."""
        if isinstance(cell, DropoutRNNCell):
            cell.get_dropout_mask(inputs)
            cell.get_recurrent_dropout_mask(tree.flatten(states)[0])
        if isinstance(cell, StackedRNNCells):
            for inner, state in zip(cell.cells, states, strict=True):
                self._draw_masks(inner, inputs, state)
                inputs = tree.flatten(state)[0]
                if inputs.shape[-1] != output_size_of(inner):
                    inputs = ops.zeros((inputs.shape[0], output_size_of(inner)), dtype=inputs.dtype)

    def _reset_masks(self, cell: Any) -> None:
        if isinstance(cell, DropoutRNNCell):
            cell.reset_dropout_mask()
            cell.reset_recurrent_dropout_mask()
        if isinstance(cell, StackedRNNCells):
            for inner in cell.cells:
                self._reset_masks(inner)


def _state_sizes(cell: Any) -> Any:
    """The state sizes of a cell.

    Raises:
        ValueError: If it is no cell.
    """
    if "call" not in dir(cell):
        raise ValueError(f"Argument `cell` should have a `call` method. Received: cell={cell}")
    if "state_size" not in dir(cell):
        raise ValueError(
            "The RNN cell should have a `state_size` attribute (single integer or list of integers, one integer per "
            f"RNN state). Received: cell={cell}"
        )
    sizes = cell.state_size
    if sizes is None:
        raise ValueError("state_size must be specified as property on the RNN cell.")
    if not isinstance(sizes, (list, tuple, int)):
        raise ValueError("state_size must be an integer, or a list/tuple of integers (one for each state tensor). "
                         f"Received: state_size={sizes}")  # fmt: skip
    return sizes


def _state_shape(batch: int | None, size: Any) -> Any:
    return [_state_shape(batch, s) for s in size] if isinstance(size, (list, tuple)) else (batch, size)
