# Two commands matter: `make run` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run test soak lint venv demo demo-shared screenshots bench bundle requirements clean run-packages test-packages bundle-packages
.DELETE_ON_ERROR:

PYTHON := .venv/bin/python
LINK := pyproject.toml scripts/venv.sh scripts/link_checkout.py

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: .venv/run.stamp ## install what is missing, then open the window (without a display: the main job as text and pictures)
	@scripts/run.sh

test: .venv/test.stamp ## install what is missing, then run every check and every test
	@scripts/test.sh $(PYTEST)

soak: .venv/test.stamp ## 10,000 random histories, storms and kills, for hours (SOAK="--help" says what can be asked)
	@$(PYTHON) -m tests.histories $(SOAK)

lint: .venv/test.stamp ## style, types and import contracts, without the tests
	@scripts/lint.sh

venv: .venv/test.stamp ## the environment in .venv with everything the tests need

demo: .venv/run.stamp ## open the window on the labelled sample database
	@$(PYTHON) -m console --data-dir build/sample demo
	@$(PYTHON) -m console --data-dir build/sample

demo-shared: .venv/test.stamp ## a PostgreSQL of its own with the sample data, and two consoles at it as two people
	@$(PYTHON) -m scripts.demo_shared

screenshots: .venv/run.stamp ## render every screen, light and dark, into build/screens/
	@$(PYTHON) -m console screenshots build/screens

bench: .venv/bench.stamp ## deadlines, start, queue, and from one desk to another, beside their floors and peers
	@$(PYTHON) -m benchmarks

bundle: .venv/package.stamp ## the frozen program in dist/support-console/, built and started once
	@$(PYTHON) packaging/build.py dist
	@$(PYTHON) -m pytest -q -m bundle tests/packaging --bundle dist/support-console

requirements: ## write the hashed requirement files afresh (needs uv)
	@scripts/requirements.sh $(UV)

clean: ## remove everything that was made here: environment, caches, build, dist
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

run-packages:
	@scripts/system-packages.sh run
test-packages:
	@scripts/system-packages.sh test
bundle-packages:
	@scripts/system-packages.sh bundle

.venv/run.stamp: requirements/run.txt $(LINK) | run-packages
	@scripts/venv.sh requirements/run.txt
	@touch $@

.venv/test.stamp: requirements/test.txt requirements/package.txt $(LINK) | test-packages
	@scripts/venv.sh requirements/test.txt requirements/package.txt
	@touch $@

.venv/bench.stamp: requirements/bench.txt $(LINK) | run-packages
	@scripts/venv.sh requirements/bench.txt
	@touch $@

.venv/package.stamp: requirements/test.txt requirements/package.txt $(LINK) | bundle-packages
	@scripts/venv.sh requirements/test.txt requirements/package.txt
	@touch $@
