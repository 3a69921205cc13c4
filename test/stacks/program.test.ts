import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { deploy, outputValue } from "../support/pulumi";
import { stackConfig } from "../support/stackFiles";

const isBuilt = existsSync(join(__dirname, "..", "..", "dist", "artifacts", "manifest.json"));

// Both programs read the built artifacts, as for real; `make test` builds them first.
describe.skipIf(!isBuilt)("index.ts (skipped where the artifacts are not built)", () => {
  it("exports what a person needs to use the cluster", async () => {
    const { result } = await deploy(() => import("../../index.js"), { stack: "local", config: stackConfig("local") });
    expect(await outputValue(result.agentConfigParameter)).toBe("/rayfleet/local/agent");
    expect(await outputValue(result.headPrivateAddress)).toBe("10.80.16.10");
    expect(Object.keys(await outputValue(result.workerGroups))).toEqual(["cpu", "gpu", "gold"]);
    expect(await outputValue(result.dashboard)).toContain("AWS-StartPortForwardingSession");
    expect(await outputValue(result.versions)).toMatchObject({ ray: "2.60.0" });
    expect(await outputValue(result.artifactBucket)).toMatch(/^local-artifacts-/);
    expect(await outputValue(result.tokenSecretName)).toMatch(/^local-token-/);
    expect((await outputValue(result.estimatedHourlyUsd)).atMaximum).toBeGreaterThan(0);
    expect(await outputValue(result.headInstanceId)).toBe("local-head-id");
    expect(result.clusterName).toBe("local");
  });

  it("refuses a stack without a cluster before it declares anything", async () => {
    vi.resetModules();
    await expect(deploy(() => import("../../index.js"), { stack: "empty" })).rejects.toThrow("rayfleet:cluster");
  });
});

describe("index.ts on Kubernetes", () => {
  it("exports what a person needs there, and nothing of AWS", async () => {
    vi.resetModules();
    const workerGroups = [{ groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 10 }];
    const config = { "rayfleet:cluster": JSON.stringify({ platform: "kubernetes", workerGroups }) };
    const { result } = await deploy(() => import("../../index.js"), { stack: "demo", config });
    expect(await outputValue(result.namespace)).toBe("ray");
    expect(await outputValue(result.versions)).toMatchObject({ ray: "2.60.0", kubeRay: "1.7.0" });
    expect(result.clusterName).toBe("demo");
    expect([result.headInstanceId, result.artifactBucket]).toEqual([undefined, undefined]);
  });
});

describe.skipIf(!isBuilt)("examples/aws (skipped where the artifacts are not built)", () => {
  it("makes two clusters", async () => {
    const { result } = await deploy(() => import("../../examples/aws/index.js"));
    expect(await outputValue(result.dashboards.research)).toContain("research-head-id");
    expect(await outputValue(result.dashboards.training)).toContain("From 203.0.113.0/24");
  });
});
