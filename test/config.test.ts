import { setAllConfig } from "@pulumi/pulumi/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { ConfigError, loadClusterSpec, loadKubernetesConnection, loadSpec } from "../config";

const smallest = { platform: "aws", workerGroups: [{ groupName: "cpu", needs: { cpu: 4 }, maxReplicas: 4 }] };

function configErrorOf(config: Readonly<Record<string, string>>): ConfigError {
  setAllConfig({ ...config });
  try {
    loadClusterSpec();
  } catch (error) {
    if (error instanceof ConfigError) {
      return error;
    }
    throw error;
  }
  throw new Error("the configuration was accepted");
}

describe("loadClusterSpec", () => {
  afterEach(() => {
    setAllConfig({});
  });

  it("reads the cluster under the stack's name, and leaves other namespaces alone", () => {
    setAllConfig({ "rayfleet:cluster": JSON.stringify(smallest), "aws:region": "us-east-1" });
    expect(loadClusterSpec()).toMatchObject({ name: "stack", platform: "aws" });
  });

  it("lists all problems, one a line", () => {
    const cluster = { ...smallest, ray: { version: "2.40.0" }, head: { instanceType: "r5dn.huge", rootDiskGiB: 5 } };
    expect(configErrorOf({ "rayfleet:cluster": JSON.stringify(cluster), "rayfleet:clusters": "x" }).message).toMatchInlineSnapshot(`
      "4 problems in the configuration of stack stack:
      rayfleet:clusters: is not a known key; got "clusters"; expected rayfleet:cluster. Rename it to rayfleet:cluster.
      head.rootDiskGiB: is too small; got 5; expected a whole number from 20 to 16384. Raise it.
      ray.version: is too old for token authentication; got "2.40.0"; expected 2.54.0 or later. Take a later release.
      head.instanceType: is not a known machine type; got "r5dn.huge"; expected one of r5dn.large, r5dn.xlarge, r5dn.2xlarge, r5dn.4xlarge, r5dn.8xlarge, r5dn.12xlarge, r5dn.16xlarge, r5dn.metal, r5dn.24xlarge. Choose a type that EC2 has."
    `);
  });

  it("says how to begin when there is nothing", () => {
    expect(configErrorOf({}).message).toMatchInlineSnapshot(`
      "1 problem in the configuration of stack stack:
      rayfleet:cluster: is missing; got nothing; expected a cluster specification. Add rayfleet:cluster with a platform and one worker group; docs/configuration.md has every key."
    `);
  });

  it("names a cluster that is no mapping", () => {
    expect(configErrorOf({ "rayfleet:cluster": "aws" }).message).toMatchInlineSnapshot(`
      "1 problem in the configuration of stack stack:
      rayfleet:cluster: is of the wrong kind; got "aws"; expected a mapping of keys to values. Write a mapping of keys to values."
    `);
  });

  it("refuses keys of the namespace that nothing reads", () => {
    const error = configErrorOf({ "rayfleet:cluster": JSON.stringify(smallest), "rayfleet:region": "us-east-1" });
    expect(error.message).toMatchInlineSnapshot(`
      "1 problem in the configuration of stack stack:
      rayfleet:region: is not a known key; got "region"; expected rayfleet:cluster. Remove it; everything stands under rayfleet:cluster."
    `);
    expect(error.problems).toHaveLength(1);
  });
});

describe("loadSpec", () => {
  afterEach(() => {
    setAllConfig({});
  });

  it("reads a cluster of the platform that it names", () => {
    setAllConfig({ "rayfleet:cluster": JSON.stringify(smallest) });
    expect(loadSpec()).toMatchObject({ name: "stack", platform: "aws" });
    const cluster = { platform: "kubernetes", workerGroups: [{ groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 4 }] };
    setAllConfig({ "rayfleet:cluster": JSON.stringify(cluster) });
    expect(loadSpec()).toMatchObject({ name: "stack", platform: "kubernetes", namespace: "ray" });
    setAllConfig({ "rayfleet:cluster": JSON.stringify({ ...cluster, platform: "kubernets" }) });
    expect(() => loadSpec()).toThrow(/platform: is not one of the allowed values.*Write kubernetes\./);
  });
});

describe("loadKubernetesConnection", () => {
  afterEach(() => {
    setAllConfig({});
  });

  it("is what the Kubernetes provider is told, and nothing where that is told nothing", () => {
    expect(loadKubernetesConnection()).toBeUndefined();
    setAllConfig({ "kubernetes:context": "staging" });
    expect(loadKubernetesConnection()).toEqual({ context: "staging" });
    setAllConfig({ "kubernetes:kubeconfig": "/a" });
    expect(loadKubernetesConnection()).toHaveProperty("kubeconfig");
  });
});
