import { describe, expect, it } from "vitest";
import type { LiveEvent, LivePod } from "../../../../autoscaler-agent/nodeGroups/kubeRay/liveObjects";
import { KubernetesError } from "../../../../kubernetes-api/kubernetesError";
import { KubeRayWorld, liveGroup } from "../../../support/kubeRay/kubeRayWorld";

const { signal } = new AbortController();

interface Said {
  readonly reason: string;
  readonly message: string;
  readonly from?: string;
}

/** A pod that waits for a node, of which just this was said, oldest first, a second apart. */
async function waitingPod(
  ...said: readonly Said[]
): Promise<{ world: KubeRayWorld; failures: Awaited<ReturnType<KubeRayWorld["backend"]["launchFailures"]>> }> {
  const world = new KubeRayWorld();
  world.kubeRay.capacity.set("cpu", 0);
  await world.grown(1);
  await world.state();
  world.api.events.splice(0);
  const [name = ""] = world.kubeRay.podNames("cpu");
  for (const one of said) {
    world.clock.advance(1);
    world.api.events.push(event({ kind: "Pod", name }, one, new Date(world.clock.epochMs()).toISOString()));
  }
  return { world, failures: await world.backend.launchFailures(world.group(), signal) };
}

function event(involvedObject: { kind: string; name: string }, { reason, message, from }: Said, lastTimestamp: string): LiveEvent {
  return { involvedObject, reason, message, lastTimestamp, ...(from === undefined ? {} : { source: { component: from } }) };
}

const notTriggered = (message: string) => ({ reason: "NotTriggerScaleUp", message: `pod didn't trigger scale-up: ${message}` });
const karpenterSays = (message: string) => ({
  reason: "FailedScheduling",
  message: `Failed to schedule pod, ${message}`,
  from: "karpenter",
});
const triggered = { reason: "TriggeredScaleUp", message: "pod triggered scale-up: [{workers 1->2 (max: 8)}]" };
const nominated = { reason: "Nominated", message: "Pod should schedule on: nodeclaim/default-abcde" };

describe("KubeRayBackend, saying why pods do not come", () => {
  it.each([
    [notTriggered("1 in backoff after failed scale-up"), "capacity"],
    [notTriggered("1 in backoff after failed scale-up, 2 max node group size reached"), "capacity"],
    [notTriggered("12 node(s) didn't match Pod's node affinity/selector, 3 max node group size reached"), "quota"],
    [notTriggered("2 Insufficient nvidia.com/gpu, 1 max cluster cpu, memory limit reached"), "quota"],
    [notTriggered("2 node(s) had untolerated taint(s), 1 node(s) didn't match Pod's node affinity/selector"), "misconfigured"],
    [notTriggered(""), "capacity"],
    [
      {
        reason: "FailedScaleUp",
        message:
          "Node scale up in zones us-east1-b associated with this pod failed: GCE out of resources. Pod is at risk of not being scheduled.",
      },
      "capacity",
    ],
    [
      {
        reason: "FailedScaleUp",
        message:
          "Node scale up in zones us-east1-b associated with this pod failed: GCE quota exceeded. Pod is at risk of not being scheduled.",
      },
      "quota",
    ],
    [karpenterSays("all available instance types exceed limits for nodepool (NodePool=default)"), "quota"],
    [
      karpenterSays(
        'no instance type which met the scheduling requirements and had enough resources, had a required offering, requirements=..., resources={"cpu":"4"}',
      ),
      "capacity",
    ],
    [karpenterSays('incompatible with nodepool "default", did not tolerate taint (taint=gpu:NoSchedule)'), "misconfigured"],
    [karpenterSays("no nodepools found"), "misconfigured"],
  ])("takes %o for %s", async (said, code) => {
    const { failures } = await waitingPod(said);
    expect(failures).toMatchObject([{ code, message: expect.stringContaining(said.message.trim()) as string }]);
  });

  it.each([
    ["Cluster Autoscaler brings one", [notTriggered("1 max node group size reached"), triggered]],
    ["Karpenter brings one", [karpenterSays("no nodepools found"), nominated]],
    [
      "the scheduler alone has spoken, for less than a minute",
      [{ reason: "FailedScheduling", message: "0/3 nodes are available", from: "default-scheduler" }],
    ],
  ])("has no failure to tell while %s", async (_who, said) => {
    expect((await waitingPod(...said)).failures).toEqual([]);
  });

  it("takes a refusal that is newer than the node that was to come", async () => {
    const { failures } = await waitingPod(triggered, notTriggered("1 in backoff after failed scale-up"));
    expect(failures).toMatchObject([{ code: "capacity" }]);
  });

  it("believes the scheduler when nobody has said more for a minute, by the agent's own clock", async () => {
    const { world } = await waitingPod();
    world.clock.advance(61);
    world.clock.jumpWallClock(-7200);
    world.api.settle = () => undefined;
    const failures = await world.backend.launchFailures(world.group(), signal);
    expect(failures).toMatchObject([{ code: "capacity", message: expect.stringMatching(/^FailedScheduling: 0\/3 nodes/) as string }]);
  });

  it.each([
    ["exceeded quota: team-a, requested: requests.cpu=4, used: requests.cpu=8, limited: requests.cpu=10", "quota"],
    ['User "system:serviceaccount:ray:kuberay" cannot create resource "pods" in API group ""', "unauthorized"],
    ['violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false', "misconfigured"],
  ])("tells why the operator could not make a pod: %s", async (refusal, code) => {
    const world = new KubeRayWorld([liveGroup(), liveGroup({ groupName: "cpu-large" })]);
    world.kubeRay.refuseCreation = refusal;
    await world.grown(1);
    expect(await world.state()).toMatchObject({ desired: 1, instances: [] });
    expect((await world.backend.launchFailures(world.group(), signal))[0]).toMatchObject({
      code,
      message: expect.stringContaining(refusal) as string,
    });
    expect(await world.backend.launchFailures(world.group("cpu-large"), signal)).toEqual([]);
  });

  it("tells that the operator does not take the spec", async () => {
    const world = new KubeRayWorld();
    const said = { reason: "InvalidRayClusterSpec", message: "worker group cpu has minReplicas 20 above maxReplicas 10" };
    world.api.events.push(event({ kind: "RayCluster", name: "demo" }, said, "2026-01-01T00:00:00Z"));
    expect(await world.backend.launchFailures(world.group(), signal)).toMatchObject([{ code: "misconfigured" }]);
  });

  it("knows nothing when the events cannot be read, and does not fail", async () => {
    const { world } = await waitingPod(notTriggered("1 max node group size reached"));
    world.api.fault = ({ resource }) => (resource === "events" ? new KubernetesError("LIST events: forbidden (403)", 403) : undefined);
    expect(await world.backend.launchFailures(world.group(), signal)).toEqual([]);
    expect(await world.backend.endReasons(world.group(), ["gone"], signal)).toEqual(new Map());
  });
});

