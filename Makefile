# Each target sets up what it needs: `make demo` and `make test` start from nothing.

MODEL := samples/digits/digits.tflite
IMAGES := samples/digits/test_inputs.npz

# The published benchmark models and their peers' figures, where there are any.
MODELS := $(or $(MCU_CONVERT_MODELS),../shared/models)
BENCHMARKS := $(wildcard $(MODELS)/mlperf_tiny/*.tflite $(MODELS)/mcunet/*.tflite \
  $(MODELS)/tf_micro/person_detect.tflite $(MODELS)/tf_micro/hello_world_int8.tflite)
PEERS := $(wildcard $(MODELS)/../peers/peers.json)

# Where firmware runs: an emulated Cortex-M7 board, or this machine without one.
ON = $(shell command -v arm-none-eabi-gcc >/dev/null \
       && command -v qemu-system-arm >/dev/null && echo mps2-an500 || echo host)

.PHONY: help setup demo check nas test bench baseline networks clean

help: ## list the targets (the default)
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s%s\n", $$1, $$2 }' Makefile

setup: ## install the toolchain and fill .venv; a moment when all is there
	@sh tools/setup.sh

demo: setup ## convert, explain, prove and measure the sample model
	.venv/bin/mcu-convert convert $(MODEL) --board mps2-an500 -o out/digits
	.venv/bin/mcu-convert analyze $(MODEL) --board mps2-an500
	.venv/bin/mcu-convert validate $(MODEL) --on $(ON) --inputs $(IMAGES)
	$(if $(filter host,$(ON)),@echo "Skipped: bench counts instructions on an\
 emulated board.",.venv/bin/mcu-convert bench $(MODEL) --on $(ON))

check: setup ## lint, formatting, types, and the budgets of lines
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/python tools/check_budgets.py

nas: setup ## install TensorFlow and Keras, for nas_keras
	@.venv/bin/python -c 'import keras, tensorflow' 2>/dev/null || .venv/bin/python \
	  -m pip install -qq --disable-pip-version-check --editable '.[nas]'

test: check nas ## check, then run all tests, those of nas_keras with TensorFlow
	.venv/bin/pytest -n 2 -rs

BENCH := .venv/bin/mcu-convert bench $(MODEL) $(BENCHMARKS) --on mps2-an500 --io int8

bench: setup ## measure models beside their peers' figures and those committed
	$(BENCH) $(PEERS:%=--against %) --compare benchmarks/baseline.jsonl

baseline: setup ## measure again what `make bench` compares with; commit it
	rm -f benchmarks/baseline.jsonl
	$(BENCH) --history benchmarks/baseline.jsonl

networks: nas ## build published networks with Keras, measure, write docs/memory.md
	PYTHONPATH=tools .venv/bin/python -m memory_page

clean: ## remove what was generated and the virtual environment
	rm -rf .venv out build
