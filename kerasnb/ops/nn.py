"""`keras.ops.nn`: what neural networks are made of."""

from kerasnb.ops.activation import *
from kerasnb.ops.adaptive import *
from kerasnb.ops.attention import *
from kerasnb.ops.complex import polar as polar
from kerasnb.ops.conv import *
from kerasnb.ops.correlation import psnr as psnr
from kerasnb.ops.crossentropy import *
from kerasnb.ops.ctc import *
from kerasnb.ops.functions import sigmoid as sigmoid
from kerasnb.ops.functions import softplus as softplus
from kerasnb.ops.gather import multi_hot as multi_hot
from kerasnb.ops.gather import one_hot as one_hot
from kerasnb.ops.normalization import *
from kerasnb.ops.norms import *
from kerasnb.ops.patches import *
from kerasnb.ops.pool import *
