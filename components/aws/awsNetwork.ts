import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { childName } from "../plan/names";
import { flowLogPolicy, trustPolicy } from "../plan/policies";
import { planSubnets, type ZoneSubnets } from "../plan/subnets";
import { clusterTags } from "../plan/tags";

export interface AwsNetworkArgs {
  readonly spec: ClusterSpec;
  readonly region: pulumi.Input<string>;
  readonly accountId: pulumi.Input<string>;
}

/** What the functions of this file need of the component. */
interface Scope {
  readonly name: string;
  readonly parent: pulumi.Resource;
  readonly tags: Readonly<Record<string, string>>;
}

/** A zone's subnets and the routes of its nodes. */
interface Zone {
  readonly privateSubnet: ec2.Subnet;
  readonly privateRoutes: ec2.RouteTable;
  readonly publicSubnet: ec2.Subnet | undefined;
}

/**
 * The network that the nodes live in: a VPC of their own with private subnets over the zones, or an existing one by its ids (then nothing is
 * made). Nodes have no public address; the way out is a NAT gateway per zone, one for all, or none.
 *
 * Cost (us-east-1, 2026-07): a NAT gateway is 0.045 USD an hour and 0.045 USD a GB; flow logs are 0.50 USD a GB; the S3 gateway
 * endpoint is free.
 */
export class AwsNetwork extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly privateSubnetIds: pulumi.Output<string[]>;
  /** Prefix list of S3 behind the gateway endpoint; absent in an existing VPC. */
  readonly s3PrefixListId: pulumi.Output<string> | undefined;

  constructor(name: string, args: AwsNetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("rayfleet:index:AwsNetwork", name, {}, options);
    const { existing } = args.spec.network;
    if (existing !== undefined) {
      this.vpcId = pulumi.output(existing.vpcId);
      this.privateSubnetIds = pulumi.output([...existing.privateSubnetIds]);
      this.s3PrefixListId = undefined;
    } else {
      const scope: Scope = { name, parent: this, tags: clusterTags(args.spec.name, args.spec.tags) };
      const vpc = createVpc(scope, args.spec.network.cidr);
      const zones = createZones(scope, vpc, args.spec);
      createWayOut(scope, vpc, zones, args.spec);
      if (args.spec.network.flowLogs) {
        createFlowLogs(scope, vpc, args);
      }
      this.vpcId = vpc.id;
      this.privateSubnetIds = pulumi.all(zones.map((zone) => zone.privateSubnet.id));
      this.s3PrefixListId = createS3Endpoint(scope, vpc, zones, args.region).prefixListId;
    }
    this.registerOutputs({ vpcId: this.vpcId, privateSubnetIds: this.privateSubnetIds });
  }
}

/** Tags with the name that the console shows. */
function named(scope: Scope, name: string): Record<string, string> {
  return { ...scope.tags, Name: name };
}

function createVpc(scope: Scope, cidr: string): ec2.Vpc {
  const name = childName(scope.name, "vpc");
  const vpc = new ec2.Vpc(
    name,
    // Private names of interface endpoints resolve only with both.
    { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true, tags: named(scope, name) },
    { parent: scope.parent },
  );
  const closed = childName(scope.name, "default-group");
  // Adopted without rules, so that a machine started without a group of its own reaches nothing.
  new ec2.DefaultSecurityGroup(closed, { vpcId: vpc.id, tags: named(scope, closed) }, { parent: scope.parent });
  return vpc;
}

function createZones(scope: Scope, vpc: ec2.Vpc, spec: ClusterSpec): Zone[] {
  const zoneNames = getAvailabilityZonesOutput(
    { state: "available", filters: [{ name: "zone-type", values: ["availability-zone"] }] },
    { parent: scope.parent },
  ).names;
  return planSubnets(spec.network).map((blocks) => {
    const zoneName = zoneNames.apply((names) => zoneAt(names, blocks.index, spec.network.zones));
    return createZone(scope, vpc, { blocks, zoneName, hasPublic: spec.network.nat !== "none" });
  });
}

function zoneAt(names: readonly string[], index: number, wanted: number): string {
  const name = names[index];
  if (name === undefined) {
    throw new Error(
      `network.zones: asks for more zones than the region has; got ${wanted}; expected at most ${names.length}. ` +
        "Lower network.zones or choose another region.",
    );
  }
  return name;
}

interface ZoneArgs {
  readonly blocks: ZoneSubnets;
  readonly zoneName: pulumi.Output<string>;
  readonly hasPublic: boolean;
}

