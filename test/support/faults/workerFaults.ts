import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import {
  deafen,
  freeze,
  healPartition,
  type MachinePair,
  partition,
  pullPlug,
  thaw,
  undeafen,
} from "../../../emulator/cloud/machineCommands";
import type { Faults } from "../../../emulator/faults/faultKinds";
import type { FaultyStack } from "./faultyStack";
import { type FaultRow, goalAgain, nothing, oneTaskRuns, writesOf } from "./rowSteps";

async function rayletKilled(stack: FaultyStack, groupName: string): Promise<number> {
  const { work, machine } = await oneTaskRuns(stack, groupName, 4);
  await stack.killOn(machine, "raylet");
  return await goalAgain(stack, work, 1, Date.now());
}

/** Ray does not miss it: the task goes on where it was. */
function shortAbsence(begin: Hurt, end: Hurt): FaultRow["live"] {
  return async (stack, groupName) => {
    const { work, machine } = await oneTaskRuns(stack, groupName, 4);
    await begin(stack, machine);
    await sleep(6_000);
    await end(stack, machine);
    const mendedMs = Date.now();
    const { attempts } = await stack.finish(work);
    const seconds = (Date.now() - mendedMs) / 1000;
    expect(attempts).toBe(1);
    expect(stack.newMachines(work)).toHaveLength(1);
    return seconds;
  };
}

/** Ray calls it dead: when it is back it is taken back. The result of its task may still count, or the task runs once more. */
function longAbsence(begin: Hurt, end: Hurt): FaultRow["live"] {
  return async (stack, groupName) => {
    const { work, machine } = await oneTaskRuns(stack, groupName, 4);
    await begin(stack, machine);
    await stack.untilNode(machine, false);
    await end(stack, machine);
    const mendedMs = Date.now();
    const { attempts } = await stack.finish(work);
    const seconds = (Date.now() - mendedMs) / 1000;
    expect(attempts).toBeLessThanOrEqual(2);
    await stack.untilNode(machine, true);
    expect(stack.newMachines(work)).toEqual([machine]);
    return seconds;
  };
}

/** As above, but Ray lets the driver wait for the reply that was lost, longer than this test does: the work is stopped. */
function cutOffUntilDead(begin: Hurt, end: Hurt): FaultRow["live"] {
  return async (stack, groupName) => {
    const { work, machine } = await oneTaskRuns(stack, groupName, 4);
    await begin(stack, machine);
    await stack.untilNode(machine, false);
    await end(stack, machine);
    const mendedMs = Date.now();
    await stack.untilNode(machine, true);
    expect(stack.newMachines(work)).toEqual([machine]);
    const seconds = (Date.now() - mendedMs) / 1000;
    await stack.dashboard.stop(work.job.submissionId);
    return seconds;
  };
}

type Hurt = (stack: FaultyStack, machine: string) => Promise<void>;
const frozen: Hurt = (stack, machine) => freeze(stack.local.stateDirectory, machine);
const thawed: Hurt = (stack, machine) => thaw(stack.local.stateDirectory, machine);
const withHead = (stack: FaultyStack, machine: string): MachinePair => [machine, stack.cluster.outputs.headInstanceId];
const apart: Hurt = (stack, machine) => partition(stack.local.stateDirectory, withHead(stack, machine));
const together: Hurt = (stack, machine) => healPartition(stack.local.stateDirectory, withHead(stack, machine));
const deaf: Hurt = (stack, machine) => deafen(stack.local.stateDirectory, withHead(stack, machine));
const hearing: Hurt = (stack, machine) => undeafen(stack.local.stateDirectory, withHead(stack, machine));

/** The machine is dead and the cloud does not know. Until Ray calls it dead, calls go wrong as well. */
async function lostWithItsTask(stack: FaultyStack, groupName: string, faults: Faults): Promise<{ machine: string; seconds: number }> {
  const { work, machine } = await oneTaskRuns(stack, groupName, 4);
  const writes = writesOf(await stack.faults.set(faults));
  await pullPlug(stack.local.stateDirectory, machine);
  await stack.untilNode(machine, false);
  expect(writesOf(await stack.faults.set(nothing))).toBe(writes);
  return { machine, seconds: await goalAgain(stack, work, 2, Date.now()) };
}

/** It is waited for, and then ended by its id. */
async function plugPulled(stack: FaultyStack, groupName: string): Promise<number> {
  const { machine, seconds } = await lostWithItsTask(stack, groupName, nothing);
  await stack.until("the dead machine is ended", () => !stack.watch.now(groupName).includes(machine), 300);
  return seconds;
}

export function plugPulledUnder(faults: Faults): FaultRow["live"] {
  return async (stack, groupName) => (await lostWithItsTask(stack, groupName, faults)).seconds;
}

const once = "the task was not disturbed; no machine bought, none ended";
const again = "the machine is not ended and no other bought: it comes back, and the work ends";
const backAgain = "the machine is not ended and no other bought: it comes back";

/** What may happen to a worker's processes, to the machine and to its network. */
export const workerFaults: readonly FaultRow[] = [
  {
    name: "a worker's raylet is killed with a task on it",
    groupName: "gold",
    held: "Ray starts again on the same machine, which is not ended; the task runs once more",
    times: { SIGKILL: 1 },
    live: rayletKilled,
  },
  { name: "a worker stands still for 6 s", groupName: "gold", held: once, times: { freeze: 1 }, live: shortAbsence(frozen, thawed) },
  {
    name: "a worker stands still until Ray calls it dead",
    groupName: "cpu",
    held: again,
    times: { freeze: 1 },
    live: longAbsence(frozen, thawed),
  },
  {
    name: "a worker and the head are cut apart for 6 s",
    groupName: "gpu",
    held: once,
    times: { partition: 1 },
    live: shortAbsence(apart, together),
  },
  {
    name: "a worker and the head are cut apart until Ray calls it dead",
    groupName: "gold",
    held: backAgain,
    times: { partition: 1 },
    live: cutOffUntilDead(apart, together),
  },
  {
    name: "a worker does not hear the head, which hears it, until Ray calls it dead",
    groupName: "gpu",
    held: backAgain,
    times: { "half a partition": 1 },
    live: cutOffUntilDead(deaf, hearing),
  },
  {
    name: "a worker's plug is pulled with a task on it",
    groupName: "cpu",
    held: "the dead machine is ended by its id when it has not come back for 180 s; the task runs again on another, bought after 60 s",
    times: { "pulled plug": 1 },
    live: plugPulled,
  },
];
