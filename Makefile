# Tuition. Each target is one thing a person can also type; what the environment sets wins.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run serve test bench lint format

run: .venv/.installed  ## serve on this machine, with sample students the first time
	@$(BIN)/python manage.py run

serve: .venv/.installed  ## serve for real work: collected files, several processes, no samples
	@$(BIN)/python manage.py serve

test: .venv/.installed-dev  ## the whole suite, on real PostgreSQL
	@$(BIN)/python -m pytest $(ARGS)

bench: .venv/.installed  ## measure against Flask and FastAPI; SIZES="1000" for a quick look
	@$(BIN)/python benchmarks/bench.py

lint: .venv/.installed-dev  ## style, types, forgotten migrations
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/.installed-dev  ## put the code into the house's shape
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Tuition needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Name another: make run PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing: on Debian and Ubuntu, apt install python3-venv."; exit 1; }

.venv/.installed: requirements.txt | .venv/bin/python
	@echo "Installing what Tuition needs …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt requirements.txt | .venv/bin/python
	@echo "Installing what Tuition and its tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/.installed
