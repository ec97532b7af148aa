# Every target does its own set-up in a fresh clone: a virtual environment in .venv, nothing global.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# JupyterLab refuses root, whom containers run as, unless it is told.
LAB_ARGS ?= $(if $(filter 0,$(shell id -u)),--allow-root)

# What was compiled is kept: whatever the tests start, they start many times.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test torture lab record clean help
.DEFAULT_GOAL := help

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 18

demo: .venv/demo.stamp ## The whole way on the emulator: a messy file, checked, previewed, sent in virtual time
	@$(BIN)/clerkbulk demo

test: .venv/test.stamp ## Everything that must pass: style, types, tests
	@echo "Checking style and types"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/nbstripout --verify notebooks/*.ipynb
	@echo "Running the tests"
	@$(BIN)/pytest --record-mode=none --numprocesses=auto $(PYTEST_ARGS)

torture: .venv/test.stamp ## A thousand kills and thousands of drawn jobs (half an hour): who is lost, who is twice invited
	@CLERKBULK_KILLS=$(or $(KILLS),1000) $(BIN)/pytest -q tests/sending/test_kills.py
	@CLERKBULK_EXAMPLES=$(or $(EXAMPLES),2000) $(BIN)/pytest -q tests/sending/test_once_always.py

lab: .venv/lab.stamp ## JupyterLab with the notebooks, which talk to the emulator
	@echo "Opening the notebooks in JupyterLab; Ctrl-C ends it"
	@$(BIN)/jupyter lab $(LAB_ARGS) notebooks/01-payloads.ipynb

record: .venv/test.stamp ## Record the cassettes again, from the emulator
	@$(BIN)/pytest tests/contract/test_cassettes*.py --record-mode=rewrite
	@rm -f cassettes/contract/*.yaml
	@$(BIN)/clerkbulk contract --record

clean: ## Remove the virtual environment and whatever was made
	rm -rf .venv .referees demo-output .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/ready.stamp:
	@echo "Making a virtual environment in .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@touch $@

.venv/demo.stamp: .venv/ready.stamp pyproject.toml constraints.txt
	@echo "Installing clerkbulk with its emulator (a quarter of a minute)"
	@$(INSTALL) --editable '.[emulator,excel]'
	@touch $@

.venv/test.stamp: .venv/ready.stamp pyproject.toml constraints.txt
	@echo "Installing clerkbulk with everything its tests need (a minute)"
	@$(INSTALL) --editable '.[all,app]' --group test --group browser
	@# With it, which JupyterLab brings along, every process that imports jsonschema reads a grammar for a second.
	@$(BIN)/python -m pip uninstall --quiet --yes rfc3987-syntax
	@touch $@ .venv/demo.stamp

.venv/lab.stamp: .venv/ready.stamp pyproject.toml constraints.txt
	@echo "Installing clerkbulk with JupyterLab (a minute)"
	@$(INSTALL) --editable '.[all]' --group lab
	@touch $@ .venv/demo.stamp
