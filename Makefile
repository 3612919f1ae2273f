# spectral-gpu: `make run` trains a first network, `make test` proves the kernels. `make help` lists the rest.
SHELL := /bin/bash
GO    ?= go
BIN   := bin/spectral-gpu
RUN   ?= runs/first
# The peer that `make bench-peers` measures against, e.g. PEER="python3 rnn_torch.py rnn 784 128 128"
PEER  ?=
OURS  ?= $(BIN) bench --suite step --cell spectral --json
ROUNDS ?= 5
# The field of our command's JSON that has the seconds: FIELD=step_s with profile
FIELD ?= median_s
# The linker's flags for OpenBLAS, which then computes what gonum's BLAS would: found where it is installed and cgo works; NETLIB= leaves it out
NETLIB = $(eval NETLIB := $(shell GO='$(GO)' tools/openblas.sh))$(NETLIB)
TAGS   = $(if $(NETLIB),-tags netlib)
WINDOW_TAGS = -tags window$(if $(NETLIB),$(comma)netlib)
comma := ,
# With MPI, the library whose compiler MPICC is: MPICC=mpicc.mpich takes another
MPICC ?= mpicc
MPI_TAGS = -tags mpi$(if $(NETLIB),$(comma)netlib)
MPI_LINK = CGO_CFLAGS="$${CGO_CFLAGS:--g -O2} $$(tools/mpi.sh compile '$(MPICC)')" CGO_LDFLAGS="$(strip $(CGO_LDFLAGS) $(NETLIB)) $$(tools/mpi.sh link '$(MPICC)')"
LINK   = $(if $(NETLIB),CGO_LDFLAGS='$(strip $(CGO_LDFLAGS) $(NETLIB))')

# What 'version' says: a tag with the commits since
VERSION = $(shell git describe --tags --always --dirty 2>/dev/null)
STAMP   = -ldflags '-X github.com/spectral-gpu/spectral-gpu/model.version=$(VERSION)'

.PHONY: help run test test-drivers windows windows-test build window window-test mpi mpi-test mpi-bench deps-run deps-test deps-window deps-window-test deps-mpi shaders asm check race bench bench-peers card-report shader-stats dist clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: deps-run build ## train the adding problem at T = 100 on the best device and draw its curves
	$(BIN) train adding --length 100 --steps 2000 --eval-every 500 --out $(RUN) --overwrite
	@echo "the picture of the run: $(RUN)/curves.png"

# Packages whose tests take minutes: they come last.
SLOW := gpu/parity|gpu/vulkan|model|model/train|cmd/spectral-gpu

test: deps-test build ## prove every kernel against the float64 oracle on the CPU and on a Vulkan device (required)
	@if why=$$(tools/deps.sh --have window-test 2>&1); then $(MAKE) --no-print-directory window-test; else echo "skipped: the window's tests: $$why ('make window-test' installs it)"; fi
	@$(GO) list ./... | grep -vE '/spectral-gpu/($(SLOW))$$' | SPECTRAL_REQUIRE_GPU=1 $(LINK) xargs $(GO) test $(TAGS) -timeout 20m; quick=$$?; \
	$(GO) list ./... | grep -E '/spectral-gpu/($(SLOW))$$' | SPECTRAL_REQUIRE_GPU=1 $(LINK) xargs $(GO) test $(TAGS) -timeout 20m && exit $$quick

window-test: deps-window-test ## prove the window on an X server without a screen, under the validation layer
	$(GO) vet $(WINDOW_TAGS) ./cmd/... ./gpu/vulkan/platform ./gpu/vulkan/canvas
	SPECTRAL_REQUIRE_GPU=1 SPECTRAL_VALIDATE=1 $(LINK) $(GO) test $(WINDOW_TAGS) -timeout 10m ./cmd/internal/livewindow
	SPECTRAL_REQUIRE_GPU=1 SPECTRAL_VALIDATE=1 $(LINK) $(GO) test $(WINDOW_TAGS) -timeout 10m -run 'TestScript/(watch|window)|BesideWindow' ./cmd/spectral-gpu

window: deps-window ## build bin/spectral-gpu with its window: train --window, watch RUN
	@mkdir -p bin
	$(LINK) $(GO) build $(WINDOW_TAGS) -o $(BIN) ./cmd/spectral-gpu

mpi: deps-mpi ## build bin/spectral-gpu with MPI: mpirun -n N bin/spectral-gpu train … --distributed mpi
	@mkdir -p bin
	$(MPI_LINK) $(GO) build $(MPI_TAGS) $(STAMP) -o $(BIN) ./cmd/spectral-gpu

mpi-test: deps-mpi ## prove training over MPI on this machine: 2 ranks and more, killed, stopped, interrupted and resumed
	$(MPI_LINK) $(GO) vet $(MPI_TAGS) ./model/ranks/... ./cmd/spectral-gpu
	$(MPI_LINK) $(GO) run honnef.co/go/tools/cmd/staticcheck $(MPI_TAGS) ./model/ranks/... ./cmd/spectral-gpu
	$(MPI_LINK) $(GO) test $(MPI_TAGS) -timeout 20m ./model/ranks/mpi
	$(MPI_LINK) $(GO) test $(MPI_TAGS) -timeout 20m -run MPI ./cmd/spectral-gpu

# Which ranks mpi-bench measures, by what, and how: RANKS='2 4 8', MPIRUN='mpirun --oversubscribe', BENCH='--T 784 --B 128 --n 512 --runs 15'
RANKS  ?= $(shell seq 2 $$(nproc))
MPIRUN ?= mpirun --bind-to none
BENCH  ?=
mpi-bench: mpi ## measure training steps of several ranks beside those of one process, on this machine (RANKS=, MPIRUN=, BENCH=)
	for n in $(RANKS); do $(MPIRUN) -n $$n $(BIN) bench --suite distributed --distributed mpi --cell spectral $(BENCH) || exit; done

