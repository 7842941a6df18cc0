"""Names and configs find classes and functions, built-in ones and the user's own."""

import threading

import pytest

import kerasnb as keras
from kerasnb import initializers, losses, serialization
from kerasnb.serialization import registry


class Mine(losses.Loss):
    """A loss of the user's."""

    def __init__(self, name="mine", factor=1.0):
        super().__init__(name=name)
        self.factor = factor

    def get_config(self):
        return {"name": self.name, "factor": self.factor}


def test_scope_is_known_inside_and_forgotten_outside():
    """Names of a scope are found by `get` and `deserialize` inside it only."""
    with registry.custom_object_scope({"Mine": Mine}):
        assert isinstance(losses.get("Mine"), Mine)
        assert losses.deserialize({"class_name": "Mine", "config": {"factor": 2.0}}).factor == 2.0
    with pytest.raises(ValueError, match="Could not interpret loss identifier: Mine"):
        losses.get("Mine")


def test_scope_belongs_to_its_thread():
    """Another thread does not see the names."""
    seen = []
    with registry.custom_object_scope({"Mine": Mine}):
        thread = threading.Thread(target=lambda: seen.append("Mine" in registry.custom_objects_in_scope()))
        thread.start()
        thread.join()
    assert seen == [False]


def test_inner_scope_wins_and_errors_close_it():
    """The innermost scope decides, and an exception leaves nothing behind."""
    with registry.custom_object_scope({"x": 1}):
        with pytest.raises(KeyError), registry.custom_object_scope({"x": 2}):
            assert registry.custom_objects_in_scope()["x"] == 2
            raise KeyError
        assert registry.custom_objects_in_scope()["x"] == 1


def test_custom_objects_reach_nested_configs():
    """Names given to `deserialize` are known while inner objects are made."""
    inner = serialization.serialize_keras_object(Mine(factor=3.0))
    assert inner["class_name"] == "Mine" and inner["registered_name"] == "Mine"
    assert serialization.deserialize_keras_object([inner], {"Mine": Mine})[0].factor == 3.0


def test_config_without_class_is_refused():
    """A dict that is no config is an error that shows it."""
    with pytest.raises(ValueError, match="Improper config format for loss"):
        losses.deserialize({"name": "x"})
    with pytest.raises(ValueError, match="Could not locate loss 'Nothing'.*Known names: .*Huber"):
        losses.deserialize({"class_name": "Nothing", "config": {}})
    with pytest.raises(ValueError, match="`config` must be a dict"):
        losses.deserialize({"class_name": "Huber", "config": "x"})


def test_object_without_config_cannot_be_serialized():
    """An object that has no `get_config` is named."""
    with pytest.raises(TypeError, match="a class must implement the `get_config"):
        serialization.serialize_keras_object(object())


def test_public_module_is_that_of_the_first_table():
    """Built-in classes are written under the module where Keras exports them."""
    assert serialization.serialize_keras_object(initializers.Zeros())["module"] == "keras.initializers"
    assert registry.PUBLIC["keras.losses", "Huber"] is losses.Huber


def test_misspelt_names_get_a_suggestion():
    """A name that is close to a known one is suggested alone; the user's own objects do not fill the list."""
    with pytest.raises(ValueError, match=r"metric identifier: accuraccy\. Did you mean 'accuracy'"):
        keras.metrics.get("accuraccy")
    with pytest.raises(ValueError, match=r"optimizer identifier: adamm\. Did you mean 'adam'"):
        keras.optimizers.get("adamm")
    with registry.custom_object_scope({"Tests>Mine": Mine}):
        with pytest.raises(ValueError, match="Known names: .*mse") as refused:
            keras.losses.get("zzz")
    assert "Tests>" not in str(refused.value)


class Point:
    """Something without `get_config`."""

    def __init__(self, x, y):
        self.x, self.y = x, y


def test_types_register_how_they_become_configs(monkeypatch):
    """A registered type is written and read like a built-in one, and so are its subclasses."""
    monkeypatch.setattr(registry, "TYPES", dict(registry.TYPES))
    monkeypatch.setattr(registry, "DECODERS", dict(registry.DECODERS))
    serialization.register_type(
        Point, "__point__", lambda p: {"value": [p.x, p.y]}, lambda inner: Point(*inner["value"])
    )
    config = serialization.serialize_keras_object({"at": [type("Place", (Point,), {})(1, 2)]})
    assert config == {"at": [{"class_name": "__point__", "config": {"value": [1, 2]}}]}
    assert serialization.deserialize_keras_object(config)["at"][0].y == 2


def test_finders_are_called_for_what_no_table_holds(monkeypatch):
    """A class is created when its module and name are met, and those of the tables are not looked for."""
    calls = []

    def find(module, name):
        calls.append((module, name))
        return Mine if (module, name) == ("keras.src.ops.mine", "Mine") else None

    monkeypatch.setattr(registry, "_FINDERS", [find])
    config = {"module": "keras.src.ops.mine", "class_name": "Mine", "config": {"factor": 2.0}, "registered_name": "X"}
    assert serialization.deserialize_keras_object(config).factor == 2.0
    serialization.deserialize_keras_object(serialization.serialize_keras_object(losses.Huber()))
    assert calls == [("keras.src.ops.mine", "Mine")]
    with pytest.raises(TypeError, match="Could not locate class 'Nothing'"):
        serialization.deserialize_keras_object({**config, "class_name": "Nothing"})


def test_objects_in_arguments_are_values_of_their_types():
    """Tensors, arrays, bytes, slices and Ellipsis come back, in containers too."""
    values = [keras.ops.ones((2,)), keras.KerasTensor((None, 2)), slice(1, None, 2), b"ab", ..., (1, 2.5, None)]
    tensor, symbolic, *rest = serialization.deserialize_keras_object(serialization.serialize_keras_object(values))
    assert tensor.tolist() == [1.0, 1.0] and symbolic.shape == (None, 2)
    assert rest == [slice(1, None, 2), b"ab", ..., [1, 2.5, None]]


@pytest.mark.parametrize("module", ["losses", "metrics", "initializers", "regularizers", "constraints", "activations"])
def test_lambdas_in_configs_need_permission(module):
    """`deserialize` of each namespace refuses code, wherever it stands in the config."""
    config = {"class_name": "__lambda__", "config": {"value": "x"}}
    with pytest.raises(ValueError):
        getattr(keras, module).deserialize(config)
    with pytest.raises(ValueError, match="deserialization of a Python lambda"):
        keras.losses.deserialize({"class_name": "LossFunctionWrapper", "config": {"fn": config}})