describe("KubeRayBackend, saying why pods went", () => {
  async function runningPod(change: (pod: LivePod) => LivePod): Promise<{ world: KubeRayWorld; name: string }> {
    const world = new KubeRayWorld();
    const [name = ""] = await world.grown(1);
    world.api.settle = () => undefined;
    world.kubeRay.changePod(name, change);
    await world.state();
    return { world, name };
  }

  it.each([
    [
      "a node that is drained",
      { conditions: [{ type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" }] },
      "EvictionByEvictionAPI: Eviction API: evicting",
    ],
    [
      "a pod that goes before it",
      {
        conditions: [
          {
            type: "DisruptionTarget",
            status: "True",
            reason: "PreemptionByScheduler",
            message: "preempting to accommodate a higher priority pod",
          },
        ],
      },
      "PreemptionByScheduler: preempting to accommodate a higher priority pod",
    ],
    [
      "a full disk",
      { phase: "Failed", reason: "Evicted", message: "The node was low on resource: ephemeral-storage." },
      "Evicted: The node was low on resource: ephemeral-storage.",
    ],
    [
      "a node that shuts down",
      { phase: "Failed", reason: "Terminated", message: "Pod was terminated in response to imminent node shutdown." },
      "Terminated: Pod was terminated in response to imminent node shutdown.",
    ],
    [
      "too much memory",
      { phase: "Failed", containerStatuses: [{ name: "ray-worker", state: { terminated: { reason: "OOMKilled", exitCode: 137 } } }] },
      "container ray-worker: OOMKilled (exit code 137)",
    ],
  ])("tells of %s", async (_what, status, reason) => {
    const { world, name } = await runningPod((pod) => ({ ...pod, status: { ...pod.status, ...status } }));
    expect((await world.backend.endReasons(world.group(), [name], signal)).get(name)).toBe(reason);
  });

  it("finds what was said of a pod that is gone", async () => {
    const world = new KubeRayWorld();
    const at = "2026-01-01T00:00:00Z";
    world.api.events.push(
      event({ kind: "Pod", name: "pod-a" }, { reason: "Evicted", message: "The node had condition: [DiskPressure]." }, at),
      event(
        { kind: "RayCluster", name: "demo" },
        { reason: "DeletedWorkerPod", message: "Deleted worker Pod ray/pod-b; Pod status: Failed; Pod restart policy: Never" },
        at,
      ),
    );
    const reasons = await world.backend.endReasons(world.group(), ["pod-a", "pod-b", "pod"], signal);
    expect([...reasons]).toEqual([
      ["pod-a", "Evicted: The node had condition: [DiskPressure]."],
      ["pod-b", "DeletedWorkerPod: Deleted worker Pod ray/pod-b; Pod status: Failed; Pod restart policy: Never"],
    ]);
  });

  it("gives the last lines of the pod's log, and why its container waits when there is none", async () => {
    const { world, name } = await runningPod((pod) => ({
      ...pod,
      status: {
        phase: "Pending",
        containerStatuses: [
          { name: "ray-worker", state: { waiting: { reason: "ErrImagePull", message: 'failed to pull image "ray:nowhere": not found' } } },
        ],
      },
    }));
    expect(await world.backend.consoleTail(name, signal)).toEqual([
      'container ray-worker: ErrImagePull: failed to pull image "ray:nowhere": not found',
    ]);
    world.api.logs.set(name, Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n"));
    expect((await world.backend.consoleTail(name, signal)).at(-1)).toBe("line 29");
    expect(await world.backend.consoleTail(name, signal)).toHaveLength(20);
  });

  it.each([
    ["ImagePullBackOff", "ray-install", true],
    ["CreateContainerConfigError", "configuration", true],
    ["CrashLoopBackOff", "ray-start", true],
    ["ContainerCreating", "ray-install", false],
  ])("reports the start of a pod whose container waits for %s", async (reason, stage, failed) => {
    const lastState = { terminated: { reason: "Error", exitCode: 1 } };
    const { world, name } = await runningPod((pod) => ({
      ...pod,
      status: { ...pod.status, phase: "Pending", containerStatuses: [{ name: "ray-worker", state: { waiting: { reason } }, lastState }] },
    }));
    const report = (await world.backend.bootReports.read(undefined, [name], signal)).get(name);
    expect(report).toMatchObject({ instanceId: name, groupName: "cpu", stage });
    expect(report?.failure).toEqual(failed ? `container ray-worker: ${reason}; it ended before with Error (exit code 1)` : undefined);
  });
});
