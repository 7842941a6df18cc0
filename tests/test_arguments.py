"""Every accepted argument does what it says: none is taken and then not looked at."""

from __future__ import annotations

import ast
import pathlib
from fnmatch import fnmatch

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, ops, optimizers

ROOT = pathlib.Path(keras.__file__).parent
INTERNAL = (
    "kernels",
    "backend/runtime/native_call.py",
    "backend/compile/self_check.py",
    "cli",
)  # signatures of kernels, intrinsics and commands

PROTOCOL = ("__exit__", "__get__", "__format__")  # Python gives them arguments whether or not they are needed

# Arguments that no line reads, and why that is right.
UNREAD = {
    "widgets: on_*": "handlers of messages and hooks of callbacks: all get the same",
    "callbacks: on_*": "hooks are called with them whether or not a callback needs them",
    "widgets/builder/steps.py Steps.step_undo message": "steps are called alike",
    "widgets/builder/steps.py Steps.step_redo message": "steps are called alike",
    "widgets/checks/ladder.py one_batch case": "rungs are called alike",
    "widgets/checks/ladder.py differ case": "rungs are called alike",
    "widgets/checks/ladder.py gradients case": "rungs are called alike",
    "widgets/watch/looks.py Look.__init__ x": "looks are made alike; some need no data",
    "widgets/watch/looks.py Look.__init__ y": "looks are made alike; some need no data",
    "widgets/watch/strips.py Weights.__init__ x": "looks are made alike; weights need no data",
    "widgets/watch/strips.py Weights.__init__ y": "looks are made alike; weights need no data",
    "widgets/watch/strips.py Gradients.axis name": "a strip of norms has no axis, whatever its layer",
    "layers: compute_output_spec": "shapes and dtypes do not depend on masks and phases",
    "layers: compute_mask": "layers are called with inputs and masks whether or not they need them",
    "layers/core/dense.py Dense.call training": "every layer's call takes it; a product is the same in both phases",
    "layers/core/einsum_dense.py EinsumDense.call training": "every layer's call takes it; a product is the same",
    "layers/base/layer.py Layer.build input_shape": "for subclasses: a plain layer has no weights",
    "layers/rnn/base_conv_lstm.py BaseConvLSTM.compute_output_shape initial_state_shape": "the cell knows its states",
    "layers/rnn/bidirectional.py Bidirectional.build initial_state_shape": "the cells know their states",
    "layers/rnn/bidirectional.py Bidirectional.compute_output_shape initial_state_shape": "the cells know their states",
    "layers/rnn/conv_lstm_cell.py ConvLSTMCell.compute_output_shape states_shape": "the cell knows its states",
    "layers/rnn/rnn.py RNN.build initial_state_shape": "the cell knows its states",
    "layers/rnn/rnn.py RNN.compute_output_shape initial_state_shape": "the cell knows its states",
    "layers/core/embedding.py Embedding.build input_shape": "the matrix is the same for inputs of any shape",
    "model/data/dataset.py IteratedDataset.batches batch_size": "an iterator brings its batches as they are",
    "model/data/dataset.py IteratedDataset.batches shuffle": "an iterator brings its batches in its own order",
    "model/training/trainer.py Trainer.compute_loss x": "for subclasses: compiled losses look at targets and outputs",
    "model/training/trainer.py Trainer.compute_loss training": "for subclasses: the losses are the same in both phases",
    "model/training/trainer.py Trainer.compute_metrics x": "for subclasses: metrics look at targets and outputs",
    "model/functional.py Functional.build input_shape": "the layers of a graph are built",
    "model/functional.py Functional.compute_mask inputs": "the layers inside have made the masks of the outputs",
    "model/functional.py Functional.compute_mask previous_mask": "the layers inside have made the masks of the outputs",
    "model/sequential.py Sequential.call training": "layers inside take it from the context of the call",
    "model/sequential.py Sequential.compute_output_spec training": "shapes are the same in both phases",
    "model/sequential.py Sequential.compute_output_spec mask": "shapes do not depend on masks",
    "ops/numpy/sets.py isin assume_unique": "a promise that allows another algorithm; the result is the same",
    "ops/nn/recurrent.py lstm unroll": "how the loop is compiled; the result is the same",
    "ops/nn/recurrent.py gru unroll": "how the loop is compiled; the result is the same",
    "ops/nn/recurrent.py simple_rnn unroll": "how the loop is compiled; the result is the same",
    "ops/numpy/sorting.py argpartition kth": "a whole sort is a partition at every place",
    "ops/math/ranking.py top_k sorted": "values in order are allowed where any order is",
    "ops/math/segments.py segment_sum sorted": "a hint; the result is the same in any order",
    "ops/math/segments.py segment_prod sorted": "a hint; the result is the same in any order",
    "ops/math/segments.py segment_max sorted": "a hint; the result is the same in any order",
    "ops/math/segments.py segment_min sorted": "a hint; the result is the same in any order",
    "ops/numpy/sets.py unique sorted": "values in order are allowed where any order is",
    "regularizers/regularizers.py Regularizer.__call__ x": "for subclasses: the plain regularizer is zero",
}
# Values that are kept under a name which only configs read, and why that is right.
STORED = {
    "aggregation": "how copies on several devices are combined: there is one device (checked for its values)",
    "synchronization": "when they are combined: there is one device (checked for its values)",
    "jit_compile": "kernels are always compiled; it stands in the config, and in a warning beside `run_eagerly`",
    "relative_step": "the bound of the rate that it asks for holds in any case, as in Keras 3.15",
    "quantization_config": "must be None where it is stored",
    "sparse": "must be False where it is stored",
    "synchronized": "must be False where it is stored",
    "ragged": "must be False where it is stored",
    "params": "for callbacks of users",
    "entry_layer": "for layers of users",
    "num_labels": "the metric is built with it where it is stored",
    "apply_class_balancing": "handed on with the other options where it is stored",
    "overwrite_with_gradient": "read with `getattr`, since other variables lack it",
    "validation_steps": "for readers of a run",
    "output_size_threshold": "for readers of the scope: nothing is computed again here",
    "layer_names": "for readers of the scope: nothing is computed again here",
    "initialize_variables": "variables are always initialized when they are created",
    "depthwise_initializer": "read by `_add_kernel` under the name of the weight",
    "depthwise_regularizer": "read by `_add_kernel` under the name of the weight",
    "depthwise_constraint": "read by `_add_kernel` under the name of the weight",
    "pointwise_initializer": "read by `_add_kernel` under the name of the weight",
    "pointwise_regularizer": "read by `_add_kernel` under the name of the weight",
    "pointwise_constraint": "read by `_add_kernel` under the name of the weight",
}


