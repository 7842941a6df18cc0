"""Merging layers over the arguments that change the maths, with masks, and what they refuse."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb import layers
from tests.beside import close
from tests.parity.layers import check_same
from tests.promises.layers import inputs_of

ELEMENTWISE = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")


def arrays(*shapes, dtype="float32"):
    return [inputs_of(shape, dtype, i) for i, shape in enumerate(shapes)]


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("shapes", [[(2, 3), (2, 3)], [(2, 1, 4), (2, 3, 1)], [(2, 1), (2, 2, 3, 4)]])
def test_inputs_broadcast(name, shapes):
    """Extents of 1, and ranks: axes are added after the batch axis."""
    check_same(name, {}, arrays(*shapes))


@pytest.mark.parametrize("axis", [-1, -2, 1, 2, 3])
def test_concatenate_axes(axis):
    """Any axis but that of the batch."""
    shapes = [[2, 3, 4, 5] for _ in range(3)]
    for shape, extent in zip(shapes, (1, 3, 2), strict=True):
        shape[axis] = extent
    check_same("Concatenate", {"axis": axis}, arrays(*map(tuple, shapes)))


DOTS = {
    "vectors": ((2, 3), (2, 3), 1),
    "vectors, last": ((2, 3), (2, 3), -1),
    "vector and matrix": ((2, 3), (2, 4, 3), (1, 2)),
    "matrix and vector": ((2, 4, 3), (2, 3), (2, 1)),
    "matrices": ((2, 3, 4), (2, 4, 5), (2, 1)),
    "matrices, transposed": ((2, 4, 3), (2, 5, 4), (1, 2)),
    "matrices, last": ((2, 3, 4), (2, 5, 4), -1),
    "rank 4": ((2, 3, 4, 5), (2, 6, 4), (2, 2)),
    "both rank 4": ((2, 3, 4, 5), (2, 4, 2, 3), (1, 3)),
    "rank 2 and 4": ((2, 3), (2, 4, 3, 5), (1, 2)),
}


@pytest.mark.parametrize("name", DOTS)
def test_dots(name):
    """Every pair of ranks and axes."""
    first, second, axes = DOTS[name]
    check_same("Dot", {"axes": axes}, arrays(first, second))


@pytest.mark.parametrize("name", ["vectors", "matrix and vector", "rank 4"])
def test_cosines(name):
    """With normalized inputs."""
    first, second, axes = DOTS[name]
    check_same("Dot", {"axes": axes, "normalize": True}, arrays(first, second))


MASKS = {
    "both": ((1, 0, 1), (1, 1, 0)), "first": ((1, 0, 1), None), "second": (None, (0, 1, 1)),
    "none left": ((0, 0, 0), (0, 0, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", [*ELEMENTWISE, "Concatenate", "Dot"])
@pytest.mark.parametrize("case", MASKS)
def test_masks(name, case):
    """Masked elements count for nothing where the layer looks at masks, and the mask of the outputs is Keras'."""
    xs, given = arrays((1, 3, 2), (1, 3, 2)), MASKS[case]
    results = []
    for library in (kerasnb, real):
        tensors = [library.ops.convert_to_tensor(x) for x in xs]
        for tensor, mask in zip(tensors, given, strict=True):
            if mask is not None:
                tensor._keras_mask = library.ops.convert_to_tensor(np.array([mask], bool))
        layer = getattr(library.layers, name)(**({"axes": 2} if name == "Dot" else {}))
        results.append(layer(tensors))
    ours, theirs = results
    close(ours, theirs, 1e-6)
    masks = [getattr(y, "_keras_mask", None) for y in results]
    assert (masks[0] is None) == (masks[1] is None)
    if masks[1] is not None:
        np.testing.assert_array_equal(np.asarray(masks[0]), np.asarray(masks[1]))


@pytest.mark.parametrize("axis", [1, -1])
@pytest.mark.parametrize("case", MASKS)
def test_masks_of_joined_inputs(axis, case):
    """Along the steps masks are joined, along the features a step counts if it does in one of the inputs."""
    xs, given = arrays((1, 3, 2), (1, 3, 2)), MASKS[case]
    masks = []
    for library in (kerasnb, real):
        tensors = [library.ops.convert_to_tensor(x) for x in xs]
        given_masks = [m if m is None else library.ops.convert_to_tensor(np.array([m], bool)) for m in given]
        masks.append(library.layers.Concatenate(axis=axis).compute_mask(tensors, given_masks))
    np.testing.assert_array_equal(np.asarray(masks[0]), np.asarray(masks[1]))


@pytest.mark.parametrize("name", [name.lower() for name in [*ELEMENTWISE, "Concatenate", "Dot"]])
def test_functions(name):
    """Each layer as a function, for values and for symbolic tensors."""
    xs = arrays((2, 3), (2, 3))
    close(getattr(layers, name)(xs), getattr(real.layers, name)(xs), 1e-6)
    symbols = [kerasnb.Input((3,)), kerasnb.Input((3,))]
    y = getattr(layers, name)(symbols, name="merged")
    assert y._keras_history.operation.name == "merged"
    model = kerasnb.Model(symbols, y)
    close(model.predict_on_batch(xs), np.asarray(getattr(real.layers, name)(xs)), 1e-6)


