"""`keras.tree`: nested structures, traversed in one order (dicts by sorted key, ordered dicts in theirs)."""

from __future__ import annotations

import collections
import warnings
from collections.abc import Callable, Iterable
from typing import Any

_DIFFERENT = "The two structures don't have the same nested structure. Received: {} and {}"
_CHECK_TYPES = "The `check_types` argument is deprecated and no longer has any effect{}"


class MAP_TO_NONE:
    """What a function that `traverse` calls returns to put None in the place of a part."""


def is_nested(structure: Any) -> bool:
    """Whether a value is a list, tuple, dict or deque.

    Args:
        structure: Anything.

    Returns:
        Boolean.

    Example:

    >>> keras.tree.is_nested([1, 2])
    True
    """
    return isinstance(structure, (list, tuple, dict, collections.deque))


def _keys(structure: Any) -> list:
    """The places of the parts of a structure: keys, or positions."""
    if not isinstance(structure, dict):
        return list(range(len(structure)))
    return list(structure) if isinstance(structure, collections.OrderedDict) else sorted(structure)


def _children(structure) -> list:
    if isinstance(structure, dict):
        return [structure[k] for k in _keys(structure)]
    return list(structure)


def _rebuild(like, children: list):
    if isinstance(like, dict):
        values = dict(zip(_keys(like), children, strict=True))
        pairs = [(k, values[k]) for k in like]
        if isinstance(like, collections.defaultdict):
            return collections.defaultdict(like.default_factory, pairs)
        return type(like)(pairs)
    if hasattr(like, "_fields"):
        return type(like)(*children)
    return type(like)(children)


def flatten(structure: Any) -> list:
    """Returns the leaves of a structure as a list.

    Args:
        structure: Nested structure, or a single value.

    Returns:
        List of leaves.

    Example:

    >>> keras.tree.flatten({"b": 2, "a": [0, 1]})
    [0, 1, 2]
    """
    if not is_nested(structure):
        return [structure]
    return [leaf for child in _children(structure) for leaf in flatten(child)]


def flatten_with_path(structure: Any) -> list[tuple]:
    """Returns the leaves of a structure with their places.

    Args:
        structure: Nested structure, or a single value.

    Returns:
        List of pairs `(path, leaf)`; a path is a tuple of keys and positions.

    Example:

    >>> keras.tree.flatten_with_path([{"foo": 42}])
    [((0, 'foo'), 42)]
    """
    if not is_nested(structure):
        return [((), structure)]
    parts = zip(_keys(structure), _children(structure), strict=True)
    return [((key, *path), leaf) for key, child in parts for path, leaf in flatten_with_path(child)]


def map_structure(func: Callable, *structures: Any, none_is_leaf: bool = True) -> Any:
    """Applies a function to corresponding leaves.

    Args:
        func: Function of as many arguments as there are structures.
        *structures: Nested structures of the same shape.
        none_is_leaf: Boolean, whether the function is called for None; otherwise None stays. Defaults to `True`.

    Returns:
        A structure of the results.

    Raises:
        ValueError: If there is no structure, or the structures differ.

    Example:

    >>> keras.tree.map_structure(lambda a, b: a + b, [1, 2], [3, 4])
    [4, 6]
    """
    if not structures:
        raise ValueError("Must provide at least one structure")
    if none_is_leaf:
        return _map(func, structures)
    return _map(lambda *leaves: None if leaves[0] is None else func(*leaves), structures)


def _map(func: Callable, structures: tuple) -> Any:
    first = structures[0]
    if not is_nested(first):
        return func(*structures)
    for other in structures[1:]:
        assert_same_nesting(first, other)
    parts = zip(*map(_children, structures), strict=True)
    return _rebuild(first, [_map(func, p) for p in parts])


def map_structure_up_to(shallow_structure: Any, func: Callable, *structures: Any) -> Any:
    """Applies a function to corresponding parts, down to the leaves of a shallow structure.

    Args:
        shallow_structure: Nested structure whose leaves are mapped.
        func: Function of as many arguments as there are structures.
        *structures: Structures that are nested like it, or deeper.

    Returns:
        A structure of the results.

    Raises:
        ValueError: If there is no structure, or one is not nested so.

    Example:

    >>> keras.tree.map_structure_up_to([None, None], len, [[1, 1], [2]])
    [2, 1]
    """
    if not structures:
        raise ValueError("Must provide at least one structure")
    return _map_up_to(shallow_structure, func, structures)


def _map_up_to(shallow: Any, func: Callable, structures: tuple) -> Any:
    if not is_nested(shallow):
        return func(*structures)
    for other in structures:
        assert_same_nesting(shallow, other)
    parts = zip(_children(shallow), *map(_children, structures), strict=True)
    return _rebuild(shallow, [_map_up_to(first, func, tuple(rest)) for first, *rest in parts])


