"""Compiled code where it cannot be kept: training goes on, and nobody else's files are executed."""

from __future__ import annotations

import errno
import os
import pathlib
import pickle
import shutil
import stat
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import pytest

import kerasnb
from kerasnb.backend.compile import cache, codegen, jit
from tests.backend.compile.test_workers import fresh_kernel

PACKAGE = pathlib.Path(kerasnb.__file__).parent


def mounts_are_possible() -> bool:
    """Whether this process may make mounts that nobody else sees."""
    if not shutil.which("unshare"):
        return False
    return (
        subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0
    )


# --- whole processes ---------------------------------------------------------------------------------

TRAIN = """
import sys
import numpy as np
sys.path.insert(0, {root!r})
import kerasnb as keras
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "relu"), keras.layers.Dense(1)])
model.compile("sgd", "mse")
losses = model.fit(np.ones((8, 3), "f4"), np.ones((8, 1), "f4"), epochs=3, verbose=0).history["loss"]
assert losses[-1] < losses[0]
print("trained")
"""

FEW = """
import sys
sys.path.insert(0, {root!r})
import kerasnb as keras
assert keras.ops.sum(keras.ops.exp([0.0, 0.0])).numpy() == 2
print("trained")
"""

# Where no mounts can be made: Python says of some folders what the system would say of such mounts.
PRETEND = """
import os, sys
def refuse(event, args):
    if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        path = args[0]
    elif event in ("os.mkdir", "os.rename"):
        path = args[0]
    else:
        return
    if str(path).startswith({folders!r}):
        raise OSError({number}, os.strerror({number}))
sys.addaudithook(refuse)
"""


def run(folders: list, size, environment: dict, pretend=False, code=TRAIN):
    """Trains in a process in which some folders are mounts: read-only, or small and full.

    Args:
        folders: List of paths.
        size: `"full"` or `"read-only"`.
        environment: Dict of variables; None removes one.
        pretend: Boolean, whether to do without mounts even where they are possible.
        code: String, what it does: trains, or compiles a few kernels, which is quicker.

    Returns:
        What it wrote to stderr.
    """
    variables = {k: v for k, v in {**os.environ, **environment}.items() if v is not None}
    code, command = code.format(root=str(PACKAGE.parent)), []
    if mounts_are_possible() and not pretend:
        command = ["unshare", "-m", "sh", "-c", f'{mounts(folders, size)} && exec "$@"', "sh"]
    else:
        number = errno.ENOSPC if size == "full" else errno.EROFS
        code = PRETEND.format(folders=tuple(map(str, folders)), number=number) + code
    command += [sys.executable, "-W", "always::UserWarning", "-c", code]
    done = subprocess.run(command, env=variables, cwd="/", capture_output=True, text=True, timeout=300)
    assert done.stdout == "trained\n", done.stderr
    return done.stderr


def mounts(folders, size) -> str:
    """Commands that mount them."""
    if size == "full":
        each = "mount -t tmpfs -o size=64k none {0} && (cat /dev/zero >{0}/filled 2>/dev/null || true)"
    else:
        each = "mount --bind {0} {0} && mount -o remount,bind,ro {0}"
    return " && ".join(each.format(folder) for folder in folders)


@pytest.fixture
def places(tmp_path):
    """A folder for each purpose, and the variables that name them."""
    for name in ("home", "kernels", "tmp"):
        (tmp_path / name).mkdir()
    own = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp"), "XDG_CACHE_HOME": None}
    return tmp_path, {**own, "KERASNB_CACHE_DIR": None, "NUMBA_CACHE_DIR": None}


def warned(text: str) -> str:
    """The one warning that says that compiled code is not kept as usual."""
    lines = [line for line in text.splitlines() if "UserWarning: " in line]
    assert len(lines) == 1 and "Compiled kernels cannot be kept as usual" in lines[0], text
    return lines[0]


