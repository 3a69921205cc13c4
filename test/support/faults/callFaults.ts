import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { AwsFault, Faults } from "../../../emulator/faults/faultKinds";
import type { FaultyStack } from "./faultyStack";
import { type Blow, type FaultRow, goal, mendedGoal, nothing, servedAndGone, under, writesOf } from "./rowSteps";

/** A tick that began before the fault may still write. */
const LAST_TICK_MS = 6_000;

/** While every call of AWS fails nothing is bought, whatever happens meanwhile; afterwards what is needed, once. */
export function refused(
  fault: AwsFault,
  { seconds, says, meanwhile }: { seconds: number; says?: string; meanwhile?: Blow },
): FaultRow["live"] {
  return async (stack, groupName) => {
    const { injected: before } = await stack.faults.set({ aws: [{ fault }] });
    const work = await stack.submit({ groupName });
    await stack.until("a call is refused", async () => {
      const { injected } = await stack.faults.counts();
      return Object.entries(injected).some(([name, count]) => count > (before[name] ?? 0));
    });
    await meanwhile?.(stack);
    await sleep(seconds * 1000);
    if (says !== undefined) await stack.until(`the agent says ${says}`, async () => (await stack.said()).includes(says));
    expect(stack.newMachines(work)).toEqual([]);
    return await mendedGoal(stack, work, 1);
  };
}

/** Without a view of Ray nothing is written. */
export function blind(faults: Faults, seconds: number): FaultRow["live"] {
  return async (stack, groupName) => {
    await stack.faults.set(faults);
    const work = await stack.submit({ groupName });
    await sleep(LAST_TICK_MS);
    const writes = writesOf(await stack.faults.counts());
    await sleep(seconds * 1000 - LAST_TICK_MS);
    expect(writesOf(await stack.faults.counts())).toBe(writes);
    expect(stack.newMachines(work)).toEqual([]);
    return await mendedGoal(stack, work, 1);
  };
}

/** The connection is dead and nobody says so; it is left by itself. */
async function forgotten(stack: FaultyStack, groupName: string): Promise<number> {
  await stack.faults.set({ aws: [], gcs: { kind: "half-open" } });
  await stack.faults.set(nothing);
  return await goal(stack, await stack.submit({ groupName }), 1);
}

/** Changes are made, and whoever made them is not told. */
export const lostReplies: Faults = {
  aws: [{ actions: ["SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup"], fault: { kind: "drop-reply" } }],
};
export const throttled: AwsFault = { kind: "error", status: 400, code: "Throttling" };
export const unavailable: AwsFault = { kind: "error", status: 503, code: "ServiceUnavailable" };
export const expiredToken: AwsFault = { kind: "error", status: 403, code: "ExpiredToken" };

const once = "nothing bought meanwhile; one machine afterwards, not two";
const borneText = "one machine bought, not two; ended again";
const blindText = "nothing written while Ray is not seen; one machine afterwards";

/** What may go wrong with calls to AWS and to Ray's control store. */
export const callFaults: readonly FaultRow[] = [
  {
    name: "AWS says ExpiredToken for 8 s",
    groupName: "gold",
    held: `${once}; the agent's page says it`,
    live: refused(expiredToken, { seconds: 8, says: "ExpiredToken" }),
  },
  {
    name: "replies to SetDesiredCapacity and to ends never come",
    groupName: "cpu",
    held: borneText,
    live: under(lostReplies, servedAndGone()),
  },
  {
    name: "the GCS is a black hole for 12 s",
    groupName: "gpu",
    held: blindText,
    live: blind({ aws: [], gcs: { kind: "silence" } }, 12),
  },
  {
    name: "AWS answers 3 s late",
    groupName: "gold",
    held: borneText,
    live: under({ aws: [{ fault: { kind: "latency", ms: 3_000 } }] }, servedAndGone()),
  },
  {
    name: "AWS answers 503 for 20 s",
    groupName: "cpu",
    held: once,
    live: refused(unavailable, { seconds: 20 }),
  },
  {
    name: "AWS throttles for 20 s",
    groupName: "gpu",
    held: `${once}; the agent's page says it`,
    live: refused(throttled, { seconds: 20, says: "fewer calls" }),
  },
  {
    name: "AWS answers half a body for 12 s",
    groupName: "gold",
    held: once,
    live: refused({ kind: "half-body" }, { seconds: 12 }),
  },
  { name: "AWS resets connections for 12 s", groupName: "cpu", held: once, live: refused({ kind: "reset" }, { seconds: 12 }) },
  { name: "AWS does not answer for 20 s", groupName: "gpu", held: once, live: refused({ kind: "silence" }, { seconds: 20 }) },
  {
    name: "the GCS resets every connection for 12 s",
    groupName: "gold",
    held: blindText,
    live: blind({ aws: [], gcs: { kind: "reset" } }, 12),
  },
  {
    name: "the GCS has forgotten the connection",
    groupName: "cpu",
    held: "the agent finds out by itself; one machine",
    live: forgotten,
  },
  {
    name: "the GCS answers 300 ms late",
    groupName: "gpu",
    held: borneText,
    live: under({ aws: [], gcs: { kind: "latency", ms: 300 } }, servedAndGone()),
  },
];
