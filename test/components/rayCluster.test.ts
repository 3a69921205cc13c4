import * as aws from "@pulumi/aws/provider";
import { afterAll, describe, expect, it } from "vitest";
import { RayCluster } from "../../components/rayCluster";
import type { ClusterSpec, ClusterSpecInput } from "../../contract/clusterSpec";
import { makeArtifacts } from "../support/artifacts";
import { buildClusterSpec } from "../support/clusterSpecBuilder";
import { type Deployment, deploy, outputValue, registeredOutputs } from "../support/pulumi";

const artifacts = makeArtifacts();
afterAll(() => artifacts.remove());

type Group = NonNullable<ClusterSpecInput["workerGroups"]>[number];
const cpu: Group = { groupName: "cpu", instanceTypes: ["m7i.xlarge"], maxReplicas: 4 };
const gold: Group = { groupName: "gold", instanceTypes: ["m6i.xlarge"], minReplicas: 1, maxReplicas: 2, labels: { tier: "gold" } };

function deployCluster(spec: ClusterSpec) {
  return deploy((options) => new RayCluster("demo", { spec, artifactsDirectory: artifacts.directory }, options));
}

function inputsByName(deployment: Deployment<unknown>): Map<string, string> {
  return new Map(deployment.resources.map(({ type, name, inputs }) => [`${type} ${name}`, JSON.stringify(inputs)]));
}

