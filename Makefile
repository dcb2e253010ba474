# Everything from a bare checkout: needs make and Python 3.11 or later with venv, nothing else.
PYTHON ?= python3
PORT ?= 8000
STEPS ?= 20000
COMPLAINTS ?= 20000
LIVES ?= 2000
DAY ?= 2027-11-15
BIN := .venv/bin

.PHONY: help run test future check coverage bench faults model past year proof mining event fossil docs shapes lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run ## everything on http://127.0.0.1:8000 (PORT=8001: elsewhere), with a demo
	$(BIN)/lapor up --demo --port $(PORT)

test: .venv/dev check ## the whole suite on a real PostgreSQL of its own
	$(BIN)/pytest -n 2 --dist loadgroup

future: .venv/dev ## the whole suite with the clock set to DAY (needs a C compiler)
	mkdir -p build
	$(CC) -std=c11 -O2 -Wall -Wextra -shared -fPIC -o build/shifted_clock.so tests/shifted_clock.c -ldl
	CLOCK_SHIFT=$$($(BIN)/python -c "from datetime import date; \
	  print((date.fromisoformat('$(DAY)') - date.today()).days * 86400)") \
	LD_PRELOAD=$(CURDIR)/build/shifted_clock.so $(BIN)/pytest -n 2 --dist loadgroup

check: .venv/dev ## style, types and borders between packages, without any test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/codespell
	$(BIN)/python -m tools.prose

coverage: .venv/dev ## the fast tests with branch coverage, and its floor
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q tests/domain tests/application tests/projections
	$(BIN)/coverage combine
	$(BIN)/coverage report

bench: .venv/dev ## the figures: a table, and build/bench.json
	$(BIN)/python -m benchmarks

faults: .venv/dev ## kill -9 of everything, under load, for longer than the suite has time for
	$(BIN)/pytest -m faults --fault-seconds 300 tests/faults

model: .venv/dev ## the application against a plain model of it, for longer than the suite has time for
	LAPOR_MODEL_STEPS=$(STEPS) $(BIN)/pytest -n 2 tests/model

past: .venv/dev ## LIVES random lives as of every instant, against an oracle on plain dicts
	LAPOR_PAST_LIVES=$(LIVES) $(BIN)/pytest -n 2 tests/projections/test_plain_past.py

year: .venv/dev ## all of 2026 with everything that happens by itself, and the laws that it has to keep
	LAPOR_YEAR_COMPLAINTS=$(COMPLAINTS) $(BIN)/pytest -s tests/year

proof: .venv/dev ## a thousand tampers of log and ledger, each of which must be found
	LAPOR_PROOF=long $(BIN)/pytest tests/ledger

mining: .venv/mining ## what a process miner (pm4py, installed for this alone) makes of our exports
	$(BIN)/pytest tests/mining

event: .venv/dev ## a new event: make event NAME=SiteVisited PART=handling FIELDS="visited_on:date note:Sealed?"
	$(BIN)/python -m tools.new_event $(NAME) --part "$(PART)" --fields "$(FIELDS)" \
	  $(if $(SAYS),--says "$(SAYS)") $(if $(INDONESIAN),--indonesian "$(INDONESIAN)")

fossil: .venv/dev ## another fossil of an event that got a field: make fossil TOPIC=lapor.complaint.routed
	$(BIN)/python -m tools.new_event --fossil $(TOPIC)

docs: .venv/dev ## docs/reference.md, from the code
	$(BIN)/python -m tools.reference

shapes: .venv/dev ## tests/projections/shapes.json: what each version of a projection was
	$(BIN)/python -m tools.shapes

lock: .venv/dev ## names and hashes for every Python we support; no addresses
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --extra all -o requirements/run.txt pyproject.toml requirements/build.in
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --extra dev -o requirements/dev.txt pyproject.toml requirements/build.in
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate -c requirements/dev.txt -o requirements/mining.txt requirements/mining.in

.venv/run: requirements/run.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/dev: requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@ .venv/run

.venv/mining: .venv/dev requirements/mining.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/mining.txt
	touch $@

clean: ## remove the environment, build/ and caches; var/ with its data stays
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache
