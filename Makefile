# Ionport: everything starts here. `make` alone lists the targets.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test check conformance conformance-aas conformance-dsp conformance-clients conformance-apis compose-check conformance-edc conformance-fuzz conformance-tractusx kills fuzz clean
.PHONY: bench-aas bench-models bench-passport-build bench-catalog bench-policy bench-dsp soak

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed (make PYTHON=/path/to/python3.11)"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the packages of requirements.lock into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(STAMP) ## make .venv from the hash-pinned lock file

demo: $(STAMP) ## the whole job, end to end, on real input (KEEP=1 leaves the nodes up)
	@$(BIN)/ionport demo $(if $(KEEP),--keep)

test: $(STAMP) ## the tests
	@$(BIN)/python -m pytest -n auto

check: $(STAMP) ## format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

conformance: conformance-aas conformance-dsp conformance-edc conformance-clients conformance-apis conformance-fuzz kills compose-check ## the outside kits and peers (results in build/conformance)

conformance-aas: $(STAMP) ## nine judges of the AAS files and of the AAS server
	@$(BIN)/python -m tests.conformance.aas

conformance-dsp: $(STAMP) ## the Dataspace Protocol's test kit (Java 17 and Maven) on a node
	@$(BIN)/python -m tests.conformance.dsp

conformance-edc: $(STAMP) ## a real Eclipse EDC (Java 17 and Maven) against a node, both ways
	@$(BIN)/python -m tests.conformance.edc

conformance-clients: $(STAMP) ## EDC's npm client, unmodified, on two nodes
	@$(BIN)/python -m tests.conformance.clients

compose-check: $(STAMP) ## compose/ against its specification, and as local processes (nginx, PostgreSQL, mosquitto from Debian)
	@$(BIN)/python -m tests.conformance.compose

conformance-tractusx: $(STAMP) ## the Python SDK of Tractus-X (Python 3.12), unmodified, on two nodes
	@$(BIN)/python -m tests.conformance.tractusx

conformance-apis: $(STAMP) ## published API descriptions, tried on a node by schemathesis
	@$(BIN)/python -m tests.conformance.apis

bench-policy: $(STAMP) ## decisions a second and core, of a policy of ten constraints
	@$(BIN)/python -m tests.benchmarks.policy $(ARGS)

bench-dsp: $(STAMP) ## contracts, transfers and pulls beside EDC and the machine's bare limit (Java 17 and Maven; ARGS=--help lists options)
	@$(BIN)/python -m tests.benchmarks.dsp $(ARGS)

bench-aas: $(STAMP) ## reads of the AAS server beside BaSyx and FA³ST (Java 17 and Maven; ARGS=--help lists options)
	@$(BIN)/python -m tests.benchmarks.aas $(ARGS)

bench-passport-build: $(STAMP) ## from a payload to its eight verified submodels (ARGS=--help lists options)
	@$(BIN)/python -m tests.benchmarks.passports $(ARGS)

conformance-fuzz: $(STAMP) ## some 6,000 generated requests, three minutes at most
	@$(BIN)/python -m tests.conformance.fuzz $(or $(COUNT),6000) --seconds 150 $(if $(SEED),--seed $(SEED))

kills: $(STAMP) ## exchanges between two processes of which one is killed, 50 times (ARGS="--kills 500 --seed 7")
	@$(BIN)/python -m tests.soak.kills $(ARGS)

fuzz: $(STAMP) ## 50,000 generated requests at every endpoint of a node (COUNT=..., SEED=...)
	@$(BIN)/python -m tests.conformance.fuzz $(COUNT) $(if $(SEED),--seed $(SEED))

bench-catalog: $(STAMP) ## catalog requests a second, the first page among a million, the federated catalogue
	@$(BIN)/python -m tests.benchmarks.catalog

bench-models: $(STAMP) ## aspect models to JSON Schema and AAS as cold processes beside ESMF (Java 17 and Maven; ARGS=--help)
	@$(BIN)/python -m tests.benchmarks.aas_models $(ARGS)

soak: $(STAMP) ## exchanges during which nodes die at random commits (ARGS="--seconds 3600 --seed 7")
	@$(BIN)/python -m tests.soak $(ARGS)

clean: ## remove what was built
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache
