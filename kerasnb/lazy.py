"""Lazy namespaces: a package whose public names are imported at first use.

What a package exports stands in its stub, `__init__.pyi`, which type checkers, editors and these functions read (the
convention of SPEC 1 of scientific Python). `import kerasnb` therefore does not grow with the number of layers.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from kerasnb import absent

_IMPORT = re.compile(r"^from (?P<module>[\w.]+) import (?P<name>\w+) as (?P<public>\w+)$", re.MULTILINE)


class Place(NamedTuple):
    """Where a public name is defined."""

    module: str
    name: str


def places(stub: str | Path) -> dict[str, Place]:
    """The public names of a package, and where they are defined.

    Args:
        stub: Path of the package's `__init__.pyi`.
    """
    text = Path(stub).read_text(encoding="utf-8")
    return {m["public"]: Place(m["module"], m["name"]) for m in _IMPORT.finditer(text)}


def attach(package: str, names: dict[str, Place]) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Returns `__getattr__`, `__dir__` and `__all__` of a package with lazy names.

    Args:
        package: The package's `__name__`.
        names: What `places` returned for its stub.
    """

    def __getattr__(name: str) -> Any:
        if name not in names:
            absent.refuse(package, name, sys._getframe(1))
        value = getattr(importlib.import_module(names[name].module), names[name].name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*vars(sys.modules[package]), *names})

    return __getattr__, __dir__, sorted(names)
