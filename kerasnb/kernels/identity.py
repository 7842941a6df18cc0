"""Operations that return their input: without its gradient, or as a copy."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.kernels.common import same_spec
from kerasnb.kernels.move import copy_cpu, copy_cuda, same

stop_gradient = Op("stop_gradient", spec=same_spec, reference=np.array, cpu=copy_cpu, cuda=copy_cuda, view=True)

copy = Op("copy", spec=same_spec, reference=np.array, cpu=copy_cpu, cuda=copy_cuda, elementwise=same)
