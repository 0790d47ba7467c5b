# Every command sets itself up. All of them need only Python 3.11 or newer and make.
#   make run     the portal with its worker on http://127.0.0.1:8000 (PORT= to change)
#   make test    all tests; DB=postgres for PostgreSQL, ARGS= for pytest's own arguments
#   make check   lint, format, types, templates, migrations, deployment settings
#   make bench   how fast the pages are on PostgreSQL, as a table and in var/bench.json;
#                ARGS="--rows 1000" for fewer proposals, DB=sqlite for the embedded database
#   make lock    new locked versions, after a change of pyproject.toml

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
export PORT

# As many tests at once as there are cores; ARGS="-n 0" for one after the other, as --pdb wants.
PYTEST := $(BIN)/python -m pytest -n auto

# What a production start is given, and a demonstration's, whatever the developer's own shell has.
# No value is used anywhere.
INVENTED := env -i PATH="$(PATH)" VAR_DIR=var/check \
	SECRET_KEY=only-for-make-check-5Zr8tQ1xWv7Lk3Jp9Hd2Gf6Sa4Mn0Bc \
	ALLOWED_HOSTS=portal.example.gov TRUSTED_PROXY=1 \
	DATABASE_URL='postgres://portal@db.example.gov/portal?sslmode=verify-full' \
	EMAIL_URL=smtp+tls://portal:secret@mail.example.gov:587 \
	DEFAULT_FROM_EMAIL=portal@example.gov INTAKE_EMAIL=intake@example.gov
TRIAL := env -i PATH="$(PATH)" DEMO=1 VAR_DIR=var/check

.PHONY: run test check bench lock format environment tools-environment

run: environment
	@exec $(BIN)/python tools/run.py

ifeq ($(DB),postgres)
test: tools-environment
	@$(PYTHON) tools/environment.py embedded
	@exec $(BIN)/python tools/postgres.py $(PYTEST) $(ARGS)
else
test: tools-environment
	@exec env -u DATABASE_URL $(PYTEST) $(ARGS)
endif

check: tools-environment
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/djlint --lint --quiet templates
	$(TRIAL) $(BIN)/mypy
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive portal proposals reviews tools
	$(TRIAL) $(BIN)/python manage.py makemigrations --check --dry-run
	$(TRIAL) $(BIN)/python manage.py check --fail-level WARNING
	$(INVENTED) $(BIN)/python manage.py check --deploy --fail-level WARNING

ifeq ($(DB),sqlite)
bench: tools-environment
	@exec env -u DATABASE_URL $(BIN)/python tools/bench.py $(ARGS)
else
bench: tools-environment
	@$(PYTHON) tools/environment.py embedded
	@exec $(BIN)/python tools/postgres.py $(BIN)/python tools/bench.py $(ARGS)
endif

format: tools-environment
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# No header, no annotations, no index: a lock names versions and hashes, and no host.
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --no-emit-index-url $(ARGS)
lock: tools-environment
	$(LOCK) --output-file requirements/base.txt
	$(LOCK) --group dev --output-file requirements/dev.txt
	$(LOCK) --group embedded --output-file requirements/embedded.txt

environment:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and '$(PYTHON)' isn't there: install it, or name another, as in 'make run PYTHON=python3.12'." >&2; exit 1; }
	@$(PYTHON) tools/environment.py base

tools-environment: environment
	@$(PYTHON) tools/environment.py dev
