"""Damaged and dangerous files: a clear error, and nothing changed."""

from __future__ import annotations

import io
import json
import stat
import struct
import tracemalloc
import warnings
import zipfile

import h5py
import numpy as np
import pytest

import kerasnb as keras

MEMBERS = ("metadata.json", "config.json", "model.weights.h5")


def make_model():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="a"), keras.layers.Dense(2, name="b")])


@pytest.fixture
def saved(tmp_path):
    """The path of an intact file."""
    path = tmp_path / "model.keras"
    make_model().save(path)
    return path


def members_of(path) -> dict:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, members: dict, compression=zipfile.ZIP_STORED) -> None:
    """An archive of the given members: names, or ZipInfo objects."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def change(path, name: str, content) -> None:
    """Replaces one member."""
    rewrite(path, {**members_of(path), name: content})


def refused(path, *texts: str, **options) -> None:
    """Loading gives a ValueError that names the file and what is wrong, here and into a model."""
    with pytest.raises(ValueError) as caught:
        keras.saving.load_model(path, **options)
    for text in (str(path), *texts):
        assert text in str(caught.value), str(caught.value)


def weights_refused(path, *texts: str) -> None:
    """`load_weights` gives a ValueError, and changes no weight."""
    model = make_model()
    before = model.get_weights()
    with pytest.raises(ValueError) as caught:
        model.load_weights(path)
    for text in (str(path), *texts):
        assert text in str(caught.value), str(caught.value)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


# --- the archive


def test_file_that_is_missing(tmp_path):
    """A file that does not exist is named."""
    refused(tmp_path / "none.keras", "File not found")
    weights_refused(tmp_path / "none.weights.h5", "File not found")


@pytest.mark.parametrize("name", ["model.h5", "model.pb", "model"])
def test_other_formats(tmp_path, name):
    """Other endings are refused when reading and when writing."""
    refused(tmp_path / name, "File not found" if name.endswith(".h5") else "File format not supported")
    with pytest.raises(ValueError, match=r"Invalid filepath extension for saving"):
        make_model().save(tmp_path / name)
    with pytest.raises(ValueError, match=r"must end in `.weights.h5`"):
        make_model().save_weights(tmp_path / name)


def test_truncated_anywhere(saved):
    """A file cut off at any point is refused."""
    content = saved.read_bytes()
    for length in [0, 1, 10, 100, *range(0, len(content), len(content) // 25), len(content) - 1]:
        saved.write_bytes(content[:length])
        refused(saved)
        weights_refused(saved)


def test_any_byte_changed(saved):
    """A file with a byte changed is refused, or gives a model; nothing else happens."""
    content = bytearray(saved.read_bytes())
    refusals = 0
    for place in range(0, len(content), max(1, len(content) // 150)):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        saved.write_bytes(bytes(damaged))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                keras.saving.load_model(saved)
        except ValueError as problem:
            assert str(saved) in str(problem)
            refusals += 1
    assert refusals > 75


def test_no_archive_at_all(tmp_path):
    """A text file with the right name is refused."""
    path = tmp_path / "model.keras"
    path.write_text("hello")
    refused(path, "no intact `.keras` archive")


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_member_missing(saved, name):
    """Each member that is needed is missed by name."""
    members = members_of(saved)
    members.pop(name)
    rewrite(saved, members)
    refused(saved, "no member", name)


@pytest.mark.parametrize("name", ["/etc/passwd", "../evil", "a/../../evil", "..\\evil", "C:\\evil", "\\evil"])
def test_paths_out_of_the_archive(saved, name):
    """A member whose path leads elsewhere makes the archive refused, and nothing is written."""
    members = members_of(saved)
    info = zipfile.ZipInfo("placeholder")
    info.filename = name
    with zipfile.ZipFile(saved, "w") as archive:
        for own, content in members.items():
            archive.writestr(own, content)
        archive.writestr(info, "x")
    refused(saved, "leads out of the archive")
    assert sorted(p.name for p in saved.parent.iterdir()) == [saved.name]


def test_link_in_the_archive(saved):
    """A symbolic link is refused."""
    info = zipfile.ZipInfo("assets")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    rewrite(saved, {**{n: c for n, c in members_of(saved).items()}, info: "/etc"})
    refused(saved, "it is a link")


def test_same_name_twice(saved):
    """Two members of one name are refused: readers would differ about which one counts."""
    members = members_of(saved)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("config.json", members["config.json"])
    refused(saved, "two members have this name")


@pytest.mark.parametrize("name", ["model.weights.h5", "config.json", "assets/x"])
def test_decompression_bomb(saved, name):
    """A member that unpacks to far more than it stores is refused before it is unpacked."""
    members = members_of(saved)
    members[name] = bytes(64 << 20)
    rewrite(saved, members, zipfile.ZIP_DEFLATED)
    assert saved.stat().st_size < 1 << 20
    tracemalloc.start()
    refused(saved, name, "bomb")
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_member_larger_than_it_claims(saved):
    """A size that is not the real one is noticed while reading."""
    members = members_of(saved)
    members["config.json"] = json.dumps({"filler": "x" * (1 << 16)}).encode()
    rewrite(saved, members, zipfile.ZIP_DEFLATED)
    content = bytearray(saved.read_bytes())
    true_size = struct.pack("<L", len(members["config.json"]))
    content = content.replace(true_size, struct.pack("<L", 100))
    saved.write_bytes(bytes(content))
    refused(saved, "config.json")


def test_too_many_members(saved):
    """An archive of very many members is refused."""
    rewrite(saved, {**members_of(saved), **{f"assets/{i}": b"" for i in range(10_001)}})
    refused(saved, "members")


# --- the config


@pytest.mark.parametrize("config", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"not json"])
def test_config_is_no_json(saved, config):
    """A config that is no JSON is refused."""
    change(saved, "config.json", config)
    refused(saved, "config.json", "not valid JSON")


@pytest.mark.parametrize("config", ["[]", "null", "3", '"Sequential"', "{}", '{"module": "keras"}'])
def test_config_describes_no_model(saved, config):
    """JSON that is no model's config is refused."""
    change(saved, "config.json", config)
    refused(saved, "config.json", "does not describe a model")


