"""`keras.ops.numpy`: the operations that NumPy has, too."""

from kerasnb.ops.core import size as size
from kerasnb.ops.linalg import slogdet as slogdet
from kerasnb.ops.numpy.arithmetic import *
from kerasnb.ops.numpy.bits import *
from kerasnb.ops.numpy.comparison import *
from kerasnb.ops.numpy.complex import conj, conjugate, imag, real
from kerasnb.ops.numpy.correlation import corrcoef, correlate
from kerasnb.ops.numpy.creation import *
from kerasnb.ops.numpy.diagonals import *
from kerasnb.ops.numpy.functions import (
    arctan,
    ceil,
    cos,
    exp,
    expm1,
    floor,
    log,
    log1p,
    reciprocal,
    round,
    sin,
    sqrt,
    tan,
    tanh,
)
from kerasnb.ops.numpy.gather import take, take_along_axis
from kerasnb.ops.numpy.indexing import bincount, histogram, unravel_index
from kerasnb.ops.numpy.joining import (
    append,
    array_split,
    dsplit,
    dstack,
    hsplit,
    hstack,
    meshgrid,
    split,
    vsplit,
    vstack,
)
from kerasnb.ops.numpy.matrix import *
from kerasnb.ops.numpy.numbers import *
from kerasnb.ops.numpy.products import cross, einsum, inner, kron, outer, tensordot, vdot
from kerasnb.ops.numpy.ranges import *
from kerasnb.ops.numpy.rearranging import *
from kerasnb.ops.numpy.reductions import *
from kerasnb.ops.numpy.scans import *
from kerasnb.ops.numpy.shapes import *
from kerasnb.ops.numpy.sorting import argpartition, argsort, digitize, nonzero, searchsorted, sort, unique
from kerasnb.ops.numpy.statistics import (
    amax,
    amin,
    average,
    median,
    nanargmax,
    nanargmin,
    nanmax,
    nanmean,
    nanmedian,
    nanmin,
    nanpercentile,
    nanprod,
    nanquantile,
    nanstd,
    nansum,
    nanvar,
    percentile,
    ptp,
    quantile,
)
from kerasnb.ops.numpy.trigonometry import (
    angle,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctanh,
    cbrt,
    cosh,
    deg2rad,
    exp2,
    hypot,
    i0,
    ldexp,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    rad2deg,
    sinc,
    sinh,
)
from kerasnb.ops.numpy.vectorize import *
