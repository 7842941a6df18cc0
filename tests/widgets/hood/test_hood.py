"""The hood: the code of what ran, times that were measured, differences that were computed."""

from __future__ import annotations

import ast
import inspect
import textwrap

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.backend.compile.codegen import PREFIX
from kerasnb.backend.compile.jit import CpuKernel, flattened
from kerasnb.backend.runtime.program import Native, Tasks
from kerasnb.kernels import matmul
from kerasnb.widgets.sources.colour import coloured
from kerasnb.widgets.sources.ran import places_of
from kerasnb.widgets.sources.source import cuda_code
from kerasnb.widgets.sources.timing import largest_difference
from tests.browser.bare import connect

X = np.random.default_rng(0).uniform(-1, 1, (8, 12, 12, 2)).astype("float32")


def ran_in(call, run, monkeypatch):
    """The names of the kernels that really run."""
    names = []
    for kind in (CpuKernel, Tasks):
        original = kind.__call__
        monkeypatch.setattr(kind, "__call__", lambda self, *a, _o=original: (names.append(self.name), _o(self, *a))[1])
    run(call)
    return names


def test_the_code_is_of_the_kernels_that_run(monkeypatch):
    """What the CPU tab shows is what a call of the layer calls."""
    layer = keras.layers.Dense(16, activation="relu")
    layer(X[:, 0, 0])
    shown = kw.hood(layer, X[:, 0, 0])
    names = ran_in(layer, lambda it: it(X[:, 0, 0]), monkeypatch)
    assert shown.call.op is matmul.dense
    assert set(shown.tabs[1].code.names) <= {*names, "dot"} and names
    for tab in shown.tabs:
        ast.parse(tab.code.text)


def test_the_reference_is_the_function_of_the_record():
    """Its source stands there, with what it calls."""
    shown = kw.hood(keras.layers.Dense(3), X[:, 0, 0])
    assert "def _dense_reference(" in shown.tabs[0].code.text and "def _matmul_reference(" in shown.tabs[0].code.text
    assert shown.tabs[0].code.file == "kerasnb/kernels/matmul.py"


def test_the_difference_is_computed(monkeypatch):
    """A kernel that is wrong by a tenth says so."""
    layer = keras.layers.Dense(3, use_bias=True)
    layer.build((None, 2))
    shown = kw.hood(layer, X[:, 0, 0])
    assert shown.state()["agrees"] and shown.difference < 1e-6
    original = matmul.dense.implementations["cpu"]

    def wrong(ins, outs, **attrs):
        return [*original(ins, outs, **attrs), (lambda y: np.add(y, np.float32(0.1), out=y), (outs[0],))]

    monkeypatch.setitem(matmul.dense.implementations, "cpu", wrong)
    shown.on_run({}, [])
    assert not shown.state()["agrees"] and abs(shown.difference - 0.1) < 1e-5
    assert "CPU differs from the reference: largest difference 0.1" in shown.text()


def test_largest_difference_counts_nan_as_equal():
    """Places where both are not a number agree; where one is, nothing does."""
    a = np.array([1.0, np.nan, np.inf])
    assert largest_difference([a], [a]) == 0
    assert np.isnan(largest_difference([a], [np.array([1.0, 2.0, np.inf])]))


def test_the_cuda_twin_is_chosen_by_the_shapes():
    """Float32 matrices go through tiles, float64 ones do not; nothing is compiled for that."""
    for dtype, kernel in (("float32", "gemm_tiles"), ("float64", "gemm_plain")):
        call = kw.hood(lambda x: keras.ops.matmul(x, np.ones((3, 2), x.dtype)), np.ones((4, 3), dtype)).call
        assert cuda_code(call).names == [kernel]
        assert f"def {kernel}(" in cuda_code(call).text and "@gpu" in cuda_code(call).text


def test_backward_shows_the_calls_of_the_gradient():
    """A Dense layer has two products and a sum in its backward pass."""
    shown = kw.hood(keras.layers.Dense(4), X[:, 0, 0])
    widget = connect(shown)
    widget.hear({"do": "choose", "way": "backward", "ask": 1})
    assert [c.op.name for c in shown.calls["backward"]] == ["matmul", "matmul", "sum"]
    assert shown.way == "backward" and shown.call.op.name == "matmul"
    sent = widget.hear({"do": "choose", "way": "forward", "place": 5, "ask": 2})
    assert "Received: 5" in sent[-1]["content"]["error"] and shown.way == "backward"


def test_compositions_list_their_operations():
    """A layer of several operations shows the one that computes most, and names all."""
    shown = kw.hood(keras.layers.Dense(5, activation="softmax"), X[:, 0, 0])
    assert [label.split()[0] for label in shown.state()["ops"]] == ["dense", "softmax"]
    assert shown.call.op.name == "dense"


