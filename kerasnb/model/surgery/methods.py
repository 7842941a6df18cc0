"""Surgery: `insert`, `replace`, `remove` and `move`, which models have beside Keras' own methods."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from kerasnb.layers.base.layer import Layer
from kerasnb.model.surgery import edits
from kerasnb.model.surgery.compiled import recompile
from kerasnb.model.surgery.plan import Plan, Ref, is_input_layer
from kerasnb.model.surgery.replay import replay
from kerasnb.model.training.session import check_free

if TYPE_CHECKING:  # these methods use what a model has
    from kerasnb.model.model import Model as Base
else:
    Base = object


class Change:
    """What a change of a model did: which layers kept their weights, and which were made anew.

    Args:
        kept: List of names of layers.
        rebuilt: Dict of the names of layers to pairs of the old layer and the new one.
        tensors: Dict of the tensors of the changed model by their places, empty where it is not built.
    """

    def __init__(self, kept: list[str], rebuilt: dict[str, tuple[Any, Any]], tensors: dict) -> None:
        self.kept, self.pairs, self.tensors = kept, rebuilt, tensors

    @property
    def rebuilt(self) -> list[str]:
        """The names of the layers that are new since their inputs have another shape."""
        return list(self.pairs)

    def __repr__(self) -> str:
        kept = f"{len(self.kept)} layers kept their weights" if len(self.kept) != 1 else "1 layer kept its weights"
        if not self.pairs:
            return f"<Change: {kept}>"
        return f"<Change: {kept}; rebuilt, since their inputs have another shape: {', '.join(self.pairs)}>"


class Surgery(Base):
    """Changes of a model that is built, and may be trained: all other layers keep their weights, bit for bit."""

    def _plan(self) -> Plan:
        """The calls of the model."""
        raise NotImplementedError

    def _adopt(self, plan: Plan, inputs: Any, outputs: Any) -> None:
        """Makes the model what the plan says; `inputs` and `outputs` are None where it is not built."""
        raise NotImplementedError

    def _scope(self) -> contextlib.AbstractContextManager:
        return contextlib.nullcontext()

    # --- the four changes

    def insert(self, place: int | str | Layer, layer: Layer) -> Change:
        """Inserts a layer; all others keep their weights. Keras has no such method.

        A layer whose inputs get another shape than its weights were made for is created anew from its config.
        A compiled model stays compiled, and the optimizer goes on where it was for the weights that stay.

        Args:
            place: Integer, the index in `layers` that the new layer gets, or the layer (or its name) after which it
                comes.
            layer: The layer.

        Returns:
            A `Change` that names the layers that kept their weights and those that were rebuilt.

        Raises:
            ValueError: If there is no such place, or a layer cannot take what would come before it. Nothing is
                changed then.
            RuntimeError: If another thread trains the model.

        Example:

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, name="a")])
        >>> before = model.get_layer("a").get_weights()
        >>> model.insert("a", keras.layers.Dense(2, name="b"))
        <Change: 1 layer kept its weights>
        >>> [layer.name for layer in model.layers]
        ['a', 'b']
        >>> np.array_equal(model.get_layer("a").get_weights()[0], before[0])
        True
        """
        check_free(self)
        plan = self._plan()
        self._check_joining(layer, plan)
        return self._change(edits.insert(plan, layer, self._after(plan, place)))

    def replace(self, which: int | str | Layer, layer: Layer) -> Change:
        """Puts a layer in the place of another one; all others keep their weights. Keras has no such method.

        Args:
            which: The layer to take out: its index in `layers`, its name, or itself.
            layer: The layer that comes in its place.

        Returns:
            A `Change`, as `insert` returns it.

        Raises:
            ValueError: If there is no such layer, or the new one does not fit. Nothing is changed then.
            RuntimeError: If another thread trains the model.

        Example:

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1, name="out")])
        >>> model.replace("out", keras.layers.Dense(3, name="classes"))
        <Change: 1 layer kept its weights>
        >>> model.output_shape
        (None, 3)
        """
        check_free(self)
        plan = self._plan()
        old = self._found(plan, which)
        self._check_joining(layer, plan, but=old)
        return self._change(edits.replace(plan, old, layer))

    def remove(self, which: int | str | Layer) -> Change:
        """Takes a layer out; all others keep their weights. Keras has no such method.

        Args:
            which: The layer: its index in `layers`, its name, or itself.

        Returns:
            A `Change`, as `insert` returns it.

        Raises:
            ValueError: If there is no such layer, or what comes after it cannot take what comes before it. Nothing
                is changed then.
            RuntimeError: If another thread trains the model.

        Example:

        >>> layers = [keras.layers.Dense(8, name="a"), keras.layers.Dense(8, name="b")]
        >>> model = keras.Sequential([keras.Input((4,)), *layers])
        >>> model.remove("a")
        <Change: 0 layers kept their weights; rebuilt, since their inputs have another shape: b>
        """
        check_free(self)
        plan = self._plan()
        for number in plan.calls_of(self._found(plan, which)):
            plan = edits.remove(plan, number)
        return self._change(plan)

    def move(self, which: int | str | Layer, index: int) -> Change:
        """Moves a layer to another index in `layers`, on a straight line. Keras has no such method.

        Args:
            which: The layer: its index in `layers`, its name, or itself.
            index: Integer, the index that it gets.

        Returns:
            A `Change`, as `insert` returns it.

        Raises:
            ValueError: If there is no such layer or index, the way leads past a branch, or the layers do not fit in
                the new order. Nothing is changed then.
            RuntimeError: If another thread trains the model.

        Example:

        >>> layers = [keras.layers.Dense(4, name="a"), keras.layers.ReLU(name="b")]
        >>> model = keras.Sequential([keras.Input((4,)), *layers])
        >>> model.move("b", 0)
        <Change: 2 layers kept their weights>
        >>> [layer.name for layer in model.layers]
        ['b', 'a']
        """
        check_free(self)
        plan = self._plan()
        layer = self._found(plan, which)
        layers = self.layers
        if isinstance(index, bool) or not isinstance(index, int) or not -len(layers) <= index < len(layers):
            raise ValueError(f"Argument `index` must be an index of the {len(layers)} `layers`. Received: {index}")
        steps = index % len(layers) - [id(one) for one in layers].index(id(layer))
        (number,) = self._only(plan, layer)
        for _ in range(abs(steps)):
            plan = edits.swap(plan, number, later=steps > 0)
        return self._change(plan)

    # --- places

    def _after(self, plan: Plan, place: Any) -> Ref:
        """The tensor after which a new layer comes."""
        layers = self.layers
        if isinstance(place, bool) or not isinstance(place, (int, str, Layer)):
            raise ValueError(
                f"Argument `place` must be an index, a layer or its name. Received: {place} (of type {type(place)})"
            )
        if not isinstance(place, int):
            number = self._only(plan, self._found(plan, place))[0]
            return Ref(number)
        index = place + len(layers) if place < 0 else place
        if not 0 <= index <= len(layers):
            raise ValueError(f"Argument `place` must be from 0 to {len(layers)}, for so many layers. Received: {place}")
        if index == len(layers):
            outputs = plan.output_refs()
            if len(outputs) > 1:
                raise ValueError("Argument `place` must name a layer: the model has several outputs to come after.")
            return outputs[0]
        refs = plan.calls[self._only(plan, layers[index])[0]].refs
        if len(refs) != 1:
            raise ValueError(
                f"Argument `place` must name the layer after which the new one comes: {layers[index].name!r} at index "
                f"{index} has {len(refs)} inputs."
            )
        return refs[0]

    def _found(self, plan: Plan, which: Any) -> Any:
        if isinstance(which, int) and not isinstance(which, bool) and which < 0:
            which += len(self.layers)
        if isinstance(which, Layer):
            if not plan.calls_of(which):
                raise ValueError(f"Layer {which.name!r} is not in model {self.name!r}.")
            return which
        if isinstance(which, bool) or not isinstance(which, (int, str)):
            raise ValueError(f"A layer is meant by its index, its name or itself. Received: {which} ({type(which)})")
        return self.get_layer(index=which) if isinstance(which, int) else self.get_layer(which)

    def _only(self, plan: Plan, layer: Any) -> list[int]:
        numbers = plan.calls_of(layer)
        if len(numbers) > 1:
            raise ValueError(f"Layer {layer.name!r} is called {len(numbers)} times: the place is not clear.")
        return numbers

    def _check_joining(self, layer: Any, plan: Plan, but: Any = None) -> None:
        if not isinstance(layer, Layer) or is_input_layer(layer):
            raise ValueError(
                f"Argument `layer` must be a `keras.Layer`, not an input. Received: {layer} (of type {type(layer)})"
            )
        for other in plan.operations():
            if other is not but and (other is layer or other.name == layer.name):
                raise ValueError(f"The name {layer.name!r} is taken by a layer of the model. Pass another `name`.")

    # --- making the change

    def _change(self, plan: Plan) -> Change:
        """Makes the model what a plan says: the layers of the plan, with the weights that they have."""
        before = {id(layer) for layer in self._layers}
        variables = list(self.variables)
        if all(call.operation is not None for call in plan.calls.values()):
            with self._scope():
                replayed = replay(plan)
            self._adopt(replayed.plan, *(replayed.structure(s) for s in (plan.inputs, plan.outputs)))
            rebuilt, tensors = replayed.rebuilt, replayed.tensors
        else:
            self._adopt(plan, None, None)
            rebuilt, tensors = {}, {}
        self._steps = {}
        self.train_function = self.test_function = self.predict_function = None
        recompile(self, variables)
        kept = [layer.name for layer in self._layers if id(layer) in before and not is_input_layer(layer)]
        return Change(kept, rebuilt, tensors)
