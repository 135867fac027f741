# Remixer. `make run` sets everything up and does the main job on the demo song; `make test` runs the whole gate.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

# `make kills RECORD=1`, and so on: keep how it ended, for docs/quality.md (then `make quality`).
RECORD ?=
keep = $(if $(RECORD),$(1) -m benchmarks.record $@ --)

.PHONY: tools fuzz nulls quality run test setup bench kills screenshots lint types imports unit demo train-cnn1 clean packages packages-test

setup: $(STAMP)

$(STAMP): pyproject.toml packaging/constraints.txt packaging/setup.sh
	PYTHON="$(PYTHON)" VENV="$(VENV)" packaging/setup.sh
	touch $(STAMP)

# What the tests need of the system, and the program does not.
tools: setup
	packaging/setup.sh tests

run: setup
	packaging/run.sh

test: setup lint types imports unit

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

unit: tools
	OMP_WAIT_POLICY=passive $(call keep,$(BIN)/python) $(BIN)/pytest

bench: tools
	$(call keep,$(BIN)/python) $(BIN)/python -m benchmarks.all

kills: tools
	$(call keep,$(BIN)/python) $(BIN)/python -m benchmarks.kills --count 1000

# Damaged files for all that reads files, for so many minutes.
FUZZ_MINUTES ?= 20
fuzz: setup
	$(BIN)/python -m benchmarks.fuzz --minutes $(FUZZ_MINUTES) $(if $(RECORD),--record) $(FUZZ_OPTIONS)

# Every format, rate and number of channels by every way through the program.
nulls: setup
	$(BIN)/python -m benchmarks.quality nulls

# The tables of docs/quality.md that take seconds.
quality: tools
	$(BIN)/python -m benchmarks.quality

clean:
	rm -rf $(VENV) build dist out *.egg-info

screenshots: tools
	$(BIN)/python packaging/screenshots.py

# Wheel, bundle, tarball and Debian package for Linux, in build/packages: see docs/packages.md.
packages:
	$(call keep,$(PYTHON)) $(PYTHON) packaging/build.py all

# The Debian package in a clean root without Python (as root, with debootstrap), the wheel in a fresh environment.
packages-test:
	$(call keep,$(PYTHON)) sh -ec 'packaging/test_bundle.sh build/packages/remixer_*.deb build/packages/clean-root; \
		packaging/test_wheel.sh build/packages/dist/remixer-*.whl build/packages/fresh'
