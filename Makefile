# Two commands do everything on a fresh machine: `make grade` and `make test`. While you work: `make quick`.

PYTHON ?= python3
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := tests/submissions/class

unexport PYTHONDONTWRITEBYTECODE  # containers set it, and then each process compiles the package again

.PHONY: grade test types tests quick lint install calibrate validate reference accuracy spellings slips table oldest attacks examples fuzz benchmark \
  docs docs-pictures sessions lock clean

grade: install  ## grade the sample class, and say where the report is
	$(BIN)/grader grade $(SAMPLE) --out reports/sample --isolation $$($(BIN)/grader doctor --level)

test: install  ## lint, types and tests, beside each other: tests wait for other processes a third of the time
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	@$(MAKE) --no-print-directory -j 2 types tests

types: install
	$(BIN)/mypy

tests: install
	$(BIN)/pytest -q -n 3 --dist loadscope

quick: install  ## lint, types, and the tests of what changed or of one room (ROOM=checks), within a minute
	$(BIN)/python -m tests.quick $(ROOM)

install: $(VENV)/.installed  ## create .venv with the grader and all that the tests need

$(VENV)/.installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.txt
	-$(BIN)/python -m compileall -qq -j 0 -x '/tests?/' $(VENV)/lib  # pip compiles the tests too, and on one processor
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy

calibrate: install  ## calibrate all assignments again; about 20 minutes on two cores
	$(BIN)/grader calibrate

validate: install  ## every rubric, tried with what it allows and with single mistakes
	$(BIN)/grader validate

reference: install  ## write the generated sections of docs/ again, after a change of a command, an option or a hint
	$(BIN)/python docs/_ext/generated.py

table: install  ## write the table of what Keras can be asked for again, after a new Keras
	$(BIN)/python -m benchmarks.keras_table

oldest: install  ## the tests of reading and building networks with the oldest Keras that is supported
	$(PYTHON) -m venv --clear reports/oldest
	reports/oldest/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	reports/oldest/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 'keras==3.12.1'
	reports/oldest/bin/pytest -q -m "slow or not slow" tests/graph tests/training/test_engine.py

spellings: install  ## a thousand equal spellings of the references, none of which may lose a point
	$(BIN)/pytest -q -n 2 -m slow tests/spellings

accuracy: install  ## how often verdicts are right; the longest of all
	$(BIN)/python -m benchmarks.accuracy --json reports/accuracy.json

slips: install  ## what pages say of right programs with one slip of a student's, and where that leads
	$(BIN)/python -m benchmarks.slips reports/slips

attacks: install  ## every attack of the corpus at the levels full and partial, and without a sandbox
	$(BIN)/pytest -q -m slow --ignore tests/examples --ignore tests/docs --ignore tests/spellings
	$(BIN)/python -m tests.attacks --level full --level partial --json reports/attacks.json
	$(BIN)/python -m tests.attacks.costly --level full
	$(BIN)/python -m tests.attacks.costly --level partial

examples: install  ## the second course: a class of right and wrong submissions for each of its exercises
	$(BIN)/grader lint --course examples
	$(BIN)/pytest -q -m "slow or not slow" tests/examples

benchmark: install  ## the figures that the README quotes, in one table, beside two peers from PyPI; 20 minutes
	$(BIN)/python -m benchmarks --json reports/benchmark.json

fuzz: install  ## 100,000 recordings, made and spoilt, against everything that reads one
	$(BIN)/python -m benchmarks.fuzz --json reports/fuzz.json

docs: $(VENV)/.docs  ## the site, in docs/_build/html; a warning is an error
	$(BIN)/python -m sphinx -W --keep-going -q -E -b html docs docs/_build/html
	@echo "open docs/_build/html/index.html"

$(VENV)/.docs: $(VENV)/.installed docs/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r docs/requirements.txt
	touch $@

docs-pictures: install  ## the pictures of the documentation; needs Chromium
	$(BIN)/python -m docs.screenshots

sessions: install  ## run every console session of the documentation again, and compare; minutes
	$(BIN)/pytest -q -m slow tests/docs

lock:  ## pin all dependencies again; needs uv (`pip install uv`)
	$(UV) pip compile --quiet pyproject.toml --extra cpu --extra courses --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --output-file requirements.txt
	$(UV) pip compile --quiet --group pyproject.toml:docs --constraint requirements.txt --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --output-file docs/requirements.txt

clean:
	rm -rf $(VENV) build dist docs/_build reports/sample
