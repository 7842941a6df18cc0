"""The simulated device keeps what happens on the GPU apart from the host, and counts what a driver would do."""

import numpy as np
import pytest

from kerasnb.backend.compile.jit import cuda, gpu
from kerasnb.backend.tensor import device
from tests.gpu.runtime import DeviceArray, SimRuntime, host_calls_of, kernels_of, simulated_gpu

F = np.float32


@gpu
def doubled(x, y):
    i = cuda.grid(1)
    if i < x.shape[0]:
        y[i] = x[i] + x[i]


@gpu
def half_done(flags):
    if cuda.grid(1) % 2:
        flags[cuda.grid(1)] = True


def test_a_launch_through_the_engine():
    """A kernel launched on the current device runs in the simulator, and everything is counted."""
    with simulated_gpu() as runtime:
        x, y = runtime.from_host(np.arange(5, dtype=F)), runtime.empty(5, F)
        calls = [(doubled.on(1, 32), (x, y))]
        for launch, args in calls:
            launch(*args)
        runtime.synchronize()
        np.testing.assert_array_equal(runtime.to_host(y), np.arange(5) * 2)
    assert runtime.counts == {"to_device": 1, "allocations": 2, "launches": 1, "synchronisations": 2, "to_host": 1}
    assert runtime.kernels == {"doubled": 1}


@gpu
def strided(x, y):
    for i in range(cuda.grid(1), x.shape[0], cuda.gridsize(1)):
        y[i] = x[i]


@pytest.mark.parametrize("kernel, complete", [(strided, True), (doubled, False)])
def test_a_narrow_launch_shows_a_missing_stride(kernel, complete):
    """A kernel that does one element a thread leaves the rest unwritten when it is launched with one warp."""
    runtime = SimRuntime(narrow=True)
    x, y = runtime.from_host(np.ones(100, F)), runtime.empty(100, F)
    runtime.launch(kernel, 1, 128)(x, y)
    assert not np.isnan(runtime.to_host(y)).any() == complete


def test_the_device_is_put_back():
    """After the block the device is what it was, and `cuda` is not installed."""
    before = device.current()
    with pytest.raises(ZeroDivisionError), simulated_gpu():
        assert device.current() == "cuda"
        raise ZeroDivisionError
    assert device.current() == before
    assert not isinstance(device._state.runtimes.get("cuda"), SimRuntime)


def test_kernels_of_prepared_calls():
    """Each kernel and signature is met once, with its largest block; host calls are listed apart."""
    runtime = SimRuntime()
    x = runtime.empty(4, F)
    calls = [(runtime.launch(doubled, 1, 32), (x, x)), (runtime.launch(doubled, 2, (8, 16)), (x, x)), (np.copyto, ())]
    [met] = kernels_of(calls)
    assert (met.kernel, met.name, met.threads, len(met.signature)) == (doubled, "doubled", 128, 2)
    assert host_calls_of(calls) == [np.copyto]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_memory_starts_unwritten(dtype):
    """New arrays hold NaN, or a pattern that no result has by chance."""
    runtime = SimRuntime()
    assert np.isnan(runtime.to_host(runtime.empty((2, 3), dtype))).all()
    assert runtime.to_host(runtime.empty((), "int32")) == np.int32(-1431655766)


def test_unwritten_booleans_are_noticed():
    """A Boolean that no thread wrote is found when it is read."""
    runtime = SimRuntime()
    flags = runtime.empty(8, bool)
    runtime.launch(half_done, 1, 8)(flags)
    with pytest.raises(AssertionError, match="unwritten elements, the first at 0"):
        runtime.to_host(flags)


THIRD = np.float16(1 / 3)


@gpu
def third(x):
    i = cuda.grid(1)
    if i < x.shape[0]:
        x[i] = np.float16(x[i] * THIRD)


def test_half_precision_is_loaded_and_stored():
    """Half precision is computed in float32 and rounded when it is stored, in place too."""
    runtime = SimRuntime()
    x = runtime.from_host(np.array([1, 2.5, 6e4], "float16"))
    runtime.launch(third, 1, 4)(x)
    np.testing.assert_array_equal(runtime.to_host(x), np.array([1, 2.5, 6e4], "float16") * THIRD)
    runtime.launch(doubled, 1, 4)(x, x)
    np.testing.assert_array_equal(runtime.to_host(x), np.array([1, 2.5, 6e4], "float16") * THIRD * 2)


def test_nothing_is_copied_by_accident():
    """Host arrays in a launch, device arrays in NumPy and single elements are refused; views are not."""
    runtime = SimRuntime()
    x = runtime.from_host(np.arange(6, dtype=F))
    with pytest.raises(TypeError, match="doubled: a launch takes device arrays and scalars. Received: ndarray"):
        runtime.launch(doubled, 1, 8)(np.zeros(6, F), x)
    with pytest.raises(TypeError, match="copied to the host implicitly"):
        np.sum(x)
    with pytest.raises(TypeError, match="copy to the host"):
        x[0]
    half = x.reshape(2, 3)[1:]
    assert isinstance(half, DeviceArray) and (half.shape, half.size, half.nbytes, half.ndim) == ((1, 3), 3, 12, 2)
    with pytest.raises(ValueError, match=r"Cannot copy \(3,\) float64 into"):
        runtime.copy_into(half, np.zeros(3))
    runtime.copy_into(half, np.zeros((1, 3), F))
    np.testing.assert_array_equal(runtime.to_host(x), [0, 1, 2, 0, 0, 0])
