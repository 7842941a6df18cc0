"""However a model is compiled: the code of the Builder compiles an equal one, or says what it leaves out."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.builder import compiling
from kerasnb.widgets.builder.palette import fresh_names
from kerasnb.widgets.builder.write import Names
from tests.browser.bare import connect
from tests.widgets.builder.test_graphs import run

layers, losses, metrics, optimizers = keras.layers, keras.losses, keras.metrics, keras.optimizers
schedules = optimizers.schedules
RNG = np.random.default_rng(3)
X, Y = RNG.random((12, 6)).astype("float32"), np.arange(12) % 3
SPARSE = "sparse_categorical_crossentropy"


@pytest.fixture(autouse=True)
def uncompiled():
    """Nothing here trains: no kernel needs to be compiled ahead."""
    with keras.device("numpy"):
        yield


def one_output():
    return keras.Sequential([keras.Input((6,)), layers.Dense(3, activation="softmax")])


def two_outputs():
    a = keras.Input((6,))
    h = layers.Dense(4)(a)
    return keras.Model(a, [layers.Dense(1, name="p")(h), layers.Dense(3, activation="softmax", name="q")(h)])


def distance(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


class Distance(losses.Loss):
    def call(self, y_true, y_pred):
        return distance(y_true, y_pred)


class Half(schedules.LearningRateSchedule):
    def __init__(self, start):
        self.start = start

    def __call__(self, step):
        return self.start / 2

    def get_config(self):
        return {"start": self.start}


class Loud(optimizers.SGD):
    def __init__(self, learning_rate=0.01, volume=1, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.volume = volume

    def get_config(self):
        return {**super().get_config(), "volume": self.volume}


def compiled(model, optimizer="adam", loss="mse", **rest):
    """A model that is compiled so; its line in the code, as far as it is known."""
    model.compile(optimizer, loss, **rest)
    return model


CASES = {
    "weights by place": (two_outputs, {"loss": ["mse", SPARSE], "loss_weights": [0.3, 2]}),
    "weights by name": (two_outputs, {
        "loss": {"p": "mse", "q": SPARSE}, "loss_weights": {"p": np.float32(0.3), "q": 2}}),
    "one weight": (one_output, {"loss_weights": 0.5}),
    "metrics by name": (two_outputs, {
        "loss": {"p": "mse", "q": losses.SparseCategoricalCrossentropy(from_logits=True)},
        "metrics": {"p": ["mae", metrics.MeanSquaredError(name="z")], "q": "accuracy"},
        "weighted_metrics": {"q": ["accuracy"]}}),
    "metrics by place": (two_outputs, {"metrics": [["mae"], ["mse", "mae"]], "weighted_metrics": [[], ["mse"]]}),
    "no loss for one output": (two_outputs, {"loss": ["mse", None], "metrics": [[], ["accuracy"]]}),
    "metrics in a tuple": (one_output, {"metrics": ("mae", "mse")}),
    "no loss": (one_output, {"loss": None}),
    "no loss, but metrics": (one_output, {"optimizer": optimizers.Adam(0.01), "loss": None, "metrics": ["mae"]}),
    "no optimizer": (one_output, {"optimizer": None}),
    "eagerly": (one_output, {"run_eagerly": True}),
    "steps": (one_output, {"steps_per_execution": 4, "jit_compile": False}),
    "schedule": (one_output, {"optimizer": optimizers.Adam(
        schedules.ExponentialDecay(0.01, 100, 0.9, staircase=True))}),
    "named schedule": (one_output, {"optimizer": optimizers.SGD(schedules.CosineDecay(
        0.1, 50, alpha=0.1, name="mine", warmup_target=0.2, warmup_steps=5), momentum=0.9, nesterov=True)}),
    "steps of a schedule": (one_output, {"optimizer": optimizers.SGD(
        schedules.PiecewiseConstantDecay([10, 20], [0.1, 0.01, 0.001]))}),
    "own schedule": (one_output, {"optimizer": optimizers.Adam(Half(0.5))}),
    "own optimizer": (one_output, {"optimizer": Loud(0.3, volume=4, clipvalue=0.5)}),
    "decay, clip, average": (one_output, {"optimizer": optimizers.AdamW(
        0.1234567, weight_decay=0.02, clipnorm=1.0, use_ema=True, ema_momentum=0.9, name="own")}),
    "accumulated": (one_output, {"optimizer": optimizers.RMSprop(
        1e-7, global_clipnorm=0.5, gradient_accumulation_steps=2, loss_scale_factor=3.0)}),
    "scaled": (one_output, {"optimizer": optimizers.LossScaleOptimizer(
        optimizers.SGD(0.3, momentum=0.5), initial_scale=8.0)}),
    "functions of Keras": (one_output, {
        "loss": losses.mean_squared_error, "metrics": [metrics.mean_absolute_error, "acc"]}),
    "arguments of losses": (one_output, {
        "loss": losses.CategoricalFocalCrossentropy(alpha=0.3, label_smoothing=0.1, reduction="sum"),
        "metrics": [metrics.AUC(num_thresholds=50), metrics.Precision(thresholds=[0.2, 0.3]), metrics.MeanIoU(3)]}),
    "dtype of a loss": (one_output, {"loss": losses.Huber(delta=2.0, dtype="float64"), "weighted_metrics": ["mse"]}),
    "own functions": (one_output, {
        "loss": distance, "metrics": [metrics.MeanMetricWrapper(distance, name="w"), distance]}),
    "own loss": (one_output, {"loss": Distance(name="x", reduction="sum")}),
    "config of a loss": (one_output, {"loss": {"class_name": "Huber", "config": {"delta": 0.3}}}),
}  # fmt: skip


def config(model):
    """How a model is compiled, without the numbers that optimizers get from those before them."""
    if not model.compiled:
        return None
    return re.sub(r"'name': '([a-z]+)_\d+', 'learning_rate'", r"'name': '\1', 'learning_rate'",
                  repr(model.get_compile_config()))  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_code_compiles_an_equal_model(name):
    """What the code compiles has the same config; read back, or compiled anew by the Builder, nothing changes."""
    keras.backend.clear_session()
    make, arguments = CASES[name]
    model = compiled(make(), **arguments)
    expected, optimizer = config(model), model.optimizer
    builder = kw.Builder(model)
    again = run(builder)
    assert config(again) == expected
    assert getattr(again.loss, "dtype", None) == getattr(model.loss, "dtype", None)
    answer = connect(builder).hear({"do": "code", "ask": 1, "text": builder.code + "\n"})[-1]["content"]["result"]
    assert answer.get("words") == "Model and code are equal.", answer
    builder.shop.compile()
    assert config(model) == expected
    assert model.optimizer is optimizer


NEEDED = {"num_classes": 3, "target_class_ids": [1], "precision": 0.4, "recall": 0.4, "specificity": 0.3,
          "sensitivity": 0.3, "delta": 0.7, "class_id": 1, "reduction": "sum", "curve": "PR"}  # fmt: skip
SKIPPED = ("Optimizer", "MultiOptimizer", "OptimizerMap", "LossScaleOptimizer", "Loss", "Metric", "MeanMetricWrapper")
CLASSES = [
    f"{place}.{name}" for place, module in (("optimizers", optimizers), ("losses", losses), ("metrics", metrics))
    for name in module.__all__ if name[:1].isupper() and name not in SKIPPED
]  # fmt: skip


def test_every_optimizer_loss_and_metric_is_written():
    """All of Keras' own classes, with the arguments they must have and some that are not their defaults."""
    for path in CLASSES:
        cls = eval(path)
        with fresh_names():
            thing = cls(**{k: v for k, v in NEEDED.items() if k in inspect.signature(cls).parameters})
        code = compiling.setting(thing, Names())
        with fresh_names():
            assert eval(code).get_config() == thing.get_config(), path
    assert len(CLASSES) > 60


