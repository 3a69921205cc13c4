import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../autoscaler-agent/decide/decide";
import type { Reason } from "../../contract/decision";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";

const unreachable = { code: "unreachable", message: "TimeoutError" } as const;

function twoGroups(chooser: typeof decide = decide): AgentSimulation {
  const groups = [
    agentGroup({ minReplicas: 1, bootDeadlineSeconds: 120 }),
    agentGroup({ groupName: "gpu", resources: { CPU: 8, GPU: 1 }, pricePerHourUsd: 1, maxReplicas: 4, bootDeadlineSeconds: 120 }),
  ];
  return new AgentSimulation({ config: agentConfig({ groups, limits: { upscalingSpeed: 1, maxReplicas: 10 } }), decide: chooser });
}

/** A short day: work of two kinds comes, runs, ends; the cluster shrinks to its minimum. Ends when nothing moves any more. */
async function shortDay(simulation: AgentSimulation): Promise<void> {
  simulation.ray.submit({ CPU: 4 }, 3, 40);
  simulation.ray.submit({ GPU: 1 }, 2, 40);
  await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0 && simulation.cloud.launchCount > 0);
  await simulation.until("only the minimum is left", () => atMinimum(simulation));
}

function atMinimum(simulation: AgentSimulation): boolean {
  const cpu = simulation.group("cpu");
  const gpu = simulation.group("gpu");
  // A size that somebody set below what runs stays: the machine is there, so there is nothing to write.
  return (
    cpu.desired <= 1 && cpu.instances.length === 1 && gpu.desired === 0 && gpu.instances.length === 0 && simulation.ray.aliveCount() === 1
  );
}

/** Liveness: with no fault left, the cluster comes to rest and nothing more is written. */
async function expectRest(simulation: AgentSimulation): Promise<void> {
  await simulation.until("work runs and ends", () => simulation.ray.waitingCount === 0, 3000);
  await simulation.until("only the minimum is left", () => atMinimum(simulation), 3000);
  const writes = simulation.writes.length;
  await simulation.ticks(50);
  expect(simulation.writes.length).toBe(writes);
}

describe("AgentLoop under faults", () => {
  it("reaches the same end when it is killed after any single outside call", async () => {
    const clean = twoGroups();
    await shortDay(clean);
    const calls = clean.callCount;
    expect(calls).toBeGreaterThan(100);
    for (let call = 1; call <= calls; call += 1) {
      const simulation = twoGroups();
      simulation.killAfterCall(call);
      await shortDay(simulation);
      // Nothing bought twice: at most what the clean day needed.
      expect(simulation.cloud.launchCount, `killed after call ${call}`).toBe(clean.cloud.launchCount);
    }
  }, 120_000);

  it("keeps every rule through random faults, and comes to rest after them", async () => {
    const event = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("ticks" as const), count: fc.integer({ min: 1, max: 40 }) }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant("tasks" as const),
          count: fc.integer({ min: 1, max: 8 }),
          seconds: fc.integer({ min: 1, max: 100 }),
          gpu: fc.boolean(),
        }),
      },
      {
        arbitrary: fc.record({ kind: fc.constant("gang" as const), count: fc.integer({ min: 1, max: 3 }), spread: fc.boolean() }),
        weight: 1,
      },
      { arbitrary: fc.record({ kind: fc.constant("request" as const), count: fc.integer({ min: 0, max: 8 }) }), weight: 1 },
      {
        arbitrary: fc.record({ kind: fc.constant("ray" as const), state: fc.constantFrom("away", "empty", "well", "restart") }),
        weight: 2,
      },
      {
        arbitrary: fc.record({
          kind: fc.constant("cloud" as const),
          call: fc.constantFrom("describe", "setDesired", "terminate", "launchTimes", "none"),
          code: fc.constantFrom("unreachable", "throttled", "unknown"),
        }),
        weight: 2,
      },
      {
        arbitrary: fc.record({
          kind: fc.constant("capacity" as const),
          group: fc.constantFrom("cpu", "gpu"),
          count: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
        }),
        weight: 1,
      },
      { arbitrary: fc.record({ kind: fc.constant("kill" as const), calls: fc.integer({ min: 1, max: 30 }) }), weight: 2 },
      {
        arbitrary: fc.record({
          kind: fc.constant("hand" as const),
          group: fc.constantFrom("cpu", "gpu"),
          desired: fc.integer({ min: 0, max: 3 }),
        }),
        weight: 1,
      },
      {
        arbitrary: fc.record({ kind: fc.constant("lose" as const), pick: fc.nat(20), how: fc.constantFrom("machine", "node") }),
        weight: 1,
      },
      { arbitrary: fc.record({ kind: fc.constant("never-join" as const), on: fc.boolean() }), weight: 1 },
      { arbitrary: fc.record({ kind: fc.constant("clock" as const), seconds: fc.integer({ min: -4000, max: 4000 }) }), weight: 1 },
      { arbitrary: fc.record({ kind: fc.constant("skew" as const), seconds: fc.integer({ min: -4000, max: 4000 }) }), weight: 1 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 25 }), async (events) => {
        const simulation = twoGroups();
        for (const one of events) {
          await happen(simulation, one);
        }
        await happen(simulation, { kind: "ray", state: "well" });
        await happen(simulation, { kind: "cloud", call: "none", code: "unknown" });
        await happen(simulation, { kind: "never-join", on: false });
        await happen(simulation, { kind: "request", count: 0 });
        simulation.group("cpu").capacity = undefined;
        simulation.group("gpu").capacity = undefined;
        await expectRest(simulation);
      }),
      { numRuns: 300 },
    );
  }, 240_000);
});