@pytest.mark.parametrize("pretend", [False, True])
def test_a_read_only_package_and_no_home(places, pretend):
    """As in a container whose user is a number: kernels go to the folder for temporary files."""
    folder, environment = places
    text = warned(run([PACKAGE, folder / "home"], "read-only", environment, pretend, FEW if pretend else TRAIN))
    private = folder / "tmp" / f"kerasnb-{os.getuid()}"
    assert str(private) in text and list(private.rglob("*.nbc")) and list(private.rglob("*.py"))
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_a_read_only_package_and_a_folder_of_ones_own(places):
    """`KERASNB_CACHE_DIR` then serves for all kernels, and nothing is amiss."""
    folder, environment = places
    environment["KERASNB_CACHE_DIR"] = str(folder / "kernels")
    text = run([PACKAGE, folder / "home"], "read-only", environment, code=FEW)
    assert not text and list((folder / "kernels" / "kernels").rglob("*.nbc")) and not list((folder / "tmp").iterdir())


def test_a_read_only_cache(places):
    """The folder that was asked for is there, but on a mount that cannot be written."""
    folder, environment = places
    kernels = str(folder / "kernels")
    text = warned(
        run([kernels], "read-only", {**environment, "KERASNB_CACHE_DIR": kernels, "NUMBA_CACHE_DIR": kernels})
    )
    assert "Read-only file system" in text


@pytest.mark.parametrize("also_tmp", [False, True])
def test_a_full_disk(places, also_tmp):
    """Nothing can be kept: kernels are compiled in memory."""
    folder, environment = places
    kernels = str(folder / "kernels")
    full = [kernels, folder / "tmp"] if also_tmp else [kernels]
    environment.update(KERASNB_CACHE_DIR=kernels, NUMBA_CACHE_DIR=kernels)
    text = warned(run(full, "full", environment, code=FEW if also_tmp else TRAIN))
    assert "No space left on device" in text


def test_nothing_can_be_written_at_all(places):
    """Not even temporary files: kernels are compiled in memory."""
    folder, environment = places
    everything = [PACKAGE, folder / "home", folder / "tmp", "/tmp", "/var/tmp"]
    text = warned(run([f for f in everything if os.path.isdir(f)], "read-only", environment, code=FEW))
    assert "each process compiles its kernels anew" in text


def test_a_user_without_a_name_or_a_home(places):
    """Numba would make a folder of the name "~" where the process happens to be."""
    folder, environment = places
    code = f"import os; os.chdir({str(folder / 'home')!r}); os.path.expanduser = lambda path: path\n"
    warned(run([PACKAGE], "read-only", {**environment, "HOME": None}, code=code + FEW))
    assert not list((folder / "home").iterdir())


# --- parts -------------------------------------------------------------------------------------------


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A fresh folder for temporary files; what was found out about others is forgotten before and behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(cache, "_warned", [])
    cache.private_folder.cache_clear()
    yield tmp_path, tmp_path / f"kerasnb-{os.getuid()}"
    cache.private_folder.cache_clear()


def test_the_private_folder_is_made_for_this_user_alone(temporary):
    """Whatever the umask."""
    before = os.umask(0)
    try:
        made = cache.private_folder()
    finally:
        os.umask(before)
    assert made == temporary[1] and stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_folder_of_an_older_version_is_taken(temporary):
    """Others could read it, but never write: it is closed to them."""
    temporary[1].mkdir(mode=0o755)
    assert cache.private_folder() == temporary[1] and stat.S_IMODE(temporary[1].stat().st_mode) == 0o700


@pytest.mark.parametrize("trap", ["writable", "symlink", "dangling", "file", "foreign"])
def test_a_folder_that_somebody_else_may_have_filled_is_not_used(temporary, trap, monkeypatch):
    """Numba's index is a pickle: a fresh folder takes the place of one that is not this user's alone."""
    folder, expected = temporary
    (folder / "theirs").mkdir(mode=0o700)
    if trap == "writable":
        expected.mkdir()
        expected.chmod(0o777)
    elif trap == "symlink":
        expected.symlink_to(folder / "theirs")
    elif trap == "dangling":
        expected.symlink_to(folder / "nowhere")
    elif trap == "file":
        expected.write_text("")
    else:
        expected.mkdir(mode=0o700)
        owner = expected.stat().st_uid
        monkeypatch.setattr(os, "getuid", lambda: owner + 1)
        expected.rename(folder / f"kerasnb-{owner + 1}")
    made = cache.private_folder()
    assert made.parent == folder and made != expected and made.name.startswith("kerasnb-")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700 and not made.is_symlink() and not list(made.iterdir())
    assert cache.private_folder() == made
    assert not list((folder / "theirs").iterdir()) and not (folder / "nowhere").exists()


