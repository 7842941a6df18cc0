"""The layers that keep the promises of layers, one file for each folder of kerasnb/layers/."""

from __future__ import annotations

import importlib
import pkgutil

from tests.layers.case import Case

CASES: dict[str, Case] = {}  # by the name of the class, and words that say what is special
for _module in pkgutil.iter_modules(__path__):
    CASES |= importlib.import_module(f"{__name__}.{_module.name}").CASES
