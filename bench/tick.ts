import { parseArgs } from "node:util";
import { decide } from "../autoscaler-agent/decide/decide";
import { planActions } from "../autoscaler-agent/decide/tick/actions";
import { assess } from "../autoscaler-agent/decide/tick/assess";
import type { Memory } from "../autoscaler-agent/decide/tick/memory";
import { BusyCluster } from "./busyCluster";

/** Ticks that get the code warm and are not counted. */
const warmUpTicks = 20;
const seed = 11;

const size = { nodes: 1000, groups: 10, shapes: 200, gangs: 50 };

/** Processor time of each step of a tick, milliseconds. */
interface Tick {
  readonly assess: number;
  readonly decide: number;
  readonly plan: number;
}

/** Measures the agent's tick without its calls to Ray and the cloud: what is read becomes a question, an answer and actions. */
function main(): void {
  const { values } = parseArgs({ options: { ticks: { type: "string", default: "300" } } });
  const cluster = new BusyCluster(size, seed);
  const ticks: Tick[] = [];
  let [memory, heap, actions] = [cluster.memory(), 0, 0];
  for (let i = 0; i < warmUpTicks + Number(values.ticks); i += 1) {
    const done = oneTick(cluster, memory);
    ({ memory } = done);
    heap = Math.max(heap, process.memoryUsage().heapUsed);
    if (i < warmUpTicks) continue;
    ticks.push(done.tick);
    actions += done.actions;
  }
  console.log(
    `${size.nodes} nodes in ${size.groups} groups, ${size.shapes} shapes and ${size.gangs} gangs waiting; seed ${seed}, Node ${process.version}`,
  );
  console.log(`${ticks.length} ticks, ${(actions / ticks.length).toFixed(1)} actions each\n`);
  console.log("| step | median | p99 |\n| --- | --- | --- |");
  for (const step of ["assess", "decide", "plan"] as const)
    console.log(
      row(
        step,
        ticks.map((tick) => tick[step]),
      ),
    );
  console.log(
    row(
      "whole tick",
      ticks.map((tick) => tick.assess + tick.decide + tick.plan),
    ),
  );
  console.log(`\nheap ${mib(heap)} MiB at most, whole process ${mib(process.resourceUsage().maxRSS * 1024)} MiB`);
}

function oneTick(cluster: BusyCluster, memory: Memory): { tick: Tick; memory: Memory; actions: number } {
  const observation = cluster.observe();
  const [assessment, assessed] = timed(() => assess(observation, memory, cluster.config));
  const { request } = assessment;
  if (request === undefined) throw new Error("tick: Ray is known, and nothing was asked");
  const [reply, decided] = timed(() => decide(request));
  const [actions, planned] = timed(() => planActions(assessment, reply, cluster.config));
  return { tick: { assess: assessed, decide: decided, plan: planned }, memory: assessment.memory, actions: actions.length };
}

function timed<T>(work: () => T): [result: T, milliseconds: number] {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return [result, (user + system) / 1000];
}

function row(name: string, times: readonly number[]): string {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN).toFixed(1);
  return `| ${name} | ${at(0.5)} ms | ${at(0.99)} ms |`;
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

main();
