# Everything goes through `setup`, which is quick when nothing changed.
.PHONY: run test setup check rust python bench bench-faults pictures requirements clean

BIN := .venv/bin
export OMP_WAIT_POLICY := passive

run: setup
	@$(BIN)/workbench $(SESSION)

# Cheapest first: what fails soonest is known soonest.
test: check rust python

setup:
	@tools/setup.sh

check: setup
	$(BIN)/ruff check workbench sessions tests benchmarks docs
	$(BIN)/ruff format --check workbench sessions tests benchmarks docs
	$(BIN)/mypy
	$(BIN)/lint-imports
	cargo fmt --manifest-path rust/Cargo.toml --all --check

# Through `workbench cargo`, so that clippy, the crates' tests and the checks share compiled dependencies.
rust: setup
	$(BIN)/workbench cargo -- clippy --workspace --all-targets -- -D warnings
	$(BIN)/workbench cargo -- test --workspace

python: setup
	$(BIN)/pytest $(PYTEST)

bench: setup
	$(BIN)/python -m benchmarks

bench-faults: setup
	$(BIN)/python -m benchmarks.faults --write

pictures: setup
	$(BIN)/python docs/screenshots.py

# Exact versions with hashes, for every platform and Python that we support.
requirements: setup
	$(BIN)/uv pip compile --quiet pyproject.toml --extra torch --extra dev --generate-hashes --no-header \
	    --no-annotate --python-version 3.11 --universal --output-file requirements.txt

clean:
	rm -rf .venv .workbench rust/target
