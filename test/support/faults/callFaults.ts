import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { AwsFault, FaultCounts, Faults } from "../../../emulator/faults/faultKinds";
import type { FaultyStack, RunningWork } from "./faultyStack";

/** One thing that goes wrong, and the rule that is held against it. */
export interface FaultRow {
  readonly name: string;
  readonly groupName: string;
  /** What the checks of {@link FaultRow.live} show. */
  readonly held: string;
  /** How often it came to pass, where the proxy does not count it. */
  readonly times?: Readonly<Record<string, number>>;
  /** Does it, checks, mends it and waits for the goal. @returns seconds from mended to the goal; undefined: it was reached before */
  readonly live: (stack: FaultyStack, groupName: string) => Promise<number | undefined>;
}

const nothing: Faults = { aws: [] };
/** A tick that began before the fault may still write. */
const LAST_TICK_MS = 6_000;

/** The work ends, no task ran twice, and no machine was bought but those. @returns seconds from `sinceMs` until every task ran */
export async function goal(stack: FaultyStack, work: RunningWork, machines: number, sinceMs = Date.now()): Promise<number> {
  const { tasks, attempts } = await stack.finish(work);
  expect(stack.newMachines(work)).toHaveLength(machines);
  expect(attempts).toBe(tasks.length);
  return Math.max(...tasks.map(({ started }) => started)) - sinceMs / 1000;
}

async function mendedGoal(stack: FaultyStack, work: RunningWork, machines: number): Promise<number> {
  await stack.faults.set(nothing);
  return await goal(stack, work, machines);
}

function writesOf({ calls }: FaultCounts): number {
  return (calls["SetDesiredCapacity"] ?? 0) + (calls["TerminateInstanceInAutoScalingGroup"] ?? 0);
}

/** While every call of AWS fails nothing is bought; afterwards what is needed, once. */
function refused(fault: AwsFault, { seconds, says }: { seconds: number; says?: string }): FaultRow["live"] {
  return async (stack, groupName) => {
    await stack.faults.set({ aws: [{ fault }] });
    const work = await stack.submit({ groupName });
    await sleep(seconds * 1000);
    if (says !== undefined) await stack.until(`the agent says ${says}`, async () => (await stack.said()).includes(says));
    expect(stack.newMachines(work)).toEqual([]);
    return await mendedGoal(stack, work, 1);
  };
}

/** The goal is reached and the machine is gone again while the fault is there. */
function borne(faults: Faults): FaultRow["live"] {
  return async (stack, groupName) => {
    await stack.faults.set(faults);
    const work = await stack.submit({ groupName });
    await goal(stack, work, 1);
    await stack.untilGone(groupName);
    await stack.faults.set(nothing);
    return undefined;
  };
}

/** Without a view of Ray nothing is written. */
function blind(gcs: NonNullable<Faults["gcs"]>, seconds: number): FaultRow["live"] {
  return async (stack, groupName) => {
    await stack.faults.set({ aws: [], gcs });
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

const lostReplies: Faults = {
  aws: [{ actions: ["SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup"], fault: { kind: "drop-reply" } }],
};
const once = "nothing bought meanwhile; one machine afterwards, not two";
const borneText = "one machine bought, not two; ended again";

/** What may go wrong with calls to AWS and to Ray's control store. */
export const callFaults: readonly FaultRow[] = [
  {
    name: "AWS says ExpiredToken for 8 s",
    groupName: "gold",
    held: `${once}; the agent's page says it`,
    live: refused({ kind: "error", status: 403, code: "ExpiredToken" }, { seconds: 8, says: "ExpiredToken" }),
  },
  {
    name: "replies to SetDesiredCapacity and to ends never come",
    groupName: "cpu",
    held: borneText,
    live: borne(lostReplies),
  },
  {
    name: "the GCS is a black hole for 12 s",
    groupName: "gpu",
    held: "nothing written while Ray is not seen; one machine afterwards",
    live: blind({ kind: "silence" }, 12),
  },
  { name: "AWS answers 3 s late", groupName: "gold", held: borneText, live: borne({ aws: [{ fault: { kind: "latency", ms: 3_000 } }] }) },
  {
    name: "AWS answers 503 for 20 s",
    groupName: "cpu",
    held: once,
    live: refused({ kind: "error", status: 503, code: "ServiceUnavailable" }, { seconds: 20 }),
  },
  {
    name: "AWS throttles for 20 s",
    groupName: "gpu",
    held: `${once}; the agent's page says it`,
    live: refused({ kind: "error", status: 400, code: "Throttling" }, { seconds: 20, says: "fewer calls" }),
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
    held: "nothing written while Ray is not seen; one machine afterwards",
    live: blind({ kind: "reset" }, 12),
  },
  {
    name: "the GCS has forgotten the connection",
    groupName: "cpu",
    held: "the agent finds out by itself; one machine",
    live: forgotten,
  },
  { name: "the GCS answers 300 ms late", groupName: "gpu", held: borneText, live: borne({ aws: [], gcs: { kind: "latency", ms: 300 } }) },
];
