import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RayCluster } from "../../components/rayCluster";
import { loadClusterSpec } from "../../config";
import { agentConfigSchema } from "../../contract/agentConfig";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { HEAD_GROUP_NAME, machineConfigSchema } from "../../contract/machineConfig";
import { makeArtifacts } from "../support/artifacts";
import { type Deployment, deploy, outputValue } from "../support/pulumi";
import { stackConfig, stackNames } from "../support/stackFiles";

const artifacts = makeArtifacts();
afterAll(() => artifacts.remove());

interface Program {
  readonly spec: ClusterSpec;
  readonly cluster: RayCluster;
}

function deployStack(stack: string, preview: boolean): Promise<Deployment<Program>> {
  return deploy(
    (options) => {
      const spec = loadClusterSpec();
      return { spec, cluster: new RayCluster(spec.name, { spec, artifactsDirectory: artifacts.directory }, options) };
    },
    { stack, preview, config: stackConfig(stack) },
  );
}

it("covers the stacks that the README names", () => {
  expect(stackNames).toEqual(expect.arrayContaining(["aws-dev", "aws-gpu", "aws-large", "local"]));
});

describe.each(stackNames)("stack %s", (stack) => {
  let deployment: Deployment<Program>;
  let spec: ClusterSpec;
  beforeAll(async () => {
    deployment = await deployStack(stack, false);
    spec = deployment.result.spec;
  });

  const objects = (prefix: string) =>
    deployment.byType("aws:s3/bucketObjectv2:BucketObjectv2").filter(({ inputs }) => String(inputs["key"]).startsWith(prefix));
  const contentOf = (key: string): unknown => JSON.parse(String(objects(key)[0]?.inputs["content"]));

  it("previews the same resources as it makes", async () => {
    const preview = await deployStack(stack, true);
    const names = ({ resources }: Deployment<Program>) => resources.map(({ qualifiedType, name }) => `${qualifiedType} ${name}`).sort();
    expect(names(preview)).toEqual(names(deployment));
  });

  it("gives the agent a configuration that it can read, with every group", () => {
    const value = String(deployment.one("aws:ssm/parameter:Parameter").inputs["value"]);
    const config = agentConfigSchema.parse(JSON.parse(value));
    expect(config.groups.map(({ groupName, maxReplicas }) => [groupName, maxReplicas])).toEqual(
      spec.workerGroups.map(({ groupName, maxReplicas }) => [groupName, maxReplicas]),
    );
    expect(config.groups.map(({ backend }) => backend)).toEqual(
      spec.workerGroups.map(({ groupName }) => ({
        kind: "aws-auto-scaling-group",
        autoScalingGroupName: `${spec.name}-worker-${groupName}-0123abc`,
      })),
    );
    expect(Buffer.byteLength(value)).toBeLessThanOrEqual(8192);
  });

  it("gives the head and every group a machine configuration that the node service can read", () => {
    const groupNames = [HEAD_GROUP_NAME, ...spec.workerGroups.map(({ groupName }) => groupName)];
    expect(objects("machine/")).toHaveLength(groupNames.length);
    for (const groupName of groupNames) {
      expect(machineConfigSchema.parse(contentOf(`machine/${groupName}.json`))).toMatchObject({ groupName, headAddress: "10.80.16.10" });
    }
  });

  it("lets nobody in from everywhere", () => {
    const rules = deployment.byType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.filter(({ inputs }) => "cidrIpv6" in inputs || JSON.stringify(inputs["cidrIpv4"] ?? "").endsWith(`/0"`))).toEqual([]);
    expect(rules.filter(({ inputs }) => Number(inputs["fromPort"]) <= 22 && Number(inputs["toPort"]) >= 22)).toEqual([]);
    expect(rules.every(({ inputs }) => inputs["ipProtocol"] === "tcp" && String(inputs["description"]).length > 0)).toBe(true);
  });

  it("gives no machine a public address, and none its metadata without a session token", () => {
    const templates = deployment.byType("aws:ec2/launchTemplate:LaunchTemplate");
    expect(templates.flatMap(({ inputs }) => inputs["networkInterfaces"])).toEqual(
      templates.map(() => expect.objectContaining({ associatePublicIpAddress: "false" })),
    );
    expect(deployment.byType("aws:ec2/subnet:Subnet").filter(({ inputs }) => inputs["mapPublicIpOnLaunch"] !== false)).toEqual([]);
    const machines = [...templates, ...deployment.byType("aws:ec2/instance:Instance")];
    expect(machines).toHaveLength(spec.workerGroups.length + 1);
    for (const { inputs } of machines) {
      expect(inputs["metadataOptions"]).toMatchObject({ httpTokens: "required", httpPutResponseHopLimit: 1 });
      expect(inputs).not.toHaveProperty("keyName");
    }
  });

  it("encrypts every disk", () => {
    const head = deployment.one("aws:ec2/instance:Instance").inputs["rootBlockDevice"];
    expect(head).toMatchObject({ encrypted: true });
    for (const { inputs } of deployment.byType("aws:ec2/launchTemplate:LaunchTemplate")) {
      const disks = inputs["blockDeviceMappings"] as readonly { readonly ebs: { readonly encrypted: string } }[];
      expect(disks.map(({ ebs }) => ebs.encrypted)).toEqual(["true"]);
    }
  });

  it("buys nothing by itself: every group starts at 0 and may go to 0", () => {
    for (const { inputs } of deployment.byType("aws:autoscaling/group:Group")) {
      expect(inputs).toMatchObject({ minSize: 0 });
      expect(inputs).not.toHaveProperty("desiredCapacity");
    }
  });

  it("keeps user data small and the token out of everything", () => {
    const userData = [
      String(deployment.one("aws:ec2/instance:Instance").inputs["userData"]),
      ...deployment
        .byType("aws:ec2/launchTemplate:LaunchTemplate")
        .map(({ inputs }) => Buffer.from(String(inputs["userData"]), "base64").toString("utf8")),
    ];
    expect(userData).toHaveLength(spec.workerGroups.length + 1);
    expect(Math.max(...userData.map((text) => Buffer.byteLength(text)))).toBeLessThan(4096);
    expect(deployment.one("aws:secretsmanager/secret:Secret").inputs).not.toHaveProperty("secretString");
  });

  it("estimates what it costs", async () => {
    const { atMinimum, atMaximum, unknownPrices } = await outputValue(deployment.result.cluster.estimatedHourlyUsd);
    expect(atMinimum).toBeGreaterThan(0);
    expect(atMaximum).toBeGreaterThan(atMinimum);
    expect(unknownPrices).toEqual([]);
  });
});
