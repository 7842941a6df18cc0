"""Optimizers change weights as Keras' do."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import inspect

import keras
import numpy as np
import pytest

from kerasnb import constraints, ops, optimizers
from kerasnb.backend.tensor.variable import Variable
from tests.seeded import RANDOM as rng

START = {"kernel": rng.normal(size=(4, 3)).astype("float32"), "bias": rng.normal(size=(3,)).astype("float32")}
STEPS = [{name: rng.normal(size=w.shape).astype("float32") for name, w in START.items()} for _ in range(10)]

CASES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.5, "centered": True, "rho": 0.8}),
    ("RMSprop", {"momentum": 0.5}),
    ("RMSprop", {"centered": True}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "beta_1": 0.8}),
    ("AdamW", {"weight_decay": 0.1}),
    ("Adamax", {}),
    ("Nadam", {}),
    ("Adagrad", {}),
    ("Adadelta", {"rho": 0.9}),
    ("Ftrl", {"l1_regularization_strength": 0.01, "l2_shrinkage_regularization_strength": 0.02, "beta": 0.1}),
    ("Ftrl", {"l2_regularization_strength": 0.3, "learning_rate_power": -0.4}),
    ("Lion", {}),
    ("Lamb", {}),
    ("Adafactor", {}),
    ("Adafactor", {"relative_step": False, "clip_threshold": 0.5}),
    ("ScheduleFreeAdamW", {"warmup_steps": 4}),
    ("ScheduleFreeAdamW", {"weight_decay": 0.01}),
    ("Muon", {}),
    ("Muon", {"nesterov": False, "rms_rate": None, "weight_decay": None, "adam_lr_ratio": 0.1}),
    ("Muon", {"exclude_layers": ["kern"]}),
    ("SGD", {"clipnorm": 0.5}),
    ("SGD", {"clipvalue": 0.3}),
    ("Adam", {"global_clipnorm": 0.7}),
    ("SGD", {"loss_scale_factor": 4.0}),
    ("SGD", {"use_ema": True, "ema_momentum": 0.8}),
    ("Adam", {"use_ema": True, "ema_overwrite_frequency": 3}),
    ("SGD", {"gradient_accumulation_steps": 3}),
    ("Adam", {"gradient_accumulation_steps": 2, "clipnorm": 1.0, "weight_decay": 0.02}),
    ("Nadam", {"gradient_accumulation_steps": 4}),
    ("RMSprop", {"gradient_accumulation_steps": 3, "use_ema": True, "ema_overwrite_frequency": 2}),
]
IDS = [f"{name}-{'-'.join(options)}" for name, options in CASES]


class Sides:
    """One optimizer here and one in Keras, with variables that start alike."""

    def __init__(self, name, options, rate=0.05):
        options = {"learning_rate": rate, **options}
        self.here, self.there = (getattr(m, name)(**options) for m in (optimizers, keras.optimizers))
        self.mine = [Variable(w, name=n) for n, w in START.items()]
        self.peers = [keras.Variable(w, name=n) for n, w in START.items()]

    def step(self, gradients):
        self.here.apply([ops.convert_to_tensor(g) for g in gradients.values()], self.mine)
        self.there.apply([keras.ops.convert_to_tensor(g) for g in gradients.values()], self.peers)

    def check(self, rtol=2e-5, atol=2e-6):
        for mine, peer in zip(self.mine, self.peers, strict=True):
            np.testing.assert_allclose(mine.numpy(), np.asarray(peer), rtol=rtol, atol=atol)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_ten_steps_are_those_of_keras(name, options):
    """After each of ten steps weights and slots equal Keras', in Keras' order and with its names."""
    sides = Sides(name, options)
    for gradients in STEPS:
        sides.step(gradients)
        sides.check()
    ours, theirs = sides.here.variables, sides.there.variables
    assert [v.name for v in ours if not v.name.startswith("variable")] == [
        v.name for v in theirs if not v.name.startswith("variable")
    ]
    for mine, peer in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine.numpy(), np.asarray(peer), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_config_is_that_of_keras(name, options):
    """`get_config` and the serialized form equal Keras', and lead back to the same optimizer."""
    ours, theirs = (getattr(m, name)(name="o", **options) for m in (optimizers, keras.optimizers))
    assert ours.get_config() == theirs.get_config()
    assert optimizers.serialize(ours) == keras.optimizers.serialize(theirs)
    again = optimizers.deserialize(optimizers.serialize(ours))
    assert type(again) is type(ours) and again.get_config() == ours.get_config()


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES}))
def test_signature_is_that_of_keras(name):
    """Argument names, order and defaults are Keras'."""
    ours, theirs = (inspect.signature(getattr(m, name)).parameters for m in (optimizers, keras.optimizers))
    assert [(p.name, p.default) for p in ours.values()] == [(p.name, p.default) for p in theirs.values()]