def edited(saved, edit) -> None:
    """Changes the config with a function."""
    config = json.loads(members_of(saved)["config.json"])
    edit(config)
    change(saved, "config.json", json.dumps(config))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.layers", "Unknown"), ("my_module", "MyLayer"), (None, "MyLayer"), ("os", "system"),
        ("builtins", "eval"),
        ("keras.utils", "get_file"), ("keras.src.layers", "Nothing"), ("kerasnb.saving", "load_model"), (3, "Dense"),
        ("keras.layers", ["Dense"]), ("keras.layers", None),
    ],
)  # fmt: skip
def test_unknown_class(saved, module, name):
    """A class that is neither public nor registered is refused by name; nothing is imported."""

    def edit(config):
        config["config"]["layers"][1].update(module=module, class_name=name, registered_name=None)

    edited(saved, edit)
    refused(saved, "config.json")


def test_function_as_a_class(saved):
    """A function's config cannot call anything but public and registered functions."""

    def edit(config):
        config["config"]["layers"][1] = {
            "module": "os", "class_name": "function", "config": "system", "registered_name": "system",
        }  # fmt: skip

    edited(saved, edit)
    refused(saved, "Could not locate function 'system'")


def test_lambda_in_safe_mode(saved):
    """Code in a config is refused by default, wherever it stands."""

    def edit(config):
        config["config"]["layers"][1]["config"]["activation"] = {
            "class_name": "__lambda__",
            "config": {"value": "AAAA"},
        }

    edited(saved, edit)
    refused(saved, "lambda", "safe_mode=False")


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: c["config"]["layers"][1]["config"].update(units=-1),
        lambda c: c["config"]["layers"][1]["config"].update(units="many"),
        lambda c: c["config"]["layers"][1]["config"].update(surprise=1),
        lambda c: c["config"]["layers"][1]["config"].update(kernel_initializer={"class_name": "Nope", "config": {}}),
        lambda c: c["config"].pop("layers"),
        lambda c: c["config"].update(layers=3),
        lambda c: c["config"].update(layers=[[]]),
        lambda c: c["config"].update(layers=[{"class_name": "Dense", "config": 3, "module": "keras.layers"}]),
        lambda c: c.update(config=[]),
        lambda c: c["config"]["layers"][1]["build_config"].update(input_shape="wide"),
        lambda c: c.update(compile_config={"optimizer": {"class_name": "Nope", "config": {}}}),
        lambda c: c["config"]["layers"][0]["config"].update(batch_shape=[None, -4]),
        lambda c: c["config"]["layers"][0]["config"].update(dtype="complex1"),
    ],
)  # fmt: skip
def test_malformed_config(saved, edit):
    """An error about a config names the file and the member."""
    edited(saved, edit)
    refused(saved, "config.json")


