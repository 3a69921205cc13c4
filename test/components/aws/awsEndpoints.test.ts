import { describe, expect, it } from "vitest";
import { EndpointRegionError, endpointServiceName } from "../../../components/aws/awsEndpoints";
import { interfaceEndpointServices } from "../../../components/plan/cost";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";
import { deployAws } from "../../support/deployAws";

const interfaces = async (network: Parameters<typeof buildClusterSpec>[0]) =>
  (await deployAws(buildClusterSpec(network)))
    .byType("aws:ec2/vpcEndpoint:VpcEndpoint")
    .filter(({ inputs }) => inputs["vpcEndpointType"] === "Interface");

describe("endpointServiceName", () => {
  it.each([
    { region: "eu-central-1", name: "com.amazonaws.eu-central-1.ssm" },
    { region: "us-gov-west-1", name: "com.amazonaws.us-gov-west-1.ssm" },
  ])("is $name in $region", ({ region, name }) => {
    expect(endpointServiceName(region, "ssm")).toBe(name);
  });

  it("refuses China, where it differs from service to service", () => {
    expect(() => endpointServiceName("cn-north-1", "ec2")).toThrow(EndpointRegionError);
  });
});

describe("AwsEndpoints", () => {
  it("makes a private endpoint in every zone for each service that a machine calls", async () => {
    const endpoints = await interfaces({ network: { nat: "none", zones: 3 }, ray: { install: "image" } });
    expect(endpoints.map(({ inputs }) => inputs["serviceName"]).sort()).toEqual(
      [...interfaceEndpointServices].sort().map((service) => `com.amazonaws.us-east-1.${service}`),
    );
    for (const { inputs } of endpoints) {
      expect(inputs).toMatchObject({
        privateDnsEnabled: true,
        subnetIds: ["demo-private-0-id", "demo-private-1-id", "demo-private-2-id"],
        securityGroupIds: ["demo-endpoints-id"],
      });
    }
  });

  it.each([
    { case: "beside a NAT gateway when asked for", network: { interfaceEndpoints: true }, count: interfaceEndpointServices.length },
    { case: "not beside a NAT gateway otherwise", network: {}, count: 0 },
    {
      case: "never in a VPC that was there before",
      network: { existing: { vpcId: "vpc-0123", privateSubnetIds: ["subnet-0a"] } },
      count: 0,
    },
  ])("is made $case", async ({ network, count }) => {
    expect(await interfaces({ network })).toHaveLength(count);
  });
});