def test_public_names_of_keras_exist():
    """The names of `keras.optimizers` are here, but for those that only raise in Keras."""
    theirs = {n for n in dir(keras.optimizers) if not n.startswith("_")}
    assert theirs - set(dir(optimizers)) == {"legacy"}


def test_schedule_sets_the_rate_of_each_step():
    """A schedule is asked with the number of the step, and is part of the config."""
    schedules = [m.schedules.ExponentialDecay(0.5, 2, 0.5) for m in (optimizers, keras.optimizers)]
    sides = Sides("SGD", {})
    sides.here, sides.there = optimizers.SGD(schedules[0], name="s"), keras.optimizers.SGD(schedules[1], name="s")
    for gradients in STEPS:
        sides.step(gradients)
        sides.check()
    assert [v.name for v in sides.here.variables] == ["iteration"]
    np.testing.assert_allclose(float(sides.here.learning_rate), float(sides.there.learning_rate), rtol=1e-6)
    assert optimizers.serialize(sides.here) == keras.optimizers.serialize(sides.there)
    again = optimizers.deserialize(optimizers.serialize(sides.here))
    assert float(again.learning_rate) == 0.5
    with pytest.raises(TypeError, match="learning rate is not settable"):
        sides.here.learning_rate = 0.1


def test_learning_rate_is_a_variable_that_can_be_set():
    """Setting the learning rate changes the next step, and the variable stays the same one."""
    sides = Sides("SGD", {})
    variable = sides.here.learning_rate
    sides.step(STEPS[0])
    sides.here.learning_rate = sides.there.learning_rate = 0.5
    sides.step(STEPS[1])
    sides.check()
    assert sides.here.learning_rate is variable and float(variable) == 0.5


def test_callable_learning_rate_is_called_each_step():
    """A callable gives the learning rate."""
    rates = iter([0.5, 0.25])
    w = Variable([1.0])
    optimizer = optimizers.SGD(learning_rate=lambda: next(rates))
    for _ in range(2):
        optimizer.apply([ops.convert_to_tensor([1.0])], [w])
    assert w.numpy().tolist() == [0.25]


def test_setting_a_callable_drops_the_variable():
    """A schedule set later takes the variable's place, as in Keras."""
    for module in (optimizers, keras.optimizers):
        optimizer = module.SGD()
        optimizer.learning_rate = module.schedules.InverseTimeDecay(0.5, 1, 1.0)
        assert [v.name for v in optimizer.variables] == ["iteration"]
        assert float(np.asarray(optimizer.learning_rate)) == 0.5


def test_weight_decay_leaves_out_what_is_excluded():
    """Variables named or listed are not decayed, as in Keras."""
    for how in ("names", "list"):
        sides = Sides("AdamW", {"weight_decay": 0.5})
        for optimizer, variables in ((sides.here, sides.mine), (sides.there, sides.peers)):
            if how == "names":
                optimizer.exclude_from_weight_decay(var_names=["bias"])
            else:
                optimizer.exclude_from_weight_decay(var_list=[variables[0]])
        for gradients in STEPS[:3]:
            sides.step(gradients)
        sides.check()
    with pytest.raises(ValueError, match="before the optimizer is built"):
        sides.here.exclude_from_weight_decay(var_names=["bias"])


