"""`keras.ops`: every operation, on tensors of any device and on symbolic tensors."""

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
from kerasnb.ops.math.fourier import *
from kerasnb.ops.nn.activation import *
from kerasnb.ops.nn.adaptive import *
from kerasnb.ops.nn.attention import *
from kerasnb.ops.nn.conv import *
from kerasnb.ops.nn.ctc import *
from kerasnb.ops.nn.loss import *
from kerasnb.ops.nn.normalization import *
from kerasnb.ops.nn.norms import *
from kerasnb.ops.nn.patches import *
from kerasnb.ops.nn.pool import *
from kerasnb.ops.numpy.arithmetic import *
from kerasnb.ops.numpy.bits import *
from kerasnb.ops.numpy.comparison import *
from kerasnb.ops.numpy.complex import *
from kerasnb.ops.numpy.correlation import *
from kerasnb.ops.numpy.creation import *
from kerasnb.ops.numpy.diagonals import *
from kerasnb.ops.numpy.functions import *
from kerasnb.ops.numpy.gather import *
from kerasnb.ops.numpy.indexing import *
from kerasnb.ops.numpy.joining import *
from kerasnb.ops.numpy.matrix import *
from kerasnb.ops.numpy.numbers import *
from kerasnb.ops.numpy.products import *
from kerasnb.ops.numpy.ranges import *
from kerasnb.ops.numpy.rearranging import *
from kerasnb.ops.numpy.reductions import *
from kerasnb.ops.numpy.scans import *
from kerasnb.ops.numpy.shapes import *
from kerasnb.ops.numpy.sorting import *
from kerasnb.ops.numpy.statistics import *
from kerasnb.ops.numpy.trigonometry import *
from kerasnb.ops.numpy.vectorize import *
