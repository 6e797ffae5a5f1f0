# Two commands are enough: `make run` and `make test`. Everything else is below.
PYTHON ?= python3
PORT ?= 8000
# Many tests wait for processes they killed, so three files at a time fill two cores. One at a time: make test PARALLEL=
PARALLEL ?= -n 3 --dist loadfile --no-loadscope-reorder
BIN := .venv/bin
STAMP := .venv/.installed
DEV_STAMP := .venv/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help run test check sure format bench messages lock clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(STAMP) ## Set up what is missing and start everything, with demo data on first start
	@$(BIN)/cx up --demo --port $(PORT)

# Exit code 5 says that none of the chosen tests is of that kind. The many come last, so their count ends the output.
test: $(DEV_STAMP) ## Run all tests on a private PostgreSQL
	@$(BIN)/python -m pytest -q -m alone $(TESTS) || [ $$? -eq 5 ]
	@$(BIN)/python -m pytest $(PARALLEL) -m "not alone" $(TESTS) || [ $$? -eq 5 ]

check: $(DEV_STAMP) ## Format, lint, contracts, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy .

sure: check test ## All that must be green before a commit

format: $(DEV_STAMP) ## Format and mend what can be mended
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format -q .

bench: $(DEV_STAMP) ## Measure, print, and write docs/benchmarks.md
	@$(BIN)/python -m bench

messages: $(STAMP) ## Extract the sentences of all pages, compile the English catalogue
	@pot=$$(mktemp) && trap 'rm -f '$$pot EXIT \
		&& $(BIN)/pybabel -q extract -F babel.cfg --no-location --sort-output -o $$pot . \
		&& $(BIN)/pybabel -q update -i $$pot -d app/translations -l en \
			--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap
	@$(BIN)/pybabel -q compile -d app/translations

lock: ## Resolve the dependencies anew (needs uv); keep the diff small and read it
	@uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
		pyproject.toml -o requirements.lock
	@uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
		pyproject.toml --extra train --group dev -o requirements-dev.lock

clean: ## Remove the environment; the data in var/ stay
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv .venv

$(STAMP): requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing (once)…"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(STAMP)
	@echo "Installing what the tests need (once)…"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
