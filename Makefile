# `make help` lists what there is. Two commands matter: `make demo` and `make test`.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export CARGO_BUILD_JOBS ?= $(shell nproc)
TOOLS := $(CURDIR)/.tools
export PATH := $(TOOLS)/bin:$(PATH)

.PHONY: help setup demo up test bench check fmt clippy sqlx sqlx-check proto-check deny images k8s-check alerts-check queries-check

help: ## What there is to make
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what is missing: PostgreSQL, from the system's packages
	@deploy/scripts/setup

demo: setup ## One performance year of five governments, from import to development needs
	cargo build --release -p kinerja-suite
	target/release/kinerja demo

up: setup ## A suite that stays: four services on a private PostgreSQL in .kinerja/
	cargo build --release -p kinerja-suite
	target/release/kinerja up

test: setup ## Every test, on a throw-away PostgreSQL
	@deploy/scripts/tools nextest
	@deploy/scripts/tools python
	SQLX_OFFLINE=true cargo build --workspace --bins
	SQLX_OFFLINE=true tests/with-postgres cargo nextest run --workspace $(if $(CI),--profile ci)

bench: setup ## The figures: 5,000, 50,000 and 500,000 employees (takes a while; SIZES=5000,50000 is quicker)
	SQLX_OFFLINE=true cargo build --release -p kinerja-tests --bins
	SQLX_OFFLINE=true SIZES=$(SIZES) ROUNDS=$(ROUNDS) ONLY=$(ONLY) cargo bench -p kinerja-tests --bench figures

check: fmt clippy sqlx-check proto-check deny alerts-check k8s-check ## All that is checked besides tests

fmt:
	cargo fmt --all --check

clippy:
	SQLX_OFFLINE=true cargo clippy --workspace --all-targets -- -D warnings

sqlx: setup ## Renew the caches of checked SQL after a change of a query or a migration
	@deploy/scripts/tools sqlx-cli
	tests/with-postgres deploy/scripts/sqlx-prepare

sqlx-check: setup
	@deploy/scripts/tools sqlx-cli
	tests/with-postgres deploy/scripts/sqlx-prepare --check

proto-check: ## buf lint, and no breaking change against the main branch
	@deploy/scripts/tools buf
	deploy/scripts/proto-check

deny: ## Licences, bans and sources of dependencies
	@deploy/scripts/tools cargo-deny
	cargo deny --all-features check bans licenses sources

images: setup ## Images of the services and the suite; each is started, asked, migrated and drained
	@deploy/scripts/images

k8s-check: ## Render every overlay, validate it, and ask our own rules
	@deploy/scripts/k8s-check

alerts-check: ## Alert rules and their tests, a runbook for each, dashboards as generated and as Grafana reads them
	@deploy/scripts/tools prometheus
	@deploy/scripts/tools grafana
	@deploy/scripts/alerts-check

queries-check: setup ## Every query of alerts and dashboards, asked of a Prometheus that watches the flows
	@deploy/scripts/tools nextest
	@deploy/scripts/tools queries
	SQLX_OFFLINE=true cargo build --workspace --bins
	SQLX_OFFLINE=true tests/with-postgres .tools/queries/bin/python deploy/scripts/queries-check \
		cargo nextest run -p kinerja-tests -E 'test(every_rpc_serves)'