def functions():
    """(file, qualified name, node) of every function that somebody outside may call."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(INTERNAL):
            yield from ((name, *found) for found in _inside(ast.parse(path.read_text()), ""))


def _inside(node, prefix):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from _inside(child, f"{child.name}.")
        elif isinstance(child, ast.FunctionDef) and (not child.name.startswith("_") or child.name.endswith("__")):
            yield prefix + child.name, child


def arguments(function) -> list[str]:
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return [a.arg for a in every if a is not None and a.arg not in ("self", "cls") and not a.arg.startswith("_")]


def statements(function) -> list:
    """The body without docstrings; nothing where the function only raises: it is there to be overridden."""
    body = [s for s in function.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return [] if all(isinstance(s, (ast.Raise, ast.Pass)) for s in body) else body


def read_in(body) -> set[str]:
    return {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def swallowed(function, body) -> bool:
    """Whether keyword arguments are only searched for known names, so that others vanish."""
    if function.args.kwarg is None or not body:
        return False
    name = function.args.kwarg.arg
    tests = [n.test for s in body for n in ast.walk(s) if isinstance(n, ast.If)]
    known = {n for t in tests for n in ast.walk(t) if isinstance(n, ast.Name) and not isinstance(t, ast.Compare)}
    searches = {
        n for s in body for call in ast.walk(s)
        for n in (
            [call.value] if isinstance(call, ast.Attribute) and call.attr in ("pop", "get", "setdefault")
            else call.comparators if isinstance(call, ast.Compare) and isinstance(call.ops[0], ast.In) else []
        )
    }  # fmt: skip
    uses = [n for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and n.id == name]
    return all(use in searches for use in uses if use not in known) and not any(use in known for use in uses)


def test_every_argument_is_read():
    """Each argument of a public function is read by its body, or stands in the list above with the reason."""
    found = set()
    for file, name, node in functions():
        body = statements(node)
        needed = body and node.name not in PROTOCOL
        unread = [a for a in arguments(node) if a not in read_in(body)] if needed else []
        hooks = [h for h in UNREAD if h.startswith(file.split("/")[0] + ": ") and fnmatch(node.name, h.split(": ")[1])]
        found.update(hooks[0] if hooks else f"{file} {name} {argument}" for argument in unread)
    assert found == set(UNREAD)


def test_no_keyword_vanishes():
    """Keyword arguments are passed on, or unknown ones are refused."""
    assert [f"{file} {name}" for file, name, node in functions() if swallowed(node, statements(node))] == []


def _stored(node) -> set[str]:
    names = set(arguments(node))
    found = set()
    for assign in (n for n in ast.walk(node) if isinstance(n, ast.Assign)):
        for target in assign.targets:
            targets = target.elts if isinstance(target, ast.Tuple) else [target]
            values = assign.value.elts if isinstance(assign.value, ast.Tuple) else [assign.value] * len(targets)
            pairs = zip(targets, values, strict=True) if len(targets) == len(values) else []
            found |= {t.attr for t, v in pairs if isinstance(t, ast.Attribute) and names & read_in([v])}
    return {name for name in found if not name.startswith("_")}


def test_every_stored_argument_is_used():
    """What is kept of an argument is read by more than the config, or its function was given it as well."""
    stored, used = set(), set()
    for _, _, node in functions():
        stored |= _stored(node)
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name != "get_config":
                used |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Load)}
                used |= {
                    k.arg for call in ast.walk(node) if isinstance(call, ast.Call) for k in call.keywords if k.arg
                }  # passed on by name
                used |= {
                    k.value for d in ast.walk(node) if isinstance(d, ast.Dict) for k in d.keys
                    if isinstance(k, ast.Constant) and isinstance(k.value, str)
                } if node.name == "__init__" else set()  # fmt: skip
    assert stored - used <= set(STORED)


REFUSED = {
    "variable": lambda: keras.Variable([1.0], layout="x"),
    "aggregation": lambda: keras.Variable([1.0], aggregation="median"),
    "synchronization": lambda: keras.Variable([1.0], synchronization="sometimes"),
    "symbol": lambda: keras.KerasTensor((2,), sparse=True),
    "input": lambda: layers.InputLayer((2,), colour="red"),
    "lora": lambda: layers.Dense(2, lora_alpha=2.0),
    "layout": lambda: optimizers.SGD().add_variable((2,), layout="x"),
    "plateau": lambda: keras.callbacks.ReduceLROnPlateau(epsilon=1.0),
    "einsum": lambda: ops.einsum("i->", np.ones(2, "f"), precision="high"),
    "seed": lambda: keras.random.SeedGenerator(1, backend="jax"),
    "deserialize": lambda: keras.saving.deserialize_keras_object("relu", module_objects={}),
    "hot": lambda: ops.multi_hot([1], 2, colour="red"),
    "copy": lambda: np.array(ops.ones(2), copy=False),
    "steps": lambda: keras.Sequential([layers.Dense(1)]).compile(steps_per_execution=0),
    "save": lambda: keras.Sequential([layers.Dense(1)]).save("x.keras", include_optimizer=False),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused(name):
    """An argument that would have no effect is an error that names it."""
    with pytest.raises((ValueError, TypeError)):
        REFUSED[name]()


class Weight(layers.Layer):
    """One weight that its gradient replaces, and one that is trained."""

    def build(self, input_shape):
        self.seen = self.add_weight(shape=(2,), initializer="zeros", overwrite_with_gradient=True)
        self.kernel = self.add_weight(shape=(2,), initializer="ones")

    def call(self, inputs):
        return inputs * self.kernel + inputs * self.seen


@pytest.mark.parametrize("steps", [None, 2])
def test_a_weight_is_overwritten_with_its_gradient(steps):
    """Gathered gradients are the largest of them, as in Keras."""
    layer = Weight()
    layer.build((None, 2))
    optimizer = optimizers.SGD(0.5, gradient_accumulation_steps=steps)
    for gradient in ([3.0, 1.0], [2.0, 5.0]):
        optimizer.apply([np.array(gradient, "f")] * 2, [layer.seen, layer.kernel])
    assert layer.seen.numpy().tolist() == ([2.0, 5.0] if steps is None else [3.0, 5.0])
    assert layer.kernel.numpy().tolist() == ([-1.5, -2.0] if steps is None else [-0.25, -0.5])


class Noted(keras.callbacks.Callback):
    """Notes which batches it is called for."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append(("begin", batch))

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(("end", batch))

    def on_test_batch_end(self, batch, logs=None):
        self.calls.append(("test", batch))

    def on_predict_batch_end(self, batch, logs=None):
        self.calls.append(("predict", batch, len(logs["outputs"])))


def test_steps_per_execution():
    """Hooks are called around so many batches, with the numbers that Keras gives."""
    model = keras.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse", steps_per_execution=3)
    x, y = np.ones((10, 2), "f"), np.ones((10, 1), "f")
    noted = Noted()
    model.fit(x, y, batch_size=2, verbose=0, callbacks=[noted])
    model.evaluate(x, y, batch_size=2, verbose=0, callbacks=[noted])
    model.predict(x, batch_size=2, verbose=0, callbacks=[noted])
    train, rest = noted.calls[:4], noted.calls[4:]
    assert train == [("begin", 0), ("end", 2), ("begin", 3), ("end", 5)]
    assert rest == [("test", 2), ("test", 5), ("predict", 2, 6), ("predict", 5, 4)]


def test_compiling_kernels_of_an_eager_model_is_a_contradiction():
    """The warning of Keras, and what it decides."""
    model = keras.Sequential([layers.Dense(1)])
    with pytest.warns(UserWarning, match="jit_compile"):
        model.compile("sgd", "mse", run_eagerly=True, jit_compile=True)
    assert model.jit_compile is False
