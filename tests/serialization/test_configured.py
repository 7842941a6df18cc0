"""Configs that nobody wrote follow from the arguments of `__init__`."""

import pytest

import kerasnb as keras
from kerasnb.serialization.configured import Configured, argument_names


def test_a_users_class_has_the_config_of_the_public_class_it_extends():
    """Arguments of its own are not in it, as in Keras, whether they are attributes or not."""

    class Steeper(keras.losses.Dice):
        def __init__(self, power=2.0, **kwargs):
            super().__init__(**kwargs)
            self.power = power

    config = Steeper(axis=1, name="s").get_config()
    assert config == keras.losses.Dice(axis=1, name="s").get_config() and "power" not in config


def test_values_are_those_of_now():
    """What is changed after creation stands in the config."""
    optimizer = keras.optimizers.Adam(0.5)
    optimizer.weight_decay, optimizer.learning_rate = 0.25, 0.125
    config = optimizer.get_config()
    assert config["weight_decay"] == 0.25 and config["learning_rate"] == 0.125


def test_private_attributes_serve_where_there_is_no_public_one():
    """`_t_mul` is the argument `t_mul`."""
    schedule = keras.optimizers.schedules.CosineDecayRestarts(0.1, 10, t_mul=3.0)
    assert schedule.get_config()["t_mul"] == 3.0


def test_base_classes_that_need_a_config_ask_for_one():
    """Users' own regularizers and schedules must write it."""
    for base in (keras.regularizers.Regularizer, keras.optimizers.schedules.LearningRateSchedule):
        with pytest.raises(NotImplementedError, match="get_config"):
            type("Own", (base,), {})().get_config()


def test_the_config_is_computed_when_it_is_asked_for():
    """Creating and calling an object costs nothing more."""
    assert "__new__" not in vars(Configured) and "__init__" not in vars(Configured)
    assert argument_names(keras.regularizers.L1L2) == ["l1", "l2"]
