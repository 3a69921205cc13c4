import { expect } from "vitest";
import { listMachines, pullPlug } from "../../../emulator/cloud/machineCommands";
import type { Faults } from "../../../emulator/faults/faultKinds";
import { killAgent } from "./agentFaults";
import type { FaultyStack } from "./faultyStack";
import { type FaultRow, goal, nothing, oneTaskRuns } from "./rowSteps";

/** Its Ray starts again as another cluster, of which workers learn later: they leave it with their work and join anew. Until the work ends, calls go wrong as well. */
export function gcsKilledUnder(faults: Faults): FaultRow["live"] {
  return async (stack, groupName) => {
    const { machine } = await oneTaskRuns(stack, groupName, 600);
    await stack.faults.set(faults);
    const lost = await stack.headNodeId();
    await stack.killOn(stack.cluster.outputs.headInstanceId, "gcs_server");
    await stack.until("another head is alive", async () => ![undefined, lost].includes(await stack.headNodeId()), 120);
    const work = await stack.submit({ groupName });
    const seconds = await goal(stack, work, 0);
    expect(stack.watch.now(groupName)).toEqual([machine]);
    await stack.faults.set(nothing);
    return seconds;
  };
}

/** Everything that is a disk on EC2 and a file system of its own here; `/run` is in memory on both. */
const FILL = `awk '$3 == "tmpfs" && $2 ~ "^/(tmp|root|home|var/)" {print $2}' /proc/mounts | while read -r place; do
  used=$(df -k --output=used "$place" | tail -n 1)
  mount -o remount,size=$((used + 64))k "$place" && ! dd if=/dev/zero of="$place/full" bs=4k 2>/dev/null || exit 1
done`;
const EMPTY = `awk '$3 == "tmpfs" && $2 ~ "^/(tmp|root|home|var/)" {print $2}' /proc/mounts | while read -r place; do
  rm -f "$place/full" && mount -o remount,size=50% "$place" || exit 1
done`;

/** Nothing can be written to the head's disk, by nobody. The work's driver runs there and is told to begin by then; Ray's dashboard does not answer meanwhile. */
async function diskFull(stack: FaultyStack, groupName: string): Promise<undefined> {
  const work = await stack.submit({ groupName, holdSeconds: 5, gated: true });
  await stack.untilSaid(work, "waits");
  await stack.faults.shell(FILL);
  try {
    await killAgent(stack);
    await stack.openGate();
    await stack.until("a machine is bought", () => stack.newMachines(work).length > 0);
    await stack.untilGone(groupName);
  } finally {
    await stack.faults.shell(EMPTY);
  }
  await goal(stack, work, 1);
  return undefined;
}

/** Nobody is there to end the workers: each does it itself. The head stays dead. */
async function plugOfTheHead(stack: FaultyStack, groupName: string): Promise<number> {
  const work = await stack.submit({ groupName, tasks: 2, holdSeconds: 600 });
  await stack.untilRunning(work);
  await pullPlug(stack.local.stateDirectory, stack.cluster.outputs.headInstanceId);
  const sinceMs = Date.now();
  await stack.untilGone(groupName);
  const seconds = (Date.now() - sinceMs) / 1000;
  // A group whose wish had stayed would have bought others for them.
  expect(stack.newMachines(work)).toHaveLength(2);
  await stack.until("no machine runs", async () => (await listMachines(stack.local.stateDirectory)).every(({ running }) => !running));
  return seconds;
}

/** What may happen to the head. The last row leaves it without power. */
export const headLosses: readonly FaultRow[] = [
  {
    name: "the head's disk is full, Ray's part of it included, and the agent is killed",
    groupName: "gold",
    held: "agent, node service and Ray go on; one machine bought, ended again before there is room; the task ran once",
    times: { "full disk": 1 },
    live: diskFull,
  },
  {
    name: "Ray's GCS is killed, with a task on a worker",
    groupName: "cpu",
    held: "Ray starts again by itself; the worker joins the new cluster and serves its work; no machine bought beside it, none ended",
    times: { SIGKILL: 1 },
    live: gcsKilledUnder(nothing),
  },
  {
    name: "the head's plug is pulled while two workers work",
    groupName: "cpu",
    held: "after `orphanTimeoutSeconds` (90 here) each worker ends itself and its place: no machine runs, none is asked for",
    times: { "pulled plug": 1 },
    live: plugOfTheHead,
  },
];