describe("planActions", () => {
  it("keeps every rule whatever the chooser says", async () => {
    const reason: Reason = { code: "pending-demand", text: "because" };
    const name = fc.constantFrom("cpu", "gpu", "none");
    const id = fc.oneof(
      fc.integer({ min: 1, max: 30 }).map((number) => `i-${String(number).padStart(8, "0")}`),
      fc.constantFrom("head", "i-head", "cpu-awaited-1"),
    );
    const answer = fc.record({
      launch: fc.array(fc.record({ groupName: name, count: fc.integer({ min: 1, max: 1000 }), reasons: fc.constant<Reason[]>([reason]) }), {
        maxLength: 3,
      }),
      drain: fc.array(fc.record({ id, reason: fc.constant(reason) }), { maxLength: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 40 }), async (answers) => {
        let asked = 0;
        const simulation = twoGroups((request) => {
          asked += 1;
          const said = answers[asked % answers.length];
          return said === undefined ? decide(request) : { ...decide(request), ...said };
        });
        simulation.ray.submit({ CPU: 4 }, 5, 30);
        // A broken rule throws out of the tick.
        await simulation.ticks(80);
        expect(asked).toBe(80);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it("goes on ending what was drained while the chooser fails", async () => {
    let broken = false;
    const simulation = new AgentSimulation({
      decide: (request) => {
        if (broken) {
          throw new Error("a fault");
        }
        return decide(request);
      },
    });
    simulation.ray.submit({ CPU: 4 }, 1, 10);
    await simulation.until("it is drained", () => simulation.ray.drains.length === 1);
    broken = true;
    await simulation.until("it is ended", () => simulation.group().instances.length === 0);
    expect(simulation.records.at(-1)?.holds).toMatchObject([{ code: "decision-failed" }]);
  });
});

type Event =
  | { kind: "ticks"; count: number }
  | { kind: "tasks"; count: number; seconds: number; gpu: boolean }
  | { kind: "gang"; count: number; spread: boolean }
  | { kind: "request"; count: number }
  | { kind: "ray"; state: string }
  | { kind: "cloud"; call: string; code: string }
  | { kind: "capacity"; group: string; count: number | undefined }
  | { kind: "kill"; calls: number }
  | { kind: "hand"; group: string; desired: number }
  | { kind: "lose"; pick: number; how: string }
  | { kind: "never-join"; on: boolean }
  | { kind: "clock"; seconds: number }
  | { kind: "skew"; seconds: number };

async function happen(simulation: AgentSimulation, event: Event): Promise<void> {
  switch (event.kind) {
    case "ticks":
      return await simulation.ticks(event.count);
    case "tasks":
      return simulation.ray.submit(event.gpu ? { GPU: 1 } : { CPU: 2 }, event.count, event.seconds);
    case "gang":
      return simulation.ray.submitGang({ shape: { CPU: 2 }, count: event.count, spread: event.spread, seconds: 30 });
    case "request":
      simulation.ray.requested = event.count === 0 ? [] : [{ shape: { CPU: 1 }, count: event.count }];
      return;
    case "ray":
      simulation.ray.unreachable = event.state === "away";
      simulation.ray.listsNothing = event.state === "empty";
      return event.state === "restart" ? simulation.ray.restartHead() : undefined;
    case "cloud":
      simulation.cloudFault = (call) => (call === event.call ? { ...unreachable, code: event.code as "unreachable" } : undefined);
      return;
    case "capacity":
      simulation.group(event.group).capacity = event.count;
      return;
    case "kill":
      return simulation.killAfterCall(simulation.callCount + event.calls);
    case "hand":
      simulation.cloud.setDesired(`demo-${event.group}`, event.desired);
      return;
    case "lose":
      return lose(simulation, event);
    case "never-join":
      simulation.ray.neverJoin = () => event.on;
      return;
    case "clock":
      return simulation.clock.jumpWallClock(event.seconds);
    case "skew":
      simulation.cloudClockSeconds = event.seconds;
      return;
  }
}

function lose(simulation: AgentSimulation, { pick, how }: { pick: number; how: string }): void {
  const running = simulation.cloud.runningInstances();
  const one = running[pick % Math.max(1, running.length)];
  if (one !== undefined && how === "machine") {
    simulation.cloud.loseInstance(one.instanceId);
  } else if (one !== undefined) {
    simulation.ray.crashNode(one.instanceId);
  }
}
