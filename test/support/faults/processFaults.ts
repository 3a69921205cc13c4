import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { freeze, healPartition, type MachinePair, partition, pullPlug, thaw } from "../../../emulator/cloud/machineCommands";
import { type FaultRow, goal } from "./callFaults";
import type { FaultyStack, RunningWork } from "./faultyStack";

/** A task runs on the only machine of its group. */
async function oneTaskRuns(stack: FaultyStack, groupName: string, holdSeconds: number): Promise<{ work: RunningWork; machine: string }> {
  const work = await stack.submit({ groupName, holdSeconds });
  await stack.untilRunning(work);
  const [machine = ""] = stack.newMachines(work);
  return { work, machine };
}

/** The task was lost and ran again, once. @returns seconds from `sinceMs` until it ran again */
async function goalAgain(stack: FaultyStack, work: RunningWork, machines: number, sinceMs: number): Promise<number> {
  const { tasks, attempts } = await stack.finish(work);
  expect(attempts).toBe(2);
  expect(stack.newMachines(work)).toHaveLength(machines);
  return Math.max(...tasks.map(({ started }) => started)) - sinceMs / 1000;
}

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
async function apartUntilDead(stack: FaultyStack, groupName: string): Promise<number> {
  const { work, machine } = await oneTaskRuns(stack, groupName, 4);
  await apart(stack, machine);
  await stack.untilNode(machine, false);
  await together(stack, machine);
  const mendedMs = Date.now();
  await stack.untilNode(machine, true);
  expect(stack.newMachines(work)).toEqual([machine]);
  const seconds = (Date.now() - mendedMs) / 1000;
  await stack.dashboard.stop(work.job.submissionId);
  return seconds;
}

type Hurt = (stack: FaultyStack, machine: string) => Promise<void>;
const frozen: Hurt = (stack, machine) => freeze(stack.local.stateDirectory, machine);
const thawed: Hurt = (stack, machine) => thaw(stack.local.stateDirectory, machine);
const withHead = (stack: FaultyStack, machine: string): MachinePair => [stack.cluster.outputs.headInstanceId, machine];
const apart: Hurt = (stack, machine) => partition(stack.local.stateDirectory, withHead(stack, machine));
const together: Hurt = (stack, machine) => healPartition(stack.local.stateDirectory, withHead(stack, machine));

/** The machine is dead and the cloud does not know: it is waited for, and then ended by its id. */
async function plugPulled(stack: FaultyStack, groupName: string): Promise<number> {
  const { work, machine } = await oneTaskRuns(stack, groupName, 4);
  await pullPlug(stack.local.stateDirectory, machine);
  const seconds = await goalAgain(stack, work, 2, Date.now());
  await stack.until("the dead machine is ended", () => !stack.watch.now(groupName).includes(machine), 300);
  return seconds;
}

/** What was idle when it stopped has work when it goes on. */
async function agentStopped(stack: FaultyStack, groupName: string): Promise<number> {
  await stack.finish(await stack.submit({ groupName }));
  await sleep(6_000);
  await stack.faults.signalAgent("SIGSTOP");
  const work = await stack.submit({ groupName, tasks: 2, holdSeconds: 70 });
  await sleep(60_000);
  await stack.faults.signalAgent("SIGCONT");
  return await goal(stack, work, 1);
}

async function agentKilled(stack: FaultyStack, groupName: string): Promise<number> {
  const work = await stack.submit({ groupName });
  await stack.until("the machine is asked for", () => stack.watch.now(groupName).length > 0);
  await stack.faults.signalAgent("SIGKILL");
  const killedMs = Date.now();
  return await goal(stack, work, 1, killedMs);
}

async function twoAgents(stack: FaultyStack, groupName: string): Promise<undefined> {
  await stack.faults.startSecondAgent();
  try {
    await goal(stack, await stack.submit({ groupName, tasks: 2 }), 2);
    await stack.untilGone(groupName);
  } finally {
    await stack.faults.endSecondAgent();
  }
  return undefined;
}

async function logsFull(stack: FaultyStack, groupName: string): Promise<undefined> {
  await stack.faults.shell("mount -o remount,size=32m /var/log/rayfleet && ! dd if=/dev/zero of=/var/log/rayfleet/full bs=64k 2>/dev/null");
  try {
    await stack.faults.signalAgent("SIGKILL");
    await goal(stack, await stack.submit({ groupName }), 1);
    await stack.untilGone(groupName);
  } finally {
    await stack.faults.shell("rm -f /var/log/rayfleet/full && mount -o remount,size=50% /var/log/rayfleet");
  }
  return undefined;
}

/** It cannot start in so little memory: as often as it is started it ends. */
async function noMemory(stack: FaultyStack, groupName: string): Promise<number> {
  await stack.faults.limitAgentHeap(6);
  const work = await stack.submit({ groupName });
  await sleep(10_000);
  expect(stack.newMachines(work)).toEqual([]);
  await stack.faults.limitAgentHeap(undefined);
  return await goal(stack, work, 1);
}

async function littleMemory(stack: FaultyStack, groupName: string): Promise<undefined> {
  await stack.faults.limitAgentHeap(40);
  await goal(stack, await stack.submit({ groupName }), 1);
  await stack.untilGone(groupName);
  await stack.faults.limitAgentHeap(undefined);
  return undefined;
}

const once = "the task was not disturbed; no machine bought, none ended";
const again = "the machine is not ended and no other bought: it comes back, and the work ends";

/** What may happen to processes and machines. */
export const processFaults: readonly FaultRow[] = [
  {
    name: "a worker's raylet is killed with a task on it",
    groupName: "gold",
    held: "Ray starts again on the same machine, which is not ended; the task runs once more",
    times: { SIGKILL: 1 },
    live: rayletKilled,
  },
  {
    name: "the agent stands still for 60 s (SIGSTOP), and the idle machine gets work",
    groupName: "cpu",
    held: "the machine that it saw idle is left alone; the one that is missing is bought, once",
    times: { SIGSTOP: 1 },
    live: agentStopped,
  },
  {
    name: "the agent is killed when it has asked for a machine",
    groupName: "gpu",
    held: "one machine, not two",
    times: { SIGKILL: 1 },
    live: agentKilled,
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
    held: "the machine is not ended and no other bought: it comes back",
    times: { partition: 1 },
    live: apartUntilDead,
  },
  {
    name: "a worker's plug is pulled with a task on it",
    groupName: "cpu",
    held: "the dead machine is ended by its id when it has not come back for 180 s; the task runs again on another",
    times: { "pulled plug": 1 },
    live: plugPulled,
  },
  {
    name: "the head's log disk is full, and the agent is killed",
    groupName: "gpu",
    held: "agent and node service go on; one machine bought; ended again",
    times: { "full disk": 1 },
    live: logsFull,
  },
  {
    name: "the agent has 40 MiB of heap",
    groupName: "gold",
    held: "one machine bought; ended again",
    times: { "limited heap": 1 },
    live: littleMemory,
  },
  {
    name: "the agent dies for want of memory as often as it starts, for 10 s",
    groupName: "gpu",
    held: "nothing written; one machine afterwards",
    times: { "limited heap": 1 },
    live: noMemory,
  },
  { name: "two agents", groupName: "cpu", held: "two machines for two tasks, not four; ended again", times: { agent: 1 }, live: twoAgents },
];
