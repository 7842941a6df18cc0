"""`x[key]` beside NumPy: random keys of every sort, gradients, symbolic and recorded shapes, errors."""

import numpy as np
import pytest

import kerasnb
from kerasnb import KerasTensor, ops
from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor.tensor import Tensor, TracedValueError

SHAPES = [(5,), (3, 4), (2, 3, 4), (2, 1, 3, 2), (0, 3), (3, 0, 2)]


def random_slice(random, extent: int) -> slice:
    start, stop = (None if random.random() < 0.3 else int(random.integers(-extent - 2, extent + 3)) for _ in range(2))
    return slice(start, stop, [None, 1, 2, -1, -2][random.integers(5)])


def random_mask(random, shape):
    return random.random(shape) < 0.5


def random_indices(random, extent: int, length: int):
    """An index array that broadcasts with the others of its key: a row, a column, a scalar."""
    shape = [(length,), (2, 1), (2, length), (1,), ()][random.integers(5)]
    return random.integers(-extent, extent, shape).astype(["int32", "int64", "int8"][random.integers(3)])


def random_key(random, shape) -> tuple:
    """A key of integers, slices, new axes, Ellipsis, index arrays and one mask."""
    key, axis, masked, length = [], 0, False, int(random.integers(1, 4))
    while axis < len(shape) and random.random() < 0.85:
        extent, kind = shape[axis], random.integers(6)
        if kind == 0 or not extent:
            key.append(random_slice(random, extent))
        elif kind == 1:
            key.append(int(random.integers(-extent, extent)))
        elif kind == 2 and Ellipsis not in map(type, key) and not any(k is Ellipsis for k in key):
            key.append(Ellipsis)
            axis += int(random.integers(0, len(shape) - axis))
            continue
        elif kind == 3 and not masked:
            rank = int(random.integers(1, len(shape) - axis + 1))
            mask = random_mask(random, shape[axis : axis + rank])
            flat = mask.reshape(-1)
            flat[:] = False
            flat[:length] = True  # as many as the index arrays have
            random.shuffle(flat)
            key.append(flat.reshape(mask.shape))
            masked, axis = True, axis + rank - 1
        elif kind == 4:
            key.append(None)
            continue
        else:
            key.append(random_indices(random, extent, length))
        axis += 1
    return tuple(key)


def as_numpy(x, key):
    """NumPy's answer, or the type of its error."""
    try:
        return x[key]
    except IndexError:
        return IndexError


def in_ways(random, part):
    """An index array as an array, a tensor or a list."""
    if not isinstance(part, np.ndarray):
        return part
    way = random.integers(4)
    return part if way == 0 else ops.convert_to_tensor(part) if way < 3 or not part.size else part.tolist()


@pytest.mark.parametrize("seed", range(8))
def test_random_keys_are_read_as_numpy_reads_them(seed):
    """Values, shapes and errors of random keys, given as arrays, tensors and lists; of Variables, too."""
    random = np.random.default_rng(seed)
    for _ in range(60):
        shape = SHAPES[random.integers(len(SHAPES))]
        x = random.normal(size=shape).astype("float32")
        key = random_key(random, shape)
        expected = as_numpy(x, key)
        given = tuple(in_ways(random, k) for k in key)
        given = given[0] if len(given) == 1 and random.random() < 0.5 else given
        holder = kerasnb.Variable(x) if random.random() < 0.2 else ops.convert_to_tensor(x)
        if expected is IndexError:
            with pytest.raises(IndexError):
                holder[given]
            continue
        found = holder[given]
        assert (tuple(found.shape), found.dtype) == (np.shape(expected), "float32"), (shape, key)
        np.testing.assert_array_equal(found.numpy(), expected, err_msg=f"{shape} {key}")


