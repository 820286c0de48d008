# The verbs that a person or CI uses. `make` alone lists them.
# Make itself ends with 2 whatever went wrong; RUN has exit codes (1 failed on the way, 2 refused and nothing changed).

SHELL := /bin/bash
PYTHON ?= python3
RUN := .venv/bin/platformctl
# A .venv that several checkouts share by a link runs the code of this one.
export PYTHONPATH := $(CURDIR)
# Without its compiled files every import of the SDKs costs more than a run of the engine.
unexport PYTHONDONTWRITEBYTECODE

# A variable counts where it is given to make itself, not where the shell happens to have one of its name. The shell gets
# it as it was written, in quotes; make would expand what it exports, and run a $(shell ...) in it.
VARIABLES := SERVICE ENV ALLOW TAKE_BACK FORMAT DELETE_NAMESPACE ONLY PARALLEL TO FROM MAP OUT NAME KIND BASE DRY_RUN HOLDER \
	N EDITS SEED ROUNDS BEFORE TOOLS DAYS
unexport $(VARIABLES)
define newline


endef
given = $(filter command,$(firstword $(origin $1)))
quoted = '$(subst $(newline), ,$(subst ','\'',$(value $1)))'
option = $(if $(call given,$1),$2=$(call quoted,$1))
argument = $(if $(call given,$1),-- $(call quoted,$1))
flag = $(if $(call given,$1),$(if $(filter $2,$(value $1)),$3))
env = $(call option,ENV,--env)
allow = $(call option,ALLOW,--allow)
take_back = $(call option,TAKE_BACK,--take-back)
markdown = $(call flag,FORMAT,markdown,--markdown)
json = $(call flag,FORMAT,json,--json)
service = $(call argument,SERVICE)
apps = $(env) $(call option,ONLY,--only) $(call option,PARALLEL,--parallel)

.DEFAULT_GOAL := help
.PHONY: help up down setup venv infra-up infra-preview infra-down infra-outputs infra-refresh infra-forget \
	app-up app-preview app-down app-outputs app-refresh app-forget apps-up apps-preview apps-down settings \
	overview map env doctor unlock \
	namespace-move namespace-status new-app new-env changed-stacks \
	cluster-up cluster-down cluster-status cluster-delete \
	test test-unit test-integration test-eks soak bench lint format docs requirements clean clean-tools \
	cross-compile

##@ Start
help: ## List the verbs
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
up: setup ## Everything: tools, the local cluster, infrastructure, all services of ENV
	@$(RUN) up $(env)
down: ## Stop the local cluster; its data and all stacks stay
	@$(RUN) cluster down
setup: venv ## Tools: yours, downloaded, or built (TOOLS=auto|download|source)
	@$(RUN) setup $(call option,TOOLS,--tools)
venv:
	@$(PYTHON) operations/toolchain/packages.py

##@ Infrastructure (ENV=dev)
infra-up: ## Deploy the infrastructure stack
	@$(RUN) infra up $(env) $(allow) $(take_back)
infra-preview: ## Show what infra-up would do (FORMAT=markdown for a comment)
	@$(RUN) infra preview $(env) $(allow) $(markdown)
infra-down: ## Take it down, where no stack owns a namespace on the cluster
	@$(RUN) infra down $(env)
infra-outputs: ## Print what it exports
	@$(RUN) infra outputs $(env)
infra-refresh: ## Bring its state in line with the cluster
	@$(RUN) infra refresh $(env)
infra-forget: ## Remove its state, where its cluster no longer exists
	@$(RUN) infra forget $(env)

##@ Applications (SERVICE=day ENV=dev)
app-up: ## Deploy one service
	@$(RUN) app up $(env) $(allow) $(take_back) $(service)
app-preview: ## Show what app-up would do (FORMAT=markdown for a comment)
	@$(RUN) app preview $(env) $(allow) $(markdown) $(service)
app-down: ## Take it down; namespace and volumes stay, unless named (DELETE_NAMESPACE=, ALLOW=)
	@$(RUN) app down $(env) $(allow) $(call option,DELETE_NAMESPACE,--delete-namespace) $(service)
app-outputs: ## Print what it exports
	@$(RUN) app outputs $(env) $(service)
app-refresh: ## Bring its state in line with the cluster
	@$(RUN) app refresh $(env) $(service)
app-forget: ## Remove its state, where its cluster no longer exists
	@$(RUN) app forget $(env) $(service)
apps-up: ## Deploy all services of ENV at once ([ONLY=day,dusk] [PARALLEL=n])
	@$(RUN) apps up $(apps) $(allow)
apps-preview: ## Show what apps-up would do
	@$(RUN) apps preview $(apps) $(allow)
apps-down: ## Take all services of ENV down; all namespaces stay
	@$(RUN) apps down $(apps)
settings: ## A stack's settings, and where each came from ([SERVICE=] FORMAT=json)
	@$(RUN) settings $(env) $(json) $(service)
