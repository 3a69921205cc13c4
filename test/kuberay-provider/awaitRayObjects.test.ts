import { describe, expect, it } from "vitest";
import type { RayKind } from "../../contract/kuberay/kubeRayFields";
import { awaitRayCluster } from "../../kuberay-provider/awaitRayCluster";
import { awaitRayCronJob } from "../../kuberay-provider/awaitRayCronJob";
import { awaitRayJob } from "../../kuberay-provider/awaitRayJob";
import { awaitRayService } from "../../kuberay-provider/awaitRayService";
import { deadEnd } from "../../kuberay-provider/deadEnd";
import { placeOf, type RayObject } from "../../kuberay-provider/rayObject";
import type { RayStore, Warning } from "../../kuberay-provider/rayStore";

const writtenAt = "2026-01-01T00:00:10Z";
const before = "2026-01-01T00:00:09Z";
const waits = { RayCluster: awaitRayCluster, RayJob: awaitRayJob, RayService: awaitRayService, RayCronJob: awaitRayCronJob };
const cpu = { groupName: "cpu", minReplicas: 1, maxReplicas: 4, replicas: 2 };
const counts = { minWorkerReplicas: 1, maxWorkerReplicas: 4, desiredWorkerReplicas: 2 };

interface Scene {
  readonly kind: RayKind;
  readonly status?: object;
  readonly spec?: object;
  readonly queued?: boolean;
  /** Of the object; the status may be about an earlier one. @default 2 */
  readonly generation?: number;
  readonly warnings?: readonly (readonly [reason: string, message: string, at: string])[];
}

function sceneObject({ kind, status, spec = {}, queued = false, generation = 2 }: Scene): RayObject {
  const managedFields = [{ manager: "rayfleet", operation: "Apply", time: writtenAt }];
  const labels = queued ? { "kueue.x-k8s.io/queue-name": "team" } : {};
  const metadata = { name: "demo", namespace: "ray", generation, labels, managedFields };
  return {
    apiVersion: "ray.io/v1",
    kind,
    metadata,
    spec: spec as RayObject["spec"],
    ...(status === undefined ? {} : { status: { ...status } }),
  };
}

