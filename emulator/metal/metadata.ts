import type { MachineCredentials, MachineRecord } from "./machineRecord";

/** A notice that the cloud wants a spot machine back. */
export interface SpotNotice {
  readonly action: "terminate";
  /** ISO 8601, whole seconds, UTC. */
  readonly time: string;
}

/** What one machine's metadata service can tell. */
export interface MetadataSource {
  readonly record: MachineRecord;
  readonly userData: string;
  /** Absent: the instance profile holds no role, or there is no profile. */
  readonly credentials: MachineCredentials | undefined;
  readonly spotNotice: SpotNotice | undefined;
}

/**
 * The answer of the instance metadata service to a path under `/latest/`, or undefined for 404.
 *
 * The tree is EC2's, as far as a Ray node, the SDKs and the boot script read it. A folder lists its entries, one a line.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html
 */
export function metadataAnswer(source: MetadataSource, path: string): string | undefined {
  const leaves = metadataLeaves(source);
  const wanted = path.replace(/\/+$/, "");
  const leaf = leaves.get(wanted);
  if (leaf !== undefined) return leaf;
  const prefix = wanted === "" ? "" : `${wanted}/`;
  const entries = new Set<string>();
  for (const each of leaves.keys()) {
    if (!each.startsWith(prefix)) continue;
    const [first = "", ...rest] = each.slice(prefix.length).split("/");
    entries.add(rest.length > 0 ? `${first}/` : first);
  }
  return entries.size === 0 ? undefined : [...entries].sort().join("\n");
}

function metadataLeaves(source: MetadataSource): Map<string, string> {
  const { record } = source;
  const leaves = new Map<string, string>([
    ["meta-data/ami-id", record.imageId],
    ["meta-data/instance-id", record.instanceId],
    ["meta-data/instance-type", record.instanceType],
    ["meta-data/instance-life-cycle", record.lifecycle],
    ["meta-data/local-ipv4", record.privateIpAddress],
    ["meta-data/local-hostname", record.privateDnsName],
    ["meta-data/hostname", record.privateDnsName],
    ["meta-data/placement/availability-zone", record.availabilityZone],
    ["meta-data/placement/region", record.region],
    ["meta-data/services/domain", "amazonaws.com"],
    ["meta-data/services/partition", "aws"],
    ["dynamic/instance-identity/document", JSON.stringify(identityDocument(record), undefined, 2)],
  ]);
  if (source.userData !== "") leaves.set("user-data", source.userData);
  if (record.metadataTags) for (const [key, value] of Object.entries(record.tags)) leaves.set(`meta-data/tags/instance/${key}`, value);
  addRole(leaves, source);
  if (source.spotNotice !== undefined) {
    leaves.set("meta-data/spot/instance-action", JSON.stringify(source.spotNotice));
    leaves.set("meta-data/spot/termination-time", source.spotNotice.time);
    leaves.set(
      "meta-data/events/recommendations/rebalance",
      JSON.stringify({ noticeTime: new Date(Date.parse(source.spotNotice.time) - 120_000).toISOString() }),
    );
  }
  return leaves;
}

function addRole(leaves: Map<string, string>, source: MetadataSource): void {
  const { record, credentials } = source;
  if (record.instanceProfileArn === null || credentials === undefined) return;
  const profile = {
    Code: "Success",
    LastUpdated: credentials.issuedAt,
    InstanceProfileArn: record.instanceProfileArn,
    InstanceProfileId: record.instanceProfileId,
  };
  leaves.set("meta-data/iam/info", JSON.stringify(profile, undefined, 2));
  const keys = {
    Code: "Success",
    LastUpdated: credentials.issuedAt,
    Type: "AWS-HMAC",
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.token,
    Expiration: credentials.expiresAt,
  };
  leaves.set(`meta-data/iam/security-credentials/${credentials.role}`, JSON.stringify(keys, undefined, 2));
}

function identityDocument(record: MachineRecord): Record<string, string> {
  return {
    accountId: record.accountId,
    architecture: "x86_64",
    availabilityZone: record.availabilityZone,
    imageId: record.imageId,
    instanceId: record.instanceId,
    instanceType: record.instanceType,
    pendingTime: record.launchedAt,
    privateIp: record.privateIpAddress,
    region: record.region,
    version: "2017-09-30",
  };
}
