# The commands of a checkout. `make help` lists them. All that they install lies in .venv, from the lock files, by hash.
.DEFAULT_GOAL := help
.PHONY: help run test simulate mutants robustness thorough authorization faults containers prepare-containers chart \
	prepare-chart check bench lock clean
.SUFFIXES:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
SEED ?=
SEEDS ?= $(if $(SEED),1,1000)
FIRST ?= $(if $(SEED),$(SEED),0)
KEYTIDE_TEST_REQUESTS ?= 2000
KEYTIDE_TEST_QUESTIONS ?= 1000000

CREATED := $(VENV)/.created
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled modules are kept, whatever the shell says: a region is several processes, and each would compile all of it again.
export PYTHONDONTWRITEBYTECODE :=
INSTALL := $(BIN)/python -m pip install --quiet --require-hashes --requirement
INSTALL_COMMAND := $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
INSTALL_FAILED := { echo "Keytide: the installation failed; the lines above say why. It needs a Python package index\
 (pip's own configuration says which); a second 'make' goes on where this one stopped." >&2; exit 1; }
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url\
 --no-header --no-annotate --extra installation

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUNTIME) ## Start the regions and the front door; ARGS="--regions a-b-1,c-d-1" goes to `keytide up`
	@exec $(BIN)/keytide up $(ARGS)

test: $(DEVELOPMENT) ## Run the tests, in parts side by side; ARGS="tests/shared -k alias" goes to pytest instead
	@$(BIN)/python -m tests $(ARGS)

simulate: $(DEVELOPMENT) ## Live through SEEDS=1000 worlds under faults, from FIRST=0 on, or through one: SEED=123
	@$(BIN)/python -m tests.simulation seeds $(FIRST) $(SEEDS)

mutants: $(DEVELOPMENT) ## Plant each known bug, and count the seeds until the simulation catches it
	@$(BIN)/python -m tests.simulation mutants

robustness: $(DEVELOPMENT) ## Send thousands of generated requests to each operation; KEYTIDE_TEST_REQUESTS says how many
	@KEYTIDE_TEST_REQUESTS=$(KEYTIDE_TEST_REQUESTS) $(BIN)/python -m pytest tests/properties/test_every_operation.py $(ARGS)

thorough: $(DEVELOPMENT) ## Run in full what make test does in part, and what takes minutes: drills, runbooks, cut and restored regions
	@KEYTIDE_TEST_THOROUGH=1 $(BIN)/python -m tests --thorough

authorization: $(DEVELOPMENT) ## Ask two evaluators of policies a million generated questions; KEYTIDE_TEST_QUESTIONS says how many
	@KEYTIDE_TEST_QUESTIONS=$(KEYTIDE_TEST_QUESTIONS) $(BIN)/python -m pytest tests/properties/test_authorization.py \
		-k both_evaluators $(ARGS)

faults: $(DEVELOPMENT) ## Break real regions under load, and prove that nothing was lost; ARGS="--log embedded --seconds 30"
	@$(BIN)/python -m tests.faults.campaign $(ARGS)

prepare-containers: $(DEVELOPMENT)
	@containers/prepare $(BIN)/python

containers: prepare-containers ## Build the images, start the regions with Docker Compose, and break them (Linux, root)
	@KEYTIDE_TEST_DOCKER=required KEYTIDE_TEST_PROMTOOL=required $(BIN)/python -m pytest tests/containers $(ARGS)
	@KEYTIDE_TEST_KAFKA=testcontainers TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_CONNECTION_MODE=docker_host \
		TC_HOST=127.0.0.1 $(BIN)/python -m pytest tests/contract/test_event_log.py -k kafka

prepare-chart:
	@charts/prepare

chart: $(DEVELOPMENT) prepare-chart ## Build a Kubernetes API server and Helm, and install, upgrade and remove the chart there (Go)
	@KEYTIDE_TEST_KUBERNETES=required $(BIN)/python -m pytest tests/chart $(ARGS)

check: $(DEVELOPMENT) ## Lint, format and types, and the rules of the architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet tests/test_architecture.py

bench: $(DEVELOPMENT) ## Measure, and compare with the figures to reach
	@$(BIN)/python -m benchmarks $(ARGS)

lock: $(DEVELOPMENT) ## Make the lock files again from pyproject.toml (UPGRADE=--upgrade takes newer versions)
	$(COMPILE) $(UPGRADE) --output-file requirements.txt pyproject.toml
	$(COMPILE) $(UPGRADE) --extra sm2 --extra parquet --extra development --constraint requirements.txt \
		--output-file requirements-development.txt pyproject.toml

clean: ## Remove what was installed and cached; the regions' data in .keytide stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(CREATED):
	@command -v $(PYTHON) >/dev/null || { echo "Keytide needs Python 3.11 or newer, and there is no '$(PYTHON)'.\
	 Install it (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python),\
	 or name yours: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Keytide needs Python 3.11 or newer;\
	 '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Install a newer one and name it: make PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Keytide needs Python's modules venv and ensurepip,\
	 which '$(PYTHON)' lacks. Install them (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	@echo "Keytide: making $(VENV) with $$($(PYTHON) --version 2>&1)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(RUNTIME): $(CREATED) requirements.txt pyproject.toml
	@echo "Keytide: installing the packages of requirements.txt into $(VENV)"
	@$(INSTALL) requirements.txt || $(INSTALL_FAILED)
	@$(INSTALL_COMMAND) || $(INSTALL_FAILED)
	@touch $@

$(DEVELOPMENT): $(CREATED) requirements-development.txt requirements.txt pyproject.toml
	@echo "Keytide: installing the packages of requirements-development.txt into $(VENV)"
	@$(INSTALL) requirements-development.txt || $(INSTALL_FAILED)
	@$(INSTALL_COMMAND) || $(INSTALL_FAILED)
	@touch $(RUNTIME) $@