build: ## build bin/spectral-gpu (CPU only where cgo is off; with OpenBLAS where it is installed)
	@mkdir -p bin
	$(LINK) $(GO) build $(TAGS) $(STAMP) -o $(BIN) ./cmd/spectral-gpu

deps-run:
	@tools/deps.sh run

deps-test:
	@tools/deps.sh test

deps-window:
	@tools/deps.sh window

deps-window-test:
	@tools/deps.sh window-test

deps-mpi:
	@MPICC='$(MPICC)' tools/deps.sh mpi

shaders: deps-test ## compile shaders/*.comp to SPIR-V and generate their Go types
	$(GO) run ./tools/shaderc

shader-stats: deps-test ## compile every kernel by AMD's compiler (no card needed) and write docs/shader-stats.md
	$(GO) run ./tools/shaderstats

asm: ## generate the CPU executor's assembly
	$(GO) generate ./gpu/cpu

check: deps-test ## generated files fresh, kernels that Macs take, floors, vet for every target, staticcheck
	@unformatted=$$($(GO)fmt -l cmd data gpu hh model shaders tools); test -z "$$unformatted" || { echo "run gofmt -w on: $$unformatted" >&2; exit 1; }
	$(GO) run ./tools/shaderc -check
	@$(GO) generate ./gpu/cpu && git diff --exit-code --stat -- 'gpu/cpu/*.s' || { echo "the assembly in gpu/cpu is not what tools/asmgen generates: commit what 'make asm' makes" >&2; exit 1; }
	$(GO) run ./tools/shaderstats -check
	$(GO) run ./tools/metal
	$(GO) run ./tools/floors
	$(GO) vet ./...
	$(LINK) $(GO) vet $(TAGS) ./hh
	CGO_ENABLED=0 $(GO) build ./...
	@for target in $$(tools/dist.sh --targets); do echo "vet without cgo: $$target"; \
		CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) vet ./... || exit 1; done
	@if command -v x86_64-w64-mingw32-gcc >/dev/null; then echo "vet with cgo: windows/amd64"; \
		GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc $(GO) vet ./gpu/vulkan/... ./cmd/...; fi
	$(GO) run honnef.co/go/tools/cmd/staticcheck ./...

# The kernels' numeric tests of gpu/vulkan have nothing concurrent in them and take minutes under the race detector.
VULKAN_RACE := Concurrent|Stress|Closed|EveryFailure|PipelineCache|FillCopy|RunDoesNotAllocate|Device|Barriers|CompileErrors

# What tools/drivers takes, e.g. DRIVERS='-quick -profile none'
DRIVERS ?=
LAVAPIPE = $(firstword $(wildcard /usr/share/vulkan/icd.d/lvp_icd*.json))

test-drivers: deps-test ## prove and train on two software drivers and under the limits of other devices (long; DRIVERS=-quick is short)
	VK_DRIVER_FILES="$(LAVAPIPE):$$(tools/swiftshader.sh build/swiftshader)" $(GO) run ./tools/drivers $(DRIVERS)

windows: ## cross-build bin/spectral-gpu.exe, with Vulkan, by mingw-w64
	GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc $(GO) build $(STAMP) -o $(BIN).exe ./cmd/spectral-gpu

windows-test: windows build ## try bin/spectral-gpu.exe under Wine: proofs, a run, and Vulkan where Wine shows a device
	tools/windows.sh $(BIN).exe $(BIN)

race: deps-test ## race detector over what is concurrent
	SPECTRAL_REQUIRE_GPU=1 $(GO) test -race -short -timeout 30m ./gpu ./gpu/all ./gpu/cpu ./gpu/fake ./model/... ./data/...
	SPECTRAL_REQUIRE_GPU=1 $(GO) test -race -short -timeout 20m -run '$(VULKAN_RACE)' ./gpu/vulkan

bench: build ## measure this machine: training step and its growth, matrix product, Householder algebra
	$(BIN) bench --suite step --json
	$(BIN) bench --suite step --cell spectral,sequential --T 100 --B 32 --json
	$(BIN) bench --suite growth --cell spectral --json
	$(BIN) bench --suite gemm --json
	$(BIN) bench --suite hh --json

bench-peers: build ## measure a peer's command (PEER=...) against ours (OURS=...), alternating
	@test -n '$(PEER)' || { echo "name the peer: make bench-peers PEER='python3 peer.py' (it prints JSON with median_s)" >&2; exit 2; }
	$(GO) run ./tools/benchpeers -rounds $(ROUNDS) -field $(FIELD) -ours '$(OURS)' -peer '$(PEER)'

# A prebuilt program is taken where there is no Go; the tests that need a device are built and run where there is one.
REPORT ?= card-report
card-report: ## measure your card in six minutes, and write one file to send: card-report/card-report.txt (REPORT=DIR, FLAGS=...)
	@if command -v '$(GO)' >/dev/null; then $(MAKE) --no-print-directory build && mkdir -p build/card-tests && \
		for p in gpu/vulkan hh model; do $(GO) test -c -o build/card-tests/$${p##*/}.test ./$$p || exit; done; cp -r gpu/vulkan/testdata build/card-tests; fi
	$(BIN) card-report --out '$(REPORT)' $(shell command -v '$(GO)' >/dev/null && echo --tests build/card-tests) $(FLAGS)

dist: ## build archives of the program for Linux, Windows and macOS into dist/, with checksums
	@GO='$(GO)' tools/dist.sh

clean: ## remove what was built
	rm -rf bin build dist
