import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { announceEvent, denyCapacity, restoreCapacity } from "../../../emulator/cloud/machineCommands";
import { killAgent, killedWhenItHasAsked, twoAgents } from "./agentFaults";
import { blind, expiredToken, lostReplies, refused, throttled, unavailable } from "./callFaults";
import type { FaultyStack } from "./faultyStack";
import { gcsKilledUnder } from "./headLosses";
import { type FaultRow, goal, nothing, oneTaskRuns, under } from "./rowSteps";
import { plugPulledUnder } from "./workerFaults";

/** The agent cannot read of the notice, nor do anything about it, until its token is good again. */
async function noticeWithoutToken(stack: FaultyStack, groupName: string): Promise<number> {
  const { work, machine } = await oneTaskRuns(stack, groupName, 45);
  await stack.faults.set({ aws: [{ fault: expiredToken }] });
  await announceEvent(stack.local.stateDirectory, machine, {
    source: "aws.ec2",
    detailType: "EC2 Spot Instance Interruption Warning",
    detail: { "instance-id": machine, "instance-action": "terminate" },
  });
  await sleep(12_000);
  expect(stack.newMachines(work)).toEqual([machine]);
  await stack.faults.set(nothing);
  const mendedMs = Date.now();
  await stack.until("another machine is bought", () => stack.newMachines(work).length > 1);
  const seconds = (Date.now() - mendedMs) / 1000;
  await goal(stack, work, 2);
  await stack.untilGone(groupName);
  return seconds;
}

/** The place that it has asked for is filled while it stands still. */
async function frozenWithoutCapacity(stack: FaultyStack, groupName: string): Promise<number> {
  await denyCapacity(stack.local.stateDirectory, {});
  try {
    const work = await stack.submit({ groupName });
    await stack.until("the machine is asked for", () => stack.watch.now(groupName).length > 0);
    await stack.faults.signalAgent("SIGSTOP");
    await sleep(10_000);
    await restoreCapacity(stack.local.stateDirectory);
    await stack.until("the cloud has one", () => stack.newMachines(work).length > 0);
    await stack.faults.signalAgent("SIGCONT");
    return await goal(stack, work, 1);
  } finally {
    await restoreCapacity(stack.local.stateDirectory);
  }
}

async function killedWhenItHasAskedAndGone(stack: FaultyStack, groupName: string): Promise<number> {
  const seconds = await killedWhenItHasAsked(stack, groupName);
  await stack.untilGone(groupName);
  return seconds;
}

/** Two things that go wrong at once. */
export const faultPairs: readonly FaultRow[] = [
  {
    name: "AWS throttles for 12 s, and the agent is killed",
    groupName: "gold",
    held: "nothing bought meanwhile, by the new agent neither; one machine afterwards, not two",
    times: { SIGKILL: 1 },
    live: refused(throttled, { seconds: 12, meanwhile: killAgent }),
  },
  {
    name: "replies never come, and the agent is killed when it has asked for a machine",
    groupName: "cpu",
    held: "one machine, not two; ended again",
    times: { SIGKILL: 1 },
    live: under(lostReplies, killedWhenItHasAskedAndGone),
  },
  {
    name: "replies never come, and there are two agents",
    groupName: "gpu",
    held: "two machines for two tasks, not four; ended again",
    times: { agent: 1 },
    live: under(lostReplies, twoAgents),
  },
  {
    name: "the GCS is a black hole, and a worker's plug is pulled with a task on it",
    groupName: "gold",
    held: "nothing written while Ray is not seen; then the task runs again on another machine, bought after 60 s",
    times: { "pulled plug": 1 },
    live: plugPulledUnder({ aws: [], gcs: { kind: "silence" } }),
  },
  {
    name: "AWS answers 503, and Ray's GCS is killed",
    groupName: "cpu",
    held: "as with the GCS alone: the worker joins the new cluster, and its work ends before AWS is back",
    times: { SIGKILL: 1 },
    live: gcsKilledUnder({ aws: [{ fault: unavailable }] }),
  },
  {
    name: "AWS says ExpiredToken for 12 s, and the queue has a spot notice for a machine with a task",
    groupName: "gpu",
    held: "nothing bought meanwhile; then one replacement, the task not disturbed, both machines ended",
    times: { notice: 1 },
    live: noticeWithoutToken,
  },
  {
    name: "the cloud has no machines, and the agent stands still from when it asked until there is one",
    groupName: "gold",
    held: "one machine, not two",
    times: { "no capacity": 1, SIGSTOP: 1 },
    live: frozenWithoutCapacity,
  },
  {
    name: "AWS and the GCS reset every connection for 12 s",
    groupName: "cpu",
    held: "nothing written; one machine afterwards",
    live: blind({ aws: [{ fault: { kind: "reset" } }], gcs: { kind: "reset" } }, 12),
  },
];
