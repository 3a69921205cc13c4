import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AgentLease } from "../../../autoscaler-agent/kubernetes/agentLease";
import { backendWhileSole, rayWhileSole } from "../../../autoscaler-agent/kubernetes/whileSole";
import type { NodeGroupBackend } from "../../../autoscaler-agent/nodeGroups/backend";
import type { RayControl } from "../../../autoscaler-agent/ray/rayControl";
import type { KubeApiCalls, KubeRequest } from "../../../kubernetes-api/kubeApi";
import { KubernetesError, StaleObjectError } from "../../../kubernetes-api/kubernetesError";
import { agentGroup, nodeId } from "../../support/agentBuilders";
import { FakeClock } from "../../support/fakeClock";

interface LeaseObject {
  readonly metadata: { readonly resourceVersion: string; readonly labels: object };
  readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string };
}

/** An API server with one Lease, as the manifest makes it: nobody holds it. */
class OneLease implements KubeApiCalls {
  lease: LeaseObject | undefined = { metadata: { resourceVersion: "1", labels: { app: "demo" } } };
  down = false;

  async call({ method, path, body }: KubeRequest): Promise<unknown> {
    expect(path).toBe("/apis/coordination.k8s.io/v1/namespaces/ray/leases/demo-agent");
    if (this.down) throw new KubernetesError("no answer");
    if (this.lease === undefined) throw new KubernetesError("leases demo-agent not found (404)", 404);
    if (method === "GET") return structuredClone(this.lease);
    const { metadata, spec } = body as LeaseObject;
    if (metadata.resourceVersion !== this.lease.metadata.resourceVersion) throw new StaleObjectError("modified", 409);
    const resourceVersion = String(Number(metadata.resourceVersion) + 1);
    this.lease = { metadata: { ...this.lease.metadata, resourceVersion }, spec: { ...this.lease.spec, ...spec } };
    return this.lease;
  }
}

/** An agent whose clock and life the test has in its hands: it renews when it is told to. */
class Contender {
  readonly clock = new FakeClock();
  readonly waits: string[] = [];
  readonly lease: AgentLease;

  constructor(api: KubeApiCalls, holder: string) {
    const onWait = (problem: string) => this.waits.push(problem);
    this.lease = new AgentLease({ api, clock: this.clock, namespace: "ray", name: "demo-agent", holder, onWait });
  }

  /** One try: `acquire` or one round of `keep`, cut short in its sleep. */
  async round(): Promise<void> {
    const stop = new AbortController();
    const { clock } = this;
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async () => stop.abort();
    await this.lease.acquire(stop.signal);
    clock.sleep = sleep;
  }
}

const never = new AbortController().signal;