def test_a_short_lived_folder_ends_with_its_process(tmp_path):
    """And not with a child of it."""
    (tmp_path / f"kerasnb-{os.getuid()}").write_text("somebody's")
    code = (
        "import os; from kerasnb.backend.compile import cache; folder = cache.private_folder(); child = os.fork()\n"
        "if not child: raise SystemExit\n"
        "os.waitpid(child, 0); print(folder.is_dir(), folder)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    there, folder = done.stdout.split()
    assert there == "True" and not pathlib.Path(folder).exists(), done.stderr


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps("0.0") + b"rest", pickle.dumps([1, 2])])
def test_a_corrupt_index_is_made_anew(monkeypatch, tmp_path, content):
    """What Numba cannot read it compiles, and finds the next time."""
    monkeypatch.setenv("KERASNB_CACHE_DIR", str(tmp_path))
    kernel, args = fresh_kernel()
    kernel(*args)
    for path in pathlib.Path(kernel.dispatcher.stats.cache_path).glob(f"{kernel.py_func.__module__}*.nbi"):
        path.write_bytes(content)
    for hits in (0, 1):
        again = jit.CpuKernel(kernel.py_func)
        again(*args)
        assert sum(again.dispatcher.stats.cache_hits.values()) == hits


def test_a_cache_that_cannot_be_written_any_more(monkeypatch, tmp_path):
    """One warning for many kernels; each works."""
    monkeypatch.setenv("KERASNB_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(cache, "_warned", [])
    kernels = [fresh_kernel() for _ in range(2)]
    for kernel, _ in kernels:
        monkeypatch.setattr(kernel.dispatcher._cache._cache_file, "save", _full)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for kernel, args in kernels:
            kernel(*args)
            np.testing.assert_array_equal(args[2], kernel.py_func.__globals__["C0"] * args[1])
    assert len(caught) == 1 and "No space left on device" in str(caught[0].message)


def _full(*args):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_loops_that_are_cached_read_only_are_used(monkeypatch, tmp_path, temporary):
    """An image may bring them: they are found where they are, and nothing is written."""
    monkeypatch.setenv("KERASNB_CACHE_DIR", str(tmp_path / "cache"))
    text = "VALUE = 1"
    path = codegen._placed("kerasnb_loop_test", text)
    monkeypatch.setattr(codegen, "_write", _full)
    assert codegen._placed("kerasnb_loop_test", text) == path
    with pytest.warns(UserWarning, match="No space left"):
        assert codegen._placed("kerasnb_loop_other", text) is None
    assert codegen._in_memory("kerasnb_loop_other", text).VALUE == 1
    del sys.modules["kerasnb_loop_other"]


def test_half_a_loop_is_not_left_behind(monkeypatch, tmp_path):
    """A disk that fills up while a loop is written keeps no piece of it."""
    monkeypatch.setattr(os, "replace", _full)
    with pytest.raises(OSError):
        codegen._write(tmp_path / "loops" / "x.py", "text")
    assert not list((tmp_path / "loops").iterdir())


INNER = "from kerasnb.backend.compile.jit import cpu\n\n@cpu\ndef inner(x):\n    return x + {}\n"
OUTER = (
    "from kerasnb.backend.compile.jit import cpu\nfrom inner import inner\n\n@cpu\ndef outer(x):\n    return inner(x)\n"
)
CALL = "from outer import outer; print(outer(1), sum(outer.dispatcher.stats.cache_hits.values()))"


def test_an_edit_in_another_file_is_noticed(tmp_path):
    """What a kernel calls is part of its compiled code: an edit there compiles it anew, and nothing else does."""
    root = str(PACKAGE.parent)
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}", "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    (tmp_path / "outer.py").write_text(OUTER)
    for added, expected in ((1, "2 0"), (1, "2 1"), (10, "11 0"), (10, "11 1")):
        if expected.endswith("0"):
            (tmp_path / "inner.py").write_text(INNER.format(added))
        run = subprocess.run([sys.executable, "-c", CALL], env=env, cwd=tmp_path, capture_output=True, text=True)
        assert run.stdout.strip() == expected, run.stderr
