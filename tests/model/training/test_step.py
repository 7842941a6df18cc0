"""A recorded step gives what the eager step gives, from the first batch on and whatever runs only once."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, losses, metrics, ops, optimizers
from kerasnb.backend.tensor.tensor import Tensor
from tests.layers.test_layers import CASES as LAYERS
from tests.metrics.test_metrics import CASES as METRICS
from tests.optimizers.test_optimizers import CASES as OPTIMIZERS

ScheduleFree = optimizers.ScheduleFreeAdamW
CLOSE = {"rtol": 2e-5, "atol": 1e-6}


def batches(*shapes, count=5):
    """Some batches of normal numbers."""
    random = np.random.default_rng(3)
    return [tuple(random.normal(size=shape).astype("float32") for shape in shapes) for _ in range(count)]


def state(model) -> list[np.ndarray]:
    """All that training changes."""
    return [v.numpy() for v in (*model.variables, *model.optimizer.variables, *model.metrics_variables)]


def assert_same_training(made, steps):
    """Models made by `made` learn the same from batches whether each step is recorded or eager."""
    models = [made(), made()]
    for model, eagerly in zip(models, (False, True), strict=True):
        model.run_eagerly = eagerly
    for number, batch in enumerate(steps):
        here, there = (_learned(model, batch, number) for model in models)
        assert here.keys() == there.keys()
        for name in here:
            np.testing.assert_allclose(here[name], there[name], **CLOSE, err_msg=f"{name}, step {number}")
    for a, b in zip(*map(state, models), strict=True):
        np.testing.assert_allclose(a, b, **CLOSE)
    return models[0]


def _learned(model, batch, number) -> dict:
    """The logs of a step. What is made in the first one draws its seeds there: both models draw the same."""
    keras.utils.set_random_seed(11 + number)
    return model.train_on_batch(*batch, return_dict=True)


def trained(model, optimizer="sgd", loss="mse", **options):
    model.compile(optimizer, loss, **options)
    return model


def unbuilt(optimizer, seed=7):
    """A model whose weights, slots and metrics are all made in the first step."""
    keras.utils.set_random_seed(seed)
    return trained(keras.Sequential([layers.Dense(3, "tanh"), layers.Dense(2)]), optimizer, metrics=["mae"])


def chosen(name, options):
    return getattr(optimizers, name)(learning_rate=0.05, **options)


# --- every part of the package


KINDS = [(name, {}) for name in sorted({name for name, _ in OPTIMIZERS})] + [
    ("SGD", {"use_ema": True, "ema_overwrite_frequency": 2}),
    ("Adam", {"gradient_accumulation_steps": 2}),
]


@pytest.mark.parametrize(("name", "options"), KINDS, ids=str)
def test_optimizers(name, options, tmp_path):
    """Five recorded steps of an unbuilt model are five eager ones, slots included; so are three, save, load, two."""
    steps = batches((4, 3), (4, 2))
    whole = assert_same_training(lambda: unbuilt(chosen(name, options)), steps)
    model = unbuilt(chosen(name, options))
    for batch in steps[:3]:
        model.train_on_batch(*batch)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for batch in steps[3:]:
        loaded.train_on_batch(*batch)
    for a, b in zip(state(whole), state(loaded), strict=True):
        np.testing.assert_allclose(a, b, **CLOSE)


def by_name():
    """An optimizer for kernels and another for biases."""
    chosen_by_name = optimizers.OptimizerMap(optimizers.SGD(0.1), {"bias": ScheduleFree(0.1)})
    return optimizers.MultiOptimizer(chosen_by_name)


def test_optimizers_of_optimizers():
    """Also where optimizers hold optimizers: the first scale is no constant of the step."""
    steps = batches((4, 3), (4, 2))
    assert_same_training(lambda: unbuilt(optimizers.LossScaleOptimizer(chosen("Adam", {}), 8.0, 2)), steps)
    assert_same_training(lambda: unbuilt(by_name()), steps)


ALONE = [c for c, case in LAYERS.items() if isinstance(case.shape, tuple) and "float" in case.input_dtype]
PLAIN = ("Dense", "Dropout", "Flatten", "Reshape", "Permute", "ReLU", "LeakyReLU", "ELU", "Softmax", "Rescaling",
         "Activation", "RepeatVector", "BatchNormalization", "Conv2D")  # fmt: skip


@pytest.mark.parametrize("case", [c for c in ALONE if c.split()[0] in PLAIN])
def test_layers(case):
    """Layers in a model that is not built; the zoo trains the other ones."""
    init, shape, *_ = LAYERS[case]

    def made():
        keras.utils.set_random_seed(7)
        layer = getattr(layers, case.split()[0])(**init)
        return trained(keras.Sequential([layer, layers.Flatten(), layers.Dense(1)]), "adam")

    assert_same_training(made, batches(shape, (shape[0], 1)))


class Same(layers.Layer):
    """Its outputs are its inputs."""

    def call(self, inputs):
        return inputs * 1


def nothing(y_true, y_pred):
    return ops.sum(ops.zeros_like(ops.cast(y_pred, "float32")))


GROUPS = sorted({batch.__name__ for _, _, batch in METRICS})


@pytest.mark.parametrize("group", GROUPS)
def test_metrics(group):
    """All metrics of one kind of labels over five batches, made and built in the first."""
    cases = [case for case in METRICS if case[2].__name__ == group]
    pairs = [tuple(reversed(cases[0][2](5))) for _ in range(5)]

    def results(eagerly):
        scores = [getattr(metrics, name)(**options, name=f"m{i}") for i, (name, options, _) in enumerate(cases)]
        model = trained(keras.Sequential([Same()]), "sgd", nothing, metrics=scores, run_eagerly=eagerly)
        return model.evaluate(iter(pairs), verbose=0, return_dict=True)

    here, there = results(False), results(True)
    assert len(there) == len(cases) + 1
    for key in there:
        np.testing.assert_allclose(here[key], there[key], **CLOSE)


# --- code of users that runs once


class AssignsInBuild(layers.Layer):
    """Counts from 100."""

    def build(self, input_shape):
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones")
        self.count.assign(100.0)

    def call(self, inputs):
        self.count.assign_add(1.0)
        return inputs * self.scale


class ReadsInBuild(layers.Layer):
    """Computes and looks at values while it is built."""

    def build(self, input_shape):
        start = ops.reshape(ops.arange(input_shape[-1], dtype="float32"), (-1,))
        self.scale = self.add_weight(shape=start.shape, initializer=lambda shape, dtype: ops.cos(start))
        self.bias = self.add_weight(shape=start.shape, initializer="zeros")
        self.bias.assign(self.scale * (1.0 if float(ops.sum(self.scale)) > 0 else -1.0))

    def call(self, inputs):
        return inputs * self.scale + self.bias


class WithTarget(keras.Model):
    """A network and a slow copy of it, as in reinforcement learning."""

    def __init__(self):
        super().__init__()
        self.online, self.target = layers.Dense(2, kernel_initializer="ones"), layers.Dense(2)
        self.target.trainable = False

    def build(self, input_shape):
        self.online.build(input_shape)
        self.target.build(input_shape)
        for slow, fast in zip(self.target.weights, self.online.weights, strict=True):
            slow.assign(fast)

    def call(self, inputs):
        return self.online(inputs) + self.target(inputs)


class Lazy(keras.Model):
    """Takes a seed, and a scale from the data, in its first call."""

    def __init__(self):
        super().__init__()
        self.scale = self.add_weight(shape=(3,), initializer="zeros", trainable=False)
        self.dense = layers.Dense(2, kernel_initializer="ones")

    def call(self, inputs):
        if not hasattr(self, "ready") and isinstance(inputs, Tensor):  # symbolic calls only ask for shapes
            self.ready = True
            self.scale.assign(ops.max(ops.abs(inputs), axis=0))
            self.__dict__["seed"] = keras.random.SeedGenerator(5)
        noise = keras.random.normal(ops.shape(inputs), seed=self.__dict__.get("seed", 5))
        self.scale.assign_add(ops.ones((3,)))
        return self.dense(inputs / self.scale + 0.1 * noise)


class LazyMetric(metrics.Metric):
    """A mean of labels that starts from what it saw first."""

    def __init__(self):
        super().__init__(name="lazy")
        self.start = None

    def update_state(self, y_true, y_pred, sample_weight=None):
        if self.start is None:
            self.start = self.add_variable((), "zeros")
            self.seen = self.add_variable((), "zeros")
            self.start.assign(ops.sum(y_true))
        self.seen.assign_add(ops.sum(ops.abs(y_pred)))

    def result(self):
        return self.start + self.seen


class Anchored(optimizers.Optimizer):
    """Pulls weights to where they began."""

    def build(self, variables):
        super().build(variables)
        self.anchors = self.add_optimizer_variables(variables, "anchor")
        for anchor, variable in zip(self.anchors, variables, strict=True):
            anchor.assign(variable)

    def update_step(self, gradient, variable, learning_rate):
        anchor = self.anchors[self._get_variable_index(variable)]
        pull = gradient + 10.0 * (variable - anchor)
        variable.assign(variable - ops.cast(learning_rate, variable.dtype) * pull)


class LazyLoss(losses.Loss):
    """Divides by the spread of the first targets, which is kept in a variable."""

    spread = None

    def call(self, y_true, y_pred):
        if self.spread is None:
            self.spread = keras.Variable(np.ones(()), dtype="float32", trainable=False)
            self.spread.assign(ops.std(y_true))
        return ops.mean(ops.square(y_true - y_pred), axis=-1) / self.spread


class Repeating(keras.Model):
    """Trains twice on each batch in a step of its own, and counts batches."""

    def __init__(self):
        super().__init__()
        self.dense, self.total = layers.Dense(2, kernel_initializer="ones"), metrics.Sum(name="total")
        self.other = None

    def call(self, inputs):
        return self.dense(inputs)

    def train_step(self, data):
        for _ in range(2):
            logs = super().train_step(data)
        if self.other is None:
            self.other = ScheduleFree(0.1)
        self.other.apply([ops.ones_like(w) for w in self.trainable_weights], self.trainable_weights)
        self.total.update_state(ops.ones((3,)))
        return {**logs, "total": self.total.result()}


SORTS = {
    "build assigns": lambda: trained(keras.Sequential([AssignsInBuild(), layers.Dense(2, kernel_initializer="ones")])),
    "build reads": lambda: trained(keras.Sequential([ReadsInBuild(), layers.Dense(2, kernel_initializer="ones")])),
    "target network": lambda: trained(WithTarget(), "adam"),
    "made in call": lambda: trained(Lazy(), ScheduleFree(0.1)),
    "lazy metric": lambda: trained(WithTarget(), metrics=[LazyMetric()]),
    "own optimizer": lambda: trained(WithTarget(), Anchored(0.01)),
    "lazy loss": lambda: trained(WithTarget(), loss=LazyLoss()),
    "own step": lambda: trained(Repeating(), ScheduleFree(0.1)),
    "penalties": lambda: trained(keras.Sequential([layers.Dense(2, "tanh", kernel_initializer="ones",
                                                                activity_regularizer="l2")])),
    "half": lambda: trained(keras.Sequential([layers.Dense(2, kernel_initializer="ones", dtype="mixed_bfloat16")])),
}  # fmt: skip


@pytest.mark.parametrize("sort", SORTS)
def test_what_runs_once_is_not_repeated(sort):
    """Custom layers, models, metrics, losses, optimizers and steps that do something in the first batch only."""
    keras.utils.set_random_seed(0)
    assert_same_training(SORTS[sort], batches((4, 3), (4, 2)))


def test_schedule_free_weight():
    """The case: slots that `build` copies of the weights are not copied again."""
    x, y = (np.random.RandomState(seed).randn(16, n).astype("float32") for seed, n in ((0, 3), (1, 2)))
    model = trained(keras.Sequential([layers.Dense(2, kernel_initializer="ones")]), ScheduleFree(0.05))
    model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0)
    assert round(float(model.get_weights()[0][0, 0]), 4) == 0.7801


def test_count_that_starts_in_build():
    """The case: 100 of `build`, and 1 of each of eight steps."""
    model = trained(keras.Sequential([AssignsInBuild()]))
    model.fit(np.ones((16, 2), "f"), np.ones((16, 2), "f"), batch_size=4, epochs=2, verbose=0)
    assert float(model.layers[0].count) == 108


def test_a_target_network_stays_where_it_was_copied():
    """The case: the copy of `build` is made once."""
    model = trained(WithTarget(), "sgd")
    model.fit(*batches((16, 3), (16, 2), count=1)[0], batch_size=4, epochs=2, verbose=0)
    np.testing.assert_array_equal(model.target.kernel.numpy(), np.ones((3, 2)))
    assert np.abs(model.online.kernel.numpy() - 1).max() > 1e-3


# --- state that Python keeps


def test_python_state_ends_the_recording():
    """A rate that Python computes for each batch is never frozen: the step runs eagerly, with a warning."""

    def made():
        rates = iter([0.5, 0.25, 0.125, 0.0625, 0.03125])
        return unbuilt(optimizers.SGD(learning_rate=lambda: next(rates)))

    with pytest.warns(UserWarning, match="depends on Python objects"):
        assert_same_training(made, batches((4, 3), (4, 2)))


def test_code_runs_once_for_each_recorded_batch():
    """The second batch is recorded to be compared, and later ones run no Python."""
    calls = []

    class Noted(layers.Layer):
        def build(self, input_shape):
            self.built = True

        def call(self, inputs):
            calls.append(len(inputs.shape))
            return inputs

    model = trained(keras.Sequential([layers.Dense(2), Noted()]))
    model.build((None, 3))
    calls.clear()
    for batch in batches((4, 3), (4, 2)):
        model.train_on_batch(*batch)
    assert len(calls) == 2


@pytest.mark.parametrize("eagerly", [False, True])
def test_trainable_is_toggled_between_fits(eagerly):
    """Freezing and thawing a layer, and switching to eager steps, take effect at the next step."""
    model = unbuilt("adam")
    first, second = batches((4, 3), (4, 2), count=2)
    model.train_on_batch(*first)
    model.run_eagerly = eagerly
    for trainable in (False, True):
        model.layers[0].trainable = trainable
        before = [w.numpy() for w in model.weights]
        model.train_on_batch(*second)
        moved = [bool(np.any(w.numpy() != b)) for w, b in zip(model.weights, before, strict=True)]
        assert moved == [trainable, trainable, True, True]


@pytest.mark.parametrize("eagerly", [False, True])
def test_outputs_stay_as_they_were(eagerly):
    """What a step gave does not change with the next one, also where it is the value of a variable."""

    class Counting(keras.Model):
        def __init__(self):
            super().__init__()
            self.count = self.add_weight(shape=(2,), initializer="zeros", trainable=False)

        def call(self, inputs):
            self.count.assign_add(ops.ones((2,)))
            return self.count.value

    model = Counting()
    model.compile(run_eagerly=eagerly)
    found = [model.predict_on_batch(np.ones((2, 3), "f")) for _ in range(3)]
    assert [f.tolist() for f in found] == [[n, n] for n in (1, 2, 3)]
