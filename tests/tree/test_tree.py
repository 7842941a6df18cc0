"""`keras.tree` beside Keras: the same leaves, paths, structures and errors."""

from __future__ import annotations

import collections

import keras as judge
import pytest

import kerasnb as keras

BOTH = (judge, keras)
Point = collections.namedtuple("Point", ["x", "y"])
Other = collections.namedtuple("Other", ["x", "y"])
STRUCTURES = {
    "leaf": 3,
    "none": None,
    "empty": [],
    "list": [1, [2, (3,)], {"b": 4, "a": 5}],
    "ordered": collections.OrderedDict([("b", 1), ("a", [2, 3])]),
    "default": collections.defaultdict(list, {"b": 1, "a": 2}),
    "named": [Point(1, Point(2, 3))],
    "deque": collections.deque([1, 2]),
    "with none": {"a": None, "b": [None, 1]},
    "text": ["ab", b"c"],
    "shapes": {"a": (None, 2), "b": [(1,), (1, 2, 3)]},
}


def both(run):
    """The result of both libraries, or the error."""
    results = []
    for library in BOTH:
        try:
            results.append(run(library.tree))
        except (ValueError, TypeError) as problem:
            results.append(type(problem))
    assert results[1] == results[0]
    assert type(results[1]) is type(results[0])
    return results[1]


@pytest.mark.parametrize("name", STRUCTURES)
def test_one_structure(name):
    """Leaves, paths, mapping, packing, traversal."""
    s = STRUCTURES[name]
    leaves = both(lambda tree: tree.flatten(s))
    assert both(lambda tree: tree.is_nested(s)) is (name not in ("leaf", "none"))
    both(lambda tree: tree.flatten_with_path(s))
    both(lambda tree: tree.map_structure(lambda x: (x, "seen"), s))
    both(lambda tree: tree.map_structure(lambda x: [x], s, none_is_leaf=False))
    both(lambda tree: tree.map_structure(lambda x, y: (x, y), s, s))
    both(lambda tree: tree.pack_sequence_as(s, list(range(len(leaves)))))
    both(lambda tree: tree.pack_sequence_as(s, list(range(len(leaves) + 1))))
    both(lambda tree: tree.lists_to_tuples(s))
    both(lambda tree: tree.assert_same_structure(s, s))
    both(lambda tree: tree.assert_same_paths(s, s))
    if name == "shapes":
        both(lambda tree: tree.map_shape_structure(len, s))
    for top_down in (True, False):
        visits = []
        for library in BOTH:
            seen: list = []
            library.tree.traverse(seen.append, s, top_down=top_down)
            visits.append(seen)
        assert visits[0] == visits[1]


def test_traversal_replaces():
    """Parts are replaced, by None with `MAP_TO_NONE`; replaced ones are not entered."""
    for library in BOTH:
        tree = library.tree
        structure = [1, {"a": (2, 3)}, [4]]
        assert tree.traverse(lambda x: "t" if isinstance(x, tuple) else None, structure) == [1, {"a": "t"}, [4]]
        assert tree.traverse(lambda x, none=tree.MAP_TO_NONE: none if x == 4 else None, structure) == [
            1,
            {"a": (2, 3)},
            [None],
        ]
        assert tree.traverse(lambda x: -x if isinstance(x, int) else None, structure, False) == [
            -1, {"a": (-2, -3)}, [-4],
        ]  # fmt: skip


PAIRS = {
    "list and tuple": ([1, 2], (1, 2)),
    "lengths": ([1, 2], [1]),
    "leaf and list": (1, [1]),
    "keys": ({"a": 1}, {"b": 1}),
    "kinds of dicts": ({"a": 1, "b": 2}, collections.OrderedDict([("a", 3), ("b", 4)])),
    "named tuples": (Point(1, 2), Other(1, 2)),
    "deeper": ([1, [2, 3]], [1, [2, [3]]]),
    "alike": ({"a": [1, (2,)]}, {"a": [3, (4,)]}),
}


@pytest.mark.parametrize("name", PAIRS)
def test_two_structures(name):
    """Which ones are the same, and which have the same paths."""
    a, b = PAIRS[name]
    both(lambda tree: tree.assert_same_structure(a, b))
    both(lambda tree: tree.assert_same_paths(a, b))


def test_mapping_down_to_a_shallow_structure():
    """What is deeper goes to the function whole; what is shallower is an error."""
    assert both(lambda tree: tree.map_structure_up_to([0, 0], len, [[1, 1], [2]])) == [2, 1]
    both(lambda tree: tree.map_structure_up_to([0, [0, 0]], str, [[1, 1], [2, 2]]))
    a, b = {"a": 1, "b": [2]}, {"a": 3, "b": 4}
    both(lambda tree: tree.map_structure_up_to({"a": 0, "b": 0}, lambda x, y: (x, y), a, b))
    assert both(lambda tree: tree.map_structure_up_to([0, [0]], str, [1, 2])) is ValueError


def test_no_structures_and_no_function():
    """Errors of calls without what they need, and a deprecated argument."""
    both(lambda tree: tree.map_structure(len))
    both(lambda tree: tree.map_structure_up_to([0], len))
    assert both(lambda tree: tree.traverse("no function", [1])) is TypeError
    for library in BOTH:
        with pytest.warns(DeprecationWarning, match="check_types"):
            library.tree.assert_same_structure([1], [2], check_types=False)
