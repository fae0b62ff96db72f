# Everything a person does here, as one word. `make help` lists the words.
UV_VERSION := 0.13.9
UV := .tools/bin/uv
PY := .venv/bin/python
HEDDLE := .venv/bin/heddle
PEOPLE ?= 10000
SEED ?= 1
PRISM_VERSION := 5.14.2
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export RUNTIME__DLTHUB_TELEMETRY := false
export GX_ANALYTICS_ENABLED := false
export DAGSTER_DISABLE_TELEMETRY := 1
export UV_COMPILE_BYTECODE := 1

.PHONY: help setup demo dev test test-slow test-spark test-prism check bench clean lock

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

setup: .venv/.installed  ## the environment alone: .venv/bin/heddle ready

.venv/.installed: requirements.lock pyproject.toml
	@echo "setting up .venv from requirements.lock: 210 packages, hashes checked, bytecode compiled; half a minute on a fast line ..."
	@test -x $(UV) || PIP_ROOT_USER_ACTION=ignore python3 -m pip install -q --disable-pip-version-check --target .tools uv==$(UV_VERSION) || true
	@if test -x $(UV); then \
	  $(UV) venv -q --allow-existing .venv && \
	  $(UV) pip sync -q --compile-bytecode --require-hashes -p $(PY) requirements.lock && \
	  $(UV) pip install -q --no-deps --no-build-isolation -p $(PY) -e . ; \
	else \
	  echo "uv is not to be had here; falling back to pip, which is slower" && \
	  python3 -m venv .venv && $(PY) -m pip install --no-deps --require-hashes -r requirements.lock && \
	  $(PY) -m pip install -q --no-deps --no-build-isolation -e . ; \
	fi
	@$(PY) -m compileall -q heddle activations orchestration
	@touch $@

demo: setup  ## the demo company end to end: raw files, the main job, delivered mails and files, a summary
	@$(HEDDLE) demo run --people $(PEOPLE) --seed $(SEED)

dev: setup  ## the Dagster UI and daemon on this repo, with the local sandbox destinations
	@$(HEDDLE) demo dev

test: setup  ## the test suite, in minutes
	@$(PY) -m pytest -n logical --maxprocesses 6 --dist loadscope --no-loadscope-reorder -m "not thorough"

test-slow: setup  ## kills in every stage, long histories, the real data sets: what `make test` leaves out
	@HEDDLE_TEST_HISTORIES=25 $(PY) -m pytest -n logical --maxprocesses 6 --dist loadscope --no-loadscope-reorder -m thorough

test-spark: setup .venv-spark/.installed  ## the identity stage and every golden segment on Spark, in an environment of its own (needs Java 17 or later)
	@command -v java >/dev/null || { echo "Spark runs on Java, which is not here: install a Java runtime, 17 or later"; exit 1; }
	@HEDDLE_SPARK_PYTHON=$(CURDIR)/.venv-spark/bin/python $(PY) -m pytest tests/engines/test_spark.py tests/engines/test_segments_on_spark.py

.venv-spark/.installed: requirements-spark.lock .venv/.installed
	@command -v java >/dev/null || { echo "Spark runs on Java, which is not here: install a Java runtime, 17 or later"; exit 1; }
	@echo "setting up .venv-spark from requirements-spark.lock ..."
	@$(UV) venv -q --allow-existing .venv-spark
	@$(UV) pip sync -q --compile-bytecode --require-hashes -p .venv-spark/bin/python requirements-spark.lock
	@touch $@

test-prism: setup  ## connectors and sandbox judged by Prism, a mock server of the vendors' descriptions (needs npm and ../shared/specs; minutes)
	@if ! command -v npm >/dev/null; then echo "skipped: Prism is installed by npm, which is not here"; \
	else test -x .tools/prism/node_modules/.bin/prism || npm install --silent --no-audit --no-fund --no-package-lock \
	  --ignore-scripts --prefix .tools/prism @stoplight/prism-cli@$(PRISM_VERSION); \
	  $(PY) -m pytest -rs tests/contracts/test_prism.py; fi

check: setup  ## lint, types, import contracts, SQL lint, segment files
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@.venv/bin/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models dbt_project/tests
	@.venv/bin/heddle segments check

bench: setup  ## benchmarks; writes benchmarks/RESULTS.md
	@$(PY) benchmarks/pipeline.py
	@$(PY) benchmarks/identity.py
	@$(PY) benchmarks/accuracy.py
	@$(PY) benchmarks/segments.py
	@$(PY) benchmarks/segments.py --growth 100000 1000000 10000000

lock: pyproject.toml  ## resolve again and write requirements.lock (hashes, no URLs)
	@$(UV) lock --upgrade && $(UV) export -q --frozen --no-emit-project --no-header --all-extras --all-groups --no-group spark --format requirements-txt -o requirements.lock
	@$(UV) export -q --frozen --no-emit-project --no-header --only-group spark --format requirements-txt -o requirements-spark.lock
	@! grep -nE '(https?|file)://' requirements.lock requirements-spark.lock
	@rm -f uv.lock

clean:  ## remove the environment, caches, and the demo company with its state; other data and state stay
	rm -rf .venv .venv-spark .tools .dagster data/demo data/demo_truth .heddle/demo dbt_project/target dbt_project/logs
	rm -rf dbt_project/models/segments/generated benchmarks/.work .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	@! test -d .heddle || echo "kept: $$(ls -d .heddle/* 2>/dev/null | tr '\n' ' ') (what was delivered is remembered there)"