def test_small_file_cannot_ask_for_a_huge_model(saved):
    """Weights that the file cannot hold are refused before memory is taken."""

    def edit(config):
        for layer in config["config"]["layers"][1:]:
            layer["config"]["units"] = 10**6
            layer["build_config"]["input_shape"] = [None, 10**6]

    edited(saved, edit)
    tracemalloc.start()
    refused(saved, "larger than what the file can hold")
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


# --- the weights


def weights_file(saved, edit) -> None:
    """Changes the weights with a function of the open h5 file, in the archive and beside it."""
    buffer = io.BytesIO(members_of(saved)["model.weights.h5"])
    with h5py.File(buffer, "a") as file:
        edit(file)
    change(saved, "model.weights.h5", buffer.getvalue())
    saved.with_name("w.weights.h5").write_bytes(buffer.getvalue())


def both_refused(saved, *texts: str) -> None:
    """Model and weights are refused from both kinds of files."""
    refused(saved, "model.weights.h5", *texts)
    weights_refused(saved, "model.weights.h5", *texts)
    weights_refused(saved.with_name("w.weights.h5"), *texts)


def replace(file, path: str, **options) -> None:
    del file[path]
    file.create_dataset(path, **options)


KERNEL = "layers/dense/vars/0"


def test_external_link(saved):
    """A link into another file is refused."""

    def edit(file):
        del file[KERNEL]
        file[KERNEL] = h5py.ExternalLink("/etc/passwd", "x")

    weights_file(saved, edit)
    both_refused(saved, "ExternalLink")


def test_soft_link(saved):
    """A symbolic link inside the file is refused."""

    def edit(file):
        del file[KERNEL]
        file[KERNEL] = h5py.SoftLink("/layers/dense_1/vars/0")

    weights_file(saved, edit)
    both_refused(saved, "SoftLink")


def test_external_storage(saved, tmp_path):
    """Numbers that lie in another file are refused."""
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(48))

    def edit(file):
        replace(file, KERNEL, shape=(4, 3), dtype="f4", external=[(str(secret), 0, 48)])

    weights_file(saved, edit)
    both_refused(saved, "another file")


def test_virtual_dataset(saved):
    """A dataset made of others is refused."""

    def edit(file):
        layout = h5py.VirtualLayout(shape=(4, 3), dtype="f4")
        layout[:] = h5py.VirtualSource("/etc/other.h5", "x", shape=(4, 3))
        del file[KERNEL]
        file.create_virtual_dataset(KERNEL, layout)

    weights_file(saved, edit)
    both_refused(saved, "virtual")


def test_shape_bomb(saved):
    """A dataset that claims far more than it stores is refused before it is read."""

    def edit(file):
        replace(file, KERNEL, shape=(1 << 20, 1 << 12), dtype="f4", chunks=(1 << 10, 1 << 10), compression="gzip")

    weights_file(saved, edit)
    both_refused(saved, KERNEL, "bomb")


def test_many_small_bombs(saved):
    """Many datasets that are each small enough may not be too large together."""

    def edit(file):
        for i in range(100):
            file.create_dataset(f"layers/dense/vars/x{i}", shape=(1 << 21,), dtype="f4", chunks=(1 << 20,))

    weights_file(saved, edit)
    tracemalloc.start()
    both_refused(saved, "bomb")
    assert tracemalloc.get_traced_memory()[1] < 256 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("kind", ["text", "record", "reference"])
def test_no_numbers(saved, kind):
    """Datasets that hold no numbers are refused."""

    def edit(file):
        types = {
            "text": h5py.string_dtype(), "record": np.dtype([("a", "f4"), ("b", "i4")]), "reference": h5py.ref_dtype,
        }  # fmt: skip
        replace(file, KERNEL, shape=(4, 3), dtype=types[kind])

    weights_file(saved, edit)
    both_refused(saved, "does not hold numbers")


