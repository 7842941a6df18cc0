"""Attention layers beside Keras, over masks, scores and shapes; and what they refuse."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, ops
from tests.parity.layers import both_with, call, check_gradients
from tests.promises.layers import inputs_of
from tests.recorded import Replayed

QUERY, VALUE = (2, 4, 6), (2, 5, 6)
QUERY_MASK = np.array([[True, True, False, True], [True, False, True, True]])
VALUE_MASK = np.array([[True, False, True, True, False], [True, True, True, False, True]])


def pair(name: str, shapes, **arguments):
    """A layer and that of Keras, built for shapes, with the same random weights, and inputs."""
    arrays = [inputs_of(s, seed=i) for i, s in enumerate(shapes.values() if isinstance(shapes, dict) else shapes)]
    x = dict(zip(shapes, arrays, strict=True)) if isinstance(shapes, dict) else arrays
    return *both_with(-0.8, 0.8, name, arguments, x), x


MASKS = [None, [QUERY_MASK, None], [None, VALUE_MASK], [QUERY_MASK, VALUE_MASK]]
SIMPLE = {
    "dot": ("Attention", {}),
    "scaled": ("Attention", {"use_scale": True}),
    "concat": ("Attention", {"score_mode": "concat"}),
    "scaled concat": ("Attention", {"score_mode": "concat", "use_scale": True}),
    "additive": ("AdditiveAttention", {}),
}


@pytest.mark.parametrize("name", SIMPLE)
def test_masks_and_scores(name):
    """Each mask with and without causality, with and without scores."""
    cls, arguments = SIMPLE[name]
    layer, theirs, x = pair(cls, [QUERY, VALUE], **arguments)
    for i, mask in enumerate(MASKS):
        causal = i % 2 == 1
        check_gradients(layer, theirs, x, False, mask=mask, use_causal_mask=causal, return_attention_scores=not causal)
        options = {"mask": mask, "use_causal_mask": not causal, "return_attention_scores": causal}
        for a, b in zip(*(_listed(one(x, **options)) for one in (layer, theirs)), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def _listed(outputs) -> list:
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


@pytest.mark.parametrize("shapes", [[(4, 6), (5, 6)], [(2, 3, 4, 6), (2, 3, 5, 6)], [QUERY, (2, 5, 3), VALUE]])
def test_ranks(shapes):
    """Other numbers of batch axes, and values that are wider or narrower than keys."""
    for arguments in ({}, {"use_scale": True, "score_mode": "concat"}):
        layer, theirs, x = pair("Attention", shapes, **arguments)
        check_gradients(layer, theirs, x, False, use_causal_mask=True)


def test_no_source_at_all():
    """A target whose sources are all masked takes their mean, as in Keras."""
    layer, theirs, x = pair("Attention", [QUERY, VALUE])
    mask = [None, np.zeros((2, 5), bool)]
    np.testing.assert_allclose(layer(x, mask=mask), theirs(x, mask=mask), rtol=1e-5, atol=1e-5)


MULTI = {
    "self": ({"query": QUERY, "value": QUERY}, {}),
    "other": ({"query": QUERY, "value": VALUE, "key": (2, 5, 3)}, {"output_shape": 5}),
    "gate": ({"query": QUERY, "value": VALUE}, {"use_gate": True, "use_bias": False}),
    "window": ({"query": QUERY, "value": QUERY}, {"sliding_window": 2}),
}
HEADS = {
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 3},
    "GroupQueryAttention": {"num_query_heads": 4, "num_key_value_heads": 2, "head_dim": 3},
}


@pytest.mark.parametrize("name", MULTI)
def test_heads(name):
    """Causality, masks of pairs of positions, and scores."""
    shapes, arguments = MULTI[name]
    layer, theirs, x = pair("MultiHeadAttention", shapes, **HEADS["MultiHeadAttention"], **arguments)
    sources = shapes["value"][1]
    pairs = np.random.default_rng(3).random((2, 4, sources)) < 0.7
    check_gradients(layer, theirs, x, False, use_causal_mask=True)
    check_gradients(layer, theirs, x, True, attention_mask=pairs)
    check_gradients(layer, theirs, x, False, attention_mask=pairs, use_causal_mask=True, return_attention_scores=True)
    for options in ({}, {"return_attention_scores": True, "use_causal_mask": True}, {"attention_mask": pairs[:1]}):
        for a, b in zip(*(_listed(call(one, x, **options)) for one in (layer, theirs)), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_values_of_another_size():
    """Heads of values may be wider than those of keys; Keras on JAX computes that only where scores are returned."""
    arguments = {**HEADS["MultiHeadAttention"], "value_dim": 5}
    layer, theirs, x = pair("MultiHeadAttention", {"query": QUERY, "value": VALUE}, **arguments)
    check_gradients(layer, theirs, x, False, use_causal_mask=True, return_attention_scores=True)
    expected, _ = call(theirs, x, use_causal_mask=True, return_attention_scores=True)
    np.testing.assert_allclose(call(layer, x, use_causal_mask=True), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["self", "gate", "window"])
def test_groups(name):
    """Heads of queries that share keys and values."""
    shapes, arguments = MULTI[name]
    layer, theirs, x = pair("GroupQueryAttention", shapes, **HEADS["GroupQueryAttention"], **arguments)
    pairs = np.random.default_rng(3).random((2, 4, shapes["value"][1])) < 0.7
    check_gradients(layer, theirs, x, False, use_causal_mask=True)
    check_gradients(layer, theirs, x, False, attention_mask=pairs, use_causal_mask=True, return_attention_scores=True)
    for options in ({}, {"attention_mask": pairs}, {"value_mask": pairs[:, 0], "query_mask": QUERY_MASK}):
        np.testing.assert_allclose(*(call(one, x, **options) for one in (layer, theirs)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("axes", [None, 1, (2,), (1, 2), -2])
def test_axes_of_positions(axes):
    """Positions with several axes, of which some attend to each other."""
    shapes = {"query": (2, 3, 4, 6), "value": (2, 3, 4, 6)}
    arguments = {**HEADS["MultiHeadAttention"], "attention_axes": axes}
    layer, theirs, x = pair("MultiHeadAttention", shapes, **arguments)
    assert layer.attention_axes == theirs.attention_axes
    check_gradients(layer, theirs, x, False, return_attention_scores=True)
    symbols = [keras.Input(s[1:]) for s in shapes.values()]
    symbolic = layer(*symbols, return_attention_scores=True)
    values = call(layer, x, return_attention_scores=True)
    assert [s.shape[1:] for s in symbolic] == [v.shape[1:] for v in values]


@pytest.mark.parametrize("name", HEADS)
def test_masks_that_come_with_inputs(name):
    """Masks attached to the inputs are used; that of the query is passed on; inputs keep theirs."""
    layer, theirs, x = pair(name, {"query": QUERY, "value": VALUE}, **HEADS[name])
    with_masks = []
    for k in (keras, real):
        q, v = (k.ops.convert_to_tensor(a) for a in x.values())
        q._keras_mask, v._keras_mask = (k.ops.convert_to_tensor(m) for m in (QUERY_MASK, VALUE_MASK))
        with_masks.append((q, v))
    outputs = layer(*with_masks[0])
    if name == "MultiHeadAttention":
        expected = theirs(*with_masks[1])
    else:  # whose projections warn in Keras that they lose the mask that was used
        with pytest.warns(UserWarning, match="mask"):
            expected = theirs(*with_masks[1])
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(outputs._keras_mask, QUERY_MASK)
    assert with_masks[0][0]._keras_mask is not None


@pytest.mark.parametrize("name", HEADS)
def test_dropped_weights(name):
    """Dropout changes outputs in training only, where those of inference are those without it."""
    layer, theirs, x = pair(name, {"query": QUERY, "value": VALUE}, **HEADS[name], dropout=0.5, seed=3)
    options = {"attention_mask": np.ones((2, 4, 5), bool)}
    for more in ({}, options, {"use_causal_mask": True}):
        np.testing.assert_allclose(*(call(one, x, **more) for one in (layer, theirs)), rtol=1e-5, atol=1e-5)
    trained = call(layer, x, training=True)
    assert np.isfinite(trained).all() and not np.allclose(trained, call(layer, x))
    _, weights = call(layer, x, training=True, return_attention_scores=True)
    np.testing.assert_allclose(ops.sum(weights, -1), 1, rtol=1e-5)


def test_no_scores_are_made_where_none_are_asked_for():
    """Without masks of pairs a recorded step has no tensor of the size of the scores."""
    layer = layers.MultiHeadAttention(num_heads=2, key_dim=4)
    x = keras.Input((64, 8))
    model = keras.Model(x, layer(x, x, use_causal_mask=True))
    plan = Replayed(lambda a: [model(a)], np.zeros((1, 64, 8), "float32")).plan
    assert not any(t.shape[-2:] == (64, 64) for record in plan.records for t in record.outs)


class Doubled(layers.MultiHeadAttention):
    """The user's own attention, which takes a mask and no word about causality."""

    def _compute_attention(self, query, key, value, attention_mask=None, training=None, return_attention_scores=False):
        assert attention_mask is not None
        outputs, scores = super()._compute_attention(query, key, value, attention_mask, training)
        return outputs * 2, scores


