# One task runner for everything: `make help` lists what there is.
# A target's description is the text after `##`; tests/meta keeps the list complete.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
NODE ?= node
NPM ?= npm
VENV := .venv
BIN := $(VENV)/bin
CODE := $(foreach folder,hub simulators tests bench scripts,$(if $(wildcard $(folder)/*.py),$(folder)))
STATIC := hub/gateway/static
INSTALLED := $(VENV)/.installed
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NO_UPDATE_NOTIFIER := 1
# The pictures that tests take need one known typeface: system-ui is Inter there, without touching the machine's own setting.
test test-python test-dashboard test-browser: export FONTCONFIG_FILE := $(CURDIR)/tests/support/fonts.conf

# The dashboard's rules exist where its sources do (an sdist of the Python half alone has none).
ifneq ($(wildcard dashboard/package.json),)
DASHBOARD := dashboard/node_modules/.installed
BUILT := $(STATIC)/index.html
DASHBOARD_SOURCES := $(shell find dashboard -type d \( -name node_modules -o -name dist -o -name dev -o -name tests -o -name e2e -o -name test-results \) -prune -o -type f ! -name '*.md' -print)
CHECK_DASHBOARD := check-dashboard-style check-dashboard-types check-dashboard-layers
endif

# Both halves of the gate run side by side; `make check-types` and so on run one part of it.
CHECKS := check-ruff check-format check-types check-layers check-spelling check-sizes $(CHECK_DASHBOARD)

.PHONY: help setup demo run test check fix bench fuzz docs clean
.PHONY: python-version node-version services test-python test-dashboard test-browser $(CHECKS)

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) $(BUILT) ## Create .venv, install everything, build the dashboard; instant when nothing changed

demo: setup ## Run everything on this machine: embedded broker, simulated fleet, hub, dashboard (ARGS="--no-browser")
	exec $(BIN)/hub demo $(ARGS)

run: setup ## Run the hub by hub.toml and HUB_* variables (ARGS="--config my.toml")
	exec $(BIN)/hub run $(ARGS)

test: setup services ## Run every test, with real brokers and browsers (ARGS="-k reconnect" narrows pytest)
	@failed=""; \
	for part in $(if $(DASHBOARD),test-dashboard test-browser) test-python; do \
		$(MAKE) "$$part" || failed="$$failed $$part"; \
	done; \
	if [ -n "$$failed" ]; then echo "Failed:$$failed" >&2; exit 1; fi

check: setup ## Check style, types, layers, spelling and sizes; under 30 s
	@$(MAKE) --jobs --keep-going --output-sync=target $(CHECKS)

fix: setup ## Put right what the tools can put right by themselves
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)
	$(if $(DASHBOARD),cd dashboard && node_modules/.bin/biome check --write .)

bench: setup ## Measure the hub against its peers in one run; prints a table, writes JSON
	$(BIN)/python -m bench $(ARGS)

fuzz: setup ## Fuzz the decoders, a minute for each family (ARGS="--seconds 600 tasmota")
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,fuzz]'
	$(BIN)/python -m tests.fuzz $(ARGS)

docs: setup ## Write the reference pages that are generated from the code
	$(BIN)/python -m scripts.generate_docs

clean: ## Remove everything that was installed, built or cached here
	rm -rf $(VENV) dashboard/node_modules dashboard/dist dashboard/test-results $(STATIC) build dist
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find $(CODE) -type d -name __pycache__ -prune -exec rm -rf {} +

# --- set-up -----------------------------------------------------------------------------------------------------------

python-version:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and '$(PYTHON)' was not found: name yours with make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1): name a newer one with make PYTHON=…" >&2; exit 1; }

node-version:
	@command -v $(NODE) >/dev/null && command -v $(NPM) >/dev/null \
		|| { echo "Node.js 20.19 or newer with npm is needed to build the dashboard, and '$(NODE)' or '$(NPM)' was not found." >&2; exit 1; }
	@$(NODE) -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major * 100 + minor < 2019 ? 1 : 0)' \
		|| { echo "Node.js 20.19 or newer is needed to build the dashboard, and '$(NODE)' is $$($(NODE) --version)." >&2; exit 1; }

$(INSTALLED): pyproject.toml constraints.txt scripts/build_dashboard.py | python-version
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

# Not `npm ci`: it refuses a lock file written where an index offers optional packages for one platform only. This installs
# what the lock file pins, too, and tests/meta holds package.json and the lock file to the same versions.
ifneq ($(DASHBOARD),)
$(DASHBOARD): dashboard/package.json $(wildcard dashboard/package-lock.json) | node-version
	cd dashboard && $(NPM) install --no-save --no-audit --no-fund
	@touch $@

$(BUILT): $(DASHBOARD) $(DASHBOARD_SOURCES)
	cd dashboard && $(NPM) run --silent build
	@touch $@
endif

services:
	@scripts/install-services

# --- parts of `test` --------------------------------------------------------------------------------------------------

test-python:
	@status=0; $(BIN)/python -m pytest $(ARGS) || status=$$?; \
	case $$status in \
		0) ;; \
		5) echo "pytest found no test to run, and that counts as a failure." >&2; exit 1 ;; \
		*) exit $$status ;; \
	esac

test-dashboard:
	cd dashboard && $(NPM) run --silent test

test-browser:
	cd dashboard && $(NPM) run --silent --if-present e2e

# --- parts of `check` -------------------------------------------------------------------------------------------------

check-ruff:
	$(BIN)/ruff check --quiet $(CODE)

check-format:
	$(BIN)/ruff format --quiet --check --diff $(CODE)

check-types:
	$(BIN)/mypy --no-error-summary $(CODE)

check-layers:
	$(BIN)/lint-imports --no-logo

check-spelling:
	$(BIN)/codespell

check-sizes:
	$(BIN)/python scripts/sizes.py $(CODE)

check-dashboard-style:
	cd dashboard && $(NPM) run --silent lint

check-dashboard-types:
	cd dashboard && $(NPM) run --silent types

check-dashboard-layers:
	cd dashboard && $(NPM) run --silent layers
