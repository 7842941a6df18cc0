"""State: which values belong to a model, under which paths, and putting them back all or none."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from kerasnb.backend.tensor.naming import to_snake_case
from kerasnb.backend.tensor.variable import Variable
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.base.weights import loads_as_usual
from kerasnb.optimizers import Optimizer
from kerasnb.random import SeedGenerator

_KINDS = (Layer, Optimizer, SeedGenerator)
_INTERNAL: dict = {}
_KERAS_2_LAYERS = "_layer_checkpoint_dependencies"


def parts(model: Any) -> Iterator[tuple[str, Any]]:
    """A model and all of its parts with state, each once: pairs of a path and the part."""
    waiting, visited = [("", model)], set()
    while waiting:
        path, part = waiting.pop()
        if id(part) not in visited:
            visited.add(id(part))
            yield path, part
            waiting += [(f"{path}/{below}" if path else below, inner) for below, inner in children(part)][::-1]


def _skipped(saveable) -> set:
    """The attributes that every object of a kind has: nothing of a model's own is under them."""
    if "layer" not in _INTERNAL:
        _INTERNAL["layer"] = set(dir(Layer()))
    return (_INTERNAL["layer"] | saveable._untracked) - {"optimizer"}


def children(saveable: Any) -> Iterator[tuple[str, Any]]:
    """The parts of an object with state: pairs of a path below it and the part.

    Paths are those of Keras: the attribute's name, and in containers the class' name in snake case with a
    number. Public attributes come before private ones, each in alphabetical order.
    """
    if isinstance(saveable, Optimizer):
        yield from _optimizers_inside(saveable)
    if not isinstance(saveable, Layer):
        return
    skipped = _skipped(saveable)
    names = sorted((n for n in dir(saveable) if not n.startswith("__") and n not in skipped), key=_order)
    if type(saveable)._layers is not Layer._layers:  # the stack of a Sequential comes first, whatever else it has
        names.remove("layers")
        names.insert(0, "layers")
    for name in names:
        try:
            value = getattr(saveable, name)
        except Exception:  # a property that cannot be read holds no state
            continue
        if isinstance(value, _KINDS):
            yield name, value
        elif isinstance(value, (list, tuple, dict)):
            yield from _inside(value, name, set())


def _optimizers_inside(optimizer):
    """The optimizers that an optimizer holds: their variables are in its own list too, and stand twice in a file."""
    inner = getattr(optimizer, "inner_optimizer", None)
    if isinstance(inner, Optimizer):
        yield "inner_optimizer", inner
    yield from _inside(getattr(optimizer, "optimizers", []), "optimizers", set())


def _order(name: str) -> str:
    return f"~{name}" if name.startswith("_") else name


def _inside(container, path: str, seen: set):
    """The parts with state in a container."""
    if id(container) in seen:
        return
    seen.add(id(container))
    used: dict[str, int] = {}
    for value in container.values() if isinstance(container, dict) else container:
        if isinstance(value, _KINDS):
            yield f"{path}/{_numbered(to_snake_case(type(value).__name__), used)}", value
        elif isinstance(value, (list, tuple, dict)):
            yield from _inside(value, f"{path}/{_numbered('container', used)}", seen)


def _numbered(name: str, used: dict) -> str:
    used[name] = used.get(name, -1) + 1
    return f"{name}_{used[name]}" if used[name] else name


# --- saving


def collect(model: Any, skip: Iterable = ()) -> dict:
    """The values of a model and its parts, except those to skip: dict of paths to (name, arrays by key)."""
    groups: dict[str, tuple] = {}
    _collect(model, "", groups, set(map(id, skip)))
    return groups


def _collect(saveable, path: str, groups: dict, visited: set) -> None:
    if id(saveable) in visited:
        return
    visited.add(id(saveable))
    store: dict = {}
    if isinstance(saveable, SeedGenerator):
        store["0"] = saveable.state
    elif hasattr(saveable, "save_own_variables"):
        saveable.save_own_variables(store)
    name = saveable.name if isinstance(getattr(saveable, "name", None), str) else None
    groups[path] = (name, {key: _as_array(value) for key, value in store.items()})
    for below, part in children(saveable):
        _collect(part, f"{path}/{below}" if path else below, groups, visited)


def _as_array(value) -> np.ndarray:
    return value.numpy() if hasattr(value, "numpy") else np.asarray(value)


# --- loading


