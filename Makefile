PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PACKAGES := $(patsubst %/pyproject.toml,%,$(wildcard libs/*/pyproject.toml services/*/pyproject.toml))
PROTOS := $(shell find protos -name '*.proto')
# What `make breaking` compares the contracts with.
BASE ?= main
# How many processes run tests: most tests wait for others for most of their time.
JOBS ?= 2

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

# --- set-up: every step leaves a stamp, and runs again when what it is made from changes ---

$(VENV)/pip:
	deploy/venv.sh $(VENV) $(PYTHON)
	@touch $@

$(VENV)/runtime: requirements.lock | $(VENV)/pip
	$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(VENV)/tools: requirements-dev.lock | $(VENV)/pip
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/runtime

$(VENV)/protos: $(PROTOS) libs/contracts/generate.py $(wildcard $(VENV)/tools) | $(VENV)/runtime
	$(BIN)/python libs/contracts/generate.py
	@touch $@

$(VENV)/packages: $(addsuffix /pyproject.toml,$(PACKAGES)) | $(VENV)/protos
	$(PIP) install --no-deps --no-index --no-build-isolation $(addprefix -e ,$(PACKAGES))
	@touch $@

.PHONY: setup
setup: $(VENV)/runtime $(VENV)/protos $(VENV)/packages ## Install what running needs

.PHONY: dev
dev: $(VENV)/tools setup ## Install what developing needs

.PHONY: protos
protos: $(VENV)/protos ## Generate code from the contracts

# --- running ---

.PHONY: up
up: setup ## Start everything; Ctrl-C stops it
	@exec $(BIN)/reelhouse up

.PHONY: down
down: ## Stop what `make up` started
	@$(BIN)/reelhouse down

.PHONY: demo
demo: setup ## Make a small library, scan it and show what was found
	@$(BIN)/reelhouse demo

# --- checking ---

.PHONY: test
test: dev ## Run all tests
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(PYTEST_ARGS)

.PHONY: check
check: lint type imports contracts ## Run all checks but the tests

.PHONY: lint
lint: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: type
type: dev
	$(BIN)/mypy $(addsuffix /reelhouse_*,$(filter-out libs/contracts,$(PACKAGES))) libs/contracts/generate.py tests

.PHONY: imports
imports: dev
	$(BIN)/lint-imports

.PHONY: contracts
contracts: dev
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code --path protos/reelhouse
	BUF=$(BIN)/buf deploy/breaking.sh $(BASE)

.PHONY: format
format: dev ## Format code and contracts
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/buf format --write --path protos/reelhouse

.PHONY: revision
revision: dev ## Write a migration: make revision SERVICE=catalog NAME=add_markers
	$(BIN)/python -m reelhouse_kit.testing.revision $(SERVICE) $(NAME)
	$(BIN)/ruff format services/$(SERVICE)

.PHONY: bench
bench: dev ## Measure against bare baselines
	$(BIN)/python -m tests.bench

.PHONY: lock
lock: dev ## Resolve the dependencies anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  $(UPGRADE) $(foreach p,$(PACKAGES),--no-emit-package reelhouse-$(notdir $(p))) --extra embedded --group build \
	  $(addsuffix /pyproject.toml,$(PACKAGES)) --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  $(UPGRADE) $(foreach p,$(PACKAGES),--no-emit-package reelhouse-$(notdir $(p))) --extra embedded --group build --group dev \
	  --constraints requirements.lock $(addsuffix /pyproject.toml,$(PACKAGES)) --output-file requirements-dev.lock

.PHONY: clean
clean: ## Remove all that was made, but no data
	rm -rf $(VENV) .build .mypy_cache .ruff_cache .pytest_cache .hypothesis libs/contracts/src
