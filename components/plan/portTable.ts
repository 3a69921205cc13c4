import { nodePorts } from "../../contract/ports";

/** Where an ElastiCache that this program makes takes connections. */
export const CACHE_PORT = 6379;

/** Who may be at either end of a connection. `users` and `scrapers` are the networks named in the stack file. */
type Party = "head" | "worker" | "users" | "scrapers";

/** One reason for which one party may reach TCP ports of another. */
export interface PortRow {
  /** Part of resource names; never changes. */
  readonly name: string;
  readonly from: readonly Party[];
  /** `cache` is the ElastiCache that holds Ray's control store, where the cluster has one. */
  readonly to: "head" | "worker" | "cache";
  readonly firstPort: number;
  readonly lastPort: number;
  /** What breaks without it, in the characters that AWS allows in a rule's description. */
  readonly why: string;
}

function onePort(name: string, from: readonly Party[], to: PortRow["to"], port: number, why: string): PortRow {
  return { name, from, to, firstPort: port, lastPort: port, why };
}

/** Ports that every node opens to every other: the same three rows for the head and for the workers. */
function betweenNodes(to: "head" | "worker"): PortRow[] {
  const from: readonly Party[] = to === "head" ? ["worker"] : ["head", "worker"];
  return [
    onePort("node-manager", from, to, nodePorts.nodeManager, "Ray node manager: leases and health checks"),
    onePort("object-manager", from, to, nodePorts.objectManager, "Ray object manager: object transfer"),
    {
      name: "worker-processes",
      from,
      to,
      firstPort: nodePorts.minWorker,
      lastPort: nodePorts.maxWorker,
      why: "Ray worker processes and drivers: task and actor calls, object owners",
    },
  ];
}

/**
 * Every TCP port that anybody may reach on a node of the cluster, and why. The firewall of every platform and `docs/ports.md` are made from
 * it; nothing else opens a port.
 *
 * The set was measured: with these rows and everything else dropped a job with tasks, actors, large objects, nested tasks, placement groups
 * and log streaming runs without one refused packet, and without any of them (the head's node manager and the two log ports aside) something
 * hangs in silence.
 */
export const portTable: readonly PortRow[] = [
  onePort("gcs", ["worker"], "head", nodePorts.gcs, "Ray GCS: joining, heartbeats, actor and placement group directory"),
  ...betweenNodes("head"),
  ...betweenNodes("worker"),
  onePort("agent-grpc", ["head"], "worker", nodePorts.dashboardAgentGrpc, "Dashboard agent: logs of nodes and tasks"),
  onePort(
    "agent-http",
    ["head"],
    "worker",
    nodePorts.dashboardAgentHttp,
    "Dashboard agent: logs and stop of jobs whose driver runs on a worker",
  ),
  onePort("dashboard", ["users"], "head", nodePorts.dashboard, "Dashboard and job API for the networks named as users"),
  onePort("ray-client", ["users"], "head", nodePorts.rayClient, "Ray Client for the networks named as users"),
  onePort("metrics", ["scrapers"], "head", nodePorts.metrics, "Metrics of the node for the networks named as scrapers"),
  onePort("metrics", ["scrapers"], "worker", nodePorts.metrics, "Metrics of the node for the networks named as scrapers"),
  onePort(
    "dashboard-metrics",
    ["scrapers"],
    "head",
    nodePorts.dashboardMetrics,
    "Metrics of the dashboard for the networks named as scrapers",
  ),
  onePort(
    "autoscaler-metrics",
    ["scrapers"],
    "head",
    nodePorts.agentMetrics,
    "Metrics of the autoscaler agent for the networks named as scrapers",
  ),
  onePort("gcs-storage", ["head"], "cache", CACHE_PORT, "Ray GCS: its tables, where gcsFaultTolerance keeps them in ElastiCache"),
];

function portsText(row: PortRow): string {
  return row.firstPort === row.lastPort ? String(row.firstPort) : `${row.firstPort}-${row.lastPort}`;
}

/** The port table as a page of documentation, Markdown. */
export function renderPortsPage(): string {
  const rows = portTable.map((row) => `| ${row.to} | ${row.from.join(", ")} | ${portsText(row)} | ${row.why} |`);
  return [
    "# Ports",
    "",
    "Made from `components/plan/portTable.ts`; the firewall rules come from the same table. All are TCP, IPv4.",
    "",
    "| To | From | Port | Why |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    "`users` are the networks in `access.users`, `scrapers` those in `access.scrapers`; both lists are empty unless the stack file fills them,",
    "and then nobody outside the cluster reaches any port: the dashboard is opened by a Systems Manager session. Nothing else is reachable:",
    `the runtime-env agent (${nodePorts.runtimeEnvAgent}) and SSH have no rule at all.`,
    "",
    "Out of the cluster, nodes reach other nodes by the rows above and port 443: anywhere when there is a NAT gateway or the VPC was there",
    "before, otherwise only the interface endpoints and S3; and what `access.egress` names. Address lookup, time and instance metadata are",
    "served inside the VPC and are not subject to security groups. The row to `cache` is there only with `gcsFaultTolerance`; with",
    "`gcsFaultTolerance.existing` the head reaches the port of that address in the network that is named beside it instead.",
    "",
  ].join("\n");
}
