"""For all tests of this folder."""

import pytest

from tests.draws import drawn_by_numpy

drawn_by_numpy = pytest.fixture(autouse=True)(drawn_by_numpy)
