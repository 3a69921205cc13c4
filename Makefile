# The two commands of the quick start are `make up` and `make test`; both set up what they need.
SHELL := /bin/sh
.DEFAULT_GOAL := help
STATE := .rayfleet
STACK := local
SECONDS := 60
RUNS :=
TICKS := 100000
NODES := 100
# The npm package `node` pins the Node that everything here runs on.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED := true
export AWS_EC2_METADATA_DISABLED :=
EMULATOR := node --import tsx emulator/main.ts
NODE_STAMP := $(STATE)/stamps/node
PYTHON_STAMP := $(STATE)/stamps/python
KUBERNETES := $(STATE)/kubernetes/kube-apiserver
KWOK := $(STATE)/kubernetes/kwok

.PHONY: help setup build up status demo token break down preview test test-kubernetes mutants check fix soak model matrix faults steady bench bench-decide bench-tick clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(NODE_STAMP): package.json package-lock.json .npmrc
	@node -e 'if (+process.versions.node.split(".")[0] < 20) { console.error("node: is too old; got " + process.version + "; expected 20 or later. Install Node 20 or later."); process.exit(1) }'
	npm ci --no-fund --no-audit --loglevel=error
	@mkdir -p $(@D) && touch $@

$(PYTHON_STAMP): emulator/api/requirements.txt
	@python3 -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "python3: is too old; got %d.%d; expected 3.11 or later. Install Python 3.11 or later." % sys.version_info[:2])'
	python3 -m venv $(STATE)/venv
	$(STATE)/venv/bin/pip install --quiet --disable-pip-version-check -r emulator/api/requirements.txt
	@mkdir -p $(@D) && touch $@

setup: $(NODE_STAMP) $(PYTHON_STAMP) ## install what is needed, into node_modules and .rayfleet

build: $(NODE_STAMP) ## bundle the agent and the node service into dist/artifacts
	@npm run --silent build

up: setup build ## start the emulated cloud, bring the local stack up, run the demo job
	@$(EMULATOR) up

status: setup ## what runs, where to look, what it costs
	@$(EMULATOR) status

demo: setup ## more demands on the running stack: GPUs, a spread placement group, a label selector
	@$(EMULATOR) demo

token: setup ## print the Ray token of the running stack, for the dashboard
	@$(EMULATOR) token

break: setup ## break the running stack by hand, e.g. DO="pull-plug head"; without DO: what there is
	@$(EMULATOR) break $(DO)

down: $(NODE_STAMP) ## destroy the stack and the emulated cloud; nothing is left
	@$(EMULATOR) down

preview: $(NODE_STAMP) build ## what `up` would change, for STACK=local
	@$(EMULATOR) preview --stack $(STACK)

test: setup build ## all tests, real Ray end to end included
	@sh scripts/test.sh

# Seven minutes of two cores and 2 GB of memory when nothing is built yet; Go keeps what it built.
$(KUBERNETES): test/kubernetes/servers/go.mod test/kubernetes/servers/go.sum
	@go version >/dev/null 2>&1 || { echo "go: is not installed; got nothing; expected Go 1.26 or later. Install it, or leave these tests out."; exit 1; }
	cd test/kubernetes/servers && version=$$(go list -m -f '{{.Version}}' k8s.io/kubernetes) && CGO_ENABLED=0 go build -trimpath -buildvcs=false \
	  -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$$version -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=$$(echo $$version | cut -d. -f2)" \
	  -o $(CURDIR)/$(STATE)/kubernetes/ ./etcd k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kube-controller-manager k8s.io/kubernetes/cmd/kube-scheduler
	@touch $@

# kwok asks for newer libraries than Kubernetes does, so it is built by itself.
$(KWOK): test/kubernetes/servers/kwok/go.mod test/kubernetes/servers/kwok/go.sum | $(KUBERNETES)
	cd test/kubernetes/servers/kwok && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o $(CURDIR)/$(STATE)/kubernetes/ sigs.k8s.io/kwok/cmd/kwok
	@touch $@

test-kubernetes: setup $(KUBERNETES) $(KWOK) ## tests against a real Kubernetes control plane, which is built first, and real Ray as its pods; needs Go 1.26
	@vitest run --project kubernetes

check: $(NODE_STAMP) ## every static check: format, lint, types, dead code
	biome check --error-on-warnings .
	tsc -p .
	eslint .
	knip --no-config-hints

mutants: $(NODE_STAMP) ## changes of the decision core that no test notices, for FILES="regrets bootTimes"; into reports/mutants
	@MUTANT_FILES="$(FILES)" MUTANT_TESTS="$(TESTS)" stryker run

fix: $(NODE_STAMP) ## format and mend what can be mended
	biome check --write .

soak: setup ## random work and faults against the agent's loop, for SECONDS=60 or RUNS=100000
	@node --import tsx test/soak.ts --seconds $(SECONDS) --runs "$(RUNS)"

model: $(NODE_STAMP) ## random calls in random order against the in-memory cloud and its model, RUNS=100000 times
	@MODEL_RUNS=$(or $(RUNS),100000) vitest run --project unit test/autoscaler-agent/nodeGroups/inMemory.test.ts

matrix: $(NODE_STAMP) ## every pair of fault classes, in both orders, at every moment, over both backends
	@node --import tsx test/matrix.ts

steady: $(NODE_STAMP) ## one agent for TICKS=100000 ticks of a simulation: does its heap grow?
	@node --expose-gc --import tsx test/steady.ts --ticks $(TICKS)

faults: setup build ## break the connections, processes and machines of an emulated cluster, one after the other, into reports/faults.md
	@vitest run --project faults

footprint: setup ## processor time and memory of the agent as a process, with NODES=100 nodes
	@node --import tsx test/footprint.ts --nodes $(NODES)

bench-decide: setup ## the node chooser side by side with Ray's own scheduler, into bench/results/decide.json
	@node --import tsx bench/decide/main.ts

bench-tick: $(NODE_STAMP) ## the agent's tick at 1,000 nodes, without its calls to Ray and the cloud
	@node --import tsx bench/tick.ts

bench: setup build ## figures side by side with Ray's own autoscaler, into bench/results
	@node --import tsx bench/main.ts

clean: down ## down, and remove what was built (not what was installed)
	rm -rf dist reports
