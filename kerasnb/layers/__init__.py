"""`keras.layers`: what models are made of. The names stand in `__init__.pyi`, and are imported at first use."""

from pathlib import Path

from kerasnb import lazy, serialization
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.layer import Layer

_PLACES = lazy.places(Path(__file__).with_suffix(".pyi"))
__getattr__, __dir__, __all__ = lazy.attach(__name__, _PLACES)

serialization.public("keras", (InputSpec, Layer))
serialization.public_lazily("keras.layers", _PLACES, __getattr__)
