import type { ClusterSpec } from "../../contract/clusterSpec";
import { hasInterfaceEndpoints } from "./cost";
import { planCache, redisPort } from "./gcsStorage";
import { type PortRow, portTable } from "./portTable";

/** The port of AWS, package indexes and everything else that speaks HTTPS. */
export const HTTPS_PORT = 443;

/** A set of machines that share rules: a security group on AWS. */
export type FirewallGroup = "head" | "worker" | "endpoints" | "cache";

/** The other end of a rule: machines of the cluster, a network, or the cloud's object storage. */
export type FirewallPeer =
  | { readonly kind: "group"; readonly group: FirewallGroup }
  | { readonly kind: "network"; readonly cidr: string }
  | { readonly kind: "object-storage" };

/** One permission; everything that no rule permits is dropped. Both ends included. */
export interface FirewallRule {
  /** Unique in the cluster and stable: part of the resource's name. */
  readonly name: string;
  readonly group: FirewallGroup;
  readonly direction: "in" | "out";
  readonly peer: FirewallPeer;
  readonly protocol: "tcp" | "udp";
  readonly firstPort: number;
  readonly lastPort: number;
  readonly description: string;
}

/** A specification that would open the cluster to everyone; parsing refuses it first, and this is the second lock on that door. */
export class FirewallError extends Error {
  override readonly name = "FirewallError";
}

/** Whether nodes may reach the internet; a VPC that was there before is taken to have a way out. */
export function hasWayOut(spec: Pick<ClusterSpec, "network">): boolean {
  return spec.network.existing !== undefined || spec.network.nat !== "none";
}

function networkName(cidr: string): string {
  return cidr.replace(/[./]/g, "-");
}

function networkRules(row: PortRow, party: "users" | "scrapers", spec: ClusterSpec): FirewallRule[] {
  const cidrs = spec.access[party];
  const open = cidrs.find((cidr) => cidr.endsWith("/0"));
  if (open !== undefined && !(party === "users" && spec.access.allowPublicUsers)) {
    throw new FirewallError(
      `access.${party}: opens ports to everyone; got ${open}; expected named networks. Name the networks that need access.`,
    );
  }
  return [...new Set(cidrs)].map((cidr) => ({
    name: `${row.to}-in-${row.name}-from-${party}-${networkName(cidr)}`,
    group: row.to,
    direction: "in",
    peer: { kind: "network", cidr },
    protocol: "tcp",
    firstPort: row.firstPort,
    lastPort: row.lastPort,
    description: row.why,
  }));
}

function nodeRules(row: PortRow, from: "head" | "worker"): FirewallRule[] {
  const ports = { protocol: "tcp", firstPort: row.firstPort, lastPort: row.lastPort, description: row.why } as const;
  return [
    { name: `${row.to}-in-${row.name}-from-${from}`, group: row.to, direction: "in", peer: { kind: "group", group: from }, ...ports },
    { name: `${from}-out-${row.name}-to-${row.to}`, group: from, direction: "out", peer: { kind: "group", group: row.to }, ...ports },
  ];
}

function rulesOfRow(row: PortRow, spec: ClusterSpec): FirewallRule[] {
  if (row.to === "cache" && planCache(spec) === undefined) {
    return [];
  }
  return row.from.flatMap((from) => (from === "head" || from === "worker" ? nodeRules(row, from) : networkRules(row, from, spec)));
}

function https(name: string, rule: Pick<FirewallRule, "group" | "direction" | "peer" | "description">): FirewallRule {
  return { name, ...rule, protocol: "tcp", firstPort: HTTPS_PORT, lastPort: HTTPS_PORT };
}

function cloudRules(group: "head" | "worker", spec: ClusterSpec): FirewallRule[] {
  const rules: FirewallRule[] = [];
  if (hasInterfaceEndpoints(spec.network)) {
    rules.push(
      https(`endpoints-in-https-from-${group}`, {
        group: "endpoints",
        direction: "in",
        peer: { kind: "group", group },
        description: `AWS service endpoints for the ${group}`,
      }),
      https(`${group}-out-https-to-endpoints`, {
        group,
        direction: "out",
        peer: { kind: "group", group: "endpoints" },
        description: "AWS services through interface endpoints",
      }),
    );
  }
  if (hasWayOut(spec)) {
    const description = "AWS services and package indexes";
    rules.push(https(`${group}-out-https`, { group, direction: "out", peer: { kind: "network", cidr: "0.0.0.0/0" }, description }));
  } else {
    rules.push(
      https(`${group}-out-https-to-object-storage`, {
        group,
        direction: "out",
        peer: { kind: "object-storage" },
        description: "Artifacts and boot reports in S3 through the gateway endpoint",
      }),
    );
  }
  return rules;
}

function egressRules(group: "head" | "worker", spec: ClusterSpec): FirewallRule[] {
  return spec.access.egress.map(({ cidr, protocol, fromPort, toPort, description }) => ({
    name: `${group}-out-${protocol}-${fromPort}-${toPort}-to-${networkName(cidr)}`,
    group,
    direction: "out",
    peer: { kind: "network", cidr },
    protocol,
    firstPort: fromPort,
    lastPort: toPort,
    description,
  }));
}

/** The head's way to a Redis that was there before. */
function existingStorageRules({ gcsFaultTolerance }: ClusterSpec): FirewallRule[] {
  const existing = gcsFaultTolerance?.existing;
  if (existing === undefined) {
    return [];
  }
  const port = redisPort(existing.redisAddress);
  return [
    {
      name: "head-out-gcs-storage",
      group: "head",
      direction: "out",
      peer: { kind: "network", cidr: existing.cidr },
      protocol: "tcp",
      firstPort: port,
      lastPort: port,
      description: "Ray GCS: its tables in the Redis that gcsFaultTolerance names",
    },
  ];
}

/**
 * Every firewall rule of a cluster, from the port table.
 *
 * Guarantees: names are unique; what a node may send another may receive and the other way round; inwards only the networks that the
 * stack file names, and `0.0.0.0/0` only when it also sets `access.allowPublicUsers`; outwards what `access.egress` names, HTTPS where there
 * is a way out, and otherwise nothing but to the cluster, its endpoints and object storage.
 *
 * @throws FirewallError when a network without limits is named and not allowed
 */
export function planFirewall(spec: ClusterSpec): FirewallRule[] {
  return [
    ...portTable.flatMap((row) => rulesOfRow(row, spec)),
    ...cloudRules("head", spec),
    ...cloudRules("worker", spec),
    ...egressRules("head", spec),
    ...egressRules("worker", spec),
    ...existingStorageRules(spec),
  ];
}
