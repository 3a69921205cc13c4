import * as ec2 from "@pulumi/aws/ec2";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { hasInterfaceEndpoints } from "../plan/cost";
import { type FirewallGroup, type FirewallPeer, type FirewallRule, planFirewall } from "../plan/firewallRules";
import { planCache } from "../plan/gcsStorage";
import { childName } from "../plan/names";
import { clusterTags } from "../plan/tags";

export interface AwsFirewallArgs {
  readonly spec: ClusterSpec;
  readonly vpcId: pulumi.Input<string>;
  /** Prefix list of S3; absent in an existing VPC, whose nodes reach S3 as they reach everything else. */
  readonly s3PrefixListId: pulumi.Input<string> | undefined;
}

const purposes: Readonly<Record<FirewallGroup, string>> = {
  head: "Ray head",
  worker: "Ray workers",
  endpoints: "AWS service endpoints of the Ray cluster",
  cache: "What holds the tables of the Ray control store",
};

/** Security groups of the head, the workers, the service endpoints and the cache, with exactly the rules that the port table and `access` give. */
export class AwsFirewall extends pulumi.ComponentResource {
  readonly headGroupId: pulumi.Output<string>;
  readonly workerGroupId: pulumi.Output<string>;
  /** Absent when the cluster has no interface endpoints. */
  readonly endpointGroupId: pulumi.Output<string> | undefined;
  /** Absent when no cache is made for Ray's control store. */
  readonly cacheGroupId: pulumi.Output<string> | undefined;

  constructor(name: string, args: AwsFirewallArgs, options?: pulumi.ComponentResourceOptions) {
    super("rayfleet:index:AwsFirewall", name, {}, options);
    const group = (role: FirewallGroup): ec2.SecurityGroup => createGroup(this, childName(name, role), role, args);
    const head = group("head");
    const worker = group("worker");
    const endpoints = hasInterfaceEndpoints(args.spec.network) ? group("endpoints") : undefined;
    const cache = planCache(args.spec) === undefined ? undefined : group("cache");
    const groupIds: Readonly<Record<FirewallGroup, pulumi.Output<string> | undefined>> = {
      head: head.id,
      worker: worker.id,
      endpoints: endpoints?.id,
      cache: cache?.id,
    };
    for (const rule of planFirewall(args.spec)) {
      createRule(this, childName(name, rule.name), { rule, groupIds, s3PrefixListId: args.s3PrefixListId, tags: tagsOf(args.spec) });
    }
    this.headGroupId = head.id;
    this.workerGroupId = worker.id;
    this.endpointGroupId = endpoints?.id;
    this.cacheGroupId = cache?.id;
    this.registerOutputs({ headGroupId: this.headGroupId, workerGroupId: this.workerGroupId });
  }
}

function tagsOf(spec: ClusterSpec): Readonly<Record<string, string>> {
  return clusterTags(spec.name, spec.tags);
}

function createGroup(parent: pulumi.Resource, name: string, role: FirewallGroup, args: AwsFirewallArgs): ec2.SecurityGroup {
  return new ec2.SecurityGroup(
    name,
    { vpcId: args.vpcId, description: `${purposes[role]} (${args.spec.name})`, tags: { ...tagsOf(args.spec), Name: name } },
    { parent },
  );
}

interface RuleArgs {
  readonly rule: FirewallRule;
  readonly groupIds: Readonly<Record<FirewallGroup, pulumi.Output<string> | undefined>>;
  readonly s3PrefixListId: pulumi.Input<string> | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

function required<Value>(value: Value | undefined, rule: FirewallRule, what: string): Value {
  if (value === undefined) {
    throw new Error(`firewall rule ${rule.name}: names ${what}, which this cluster does not have. Report this as a bug.`);
  }
  return value;
}

function peerArgs(peer: FirewallPeer, args: RuleArgs) {
  switch (peer.kind) {
    case "group":
      return { referencedSecurityGroupId: required(args.groupIds[peer.group], args.rule, `the group ${peer.group}`) };
    case "network":
      return { cidrIpv4: peer.cidr };
    case "object-storage":
      return { prefixListId: required(args.s3PrefixListId, args.rule, "the S3 gateway endpoint") };
  }
}

function createRule(parent: pulumi.Resource, name: string, args: RuleArgs): void {
  const { rule } = args;
  const inputs = {
    securityGroupId: required(args.groupIds[rule.group], rule, `the group ${rule.group}`),
    ipProtocol: rule.protocol,
    fromPort: rule.firstPort,
    toPort: rule.lastPort,
    description: rule.description,
    tags: args.tags,
    ...peerArgs(rule.peer, args),
  };
  if (rule.direction === "in") {
    new vpc.SecurityGroupIngressRule(name, inputs, { parent });
  } else {
    new vpc.SecurityGroupEgressRule(name, inputs, { parent });
  }
}
