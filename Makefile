# Everything that is done with this repository, in few words. `make run` and `make test` do their own set-up.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# The tests start hundreds of processes, and each would compile the product anew.
unexport PYTHONDONTWRITEBYTECODE

# GitHub's published API description, for the tests that hold our traffic against it.
CONTRACTS := .cache/contracts/.done

.PHONY: run test install lint bench corpus histories forgotten oracle chaos load docs contracts new-rule lock clean

run: .venv/.dev ## the sample: its review here, and in a browser
	$(BIN)/python -m bot.sample_run

test: .venv/.dev $(CONTRACTS) ## all tests; three at once keep two cores busy: those of the service wait a good deal
	$(BIN)/python -m pytest -n 3 --dist loadgroup

install: .venv/.runtime ## a working .venv/bin/twostep, nothing else
	@echo "Installed: .venv/bin/twostep --help"

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.dev ## speed as ratios: twostep against the floor, cold and warm
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.checks
	$(BIN)/python -m tests.benchmarks.peers

corpus: .venv/.dev ## recall and false errors on real pull requests (MIRRORS=directory)
	$(BIN)/python -m tests.corpus $(MIRRORS)

histories: .venv/.dev ## what would have been said on a repository's own merges (REPOSITORY=path)
	$(BIN)/python -m tests.histories $(REPOSITORY)

forgotten: .venv/.dev ## a repository's own merges without their new migrations: is it told? (REPOSITORY=path)
	$(BIN)/python -m tests.forgotten $(REPOSITORY)

oracle: .venv/.dev ## the static readers, measurements and plans against Django, Alembic, PostgreSQL
	$(BIN)/python -m tests.oracles

chaos: .venv/.dev $(CONTRACTS) ## kill -9 at random times, then count comments
	$(BIN)/python -m tests.service.chaos

load: .venv/.dev $(CONTRACTS) ## deliveries a second, reviews a minute
	$(BIN)/python -m tests.service.load

docs: .venv/.dev ## pages that are made from the code
	$(BIN)/python -m bot.docs

contracts: $(CONTRACTS) ## GitHub's published API description

new-rule: .venv/.dev ## NAME=column-removed
	$(BIN)/python -m tests.support.new_rule $(NAME)

lock: ## requirements/*.txt anew from *.in
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements/runtime.in -o requirements/runtime.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements/dev.in -c requirements/runtime.txt -o requirements/dev.txt

.venv/.runtime: requirements/runtime.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --require-hashes -r requirements/runtime.txt
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	touch $@

.venv/.dev: requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	touch $@ .venv/.runtime

.cache/contracts/.done: .venv/.dev tests/support/contracts.py
	$(BIN)/python -m tests.support.contracts

clean:
	rm -rf .venv build dist .cache
