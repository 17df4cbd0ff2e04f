# Two commands on a machine with Python 3.11 or newer and make:
#   make assess   environment, then the sample year, then the path of the index page
#   make test     environment, then every check and test
PYTHON ?= python3
ENV := .venv
BIN := $(ENV)/bin
BUREAU ?= planning-bureau
PERIOD ?= 2023

.PHONY: assess test lint clean

assess: $(ENV)/ready
	$(BIN)/perfkit run $(BUREAU) $(PERIOD)

test: lint
	$(BIN)/python -m pytest -n auto --dist loadgroup

lint: $(ENV)/ready
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pre-commit run --all-files

$(ENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(ENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf $(ENV) outputs/*/
