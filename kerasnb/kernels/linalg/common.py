"""What linear algebra shares: the precision of LAPACK, and the small products that gradients need."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.tensor.tensor import Spec, Tensor, from_host
from kerasnb.kernels import move
from kerasnb.kernels.elementwise import add, like, multiply, where
from kerasnb.kernels.matmul import matmul


def full_precision(reference: Callable) -> Callable:
    """Lets a NumPy function compute half precision in float32 (LAPACK has nothing smaller), and without warnings."""

    @functools.wraps(reference)
    def wrapper(*xs, **attrs):
        wide = (x.astype(np.float32) if x.dtype == np.float16 else x for x in xs)
        with np.errstate(all="ignore"):
            results = reference(*wide, **attrs)
        dtype = xs[0].dtype
        if dtype != np.float16:
            return results
        return tuple(r.astype(dtype) for r in results) if isinstance(results, tuple) else results.astype(dtype)

    return wrapper


def _each(reference, spec, x, attrs):
    """The results for each matrix of a batch by itself, NaN for those that LAPACK gives up on."""
    specs = spec(Spec(x.shape, x.dtype.name), **attrs)
    outs = [np.full(s.shape, np.nan, s.dtype) for s in ((specs,) if isinstance(specs, Spec) else specs)]
    for place in np.ndindex(*x.shape[:-2]):
        with contextlib.suppress(np.linalg.LinAlgError):
            results = reference(x[place], **attrs)
            for out, result in zip(outs, results if isinstance(results, tuple) else (results,), strict=True):
                out[place] = result
    return tuple(outs) if len(outs) > 1 else outs[0]


def nan_where_lost(reference: Callable, spec: Callable) -> Callable:
    """Lets a function of matrices return NaN where LAPACK raises an error because of NaN or infinity."""

    @functools.wraps(reference)
    def wrapper(x, **attrs):
        try:
            return reference(x, **attrs)
        except np.linalg.LinAlgError:
            return _each(reference, spec, x, attrs)

    return wrapper


def host_op(
    name: str, *, spec: Callable, reference: Callable, vjp: Callable | None = None, iterative: bool = False
) -> Op:
    """An operation that LAPACK, or NumPy, computes on the host for every device.

    Args:
        name: String, the operation's name.
        spec: Function of the inputs' specs that returns those of the results.
        reference: Function of NumPy arrays.
        vjp: Optional function of the record and the upstream gradients.
        iterative: Boolean, whether LAPACK iterates, and raises an error where that does not converge.
    """
    reference = nan_where_lost(reference, spec) if iterative else reference
    return Op(name, spec=spec, reference=full_precision(reference), vjp=vjp)


def transposed(x: Tensor) -> Tensor:
    """The matrices transposed."""
    axes = (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2)
    return move.transpose(x, axes=axes)


def product(*xs: Tensor) -> Tensor:
    """The product of several matrices, from the left."""
    return functools.reduce(matmul, xs)


def masked(x: Tensor, mask: np.ndarray) -> Tensor:
    """The matrices with zeros where the mask, one for all of them, is False."""
    return where(from_host(mask, "bool"), x, like(x, 0))


def lower(x: Tensor, k: int = 0) -> Tensor:
    """The part of the matrices at and below a diagonal."""
    return masked(x, np.tri(x.shape[-2], x.shape[-1], k, dtype=bool))


def upper(x: Tensor, k: int = 0) -> Tensor:
    """The part of the matrices at and above a diagonal."""
    return masked(x, ~np.tri(x.shape[-2], x.shape[-1], k - 1, dtype=bool))


def identity(n: int, dtype: str) -> Tensor:
    """One identity matrix."""
    return from_host(np.eye(n), dtype)


def symmetric(x: Tensor) -> Tensor:
    """The mean of the matrices and their transposes."""
    return multiply(add(x, transposed(x)), like(x, 0.5))


def row(x: Tensor) -> Tensor:
    """A vector for each matrix, as one row."""
    return move.reshape(x, shape=(*x.shape[:-1], 1, x.shape[-1]))


def column(x: Tensor) -> Tensor:
    """A vector for each matrix, as one column."""
    return move.reshape(x, shape=(*x.shape, 1))


def number(x: Tensor) -> Tensor:
    """One number for each matrix, as a matrix of one element."""
    return move.reshape(x, shape=(*x.shape, 1, 1))


def total_of(*terms: Tensor | None) -> Tensor:
    """The sum of those terms that are not None, of which there is at least one."""
    return functools.reduce(add, (t for t in terms if t is not None))
