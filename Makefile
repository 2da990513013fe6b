# Thin wrappers over the CMake presets.  PRESET=asan runs tests under it.
PRESET ?= release
PREFIX ?= /usr/local
BUILD := build/$(PRESET)
BIN := $(BUILD)/bin

.PHONY: help setup build programs demo run test mutants test-hostile test-interop test-stops test-observability differential fuzz bench \
  bench-peers lint install clean test-clients lint-clients packages publish-protos test-console test-kubernetes test-image deb image

help:
	@echo "make demo     build, start a server, and tell the whole story"
	@echo "make test     build and run every test"
	@echo "make test-hostile   attack a server of our own, and print what held"
	@echo "make test-interop   other people's programs ask our own transport"
	@echo "make test-stops   stop servers under load, and count what callers lose"
	@echo "make test-observability   Prometheus asks every alert and every panel"
	@echo "make test-console   the console in Chromium, by mouse, by keyboard and under attack"
	@echo "make test-kubernetes   the chart and its documentation, by Helm and kubectl"
	@echo "make deb      Debian packages; make image: a small image of the server"
	@echo "make test-image   install, start and remove packages and image"
	@echo "make test-clients   the clients of six languages; make packages: theirs"
	@echo "make run      serve the demo's roles on 127.0.0.1:8470, health on :8471"
	@echo "make programs in build/release/bin; make build: those and the tests"
	@echo "make mutants  take the code of each rule out in turn: its test must fail"
	@echo "make differential   a million random questions; make fuzz: 7 minutes"
	@echo "make lint     format and clang-tidy; make bench measure; make install; make clean"
	@echo "make bench-peers   other policy engines, asked the same"

setup:
	@.ci/setup

# Where nobody watches, a line for each object is noise.
BUILD_WITH := quiet=--quiet; [ -t 1 ] && quiet=; \
  cmake --preset $(PRESET) --log-level=WARNING && \
  cmake --build --preset $(PRESET)

build: setup
	@$(BUILD_WITH) -- $$quiet

# What strangers run, without the tests.
programs: setup
	@$(BUILD_WITH) --target rolegated rolegate -- $$quiet

demo: programs
	@deploy/demo/run $(BIN)

run: programs
	@$(BIN)/rolegated --registry deploy/demo/registry --listen 127.0.0.1:8470 \
	  --operations-listen 127.0.0.1:8471 --dev --log-format text

test: build
	@ctest --preset $(PRESET) -j 2

# The code of each rule of docs/semantics.md is taken out in turn, and the rule's own
# test must fail, in some ten minutes; MUTANTS='--rules 30,67' looks at two rules.
MUTANTS ?=
mutants: setup
	@tests/mutants/run $(MUTANTS)

# Attacks on the real server, in some fifteen minutes; HOSTILE=--quick takes two.
HOSTILE ?=
test-hostile: setup
	@cmake --preset $(PRESET) --log-level=WARNING
	@cmake --build --preset $(PRESET) --target rolegated rolegate hammer
	@tests/hostile/run $(BIN) $(BUILD)/tests/hostile $(HOSTILE) \
	  --out build/hostile/results.json

# What other people's programs make of our own transport, in some minutes.
# INTEROP='--only h2spec' runs that part.
INTEROP ?=
test-interop: setup
	@for program in go java mvn npm python3 cargo curl nghttp openssl; do \
	  command -v $$program >/dev/null || { echo "make test-interop needs \
	$$program: apt-get install golang default-jdk-headless maven npm \
	python3-venv cargo curl nghttp2-client openssl"; exit 2; }; \
	done
	@cmake --preset $(PRESET) --log-level=WARNING
	@cmake --build --preset $(PRESET) --target rolegated rolegate interop_server
	@tests/interop/tools build/interop
	@tests/interop/run --bin $(BIN) --tools build/interop \
	  --interop-server $(BUILD)/tests/interop/interop_server $(INTEROP)

test-observability: setup
	@for program in prometheus promtool openssl jq h2load valgrind; do \
	  command -v $$program >/dev/null || { echo "make test-observability needs \
	$$program: apt-get install prometheus openssl jq python3-venv nghttp2-client \
	valgrind"; exit 2; }; \
	done
	@cmake --preset $(PRESET) --log-level=WARNING
	@cmake --build --preset $(PRESET) --target rolegated rolegate
	@tests/observability/run --bin $(BIN)
	@tests/observability/cost --bin $(BIN)
	@tests/observability/cloudtrail --bin $(BIN) --tools build/trailscraper

# The console in Debian's Chromium.  CONSOLE=Keyboard runs one class of the tests.
CONSOLE ?=
test-console: setup
	@for program in chromium chromedriver; do \
	  command -v $$program >/dev/null || { echo "make test-console needs \
	$$program: apt-get install chromium chromium-driver"; exit 2; }; \
	done
	@cmake --preset $(PRESET) --log-level=WARNING
	@cmake --build --preset $(PRESET) --target rolegated
	@tests/console/tools build/console
	@build/console/python/bin/python tests/console/run --bin $(BIN) \
	  --shots build/console/shots $(CONSOLE)

