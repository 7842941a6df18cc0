# make lab    a notebook with kerasnb, ready to train       make test   everything that must hold
# make bench  the speed beside Keras and PyTorch            make clean  removes what these made
# make compare BASE=commit  the speed beside another commit
# make lessons  each lesson three times on one thread and on two, strictly
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help lab test alike lint types bounds oldest pytest gpu notebooks lessons bench compare clean chromium

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.done
OLDEST := .venv-oldest
SOURCES := $(shell find kerasnb -name '*.py' 2>/dev/null)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NOTEBOOK ?= notebooks/01_quickstart.ipynb
RESULTS := test-output
PYTEST := $(BIN)/python -m pytest -q
# A worker that dies ends the run: pytest-xdist sometimes waits forever for the one that takes its place.
SPREAD = -n $(WORKERS) --max-worker-restart=0
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, os.cpu_count() or 1))')
LAB_ARGS ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=

help:
	@head -n 4 Makefile | sed 's/^# //'

# --- environments: one stamp per set of packages, made anew when pyproject.toml changes -------------

$(DONE)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kerasnb needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@echo "== making $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "python's venv module is missing (Debian: apt install python3-venv)"; exit 1; }
	@mkdir -p $(DONE) && touch $@

$(DONE)/lab $(DONE)/test $(DONE)/bench: $(DONE)/%: pyproject.toml | $(DONE)/venv
	@echo "== installing kerasnb[$*] into $(VENV)"
	@$(PIP) --editable '.[$*]'
	@touch $@

$(DONE)/warm: $(DONE)/lab $(SOURCES)
	@echo "== compiling kernels"
	@$(BIN)/kerasnb warmup
	@touch $@

# --- lab -------------------------------------------------------------------------------------------

lab: $(DONE)/warm
	@args=(--LabApp.default_url=/lab/tree/$(NOTEBOOK)); \
	[ "$$(id -u)" != 0 ] || args+=(--allow-root); \
	if [ -z "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] && [ "$$(uname)" != Darwin ]; then \
	  args+=(--no-browser); echo "== no screen: open the URL below in a browser"; fi; \
	exec $(BIN)/jupyter lab "$${args[@]}" $(LAB_ARGS)

# --- test: the last line counts the tests of all runs ------------------------------------------------

test: alike bounds pytest gpu notebooks
	@$(BIN)/python tests/total.py $(RESULTS)/*.xml

# Each keeps one core busy, and begins with an environment of its own: together they take as long as one of them.
alike:
	@$(MAKE) --no-print-directory -j2 lint types oldest

lint: $(DONE)/test
	@echo "== ruff"
	@$(BIN)/ruff check .

types: $(DONE)/test
	@echo "== mypy"
	@$(BIN)/mypy

# Out-of-range indices are silent in compiled code; checked loops are compiled into a cache of their own.
# All tests in this way: make bounds BOUNDED="tests --ignore=tests/browser --ignore=tests/gpu"
BOUNDED ?= tests/kernels
bounds: $(DONE)/test
	@echo "== kernels with bounds checks"
	@NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR="$(CURDIR)/$(VENV)/.bounds" KERASNB_CACHE_DIR="$(CURDIR)/$(VENV)/.bounds" \
	  $(PYTEST) $(SPREAD) $(BOUNDED) --junitxml=$(RESULTS)/bounds.xml $(PYTEST_ARGS)

# A little of everything, with the oldest versions that pyproject.toml allows: they exist for Python 3.11 and 3.12.
oldest: tests/smoke/oldest.txt
	@if $(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then $(MAKE) --no-print-directory $(OLDEST)/.ran; \
	else echo "== oldest versions: skipped, they need Python 3.11 or 3.12"; fi

.PHONY: $(OLDEST)/.ran
$(OLDEST)/.ran: $(OLDEST)/.done
	@echo "== the oldest versions"
	@NUMBA_CACHE_DIR="$(CURDIR)/$(OLDEST)/.cache" KERASNB_CACHE_DIR="$(CURDIR)/$(OLDEST)/.cache" \
	  $(OLDEST)/bin/python -m pytest -q tests/smoke --junitxml=$(RESULTS)/oldest.xml $(PYTEST_ARGS)

$(OLDEST)/.done: tests/smoke/oldest.txt
	@echo "== making $(OLDEST)"
	@rm -rf $(OLDEST) && $(PYTHON) -m venv $(OLDEST)
	@$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

pytest: $(DONE)/test chromium
	@echo "== tests"
	@$(PYTEST) $(SPREAD) --dist loadfile tests -m "not alone" --ignore=tests/gpu --junitxml=$(RESULTS)/tests.xml $(PYTEST_ARGS)

# In processes of their own: simulated kernels are large, and compiled for every launch. Most tests stand in one file.
gpu: $(DONE)/test
	@echo "== kernels for the GPU, simulated and assembled"
	@$(PYTEST) $(SPREAD) --dist worksteal tests/gpu --junitxml=$(RESULTS)/gpu.xml $(PYTEST_ARGS)

# Alone, because they look at the clock. Saved outputs have colours, so the kernel must be allowed to use them.
notebooks: $(DONE)/test chromium
	@echo "== notebooks and JupyterLab"
	@env -u NO_COLOR $(PYTEST) tests/browser tests/widgets/summary notebooks --nbval -m alone \
	  --junitxml=$(RESULTS)/notebooks.xml $(PYTEST_ARGS)

# Before a release: what is saved is what comes out, each time and on any number of threads.
LESSONS ?= notebooks
lessons: $(DONE)/test
	@for threads in 1 2; do for run in 1 2 3; do echo "== lessons: $$threads thread(s), run $$run"; \
	  env -u NO_COLOR KERASNB_NUM_THREADS=$$threads $(PYTEST) -p no:cacheprovider $(LESSONS) --nbval $(PYTEST_ARGS); done; done

chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
	  echo "== installing chromium"; \
	  apt=(apt-get); [ "$$(id -u)" = 0 ] || apt=(sudo -n apt-get); \
	  export DEBIAN_FRONTEND=noninteractive; \
	  "$${apt[@]}" update -qq && "$${apt[@]}" install -y -qq --no-install-recommends chromium >/dev/null \
	  || { echo "The browser tests need chromium: install it, then run make test again."; exit 1; }; }

# --- bench -----------------------------------------------------------------------------------------

bench: $(DONE)/bench
	@$(BIN)/python benchmarks/bench.py $(BENCH_ARGS)

compare: $(DONE)/bench
	@$(BIN)/python benchmarks/compare.py $(BASE) $(BENCH_ARGS)

clean:
	rm -rf .venv .venv-without-numba $(OLDEST) build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache test-output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
