# Tuition. Each target is one thing a person can also type; what the environment sets wins.
PYTHON ?= python3
BIN := .venv/bin
VERSION = $(shell $(PYTHON) -c "import tuition; print(tuition.__version__)")
# Side by side, each worker with a database of its own; more workers than four outgrow PostgreSQL's
# connections.
PYTEST := $(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=worksteal
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes --no-header --upgrade

.PHONY: run serve test hunt pages screenshots drill drill-cluster audit sbom bench lint format lock version

run: .venv/.installed  ## serve on this machine, with sample students the first time
	@$(BIN)/python manage.py run

serve: .venv/.installed  ## serve for real work: collected files, several processes, no samples
	@$(BIN)/python manage.py serve

test: .venv/.installed-dev  ## the whole suite, on real PostgreSQL
	@$(PYTEST) $(ARGS)

hunt: .venv/.installed-dev  ## what takes longer than ten seconds: thousands of calls, long races
	@$(PYTEST) -m hunt $(ARGS)

pages: .venv/.installed-dev node_modules/.installed  ## every page under vnu, html-validate and Lighthouse
	@$(PYTEST) -m pages $(ARGS)

screenshots: .venv/.installed-dev  ## every page, on a desk and a phone, light and dark, into screenshots/
	@$(PYTEST) -m screenshots $(ARGS) && echo "Look at screenshots/index.html."

node_modules/.installed: package-lock.json
	@command -v npm >/dev/null && command -v java >/dev/null || { echo "make pages needs npm and java: on Debian and Ubuntu, apt install npm default-jre-headless."; exit 1; }
	@npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

drill: .venv/.installed-dev  ## kill, stop, fill and cut off what can be, while writers keep a journal
	@$(BIN)/python -m tuition.tests.drill

drill-cluster: .venv/.installed-dev .venv/drill/bin/patroni  ## PostgreSQL under Patroni: its primary is killed
	@$(BIN)/python -m tuition.tests.drill.cluster_drill .venv/drill/bin

.venv/drill/bin/patroni: deploy/requirements.txt
	@$(BIN)/uv venv --quiet --clear --python $(firstword $(wildcard /usr/bin/python3) $(PYTHON)) .venv/drill  # root's own Python is shut to others
	@$(BIN)/uv pip install --quiet --python .venv/drill -r deploy/requirements.txt
	@touch $@

audit: .venv/.installed-dev  ## known advisories on what comes along; fails when it can't ask
	@$(BIN)/uv tool run --quiet pip-audit@2.10.1 --strict --disable-pip --require-hashes -r requirements.lock --progress-spinner=off || { echo "make audit: either an advisory above, or its source can't be reached: nothing is known to be safe."; exit 1; }

sbom: .venv/.installed-dev  ## what comes along, as CycloneDX, for a release
	@mkdir -p var && $(BIN)/uv tool run --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py requirements requirements.lock --of JSON -o var/tuition-$(VERSION).cdx.json && echo "var/tuition-$(VERSION).cdx.json"

bench: .venv/.installed  ## measure against Flask and FastAPI; SIZES="1000" for a quick look
	@$(BIN)/python benchmarks/bench.py

lint: .venv/.installed-dev  ## style, types, who imports whom, forgotten migrations
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/python -m mypy .
	$(BIN)/python -c "from importlinter.cli import lint_imports_command as main; main()"
	$(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/.installed-dev  ## put the code into the house's shape
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

lock: .venv/.installed-dev  ## write down anew, with hashes, what requirements*.txt bring along
	$(COMPILE) requirements.txt --output-file=requirements.lock
	$(COMPILE) requirements-dev.txt --constraints=requirements.lock --output-file=requirements-dev.lock

version:  ## which Tuition this is
	@$(PYTHON) -c "import tuition; print(tuition.__version__)"

# Half a .venv (Ctrl-C, no python3-venv yet), or one whose Python an upgrade took away, is made anew.
ifneq ($(shell (test ! -e .venv/.half && $(BIN)/python -Ic "import pip" && echo whole) 2>/dev/null),whole)
.venv/.installed .venv/.installed-dev: new-venv
endif

.PHONY: new-venv
new-venv:
	@$(PYTHON) -c 'import sys; sys.exit("Tuition needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Name another: make run PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv module is missing: on Debian and Ubuntu, apt install python3-venv."; exit 1; }
	@rm -rf .venv && mkdir .venv && touch .venv/.half
	@$(PYTHON) -m venv .venv && rm .venv/.half

# Packages that an interrupted pip left half installed look whole to the next one, unless it is told.
define install
	@again=$$(test ! -e .venv/.installing || echo --force-reinstall); touch .venv/.installing; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes $$again -r $(1) && rm .venv/.installing
endef

.venv/.installed: requirements.lock
	@echo "Installing what Tuition needs …"
	$(call install,requirements.lock)
	@touch $@

.venv/.installed-dev: requirements-dev.lock
	@echo "Installing what Tuition and its tests need …"
	$(call install,requirements-dev.lock)
	@touch $@ .venv/.installed
