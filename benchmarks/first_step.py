"""From process start to the first finished training step; the time is taken by the caller."""

import sys

from peers import MLP, make

make(sys.argv[1], MLP).first_step()
