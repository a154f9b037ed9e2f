# make demo and make test do everything on a fresh machine, set-up included.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= outputs/demo
JOBS ?= 2
# How much make soak does.
KILLS ?= 100
SIZES ?= 20
HOSTILE ?= 2000
MICROGRAPHS ?= 2000
# How many formulas make validate changes to see whether a test notices.
MUTANTS ?= 150
CACHE = NUMBA_CACHE_DIR=$(CURDIR)/$(VENV)/numba
BENCH = $(CACHE) $(BIN)/python -m pytest -q -p no:warnings \
	--override-ini addopts="--import-mode=importlib" tests/benchmarks
SOAK = $(CACHE) OMP_NUM_THREADS=1 $(BIN)/python tests/soak

.DEFAULT_GOAL := help
.PHONY: help demo test check docs scores validate bench bench-guard soak picture dist format clean

help:  ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.core  ## Set up, run on the shipped micrographs, say where the report is
	$(BIN)/grainscope demo -o $(OUT)

test: $(VENV)/.dev  ## Set up and run all tests (under 10 minutes on 2 cores)
	$(CACHE) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(PYTEST)

check: $(VENV)/.dev  ## Format, lint, types, import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.docs  ## The site in build/docs, warnings as errors; runs every command of the cookbook
	COOKBOOK=all $(CACHE) $(BIN)/python -m pytest -q tests/docs
	$(BIN)/python -m sphinx -q -W --keep-going -E -c docs/site -b html docs build/docs
	@echo "the site: $(CURDIR)/build/docs/index.html"

scores: $(VENV)/.dev  ## Segmentation scores on the real data and on films; writes docs/scores.md
	$(BIN)/python tests/validation/segmentation_scores.py --films

validate: scores  ## The long checks: scores, and the figures behind the decisions
	$(BIN)/python tests/validation/segmentation_variants.py
	$(BIN)/python tests/validation/size_laws.py
	$(BIN)/python tests/validation/completeness.py
	$(BIN)/python tests/validation/flux_network.py
	$(BIN)/python tests/validation/percolation.py
	$(BIN)/python tests/validation/flux_features.py
	$(BIN)/python tests/validation/barrier_argument.py
	$(BIN)/python tests/validation/resistor_network.py
	$(BIN)/python tests/validation/capacitance.py
	$(BIN)/python tests/validation/fit_core.py
	$(BIN)/python tests/validation/onset.py
	$(BIN)/python tests/validation/hall.py
	$(BIN)/python tests/validation/saturation.py
	$(BIN)/python tests/validation/power_law.py
	$(BIN)/python tests/validation/crossings.py
	$(BIN)/python tests/validation/scaling.py
	$(BIN)/python tests/validation/log_temperature.py
	$(BIN)/python tests/validation/law_comparison.py
	$(BIN)/python tests/validation/differential_resistance.py
	$(BIN)/python tests/validation/fluctuations.py
	$(BIN)/python tests/validation/link.py
	$(BIN)/python tests/validation/mosaics.py
	$(BIN)/python tests/validation/mutations.py outputs/mutations --sample $(MUTANTS)

bench: $(VENV)/.dev  ## Speed, as ratios within one run
	$(BENCH) $(PYTEST)

bench-guard: $(VENV)/.dev  ## The ratio of the whole fast route alone: no change may double it
	$(BENCH)/test_stage_ratios.py -k table_and_contacts

soak: $(VENV)/.dev  ## Kills, full disks, hostile files, a report of 2,000 (an hour; docs/reliability.md)
	$(SOAK)/kills.py --kills $(KILLS)
	$(SOAK)/disk_full.py --sizes $(SIZES)
	$(SOAK)/hostile.py --files $(HOSTILE)
	$(SOAK)/large_report.py --micrographs $(MICROGRAPHS) --film images/broad_000.tif

picture: $(VENV)/.dev  ## Draw README's pictures again, those of the gallery and of the viewer
	$(BIN)/python docs/picture.py
	$(BIN)/python docs/gallery_pictures.py
	xvfb-run -a -s "-screen 0 1500x950x24" $(BIN)/python docs/viewer_pictures.py

dist:  ## Build wheel and sdist; install each in an empty environment and run the demo there
	PYTHON=$(PYTHON) .ci/dist.sh

format: $(VENV)/.dev  ## Format and sort imports
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## Remove the environment and caches; outputs/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist *.egg-info

# An environment is made once and again whenever what it is made from changes.
$(VENV)/.core: pyproject.toml constraints.txt .ci/preflight.sh
	PYTHON=$(PYTHON) .ci/preflight.sh run
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	PYTHON=$(PYTHON) .ci/preflight.sh test
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[test,dev,ocr,viewer,cluster]'
	@touch $@

$(VENV)/.docs: $(VENV)/.dev
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $@
