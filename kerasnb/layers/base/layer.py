"""Layer: a function with state. The base class of everything that models are made of."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from kerasnb import dtype_policies, regularizers, tree
from kerasnb.backend.autodiff.inference import infer
from kerasnb.backend.autodiff.node import Node
from kerasnb.backend.autodiff.operation import Operation, fresh
from kerasnb.backend.tensor import naming, scopes
from kerasnb.backend.tensor.extents import unfilled
from kerasnb.backend.tensor.keras_tensor import KerasTensor, any_symbolic
from kerasnb.backend.tensor.shapes import is_shape, map_shapes
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tracebacks import filtered
from kerasnb.backend.typing import DType, Shape
from kerasnb.backend.warn import warn_user
from kerasnb.dtype_policies import DTypePolicy, DTypePolicyMap
from kerasnb.layers.base import call as calls
from kerasnb.layers.base.config import Configured, default, is_default
from kerasnb.layers.base.input_spec import assert_input_compatibility
from kerasnb.layers.base.inspection import Inspection
from kerasnb.layers.base.quantization import Quantization
from kerasnb.layers.base.stateless import Stateless
from kerasnb.layers.base.symbolic import Symbolic
from kerasnb.layers.base.unavailable import Unavailable

_UNBUILT = (
    "`build()` was called on layer '{}', however the layer does not have a `build()` method implemented and it looks "
    "like it has unbuilt state. This will cause the layer to be marked as built, despite not being actually built, "
    "which may cause failures down the line. Make sure to implement a proper `build()` method."
)
_INPUT_SHAPE = (
    "Do not pass an `input_shape`/`input_dim` argument to a layer. When using Sequential models, prefer using an "
    "`Input(shape)` object as the first layer in the model instead."
)

_NOTHING = contextlib.nullcontext()


def builds(method: Callable) -> Callable:
    """Wraps `build`: it runs in the layer's name scope and never as part of a step, and leaves the layer built."""

    @functools.wraps(method)
    def build(self, *args, **kwargs):
        if getattr(self, "_building", False):  # a subclass's build calls its parent's
            return method(self, *args, **kwargs)
        self._check_super_called()
        self._building, before = True, self._tracker.snapshot()
        try:
            with self._open_name_scope(), calls.building():
                self._path = naming.current_path()
                method(self, *args, **kwargs)
        except BaseException:
            self._tracker.restore(before)  # the next build, of the right shape or uninterrupted, adds nothing twice
            raise
        finally:
            self._building = False
        self._build_shapes_dict = dict(inspect.signature(method).bind(self, *args, **kwargs).arguments)
        self._build_shapes_dict.pop(next(iter(self._build_shapes_dict)))
        self.built = True
        self._lock_state()
        return None

    return build