def test_constraints_hold_after_each_step():
    """A variable's constraint is applied after its update."""
    w = Variable([[3.0], [4.0]])
    w.constraint = constraints.UnitNorm()
    optimizers.SGD(0.1).apply([ops.zeros((2, 1))], [w])
    np.testing.assert_allclose(w.numpy(), [[0.6], [0.8]], rtol=1e-5)


def test_averages_become_the_weights_at_the_end():
    """`finalize_variable_values` sets the weights to their moving averages."""
    sides = Sides("SGD", {"use_ema": True, "ema_momentum": 0.5})
    for gradients in STEPS[:4]:
        sides.step(gradients)
    sides.here.finalize_variable_values(sides.mine)
    sides.there.finalize_variable_values(sides.peers)
    sides.check()
    with pytest.raises(ValueError, match="does not match the length"):
        sides.here.finalize_variable_values(sides.mine[:1])


def test_missing_gradients_are_warned_about_and_skipped():
    """None gradients leave their variable alone; none at all is an error."""
    a, b = Variable([1.0], name="a"), Variable([1.0], name="b")
    optimizer = optimizers.SGD(0.5)
    with pytest.warns(UserWarning, match=r"Gradients do not exist for variables \['b'\]"):
        optimizer.apply([ops.convert_to_tensor([1.0]), None], [a, b])
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([0.5], [1.0])
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        optimizer.apply([None, None], [a, b])


def test_variables_must_be_those_of_the_build():
    """Another variable, another number of gradients, or no build at all are refused before anything changes."""
    w = Variable([1.0])
    optimizer = optimizers.SGD(0.5)
    with pytest.raises(ValueError, match="must already be built"):
        optimizer.apply([ops.convert_to_tensor([1.0])])
    optimizer.build([w])
    with pytest.raises(ValueError, match="Unknown variable"):
        optimizer.apply([ops.convert_to_tensor([1.0])], [Variable([1.0])])
    with pytest.raises(ValueError, match="Received a list of 2 gradients"):
        optimizer.apply([ops.convert_to_tensor([1.0])] * 2)
    assert int(optimizer.iterations) == 0


@pytest.mark.parametrize("name", ["SGD", "Adam", "Adagrad"])
def test_gradient_of_another_shape_changes_nothing(name):
    """A gradient that would only broadcast is refused before any variable changes."""
    a, b = Variable([1.0, 1.0]), Variable([1.0, 1.0])
    optimizer = getattr(optimizers, name)(0.5)
    with pytest.raises(ValueError, match=r"Expected: \(2,\) for .*Received: gradient.shape=\(1,\)"):
        optimizer.apply([ops.ones((2,)), ops.ones((1,))], [a, b])
    assert a.numpy().tolist() == [1.0, 1.0] and int(optimizer.iterations) == 0


def test_apply_gradients_counts_iterations():
    """`apply_gradients` takes pairs and returns the counter."""
    w = Variable([1.0])
    counter = optimizers.SGD(0.5).apply_gradients([(ops.convert_to_tensor([1.0]), w)])
    assert int(counter) == 1 and w.numpy().tolist() == [0.5]


def test_state_goes_through_a_store():
    """Variables written by number are read back; a wrong number of them is refused with a warning."""
    sides = Sides("Adam", {})
    sides.step(STEPS[0])
    store, theirs = {}, {}
    sides.here.save_own_variables(store)
    sides.there.save_own_variables(theirs)
    assert list(store) == list(theirs)
    fresh = optimizers.Adam()
    with pytest.warns(UserWarning, match="Skipping variable loading for optimizer"):
        fresh.load_own_variables(store)
    fresh.build(sides.mine)
    fresh.load_own_variables(theirs)
    for mine, other in zip(fresh.variables, sides.here.variables, strict=True):
        np.testing.assert_allclose(mine.numpy(), other.numpy(), rtol=1e-5)


