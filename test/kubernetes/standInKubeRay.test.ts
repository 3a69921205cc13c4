import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addKind, type ControlPlane } from "./controlPlane";
import type { LivePod } from "./standInKubeRay/liveObjects";
import { StandInKubeRay } from "./standInKubeRay/standInKubeRay";
import { until } from "./until";
import { startWholeCluster, wholeClusterMissing } from "./wholeCluster";

const { signal } = new AbortController();
const template = { spec: { containers: [{ name: "ray", image: "rayproject/ray:2.60.0" }] } };
/** Of the stand-in: what it has not done by then it does not do. */
const ROUNDS = 3;

interface Live {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly workerGroupSpecs: readonly Readonly<Record<string, unknown>>[] };
  readonly status?: Readonly<Record<string, unknown>>;
}

type Group = Readonly<Record<string, unknown>> & { readonly groupName: string };

describe.skipIf(wholeClusterMissing)(
  `the stand-in for KubeRay's operator, as the operator was seen to act${wholeClusterMissing === undefined ? "" : ` (skipped: ${wholeClusterMissing})`}`,
  () => {
    let plane: ControlPlane;
    let operator: StandInKubeRay;
    let name = "";
    let made = 0;
    beforeAll(async () => {
      plane = await startWholeCluster();
      await addKind(plane.api, join(__dirname, "crds", "rayClusters.yaml"));
      operator = new StandInKubeRay(plane.api);
    });
    afterAll(async () => {
      await operator.stop();
      await plane.stop();
      expect(operator.problems).toEqual([]);
    });
    beforeEach(() => {
      made += 1;
      name = `demo-${made}`;
    });

    const clusters = "/apis/ray.io/v1/namespaces/default/rayclusters";
    const pods = "/api/v1/namespaces/default/pods";
    const get = async <Answer>(path: string, query = {}) => (await plane.api.call({ method: "GET", path, query }, signal)) as Answer;
    const live = () => get<Live>(`${clusters}/${name}`);

    async function make(groups: readonly Group[], spec: object = {}): Promise<void> {
      const workerGroupSpecs = groups.map((group) => ({ maxReplicas: 5, rayStartParams: {}, template, ...group }));
      const headGroupSpec = { template, rayStartParams: { "num-cpus": "0" } };
      const whole = { rayVersion: "2.60.0", enableInTreeAutoscaling: true, headGroupSpec, workerGroupSpecs, ...spec };
      const body = { apiVersion: "ray.io/v1", kind: "RayCluster", metadata: { name }, spec: whole };
      await plane.api.call({ method: "POST", path: clusters, body }, signal);
    }

    async function patch(...body: readonly object[]): Promise<void> {
      const contentType = "application/json-patch+json";
      await plane.api.call({ method: "PATCH", path: `${clusters}/${name}`, contentType, body }, signal);
    }

    const setReplicas = (index: number, value: number) => ({ op: "replace", path: `/spec/workerGroupSpecs/${index}/replicas`, value });
    const toDelete = (index: number, workersToDelete: readonly string[]) => ({
      op: "add",
      path: `/spec/workerGroupSpecs/${index}/scaleStrategy`,
      value: { workersToDelete },
    });

    /** Names of the pods of a group that run and are not leaving, sorted. */
    async function running(groupName: string): Promise<string[]> {
      const { items } = await get<{ items: LivePod[] }>(pods, { labelSelector: `ray.io/cluster=${name},ray.io/group=${groupName}` });
      const there = items.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === "Running");
      return there.map(({ metadata }) => metadata.name).sort();
    }

    async function someRounds(): Promise<void> {
      const last = operator.rounds + ROUNDS;
      await until(() => Promise.resolve(operator.rounds >= last));
    }

    async function untilRunning(groupName: string, count: number): Promise<string[]> {
      return await until(async () => {
        const names = await running(groupName);
        return names.length === count && names;
      });
    }

    const untilStatus = (is: (live: Live) => boolean) =>
      until(async () => {
        const cluster = await live();
        return is(cluster) && cluster;
      });

    it("makes head, workers, service and token, and says ready of this generation", async () => {
      await make([{ groupName: "cpu", replicas: 2 }, { groupName: "gpu" }], { authOptions: { mode: "token" } });
      await untilRunning("cpu", 2);
      const { status } = await untilStatus((cluster) => cluster.status?.["state"] === "ready");
      expect(status).toMatchObject({ observedGeneration: 1, desiredWorkerReplicas: 2, readyWorkerReplicas: 2, maxWorkerReplicas: 10 });
      expect(await running("headgroup")).toHaveLength(1);
      expect(await get(`/api/v1/namespaces/default/services/${name}-head-svc`)).toMatchObject({ spec: { clusterIP: "None" } });
      expect(await get(`/api/v1/namespaces/default/secrets/${name}`)).toMatchObject({
        data: { auth_token: expect.any(String) as unknown },
      });
    });

    it("keeps to the bounds of a group, whatever replicas says", async () => {
      await make([{ groupName: "cpu", replicas: 9, maxReplicas: 3 }]);
      const { spec, status } = await untilStatus((cluster) => cluster.status?.["readyWorkerReplicas"] === 3);
      expect(status).toMatchObject({ desiredWorkerReplicas: 3 });
      expect(spec.workerGroupSpecs[0]).toMatchObject({ replicas: 9 });
    });

    it("forgets the pods of a group that is taken out", async () => {
      await make([
        { groupName: "cpu", replicas: 1 },
        { groupName: "old", replicas: 1 },
      ]);
      const orphans = await untilRunning("old", 1);
      await patch({ op: "remove", path: "/spec/workerGroupSpecs/1" });
      const { status } = await untilStatus((cluster) => cluster.status?.["observedGeneration"] === 2);
      expect(status).toMatchObject({ desiredWorkerReplicas: 1, availableWorkerReplicas: 2 });
      await someRounds();
      expect(await running("old")).toEqual(orphans);
    });

    it("ends nothing at fewer replicas while Ray's autoscaler is on, and some pods at once while it is off", async () => {
      await make([{ groupName: "cpu", replicas: 4 }]);
      const all = await untilRunning("cpu", 4);
      await patch(setReplicas(0, 1));
      await untilStatus((cluster) => cluster.status?.["observedGeneration"] === 2);
      await someRounds();
      expect(await running("cpu")).toEqual(all);
      await patch({ op: "replace", path: "/spec/enableInTreeAutoscaling", value: false });
      expect(all).toEqual(expect.arrayContaining(await untilRunning("cpu", 1)));
    });

    it("ends just the pods that are listed, never clears the list, and fills what replicas still asks for", async () => {
      await make([{ groupName: "cpu", replicas: 4 }], { enableInTreeAutoscaling: false });
      const [one = "", two = "", ...others] = await untilRunning("cpu", 4);
      await patch(setReplicas(0, 2), toDelete(0, [one, two]));
      expect(await untilRunning("cpu", 2)).toEqual(others);
      await someRounds();
      expect((await live()).spec.workerGroupSpecs[0]).toMatchObject({ scaleStrategy: { workersToDelete: [one, two] } });
      const [third = ""] = others;
      await patch(toDelete(0, [third]));
      const after = await until(async () => {
        const names = await running("cpu");
        return names.length === 2 && !names.includes(third) && names;
      });
      expect(after).toContain(others[1]);
    });

    it("ends whatever pod of the namespace a group's list names", async () => {
      await make([
        { groupName: "cpu", replicas: 1 },
        { groupName: "gpu", replicas: 1 },
      ]);
      await untilRunning("cpu", 1);
      const [victim = ""] = await untilRunning("gpu", 1);
      const bystander = { metadata: { name: `${name}-bystander` }, spec: template.spec };
      await plane.api.call({ method: "POST", path: pods, body: bystander }, signal);
      await patch(toDelete(0, [victim, bystander.metadata.name]));
      const [replacement] = await until(async () => {
        const names = await running("gpu");
        return names.length === 1 && names[0] !== victim && names;
      });
      expect(replacement).not.toBe(victim);
      await until(() =>
        get(`${pods}/${bystander.metadata.name}`).then(
          () => false,
          () => true,
        ),
      );
    });

    it("refuses a specification in silence, and freezes a cluster that had a right one", async () => {
      await make([{ groupName: "cpu", minReplicas: 4, maxReplicas: 3 }]);
      const refused = await until(async () => {
        const query = { fieldSelector: `involvedObject.name=${name}` };
        return (await get<{ items: { reason: string }[] }>("/api/v1/namespaces/default/events", query)).items[0];
      });
      expect(refused).toMatchObject({ reason: "InvalidRayClusterSpec", type: "Warning" });
      expect((await live()).status).toBeUndefined();
      await patch({ op: "replace", path: "/spec/workerGroupSpecs/0/minReplicas", value: 1 });
      const [worker = ""] = await untilRunning("cpu", 1);
      await untilStatus((cluster) => cluster.status?.["state"] === "ready");
      await patch({ op: "replace", path: "/spec/workerGroupSpecs/0/minReplicas", value: 9 });
      await plane.api.call({ method: "DELETE", path: `${pods}/${worker}` }, signal);
      await someRounds();
      expect(await running("cpu")).toEqual([]);
      const { metadata, status } = await live();
      expect([metadata.generation, status?.["observedGeneration"], status?.["state"]]).toEqual([3, 2, "ready"]);
    });

    it("tries for ever to make a pod that the API server does not take, and says it in an event", async () => {
      const tolerations = [{ key: "spot", operator: "Exist" }];
      await make([{ groupName: "cpu", replicas: 1, template: { spec: { ...template.spec, tolerations } } }]);
      const said = await until(async () => {
        const query = { fieldSelector: `involvedObject.name=${name}` };
        return (await get<{ items: { reason: string; message: string }[] }>("/api/v1/namespaces/default/events", query)).items[0];
      });
      expect(said).toMatchObject({ reason: "FailedToCreateWorkerPod", message: expect.stringContaining("tolerations") as unknown });
      const [head] = await untilRunning("headgroup", 1);
      expect(head).toMatch(/-head-/);
      await someRounds();
      expect((await live()).status?.["state"]).toBeUndefined();
    });

    it("ends all pods at suspend and makes them again", async () => {
      await make([{ groupName: "cpu", replicas: 1 }]);
      await untilRunning("cpu", 1);
      await patch({ op: "add", path: "/spec/suspend", value: true });
      await untilStatus((cluster) => cluster.status?.["state"] === "suspended");
      expect([await running("headgroup"), await running("cpu")]).toEqual([[], []]);
      await patch({ op: "replace", path: "/spec/suspend", value: false });
      await untilRunning("cpu", 1);
      await untilStatus((cluster) => cluster.status?.["state"] === "ready");
    });

    it("keeps pods at a changed template, but ends all of them with the strategy Recreate", async () => {
      await make([{ groupName: "cpu", replicas: 1 }]);
      const before = await untilRunning("cpu", 1);
      const image = { op: "replace", path: "/spec/workerGroupSpecs/0/template/spec/containers/0/image" };
      await patch({ ...image, value: "rayproject/ray:2.61.0" });
      await untilStatus((cluster) => cluster.status?.["observedGeneration"] === 2);
      await someRounds();
      expect(await running("cpu")).toEqual(before);
      await patch({ op: "add", path: "/spec/upgradeStrategy", value: { type: "Recreate" } });
      await until(async () => {
        const names = await running("cpu");
        return names.length === 1 && names[0] !== before[0];
      });
    });

    it("leaves nothing of a cluster that is deleted", async () => {
      await make([{ groupName: "cpu", replicas: 2 }]);
      await untilRunning("cpu", 2);
      await plane.api.call({ method: "DELETE", path: `${clusters}/${name}` }, signal);
      await until(async () => {
        const { items } = await get<{ items: object[] }>(pods, { labelSelector: `ray.io/cluster=${name}` });
        return items.length === 0;
      });
    });
  },
);
