import { describe, expect, it } from "vitest";
import { AwsNetwork } from "../../../components/aws/awsNetwork";
import type { ClusterSpecInput } from "../../../contract/clusterSpec";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";
import { dependenciesOf, deploy, outputValue } from "../../support/pulumi";

function deployNetwork(network: ClusterSpecInput["network"] = {}) {
  const spec = buildClusterSpec({ network, ray: { install: "image" } });
  return deploy((options) => new AwsNetwork("demo", { spec, region: "us-east-1", accountId: "123456789012" }, options));
}

const types = {
  subnet: "aws:ec2/subnet:Subnet",
  nat: "aws:ec2/natGateway:NatGateway",
  route: "aws:ec2/route:Route",
  endpoint: "aws:ec2/vpcEndpoint:VpcEndpoint",
} as const;

describe("AwsNetwork", () => {
  it.each([
    {
      nat: "per-zone" as const,
      gateways: ["demo-nat-0", "demo-nat-1", "demo-nat-2"],
      routes: ["demo-nat-0-id", "demo-nat-1-id", "demo-nat-2-id"],
    },
    { nat: "single" as const, gateways: ["demo-nat-0"], routes: ["demo-nat-0-id", "demo-nat-0-id", "demo-nat-0-id"] },
    { nat: "none" as const, gateways: [], routes: [] },
  ])("leads the private subnets out through NAT $nat", async ({ nat, gateways, routes }) => {
    const { byType } = await deployNetwork({ zones: 3, nat });
    expect(byType(types.nat).map(({ name }) => name)).toEqual(gateways);
    const defaultRoutes = byType(types.route).filter(({ name }) => name.startsWith("demo-private-"));
    expect(defaultRoutes.map(({ inputs }) => inputs["natGatewayId"])).toEqual(routes);
    expect(defaultRoutes.map(({ inputs }) => inputs["routeTableId"])).toEqual(routes.map((_, index) => `demo-private-${index}-id`));
  });

  it("has no way to the internet at all without NAT", async () => {
    const { byType } = await deployNetwork({ nat: "none" });
    expect(byType("aws:ec2/internetGateway:InternetGateway")).toEqual([]);
    expect(byType(types.subnet).map(({ name }) => name)).toEqual(["demo-private-0", "demo-private-1"]);
    expect(byType(types.route)).toEqual([]);
  });

  it("waits for the route to the internet before it makes a NAT gateway", async () => {
    const { one } = await deployNetwork();
    expect(dependenciesOf(one(types.nat))).toEqual(["Route demo-public"]);
  });

  it("spreads the subnets over the zones and gives no public address", async () => {
    const { byType } = await deployNetwork({ zones: 4, nat: "per-zone" });
    const zones = (kind: string) =>
      byType(types.subnet)
        .filter(({ name }) => name.includes(kind))
        .map(({ inputs }) => inputs["availabilityZone"]);
    expect(zones("private")).toEqual(["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"]);
    expect(zones("public")).toEqual(zones("private"));
    expect(byType(types.subnet).every(({ inputs }) => inputs["mapPublicIpOnLaunch"] === false)).toBe(true);
  });

  it("says so when the region has fewer zones than the stack file asks for", async () => {
    const spec = buildClusterSpec({ network: { zones: 3 } });
    const args = { spec, region: "us-west-1", accountId: "123456789012" };
    await expect(deploy((options) => new AwsNetwork("demo", args, options), { zoneCount: 2 })).rejects.toThrow(
      "network.zones: asks for more zones than the region has; got 3; expected at most 2.",
    );
  });

  it("keeps a subnet in its zone when AWS adds one", async () => {
    const { byType } = await deployNetwork();
    expect(byType(types.subnet).every(({ options }) => options.ignoreChanges?.includes("availabilityZone"))).toBe(true);
  });

  it("keeps every subnet's name and block when a zone is added", async () => {
    const blocks = async (zones: number) => {
      const { byType } = await deployNetwork({ zones });
      return new Map(byType(types.subnet).map(({ name, inputs }) => [name, inputs["cidrBlock"]]));
    };
    const [two, four] = [await blocks(2), await blocks(4)];
    expect([...two].filter(([name, cidr]) => four.get(name) !== cidr)).toEqual([]);
    expect(four.size).toBeGreaterThan(two.size);
  });

  it("reaches S3 without NAT from every private subnet", async () => {
    const { one, result } = await deployNetwork({ nat: "none" });
    expect(one(types.endpoint).inputs).toMatchObject({
      vpcEndpointType: "Gateway",
      serviceName: "com.amazonaws.us-east-1.s3",
      routeTableIds: ["demo-private-0-id", "demo-private-1-id"],
    });
    expect(await outputValue(result.s3PrefixListId ?? result.vpcId)).toBe("pl-63a5400a");
  });

  it("closes the default security group", async () => {
    const { inputs } = (await deployNetwork()).one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
    expect(inputs["vpcId"]).toBe("demo-vpc-id");
    expect(inputs["ingress"]).toBeUndefined();
    expect(inputs["egress"]).toBeUndefined();
  });

  it("logs all traffic for as long as the stack file says, by a role of its own", async () => {
    const { one } = await deployNetwork({ flowLogRetentionDays: 30 });
    expect(one("aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"]).toBe(30);
    expect(one("aws:ec2/flowLog:FlowLog").inputs).toMatchObject({ trafficType: "ALL", vpcId: "demo-vpc-id" });
    expect(JSON.parse(String(one("aws:iam/role:Role").inputs["assumeRolePolicy"]))).toMatchObject({
      Statement: [
        { Principal: { Service: "vpc-flow-logs.amazonaws.com" }, Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } } },
      ],
    });
  });

  it("logs nothing when told so", async () => {
    const { byType } = await deployNetwork({ flowLogs: false });
    expect(byType("aws:ec2/flowLog:FlowLog")).toEqual([]);
    expect(byType("aws:iam/role:Role")).toEqual([]);
  });

  it("makes nothing in a VPC that was there before", async () => {
    const privateSubnetIds = ["subnet-0a", "subnet-0b"];
    const { resources, calls, result } = await deployNetwork({ existing: { vpcId: "vpc-0123", privateSubnetIds } });
    expect(resources.filter(({ isCustom }) => isCustom)).toEqual([]);
    expect(calls).toEqual([]);
    expect(await outputValue(result.privateSubnetIds)).toEqual(privateSubnetIds);
    expect(result.s3PrefixListId).toBeUndefined();
  });
});
