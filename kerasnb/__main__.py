"""`python -m kerasnb` is the command `kerasnb`."""

import sys

from kerasnb.cli import main

sys.exit(main())
