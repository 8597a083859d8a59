# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := examples/gemeente-voorbeeld
# The demo pseudonymises too. A real installation sets a long random key of its own, outside every file.
export ENSIA_PSEUDONYM_KEY ?= voorbeeldsleutel-alleen-voor-de-demo
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test soak fuzz fleet test-long lint types bench docs lock production-lock sbom units clean
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.ready ## Make the environment: the locked packages and the command `ensia`

$(VENV)/.ready: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "▸ Installing the locked packages (once; a minute or two)"
	@set -e; start=$$(date +%s); \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	$(BIN)/python -m pip check; \
	$(BIN)/python -m compileall -q $(VENV)/lib || echo "  (some files were not compiled: starting may be slower)"; \
	echo "  installed in $$(( $$(date +%s) - start )) s"; touch $@

demo: setup ## Run the nightly run on the example municipality and show the outcome
	@$(BIN)/ensia demo $(DEMO)

test: setup ## Lint, types, import directions and the whole test suite
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint types
	@$(BIN)/python -m pytest -m "not slow and not fleet" -n auto --dist loadfile --durations=10
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target soak fleet

lint: setup ## Check style, format and import directions
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache

types: setup ## Check types
	@$(BIN)/mypy

soak: setup ## Live through many nights in which everything goes wrong (ENSIA_SOAK_SECONDS, default 45)
	@$(BIN)/python -m tests.soak

fuzz: setup ## Give every parser what nobody would write, in its child process (ENSIA_FUZZ_SECONDS, default 15)
	@$(BIN)/python -m tests.fuzz

fleet: setup ## The proof of a fleet: machines and the database fail at any moment, and every night is committed once
	@$(BIN)/python -m pytest -m "fleet and not slow" tests/fleet -s --durations=5

test-long: setup ## The longer suites too: kill -9, large volumes, many examples
	@ENSIA_LONG=1 $(BIN)/python -m pytest --durations=20

bench: setup ## Measure, beside a floor and a peer, in one run
	@$(BIN)/python -m benchmarks.assess
	@$(BIN)/python -m benchmarks.collect
	@$(BIN)/python -m benchmarks.exports

docs: setup ## Build the documentation site in build/docs, offline; a broken link fails
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet -f docs/site/mkdocs.yml

lock: ## Make requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --constraint constraints.txt --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock
	@$(MAKE) --no-print-directory production-lock

production-lock: ## Take from requirements.lock what runs in production
	@$(BIN)/python -m cli.release.locked

sbom: setup ## List the parts of the program (CycloneDX) in sbom.cdx.json
	@$(BIN)/python -m cli.release.sbom > sbom.cdx.json

units: ## Check the systemd units of examples/deploy (needs systemd)
	@systemd-analyze verify $(wildcard examples/deploy/*.service examples/deploy/*.timer examples/deploy/fleet/*.service examples/deploy/fleet/*.timer)

clean: ## Throw away the environment and the demo's state
	rm -rf $(VENV) $(DEMO)/state
