import type { LocalCluster } from "../localCluster";

/** What to open and what to type next; the token itself is never printed. */
export function describeAccess(cluster: LocalCluster): string[] {
  const { addresses, outputs } = cluster;
  const { atMinimum, atMaximum } = outputs.estimatedHourlyUsd;
  return [
    "Open:",
    `  Ray dashboard   ${addresses.dashboardUrl}   (asks for the Ray token: \`make token\`)`,
    `  agent           ${addresses.agentUrl}   (groups, decisions and their reasons; /metrics, /healthz)`,
    `  AWS API         ${addresses.endpointUrl}   (emulated; any credentials)`,
    `On AWS this cluster would cost about $${atMinimum.toFixed(2)} an hour with every group at its minimum and $${atMaximum.toFixed(2)} at its maximum, at list prices.`,
    "Next: `make status`, `make demo`, `make down`.",
  ];
}
