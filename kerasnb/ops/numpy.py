"""`keras.ops.numpy`: the operations that NumPy has, too."""

from kerasnb.ops.arithmetic import *
from kerasnb.ops.bits import *
from kerasnb.ops.comparison import *
from kerasnb.ops.complex import (
    conj as conj,
)
from kerasnb.ops.complex import (
    conjugate as conjugate,
)
from kerasnb.ops.complex import (
    imag as imag,
)
from kerasnb.ops.complex import (
    real as real,
)
from kerasnb.ops.core import size as size
from kerasnb.ops.correlation import corrcoef as corrcoef
from kerasnb.ops.correlation import correlate as correlate
from kerasnb.ops.creation import *
from kerasnb.ops.diagonals import *
from kerasnb.ops.functions import (
    arctan as arctan,
)
from kerasnb.ops.functions import (
    ceil as ceil,
)
from kerasnb.ops.functions import (
    cos as cos,
)
from kerasnb.ops.functions import (
    exp as exp,
)
from kerasnb.ops.functions import (
    expm1 as expm1,
)
from kerasnb.ops.functions import (
    floor as floor,
)
from kerasnb.ops.functions import (
    log as log,
)
from kerasnb.ops.functions import (
    log1p as log1p,
)
from kerasnb.ops.functions import (
    reciprocal as reciprocal,
)
from kerasnb.ops.functions import (
    round as round,
)
from kerasnb.ops.functions import (
    sin as sin,
)
from kerasnb.ops.functions import (
    sqrt as sqrt,
)
from kerasnb.ops.functions import (
    tan as tan,
)
from kerasnb.ops.functions import (
    tanh as tanh,
)
from kerasnb.ops.gather import take as take
from kerasnb.ops.gather import take_along_axis as take_along_axis
from kerasnb.ops.indexing import (
    bincount as bincount,
)
from kerasnb.ops.indexing import (
    histogram as histogram,
)
from kerasnb.ops.indexing import (
    unravel_index as unravel_index,
)
from kerasnb.ops.joining import (
    append as append,
)
from kerasnb.ops.joining import (
    array_split as array_split,
)
from kerasnb.ops.joining import (
    dsplit as dsplit,
)
from kerasnb.ops.joining import (
    dstack as dstack,
)
from kerasnb.ops.joining import (
    hsplit as hsplit,
)
from kerasnb.ops.joining import (
    hstack as hstack,
)
from kerasnb.ops.joining import (
    meshgrid as meshgrid,
)
from kerasnb.ops.joining import (
    split as split,
)
from kerasnb.ops.joining import (
    vsplit as vsplit,
)
from kerasnb.ops.joining import (
    vstack as vstack,
)
from kerasnb.ops.linalg import slogdet as slogdet
from kerasnb.ops.matrix import *
from kerasnb.ops.numbers import *
from kerasnb.ops.products import (
    cross as cross,
)
from kerasnb.ops.products import (
    einsum as einsum,
)
from kerasnb.ops.products import (
    inner as inner,
)
from kerasnb.ops.products import (
    kron as kron,
)
from kerasnb.ops.products import (
    outer as outer,
)
from kerasnb.ops.products import (
    tensordot as tensordot,
)
from kerasnb.ops.products import (
    vdot as vdot,
)
from kerasnb.ops.ranges import *
from kerasnb.ops.rearranging import *
from kerasnb.ops.reductions import *
from kerasnb.ops.scans import *
from kerasnb.ops.shaping import *
from kerasnb.ops.sorting import (
    argpartition as argpartition,
)
from kerasnb.ops.sorting import (
    argsort as argsort,
)
from kerasnb.ops.sorting import (
    digitize as digitize,
)
from kerasnb.ops.sorting import (
    nonzero as nonzero,
)
from kerasnb.ops.sorting import (
    searchsorted as searchsorted,
)
from kerasnb.ops.sorting import (
    sort as sort,
)
from kerasnb.ops.sorting import (
    unique as unique,
)
from kerasnb.ops.statistics import (
    amax as amax,
)
from kerasnb.ops.statistics import (
    amin as amin,
)
from kerasnb.ops.statistics import (
    average as average,
)
from kerasnb.ops.statistics import (
    median as median,
)
from kerasnb.ops.statistics import (
    nanargmax as nanargmax,
)
from kerasnb.ops.statistics import (
    nanargmin as nanargmin,
)
from kerasnb.ops.statistics import (
    nanmax as nanmax,
)
from kerasnb.ops.statistics import (
    nanmean as nanmean,
)
from kerasnb.ops.statistics import (
    nanmedian as nanmedian,
)
from kerasnb.ops.statistics import (
    nanmin as nanmin,
)
from kerasnb.ops.statistics import (
    nanpercentile as nanpercentile,
)
from kerasnb.ops.statistics import (
    nanprod as nanprod,
)
from kerasnb.ops.statistics import (
    nanquantile as nanquantile,
)
from kerasnb.ops.statistics import (
    nanstd as nanstd,
)
from kerasnb.ops.statistics import (
    nansum as nansum,
)
from kerasnb.ops.statistics import (
    nanvar as nanvar,
)
from kerasnb.ops.statistics import (
    percentile as percentile,
)
from kerasnb.ops.statistics import (
    ptp as ptp,
)
from kerasnb.ops.statistics import (
    quantile as quantile,
)
from kerasnb.ops.trigonometry import (
    angle as angle,
)
from kerasnb.ops.trigonometry import (
    arccos as arccos,
)
from kerasnb.ops.trigonometry import (
    arccosh as arccosh,
)
from kerasnb.ops.trigonometry import (
    arcsin as arcsin,
)
from kerasnb.ops.trigonometry import (
    arcsinh as arcsinh,
)
from kerasnb.ops.trigonometry import (
    arctanh as arctanh,
)
from kerasnb.ops.trigonometry import (
    cbrt as cbrt,
)
from kerasnb.ops.trigonometry import (
    cosh as cosh,
)
from kerasnb.ops.trigonometry import (
    deg2rad as deg2rad,
)
from kerasnb.ops.trigonometry import (
    exp2 as exp2,
)
from kerasnb.ops.trigonometry import (
    hypot as hypot,
)
from kerasnb.ops.trigonometry import (
    i0 as i0,
)
from kerasnb.ops.trigonometry import (
    ldexp as ldexp,
)
from kerasnb.ops.trigonometry import (
    log2 as log2,
)
from kerasnb.ops.trigonometry import (
    log10 as log10,
)
from kerasnb.ops.trigonometry import (
    logaddexp as logaddexp,
)
from kerasnb.ops.trigonometry import (
    logaddexp2 as logaddexp2,
)
from kerasnb.ops.trigonometry import (
    rad2deg as rad2deg,
)
from kerasnb.ops.trigonometry import (
    sinc as sinc,
)
from kerasnb.ops.trigonometry import (
    sinh as sinh,
)
from kerasnb.ops.vectorize import *