def map_shape_structure(func: Callable, structure: Any) -> Any:
    """Applies a function to the shapes in a structure.

    Args:
        func: Function of a shape.
        structure: Nested structure; lists and tuples of integers and None are its leaves.

    Returns:
        A structure of the results.

    Example:

    >>> keras.tree.map_shape_structure(len, {"a": (None, 2), "b": [(1,), (1, 2, 3)]})
    {'a': 2, 'b': [1, 3]}
    """
    is_shape = isinstance(structure, (list, tuple)) and all(isinstance(e, (int, type(None))) for e in structure)
    if is_shape or not is_nested(structure):
        return func(structure)
    return _rebuild(structure, [map_shape_structure(func, child) for child in _children(structure)])


def traverse(func: Callable, structure: Any, top_down: bool = True) -> Any:
    """Calls a function for each part of a structure, the structure itself and its leaves included.

    Args:
        func: Function of a part. What it returns takes the part's place, `MAP_TO_NONE` stands for None; the part stays
            where it returns None.
        structure: Nested structure.
        top_down: Boolean, whether a structure is visited before its parts, which are not visited where it is replaced.
            Defaults to `True`.

    Returns:
        The structure with what was replaced.

    Raises:
        TypeError: If `func` is not callable.

    Example:

    >>> keras.tree.traverse(lambda x: tuple(x) if isinstance(x, list) else None, [1, [2]], top_down=False)
    (1, (2,))
    """
    if not callable(func):
        raise TypeError(f"`func` must be callable, got: {func}")
    if top_down and (result := func(structure)) is not None:
        return None if result is MAP_TO_NONE else result
    if is_nested(structure):
        structure = _rebuild(structure, [traverse(func, child, top_down) for child in _children(structure)])
    if top_down or (result := func(structure)) is None:
        return structure
    return None if result is MAP_TO_NONE else result


def lists_to_tuples(structure: Any) -> Any:
    """Returns the structure with tuples in the place of lists.

    Args:
        structure: Nested structure.

    Example:

    >>> keras.tree.lists_to_tuples([1, {"a": [2]}])
    (1, {'a': (2,)})
    """
    return traverse(lambda x: tuple(x) if isinstance(x, list) else None, structure, top_down=False)


def assert_same_nesting(a: Any, b: Any) -> None:
    """Raises ValueError where two structures differ at their top."""
    same = is_nested(b) and len(a) == len(b) and isinstance(a, dict) == isinstance(b, dict)
    if same and isinstance(a, dict):
        same = set(a) == set(b)
    if not same:
        raise ValueError(_DIFFERENT.format(a, b))


def assert_same_structure(a: Any, b: Any, check_types: bool | None = None) -> None:
    """Asserts that two structures are nested alike, in lists, tuples and dicts alike.

    Args:
        a: First structure.
        b: Second structure.
        check_types: Deprecated, without effect; `assert_same_paths` takes lists and tuples for the same.

    Raises:
        ValueError: If they are not.

    Example:

    >>> keras.tree.assert_same_structure([1, (2, 3)], [4, (5, 6)])
    """
    if check_types is not None:
        advice = ", please remove." if check_types else ". `keras.tree.assert_same_paths()` is a looser check."
        warnings.warn(_CHECK_TYPES.format(advice), DeprecationWarning, stacklevel=2)
    _assert_same(a, b)


def _assert_same(a: Any, b: Any) -> None:
    kinds = [dict if isinstance(x, dict) else type(x) if is_nested(x) else None for x in (a, b)]
    if kinds[0] is not kinds[1]:
        raise ValueError(_DIFFERENT.format(a, b))
    if is_nested(a):
        assert_same_nesting(a, b)
        for key in _keys(a):
            _assert_same(a[key], b[key])


def assert_same_paths(a: Any, b: Any) -> None:
    """Asserts that the leaves of two structures have the same places, whether in lists or in tuples.

    Args:
        a: First structure.
        b: Second structure.

    Raises:
        ValueError: If they have not.

    Example:

    >>> keras.tree.assert_same_paths([0, 1], (2, 3))
    """
    of_a, of_b = ({path for path, _ in flatten_with_path(x)} for x in (a, b))
    if of_a != of_b:
        raise ValueError(
            f"`a` and `b` don't have the same paths. In `a` alone: {of_a - of_b or None}. "
            f"In `b` alone: {of_b - of_a or None}."
        )


def pack_sequence_as(structure: Any, flat_sequence: Iterable) -> Any:
    """Packs a flat list into the shape of a structure.

    Args:
        structure: Nested structure whose shape is taken.
        flat_sequence: List of leaves.

    Returns:
        The leaves in that structure.

    Raises:
        ValueError: If the numbers of leaves differ.

    Example:

    >>> keras.tree.pack_sequence_as({"a": 0, "b": [0]}, [1, 2])
    {'a': 1, 'b': [2]}
    """
    leaves = list(flat_sequence)
    if len(leaves) != len(flatten(structure)):
        raise ValueError(f"The structure has {len(flatten(structure))} leaves, but flat_sequence has {len(leaves)}.")
    rest = iter(leaves)
    return map_structure_in_order(structure, lambda _: next(rest))


def map_structure_in_order(structure: Any, func: Callable) -> Any:
    """`map_structure` for one structure with the leaves visited in `flatten`'s order."""
    if not is_nested(structure):
        return func(structure)
    return _rebuild(structure, [map_structure_in_order(c, func) for c in _children(structure)])
