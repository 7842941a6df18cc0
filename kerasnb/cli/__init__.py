"""The command line: `kerasnb doctor`, `kerasnb warmup`, `kerasnb nbclean FILES`."""

from kerasnb.cli.main import main

__all__ = ["main"]
