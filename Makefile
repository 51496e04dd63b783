# `make help` lists the targets; docs/operations.md explains the parameters.
DOCKERIMAGE_NAME ?= kubernetes-image-puller
DOCKERIMAGE_TAG ?= latest
DOCKER ?= docker
OC ?= oc
HELM ?= $$(scripts/helm-binaries)/helm-4
NAMESPACE ?= k8s-image-puller
# The images for local-deploy; if empty, those of deploy/configmap.yaml.
IMAGES ?=
# Options for local-setup and local-deploy, which then also apply the Roles that these need: see deploy/configmap.yaml.
POD_STATUS ?= false
PULL_TIMES ?= false
DEPLOYMENT_NAME ?=
KIP_IMAGE ?=

BINARY := bin/kubernetes-image-puller
# Linking the Swift runtime statically needs libcurl's development files; without them, it is linked dynamically.
STATIC := $(if $(wildcard /usr/include/curl/curl.h /usr/include/*/curl/curl.h),--static-swift-stdlib)
# Two sections differ from build to build, and the program needs neither: hashes for incremental builds, and the linker's
# hash of them. The Dockerfile does the same.
STRIP := strip --remove-section=.swift_modhash --remove-section=.note.gnu.build-id
# `make ... OC=kubectl` works without oc: scripts/process-template expands the templates.
PROCESS = $(if $(filter kubectl,$(notdir $(OC))),scripts/process-template -f,$(OC) process -f)
APPLY = $(OC) apply -f -

.DEFAULT_GOAL := all
.PHONY: all build docker image clean local-setup local-deploy test test-node soak fuzz chaos thread-sanitizer bench bench-quick bench-all lint format demo help
MAKEFLAGS += --no-print-directory

all: build docker ## Build the program and its image (default)

build: ## Build for release, to bin/kubernetes-image-puller
	@swift build -c release $(STATIC) --product kubernetes-image-puller
	@mkdir -p bin
	@$(STRIP) -o $(BINARY) "$$(swift build -c release $(STATIC) --show-bin-path)/kubernetes-image-puller"
	@echo "$(BINARY): $$(du -m $(BINARY) | cut -f1) MB, $(if $(STATIC),static,dynamic) Swift runtime"

docker: ## Build the image DOCKERIMAGE_NAME:DOCKERIMAGE_TAG
	$(DOCKER) build $$(scripts/build-image --build-arguments) -t $(DOCKERIMAGE_NAME):$(DOCKERIMAGE_TAG) .

image: build ## Build the image without a Docker engine, as an OCI layout, to .image
	@scripts/build-image --program $(BINARY)

clean: ## Remove all build products
	rm -rf bin .build .build-fuzz .build-tsan .image

local-setup: ## Apply the ServiceAccount, Role and RoleBinding to the current cluster, in NAMESPACE
	$(PROCESS) deploy/serviceaccount.yaml -p NAMESPACE=$(NAMESPACE) | $(APPLY)
ifeq ($(POD_STATUS),true)
	$(PROCESS) deploy/pods-role.yaml -p NAMESPACE=$(NAMESPACE) | $(APPLY)
endif
ifeq ($(PULL_TIMES),true)
	$(PROCESS) deploy/pulls-role.yaml -p NAMESPACE=$(NAMESPACE) | $(APPLY)
endif
ifneq ($(DEPLOYMENT_NAME),)
	$(PROCESS) deploy/deployment-role.yaml -p NAMESPACE=$(NAMESPACE) | $(APPLY)
endif

local-deploy: ## Apply the ConfigMap and Deployment to the current cluster, in NAMESPACE
	$(PROCESS) deploy/configmap.yaml -p NAMESPACE=$(NAMESPACE) $(if $(IMAGES),-p 'IMAGES=$(IMAGES)') \
		-p POD_STATUS=$(POD_STATUS) -p PULL_TIMES=$(PULL_TIMES) -p DEPLOYMENT_NAME=$(DEPLOYMENT_NAME) -p KIP_IMAGE=$(KIP_IMAGE) | $(APPLY)
	$(PROCESS) deploy/app.yaml -p NAMESPACE=$(NAMESPACE) \
		-p IMAGE=$(DOCKERIMAGE_NAME) -p IMAGE_TAG=$(DOCKERIMAGE_TAG) | $(APPLY)

.PHONY: chart
chart: ## Package the Helm chart for the image DOCKERIMAGE_NAME, to bin/
	@rm -rf bin/chart && mkdir -p bin && cp -r deploy/helm bin/chart
	@sed -i 's|^  repository: .*|  repository: $(DOCKERIMAGE_NAME)|' bin/chart/values.yaml
	@$(HELM) package --destination bin bin/chart
	@rm -r bin/chart

test: ## Set up what the tests need, and run all of them
	@scripts/test

test-node: ## Test the puller as a pod on two real nodes; needs root (10 to 15 min)
	@scripts/test-node

soak: ## Run a puller for 200 clusters for a thousand rounds with random faults (10 min)
	@scripts/soak

fuzz: ## Fuzz each parser for two minutes (15 min)
	@scripts/fuzz

thread-sanitizer: ## Run the multithreaded tests under ThreadSanitizer (5 min)
	@scripts/thread-sanitizer

chaos: ## Break two real control planes around a running puller (7 min)
	@scripts/chaos

bench: ## Compare the puller with its performance targets, and write docs/benchmarks.md (15 min)
	@scripts/bench

bench-quick: ## Measure small fleets only (1 min)
	@scripts/bench quick

bench-all: ## Measure every fleet size, and write docs/benchmarks.md (up to an hour)
	@scripts/bench all

lint: ## Check the formatting and the house rules
	@scripts/lint

format: ## Format the Swift sources
	@swift format --in-place --recursive Sources Tests Package.swift $(wildcard Benchmarks)

demo: ## Show the puller at work on a simulated fleet
	@scripts/demo

help: ## Print this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Parameters: DOCKERIMAGE_NAME=$(DOCKERIMAGE_NAME) DOCKERIMAGE_TAG=$(DOCKERIMAGE_TAG) NAMESPACE=$(NAMESPACE) OC=$(OC) DOCKER=$(DOCKER) IMAGES=<name>=<image>;..."
