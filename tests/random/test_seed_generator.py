"""Seeds: when draws repeat, and when they differ."""

from __future__ import annotations

import inspect

import keras as judge
import numpy as np
import pytest

from kerasnb import ops, random
from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.plan.plan import Plan
from kerasnb.backend.tensor import seed as backend_seed
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels.identity import copy
from kerasnb.random import seed_generator
from kerasnb.random.seed_generator import draw_seed, restart_global_seed_generator
from kerasnb.utils import set_random_seed


def test_same_names_and_arguments_as_keras():
    """Every public name of `keras.random`, with its arguments and defaults."""
    names = [n for n in dir(judge.random) if not n.startswith("_")]
    assert sorted(random.__all__) == sorted(names)
    for name in names:
        if name != "SeedGenerator":
            theirs = inspect.signature(getattr(judge.random, name)).parameters
            ours = inspect.signature(getattr(random, name)).parameters
            assert [(p.name, p.default) for p in ours.values()] == [(p.name, p.default) for p in theirs.values()], name


def test_an_integer_seed_repeats_and_a_generator_does_not():
    """Two generators of one seed give the same sequence of different draws."""
    first, second = random.SeedGenerator(5), random.SeedGenerator(5)
    draws = [random.normal((4,), seed=first).numpy() for _ in range(3)]
    for expected in draws:
        np.testing.assert_array_equal(random.normal((4,), seed=second).numpy(), expected)
    assert len({d.tobytes() for d in draws}) == 3
    np.testing.assert_array_equal(random.normal((4,), seed=5).numpy(), random.normal((4,), seed=5).numpy())


def test_state_is_that_of_keras():
    """The state counts as in Keras, ordered or not, and is a variable that is not trained."""
    ours, theirs = random.SeedGenerator(7), judge.random.SeedGenerator(7)
    for ordered in (True, True, False, True):
        np.testing.assert_array_equal(ours.next(ordered).numpy(), np.asarray(theirs.next(ordered)))
        np.testing.assert_array_equal(ours.state.numpy(), judge.ops.convert_to_numpy(theirs.state.value))
    assert ours.state.name == theirs.state.name and not ours.state.trainable and ours.state.dtype == "uint32"


def test_config():
    """A generator is created again from its config."""
    config = random.SeedGenerator(3, name="mine").get_config()
    assert config == judge.random.SeedGenerator(3, name="mine").get_config()
    again = random.SeedGenerator.from_config(config)
    assert again.name == "mine" and again.state.numpy().tolist() == [3, 0]


def test_drawing_without_a_seed_follows_the_global_seed():
    """The same global seed gives the same draws; without it they differ."""
    draws = []
    for _ in range(2):
        backend_seed.set_global_seed(11)
        restart_global_seed_generator()
        draws.append([random.uniform((3,)).numpy().tolist() for _ in range(2)])
    assert draws[0] == draws[1] and draws[0][0] != draws[0][1]


@pytest.mark.parametrize("value", [1.5, "1", True])
def test_other_seeds_are_errors(value):
    """Only integers and generators are seeds."""
    with pytest.raises(ValueError, match="Argument `seed` must be"):
        draw_seed(value)
    with pytest.raises(ValueError, match="Argument `seed` must be an integer"):
        random.SeedGenerator(value)


def test_large_and_negative_seeds():
    """Any integer is a seed."""
    for value in (-1, 2**40 + 1, np.int64(4)):
        assert random.uniform((2,), seed=value).shape == (2,)


@pytest.mark.parametrize("make", [lambda: random.SeedGenerator(4), lambda: None])
def test_each_replay_of_a_recorded_step_draws_anew(make):
    """A recorded step advances the state, and gives the numbers of the eager one."""
    backend_seed.set_global_seed(2)
    restart_global_seed_generator()
    generator = make()
    eager = [random.dropout(np.ones(50, "float32"), 0.5, seed=generator).numpy() for _ in range(3)]
    backend_seed.set_global_seed(2)
    restart_global_seed_generator()
    generator = make()
    with Recording() as recording:
        x = Tensor(None, (50,), "float32")
        y = random.dropout(x, 0.5, seed=generator)
        total = ops.sum(y)
    plan = Plan(recording, [x], [y, total], copy)
    np.copyto(plan.inputs[0], 1)
    for expected in eager:
        plan.replay()
        np.testing.assert_array_equal(plan.outputs[0], expected)
        assert float(plan.outputs[1]) == expected.sum()


def test_what_ran_before_does_not_matter(monkeypatch):
    """After `set_random_seed` the same numbers follow, whether or not the global generator was in use before."""

    def numbers():
        set_random_seed(11)
        return backend_seed.make_default_seed(), random.uniform((3,)).numpy()

    monkeypatch.setattr(seed_generator._Global, "generator", None)
    unused, used = numbers(), numbers()
    assert unused[0] == used[0]
    np.testing.assert_array_equal(unused[1], used[1])
