"""`keras.utils`: seeds, labels, files, pictures of models, and objects of your own in configs.

The names stand in `__init__.pyi`, and are imported at first use.
"""

from pathlib import Path

from kerasnb import lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__, lazy.places(Path(__file__).with_suffix(".pyi")))
