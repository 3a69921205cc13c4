import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../autoscaler-agent/decide/decide";
import type { Reason } from "../../contract/decision";
import { AgentSimulation } from "../support/agentSimulation";
import { anyRandomRun, atMinimum, liveThrough, twoGroups } from "../support/faultyDays";

/** Always the same days, so that what fails here is what was changed; `make soak` lives through new ones. */
const SEED = 1;

/** A short day: work of two kinds comes, runs, ends; the cluster shrinks to its minimum. Ends when nothing moves any more. */
async function shortDay(simulation: AgentSimulation): Promise<void> {
  simulation.ray.submit({ CPU: 4 }, 3, 40);
  simulation.ray.submit({ GPU: 1 }, 2, 40);
  await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0 && simulation.cloud.launchCount > 0);
  await simulation.until("only the minimum is left", () => atMinimum(simulation));
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

  it("keeps every rule through random faults, over memory and AWS and in any order of calls, and comes to rest after them", async () => {
    await fc.assert(fc.asyncProperty(anyRandomRun, liveThrough), { numRuns: 200, seed: SEED });
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
        // What is bought without need is the chooser's fault, and this one answers otherwise each time.
        const simulation = twoGroups({
          except: ["S6", "S10"],
          decide: (request) => {
            asked += 1;
            const said = answers[asked % answers.length];
            return said === undefined ? decide(request) : { ...decide(request), ...said };
          },
        });
        simulation.ray.submit({ CPU: 4 }, 5, 30);
        // A broken rule throws out of the tick.
        await simulation.ticks(80);
        expect(asked).toBeGreaterThanOrEqual(80);
      }),
      { numRuns: 100, seed: SEED },
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
