import { beforeAll, describe, expect, it } from "vitest";
import { planFirewall } from "../../../components/plan/firewallRules";
import { RayCluster } from "../../../components/rayCluster";
import type { ClusterSpecInput } from "../../../contract/clusterSpec";
import { type MachineConfig, machineConfigSchema } from "../../../contract/machineConfig";
import { makeArtifacts } from "../../support/artifacts";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";
import { deployAws } from "../../support/deployAws";
import { type Deployment, dependenciesOf, deploy } from "../../support/pulumi";

const cacheType = "aws:elasticache/replicationGroup:ReplicationGroup";
const password = "x".repeat(64);
const passwordArn = "arn:aws:secretsmanager:us-east-1:123456789012:secret/demo-gcs-0123abc";

function deployWith(gcsFaultTolerance: ClusterSpecInput["gcsFaultTolerance"], overrides: Partial<ClusterSpecInput> = {}) {
  return deployAws(buildClusterSpec({ ...overrides, gcsFaultTolerance }));
}

function configOf(deployment: Deployment<RayCluster>, groupName: string): MachineConfig {
  const found = deployment
    .byType("aws:s3/bucketObjectv2:BucketObjectv2")
    .find(({ inputs }) => inputs["key"] === `machine/${groupName}.json`);
  return machineConfigSchema.parse(JSON.parse(String(found?.inputs["content"])));
}

function policyOf(deployment: Deployment<RayCluster>, name: string): string {
  return String(deployment.one("aws:iam/rolePolicy:RolePolicy", name).inputs["policy"]);
}

describe("AwsGcsStorage", () => {
  let deployment: Deployment<RayCluster>;
  beforeAll(async () => {
    deployment = await deployWith({ snapshotRetentionDays: 3 });
  });

  it("is one shard of Valkey, encrypted on the way and at rest, with a password and a copy in another zone", () => {
    expect(deployment.one(cacheType).inputs).toMatchObject({
      replicationGroupId: "demo-gcs",
      engine: "valkey",
      nodeType: "cache.t4g.small",
      port: 6379,
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      transitEncryptionEnabled: true,
      atRestEncryptionEnabled: true,
      authToken: password,
      snapshotRetentionLimit: 3,
      securityGroupIds: ["demo-cache-id"],
    });
    expect(deployment.one(cacheType).inputs).not.toHaveProperty("numNodeGroups");
  });

  it("does without failover where there is one node", async () => {
    const { one } = await deployWith({ replicas: 0 });
    expect(one(cacheType).inputs).toMatchObject({ numCacheClusters: 1, automaticFailoverEnabled: false, multiAzEnabled: false });
  });

  it("stands in the private subnets", () => {
    expect(deployment.one("aws:elasticache/subnetGroup:SubnetGroup").inputs["subnetIds"]).toEqual([
      "demo-private-0-id",
      "demo-private-1-id",
    ]);
  });

  it("keeps its password in a secret, the first one for good, and in nothing that a machine downloads", () => {
    const version = deployment.one("aws:secretsmanager/secretVersion:SecretVersion");
    expect(version.inputs).toMatchObject({ secretId: "demo-gcs-id", secretString: password });
    expect(version.options.ignoreChanges).toEqual(["secretString"]);
    const holders = deployment.resources.filter(({ inputs }) => JSON.stringify(inputs).includes(password)).map(({ type }) => type);
    expect(holders.sort()).toEqual([cacheType, "aws:secretsmanager/secretVersion:SecretVersion"]);
  });

  it("tells the head where it is, and the workers nothing", () => {
    expect(configOf(deployment, "headgroup").gcsStorage).toEqual({
      redisAddress: "rediss://master.demo-gcs.0abcde.use1.cache.amazonaws.com:6379",
      redisPasswordSecretId: passwordArn,
      externalStorageNamespace: "demo-artifacts-0123abc",
    });
    expect(configOf(deployment, "cpu").gcsStorage).toBeUndefined();
  });

  it("lets the head alone read the password", () => {
    expect(policyOf(deployment, "demo-head")).toContain(passwordArn);
    expect(policyOf(deployment, "demo-worker")).not.toContain(passwordArn);
  });

  it("previews the same resources as it makes", async () => {
    const artifacts = makeArtifacts();
    const spec = buildClusterSpec({ gcsFaultTolerance: {} });
    const preview = await deploy((options) => new RayCluster("demo", { spec, artifactsDirectory: artifacts.directory }, options), {
      preview: true,
    }).finally(() => artifacts.remove());
    const names = ({ resources }: Deployment<RayCluster>) => resources.map(({ type, name }) => `${type} ${name}`).sort();
    expect(names(preview)).toEqual(names(deployment));
  });

  it("is there before the head starts", () => {
    expect(dependenciesOf(deployment.one("aws:ec2/instance:Instance"))).toContain("AwsGcsStorage demo");
  });
});

describe("a store that is there already", () => {
  const redisPasswordSecretArn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ray-redis-AbCdEf";
  const existing = { redisAddress: "rediss://redis.example.com:6380", redisUsername: "ray", redisPasswordSecretArn, cidr: "10.2.0.0/24" };

  it("is made neither again nor open to the workers", async () => {
    const deployment = await deployWith({ existing });
    expect(deployment.resources.filter(({ type }) => /elasticache|secretVersion/.test(type))).toEqual([]);
    expect(deployment.byType("aws:secretsmanager/secret:Secret")).toHaveLength(1);
    expect(configOf(deployment, "headgroup").gcsStorage).toMatchObject({
      redisAddress: existing.redisAddress,
      redisUsername: "ray",
      redisPasswordSecretId: redisPasswordSecretArn,
    });
    expect(policyOf(deployment, "demo-head")).toContain(redisPasswordSecretArn);
    expect(policyOf(deployment, "demo-worker")).not.toContain(redisPasswordSecretArn);
    const rules = deployment.byType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule");
    expect(rules.filter(({ inputs }) => inputs["cidrIpv4"] === "10.2.0.0/24").map(({ name }) => name)).toEqual([
      "demo-head-out-gcs-storage",
    ]);
  });
});

describe("a cluster without gcsFaultTolerance", () => {
  it("has nothing of it", async () => {
    const deployment = await deployAws(buildClusterSpec());
    expect(
      deployment.resources.filter(
        ({ name, type }) => /gcs|cache/i.test(type + name) && !name.includes("-gcs-from-") && !name.includes("-out-gcs-to-"),
      ),
    ).toEqual([]);
    expect(Object.keys(configOf(deployment, "headgroup"))).not.toContain("gcsStorage");
    expect(planFirewall(buildClusterSpec()).filter(({ name }) => /cache|storage/.test(name) && !name.includes("object-storage"))).toEqual(
      [],
    );
  });
});