def test_a_sample_is_made_up_from_the_built_shape():
    """A layer in a model needs no data; one that was never built does."""
    model = keras.Sequential([keras.Input((12, 12, 2)), keras.layers.Conv2D(3, 3)])
    shown = kw.hood(model.layers[0])
    assert shown.call.ins[0].shape == (32, 12, 12, 2) and "made-up numbers" in shown.tabs[1].note
    with pytest.raises(ValueError, match="Argument `x` must be given"):
        kw.hood(keras.layers.Dense(3))
    with pytest.raises(ValueError, match="a layer or a function"):
        kw.hood(3)


def test_operations_of_keras_ops():
    """A function is shown like a layer."""
    assert kw.hood(keras.ops.softmax, X[0, 0]).call.op.name == "softmax"


def test_every_layer_of_a_convnet_agrees():
    """Differences stay within rounding for each call of each layer, in both directions."""
    layers = keras.layers
    for layer in (layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(), layers.BatchNormalization()):
        shown = kw.hood(layer, X)
        for way, calls in shown.calls.items():
            for place in range(len(calls)):
                shown.on_choose({"way": way, "place": place}, [])
                assert shown.state()["agrees"], (layer.name, way, shown.call.label, shown.difference)


def test_kernel_source_is_what_the_tabs_show():
    """A string: one target each, errors that say what is wrong."""
    layer = keras.layers.Dense(3)
    source = layer.kernel_source(X[:, 0, 0])
    assert source == kw.hood(layer, X[:, 0, 0]).tabs[1].code.text
    assert "@gpu" in layer.kernel_source(X[:, 0, 0], "cuda")
    assert layer.kernel_source(target="numpy").startswith("def _dense_reference")
    with pytest.raises(ValueError, match="'opencl'"):
        layer.kernel_source(target="opencl")


def test_colours_lose_no_character():
    """Lines of pieces join to the source."""
    text = kw.hood(keras.layers.Dense(3), X[:, 0, 0]).tabs[1].code.text
    assert "\n".join("".join(piece for _, piece in line) for line in coloured(text)) == text
    kinds = {kind for line in coloured("def f(x):\n    return 'a', 1  # c") for kind, _ in line}
    assert kinds >= {"y", "z", "s", "n", "c"}


def test_the_picture_is_small_and_says_all():
    """The static twin has each tab, its time or why not, and the difference."""
    shown = kw.hood(keras.layers.Conv2D(8, 3, activation="relu"), X)
    page = shown.html()
    assert len(page) < 40_000 and page.count("<details") == 3 and "largest difference" in page
    assert all(tab.time in page and tab.note in page for tab in shown.tabs)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_rounding_is_that_of_the_dtype(policy):
    """A layer in half precision equals its reference within half precision."""
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(8, dtype=policy)])
    x = np.random.default_rng(0).normal(size=(16, 64)).astype("float32")
    assert "CPU equals the reference" in kw.hood(model.layers[0], x).text()


# --- what the training step ran


@pytest.fixture(scope="module")
def trained():
    """A model after a fit, and the plan of its training step."""
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((6,)), layers.Dense(8, name="first"), layers.BatchNormalization(name="norm"),
        layers.ReLU(name="relu"), layers.Dropout(0.3, name="drop"),
        keras.Sequential([layers.Dense(1, name="last")], name="inner"),
    ], name="net")  # fmt: skip
    model.compile("adam", "mse")
    draw = np.random.default_rng(0)
    model.fit(draw.random((64, 6)), draw.random((64, 1)), verbose=0)
    (step,) = (step for key, step in model._steps.items() if key[0] == "train_step")
    return model, step.latest[1].plan


def functions_in(plan) -> list:
    """The functions that a replay calls."""
    runs = [f.calls if isinstance(f, Native) else [(f, args)] for f, args in plan.program.steps]
    return [getattr(function, "py_func", function) for calls in runs for function, _ in calls]


def code_of(function) -> str:
    """Its source."""
    return textwrap.dedent(inspect.getsource(function)).rstrip()


def step_tab(layer, way="forward"):
    """The tab of the training step."""
    shown = kw.hood(layer)
    shown.on_choose({"way": way}, [])
    return next(tab for tab in shown.tabs if tab.key == "step")


