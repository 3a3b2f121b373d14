# `make scan TARGET=path` and `make test` set up what they need in .venv; `make help` lists all.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# What to scan, and further options of `keyaudit scan`.
TARGET ?= .
ARGS ?=
# Further options of pytest, for example PYTEST_ARGS="tests/reports -x".
PYTEST_ARGS ?=
# The interpreter .venv is made with; the first Python >= 3.11 on the path when empty.
PYTHON ?=
export PYTHON

BIN := .venv/bin

# A stamp says what .venv holds. It does not count when .venv's own interpreter no longer runs.
ifneq ($(shell $(BIN)/python -c 'print(1)' 2>/dev/null),1)
$(shell rm -f .venv/.scan .venv/.dev)
endif

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: scan
scan: .venv/.scan ## Scan TARGET (a file or folder; this checkout by default); more options in ARGS
	@$(BIN)/python -P -m keyaudit scan --exit-zero $(ARGS) "$(TARGET)"

.PHONY: test
test: .venv/.dev ## Run the tests; pytest options in PYTEST_ARGS
	@if command -v npm >/dev/null 2>&1; then .ci/install-tools || \
	    echo "keyaudit: without the SARIF Multitool, the tests that need it are skipped" >&2; fi
	@.ci/install-postgresql || \
	    echo "keyaudit: without a PostgreSQL server, the tests that need it are skipped" >&2
	@.ci/install-keepers || \
	    echo "keyaudit: without SoftHSM or GNOME Keyring, the tests that need them are skipped" >&2
	@.ci/install-key-tools || \
	    echo "keyaudit: without these programs, the tests that need one are skipped" >&2
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

TRIES ?= 20000

.PHONY: canaries
canaries: .venv/.dev ## Look for TRIES random values in everything that commands write about them
	@$(BIN)/python -m tests.canaries $(TRIES)

.PHONY: fuzz
fuzz: .venv/.dev ## Give TRIES changed documents to the analyzers; failures are kept in build/fuzz
	@$(BIN)/python -m tests.fuzz $(TRIES)

.PHONY: lint
lint: .venv/.dev ## Run every check that is no test: style, types, layers, catalogue, keyaudit itself
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m keyaudit.catalogue.lint
	@$(BIN)/python -m keyaudit.catalogue.pages --check
	@$(BIN)/python -m keyaudit scan .

.PHONY: format
format: .venv/.dev ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: docs
docs: .venv/.dev ## Write the pages of the rules and kinds of tokens (docs) from the catalogue
	@$(BIN)/python -m keyaudit.catalogue.pages

.PHONY: bench
bench: .venv/.scan .tools/bench-venv/.ready ## Time keyaudit against bandit and gitleaks on TARGET
	@.tools/bench-venv/bin/python -m pip --disable-pip-version-check install --quiet \
	    --force-reinstall --no-deps .
	@$(BIN)/python benchmarks/compare.py --peers .tools/bench-venv/bin \
	    --keyaudit .tools/bench-venv/bin/keyaudit $(ARGS) "$(TARGET)"

.PHONY: clean
clean: ## Remove .venv, the tools and every cache
	@rm -rf .venv .tools build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	    .import_linter_cache benchmarks/results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.scan: pyproject.toml .ci/setup-venv
	@.ci/setup-venv scan

.venv/.dev: pyproject.toml .ci/setup-venv
	@.ci/setup-venv dev

.tools/bench-venv/.ready: benchmarks/requirements.txt pyproject.toml .venv/.scan
	@echo "keyaudit: installing keyaudit and the peers in .tools/bench-venv" >&2
	@mkdir -p .tools
	@$(BIN)/python -m venv --clear .tools/bench-venv
	@.tools/bench-venv/bin/python -m pip --disable-pip-version-check install \
	    --requirement $< "." >.tools/bench-venv/setup.log 2>&1 \
	    || { tail -n 15 .tools/bench-venv/setup.log >&2; exit 1; }
	@touch $@