# The chart, the overlays and docs/kubernetes.md, by Helm, kubectl and schemas from
# Go modules, and the rehearsed rollout.  KUBERNETES=cluster builds Kubernetes' API
# server and asks it, too: half an hour at the first time.
KUBERNETES ?=
test-kubernetes: setup
	@go version 2>/dev/null | grep -Eq 'go1\.(2[6-9]|[3-9][0-9])' || { \
	  echo "make test-kubernetes needs go 1.26 or newer on PATH"; exit 2; }
	@cmake --preset $(PRESET) --log-level=WARNING
	@cmake --build --preset $(PRESET) --target rolegated rolegate
	@tests/kubernetes/tools build/kubernetes/bin $(KUBERNETES)
	@tests/kubernetes/run build/kubernetes/bin $(BIN) $(KUBERNETES)

deb: build
	@deploy/packages/make_deb $(BUILD) build/packages

image: deb
	@deploy/image/make_image build/packages/rolegate-server_*.deb build/image

# IMAGE=--dockerfile builds the Dockerfile, too, and all that is in it.
test-image: build
	@tests/image/run --build $(BUILD) --out build/test-image $(IMAGE)

# Twenty stops under the load of bare gRPC clients in four languages, for each
# transport; STOPS='--transport http2 --stops 4' takes a minute.
STOPS ?=
STOPPED_CLIENTS := python go node java
test-stops: setup
	@cmake --preset $(PRESET) --log-level=WARNING
	@cmake --build --preset $(PRESET) --target rolegated rolegate saml_response
	@for language in $(STOPPED_CLIENTS); do \
	  $(MAKE) --no-print-directory -C client/$$language build \
	    ROLEGATE_BIN=$(CURDIR)/$(BIN) || exit 1; \
	done
	@tests/interop/stops/run --bin $(BIN) --out build/stops $(STOPS)

# The clients of all languages: their own tests, in which the READMEs' examples
# run from installed packages, and the scenarios against real servers.  Installs
# what each needs from its own registry.
LANGUAGES := python go node java rust
test-clients: build
	@for language in $(LANGUAGES); do \
	  echo "the $$language client"; \
	  for step in build test; do \
	    $(MAKE) --no-print-directory -C client/$$language $$step \
	      ROLEGATE_BIN=$(CURDIR)/$(BIN) || exit 1; \
	  done; \
	done
	@client/conformance/run --bin $(BIN)

# Format, lint and types of the clients, by their languages' own tools.
lint-clients:
	@for language in $(LANGUAGES); do \
	  $(MAKE) --no-print-directory -C client/$$language lint || exit 1; \
	done

# Call after a release: what is published from then on may only grow.
publish-protos:
	@tests/proto/check_protos . $(BUILD)/tools/buf
	@$(BUILD)/tools/buf/node_modules/.bin/buf build proto --exclude-source-info \
	  -o proto/published.binpb

# What strangers install, in build/packages.
packages:
	@mkdir -p build/packages
	@for language in $(LANGUAGES); do \
	  $(MAKE) --no-print-directory -C client/$$language package \
	    OUT=$(CURDIR)/build/packages || exit 1; \
	done
	@ls -l build/packages

# The engine against the second evaluator, a million random questions.
differential: build
	@ROLEGATE_CASES=1000000 build/$(PRESET)/tests/differential_test

# New finds go to build/fuzz/corpus; crashes to build/fuzz.  FUZZ_SECONDS=1800
# gives each target half an hour.
FUZZ_SECONDS ?= 60
fuzz:
	@command -v clang++ >/dev/null || \
	  { echo "make fuzz needs: apt-get install clang libclang-rt-14-dev"; exit 2; }
	@cmake --preset fuzz --log-level=WARNING
	@cmake --build --preset fuzz
	@for target in policy question saml http2_session http2_headers \
	  http2_messages http1_session; do \
	  mkdir -p build/fuzz/corpus/$$target; \
	  build/fuzz/bin/$${target}_fuzz -max_total_time=$(FUZZ_SECONDS) \
	    -artifact_prefix=build/fuzz/ -print_final_stats=1 \
	    build/fuzz/corpus/$$target tests/fuzz/corpus/$$target || exit 1; \
	done

bench:
	@.ci/setup
	@cmake --preset release -DROLEGATE_BUILD_BENCH=ON --log-level=WARNING
	@cmake --build --preset release
	@bench/run build/release

# Each peer is built from its own registry; one whose tools are missing is
# skipped.
bench-peers:
	@.ci/setup
	@cmake --preset release -DROLEGATE_BUILD_BENCH=ON --log-level=WARNING
	@cmake --build --preset release --target bench_peers
	@bench/peers/run $(BUILD)

# Format, and what clang-tidy finds: about twenty minutes on two cores.  LINT
# names folders or sources: `make lint LINT=engine/sts` looks at one room.
LINT ?= engine service client
lint: setup
	@command -v clang-format >/dev/null && command -v clang-tidy >/dev/null || \
	  { echo "make lint needs: apt-get install clang-format clang-tidy"; exit 2; }
	@git ls-files '*.cc' '*.h' | xargs clang-format --dry-run --Werror
	@cmake --preset $(PRESET) --log-level=WARNING
	@cmake --build --preset $(PRESET) --target rolegate_proto \
	  rolegate_grpc_protos -- --quiet
	@.ci/lint $(BUILD) $(LINT)

install: build
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	@rm -rf build
