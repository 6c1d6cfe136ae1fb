# Two commands are enough on a fresh machine: `make run` and `make test`.
# Both set up what they need: a virtual environment here, Debian packages where allowed.

SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
TESTS ?= tests
BENCH ?=

.DEFAULT_GOAL := help
.PHONY: help run test bench check screens constraints system clean

help:
	@echo "make run      opens the demo project (with no display: prints it, and leaves files in build/)"
	@echo "make test     runs the tests; TESTS=tests/trackers runs some"
	@echo "make bench    measures; BENCH=--full up to 1,000,000 artifacts, BENCH=key-presses some"
	@echo "make check    runs the linters and the type checker"
	@echo "make screens  renews the screenshots of the README"
	@echo "make clean    removes what was built; make constraints renews the versions"

run: system $(READY)
	@bash packaging/run-demo.sh $(PYTHON)

test: system $(READY)
	@$(PYTHON) -m pytest -q -n 2 $(TESTS)

bench: system $(READY)
	@$(PYTHON) -m tests.benchmarks $(BENCH)

check: $(READY)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports

screens: system $(READY)
	@bash packaging/screens.sh $(PYTHON)

constraints: $(READY)
	$(PYTHON) packaging/constraints.py

system:
	@bash packaging/system-packages.sh

$(READY): pyproject.toml packaging/constraints.txt packaging/environment.sh
	@bash packaging/environment.sh $(VENV)
	@touch $@

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find mlcatalog tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +
