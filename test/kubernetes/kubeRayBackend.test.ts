import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { KubeRayBackend } from "../../autoscaler-agent/nodeGroups/kubeRay/kubeRayBackend";
import { isLostRace } from "../../autoscaler-agent/nodeGroups/kubeRay/kubeRayErrors";
import type { AgentGroup } from "../../contract/agentConfig";
import { applyRayObject } from "../../kuberay-provider/applyRayObject";
import { KubernetesRayStore } from "../../kuberay-provider/kubernetesRayStore";
import type { RayObject } from "../../kuberay-provider/rayObject";
import type { KubeApi, KubeApiCalls } from "../../kubernetes-api/kubeApi";
import { agentGroup } from "../support/agentBuilders";
import { FakeClock } from "../support/fakeClock";
import { addKind, type ControlPlane, controlPlaneMissing, startControlPlane } from "./controlPlane";

const signal = new AbortController().signal;
const namespace = "default";
const template = { spec: { containers: [{ name: "ray", image: "rayproject/ray:2.60.0" }] } };

interface Group {
  readonly groupName: string;
  readonly replicas?: number;
  readonly maxReplicas?: number;
  readonly scaleStrategy?: { readonly workersToDelete?: readonly string[] };
}

describe.skipIf(controlPlaneMissing)(
  `the agent's KubeRay backend on a real API server${controlPlaneMissing ? ` (skipped: ${controlPlaneMissing})` : ""}`,
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
      name = `sized-${made}`;
    });

    const path = () => `/apis/ray.io/v1/namespaces/${namespace}/rayclusters/${name}`;

    /** As the stack declares it: without the numbers, which are the agent's. */
    function cluster(groups: readonly Group[]): RayObject {
      const annotations = { "rayfleet.dev/autoscaler": "rayfleet" };
      const workerGroupSpecs = groups.map((group) => ({ template, minReplicas: 0, ...group }));
      const spec = { enableInTreeAutoscaling: false, headGroupSpec: { template }, workerGroupSpecs };
      return { apiVersion: "ray.io/v1", kind: "RayCluster", metadata: { name, namespace, annotations }, spec };
    }

    async function apply(...groups: readonly Group[]): Promise<void> {
      await applyRayObject(store, cluster(groups), { dryRun: false, signal });
    }

    async function liveGroups(): Promise<readonly Group[]> {
      const { spec } = (await api.call({ method: "GET", path: path() }, signal)) as RayObject;
      return spec["workerGroupSpecs"] as Group[];
    }

    async function liveGroup(groupName: string): Promise<Group | undefined> {
      return (await liveGroups()).find((group) => group.groupName === groupName);
    }

    const agentOf = (groupName: string): AgentGroup =>
      agentGroup({ groupName, backend: { kind: "kuberay-worker-group", namespace, rayClusterName: name } });

    function newBackend(calls: KubeApiCalls = api): KubeRayBackend {
      return new KubeRayBackend({ api: calls, clock: new FakeClock() });
    }

    async function makePod(podName: string, groupName: string, nodeName?: string): Promise<void> {
      const labels = { "ray.io/cluster": name, "ray.io/node-type": "worker", "ray.io/group": groupName };
      const body = { metadata: { name: podName, labels }, spec: { ...template.spec, ...(nodeName === undefined ? {} : { nodeName }) } };
      await api.call({ method: "POST", path: `/api/v1/namespaces/${namespace}/pods`, body }, signal);
    }

    /** Nobody asks, nobody answers: a group of its own at the beginning, so that all others move. */
    async function insertGroup(groupName: string): Promise<void> {
      const value = { groupName, template, replicas: 0 };
      const body = [{ op: "add", path: "/spec/workerGroupSpecs/0", value }];
      await api.call({ method: "PATCH", path: path(), contentType: "application/json-patch+json", body }, signal);
    }

    it("reads sizes and pods, and writes sizes under its own name", async () => {
      await apply({ groupName: "cpu", maxReplicas: 5 }, { groupName: "gpu", maxReplicas: 2 });
      await makePod(`${name}-a`, "cpu", "node-1");
      await makePod(`${name}-b`, "cpu");
      const backend = newBackend();
      expect(await backend.setDesired(agentOf("cpu"), 2, signal)).toEqual({ kind: "done" });
      const observed = await backend.describe([agentOf("cpu"), agentOf("gpu")], signal);
      expect(observed.get("cpu")).toMatchObject({
        kind: "known",
        state: { desired: 2, max: 5, instances: [{ instanceId: `${name}-a`, lifecycle: "pending" }] },
      });
      expect(observed.get("gpu")).toMatchObject({ kind: "known", state: { desired: 0, max: 2, instances: [] } });
      const { metadata } = (await api.call({ method: "GET", path: path() }, signal)) as {
        metadata: { managedFields: { manager: string }[] };
      };
      expect(metadata.managedFields.map(({ manager }) => manager)).toContain("rayfleet-agent");
    });

    it("ends a pod of its group by name and takes its place away, and no pod of another group", async () => {
      await apply({ groupName: "cpu", maxReplicas: 5 }, { groupName: "gpu", maxReplicas: 2 });
      await makePod(`${name}-a`, "cpu", "node-1");
      await makePod(`${name}-g`, "gpu", "node-1");
      const backend = newBackend();
      await backend.setDesired(agentOf("cpu"), 1, signal);
      const end = (instanceId: string) => backend.terminate(agentOf("cpu"), { instanceId, desiredSize: "lower" }, signal);
      expect(await end(`${name}-g`)).toMatchObject({ kind: "failed", error: { code: "gone" } });
      expect(await end(`${name}-a`)).toEqual({ kind: "done" });
      expect(await end(`${name}-a`)).toMatchObject({ kind: "failed", error: { code: "gone" } });
      expect(await liveGroup("cpu")).toMatchObject({ replicas: 0, scaleStrategy: { workersToDelete: [`${name}-a`] } });
      expect(await liveGroup("gpu")).toMatchObject({ replicas: 0 });
    });

    it("gives back the places of pods without a node, over just the version that it read", async () => {
      await apply({ groupName: "cpu", maxReplicas: 5 });
      await makePod(`${name}-a`, "cpu", "node-1");
      await makePod(`${name}-b`, "cpu");
      const backend = newBackend();
      await backend.setDesired(agentOf("cpu"), 2, signal);
      expect(await backend.setDesired(agentOf("cpu"), 1, signal)).toEqual({ kind: "done" });
      expect(await liveGroup("cpu")).toMatchObject({ replicas: 1, scaleStrategy: { workersToDelete: [`${name}-b`] } });
    });

    it("sees from the server's refusal whether the object was another one or the values are wrong", async () => {
      await apply({ groupName: "cpu", maxReplicas: 5 });
      const patch = async (...body: object[]) =>
        await api
          .call({ method: "PATCH", path: path(), contentType: "application/json-patch+json", body }, signal)
          .catch((thrown: unknown) => thrown);
      expect(isLostRace(await patch({ op: "test", path: "/metadata/generation", value: 99 }))).toBe(true);
      expect(isLostRace(await patch({ op: "test", path: "/spec/workerGroupSpecs/7/groupName", value: "cpu" }))).toBe(true);
      expect(isLostRace(await patch({ op: "add", path: "/spec/workerGroupSpecs/0/replicas", value: "many" }))).toBe(false);
    });

    it("reads on when somebody inserts a group between its read and its write, and lands on its own", async () => {
      await apply({ groupName: "cpu", maxReplicas: 5 }, { groupName: "gpu", maxReplicas: 5 });
      let isFirst = true;
      const raced: KubeApiCalls = {
        call: async (request, stop) => {
          if (request.method === "PATCH" && isFirst) {
            isFirst = false;
            await insertGroup("alien");
          }
          return await api.call(request, stop);
        },
      };
      expect(await newBackend(raced).setDesired(agentOf("gpu"), 3, signal)).toEqual({ kind: "done" });
      expect((await liveGroups()).map(({ groupName, replicas }) => [groupName, replicas])).toEqual([
        ["alien", 0],
        ["cpu", 0],
        ["gpu", 3],
      ]);
    });

    it("lands no write on another group, and loses none, however agent, provider and an alien fall together", async () => {
      const sizes = (from: number) => fc.array(fc.integer({ min: from, max: from + 8 }), { minLength: 1, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(sizes(10), sizes(30), fc.nat(3), fc.nat(4), async (ofCpu, ofGpu, aliens, applies) => {
          made += 1;
          name = `raced-${made}`;
          const declared = (maxReplicas: number) => [
            { groupName: "cpu", maxReplicas },
            { groupName: "gpu", maxReplicas },
          ];
          await apply(...declared(50));
          const backend = newBackend();
          const grow = async (groupName: string, wanted: readonly number[]): Promise<number> => {
            let last = 0;
            for (const size of [...wanted].sort((one, other) => one - other)) {
              if ((await backend.setDesired(agentOf(groupName), size, signal)).kind === "done") last = size;
            }
            return last;
          };
          const others = async () => {
            for (let alien = 0; alien < aliens; alien += 1) await insertGroup(`alien-${alien}`);
          };
          const provider = async () => {
            for (let turn = 0; turn < applies; turn += 1) await apply(...declared(51 + turn));
          };
          const [cpu, gpu] = await Promise.all([grow("cpu", ofCpu), grow("gpu", ofGpu), others(), provider()]);
          const live = await liveGroups();
          expect(live.find(({ groupName }) => groupName === "cpu")?.replicas).toBe(cpu);
          expect(live.find(({ groupName }) => groupName === "gpu")?.replicas).toBe(gpu);
          expect(live.filter(({ groupName, replicas }) => groupName.startsWith("alien") && replicas !== 0)).toEqual([]);
        }),
        { numRuns: 8 },
      );
    }, 120_000);
  },
);
