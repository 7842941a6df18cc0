"""Bad input gives an error that names the argument, and changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras

X = np.random.default_rng(0).random((20, 6)).astype("float32")
Y = np.arange(20) % 3


def classifier():
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(3, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def assert_unchanged(model, weights) -> None:
    """The model has the weights it had, and still trains."""
    for now, before in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, before)
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"]).all()


def refused(call, match, error=ValueError):
    """Checks one refused call of a fresh model."""
    model = classifier()
    weights = model.get_weights()
    with pytest.raises(error, match=match):
        call(model)
    assert_unchanged(model, weights)


@pytest.mark.parametrize("bad", [3, -1, 200])
@pytest.mark.parametrize("verb", ["fit", "evaluate", "train_on_batch"])
def test_class_id_out_of_range(bad, verb):
    """A label that no output stands for is named with its place."""
    labels = Y.copy()
    labels[7] = bad
    refused(lambda m: getattr(m, verb)(X, labels), rf"y.*0 to 2.*y\[7\]={bad}")


@pytest.mark.parametrize("verb", ["fit", "train_on_batch"])
def test_class_id_out_of_range_before_the_model_is_built(verb):
    """Without an `Input` the outputs follow from the shape of x; the error comes before any weight is made."""
    model = keras.Sequential([keras.layers.Dense(4, "relu"), keras.layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"`y` holds a class id that the model's 3 outputs.*y\[2\]=3"):
        getattr(model, verb)(X, Y + 1)
    assert not model.built


class Free(keras.Model):
    """A model whose outputs show only when it is called."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3, "softmax")

    def call(self, x):
        return self.dense(x)


@pytest.mark.parametrize("kind", ["arrays", "generator"])
def test_class_id_out_of_range_where_only_the_loss_shows_it(kind):
    """The warning of a loss that is not finite names the label, not the learning rate."""
    model = Free()
    model.compile("adam", "sparse_categorical_crossentropy")
    data = (X, Y + 1) if kind == "arrays" else (pair for pair in [(X, Y + 1)])
    with pytest.warns(UserWarning, match=r"argument `y` holds a class id that the model's 3 outputs"):
        model.fit(*data, verbose=0) if kind == "arrays" else model.fit(data, verbose=0)


def test_missing_targets_name_the_loss():
    """A loss is named as in `compile`, not by the object that computes it."""
    model = classifier()
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy())
    with pytest.raises(ValueError, match="loss=sparse_categorical_crossentropy"):
        model.fit(X, verbose=0)
    with pytest.raises(ValueError, match="loss=sparse_categorical_crossentropy needs"):
        model.fit((x for x in [(X,)]), verbose=0)


def test_class_id_out_of_range_in_validation_data():
    """Validation labels are checked before training starts."""
    refused(lambda m: m.fit(X, Y, validation_data=(X, Y + 1), verbose=0), r"validation_data\[1\]")


IDS = np.arange(40).reshape(20, 2) % 5
VERBS = {
    "fit": lambda m, x: m.fit(x, Y, verbose=0),
    "validation": lambda m, x: m.fit(good(x), Y, validation_data=(x, Y), verbose=0),
    "evaluate": lambda m, x: m.evaluate(x, Y, verbose=0),
    "predict": lambda m, x: m.predict(x, verbose=0),
    "train_on_batch": lambda m, x: m.train_on_batch(x, Y),
    "test_on_batch": lambda m, x: m.test_on_batch(x, Y),
    "predict_on_batch": lambda m, x: m.predict_on_batch(x),
}


def good(x):
    return keras.tree.map_structure(lambda a: np.where(np.abs(a) < 5, a, 0), x)


def embedded(*names, nested=False):
    """A model that embeds its last input, and adds the others, of the names."""
    inputs = [keras.Input((2,), name=n) for n in names]
    layer = keras.layers.Embedding(5, 3, name="words")
    if nested:
        inner = keras.Input((2,))
        layer = keras.Model(inner, keras.Sequential([layer])(inner))
    x = keras.layers.Flatten()(layer(inputs[-1]))
    model = keras.Model(
        inputs if len(inputs) > 1 else inputs[0],
        keras.layers.Dense(3, "softmax")(keras.layers.Concatenate()([x, *inputs[:-1]])),
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("verb", VERBS)
def test_id_out_of_range(verb):
    """An id that an embedding has no vector for is named with layer and place, before anything changes."""
    model = embedded("text")
    before, bad = model.get_weights(), IDS.copy()
    bad[7, 1] = 5
    name = r"validation_data\[0\]" if verb == "validation" else "x"
    with pytest.raises(ValueError, match=rf"`{name}` holds an id .*'words'.*from 0 to 4.*{name}\[7, 1\]=5"):
        VERBS[verb](model, bad)
    for now, value in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, value)
    VERBS[verb](model, IDS - 5)  # negative ones count from the end