def test_a_model_of_half_precision_keeps_whether_the_loss_is_scaled():
    """`auto_scale_loss=False` stands in no config: the optimizer, which is not wrapped, says it."""
    keras.backend.clear_session()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        for scaled in (True, False):
            model = compiled(one_output(), auto_scale_loss=scaled)
            builder = kw.Builder(model)
            assert ("auto_scale_loss=False" in builder.code) == (not scaled)
            assert type(run(builder).optimizer) is type(model.optimizer)
    finally:
        keras.config.set_dtype_policy("float32")


def test_what_no_argument_says_is_a_comment():
    """Variables that are left out of the weight decay, and functions without a name."""
    keras.backend.clear_session()
    optimizer = optimizers.AdamW(0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    builder = kw.Builder(compiled(one_output(), optimizer, lambda y_true, y_pred: distance(y_true, y_pred)))
    assert builder.code.split("\n")[0] == "# loss_function, from your other cells: the lambda that compile takes"
    assert builder.code.split("\n")[-1] == (
        "# Not in this code: the variables that the optimizer leaves out of the weight decay."
    )


def test_a_model_that_another_cell_compiles_anew():
    """The code says so at the next click; undo takes the former settings back."""
    keras.backend.clear_session()
    builder = kw.Builder(compiled(one_output(), "sgd", "mse", metrics=["mae"]), x=X, y=Y)
    builder.model.compile("adam", SPARSE, weighted_metrics=["accuracy"])
    connect(builder).hear({"do": "select", "ask": 1, "card": "dense"})
    line = f'model.compile(keras.optimizers.Adam(), "{SPARSE}", weighted_metrics=["accuracy"])'
    assert builder.code.split("\n")[-1] == line
    assert builder.shop.done[-1].label == "compile in another cell"
    builder.play([{"do": "undo"}])
    assert builder.code.split("\n")[-1] == 'model.compile(keras.optimizers.SGD(), "mse", metrics=["mae"])'


@pytest.mark.parametrize(("name", "typed", "line"), [
    ("metrics", "accuracy, keras.metrics.TopKCategoricalAccuracy(k=2, name='two')",
     'metrics=["accuracy", keras.metrics.TopKCategoricalAccuracy(k=2, name="two")]'),
    ("metrics", ["mae"], 'metrics=["mae"]'),
    ("metrics", '{"dense": ["mae", "mse"]}', 'metrics={"dense": ["mae", "mse"]}'),
    ("loss", "keras.losses.Huber(delta=2.0)", '"adam", keras.losses.Huber(delta=2.0)'),
    ("optimizer", "keras.optimizers.SGD(0.1, momentum=0.9)", "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)"),
    ("loss_weights", [0.5], "loss_weights=[0.5]"),
    ("steps_per_execution", 3, "steps_per_execution=3"),
])  # fmt: skip
def test_settings_are_typed_as_words_or_code(name, typed, line):
    """A page sends text, a recorded step words or lists; the line of the code has what was meant."""
    builder = kw.Builder(x=X, y=Y)
    builder.play([{"do": "settings", "settings": {name: typed}}])
    assert line in builder.code.split("\n")[-1]
    assert run(builder).compiled


def test_an_object_that_was_chosen_away_can_be_chosen_again():
    """The list of losses keeps what the model had: its text stands for the very object."""
    keras.backend.clear_session()
    loss = {"dense": Distance()}
    builder = kw.Builder(compiled(one_output(), "adam", loss, metrics=[metrics.MeanSquaredError(name="z")]))
    shown = builder.state()["settings"]
    builder.play([{"do": "settings", "settings": {"loss": "mse", "metrics": "mae"}}])
    builder.play([{"do": "settings", "settings": {"loss": shown["loss"], "metrics": shown["metrics"]}}])
    assert builder.shop.settings["loss"] is loss
    assert [m.name for m in builder.shop.settings["metrics"]] == ["z"]


@pytest.mark.parametrize(("given", "words"), [
    ({"loss_weights": "a"}, "`loss_weights` must hold numbers"),
    ({"run_eagerly": 1}, "`run_eagerly` must be True or False"),
    ({"jit_compile": "fast"}, "`jit_compile` must be True, False"),
    ({"steps_per_execution": 0}, "`steps_per_execution` must be a positive"),
    ({"weighted_metrics": ["zzz"]}, "metric identifier"),
    ({"loss": "keras.losses.Hub(1)"}, "loss identifier"),
])  # fmt: skip
def test_settings_that_cannot_be_are_refused(given, words):
    """The argument and what arrived; the settings stay."""
    builder = kw.Builder(x=X, y=Y)
    before = dict(builder.shop.settings)
    with pytest.raises(ValueError, match=words):
        builder.play([{"do": "settings", "settings": given}])
    assert builder.shop.settings == before
