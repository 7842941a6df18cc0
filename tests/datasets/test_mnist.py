"""MNIST comes from the cache, the network, a local file, or the shipped part; never half."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import tempfile

import numpy as np
import pytest

from kerasnb.datasets import mnist
from kerasnb.datasets.archive import SHIPPED
from tests.server import serving


@pytest.fixture
def content(tmp_path) -> bytes:
    """A tiny file in MNIST's layout."""
    path = tmp_path / "tiny.npz"
    x, y = np.arange(3 * 784, dtype="uint32").astype("uint8").reshape(3, 28, 28), np.array([5, 0, 4], "uint8")
    np.savez_compressed(path, x_train=x, y_train=y, x_test=x[:1], y_test=y[:1])
    return path.read_bytes()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache folder."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / "home" / "datasets"


@pytest.fixture
def served(content, monkeypatch):
    """Serves the tiny file in the place of Keras' own."""

    def start(sent=None, **faults):
        server = serving(content if sent is None else sent, **faults)
        running = server.__enter__()
        started.append(server)
        sha256 = hashlib.sha256(content).hexdigest()
        monkeypatch.setattr(mnist, "ARCHIVE", dataclasses.replace(mnist.ARCHIVE, origin=running.url, sha256=sha256))
        return running

    started: list = []
    yield start
    for server in started:
        server.__exit__(None, None, None)


def is_tiny(data) -> bool:
    (x_train, y_train), (x_test, y_test) = data
    return x_train.shape == (3, 28, 28) and y_train.tolist() == [5, 0, 4] and len(x_test) == len(y_test) == 1


def is_small(data) -> bool:
    (x_train, y_train), (x_test, y_test) = data
    return x_train.shape == (5000, 28, 28) and y_train[:4].tolist() == [5, 0, 4, 1] and x_test.shape[0] == 1000


def test_small_is_the_beginning_of_mnist():
    """The shipped part holds real digits, of every class, with Keras' types."""
    data = mnist.load_data(source="small")
    assert is_small(data)
    (x_train, y_train), (x_test, y_test) = data
    assert {a.dtype.name for a in (x_train, y_train, x_test, y_test)} == {"uint8"}
    assert x_train.max() == 255 and y_test[:5].tolist() == [7, 2, 1, 0, 4]
    assert set(y_train.tolist()) == set(range(10))
    assert "Attribution-Share Alike" in (SHIPPED / "mnist_small.LICENSE.txt").read_text()


def test_downloads_into_the_cache(served, cache):
    """The first call fetches the file, the second reads it."""
    server = served()
    assert is_tiny(mnist.load_data()) and is_tiny(mnist.load_data())
    assert len(server.asked) == 1
    assert (cache / "mnist.npz").exists()


def test_other_name_in_the_cache(served, cache):
    """`path` names the file in the cache, as in Keras."""
    served()
    assert is_tiny(mnist.load_data("digits.npz"))
    assert (cache / "digits.npz").exists()


def test_wrong_hash_is_an_error(served, cache):
    """A file that is not Keras' own is neither kept nor silently replaced."""
    served(sent=b"something else")
    with pytest.raises(ValueError, match="Incomplete or corrupted file"):
        mnist.load_data()
    assert list(cache.iterdir()) == []


def test_cut_connection_is_resumed(served, content):
    """A cut connection goes on where it stopped."""
    server = served(cuts=[100])
    assert is_tiny(mnist.load_data())
    assert server.asked == [None, "bytes=100-"]


@pytest.mark.parametrize("faults", [{"status": 404}, {"cuts": [0]}])
def test_no_network_gives_the_shipped_part(served, faults):
    """Where the file cannot be had, one warning says so and the shipped part is returned."""
    served(**faults)
    with pytest.warns(UserWarning, match="could not be downloaded.*the first 5,000 training and 1,000 test") as found:
        assert is_small(mnist.load_data())
    assert len(found) == 1
    assert found[0].filename == __file__


def test_read_only_cache(served, cache, tmp_path):
    """Where the cache cannot be written, the data comes all the same."""
    served()
    cache.parent.write_text("a file where the folder should be")
    assert is_tiny(mnist.load_data())


def test_local_file(content, tmp_path):
    """An absolute path is read as it is, without a hash."""
    assert is_tiny(mnist.load_data(path=str(tmp_path / "tiny.npz")))


def test_no_local_file(tmp_path):
    """A missing local file is named."""
    with pytest.raises(FileNotFoundError, match="no-such.npz"):
        mnist.load_data(path=str(tmp_path / "no-such.npz"))


def test_relative_path():
    """A path that is neither a name nor absolute is refused, with the one that was probably meant."""
    with pytest.raises(ValueError, match=f"Received: path='data/mnist.npz'.*{os.getcwd()}/data/mnist.npz"):
        mnist.load_data(path="data/mnist.npz")


def test_unknown_source():
    """Another source is refused by name."""
    with pytest.raises(ValueError, match="`source` must be None or \"small\". Received: source='big'"):
        mnist.load_data(source="big")


def broken(content: bytes) -> dict:
    half = content[: len(content) // 2]
    return {"text": b"hello", "empty": b"", "truncated": half, "flipped": content[:60] + b"!" * 60 + content[120:]}


@pytest.mark.parametrize("kind", ["text", "empty", "truncated", "flipped"])
def test_broken_file(content, tmp_path, kind):
    """A file that is damaged gives a clear error."""
    path = tmp_path / "broken.npz"
    path.write_bytes(broken(content)[kind])
    with pytest.raises(ValueError, match="must be an .npz file with the arrays x_train, y_train, x_test, y_test"):
        mnist.load_data(path=str(path))


@pytest.mark.parametrize(
    "arrays",
    [
        {"a": np.zeros(3)},
        {n: np.zeros((2, 13)) for n in ("x_train", "x_test", "y_train", "y_test")},
        {"x_train": np.zeros((2, 28, 28)), "y_train": np.zeros(3), "x_test": np.zeros((1, 28, 28)), "y_test": [1]},
        {n: np.array([{}], dtype=object) for n in ("x_train", "x_test", "y_train", "y_test")},
    ],
    ids=["other names", "other shapes", "other lengths", "objects"],
)
def test_other_file(tmp_path, arrays):
    """A file that holds something else gives a clear error."""
    np.savez(tmp_path / "other.npz", **arrays)
    with pytest.raises(ValueError, match="of mnist.npz. Received: "):
        mnist.load_data(path=str(tmp_path / "other.npz"))