class Layer(Unavailable, Symbolic, Stateless, Quantization, Configured, Inspection):
    """The base class of all layers.

    A layer holds weights and computes outputs from inputs. A subclass implements `call`, and creates
    its weights in `__init__` or in `build(self, input_shape)`, which runs at the first call.

    Args:
        activity_regularizer: Optional regularizer of the outputs.
        trainable: Boolean, whether the layer's variables are trainable. Defaults to `True`.
        dtype: The dtype or `keras.DTypePolicy` of the layer. Defaults to the global policy.
        autocast: Boolean, whether float inputs are cast to the compute dtype. Defaults to `True`.
        name: Optional name. Defaults to one made of the class name.

    Raises:
        ValueError: If an argument is not recognized.

    Example:

    >>> class Scale(keras.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")
    ...     def call(self, inputs):
    ...         return inputs * self.scale
    >>> layer = Scale()
    >>> layer(np.ones((1, 3))).tolist()
    [[1.0, 1.0, 1.0]]
    >>> len(layer.trainable_weights)
    1
    """

    input_spec: Any
    supports_jit: bool = True
    _warned_of_masks: bool = False
    _path: str | None
    _build_shapes_dict: dict[str, Any] | None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = builds(cls.__dict__["build"])  # type: ignore[method-assign]  # it has the same arguments

    def __init__(
        self, *, activity_regularizer: Any = None, trainable: bool = True,
        dtype: DType | DTypePolicy | dict | None = None, autocast: bool = True, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self._super_called = True
        self._input_shape_arg = _input_shape_of(kwargs)
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments passed to {type(self).__name__}: {kwargs}")
        if not isinstance(trainable, bool):
            raise ValueError(
                f"Expected `trainable` to be a boolean. Received: trainable={trainable} (of type {type(trainable)})"
            )
        Operation.__init__(self, name)
        self._dtype_policy = dtype_policies.get(dtype)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.autocast, self._trainable = autocast, trainable
        self.built = self._called = self._building = False
        self._path = self._build_shapes_dict = self.input_spec = None
        self._losses: list = []
        self._call_signature = inspect.signature(self.call)
        self._call_context_args = {"training"}
        self._supports_masking = not is_default(self.compute_mask)
        self._convert_input_args, self._allow_non_tensor_positional_args = True, False

    def _autocast_scope(self) -> AbstractContextManager:
        dtype = self._autocasts_to()
        return _NOTHING if dtype == scopes.autocast_dtype() else scopes.autocast(dtype)

    def _open_name_scope(self) -> naming.name_scope:
        return naming.name_scope(self.name, caller=self)

    @property
    def path(self) -> str | None:
        """The path of the layer: the names of the layers around it and its own; None before it is built."""
        return self._path

    @property
    def call_signature_parameters(self) -> list[str]:
        """The names of the arguments of `call`."""
        return list(self._call_signature.parameters)

    @property
    def supports_masking(self) -> bool:
        """Whether this layer supports computing a mask using `compute_mask`."""
        return self._supports_masking

    @supports_masking.setter
    def supports_masking(self, value: bool) -> None:
        self._supports_masking = value

    # --- build

    @builds
    @default
    def build(self, input_shape: Any) -> None:
        """Creates the layer's weights for inputs of a shape; subclasses override it.

        Args:
            input_shape: Shape tuple, None for unknown extents; a structure of them for several inputs.
        """
        if is_default(self.build) and calls.might_have_unbuilt_state(self):
            warn_user(_UNBUILT.format(self.name))

    def _build_at_init(self) -> None:
        """For layers without weights: they are built as soon as they exist."""
        if not calls.has_own_build(self):
            self.built = True
            self._lock_state()

    def get_build_config(self) -> dict | None:
        """Returns a dict with the shapes that the layer was built with, None before."""
        shapes = self._build_shapes_dict
        if shapes is None:
            return None
        return {"input_shape": next(iter(shapes.values()))} if len(shapes) == 1 else {"shapes_dict": dict(shapes)}

    def build_from_config(self, config: dict) -> None:
        """Builds the layer with the output of `get_build_config`."""
        if config and "input_shape" in config:
            self.build(_as_shapes(config["input_shape"]))
        elif config and "shapes_dict" in config:
            self.build(**{name: _as_shapes(shape) for name, shape in config["shapes_dict"].items()})

    def _maybe_build(self, spec: calls.CallSpec) -> None:
        if self.built:
            return
        if calls.has_own_build(self):
            self.build(**calls.shapes_for(self.build, spec, type(self).__name__))
            self._assert_input_compatibility(spec.first)
            return
        if calls.might_have_unbuilt_state(self) and not self._build_by_run(spec):
            return
        self.build(next(iter(spec.shapes().values()), None))

    def _build_by_run(self, spec: calls.CallSpec) -> bool:
        """Builds the layers inside by calling them on symbolic inputs."""
        symbolic = tree.map_structure(_symbolic, spec.arguments)
        try:
            infer(self.call, (), symbolic, exact=False)
        except Exception as problem:
            if not spec.is_eager:
                warn_user(f"Layer '{self.name}' could not be built by calling it: {problem}")
            return not spec.is_eager  # an eager call builds what is inside itself
        return True

    # --- call

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Computes the outputs from the inputs; subclasses implement it."""
        raise self._not_implemented_error(self.call)

    @filtered
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Converts the inputs, builds the layer at the first call, and computes the outputs with `call`."""
        self._check_super_called()
        self._called = True
        original = args, dict(kwargs)
        is_plain = calls.is_plain(self, args, kwargs)
        if self._path is None and isinstance(self._dtype_policy, DTypePolicyMap):
            with self._open_name_scope():
                self._path = naming.current_path()  # which policy the layer has
        if self._convert_input_args:
            args, kwargs = tree.map_structure(self._converted, args), tree.map_structure(self._converted, kwargs)
        self._check_positional(args)
        spec = calls.CallSpec(self._call_signature, self._call_context_args, args, kwargs)
        self._assert_input_compatibility(spec.first)
        with self._open_name_scope():
            self._maybe_build(spec)
        with calls.call_context(self) as context:
            self._fill_context_args(spec, context, kwargs)
            mask = self._fill_masks(spec, kwargs)
            with self._open_name_scope(), calls.describing_errors(self, args, kwargs), self._autocast_scope():
                outputs = self._run(args, kwargs)
            self.built = True
            self._add_activity_losses(outputs)
        self._pass_mask_on(spec.first, outputs, mask)
        if not scopes.is_inferring() and any_symbolic(*original):
            Node(self, original[0], kwargs if is_plain else original[1], outputs)
        return outputs

    def _register_call_context_args(self, *names: str) -> None:
        """Adds arguments that layers called inside inherit, as they do `training`, whether or not `call` takes them.

        Args:
            *names: Names of arguments.

        Raises:
            RuntimeError: If the layer has been called.
        """
        if self._called:
            raise RuntimeError("Cannot add call-context args after the layer has been called.")
        self._call_context_args = self._call_context_args | set(names)

    def _check_positional(self, args: tuple) -> None:
        for x in [] if self._allow_non_tensor_positional_args else tree.flatten(list(args)):
            if x is not None and not calls.is_tensor_like(x):
                raise ValueError(
                    "Only input tensors may be passed as positional arguments. The following argument value should be "
                    f"passed as a keyword argument: {x} (of type {type(x)})"
                )

    def _assert_input_compatibility(self, first) -> None:
        if self.input_spec:
            kinds = [cls.__name__ for cls in type(self).__mro__]
            assert_input_compatibility(self.input_spec, first, self.name, kinds)

    def _fill_context_args(self, spec: calls.CallSpec, context: calls.CallContext, kwargs: dict) -> None:
        """`training` and its like: the argument, else the outer call's, else the default."""
        for name in self._call_context_args:
            value = spec.passed.get(name)
            value = context.values.get(name) if value is None else value
            value = spec.arguments.get(name) if value is None else value
            context.values[name] = value
            if name in self._call_signature.parameters and value is not None:
                kwargs[name] = value

    def _fill_masks(self, spec: calls.CallSpec, kwargs: dict) -> Any:
        """Passes the masks of the inputs as arguments, and returns the mask of the first input."""
        if len(spec.tensors) == 1:
            self._fill_mask(spec, kwargs, "mask", next(iter(spec.tensors.values())))
        else:
            for name, value in spec.tensors.items():
                self._fill_mask(spec, kwargs, f"{name}_mask", value)
        if kwargs.get("mask") is not None:
            return kwargs["mask"]
        return tree.map_structure(calls.mask_of, spec.first)

    @staticmethod
    def _fill_mask(spec: calls.CallSpec, kwargs: dict, argument: str, value: Any) -> None:
        if argument in spec.arguments and spec.arguments[argument] is None:
            kwargs[argument] = tree.map_structure(calls.mask_of, value)

    def _run(self, args: tuple, kwargs: dict) -> Any:
        if not any_symbolic(args, kwargs):
            return self.call(*args, **kwargs)
        with scopes.inferring(True):
            outputs = self.compute_output_spec(*args, **kwargs)
        inputs = {id(x) for x in tree.flatten([list(args), kwargs])}
        return tree.map_structure(lambda x: fresh(x) if id(x) in inputs else x, outputs)

    def _pass_mask_on(self, inputs, outputs, mask) -> None:
        has_mask = any(m is not None for m in tree.flatten(mask))
        if not has_mask and (not self.supports_masking or is_default(self.compute_mask)):
            return
        if not self.supports_masking:
            if self._warned_of_masks:
                return
            self._warned_of_masks = True  # once, however many lines of a program lead here
            warn_user(
                f"Layer '{self.name}' (of type {type(self).__name__}) was passed an input with a mask attached to it. "
                "However, this layer does not support masking and will therefore destroy the mask information. "
                "Downstream layers will not see the mask."
            )
            return
        tensors = tree.flatten(outputs)
        if all(calls.mask_of(x) is not None for x in tensors):  # `call` has made them
            return
        masks = self.compute_mask(inputs, mask)
        for tensor, one in zip(tensors, tree.flatten(masks), strict=False):
            if one is not None and calls.mask_of(tensor) is None:
                tensor._keras_mask = one

    @default
    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """Returns the mask of the outputs.

        Args:
            inputs: Structure of the inputs.
            previous_mask: Structure of their masks.
        """
        return previous_mask

    # --- config

    @default
    def get_config(self) -> dict:
        """Returns the config of the layer: a serializable dict from which it can be created again."""
        self._check_super_called()
        arguments = super().get_config()
        own = {"trainable": self.trainable, "dtype": dtype_policies.serialize(self.dtype_policy)}
        name = {"name": self.name} if "name" in arguments else {}
        config = {**name, **own, **arguments, **own}  # first what every layer has, as in Keras' files
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return config

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _input_shape_of(kwargs: dict) -> Shape | None:
    """Removes Keras 2's arguments of the input shape, and returns that shape."""
    width, shape = kwargs.pop("input_dim", None), kwargs.pop("input_shape", None)
    shape = (width,) if width is not None else shape
    if shape is not None:
        warn_user(_INPUT_SHAPE)
    return shape


def _as_shapes(shapes: Any) -> Any:
    """Shapes as tuples again, where JSON has turned them into lists."""
    if shapes is None or is_shape(shapes):
        return None if shapes is None else tuple(shapes)
    return map_shapes(tuple, shapes)


def _symbolic(x):
    return KerasTensor(unfilled(x.shape), x.dtype) if isinstance(x, Tensor) else x
