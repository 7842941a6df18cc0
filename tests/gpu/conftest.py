"""Starts the processes of test_standin.py first, so that they run beside the other tests."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from tests.gpu.standin import driver

MODULES = ("train", "implementations")


class Beside:
    """A module that runs in a process of its own, with the stand-in as its driver."""

    def __init__(self, module: str, folder: pathlib.Path):
        self.module, self.folder = module, folder
        command = [sys.executable, "-m", f"tests.gpu.standin.{module}", str(folder)]
        self.errors = (folder / "errors.txt").open("w+")
        self.process = subprocess.Popen(command, env=driver.environment(folder), stdout=self.errors, stderr=self.errors)

    def results(self) -> pathlib.Path:
        """The folder of its results, once it has ended."""
        code = self.process.wait(timeout=600)
        self.errors.seek(0)
        assert code == 0, f"{self.module} ended with {code}: {self.errors.read()[-4000:]}"
        return self.folder

    def end(self) -> None:
        """Ends the process if nobody waited for it."""
        self.process.kill()
        self.process.wait()
        self.errors.close()


@pytest.fixture(scope="session", autouse=True)
def beside(request, tmp_path_factory):
    """The processes by module, started if any test of the session wants them."""
    needed = any(item.path.name == "test_standin.py" for item in request.session.items)
    started = {name: Beside(name, tmp_path_factory.mktemp(name)) for name in MODULES if needed}
    yield started
    for process in started.values():
        process.end()
