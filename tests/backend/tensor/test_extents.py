"""Trial sizes in place of unknown extents: their arithmetic, their text, and what trials have in common."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from kerasnb.backend.tensor.extents import Extent, filled, merged, merged_error, trials, unfilled


def test_arithmetic_keeps_the_mark():
    """What is computed from an extent and integers is an extent, and equals what integers give."""
    n = Extent(83)
    for found, expected in [
        (n + 1, 84), (1 + n, 84), (n - 2, 81), (2 - n, -81), (n * 3, 249), (n // 4, 20), (n % 4, 3), (-n, -83),
        (abs(-n), 83), (math.prod((2, n)), 166), (sum((n, 1)), 84), (max(n, 3), 83), (divmod(n, 2)[0], 41),
    ]:  # fmt: skip
        assert isinstance(found, Extent) and found == expected and f"{found}" == str(found) == repr((found,))[1:5]
    assert str(n) == "None" and f"{(n, 3)}" == "(None, 3)" and hash(n) == hash(83)
    assert n / 2 == 41.5 and [0] * n == [0] * 83 and (1,) * Extent(2) == (1, 1)


def test_arrays_keep_their_dtype():
    """In NumPy's arithmetic an extent is a Python integer."""
    n, x = Extent(3), np.ones((2,), "float32")
    assert (x * n).dtype == (n * x).dtype == np.float32
    assert (x * n).tolist() == [3.0, 3.0] and float(np.sqrt(Extent(4))) == 2.0 and np.zeros((n,)).shape == (3,)


def test_filled_and_unfilled():
    """None becomes a size, and a size None again."""
    shape = filled((None, 3, None), itertools.count(5))
    assert shape == (5, 3, 6) and unfilled(shape) == (None, 3, None)


def test_merged():
    """Extents on which trials differ are unknown, and so is one that may be the only size that was accepted."""
    assert merged([(83, 3, 1), (97, 3, 1)]) == (None, 3, 1)
    assert merged([(83, 3)], doubtful=[83]) == (None, 3)
    assert merged([(None, 3), (4, 3)]) == (None, 3)
    with pytest.raises(ValueError, match="The rank of a result depends on an unknown extent"):
        merged([(83,), (83, 1)])


def test_errors_are_merged():
    """Numbers on which two errors differ are None; texts of other words are not shown."""
    error = merged_error([ValueError("(83, 4): -5007"), ValueError("(97, 4): -5021")])
    assert type(error) is ValueError and str(error) == "(None, 4): None"
    assert "83" not in str(merged_error([ValueError("83 rows"), ValueError("97 columns")]))
    assert "83" not in str(merged_error([ValueError("83 rows"), TypeError("97 rows")]))


def test_trials_go_on_until_two_are_accepted():
    """Further sizes are tried where the first are refused; the error is raised where all are."""

    def halved(size):
        if size % 2:
            raise ValueError(f"{size} is odd")
        return size // 2

    assert trials(halved, (3, 5), (60, 7)) == [(60, 30)]
    assert trials(halved, (4, 6), (60,)) == [(4, 2), (6, 3)]
    with pytest.raises(ValueError, match="^None is odd$"):
        trials(halved, (3, 5), (7,))
