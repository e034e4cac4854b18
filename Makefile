# `make` lists the targets. Everything happens in .venv, made from PYTHON (3.11 or newer).

PYTHON ?= python3
T ?= tests
K ?=
JOBS ?= 3
# Releases of MLflow that the plugin is tested with: in CI, and besides in the long form. Each has an
# environment of its own, since MLflow's pins exclude the server's.
MLFLOW := 2.22.5 3.17.2
MLFLOW_OTHERS := 3.4.0 3.11.1 3.13.0
# The newest release runs all tests, the older ones in CI those of what MLflow itself calls: the others start
# dozens of programs that each import MLflow for seconds. The long form leaves one out with older releases,
# which compares random calls with those of MLflow's own store: filters of older ones take other numbers.
OLDER_MLFLOW_TESTS := $(patsubst %,tests/mlflow/test_%.py,uri store models bytes artifacts stages search sample server)
OLDER_MLFLOW_LONG = $(filter-out %/test_differential.py,$(wildcard tests/mlflow/test_*.py))
NEWEST_MLFLOW = .venv-mlflow-$(lastword $(MLFLOW))

BIN := .venv/bin
READY := .venv/.ready
GENERATOR := .venv-proto/bin/python
GENERATOR_READY := .venv-proto/.ready
FRAMEWORKS_READY := .venv-frameworks/.ready
GOOGLE_PROTOS := build/google-protos/.ready
CONTRACT := protos/modelregistry
RELEASED := protos/released/modelregistry.binpb
SOURCES = $(wildcard src sdk/python/src sdk/mlflow/src tests scripts examples benchmarks)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests start hundreds of processes: each would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

pytest_mlflow = $(1)/bin/python -m pytest -q -c tests/mlflow/pytest.toml --confcutdir tests/mlflow

# Exit code 5 is "no tests", of a K that matches none.
with_mlflow = for release in $(1); do \
		echo "MLflow $$release"; \
		.venv-mlflow-$$release/bin/python -m pytest -q -n $(JOBS) --dist loadfile -c tests/mlflow/pytest.toml \
			--confcutdir tests/mlflow $(2) $(if $(K),-k '$(K)') || [ $$? -eq 5 ] || exit 1; \
	done

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup quickstart serve test test-fast test-pooler test-frameworks test-mlflow test-mlflow-all test-mlflow-long test-mlflow-pages bench faults attacks check sync lint types imports contract-lint \
	contract-breaking proto-check sync-check fix proto release-contract release-schema constraints hashes clean

##@ Use
help: ## Show these targets
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) $(MLFLOW:%=.venv-mlflow-%/.ready) ## Create .venv and the environments with MLflow (PYTHON=python3.12 chooses another Python)

quickstart: $(READY) ## Train, push, promote by rules, serve and take back real models in a registry of its own
	@$(BIN)/python examples/quickstart.py

serve: $(READY) ## A registry on 127.0.0.1:50051, embedded defaults
	@$(BIN)/registry-grpc serve

##@ Work
test: $(READY) ## All tests (T=path and K=pattern narrow; JOBS=0 runs them one after the other)
	@$(if $(filter tests,$(T)),REGISTRY_TEST_ATTACKS=brief )$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(T) $(if $(K),-k '$(K)')
	@$(if $(filter tests,$(T)),$(MAKE) --no-print-directory test-mlflow K='$(K)')

