"""plot_model and model_to_dot: the graph is that of Keras, nothing overlaps, and lines end at their boxes."""

from __future__ import annotations

import base64
import itertools
import re
import xml.etree.ElementTree as ElementTree

import keras as real
import numpy as np
import pytest
from keras.src.utils import model_visualization

import kerasnb
from kerasnb.backend.tensor import naming
from kerasnb.utils.model_visualization import convert, graph, layout
from kerasnb.utils.model_visualization.svg import DIRECTIONS, SPLINES, _Page, box_size


def long_stack(k):
    return k.Sequential([k.Input((64,)), *(k.layers.Dense(32, "relu") for _ in range(9)), k.layers.Dense(10)])


def residual(k):
    x = h = k.Input((16,), name="image")
    for i in range(3):
        skip, h = h, k.layers.Dense(16, "relu", name=f"a_{i}")(h)
        h = k.layers.Dense(16, name=f"b_{i}")(k.layers.Activation("relu", name=f"act_{i}")(h))
        h = k.ops.relu(h + (k.layers.Dense(16, name="shortcut")(skip) if i == 1 else skip))
    return k.Model(x, k.layers.Dense(10, "softmax", name="top")(h), name="residual")


def two_inputs_two_outputs(k):
    a, b = k.Input((6,), name="text"), k.Input((3,), name="numbers")
    h = k.layers.Dense(8, name="second")(k.layers.Dense(8, "relu", name="first")(a))
    trunk = k.layers.Dense(16, name="trunk")(k.ops.concatenate([h, k.layers.Dense(8, name="embed")(b)], axis=-1))
    kind = k.layers.Dense(4, name="kind")(k.ops.concatenate([trunk, b], axis=-1))
    return k.Model([a, b], {"price": k.layers.Dense(1, name="price")(trunk), "kind": kind}, name="two")


def shared(k):
    a, b = k.Input((6,), name="left"), k.Input((6,), name="right")
    encoder, twice = k.layers.Dense(4, name="encoder"), k.layers.Dense(4, name="twice")
    difference = k.ops.abs(encoder(a) - encoder(b))
    return k.Model([a, b], k.layers.Dense(1, name="same")(twice(twice(difference))), name="shared")


def nested(k):
    y, z = k.Input((4,), name="in"), k.Input((4,), name="in2")
    q = k.layers.Dense(4, name="q")(y)
    small = k.layers.Dense(3, name="small")(k.ops.add(q, z))
    encoder = k.Model([y, z], [small, q], name="encoder")
    head = k.Sequential([k.Input((3,)), k.layers.Dense(5, name="s1"), k.layers.Dense(3, name="s2")], name="head")
    x = k.Input((4,), name="outer")
    u, v = encoder([k.layers.Dense(4, name="pre")(x), x])
    return k.Model(x, [head(u), k.ops.concatenate([v, x], axis=-1)], name="whole")


def twice_nested(k):
    inner = k.Sequential([k.Input((3,)), k.layers.Dense(3, name="a"), k.layers.Dense(3, name="b")], name="inner")
    middle = k.Sequential([k.Input((3,)), inner, k.layers.Dense(3, name="c")], name="middle")
    x = k.Input((3,), name="x")
    return k.Model(x, middle(x) + inner(x), name="outer")


def wide(k):
    x = k.Input((4,), name="x")
    branches = [k.layers.Dense(2, name=f"branch_{i}")(x) for i in range(5)]
    deeper = [k.layers.Dense(2, name=f"deeper_{i}")(b) for i, b in enumerate(branches[::-1])]
    return k.Model(x, k.ops.concatenate([*deeper, branches[2], x], axis=-1), name="wide")


MODELS = {m.__name__: m for m in (long_stack, residual, two_inputs_two_outputs, shared, nested, twice_nested, wide)}


class Recorder:
    """What Keras asks pydot for, which is not installed: nodes, edges and clusters."""

    def __init__(self, *parts, label="", **_):
        self.parts, self.label, self.nodes, self.edges, self.clusters = parts, label, [], [], []

    def set(self, *_, **__):
        """Settings do not count."""

    set_node_defaults = set

    def get_edge(self, a, b):
        return [e for e in self.edges if e.parts == (a, b)]

    def add_node(self, node):
        self.nodes.append(node)

    def add_edge(self, edge):
        self.edges.append(edge)

    def add_subgraph(self, cluster):
        self.clusters.append(cluster)


class Pydot:
    Dot = Cluster = Node = Edge = Recorder


def words(label: str) -> list[str]:
    return [w for w in re.sub(r"<[^>]*>", "\n", label[1:-1]).replace("&#x27;", "'").split("\n") if w.strip(" ")]


def of_keras(model, options, monkeypatch) -> tuple[list, set]:
    """The words in the boxes that Keras draws, and the edges as pairs of them."""
    monkeypatch.setattr(model_visualization, "pydot", Pydot)
    dot = real.utils.model_to_dot(model, **options)
    nodes, edges, waiting = {}, [], [dot]
    while waiting:
        part = waiting.pop()
        nodes |= {node.parts[0]: words(node.label) for node in part.nodes}
        edges += part.edges
        waiting += part.clusters
    return sorted(nodes.values()), {(tuple(nodes[e.parts[0]]), tuple(nodes[e.parts[1]])) for e in edges}


