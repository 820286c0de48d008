# The one door: every verb that a person or CI uses. `make` alone lists them.

SHELL := /bin/bash
ENV ?= dev
PYTHON ?= python3
# Without its compiled files every import of the SDKs costs more than a run of the engine.
unexport PYTHONDONTWRITEBYTECODE
RUN := .venv/bin/python -m operations
STACK = --service '$(SERVICE)' --env '$(ENV)'
FLEET = --env '$(ENV)' --only '$(ONLY)' --parallel '$(PARALLEL)'

.DEFAULT_GOAL := help
.PHONY: help up down setup venv infra-up infra-preview infra-down infra-outputs infra-cost infra-refresh infra-forget \
	app-up app-preview app-down app-outputs app-refresh app-forget apps-up apps-preview apps-down settings \
	overview map env doctor unlock \
	namespace-move namespace-status new-app new-env declare-settings changed-stacks \
	cluster-up cluster-down cluster-status cluster-delete \
	test test-unit test-integration soak bench lint format docs requirements clean

##@ Start
help: ## List the verbs
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
up: setup ## Everything: tools, the local cluster, infrastructure, all services of ENV
	@$(RUN) up --env '$(ENV)'
down: ## Stop the local cluster; its data and all stacks stay
	@$(RUN) cluster-down
setup: venv ## Tools of the pinned versions, from PATH or built
	@$(RUN) setup
venv:
	@$(PYTHON) operations/toolchain/venv.py

##@ Infrastructure (ENV=dev)
infra-up: ## Deploy the infrastructure stack
	@$(RUN) infra-up --env '$(ENV)' --allow '$(ALLOW)'
infra-preview: ## Show what infra-up would do (FORMAT=markdown for a comment)
	@$(RUN) infra-preview --env '$(ENV)' --allow '$(ALLOW)' $(if $(filter markdown,$(FORMAT)),--markdown)
infra-down: ## Take it down, where nobody lives on the cluster
	@$(RUN) infra-down --env '$(ENV)'
infra-outputs: ## Print what it exports
	@$(RUN) infra-outputs --env '$(ENV)'
infra-cost: ## What its settings would cost a month, estimated (FORMAT=json for scripts)
	@$(RUN) infra-cost --env '$(ENV)' $(if $(filter json,$(FORMAT)),--json)
infra-refresh: ## Make its state agree with the cluster
	@$(RUN) infra-refresh --env '$(ENV)'
infra-forget: ## Give its state up, when its cluster is no more
	@$(RUN) infra-forget --env '$(ENV)'

##@ Applications (SERVICE=day ENV=dev)
app-up: ## Deploy one service
	@$(RUN) app-up $(STACK) --allow '$(ALLOW)'
app-preview: ## Show what app-up would do (FORMAT=markdown for a comment)
	@$(RUN) app-preview $(STACK) --allow '$(ALLOW)' $(if $(filter markdown,$(FORMAT)),--markdown)
app-down: ## Take it down; its namespace stays, unless DELETE_NAMESPACE=<its name>
	@$(RUN) app-down $(STACK) --delete-namespace '$(DELETE_NAMESPACE)'
app-outputs: ## Print what it exports
	@$(RUN) app-outputs $(STACK)
app-refresh: ## Make its state agree with the cluster
	@$(RUN) app-refresh $(STACK)
app-forget: ## Give its state up, when its cluster is no more
	@$(RUN) app-forget $(STACK)
apps-up: ## Deploy all services of ENV at once ([ONLY=day,dusk] [PARALLEL=n])
	@$(RUN) apps-up $(FLEET) --allow '$(ALLOW)'
apps-preview: ## Show what apps-up would do
	@$(RUN) apps-preview $(FLEET) --allow '$(ALLOW)'
apps-down: ## Take all services of ENV down; all namespaces stay
	@$(RUN) apps-down $(FLEET)
settings: ## What a stack's settings are and where each came from ([SERVICE=] FORMAT=json)
	@$(RUN) settings $(STACK) $(if $(filter json,$(FORMAT)),--json)
overview: ## Where they live, who owns that, whether they serve
	@$(RUN) overview --env '$(ENV)'