UNKNOWN = {
    "Add": ([(None, 4), (3, 1)], (None, 3, 4)),
    "Add unknown": ([(None, 4), (None, 4)], (None, None, 4)),
    "Add one": ([(None,), (1,)], (None, None)),
    "Multiply": ([(3,), (None, 3)], (None, None, 3)),
    "Concatenate": ([(None, 2), (5, 3)], (None, 5, 5)),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_extents(name):
    """What another input settles is known."""
    shapes, expected = UNKNOWN[name]
    assert getattr(layers, name.split()[0])()([kerasnb.Input(s) for s in shapes]).shape == expected


def test_dtypes_of_integers():
    """Symbolic results have the dtype of the values."""
    for name in ("Add", "Average", "Concatenate", "Maximum"):
        layer = getattr(layers, name)()
        symbolic = layer([kerasnb.Input((2,), dtype="int32"), kerasnb.Input((2,), dtype="int8")])
        value = layer([np.ones((1, 2), "int32"), np.ones((1, 2), "int8")])
        assert symbolic.dtype == value.dtype == ("float32" if name == "Average" else "int32")


WRONG = {
    "not a list": ("Add", {}, (2, 3), "should be called on a list of inputs"),
    "batch sizes": ("Add", {}, [(2, 3), (4, 3)], "different batch sizes"),
    "shapes": ("Multiply", {}, [(2, 3), (2, 4)], "incompatible shapes"),
    "three": ("Subtract", {}, [(2, 3)] * 3, "exactly 2 inputs"),
    "one of two": ("Subtract", {}, [(2, 3)], "exactly 2 inputs"),
    "joined, not a list": ("Concatenate", {}, (2, 3), "list of at least 1 input"),
    "joined, ranks": ("Concatenate", {}, [(2, 3), (2, 3, 4)], "matching shapes except"),
    "joined, extents": ("Concatenate", {"axis": 1}, [(2, 3, 4), (2, 3, 5)], "matching shapes except"),
    "dot, one": ("Dot", {"axes": 1}, [(2, 3)], "list of 2 inputs"),
    "dot, extents": ("Dot", {"axes": 1}, [(2, 3), (2, 4)], "Incompatible input shapes: axis values 3"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_inputs(case):
    """Each is refused as in Keras, for symbolic inputs and for values."""
    name, config, shapes, message = WRONG[case]
    several = isinstance(shapes, list)
    for library in (kerasnb, real):
        xs = arrays(*shapes) if several else inputs_of(shapes)
        symbols = [library.Input(batch_shape=s) for s in shapes] if several else library.Input(batch_shape=shapes)
        for inputs in (xs, symbols):
            with pytest.raises(ValueError, match=message):
                getattr(library.layers, name)(**config)(inputs)


@pytest.mark.parametrize(
    ("axes", "kind"), [("1", TypeError), ((1,), ValueError), ((1, "2"), ValueError), ((1, 2, 3), ValueError)]
)
def test_wrong_axes(axes, kind):
    """Axes are an integer or two."""
    for library in (kerasnb, real):
        with pytest.raises(kind, match="`axes`"):
            library.layers.Dot(axes=axes)


def test_the_batch_axis_is_not_summed_over():
    """Neither are axes that the inputs lack."""
    for axes in (0, (1, 0), (-2, 1)):
        with pytest.raises(ValueError, match="axis 0"):
            layers.Dot(axes=axes)(arrays((2, 2), (2, 2)))
    with pytest.raises(ValueError, match="have axis 3"):
        layers.Dot(axes=3)(arrays((2, 2), (2, 2)))
    with pytest.raises(ValueError, match="rank 2 or more"):
        layers.Dot(axes=1)(arrays((2,), (2,)))


def test_masks_need_inputs():
    """There is one mask, or None, for each input."""
    x = np.ones((2, 3), "float32")
    for layer in (layers.Add(), layers.Concatenate()):
        for inputs, mask, message in (
            ([x], x, "`mask` should"),
            (x, [x], "`inputs` should"),
            ([x, x], [x], "same length"),
        ):
            with pytest.raises(ValueError, match=message):
                layer.compute_mask(inputs, mask)


def test_what_does_not_fit_is_not_printed_whole():
    """Inputs may be large, and of any number."""
    for layer in (layers.Dot(1), layers.Subtract(), layers.Attention(), layers.LSTM(2)):
        with pytest.raises(ValueError, match="eceived") as error:
            layer(arrays(*[(8, 60, 30)] * 4))
        assert len(str(error.value)) < 2500


def test_calls_do_not_print_their_inputs(monkeypatch):
    """Texts of errors are made when there is one."""
    a, b = (kerasnb.ops.convert_to_tensor(x) for x in arrays((2, 3), (2, 3)))
    monkeypatch.setattr(type(a), "__repr__", lambda tensor: pytest.fail("printed"))
    for layer in (layers.Dot(1), layers.Subtract()):
        layer([a, b])
