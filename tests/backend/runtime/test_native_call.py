"""Native calls: arguments as words, entries for lists of types, and the instructions that follow addresses."""

from __future__ import annotations

import platform
import struct

import numpy as np
import pytest

from kerasnb.backend.compile.jit import cpu
from kerasnb.backend.plan.schedule import ConcurrentGroup
from kerasnb.backend.runtime import thread_pool
from kerasnb.backend.runtime.native_call import (
    PRECISE,
    QUICK,
    WORD,
    NativeCall,
    count_up,
    float_mode,
    has_words,
    word_at,
    words_of,
)
from kerasnb.backend.runtime.program import Native, Program, Tasks, callable_natively, is_native


@cpu
def stored(value, out):
    out[0] = value


@cpu
def gathered(x, out):
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i * x.shape[1] + j] = x[i, j]


@cpu
def summed(x, out):
    out[0] = x.sum()


@cpu
def nested(pair, out):
    out[0] = pair[0][1]
    out[1] = pair[1]


@cpu
def looked_up(block, entry, out):
    out[0] = word_at(block + 8)
    out[1] = count_up(block)
    out[2] = count_up(block)
    out[3] = word_at(block)


@cpu
def refused(number, out):
    if number < 0:
        raise ValueError("negative numbers are refused")
    out[0] = number


@pytest.mark.parametrize(
    "value",
    [0, -1, 2**40, True, False, 1.5, -0.0, float("inf"), np.float32(-2.5), np.int8(-3), np.uint8(200),
     np.int64(-(2**60)), np.uint64(2**63 + 1), np.bool_(True)],
    ids=repr,
)  # fmt: skip
def test_a_number_is_one_word_and_arrives(value):
    """Its bytes in the order of the machine, filled up with zeros; negative ones and large unsigned ones too."""
    (word,) = words_of(value)
    raw = np.asarray(value).tobytes()
    assert struct.pack("<q", word)[: len(raw)] == raw
    out = np.zeros(1, np.asarray(value).dtype)
    Native([[(stored, (value, out))]])()
    np.testing.assert_array_equal(out, [value])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "uint8", "int32", "int64", "bool"])
@pytest.mark.parametrize("view", ["plain", "transposed", "stepped", "reversed", "empty"])
def test_an_array_arrives_as_it_lies(dtype, view):
    """Any strides, also negative ones, and no elements at all."""
    whole = (np.arange(24).reshape(4, 6) % 5).astype(dtype)
    x = {"plain": whole, "transposed": whole.T, "stepped": whole[::2, 1::2], "reversed": whole[::-1, ::-1],
         "empty": whole[:0]}[view]  # fmt: skip
    assert words_of(x) == [0, 0, x.size, x.itemsize, x.ctypes.data, *x.shape, *x.strides]
    out = np.zeros(x.size, dtype)
    Native([[(gathered, (x, out))]])()
    np.testing.assert_array_equal(out, x.ravel())


def test_a_tuple_is_its_items_one_after_the_other():
    """Tuples within tuples, of whole numbers and floats."""
    pair, out = ((1, 7), 2.5), np.zeros(2)
    assert words_of(pair) == [1, 7, *words_of(2.5)]
    Native([[(nested, (pair, out))]])()
    np.testing.assert_array_equal(out, [7, 2.5])


def test_what_has_no_words_is_called_by_python():
    """Texts, objects, half precision that Numba does not know, complex numbers."""
    taken = (1, 2.5, True, np.zeros(2), (1, (2, np.float32(3))))
    left = ("a", None, [1], np.zeros(2, "complex64"), np.array(["a"]), (1, "a"), 1j)
    assert [has_words(v) for v in taken] == [True] * len(taken)
    assert [has_words(v) for v in left] == [False] * len(left)
    assert callable_natively((1, np.zeros(1))) is bool(thread_pool.available()) and not callable_natively((1, "a"))


def test_words_are_read_and_counted_where_they_lie():
    """`word_at` reads, `count_up` gives what was there and adds one."""
    block, out = np.array([41, 7], np.int64), np.zeros(4, np.int64)
    looked_up(block.ctypes.data, 0, out)
    assert out.tolist() == [7, 41, 42, 43] and block.tolist() == [43, 7]


@cpu
def quick_and_back(mode, tiny, out):
    before = float_mode(mode)
    out[0] = tiny[0] * tiny[1]
    out[1] = float_mode(before)
    out[2] = tiny[0] * tiny[1]


def test_denormals_are_zeros_only_as_long_as_that_was_asked_for():
    """The mode of the thread comes back as it was."""
    tiny, out = np.array([1e-30, 1e-14], "float32"), np.zeros(3)
    quick_and_back(QUICK, tiny, out)
    if platform.machine().lower() in ("x86_64", "amd64"):
        assert out[0] == 0 and int(out[1]) & ~0x3F == QUICK  # the lowest bits say what has happened
    assert out[2] > 0 and PRECISE != QUICK


def test_one_entry_serves_all_kernels_of_the_same_types():
    """Another kernel of the same types is another block, not another entry."""
    x, out = np.zeros((2, 2), "float32"), np.zeros(4, "float32")
    one, two, other = (NativeCall(kernel, (x, out), True) for kernel in (gathered, gathered, summed))
    assert one.addresses[0] == two.addresses[0] == other.addresses[0]
    assert len({row.addresses[1] for row in (one, two, other)}) == 3
    assert one.block[0] == two.block[0] != other.block[0] and one.block.itemsize == WORD


def test_an_error_stops_the_program_and_has_its_text():
    """What was done before it stays done, what comes after is not done, and the next run works."""
    out = np.zeros(3)
    calls = [(refused, (i, out[k : k + 1])) for k, i in enumerate((1, -1, 3))]
    with pytest.raises(ValueError, match="negative numbers are refused"):
        Program(calls)()
    assert out.tolist() == [1, 0, 0]
    Program([calls[0], calls[2]])()
    assert out.tolist() == [1, 0, 3]


def test_calls_of_python_have_their_place_among_native_ones():
    """Runs of native calls are one step each; a Python function between them comes when it is its turn."""
    out, seen = np.zeros(2), []
    program = Program([
        (stored, (1.0, out[:1])), (stored, (2.0, out[1:])), (lambda: seen.append(out.tolist()), ()),
        (stored, (5.0, out[:1])),
    ])  # fmt: skip
    program()
    assert seen == [[1.0, 2.0]] and out.tolist() == [5.0, 2.0] and len(program.steps) == 3


def test_parts_and_groups_are_the_calls_they_are_made_of():
    """In parts, in a group of several operations, one by one: the same numbers."""
    random = np.random.default_rng(1)
    x = random.standard_normal((8, 5)).astype("float32")
    outs = [np.zeros(40, "float32") for _ in range(3)]
    Program([(gathered, (x, outs[0]))])()
    rows = [(x[i : i + 2], outs[1][5 * i : 5 * i + 10]) for i in range(0, 8, 2)]
    assert is_native((Tasks(gathered, rows), ())) == bool(thread_pool.available())
    Tasks(gathered, rows)()
    both = ConcurrentGroup([(gathered, (x[:4], outs[2][:20])), (gathered, (x[4:], outs[2][20:]))])
    Program([(both, ())])()
    for out in outs:
        np.testing.assert_array_equal(out, x.ravel())
