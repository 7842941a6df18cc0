"""The command line says what is here, fills the cache, and cleans notebooks."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from kerasnb.backend.tensor import device
from kerasnb.cli import doctor as report
from kerasnb.cli import main
from kerasnb.version import __version__


def run(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "kerasnb", *arguments], capture_output=True, text=True)


def test_version():
    """`--version` prints the version and loads nothing heavy."""
    assert run("--version").stdout == f"kerasnb {__version__}\n"


def test_no_command(capsys):
    """Without a command the usage is shown, as an error."""
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2
    assert "usage: kerasnb" in capsys.readouterr().err


def test_doctor(capsys):
    """Every part of the report is there, and the device in use is marked."""
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    for title in ("Versions", "Devices", "Threads", "Kernel cache", "Notebook", "To install"):
        assert f"{title}\n  " in text
    assert f"kerasnb {__version__}" in text and "BLAS: " in text
    marked = [line for line in text.splitlines() if line.endswith("(in use)")]
    assert [line.split()[0] for line in marked] == [device.current()]


def test_doctor_lists_operations_of_the_host(capsys):
    """Operations without a GPU kernel are named, and only those."""
    assert main(["doctor", "--ops"]) == 0
    first, *names, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{len(names)} of ") and "bfloat16" in last
    assert "  random_gamma" in names and "  add" not in names


def test_doctor_stops_when_nobody_reads(tmp_path):
    """A reader that has seen enough, as `| head -1`, gets no traceback."""
    command = f"{sys.executable} -m kerasnb doctor --ops 2>{tmp_path / 'errors'} | true"
    subprocess.run(command, shell=True, check=True)
    assert (tmp_path / "errors").read_text() == ""


def test_doctor_says_why_there_is_no_gpu(monkeypatch, capsys):
    """A device that cannot be used comes with the reason."""
    monkeypatch.setattr(device, "cuda_problem", lambda: "no CUDA driver or no CUDA device was found")
    main(["doctor"])
    assert "cuda   not usable: no CUDA driver or no CUDA device was found" in capsys.readouterr().out


def test_doctor_helps_where_the_asked_device_cannot_be_used(monkeypatch):
    """A device that cannot be used is reported, and the report goes on."""
    monkeypatch.setenv("KERASNB_BACKEND", "abacus")
    done = run("doctor")
    assert done.returncode == 0, done.stderr
    assert "KERASNB_BACKEND=abacus: Unknown backend: 'abacus'" in done.stdout
    assert "(in use)" not in done.stdout and "To install" in done.stdout


def test_doctor_says_what_to_install(monkeypatch):
    """What is missing or too old comes as a pip command."""
    lab = [("lab", "no-such-package", "no-such-package>=2"), ("lab", "numpy", "numpy<1")]
    wanted = [("", "numpy", "numpy>=1.26"), *lab]
    monkeypatch.setattr(report, "requirements", lambda: wanted)
    monkeypatch.setattr(report, "installed", lambda name: {"numpy": "2.4.6", "kerasnb": "0.1.0"}.get(name))
    assert report.installs() == [f'pip install "no-such-package>=2" "numpy<1"  # {report.EXTRAS["lab"]}']


@pytest.mark.parametrize(
    ("version", "requirement", "met"),
    [
        ("0.30.4", "n>=0.30.4,<0.31", True),
        ("0.31.0", "n>=0.30.4,<0.31", False),
        ("2.10.1", "n>=2.9", True),
        ("1.1", "n", True),
    ],
)
def test_requirement_bounds(monkeypatch, version, requirement, met):
    """Versions are compared as numbers, on both sides."""
    monkeypatch.setattr(report, "installed", lambda name: version)
    assert report.is_met("n", requirement) is met


def test_doctor_counts_the_cache(monkeypatch, tmp_path):
    """The cache folder is shown with its state: empty, or how much is in it."""
    monkeypatch.setenv("KERASNB_CACHE_DIR", str(tmp_path))
    assert report.cache()[0] == f"{tmp_path}: empty: `kerasnb warmup` fills it"
    (tmp_path / "loops").mkdir()
    (tmp_path / "loops" / "a.1.nbc").write_bytes(bytes(2_000_000))
    assert report.cache()[0] == f"{tmp_path}: 1 compiled kernels, 2.0 MB"


def test_warmup_fills_the_cache(monkeypatch, tmp_path):
    """After `kerasnb warmup` the cache folders hold kernels, and one line of progress was written."""
    for name in ("KERASNB_CACHE_DIR", "NUMBA_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    done = run("warmup")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1 and "kernel cache is warm after" in done.stdout
    assert len(list((tmp_path / "NUMBA_CACHE_DIR").rglob("*.nbc"))) > 10


def test_warmup_on_the_numpy_device(monkeypatch):
    """Where nothing is compiled, warmup says so."""
    monkeypatch.setenv("KERASNB_BACKEND", "numpy")
    assert "compiles nothing" in run("warmup").stdout


def test_warmup_on_an_unknown_device(monkeypatch):
    """A device that is not there gives one line and a status, no traceback."""
    monkeypatch.setenv("KERASNB_BACKEND", "abacus")
    done = run("warmup")
    assert done.returncode == 1
    assert done.stderr == "kerasnb: Unknown backend: 'abacus'. Expected one of ('numpy', 'cpu', 'cuda').\n"


def test_nbclean(tmp_path, capsys):
    """Widget state leaves the notebook; a clean one is left alone; what is no notebook is an error."""
    path, other = tmp_path / "a.ipynb", tmp_path / "b.ipynb"
    path.write_text(json.dumps({"cells": [], "metadata": {"widgets": {"x": 1}}, "nbformat": 4, "nbformat_minor": 5}))
    other.write_text("no notebook")
    assert main(["nbclean", str(path)]) == main(["nbclean", str(path)]) == 0
    assert json.loads(path.read_text())["metadata"] == {}
    assert main(["nbclean", str(other), str(tmp_path / "missing.ipynb")]) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [f"{path}: cleaned", f"{path}: was clean"]
    assert printed.err.count("b.ipynb: ") == 1 and "missing.ipynb" in printed.err
