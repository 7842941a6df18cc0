"""The viewer of arrays: which number stands where, its colour, and words for it."""

from __future__ import annotations

import base64
import re
import zlib

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.arrays.facets import Facets, png
from tests.browser.bare import connect

A = np.random.default_rng(0).normal(size=(3, 5, 7, 9)).astype("float32")


def decoded(data: bytes) -> np.ndarray:
    """The pixels of a PNG of one chunk without filters."""
    width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
    start = data.index(b"IDAT")
    length = int.from_bytes(data[start - 4 : start], "big")
    lines = np.frombuffer(zlib.decompress(data[start + 4 : start + 4 + length]), np.uint8).reshape(height, -1)
    return lines[:, 1:].reshape(height, width, 4)


def test_facets_are_slices_of_the_array():
    """Each facet holds two axes; the others are its place."""
    facets = Facets(A)
    assert facets.count == 15 and facets.pages == 2
    for facet in facets.page(0) + facets.page(1):
        np.testing.assert_array_equal(facet.values, A[facet.place])
    swapped = Facets(A, rows=0, columns=1)
    np.testing.assert_array_equal(swapped.page(0)[3].values, A[:, :, 0, 3])


@pytest.mark.parametrize("shape", [(), (4,), (1, 4), (0, 3), (2, 0, 3), (2, 3, 4, 5, 6)])
def test_any_number_of_axes(shape):
    """From a single number to five axes: all numbers are shown once over all pages."""
    values = np.arange(np.prod(shape, dtype=int), dtype="float64").reshape(shape)
    facets = Facets(values)
    pages = [facets.page(n) for n in range(facets.pages)] if values.size else []
    assert sorted(v for page in pages for facet in page for v in facet.values.ravel()) == sorted(values.ravel())
    tool = kw.array(values)
    assert tool.html() and tool.text() and connect(tool)


def test_colours():
    """Blue above zero, orange below, clear at zero, as strong as far from it; red is not finite."""
    pixels = decoded(png(np.array([[2.0, -1.0, 0.0, np.nan]]), 2.0))[0]
    assert pixels[0].tolist() == [47, 127, 224, 255] and pixels[1].tolist() == [212, 98, 15, 128]
    assert pixels[2, 3] == 0 and pixels[3].tolist() == [198, 40, 40, 255]


def test_numbers_reach_the_browser_as_they_are():
    """The page of the state decodes to the array in float32."""
    state = kw.array(A).state()
    for facet in state["facets"]:
        values = np.frombuffer(base64.b64decode(facet["data"]), "<f4").reshape(facet["rows"], facet["columns"])
        np.testing.assert_array_equal(values, A[tuple(facet["place"])])
    assert len(state["facets"]) == 12 and state["pages"] == 2


def test_words():
    """The facts are NumPy's."""
    values = np.array([[1.0, -3.0, 0.0], [np.inf, 0.0, 2.0]])
    words = kw.array(values).words()
    assert words == "(2, 3) float64 · min −3, mean 0, max 2, zeros 33.3 %, 1 not finite"
    assert "True" not in kw.array([True, False]).words()


def test_other_axes_and_pages():
    """The browser may ask for them; what is impossible is an answer, and changes nothing."""
    tool = kw.array(A)
    widget = connect(tool)
    sent = widget.hear({"do": "look", "rows": 0, "columns": 2, "page": 1, "ask": 1})
    np.testing.assert_array_equal(tool.facets.page(1)[0].values, A[:, 1, :, 3])
    assert sent[-1]["content"]["result"] == {}
    for wrong, words in (({"rows": 2, "columns": 2}, "two axes"), ({"rows": 9, "columns": 1}, "axis 9"),
                         ({"rows": 0, "columns": 1, "page": 99}, "page 100")):  # fmt: skip
        sent = widget.hear({"do": "look", **wrong, "ask": 2})
        assert words in sent[-1]["content"]["error"]
    assert (tool.facets.rows, tool.facets.columns, tool.page) == (0, 2, 1)


def test_large_arrays_are_thinned_out():
    """A page stays small; which numbers are left out is said."""
    tool = kw.array(np.random.default_rng(0).normal(size=(1000, 1000)))
    state = tool.state()
    assert state["step"] == 8 and len(str(state)) < 120_000
    assert len(tool.html()) < 40_000 and "<img" in tool.html()


def test_pictures_are_of_the_array():
    """The saved picture holds the pixels of the first facet."""
    page = kw.array(A[0, 0]).html()
    svg = base64.b64decode(re.search(r"svg\+xml;base64,([\w+/=]+)", page).group(1)).decode()
    data = base64.b64decode(re.search(r"png;base64,([\w+/=]+)", svg).group(1))
    alpha = np.round(255 * np.abs(A[0, 0].astype(float)) / np.abs(A[0, 0].astype(float)).max())
    np.testing.assert_array_equal(decoded(data)[..., 3], alpha)


def test_what_is_taken():
    """Tensors, variables and lists are; words are not. A later change does not reach the card."""
    assert kw.array(keras.Variable([1.0, 2.0])).values.tolist() == [1.0, 2.0]
    values = np.zeros(3)
    tool = kw.array(values)
    values[0] = 7
    assert tool.values[0] == 0
    with pytest.raises(ValueError, match="real numbers. Received: dtype <U1"):
        kw.array(["a"])