def test_cycle_of_groups(saved):
    """Groups that contain themselves do not hang the reader."""

    def edit(file):
        file["layers/loop"] = file["layers"]

    weights_file(saved, edit)
    keras.saving.load_model(saved)


@pytest.mark.parametrize("shape", [(4, 4), (3, 4), (12,), (4, 3, 1), (0,), ()])
def test_shape_mismatch(saved, shape):
    """Weights of another shape are refused; no weight has changed, not even those that fit."""
    weights_file(saved, lambda file: replace(file, KERNEL, data=np.ones(shape, "f4")))
    both_refused(saved, "could not be loaded", "layers/dense", "must match")


def test_missing_weight(saved):
    """A weight too few is refused."""

    def edit(file):
        del file["layers/dense_1/vars/1"]

    weights_file(saved, edit)
    both_refused(saved, "expected 2 variables, but received 1 variables")


def test_missing_layer(saved):
    """A layer without weights in the file is refused."""

    def edit(file):
        del file["layers/dense_1"]

    weights_file(saved, edit)
    both_refused(saved, "expected 2 variables, but received 0 variables")


def test_skip_mismatch(saved):
    """On request what does not fit is left out, with a warning, and the rest is loaded."""
    weights_file(saved, lambda file: replace(file, KERNEL, data=np.ones((5, 5), "f4")))
    model = make_model()
    before = model.get_weights()
    model.layers[1].set_weights([w + 1 for w in model.layers[1].get_weights()])
    with pytest.warns(UserWarning, match="could not be loaded"):
        model.load_weights(saved, skip_mismatch=True)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    theirs = members_of(saved)["model.weights.h5"]
    with h5py.File(io.BytesIO(theirs)) as file:
        np.testing.assert_array_equal(model.get_weights()[2], file["layers/dense_1/vars/0"])


def test_damaged_numbers_are_noticed(saved):
    """A packed dataset with a broken checksum is refused."""

    def edit(file):
        replace(file, KERNEL, data=np.arange(12, dtype="f4").reshape(4, 3), chunks=(4, 3), fletcher32=True)

    weights_file(saved, edit)
    content = saved.with_name("w.weights.h5").read_bytes()
    broken = content.replace(struct.pack("<3f", 4, 5, 6), struct.pack("<3f", 4, 9, 6))
    assert broken != content
    saved.with_name("w.weights.h5").write_bytes(broken)
    weights_refused(saved.with_name("w.weights.h5"), "damaged")


def test_optimizer_state_that_does_not_fit(tmp_path):
    """A file's optimizer with other slots leaves the model's own, with Keras' warning."""
    model = make_model()
    model.compile("adam", "mse")
    model.train_on_batch(np.ones((2, 4)), np.ones((2, 2)))
    model.save_weights(tmp_path / "w.weights.h5")
    other = make_model()
    other.compile("sgd", "mse")
    other.train_on_batch(np.ones((2, 4)), np.ones((2, 2)))
    with pytest.warns(UserWarning, match="Skipping variable loading for optimizer"):
        other.load_weights(tmp_path / "w.weights.h5")


def test_model_that_is_not_built(saved):
    """Weights need a model that has its own."""
    with pytest.raises(ValueError, match="not yet been built"):
        keras.Sequential([keras.layers.Dense(3)]).load_weights(saved)


def test_other_types_of_numbers_are_converted(saved):
    """Weights stored as float64, float16 or integers become the variable's dtype."""
    for dtype in ("f8", "f2", "i4"):
        value = np.arange(12).reshape(4, 3)
        weights_file(saved, lambda file, v=value, d=dtype: replace(file, KERNEL, data=v.astype(d)))
        model = keras.saving.load_model(saved)
        np.testing.assert_array_equal(model.get_weights()[0], value.astype("f4"))


def test_bfloat16_is_read(saved):
    """Keras' mark for bfloat16 is understood."""

    def edit(file):
        value = (np.arange(12, dtype="f4").reshape(4, 3).view("u4") >> 16).astype("u2").view("V2")
        replace(file, KERNEL, data=value)
        file[KERNEL].attrs["dtype"] = "bfloat16"

    weights_file(saved, edit)
    np.testing.assert_array_equal(keras.saving.load_model(saved).get_weights()[0], np.arange(12).reshape(4, 3))
