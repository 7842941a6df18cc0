"""From process start to the first finished training step; the time is taken by the caller."""

import sys

from peers import make

make(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "mlp").first_step()