overview: ## Their namespaces, who owns those, and whether their pods are ready
	@$(RUN) overview $(env)

map: ## Draw a page of who owns what ([ENV=] OUT=.local/map.html)
	@$(RUN) map $(env) $(call option,OUT,--out)

env: ## What pulumi by hand needs: eval "$(make env)"
	@$(RUN) env

##@ When something is wrong
doctor: ## Check tools, states, locks, clusters; with a remedy for each problem (FORMAT=json)
	@[ -x .venv/bin/python ] || { echo 'There is no .venv yet: make setup' >&2; exit 1; }
	@$(RUN) doctor $(json)
unlock: ## Free a stack that a dead process locks (SERVICE=day ENV=dev; infrastructure without SERVICE; [HOLDER=])
	@$(RUN) unlock $(env) $(call option,HOLDER,--holder) $(service)

##@ Namespaces (SERVICE=day ENV=dev)
namespace-move: ## Move it: TO=infrastructure|application|<project>/<stack> [FROM=unowned] [DRY_RUN=1] [MAP=]
	@$(RUN) namespace move $(env) $(call option,TO,--to) $(call option,FROM,--from) $(call option,MAP,--map) \
	  $(if $(filter 1 yes true,$(value DRY_RUN)),--dry-run) $(service)

namespace-status: ## Who owns each, and any drift ([SERVICE=] [ENV=] FORMAT=json)
	@$(RUN) namespace status $(env) $(json) $(service)

##@ Something new
new-app: ## A service: NAME=dawn [KIND=web|worker|cron]
	@$(RUN) new app $(call option,NAME,--name) $(call option,KIND,--kind)
new-env: ## An environment with the settings of another one: ENV=staging [FROM=dev]
	@$(RUN) new env $(env) $(call option,FROM,--from)

##@ Local cluster
cluster-up: ## Start it, or create it
	@$(RUN) cluster up
cluster-down: ## Stop it and keep its data
	@$(RUN) cluster down
cluster-status: ## Show its parts (FORMAT=json for scripts)
	@$(RUN) cluster status $(json)
cluster-delete: ## Delete it with all its namespaces, by NAME=<its name>
	@$(RUN) cluster delete $(call option,NAME,--name)

##@ Develop
changed-stacks: ## The stacks that changed since BASE=origin/main, as JSON for a pipeline
	@$(RUN) changed-stacks $(call option,BASE,--base)
test: setup ## All tests but those of EKS
	@.venv/bin/python -m pytest --numprocesses 4 --dist worksteal --ignore=tests/eks tests
test-unit: venv ## Without engine and cluster
	@.venv/bin/python -m pytest tests/unit
test-integration: setup ## On the real engine and a real control plane
	@.venv/bin/python -m pytest --numprocesses 4 --dist worksteal tests/integration
test-eks: setup ## The EKS stack against an AWS on loopback, with the AWS provider's plugin
	@.venv/bin/python -m pytest tests/eks
soak: setup ## N=200 moves of a namespace under fire, EDITS=200 edits by others, SEED=1
	@.venv/bin/python -m tests.faults.soak $(call option,N,--moves) $(call option,EDITS,--edits) $(call option,SEED,--seed)
bench: setup ## Our verbs beside helm, kubectl and plain Pulumi, or those of BEFORE=<commit> ([ONLY=] [ROUNDS=])
	@.venv/bin/python -m tests.bench $(call option,ROUNDS,--rounds) $(call option,ONLY,--only) $(call option,BEFORE,--before)
cross-compile: venv ## Compile all tools for macOS on arm64, and keep nothing
	@.venv/bin/python -m tests.cross_compiled darwin arm64
lint: venv ## ruff, the directions of imports, mypy; zizmor and actionlint for the workflows
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/lint-imports --no-cache && .venv/bin/mypy
	@.venv/bin/zizmor --offline --quiet --no-progress .github
	@if command -v go >/dev/null; then \
	  GOFLAGS=-mod=readonly go -C tests/evaluators/actionlint tool actionlint -shellcheck= -pyflakes=; else echo 'actionlint is built from source: skipped, since there is no go on PATH' >&2; fi
format: venv ## Let ruff format
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .
docs: venv ## Write the reference of settings into docs/configuration.md
	@$(RUN) docs
requirements: venv ## Pin the requirements again
	@for file in requirements requirements-dev tests/evaluators/checkov-requirements tests/eks/requirements tests/s3/requirements; do \
	  .venv/bin/uv pip compile --quiet --allow-unsafe --generate-hashes --no-emit-index-url --no-header \
	    --python-version 3.11 $$file.in --output-file $$file.txt; done
clean-tools: ## Remove tools that no checkout has used for DAYS=7, and show all
	@$(RUN) clean-tools $(call option,DAYS,--days)
clean: ## Remove .venv and caches; the local cluster, state and settings stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.local/*' -prune -exec rm -rf {} +