def test_set_weights_checks_all_before_it_changes_one():
    """A wrong shape leaves every variable as it was."""
    optimizer, w = optimizers.SGD(0.5, momentum=0.5), Variable([1.0])
    with pytest.raises(ValueError, match="not yet been built"):
        optimizer.set_weights([])
    optimizer.build([w])
    with pytest.raises(ValueError, match="not compatible with provided"):
        optimizer.set_weights([np.array(5), np.array(0.1), np.zeros(3)])
    assert int(optimizer.iterations) == 0
    optimizer.set_weights([np.array(5), np.array(0.1), np.ones(1)])
    assert int(optimizer.iterations) == 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m: m.SGD(1), "should be float"),
        (lambda m: m.SGD(clipnorm=1.0, clipvalue=1.0), "Only one of"),
        (lambda m: m.SGD(gradient_accumulation_steps=1), "integer >= 2"),
        (lambda m: m.SGD(use_ema=True, ema_momentum=2.0), "range"),
        (lambda m: m.SGD(use_ema=True, ema_overwrite_frequency=0.5), "integer >= 1"),
        (lambda m: m.SGD(momentum=1), "must be a float between"),
        (lambda m: m.SGD(nothing=1), r"not recognized: \{'nothing': 1\}"),
        (lambda m: m.Lion(beta_1=0.0), "must be in the"),
        (lambda m: m.Ftrl(initial_accumulator_value=-1.0), "positive or zero"),
        (lambda m: m.schedules.PolynomialDecay(0.1, 0), "must be > 0"),
        (lambda m: m.schedules.PiecewiseConstantDecay([1], [1.0]), "1 less than"),
    ],
)
def test_wrong_arguments_are_refused_as_in_keras(make, message):
    """Arguments out of range raise a ValueError with Keras' words."""
    for module in (optimizers, keras.optimizers):
        with pytest.raises(ValueError, match=message):
            make(module)


def test_get_takes_names_in_any_case_configs_and_objects():
    """A name's case does not matter; an unknown one raises a ValueError that lists the known ones."""
    for name in ("sgd", "SGD", "Sgd", "rmsprop", "adam", "AdamW", "adafactor"):
        assert type(optimizers.get(name)).__name__.lower() == name.lower()
    given = optimizers.Adam()
    assert optimizers.get(given) is given and optimizers.get(None) is None
    assert optimizers.get({"class_name": "SGD", "config": {"momentum": 0.5}}).momentum == 0.5
    with pytest.raises(ValueError, match="Could not interpret optimizer identifier: nothing.*rmsprop"):
        optimizers.get("nothing")
    with pytest.raises(ValueError, match="Could not interpret optimizer identifier: 3"):
        optimizers.get(3)


SCHEDULES = [
    ("ExponentialDecay", (0.1, 3, 0.5), {}),
    ("ExponentialDecay", (0.1, 3, 0.5), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 3, 0.5), {}),
    ("InverseTimeDecay", (0.1, 3, 0.5), {"staircase": True}),
    ("PiecewiseConstantDecay", ([2, 5, 6], [1.0, 0.5, 0.2, 0.1]), {}),
    ("PolynomialDecay", (0.1, 5), {"power": 2.0}),
    ("PolynomialDecay", (0.1, 5), {"cycle": True, "end_learning_rate": 0.01}),
    ("CosineDecay", (0.1, 6), {"alpha": 0.1}),
    ("CosineDecay", (0.1, 6), {"warmup_target": 0.5, "warmup_steps": 3}),
    ("CosineDecayRestarts", (0.1, 3), {}),
    ("CosineDecayRestarts", (0.1, 3), {"t_mul": 1.0, "m_mul": 0.8, "alpha": 0.05}),
]


@pytest.mark.parametrize(("name", "args", "options"), SCHEDULES, ids=[f"{s[0]}-{i}" for i, s in enumerate(SCHEDULES)])
def test_schedules_are_those_of_keras(name, args, options):
    """Over twelve steps every schedule gives Keras' rate, and has its config."""
    ours, theirs = (getattr(m.schedules, name)(*args, **options) for m in (optimizers, keras.optimizers))
    for step in range(12):
        np.testing.assert_allclose(float(ours(step)), float(theirs(step)), rtol=2e-5, atol=1e-7, err_msg=str(step))
    assert optimizers.schedules.serialize(ours) == keras.optimizers.schedules.serialize(theirs)
    again = optimizers.schedules.deserialize(optimizers.schedules.serialize(ours))
    assert again.get_config() == ours.get_config()


