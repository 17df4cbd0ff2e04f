# Two commands on a machine with Python 3.11 or newer and make:
#   make assess   environment, then the sample year, then the path of the index page
#   make test     environment, then every check and test
#   make bench    environment, then how fast and how repeatable runs are, beside the naive way (about an hour on two cores)
PYTHON ?= python3
ENV := .venv
BIN := $(ENV)/bin
BUREAU ?= planning-bureau
PERIOD ?= 2023

.PHONY: assess test lint bench clean

assess: $(ENV)/ready
	$(BIN)/perfkit run $(BUREAU) $(PERIOD)

test: lint
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(ENV)/ready
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pre-commit run --all-files

bench: $(ENV)/ready
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.languages
	$(BIN)/python -m benchmarks.cluster
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.crowd
	$(BIN)/python -m benchmarks.crash

$(ENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(ENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf $(ENV) outputs/*/
