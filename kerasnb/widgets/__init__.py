"""`kerasnb.widgets`: what a person sees and touches. No lower package imports it at the top of a file.

The names stand in `__init__.pyi`, and are imported at first use.
"""

from pathlib import Path

from kerasnb import lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__, lazy.places(Path(__file__).with_suffix(".pyi")))
