import { describe, expect, it } from "vitest";
import { AwsFirewall } from "../../../components/aws/awsFirewall";
import { planFirewall } from "../../../components/plan/firewallRules";
import type { ClusterSpec } from "../../../contract/clusterSpec";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";
import { deploy } from "../../support/pulumi";

const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const egress = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

function deployFirewall(spec: ClusterSpec, s3PrefixListId: string | undefined = "pl-63a5400a") {
  return deploy((options) => new AwsFirewall("demo", { spec, vpcId: "vpc-1", s3PrefixListId }, options));
}

describe("AwsFirewall", () => {
  it("makes one resource for each planned rule, with its description, and none inside the groups", async () => {
    const spec = buildClusterSpec({ access: { users: ["203.0.113.0/24"], scrapers: ["10.1.0.0/16"] } });
    const { byType } = await deployFirewall(spec);
    const made = [...byType(ingress), ...byType(egress)];
    const planned = planFirewall(spec);
    expect(
      made.map(({ name, inputs }) => [name, inputs["fromPort"], inputs["toPort"], inputs["description"], inputs["ipProtocol"]]).sort(),
    ).toEqual(planned.map((rule) => [`demo-${rule.name}`, rule.firstPort, rule.lastPort, rule.description, "tcp"]).sort());
    expect(byType(ingress)).toHaveLength(planned.filter((rule) => rule.direction === "in").length);
    for (const { inputs } of byType("aws:ec2/securityGroup:SecurityGroup")) {
      expect(inputs).not.toHaveProperty("ingress");
      expect(inputs).not.toHaveProperty("egress");
    }
  });

  it("lets machines out to what the stack file names, by its protocol", async () => {
    const egressSpec = { cidr: "10.1.2.0/24", fromPort: 9092, toPort: 9094, protocol: "udp", description: "Statistics" } as const;
    const { one } = await deployFirewall(buildClusterSpec({ access: { egress: [egressSpec] } }));
    expect(one(egress, "demo-worker-out-udp-9092-9094-to-10-1-2-0-24").inputs).toMatchObject({
      securityGroupId: "demo-worker-id",
      cidrIpv4: "10.1.2.0/24",
      ipProtocol: "udp",
      fromPort: 9092,
      toPort: 9094,
      description: "Statistics",
    });
  });

  it("puts the GCS behind the head's group, for workers only", async () => {
    const { one } = await deployFirewall(buildClusterSpec());
    expect(one(ingress, "demo-head-in-gcs-from-worker").inputs).toMatchObject({
      securityGroupId: "demo-head-id",
      referencedSecurityGroupId: "demo-worker-id",
      fromPort: 6379,
      toPort: 6379,
    });
  });

  it("lets named networks in by their block", async () => {
    const { one } = await deployFirewall(buildClusterSpec({ access: { users: ["203.0.113.0/24"] } }));
    const { inputs } = one(ingress, "demo-head-in-dashboard-from-users-203-0-113-0-24");
    expect(inputs).toMatchObject({ securityGroupId: "demo-head-id", cidrIpv4: "203.0.113.0/24", fromPort: 8265 });
    expect(inputs).not.toHaveProperty("referencedSecurityGroupId");
  });

  it("guards service endpoints and lets machines out to S3's prefix list when there is no NAT", async () => {
    const { one, result } = await deployFirewall(buildClusterSpec({ network: { nat: "none" }, ray: { install: "image" } }));
    expect(result.endpointGroupId).toBeDefined();
    expect(one(ingress, "demo-endpoints-in-https-from-worker").inputs).toMatchObject({
      securityGroupId: "demo-endpoints-id",
      referencedSecurityGroupId: "demo-worker-id",
      fromPort: 443,
    });
    expect(one(egress, "demo-worker-out-https-to-object-storage").inputs).toMatchObject({ prefixListId: "pl-63a5400a", fromPort: 443 });
  });

  it("has no group for endpoints that are not made", async () => {
    const { byType, result } = await deployFirewall(buildClusterSpec());
    expect(result.endpointGroupId).toBeUndefined();
    expect(byType("aws:ec2/securityGroup:SecurityGroup").map(({ name }) => name)).toEqual(["demo-head", "demo-worker"]);
  });

  it("can protect a VPC that was there before", async () => {
    const existing = { vpcId: "vpc-0123", privateSubnetIds: ["subnet-0a"] };
    const { one } = await deployFirewall(buildClusterSpec({ network: { existing } }), undefined);
    expect(one(egress, "demo-worker-out-https").inputs).toMatchObject({ cidrIpv4: "0.0.0.0/0", fromPort: 443, toPort: 443 });
  });
});