def of_ours(model, options) -> tuple[list, set]:
    text = kerasnb.utils.model_to_dot(model, **options).to_string()
    nodes = {m[1]: words(m[2]) for m in re.finditer(r"^ *(n\d+) \[label=(.*)\];$", text, re.MULTILINE)}
    edges = {(tuple(nodes[a]), tuple(nodes[b])) for a, b in re.findall(r"(n\d+) -> (n\d+)", text)}
    return sorted(nodes.values()), edges


OPTIONS = [
    {}, {"expand_nested": True}, {"show_layer_names": False, "show_shapes": True, "show_dtype": True},
    {"show_layer_activations": True, "show_trainable": True, "show_shapes": True, "expand_nested": True},
]  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_the_graph_is_that_of_keras(name, monkeypatch):
    """The boxes have the words that Keras writes into them, and the same boxes are connected."""
    naming.reset_uids()
    real.backend.clear_session()
    ours, theirs = MODELS[name](kerasnb), MODELS[name](real)
    for options in OPTIONS:
        found, expected = of_ours(ours, options), of_keras(theirs, options, monkeypatch)
        if name == "twice_nested":  # here, a layer of two models stands in both
            found, expected = (({tuple(n) for n in nodes}, edges) for nodes, edges in (found, expected))
        assert found[0] == expected[0], options
        assert found[1] == expected[1], options


def overlap(a, b, by: float = 0.0) -> bool:
    return (
        a.x + by < b.x + b.width
        and b.x + by < a.x + a.width
        and a.y + by < b.y + b.height
        and b.y + by < a.y + a.height
    )


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("rankdir", DIRECTIONS)
def test_nothing_overlaps(name, rankdir):
    """Boxes stand apart and inside of their clusters, lines end at their boxes and run through no other one."""
    options = graph.Options(show_shapes=True, expand_nested=True)
    drawn = graph.graph_of(MODELS[name](kerasnb), options)
    places = layout.lay_out(drawn, box_size, rankdir in ("LR", "RL"))
    page = _Page(places, rankdir)
    boxes = {key: page.rectangle(r) for key, r in places.boxes.items()}
    sizes = {box.key: box_size(box) for box in drawn.cluster.boxes()}
    for key, r in boxes.items():
        assert np.allclose((r.width, r.height), sizes[key])
        assert r.x >= 0 and r.y >= 0 and r.x + r.width <= page.width and r.y + r.height <= page.height
        assert not any(overlap(r, other) for k, other in boxes.items() if k != key)
    for line in places.lines:
        points = page_points(page, line)
        assert on_border(points[0], boxes[line.source]) and on_border(points[-1], boxes[line.target])
        for a, b in itertools.pairwise(points):
            assert abs(a[0] - b[0]) < 0.5 or abs(a[1] - b[1]) < 0.5  # right angles
            leg = layout.Rectangle(min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]), abs(a[1] - b[1]))
            assert not any(overlap(leg, r, 1.0) for r in boxes.values())
    for key, (r, _) in places.clusters.items():
        frame = page.rectangle(r)
        inside = {box.key for box in cluster_of(drawn.cluster, key).boxes()}
        for other, box in boxes.items():
            within = frame.x < box.x and box.x + box.width < frame.x + frame.width
            within = within and frame.y < box.y and box.y + box.height < frame.y + frame.height
            assert within if other in inside else not overlap(frame, box)


def cluster_of(cluster, key):
    parts = [item for item in cluster.items if isinstance(item, graph.Cluster)]
    return cluster if cluster.key == key else next(filter(None, (cluster_of(p, key) for p in parts)), None)


def page_points(page, line) -> list:
    return page._corners(line, True)


def on_border(point, r) -> bool:
    x, y = point
    at_x, at_y = min(abs(x - r.x), abs(x - r.x - r.width)) < 0.5, min(abs(y - r.y), abs(y - r.y - r.height)) < 0.5
    return (at_y and r.x < x < r.x + r.width) or (at_x and r.y < y < r.y + r.height)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("splines", SPLINES)
def test_pictures_are_whole_documents(name, splines, tmp_path):
    """Each picture is well-formed XML that names every layer and has a line and a head for every edge."""
    picture = kerasnb.utils.plot_model(
        MODELS[name](kerasnb), tmp_path / "m.svg", show_layer_names=True, splines=splines
    )
    root = ElementTree.fromstring((tmp_path / "m.svg").read_text())
    text = "".join(root.itertext())
    model = MODELS[name](kerasnb)
    assert all(layer.name.rstrip("_0123456789") in text for layer in model.layers)
    edges = kerasnb.utils.model_to_dot(model).get_edges()
    assert len(root.findall("{http://www.w3.org/2000/svg}path")) == 2 * len(edges)
    assert picture.svg == (tmp_path / "m.svg").read_text()