def restore(
    model: Any, groups: dict, source: str, skip_mismatch: bool = False, waiting: dict | None = None,
    skip: Iterable = (),
) -> None:  # fmt: skip
    """Puts values back into a model.

    Args:
        model: The model.
        groups: Dict of paths to arrays by key.
        source: Where they come from, for error messages.
        skip_mismatch: Boolean, whether parts that do not fit are left out with a warning.
        waiting: Dict of variables that have no values yet, by their ids, for a model that has just been created: those
            that get one are taken out, and nothing is put back if something does not fit.
        skip: Parts of the model that are left as they are.

    Raises:
        ValueError: If something does not fit; no variable has been changed then.
    """
    is_new, groups = waiting is not None, _of_today(groups)
    before = [] if is_new or _fits(model, groups) else [(v, v.numpy()) for v in _all_variables(model)]
    work = _Restoring(groups, {} if waiting is None else waiting, bool(before))
    work.visited.update(map(id, skip))
    try:
        work.restore(model, "")
    except BaseException:
        _put_back(before)
        raise
    if not work.failures:
        return
    if not skip_mismatch:
        _put_back(before)
    problem = _failure(work.failures, source)
    if not skip_mismatch:
        raise ValueError(problem)
    warnings.warn(problem, stacklevel=4)


def _of_today(groups: dict) -> dict:
    """The groups with paths of today: Keras 2.13 wrote the layers of a model under another name."""
    return {**{path.replace(_KERAS_2_LAYERS, "layers"): arrays for path, arrays in groups.items()}, **groups}


def _all_variables(model) -> list[Variable]:
    optimizer = getattr(model, "optimizer", None)
    return [*model.variables, *(optimizer.variables if optimizer is not None else [])]


def _put_back(values) -> None:
    for variable, value in values:
        variable.assign(value)


def _fits(model, groups: dict) -> bool:
    """Whether all arrays fit for sure, so that no copy of the model is needed to put back."""
    waiting, visited = [(model, "")], set()
    while waiting:
        saveable, path = waiting.pop()
        if id(saveable) in visited:
            continue
        visited.add(id(saveable))
        if not isinstance(saveable, SeedGenerator) and not _fits_alone(saveable, groups.get(path, {})):
            return False
        waiting += [(part, f"{path}/{below}" if path else below) for below, part in children(saveable)]
    return True


def _fits_alone(saveable, store: dict) -> bool:
    if isinstance(saveable, Optimizer):
        own = list(saveable.variables)
        usual = type(saveable).load_own_variables is Optimizer.load_own_variables
        return usual and (len(store) != len(own) or _alike(own, store))  # another number of them is left out
    if not isinstance(saveable, Layer):
        return False
    own = saveable._stored_variables
    return loads_as_usual(saveable) and len(store) == len(own) and _alike(own, store)


def _alike(variables: list, store: dict) -> bool:
    return all(str(i) in store and np.shape(store[str(i)]) == v.shape for i, v in enumerate(variables))


class _Restoring:
    """One restoring of a model.

    Args:
        groups: Dict of paths to arrays by key.
        waiting: Dict of variables that have no values yet, by their ids.
        careful: Boolean, whether an object whose arrays do not fit must keep the values it had.
    """

    def __init__(self, groups: dict, waiting: dict, careful: bool) -> None:
        self.groups, self.waiting, self.careful = groups, waiting, careful
        self.visited: set = set()
        self.failures: dict[int, tuple] = {}

    def restore(self, saveable: Any, path: str) -> None:
        """Loads an object and the parts of it."""
        if id(saveable) in self.visited:
            return
        self.visited.add(id(saveable))
        problem = self._load_one(saveable, self.groups.get(path, {}))
        if problem is None:
            self.failures.pop(id(saveable), None)
        else:
            self.failures[id(saveable)] = (saveable, path, problem)
            self.visited.discard(id(saveable))  # it may stand in the file under another path
        for below, part in children(saveable):
            self.restore(part, f"{path}/{below}" if path else below)

    def _load_one(self, saveable, store: dict) -> Exception | None:
        """Loads one object from its group; what went wrong is returned and leaves it as it was."""
        if isinstance(saveable, SeedGenerator):
            if "0" in store and np.shape(store["0"]) == saveable.state.shape:
                saveable.state.assign(store["0"])
            return None
        if not hasattr(saveable, "load_own_variables") or _never_ran(saveable, store):
            return None
        before = [(v, v.numpy()) for v in getattr(saveable, "_own_variables", [])] if self.careful else []
        try:
            saveable.load_own_variables(store)
        except Exception as problem:  # a user's own method may raise anything
            _put_back(before)
            return problem
        if self.waiting and loads_as_usual(saveable):
            for variable in saveable._stored_variables:
                self.waiting.pop(id(variable), None)
        return None


def _never_ran(saveable, store: dict) -> bool:
    """Whether a file's optimizer has not done a step yet: it has no slots, and there is nothing to restore."""
    return isinstance(saveable, Optimizer) and len(store) < len(saveable.variables) and not np.any(store.get("0", 1))


def _failure(failures: dict, source: str) -> str:
    saveable, path, problem = next(iter(failures.values()))
    return (
        f"A total of {len(failures)} objects could not be loaded. Example error message for object {saveable}:\n\n"
        f"{problem}\n\nList of objects that could not be loaded:\n{[s for s, *_ in failures.values()]}\n\n"
        f"File: {source}, group {path!r}"
    )
