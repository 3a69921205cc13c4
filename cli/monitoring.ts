import { stringify } from "yaml";
import { dashboardFiles } from "../components/plan/monitoring/dashboards";
import { ruleGroups } from "../components/plan/monitoring/ruleGroups";
import type { Command } from "./command";
import { readFlags, required } from "./flags";
import { inputError, withInputErrors } from "./inputError";
import { type OutputFile, writeOutputFiles } from "./outputFiles";

const options = { output: { type: "string" }, cluster: { type: "string" }, "runbook-url": { type: "string" } } as const;

/** `rayfleet monitoring`: alerts and dashboards as files, for clusters that are not on Kubernetes. */
export const monitoringCommand: Command = {
  name: "monitoring",
  usage: "monitoring --output DIR [--cluster NAME] [--runbook-url URL]",
  purpose: "write alerts for Prometheus and dashboards for Grafana",
  run: (args) => withInputErrors(() => runMonitoring(args)),
};

function runMonitoring(args: readonly string[]): string {
  const flags = readFlags(args, options, "--output DIR, and --cluster NAME and --runbook-url URL if wanted");
  const directory = required("--output", flags.output, "a folder, or the name of one to be made");
  return writeOutputFiles(directory, [rulesFile(flags.cluster, flags["runbook-url"]), ...dashboardsAsFiles()]);
}

/** Of what serves metrics without Kubernetes: Ray and the agent. */
function rulesFile(cluster: string | undefined, runbookUrl: string | undefined): OutputFile {
  const matchers = cluster === undefined ? [] : [`ray_io_cluster="${checkedName(cluster)}"`];
  const groups = ruleGroups({
    sources: ["ray", "autoscaler", "agent"],
    cluster: { ray: matchers, autoscaler: matchers, agent: matchers },
    runbookUrl,
  });
  return { name: "rules.yaml", text: stringify({ groups }, { lineWidth: 0 }) };
}

function checkedName(name: string): string {
  if (/^[\w.-]+$/.test(name)) return name;
  throw inputError({
    path: "--cluster",
    problem: "is no name of a cluster",
    got: JSON.stringify(name),
    expected: "letters, digits, dots, dashes and underscores",
    fix: "Name the cluster as its label ray_io_cluster does.",
  });
}

function dashboardsAsFiles(): readonly OutputFile[] {
  return Object.entries(dashboardFiles()).map(([name, dashboard]) => ({ name, text: `${JSON.stringify(dashboard, null, 2)}\n` }));
}
