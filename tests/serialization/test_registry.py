"""Names and configs find classes and functions, built-in ones and the user's own."""

import threading

import pytest

import kerasnb as keras
from kerasnb import initializers, losses
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
    inner = registry.to_config(Mine(factor=3.0))
    assert inner["class_name"] == "Mine" and inner["registered_name"] == "Mine"
    assert registry.from_config([inner], {"Mine": Mine})[0].factor == 3.0


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
    with pytest.raises(TypeError, match="Expected an object with a `get_config"):
        registry.to_config(object())


def test_public_module_is_that_of_the_first_table():
    """Built-in classes are written under the module where Keras exports them."""
    assert registry.to_config(initializers.Zeros())["module"] == "keras.initializers"
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
