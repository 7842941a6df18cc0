"""MNIST handwritten digits dataset."""

from __future__ import annotations

from kerasnb.datasets.archive import Archive


def _problem(arrays: dict) -> str:
    for part in ("train", "test"):
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if x.ndim != 3 or x.shape[1:] != (28, 28) or y.shape != x.shape[:1]:
            return f"x_{part} has shape {x.shape} and y_{part} {y.shape}, expected (n, 28, 28) and (n,)"
    return ""


ARCHIVE = Archive(
    fname="mnist.npz",
    origin="https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    sha256="731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    arrays=("x_train", "y_train", "x_test", "y_test"),
    small="mnist_small.npz",
    about_small="the first 5,000 training and 1,000 test digits",
    check=_problem,
)


def load_data(path: str = "mnist.npz", source: str | None = None) -> tuple:
    """Loads the MNIST dataset: 60,000 grayscale images of the 10 digits for training, 10,000 for testing.

    The file is looked for in `~/.keras/datasets`, where Keras keeps it too, and else downloaded, with its hash
    checked. Without a network, a warning says so and the shipped part is returned.

    Args:
        path: The name of the file in `~/.keras/datasets`, or the absolute path of a local `.npz` file, which is
            read as it is.
        source: `"small"` for the part that ships with kerasnb: the first 5,000 training and 1,000 test digits.

    Returns:
        Tuple of NumPy arrays: `(x_train, y_train), (x_test, y_test)`. The images are `uint8` of shape
        `(n, 28, 28)` with values from 0 to 255, the labels `uint8` of shape `(n,)`.

    Raises:
        ValueError: If the file is not MNIST, or `source` is unknown.

    Example:

    >>> (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data(source="small")
    >>> x_train.shape, y_test.shape
    ((5000, 28, 28), (1000,))

    Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", CC BY-SA 3.0.
    """
    arrays = ARCHIVE.load(path, source)
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