function createZone(scope: Scope, vpc: ec2.Vpc, zone: ZoneArgs): Zone {
  const { index, privateCidr, publicCidr } = zone.blocks;
  const subnet = (kind: "private" | "public", cidrBlock: string): ec2.Subnet => {
    const name = childName(scope.name, kind, String(index));
    return new ec2.Subnet(
      name,
      { vpcId: vpc.id, cidrBlock, availabilityZone: zone.zoneName, mapPublicIpOnLaunch: false, tags: named(scope, name) },
      // A zone that AWS adds or takes out of service shifts the list of names; the subnets stay where they are.
      { parent: scope.parent, ignoreChanges: ["availabilityZone"] },
    );
  };
  const privateSubnet = subnet("private", privateCidr);
  const publicSubnet = zone.hasPublic ? subnet("public", publicCidr) : undefined;
  const privateRoutes = createRouteTable(scope, vpc, `private-${index}`);
  associate(scope, `private-${index}`, privateSubnet, privateRoutes);
  return { privateSubnet, publicSubnet, privateRoutes };
}

function createRouteTable(scope: Scope, vpc: ec2.Vpc, role: string): ec2.RouteTable {
  const name = childName(scope.name, role);
  return new ec2.RouteTable(name, { vpcId: vpc.id, tags: named(scope, name) }, { parent: scope.parent });
}

function associate(scope: Scope, role: string, subnet: ec2.Subnet, routes: ec2.RouteTable): void {
  new ec2.RouteTableAssociation(childName(scope.name, role), { subnetId: subnet.id, routeTableId: routes.id }, { parent: scope.parent });
}

function createWayOut(scope: Scope, vpc: ec2.Vpc, zones: readonly Zone[], spec: ClusterSpec): void {
  const publicSubnets = zones.flatMap((zone) => (zone.publicSubnet === undefined ? [] : [zone.publicSubnet]));
  if (publicSubnets.length === 0) {
    return;
  }
  const internetRoute = createInternetRoute(scope, vpc, publicSubnets);
  const natSubnets = spec.network.nat === "per-zone" ? publicSubnets : publicSubnets.slice(0, 1);
  const gateways = natSubnets.map((subnet, index) => createNatGateway(scope, subnet, index, internetRoute));
  zones.forEach((zone, index) => {
    const gateway = gateways[index] ?? gateways[0];
    if (gateway !== undefined) {
      new ec2.Route(
        childName(scope.name, "private", String(index)),
        { routeTableId: zone.privateRoutes.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: gateway.id },
        { parent: scope.parent },
      );
    }
  });
}

function createInternetRoute(scope: Scope, vpc: ec2.Vpc, publicSubnets: readonly ec2.Subnet[]): ec2.Route {
  const name = childName(scope.name, "internet");
  const gateway = new ec2.InternetGateway(name, { vpcId: vpc.id, tags: named(scope, name) }, { parent: scope.parent });
  const routes = createRouteTable(scope, vpc, "public");
  publicSubnets.forEach((subnet, index) => {
    associate(scope, `public-${index}`, subnet, routes);
  });
  return new ec2.Route(
    childName(scope.name, "public"),
    { routeTableId: routes.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
    { parent: scope.parent },
  );
}

function createNatGateway(scope: Scope, subnet: ec2.Subnet, index: number, internetRoute: ec2.Route): ec2.NatGateway {
  const name = childName(scope.name, "nat", String(index));
  const address = new ec2.Eip(name, { domain: "vpc", tags: named(scope, name) }, { parent: scope.parent });
  return new ec2.NatGateway(
    name,
    { subnetId: subnet.id, allocationId: address.allocationId, tags: named(scope, name) },
    // A gateway without a route to the internet comes up and carries nothing.
    { parent: scope.parent, dependsOn: [internetRoute] },
  );
}

function createS3Endpoint(scope: Scope, vpc: ec2.Vpc, zones: readonly Zone[], region: pulumi.Input<string>): ec2.VpcEndpoint {
  const name = childName(scope.name, "s3");
  return new ec2.VpcEndpoint(
    name,
    {
      vpcId: vpc.id,
      vpcEndpointType: "Gateway",
      serviceName: pulumi.interpolate`com.amazonaws.${region}.s3`,
      routeTableIds: zones.map((zone) => zone.privateRoutes.id),
      tags: named(scope, name),
    },
    { parent: scope.parent },
  );
}

function createFlowLogs(scope: Scope, vpc: ec2.Vpc, args: AwsNetworkArgs): void {
  const name = childName(scope.name, "flow-logs");
  const parent = { parent: scope.parent };
  const logGroup = new cloudwatch.LogGroup(name, { retentionInDays: args.spec.network.flowLogRetentionDays, tags: scope.tags }, parent);
  const role = new iam.Role(
    name,
    {
      assumeRolePolicy: pulumi
        .output(args.accountId)
        .apply((accountId) => JSON.stringify(trustPolicy("vpc-flow-logs.amazonaws.com", accountId))),
      tags: scope.tags,
    },
    parent,
  );
  const policy = new iam.RolePolicy(
    name,
    { role: role.name, policy: logGroup.arn.apply((arn) => JSON.stringify(flowLogPolicy(arn))) },
    parent,
  );
  new ec2.FlowLog(
    name,
    {
      vpcId: vpc.id,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: logGroup.arn,
      iamRoleArn: role.arn,
      tags: named(scope, name),
    },
    { ...parent, dependsOn: [policy] },
  );
}