test-fast: $(READY) ## Unit and contract tests on SQLite, a minute: what to run after each change
	@REGISTRY_TEST_FAST=1 $(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile --sqlite tests/unit tests/contract $(if $(K),-k '$(K)')

test-pooler: $(READY) ## The contract of the database on PostgreSQL, through a real PgBouncer
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile --pooled tests/contract/test_database*.py $(if $(K),-k '$(K)')

test-frameworks: $(FRAMEWORKS_READY) ## The adapters of PyTorch, Transformers and Keras, in an environment of 5 GB (Linux)
	@REGISTRY_TEST_FRAMEWORKS=long .venv-frameworks/bin/python -m pytest tests/frameworks $(if $(K),-k '$(K)')

test-mlflow: $(READY) $(MLFLOW:%=.venv-mlflow-%/.ready) ## The plugin for MLflow with the oldest and the newest release (MLFLOW=3.17.2 chooses)
	@$(call with_mlflow,$(filter-out $(lastword $(MLFLOW)),$(MLFLOW)),$(OLDER_MLFLOW_TESTS))
	@$(call with_mlflow,$(lastword $(MLFLOW)),tests/mlflow)

test-mlflow-all: $(READY) $(patsubst %,.venv-mlflow-%/.ready,$(MLFLOW) $(MLFLOW_OTHERS)) ## The plugin for MLflow with all releases, the long form
	@$(call with_mlflow,$(filter-out $(lastword $(MLFLOW)),$(MLFLOW) $(MLFLOW_OTHERS)),$(OLDER_MLFLOW_LONG))
	@$(call with_mlflow,$(lastword $(MLFLOW)),tests/mlflow)

test-mlflow-long: $(READY) $(NEWEST_MLFLOW)/.ready ## MLflow's own store and ours compared by 18,000 random calls, the long form
	@REGISTRY_TEST_MLFLOW=long $(call pytest_mlflow,$(NEWEST_MLFLOW)) --override-ini timeout=0 tests/mlflow/test_differential.py

test-mlflow-pages: $(READY) $(NEWEST_MLFLOW)/.ready ## MLflow's pages in a real browser (needs Debian's chromium); pictures in build/mlflow-pages
	@$(NEWEST_MLFLOW)/bin/python -m pip install --quiet --require-hashes --no-deps --requirement tests/mlflow/pages.txt
	@$(call pytest_mlflow,$(NEWEST_MLFLOW)) tests/mlflow/pages.py

faults: $(READY) ## Crash and disorder tests, the long form
	@REGISTRY_TEST_FAULTS=long $(BIN)/python -m pytest tests/faults $(if $(K),-k '$(K)')

attacks: $(READY) ## Hostile clients and 10 million mutated messages, the long form; goes on where it stopped
	@REGISTRY_TEST_ATTACKS=long $(BIN)/python -m pytest -s tests/attacks $(if $(K),-k '$(K)') && rm -rf build/attacks

bench: $(READY) ## Measure against bare baselines in the same run
	@$(BIN)/python -m benchmarks

check: lint types imports contract-lint contract-breaking proto-check sync-check ## What CI runs before the tests

sync: $(READY) ## Write the SDK's synchronous client from the asynchronous one
	@$(BIN)/python scripts/generate_sync.py

fix: $(READY) ## Repair what ruff can, and format
	@$(BIN)/ruff check --fix --show-fixes
	@$(BIN)/ruff format

##@ Contract
proto: $(READY) $(GENERATOR_READY) $(GOOGLE_PROTOS) ## Regenerate the Python stubs and errors from protos/
	@$(GENERATOR) scripts/generate_stubs.py
	@$(BIN)/python scripts/generate_errors.py
	@$(BIN)/python scripts/generate_routing.py

proto-check: $(READY) $(GENERATOR_READY) $(GOOGLE_PROTOS) ## Regenerate elsewhere and compare
	@$(GENERATOR) scripts/generate_stubs.py --check
	@$(BIN)/python scripts/generate_errors.py --check
	@$(BIN)/python scripts/generate_routing.py --check

release-contract: contract-lint contract-breaking ## Make today's contract the one that buf breaking defends
	@mkdir -p $(dir $(RELEASED))
	@$(BIN)/buf build protos --exclude-source-info --output $(RELEASED)
	@echo "$(RELEASED) written: commit it with the release"

release-schema: $(READY) ## Write the schema, a registry and the statements of RELEASED to tests/released
	@$(BIN)/python -m tests.support.released
	@echo "tests/released written: commit it with the release"

##@ Environment
hashes: ## Write the hashes of the pins in constraints.txt and protos/requirements.txt again
	@$(PYTHON) scripts/refresh_constraints.py --hashes

constraints: ## Resolve all dependencies again into constraints.txt (with the oldest Python)
	@$(PYTHON) scripts/refresh_constraints.py
	@$(PYTHON) scripts/refresh_mlflow.py

clean: ## Remove environments, caches and builds
	rm -rf .venv .venv-frameworks .venv-mlflow-* .venv-proto build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The parts of check; each runs alone, too.

lint: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(READY)
	@$(BIN)/mypy $(SOURCES)

imports: $(READY)
	@$(BIN)/lint-imports

contract-lint: $(READY) $(GOOGLE_PROTOS)
	@$(BIN)/buf lint --path $(CONTRACT)
	@echo "buf lint: passed"

contract-breaking: $(READY) $(GOOGLE_PROTOS)
	@if [ -e $(RELEASED) ]; then \
		$(BIN)/buf breaking protos --exclude-imports --against $(RELEASED) && echo "buf breaking: passed"; \
	else \
		echo "buf breaking: nothing to defend, no contract is released yet ($(RELEASED) is absent)"; \
	fi

sync-check: $(READY)
	@$(BIN)/python scripts/generate_sync.py --check

# Environments. A stamp is touched last, so an interrupted installation is taken up again.

$(READY): pyproject.toml sdk/python/pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; '$(PYTHON)' is not one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; \
		exit 1; }
	@echo "Setting up .venv from PyPI; about two minutes the first time."
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement constraints.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation \
		--editable 'sdk/python[cli]' --editable .
	@touch $@

$(FRAMEWORKS_READY): pyproject.toml sdk/python/pyproject.toml constraints.txt tests/frameworks/requirements.txt
	@[ -x .venv-frameworks/bin/python ] || $(PYTHON) -m venv .venv-frameworks
	@.venv-frameworks/bin/python -m pip install --quiet --require-hashes --no-deps \
		--requirement constraints.txt --requirement tests/frameworks/requirements.txt
	@.venv-frameworks/bin/python -m pip install --quiet --no-deps --no-build-isolation \
		--editable 'sdk/python[cli]' --editable .
	@touch $@

.venv-mlflow-%/.ready: tests/mlflow/environments/%.txt sdk/python/pyproject.toml sdk/mlflow/pyproject.toml
	@echo "Setting up .venv-mlflow-$* from PyPI; about a minute the first time."
	@[ -x .venv-mlflow-$*/bin/python ] || $(PYTHON) -m venv .venv-mlflow-$*
	@.venv-mlflow-$*/bin/python -m pip install --quiet --require-hashes --no-deps --requirement $<
	@.venv-mlflow-$*/bin/python -m pip install --quiet --no-deps --no-build-isolation \
		--editable sdk/python --editable sdk/mlflow
	@touch $@

$(GENERATOR_READY): protos/requirements.txt
	@$(PYTHON) -m venv .venv-proto
	@.venv-proto/bin/python -m pip install --quiet --require-hashes --requirement protos/requirements.txt
	@touch $@

# google.api and google.rpc, out of the wheel that carries them: buf and protoc read the same files.
$(GOOGLE_PROTOS): $(READY) scripts/export_google_protos.py
	@$(BIN)/python scripts/export_google_protos.py $(dir $@)
	@touch $@
