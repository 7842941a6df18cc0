"""Products in tasks: right, and the same bits for any number of threads."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import threadpoolctl

from kerasnb.kernels.product import arguments_of, part_count, product_call
from tests.seeded import RANDOM

SHAPES = [(128, 784, 256), (784, 128, 256), (33, 700, 65), (1, 3000, 300), (300, 3000, 1), (2000, 40, 17), (65, 64, 64)]


def operand(rows, columns, transposed, dtype):
    """A matrix, stored transposed or not."""
    shape = (columns, rows) if transposed else (rows, columns)
    stored = RANDOM.standard_normal(shape).astype(dtype)
    return stored.T if transposed else stored


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_product_equals_numpy(shape, transposed, dtype):
    """Every cut of every storage order gives the product."""
    m, k, n = shape
    a, b = operand(m, k, transposed[0], dtype), operand(k, n, transposed[1], dtype)
    y = np.full((m, n), np.nan, dtype)
    function, args = product_call(a, b, y)
    function(*args)
    np.testing.assert_allclose(y, a.astype("float64") @ b.astype("float64"), rtol=1e-4, atol=1e-3)


def test_parts_cover_the_result_once():
    """The parts of a cut are disjoint and complete."""
    a, b = operand(784, 128, False, "float32"), operand(128, 256, False, "float32")
    table = arguments_of(a, b, np.empty((784, 256), "float32"))
    assert len(table) == part_count(784, 256, 128)
    assert sum(row[2] for row in table) == 784
    assert len({row[10] for row in table}) == len(table)


def test_many_threads_multiply_at_once():
    """Callers in several threads get whole products."""
    a, b = operand(128, 784, False, "float32"), operand(784, 256, False, "float32")
    expected, wrong = a @ b, []

    def work():
        y = np.empty((128, 256), "float32")
        function, args = product_call(a, b, y)
        for _ in range(50):
            y.fill(0)
            function(*args)
            if not np.allclose(y, expected, rtol=1e-4, atol=1e-3):
                wrong.append(y)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


PROGRAM = """
import hashlib
import numpy as np
from kerasnb.kernels.product import product_call
random, bits = np.random.default_rng(0), hashlib.sha256()
for m, k, n in ((128, 784, 256), (784, 128, 256), (37, 3000, 255), (1, 3000, 300), (513, 511, 509)):
    a, b = random.standard_normal((m, k), "f"), random.standard_normal((k, n), "f")
    y = np.empty((m, n), "f")
    function, args = product_call(a, b, y)
    function(*args)
    bits.update(y.tobytes())
print(bits.hexdigest())
"""


@pytest.mark.parametrize("threads", ["1", "2", "4"])
def test_bits_do_not_depend_on_threads(threads):
    """One, two and four threads give the same bits as this process has."""
    result = []
    for count in ("1", threads):
        env = {**os.environ, "KERASNB_NUM_THREADS": count}
        run = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True)
        result.append(run.stdout.strip())
    assert result[0] == result[1]
    assert len(result[0]) == 2 * hashlib.sha256().digest_size


FORK = """
import os, warnings
import numpy as np
from kerasnb.kernels.product import product_call
warnings.simplefilter("ignore")
a, b, y = np.ones((256, 256), "f"), np.ones((256, 256), "f"), np.empty((256, 256), "f")
function, args = product_call(a, b, y)
function(*args)
pid = os.fork()
if pid == 0:
    y.fill(0)
    function, args = product_call(a, b, y)
    function(*args)
    os._exit(0 if (y == 256).all() else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def test_forked_child_multiplies():
    """A forked child, which has no helpers of its parent's, computes with helpers of its own."""
    assert subprocess.run([sys.executable, "-c", FORK], timeout=60).returncode == 0


def test_numpy_keeps_its_threads():
    """NumPy's own number of threads is what it was."""

    def threads():
        return [i["num_threads"] for i in threadpoolctl.threadpool_info() if "numpy.libs" in i["filepath"]]

    before = threads()
    a, b, y = (operand(*s, False, "float32") for s in ((256, 256), (256, 256), (256, 256)))
    function, args = product_call(a, b, y)
    function(*args)
    assert threads() == before
