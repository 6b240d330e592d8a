# Each target makes .venv and installs what it needs; when nothing changed, that takes no time.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo test test-all check docs pictures bench clean

help:
	@echo "make demo      mine a month of newspapers and train on it, end to end"
	@echo "make test      the tests that take a few minutes"
	@echo "make test-all  the slow ones too"
	@echo "make check     ruff, mypy and the import rules"
	@echo "make docs      these pages as a site, in site/"
	@echo "make pictures  the README's pictures, of the report that make demo left"
	@echo "make bench     every benchmark; BENCH=name for one"

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

docs: .venv/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

pictures: .venv/.dev
	$(BIN)/python -m docs.pictures

BENCH ?= $(filter-out __init__ corpora digits gold peer_segmenters peer_trainers pipeline,$(patsubst bench/%.py,%,$(wildcard bench/*.py)))
bench: .venv/.dev
	for name in $(BENCH); do $(BIN)/python -m bench.$$name || exit 1; done

clean:
	rm -rf .venv build site *.egg-info
