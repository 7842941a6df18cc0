"""A real JupyterLab, and a browser that looks at it."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).parents[2]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"]


def free_port() -> int:
    """An unused port of the loopback device."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def chromium() -> str | None:
    """The browser of the system."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


class Lab:
    """A JupyterLab server on a folder of its own."""

    def __init__(self, folder: pathlib.Path):
        self.folder, self.port, self.token = folder, free_port(), secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{self.port}"
        self.set("@jupyterlab/apputils-extension:notification", fetchNews="false", checkForUpdates=False)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "KERASNB", "JUPYTER"))}
        environment = kept | {
            "JUPYTER_CONFIG_DIR": str(folder / "config"), "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"), "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"), "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1",
        }  # fmt: skip
        (folder / "notebooks").mkdir()
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={self.port}",
            f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={folder / 'notebooks'}",
            "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1", "--LabApp.collaborative=False",
        ]  # fmt: skip
        self.log = open(folder / "lab.log", "wb")
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=subprocess.STDOUT)

    def wait(self, seconds: float = 90) -> None:
        """Waits until it answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/api?token={self.token}", timeout=5).read()
                return
            time.sleep(0.1)
        raise RuntimeError("JupyterLab did not start:\n" + (self.folder / "lab.log").read_text())

    def stop(self) -> None:
        """Ends the server and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()

    def rest(self, method: str, path: str):
        """Asks the server."""
        request = urllib.request.Request(
            f"{self.url}/api/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def end_kernel(self, name: str) -> None:
        """Ends the kernel of a notebook."""
        for session in self.rest("GET", "sessions"):
            if session["path"] == name:
                self.wait_kernel(session["kernel"]["id"])
                self.rest("DELETE", f"sessions/{session['id']}")

    def wait_kernel(self, kernel: str, seconds: float = 20) -> None:
        """Waits until a kernel that starts or restarts has done so: the server cannot end it before."""
        end = time.monotonic() + seconds
        while "starting" in self.rest("GET", f"kernels/{kernel}")["execution_state"] and time.monotonic() < end:
            time.sleep(0.1)

    def interrupt(self, name: str) -> None:
        """Interrupts the kernel of a notebook, as the button does."""
        for session in self.rest("GET", "sessions"):
            if session["path"] == name:
                self.rest("POST", f"kernels/{session['kernel']['id']}/interrupt")

    def set(self, plugin: str, **values) -> None:
        """Changes settings of JupyterLab."""
        package, name = plugin.split(":")
        folder = self.folder / "settings" / package
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.jupyterlab-settings").write_text(json.dumps(values))

    def write(self, name: str, cells: list[str]) -> None:
        """Puts a notebook with code cells into the folder."""
        made = [
            {"cell_type": "code", "id": f"cell{i}", "metadata": {}, "source": c, "outputs": [], "execution_count": None}
            for i, c in enumerate(cells)
        ]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        notebook = {"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        (self.folder / "notebooks" / name).write_text(json.dumps(notebook))

    def saved(self, name: str) -> dict:
        """What is in the saved notebook; it may still be being written."""
        text = (self.folder / "notebooks" / name).read_text()
        for _ in range(50):
            if text.rstrip().endswith("}"):
                break
            time.sleep(0.1)
            text = (self.folder / "notebooks" / name).read_text()
        return json.loads(text)


class Notebook:
    """A notebook open in the browser.

    Args:
        page: Page of Playwright.
        lab: `Lab`.
        name: Name of the file.
    """

    def __init__(self, page, lab: Lab, name: str):
        self.page, self.lab, self.name = page, lab, name

    def open(self, wait: bool = True) -> None:
        """Opens the notebook alone, without the sidebars, and waits for its kernel."""
        self.page.goto(f"{self.lab.url}/doc/tree/{self.name}?token={self.lab.token}&reset")
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        if wait:
            self.wait_idle()

    def wait_idle(self) -> None:
        """Waits until the kernel has nothing to do."""
        idle = 0  # the indicator also says "idle" before there is a connection: only what lasts counts
        while idle < 15:
            indicator = self.page.locator(".jp-Notebook-ExecutionIndicator")
            idle = idle + 1 if indicator.get_attribute("data-status") == "idle" else 0
            self.page.wait_for_timeout(100)

    def run(self, index: int) -> None:
        """Starts a cell; again if the notebook was not ready for it."""
        cell = self.page.locator(".jp-Notebook .jp-CodeCell").nth(index)
        before = self.prompt(index)
        for _ in range(5):
            cell.locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            seen = 0
            for _ in range(30):  # a kernel that is still being connected to may drop a request: "[*]", then "[ ]"
                seen = seen + 1 if self.prompt(index) != before else 0
                if seen == 4:
                    return
                self.page.wait_for_timeout(100)
        raise AssertionError(f"Cell {index} did not start")

    def prompt(self, index: int) -> str:
        """The prompt of a cell: `[*]:` while it runs."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(index).locator(".jp-InputPrompt").inner_text()

    def wait_done(self, index: int, seconds: float = 60) -> None:
        """Waits until a cell has ended."""
        script = """(i) => {
            const cell = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[i];
            return /\\[\\d+\\]/.test(cell.querySelector('.jp-InputPrompt').innerText);
        }"""
        self.page.wait_for_function(script, arg=index, timeout=seconds * 1000)

    def output(self, index: int):
        """The output of a cell."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(index).locator(".jp-Cell-outputWrapper")

    def save(self) -> None:
        """Saves and waits until the file is written."""
        before = (self.lab.folder / "notebooks" / self.name).stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        end = time.monotonic() + 20
        while (self.lab.folder / "notebooks" / self.name).stat().st_mtime_ns == before and time.monotonic() < end:
            self.page.wait_for_timeout(50)

    # --- the panel

    def panel(self):
        """The card of the training panel."""
        return self.page.locator(".kerasnb .k")

    def headline(self) -> str:
        """The first line of the panel: how the training stands."""
        return self.page.locator(".kerasnb .head").inner_text(timeout=20_000)

    def wait_headline(self, pattern: str, seconds: float = 60) -> None:
        """Waits until the headline matches."""
        script = """(p) => [...document.querySelectorAll('.kerasnb')].some((card) =>
            new RegExp(p).test(card.shadowRoot.querySelector('.head')?.innerText ?? ''))"""
        self.page.wait_for_function(script, arg=pattern, timeout=seconds * 1000)

    def button(self, text: str):
        """A button of the panel."""
        return self.page.locator(".kerasnb button", has_text=text)

    def ink(self, index: int = 0) -> int:
        """How many points the validation curve has: in the first epochs the other one is made of batches."""
        path = self.page.locator(".kerasnb .area").nth(index).locator("path.va")
        return len(re.findall("[ML]", path.get_attribute("d") or ""))

    def wait_ink(self, more_than: int, seconds: float = 60) -> None:
        """Waits until the curves have more points."""
        end = time.monotonic() + seconds
        while self.ink() <= more_than and time.monotonic() < end:
            self.page.wait_for_timeout(100)
        assert self.ink() > more_than
