import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { decide } from "../autoscaler-agent/decide/decide";
import { decideTick } from "../autoscaler-agent/decide/tick/decideTick";
import type { Observation } from "../autoscaler-agent/decide/tick/observation";
import { DecisionRing } from "../autoscaler-agent/recorder/decisionRing";
import { BusyCluster } from "./busyCluster";

/** An hour. */
const TICKS = 1800;
const TICK_MS = 2000;
const START_MS = Date.UTC(2026, 0, 1);

/** What an hour of records of a cluster takes on the head's disk, packed, and the processor time of keeping one tick, packing included. */
async function measure(name: string, cluster: BusyCluster, observe: (tick: number) => Observation): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "rayfleet-records-"));
  let nowMs = 0;
  const clock = { monotonicMs: () => nowMs, epochMs: () => START_MS + nowMs, sleep: async () => undefined };
  const ring = new DecisionRing({ folder, clock, agentVersion: "0.1.0+0123456789ab", longestWaitMs: 60_000 });
  const { config } = cluster;
  let memory = cluster.memory();
  let keptMs = 0;
  for (let tick = 1; tick <= TICKS; tick += 1) {
    nowMs = tick * TICK_MS;
    const observation = observe(tick);
    const decision = decideTick({ observation, memory, config }, decide);
    const times = { number: tick, epochMs: START_MS + nowMs, durationMs: 20 + (tick % 7) };
    const begin = process.cpuUsage();
    await ring.keep({ ...times, config, observation, memoryBefore: memory, ...decision, outcomes: [] });
    const { user, system } = process.cpuUsage(begin);
    keptMs += (user + system) / 1000;
    memory = decision.assessment.memory;
  }
  await ring.close();
  const sizes = readdirSync(folder).map((file) => packedSize(join(folder, file)));
  const packed = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`${name}: ${(packed / 1e6).toFixed(2)} MB an hour in ${sizes.length} files, ${(keptMs / TICKS).toFixed(2)} ms a tick`);
  rmSync(folder, { recursive: true });
}

function packedSize(path: string): number {
  return path.endsWith(".gz") ? statSync(path).size : gzipSync(readFileSync(path)).length;
}

/** Nothing changes but the clocks, and how long the idle nodes have been idle. */
function quiet(cluster: BusyCluster): (tick: number) => Observation {
  const first = cluster.observe();
  if (first.ray.kind !== "known") throw new Error("records: the cluster answers");
  const { nodes } = first.ray.snapshot;
  return (tick) => {
    const nowMs = tick * TICK_MS;
    const aged = nodes.map((node) => (node.idleSeconds === undefined ? node : { ...node, idleSeconds: node.idleSeconds + nowMs / 1000 }));
    const snapshot = { sessionName: "session", version: tick, nodes: aged, demands: [], gangs: [], requested: [] };
    return { ...first, nowMs, epochMs: nowMs, ray: { kind: "known", snapshot } };
  };
}

async function main(): Promise<void> {
  const nodes = Number(process.argv[2] ?? 100);
  const size = { nodes, groups: 5, shapes: 20, gangs: 5 };
  const [still, busy] = [new BusyCluster(size, 1), new BusyCluster(size, 1)];
  await measure(`${nodes} nodes, quiet`, still, quiet(still));
  await measure(`${nodes} nodes, one in ten changes with each tick, 20 shapes and 5 placement groups wait`, busy, () => busy.observe());
}

void main();
