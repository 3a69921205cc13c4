import { beforeAll, describe, expect, it } from "vitest";
import type { RayCluster } from "../../../components/rayCluster";
import { machineConfigSchema } from "../../../contract/machineConfig";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";
import { deployAws } from "../../support/deployAws";
import { fakeImages } from "../../support/fakeAws";
import { type DeployedResource, type Deployment, dependenciesOf } from "../../support/pulumi";

const instanceType = "aws:ec2/instance:Instance";
let deployment: Deployment<RayCluster>;
let instance: DeployedResource;
beforeAll(async () => {
  deployment = await deployAws(buildClusterSpec());
  instance = deployment.one(instanceType);
});

describe("AwsHead", () => {
  it("has an address that outlives the machine", () => {
    const networkInterface = deployment.one("aws:ec2/networkInterface:NetworkInterface");
    expect(networkInterface.inputs).toMatchObject({ subnetId: "demo-private-0-id", securityGroups: ["demo-head-id"] });
    expect(instance.inputs["primaryNetworkInterface"]).toEqual({ networkInterfaceId: "demo-head-id" });
    expect(instance.options.deleteBeforeReplace).toBe(true);
  });

  it("has no public address, no key pair, and metadata by session token only", () => {
    expect(instance.inputs).not.toHaveProperty("associatePublicIpAddress");
    expect(instance.inputs).not.toHaveProperty("keyName");
    expect(instance.inputs["metadataOptions"]).toEqual({
      httpEndpoint: "enabled",
      httpTokens: "required",
      httpPutResponseHopLimit: 1,
      instanceMetadataTags: "enabled",
    });
  });

  it("has an encrypted disk of the size that the stack file says", async () => {
    const { one } = await deployAws(buildClusterSpec({ head: { instanceType: "r5dn.4xlarge", rootDiskGiB: 200 } }));
    expect(one(instanceType).inputs["rootBlockDevice"]).toMatchObject({ volumeSize: 200, volumeType: "gp3", encrypted: true });
  });

  it("is recovered by AWS when its host fails", () => {
    expect(instance.inputs["maintenanceOptions"]).toEqual({ autoRecovery: "default" });
  });

  it("is neither stopped for new user data nor replaced for a new image", () => {
    expect(instance.options.ignoreChanges).toEqual(["userData", "ami"]);
    expect(instance.inputs["ami"]).toBe(fakeImages.standard);
  });

  it("starts from the user's image when there is one, and then asks for none", async () => {
    const amiId = "ami-0c33333333333333c";
    const workerGroups = [{ groupName: "cpu", instanceTypes: ["m7i.xlarge"], maxReplicas: 1, amiId }];
    const { one, calls } = await deployAws(buildClusterSpec({ head: { instanceType: "r5dn.4xlarge", amiId }, workerGroups }));
    expect(one(instanceType).inputs["ami"]).toBe(amiId);
    expect(calls.filter(({ token }) => token.includes("getParameter"))).toEqual([]);
  });

  it("starts after its network, firewall, artifacts, permissions and configuration", () => {
    expect(dependenciesOf(instance)).toEqual([
      "AwsNetwork demo",
      "AwsFirewall demo",
      "AwsArtifacts demo",
      "AwsIdentity demo",
      "BucketObjectv2 demo-head",
    ]);
  });

  it("boots by a short script that names this cluster's bucket and the head's configuration", () => {
    const userData = String(instance.inputs["userData"]);
    expect(userData).toMatch(/^#!\/bin\/sh\n/);
    expect(userData).toContain("demo-artifacts-0123abc");
    expect(userData).toContain("machine/headgroup.json");
    expect(Buffer.byteLength(userData)).toBeLessThan(4096);
  });

  it("reads a configuration that the node service understands", () => {
    const { inputs } = deployment.one("aws:s3/bucketObjectv2:BucketObjectv2", "demo-head");
    expect(inputs["key"]).toBe("machine/headgroup.json");
    expect(machineConfigSchema.parse(JSON.parse(String(inputs["content"])))).toMatchObject({
      role: "head",
      headAddress: "10.80.16.10",
      agentConfigParameter: "/rayfleet/demo/agent",
      tokenSecretId: "arn:aws:secretsmanager:us-east-1:123456789012:secret/demo-token-0123abc",
    });
  });

  it("can be found by its tags", () => {
    expect(instance.inputs["tags"]).toEqual({
      Name: "demo-head",
      "rayfleet:cluster": "demo",
      "rayfleet:role": "head",
      "rayfleet:group": "headgroup",
    });
  });
});
