"""`keras.ops`: every operation, on tensors of any device and on symbolic tensors."""

from kerasnb import absent
from kerasnb.ops import image as image
from kerasnb.ops import linalg as linalg
from kerasnb.ops import nn as nn
from kerasnb.ops import numpy as numpy
from kerasnb.ops import operators as operators
from kerasnb.ops.control_flow.branches import *
from kerasnb.ops.control_flow.gradient import *
from kerasnb.ops.control_flow.scan import *
from kerasnb.ops.core import *
from kerasnb.ops.einops import *
from kerasnb.ops.linalg import *
from kerasnb.ops.math.complex import *
from kerasnb.ops.math.determinants import *
from kerasnb.ops.math.fourier import *
from kerasnb.ops.math.ranking import *
from kerasnb.ops.math.segments import *
from kerasnb.ops.math.sequences import *
from kerasnb.ops.math.special import *
from kerasnb.ops.nn.adaptive import *
from kerasnb.ops.nn.attention import *
from kerasnb.ops.nn.conv import *
from kerasnb.ops.nn.ctc import *
from kerasnb.ops.nn.labels import *
from kerasnb.ops.nn.logistic import *
from kerasnb.ops.nn.loss import *
from kerasnb.ops.nn.normalization import *
from kerasnb.ops.nn.norms import *
from kerasnb.ops.nn.patches import *
from kerasnb.ops.nn.piecewise import *
from kerasnb.ops.nn.pool import *
from kerasnb.ops.nn.signals import *
from kerasnb.ops.nn.smooth import *
from kerasnb.ops.nn.softmax import *
from kerasnb.ops.numpy.contraction import *
from kerasnb.ops.numpy.correlation import *
from kerasnb.ops.numpy.creation import *
from kerasnb.ops.numpy.determinants import *
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
from kerasnb.ops.slices import *

__getattr__ = absent.explaining(__name__)