/** What one look at an object comes to: that it is as it should be, or the words of the refusal. The time is over at once. */
async function lookAt(scene: Scene): Promise<string> {
  const object = sceneObject(scene);
  const warnings: readonly Warning[] = (scene.warnings ?? []).map(([reason, message, at]) => ({ reason, message, at }));
  const unused = () => Promise.reject(new Error("is not asked for"));
  const store: RayStore = {
    read: async () => object,
    warnings: async () => warnings,
    apply: unused,
    delete: unused,
    podsByGroup: unused,
  };
  const { signal } = new AbortController();
  const options = { timeoutSeconds: 0, signal, onWarning: () => undefined, quietMs: -1 };
  return await waits[scene.kind](store, object, placeOf(object), options).then(
    () => "settled",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

const ready = { type: "Ready", status: "True", reason: "NonZeroServeEndpoints", message: "", lastTransitionTime: before };
const unready = (reason: string, message: string, lastTransitionTime = before) => ({
  type: "Ready",
  status: "False",
  reason,
  message,
  lastTransitionTime,
});
const active = { rayClusterName: "demo-a", rayClusterStatus: { state: "ready" }, applicationStatuses: { fruit: { status: "RUNNING" } } };
const late = "is not serving after 0 s: ";

describe.each<[string, Scene, string]>([
  ["a ready cluster", { kind: "RayCluster", status: { observedGeneration: 2, state: "ready" } }, "settled"],
  [
    "a ready cluster whose status needs no other word",
    { kind: "RayCluster", status: { observedGeneration: 1, state: "ready", ...counts }, spec: { workerGroupSpecs: [cpu] } },
    "settled",
  ],
  [
    "a ready cluster whose status has yet to change",
    {
      kind: "RayCluster",
      status: { observedGeneration: 1, state: "ready", ...counts },
      spec: { workerGroupSpecs: [{ ...cpu, maxReplicas: 5 }] },
    },
    "has not acted on generation 2 (last: 1)",
  ],
  ["a new cluster of which nothing is said", { kind: "RayCluster", generation: 1 }, "has not acted on generation 1 (last: 0)"],
  [
    "a cluster that an earlier update was refused for",
    {
      kind: "RayCluster",
      status: { observedGeneration: 1, state: "ready", ...counts },
      spec: { workerGroupSpecs: [cpu] },
      warnings: [["InvalidRayClusterSpec", "no good", writtenAt]],
    },
    "the operator refuses it: InvalidRayClusterSpec: no good. Its pods run on",
  ],
  [
    "a cluster that was mended since it was refused",
    {
      kind: "RayCluster",
      status: { observedGeneration: 1, state: "ready", ...counts },
      spec: { workerGroupSpecs: [cpu] },
      warnings: [["InvalidRayClusterSpec", "no good", before]],
    },
    "settled",
  ],
  ["a new job that is taken on", { kind: "RayJob", generation: 1, status: { jobDeploymentStatus: "Initializing" } }, "settled"],
  ["a new job of which nothing is said", { kind: "RayJob", generation: 1 }, "is not taken on after 0 s: the operator has said nothing"],
  ["a job that Kueue holds", { kind: "RayJob", generation: 1, spec: { suspend: true } }, "settled"],
  [
    "a job that is refused",
    { kind: "RayJob", status: { jobDeploymentStatus: "ValidationFailed", reason: "ValidationFailed", message: "no cluster" } },
    "the operator refuses it: ValidationFailed: no cluster. Mend it: the next update makes it anew.",
  ],
  ["a changed job", { kind: "RayJob", status: { jobDeploymentStatus: "Running" } }, "settled"],
  [
    "a changed job that is refused",
    { kind: "RayJob", status: { jobDeploymentStatus: "Running" }, warnings: [["InvalidRayJobSpec", "below 0", writtenAt]] },
    "the operator refuses it: InvalidRayJobSpec: below 0.",
  ],
  ["a schedule that nobody refuses", { kind: "RayCronJob" }, "settled"],
  [
    "a schedule that is refused",
    { kind: "RayCronJob", warnings: [["InvalidRayCronJobSpec", "61", writtenAt]] },
    "the operator refuses it: InvalidRayCronJobSpec: 61. No job is started.",
  ],
  [
    "a service that serves",
    { kind: "RayService", status: { observedGeneration: 2, conditions: [ready], activeServiceStatus: active, pendingServiceStatus: {} } },
    "settled",
  ],
  [
    "a service of which the operator has not seen the change",
    { kind: "RayService", status: { observedGeneration: 1, conditions: [ready], activeServiceStatus: active } },
    "has not acted on generation 2 (last: 1)",
  ],
  [
    "a service whose next cluster is on its way",
    {
      kind: "RayService",
      status: {
        observedGeneration: 2,
        conditions: [ready, { ...ready, type: "UpgradeInProgress" }],
        activeServiceStatus: { ...active, trafficRoutedPercent: 70 },
        pendingServiceStatus: {
          rayClusterName: "demo-b",
          trafficRoutedPercent: 30,
          applicationStatuses: { fruit: { status: "DEPLOYING" } },
        },
      },
    },
    `${late}Ready is True (NonZeroServeEndpoints: ); the serving cluster demo-a is ready, it gets 70 % of the requests, application fruit is RUNNING; the next cluster demo-b is not ready, it gets 30 % of the requests, application fruit is DEPLOYING.`,
  ],
  [
    "a service whose application is still to change",
    {
      kind: "RayService",
      status: {
        observedGeneration: 2,
        conditions: [ready],
        activeServiceStatus: { ...active, applicationStatuses: { fruit: { status: "DEPLOYING", message: "pulling" } } },
      },
    },
    "application fruit is DEPLOYING (pulling).",
  ],
  [
    "a service whose application fails",
    {
      kind: "RayService",
      status: {
        observedGeneration: 2,
        conditions: [unready("Initializing", "")],
        pendingServiceStatus: { ...active, applicationStatuses: { fruit: { status: "DEPLOY_FAILED", message: "no module" } } },
      },
    },
    "application fruit cannot be deployed: no module.",
  ],
  [
    "a service that is refused",
    { kind: "RayService", status: { observedGeneration: 1, conditions: [unready("ValidationFailed", "bad steps", writtenAt)] } },
    "the operator refuses it: bad steps. Mend the specification.",
  ],
  [
    "a service that is mended, of which the old refusal is still there",
    { kind: "RayService", status: { observedGeneration: 1, conditions: [unready("ValidationFailed", "bad steps")] } },
    "has not acted on generation 2 (last: 1)",
  ],
  [
    "a service that an older operator refuses",
    {
      kind: "RayService",
      status: { observedGeneration: 1, conditions: [ready] },
      warnings: [["InvalidRayServiceSpec", "bad steps", writtenAt]],
    },
    "the operator refuses it: InvalidRayServiceSpec: bad steps. What served before serves on.",
  ],
  [
    "a service that was given up",
    { kind: "RayService", status: { observedGeneration: 2, conditions: [unready("InitializingTimeout", "30m0s are over")] } },
    "the operator has given it up: 30m0s are over. The next update makes it anew.",
  ],
  ["a service that Kueue holds", { kind: "RayService", queued: true, status: { observedGeneration: 2, conditions: [] } }, "settled"],
])("%s", (_, scene, says) => {
  it("is said to be so", async () => {
    expect(await lookAt(scene)).toContain(says);
  });
});

describe("deadEnd", () => {
  it("knows what the operator looks at no more", () => {
    const of = (scene: Scene) => deadEnd(sceneObject(scene)) !== undefined;
    expect(of({ kind: "RayJob", status: { jobDeploymentStatus: "ValidationFailed" } })).toBe(true);
    expect(of({ kind: "RayJob", status: { jobDeploymentStatus: "Failed" } })).toBe(false);
    expect(of({ kind: "RayService", status: { conditions: [unready("InitializingTimeout", "")] } })).toBe(true);
    expect(of({ kind: "RayService", status: { conditions: [unready("ValidationFailed", "")] } })).toBe(false);
    expect(of({ kind: "RayCluster", status: { state: "failed" } })).toBe(false);
  });
});
