# Cartwright. `make` alone explains itself.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo run test lint types campaign bench preview plugin lock clean

UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Some installers stop without a home.
export HOME := $(or $(HOME),$(CURDIR)/build/home)

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY)  ## Make .venv and install everything that the locks name
	@echo "Ready: $(BIN)/cartwright --help"

# The first Python of 3.11 or newer that has venv and ensurepip; PYTHON=… chooses another.
$(READY): requirements-dev.lock pyproject.toml
	@found=; \
	for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 or newer is needed: install it, or name one with PYTHON=/path/to/python3" >&2; \
	  exit 2; fi; \
	if ! "$$found" -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "$$found has no venv module: install it (Debian: apt-get install python3-venv)" >&2; \
	  exit 2; fi; \
	[ -x $(BIN)/python ] || "$$found" -m venv $(VENV)
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --no-cache-dir uv==$(UV_VERSION)
	@$(BIN)/uv pip sync --quiet --no-cache --system-certs --require-hashes --python $(BIN)/python requirements-dev.lock \
	  || $(BIN)/python -m pip install --quiet --no-cache-dir --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --no-cache-dir --no-deps --editable .
	@touch $(READY)

demo: $(READY)  ## Play three days of two shops' life, and show what was won back
	@$(BIN)/cartwright demo

run: $(READY)  ## Run the service here, with shops to play with, until Ctrl-C
	@exec $(BIN)/cartwright run

test: lint types $(READY)  ## Lint, types, import rules, then all tests
	$(BIN)/pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: $(READY)  ## Style and import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache

types: $(READY)  ## Types, strictly
	$(BIN)/mypy

campaign: $(READY)  ## Kill everything, race purchases, play a crowd twice: what broke?
	@$(BIN)/cartwright campaign

bench: $(READY)  ## Measure this machine: one JSON object
	@$(BIN)/cartwright bench

preview: $(READY)  ## Render every message template with sample data into build/preview
	@$(BIN)/cartwright preview build/preview

plugin:  ## Pack the shop plugin for WooCommerce into build/cartwright.zip
	@$(or $(PYTHON),python3) platforms/woocommerce/plugin/pack.py build/cartwright.zip

lock: $(READY)  ## Resolve the locks anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --no-header --extra dev pyproject.toml -o requirements-dev.lock

clean:  ## Remove the environment and everything made; data folders stay
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
