import { parseArgs } from "node:util";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { ConfigSource } from "../autoscaler-agent/configSource";
import { Heartbeat } from "../autoscaler-agent/report/heartbeat";
import { jsonLog } from "../autoscaler-agent/report/log";
import { Reporting } from "../autoscaler-agent/report/reporting";
import { agentConfig, agentGroup } from "./support/agentBuilders";
import { AgentSimulation } from "./support/agentSimulation";

/** Looks at the heap during the run; the first is for code and tables that are made once. */
const LOOKS = 10;
/** Between the first look and the last the heap may grow by so much: what is kept on purpose (boot times, the page's history) is full by then. */
const GROWTH_MIB = 2;

/**
 * `make steady TICKS=1000000`: one agent that lives long. Work comes and goes, so that machines are bought and ended all the time; with everything that the
 * agent reports. Prints the heap after a collection, and ends with exit code 1 when it grows.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { ticks: { type: "string", default: "100000" } } });
  const ticks = Number(values.ticks);
  if (!Number.isSafeInteger(ticks) || ticks < LOOKS)
    throw new Error(`--ticks: is no number of ticks; got ${values.ticks}; expected ${LOOKS} or more.`);
  if (global.gc === undefined) throw new Error("node: lacks --expose-gc; start it with make steady.");
  const groups = [agentGroup(), agentGroup({ groupName: "gpu", resources: { CPU: 8, GPU: 1 }, pricePerHourUsd: 1, maxReplicas: 4 })];
  const simulation = new AgentSimulation({ config: agentConfig({ groups }) });
  const reporting = reportingOf(simulation);
  const heaps: number[] = [];
  const before = process.cpuUsage();
  console.log("| ticks | machines launched | heap |\n| --- | --- | --- |");
  for (let tick = 1; tick <= ticks; tick += 1) {
    // A wave of work every four minutes: nodes come, work, stand idle and go.
    if (tick % 120 === 1) simulation.ray.submit({ CPU: 4 }, 1 + (tick % 7), 30);
    if (tick % 360 === 1) simulation.ray.submit({ GPU: 1 }, 1 + (tick % 3), 30);
    const record = await simulation.tick();
    if (record !== undefined) await reporting.tick(record, new AbortController().signal);
    forgetWitnesses(simulation);
    if (tick % Math.floor(ticks / LOOKS) === 0) {
      global.gc();
      heaps.push(process.memoryUsage().heapUsed / 2 ** 20);
      console.log(`| ${tick} | ${simulation.cloud.launchCount} | ${heaps.at(-1)?.toFixed(1)} MiB |`);
    }
  }
  const { user, system } = process.cpuUsage(before);
  const grown = (heaps.at(-1) ?? 0) - (heaps[0] ?? 0);
  console.log(
    `\n${((user + system) / 1000 / ticks).toFixed(2)} ms of processor time a tick, simulation included; the heap grew by ${grown.toFixed(1)} MiB`,
  );
  process.exitCode = grown > GROWTH_MIB ? 1 : 0;
}

function reportingOf({ clock, ray }: AgentSimulation): Reporting {
  const cloudWatch = new CloudWatchClient({ region: "us-east-1" });
  const configSource = new ConfigSource({ fetch: async () => "", clock });
  return new Reporting({ clock, ray, log: jsonLog(clock, () => undefined), heartbeat: new Heartbeat(cloudWatch), configSource });
}

/** What the simulation keeps for tests to look at; the agent keeps none of it. */
function forgetWitnesses({ records, writes, ray }: AgentSimulation): void {
  for (const kept of [records, writes, ray.stateReports, ray.configReports, ray.drains]) kept.length = 0;
}

void main();
