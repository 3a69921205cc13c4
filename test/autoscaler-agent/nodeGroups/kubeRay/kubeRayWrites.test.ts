import { describe, expect, it } from "vitest";
import { KubernetesError, StaleObjectError } from "../../../../kubernetes-api/kubernetesError";
import { KubeRayWorld, liveGroup } from "../../../support/kubeRay/kubeRayWorld";

const { signal } = new AbortController();

describe("KubeRayBackend, writing", () => {
  it("asks only for what its role allows", async () => {
    const world = new KubeRayWorld();
    world.kubeRay.capacity.set("cpu", 2);
    const [first = ""] = await world.grown(3);
    await world.state();
    await world.backend.launchFailures(world.group(), signal);
    await world.backend.consoleTail(first, signal);
    await world.backend.endReasons(world.group(), ["gone"], signal);
    await world.backend.terminate(world.group(), { instanceId: first, desiredSize: "lower" }, signal);
    await world.backend.setDesired(world.group(), 1, signal);
    expect([...world.api.asked].sort()).toEqual(["get pods/log", "get rayclusters", "list events", "list pods", "patch rayclusters"]);
  });

  it("names the pod and lowers the replicas at once, and clears the name when the pod is gone, not before", async () => {
    const world = new KubeRayWorld();
    const [first = "", second = ""] = await world.grown(3);
    await world.backend.terminate(world.group(), { instanceId: first, desiredSize: "lower" }, signal);
    expect(world.spec()).toMatchObject({ replicas: 2, scaleStrategy: { workersToDelete: [first] } });
    await world.state();
    await world.backend.terminate(world.group(), { instanceId: second, desiredSize: "lower" }, signal);
    expect(world.spec()).toMatchObject({ replicas: 1, scaleStrategy: { workersToDelete: [first, second] } });
    await world.state();
    world.clock.advance(10);
    await world.state();
    await world.backend.setDesired(world.group(), 2, signal);
    expect(world.spec()).toMatchObject({ replicas: 2, scaleStrategy: { workersToDelete: [] } });
    expect(world.kubeRay.ends.map(({ name, by }) => [name, by])).toEqual([
      [first, "named"],
      [second, "named"],
    ]);
  });

  it.each([
    ["of another group", "gpu", "gone"],
    ["of nobody", "nobody", "gone"],
  ])("ends no pod %s", async (_whose, which, code) => {
    const world = new KubeRayWorld([liveGroup(), liveGroup({ groupName: "gpu" })]);
    await world.grown(1);
    const [ofGpu = ""] = await world.grown(1, "gpu");
    const instanceId = which === "gpu" ? ofGpu : "coredns-abcde";
    const outcome = await world.backend.terminate(world.group(), { instanceId, desiredSize: "lower" }, signal);
    expect(outcome).toMatchObject({ kind: "failed", error: { code } });
    expect(world.kubeRay.ends).toEqual([]);
    expect(world.spec()).toMatchObject({ replicas: 1 });
  });

  it("does not lower a group below its own minimum", async () => {
    const world = new KubeRayWorld([liveGroup({ minReplicas: 1 })]);
    const [only = ""] = await world.grown(1);
    const outcome = await world.backend.terminate(world.group(), { instanceId: only, desiredSize: "lower" }, signal);
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "misconfigured" } });
    expect(await world.backend.setDesired(world.group(), 0, signal)).toMatchObject({ error: { code: "misconfigured" } });
  });

  it("gives back places by naming the pods that have no node, newest first, and touches no other", async () => {
    const world = new KubeRayWorld();
    world.kubeRay.capacity.set("cpu", 2);
    await world.grown(3);
    await world.backend.setDesired(world.group(), 5, signal);
    expect((await world.state()).instances).toHaveLength(2);
    const newest = world.kubeRay.podNames("cpu").slice(3);
    expect(await world.backend.setDesired(world.group(), 3, signal)).toEqual({ kind: "done" });
    expect(world.spec()?.scaleStrategy?.workersToDelete).toEqual(newest);
    await world.state();
    expect(world.kubeRay.ends.map(({ by, phase }) => `${by} ${phase}`)).toEqual(["named Pending", "named Pending"]);
    expect(world.kubeRay.podNames("cpu")).toHaveLength(3);
  });

  it("gives nothing back while somebody else ends a pod, which the operator would count and then replace", async () => {
    const world = new KubeRayWorld();
    world.kubeRay.capacity.set("cpu", 2);
    const [first = ""] = await world.grown(3);
    world.kubeRay.deletePod(first);
    expect(await world.backend.setDesired(world.group(), 2, signal)).toMatchObject({
      kind: "skipped",
      reason: expect.stringMatching(/1 pod is on the way out/) as string,
    });
    expect(world.spec()).toMatchObject({ replicas: 3 });
  });

  it("gives nothing back while the operator may be making pods, and does when it has made none for a minute", async () => {
    const world = new KubeRayWorld();
    await world.grown(1);
    world.kubeRay.operatorRuns = false;
    await world.backend.setDesired(world.group(), 4, signal);
    await world.state();
    expect((await world.backend.setDesired(world.group(), 1, signal)).kind).toBe("skipped");
    world.clock.advance(61);
    expect(await world.backend.setDesired(world.group(), 1, signal)).toEqual({ kind: "done" });
    world.kubeRay.operatorRuns = true;
    await world.state();
    expect(world.kubeRay.ends).toEqual([]);
  });

  it("does not give back a pod that came up meanwhile", async () => {
    const world = new KubeRayWorld();
    world.kubeRay.capacity.set("cpu", 1);
    await world.grown(2);
    world.beforeNextPatch(() => {
      world.kubeRay.capacity.set("cpu", 2);
      world.kubeRay.podNames("cpu");
      world.clock.advance(6);
    });
    const outcome = await world.backend.setDesired(world.group(), 1, signal);
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "unknown" } });
    expect(world.kubeRay.ends).toEqual([]);
  });

  it("lands on its own group when somebody inserts one before it in the middle of a write", async () => {
    const alike = { scaleStrategy: { workersToDelete: [] } };
    const world = new KubeRayWorld([liveGroup(alike), liveGroup({ groupName: "gpu", ...alike })]);
    await world.state();
    const added = liveGroup({ groupName: "new", ...alike });
    world.beforeNextPatch(() =>
      world.kubeRay.edit("demo", (spec) => ({ ...spec, workerGroupSpecs: [added, ...(spec.workerGroupSpecs ?? [])] })),
    );
    expect(await world.backend.setDesired(world.group(), 4, signal)).toEqual({ kind: "done" });
    expect([world.spec("new")?.replicas, world.spec("cpu")?.replicas, world.spec("gpu")?.replicas]).toEqual([0, 4, 0]);
  });

  it("never takes back a raise that it did not see", async () => {
    const world = new KubeRayWorld([liveGroup({ scaleStrategy: {} })]);
    const raised = liveGroup({ replicas: 7, scaleStrategy: {} });
    world.beforeNextPatch(() => world.kubeRay.edit("demo", (spec) => ({ ...spec, workerGroupSpecs: [raised] })));
    expect(await world.backend.setDesired(world.group(), 4, signal)).toMatchObject({ kind: "failed", error: { code: "unknown" } });
    expect(world.spec()?.replicas).toBe(7);
    expect(world.kubeRay.ends).toEqual([]);
  });

  it("keeps a name that somebody else puts into workersToDelete meanwhile", async () => {
    const world = new KubeRayWorld([liveGroup({ scaleStrategy: {} })]);
    const [first = "", second = ""] = await world.grown(3);
    const theirs = liveGroup({ replicas: 3, scaleStrategy: { workersToDelete: [second] } });
    world.beforeNextPatch(() => world.kubeRay.edit("demo", (spec) => ({ ...spec, workerGroupSpecs: [theirs] })));
    await world.backend.terminate(world.group(), { instanceId: first, desiredSize: "lower" }, signal);
    expect(world.spec()?.scaleStrategy?.workersToDelete).toEqual([second, first]);
  });

  it("does not write to a cluster that was made anew under the same name", async () => {
    const world = new KubeRayWorld([liveGroup({ scaleStrategy: {} })]);
    world.beforeNextPatch(() => {
      const { spec = {} } = world.api.clusters.get("demo") ?? {};
      world.api.clusters.delete("demo");
      world.api.keep({ metadata: { name: "demo", namespace: "ray", uid: "another" }, spec: { ...spec, enableInTreeAutoscaling: true } });
    });
    const outcome = await world.backend.setDesired(world.group(), 4, signal);
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "misconfigured" } });
    expect(world.spec()?.replicas).toBe(0);
  });

  it("says so when it loses each race, and leaves it to the next tick", async () => {
    const world = new KubeRayWorld();
    world.api.fault = ({ verb }, moment) =>
      verb === "patch" && moment === "before" ? new StaleObjectError("PATCH: conflict (409)", 409) : undefined;
    const outcome = await world.backend.setDesired(world.group(), 4, signal);
    expect(outcome).toMatchObject({
      kind: "failed",
      error: { code: "unknown", message: expect.stringMatching(/changed by somebody else/) as string },
    });
  });

  it.each([
    [401, undefined, "unauthorized"],
    [403, "Forbidden", "unauthorized"],
    [422, "Invalid", "misconfigured"],
    [429, "TooManyRequests", "throttled"],
    [500, "InternalError", "unreachable"],
    [undefined, undefined, "unreachable"],
  ])("tells what the server answers to a patch with %s %s", async (status, reason, code) => {
    const world = new KubeRayWorld();
    world.api.fault = ({ verb }) => (verb === "patch" ? new KubernetesError("PATCH: refused", status, reason) : undefined);
    expect(await world.backend.setDesired(world.group(), 4, signal)).toMatchObject({ kind: "failed", error: { code } });
  });

  it("ends a pod once, though the answer was lost", async () => {
    const world = new KubeRayWorld();
    const [first = ""] = await world.grown(3);
    const end = { instanceId: first, desiredSize: "lower" } as const;
    world.api.fault = ({ verb }, moment) => (verb === "patch" && moment === "after" ? new KubernetesError("PATCH: no answer") : undefined);
    expect(await world.backend.terminate(world.group(), end, signal)).toMatchObject({ error: { code: "unreachable" } });
    world.api.fault = () => undefined;
    expect(await world.backend.terminate(world.group(), end, signal)).toMatchObject({ error: { code: "gone" } });
    expect(world.spec()?.replicas).toBe(2);
  });
});