map: ## One page of who owns what, drawn ([ENV=] OUT=.local/map.html)
	@$(RUN) map --env '$(if $(filter file,$(origin ENV)),,$(ENV))' --out '$(OUT)'

env: ## What pulumi by hand needs: eval "$$(make env)"
	@$(RUN) env

##@ When something is wrong
doctor: ## Look at tools, states, clusters, locks; each with its remedy (FORMAT=json)
	@[ -x .venv/bin/python ] || { echo 'There is no .venv yet: make setup' >&2; exit 1; }
	@$(RUN) doctor $(if $(filter json,$(FORMAT)),--json)
unlock: ## Free a stack whose holder is dead (SERVICE=day ENV=dev; infrastructure without SERVICE)
	@$(RUN) unlock $(STACK)

##@ Namespaces (SERVICE=day ENV=dev)
namespace-move: ## Move it: TO=infrastructure|application|<project>/<stack> [FROM=unowned] [DRY_RUN=1] [MAP=]
	@$(RUN) namespace-move $(STACK) --to '$(TO)' --from '$(FROM)' --map '$(MAP)' \
	  $(if $(filter 1 yes true,$(DRY_RUN)),--dry-run)

namespace-status: ## Who owns each, and what disagrees ([SERVICE=] [ENV=] FORMAT=json)
	@$(RUN) namespace-status --service '$(SERVICE)' --env '$(if $(filter file,$(origin ENV)),,$(ENV))' \
	  $(if $(filter json,$(FORMAT)),--json)

##@ Something new
new-app: ## A service: NAME=dawn [PATTERN=environment|service-environment|team-environment] [TEAM=]
	@$(RUN) new-app --name '$(NAME)' --pattern '$(PATTERN)' --team '$(TEAM)'
new-env: ## An environment: ENV=staging [FROM=dev] [CLUSTER=shared|own]
	@$(RUN) new-env --env '$(if $(filter file,$(origin ENV)),,$(ENV))' --from '$(or $(FROM),dev)' --cluster '$(CLUSTER)'
declare-settings: ## Write what templates/app declares into every service's Pulumi.yaml
	@$(RUN) declare-settings

##@ Local cluster
cluster-up: ## Start it, or make it
	@$(RUN) cluster-up
cluster-down: ## Stop it and keep its data
	@$(RUN) cluster-down
cluster-status: ## Show its parts (FORMAT=json for scripts)
	@$(RUN) cluster-status $(if $(filter json,$(FORMAT)),--json)
cluster-delete: ## Delete it with all its namespaces, by NAME=<its name>
	@$(RUN) cluster-delete --name '$(NAME)'

##@ Develop
changed-stacks: ## The stacks that changed since BASE=origin/main, as JSON for a pipeline
	@$(RUN) changed-stacks --base '$(or $(BASE),origin/main)'
test: setup ## All tests
	@.venv/bin/python -m pytest --numprocesses 4 --dist worksteal tests
test-unit: venv ## Without engine and cluster
	@.venv/bin/python -m pytest tests/unit
test-integration: setup ## On the real engine and a real control plane
	@.venv/bin/python -m pytest --numprocesses 4 --dist worksteal tests/integration
soak: setup ## N=200 moves of a namespace under fire, SEED=1
	@.venv/bin/python -m tests.faults.soak --moves '$(or $(N),200)' --seed '$(or $(SEED),1)'
bench: setup ## Our verbs against helm, kubectl and plain Pulumi, as ratios ([ONLY=service,fleet,growth] ROUNDS=5)
	@.venv/bin/python -m tests.bench --rounds '$(or $(ROUNDS),5)' --only '$(ONLY)'
lint: venv ## ruff and mypy
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy
format: venv ## Let ruff format
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .
docs: venv ## Write the reference of settings into Pulumi.workspace.md
	@$(RUN) docs
requirements: venv ## Compile the pinned requirements anew
	@for file in requirements requirements-dev tests/evaluators/checkov-requirements; do \
	  .venv/bin/uv pip compile --quiet --allow-unsafe --generate-hashes --no-emit-index-url --no-header \
	    --python-version 3.11 $$file.in --output-file $$file.txt; done
clean: ## Remove .venv and caches; the local cluster, state and settings stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.local/*' -prune -exec rm -rf {} +
