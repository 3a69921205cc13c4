import { beforeAll, describe, expect, it } from "vitest";
import type { RayCluster } from "../../../components/rayCluster";
import type { ClusterSpecInput } from "../../../contract/clusterSpec";
import { machineConfigSchema } from "../../../contract/machineConfig";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";
import { deployAws } from "../../support/deployAws";
import { fakeImages } from "../../support/fakeAws";
import type { Deployment } from "../../support/pulumi";

type Group = NonNullable<ClusterSpecInput["workerGroups"]>[number];

const groupType = "aws:autoscaling/group:Group";
const templateType = "aws:ec2/launchTemplate:LaunchTemplate";

function deployGroup(group: Partial<Group> = {}) {
  return deployAws(
    buildClusterSpec({ workerGroups: [{ groupName: "cpu", instanceTypes: ["m7i.xlarge", "m6i.xlarge"], maxReplicas: 4, ...group }] }),
  );
}

let deployment: Deployment<RayCluster>;
let group: Readonly<Record<string, unknown>>;
let template: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  deployment = await deployGroup({ minReplicas: 2 });
  group = deployment.one(groupType).inputs;
  template = deployment.one(templateType).inputs;
});

describe("AwsWorkerGroup", () => {
  it("has the minimum 0 whatever minReplicas says, and the maximum of the stack file", () => {
    expect(group).toMatchObject({ minSize: 0, maxSize: 4 });
  });

  it("leaves the desired capacity to the agent", () => {
    expect(group).not.toHaveProperty("desiredCapacity");
    expect(deployment.one(groupType).options.ignoreChanges).toEqual(["desiredCapacity"]);
  });

  it("lets the group end no idle machine by itself", () => {
    expect(group).toMatchObject({
      protectFromScaleIn: true,
      suspendedProcesses: ["AZRebalance"],
      defaultCooldown: 0,
      healthCheckType: "EC2",
    });
    expect(deployment.byType("aws:autoscaling/policy:Policy")).toEqual([]);
  });

  it("goes away with its machines and waits for none to come", () => {
    expect(group).toMatchObject({ forceDelete: true, waitForCapacityTimeout: "0" });
  });

  it("starts every new machine from the newest template", () => {
    expect(group["mixedInstancesPolicy"]).toMatchObject({
      launchTemplate: { launchTemplateSpecification: { launchTemplateId: "demo-worker-cpu-id", version: "$Latest" } },
    });
    expect(template["updateDefaultVersion"]).toBe(true);
  });

  it("prefers machine types in the order of the stack file", () => {
    expect(group["mixedInstancesPolicy"]).toMatchObject({
      launchTemplate: { overrides: [{ instanceType: "m7i.xlarge" }, { instanceType: "m6i.xlarge" }] },
      instancesDistribution: { onDemandAllocationStrategy: "prioritized", spotAllocationStrategy: "price-capacity-optimized" },
    });
  });

  it.each([
    { capacityType: "on-demand" as const, onDemandBaseReplicas: 0, percent: 100 },
    { capacityType: "spot" as const, onDemandBaseReplicas: 0, percent: 0 },
    { capacityType: "spot" as const, onDemandBaseReplicas: 2, percent: 0 },
    { capacityType: "spot-then-on-demand" as const, onDemandBaseReplicas: 1, percent: 50 },
  ])("buys $capacityType above a base of $onDemandBaseReplicas", async ({ capacityType, onDemandBaseReplicas, percent }) => {
    const { one } = await deployGroup({ capacityType, onDemandBaseReplicas });
    expect(one(groupType).inputs["mixedInstancesPolicy"]).toMatchObject({
      instancesDistribution: { onDemandBaseCapacity: onDemandBaseReplicas, onDemandPercentageAboveBaseCapacity: percent },
    });
  });

  it("stands in every private subnet", () => {
    expect(group["vpcZoneIdentifiers"]).toEqual(["demo-private-0-id", "demo-private-1-id"]);
  });

  it("gives machines no public address, no key pair, and metadata by session token only", () => {
    expect(template["networkInterfaces"]).toEqual([
      { deviceIndex: 0, associatePublicIpAddress: "false", deleteOnTermination: "true", securityGroups: ["demo-worker-id"] },
    ]);
    expect(template).not.toHaveProperty("keyName");
    expect(template["metadataOptions"]).toMatchObject({
      httpTokens: "required",
      httpPutResponseHopLimit: 1,
      instanceMetadataTags: "enabled",
    });
  });

  it("gives machines an encrypted disk of the size that the stack file says", async () => {
    const { one } = await deployGroup({ rootDiskGiB: 300 });
    expect(one(templateType).inputs["blockDeviceMappings"]).toEqual([
      { deviceName: "/dev/xvda", ebs: { volumeSize: 300, volumeType: "gp3", encrypted: "true", deleteOnTermination: "true" } },
    ]);
  });

  it("ends a machine that powers off", () => {
    expect(template["instanceInitiatedShutdownBehavior"]).toBe("terminate");
  });

  it("tags machines and their disks with cluster, role and group, by the template and by the group", () => {
    const tags = { Name: "demo-worker-cpu", "rayfleet:cluster": "demo", "rayfleet:role": "worker", "rayfleet:group": "cpu" };
    expect(template["tagSpecifications"]).toEqual([
      { resourceType: "instance", tags },
      { resourceType: "volume", tags },
    ]);
    const propagated = group["tags"] as readonly { readonly key: string; readonly value: string; readonly propagateAtLaunch: boolean }[];
    expect(Object.fromEntries(propagated.map(({ key, value }) => [key, value]))).toEqual(tags);
    expect(propagated.every(({ propagateAtLaunch }) => propagateAtLaunch)).toBe(true);
  });

  it("starts GPU machines from an image with the driver, and asks for it once", async () => {
    const gpu = (groupName: string): Group => ({ groupName, instanceTypes: ["g6.xlarge"], maxReplicas: 1 });
    const { byType, calls } = await deployAws(
      buildClusterSpec({ workerGroups: [gpu("gpu-a"), gpu("gpu-b"), { groupName: "cpu", instanceTypes: ["m7i.xlarge"], maxReplicas: 1 }] }),
    );
    expect(byType(templateType).map(({ inputs }) => inputs["imageId"])).toEqual([fakeImages.gpu, fakeImages.gpu, fakeImages.standard]);
    expect(calls.filter(({ token }) => token === "aws:ssm/getParameter:getParameter")).toHaveLength(2);
  });

  it("boots by a short script that names the group's configuration", () => {
    const userData = Buffer.from(String(template["userData"]), "base64").toString("utf8");
    expect(userData).toMatch(/^#!\/bin\/sh\n/);
    expect(userData).toContain("machine/cpu.json");
  });

  it("reads a configuration that the node service understands", () => {
    const { inputs } = deployment.one("aws:s3/bucketObjectv2:BucketObjectv2", "demo-worker-cpu");
    expect(inputs["key"]).toBe("machine/cpu.json");
    expect(machineConfigSchema.parse(JSON.parse(String(inputs["content"])))).toMatchObject({
      role: "worker",
      groupName: "cpu",
      headAddress: "10.80.16.10",
    });
  });
});
