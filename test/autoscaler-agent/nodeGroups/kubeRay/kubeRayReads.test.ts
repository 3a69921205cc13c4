import { describe, expect, it } from "vitest";
import type { LivePod } from "../../../../autoscaler-agent/nodeGroups/kubeRay/liveObjects";
import { KubernetesError } from "../../../../kubernetes-api/kubernetesError";
import { KubeRayWorld, liveGroup } from "../../../support/kubeRay/kubeRayWorld";

const { signal } = new AbortController();

describe("KubeRayBackend, reading", () => {
  it.each([
    ["Ray's autoscaler is on", [liveGroup()], { enableInTreeAutoscaling: true }, /spec\.enableInTreeAutoscaling.*got true; expected false/],
    ["the group is not there", [liveGroup({ groupName: "other" })], {}, /has no group "cpu"; got other/],
    ["two groups have its name", [liveGroup(), liveGroup()], {}, /workerGroupSpecs\[0\] and \[1\].*got "cpu" 2 times/],
    ["a replica is several pods", [liveGroup({ numOfHosts: 2 })], {}, /workerGroupSpecs\[0\]\.numOfHosts.*got 2; expected 1/],
    ["somebody else makes the pods", [liveGroup()], { managedBy: "kueue.x-k8s.io/multikueue" }, /spec\.managedBy.*multikueue/],
  ])("concludes nothing and writes nothing when %s", async (_what, groups, spec, message) => {
    const world = new KubeRayWorld(groups, spec);
    const refused = { error: { code: "misconfigured", message: expect.stringMatching(message) as string } };
    expect(await world.observe()).toMatchObject({ kind: "unknown", ...refused });
    expect(await world.backend.setDesired(world.group(), 3, signal)).toMatchObject({ kind: "failed", ...refused });
    const end = { instanceId: "demo-cpu-worker-00001", desiredSize: "lower" } as const;
    expect(await world.backend.terminate(world.group(), end, signal)).toMatchObject({ kind: "failed", ...refused });
    expect(world.api.asked.has("patch rayclusters")).toBe(false);
  });

  it("does not work beside the autoscaler that a head's pod was made with, whatever the spec says now", async () => {
    const world = new KubeRayWorld();
    const head = world.api.pods.get("demo-head-abcde") as LivePod;
    world.api.pods.set("demo-head-abcde", { ...head, spec: { ...head.spec, containers: [{ name: "ray-head" }, { name: "autoscaler" }] } });
    const refused = {
      error: {
        code: "misconfigured",
        message: expect.stringMatching(/demo-head-abcde.*still runs Ray's autoscaler.*delete the head's pod/) as string,
      },
    };
    expect(await world.observe()).toMatchObject({ kind: "unknown", ...refused });
    expect(await world.backend.setDesired(world.group(), 3, signal)).toMatchObject({ kind: "failed", ...refused });
  });

  it("takes a pod without a node for a place that is not filled, and says what it waits for", async () => {
    const world = new KubeRayWorld();
    world.kubeRay.capacity.set("cpu", 1);
    await world.grown(3);
    expect(await world.state()).toMatchObject({
      desired: 3,
      instances: [{ lifecycle: "in-service", fillsDesired: true, instanceType: "m7i.large", zone: "us-east-1a" }],
      unfilledBecause: expect.stringMatching(/^2 pods wait for a node: 0\/3 nodes are available: 3 Insufficient cpu/) as string,
    });
  });

  it.each([
    ["Pending", {}, { lifecycle: "pending", fillsDesired: true }],
    ["Unknown", {}, { lifecycle: "unknown", fillsDesired: true, cloudState: "Unknown" }],
    ["Failed", { reason: "Evicted" }, { lifecycle: "terminating", fillsDesired: false, cloudState: "Failed: Evicted" }],
    ["Succeeded", {}, { lifecycle: "terminating", fillsDesired: false }],
  ])("tells how a pod is whose phase is %s", async (phase, more, instance) => {
    const world = new KubeRayWorld();
    const [name = ""] = await world.grown(1);
    world.kubeRay.operatorRuns = false;
    world.api.settle = () => undefined;
    world.kubeRay.changePod(name, (pod) => ({ ...pod, status: { ...pod.status, phase, ...more } }));
    expect((await world.state()).instances).toMatchObject([instance]);
  });

  it("counts a pod in workersToDelete as ending before the operator has acted, whoever named it", async () => {
    const world = new KubeRayWorld();
    const [name = ""] = await world.grown(2);
    world.kubeRay.operatorRuns = false;
    const scaleStrategy = { workersToDelete: [name] };
    world.kubeRay.edit("demo", (spec) => ({ ...spec, workerGroupSpecs: [liveGroup({ replicas: 2, scaleStrategy })] }));
    const ending = (await world.state()).instances.find(({ instanceId }) => instanceId === name);
    expect(ending).toMatchObject({ lifecycle: "terminating", fillsDesired: false, cloudState: "Running, in workersToDelete" });
  });

  it("reads replicas as the operator does, within the group's bounds", async () => {
    const world = new KubeRayWorld([liveGroup({ replicas: 9, maxReplicas: 4 }), liveGroup({ groupName: "gpu", minReplicas: 2 })]);
    expect(await world.state()).toMatchObject({ desired: 4, max: 4 });
    expect(await world.state("gpu")).toMatchObject({ desired: 2, min: 2 });
  });

  it.each([
    [{ suspend: true }, {}],
    [{}, { suspend: true }],
  ])("says that launches are suspended (cluster %o, group %o)", async (spec, group) => {
    const world = new KubeRayWorld([liveGroup(group)], spec);
    expect(await world.state()).toMatchObject({ launchSuspended: true });
  });

  it("reads a cluster and its pods once for all its groups, page by page", async () => {
    const world = new KubeRayWorld([liveGroup(), liveGroup({ groupName: "gpu" })]);
    await world.grown(3);
    world.api.mostItems = 2;
    const calls: string[] = [];
    world.api.fault = ({ verb, resource }, moment) => {
      if (moment === "before") calls.push(`${verb} ${resource}`);
      return undefined;
    };
    const observed = await world.backend.describe([world.group(), world.group("gpu")], signal);
    expect([...observed.values()].map(({ kind }) => kind)).toEqual(["known", "known"]);
    expect(calls).toEqual(["get rayclusters", "list pods", "list pods"]);
  });

  it("knows no group of a cluster of which a page is lost", async () => {
    const world = new KubeRayWorld([liveGroup(), liveGroup({ groupName: "gpu" })]);
    await world.grown(3);
    world.api.mostItems = 2;
    let lists = 0;
    world.api.fault = ({ verb }, moment) => {
      if (verb === "list" && moment === "before") lists += 1;
      return lists === 2 ? new KubernetesError("LIST pods: the provided continue parameter is too old (410)", 410, "Expired") : undefined;
    };
    const observed = await world.backend.describe([world.group(), world.group("gpu")], signal);
    expect([...observed.values()].map(({ kind }) => kind)).toEqual(["unknown", "unknown"]);
  });

  it("tells when a pod got its node, which may be long after it was made", async () => {
    const world = new KubeRayWorld();
    world.kubeRay.capacity.set("cpu", 0);
    await world.grown(1);
    world.clock.advance(3600);
    world.kubeRay.capacity.set("cpu", 1);
    const { instances } = await world.state();
    const [{ instanceId = "" } = {}] = instances;
    const times = await world.backend.launchTimes([instanceId], signal);
    expect(times.get(instanceId)).toBe(world.clock.epochMs());
  });
});
