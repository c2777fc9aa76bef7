# The words of this project: make demo, make check, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

READERS := .pm4py/.ready

.PHONY: demo test check readers format slow bench lock clean

demo: $(READY)  ## run the whole campaign of 2009 and print its story
	$(BIN)/plangate demo

test: $(READY)  ## every test, a real PostgreSQL included
	$(BIN)/python -m pytest -n auto

check: $(READY)  ## format, lint, types, import contracts, the plans themselves
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/plangate check plans/units plans/base

readers: $(READERS)  ## pm4py, by which `make test` reads exports back (500 MB)

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

slow: $(READY)  ## the long campaigns, by hand
	$(BIN)/python -m pytest -m slow

bench: $(READY)  ## prints ratios; see docs/benchmarks.md
	$(BIN)/python tests/benchmarks/seed_workload.py

$(READY): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

$(READERS): tests/pm4py.lock
	test -x .pm4py/bin/python || $(PYTHON) -m venv .pm4py
	.pm4py/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/pm4py.lock
	touch $(READERS)

lock:  ## renew requirements.lock and tests/pm4py.lock (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--group dev --output-file requirements.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--output-file tests/pm4py.lock tests/pm4py.in

clean:
	rm -rf $(VENV) .pm4py dist .pytest_cache .mypy_cache .ruff_cache
