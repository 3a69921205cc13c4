import { expect } from "vitest";
import type { FaultCounts, Faults } from "../../../emulator/faults/faultKinds";
import type { FaultyStack, RunningWork } from "./faultyStack";

/** One thing that goes wrong, or two, and the rule that is held against it. */
export interface FaultRow {
  readonly name: string;
  readonly groupName: string;
  /** What the checks of {@link FaultRow.live} show. */
  readonly held: string;
  /** How often it came to pass, beside what the proxy counts. */
  readonly times?: Readonly<Record<string, number>>;
  /** Does it, checks, mends it and waits for the goal. @returns seconds from mended to the goal; undefined: it was reached before */
  readonly live: (stack: FaultyStack, groupName: string) => Promise<number | undefined>;
}

/** Something that is done to the cluster at one moment. */
export type Blow = (stack: FaultyStack) => Promise<void>;

/** Nothing is wrong with any call. */
export const nothing: Faults = { aws: [] };

/** The work ends, no task ran twice, and no machine was bought but those. @returns seconds from `sinceMs` until every task ran */
export async function goal(stack: FaultyStack, work: RunningWork, machines: number, sinceMs = Date.now()): Promise<number> {
  const { tasks, attempts } = await stack.finish(work);
  expect(stack.newMachines(work)).toHaveLength(machines);
  expect(attempts).toBe(tasks.length);
  return Math.max(...tasks.map(({ started }) => started)) - sinceMs / 1000;
}

/** As {@link goal}, from the moment at which nothing is wrong with calls any more. */
export async function mendedGoal(stack: FaultyStack, work: RunningWork, machines: number): Promise<number> {
  await stack.faults.set(nothing);
  return await goal(stack, work, machines);
}

/** A task that was lost ran again, once. @returns seconds from `sinceMs` until it ran again */
export async function goalAgain(stack: FaultyStack, work: RunningWork, machines: number, sinceMs: number): Promise<number> {
  const { tasks, attempts } = await stack.finish(work);
  expect(attempts).toBe(2);
  expect(stack.newMachines(work)).toHaveLength(machines);
  return Math.max(...tasks.map(({ started }) => started)) - sinceMs / 1000;
}

/** A task runs on the only machine of its group. */
export async function oneTaskRuns(
  stack: FaultyStack,
  groupName: string,
  holdSeconds: number,
): Promise<{ work: RunningWork; machine: string }> {
  const work = await stack.submit({ groupName, holdSeconds });
  await stack.untilRunning(work);
  const [machine = ""] = stack.newMachines(work);
  return { work, machine };
}

/** Calls that change something in the cloud, so far. */
export function writesOf({ calls }: FaultCounts): number {
  return (calls["SetDesiredCapacity"] ?? 0) + (calls["TerminateInstanceInAutoScalingGroup"] ?? 0);
}

/** All of it happens while calls go wrong, its goal included. */
export function under(faults: Faults, live: FaultRow["live"]): FaultRow["live"] {
  return async (stack, groupName) => {
    await stack.faults.set(faults);
    const seconds = await live(stack, groupName);
    await stack.faults.set(nothing);
    return seconds;
  };
}

/** So many tasks are served by as many machines, which are gone afterwards. */
export function servedAndGone(tasks = 1): (stack: FaultyStack, groupName: string) => Promise<undefined> {
  return async (stack, groupName) => {
    await goal(stack, await stack.submit({ groupName, tasks }), tasks);
    await stack.untilGone(groupName);
    return undefined;
  };
}
