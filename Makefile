# Each target makes .venv and installs what it needs; when nothing changed, that takes no time.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo test test-all check docs pictures bench fuzz audit screenshots clean

help:
	@echo "make demo      mine a month of newspapers and train on it, end to end"
	@echo "make test      the tests that take a few minutes"
	@echo "make test-all  the slow ones too"
	@echo "make check     ruff, mypy, the import rules, and code that nothing calls"
	@echo "make docs      these pages as a site, in site/"
	@echo "make pictures  the README's pictures, of the report that make demo left"
	@echo "make bench     every benchmark, its row written into docs/benchmarks.jsonl; BENCH=name for one"
	@echo "make fuzz      every reader of files for a minute each, led by coverage"
	@echo "make audit     known weaknesses of what constraints.txt pins; asks an advisory database"
	@echo "make screenshots  drive Prefect's pages in Chromium and save what they show, in docs/images"

.venv/.made: Makefile
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.demo: .venv/.made pyproject.toml constraints.txt
	$(INSTALL) --editable '.[demo]'
	@touch $@

.venv/.dev: .venv/.made pyproject.toml constraints.txt
	$(INSTALL) --editable '.[demo,dev]'
	@touch $@ .venv/.demo

.venv/.docs: .venv/.made pyproject.toml constraints.txt
	$(INSTALL) --editable '.[docs]'
	@touch $@

demo: .venv/.demo
	$(BIN)/minlex demo

test: .venv/.dev
	$(BIN)/python -m pytest -m "not slow" --numprocesses 2 --dist worksteal

test-all: .venv/.dev
	$(BIN)/python -m pytest

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/vulture
	$(BIN)/lint-imports --no-logo

docs: .venv/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

pictures: .venv/.dev
	$(BIN)/python -m docs.pictures

BENCH ?= $(filter-out __init__ corpora digits gold peer_segmenters peer_trainers pipeline record,$(patsubst bench/%.py,%,$(wildcard bench/*.py)))
bench: .venv/.dev
	for name in $(BENCH); do $(BIN)/python -m bench.record $$name || exit 1; done

FUZZ := corpora gold dictionaries
fuzz: .venv/.dev
	$(INSTALL) --editable '.[fuzz]'
	for name in $(FUZZ); do $(BIN)/python -m tests.fuzz $$name -max_total_time=60 || exit 1; done

# In a place of its own, so that what it needs changes nothing here; strict, so that what is not found is no pass.
.venv/audit: .venv/.made
	$(PYTHON) -m venv $@ && $@/bin/python -m pip install --quiet pip-audit

audit: .venv/audit
	.venv/audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip --strict

screenshots: .venv/.dev
	MINLEX_SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/browser/test_prefect_pages.py -m slow

clean:
	rm -rf .venv build site *.egg-info
