import { describe, expect, it } from "vitest";
import { gcsStorageOf, planCache, redisPort } from "../../../components/plan/gcsStorage";
import type { ClusterSpecInput } from "../../../contract/clusterSpec";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";

const redisPasswordSecretArn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ray-redis-AbCdEf";
const existing = { redisAddress: "rediss://redis.example.com:6380", redisUsername: "ray", redisPasswordSecretArn, cidr: "10.2.0.0/24" };
const none = { cacheHost: undefined, passwordSecretArn: undefined, externalStorageNamespace: "demo-artifacts-1" };

function cacheOf(gcsFaultTolerance: ClusterSpecInput["gcsFaultTolerance"], overrides: Partial<ClusterSpecInput> = {}) {
  return planCache(buildClusterSpec({ ...overrides, gcsFaultTolerance }));
}

describe("planCache", () => {
  it("makes none unless the stack file asks for one, and none beside one that is there", () => {
    expect([planCache(buildClusterSpec()), cacheOf({ existing })]).toEqual([undefined, undefined]);
  });

  it("has a copy in another zone by default", () => {
    expect(cacheOf({})).toEqual({
      replicationGroupId: "demo-gcs",
      nodeType: "cache.t4g.small",
      nodeCount: 2,
      spansZones: true,
      snapshotRetentionDays: 0,
      pricePerHourUsd: 0.0512,
    });
  });

  it.each<[string, number, Partial<ClusterSpecInput>, boolean]>([
    ["one node", 0, {}, false],
    ["one zone", 2, { network: { zones: 1 } }, false],
    ["one subnet that is there", 2, { network: { existing: { vpcId: "vpc-1", privateSubnetIds: ["subnet-1"] } } }, false],
    ["two subnets that are there", 1, { network: { existing: { vpcId: "vpc-1", privateSubnetIds: ["subnet-1", "subnet-2"] } } }, true],
  ])("spans zones only where it can: %s", (_, replicas, overrides, spansZones) => {
    expect(cacheOf({ replicas }, overrides)).toMatchObject({ nodeCount: 1 + replicas, spansZones });
  });

  it("is called what ElastiCache takes, however the cluster is called", () => {
    const name = `a${"-".repeat(30)}b`;
    const id = cacheOf({}, { name })?.replicationGroupId ?? "";
    expect(id).toMatch(/^[a-z](-?[a-z0-9])*$/);
    expect(cacheOf({}, { name: "a".repeat(32) })?.replicationGroupId.length).toBeLessThanOrEqual(40);
  });

  it("says no price where it knows none", () => {
    expect(cacheOf({ nodeType: "cache.r9z.large" })).not.toHaveProperty("pricePerHourUsd");
  });
});

describe("gcsStorageOf", () => {
  it("is nothing unless the stack file asks for it", () => {
    expect(gcsStorageOf(buildClusterSpec(), none)).toBeUndefined();
  });

  it("leads to the cache that was made, by TLS and with its password", () => {
    const facts = { ...none, cacheHost: "master.demo-gcs.cache.amazonaws.com", passwordSecretArn: "arn:demo" };
    expect(gcsStorageOf(buildClusterSpec({ gcsFaultTolerance: {} }), facts)).toEqual({
      redisAddress: "rediss://master.demo-gcs.cache.amazonaws.com:6379",
      redisPasswordSecretId: "arn:demo",
      externalStorageNamespace: "demo-artifacts-1",
    });
  });

  it("leads to the store that is there as the stack file says it", () => {
    const { cidr: _, redisPasswordSecretArn: redisPasswordSecretId, ...rest } = existing;
    expect(gcsStorageOf(buildClusterSpec({ gcsFaultTolerance: { existing } }), none)).toEqual({
      ...rest,
      redisPasswordSecretId,
      externalStorageNamespace: "demo-artifacts-1",
    });
    const plain = { redisAddress: "redis://10.2.0.4:6379", cidr: "10.2.0.4/32" };
    expect(gcsStorageOf(buildClusterSpec({ gcsFaultTolerance: { existing: plain } }), none)).toEqual({
      redisAddress: "redis://10.2.0.4:6379",
      externalStorageNamespace: "demo-artifacts-1",
    });
  });

  it("never lets the head start without the cache that it should have", () => {
    const spec = buildClusterSpec({ gcsFaultTolerance: {} });
    expect(() => gcsStorageOf(spec, none)).toThrow(RangeError);
  });
});

describe("redisPort", () => {
  it("is what stands behind the last colon", () => {
    expect(redisPort("rediss://redis.example.com:6380")).toBe(6380);
  });
});
