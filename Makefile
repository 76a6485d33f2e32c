# Liên Thông. `make help` explains itself.
PYTHON ?= $(shell sh deploy/python.sh)
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
# What is started here is started often: without its bytecode a process spends two of its first three seconds compiling.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/runtime: requirements.lock pyproject.toml
	@echo "Making the environment in $(VENV) …"
	@test -x $(BIN)/python || { python=$(PYTHON) && echo "… with $$($$python -V) ($$python)" && $$python -m venv $(VENV); }
	@$(BIN)/python deploy/locked.py --compiled requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/kafka: requirements-kafka.lock $(VENV)/runtime
	@echo "Adding what a broker of one's own needs …"
	@$(BIN)/python deploy/locked.py requirements-kafka.lock
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/runtime
	@echo "Adding test tools …"
	@$(BIN)/python deploy/locked.py requirements-dev.lock
	@touch $@

demo: $(VENV)/runtime ## One command: the hub at work on the embedded default, with the four plans' 2026 rounds (KEEP=1: leave it running)
	@$(BIN)/python -m services.cli demo $(if $(KEEP),--keep)

demo-kafka: $(VENV)/kafka ## The same demonstration through Apache Kafka: a real broker, its topics' contents, the lag (KEEP=1)
	@$(BIN)/python -m services.cli demo --kafka $(if $(KEEP),--keep)

up: $(VENV)/runtime ## Run the hub and leave it running (Ctrl-C stops it)
	@$(BIN)/python -m services.cli up

# Two processes more than there are cores: a third of the time of a test is waiting, for a broker or a worker.
test: $(VENV)/dev ## The tests, in parallel (how: tests/longest_first.py)
	@$(BIN)/python -m pytest -n $$(($$($(BIN)/python -c 'import os; print(os.cpu_count())') + 2)) \
	  --dist loadfile --no-loadscope-reorder

check: $(VENV)/dev ## Format, lint, types, import rules, generated files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m services.cli generated check

check-wheel: ## Build the wheel and run the demonstration with it in an empty environment
	@PYTHON=$(PYTHON) sh deploy/check-wheel.sh

generate: $(VENV)/dev ## Make generated files anew: forms, examples, docs pages, OpenAPI, AsyncAPI, lint report
	@$(BIN)/python -m services.cli generated write

faults: $(VENV)/dev ## Kill -9 every process and PostgreSQL, 200 times, under load; hold everything against the receipts
	@$(BIN)/python -m bench.faults 200

bench: $(VENV)/dev ## Measure (prints figures, fails nothing)
	@$(BIN)/python -m bench

pictures: $(VENV)/dev ## Take every picture of docs/console anew from the demonstration (Chromium; ONLY="round unit": these)
	@$(BIN)/python -m tests.pictures $(ONLY)

faults-kafka: $(VENV)/dev ## Three brokers under a load, one killed with -9 again and again: what is lost, doubled, late (some minutes)
	@$(BIN)/python -m bench.faults_kafka

bundle: ## One file to install from where there is no internet (dist/)
	@PYTHON=$(PYTHON) sh deploy/bundle/make.sh

format: $(VENV)/dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/dev ## Pin requirements anew (names, versions, hashes only)
	@for name in requirements requirements-kafka requirements-dev requirements-installer; do \
	  $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
	    --no-emit-trusted-host --no-emit-find-links --no-header --output-file $$name.lock $$name.in; done

clean: ## Remove the environment and the local data
	@rm -rf $(VENV) var

.PHONY: help demo demo-kafka up test check check-wheel generate faults bench pictures faults-kafka bundle format lock clean
