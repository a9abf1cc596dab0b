PYTHON ?= python3
BIN := .venv/bin

.PHONY: test
test:
	$(BIN)/python -m pytest