def test_what_a_notebook_shows(tmp_path):
    """An image with a text in its place, which an untrusted notebook shows too."""
    picture = kerasnb.utils.plot_model(residual(kerasnb), tmp_path / "m.svg", show_layer_names=True)
    shown = picture._repr_html_()
    assert shown.startswith("<img alt=") and "script" not in shown and "image (InputLayer)" in shown
    content = base64.b64decode(re.search(r"base64,([^\"]*)", shown)[1]).decode()
    assert content == picture.svg and "residual" in picture.alt
    assert "with 18 layers" in picture.alt and "residual" in repr(picture)


def test_size_and_colours(tmp_path):
    """`dpi` is the size of the picture; frozen layers are marked."""
    model = residual(kerasnb)
    model.get_layer("top").trainable = False
    large, small = (
        ElementTree.fromstring(kerasnb.utils.plot_model(model, tmp_path / "m.svg", dpi=d, show_trainable=True).svg)
        for d in (200, 100)
    )
    assert abs(int(large.get("width")) - 2 * int(small.get("width"))) <= 1
    texts = ["".join(t.itertext()) for t in large.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("Non-trainable") == 1 and texts.count("Trainable") == 7


def test_dot_object(tmp_path):
    """The object is used like pydot's: its parts, its text, its files."""
    dot = kerasnb.utils.model_to_dot(nested(kerasnb), expand_nested=True, rankdir="LR", dpi=96, splines="curved")
    text = dot.to_string()
    assert text == dot.source and text.startswith('digraph "whole" {') and text.count("{") == text.count("}")
    assert "rankdir=LR;" in text and "dpi=96;" in text and "splines=curved;" in text
    assert [part.get_name() for part in dot.get_subgraphs()] == ["encoder", "head"]
    assert dot.get_subgraphs()[1].to_string().startswith('subgraph "cluster_head" {')
    assert len(dot.get_nodes()) == 3 and all(n.get_label().startswith("<<table") for n in dot.get_nodes())
    assert dot.get_edges()[0].get_source() == "n2"
    assert dot.write(tmp_path / "m.dot") and (tmp_path / "m.dot").read_text() == text
    assert dot.write_svg(tmp_path / "m.svg") and (tmp_path / "m.svg").read_text().startswith("<svg")
    cluster = kerasnb.utils.model_to_dot(nested(kerasnb), subgraph=True)
    assert cluster.to_string().startswith('subgraph "cluster_whole" {') and "style=dashed;" in cluster.to_string()


def test_subclassed_model_is_one_box():
    """Of a subclassed model only itself is known, as in Keras."""

    class Own(kerasnb.Model):
        def __init__(self):
            super().__init__(name="own")
            self.out = kerasnb.layers.Dense(2)

        def call(self, x):
            return self.out(x)

    model = Own()
    with pytest.raises(ValueError, match="has not yet been built"):
        kerasnb.utils.model_to_dot(model)
    model(np.ones((1, 3), "f"))
    dot = kerasnb.utils.model_to_dot(model, show_shapes=True, show_dtype=True)
    assert words(dot.get_nodes()[0].get_label()) == [
        "own", " (Own)", "Input shape: ", "?", "Output shape: ", "?", "Output dtype: ", "?",
    ]  # fmt: skip


def test_pictures_of_other_kinds(tmp_path, monkeypatch):
    """PNG files are made by a program if there is one; otherwise the error names what is possible."""
    model = shared(kerasnb)
    monkeypatch.setattr(convert, "_with_cairosvg", lambda *_: False)
    monkeypatch.setattr(convert.shutil, "which", lambda name: None)
    with pytest.raises(ImportError, match=r"to_file='model.svg'"):
        kerasnb.utils.plot_model(model, tmp_path / "m.png")
    assert not (tmp_path / "m.png").exists()
    calls = []

    def run(arguments, **_):
        calls.append(arguments)
        (target,) = (a for a in arguments if a.endswith(".png"))
        with open(target, "wb") as file:
            file.write(b"picture")
        return type("Done", (), {"returncode": 0})

    monkeypatch.setattr(convert.shutil, "which", lambda name: f"/bin/{name}" if name == "rsvg-convert" else None)
    monkeypatch.setattr(convert.subprocess, "run", run)
    kerasnb.utils.plot_model(model, tmp_path / "m.png", dpi=96)
    assert (tmp_path / "m.png").read_bytes() == b"picture" and calls[0][0] == "/bin/rsvg-convert"


ERRORS = {
    "layer_range": ({"layer_range": ["a", "b"]}, "no longer supported"),
    "unknown": ({"colour": 1}, "Unrecognized keyword arguments"),
    "rankdir": ({"rankdir": "up"}, "`rankdir` must be one of TB"),
    "splines": ({"splines": "wavy"}, "`splines` must be one of ortho"),
    "dpi": ({"dpi": 0}, "`dpi` must be a positive number"),
    "to_file": ({"to_file": "m.docx"}, "`to_file` must end in one of"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    """What is wrong is named."""
    arguments, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        kerasnb.utils.plot_model(shared(kerasnb), **{"to_file": "m.svg", **arguments})
