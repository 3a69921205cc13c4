import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replay } from "../../../cli/simulate/replay";
import { withSharedIdleTimeout } from "../../../cli/simulate/setup";
import { comparableNames, strategyNamed } from "../../../cli/simulate/strategies/strategies";
import type { Strategy } from "../../../cli/simulate/strategies/strategy";
import { aGroup } from "../../support/decisionBuilders";
import { aReplay, aSetup, aSimulatedGroup, aTrace, someConditions } from "../../support/simulationBuilders";

const strategyOf = (name: string, setup = aSetup()) => strategyNamed(name, setup) ?? aReplay().strategy;
const allNames = ["rayfleet", ...comparableNames];

describe("replay", () => {
  it("boots a node for a task, runs it, and ends the node when it was idle for its time", () => {
    const { costUsd, waitingSeconds, launches, apiCalls, nodes, simulatedSeconds, utilisation } = replay(aReplay());
    expect(waitingSeconds).toEqual({ mean: 100, p50: 100, p95: 100, p99: 100, longest: 100 });
    expect({ launches, ...apiCalls, peak: nodes.peak }).toEqual({ launches: 1, setDesired: 1, terminate: 1, peak: 1 });
    // 100 s of booting, 60 s of work, 60 s of idling, and up to one tick until somebody looks.
    expect(simulatedSeconds).toBeGreaterThanOrEqual(220);
    expect(simulatedSeconds).toBeLessThan(226);
    expect(costUsd).toBeCloseTo(simulatedSeconds / 3600, 9);
    expect(utilisation.CPU).toBeCloseTo(60 / (4 * simulatedSeconds), 9);
  });

  it.each(comparableNames)("serves work with the policy %s", (name) => {
    const trace = aTrace({ count: 30 }, { arrivalSeconds: 300, count: 8, isGang: true });
    const { tasks } = replay(aReplay({ trace, strategy: strategyOf(name) }));
    expect(tasks).toEqual({ completed: 38, restarted: 0, infeasible: 0, unfinished: 0 });
  });

  it.each(["ray", "karpenter-like", "cluster-autoscaler-like"])("has the policy %s keep idle nodes for the time that all share", (name) => {
    const setup = withSharedIdleTimeout(aSetup(), 200);
    const { simulatedSeconds } = replay(aReplay({ setup, strategy: strategyOf(name, setup) }));
    expect(simulatedSeconds).toBeGreaterThanOrEqual(100 + 60 + 200);
    expect(simulatedSeconds).toBeLessThan(100 + 60 + 200 + 31);
  });

  it("starts work at once on a node that is there", () => {
    const { waitingSeconds, launches } = replay(aReplay({ trace: aTrace({}, { arrivalSeconds: 110 }) }));
    expect(launches).toBe(1);
    expect(waitingSeconds).toMatchObject({ mean: 50, p50: 0, longest: 100 });
  });

  it("lets an oracle boot ahead, so that nobody waits", () => {
    const trace = aTrace({ arrivalSeconds: 500, count: 8 });
    const { waitingSeconds, launches } = replay(aReplay({ trace, strategy: strategyOf("oracle") }));
    expect(launches).toBe(2);
    expect(waitingSeconds.longest).toBeLessThanOrEqual(5);
  });

  it("starts a gang only when all of it has room", () => {
    const gang = aTrace({ count: 10, isGang: true, durationSeconds: 30 });
    const { tasks, waitingSeconds, nodes } = replay(aReplay({ trace: gang }));
    expect(tasks.completed).toBe(10);
    expect(nodes.peak).toBe(3);
    expect(waitingSeconds).toMatchObject({ mean: 100, longest: 100 });
  });

  it("gives up on a gang that is larger than the cluster may be", () => {
    const { tasks } = replay(aReplay({ trace: aTrace({ count: 41, isGang: true }, {}) }));
    expect(tasks).toMatchObject({ completed: 1, unfinished: 41 });
  });

  it("leaves out what no group can hold, and counts it", () => {
    const trace = aTrace({ shape: { CPU: 5 }, count: 3 }, { shape: { GPU: 1 } }, {});
    expect(replay(aReplay({ trace })).tasks).toMatchObject({ completed: 1, infeasible: 4, unfinished: 0 });
  });

  it("keeps minReplicas from the start to the end", () => {
    const setup = aSetup({ groups: [aSimulatedGroup({ group: aGroup({ minReplicas: 2 }) })] });
    const { launches, apiCalls } = replay(aReplay({ setup, trace: aTrace({ arrivalSeconds: 200 }) }));
    expect({ launches, terminate: apiCalls.terminate }).toEqual({ launches: 2, terminate: 0 });
  });

  it("keeps a group and the cluster under their maxima, whatever a policy asks", () => {
    const greedy = {
      name: "greedy",
      description: "wants a thousand nodes, always",
      idleTimeoutSeconds: () => undefined,
      choose: () => ({ launch: [{ groupName: "cpu", count: 1000 }], drain: [] }),
    };
    expect(replay(aReplay({ strategy: greedy })).nodes.peak).toBe(10);
    expect(replay(aReplay({ strategy: greedy, setup: aSetup({ limits: { maxReplicas: 7 } }) })).nodes.peak).toBe(7);
  });

  it("buys nothing while there is no capacity, and afterwards does", () => {
    const outages = new Map([["cpu", [{ fromSeconds: 0, toSeconds: 600 }]]]);
    const { refusedLaunches, waitingSeconds, apiCalls } = replay(aReplay({ conditions: someConditions({ outages }) }));
    expect(refusedLaunches).toBeGreaterThan(0);
    // It does not ask again before its pause of 180 s is over: at 0, 180, 360, 540 and 720 s.
    expect(apiCalls.setDesired).toBe(5);
    expect(waitingSeconds.longest).toBeGreaterThanOrEqual(700);
  });

  it("turns to another group while one has no capacity", () => {
    const groups = [aSimulatedGroup(), aSimulatedGroup({ group: aGroup({ groupName: "dear", pricePerHourUsd: 2 }) })];
    const outages = new Map([["cpu", [{ fromSeconds: 0, toSeconds: 3600 }]]]);
    const { waitingSeconds, refusedLaunches } = replay(aReplay({ setup: aSetup({ groups }), conditions: someConditions({ outages }) }));
    expect(refusedLaunches).toBe(1);
    expect(waitingSeconds.longest).toBe(105);
  });

  it("starts lost work again, and all of a gang when a part of it is lost", () => {
    const setup = aSetup({ groups: [aSimulatedGroup({ spot: true })] });
    const trace = aTrace({ count: 16, durationSeconds: 900, isGang: true });
    const { tasks, lostNodes } = replay(aReplay({ setup, trace, conditions: someConditions({ spotLossesPerHour: 3, seed: 3 }) }));
    expect(lostNodes).toBeGreaterThan(0);
    expect(tasks.completed).toBe(16);
    expect(tasks.restarted).toBeGreaterThan(0);
    expect(tasks.restarted % 16).toBe(0);
  });

  it("counts a node that is wanted back within its boot time as a regret", () => {
    const trace = aTrace({}, { arrivalSeconds: 260 });
    expect(replay(aReplay({ trace })).regrets).toBe(1);
    expect(replay(aReplay({ trace: aTrace({}, { arrivalSeconds: 600 }) })).regrets).toBe(0);
  });

  it("keeps idle nodes longer after a regret, as the agent does, and no policy else", () => {
    // The node of the first task is ended after 60 s and wanted back; the third one comes 75 s after the second has ended.
    const trace = aTrace({}, { arrivalSeconds: 260 }, { arrivalSeconds: 260 + 100 + 60 + 75 });
    expect(replay(aReplay({ trace })).launches).toBe(2);
    expect(replay(aReplay({ trace, strategy: strategyOf("ray") })).launches).toBe(3);
  });

  it("ends a node in the end that was kept longer", () => {
    const trace = aTrace({}, { arrivalSeconds: 260 });
    const { apiCalls, simulatedSeconds } = replay(aReplay({ trace }));
    expect(apiCalls.terminate).toBe(2);
    // 100 s of booting, 60 s of work, and 90 s instead of 60 s of idling.
    expect(simulatedSeconds).toBeGreaterThanOrEqual(260 + 250 - 5);
    expect(simulatedSeconds).toBeLessThan(260 + 250 + 10);
  });

  it("counts what started later than its plan said", () => {
    const hasty = (launched: number): Strategy => ({
      name: "hasty",
      description: "plans for all that waits and buys as it likes",
      idleTimeoutSeconds: () => undefined,
      choose: ({ request }) => ({
        launch: request.nodes.length === 0 ? [{ groupName: "cpu", count: launched }] : [],
        drain: [],
        planned: request.demands.map(({ count }) => count),
      }),
    });
    const trace = aTrace({ count: 4 }, { arrivalSeconds: 1, count: 4, shape: { CPU: 1 } });
    expect(replay(aReplay({ trace, strategy: hasty(2) })).waitedThoughPlanned).toBe(0);
    expect(replay(aReplay({ trace, strategy: hasty(1) })).waitedThoughPlanned).toBe(0.5);
    expect(replay(aReplay({ trace, strategy: strategyOf("ray") })).waitedThoughPlanned).toBeUndefined();
  });

  it("leaves more nodes in use where Ray places the tasks than where they are packed", () => {
    const jobs = Array.from({ length: 60 }, (_, i) => ({ arrivalSeconds: i * 20, count: i === 0 ? 40 : 2, durationSeconds: 30 }));
    const hours = (placement: "hybrid" | "pack") =>
      replay(aReplay({ trace: aTrace(...jobs), conditions: someConditions({ placement }) })).nodes.hours;
    expect(hours("hybrid")).toBeGreaterThan(hours("pack"));
  });

  it("tells how far it has come", () => {
    const shares: number[] = [];
    const jobs = Array.from({ length: 80 }, (_, i) => ({ arrivalSeconds: i * 400 }));
    replay(aReplay({ trace: aTrace(...jobs), onProgress: (share) => shares.push(share) }));
    expect(shares.length).toBeGreaterThan(0);
    expect(shares).toEqual([...shares].sort((one, other) => one - other));
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
  });
});