def test_a_subclass_gets_causality_as_a_mask():
    """As in Keras, so that it cannot be overlooked."""
    x = inputs_of(QUERY)
    layer, plain = (cls(num_heads=2, key_dim=3, use_bias=False) for cls in (Doubled, layers.MultiHeadAttention))
    layer.build(QUERY, QUERY)
    plain.build(QUERY, QUERY)
    plain.set_weights(layer.get_weights())
    doubled, once = (one(x, x, use_causal_mask=True) for one in (layer, plain))
    np.testing.assert_allclose(doubled, once * 2, rtol=1e-5, atol=1e-5)


MULTI_HEAD, GROUPED = HEADS["MultiHeadAttention"], HEADS["GroupQueryAttention"]
WRONG = [
    ("Attention", {"score_mode": "product"}, "score_mode"),
    ("MultiHeadAttention", {**MULTI_HEAD, "num_heads": 0}, "num_heads"),
    ("MultiHeadAttention", {**MULTI_HEAD, "key_dim": -1}, "key_dim"),
    ("MultiHeadAttention", {**MULTI_HEAD, "value_dim": 1.5}, "value_dim"),
    ("MultiHeadAttention", {**MULTI_HEAD, "output_shape": 1.5}, "output_shape"),
    ("MultiHeadAttention", {**MULTI_HEAD, "attention_axes": "1"}, "attention_axes"),
    ("MultiHeadAttention", {**MULTI_HEAD, "sliding_window": 0}, "sliding_window"),
    ("MultiHeadAttention", {**MULTI_HEAD, "flash_attention": True, "dropout": 0.1}, "Dropout"),
    ("GroupQueryAttention", {**GROUPED, "num_query_heads": 3}, "num_query_heads"),
    ("GroupQueryAttention", {**GROUPED, "sliding_window": 1.5}, "sliding_window"),
]


