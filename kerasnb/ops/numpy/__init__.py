"""`keras.ops.numpy`: the operations that NumPy has, too."""

from kerasnb.ops.linalg import slogdet as slogdet
from kerasnb.ops.numpy.contraction import *
from kerasnb.ops.numpy.correlation import *
from kerasnb.ops.numpy.creation import *
from kerasnb.ops.numpy.diagonals import *
from kerasnb.ops.numpy.elementwise.arithmetic import *
from kerasnb.ops.numpy.elementwise.bits import *
from kerasnb.ops.numpy.elementwise.comparison import *
from kerasnb.ops.numpy.elementwise.complex import *
from kerasnb.ops.numpy.elementwise.exponents import *
from kerasnb.ops.numpy.elementwise.extremes import *
from kerasnb.ops.numpy.elementwise.integers import *
from kerasnb.ops.numpy.elementwise.logic import *
from kerasnb.ops.numpy.elementwise.predicates import *
from kerasnb.ops.numpy.elementwise.rounding import *
from kerasnb.ops.numpy.elementwise.selection import *
from kerasnb.ops.numpy.elementwise.special import *
from kerasnb.ops.numpy.elementwise.trigonometry import *
from kerasnb.ops.numpy.histograms import *
from kerasnb.ops.numpy.indexing import *
from kerasnb.ops.numpy.joining import *
from kerasnb.ops.numpy.nan_reductions import *
from kerasnb.ops.numpy.products import *
from kerasnb.ops.numpy.quantiles import *
from kerasnb.ops.numpy.ranges import *
from kerasnb.ops.numpy.rearranging import *
from kerasnb.ops.numpy.reductions import *
from kerasnb.ops.numpy.scans import *
from kerasnb.ops.numpy.sets import *
from kerasnb.ops.numpy.shapes import *
from kerasnb.ops.numpy.sorting import *
from kerasnb.ops.numpy.statistics import *
from kerasnb.ops.numpy.vectorization import *
from kerasnb.ops.numpy.windows import *