def test_the_cases():
    """A mask, the index that `argmax` gives, an array; through `get_item`, too."""
    t = ops.convert_to_tensor(np.array([3.0, 9.0, 5.0], "float32"))
    assert t[np.array([True, False, True])].tolist() == [3.0, 5.0]
    assert t[t > 4].tolist() == [9.0, 5.0]
    assert float(t[ops.argmax(t)]) == 9.0
    assert t[np.array([1, 0])].tolist() == t[[1, 0]].tolist() == ops.get_item(t, [1, 0]).tolist() == [9.0, 3.0]
    assert t[np.uint8(2)].shape == t[np.int64(-1)].shape == ()
    assert t[True].shape == (1, 3) and t[False].shape == (0, 3)
    assert t[[]].shape == (0,)
    assert ops.ones((2, 3, 4))[0, :, [0, 1]].shape == (2, 3)


KEYS = {
    "mask": lambda m: (m(np.array([[True, False, True, False]] * 3)),),
    "mask of rows": lambda m: (m(np.array([True, False, True])),),
    "rows, some twice": lambda m: (m(np.array([2, 0, 2, -1])),),
    "pairs": lambda m: (m(np.array([0, 1, 1])), m(np.array([3, -1, 3]))),
    "outer": lambda m: (m(np.array([[0], [2]])), m(np.array([1, 1, 0]))),
    "apart": lambda m: (m(np.array([0, 2])), None, m(np.array([1, -1]))),
    "after a slice": lambda m: (slice(None, None, -2), m(np.array([3, 0]))),
    "a scalar": lambda m: (m(np.array(1)),),
    "an integer and an array": lambda m: (Ellipsis, 1, m(np.array([1, 3]))),
}


@pytest.mark.parametrize("name", sorted(KEYS))
def test_gradients_are_added_where_elements_were_taken(name):
    """The gradient of a choice is what NumPy's `add.at` writes."""
    random = np.random.default_rng(3)
    shape = (2, 3, 4) if name == "an integer and an array" else (3, 4)
    x = ops.convert_to_tensor(random.normal(size=shape).astype("float32"))
    with GradientTape() as tape:
        y = x[KEYS[name](ops.convert_to_tensor)]
    dy = random.normal(size=y.shape).astype("float32")
    found = tape.gradient(y, x, output_gradients=ops.convert_to_tensor(dy))
    expected = np.zeros(shape)
    np.add.at(expected, KEYS[name](np.asarray), dy)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("name", sorted(set(KEYS) - {"mask", "mask of rows", "an integer and an array"}))
@pytest.mark.parametrize("rows", [3, None])
def test_symbolic_shapes(name, rows):
    """Index arrays, known or symbolic, give the shape of the eager result; the batch may be unknown."""
    x = np.zeros((3, 4), "float32")
    symbol = KerasTensor((rows, 4))
    expected = x[KEYS[name](np.asarray)].shape
    for make in (np.asarray, ops.convert_to_tensor, lambda a: KerasTensor(a.shape, "int32")):
        if rows is None and name == "after a slice":
            continue  # how many rows the slice has is not known
        assert symbol[KEYS[name](make)].shape == expected


def test_symbolic_masks():
    """How many elements a mask chooses is not known before its values are, and then a model computes it."""
    x = kerasnb.Input((3,))
    assert x[x > 0].shape == (None,)
    assert KerasTensor((5, 3))[KerasTensor((5,), "bool")].shape == (None, 3)
    assert KerasTensor((2, 5, 3))[:, KerasTensor((5,), "bool"), None].shape == (2, None, 1, 3)
    assert [t.shape for t in ops.where(x > 0)] == [(None,), (None,)]
    assert [t.shape for t in ops.nonzero(x > 0)] == [(None,), (None,)]


class Largest(kerasnb.layers.Layer):
    """The row of weights that the first sample's largest feature names, and the rows of the others' order."""

    def call(self, x):
        order = ops.argmax(x, axis=1)
        table = ops.reshape(ops.arange(12, dtype="float32"), (4, 3))
        return x[:, :3] * table[order] + table[order[0], [0, 1, 2]] + x[[0], 1:]


def test_a_recorded_step_indexes_by_tensors():
    """Where shapes are known, index tensors that a step computes are part of it: replayed as eager."""
    x = np.random.default_rng(4).normal(size=(8, 4)).astype("float32")
    model = kerasnb.Sequential([kerasnb.Input((4,)), Largest()])
    replayed = model.predict(x, batch_size=4, verbose=0)
    eager = np.concatenate([np.asarray(model(x[i : i + 4])) for i in (0, 4)])
    np.testing.assert_array_equal(replayed, eager)