const jobArbitrary = fc.record({
  arrivalSeconds: fc.integer({ min: 0, max: 2000 }),
  durationSeconds: fc.integer({ min: 0, max: 600 }),
  // No gang needs more than the ten nodes there may be.
  count: fc.integer({ min: 1, max: 10 }),
  shape: fc.record({ CPU: fc.constantFrom(0.5, 1, 2, 4) }),
  isGang: fc.boolean(),
});
const traceArbitrary = fc.array(jobArbitrary, { minLength: 1, maxLength: 12 }).map((jobs) => aTrace(...jobs));

describe("replay, for any trace", () => {
  it("completes every task once and uses no more than was bought, with losses and outages", () => {
    fc.assert(
      fc.property(traceArbitrary, fc.constantFrom(...allNames), fc.nat(99), (trace, name, seed) => {
        const setup = aSetup({ groups: [aSimulatedGroup({ spot: true })], limits: { upscalingSpeed: 1 } });
        const outages = new Map([["cpu", [{ fromSeconds: 300, toSeconds: 900 }]]]);
        const conditions = someConditions({ seed, outages, spotLossesPerHour: 1 });
        const measures = replay(aReplay({ trace, setup, strategy: strategyOf(name, setup), conditions }));
        const expected = trace.jobs.reduce((sum, { count }) => sum + count, 0);
        expect(measures.tasks).toMatchObject({ completed: expected, infeasible: 0, unfinished: 0 });
        for (const { bought, used, wanted, nodes } of measures.timeline) {
          expect(used).toBeLessThanOrEqual(bought + 1e-6);
          expect(wanted).toBeGreaterThanOrEqual(used - 1e-6);
          expect(nodes).toBeLessThanOrEqual(10 + 1e-6);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("gives the same result for the same seed", () => {
    fc.assert(
      fc.property(traceArbitrary, fc.constantFrom(...allNames), fc.nat(99), (trace, name, seed) => {
        const setup = aSetup({ groups: [aSimulatedGroup({ spot: true })] });
        const once = () =>
          replay(aReplay({ trace, setup, strategy: strategyOf(name, setup), conditions: someConditions({ seed, spotLossesPerHour: 2 }) }));
        expect(once()).toEqual(once());
      }),
      { numRuns: 10 },
    );
  });

  it("never lowers the waiting time of equal tasks that come at once when nodes take longer to boot", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 300 }),
        (count, boot, more) => {
          const mean = (bootSeconds: number) =>
            replay(aReplay({ trace: aTrace({ count }), setup: aSetup({ groups: [aSimulatedGroup({ bootSeconds })] }) })).waitingSeconds
              .mean;
          expect(mean(boot + more)).toBeGreaterThanOrEqual(mean(boot));
        },
      ),
      { numRuns: 20 },
    );
  });
});
