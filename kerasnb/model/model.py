"""Model: layers as one object that can be trained, shown and saved."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, ClassVar

from kerasnb import saving, serialization
from kerasnb.backend.autodiff.inference import infer
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.shapes import map_shapes
from kerasnb.backend.warn import warn_user
from kerasnb.layers.base.config import is_default
from kerasnb.layers.base.layer import Layer
from kerasnb.model import summary
from kerasnb.model.elsewhere import Elsewhere
from kerasnb.model.training.compiled import Compiled
from kerasnb.model.training.session import check_free
from kerasnb.model.training.trainer import Trainer
from kerasnb.saving import compile_config, files

_NO_BUILD = (
    "Model '{}' had a build config, but the model cannot be built automatically in `build_from_config(config)`. You "
    "should implement `def build_from_config(self, config)`, and you might also want to implement the method  that "
    "generates the config at saving time, `def get_build_config(self)`. The method `build_from_config()` is meant to "
    "create the state of "
    "the model (i.e. its variables) upon deserialization."
)


class Model(Elsewhere, Trainer, Layer):
    """Layers as one object, with everything for training and inference.

    There are three ways to make one: `Model(inputs, outputs)` from symbolic tensors, a subclass that creates its layers
    in `__init__` and calls them in `call`, and `keras.Sequential` for a plain stack of layers.

    Args:
        inputs: Optional symbolic inputs of a functional model: a KerasTensor, or a list, tuple or dict of them.
        outputs: Its symbolic outputs.
        trainable: Boolean, whether the model's variables are trainable. Defaults to `True`.
        name: Optional name of the model.

    Example:

    >>> class MyModel(keras.Model):
    ...     def __init__(self, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.hidden = keras.layers.Dense(8, activation="relu")
    ...         self.out = keras.layers.Dense(2)
    ...     def call(self, inputs):
    ...         return self.out(self.hidden(inputs))
    >>> model = MyModel()
    >>> model(np.ones((3, 4))).shape
    (3, 2)
    """

    _untracked = frozenset({
        "optimizer", "loss", "compiled", "stop_training", "run_eagerly", "history", "run", "timeline",
        "steps_per_execution", "jit_compile", "_compile_loss", "_compile_metrics", "_loss_tracker", "_compile_config",
        "train_function", "test_function", "predict_function", "_steps", "_pool", "_stack", "_ends", "_built_part",
        *vars(Trainer), *vars(Compiled),
    })  # fmt: skip

    _functional: ClassVar[type[Model]]  # model/functional.py, which extends this class, sets it

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """`Model(inputs, outputs)` is a functional model."""
        if cls is Model and _is_graph(args, kwargs):
            cls = cls._functional
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if _is_graph(args, kwargs):  # of a subclass, whose constructor makes the graph
            _extends_functional(type(self))
            self._functional.__init__(self, *args, **kwargs)
            return
        if args:
            raise ValueError(f"Model takes `inputs` and `outputs`, or keyword arguments. Received: {args}")
        Trainer.__init__(self)
        Layer.__init__(self, **kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Computes the outputs of the model; a subclass overrides it.

        Raises:
            NotImplementedError: Unless it is overridden.
        """
        raise NotImplementedError(f"Model {type(self).__name__} does not have a `call()` method implemented.")

    # --- layers

    @property
    def layers(self) -> list:
        """The layers directly inside the model."""
        return self._flatten_layers(include_self=False, recursive=False)

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError("`Model.layers` attribute is reserved and should not be used. Please use another name.")

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Returns a layer by its name, or by its place.

        Args:
            name: String, name of layer.
            index: Integer, index of layer.

        Raises:
            ValueError: If there is no such layer, or not exactly one argument is given.

        Example:

        >>> model = keras.Sequential([keras.layers.Dense(2, name="out")])
        >>> model.get_layer("out").units
        2
        """
        if index is not None and name is not None:
            raise ValueError(f"Provide only a layer name or a layer index. Received: index={index}, name={name}.")
        layers = self.layers
        if index is not None:
            if len(layers) <= index:
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has {len(layers)} layers."
                )
            return layers[index]
        if name is None:
            raise ValueError("Provide either a layer name or layer index at `get_layer`.")
        for layer in layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}. Existing layers are: {[layer.name for layer in layers]}.")

    # --- display

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Prints a table of the layers.

        Args:
            line_length: Total length of printed lines. Defaults to the terminal's, at most 88.
            positions: Relative positions of the ends of the columns. Defaults to `[0.45, 0.8, 1.0]`.
            print_fn: Function that is called with the summary as one string. Defaults to printing to stdout.
            expand_nested: Boolean, whether to show the layers of nested models. Defaults to `False`.
            show_trainable: Boolean, whether to show if a layer is trainable. Defaults to `False`.
            layer_range: Tuple of two names or patterns: the first and the last layer to show.

        Raises:
            ValueError: If the lines are too short, or `layer_range` matches nothing.

        Example:

        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.summary(print_fn=lambda text: print(text.splitlines()[-3].strip()))
        Total params: 3 (12.00 B)
        """
        chosen = (line_length, positions, print_fn, expand_nested or None, show_trainable or None, layer_range)
        if "ipykernel" in sys.modules and not any(value is not None for value in chosen):
            if importlib.import_module("kerasnb.widgets").show_summary(self):
                return
        summary.print_summary(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    def _ipython_display_(self) -> None:
        """A live card where a person watches; IPython goes on to the mime bundle elsewhere."""
        if not ("ipykernel" in sys.modules and importlib.import_module("kerasnb.widgets").show_model(self)):
            raise NotImplementedError

    def plot(self, style: str = "graph") -> Any:
        """Draws the graph of the model; a notebook displays it.

        Args:
            style: `"graph"` for boxes and arrows, `"volume"` for the volumes that pass through. Defaults to `"graph"`.

        Returns:
            The `Graph`, whose `svg` is the picture.

        Raises:
            ValueError: If the style is unknown.

        Example:

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="out")])
        >>> model.plot().svg[:4]
        '<svg'
        """
        return importlib.import_module("kerasnb.widgets").graph(self, style)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict:
        """The display of a model that is the last value of a notebook cell."""
        texts: list[str] = []
        self.summary(print_fn=texts.append)
        bundle = {"text/plain": texts[0]}
        try:
            bundle |= importlib.import_module("kerasnb.widgets").Summary(self).bundle()
        except (ImportError, AttributeError):
            pass  # the text is complete
        return bundle

    # --- files

    def save(
        self, filepath: str | PathLike, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
    ) -> None:  # fmt: skip
        """Saves a model as a `.keras` file: architecture, weights, and the optimizer's state.

        Args:
            filepath: `str` or `pathlib.Path` that ends in `.keras`, or of a folder.
            overwrite: Boolean, whether to replace an existing file without asking. Defaults to `True`.
            zipped: Boolean, whether to write one file, or a folder of files. Defaults to None, one file.
            **kwargs: Must be empty.

        Raises:
            ValueError: If the path does not end in `.keras`.

        Example:

        >>> import os, tempfile
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        >>> path = os.path.join(tempfile.mkdtemp(), "model.keras")
        >>> model.save(path)
        >>> x = np.ones((1, 3))
        >>> np.array_equal(model(x), keras.models.load_model(path)(x))
        True
        """
        return saving.save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(
        self, filepath: str | PathLike, overwrite: bool = True, max_shard_size: float | None = None
    ) -> None:  # fmt: skip
        """Saves all weights to a `.weights.h5` file, or to several.

        Args:
            filepath: `str` or `pathlib.Path` that ends in `.weights.h5`, or in `.weights.json` for several files.
            overwrite: Boolean, whether to replace an existing file without asking. Defaults to `True`.
            max_shard_size: Number of GB that a file may have: several are written, and a `.weights.json` that says
                what is in which. Defaults to None, one file of any size.

        Raises:
            ValueError: If the path does not end in `.weights.h5`.
        """
        return saving.save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def set_weights(self, weights: Sequence) -> None:
        """Assigns arrays to all weights, in the order of `model.weights`.

        Args:
            weights: List of arrays of the shapes of `model.weights`.

        Raises:
            ValueError: If their number or a shape differs; nothing is changed then.
            RuntimeError: If another thread trains the model.
        """
        check_free(self)
        super().set_weights(weights)

    def load_weights(self, filepath: str | PathLike, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Loads weights from a `.weights.h5`, `.keras` or legacy `.h5` file into the layers of the same topology.

        The whole file is checked before any weight is changed.

        Args:
            filepath: `str` or `pathlib.Path`.
            skip_mismatch: Boolean, whether to leave out layers that do not fit. Defaults to `False`.
            **kwargs: `by_name=True` loads the layers of a legacy `.h5` file by their names.

        Raises:
            ValueError: If the file is damaged or does not fit the model.
            RuntimeError: If another thread trains the model.
        """
        check_free(self)
        return saving.load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def __reduce__(self) -> tuple:
        """Pickles and deep copies hold what a file would hold."""
        own = {
            type(layer).__name__: type(layer)
            for layer in self._flatten_layers()
            if not serialization.is_public(type(layer))
        }
        return files.copied, (bytes(files.packed(self)), own)

    def to_json(self, **kwargs: Any) -> str:
        """Returns the config of the model as JSON.

        Args:
            **kwargs: Passed on to `json.dumps()`.

        Example:

        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        >>> keras.models.model_from_json(model.to_json()).count_params()
        8
        """
        return json.dumps(saving.serialize_keras_object(self), **kwargs)

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Any:
        """Creates a model from its config, the output of `get_config`.

        Args:
            config: Dict.
            custom_objects: Optional dict of names of the user's own classes and functions.
        """
        if cls is Model and {"name", "layers", "input_layers", "output_layers"} <= set(config):
            return cls._functional.from_config(config, custom_objects=custom_objects)
        with serialization.custom_object_scope(custom_objects):
            return super().from_config(config)

    def _summary_graph(self) -> tuple[list, Any]:
        """The rows of the summary, and the nodes whose connections it shows."""
        return self.layers, None

    def get_compile_config(self) -> dict:
        """Returns the config of the arguments of `compile`, empty if the model is not compiled."""
        return compile_config.get_compile_config(self)

    def compile_from_config(self, config: dict) -> None:
        """Compiles the model from the output of `get_compile_config`."""
        compile_config.compile_from_config(self, config, type(self).compile is not Trainer.compile)

    def build_from_config(self, config: dict) -> None:
        """Builds the model from the output of `get_build_config`."""
        if not config:
            return
        try:
            if is_default(self.build):
                self._build_by_shape_inference(config)
            else:
                super().build_from_config(config)
        except Exception as problem:  # whatever a subclass raises: loading continues, and reports what is missing
            warn_user(f"{_NO_BUILD.format(self.name)}\nError encountered: {problem}")

    def _build_by_shape_inference(self, config: dict) -> None:
        """Builds the layers inside by calling the model on symbolic inputs of the saved shapes."""
        shapes = config.get("shapes_dict") or {"": config["input_shape"]}
        inputs = {name.removesuffix("_shape"): map_shapes(KerasTensor, shape) for name, shape in shapes.items()}
        with self._open_name_scope():
            infer(self.call, (inputs.pop(""),) if "" in inputs else (), inputs, exact=False)
        self._build_shapes_dict, self.built = dict(shapes), True


def _is_graph(args: tuple, kwargs: dict) -> bool:
    """Whether the arguments of a constructor are symbolic inputs and outputs."""
    return len(args) == 2 or (len(args) == 1 and "outputs" in kwargs) or {"inputs", "outputs"} <= set(kwargs)


def _extends_functional(cls: type) -> None:
    """Makes a class extend Functional where it extends Model."""
    cls.__bases__ = tuple(Model._functional if base is Model else base for base in cls.__bases__)
    for base in cls.__bases__:
        if issubclass(base, Model) and not issubclass(base, Model._functional):
            _extends_functional(base)


def model_from_json(json_string: str, custom_objects: dict | None = None) -> Model:
    """Creates a model from the JSON of its config; it is not compiled.

    Args:
        json_string: The output of `Model.to_json`.
        custom_objects: Optional dict of names of the user's own classes and functions.

    Raises:
        ValueError: If it is not JSON, or names an unknown object.

    Example:

    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="out")])
    >>> keras.models.model_from_json(model.to_json()).layers
    [<Dense name=out, built=True>]
    """
    return saving.deserialize_keras_object(json.loads(json_string), custom_objects=custom_objects)
