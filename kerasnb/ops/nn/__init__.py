"""`keras.ops.nn`: what neural networks are made of."""

from kerasnb.ops.nn.activation import *
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
from kerasnb.ops.nn.pool import *
from kerasnb.ops.nn.signals import *
