"""`keras.ops.nn`: what neural networks are made of."""

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
from kerasnb.ops.numpy.complex import polar
from kerasnb.ops.numpy.correlation import psnr
from kerasnb.ops.numpy.functions import sigmoid, softplus
from kerasnb.ops.numpy.gather import multi_hot, one_hot