describe("AgentLease", () => {
  it("is had at once when nobody holds it, and keeps what else stands in the object", async () => {
    const api = new OneLease();
    const agent = new Contender(api, "a");
    expect(agent.lease.doubt()).toContain("not sure to be the only agent");
    await agent.lease.acquire(never);
    expect(agent.lease.doubt()).toBeUndefined();
    expect(api.lease).toMatchObject({ metadata: { labels: { app: "demo" } }, spec: { holderIdentity: "a" } });
    // Kubernetes refuses times with fewer digits.
    expect(api.lease?.spec?.renewTime).toMatch(/\.\d{6}Z$/);
  });

  it("waits for another agent, says so once, and takes over when that has stood still for half a minute", async () => {
    const api = new OneLease();
    await new Contender(api, "a").lease.acquire(never);
    const second = new Contender(api, "b");
    const before = second.clock.monotonicMs();
    await second.lease.acquire(never);
    expect(second.waits).toEqual(["a holds the Lease demo-agent"]);
    expect(second.clock.monotonicMs() - before).toBe(30_000);
    expect(api.lease?.spec?.holderIdentity).toBe("b");
  });

  it("is had at once by an agent that starts again in the same pod", async () => {
    const api = new OneLease();
    await new Contender(api, "a").lease.acquire(never);
    const again = new Contender(api, "a");
    await again.lease.acquire(never);
    expect(again.waits).toEqual([]);
  });

  it("is given up when the agent stops, so that the next need not wait", async () => {
    const api = new OneLease();
    const agent = new Contender(api, "a");
    await agent.lease.acquire(never);
    await agent.lease.keep(AbortSignal.abort());
    expect(api.lease?.spec?.holderIdentity).toBe("");
    expect(agent.lease.doubt()).toBeDefined();
  });

  it("is doubted while it cannot be renewed, and believed again afterwards", async () => {
    const api = new OneLease();
    const agent = new Contender(api, "a");
    await agent.lease.acquire(never);
    api.down = true;
    agent.clock.advance(14);
    await agent.round();
    expect(agent.lease.doubt()).toBeUndefined();
    agent.clock.advance(2);
    await agent.round();
    expect(agent.lease.doubt()).toContain("no answer");
    api.down = false;
    await agent.round();
    expect(agent.lease.doubt()).toBeUndefined();
  });

  it("says once why it is doubted while it is kept, and again the next time", async () => {
    const api = new OneLease();
    const agent = new Contender(api, "a");
    await agent.lease.acquire(never);
    const stop = new AbortController();
    const { clock } = agent;
    const sleep = clock.sleep.bind(clock);
    let rounds = 0;
    clock.sleep = async (milliseconds, signal) => {
      rounds += 1;
      api.down = (rounds > 2 && rounds < 10) || (rounds > 12 && rounds < 20);
      if (rounds === 30) stop.abort();
      await sleep(milliseconds, signal);
    };
    await agent.lease.keep(stop.signal);
    expect(agent.waits).toEqual(["no answer", "no answer"]);
  });

  it("is doubted by an agent that slept, whichever clock went on", async () => {
    const agent = new Contender(new OneLease(), "a");
    await agent.lease.acquire(never);
    agent.clock.jumpWallClock(16);
    expect(agent.lease.doubt()).toContain("could not be renewed in time");
  });

  it("waits for a Lease that is not there, and says so", async () => {
    const api = new OneLease();
    api.lease = undefined;
    const agent = new Contender(api, "a");
    await agent.round();
    expect(agent.waits).toEqual(["leases demo-agent not found (404)"]);
  });

  it("is sure for one agent at a time, whatever they meet", async () => {
    const step = fc.record({
      who: fc.constantFrom(0, 1, 2),
      seconds: fc.integer({ min: 0, max: 20 }),
      down: fc.boolean(),
      restarts: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const api = new OneLease();
        const agents = ["a", "b", "c"].map((name) => new Contender(api, name));
        for (const { who, seconds, down, restarts } of steps) {
          for (const { clock } of agents) clock.advance(seconds);
          api.down = down;
          const agent = agents[who];
          if (restarts) agents[who] = new Contender(api, `${who}-again`);
          else await agent?.round();
          expect(agents.filter(({ lease }) => lease.doubt() === undefined).length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("an agent in doubt", () => {
  const asked: string[] = [];
  const done = async (what: string) => {
    asked.push(what);
    return { kind: "done" } as const;
  };
  const backend = {
    setDesired: () => done("setDesired"),
    terminate: () => done("terminate"),
    describe: async () => new Map(),
  } as Partial<NodeGroupBackend> as NodeGroupBackend;
  const ray = { drainNode: async () => ({ kind: "accepted" }), readState: async () => ({}) } as unknown as RayControl;

  it("writes to no group and drains no node, and looks on", async () => {
    let doubt: string | undefined = "who knows";
    const sole = { doubt: () => doubt };
    const [groups, nodes] = [backendWhileSole(backend, sole), rayWhileSole(ray, sole)];
    const end = { instanceId: "pod", desiredSize: "lower" } as const;
    const write = async () => [
      await groups.setDesired(agentGroup(), 1, never),
      await groups.terminate(agentGroup(), end, never),
      await nodes.drainNode({ reason: "idle", nodeId: nodeId(1), message: "" }, never),
    ];
    expect(await write()).toEqual(Array(3).fill({ kind: "skipped", reason: "who knows" }));
    expect(asked).toEqual([]);
    expect(await groups.describe([], never)).toEqual(new Map());
    expect(await nodes.readState(never)).toEqual({});
    doubt = undefined;
    expect((await write()).map(({ kind }) => kind)).toEqual(["done", "done", "accepted"]);
  });
});
