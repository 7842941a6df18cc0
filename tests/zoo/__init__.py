"""Models of all kinds, written once for both sides: `build(keras)` returns one, `keras` being Keras or kerasnb."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

ZOO: dict[str, Callable] = {}
for _module in pkgutil.iter_modules(__path__):
    for _name, _build in vars(importlib.import_module(f"{__name__}.{_module.name}")).items():
        if callable(_build) and not _name.startswith("_") and _build.__module__.startswith(__name__):
            ZOO[f"{_module.name}: {_name}"] = _build
