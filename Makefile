# What a contributor runs; `make help` lists it.
#
# aws-sdk-ec2 alone takes minutes to compile, and cargo compiles a crate again whenever a command selects other features for it. So every
# target here builds the whole workspace, never one package.

SHELL := bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Extra flags for cargo, such as --locked; for `orgsweep demo`, such as --accounts 200; and for pytest, such as -k moto. How long
# each target is fuzzed.
CARGO_FLAGS ?=
ARGS ?=
PYTEST_ARGS ?=
FUZZ_SECONDS ?= 120

PYTHON ?= python3
TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
# A build script lists these files, so `cargo fmt` does not see them.
CATALOG := $(wildcard crates/checks/src/catalog/*/*.rs)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Try it: a simulated organization and the daemon, no AWS account (ARGS="--accounts 200")
	cargo build $(CARGO_FLAGS) --workspace --bins --examples
	exec "$(TARGET)/debug/orgsweep" demo $(ARGS)

.PHONY: test
test: test-rust test-e2e ## Run every test

.PHONY: test-rust
test-rust: ## Run the Rust tests
	cargo test $(CARGO_FLAGS) --workspace

# Not part of `make test`: it compiles a dozen crates more, and none of the AWS SDK's.
.PHONY: test-otlp
test-otlp: ## Build and test the feature otlp: traces of the sweeps
	cargo build $(CARGO_FLAGS) --workspace --bins --examples --features orgsweep/otlp
	cargo test $(CARGO_FLAGS) --workspace --features orgsweep/otlp --bin orgsweep --test it -- traces:: log:: logging:: config::

# Bins and examples together select the features that `cargo test` selects.
.PHONY: test-e2e
test-e2e: .venv/requirements.txt ## Run the end-to-end tests (PYTEST_ARGS="-k moto")
	cargo build $(CARGO_FLAGS) --workspace --bins --examples
	@tools=$$(.ci/tools) && target=$$(cd "$(TARGET)" && pwd) && \
	  PATH="$$PATH:$$tools" CARGO_TARGET_DIR="$$target" ORGSWEEP_BIN="$$target/debug/orgsweep" \
	  .venv/bin/python -m pytest -o cache_dir=.venv/pytest-cache tests $(PYTEST_ARGS)

# Made anew when the requirements change. The copy is written last, so a half-made environment is made again.
.venv/requirements.txt: tests/requirements.txt
	@$(PYTHON) -c 'import ensurepip, venv' || { echo 'Install the Debian package python3-venv, or its like, and try again.' >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	@cp tests/requirements.txt $@

.PHONY: lint
lint: ## Check format, lints, dependencies, and that the docs match the code
	.ci/forbidden-crates
	.ci/licences
	.ci/docs-match
	bash -n .ci/run .ci/tools .ci/audit
	cargo fmt --all --check
	@echo 'rustfmt --check crates/checks/src/catalog'
	@rustfmt --edition 2024 --check --config-path . $(CATALOG)
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets --features orgsweep/otlp -- -D warnings

.PHONY: audit
audit: ## Check the dependencies: advisories, licences, unused ones (installs cargo-deny and cargo-machete)
	.ci/audit

.PHONY: lint-docs
lint-docs: ## Check the Markdown (needs Node)
	npx --yes markdownlint-cli2@0 --config .ci/.markdownlint-cli2.yaml '*.md' 'docs/**/*.md'

# It takes a nightly toolchain and cargo-fuzz.
.PHONY: fuzz
fuzz: ## Fuzz everything that reads what others write (FUZZ_SECONDS=120 each)
	@for file in crates/*/fuzz/fuzz_targets/*.rs; do \
	  target=$$(basename "$$file" .rs); folder=$${file%/fuzz_targets/*}; \
	  echo "== $$target"; \
	  cargo +nightly fuzz run --fuzz-dir "$$folder" "$$target" -- -dict="$$folder/$$target.dict" -max_total_time=$(FUZZ_SECONDS) || exit; \
	done

.PHONY: fmt
fmt: ## Format the Rust code
	cargo fmt --all
	@rustfmt --edition 2024 --config-path . $(CATALOG)

.PHONY: docs
docs: ## Write anew what comes from the code (docs/checks, the tables of docs/metrics.md)
	cargo build $(CARGO_FLAGS) --workspace --bins --examples
	"$(TARGET)/debug/orgsweep" checks docs --output docs/checks
	ORGSWEEP_WRITE_DOCS=1 cargo test $(CARGO_FLAGS) --workspace --bin orgsweep the_page_of_the_metrics

.PHONY: release
release: ## Build the optimized binary (up to half an hour on two cores)
	cargo build $(CARGO_FLAGS) --release --workspace --bins
	@echo "$(TARGET)/release/orgsweep"

# The benchmarks take long, want a machine with nothing else to do, and are not run in CI. docs/benchmarks.md says what they measure.

.PHONY: bench
bench: release ## Measure judging, rendering, patterns and the gate (minutes)
	$(PYTHON) bench/micro.py --bins-dir "$(TARGET)/release" $(ARGS)
	$(PYTHON) bench/render.py

.PHONY: bench-scan
bench-scan: release ## Measure whole scans of 100 and 1000 accounts (ARGS="--accounts 10000": half an hour)
	$(PYTHON) bench/scan.py --bins-dir "$(TARGET)/release" $(ARGS)
	$(PYTHON) bench/render.py

.PHONY: bench-soak
bench-soak: release ## Measure whether a week's sweeps, pressed into minutes, make the daemon grow (20 minutes)
	$(PYTHON) bench/soak.py --bin "$(TARGET)/release/orgsweep" $(ARGS)
	$(PYTHON) bench/render.py

.PHONY: bench-peers
bench-peers: release ## Measure Prowler and Cloud Custodian beside orgsweep (installs 2 GB; ARGS="--throttle 0.3")
	$(PYTHON) bench/peers.py --bins-dir "$(TARGET)/release" $(ARGS)
	$(PYTHON) bench/render.py