@pytest.mark.parametrize(("bad", "text"), [(-6, "-6"), (np.nan, "nan"), (5.5, "5.5")])
def test_floats_as_ids(bad, text):
    """They are truncated; NaN is no id."""
    ids = IDS + 0.5
    embedded("text").predict(ids, verbose=0)
    ids[3, 0] = bad
    with pytest.raises(ValueError, match=rf"x\[3, 0\]={text}"):
        embedded("text").predict(ids, verbose=0)


def test_id_out_of_range_among_inputs():
    """In nested models, and in dicts and lists of inputs; other inputs may hold any number."""
    model, large = embedded("number", "text"), np.full((20, 2), 50.0)
    model.fit({"text": IDS, "number": large}, Y, verbose=0)
    with pytest.raises(ValueError, match=r"x\['text'\]\[0, 0\]=7"):
        model.fit({"text": IDS + 7, "number": large}, Y, verbose=0)
    with pytest.raises(ValueError, match=r"x\[1\]\[0, 0\]=7"):
        model.fit([large, IDS + 7], Y, verbose=0)
    with pytest.raises(ValueError, match=r"'words'.*x\[0, 0\]=7"):
        embedded("text", nested=True).fit(IDS + 7, Y, verbose=0)


def test_ids_that_the_model_makes():
    """Ids of another layer, of a `train_step` or of a `call` of one's own are not those of the data."""
    inputs = keras.Input((2,), dtype="int32")
    keras.Model(inputs, keras.layers.Embedding(5, 3)(inputs % 5)).predict(IDS + 7, verbose=0)

    class Shifted(keras.layers.Embedding):
        def call(self, inputs):
            return super().call(inputs - 7)

    keras.Sequential([keras.Input((2,), dtype="int32"), Shifted(5, 3)]).predict(IDS + 7, verbose=0)

    class Steps(keras.Sequential):
        def predict_step(self, data):
            return self(data[0] - 7, training=False)

    Steps([keras.Input((2,), dtype="int32"), keras.layers.Embedding(5, 3)]).predict(IDS + 7, verbose=0)


def test_id_out_of_range_in_a_generator():
    """The report of a loss that is not finite names it."""
    model = embedded("text")
    with pytest.warns(
        UserWarning, match=r"argument `x` holds an id that the Embedding layer 'words' has no vector for"
    ):
        model.fit((pair for pair in [(IDS + 7, Y)]), verbose=0)


def test_wrong_last_dimension():
    """Inputs of another width are refused with both widths."""
    refused(lambda m: m.fit(X[:, :5], Y, verbose=0), "6.*5")


def test_wrong_last_dimension_of_targets():
    """One-hot targets of another width than the outputs are refused."""
    model = classifier()
    model.compile("sgd", "categorical_crossentropy")
    weights = model.get_weights()
    with pytest.raises(ValueError, match="shape"):
        model.fit(X, np.eye(4, dtype="f")[Y], verbose=0)
    for now, before in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, before)


def test_empty_array():
    """No samples is an error."""
    refused(lambda m: m.fit(X[:0], Y[:0], verbose=0), r"`x` must hold at least one sample.*\(0, 6\)")


def test_mismatched_lengths():
    """Different numbers of samples are listed by argument."""
    refused(lambda m: m.fit(X, Y[:-1], verbose=0), "'x' sizes: 20, 'y' sizes: 19")


def test_ragged_rows():
    """Rows of different lengths are refused."""
    refused(lambda m: m.fit([[1.0] * 6, [2.0] * 5], [0, 1], verbose=0), "`x`")


def test_strings_are_not_numbers():
    """Text is refused by name."""
    refused(lambda m: m.fit(np.array([["a"] * 6] * 20), Y, verbose=0), "`x` must hold numbers")


@pytest.mark.parametrize("bad", [0, -3, 2.5, "32"])
def test_bad_batch_size(bad):
    """A batch size is a positive integer."""
    refused(lambda m: m.fit(X, Y, batch_size=bad, verbose=0), "batch_size")


@pytest.mark.parametrize("bad", [-0.1, 1.0, 1.5])
def test_bad_validation_split(bad):
    """A split is a fraction."""
    refused(lambda m: m.fit(X, Y, validation_split=bad, verbose=0), "validation_split")


@pytest.mark.parametrize(
    "arguments",
    [{"loss": "no_such_loss"}, {"optimizer": "no_such_optimizer"}, {"loss": "mse", "metrics": ["no_such_metric"]}],
)
def test_unknown_names(arguments):
    """An unknown name is an error of compile, and the old configuration stays."""
    model = classifier()
    before = model.optimizer
    with pytest.raises(ValueError, match="no_such"):
        model.compile(**arguments)
    assert model.optimizer is before
    assert_unchanged(model, model.get_weights())


def test_not_compiled():
    """Training needs compile."""
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match="compile"):
        model.fit(X, Y)