class Positive(kerasnb.layers.Layer):
    """The mean of the positive entries, by a mask or by `where`."""

    def __init__(self, way, **kwargs):
        super().__init__(**kwargs)
        self.way = way
        self.scale = self.add_weight(shape=(), initializer="ones")

    def call(self, x):
        chosen = x[x > 0] if self.way == "mask" else x[ops.where(x > 0)]
        return x * ops.mean(chosen) * self.scale

    def compute_output_shape(self, shape):
        return shape


@pytest.mark.parametrize("way", ["mask", "where"])
def test_a_mask_in_a_step_makes_it_run_eagerly(way):
    """A mask of unknown count cannot be recorded: the step says so, and runs eagerly with the right gradients."""
    x = np.random.default_rng(5).normal(size=(4, 3)).astype("float32")
    model = kerasnb.Sequential([kerasnb.Input((3,)), Positive(way)])
    model.compile(kerasnb.optimizers.SGD(0.1), "mse")
    with pytest.warns(UserWarning, match="runs eagerly"):
        model.fit(x, np.zeros_like(x), batch_size=4, epochs=1, verbose=0)
    factor = x[x > 0].mean()
    np.testing.assert_allclose(model.layers[-1].scale.numpy(), 1 - 0.1 * 2 * np.mean((x * factor) ** 2), rtol=1e-5)


def test_a_mask_in_a_recording():
    """Only what a mask chooses needs values: a mask that is known may be part of a recorded step."""
    with Recording():
        x = Tensor(None, (4, 3), "float32")
        assert x[np.array([True, False, True, True])].shape == (3, 3)
        assert x[Tensor(None, (2, 5), "int32"), [0]].shape == (2, 5)
        for read in (lambda: x[x > 0], lambda: ops.where(x > 0), lambda: ops.nonzero(x)):
            with pytest.raises(TracedValueError):
                read()


@pytest.mark.parametrize(
    ("key", "kind", "message"),
    [
        (5, IndexError, "Index 5 is out of bounds for an axis of extent 3"),
        (np.array([0, -4]), IndexError, "Index -4 is out of bounds for an axis of extent 3.*axis 0"),
        ((0, [4]), IndexError, "Index 4 is out of bounds for an axis of extent 4.*axis 1"),
        (np.array([True, False]), IndexError, "along axis 0: the axis has extent 3, that of the mask 2"),
        ((slice(None), np.ones(3, bool)), IndexError, "along axis 1: the axis has extent 4, that of the mask 3"),
        (([0, 1], [0, 1, 2]), IndexError, r"could not be broadcast together. Received: shapes \(2,\), \(3,\)"),
        (np.array([0.0]), IndexError, "integer or boolean dtype. Received: dtype=float"),
        ((0, 0, [0]), IndexError, "Too many indices for a tensor of rank 2"),
        ((Ellipsis, 0, Ellipsis), IndexError, "one Ellipsis"),
        ("a", TypeError, "Received: 'a'"),
        (1.0, TypeError, "Received: 1.0"),
    ],
)  # fmt: skip
def test_errors(key, kind, message):
    """A key that does not fit says which index, which axis, which shapes."""
    with pytest.raises(kind, match=message):
        ops.ones((3, 4))[key]


def test_where_alone_gives_indices():
    """`where` with a condition only is `nonzero`; with one of the values it is refused."""
    c = np.array([[1, 0, 2], [0, 0, 3]], "float32")
    for found, expected in zip(ops.where(c), np.where(c), strict=True):
        assert found.dtype == "int32"
        np.testing.assert_array_equal(found.numpy(), expected)
    assert [t.tolist() for t in ops.where(np.float32(2))] == [[0]]
    assert [t.shape for t in ops.where(np.zeros((0, 2), bool))] == [(0,), (0,)]
    with pytest.raises(ValueError, match="either both should be `None`"):
        ops.where(c, c)
