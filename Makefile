# Inkwell. `make serve` opens the page, `make test` proves it; `make help` lists the rest.
SHELL := bash
.DEFAULT_GOAL := help

# The fast build: SIMD is in Go 1.27 behind an experiment. Plain `go` works too.
SIMD   := GOTOOLCHAIN=go1.27.4 GOEXPERIMENT=simd
SCALAR := GOTOOLCHAIN=local GOEXPERIMENT=
WASM   := GOOS=js GOARCH=wasm
NODE    = -exec="$$($(1) go env GOROOT)/lib/wasm/go_js_wasm_exec"
LINK   := -trimpath -ldflags='-s -w'

SOURCES := $(shell find core wasm -name '*.go' -not -name '*_test.go') go.mod go.sum
BUILT   := web/worker.wasm web/worker-scalar.wasm web/stage.wasm web/wasm_exec.js

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

serve: $(BUILT) ## build what is missing, serve the page and open it
	$(SIMD) go run ./web/serve

build: $(BUILT) ## build the page's programs

web/worker.wasm: $(SOURCES)
	$(SIMD) $(WASM) go build $(LINK) -o $@ ./wasm/worker
web/worker-scalar.wasm: $(SOURCES)
	GOTOOLCHAIN=go1.27.4 GOEXPERIMENT= $(WASM) go build $(LINK) -o $@ ./wasm/worker
web/stage.wasm: $(SOURCES)
	GOTOOLCHAIN=go1.27.4 GOEXPERIMENT= $(WASM) go build $(LINK) -o $@ ./wasm/stage
web/wasm_exec.js: go.mod
	cp "$$(GOTOOLCHAIN=go1.27.4 go env GOROOT)/lib/wasm/wasm_exec.js" $@

check: ## vet, gofmt and the tests of the core: native and in node, with and without SIMD
	test -z "$$(gofmt -l core wasm web weights | tee /dev/stderr)"
	$(SCALAR) go vet ./...
	$(SIMD) go vet ./...
	$(SIMD) $(WASM) go vet ./wasm/... ./core/...
	$(SIMD) go test ./core/... ./weights/...
	GODEBUG=simd=256 $(SIMD) go test ./core/internal/kernel ./core/energy
	$(SCALAR) go test ./core/... ./weights/...
	$(SIMD) $(WASM) go test $(call NODE,$(SIMD)) ./core/internal/... ./core/nn ./core/energy ./core/sampler ./core/checkpoint
	$(SCALAR) $(WASM) go test $(call NODE,$(SCALAR)) ./core/internal/... ./core/nn ./core/energy ./core/sampler ./core/checkpoint

test: check $(BUILT) ## everything `check` does, then the page in a real Chromium
	$(SIMD) go test -count=1 -timeout 20m ./web/...

train: ## train the weights that ship
	$(SIMD) go run ./core/train

judge: ## train the classifier that evaluation uses
	$(SIMD) go run ./core/train -judge

evaluate: ## measure the weights and fill the model card in
	$(SIMD) go run ./core/evaluate -card weights/MODEL_CARD.md

sample: ## draw 100 digits to samples.png
	$(SIMD) go run ./core/sample -n 100 -o samples.png

bench: $(BUILT) ## speed of kernels, net, sampler, natively and in node, and of the page
	$(SIMD) go test -run '^$$' -bench . -benchtime 20x ./core/internal/kernel ./core/energy ./core/sampler
	$(SIMD) $(WASM) go test $(call NODE,$(SIMD)) -run '^$$' -bench 'Grad|Mul|Conv' -benchtime 20x ./core/internal/kernel ./core/energy
	$(SIMD) go test -count=1 -v -run "Budget|Download" ./web

shots: $(BUILT) ## screenshots of the page: phone and desktop, light and dark
	SHOTS=$(CURDIR)/shots $(SIMD) go test -count=1 -run Shots ./web

dist: $(BUILT) ## a folder that any static host can serve
	rm -rf dist && mkdir -p dist/web dist/weights
	cp index.html dist/
	cp web/*.js web/*.css web/*.html web/*.png web/*.wasm dist/web/
	cp weights/inkwell.safetensors weights/inkwell.json dist/weights/

clean: ## remove what was built
	rm -rf $(BUILT) dist runs samples.png measured shots

.PHONY: shots help serve build check test train judge evaluate sample bench dist clean
