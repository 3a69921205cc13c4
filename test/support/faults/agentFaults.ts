import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { FaultyStack } from "./faultyStack";
import { type Blow, type FaultRow, goal, servedAndGone } from "./rowSteps";

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

/** It is started again by the node service. */
export const killAgent: Blow = (stack) => stack.faults.signalAgent("SIGKILL");

export async function killedWhenItHasAsked(stack: FaultyStack, groupName: string): Promise<number> {
  const work = await stack.submit({ groupName });
  await stack.until("the machine is asked for", () => stack.watch.now(groupName).length > 0);
  await killAgent(stack);
  return await goal(stack, work, 1, Date.now());
}

export async function twoAgents(stack: FaultyStack, groupName: string): Promise<undefined> {
  await stack.faults.startSecondAgent();
  try {
    return await servedAndGone(2)(stack, groupName);
  } finally {
    await stack.faults.endSecondAgent();
  }
}

async function logsFull(stack: FaultyStack, groupName: string): Promise<undefined> {
  await stack.faults.shell("mount -o remount,size=32m /var/log/rayfleet && ! dd if=/dev/zero of=/var/log/rayfleet/full bs=64k 2>/dev/null");
  try {
    await killAgent(stack);
    return await servedAndGone()(stack, groupName);
  } finally {
    await stack.faults.shell("rm -f /var/log/rayfleet/full && mount -o remount,size=50% /var/log/rayfleet");
  }
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
  await servedAndGone()(stack, groupName);
  await stack.faults.limitAgentHeap(undefined);
  return undefined;
}

/** What may happen to the agent's process. */
export const agentFaults: readonly FaultRow[] = [
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
    live: killedWhenItHasAsked,
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