describe("RayCluster", () => {
  it("is made of a network, a firewall, artifacts, notices, identities, a head, worker groups and a watchdog", async () => {
    const { resources } = await deployCluster(buildClusterSpec({ workerGroups: [cpu, gold] }));
    const components = resources.filter((resource) => !resource.isCustom).map(({ qualifiedType, name }) => `${qualifiedType} ${name}`);
    expect(components.sort()).toMatchInlineSnapshot(`
      [
        "rayfleet:index:RayCluster demo",
        "rayfleet:index:RayCluster$rayfleet:index:AwsArtifacts demo",
        "rayfleet:index:RayCluster$rayfleet:index:AwsFirewall demo",
        "rayfleet:index:RayCluster$rayfleet:index:AwsHead demo",
        "rayfleet:index:RayCluster$rayfleet:index:AwsIdentity demo",
        "rayfleet:index:RayCluster$rayfleet:index:AwsNetwork demo",
        "rayfleet:index:RayCluster$rayfleet:index:AwsNotices demo",
        "rayfleet:index:RayCluster$rayfleet:index:AwsWatchdog demo",
        "rayfleet:index:RayCluster$rayfleet:index:AwsWorkerGroup demo-worker-cpu",
        "rayfleet:index:RayCluster$rayfleet:index:AwsWorkerGroup demo-worker-gold",
      ]
    `);
  });

  it("makes every AWS resource below a component of its own", async () => {
    const { resources } = await deployCluster(buildClusterSpec());
    const direct = resources.filter(({ isCustom, qualifiedType }) => isCustom && qualifiedType.split("$").length < 3);
    expect(direct.map(({ type }) => type)).toEqual(["aws:ssm/parameter:Parameter"]);
    expect(resources.filter(({ isCustom, qualifiedType }) => isCustom && !qualifiedType.startsWith("rayfleet:index:RayCluster$"))).toEqual(
      [],
    );
  });

  it("tells what a person needs, and registers it", async () => {
    const { result } = await deployCluster(buildClusterSpec({ workerGroups: [cpu, gold], access: { users: ["203.0.113.0/24"] } }));
    expect(await outputValue(result.dashboard)).toMatchInlineSnapshot(`
      "Run: aws ssm start-session --region us-east-1 --target demo-head-id --document-name AWS-StartPortForwardingSession --parameters portNumber=8265,localPortNumber=8265
      Then open http://localhost:8265
      From 203.0.113.0/24: http://10.80.16.10:8265"
    `);
    expect(await outputValue(result.workerGroups)).toEqual({
      cpu: { nodeGroupName: "demo-worker-cpu-0123abc", instanceTypes: ["m7i.xlarge"], minReplicas: 0, maxReplicas: 4 },
      gold: { nodeGroupName: "demo-worker-gold-0123abc", instanceTypes: ["m6i.xlarge"], minReplicas: 1, maxReplicas: 2 },
    });
    const outputs = registeredOutputs("rayfleet:index:RayCluster", "demo");
    expect(outputs).toMatchObject({
      headPrivateAddress: "10.80.16.10",
      headInstanceId: "demo-head-id",
      agentConfigParameter: "/rayfleet/demo/agent",
      artifactBucket: "demo-artifacts-0123abc",
      tokenSecretName: "demo-token-0123abc",
      versions: { ray: "2.60.0", python: "3.11" },
    });
    expect(outputs["estimatedHourlyUsd"]).toMatchObject({ atMinimum: expect.any(Number), atMaximum: expect.any(Number) });
  });

  it("gets one group more without a change to anything that was there but the agent's parameter", async () => {
    const before = inputsByName(await deployCluster(buildClusterSpec({ workerGroups: [cpu] })));
    const after = inputsByName(await deployCluster(buildClusterSpec({ workerGroups: [cpu, gold] })));
    const changed = [...before].filter(([key, inputs]) => after.get(key) !== inputs).map(([key]) => key);
    expect(changed).toEqual(["aws:ssm/parameter:Parameter demo-agent-config"]);
    expect([...after.keys()].filter((key) => !before.has(key))).toEqual([
      "rayfleet:index:AwsWorkerGroup demo-worker-gold",
      "aws:s3/bucketObjectv2:BucketObjectv2 demo-worker-gold",
      "aws:ec2/launchTemplate:LaunchTemplate demo-worker-gold",
      "aws:autoscaling/group:Group demo-worker-gold",
    ]);
  });

  it("can stand beside another cluster in one program", async () => {
    const { byType } = await deploy((options) =>
      ["demo", "other"].map(
        (name) => new RayCluster(name, { spec: buildClusterSpec({ name }), artifactsDirectory: artifacts.directory }, options),
      ),
    );
    expect(byType("aws:ssm/parameter:Parameter").map(({ inputs }) => inputs["name"])).toEqual([
      "/rayfleet/demo/agent",
      "/rayfleet/other/agent",
    ]);
    expect(byType("aws:ec2/instance:Instance").map(({ inputs }) => inputs["tags"])).toMatchObject([
      { "rayfleet:cluster": "demo" },
      { "rayfleet:cluster": "other" },
    ]);
  });

  it("makes and asks everything through an explicit provider", async () => {
    const { resources, calls } = await deploy((options) => {
      const provider = new aws.Provider("ireland", { region: "eu-west-1" }, options);
      return new RayCluster("demo", { spec: buildClusterSpec(), artifactsDirectory: artifacts.directory }, { ...options, provider });
    });
    const made = resources.filter(({ isCustom, type }) => isCustom && type !== "pulumi:providers:aws");
    expect(made.length).toBeGreaterThan(50);
    expect(made.filter(({ provider }) => !provider.includes("ireland"))).toEqual([]);
    expect(calls.length).toBeGreaterThan(3);
    expect(calls.filter(({ provider }) => !provider.includes("ireland"))).toEqual([]);
  });

  it("carries the user's tags and the cluster's name on everything that takes tags", async () => {
    const { resources } = await deployCluster(buildClusterSpec({ tags: { team: "research" } }));
    const tagged = resources.filter(({ inputs }) => typeof inputs["tags"] === "object" && !Array.isArray(inputs["tags"]));
    expect(tagged.length).toBeGreaterThan(40);
    for (const { inputs } of tagged) {
      expect(inputs["tags"]).toMatchObject({ team: "research", "rayfleet:cluster": "demo" });
    }
  });

  it("says how to build the artifacts when they are missing", async () => {
    const spec = buildClusterSpec();
    await expect(deploy((options) => new RayCluster("demo", { spec, artifactsDirectory: "/nowhere" }, options))).rejects.toThrow(
      "artifacts: are not built; got /nowhere/manifest.json; expected what the build writes. Run `npm run build`, which makes them.",
    );
  });
});
