import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../autoscaler-agent/decide/decide";
import { AgentLoop } from "../../autoscaler-agent/loop";
import type { NodeGroupBackend } from "../../autoscaler-agent/nodeGroups/backend";
import { InMemoryBackend, InMemoryCloud } from "../../autoscaler-agent/nodeGroups/inMemory";
import type { RayControl } from "../../autoscaler-agent/ray/rayControl";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { FakeClock } from "../support/fakeClock";
import { FakeRay } from "../support/fakeRay";

const never = new AbortController().signal;

/** Two agents over one cloud and one Ray, whose calls take effect in the order that the scheduler draws. */
class TwoAgents {
  readonly config = agentConfig({ groups: [agentGroup({ minReplicas: 1 })] });
  readonly clock = new FakeClock();
  readonly cloud = new InMemoryCloud(this.clock, [{ name: "demo-cpu", max: 10 }]);
  readonly ray = new FakeRay(this.clock, this.cloud, () => this.config);
  readonly broken: string[] = [];
  readonly #scheduler: fc.Scheduler;
  readonly #loops: readonly AgentLoop[];

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
    this.#loops = [this.#agent(), this.#agent()];
  }

  async ticks(count: number): Promise<void> {
    for (let tick = 0; tick < count; tick += 1) {
      this.clock.advance(2);
      this.ray.settle();
      await this.#scheduler.waitFor(Promise.all(this.#loops.map((loop) => loop.tick(this.config, never))));
      if (this.cloud.group("demo-cpu").desired > 10) this.broken.push("S1: above the maximum");
    }
  }

  #agent(): AgentLoop {
    const notices = { read: async () => ({ notices: new Map(), droppedCount: 0 }) };
    const bootReports = { read: async () => new Map() };
    const killSwitch = async () => ({});
    return new AgentLoop({
      clock: this.clock,
      random: () => 0.5,
      decide,
      killSwitch,
      notices,
      bootReports,
      ray: this.#ray(),
      backend: this.#backend(),
    });
  }

  /** Waits until the scheduler lets the call take effect. */
  async #turn<T>(what: string, effect: () => Promise<T>): Promise<T> {
    await this.#scheduler.schedule(Promise.resolve(), what);
    return await effect();
  }

  #ray(): RayControl {
    return {
      readState: (signal) => this.#turn("readState", () => this.ray.readState(signal)),
      drainNode: (request, signal) => this.#turn("drainNode", () => this.ray.drainNode(request, signal)),
      reportState: async () => undefined,
      reportConfig: async () => undefined,
    };
  }

  #backend(): NodeGroupBackend {
    const backend = new InMemoryBackend(this.cloud);
    return {
      describe: (groups, signal) => this.#turn("describe", () => backend.describe(groups, signal)),
      launchTimes: (ids, signal) => this.#turn("launchTimes", () => backend.launchTimes(ids, signal)),
      launchFailures: (group, signal) => this.#turn("launchFailures", () => backend.launchFailures(group, signal)),
      endReasons: (group, ids, signal) => this.#turn("endReasons", () => backend.endReasons(group, ids, signal)),
      consoleTail: (id, signal) => this.#turn("consoleTail", () => backend.consoleTail(id, signal)),
      setDesired: (group, desired, signal) => this.#turn("setDesired", () => backend.setDesired(group, desired, signal)),
      terminate: (group, end, signal) =>
        this.#turn("terminate", async () => {
          if (this.ray.aliveNode(end.instanceId) !== undefined) this.broken.push(`S2: ${end.instanceId} is ended while it is in Ray`);
          return await backend.terminate(group, end, signal);
        }),
    };
  }
}

describe("two AgentLoops at once", () => {
  it("keeps what it can without the lock: no machine with work is ended, no maximum passed, and the end is the same", async () => {
    const day = fc.array(
      fc.record({
        count: fc.integer({ min: 1, max: 12 }),
        seconds: fc.integer({ min: 1, max: 60 }),
        ticks: fc.integer({ min: 1, max: 40 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), day, async (scheduler, works) => {
        const two = new TwoAgents(scheduler);
        for (const { count, seconds, ticks } of works) {
          two.ray.submit({ CPU: 2 }, count, seconds);
          await two.ticks(ticks);
        }
        await two.ticks(220);
        expect([two.broken, two.ray.waitingCount, two.cloud.group("demo-cpu").instances.length]).toEqual([[], 0, 1]);
      }),
      { numRuns: 15, endOnFailure: true, seed: 1 },
    );
  }, 60_000);
});
