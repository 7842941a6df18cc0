"""Nested structures: lists, tuples, named tuples and dicts of values, traversed in one order (dicts by sorted key)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def is_nested(structure: Any) -> bool:
    """Whether a value is a list, tuple or dict.

    Args:
        structure: Anything.

    Returns:
        Boolean.

    Example:

    >>> keras.tree.is_nested([1, 2])
    True
    """
    return isinstance(structure, (list, tuple, dict))


def _children(structure) -> list:
    if isinstance(structure, dict):
        return [structure[k] for k in sorted(structure)]
    return list(structure)


def _rebuild(like, children: list):
    if isinstance(like, dict):
        values = dict(zip(sorted(like), children, strict=True))
        return type(like)((k, values[k]) for k in like)
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


def map_structure(func: Callable, *structures: Any) -> Any:
    """Applies a function to corresponding leaves.

    Args:
        func: Function of as many arguments as there are structures.
        *structures: Nested structures of the same shape.

    Returns:
        A structure of the results.

    Raises:
        ValueError: If the structures differ.

    Example:

    >>> keras.tree.map_structure(lambda a, b: a + b, [1, 2], [3, 4])
    [4, 6]
    """
    first = structures[0]
    if not is_nested(first):
        return func(*structures)
    for other in structures[1:]:
        assert_same_nesting(first, other)
    parts = zip(*(_children(s) for s in structures), strict=True)
    return _rebuild(first, [map_structure(func, *p) for p in parts])


def assert_same_nesting(a: Any, b: Any) -> None:
    """Raises ValueError where two structures differ at their top."""
    same = is_nested(b) and len(a) == len(b) and isinstance(a, dict) == isinstance(b, dict)
    if same and isinstance(a, dict):
        same = sorted(a) == sorted(b)
    if not same:
        raise ValueError(f"The two structures don't have the same nested structure. Received: {a} and {b}")


def assert_same_structure(a: Any, b: Any) -> None:
    """Asserts that two structures are nested alike.

    Args:
        a: First structure.
        b: Second structure.

    Raises:
        ValueError: If they are not.

    Example:

    >>> keras.tree.assert_same_structure([1, (2, 3)], [4, (5, 6)])
    """
    if is_nested(a) != is_nested(b):
        raise ValueError(f"The two structures don't have the same nested structure. Received: {a} and {b}")
    if is_nested(a):
        assert_same_nesting(a, b)
        for x, y in zip(_children(a), _children(b), strict=True):
            assert_same_structure(x, y)


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