@pytest.mark.parametrize(("name", "arguments", "message"), WRONG)
def test_wrong_arguments(name, arguments, message):
    """Both sides refuse the same arguments."""
    for k in (keras, real):
        with pytest.raises(ValueError, match=message):
            getattr(k.layers, name)(**arguments)


@pytest.mark.parametrize("inputs", [np.ones(QUERY), [np.ones(QUERY)], [np.ones(QUERY)] * 4])
def test_inputs_are_a_list_of_two_or_three(inputs):
    """Attention and additive attention take `[query, value]` or `[query, value, key]`, and a list of masks."""
    with pytest.raises(ValueError, match=r"\[query, value\]"):
        layers.Attention()(inputs)
    with pytest.raises(ValueError, match="mask"):
        layers.AdditiveAttention()([np.ones(QUERY)] * 2, mask=QUERY_MASK)


@pytest.mark.parametrize("name", HEADS)
def test_positions_of_key_and_value(name):
    """They must agree."""
    layer = getattr(layers, name)(**HEADS[name])
    with pytest.raises(ValueError, match="must be equal"):
        layer.compute_output_shape(QUERY, VALUE, QUERY)
    with pytest.raises(ValueError, match="flash"):
        getattr(layers, name)(**HEADS[name], flash_attention=True)(np.ones(QUERY), np.ones(VALUE))
