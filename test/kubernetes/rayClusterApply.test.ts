import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { MergeableGroup } from "../../components/plan/kubernetes/mergeWorkerGroups";
import { applyRayObject } from "../../kuberay-provider/applyRayObject";
import { awaitRayCluster } from "../../kuberay-provider/awaitRayCluster";
import { KubernetesRayStore } from "../../kuberay-provider/kubernetesRayStore";
import type { RayObject } from "../../kuberay-provider/rayObject";
import type { KubeApi } from "../../kubernetes-api/kubeApi";
import { addKind, type ControlPlane, controlPlaneMissing, startControlPlane } from "./controlPlane";

const signal = new AbortController().signal;
const write = { dryRun: false, signal };
const namespace = "default";
const template = { spec: { containers: [{ name: "ray", image: "rayproject/ray:2.60.0" }] } };

describe.skipIf(controlPlaneMissing)(
  `a RayCluster on a real API server${controlPlaneMissing ? ` (skipped: ${controlPlaneMissing})` : ""}`,
  () => {
    let plane: ControlPlane;
    let api: KubeApi;
    let store: KubernetesRayStore;
    let name = "";
    let made = 0;

    beforeAll(async () => {
      plane = await startControlPlane();
      api = plane.api;
      store = new KubernetesRayStore(api);
      await addKind(api, join(__dirname, "crds", "rayClusters.yaml"));
    });
    afterAll(() => plane.stop());
    beforeEach(() => {
      made += 1;
      name = `demo-${made}`;
    });

    const place = () => ({ kind: "RayCluster", namespace, name }) as const;
    const path = () => `/apis/ray.io/v1/namespaces/${namespace}/rayclusters/${name}`;

    function cluster(groups: readonly MergeableGroup[], spec: Record<string, unknown> = {}): RayObject {
      const workerGroupSpecs = groups.map((group) => ({ template, ...group }));
      const whole = { enableInTreeAutoscaling: true, headGroupSpec: { template }, workerGroupSpecs, ...spec };
      return { apiVersion: "ray.io/v1", kind: "RayCluster", metadata: { name, namespace }, spec: whole };
    }

    /** As Ray's autoscaler does it: by position, and without a look at what it overwrites. */
    async function scale(position: number, replicas: number, workersToDelete?: readonly string[]): Promise<void> {
      const at = `/spec/workerGroupSpecs/${position}`;
      const body = [
        { op: "replace", path: `${at}/replicas`, value: replicas },
        ...(workersToDelete === undefined ? [] : [{ op: "add", path: `${at}/scaleStrategy`, value: { workersToDelete } }]),
      ];
      const request = { method: "PATCH", path: path(), query: { fieldManager: "python-requests" }, body } as const;
      await api.call({ ...request, contentType: "application/json-patch+json" }, signal);
    }

    async function live(): Promise<RayObject> {
      const object = await store.read(place(), signal);
      if (object === undefined) throw new Error(`${name} is not there`);
      return object;
    }

    async function liveGroups(): Promise<Record<string, unknown>[]> {
      return (await live()).spec["workerGroupSpecs"] as Record<string, unknown>[];
    }

    async function makePod(podName: string, group: string): Promise<void> {
      const labels = { "ray.io/cluster": name, "ray.io/node-type": "worker", "ray.io/group": group };
      const body = { metadata: { name: podName, labels }, spec: template.spec };
      await api.call({ method: "POST", path: `/api/v1/namespaces/${namespace}/pods`, body }, signal);
    }

    it("is made, stays as it is when nothing changed, and goes", async () => {
      const declared = cluster([{ groupName: "cpu", minReplicas: 1, maxReplicas: 5 }]);
      const first = await applyRayObject(store, declared, write);
      expect(first.object.metadata.generation).toBe(1);
      expect((await liveGroups())[0]).toMatchObject({ groupName: "cpu", replicas: 1, minReplicas: 1, maxReplicas: 5, numOfHosts: 1 });
      const again = await applyRayObject(store, declared, write);
      expect([again.object.metadata.generation, again.object.metadata.resourceVersion]).toEqual([1, first.object.metadata.resourceVersion]);
      await store.delete(place(), signal);
      await store.delete(place(), signal);
      expect(await store.read(place(), signal)).toBeUndefined();
    });

    it("keeps what the autoscaler has set, whatever else is edited", async () => {
      await applyRayObject(
        store,
        cluster([
          { groupName: "cpu", maxReplicas: 5 },
          { groupName: "gpu", maxReplicas: 2 },
        ]),
        write,
      );
      await scale(0, 4, ["pod-a"]);
      const edited = [
        { groupName: "new", minReplicas: 2 },
        { groupName: "gpu", maxReplicas: 3 },
        { groupName: "cpu", maxReplicas: 9 },
      ];
      await applyRayObject(store, cluster(edited, { rayVersion: "2.60.0" }), write);
      expect(
        (await liveGroups()).map(({ groupName, replicas, maxReplicas, scaleStrategy }) => [
          groupName,
          replicas,
          maxReplicas,
          scaleStrategy,
        ]),
      ).toEqual([
        ["cpu", 4, 9, { workersToDelete: ["pod-a"] }],
        ["gpu", 0, 3, undefined],
        ["new", 2, 2147483647, undefined],
      ]);
    });

    it("would be refused, or would roll the autoscaler back, if it were written as other tools write it", async () => {
      const declared = cluster([{ groupName: "cpu", maxReplicas: 5, replicas: 1 }]);
      await applyRayObject(store, declared, write);
      await scale(0, 4);
      const request = { method: "PATCH", path: path(), contentType: "application/apply-patch+yaml", body: declared } as const;
      await expect(api.call({ ...request, query: { fieldManager: "rayfleet" } }, signal)).rejects.toThrow(
        /conflict with "python-requests".*workerGroupSpecs/s,
      );
      await api.call({ ...request, query: { fieldManager: "rayfleet", force: "true" } }, signal);
      expect((await liveGroups())[0]).toMatchObject({ replicas: 1 });
    });

    it("loses no write of the autoscaler and none of its own, however they fall together", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat(9), { minLength: 1, maxLength: 12 }),
          fc.array(fc.integer({ min: 10, max: 99 }), { minLength: 1, maxLength: 6 }),
          async (scaled, maxima) => {
            const declared = (maxReplicas: number) => cluster([{ groupName: "cpu", maxReplicas }]);
            await applyRayObject(store, declared(10), write);
            const autoscaler = (async () => {
              for (const replicas of scaled) await scale(0, replicas);
            })();
            for (const max of maxima) await applyRayObject(store, declared(max), write);
            await autoscaler;
            expect((await liveGroups())[0]).toMatchObject({ replicas: scaled.at(-1), maxReplicas: maxima.at(-1) });
          },
        ),
        { numRuns: 25 },
      );
    }, 120_000);

    it("takes a group out only when its pods are gone", async () => {
      await applyRayObject(
        store,
        cluster([
          { groupName: "cpu", maxReplicas: 5 },
          { groupName: "old", minReplicas: 1, maxReplicas: 5 },
        ]),
        write,
      );
      await makePod(`${name}-old`, "old");
      const without = cluster([{ groupName: "cpu", maxReplicas: 5 }]);
      expect((await applyRayObject(store, without, write)).leaving).toEqual([{ groupName: "old", pods: 1 }]);
      expect((await liveGroups())[1]).toMatchObject({ groupName: "old", minReplicas: 0, maxReplicas: 1, replicas: 1 });
      await api.call(
        { method: "DELETE", path: `/api/v1/namespaces/${namespace}/pods/${name}-old`, query: { gracePeriodSeconds: "0" } },
        signal,
      );
      expect((await applyRayObject(store, without, write)).leaving).toEqual([]);
      expect((await liveGroups()).map(({ groupName }) => groupName)).toEqual(["cpu"]);
    });

    it("changes nothing when it is only asked what would come of it, and says which field is unknown", async () => {
      await applyRayObject(store, cluster([{ groupName: "cpu", maxReplicas: 5 }]), write);
      const preview = await applyRayObject(store, cluster([{ groupName: "cpu", maxReplicas: 6 }]), { dryRun: true, signal });
      expect(preview.object.metadata.generation).toBe(2);
      expect((await live()).metadata.generation).toBe(1);
      await expect(applyRayObject(store, cluster([], { enableAutoscaling: true }), write)).rejects.toThrow(
        /enableAutoscaling.*field not declared in schema/s,
      );
    });

    it("is waited for until the operator has acted on this very generation", async () => {
      await applyRayObject(store, cluster([]), write);
      await setStatus({ observedGeneration: 1, state: "ready" });
      const { object } = await applyRayObject(store, cluster([], { rayVersion: "2.60.0" }), write);
      const waiting = awaitRayCluster(store, object, place(), { timeoutSeconds: 20, signal, onWarning: () => undefined });
      await sleep(1_200);
      await setStatus({ observedGeneration: 2, state: "ready" });
      expect((await waiting).status).toMatchObject({ observedGeneration: 2 });
    });

    it("fails with the operator's words when it refuses a change, though the state still says ready", async () => {
      await applyRayObject(store, cluster([]), write);
      await setStatus({ observedGeneration: 1, state: "ready" });
      const { object } = await applyRayObject(store, cluster([], { rayVersion: "2.60.0" }), write);
      const told: string[] = [];
      const waiting = awaitRayCluster(store, object, place(), { timeoutSeconds: 20, signal, onWarning: ({ reason }) => told.push(reason) });
      const refusal = expect(waiting).rejects.toThrow(
        /InvalidRayClusterSpec: worker group cpu has minReplicas 20 above maxReplicas 10.*still says ready/s,
      );
      await sleep(700);
      await warn("InvalidRayClusterSpec", "worker group cpu has minReplicas 20 above maxReplicas 10");
      await refusal;
      expect(told).toEqual(["InvalidRayClusterSpec"]);
    });

    async function setStatus(status: Record<string, unknown>): Promise<void> {
      await api.call({ method: "PATCH", path: `${path()}/status`, contentType: "application/merge-patch+json", body: { status } }, signal);
    }

    async function warn(reason: string, message: string): Promise<void> {
      const involvedObject = { apiVersion: "ray.io/v1", kind: "RayCluster", namespace, name };
      const at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
      const body = {
        metadata: { generateName: "event-" },
        involvedObject,
        type: "Warning",
        reason,
        message,
        firstTimestamp: at,
        lastTimestamp: at,
      };
      await api.call({ method: "POST", path: `/api/v1/namespaces/${namespace}/events`, body }, signal);
    }
  },
);