def test_several_optimizers_share_one_model():
    """Each variable is changed by the optimizer its path chooses, as in Keras, and the config leads back to that."""
    pair = Sides("SGD", {})
    made = []
    for module in (optimizers, keras.optimizers):
        chosen = module.OptimizerMap(module.SGD(0.1, name="s"), {"bia.": module.Adam(0.2, name="a")})
        made.append(module.MultiOptimizer(chosen, name="m"))
    pair.here, pair.there = made
    for gradients in STEPS[:4]:
        pair.step(gradients)
        pair.check()
    assert [v.name for v in pair.here.variables] == [v.name for v in pair.there.variables]
    again = optimizers.deserialize(optimizers.serialize(pair.here))
    assert type(again._optimizer_map["bias"]) is optimizers.Adam
    assert optimizers.serialize(pair.here) == keras.optimizers.serialize(pair.there)
    for module, optimizer in zip((optimizers, keras.optimizers), made, strict=True):
        with pytest.raises(AttributeError, match="Learning rate cannot be accessed"):
            _ = optimizer.learning_rate
        with pytest.raises(ValueError, match="already exists"):
            optimizer._optimizer_map["bia."] = module.SGD()
        with pytest.raises(TypeError, match="must be a Keras Optimizer"):
            module.OptimizerMap("sgd")


def stateless(optimizer, variables, gradients):
    """A step of a Keras optimizer whose branches need JAX's way without side effects."""
    if not optimizer.built:
        optimizer.build(variables)
    state = ([v.value for v in optimizer.variables], [keras.ops.convert_to_tensor(g) for g in gradients])
    weights, slots = optimizer.stateless_apply(*state, [v.value for v in variables])
    for variable, value in zip(variables + optimizer.variables, list(weights) + list(slots), strict=True):
        variable.assign(value)


def test_loss_scale_follows_the_gradients():
    """The factor halves where a gradient is not finite, doubles after good steps, and bad steps change nothing."""
    pair = Sides("SGD", {})
    pair.here, pair.there = (
        m.LossScaleOptimizer(m.Adam(0.1, name="a"), initial_scale=8.0, dynamic_growth_steps=3, name="l")
        for m in (optimizers, keras.optimizers)
    )
    for i, gradients in enumerate(STEPS):
        if i in (4, 5):
            gradients = {**gradients, "bias": np.array([1.0, np.inf if i == 4 else np.nan, 1.0], "float32")}
        pair.here.apply([ops.convert_to_tensor(g) for g in gradients.values()], pair.mine)
        stateless(pair.there, pair.peers, list(gradients.values()))
        pair.check()
        for mine, peer in zip(pair.here.variables, pair.there.variables, strict=True):
            np.testing.assert_allclose(mine.numpy(), np.asarray(peer), rtol=1e-5, atol=1e-7, err_msg=f"{i} {mine.name}")
    loss = np.float32(2.0)
    np.testing.assert_allclose(float(pair.here.scale_loss(loss)), float(pair.there.scale_loss(loss)))
    assert optimizers.serialize(pair.here) == keras.optimizers.serialize(pair.there)
    assert type(optimizers.deserialize(optimizers.serialize(pair.here)).inner_optimizer) is optimizers.Adam
    with pytest.raises(ValueError, match="does not support `clipnorm`"):
        optimizers.LossScaleOptimizer(optimizers.SGD(), clipnorm=1.0)


def test_gradients_and_variables_of_other_numbers():
    """Gradients and variables go in pairs; Keras drops what has no partner, which hides mistakes."""
    variables = [Variable(np.ones(2)) for _ in range(3)]
    optimizer = optimizers.SGD()
    with pytest.raises(ValueError, match="Received: 2 gradients and 3 variables"):
        optimizer.apply([np.ones(2)] * 2, variables)
    assert not optimizer.built
