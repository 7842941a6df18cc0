"""Compares the public names of real Keras with ours: what is missing, and whose signature differs."""

from __future__ import annotations

import inspect
import types
import warnings


def public(module) -> dict:
    """The public names of a module; names of Keras' own files that leak out are none."""
    return {n: getattr(module, n) for n in sorted(dir(module)) if not n.startswith("_")}


def kind(thing) -> str:
    """What a name stands for."""
    if isinstance(thing, types.ModuleType):
        return "module"
    return "class" if inspect.isclass(thing) else "function" if callable(thing) else "value"


def parameters(function) -> list | None:
    """Names, kinds and defaults of the arguments, in order; None where Python knows no signature."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [(p.name, p.kind.name, repr(p.default)) for p in found]


def missing(theirs, ours) -> list[str]:
    """The names that we do not have."""
    return sorted(set(public(theirs)) - set(dir(ours)))


def differing(theirs, ours) -> list[str]:
    """Where kind or signature differ, in words."""
    found = []
    for name, thing in public(theirs).items():
        own = getattr(ours, name, thing)
        if kind(own) != kind(thing):
            found.append(f"{name}: expected a {kind(thing)}, have a {kind(own)}")
        elif kind(thing) != "module" and parameters(thing) != parameters(own):
            found.append(f"{name}: expected {inspect.signature(thing)}, have {inspect.signature(own)}")
    return found


def keras():
    """Real Keras, on JAX."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras as real
    return real