def test_the_step_shows_the_functions_of_the_plan(trained):
    """Each function that stands there is one of the plan; each loop of a layer stands there."""
    model, plan = trained
    ran = functions_in(plan)
    texts = []
    for layer in (*model.layers[:-1], *model.get_layer("inner").layers):
        for way in ("forward", "backward"):
            code = step_tab(layer, way).code
            ast.parse(code.text)
            for name in code.names:
                same = [f for f in ran if f.__name__.strip("_") == name]
                assert same and (name == "copyto" or any(code_of(f) in code.text for f in same)), (layer.name, way)
            texts.append(code.text)
    jobs = [job for record, job in zip(plan.records, plan.jobs, strict=True) if any(map(path_of, places_of(record)))]
    functions = {getattr(f, "py_func", f) for job in jobs for f, _ in flattened(job.calls)}
    generated = [f for f in functions if f.__module__.startswith(PREFIX)]
    assert len(generated) >= 5 and all(any(code_of(f) in text for text in texts) for f in generated)


def path_of(place: str) -> str:
    """The path inside of the model."""
    return place.partition(" (")[0].partition("/")[2]


def test_a_fused_loop_names_all_that_is_in_it(trained):
    """The gradients of dropout and relu are one loop, which both layers show; alone, each has its own kernel."""
    model, plan = trained
    (fused,) = (r for r in plan.records if r.op.name == "fused_masked_scale_relu_grad")
    assert fused.op.parts == ["masked_scale", "relu_grad"]
    assert places_of(fused) == ["net/drop (backward)", "net/relu (backward)"]
    for name, alone in (("drop", "masked_scale"), ("relu", "relu_grad")):
        tab = step_tab(model.get_layer(name), "backward")
        assert "# fused: masked_scale of drop, backward + relu_grad of relu, backward\n" in tab.code.text
        assert tab.code.names == ["fused_masked_scale_relu_grad"] and "1 call, 1 of them fused" in tab.note
        shown = kw.hood(model.get_layer(name))
        shown.on_choose({"way": "backward"}, [])
        assert shown.tabs[1].code.names == [alone] and "fused" not in shown.tabs[1].code.text


def test_each_call_of_the_plan_belongs_to_its_layers(trained):
    """The number of calls is that of the records that name the layer, and of the updates of its weights."""
    model, plan = trained
    for name, path in (("first", "net/first"), ("norm", "net/norm"), ("drop", "net/drop")):
        layer = model.get_layer(name)
        for way, place in (("forward", path), ("backward", path + " (backward)")):
            mine = [
                record for record, job in zip(plan.records, plan.jobs, strict=True)
                if job.calls and (place in places_of(record) or (way == "backward" and any(
                    variable is weight for variable in record.ins[: record.op.mutates]
                    for weight in layer.trainable_weights)))
            ]  # fmt: skip
            assert step_tab(layer, way).time == f"{len(mine)} call{'s' * (len(mine) != 1)}"
    assert "adam_cpu" in step_tab(model.get_layer("first"), "backward").code.names


def test_words_say_which_is_which(trained):
    """One kernel is that of a call on its own, the other that of the training step, with its batch."""
    model, _ = trained
    shown = kw.hood(model.get_layer("norm"))
    notes = {tab.key: tab.note for tab in shown.tabs}
    assert notes["cpu"].startswith("a call on its own ran on made-up numbers")
    assert notes["step"].startswith("ran in the training step of net, recorded for batches of 32 · 4 calls, 1 of them")
    assert notes["step"] in shown.text() and notes["step"] in shown.html() and len(shown.html()) < 40_000
    assert model.get_layer("norm").kernel_source(target="step") == shown.tabs[3].code.text


def test_without_a_recorded_step_there_is_no_tab():
    """Not before a fit, not where a step runs eagerly, and not after the weights were exchanged."""
    layer = keras.layers.Dense(2, name="only")
    model = keras.Sequential([keras.Input((3,)), layer])
    x, y = np.ones((4, 3)), np.ones((4, 2))
    model.compile("sgd", "mse")
    assert [tab.key for tab in kw.hood(layer).tabs] == ["numpy", "cpu", "cuda"]
    with pytest.raises(ValueError, match="no model that was compiled with only has run"):
        layer.kernel_source(target="step")
    model.train_on_batch(x, y)
    assert len(kw.hood(layer).tabs) == 4 and kw.hood(layer).state()["ran"] == "cpu"
    model.compile("sgd", "mse", run_eagerly=True)
    model.train_on_batch(x, y)
    assert len(kw.hood(layer).tabs) == 3 and len(kw.hood(keras.ops.softmax, X[0, 0]).tabs) == 3


def test_a_mask_is_no_input():
    """A layer behind a mask was called with both; the hood calls it with its input."""
    model = keras.Sequential([keras.Input((5,)), keras.layers.Embedding(9, 4, mask_zero=True), keras.layers.GRU(3)])
    shown = kw.hood(model.layers[1])
    assert shown.text().startswith("gru forward") and "x (32, 5, 9)" in shown.text()  # its input times 4 x 9 weights
