import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isReplacing, manifestChanges } from "../../kuberay-provider/manifestChanges";
import type { Properties } from "../../pulumi-protocol/properties";

const cluster = (groups: readonly Properties[], spec: Properties = {}, metadata: Properties = {}): Properties => ({
  apiVersion: "ray.io/v1",
  kind: "RayCluster",
  metadata: { name: "demo", namespace: "ray", ...metadata },
  spec: { enableInTreeAutoscaling: true, workerGroupSpecs: groups, ...spec },
});
const [cpu, gpu] = [
  { groupName: "cpu", maxReplicas: 5, template: { a: [1, 2] } },
  { groupName: "gpu", maxReplicas: 2 },
];

describe("manifestChanges", () => {
  it("finds none between equal manifests, whatever they are and in whatever order the groups stand", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(manifestChanges(value, structuredClone(value))).toEqual([]);
      }),
    );
    expect(manifestChanges(cluster([cpu, gpu]), cluster([gpu, cpu]))).toEqual([]);
  });

  it("names each place, groups by the new manifest's position", () => {
    const next = cluster([gpu, { ...cpu, maxReplicas: 6, template: { a: [1, 3, 4] } }, { groupName: "new" }], { rayVersion: "2.60.0" });
    expect(manifestChanges(cluster([cpu, gpu, { groupName: "old" }]), next)).toEqual([
      { keys: ["spec", "rayVersion"], kind: "add" },
      { keys: ["spec", "workerGroupSpecs", 1, "maxReplicas"], kind: "update" },
      { keys: ["spec", "workerGroupSpecs", 1, "template", "a", 1], kind: "update" },
      { keys: ["spec", "workerGroupSpecs", 1, "template", "a", 2], kind: "add" },
      { keys: ["spec", "workerGroupSpecs", 2], kind: "add" },
      { keys: ["spec", "workerGroupSpecs", 2], kind: "delete" },
    ]);
  });

  it("does not look at replicas that an autoscaler sets, and does where nobody else sets them", () => {
    const scaled = { ...cpu, replicas: 3, scaleStrategy: { workersToDelete: ["a"] } };
    expect(manifestChanges(cluster([cpu]), cluster([scaled]))).toEqual([]);
    const agents = { annotations: { "rayfleet.dev/autoscaler": "rayfleet" } };
    const off = { enableInTreeAutoscaling: false };
    expect(manifestChanges(cluster([cpu], off, agents), cluster([scaled], off, agents))).toEqual([]);
    expect(manifestChanges(cluster([cpu], off), cluster([{ ...cpu, replicas: 3 }], off))).toEqual([
      { keys: ["spec", "workerGroupSpecs", 0, "replicas"], kind: "add" },
    ]);
  });

  it("replaces for another kind, name or namespace, and for nothing else", () => {
    const next = {
      ...cluster([cpu], { rayVersion: "1" }, { name: "b", namespace: "c", labels: { name: "d" } }),
      kind: "RayService",
    } as const;
    const replacing = manifestChanges(cluster([cpu]), next).filter((change) => isReplacing(change, { kind: next.kind, spec: {} }));
    expect(replacing.map(({ keys }) => keys.join("."))).toEqual(["kind", "metadata.name", "metadata.namespace"]);
  });

  it("makes a job anew for what the operator would disregard, and for nothing that it acts on", () => {
    const job = (spec: Properties) => ({ kind: "RayJob" as const, spec });
    const replacing = (before: Properties, after: Properties) =>
      manifestChanges(job(before), job(after))
        .filter((change) => isReplacing(change, job(after)))
        .map(({ keys }) => keys.join("."));
    expect(replacing({ entrypoint: "a" }, { entrypoint: "b" })).toEqual(["spec.entrypoint"]);
    expect(replacing({ rayClusterSpec: { rayVersion: "1" } }, { rayClusterSpec: { rayVersion: "2" } })).toEqual([
      "spec.rayClusterSpec.rayVersion",
    ]);
    expect(replacing({ jobId: "a" }, { jobId: "b" })).toEqual(["spec.jobId"]);
    expect(replacing({ submissionMode: "InteractiveMode" }, { submissionMode: "InteractiveMode", jobId: "b" })).toEqual([]);
    const acted = { suspend: true, activeDeadlineSeconds: 9, backoffLimit: 1, ttlSecondsAfterFinished: 9, deletionStrategy: {} };
    expect(replacing({}, acted)).toEqual([]);
  });
});
