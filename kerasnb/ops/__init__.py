"""`keras.ops`: every operation, on tensors of any device and on symbolic tensors."""

from kerasnb.ops import image as image
from kerasnb.ops import linalg as linalg
from kerasnb.ops import nn as nn
from kerasnb.ops import numpy as numpy
from kerasnb.ops import operators as operators
from kerasnb.ops.activation import *
from kerasnb.ops.adaptive import *
from kerasnb.ops.arithmetic import *
from kerasnb.ops.attention import *
from kerasnb.ops.bits import *
from kerasnb.ops.comparison import *
from kerasnb.ops.complex import *
from kerasnb.ops.control import *
from kerasnb.ops.control_gradient import *
from kerasnb.ops.control_scan import *
from kerasnb.ops.conv import *
from kerasnb.ops.core import *
from kerasnb.ops.correlation import *
from kerasnb.ops.creation import *
from kerasnb.ops.crossentropy import *
from kerasnb.ops.ctc import *
from kerasnb.ops.diagonals import *
from kerasnb.ops.einops import *
from kerasnb.ops.fourier import *
from kerasnb.ops.functions import *
from kerasnb.ops.gather import *
from kerasnb.ops.indexing import *
from kerasnb.ops.joining import *
from kerasnb.ops.linalg import *
from kerasnb.ops.matrix import *
from kerasnb.ops.normalization import *
from kerasnb.ops.norms import *
from kerasnb.ops.numbers import *
from kerasnb.ops.patches import *
from kerasnb.ops.pool import *
from kerasnb.ops.products import *
from kerasnb.ops.ranges import *
from kerasnb.ops.rearranging import *
from kerasnb.ops.reductions import *
from kerasnb.ops.scans import *
from kerasnb.ops.shaping import *
from kerasnb.ops.sorting import *
from kerasnb.ops.statistics import *
from kerasnb.ops.trigonometry import *
from kerasnb.ops.vectorize import *
