# `make help` lists what there is. Whatever a new machine needs is installed into .venv by these targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# The first CPython from 3.11 on.
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3 python3.14; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin

.PHONY: help run test check bench lock schemas clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/installed ## Run the main job on the sample articles: files in, JSONL in out/
	$(BIN)/winnow run --local samples --out out --force

test: .venv/tested ## Run all tests, those against a real Kafka and Redis included
	$(BIN)/python -m pytest $(TESTS)

check: .venv/tested ## Lint, types, who may import whom, schemas on file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/winnow schemas check schemas/json

bench: .venv/tested ## Measure: the loop of the worker beside a bare one
	$(BIN)/python -m benchmarks.throughput

schemas: .venv/installed ## Write the JSON Schemas of the records anew
	$(BIN)/winnow schemas export schemas/json

lock: .venv/tested ## Pin the dependencies anew (needs uv in .venv)
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group test --group check pyproject.toml -o requirements/test.txt

clean: ## Remove the environment, caches and output
	rm -rf .venv .cache out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Winnow needs CPython 3.11 or newer (with venv)"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: requirements/run.txt pyproject.toml | .venv/bin/python
	@echo "installing Winnow into .venv …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/tested: requirements/test.txt .venv/installed
	@echo "installing what the tests need …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@
